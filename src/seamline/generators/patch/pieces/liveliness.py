"""
Liveliness: how much is going on in the ground on both sides of a hole.

A lawn with bare patches left and right of a hole is no plain lawn between them: a piece may
agree with the plate where it is cut and still be of another place, too plain for it or too
rough. So the ground of the plate says, row by row, how far its colours lie apart within a few
pixels, and what a piece shows is held against that from side to side.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.resample import Bytes, Floats, blur

AROUND_PX = 2
"""Half the side of the square in which colours are compared, at the coarsest level."""
STRIP_PX = 16
"""So many of the plate's columns beside the hole say what is usual in a row."""
ROWS_PX = 2
"""And so many rows above and below it."""
LEAST = 0.004
"""Less is the grain of a smooth sea: a twentieth of a stop."""
NEAR = 0.25
"""A place that is so much less or more lively, as a share, is like enough."""


def liveliness(colour: Floats, there: Bytes) -> Floats:
    """Return (H, W) how far colours lie apart around each pixel of what is ``there``."""
    share = there.astype(np.float32)
    count = np.maximum(blur(share, AROUND_PX), np.float32(1e-3))
    total = np.zeros(there.shape, np.float32)
    for c in range(3):
        plane = np.where(there > 0, colour[..., c], np.float32(0)).astype(np.float32)
        mean = blur(plane, AROUND_PX) / count
        total += np.maximum(blur(plane * plane, AROUND_PX) / count - mean * mean, 0)
    found: Floats = np.sqrt(total)
    return found


@njit(nogil=True, cache=True)
def between(lively: Floats, known: Bytes, hole: Bytes, guide: Floats) -> Floats:
    """
    Return (H, W) how lively the ground in ``hole`` should be; 0 where nothing says it.

    Args:
        lively: (H, W) of the plate.
        known: (H, W) 1 where it stands.
        hole: (H, W) 1 where it is to be filled.
        guide: (H, W) height above the horizon downwards; what is below 0 is no ground.
    """
    h, w = hole.shape
    out = np.zeros((h, w), np.float32)
    for y in range(h):
        first, last = w, -1
        for x in range(w):
            if hole[y, x]:
                first, last = min(first, x), x
        if last < first:
            continue
        left = _beside(lively, known, y, first - STRIP_PX, first)
        right = _beside(lively, known, y, last + 1, last + 1 + STRIP_PX)
        if left < 0 or right < 0:
            continue
        for x in range(first, last + 1):
            if hole[y, x] and guide[y, x] > 0:
                t = (x + 0.5 - first) / (last + 1 - first)
                out[y, x] = max(left * (1 - t) + right * t, LEAST)
    return out


@njit(nogil=True, cache=True)
def _beside(lively: Floats, known: Bytes, y: int, a: int, b: int) -> Any:
    """Return the middle of what is known of columns ``a`` to ``b`` around row y; else -1."""
    h, w = known.shape
    seen = np.empty((2 * ROWS_PX + 1) * STRIP_PX, np.float32)
    n = 0
    for yy in range(max(0, y - ROWS_PX), min(h, y + ROWS_PX + 1)):
        for x in range(max(0, a), min(w, b)):
            if known[yy, x]:
                seen[n] = lively[yy, x]
                n += 1
    return np.sort(seen[:n])[n // 2] if n else np.float32(-1)


@njit(nogil=True, cache=True)
def add_unlike(
    price: Floats, there: Bytes, wanted: Floats, lively: Floats, base: int, dy: int, dx: int,
    rate: float,
) -> None:  # fmt: skip
    """Add to ``price`` (h, w) of a piece what it is too plain or too rough by; in place."""
    h, w = there.shape
    for y in range(h):
        for x in range(w):
            if there[y, x] and wanted[y, x] > 0:
                a, b = wanted[y, x], max(lively[base + y + dy, x + dx], np.float32(LEAST))
                off = abs(a - b) / max(a, b) - np.float32(NEAR)
                if off > 0:
                    price[y, x] += np.float32(rate) * off * off
