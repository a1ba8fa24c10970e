"""
Errands whose server was stopped: what had not begun is run, what runs is waited for.

Nothing that was answered is lost and nothing is done twice. One kill here of a real server,
in the middle of a real errand; ``make soak`` has forty.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from serves import Served, until
from test_killed_service import Nursery, Running, nursery, serve

from seamline.server.errand_files import Errand, ErrandFiles, name_of
from seamline.server.errands import Errands
from seamline.server.problems import Refused
from seamline.steps.main_job import painted
from seamline.steps.users import add_user
from seamline.store.owners import Owner, this_host
from tiny import TinyShow

KILLS = max(1, int(os.environ.get("SEAMLINE_KILLS", "10")) // 5 - 1)
GONE = {"host": this_host(), "pid": 1, "start": "of-another-boot"}


class Heard(Errands):
    """Errands whose commands are written down, and answer at once."""

    def __init__(self, root: Path) -> None:
        super().__init__(str(root))
        self.ran: list[list[str]] = []

    def _run(self, errand: Errand, *_: Any) -> tuple[int, dict[str, Any]]:
        self.ran.append(list(errand.words))
        return 0, {"ran": True}

    def ended(self, name: str) -> Errand:
        until(lambda: self.find(name, "ada").standing != "running")
        return self.find(name, "ada")


def left(root: Path, **said: Any) -> Errand:
    """Write an errand down as a server that is gone left it."""
    facts: dict[str, Any] = {"id": "ab" * 8, "kind": "answer", "about": "S_010", "by": "ada"}
    errand = Errand(**{**facts, "words": ["answer"], "server": GONE, **said})
    ErrandFiles(str(root)).write(errand)
    return errand


def answered(root: Path, errand: Errand, content: str) -> None:
    (root / ".seamline" / "errands" / f"{errand.id}.answer").write_text(content)


def test_what_had_not_begun_is_run_by_the_next_server(tmp_path: Path) -> None:
    errand, errands = left(tmp_path), Heard(tmp_path)

    errands.take_up()
    ended = errands.ended(errand.id)
    Heard(tmp_path).take_up()

    assert (ended.standing, ended.found, errands.ran) == ("done", {"ran": True}, [["answer"]])


@pytest.mark.parametrize(
    ("content", "standing", "says"),
    [
        ('{"by": "ada"}', "done", "answer: done"),
        ('{"error": {"message": "no such shot", "exit_code": 2}}', "refused", "no such shot"),
    ],
)
def test_what_was_answered_while_no_server_ran_is_told_and_not_run_again(
    content: str, standing: str, says: str, tmp_path: Path
) -> None:
    errand, errands = left(tmp_path, begun=True), Heard(tmp_path)
    answered(tmp_path, errand, content)

    errands.take_up()
    ended = errands.ended(errand.id)

    assert (ended.standing, ended.says, errands.ran) == (standing, says, [])


@pytest.mark.parametrize("half", ["", '{"by": "a'])
def test_what_only_reads_and_was_cut_off_is_done_again(half: str, tmp_path: Path) -> None:
    errand, errands = left(tmp_path, begun=True, again=True), Heard(tmp_path)
    answered(tmp_path, errand, half)

    errands.take_up()

    assert errands.ended(errand.id).standing == "done"
    assert errands.ran == [["answer"]]


def test_what_decides_and_was_cut_off_is_not_done_again_and_says_where_to_look(
    tmp_path: Path,
) -> None:
    errand = left(tmp_path, begun=True, look="See GET /shots/{name}")
    errands = Heard(tmp_path)

    errands.take_up()
    ended = errands.ended(errand.id)

    assert (ended.standing, errands.ran) == ("refused", [])
    assert ended.says == "the server stopped while this ran, and how far it came is not known"
    assert ended.remedy == "See GET /shots/{name}; ask again if it was not done."


def test_a_passphrase_outlives_no_server(tmp_path: Path) -> None:
    errand, errands = left(tmp_path, secret=True), Heard(tmp_path)

    errands.take_up()
    ended = errands.ended(errand.id)

    assert (ended.standing, errands.ran) == ("refused", [])
    assert "a passphrase is kept nowhere" in ended.remedy


def test_a_command_that_outlives_its_server_is_waited_for(tmp_path: Path) -> None:
    errand, errands = left(tmp_path, begun=True, again=True), Heard(tmp_path)
    says = """read word; echo '{"doing": "frames", "done": 1, "of": 2}' >&2
              read word; echo '{"lived": true}'"""
    pipe = subprocess.PIPE
    files = ErrandFiles(str(tmp_path))
    with (
        files.taken(errand.id) as answer,
        open(files.said_path(errand.id), "wb") as told,
    ):
        assert answer is not None
        command = subprocess.Popen(["sh", "-c", says], stdin=pipe, stdout=answer, stderr=told)
    with command:
        assert command.stdin is not None
        errands.take_up()
        command.stdin.write(b"go\n")
        command.stdin.flush()
        until(lambda: errands.find(errand.id, "ada").doing == "frames")
        running = errands.find(errand.id, "ada").standing
        command.stdin.write(b"end\n")

    assert running == "running"
    assert errands.ended(errand.id).found == {"lived": True}
    assert errands.ran == []


@pytest.mark.parametrize(
    "server", [asdict(Owner.here()), {**GONE, "host": "another.machine"}], ids=["lives", "far"]
)
def test_what_another_server_has_to_do_is_left_to_it(
    server: dict[str, Any], tmp_path: Path
) -> None:
    errand, errands = left(tmp_path, server=server), Heard(tmp_path)

    errands.take_up()
    time.sleep(0.05)

    assert (errands.find(errand.id, "ada").standing, errands.ran) == ("running", [])


def test_a_word_of_the_sender_s_is_one_errand_also_after_it_ended(tmp_path: Path) -> None:
    errands = Heard(tmp_path)
    first = errands.begin("answer", "S_010", "ada", ["answer"], request="r1")
    errands.ended(first.id)

    again = Heard(tmp_path).begin("answer", "S_010", "ada", ["answer"], request="r1")
    with pytest.raises(Refused, match="was another errand"):
        errands.begin("answer", "S_010", "ada", ["answer", "more"], request="r1")
    theirs = errands.begin("answer", "S_010", "bo", ["answer"], request="r1")
    until(lambda: errands.find(theirs.id, "bo").standing != "running")

    assert (again.id, again.standing) == (first.id, "done")
    assert theirs.id != first.id
    assert len(errands.ran) <= 2


# -- real servers -----------------------------------------------------------


def posted(port: int, token: str, path: str, wish: dict[str, Any]) -> dict[str, Any]:
    served = Served(None, f"http://127.0.0.1:{port}")  # type: ignore[arg-type]
    with suppress(OSError, ValueError):
        code, said = served.send("POST", path, token, wish)
        assert code == 202, said
        return dict(said)
    return {}


def child_of(show: TinyShow, errand: str) -> int:
    """Return the process of an errand's command, or 0."""
    found = ErrandFiles(str(show.root)).find(errand)
    return int(found.child.get("pid", 0)) if found and found.standing == "running" else 0


