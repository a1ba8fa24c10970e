"""
Slopes: a sky that brightens towards its edge goes on brightening where it is carried on.

The composite makes values meet where plate and copies do. Where the plate's light
rises towards that line and the copies' falls away from it, a pale beam stands there all the
same: the eye sees a crease. So what is painted is given the plate's slope at the line, and
leaves it again bit by bit. With d the distance from the line, L some length and J the
difference of the slopes there, J L (4 exp(-d / 2 L) - 5 exp(-d / L) + exp(-2 d / L)) is added:
it is 0 on the line, rises from it by J, does not bend there, and is highest after 1.7 L. Bent
most on the line itself, as by two such terms, it is seen as an upright edge a few pixels on.
Each of the three solves (1 - a^2 Laplace) v = 0 with v = J on the line, which carries J
inwards as well. Nothing but sums and quotients: a logarithm has other last bits on another
processor.
Source: the screened Poisson equation's Green's function in a half plane, exp(-d / a).
"""

from __future__ import annotations

import numpy as np

from seamline.generators.patch import composite
from seamline.generators.patch.resample import Bytes, Floats, blur

REACH = 0.18
"""L as a share of the picture's shorter side: highest after three tenths of that. With .22 two
skies of quay's twelve were lifted by a stop, which the check ``smears`` holds against them."""
HUMP = (4.0, 2.0), (-5.0, 1.0), (1.0, 0.5)
"""How much of which length beside L: the only three that are 0, rise by 1 and are not bent."""
WINDOW = 0.045
"""Slopes are measured over squares of twice this half side, as a share of the same."""
SURE = 0.08
"""Share of a square that must be smooth, on either side, for its slope to count in full."""
STEEPEST = 0.36
"""Of the encoding, along the shorter side: six stops. A jump so large is half no sky's."""
CYCLES = 16


def carried_on(painted: Floats, smooth: Floats, state: Bytes) -> Floats:
    """
    Return (H, W, 3) what to add to ``painted`` so that smooth slopes go on; 0 where kept.

    Args:
        painted: (H, W, 3) plate and painting, whose values meet already.
        smooth: (H, W) near 1 where it is smooth, 0 in texture.
        state: (H, W) ``KEPT``, ``OPEN`` or ``ABSENT``.
    """
    side = min(state.shape)
    reach, window = np.float32(REACH * side), max(4, round(WINDOW * side))
    jump = _jump(painted, smooth, state, window)
    if not jump.any():
        return np.zeros_like(painted)
    hump = np.zeros_like(painted)
    for part, of in HUMP:
        hump += np.float32(part) * _from_the_line(jump, state, np.float32(of * reach))
    share = blur(np.ascontiguousarray(smooth), composite.ANCHOR_SOFT_PX)
    added: Floats = hump * (share * reach)[..., None]
    added[state != composite.OPEN] = 0
    limit = np.float32(composite.FARTHEST)
    return np.clip(added, -limit, limit)


def _from_the_line(at: Floats, state: Bytes, reach: np.float32) -> Floats:
    """Return (H, W, 3) ``at`` of kept pixels carried into what is open, over ``reach`` px."""
    anchor = np.full(state.shape, 1 / (reach * reach), np.float32)
    found = np.where((state == composite.KEPT)[..., None], at, np.float32(0))
    found = np.ascontiguousarray(found, dtype=np.float32)
    nothing = np.zeros_like(found)
    for _ in range(CYCLES):
        composite.cycle(found, nothing, state, anchor)
    return found


def _jump(painted: Floats, smooth: Floats, state: Bytes, window: int) -> Floats:
    """Return (H, W, 3) how much steeper the kept side rises, into what is open, per pixel."""
    opened = (state == composite.OPEN).astype(np.float32)
    into = _slopes(blur(opened, window))
    length = np.sqrt(into[0] * into[0] + into[1] * into[1])
    into = into / np.maximum(length, np.float32(1e-6))
    sides = [_mean_slopes(painted, smooth * (state == s), window) for s in (
        composite.KEPT, composite.OPEN,
    )]  # fmt: skip
    sure = np.minimum(sides[0][1], sides[1][1])
    difference = sides[0][0] - sides[1][0]
    jump = (difference * into[..., None]).sum(axis=0)
    found: Floats = let_go(jump, np.float32(STEEPEST / min(state.shape))) * sure[..., None]
    return found.astype(np.float32)


def let_go(jump: Floats, half: np.float32) -> Floats:
    """Return (..., 3) jumps of slope; what is steeper than ``half`` in a channel goes."""
    steep = np.abs(jump).max(axis=-1, keepdims=True) / half
    found: Floats = jump / (1 + steep * steep * steep * steep)
    return found


def _mean_slopes(painted: Floats, weight: Floats, window: int) -> tuple[Floats, Floats]:
    """Return (2, H, W, 3) the mean slope down and right within ``weight``, and how sure."""
    sums = np.zeros((2, *painted.shape), np.float32)
    sure = np.ones(weight.shape, np.float32)
    for axis in (0, 1):
        pair = _pairs(weight, axis)
        there = blur(pair, window)
        sure = np.minimum(sure, there / np.float32(SURE))
        step = np.zeros_like(painted)
        inner = [slice(None), slice(None)]
        inner[axis] = slice(None, -1)
        step[tuple(inner)] = np.diff(painted, axis=axis)
        for c in range(3):
            total = blur(np.ascontiguousarray(pair * step[..., c]), window)
            sums[axis, ..., c] = total / np.maximum(there, np.float32(1e-6))
    return sums, np.clip(sure, 0, 1).astype(np.float32)


def _pairs(weight: Floats, axis: int) -> Floats:
    """Return (H, W) how far a pixel and the next along ``axis`` both count."""
    found = np.zeros_like(weight, dtype=np.float32)
    if axis == 0:
        found[:-1] = np.minimum(weight[:-1], weight[1:])
    else:
        found[:, :-1] = np.minimum(weight[:, :-1], weight[:, 1:])
    return found


def _slopes(plane: Floats) -> Floats:
    """Return (2, H, W) the slope of ``plane`` down and right."""
    found = np.zeros((2, *plane.shape), np.float32)
    found[0], found[1] = np.gradient(plane, axis=0), np.gradient(plane, axis=1)
    return found
