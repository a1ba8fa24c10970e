"""A hand-off, a graded shot and a delivery's papers, as a person types them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import material
import numpy as np
import opentimelineio as otio
import pytest
from shell import Work, begin

from seamline.formats.cdl import cdl_file
from seamline.formats.turnover import read_turnover
from seamline.show.cdl import CDL
from turned_over import HOUR, cut_list, plate

SHOT = "042_0110"
COOL = CDL(id=SHOT, slope=(0.8, 1.0, 1.2))


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Work:
    """Two shots, painted twice each; a choice for the first."""
    pytest.importorskip("av", reason="PyAV is not installed")
    work = begin(tmp_path_factory.mktemp("handoff"))
    for shot in (SHOT, "042_0120"):
        work.meadow(shot)
        work("paint", shot, "-n", "2", "-g", "neutral")
    work("choose", SHOT, f"{SHOT}_env_b02_v001", "--by", work.person())
    return work


def graded(work: Work, *words: str, content: bytes, name: str = "shot.cc", code: int = 0):
    path = work.outside / name
    path.write_bytes(content)
    frames = [material.meadow(96, 64, turn=n).astype(np.float16) for n in range(2)]
    plate = work.plate("042_0130", frames, primaries=material.AP1)
    take = ("shot", "add", "042_0130", "--plate", plate, "--static", "--grade", str(path))
    return work(*take, *words, code=code)


def test_two_shots_go_out_in_one_cut(ready: Work) -> None:
    folder = ready.outside / "review"

    said = ready("handoff", "042_0120", SHOT, str(folder), "--codec", "prores", "--exr")

    assert f"{SHOT}: 2 variations, seen {SHOT}_env_b02_v001" in said.out
    movies = otio.adapters.read_from_file(str(folder / "cut.otio"))
    frames = otio.adapters.read_from_file(str(folder / "cut_exr.otio"))
    for read in (movies, frames):
        assert [clip.name for clip in read.find_clips()] == ["042_0120", SHOT]
        assert all(len(clip.media_references()) == 2 for clip in read.find_clips())
    for clip in movies.find_clips():
        for ref in clip.media_references().values():
            assert (folder / ref.target_url).stat().st_size > 1000


def test_the_document_names_every_file(ready: Work) -> None:
    folder = ready.outside / "review_json"

    found = ready.json("handoff", SHOT, str(folder))

    on_disk = {str(p) for p in folder.rglob("*") if p.is_file()}
    assert set(found["files"]) == on_disk
    assert found["encoder"] in ("libx264", "libopenh264")
    assert found["shots"][0]["seen"] == f"{SHOT}_env_b02_v001"


def test_a_hand_off_never_writes_over_another(ready: Work) -> None:
    folder = ready.outside / "standing"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")

    said = ready("handoff", SHOT, str(folder), code=2)

    assert str(folder) in said.sentence
    assert [p.name for p in folder.iterdir()] == ["mine.txt"]


def test_handles_longer_than_the_shot_are_refused(ready: Work) -> None:
    said = ready("handoff", SHOT, str(ready.outside / "none"), "--handles", "1", code=2)

    assert "handles of 1 and 1 frames leave nothing of its 2" in said.sentence


def test_a_cut_that_came_in_goes_out_as_it_was(tmp_path: Path) -> None:
    work = begin(tmp_path)
    folder = work.outside / "reel"
    # The second shot is seen twice, and stands in the cut before and after the first.
    events = [
        ("042_0020", "B001", 2 * HOUR + 2, 3), ("042_0010", "A001", 3 * HOUR + 2, 4),
        ("042_0020", "B001", 2 * HOUR + 5, 2),
    ]  # fmt: skip
    plates = {
        shot: plate(folder / shot, f"{shot}_plate", range(1001, 1009), starts=hour * HOUR)
        for shot, hour in (("042_0010", 3), ("042_0020", 2))
    }
    (folder / "in.edl").write_text(cut_list(events))
    work("shot", "add", "--from", str(folder / "in.edl"))
    for shot, pattern in plates.items():
        work("shot", "add", shot, "--plate", pattern, "--static")
        work("paint", shot, "-n", "1", "-g", "neutral")

    out = work.outside / "review"
    work("handoff", "042_0010", "042_0020", str(out), "--by-cut", "--codec", "none", "--exr")

    before, after = (
        read_turnover(str(path), Fraction(24)).events
        for path in (folder / "in.edl", out / "cut.edl")
    )
    for mine, theirs in zip(after, before, strict=True):
        assert (mine.record, mine.source, mine.reel) == (
            theirs.record, theirs.source, theirs.reel,
        )  # fmt: skip
    read = otio.adapters.read_from_file(str(out / "cut_exr.otio"))
    clips = list(read.find_clips())
    assert [clip.name for clip in clips] == ["042_0020", "042_0010", "042_0020"]
    assert [clip.source_range.start_time.value for clip in clips] == [
        2 * HOUR + 2, 3 * HOUR + 2, 2 * HOUR + 5,
    ]  # fmt: skip
    assert list(clips[0].metadata["seamline"]["handles"]) == [2, 3]
    assert read.global_start_time.value == HOUR


def test_a_shot_of_no_turnover_has_no_place_in_its_cut(ready: Work) -> None:
    said = ready("handoff", SHOT, str(ready.outside / "none"), "--by-cut", code=2)

    assert "came in by no turnover" in said.sentence


def test_a_shot_is_taken_in_with_its_cdl(ready: Work) -> None:
    said = graded(ready, content=cdl_file(COOL))

    assert f"looked at with {SHOT} in ACEScct" in said.out


def test_a_cdl_that_names_no_space_is_refused_with_what_to_do(ready: Work) -> None:
    nameless = cdl_file(COOL).replace(b"<InputDescription>ACEScct</InputDescription>", b"")

    said = graded(ready, content=nameless, name="nameless.cc", code=2)
    assert "names no colour space" in said.sentence
    assert "--grade-space" in said.err

    graded(ready, "--grade-space", "ACEScct", content=nameless, name="nameless.cc")
    said = graded(ready, "--grade-space", "Nowhere", content=nameless, name="x.cc", code=2)
    assert "no colour space 'Nowhere'" in said.sentence


def test_a_delivery_takes_its_papers_along_and_is_whole(tmp_path: Path) -> None:
    work = begin(tmp_path)
    element = work.signed(SHOT)
    folder = work.outside / "out"

    work("deliver", SHOT, str(folder))
    again = work("deliver", SHOT, str(folder))

    assert "signed by M. Okafor" in again.out
    for name in (f"{element}.otio", f"{element}.edl", f"scene/{element}.usda"):
        assert (folder / name).is_file()
    work("audit", str(folder))
    stage = folder / "scene" / f"{element}.usda"
    stage.chmod(0o644)
    stage.write_bytes(stage.read_bytes().replace(b"metersPerUnit = 1", b"metersPerUnit = 2"))
    work("audit", str(folder), code=1)
