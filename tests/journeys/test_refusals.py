"""What is wrong is said in one sentence, with the right exit code, and nothing is written."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from pathlib import Path
from typing import Any

import material
import numpy as np
import pytest
from shell import SEAMLINE, Said, Work, begin, here, process

SHOT = "042_0400"


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Work:
    """A show with one shot, painted once and chosen by nobody; tests here change nothing."""
    work = begin(tmp_path_factory.mktemp("ready"))
    work.meadow(SHOT)
    work("paint", SHOT, "-n", "1", "-g", "neutral")
    work.person()
    return work


def standing(work: Work) -> dict[str, tuple[int, float]]:
    """Every file of the show but its database's own, with size and time."""
    return {
        str(path.relative_to(work.root)): (path.stat().st_size, path.stat().st_mtime)
        for path in work.root.rglob("*")
        if path.is_file() and ".sqlite" not in path.name and "leases" not in path.parts
    }


def refuse(work: Work, *words: str, code: int, keys: str = "") -> str:
    """Run a command that must fail with ``code`` and leave no trace; return its sentence."""
    rows, before = work.rows(), standing(work)

    said = work(*words, code=code, keys=keys)

    assert work.rows() == rows, "a row was written"
    assert standing(work) == before, "a file was written"
    assert said.out == ""
    assert "  -> " in said.err, "nothing says what to do"
    return said.sentence


# -- plates and tracks ------------------------------------------------------


def a_plate(work: Work, name: str = "fresh", **how: Any) -> str:
    frames = [material.meadow(96, 64, turn=n).astype(np.float16) for n in range(2)]
    return work.plate(name, frames, **how)


def test_an_unknown_colour_space(ready: Work) -> None:
    plate = a_plate(ready)

    words = ("shot", "add", "new", "--plate", plate, "--static", "--colourspace", "ACEScgg")
    sentence = refuse(ready, *words, code=2)

    assert "ACEScgg" in sentence


def test_a_plate_that_says_nothing_of_its_colours(ready: Work) -> None:
    plate = a_plate(ready)

    sentence = refuse(ready, "shot", "add", "new", "--plate", plate, "--static", code=2)

    assert "fresh.1001.exr" in sentence
    assert "colour space" in sentence


def test_a_plate_whose_primaries_nobody_knows(ready: Work) -> None:
    odd = (0.7, 0.3, 0.2, 0.7, 0.14, 0.05, 0.3127, 0.329)
    plate = a_plate(ready, "odd", primaries=odd)

    sentence = refuse(ready, "shot", "add", "new", "--plate", plate, "--static", code=2)

    assert "chromaticities" in sentence


def test_a_track_with_a_sensor_of_316_8_mm(ready: Work) -> None:
    plate = a_plate(ready, primaries=material.AP1)
    camera = material.track(ready.outside / "wide.jsonl", range(2), sensor=316.8)

    words = ("shot", "add", "new", "--plate", plate, "--track", str(camera))
    sentence = refuse(ready, *words, code=2)

    assert "316.8 mm" in sentence
    assert "wide.jsonl" in sentence


def test_a_track_that_is_shorter_than_the_shot(ready: Work) -> None:
    plate = a_plate(ready, primaries=material.AP1)
    camera = material.track(ready.outside / "short.jsonl", range(1))

    words = ("shot", "add", "new", "--plate", plate, "--track", str(camera))

    refuse(ready, *words, code=2)


def test_a_plate_that_is_not_there(ready: Work) -> None:
    plate = str(ready.outside / "nowhere" / "a.####.exr")

    sentence = refuse(ready, "shot", "add", "new", "--plate", plate, "--static", code=2)

    assert "nowhere" in sentence


def test_a_frame_missing_from_the_plate(ready: Work) -> None:
    plate = a_plate(ready, "gap", primaries=material.AP1)
    (ready.outside / "gap" / "gap.1002.exr").rename(ready.outside / "gap" / "gap.1003.exr")

    sentence = refuse(ready, "shot", "add", "new", "--plate", plate, "--static", code=2)

    assert "gap.1002.exr" in sentence


def test_half_a_plate_file(ready: Work) -> None:
    plate = a_plate(ready, "cut", primaries=material.AP1)
    frame = Path(plate % 1002)
    frame.write_bytes(frame.read_bytes()[:-4000])

    sentence = refuse(ready, "shot", "add", "new", "--plate", plate, "--static", code=2)

    assert "cut.1002.exr" in sentence


def test_a_text_file_for_a_plate(ready: Work) -> None:
    note = ready.outside / "note.1001.exr"
    note.write_text("not a picture")

    words = ("shot", "add", "new", "--plate", str(ready.outside / "note.####.exr"), "--static")
    sentence = refuse(ready, *words, code=2)

    assert "note.1001.exr" in sentence


