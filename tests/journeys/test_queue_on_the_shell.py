"""Queue, work, back up and restore, as people and farms do it: on the shell."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Any

import pytest

from seamline import wiring
from seamline.cli.main import main
from seamline.steps import claims
from tiny import TinyShow
from typed import runner

pytestmark = pytest.mark.slow


def shell(show: Path, *words: str, code: int = 0) -> dict[str, Any]:
    done = runner().invoke(main, [*words, "--json", "--show", str(show), "--threads", "1"])
    assert done.exit_code == code, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_an_ask_is_queued_worked_on_by_two_and_published_once(tiny_show: TinyShow) -> None:
    tiny_show.static_shot(frames=4)
    show = tiny_show.root
    words = ("paint", "S_010", "-n", "2", "-g", "neutral")
    ask = shell(show, *words, "--queue")
    assert (ask["standing"], ask["by"], ask["frames"]) == ("queued", getpass.getuser(), 4)

    done = shell(show, "work", ask["ask"], "--workers", "2")

    assert (done["standing"], done["frames_done"]) == ("published", 4)
    assert shell(show, "work", ask["ask"], "--frames", "1001-1002")["frames_made"] == 0
    assert shell(show, "queue", "list")["asks"] == []
    at_once = shell(show, *words)
    assert [v["id"] for v in at_once["variations"]] == done["versions"]


def test_what_is_held_leaves_with_four_and_what_was_cancelled_with_one(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot()
    show, studio = tiny_show.root, tiny_show.studio
    ask = shell(show, "paint", "S_010", "-n", "1", "-g", "neutral", "--queue")["ask"]
    mine = claims.claim(studio.ledger, studio.clock, wiring.at_work(), ask, [1002])

    error = shell(show, "work", ask, code=4)["error"]

    assert "frames 1002-1002" in error["message"]
    claims.release(studio.ledger, ask, mine, why="done")
    shell(show, "queue", "cancel", ask)
    assert "is cancelled" in shell(show, "work", ask, code=1)["error"]["message"]


def test_a_show_is_restored_from_its_backup_and_paints_the_same(
    tiny_show: TinyShow, tmp_path: Path
) -> None:
    tiny_show.static_shot()
    words = ("paint", "S_010", "-n", "1", "-g", "neutral")
    first = shell(tiny_show.root, *words)
    shell(tiny_show.root, "doctor")  # what the walls are here is on record once
    backup, again = tmp_path / "backup", tmp_path / "restored"
    made = shell(tiny_show.root, "show", "backup", str(backup))
    assert shell(tiny_show.root, "show", "backup", str(backup))["files"] < made["files"]

    shell(tiny_show.root, "show", "restore", str(backup), str(again))

    assert shell(again, "doctor")["ledger_rows"] == made["rows"]
    rendered = shell(again, *words)
    assert rendered["variations"][0]["digest"] == first["variations"][0]["digest"]
    assert (again / ".seamline").is_dir()
    refused = shell(again, "show", "restore", str(backup), str(again), code=2)["error"]
    assert "is a show already" in refused["message"]


def test_a_byte_that_rotted_is_found_in_show_and_backup(
    tiny_show: TinyShow, tmp_path: Path
) -> None:
    tiny_show.static_shot()
    shell(tiny_show.root, "paint", "S_010", "-n", "1", "-g", "neutral")
    backup = tmp_path / "backup"
    shell(tiny_show.root, "show", "backup", str(backup))
    assert shell(tiny_show.root, "show", "scrub")["rotten"] == []
    blob = max(
        (tiny_show.root / ".seamline/blobs").rglob("*.exr"), key=lambda p: p.stat().st_size
    )
    content = bytearray(blob.read_bytes())
    content[len(content) // 2] ^= 1
    blob.chmod(0o644)
    blob.write_bytes(content)

    assert shell(tiny_show.root, "show", "scrub", code=1)["rotten"] == [str(blob)]

    rows = backup / "ledger.rows"
    rows.write_bytes(rows.read_bytes().replace(b"S_010", b"S_011", 1))
    refused = shell(tiny_show.root, "show", "restore", str(backup), str(tmp_path / "r"), code=1)
    assert "row" in refused["error"]["message"]
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("words", [("--frames", "x"), ("--frames", "1004-1001")])
def test_frames_that_are_none_are_bad_input(
    tiny_show: TinyShow, words: tuple[str, ...]
) -> None:
    assert shell(tiny_show.root, "work", "abc", *words, code=2)["error"]["remedy"]
