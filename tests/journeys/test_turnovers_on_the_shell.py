"""A turnover comes in on the shell: twelve shots, three of them not whole, and then whole."""

from __future__ import annotations

import csv
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import OpenImageIO as oiio
import pytest
from shell import SEAMLINE, Work

import turned_over
from seamline import wiring
from seamline.steps import book
from turned_over import HOUR, cut_list, plate

SHOTS = [f"042_{n:04d}" for n in range(10, 130, 10)]
LENGTH, HANDLES = 4, 2
FRAMES = range(1001, 1001 + LENGTH + 2 * HANDLES)


@pytest.fixture
def reel(work: Work) -> Path:
    """Twelve shots in a cut list; one without a plate, one with a gap, one with two plates."""
    folder = work.outside / "reel 1"
    events = []
    for n, shot in enumerate(SHOTS):
        source = 2 * HOUR + 1000 * n
        events.append((shot, f"A{n:03d}C001", source, LENGTH))
        if shot == SHOTS[3]:
            continue
        numbers = [f for f in FRAMES if not (shot == SHOTS[6] and f in (1004, 1005))]
        plate(folder / shot, f"{shot}_plate", numbers, starts=source - HANDLES, turn=100 * n)
    plate(folder / SHOTS[9] / "v2", f"{SHOTS[9]}_plate_v002", FRAMES)
    (folder / "reel_1.edl").write_text(cut_list(events))
    return folder


def states(document: Any) -> dict[str, str]:
    return {shot["shot"]: shot["state"] for shot in document["shots"]}


def test_nine_of_twelve_come_in_and_three_say_what_they_lack(work: Work, reel: Path) -> None:
    edl = str(reel / "reel_1.edl")
    before = work.rows()

    dry = work.json("shot", "add", "--from", edl, "--dry-run", code=1)
    assert work.rows() == before, "a dry run records nothing"
    report = work.outside / "report.csv"
    said = work.json("shot", "add", "--from", edl, "--report", str(report), code=1)

    assert states(dry) == states(said)
    assert said["counts"] == {"added": 9, "new_version": 0, "unchanged": 0, "missing": 3}
    lacks = {shot["shot"]: shot["missing"] for shot in said["shots"] if shot["missing"]}
    assert [(shot, [m["what"] for m in found]) for shot, found in lacks.items()] == [
        (SHOTS[3], ["plate"]),
        (SHOTS[6], ["frames"]),
        (SHOTS[9], ["plate"]),
    ]
    assert "no frame 1004-1005" in lacks[SHOTS[6]][0]["says"]
    assert "2 may be meant by the shot's name" in lacks[SHOTS[9]][0]["says"]
    assert "_v002" in lacks[SHOTS[9]][0]["says"]
    first = said["shots"][0]
    assert (first["frames"], first["head"], first["tail"]) == ("1001-1008", 2, 2)
    with report.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["shot"] for row in rows] == SHOTS
    assert [row["shot"] for row in rows if row["state"] == "missing"] == list(lacks)


def test_what_arrives_later_is_all_that_is_added(work: Work, reel: Path) -> None:
    edl = str(reel / "reel_1.edl")
    work.json("shot", "add", "--from", edl, code=1)
    rows = work.rows()

    same = work.json("shot", "add", "--from", edl, code=1)
    assert same["counts"] == {"added": 0, "new_version": 0, "unchanged": 9, "missing": 3}
    assert work.rows() == rows

    plate(
        reel / SHOTS[3], f"{SHOTS[3]}_plate", FRAMES, starts=2 * HOUR + 3000 - HANDLES, turn=300
    )
    plate(
        reel / SHOTS[6], f"{SHOTS[6]}_plate", FRAMES, starts=2 * HOUR + 6000 - HANDLES, turn=600
    )
    for file in (reel / SHOTS[9] / "v2").iterdir():
        file.unlink()
    whole = work.json("shot", "add", "--from", edl)

    assert whole["counts"] == {"added": 3, "new_version": 0, "unchanged": 9, "missing": 0}
    assert work.rows() == rows + 6, "a shot and its place in the cut, three times"
    text = work("shot", "add", "--from", edl).out
    assert text.splitlines()[-1] == "12 unchanged"


