"""The link: what it is made of, what it says, and that nothing is asked for twice or lost."""

from __future__ import annotations

import ast
import json
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import seamline_link
from hosts import CLIENTS, token_file
from seamline_link import Link, LinkError, RefusedError, Stop, StoppedError, UnreachableError
from serves import serving, until
from wires import wire

from seamline.steps import book, queue
from tiny import TinyShow

pytestmark = pytest.mark.slow

SOURCE = CLIENTS / "link" / "seamline_link.py"
BOX = {"box": [8, 6, 20, 12]}


def wish(request: str, **more: Any) -> dict[str, Any]:
    said = {"shot": "S_010", "region": BOX, "variations": 1, "generator": "neutral"}
    return {**said, "request": request, **more}


def test_the_link_is_one_file_of_python_3_10_and_the_standard_library() -> None:
    tree = ast.parse(SOURCE.read_text(), feature_version=(3, 10))
    named = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            named.add(str(node.module).partition(".")[0])

    assert named
    assert named <= sys.stdlib_module_names


def test_a_token_that_others_may_read_is_not_sent(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("abc\n")
    path.chmod(0o640)
    with pytest.raises(LinkError, match="mode 640") as refused:
        Link.from_settings(token_file=str(path))
    assert refused.value.remedy == f"chmod 600 {path}"
    path.chmod(0o600)
    assert Link.from_settings(token_file=str(path)).url == "http://127.0.0.1:8765"


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "x" * 513])
def test_what_is_no_token_is_never_put_in_a_header(token: str) -> None:
    with pytest.raises(LinkError, match="no token"):
        Link("http://127.0.0.1:8765", token)


@pytest.mark.parametrize("url", ["https://x", "127.0.0.1:8765", "http:///x", "http://a/b", ""])
def test_what_is_no_address_is_said_at_once(url: str) -> None:
    with pytest.raises(LinkError, match="no address"):
        Link(url, "token")


def test_where_nobody_answers_that_is_said_and_after_a_while() -> None:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))  # bound, and nobody listens
        link = Link(f"http://127.0.0.1:{door.getsockname()[1]}", "token", patience_s=0.5)
        began = time.monotonic()
        with pytest.raises(UnreachableError, match="does not answer"):
            link.send(wish("r"))

    assert 0.2 < time.monotonic() - began < 5


@pytest.mark.parametrize("frame", [1, 1001, 100000])
@pytest.mark.parametrize("pattern", ["/a%20b/x.%04d.exr", "/a/x_%d.exr", "/a/still.exr"])
def test_a_frames_path_is_the_shows_own(pattern: str, frame: int) -> None:
    from seamline.show.frames import frame_path

    assert seamline_link.frame_path(pattern, frame) == frame_path(pattern, frame)


@pytest.fixture
def asked_show(tiny_show: TinyShow) -> TinyShow:
    tiny_show.static_shot()
    return tiny_show


def test_a_selection_is_sent_painted_followed_and_its_paths_come_back(
    asked_show: TinyShow, tmp_path: Path
) -> None:
    token, door = token_file(asked_show.root), tmp_path / "s.sock"
    with serving(
        asked_show.root, "--socket", str(door), "--workers", "1", log=tmp_path / "log"
    ):
        link = Link.from_settings(f"unix:{door}", str(token))
        assert link.shot("S_010")["format"]["width_px"] == 64
        ask = link.send(wish("monday-1", variations=2, frames=[1002, 1002]))
        heard: list[dict[str, Any]] = []
        ended = link.follow(ask["ask"], heard.append)
        versions = link.returned(ask["ask"])["versions"]
        again = link.send(wish("monday-1", variations=2, frames=[1002, 1002]))
        with pytest.raises(RefusedError, match="no shot 'S_999'") as refused:
            link.send(wish("r0", shot="S_999"))
        missing = {"matte": str(asked_show.material / "no.%04d.exr")}
        gone = link.follow(link.send(wish("r1", region=missing))["ask"])
        with pytest.raises(RefusedError, match="is cancelled"):
            link.returned(gone["ask"])

    assert (ended["standing"], ended["frames_done"]) == ("published", 2)
    assert heard[-1] == ended
    assert len(heard) > 1
    assert (again["ask"], again["standing"]) == (ask["ask"], "published")
    assert [v["id"] for v in versions] == ["S_010_env_b01_v001", "S_010_env_b02_v001"]
    for version in versions:
        for name in ("plate", "element", "comp", "matte"):
            for frame in (1001, 1002):
                path = seamline_link.frame_path(version[name]["pattern"], frame)
                assert asked_show.studio.images.read(path).display_window == (0, 0, 64, 36)
        assert Path(version["config"]).samefile(asked_show.root / "config.ocio")
        assert json.loads(Path(version["scene"]["numbers"]).read_text())["frames"] == [
            1001,
            1002,
        ]
        # The plate's lower half is live by its seam; the box limits what is left of it.
        matte = asked_show.studio.images.read(
            seamline_link.frame_path(version["matte"]["pattern"], 1001)
        ).channels["A"]
        assert (matte[6:18, 8:28] == 1).all()
        assert matte.sum() == 12 * 20
    # What cannot be done ends with the worker's own sentence.
    assert refused.value.status == 422
    assert gone["standing"] == "cancelled"
    assert "no.1001.exr is missing" in gone["why"]
    assert gone["remedy"].startswith("Write it for all of 1001-1002")
    assert seamline_link.said_of(gone) == gone["why"]
    # The frame that was wanted soonest was published before the other one.
    rows = [
        r.body["frame"] for r in asked_show.studio.ledger.rows("queue") if "frame" in r.body
    ]
    assert rows == [1002, 1001]