# -- seams and locks --------------------------------------------------------


def test_a_missing_matte_frame(ready: Work) -> None:
    matte = ready.matte("one", [material.matte_plane(96, 64)])

    sentence = refuse(ready, "seam", "set", SHOT, "--matte", matte, code=2)

    assert "1002" in sentence


def test_a_matte_of_another_size(ready: Work) -> None:
    matte = ready.matte("small", [material.matte_plane(90, 64)] * 2)

    refuse(ready, "seam", "set", SHOT, "--matte", matte, code=2)


def test_a_matte_without_that_channel(ready: Work) -> None:
    matte = ready.matte("alpha", [material.matte_plane(96, 64)] * 2)

    words = ("seam", "set", SHOT, "--matte", matte, "--matte-channel", "meadow")
    sentence = refuse(ready, *words, code=2)

    assert "'meadow'" in sentence


@pytest.mark.parametrize(
    "box", ["1,2,3", "1;2;3;4", "a,b,c,d", "0,0,0,10", "0,0,10,-3", "1.5,0,9,9"]
)
def test_a_box_that_is_none(ready: Work, box: str) -> None:
    refuse(ready, "seam", "set", SHOT, f"--box={box}", code=2)


@pytest.mark.parametrize("text", ["[[1, 2], [3, 4]]", "left, right", "[1, 2, 3]", ""])
def test_a_polygon_that_is_none(ready: Work, text: str) -> None:
    drawn = ready.outside / "polygon.json"
    drawn.write_text(text)

    refuse(ready, "seam", "set", SHOT, "--polygon", str(drawn), code=2)


def test_a_seam_that_says_nothing(ready: Work) -> None:
    refuse(ready, "seam", "set", SHOT, code=2)


@pytest.mark.parametrize(
    "text",
    [
        "[lens\nfocal_length_mm = 35",
        "[lens]\nfocal_length = 35.0\n",
        '[light]\ncolour_temperature_k = "warm"\n',
        "[light]\ncolour_temperature_k = 120\n",
        "[lens]\nfocal_length_mm = 35.0\nsensor_width_mm = 316.8\nsensor_height_mm = 178.2\n",
        "[lens]\nfocal_length_mm = 35.0\n",
        "[camera]\nheight_m = inf\n",
        "lens = 35",
    ],
    ids=("no TOML", "name", "word", "120 K", "316.8 mm", "half a lens", "inf", "no section"),
)
def test_a_lock_that_nobody_can_mean(ready: Work, text: str) -> None:
    lock = ready.outside / "bad.lock.toml"
    lock.write_text(text)

    refuse(ready, "lock", "set", SHOT, str(lock), code=2)


def test_a_lock_that_is_no_text(ready: Work) -> None:
    lock = ready.outside / "bytes.toml"
    lock.write_bytes(b"\xff\xfe\x00")

    refuse(ready, "lock", "set", SHOT, str(lock), code=2)


# -- names, options, folders ------------------------------------------------

