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
from seamline.generators.patch.composite import FARTHEST, KEPT, OPEN
from seamline.generators.patch.resample import Bytes, Floats

OVER = 4
"""So many pixels of the plate a piece is held against, where it goes on that far."""
EVENED = 0.25
"""Rows over which a difference is evened either way, as a share of the height above the
lowest sky; at least ``LEAST_ROWS``."""
LEAST_ROWS = 2
GONE = 1.0
"""How far behind an edge it is let go, as a share of the picture's shorter side."""


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
    even = [_evened(steps[side], there[side], state) for side in (0, 1)]
    gone = GONE * min(state.shape)
    added = _along(state, even[0][0], even[1][0], even[0][1], even[1][1], gone)
    limit = np.float32(FARTHEST)
    found: Floats = np.clip(added, -limit, limit)
    return found


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
    """Return (H, 3) the steps of each row, evened over rows near it, and (H,) whether any."""
    h, w = there.shape
    sums = np.zeros((h + 1, 3))
    counts = np.zeros(h + 1)
    lowest = 0
    for y in range(h):
        for c in range(3):
            sums[y + 1, c] = sums[y, c]
        counts[y + 1] = counts[y]
        for x in range(w):
            if state[y, x] == OPEN:
                lowest = y
            if there[y, x]:
                counts[y + 1] += 1
                for c in range(3):
                    sums[y + 1, c] += steps[y, x, c]
    even = np.zeros((h, 3), np.float32)
    some = np.zeros(h, np.uint8)
    for y in range(h):
        reach = max(LEAST_ROWS, int(EVENED * (lowest - y)))
        a, b = max(0, y - reach), min(h, y + reach + 1)
        n = counts[b] - counts[a]
        if n > 0:
            some[y] = 1
            for c in range(3):
                even[y, c] = (sums[b, c] - sums[a, c]) / n
    return even, some


@njit(nogil=True, cache=True)
def _along(
    state: Bytes, left: Floats, right: Floats, by_left: Bytes, by_right: Bytes, gone: float
) -> Any:
    """Return (H, W, 3) steps carried along runs of open pixels."""
    h, w = state.shape
    out = np.zeros((h, w, 3), np.float32)
    for y in range(h):
        x = 0
        while x < w:
            if state[y, x] != OPEN:
                x += 1
                continue
            first = x
            while x < w and state[y, x] == OPEN:
                x += 1
            at_left = first > 0 and state[y, first - 1] == KEPT and by_left[y]
            at_right = x < w and state[y, x] == KEPT and by_right[y]
            for k in range(first, x):
                a = _left_of(k - first + 1, gone) if at_left else 0.0
                b = _left_of(x - k, gone) if at_right else 0.0
                if at_left and at_right:
                    share = (k - first + 0.5) / (x - first)
                    a, b = a * (1 - share), b * share
                for c in range(3):
                    out[y, k, c] = a * left[y, c] + b * right[y, c]
    return out


@njit(nogil=True, cache=True)
def _left_of(away: float, gone: float) -> float:
    """Return 1 at an edge, 0 from ``gone`` pixels on."""
    q = away / gone
    return (1 - q * q) * (1 - q * q) if q < 1 else 0.0
