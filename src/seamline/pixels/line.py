"""A level horizon: the long, straight line across a frame, found near where it should be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
BLOCK_PX = 8
"""Columns are looked at eight at a time: what grain does alone is no edge."""
LEAST_COLUMNS = 64
LEAST_SHARE = 0.25
"""Of the frame's width, that the line must run through."""
AGREED = 0.75
"""Share of the blocks that must have an edge on the line."""
CLEAR_STOPS = 0.15
NEAR_PX, ON_PX = 1.25, 1.5
"""How far from the line a block's edge may lie to vote for it, and to be fitted: a painter
keeps a line to about a pixel."""
STRAIGHT_PX = 0.75
LEANS, STEEPEST = 0.012, 0.025
"""How far lines that are tried lean against what is expected, and the one that is found may:
.7 and 1.4 degrees. A painter's line of a hundred pixels may well lean by the first."""
AS_TOLD_PX, TOGETHER_PX = 1.0, 1.5
RIVAL, RIVAL_PX = 0.8, 3.0
"""Another line so far away that as many edges lie on, weighed, as this share of the best:
rows of windows, shelves. A horizon is one line."""
_STEP_PX, _LEANS = 0.25, 7
_FLOOR = np.float32(0.004)


def one_horizon(plate: float, element: float) -> bool:
    """
    Return whether lines so far from where a horizon should be may both be one.

    Either the plate's lies where the camera puts it, and the element's is its own; or both
    are off together, and it is the camera. Two lines that are neither are walls, or shores.
    """
    return abs(plate) <= AS_TOLD_PX or abs(plate - element) <= TOGETHER_PX


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """Every local edge: its block, rows below the expected line, and size in stops."""

    block: NDArray[np.intp]
    at: Floats
    stops: Floats
    across: Floats
    """(N,) columns from the middle of what is seen."""
    blocks: int


def horizon_apart(rgb: Image, expected: Floats, mask: Mask, reach_px: int) -> float | None:
    """
    Return how far below ``expected`` a straight line is seen, pixels; None where there is none.

    Rows are straightened along ``expected``. Of every eight columns all edges are kept, in
    any colour and of either sign: trees before a bright sky and a field beneath them change
    sides. The line is the one that most edges lie on, weighed by their size up to a stop. A
    far straight shore or wall is taken for the horizon: nothing in a frame tells them apart.

    Args:
        rgb: (H, W, C) scene-linear light.
        expected: (W,) row of the horizon in every column, pixels from the top edge.
        mask: (H, W), what is looked at.
        reach_px: How far around ``expected`` is looked.
    """
    edges = _edges(rgb, expected, mask, reach_px)
    if edges is None or not len(edges.at):
        return None
    found = _most_agreed(edges, reach_px)
    if found is None:
        return None
    lean, level = found
    for _ in range(4):
        apart = np.abs(edges.at - lean * edges.across - level)
        on = apart <= ON_PX
        if len(np.unique(edges.block[on])) < AGREED * edges.blocks:
            return None
        lean, level = np.polyfit(edges.across[on], edges.at[on], 1)
    rest = np.abs(edges.at[on] - lean * edges.across[on] - level)
    straight = float(np.median(rest)) <= STRAIGHT_PX and abs(lean) <= STEEPEST
    return float(level) if straight and abs(level) <= reach_px else None


def _edges(rgb: Image, expected: Floats, mask: Mask, reach_px: int) -> _Edges | None:
    offsets = np.arange(-reach_px - 3, reach_px + 4)
    tone, seen = _straightened(rgb, expected, mask, offsets)
    if int(seen.sum()) < max(LEAST_COLUMNS, LEAST_SHARE * len(seen)):
        return None
    tone, middles = _in_blocks(tone, seen)
    rise = np.zeros(tone.shape)
    # an edge at the top of row k lies between rows k - 1 and k
    rise[2:-1] = tone[3:] + tone[2:-1] - tone[1:-2] - tone[:-3]
    size = np.sqrt((rise * rise).mean(axis=-1)) / 2
    inner = size[1:-1]
    peak = (inner > size[:-2]) & (inner >= size[2:]) & (inner > CLEAR_STOPS)
    peak[:2] = peak[-1:] = False
    row, block = np.nonzero(peak)
    row += 1
    above, at, below = (size[row + k, block] for k in (-1, 0, 1))
    curve = above - 2 * at + below
    part = np.where(curve < 0, 0.5 * (above - below) / np.where(curve < 0, curve, -1), 0)
    return _Edges(
        block, offsets[row] + np.clip(part, -0.5, 0.5), at,
        middles[block] - middles.mean(), len(middles),
    )  # fmt: skip


def _straightened(
    rgb: Image, expected: Floats, mask: Mask, offsets: NDArray[np.int64]
) -> tuple[Floats, Mask]:
    """Return (O, W, C) log light so many rows below ``expected``, and the columns all seen."""
    height, width = rgb.shape[:2]
    first = np.floor(expected).astype(np.int64)
    part = (expected - first)[None, :, None]
    rows = first[None, :] + offsets[:, None]
    inside = (rows >= 1) & (rows < height - 2)
    held, columns = np.clip(rows, 0, height - 2), np.arange(width)[None, :]
    seen = (inside & mask[held, columns] & mask[held + 1, columns]).all(axis=0)
    upper, lower = (
        np.log2(np.maximum(np.nan_to_num(rgb[held + k, columns]), 0) + _FLOOR) for k in (0, 1)
    )
    return np.asarray(upper * (1 - part) + lower * part, np.float64), seen


def _in_blocks(tone: Floats, seen: Mask) -> tuple[Floats, Floats]:
    """Return (O, B, C) means over eight columns each, and (B,) their middle columns."""
    count = len(seen) // BLOCK_PX
    held = seen[: count * BLOCK_PX].reshape(count, BLOCK_PX).astype(np.float64)
    good = held.sum(axis=1) >= BLOCK_PX // 2
    weight = held / np.maximum(held.sum(axis=1, keepdims=True), 1)
    cut = tone[:, : count * BLOCK_PX].reshape(len(tone), count, BLOCK_PX, -1)
    mean = (cut * weight[None, :, :, None]).sum(axis=2)
    middles = np.asarray((np.flatnonzero(good) + 0.5) * BLOCK_PX, np.float64)
    return np.asarray(mean[:, good], np.float64), middles


def _most_agreed(edges: _Edges, reach_px: int) -> tuple[float, float] | None:
    """Return lean and level of the line that most edges lie on; None where it is not alone."""
    lines = []
    size = np.minimum(edges.stops, 1.0)
    for lean in np.linspace(-LEANS, LEANS, _LEANS):
        at = edges.at - lean * edges.across
        for level in np.arange(-reach_px, reach_px + _STEP_PX / 2, _STEP_PX):
            on = np.abs(at - level) <= NEAR_PX
            votes = np.zeros(edges.blocks)
            np.maximum.at(votes, edges.block[on], size[on])
            if (votes > 0).mean() >= AGREED:
                lines.append((float(votes.sum()), -abs(float(lean)), float(lean), float(level)))
    if not lines:
        return None
    most, _, lean, level = max(lines)
    rivals = [v for v, _, _, other in lines if abs(other - level) >= RIVAL_PX]
    return None if rivals and max(rivals) >= RIVAL * most else (lean, level)
