"""
Tables: what is looked up of every sheet while layouts are drawn.

Its skyline, the profile and the colours around each column, and how much of each may be copied,
at every scale and way round, padded to one size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.layout import Brief
from seamline.generators.patch.looks import (
    COLOUR_UNIT,
    PROFILES,
    heights_compared,
    looks_of,
    smooth_of,
    unit_of,
)
from seamline.generators.patch.resample import Bytes, Floats
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


def _worth(sheet: Sheet, rows: NDArray[np.int64], at: NDArray[np.int64]) -> Floats:
    """Return (R, W) how many of the sampled rows down to each may be copied; filler is less."""
    may = np.cumsum(sheet.usable[rows][:, at], axis=0, dtype=np.int32).astype(np.float32)
    if sheet.hidden is None:
        return may
    filler = np.cumsum(sheet.hidden[rows][:, at], axis=0, dtype=np.int32)
    return may - np.float32(FILLER) * filler.astype(np.float32)


def tables_of(sheets: Sequence[Sheet], brief: Brief, *, own_unit: bool = True) -> Tables:
    """
    Return the tables of ``sheets`` at every scale and way round allowed.

    ``own_unit``: cards' colours are compared by how their own slopes vary; else as plainly as
    whole pictures' are.
    """
    flat = all(s.elevation_deg is None for s in sheets)
    scales = WHOLE_SCALES if brief.own_sky else SCALES
    turns = [(z, m) for m in brief.mirrored for z in scales] if flat else [(1.0, False)]
    largest = max(z for z, _ in turns)
    height = max(int(s.height * largest + 1.5) for s in sheets)
    width = max(int(s.width * largest + 1.5) for s in sheets)
    count = len(sheets) * len(turns)
    own_sky = brief.own_sky
    compared = heights_compared(own_sky=own_sky)
    features = PROFILES + 3 * (compared + 1)
    top = np.full((count, width), 1e6, np.float32)
    trusted = np.zeros((count, width), np.uint8)
    looks = np.zeros((count, width, features), np.float32)
    covered = np.zeros((count, height // ROW_STEP + 2, width // COLUMN_STEP + 1), np.float32)
    size = np.zeros((count, 2), np.int32)
    span = np.zeros((count, 2), np.int32)
    level = np.full(count, np.nan, np.float32)
    soft = [smooth_of(s) for s in sheets]
    plain = own_sky or not own_unit
    unit = np.float32(COLOUR_UNIT if plain else unit_of(sheets, soft))
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
        looks[k, :w] = looks_of(sheet, soft[k % len(sheets)], at, z, own_sky=own_sky, unit=unit)
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
