"""
Across: ground and water keep the tone of the plate on both sides of a hole.

What lies in one row below the horizon is equally far away, and its tone goes over from that
of the plate left of the hole to that right of it. Pieces are of one tone here and of another
there; side by side they stand in a sea as a step that no correction at the plate's edge can
reach. So each piece is drawn, by itself, to what its rows should have. Where left and right
differ by more than a tone, a shade ends in the hole and nobody knows where: there pieces stay
as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch.composite import OPEN
from seamline.generators.patch.lie import (
    EVENED,
    HUE,
    LEAST_ROWS,
    STRIP,
    TAU,
    WIDE,
    like,
    plate_tones,
)
from seamline.generators.patch.resample import Bytes, Floats
from seamline.generators.patch.rows import from_the_nearest

RISING = 0.05
"""It begins at the horizon and is whole so far below, as a share of the shorter side: what
stands there is no water."""


def tone_across(
    colour: Floats, state: Bytes, guide: Floats, piece: NDArray[np.int64]
) -> Floats:
    """
    Return (H, W, 3) what to add to the open pixels of land; 0 elsewhere.

    Args:
        colour: (H, W, 3) copies, and the plate where kept.
        state: (H, W) ``KEPT``, ``OPEN`` or ``ABSENT``; all but the land is absent.
        guide: (H, W) height above the horizon downwards.
        piece: (H, W) which piece is laid, above 0 where one is.
    """
    h, w = state.shape
    side = min(h, w)
    per_px = max(float(guide[-1, w // 2] - guide[0, w // 2]) / max(1, h - 1), 1e-6)
    below = guide[:, w // 2] / np.float32(per_px)
    reach = np.maximum(LEAST_ROWS, EVENED * np.abs(below)).astype(np.int64)
    share = np.clip(below / np.float32(RISING * side), 0, 1).astype(np.float32)
    strip, wide = max(2, round(STRIP * side)), max(2, round(WIDE * side))
    sides = []
    for way in (1, -1):
        turned = [np.ascontiguousarray(p[:, ::way]) for p in (colour, state)]
        tones, columns = plate_tones(*turned, reach, strip)
        from_the_nearest(tones, columns)
        sides.append((tones, columns if way > 0 else np.where(columns < 0, -1, w - columns)))
    (left, first), (right, last) = sides
    wanted = _between(state, left, right, first, last)
    out = np.zeros((h, w, 3), np.float32)
    for number in np.unique(piece[state == OPEN]):
        mine = ((piece == number) & (state == OPEN)).astype(np.uint8)
        rows, columns = np.flatnonzero(mine.any(axis=1)), np.flatnonzero(mine.any(axis=0))
        box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        part = [np.ascontiguousarray(p[box]) for p in (colour, wanted, mine)]
        out[box] += _drawn(*part, share[box[0]], reach[box[0]], wide)
    return out


@njit(nogil=True, cache=True)
def _between(state: Bytes, left: Floats, right: Floats, first: Any, last: Any) -> Floats:
    """Return (H, W, 4) the tone that each open pixel should have, and how sure that is."""
    h, w = state.shape
    out = np.zeros((h, w, 4), np.float32)
    for y in range(h):
        if first[y] < 0 or last[y] <= first[y]:
            continue
        q = 0.0
        for c in range(3):
            q = max(q, abs(left[y, c] - right[y, c]) / TAU)
        for x in range(w):
            if state[y, x] != OPEN:
                continue
            t = min(max((x + 0.5 - first[y]) / (last[y] - first[y]), 0.0), 1.0)
            out[y, x, 3] = 1 / (1 + q * q * q * q)
            for c in range(3):
                out[y, x, c] = left[y, c] * (1 - t) + right[y, c] * t
    return out


@njit(nogil=True, cache=True)
def _drawn(
    colour: Floats, wanted: Floats, mine: Bytes, share: Floats, reach: Any, wide: int
) -> Floats:
    """Return (h, w, 3) how far each pixel of one piece is drawn to what its row should have."""
    h, w = mine.shape
    sums = np.zeros((h + 1, w + 1, 5))  # three of the weighted step, the weight, the count
    for y in range(h):
        for x in range(w):
            for k in range(5):
                sums[y + 1, x + 1, k] = sums[y, x + 1, k] + sums[y + 1, x, k] - sums[y, x, k]
            if mine[y, x]:
                part = like(colour[y, x], wanted[y, x])
                for c in range(3):
                    sums[y + 1, x + 1, c] += part * (wanted[y, x, c] - colour[y, x, c])
                sums[y + 1, x + 1, 3] += part
                sums[y + 1, x + 1, 4] += 1
    out = np.zeros((h, w, 3), np.float32)
    for y in range(h):
        a, b = max(0, y - reach[y]), min(h, y + reach[y] + 1)
        for x in range(w):
            if mine[y, x] == 0 or wanted[y, x, 3] == 0:
                continue
            left, right = max(0, x - wide), min(w, x + wide + 1)
            own = sums[b, right] - sums[a, right] - sums[b, left] + sums[a, left]
            if own[3] < 1e-3:
                continue
            d = own[:3] / own[3]
            grey = (d[0] + d[1] + d[2]) / 3
            q = max(abs(d[0]), abs(d[1]), abs(d[2])) / TAU
            part = share[y] * wanted[y, x, 3] * own[3] / own[4] / (1 + q * q * q * q)
            for c in range(3):
                hue = min(max(d[c] - grey, -HUE), HUE)
                out[y, x, c] = np.float32(part * (grey + hue))
    return out
