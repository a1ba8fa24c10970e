"""How far a shutter smeared a frame, told edge by edge beside what its camera's move makes."""

from __future__ import annotations

import numpy as np
import pytest

from seamline.pixels.metrics import edge_width_px
from seamline.pixels.smear import Smear, smear_of

MOVE = (7.4, 3.6)
"""Right and down while the shutter is open, pixels: a pan that tilts."""
SIZE = (200, 320)
FULL = np.ones(SIZE, bool)


def tone(rgb: np.ndarray) -> np.ndarray:
    """Some log code; the studio's own is ACEScct."""
    return (0.4 + np.log2(rgb[..., 1] + 0.01) / 8).astype(np.float32)


def ridges(
    slope: float, *, to: tuple[float, float] = (0.0, 0.0), soft: float = 1.5
) -> np.ndarray:
    """Flat tones parted every 50 px by edges that lean by ``slope`` columns a row, moved."""
    rows, columns = np.indices(SIZE).astype(np.float64)
    along = columns - slope * rows + to[0] - slope * to[1]
    light = np.full(SIZE, 0.05)
    for k in range(-20, 30):
        rise = 0.1 if k % 2 else -0.1
        light += rise * np.clip((along - 50 * k - 13.3) / soft + 0.5, 0, 1)
    return np.repeat((light - light.min() + 0.2)[..., None], 3, axis=-1).astype(np.float32)


def smeared(slope: float, times: np.ndarray) -> np.ndarray:
    """The mean of where the camera looked at ``times``, of a shutter from -.5 to .5."""
    frames = [ridges(slope, to=(MOVE[0] * t, MOVE[1] * t)) for t in times]
    return np.mean(frames, axis=0).astype(np.float32)


def even(share: float = 1.0, count: int = 40) -> np.ndarray:
    return share * ((np.arange(count) + 0.5) / count - 0.5)


def moves(places: np.ndarray) -> np.ndarray:
    ways = np.array(MOVE) * even(count=10)[:, None]
    return np.repeat(ways[:, None], places.shape[1], axis=1)


def found(slope: float, times: np.ndarray, mask: np.ndarray = FULL) -> Smear | None:
    return smear_of(smeared(slope, times), ridges(slope), mask, moves, tone)


@pytest.mark.parametrize("slope", [-0.8, 0.15, 0.8])
def test_a_frame_that_is_smeared_as_its_camera_moved_is_as_wide_as_that_makes_it(
    slope: float,
) -> None:
    told = found(slope, even())

    assert told is not None
    assert told.times == pytest.approx(1, abs=0.04)


def test_ridges_that_lean_unlike_differ_in_width_and_not_in_smear() -> None:
    # What the demo's range and its meadow are to one another: one falls with the move.
    frames = [smeared(slope, even()) for slope in (0.8, -0.8)]
    views = [ridges(slope) for slope in (0.8, -0.8)]

    widths = [
        edge_width_px(tone(f), at_rest=tone(v)) for f, v in zip(frames, views, strict=True)
    ]
    told = [smear_of(f, v, FULL, moves, tone) for f, v in zip(frames, views, strict=True)]

    assert widths[0] is not None
    assert widths[1] is not None
    assert abs(widths[0] / widths[1] - 1) > 0.3
    assert told[0] is not None
    assert told[1] is not None
    assert told[0].times == pytest.approx(told[1].times, abs=0.03)


@pytest.mark.parametrize(("share", "low", "high"), [(0.5, 0.4, 0.7), (1.5, 1.3, 1.55)])
def test_another_shutter_than_the_reported_one_shows(
    share: float, low: float, high: float
) -> None:
    told = found(0.1, even(share))

    assert told is not None
    assert low < told.times < high


def test_five_moments_from_opening_to_closing_are_as_long_as_one_and_a_quarter() -> None:
    # They stand a fourth of the smear apart; their mean distance from the middle is 6/5 of a
    # fourth, an even smear's is a fourth.
    told = found(0.15, np.linspace(-0.5, 0.5, 5))

    assert told is not None
    assert told.times == pytest.approx(1.2, abs=0.06)


def test_edges_along_the_move_tell_nothing_of_it() -> None:
    assert found(MOVE[0] / MOVE[1], even()) is None


def test_what_lies_outside_the_mask_or_is_looked_at_from_there_is_not_measured() -> None:
    part = FULL.copy()
    part[:, 40:] = False

    assert found(0.0, even(), part) is None
    assert found(0.0, even(), ~part) is not None


def test_a_frame_too_narrow_for_an_edge_to_stand_alone_tells_nothing() -> None:
    light = ridges(0.0)[:, :60]

    assert smear_of(light, light, FULL[:, :60], moves, tone) is None
