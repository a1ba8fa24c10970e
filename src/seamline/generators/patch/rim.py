"""
The rim: the first painted pixels go on from the plate's last, each in its own row.

The composite asks every neighbour alike to differ by what its source does. Where plate and
copies are textured, what they disagree by changes from row to row, and the least sum of
squares leaves most of it as a step across the plate's straight edge: a line at which every
leaf ends, for a cut may be led around a leaf and the plate's edge may not. So what is left of
the step is added to the first few pixels, row by row, and let go at once. A difference that is
no texture, sky beside a tower, stays: pulled out into the picture it would be a smear.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.composite import KEPT, OPEN
from seamline.generators.patch.resample import Bytes, Floats

DEEP_PX = 4
"""So many pixels have a part of it, the first all, the last a sixteenth: some two pixels, as
wide as a lens draws an edge. One pixel alone only moves the line by one."""
TAU = 0.2
"""Three stops off is half another thing. So no pixel is moved by more than ``FARTHEST``."""


@njit(nogil=True, cache=True)
def met(painted: Floats, state: Bytes, field: Any, atlas: Floats, pixel: Bytes) -> Floats:
    """
    Return (H, W, 3) what to add to the open pixels of ``painted`` beside kept ones; else 0.

    Args:
        painted: (H, W, 3) the plate where kept, and what is painted.
        state: (H, W) ``KEPT``, ``OPEN`` or ``ABSENT``.
        field: (H, W, 2) the atlas's pixel that each is a copy of.
        atlas: (A, B, 3).
        pixel: (A, B) 1 where it may be looked at.
    """
    h, w = state.shape
    out = np.zeros((h, w, 3), np.float32)
    weight, most = np.zeros((h, w), np.float32), np.zeros((h, w), np.float32)
    step = np.zeros(3, np.float32)
    for y in range(h):
        for x in range(w):
            if state[y, x] != OPEN:
                continue
            for d in range(4):
                down = 1 if d == 0 else -1 if d == 1 else 0
                right = 1 if d == 2 else -1 if d == 3 else 0
                yy, xx = y + down, x + right
                if not (0 <= yy < h and 0 <= xx < w) or state[yy, xx] != KEPT:
                    continue
                _step(painted, field, atlas, pixel, y, x, down, right, step)
                for k in range(DEEP_PX):
                    py, px = y - down * k, x - right * k
                    if not (0 <= py < h and 0 <= px < w) or state[py, px] != OPEN:
                        break
                    part = np.float32(1) - np.float32(k) / np.float32(DEEP_PX)
                    part *= part
                    weight[py, px] += part
                    most[py, px] = max(most[py, px], part)
                    for c in range(3):
                        out[py, px, c] += part * step[c]
    for y in range(h):
        for x in range(w):
            if weight[y, x] > 0:
                for c in range(3):
                    out[y, x, c] *= most[y, x] / weight[y, x]
    return out


@njit(nogil=True, cache=True)
def _step(
    painted: Floats, field: Any, atlas: Floats, pixel: Bytes, y: int, x: int, down: int,
    right: int, step: Floats,
) -> None:  # fmt: skip
    """Set ``step`` (3,) to what is left between (y, x) and the plate, its gradient apart."""
    sy, sx = field[y, x, 0], field[y, x, 1]
    ty, tx = sy + down, sx + right
    inside = 0 <= ty < pixel.shape[0] and 0 <= tx < pixel.shape[1] and pixel[ty, tx] != 0
    q = np.float32(0)
    for c in range(3):
        own = atlas[ty, tx, c] - atlas[sy, sx, c] if inside else np.float32(0)
        step[c] = painted[y + down, x + right, c] - own - painted[y, x, c]
        q = max(q, abs(step[c]) / np.float32(TAU))
    for c in range(3):
        step[c] /= np.float32(1) + q * q * q * q
