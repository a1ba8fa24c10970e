"""
Tables: what is looked up of every sheet while layouts are drawn.

Its skyline, the profile and the colours around each column, and how much of each may be copied,
at every scale and way round, padded to one size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.layout import Brief
from seamline.generators.patch.resample import Bytes, Floats, blur
from seamline.generators.patch.sheets import Sheet, columns_of

SCALES = (1.0, 0.87, 0.94, 1.07, 1.14, 1.2)
WHOLE_SCALES = (*SCALES, 1.3)
"""Of whole pictures: over a wide canvas a photograph has hardly a layout but its own."""
ENLARGING = 0.8
"""What enlarging costs, per unit beyond 1.15: it softens."""
FILLER = 0.25
"""So much of a completed pixel counts as missing: shown, but not if it can be helped."""
ROW_STEP = 4
COLUMN_STEP = 4
"""Every fourth row and column of a sheet is looked at for what may be copied."""
DEPTHS_PX = (8, 20, 36, 56, 80, 100, 120, 140, 160, 180, 200, 220, 240, 260, 280, 300, 335, 370)
"""A crest inside a slope that steps by 20 px is seen: with 50 px between two depths a dune's
was broken in two of twelve."""
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
"""A difference of two stops and a half in ACEScct counts as one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tables:
    """What the search reads: every sheet at every scale and way round, padded to one size."""

    turns: list[tuple[float, bool]]
    soft: NDArray[np.float64]
    top: Floats
    trusted: Bytes
    looks: Floats
    covered: Floats
    size: NDArray[np.int32]
    span: NDArray[np.int32]
    level: Floats


def _soft(sheet: Sheet) -> tuple[list[Floats], Floats]:
    share = np.ascontiguousarray(sheet.usable, dtype=np.float32)
    weight = blur(share, 8)
    colour = sheet.complete
    planes = [
        blur(np.ascontiguousarray(colour[..., c] * share), 8)
        / np.maximum(weight, np.float32(1e-3))
        for c in range(3)
    ]
    return planes, weight


def _descriptors(
    sheet: Sheet, soft: tuple[list[Floats], Floats], at: NDArray[np.int64], scale: float,
    *, own_sky: bool,
) -> Floats:  # fmt: skip
    """
    Return (W, F): the profile around each column and the colours at depths below it.

    ``own_sky``: besides those of the sky above it; where none is seen, as below there.
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
            value = plane[rows, at] / np.float32(COLOUR_UNIT)
            parts.append(np.where(seen, value, np.float32(-9)))
    if own_sky:
        parts += _skies(planes, weight, sheet.top[at], at, scale)
    return np.stack(parts, axis=1).astype(np.float32)


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


def _worth(sheet: Sheet, rows: NDArray[np.int64], at: NDArray[np.int64]) -> Floats:
    """Return (R, W) how many of the sampled rows down to each may be copied; filler is less."""
    may = np.cumsum(sheet.usable[rows][:, at], axis=0, dtype=np.int32).astype(np.float32)
    if sheet.hidden is None:
        return may
    filler = np.cumsum(sheet.hidden[rows][:, at], axis=0, dtype=np.int32)
    return may - np.float32(FILLER) * filler.astype(np.float32)


def tables_of(sheets: Sequence[Sheet], brief: Brief) -> Tables:
    """Return the tables of ``sheets`` at every scale and way round allowed."""
    flat = all(s.elevation_deg is None for s in sheets)
    scales = WHOLE_SCALES if brief.own_sky else SCALES
    turns = [(z, m) for m in brief.mirrored for z in scales] if flat else [(1.0, False)]
    largest = max(z for z, _ in turns)
    height = max(int(s.height * largest + 1.5) for s in sheets)
    width = max(int(s.width * largest + 1.5) for s in sheets)
    count = len(sheets) * len(turns)
    own_sky = brief.own_sky
    compared = len(WHOLE_PX) + len(SKY_PX) if own_sky else len(DEPTHS_PX)
    features = PROFILES + 3 * (compared + 1)
    top = np.full((count, width), 1e6, np.float32)
    trusted = np.zeros((count, width), np.uint8)
    looks = np.zeros((count, width, features), np.float32)
    covered = np.zeros((count, height // ROW_STEP + 2, width // COLUMN_STEP + 1), np.float32)
    size = np.zeros((count, 2), np.int32)
    span = np.zeros((count, 2), np.int32)
    level = np.full(count, np.nan, np.float32)
    soft = [_soft(s) for s in sheets]
    for k, (z, mirrored) in enumerate((z, m) for z, m in turns for _ in sheets):
        sheet = sheets[k % len(sheets)]
        h, w = int(sheet.height * z + 0.5), int(sheet.width * z + 0.5)
        at = columns_of(sheet.width, w, z, mirrored=mirrored)
        size[k] = h, w
        rows = np.minimum(((np.arange(0, h, ROW_STEP) + 0.5) / z).astype(int), sheet.height - 1)
        sampled = _worth(sheet, rows, at[::COLUMN_STEP])
        across = sampled.shape[1]
        covered[k, 1 : len(rows) + 1, :across] = sampled
        covered[k, len(rows) + 1 :, :across] = sampled[-1]
        assert sheet.top is not None
        top[k, :w] = np.floor(sheet.top[at] * np.float32(z) + np.float32(0.5))
        trusted[k, :w] = sheet.trusted[at]
        looks[k, :w] = _descriptors(sheet, soft[k % len(sheets)], at, z, own_sky=own_sky)
        seen = np.flatnonzero(trusted[k])
        if len(seen):
            span[k] = seen[0], seen[-1] + 1
        if sheet.elevation_deg is not None:
            middle = sheet.elevation_deg[sheet.height // 2, sheet.width // 2]
            # row of the canvas on which the sheet's row 0 must lie
            level[k] = brief.horizon_row - middle * brief.px_per_deg - sheet.height // 2
        elif sheet.reference in brief.feet and brief.foot_row is not None:
            level[k] = brief.foot_row - brief.feet[sheet.reference] * z
    soften = np.array([max(0.0, z - 1.15) * ENLARGING for z, _ in turns])
    return Tables(
        turns=turns, soft=soften, top=top, trusted=trusted, looks=looks, covered=covered,
        size=size, span=span, level=level,
    )  # fmt: skip
