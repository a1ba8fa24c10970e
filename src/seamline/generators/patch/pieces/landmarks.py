"""
Landmarks: what in the plate is like nothing else at its height, and would be known again.

Grass, water, a wood and a hazy ridge may stand beside themselves; a tower, a summit or a red
bush may not. How far a place of the plate lies from whatever is most like it elsewhere along
the same height says which of the two it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from seamline.generators.patch.resample import Bytes, Floats, shrink

SMALL_PX = 108
"""Short side of the picture on which places are compared."""
STEP_PX = 2
"""Places are so far apart; each is held against all others along its height."""
HALF = 3
"""Half size of a place there."""
APART_PX = 14
"""Nearer than this two places show the same thing."""
ALONG_PX = 8
"""So many rows up or down is still the same height."""
MOST_APART = np.float32(0.05)
"""No pixel of a place counts more."""
EVEN, RARE = np.float32(2.5), np.float32(5.0)
"""Times the rarity of the middle of all that is known: up to there a place is even, from there
it is surely known again."""
DEAREST = np.float32(0.004)
"""Price of a pixel of what is surely known again."""
HUE = np.float32(2.0)
"""What the square of a difference in colour weighs beside that of one in light."""


@njit(nogil=True, cache=True)
def _rarity(colour: Floats, known: Bytes) -> Floats:
    """Return (H, W) how far each place lies from the most like it elsewhere, squared."""
    h, w = known.shape
    out = np.zeros((h // STEP_PX + 1, w // STEP_PX + 1), np.float32)
    for y in range(HALF, h - HALF, STEP_PX):
        for x in range(HALF, w - HALF, STEP_PX):
            if not known[y, x]:
                continue
            least = np.float32(1e9)
            first = max(HALF, y - ALONG_PX)
            for v in range(first, min(h - HALF, y + ALONG_PX + 1), STEP_PX):
                for u in range(HALF, w - HALF):
                    if abs(u - x) < APART_PX or not known[v, u]:
                        continue
                    least = min(least, _apart(colour, known, y, x, v, u, least))
            if least < 1e9:
                out[y // STEP_PX, x // STEP_PX] = least
    return out


@njit(nogil=True, cache=True)
def _apart(colour: Floats, known: Bytes, y: int, x: int, v: int, u: int, most: Any) -> Any:
    total = np.float32(0)
    count = (2 * HALF + 1) ** 2
    for dy in range(-HALF, HALF + 1):
        for dx in range(-HALF, HALF + 1):
            if not known[y + dy, x + dx] or not known[v + dy, u + dx]:
                continue
            a = colour[y + dy, x + dx, 0] - colour[v + dy, u + dx, 0]
            b = colour[y + dy, x + dx, 1] - colour[v + dy, u + dx, 1]
            c = colour[y + dy, x + dx, 2] - colour[v + dy, u + dx, 2]
            apart = a * a + b * b + c * c + HUE * ((a - b) * (a - b) + (b - c) * (b - c))
            total += min(apart, MOST_APART)
        if total > most * count:
            return np.float32(1e9)
    return total / np.float32(count)


@njit(nogil=True, cache=True)
def _widened(small: Floats) -> Floats:
    """Return (H, W) the largest within a place: all that a landmark shows counts as it."""
    h, w = small.shape
    out = np.zeros((h, w), np.float32)
    for y in range(h):
        for x in range(w):
            for v in range(max(0, y - 1), min(h, y + 2)):
                for u in range(max(0, x - 1), min(w, x + 2)):
                    out[y, x] = max(out[y, x], small[v, u])
    return out


def landmarks(colour: Floats, known: Bytes) -> Floats:
    """
    Return (h, w) what it costs to show a pixel of the plate again.

    By the mean square of the difference of two places, log encoding; ``h`` and ``w`` are
    about half of ``SMALL_PX`` on the short side. 0 where nothing can be said.

    Args:
        colour: (H, W, 3).
        known: (H, W) 1 where it counts.
    """
    height, width = known.shape
    factor = min(1.0, SMALL_PX / min(height, width))
    h, w = max(1, int(height * factor + 0.5)), max(1, int(width * factor + 0.5))
    share = known.astype(np.float32)[..., None]
    packed = shrink(np.concatenate([colour * share, share], axis=2), h, w)
    small = packed[..., :3] / np.maximum(packed[..., 3:], np.float32(1e-3))
    there = (packed[..., 3] > np.float32(0.9)).astype(np.uint8)
    rare: Floats = _widened(_rarity(np.ascontiguousarray(small, np.float32), there))
    told = np.sort(rare[rare > 0])
    if len(told) == 0:
        return rare
    middle = max(told[len(told) // 2], np.float32(1e-6))
    share = np.clip((rare / middle - EVEN) / (RARE - EVEN), np.float32(0), np.float32(1))
    found: Floats = (share * DEAREST).astype(np.float32)
    return found
