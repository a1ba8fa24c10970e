"""
Blown: where a layer fades into what is behind it over more than a lens's edge.

Sand blown off a crest, mist on a ridge: there is an edge, but no line. A cut has to put its
line somewhere and goes zigzag; drawn as it is, the crest looks torn, and faded over as much as
the picture fades, out of focus. How wide an edge is can be measured: what the two sides differ
by, over the steepest step between them. Where it is wide the line is made even, and stays as
sharp as a lens draws one.
"""

from __future__ import annotations

import numpy as np

from seamline.generators.patch.cards.cut import opponent
from seamline.generators.patch.resample import Bytes, Floats, blur, grow
from seamline.generators.patch.specks import extreme

FAR_SHARE = 0.016
"""The sides are compared so far from the edge, of the height: beyond what fades."""
LEAST_PX, SURE_PX = 4.0, 6.0
"""An edge less wide than the first is a lens's: ``edges`` measures it pixel by pixel."""
ALIKE = 0.04
"""Sides that differ by less, log encoding, two thirds of a stop, say nothing of an edge."""
EVEN_SHARE = 0.008
"""A cut in what blows goes up and down within so much of the height."""
LENS_PX = 2.5
"""As wide an edge as a lens draws."""


def even_line(
    coded: Floats, alpha: Floats, full: Bytes, behind: Bytes, outside: Bytes
) -> Floats:
    """
    Return (H, W) ``alpha`` with an even line where the layer's edge is no lens's.

    Args:
        coded: (H, W, 3) log encoding.
        alpha: (H, W) as a lens draws it.
        full: (H, W) 1 all over the layer.
        behind: (H, W) 1 where what is behind it was photographed.
        outside: (H, W) 1 where it ends by its silhouette.
    """
    far = max(4, int(FAR_SHARE * full.shape[0]))
    edge = grow(outside, 1) & full
    wide = _width(coded, full, behind, edge, far)
    if not (wide > np.float32(LEAST_PX)).any():
        return alpha
    width = _mean(wide, edge, far)
    take = np.clip((width - np.float32(LEAST_PX)) / np.float32(SURE_PX - LEAST_PX), 0, 1)
    radius = max(2, int(EVEN_SHARE * full.shape[0]))
    soft = blur(blur(np.ascontiguousarray(full, np.float32), radius), radius)
    # blurred twice, a straight edge rises by 1 / (2 radius + 1) a pixel at its middle
    steep = np.float32((2 * radius + 1) / LENS_PX)
    even = np.clip((soft - np.float32(0.5)) * steep + np.float32(0.5), 0, 1)
    near = blur(np.ascontiguousarray(edge, np.float32), 2 * radius) > 0
    changed = near & ((full | outside) > 0)
    result: Floats = np.where(changed, alpha + blur(take, far) * (even - alpha), alpha)
    return result.astype(np.float32)


def _width(coded: Floats, full: Bytes, behind: Bytes, edge: Bytes, far: int) -> Floats:
    """Return (H, W) how many pixels wide each pixel of ``edge`` is; 0 where nothing says."""
    inner, outer = full & (1 - grow(behind, far // 2)), behind & (1 - grow(full, far // 2))
    apart, step = np.zeros(full.shape, np.float32), np.zeros(full.shape, np.float32)
    for plane in opponent(coded):
        apart += np.abs(_mean(plane, inner, far) - _mean(plane, outer, far))
        fine = blur(plane, 1)
        step[1:-1, 1:-1] += np.maximum(
            np.abs(fine[1:-1, 2:] - fine[1:-1, :-2]), np.abs(fine[2:, 1:-1] - fine[:-2, 1:-1])
        ) / np.float32(2)
    wide = apart / np.maximum(extreme(step, far // 4, 1.0), np.float32(1e-4))
    there = (blur(inner.astype(np.float32), far) > 0) & (
        blur(outer.astype(np.float32), far) > 0
    )
    told = (edge > 0) & there & (apart > np.float32(ALIKE))
    result: Floats = np.where(told, wide, np.float32(0)).astype(np.float32)
    return result


def _mean(plane: Floats, where: Bytes, radius: int) -> Floats:
    share = np.ascontiguousarray(where, np.float32)
    weight = np.maximum(blur(share, radius), np.float32(1e-6))
    found: Floats = blur(np.ascontiguousarray(plane * share), radius) / weight
    return found
