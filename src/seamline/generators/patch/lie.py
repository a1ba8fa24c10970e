"""
The lie of the land: a lawn keeps its tone where it is carried on.

What lies in one row below the horizon is equally far away. Copies agree with the plate where
they were cut and may be of another tone a few steps on: a meadow in the sun beside one
in its shade. So the tone of what is painted, evened over squares that grow with the
distance from the horizon, is drawn to that of the plate's last columns in the same rows,
and let go with the distance from them. A tone too far off is another thing and stays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from seamline.generators.patch.composite import KEPT, OPEN
from seamline.generators.patch.resample import Bytes, Floats

STRIP = 0.08
"""So many of the plate's last columns say its tone, as a share of the shorter side."""
EVENED = 0.25
"""Rows over which tones are evened either way, as a share of the distance from the horizon."""
LEAST_ROWS = 3
WIDE = 0.06
"""Columns over which what is painted is evened either way, as a share of the shorter side."""
GONE = 0.6
"""How far from the plate it is let go, as a share of the same."""
RISING = 0.1
"""Above the horizon it ends within so much of the same: what stands there is no lawn."""
TAU = 0.06
"""A tone so far off is half a thing of its own: a stop of ACEScct."""
HUE = 0.02
"""A colour is moved no farther than this from the light of its tone: a third of a stop."""


def tone_along(colour: Floats, state: Bytes, guide: Floats) -> Floats:
    """
    Return (H, W, 3) what to add to the open pixels of land; 0 elsewhere.

    Args:
        colour: (H, W, 3) copies, and the plate where kept.
        state: (H, W) ``KEPT``, ``OPEN`` or ``ABSENT``; all but the land is absent.
        guide: (H, W) height above the horizon downwards.
    """
    h, w = state.shape
    side = min(h, w)
    per_px = max(float(guide[-1, w // 2] - guide[0, w // 2]) / max(1, h - 1), 1e-6)
    below = guide[:, w // 2] / np.float32(per_px)
    reach = np.maximum(LEAST_ROWS, EVENED * np.abs(below)).astype(np.int64)
    share = np.clip(1 + below / np.float32(RISING * side), 0, 1).astype(np.float32)
    sums, counts = _sums(colour, state)
    return _drawn(
        colour, state, sums, counts, reach, share, max(2, round(STRIP * side)),
        max(2, round(WIDE * side)), GONE * side,
    )  # fmt: skip


@njit(nogil=True, cache=True)
def _sums(colour: Floats, state: Bytes) -> Any:
    """Return the sums above and left of each corner, of kept and of open pixels."""
    h, w = state.shape
    sums = np.zeros((2, h + 1, w + 1, 3))
    counts = np.zeros((2, h + 1, w + 1))
    for y in range(h):
        for x in range(w):
            for which in range(2):
                here = state[y, x] == (OPEN if which else KEPT)
                counts[which, y + 1, x + 1] = (
                    counts[which, y, x + 1] + counts[which, y + 1, x] - counts[which, y, x] + here
                )
                for c in range(3):
                    sums[which, y + 1, x + 1, c] = (
                        sums[which, y, x + 1, c] + sums[which, y + 1, x, c]
                        - sums[which, y, x, c] + (colour[y, x, c] if here else 0.0)
                    )  # fmt: skip
    return sums, counts


@njit(nogil=True, cache=True)
def _mean(sums: Any, counts: Any, a: int, b: int, left: int, right: int, out: Any) -> bool:
    """Set ``out`` to the mean over rows a to b and columns left to right; whether any."""
    n = counts[b, right] - counts[a, right] - counts[b, left] + counts[a, left]
    if n < 1:
        return False
    for c in range(3):
        s = sums[b, right, c] - sums[a, right, c] - sums[b, left, c] + sums[a, left, c]
        out[c] = s / n
    return True


@njit(nogil=True, cache=True)
def _drawn(
    colour: Floats, state: Bytes, sums: Any, counts: Any, reach: Any, share: Floats,
    strip: int, wide: int, gone: float,
) -> Any:  # fmt: skip
    h, w = state.shape
    out = np.zeros((h, w, 3), np.float32)
    own, plate, off = np.zeros(3), np.zeros((2, 3)), np.zeros(3)
    for y in range(h):
        if share[y] <= 0:
            continue
        a, b = max(0, y - reach[y]), min(h, y + reach[y] + 1)
        x = 0
        while x < w:
            if state[y, x] != OPEN:
                x += 1
                continue
            first = x
            while x < w and state[y, x] == OPEN:
                x += 1
            at_left = first > 0 and state[y, first - 1] == KEPT
            at_right = x < w and state[y, x] == KEPT
            if at_left:
                _mean(sums[0], counts[0], a, b, max(0, first - strip), first, plate[0])
            if at_right:
                _mean(sums[0], counts[0], a, b, x, min(w, x + strip), plate[1])
            for k in range(first, x):
                _mean(sums[1], counts[1], a, b, max(0, k - wide), min(w, k + wide + 1), own)
                for end in range(2):
                    if not (at_right if end else at_left):
                        continue
                    away = (x - k if end else k - first + 1) / gone
                    if away >= 1:
                        continue
                    part = share[y] * (1 - away * away) * (1 - away * away)
                    if at_left and at_right:
                        along = (k - first + 0.5) / (x - first)
                        part *= along if end else 1 - along
                    for c in range(3):
                        off[c] = plate[end, c] - own[c]
                    grey = (off[0] + off[1] + off[2]) / 3
                    q = max(abs(off[0]), abs(off[1]), abs(off[2])) / TAU
                    part /= 1 + q * q * q * q
                    for c in range(3):
                        hue = min(max(off[c] - grey, -HUE), HUE)
                        out[y, k, c] += np.float32(part * (grey + hue))
    return out
