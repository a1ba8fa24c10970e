"""The checks of QC: each passes, fails, and will not judge what it was not shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seamline import checks
from seamline.checks.limits import CALIBRATED, LIMITS
from seamline.checks.look import Look, Spot
from seamline.show.frames import FrameRange
from seamline.show.record import as_record, from_record
from seamline.show.review import Finding
from seamline.show.shot import Plate, Shot

PLATE = Plate(
    pattern="p.%04d.exr", colourspace="ACEScg", evidence="flag",
    display_window=(0, 0, 960, 540), channels=("R", "G", "B"), channel_type="half",
    digests=(), digest="",
)  # fmt: skip
SHOT = Shot(
    name="042_0110", version=1, frames=FrameRange(first=1001, last=1003), plate=PLATE,
    static=True,
)  # fmt: skip
LOOK = Look(shot=SHOT, lock=None, one_surface=True)
NAMES = [check.__module__.rsplit(".", 1)[1] for check in checks.QC]
REPORTED = ("black", "halo")
PAIRED = ("exposure", "white", "black", "softness", "edge", "halo")


def said(name: str, look: Look) -> Finding:
    return checks.looked(look)[NAMES.index(name)]


def spotted(name: str, value: float) -> Look:
    spot = Spot(value=value, frame=1002, place=(10, 20, 30, 40), frames=3)
    return replace(LOOK, spots={name: spot})


def test_every_check_speaks_under_its_own_name_and_has_a_limit() -> None:
    found = checks.looked(LOOK)

    assert [f.check for f in found] == NAMES
    assert set(NAMES) == set(LIMITS)
    assert set(CALIBRATED) <= set(LIMITS)


def test_nothing_measured_is_nothing_passed() -> None:
    assert {f.verdict for f in checks.looked(LOOK)} == {"not checked"}


@pytest.mark.parametrize("name", [n for n in NAMES if n not in REPORTED])
@pytest.mark.parametrize("sign", [1, -1])
def test_within_its_limit_it_passes_and_beyond_it_fails(name: str, sign: int) -> None:
    limit = LIMITS[name]

    within = said(name, spotted(name, sign * limit * 0.9))
    beyond = said(name, spotted(name, sign * (limit * 1.1 + 0.001)))

    assert (within.verdict, beyond.verdict) == ("pass", "fail")
    assert (beyond.frame, beyond.place, beyond.limit) == (1002, (10, 20, 30, 40), limit)
    assert beyond.says.startswith("042_0110: frame 1002: ")
    assert "worst of 3 frames" in beyond.says


@pytest.mark.parametrize("name", REPORTED)
def test_what_has_no_calibrated_limit_is_reported_and_neither_passes_nor_fails(
    name: str,
) -> None:
    found = [said(name, spotted(name, value)) for value in (0.0, 9.0)]

    assert {f.verdict for f in found} == {"not checked"}
    assert [f.measured for f in found] == [0.0, 9.0]
    assert all("reported, not judged" in f.says and f.limit is None for f in found)


@pytest.mark.parametrize("name", PAIRED)
def test_where_the_seam_parts_different_things_nothing_is_compared(name: str) -> None:
    apart = replace(spotted(name, 0.0), one_surface=False)

    assert said(name, apart).verdict == "not comparable"


@pytest.mark.parametrize("name", PAIRED)
def test_without_a_plate_nothing_is_compared(name: str) -> None:
    bare = replace(spotted(name, 0.0), shot=replace(SHOT, plate=None))

    assert said(name, bare).verdict == "not comparable"


def test_why_something_was_not_measured_is_said() -> None:
    look = replace(LOOK, missing={"grain": "the shot has one frame"})

    assert said("grain", look).says == "042_0110: grain: the shot has one frame"


def test_the_sentence_has_number_direction_and_limit() -> None:
    found = said("exposure", spotted("exposure", -0.5))

    assert "0.500 stops darker than the plate it covers" in found.says
    assert f"limit {LIMITS['exposure']:g} stops" in found.says


def test_a_finding_with_a_place_is_read_back_and_one_from_before_is_too() -> None:
    found = said("halo", spotted("halo", 1.0))
    old = as_record(found)
    del old["place"]

    assert from_record(Finding, as_record(found)) == found
    assert from_record(Finding, old) == replace(found, place=None)
