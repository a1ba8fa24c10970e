"""
Bends: where two pieces of a sky meet, the one's slope goes over into the other's.

The composite makes values meet. Where the light of one piece falls towards a cut and that of
the next rises from it, the cut is seen all the same: as a crease that nothing in a sky has.
With J the jump of the slope over a cut and d the distance from it, J L / 2 exp(-d / L) is
added: its own slope jumps by -J there, so the crease becomes a bend, some L wide on either
side. It solves (1 / L^2 - Laplace) v = J on the cut. Pieces overlap, so both slopes are
measured on both sides of a cut, on the copies themselves.
Source: the screened Poisson equation's Green's function on a line, L / 2 exp(-d / L).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch import composite
from seamline.generators.patch.composite import OPEN
from seamline.generators.patch.resample import Bytes, Floats, blur
from seamline.generators.patch.slopes import STEEPEST, let_go

REACH = 0.15
"""How far a bend reaches, as a share of the picture's shorter side."""
WINDOW = 0.045
"""Jumps are evened over squares of twice this half side, as a share of the same."""
SURE = 0.5
"""Share of a cut that must be smooth for its jump to count in full."""
APART_PX = 8
"""A slope is told from pixels so far from the cut, to both sides: a sky has noise."""
CYCLES = 8


def bent(
    calm: Floats, smooth: Floats, state: Bytes, field: Any, atlas: Floats, pixel: Bytes
) -> Floats:
    """
    Return (H, W, 3) what to add to a sky so that its pieces' slopes go over; 0 where kept.

    Args:
        calm: (H, W) near 1 where a sky is smooth, 0 in all that is none.
        smooth: (A, B) near 1 where the atlas is smooth, 0 in texture.
        state: (H, W) ``KEPT``, ``OPEN`` or ``ABSENT``.
        field: (H, W, 2) the atlas's pixel that each is a copy of.
        atlas: (A, B, 3).
        pixel: (A, B) 1 where it may be looked at.
    """
    side = min(state.shape)
    window, reach = max(4, round(WINDOW * side)), np.float32(REACH * side)
    apart = max(2, APART_PX * side // 360)
    added = np.zeros((*state.shape, 3), np.float32)
    rhs = np.zeros_like(added)
    for down in (False, True):
        jump, weight, cuts = _jumps(smooth, state, field, atlas, pixel, apart, down)
        sure = blur(weight, window) / np.maximum(blur(cuts, window), np.float32(1e-6))
        part = np.minimum(sure / np.float32(SURE), 1) * cuts * calm
        near = np.maximum(blur(weight, window), np.float32(1e-6))
        even = np.stack([blur(np.ascontiguousarray(jump[..., c]), window) for c in range(3)], 2)
        rhs += part[..., None] * let_go(even / near[..., None], np.float32(STEEPEST / side))
    if not rhs.any():
        return added
    anchor = np.full(state.shape, 1 / (reach * reach), np.float32)
    for _ in range(CYCLES):
        composite.cycle(added, rhs, state, anchor)
    limit = np.float32(composite.FARTHEST)
    share = blur(np.ascontiguousarray(calm), composite.ANCHOR_SOFT_PX)
    found: Floats = np.clip(added, -limit, limit) * share[..., None]
    return found


@njit(nogil=True, cache=True)
def _jumps(
    smooth: Floats, state: Bytes, field: Any, atlas: Floats, pixel: Bytes, apart: int,
    down: bool,
) -> Any:  # fmt: skip
    """
    Return (H, W, 3) the jumps of slope times their weights, (H, W) these, (H, W) 1 at cuts.

    Across each cut between a pixel and the next one to the right, or ``down``.
    """
    h, w = state.shape
    jump = np.zeros((h, w, 3), np.float32)
    weight, cuts = np.zeros((h, w), np.float32), np.zeros((h, w), np.float32)
    dy, dx = (1, 0) if down else (0, 1)
    for y in range(h - dy):
        for x in range(w - dx):
            if state[y, x] != OPEN or state[y + dy, x + dx] != OPEN:
                continue
            py, px = field[y, x, 0], field[y, x, 1]
            qy, qx = field[y + dy, x + dx, 0] - dy, field[y + dy, x + dx, 1] - dx
            if py == qy and px == qx:
                continue
            cuts[y, x] = 1
            part = min(
                _seen(smooth, pixel, py, px, dy * apart, dx * apart),
                _seen(smooth, pixel, qy, qx, dy * apart, dx * apart),
            )
            if part <= 0:
                continue
            weight[y, x] = part
            for c in range(3):
                own = atlas[py + dy * apart, px + dx * apart, c]
                own -= atlas[py - dy * apart, px - dx * apart, c]
                other = atlas[qy + dy * apart, qx + dx * apart, c]
                other -= atlas[qy - dy * apart, qx - dx * apart, c]
                step = (other - own) / np.float32(2 * apart)
                jump[y, x, c] = part * step
    return jump, weight, cuts


@njit(nogil=True, cache=True)
def _seen(smooth: Floats, pixel: Bytes, y: int, x: int, down: int, right: int) -> Any:
    """Return how smooth a piece is at (y, x) and on either side; 0 where it shows nothing."""
    least = np.float32(1)
    for k in (-1, 0, 1):
        yy, xx = y + k * down, x + k * right
        inside = 0 <= yy < pixel.shape[0] and 0 <= xx < pixel.shape[1]
        if not inside or pixel[yy, xx] == 0:
            return np.float32(0)
        least = min(least, smooth[yy, xx])
    return least
