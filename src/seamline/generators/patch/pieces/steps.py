"""
Steps: what is left of a difference in tone along a cut through texture is spread out.

In grass, leaves and waves two neighbours differ by more than the two places do, so that no
single pair of pixels tells a step of tone from a blade of grass, and the composite leaves
both standing. Held against each other over a band on either side of the cut, and on along
it, the texture cancels and the step is left. It is let go over some hundred pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from seamline.generators.patch.composite import ABSENT, OPEN, spread_out
from seamline.generators.patch.resample import Bytes, Floats, blur

DEEP_PX = 8
"""So far beyond a cut a piece is held against what is shown there instead."""
ALONG_PX = 12
"""So far along the cut, either way, what they differ by is evened."""
EDGE = 0.12
"""Pixels that differ by more, two stops of ACEScct, are two things, not two tones."""
ALIKE = 0.6
"""Where fewer of them are alike the cut runs between things, and is left."""
MOST = 0.06
"""No pixel is moved by more than a stop."""
REACH = 1e-4
"""Pull back to the pieces as they are: a step is gone after some 100 px."""


@njit(nogil=True, cache=True)
def _apart(
    start: Floats, field: Any, state: Bytes, atlas: Floats, pixel: Bytes, down: int, right: int
) -> Any:
    """
    Return by how much what lies below (or right) of a cut is brighter than above (or left).

    Sums (H, W, 3) at the pixel before the cut, over how many alike pixels (H, W), of how many.
    """
    h, w = state.shape
    ah, aw = pixel.shape
    total = np.zeros((h, w, 3), np.float32)
    alike = np.zeros((h, w), np.float32)
    seen = np.zeros((h, w), np.float32)
    for y in range(h - down):
        for x in range(w - right):
            yy, xx = y + down, x + right
            if state[y, x] == ABSENT or state[yy, xx] == ABSENT:
                continue
            first, second = state[y, x] == OPEN, state[yy, xx] == OPEN
            if not first and not second:
                continue
            if first and second:
                on_row = field[y, x, 0] + down == field[yy, xx, 0]
                if on_row and field[y, x, 1] + right == field[yy, xx, 1]:
                    continue
            for side in range(2):
                # the piece before the cut goes on beyond it, then the one beyond it before it
                if not (first if side == 0 else second):
                    continue
                turn = 1 if side == 0 else -1
                oy, ox = (y, x) if side == 0 else (yy, xx)
                for k in range(1, DEEP_PX + 1):
                    a, b = oy + turn * k * down, ox + turn * k * right
                    if a < 0 or b < 0 or a >= h or b >= w or state[a, b] == ABSENT:
                        break
                    p = field[oy, ox, 0] + turn * k * down
                    q = field[oy, ox, 1] + turn * k * right
                    if p < 0 or q < 0 or p >= ah or q >= aw or pixel[p, q] == 0:
                        break
                    seen[y, x] += 1
                    same = True
                    for c in range(3):
                        same = same and abs(start[a, b, c] - atlas[p, q, c]) <= EDGE
                    if not same:
                        continue
                    alike[y, x] += 1
                    for c in range(3):
                        total[y, x, c] += turn * (start[a, b, c] - atlas[p, q, c])
    return total, alike, seen


@njit(nogil=True, cache=True)
def _pulled(
    rhs: Floats, state: Bytes, cut: Floats, total: Floats, alike: Floats, seen: Floats,
    down: int, right: int,
) -> None:  # fmt: skip
    """Add to ``rhs`` (H, W, 3) the steps at cuts: the planes are evened along them."""
    h, w = state.shape
    for y in range(h - down):
        for x in range(w - right):
            if cut[y, x] == 0 or alike[y, x] < ALIKE * seen[y, x]:
                continue
            for c in range(3):
                step = total[y, x, c] / alike[y, x]
                if state[y, x] == OPEN:
                    rhs[y, x, c] += step
                if state[y + down, x + right] == OPEN:
                    rhs[y + down, x + right, c] -= step


def steps_of(start: Floats, field: Any, state: Bytes, atlas: Floats, pixel: Bytes) -> Floats:
    """
    Return (H, W, 3) what is added to ``start`` so that tones meet at cuts through texture.

    Args:
        start: (H, W, 3) what the pieces show, and the plate where kept, log encoding.
        field: (H, W, 2) pixel of the atlas at each.
        state: (H, W) ``KEPT``, ``OPEN`` or ``ABSENT``, as for the composite.
        atlas: (A, B, 3).
        pixel: (A, B) 1 where it may be looked at.
    """
    rhs = np.zeros_like(start)
    for down, right in ((1, 0), (0, 1)):
        total, alike, seen = _apart(start, field, state, atlas, pixel, down, right)
        cut = seen.copy()
        planes = [blur(np.ascontiguousarray(total[..., c]), ALONG_PX) for c in range(3)]
        evened = np.ascontiguousarray(np.stack(planes, axis=-1))
        _pulled(
            rhs, state, cut, evened, blur(alike, ALONG_PX), blur(seen, ALONG_PX), down, right
        )  # fmt: skip
    anchor = np.full(state.shape, REACH, np.float32)
    found: Floats = np.clip(spread_out(rhs, state, anchor), np.float32(-MOST), np.float32(MOST))
    return found
