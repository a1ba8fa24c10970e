"""
Specks: thin dark things before a sky, wires and twigs, that no skyline cuts off.

Copied as sky they make ghosts: pieces of wire in the air. What is darker than the sky on
both sides of it, closer than a wire is wide, is left out (a closing less the picture;
Serra, Image Analysis and Mathematical Morphology, 1982). A wire's sides are steep; clouds
are soft and remain.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.resample import Floats


@njit(nogil=True, cache=True)
def beside(plane: Floats, radius: int, sign: float) -> Floats:
    """Return the largest (``sign`` 1) or least (-1) of (H, W) so far to the left and right."""
    h, w = plane.shape
    out = np.empty((h, w), np.float32)
    for y in range(h):
        for x in range(w):
            best = plane[y, x] * sign
            for k in range(max(0, x - radius), min(w, x + radius + 1)):
                best = max(best, plane[y, k] * sign)
            out[y, x] = best * sign
    return out


@njit(nogil=True, cache=True)
def extreme(plane: Floats, radius: int, sign: float) -> Floats:
    """Return the largest (``sign`` 1) or least (-1) of (H, W) within squares."""
    h, w = plane.shape
    rows = beside(plane, radius, sign)
    out = np.empty((h, w), np.float32)
    for y in range(h):
        for x in range(w):
            best = rows[y, x] * sign
            for k in range(max(0, y - radius), min(h, y + radius + 1)):
                best = max(best, rows[k, x] * sign)
            out[y, x] = best * sign
    return out


@njit(nogil=True, cache=True)
def _grey(colour: Any) -> Floats:
    h, w, _ = colour.shape
    out = np.empty((h, w), np.float32)
    for y in range(h):
        for x in range(w):
            out[y, x] = (colour[y, x, 0] + colour[y, x, 1] + colour[y, x, 2]) / np.float32(3)
    return out


def thin_dark(colour: Floats, radius: int) -> Floats:
    """
    Return (H, W) by how much what is thinner than twice ``radius`` is darker than its sky.

    Args:
        colour: (H, W, 3) log encoding.
        radius: Pixels.
    """
    grey = _grey(colour)
    closed = extreme(extreme(grey, radius, 1.0), radius, -1.0)
    found: Floats = closed - grey
    return found


def standing_dark(colour: Floats, radius: int) -> Floats:
    """
    Return (H, W) by how much what is narrower than twice ``radius`` is darker than beside it.

    As ``thin_dark``, but level things are none: twigs stand, clouds over a horizon lie.
    """
    grey = _grey(colour)
    found: Floats = beside(beside(grey, radius, 1.0), radius, -1.0) - grey
    return found
