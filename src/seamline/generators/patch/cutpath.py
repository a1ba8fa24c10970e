"""
The cut between two cards: a path from top to bottom along which they differ least.

It goes around what stands alone. Source: Efros, Freeman, Image Quilting, SIGGRAPH 2001.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.resample import Floats, blur

AROUND = 4.0
"""What a cut through something that stands out costs, beside the difference of the two sides:
at .5 three of twelve dunes had a climber cut, at 4 none."""
STANDS_OUT_PX = 6
STEEPEST = 2
"""A cut between cards moves by so many columns a row: one that leaps pays for nothing it leaps
over, and went level through five climbers."""


@njit(nogil=True, cache=True)
def least_path(price: Floats, steepest: int) -> Any:
    """Return (H,) columns of (H, W) along which ``price`` is least, off the border columns."""
    h, w = price.shape
    came = np.zeros((h, w), np.int32)
    total = price.astype(np.float64)
    for y in range(1, h):
        for x in range(1, w - 1):
            best = x
            for k in range(max(1, x - steepest), min(w - 1, x + steepest + 1)):
                if total[y - 1, k] < total[y - 1, best]:
                    best = k
            came[y, x] = best
            total[y, x] += total[y - 1, best]
    path = np.zeros(h, np.int32)
    path[h - 1] = 1
    for x in range(1, w - 1):
        if total[h - 1, x] < total[h - 1, path[h - 1]]:
            path[h - 1] = x
    for y in range(h - 1, 0, -1):
        path[y - 1] = came[y, path[y]]
    return path


def standing_out(colour: Floats) -> Floats:
    """Return (H, W) by how much, squared, a pixel differs from what lies around it."""
    apart = [
        colour[..., c] - blur(np.ascontiguousarray(colour[..., c]), STANDS_OUT_PX)
        for c in range(3)
    ]
    found: Floats = apart[0] * apart[0] + apart[1] * apart[1] + apart[2] * apart[2]
    return found
