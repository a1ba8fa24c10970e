"""
Rows: by what a sky differs from the plate's at its edge, it differs along its height.

Towards the horizon a sky changes from row to row and hardly along a row. A correction that
spreads alike in all directions is gone there after as few pixels across as it is high, and
a step stands above the horizon. So the difference at the plate's edge is evened
over rows, the more of them the higher above the horizon, and carried on along each; between
two edges it goes over from one to the other, behind one it is let go. What is left is the
composite's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.composite import KEPT, OPEN
from seamline.generators.patch.resample import Bytes, Floats

OVER = 4
"""So many pixels of the plate a piece is held against, where it goes on that far."""
EVENED = 0.25
"""Rows over which a difference is evened either way, as a share of the height above the
lowest sky; at least ``LEAST_ROWS``."""
LEAST_ROWS = 2
GONE = 1.0
"""How far behind an edge it is let go, as a share of the picture's shorter side."""
TAU = 0.06
"""A sky so far off is half another sky: a stop of ACEScct."""


def carried_along(
    colour: Floats, state: Bytes, field: Any, atlas: Floats, pixel: Bytes
) -> Floats:
    """
    Return (H, W, 3) what to add to the open pixels of a sky, row by row; 0 elsewhere.

    Args:
        colour: (H, W, 3) copies, and the plate where kept.
        state: (H, W) ``KEPT``, ``OPEN`` or ``ABSENT``; all but the sky is absent.
        field: (H, W, 2) the atlas's pixel that each is a copy of.
        atlas: (A, B, 3).
        pixel: (A, B) 1 where it may be looked at.
    """
    steps, there = _steps(colour, state, field, atlas, pixel)
    sides = [_evened(steps[side], there[side], state) for side in (0, 1)]
    (left, first), (right, last) = sides
    added: Floats = _along(state, left, right, first, last, GONE * min(state.shape))
    return added


@njit(nogil=True, cache=True)
def at_the_rim(added: Floats, state: Bytes) -> Floats:
    """Return (H, W, 3) the mean of what is ``added`` beside each kept pixel; 0 elsewhere."""
    h, w = state.shape
    out = np.zeros_like(added)
    for y in range(h):
        for x in range(w):
            if state[y, x] != KEPT:
                continue
            count = 0
            for d in range(4):
                yy = y + (1 if d == 0 else -1 if d == 1 else 0)
                xx = x + (1 if d == 2 else -1 if d == 3 else 0)
                if 0 <= yy < h and 0 <= xx < w and state[yy, xx] == OPEN:
                    count += 1
                    for c in range(3):
                        out[y, x, c] += added[yy, xx, c]
            for c in range(3):
                out[y, x, c] /= np.float32(max(1, count))
    return out


@njit(nogil=True, cache=True)
def _steps(colour: Floats, state: Bytes, field: Any, atlas: Floats, pixel: Bytes) -> Any:
    """Return (2, H, W, 3) how far the plate lies above the piece left and right of it."""
    h, w = state.shape
    steps = np.zeros((2, h, w, 3), np.float32)
    there = np.zeros((2, h, w), np.uint8)
    for y in range(h):
        for x in range(w):
            if state[y, x] != OPEN:
                continue
            sy, sx = field[y, x, 0], field[y, x, 1]
            for side in range(2):
                way = 1 if side else -1
                count = 0
                for k in range(1, OVER + 1):
                    xx, tx = x + way * k, sx + way * k
                    if not (0 <= xx < w and 0 <= tx < atlas.shape[1]):
                        break
                    if state[y, xx] != KEPT or pixel[sy, tx] == 0:
                        break
                    for c in range(3):
                        goes_on = colour[y, x, c] + atlas[sy, tx, c] - atlas[sy, sx, c]
                        steps[side, y, x, c] += colour[y, xx, c] - goes_on
                    count += 1
                if count > 0:
                    there[side, y, x] = 1
                    for c in range(3):
                        steps[side, y, x, c] /= np.float32(count)
                elif 0 <= x + way < w and state[y, x + way] == KEPT:
                    there[side, y, x] = 1
                    for c in range(3):
                        steps[side, y, x, c] = colour[y, x + way, c] - colour[y, x, c]
    return steps, there


@njit(nogil=True, cache=True)
def _evened(steps: Floats, there: Bytes, state: Bytes) -> Any:
    """
    Return (H, 3) the steps of each row, evened over rows near it, and (H,) their column.

    Where a row has none, a hill stands at the plate's edge: the nearest row that has one
    speaks for it. Without any the columns are -1.
    """
    h, w = there.shape
    sums, counts = np.zeros((h + 1, 3)), np.zeros(h + 1)
    columns, lowest = np.full(h, -1, np.int64), 0
    for y in range(h):
        sums[y + 1], counts[y + 1] = sums[y], counts[y]
        for x in range(w):
            if state[y, x] == OPEN:
                lowest = y
            if there[y, x]:
                columns[y] = x
                counts[y + 1] += 1
                for c in range(3):
                    sums[y + 1, c] += steps[y, x, c]
    even = np.zeros((h, 3), np.float32)
    for y in range(h):
        reach = max(LEAST_ROWS, int(EVENED * (lowest - y)))
        a, b = max(0, y - reach), min(h, y + reach + 1)
        n = counts[b] - counts[a]
        if columns[y] >= 0 and n > 0:
            for c in range(3):
                even[y, c] = (sums[b, c] - sums[a, c]) / n
    from_the_nearest(even, columns)
    for y in range(h):
        q = max(abs(even[y, 0]), abs(even[y, 1]), abs(even[y, 2])) / TAU
        even[y] /= np.float32(1 + q * q * q * q)
    return even, columns


@njit(nogil=True, cache=True)
def from_the_nearest(even: Floats, columns: Any) -> None:
    """Give rows without a column, and their values, those of the nearest with one, in place."""
    h = len(columns)
    known = columns >= 0
    for y in range(h):
        if known[y]:
            continue
        for k in range(1, h):
            up, down = y - k, y + k
            if up >= 0 and known[up]:
                even[y], columns[y] = even[up], columns[up]
                break
            if down < h and known[down]:
                even[y], columns[y] = even[down], columns[down]
                break


@njit(nogil=True, cache=True)
def _along(
    state: Bytes, left: Floats, right: Floats, first: Any, last: Any, gone: float
) -> Any:
    """Return (H, W, 3) steps carried along rows from their columns on."""
    h, w = state.shape
    out = np.zeros((h, w, 3), np.float32)
    for y in range(h):
        for x in range(w):
            if state[y, x] != OPEN:
                continue
            a = _left_of(abs(x - first[y]), gone) if first[y] >= 0 else 0.0
            b = _left_of(abs(last[y] - x), gone) if last[y] >= 0 else 0.0
            if first[y] >= 0 and last[y] > first[y]:
                share = min(max((x - first[y]) / (last[y] - first[y]), 0.0), 1.0)
                a, b = a * (1 - share), b * share
            for c in range(3):
                out[y, x, c] = a * left[y, c] + b * right[y, c]
    return out


@njit(nogil=True, cache=True)
def _left_of(away: float, gone: float) -> float:
    """Return 1 at an edge, 0 from ``gone`` pixels on."""
    q = away / gone
    return (1 - q * q) * (1 - q * q) if q < 1 else 0.0
