"""The seam as a line, and what lies along it, laid straight."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from seamline.pixels.strip import along, contours, evenly

RADIUS_PX = 60.0


def disc() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A live disc around 100, 80, its edge one pixel soft; and the distance from there."""
    y, x = np.mgrid[:160, :220] + 0.5
    away = np.hypot(x - 100, y - 80).astype(np.float32)
    return np.clip(RADIUS_PX - away + 0.5, 0, 1).astype(np.float32), away


def test_the_line_around_a_disc_is_its_circle() -> None:
    matte, _ = disc()

    (line,) = contours(matte)

    away = np.hypot(line[:, 0] - 100, line[:, 1] - 80)
    assert np.abs(away - RADIUS_PX).max() < 0.15
    np.testing.assert_array_equal(line[0], line[-1])  # closed
    assert len(evenly(line)) == pytest.approx(2 * np.pi * RADIUS_PX, rel=0.01)


def test_the_longest_line_comes_first_and_an_open_one_ends_at_the_border() -> None:
    matte = np.zeros((40, 90), np.float32)
    matte[20:] = 1
    matte[4:8, 10:14] = 1

    lines = contours(matte)

    assert len(lines) == 2
    assert len(lines[0]) > len(lines[1])
    assert {float(lines[0][0][0]), float(lines[0][-1][0])} == {0.5, 89.5}
    np.testing.assert_array_equal(lines[0][:, 1], 20.0)


def test_a_matte_without_a_seam_has_no_line() -> None:
    assert contours(np.ones((12, 12), np.float32)) == []
    assert contours(np.zeros((12, 12), np.float32)) == []


def test_a_strip_has_the_generated_side_above_and_the_live_one_below() -> None:
    matte, away = disc()
    (line,) = contours(matte)

    strip = along(away[..., None], matte, line, 10)[..., 0]

    assert strip.shape == (20, len(evenly(line)))
    wanted = RADIUS_PX + 9.5 - np.arange(20)  # from outside, generated, to inside, live
    assert np.abs(strip - wanted[:, None]).max() < 0.25


def test_two_corners_that_touch_are_two_lines() -> None:
    matte = np.zeros((6, 6), np.float32)
    matte[1:3, 1:3] = matte[3:5, 3:5] = 1

    lines = contours(matte)

    assert sum(len(line) for line in lines) == sum(
        len(line) for line in contours(np.pad(np.ones((2, 2), np.float32), 2))
    ) * 2 - (len(lines) == 1)
