"""Mattes of the patch benchmark: what stands before a known sky, as soft as it was mixed."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from patch import mattes

HEIGHT, WIDTH = 80, 120
ROWS, COLUMNS = np.indices((HEIGHT, WIDTH))
EDGE = 45 + 8 * np.sin(np.arange(WIDTH) / 11)


def truth() -> NDArray[np.float32]:
    """A range two pixels soft, with a mast that no skyline follows."""
    matte = np.clip((ROWS - EDGE[None, :]) / 2 + 0.5, 0, 1)
    matte[25:45, 60:62] = 1.0
    return matte.astype(np.float32)


def plate(matte: NDArray[np.float32]) -> NDArray[np.float32]:
    sky = np.stack([0.3 - ROWS / 900, 0.4 - ROWS / 900, 0.6 + COLUMNS / 900], axis=-1)
    land = 0.05 + 0.02 * np.sin(ROWS / 2 + COLUMNS / 3)[..., None] * np.ones(3)
    return (matte[..., None] * land + (1 - matte[..., None]) * sky).astype(np.float32)


def coded(light: NDArray[np.float32]) -> NDArray[np.float32]:
    return ((np.log2(light) + 9.72) / 17.52).astype(np.float32)


def found(matte: NDArray[np.float32], **ways: bool) -> NDArray[np.float32]:
    light = plate(matte)
    line = np.round(EDGE).astype(np.int64)
    return mattes.foreground(light, coded(light), line, 5, 24, **ways)


def test_a_soft_skyline_is_as_soft_as_it_was_mixed() -> None:
    assert np.abs(found(truth()) - truth()).mean() < 0.005
    assert np.abs(found(truth()) - truth()).max() < 0.35


def test_sky_is_none_and_land_is_all_of_it() -> None:
    matte = found(truth())

    assert (matte[EDGE[None, :] - 25 > ROWS] == 0).all()
    assert (matte[EDGE[None, :] + 8 < ROWS] == 1).all()


def test_a_mast_above_the_skyline_stands_in_front() -> None:
    assert found(truth())[30:45, 60:62].mean() > 0.8


def test_before_a_plain_sky_even_an_overhang_is_told() -> None:
    matte = truth()
    matte[20:24, 60:100] = 1.0

    assert found(matte, plain=True)[21:23, 64:96].mean() > 0.9
    assert found(matte, plain=True)[32:34, 70:96].mean() < 0.1


def test_pale_rock_that_is_drawn_over_as_solid_is_no_sky() -> None:
    """Limestone in the sun right under a skyline, nearly as pale as the clouds behind it."""
    light, line = plate(truth()), np.round(EDGE).astype(np.int64)
    depth = ROWS - EDGE[None, :]
    rock = (depth > 1) & (depth < 4) & (COLUMNS > 80) & (COLUMNS < 110)
    light[rock] = 0.9 * np.array([0.25, 0.35, 0.7], np.float32)
    drawn = (depth > -1) & (COLUMNS > 70)
    inside = rock & (depth > 2) & (COLUMNS > 82)

    eaten = mattes.foreground(light, coded(light), line, 5, 24)
    solid = mattes.foreground(light, coded(light), line, 5, 24, solid=drawn)

    assert eaten[inside].mean() < 0.9
    assert solid[inside].min() > 0.94
    np.testing.assert_allclose(solid[:, :60], eaten[:, :60], atol=0.02)
