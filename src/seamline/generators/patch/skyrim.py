"""
The rim of a sky: where what was seen of it ends, and how it goes on from there.

A mean over what is seen lags behind at a rim, because only one side of it is seen: a sky
that darkens towards the horizon then ends in a dark line with a paler sky beyond. So a tone
at the rim is told by the plane through what is around it, and its slope goes on beyond, to
fade within some degrees: a crease is seen where none of the values differs.
With d the distance from the rim, J the slope there and L the distance within which it fades,
J L (1 - exp(-d / L)) is added: the first part is spread like the tone itself, the second
solves (1 - L^2 Laplace) v = 0. Nothing but sums and quotients.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.membrane import membrane
from seamline.generators.patch.resample import Bytes, Floats, blur

LEVEL = 0.05
"""Square pixels: so much of a level plane is in every plane, for pieces that are one line."""


def told_at_rim(
    low: Floats, colour: Floats, known: Bytes, radius: int, steepest: np.float32
) -> tuple[Floats, Floats]:
    """
    Return ``low`` (H, W, 3) told by planes at the rim of what is known, and slopes there.

    Args:
        low: (H, W, 3) means around.
        colour: (H, W, 3) what they are means of.
        known: (H, W) 1 where it is seen.
        radius: Planes are laid through squares of twice this, pixels.
        steepest: Slopes are held to this, each way.

    Returns:
        With it (H, W, 3) by how much it rises, going out of what is known, by pixel; 0
        away from the rim.
    """
    share = blur(known.astype(np.float32), radius)
    rim = known * (share < np.float32(1)).astype(np.uint8)
    toward = _outward(share)
    found, rise = low.copy(), np.zeros_like(low)
    _planes(np.ascontiguousarray(colour), known, rim, toward, radius, found, rise)
    return found, np.clip(rise, -steepest, steepest)


def gone_on(low: Floats, rise: Floats, known: Bytes, reach_px: float) -> Floats:
    """
    Return ``low`` (H, W, 3) with what is not ``known`` carried on, slopes too.

    Args:
        low: (H, W, 3) a tone, told at the rim.
        rise: (H, W, 3) its slopes out of what is known.
        known: (H, W) 1 where it is seen; somewhere.
        reach_px: Within how many pixels a slope fades.
    """
    reach = np.float32(reach_px)
    more = rise * reach
    # what is far lies level with where the slopes lead; membranes are linear
    level = membrane(np.ascontiguousarray(low + more), known)
    fading = membrane(np.ascontiguousarray(more), known, fades_px=reach_px)
    return np.asarray(level - fading, np.float32)


def _outward(share: Floats) -> Floats:
    """Return (2, H, W) the direction, down and right, in which least is known."""
    down, right = (-np.gradient(share, axis=axis) for axis in (0, 1))
    length = np.maximum(np.sqrt(down * down + right * right), np.float32(1e-6))
    return np.ascontiguousarray(np.stack([down / length, right / length]), np.float32)


@njit(nogil=True, cache=True)
def _planes(
    colour: Any, known: Bytes, rim: Bytes, toward: Any, radius: int, low: Any, rise: Any
) -> None:
    """Set ``low`` and ``rise`` (H, W, 3) at ``rim`` to planes through what is ``known``."""
    h, w, _ = colour.shape
    sums = np.zeros((3, 6))
    for y in range(h):
        for x in range(w):
            if rim[y, x] == 0:
                continue
            sums[:] = 0.0
            for j in range(max(0, y - radius), min(h, y + radius + 1)):
                for i in range(max(0, x - radius), min(w, x + radius + 1)):
                    if known[j, i] == 0:
                        continue
                    v, u = float(j - y), float(i - x)
                    sums[0, 0] += 1.0
                    sums[0, 1] += v
                    sums[0, 2] += u
                    sums[1, 1] += v * v
                    sums[1, 2] += v * u
                    sums[2, 2] += u * u
                    for c in range(3):
                        value = float(colour[j, i, c])
                        sums[0, 3 + c] += value
                        sums[1, 3 + c] += v * value
                        sums[2, 3 + c] += u * value
            _plane_at(sums, toward[0, y, x], toward[1, y, x], low[y, x], rise[y, x])


@njit(nogil=True, cache=True)
def _plane_at(sums: Any, down: float, right: float, low: Any, rise: Any) -> None:
    """Set ``low`` and ``rise`` (3,) to a plane's height and slope by its normal ``sums``."""
    n = sums[0, 0]
    v, u = sums[0, 1] / n, sums[0, 2] / n
    # moments about their own middle, with a little of a level plane for thin pieces
    vv = sums[1, 1] / n - v * v + LEVEL
    uu = sums[2, 2] / n - u * u + LEVEL
    vu = sums[1, 2] / n - v * u
    determinant = vv * uu - vu * vu
    for c in range(3):
        mean = sums[0, 3 + c] / n
        vc = sums[1, 3 + c] / n - v * mean
        uc = sums[2, 3 + c] / n - u * mean
        a = (uu * vc - vu * uc) / determinant
        b = (vv * uc - vu * vc) / determinant
        low[c] = mean - a * v - b * u
        rise[c] = a * down + b * right