def test_servers_killed_amid_errands_lose_none_and_do_none_twice(
    tiny_show: TinyShow, tmp_path: Path
) -> None:
    tiny_show.static_shot()
    studio = tiny_show.studio
    painted(studio, "S_010", variations=1, seed=1, generator="neutral")
    studio.keyring.create("ada", None)
    _, token = add_user(studio.ledger, "ada", "supervisor")
    moments = random.Random(11)
    ends: Counter[str] = Counter()
    with nursery(tiny_show.root, tmp_path) as room:
        server, port = serve(room)
        for turn in range(KILLS):
            server, port = _killed(tiny_show, room, (server, port), token, moments, turn, ends)
        server.kill()
    assert sum(ends.values()) == 2 * KILLS
    assert ends["done"] >= KILLS, "what only reads goes on"
    print(f"{KILLS} kills amid {2 * KILLS} errands: {dict(ends)}")


def _killed(
    show: TinyShow,
    room: Nursery,
    at: tuple[Running, int],
    token: str,
    moments: random.Random,
    turn: int,
    ends: Counter[str],
) -> tuple[Running, int]:
    """Ask for something that decides and something that reads, kill, and look what came."""
    element, text = "S_010_env_b01_v001", f"nobody, looked at {turn} times"
    wishes: Sequence[tuple[str, dict[str, Any]]] = (
        (
            "/steps/answer",
            {"shot": "S_010", "question": "likeness", "text": text, "element": element},
        ),
        ("/steps/show/summary", {}),
    )
    named = [
        (path, {**wish, "request": f"r{turn}.{place}"})
        for place, (path, wish) in enumerate(wishes)
    ]
    server, _ = at
    asking = threading.Thread(
        target=lambda: [posted(at[1], token, path, wish) for path, wish in named]
    )
    asking.start()
    if moments.random() < 0.7:  # else while it is asked
        asking.join()
    time.sleep(moments.choice([0.0, 0.05, 0.5, 1.5, 3.0]))
    server.kill()
    asking.join()
    if moments.random() < 0.5:  # the machine's own service manager ends what it started, too
        for _, wish in named:
            if pid := child_of(show, name_of("ada", wish["request"])):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    server, port = serve(room)
    asked = [posted(port, token, path, wish) for path, wish in named]
    served = Served(None, f"http://127.0.0.1:{port}")  # type: ignore[arg-type]

    def ended(name: str) -> Any:
        code, said = served.get(f"/errands/{name}", token)
        assert code == 200, said
        return said if said["standing"] != "running" else None

    answer, summary = [until(lambda one=one: ended(one["id"]), 120) for one in asked]
    written = [r for r in show.studio.ledger.rows("answer") if r.body["text"] == text]
    assert summary["standing"] == "done", summary
    if answer["standing"] == "done":
        assert len(written) == 1
    else:
        assert "the server stopped while this ran" in answer["says"], answer
        assert len(written) <= 1
    ends.update([answer["standing"], summary["standing"]])
    return server, port
