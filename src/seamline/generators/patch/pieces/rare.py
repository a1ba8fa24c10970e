"""
The rare: what a picture shows once, so that whoever sees it again knows it again.

A tower, a summit, a lone tree, a red bush stands out by two things: it departs from what
lies around it, and nothing else at its height looks like it. Reeds, water and woods do not.
What the plate shows already and shows once costs when it is copied beside itself.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from seamline.generators.patch.resample import Bytes, Floats, blur

FORMS = ((6, 3), (3, 1))
"""Half sizes and steps of forms that are looked for again, pixels of the coarsest level."""
EVERY = 2
"""So many pixels apart forms are looked at."""
AWAY, UP = 10, 4
"""A form is another one if it lies so far to the side; it is sought so far up and down."""
LIFTED = 0.05
"""Of two forms that differ in tone alone, up to so much, neither is rare."""
LEAST_SAMPLES = 12
COMMON = 1.5
"""What is so many times as far from its like as half of the picture is common still."""
MOST = 0.05
"""Nothing is rarer."""


@njit(nogil=True, cache=True)
def _apart(
    colour: Floats, pixel: Bytes, y: int, x: int, v: int, u: int, half: int, step: int,
    best: float,
) -> Any:  # fmt: skip
    """Return the mean square by which the forms at (y, x) and (v, u) differ, tone apart."""
    h, w = pixel.shape
    count = 0
    square = 0.0
    s0 = s1 = s2 = 0.0
    for dy in range(-half, half + 1, step):
        a, p = y + dy, v + dy
        if a < 0 or p < 0 or a >= h or p >= h:
            continue
        for dx in range(-half, half + 1, step):
            b, q = x + dx, u + dx
            if b < 0 or q < 0 or b >= w or q >= w or not pixel[a, b] or not pixel[p, q]:
                continue
            e0 = colour[a, b, 0] - colour[p, q, 0]
            e1 = colour[a, b, 1] - colour[p, q, 1]
            e2 = colour[a, b, 2] - colour[p, q, 2]
            square += e0 * e0 + e1 * e1 + e2 * e2
            s0, s1, s2 = s0 + e0, s1 + e1, s2 + e2
            count += 1
    if count < LEAST_SAMPLES:
        return best
    s0, s1, s2 = s0 / count, s1 / count, s2 / count
    tone = s0 * s0 + s1 * s1 + s2 * s2
    return square / count - min(tone, LIFTED * LIFTED)


@njit(nogil=True, cache=True)
def _least(colour: Floats, pixel: Bytes, half: int, step: int) -> Floats:
    h, w = pixel.shape
    rows, columns = (h + EVERY - 1) // EVERY, (w + EVERY - 1) // EVERY
    out = np.zeros((rows, columns), np.float32)
    for i in range(rows):
        for j in range(columns):
            y, x = i * EVERY, j * EVERY
            if not pixel[y, x]:
                continue
            best = MOST
            for k in range(max(0, i - UP // EVERY), min(rows, i + UP // EVERY + 1)):
                for n in range(columns):
                    v, u = k * EVERY, n * EVERY
                    if abs(u - x) < AWAY or not pixel[v, u]:
                        continue
                    best = min(best, _apart(colour, pixel, y, x, v, u, half, step, best))
            out[i, j] = best
    return out


def rarity(colour: Floats, pixel: Bytes) -> Floats:
    """
    Return (H, W) how far each form is from the nearest of its like; 0: common.

    The mean square of the difference over the root of what nine tenths of the picture stay
    below: in a soft picture a soft thing stands out. What half of the picture is like is 0.

    Args:
        colour: (H, W, 3) a picture, log encoding, as small as pieces are chosen on.
        pixel: (H, W) 1 where it may be looked at.
    """
    h, w = pixel.shape
    found = np.zeros((h, w), np.float32)
    for half, step in FORMS:
        small = _least(colour, pixel, half, step)
        full = np.repeat(np.repeat(small, EVERY, 0), EVERY, 1)[:h, :w]
        found = np.maximum(found, blur(np.ascontiguousarray(full), half // 2))
    usual = np.sort(found[pixel > 0])
    if not len(usual):
        return found
    most = max(float(usual[len(usual) * 9 // 10]), 1e-6)
    common = float(usual[len(usual) // 2]) * COMMON
    left = np.maximum(found - np.float32(common), np.float32(0))
    result: Floats = left / np.float32(math.sqrt(most))
    return result
