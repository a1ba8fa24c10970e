"""
Soft edges: how much of each pixel on a silhouette is the layer, and how much what is behind.

On the border of two colours F and B a photographed pixel lies on the line between them,
in linear light: alpha is its projection on it. Where the two are alike, or the border was
never seen, the mask itself is softened instead.
"""

from __future__ import annotations

import numpy as np

from seamline.generators.patch.resample import Bytes, Floats, blur, grow

ZONE_PX = 3
"""A lens and a Bayer pattern spread an edge over some five pixels."""
INNER_PX = 2
LOCAL_PX = 4
REACH_PX = ZONE_PX + INNER_PX + 2 * LOCAL_PX
"""How far from an edge its surroundings are looked at."""
ALIKE = 0.01
"""Share of the light's square below which two colours are too near to tell a mixture."""


def shrunk(mask: Bytes, radius: int) -> Bytes:
    """Return ``mask`` (H, W) less ``radius`` pixels at its edges; the picture's are none."""
    result: Bytes = 1 - grow((1 - mask).astype(np.uint8), radius)
    return result


def soft_edge(light: Floats, full: Bytes, mine: Bytes, behind: Bytes, outside: Bytes) -> Floats:
    """
    Return (H, W) alpha of a layer: 1 inside, soft towards ``outside``, 0 beyond.

    Args:
        light: (H, W, 3) scene-linear.
        full: (H, W) 1 all over the layer, completed parts included.
        mine: (H, W) 1 where the layer itself was photographed.
        behind: (H, W) 1 where what stands behind it was photographed.
        outside: (H, W) 1 where the layer ends by its silhouette, not by being cut.
    """
    zone = grow(full, ZONE_PX) & grow(outside, ZONE_PX) & (full | outside)
    alpha = np.ascontiguousarray(full, np.float32)
    if not zone.any():
        return alpha
    ys, xs = np.flatnonzero(zone.any(axis=1)), np.flatnonzero(zone.any(axis=0))
    box = (
        slice(max(0, int(ys[0]) - REACH_PX), int(ys[-1]) + 1 + REACH_PX),
        slice(max(0, int(xs[0]) - REACH_PX), int(xs[-1]) + 1 + REACH_PX),
    )
    masks = (np.ascontiguousarray(mask[box]) for mask in (full, mine, behind))
    inside = zone[box] > 0
    alpha[box][inside] = _mixture(np.ascontiguousarray(light[box]), *masks)[inside]
    return alpha


def _mixture(light: Floats, full: Bytes, mine: Bytes, behind: Bytes) -> Floats:
    """Return (H, W) the share of the layer at each pixel; it means something at its edge."""
    soft = blur(np.ascontiguousarray(full, np.float32), 1)
    front, front_weight = _local(light, shrunk(mine, INNER_PX))
    back, back_weight = _local(light, shrunk(behind, INNER_PX))
    apart = [f - b for f, b in zip(front, back, strict=True)]
    length = apart[0] * apart[0] + apart[1] * apart[1] + apart[2] * apart[2]
    along = np.zeros_like(soft)
    bright = np.zeros_like(soft)
    for c in range(3):
        along += (light[..., c] - back[c]) * apart[c]
        bright += front[c] * front[c] + back[c] * back[c]
    mixed = np.clip(along / np.maximum(length, np.float32(1e-12)), 0, 1)
    trust = length / (length + np.float32(ALIKE) * bright + np.float32(1e-12))
    seen = (front_weight > 0) & (back_weight > 0) & ((mine | behind) > 0)
    alpha = np.where(seen, trust * mixed + (1 - trust) * soft, soft)
    # A stray pixel of the layer's colour a few pixels off is not the layer.
    fade = blur(np.ascontiguousarray(grow(full, 1), np.float32), 1)
    result: Floats = np.where(full > 0, alpha, np.minimum(alpha, fade)).astype(np.float32)
    return result


def _local(light: Floats, where: Bytes) -> tuple[list[Floats], Floats]:
    """Return the mean light of ``where`` around each pixel, by channel, and its weight."""
    share = np.ascontiguousarray(where, np.float32)
    weight = blur(share, LOCAL_PX)
    safe = np.maximum(weight, np.float32(1e-6))
    planes = [
        blur(np.ascontiguousarray(light[..., c] * share), LOCAL_PX) / safe for c in range(3)
    ]
    return planes, weight
