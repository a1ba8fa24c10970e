"""
Looks: what a column of a sheet looks like, so that two can be compared where they would join.

The profile of the skyline around it, the colours of the slope at depths below it and, where
sheets bring their own skies, of the sky above it, each in units in which a difference of one
is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.resample import Floats, blur
from seamline.generators.patch.sheets import Sheet

DEPTHS_PX = (8, 20, 36, 56, 80, 100, 120, 140, 160, 180, 200, 220, 240, 260, 280, 300, 335, 370)
"""A crest inside a slope that steps by 20 px is seen: with 50 px between two depths a dune's
was broken in three of twelve."""
WHOLE_PX = (8, 20, 36, 56, 80, 110, 145, 190, 240)
"""Of whole pictures fewer are compared: a photograph has few joins, and the deepest would leave
it none."""
SKY_PX = tuple(range(44, 305, 20))
"""Heights over the skyline at which skies are compared where they come with their ranges,
closer than a streak of cloud is high: with five of them one of six dusks still had a step."""
SKY_UNIT = 0.0125
"""What counts as one there: nothing in a sky hides where a streak of cloud ends upright. At
twice as much two of the demo's six dusks still had a step, at this none."""
PROFILE_PX = 40
PROFILE_STEP = 8
PROFILES = 2 * PROFILE_PX // PROFILE_STEP + 1
COLOUR_UNIT = 0.14
"""A difference of two stops and a half in ACEScct counts as one..."""
SPREADS = 4.0
"""...and of cards so many spreads of their own slopes, where that is less: in haze a wooded
slope and bare rock are a quarter of a stop apart, and one that ended in the other was seen."""
LEAST_UNIT = 0.03
"""Grain is no disagreement."""


def smooth_of(sheet: Sheet) -> tuple[list[Floats], Floats]:
    """Return the sheet's three channels without their grain, and how much of each was there."""
    share = np.ascontiguousarray(sheet.usable, dtype=np.float32)
    weight = blur(share, 8)
    colour = sheet.complete
    planes = [
        blur(np.ascontiguousarray(colour[..., c] * share), 8)
        / np.maximum(weight, np.float32(1e-3))
        for c in range(3)
    ]
    return planes, weight


def looks_of(
    sheet: Sheet, soft: tuple[list[Floats], Floats], at: NDArray[np.int64], scale: float,
    *, own_sky: bool, unit: np.float32,
) -> Floats:  # fmt: skip
    """
    Return (W, F): the profile around each column and the colours at depths below it.

    ``unit``: the difference of colours that counts as one. ``own_sky``: besides those of
    the sky above it; where none is seen, as below there.
    """
    assert sheet.top is not None
    planes, weight = soft
    width = len(at)
    top = sheet.top[at].astype(np.float32) * np.float32(scale)
    columns = np.arange(width)
    parts: list[NDArray[Any]] = []
    for o in range(-PROFILE_PX, PROFILE_PX + 1, PROFILE_STEP):
        parts.append((top[np.clip(columns + o, 0, width - 1)] - top) / np.float32(PROFILE_STEP))
    depths = WHOLE_PX if own_sky else DEPTHS_PX
    for depth in (-24, *depths):
        rows = np.clip(sheet.top[at] + int(depth / scale), 0, sheet.height - 1)
        seen = weight[rows, at] > np.float32(0.5)
        for plane in planes:
            value = plane[rows, at] / unit
            parts.append(np.where(seen, value, np.float32(-9)))
    if own_sky:
        parts += _skies(planes, weight, sheet.top[at], at, scale)
    return np.stack(parts, axis=1).astype(np.float32)


def unit_of(sheets: Sequence[Sheet], soft: Sequence[tuple[list[Floats], Floats]]) -> float:
    """Return what difference of two slopes' colours counts as one, by how they vary."""
    spreads = []
    for sheet, (planes, weight) in zip(sheets, soft, strict=True):
        assert sheet.top is not None
        at = np.flatnonzero(sheet.trusted)
        rows = sheet.top[at][None, :] + np.array(WHOLE_PX)[:, None]
        rows = np.clip(rows, 0, sheet.height - 1)
        seen = weight[rows, at] > np.float32(0.5)
        if seen.any():
            spreads += [float(plane[rows, at][seen].std()) for plane in planes]
    spread = sum(spreads) / len(spreads) if spreads else COLOUR_UNIT
    return min(COLOUR_UNIT, max(LEAST_UNIT, SPREADS * spread))


def _skies(
    planes: Sequence[Floats],
    weight: Floats,
    top: NDArray[np.int32],
    at: NDArray[np.int64],
    scale: float,
) -> list[NDArray[Any]]:
    """Return (W,) of each channel at each of ``SKY_PX`` over the skyline, in its units."""
    rows = np.maximum(top, 0)
    parts: list[NDArray[Any]] = []
    for height in SKY_PX:
        higher = np.clip(top - int(height / scale), 0, weight.shape[0] - 1)
        rows = np.where(weight[higher, at] > np.float32(0.5), higher, rows)
        parts += [plane[rows, at] / np.float32(SKY_UNIT) for plane in planes]
    return parts


def heights_compared(*, own_sky: bool) -> int:
    """Return at how many heights below and above the skyline colours are compared."""
    return len(WHOLE_PX) + len(SKY_PX) if own_sky else len(DEPTHS_PX)