def test_a_run_that_is_killed_goes_on_where_it_was(work: Work, reel: Path) -> None:
    edl = str(reel / "reel_1.edl")
    begun = subprocess.Popen(
        [SEAMLINE, "--show", str(work.root), "shot", "add", "--from", edl],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 60
    while begun.poll() is None and time.monotonic() < until and _shots(work) < 3:
        time.sleep(0.005)
    begun.send_signal(signal.SIGKILL)
    begun.wait()

    there = _shots(work)
    said = work.json("shot", "add", "--from", edl, code=1)

    assert there >= 1
    assert said["counts"] == {
        "added": 9 - there,
        "new_version": said["counts"]["new_version"],
        "unchanged": there - said["counts"]["new_version"],
        "missing": 3,
    }
    assert _shots(work) == 9, "no shot stands twice"
    again = work.json("shot", "add", "--from", edl, code=1)
    assert again["counts"]["unchanged"] == 9


def _shots(work: Work) -> int:
    """How many rows of shots the ledger has, looked at from beside."""
    book = work.root / ".seamline" / "ledger.sqlite"
    try:
        with closing(sqlite3.connect(f"file:{book}?mode=ro", uri=True)) as open_book:
            found = open_book.execute("SELECT count(*) FROM rows WHERE kind = 'shot'")
            return int(found.fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # not begun yet


def test_a_turnover_that_cannot_be_read_leaves_with_2(work: Work, reel: Path) -> None:
    (reel / "bad.otio").write_text('{"OTIO_SCHEMA": "Timeline.1", "tracks":')

    said = work("shot", "add", "--from", str(reel / "bad.otio"), code=2)

    assert "no OpenTimelineIO file" in said.sentence
    assert "Traceback" not in said.err
    for words in (
        ("shot", "add", "--from", str(reel / "none.edl")),
        ("shot", "add", "--from", str(reel)),
        ("shot", "add", "042", "--from", str(reel / "reel_1.edl")),
        ("shot", "add", "--from", str(reel / "reel_1.edl"), "--static"),
        ("shot", "add", "--from", str(reel / "reel_1.edl"), "--rate", "0"),
        ("shot", "add", "--from", str(reel / "reel_1.edl"), "--plates", "nowhere"),
        ("shot", "add", "--dry-run"),
        ("shot", "add"),
    ):
        assert work(*words, code=2).sentence


def test_a_table_brings_tracks_mattes_and_grades_with_it(work: Work) -> None:
    folder = work.outside / "table"
    one = plate(folder / "plates", "001_010_plate", range(1001, 1005))
    turned_over.matte(folder / "mattes", "001_010", range(1001, 1005))
    plate(folder / "plates", "001_020_plate", range(1001, 1005))
    turned_over.track(folder / "001_020.jsonl", range(1001, 1005))
    (folder / "shots.csv").write_text(
        "\ufeffNote;last;first;SHOT;plate;static;handles\r\n"
        f'"hero; wide";1004;1001;001_010;{one};yes;1\r\n'
        ";1004;1001;001_020;001_020_plate.####.exr;;\r\n",
        encoding="utf-8",
    )

    said = work.json("shot", "add", "--from", str(folder / "shots.csv"))

    assert states(said) == {"001_010": "added", "001_020": "added"}
    assert said["shots"][0]["recorded"] == ["shot", "seam", "cut"]
    assert "hero; wide" in said["shots"][0]["notes"]
    assert (said["shots"][0]["head"], said["shots"][0]["tail"]) == (1, 1)
    assert said["shots"][1]["without"] == ["lens", "grade", "matte"]
    needed = work.json(
        "shot", "add", "--from", str(folder / "shots.csv"), "--need", "matte", code=1
    )
    assert states(needed) == {"001_010": "unchanged", "001_020": "missing"}


def test_a_table_says_which_layer_is_the_plate(work: Work) -> None:
    folder = work.outside / "layers"
    folder.mkdir()
    spec = oiio.ImageSpec(16, 9, 6, oiio.HALF)
    spec.channelnames = [f"{layer}.{c}" for layer in ("bg", "fg") for c in "RGB"]
    for frame in (1001, 1002):
        picture = oiio.ImageBuf(spec)
        oiio.ImageBufAlgo.fill(picture, (0.1, 0.1, 0.1, 0.4, 0.4, 0.4))
        assert picture.write(str(folder / f"001.{frame}.exr")), picture.geterror()
    table = folder / "shots.csv"
    without = "shot,plate,static,colourspace\n001,001.%04d.exr,yes,ACEScg\n"
    named = "shot,plate,static,colourspace,plate_layer\n001,001.%04d.exr,yes,ACEScg,fg\n"

    table.write_text(without)
    unsaid = work.json("shot", "add", "--from", str(table), code=1)
    table.write_text(named)
    said = work.json("shot", "add", "--from", str(table))
    table.write_text(without)
    again = work.json("shot", "add", "--from", str(table))

    assert "2 layers: bg, fg" in unsaid["shots"][0]["missing"][0]["says"]
    assert states(said) == {"001": "added"}
    plate_read = book.shot(wiring.open_studio(str(work.root), quiet=True).ledger, "001").plate
    assert plate_read is not None
    assert plate_read.layer == "fg"
    assert states(again) == {"001": "unchanged"}
