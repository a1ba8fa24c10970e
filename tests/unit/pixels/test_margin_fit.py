"""What a painted margin says of colour, and when it says nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from seamline.pixels.cdl import apply_cdl
from seamline.pixels.margin import match_margin
from seamline.show.cdl import CDL

STOP = 1 / 17.52
"""ACEScct counts 17.52 stops to 1 (S-2016-001)."""


def surface(seed: int, *, detail_stops: float = 0.5) -> np.ndarray:
    """A wall, bright on top, with stones no two walls share; ACEScct."""
    rng = np.random.default_rng(seed)
    base = np.linspace(0.5, 0.3, 120)[:, None, None] * np.array([1.0, 0.97, 0.9])
    stones = rng.normal(0, detail_stops * STOP, (120, 160, 1))
    return np.asarray(base + stones, np.float32)


def band() -> np.ndarray:
    mask = np.zeros((120, 160), bool)
    mask[:, 40:100] = True
    return mask


def test_a_margin_painted_a_third_of_a_stop_dark_is_brought_back() -> None:
    off = np.array([-0.35, -0.35, -0.2]) * STOP
    painted = (surface(1) + off).astype(np.float32)

    found = match_margin(painted, surface(2), band(), id="m")

    assert found.sure
    assert found.stops == pytest.approx(0.35, abs=0.03)
    np.testing.assert_allclose(found.cdl.offset, -off, atol=0.03 * STOP)
    assert "matched on the painted margin by 0.3" in found.says


def test_slope_and_saturation_are_found_where_twins_bear_them_out() -> None:
    plate = surface(2, detail_stops=1.0)
    error = CDL(id="e", slope=(1.05, 1.0, 0.95), saturation=0.8)
    wrong = apply_cdl(plate, error)

    found = match_margin(wrong, plate, band(), id="m")

    assert found.sure
    assert found.whole
    left = np.abs(apply_cdl(wrong, found.cdl) - plate)[band()]
    assert np.median(left) < 0.02 * STOP


def test_another_thing_painted_over_the_plate_tells_nothing() -> None:
    # A dark tree in half of the band: .9 stop off the middle, on either side of it.
    painted = surface(1)
    painted[:60] -= np.float32(1.8 * STOP)

    found = match_margin(painted, surface(2), band(), id="m")

    assert not found.sure
    assert found.cdl.is_identity
    assert found.rest_stops == pytest.approx(0.9, abs=0.1)
    assert "does not show what the plate shows there" in found.says


def test_more_than_a_grade_may_do_is_left_alone() -> None:
    painted = (surface(1) - 4 * STOP).astype(np.float32)

    found = match_margin(painted, surface(2), band(), id="m")

    assert not found.sure
    assert "4.0 stops off" in found.says


def test_a_margin_of_a_few_pixels_is_too_small() -> None:
    mask = np.zeros((120, 160), bool)
    mask[:10, :10] = True

    found = match_margin(surface(1), surface(2), mask, id="m")

    assert not found.sure
    assert math.isnan(found.stops)
    assert "too small" in found.says


def test_what_is_not_finite_in_the_plate_is_left_out() -> None:
    plate = surface(2)
    plate[50, 60], plate[70, 80] = np.nan, np.inf

    found = match_margin(surface(1), plate, band(), id="m")

    assert found.sure
    assert found.stops < 0.05