def test_a_wire_that_is_cut_again_and_again_changes_nothing(
    asked_show: TinyShow, tmp_path: Path
) -> None:
    """Two of three answers never arrive whole, streams least of all."""
    token, door = token_file(asked_show.root), tmp_path / "s.sock"
    cuts = [0, 60, None, 200, 5, None]
    with (
        serving(asked_show.root, "--socket", str(door), "--workers", "1", log=tmp_path / "log"),
        wire(tmp_path / "w.sock", door, lambda n: cuts[n % len(cuts)]) as between,
    ):
        link = Link.from_settings(f"unix:{tmp_path / 'w.sock'}", str(token))
        ask = link.send(wish("r1"))
        ended = link.follow(ask["ask"])
        versions = link.returned(ask["ask"])["versions"]
        other = link.send(wish("r2", frames=[1001, 1001]))
        gone = link.cancel(other["ask"])

    assert between.cut >= 6
    assert ended["standing"] == "published"
    assert [v["id"] for v in versions] == ["S_010_env_b01_v001"]
    assert gone["standing"] in ("cancelled", "published")  # a worker may have been quicker
    assert len(queue.read(asked_show.studio.ledger)) == 2
    found = [v.id for v in book.versions(asked_show.studio.ledger, "S_010")]
    assert found == ["S_010_env_b01_v001"]


def test_a_server_killed_between_ask_and_answer_is_waited_for_and_paints_once(
    asked_show: TinyShow, tmp_path: Path
) -> None:
    token = token_file(asked_show.root)
    with serving(asked_show.root, log=tmp_path / "log") as server:
        url, port = server.url, str(server.port)
        link = Link.from_settings(url, str(token), patience_s=240)
        ask = link.send(wish("r1"))
        ended: list[dict[str, Any]] = []
        heard: list[dict[str, Any]] = []

        def follow() -> None:
            ended.append(link.follow(ask["ask"], heard.append))

        following = threading.Thread(target=follow)
        following.start()
        until(lambda: heard)
        server.process.kill()
        server.process.wait()
    # While nobody is there, the host asks again with the same word, and waits.
    sent: list[dict[str, Any]] = []
    sending = threading.Thread(target=lambda: sent.append(link.send(wish("r1"))))
    sending.start()
    time.sleep(0.3)
    with serving(asked_show.root, "--port", port, "--workers", "1", log=tmp_path / "log"):
        following.join(240)
        sending.join(240)

    assert [e["standing"] for e in ended] == ["published"]
    assert [s["ask"] for s in sent] == [ask["ask"]]
    found = [v.id for v in book.versions(asked_show.studio.ledger, "S_010")]
    assert found == ["S_010_env_b01_v001"]


def test_following_ends_at_once_when_the_host_wants_it_to(
    asked_show: TinyShow, tmp_path: Path
) -> None:
    token, door = token_file(asked_show.root), tmp_path / "s.sock"
    with serving(asked_show.root, "--socket", str(door), log=tmp_path / "log"):
        link = Link.from_settings(f"unix:{door}", str(token))
        ask, stop, heard = link.send(wish("r1")), Stop(), []
        why: list[Exception] = []

        def follow() -> None:
            try:
                link.follow(ask["ask"], heard.append, stop)
            except StoppedError as error:
                why.append(error)

        following = threading.Thread(target=follow)
        following.start()
        until(lambda: heard)
        time.sleep(0.3)  # it listens to a stream that says nothing now
        began = time.monotonic()
        stop.set()
        following.join(20)
        gone = link.cancel(ask["ask"])

    assert time.monotonic() - began < 8
    assert len(why) == 1
    assert gone["standing"] == "cancelled"
