"""A level horizon: the one long, nearly straight line at which sky ends, found in a frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.grain.box import box_mean

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
LEAST_COLUMNS = 64
LEAST_SHARE = 0.25
"""Of the frame's width, that the line must run through."""
STRAIGHT_PX = 0.5
AGREED = 0.8
"""Share of the columns whose own edge lies on the line."""
CLEAR_STOPS = 0.15
CALM = 0.35
"""Largest other step above the line, over the line's own: sky is calm, a house front is not."""
TALL_PX = 24
"""How far above the line that is looked at, besides where it is looked for."""


def horizon_apart(light: Image, expected: Floats, mask: Mask, reach_px: int) -> float | None:
    """
    Return how far below ``expected`` a straight line is seen, pixels; None where there is none.

    In every column the steepest edge from bright above to dark below, or the other way, is
    taken within ``reach_px``; the line goes through the middle of those that agree. A far
    straight shore or wall is taken for the horizon: nothing in a frame tells them apart.

    Args:
        light: (H, W) scene-linear luminance.
        expected: (W,) row of the horizon in every column, pixels from the top edge.
        mask: (H, W), what is looked at.
        reach_px: How far around ``expected`` is looked.
    """
    height, width = light.shape
    tone = np.log2(np.maximum(np.nan_to_num(light), 0) + np.float32(0.004))
    tone = box_mean(tone, 1).astype(np.float64)
    offsets = np.arange(-reach_px - TALL_PX, reach_px + 1)
    rows = np.floor(expected)[None, :].astype(np.int64) + offsets[:, None]
    inside = (rows >= 2) & (rows < height - 2)
    held = np.clip(rows, 2, height - 3)
    columns = np.arange(width)[None, :]
    near = offsets >= -reach_px
    seen = (inside & mask[held, columns])[near].all(axis=0)
    if int(seen.sum()) < max(LEAST_COLUMNS, LEAST_SHARE * width):
        return None
    rise = tone[held + 1, columns] + tone[held, columns] - tone[held - 1, columns]
    rise = np.where(inside, rise - tone[held - 2, columns], 0)
    found = []
    for sign in (1.0, -1.0):
        found.append(_line(sign * rise[:, seen], offsets, expected[seen], -reach_px))
    best = [f for f in found if f is not None]
    return min(best, key=abs) if best else None


def _line(
    rise: Floats, offsets: NDArray[np.int64], expected: Floats, lowest: int
) -> float | None:
    peak = np.where((offsets >= lowest)[:, None], rise, -np.inf).argmax(axis=0)
    number = np.arange(rise.shape[1])
    inner = (peak > 0) & (peak < len(offsets) - 1)
    p = np.clip(peak, 1, len(offsets) - 2)
    below, at, above = (rise[p + k, number] for k in (-1, 0, 1))
    curve = below - 2 * at + above
    part = np.where(curve < 0, 0.5 * (below - above) / np.where(curve < 0, curve, -1), 0)
    above = np.where(np.arange(len(offsets))[:, None] < peak - 4, np.abs(rise), 0).max(axis=0)
    clear = inner & (at / 2 > CLEAR_STOPS) & (above < CALM * at)
    if int(clear.sum()) < AGREED * len(clear):
        return None
    # an edge between rows r - 1 and r lies at r; expected is in the same pixels
    apart = offsets[p] + np.clip(part, -1, 1) - (expected - np.floor(expected))
    apart, where = apart[clear], number[clear].astype(np.float64)
    middle = np.median(apart)
    near = np.abs(apart - middle) <= 3
    for _ in range(3):
        slope, level = np.polyfit(where[near], apart[near], 1)
        rest = apart - (slope * where + level)
        near = np.abs(rest) <= 2
        if int(near.sum()) < AGREED * len(rise[0]):
            return None
    if float(np.median(np.abs(rest[near]))) > STRAIGHT_PX:
        return None
    return float(np.median(slope * where + level))
