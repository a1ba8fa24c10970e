"""
The usual: what the plate looks like at each height above the horizon.

A hole is filled with what its surroundings are made of. Colours that the plate hardly
shows at a height are strange there: a white sky beside the sun in a blue one, half a
pylon, a house, a bird that is there already. They are not forbidden, they cost.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.resample import Bytes, Floats

STEP = 0.026
"""Of the guide: one degree of elevation."""
STEPS = 181
BINS = 256
"""Of the values from -.5 to 1.5 of the log encoding."""
STRANGE_MOST = 0.02
"""Above this all is equally strange: a foreign reference is still better than none."""


@njit(nogil=True, cache=True)
def usual(colour: Floats, known: Bytes, guide: Floats) -> Any:
    """
    Return (STEPS, 3) the values between which nine tenths of the known picture lie.

    Along its guide; each step looks two steps either way. Where nothing is known low is
    above high.
    """
    h, w = known.shape
    count = np.zeros((STEPS, 3, BINS), np.int64)
    for y in range(h):
        for x in range(w):
            if known[y, x] == 0:
                continue
            at = int(np.floor(guide[y, x] / STEP + 0.5)) + STEPS // 2
            for c in range(3):
                b = int((colour[y, x, c] + np.float32(0.5)) * np.float32(BINS / 2))
                b = min(max(b, 0), BINS - 1)
                for k in range(max(0, at - 2), min(STEPS, at + 3)):
                    count[k, c, b] += 1
    low = np.full((STEPS, 3), np.float32(1e9), np.float32)
    high = np.full((STEPS, 3), np.float32(-1e9), np.float32)
    for k in range(STEPS):
        for c in range(3):
            total = count[k, c].sum()
            if total == 0:
                continue
            before, b = 0, 0
            while before + count[k, c, b] <= total // 20:
                before += count[k, c, b]
                b += 1
            low[k, c] = np.float32(b) * np.float32(2 / BINS) - np.float32(0.5)
            after, b = 0, BINS - 1
            while after + count[k, c, b] <= total // 20:
                after += count[k, c, b]
                b -= 1
            high[k, c] = np.float32(b + 1) * np.float32(2 / BINS) - np.float32(0.5)
    return low, high


@njit(nogil=True, cache=True)
def strangeness(colour: Floats, guide: Floats, low: Floats, high: Floats) -> Floats:
    """Return (A, B) the squares by which ``colour`` leaves the range at its guide."""
    h, w = guide.shape
    out = np.zeros((h, w), np.float32)
    for y in range(h):
        for x in range(w):
            at = int(np.floor(guide[y, x] / STEP + 0.5)) + STEPS // 2
            if at < 0 or at >= STEPS:
                continue
            for c in range(3):
                v = colour[y, x, c]
                if low[at, c] <= high[at, c]:
                    off = max(np.float32(0.0), low[at, c] - v, v - high[at, c])
                    out[y, x] += off * off
    return out
