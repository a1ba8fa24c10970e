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

from seamline.fast import njit
from seamline.generators.patch.composite import KEPT, OPEN
from seamline.generators.patch.resample import Bytes, Floats
from seamline.generators.patch.rows import from_the_nearest

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
ALIKE = 0.12
"""A pixel so far from a tone, two stops, is half a thing of its own: paint, a stone, a bush."""
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
    strip, wide = max(2, round(STRIP * side)), max(2, round(WIDE * side))
    out = np.zeros((h, w, 3), np.float32)
    for way in (1, -1):
        turned = [np.ascontiguousarray(p[:, ::way]) for p in (colour, state)]
        tones, columns = plate_tones(*turned, reach, strip)
        from_the_nearest(tones, columns)
        off, sure = _off(*turned, tones, columns, reach, wide)
        out[:, ::way] += _drawn(off, sure, turned[1], columns, share, GONE * side)
    return out


@njit(nogil=True, cache=True)
def plate_tones(colour: Floats, state: Bytes, reach: Any, strip: int) -> Any:
    """
    Return (H, 3) the tone of the kept columns left of open ones, and (H,) where they end.

    Without any that is -1.

    The mean of what is like the median: a line of paint on a road is not the road.
    """
    h, w = state.shape
    tones = np.zeros((h, 3), np.float32)
    last = np.full(h, -1, np.int64)
    for y in range(h):
        for x in range(1, w):
            if state[y, x] == OPEN and state[y, x - 1] == KEPT:
                last[y] = x
    for y in range(h):
        if last[y] < 0:
            continue
        a, b = max(0, y - reach[y]), min(h, y + reach[y] + 1)
        seen = np.empty(((b - a) * strip, 3), np.float32)
        n = 0
        for yy in range(a, b):
            for x in range(max(0, last[yy] - strip), max(0, last[yy])):
                if state[yy, x] == KEPT:
                    seen[n] = colour[yy, x]
                    n += 1
        middle = np.zeros(3, np.float32)
        for c in range(3):
            middle[c] = np.sort(seen[:n, c])[n // 2]
        total, weight = np.zeros(3), 0.0
        for i in range(n):
            part = like(seen[i], middle)
            weight += part
            for c in range(3):
                total[c] += part * seen[i, c]
        for c in range(3):
            tones[y, c] = total[c] / weight if weight > 0 else middle[c]
    return tones, last


@njit(nogil=True, cache=True)
def like(a: Any, b: Any) -> Any:
    """Return near 1 where two colours may be of one thing, near 0 where they may not."""
    q = max(abs(a[0] - b[0]), abs(a[1] - b[1]), abs(a[2] - b[2])) / ALIKE
    return 1 / (1 + q * q * q * q)


@njit(nogil=True, cache=True)
def _off(
    colour: Floats, state: Bytes, tones: Floats, columns: Any, reach: Any, wide: int
) -> Any:
    """Return (H, W, 3) how far what is open lies below its row's tone, and (H, W) how sure."""
    h, w = state.shape
    sums = np.zeros((h + 1, w + 1, 5))  # three of the weighted colour, the weight, the count
    for y in range(h):
        for x in range(w):
            for k in range(5):
                sums[y + 1, x + 1, k] = sums[y, x + 1, k] + sums[y + 1, x, k] - sums[y, x, k]
            if state[y, x] == OPEN and columns[y] >= 0:
                part = like(colour[y, x], tones[y])
                for c in range(3):
                    sums[y + 1, x + 1, c] += part * (tones[y, c] - colour[y, x, c])
                sums[y + 1, x + 1, 3] += part
                sums[y + 1, x + 1, 4] += 1
    off, sure = np.zeros((h, w, 3), np.float32), np.zeros((h, w), np.float32)
    for y in range(h):
        a, b = max(0, y - reach[y]), min(h, y + reach[y] + 1)
        for x in range(w):
            if state[y, x] != OPEN:
                continue
            left, right = max(0, x - wide), min(w, x + wide + 1)
            own = sums[b, right] - sums[a, right] - sums[b, left] + sums[a, left]
            if own[3] < 1e-3:
                continue
            sure[y, x] = own[3] / own[4]
            for c in range(3):
                off[y, x, c] = own[c] / own[3]
    return off, sure


@njit(nogil=True, cache=True)
def _drawn(
    off: Floats, sure: Floats, state: Bytes, columns: Any, share: Floats, gone: float
) -> Any:
    """Return (H, W, 3) how far each open pixel is drawn to its row's tone."""
    h, w = state.shape
    out = np.zeros((h, w, 3), np.float32)
    for y in range(h):
        for x in range(w):
            away = (x - columns[y] + 1) / gone
            if state[y, x] != OPEN or columns[y] < 0 or not 0 <= away < 1:
                continue
            d = off[y, x]
            grey = (d[0] + d[1] + d[2]) / 3
            q = max(abs(d[0]), abs(d[1]), abs(d[2])) / TAU
            part = share[y] * sure[y, x] * (1 - away * away) * (1 - away * away)
            part /= 1 + q * q * q * q
            for c in range(3):
                hue = min(max(d[c] - grey, -HUE), HUE)
                out[y, x, c] = np.float32(part * (grey + hue))
    return out
