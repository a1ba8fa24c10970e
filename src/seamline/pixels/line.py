"""A level horizon: the long, straight line across a frame, found near where it should be."""

from __future__ import annotations

import math
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
AGREED, FIRST_AGREED = 0.75, 0.6
"""Share of the blocks that must have an edge on the line, and on a first guess of it."""
FOLLOWED = 0.8
"""The same of a line that is followed from another: its lean is told, so more must agree."""
CLEAR_STOPS = 0.15
NEAR_PX, ON_PX, ON_FOLLOWED_PX = 1.25, 1.5, 2.0
"""How far from the line a block's edge may lie to vote for it, and to be fitted: a painter
keeps a line to about a pixel."""
STRAIGHT_PX, STRAIGHT_FOLLOWED_PX = 0.65, 1.1
"""Median distance of edges from a photographed line, and from a painted one."""
LEANS, STEEPEST, STEEPEST_FOLLOWED = 0.012, 0.012, 0.03
"""How far a photographed line may lean against what is expected, .7 of a degree, and a
painted one against the photographed: of a hundred pixels that bend by one, it well may."""
AS_TOLD_PX, TOGETHER_PX = 1.0, 0.8
RIVAL, RIVAL_FOLLOWED, RIVAL_PX = 0.85, 0.9, 3.0
"""Another line so far away that as many edges lie on, weighed, as this share of the best:
rows of windows, shelves. A horizon is one line."""
_STEP_PX, _LEANS = 0.25, 7
_FLOOR = np.float32(0.004)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A straight line: pixels below where it is expected, its standard error, and its lean."""

    apart_px: float
    doubt_px: float
    lean: float

    @property
    def least_px(self) -> float:
        """How far off it is at the least, its own error taken off; with its sign."""
        off = max(abs(self.apart_px) - self.doubt_px, 0.0)
        return float(np.copysign(off, self.apart_px))


def one_horizon(plate: Line, element: Line) -> Line | None:
    """
    Return which of two lines to judge a horizon by; None where they are not one horizon.

    Either the plate's lies where the camera puts it, and the element's is its own; or both
    are off together, and it is the camera: the photographed line tells how far. Two lines
    that are neither are walls, or shores.
    """
    if abs(plate.apart_px) <= AS_TOLD_PX:
        return max(plate, element, key=lambda line: abs(line.apart_px))
    together = abs(plate.apart_px - element.apart_px) <= TOGETHER_PX
    return plate if together else None


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """Every local edge: its block, rows below the expected line, and size in stops."""

    block: NDArray[np.intp]
    at: Floats
    stops: Floats
    across: Floats
    """(N,) columns from the middle of what is seen."""
    blocks: int


def horizon_line(rgb: Image, expected: Floats, mask: Mask, reach_px: int) -> Line | None:
    """
    Return the straight line that is seen nearest to ``expected``; None where there is none.

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
        on = np.abs(edges.at - lean * edges.across - level) <= ON_PX
        if len(np.unique(edges.block[on])) < AGREED * edges.blocks:
            return None
        lean, level = np.polyfit(edges.across[on], edges.at[on], 1)
    rest = edges.at[on] - lean * edges.across[on] - level
    straight = float(np.median(np.abs(rest))) <= STRAIGHT_PX and abs(lean) <= STEEPEST
    if not straight or abs(level) > reach_px:
        return None
    spread = float((rest * rest).sum()) / max(len(rest) - 2, 1)
    doubt = math.sqrt(spread / len(rest))
    return Line(apart_px=float(level), doubt_px=doubt, lean=float(lean))


def line_along(
    rgb: Image, expected: Floats, mask: Mask, reach_px: int, lean: float
) -> Line | None:
    """
    Return the line of a painted half that goes on from one of that ``lean``; None without.

    The lean is the photographed line's, so that a painter's, short and bent by a pixel, need
    tell its level only. Its error counts two edges for one: what bends bends neighbours alike.

    Args:
        rgb: (H, W, C) scene-linear light.
        expected: (W,) row of the horizon in every column, pixels from the top edge.
        mask: (H, W), what is looked at.
        reach_px: How far around ``expected`` is looked.
        lean: Rows a column that the photographed line falls against ``expected``.
    """
    edges = _edges(rgb, expected, mask, reach_px)
    if edges is None or not len(edges.at):
        return None
    at = edges.at - lean * edges.across
    size = np.minimum(edges.stops, 1.0)
    levels = np.arange(-reach_px, reach_px + _STEP_PX / 2, _STEP_PX)
    votes = np.array([_votes(edges, at, size, v).sum() for v in levels])
    best = max(range(len(levels)), key=lambda k: (votes[k], -abs(levels[k])))
    level = float(levels[best])
    rivals = votes[np.abs(levels - level) >= RIVAL_PX]
    if len(rivals) and rivals.max() >= RIVAL_FOLLOWED * votes[best]:
        return None
    for _ in range(5):
        on = np.abs(at - level) <= ON_FOLLOWED_PX
        if len(np.unique(edges.block[on])) < FOLLOWED * edges.blocks:
            return None
        level = float(np.average(at[on], weights=size[on]))
    rest = at[on] - level
    own = np.polyfit(edges.across[on], rest, 1)[0]
    straight = float(np.median(np.abs(rest))) <= STRAIGHT_FOLLOWED_PX
    if not straight or abs(own) > STEEPEST_FOLLOWED or abs(level) > reach_px:
        return None
    doubt = math.sqrt(2 * float((rest * rest).mean()) / len(rest))
    return Line(apart_px=level, doubt_px=doubt, lean=float(lean + own))


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


def _votes(edges: _Edges, at: Floats, size: Floats, level: float) -> Floats:
    """Return (B,) per block the size of its largest edge near ``level``."""
    on = np.abs(at - level) <= NEAR_PX
    votes = np.zeros(edges.blocks)
    np.maximum.at(votes, edges.block[on], size[on])
    return votes


def _most_agreed(edges: _Edges, reach_px: int) -> tuple[float, float] | None:
    """Return lean and level of the line that most edges lie on; None where it is not alone."""
    lines = []
    size = np.minimum(edges.stops, 1.0)
    for lean in np.linspace(-LEANS, LEANS, _LEANS):
        at = edges.at - lean * edges.across
        for level in np.arange(-reach_px, reach_px + _STEP_PX / 2, _STEP_PX):
            votes = _votes(edges, at, size, float(level))
            if (votes > 0).mean() >= FIRST_AGREED:
                lines.append((float(votes.sum()), -abs(float(lean)), float(lean), float(level)))
    if not lines:
        return None
    most, _, lean, level = max(lines)
    rivals = [v for v, _, _, other in lines if abs(other - level) >= RIVAL_PX]
    return None if rivals and max(rivals) >= RIVAL * most else (lean, level)