UNKNOWN: dict[str, tuple[str, ...]] = {
    "shot to paint": ("paint", "042_0999"),
    "shot to lay out": ("canvas", "042_0999"),
    "shot to show": ("sheet", "042_0999"),
    "shot to deliver": ("deliver", "042_0999", "out"),
    "shot of a seam": ("seam", "set", "042_0999", "--box", "0,0,9,9"),
    "generator": ("paint", SHOT, "-g", "torch-inpaint"),
    "element": ("sign", "042_0400_env_b09_v001", "--by", "M. Okafor"),
    "element to choose": ("choose", SHOT, "042_0400_env_b09_v001", "--by", "M. Okafor"),
    "no element at all": ("sign", "the nice one", "--by", "M. Okafor"),
    "reference": ("paint", SHOT, "-r", "matterhorn"),
    "option": ("paint", SHOT, "--colour", "blue"),
    "command": ("dream", SHOT),
    "kind of reference": ("reference", "add", "x.png", "--kind", "dream"),
    "kind of canvas": ("canvas", SHOT, "--kind", "cube"),
    "number": ("paint", SHOT, "-n", "many"),
    "too few": ("paint", SHOT, "-n", "0"),
    "too many": ("paint", SHOT, "-n", "5000"),
    "frames": ("shot", "add", "new", "--static", "--frames", "1001..1024"),
    "frames backwards": ("shot", "add", "new", "--static", "--frames", "1024-1001"),
    "name of a shot": ("shot", "add", "../../etc", "--static"),
    "picture": ("reference", "add", "nowhere.png", "--kind", "photography"),
    "picture to audit": ("audit", "nowhere.exr"),
    "name of a person": ("key", "create", "--name", "../root", "--unprotected"),
    "person twice": ("key", "create", "--name", "M. Okafor", "--unprotected"),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_what_is_unknown_is_bad_input(ready: Work, what: str) -> None:
    said = (ready.rows(), standing(ready))

    answered = ready(*UNKNOWN[what], code=2)

    assert (ready.rows(), standing(ready)) == said
    assert answered.sentence
    assert answered.out == ""


def test_a_failure_in_json_is_one_document(ready: Work) -> None:
    said = ready("paint", "042_0999", "--json", code=2)

    assert set(said.json) == {"error"}
    assert said.json["error"]["exit_code"] == 2
    assert said.json["error"]["message"] in said.sentence
    assert said.json["error"]["remedy"]


def test_a_folder_that_is_no_show(tmp_path: Path) -> None:
    for words in (("--show", str(tmp_path)), ("--show", str(tmp_path / "nowhere"))):
        said = here(*words, "paint", SHOT)
        assert (said.code, str(tmp_path) in said.sentence) == (2, True)


@pytest.mark.parametrize("how", ["below a file", "/proc"])
def test_a_folder_that_cannot_be_written(work: Work, tmp_path: Path, how: str) -> None:
    element = work.signed(SHOT)
    (tmp_path / "file").write_text("a file")
    above = Path("/proc") if how == "/proc" else tmp_path / "file"
    folder = str(above / "delivery")
    rows = work.rows()

    delivered = work("deliver", SHOT, folder, code=2)
    made = here("show", "create", folder, "--name", "Elsewhere")

    assert element
    assert work.rows() == rows
    assert str(above) in delivered.sentence
    assert made.code == 2
    assert str(above) in made.sentence
    assert work.left_over() == []


def test_a_plate_that_changed_after_it_was_taken_in(work: Work) -> None:
    shot = work.meadow(SHOT)
    frame = work.outside / SHOT / f"{SHOT}.1002.exr"
    planes, _ = material.read(frame)
    planes["G"][60, 50] += np.float16(0.25)
    material.write(frame, planes, primaries=material.AP1)

    said = work("paint", shot, "-g", "neutral", "-n", "1", code=1)

    assert f"{SHOT}.1002.exr" in said.sentence
    assert "shot add" in said.err
    assert material.frames_in(work.root / "shots") == []
    assert not [row for row in work.root.rglob("*_comp.1002.exr")]

    work("shot", "add", shot, "--plate", str(frame.parent / f"{SHOT}.%04d.exr"), "--static")
    again = work.json("paint", shot, "-g", "neutral", "-n", "1")["variations"][0]
    assert len(material.frames_in(again["comp"])) == 2


def test_the_canvas_of_a_camera_that_travels_past_near_things(work: Work) -> None:
    plate = a_plate(work, primaries=material.AP1)
    camera = material.track(work.outside / "dolly.jsonl", range(2))
    lines = [json.loads(line) for line in camera.read_text().splitlines()]
    lines[1]["transforms"][0]["translation"]["x"] = 40.0
    camera.write_text("".join(json.dumps(line) + "\n" for line in lines))
    work("shot", "add", SHOT, "--plate", plate, "--track", str(camera))
    work("seam", "set", SHOT, "--box", "0,0,96,30")

    sentence = refuse(work, "canvas", SHOT, code=2)

    assert "px" in sentence
    assert "1000 m" in sentence


# -- the same, through the installed command --------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("paint", "042_0999"), 2),
        (("paint", SHOT, "--colour", "blue"), 2),
        (("deliver", SHOT, "out"), 1),
        (("doctor",), 0),
    ],
    ids=("unknown shot", "unknown option", "nothing chosen", "fine"),
)
def test_the_installed_command_leaves_with_the_same_codes(
    ready: Work, words: tuple[str, ...], code: int
) -> None:
    said = process(*words, env={"SEAMLINE_SHOW": str(ready.root)}, cwd=ready.outside)

    assert said.code == code
    assert code == 0 or said.sentence


def test_without_a_terminal_a_passphrase_is_not_asked_in_the_open(ready: Work) -> None:
    words = ("--show", str(ready.root), "key", "create", "--name", "L. Moreau")
    said = process(*words)

    assert said.code == 2
    assert "no terminal" in said.sentence
    assert not list((ready.root / ".seamline" / "keys").glob("*Moreau*"))


def test_interrupted_by_the_artist_it_says_so(ready: Work) -> None:
    words = [SEAMLINE, "--show", str(ready.root), "key", "create", "--name", "L. Moreau"]
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        words, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert running.stderr is not None
    asked = ""
    while "Passphrase" not in asked:
        letter = running.stderr.read(1)
        assert letter, f"it ended without asking: {asked}"
        asked += letter
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    said = Said(running.returncode, out, err)

    assert said.code == 130
    assert said.sentence == "Error: interrupted"
    assert not list((ready.root / ".seamline" / "keys").glob("*Moreau*"))
