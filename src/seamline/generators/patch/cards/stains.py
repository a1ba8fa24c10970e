"""
Stains: what a nearer layer left on a farther one.

A larch tip that the cut missed, a twig, the orange light in the haze beside a wood. Left
where they are they float in the air once the nearer layer is gone; worse, what is completed
beside them goes on in their colour. So near a nearer layer, what leans from the colours of
the layer itself towards those of the nearer one counts as hidden. A sky is smooth: near
what stands before it, whatever is sharp is none of it, a summit that the line missed, an
aerial, a lamp. Water overhangs nothing: what stands at it is its shore, not a stain.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.cards.cut import local_colours, opponent
from seamline.generators.patch.cards.edges import shrunk
from seamline.generators.patch.cards.layers import SKY, WATER, Layer, Scene
from seamline.generators.patch.resample import Bytes, Floats, blur, grow

CORE_PX = 8
"""Well inside a layer: what it looks like is learned there."""
LEAN = 0.15
"""Share of the way from one colour to the other that is more than haze."""
SPREADS = 1.5
"""And so many spreads of the layer's own colours: its texture is no stain."""
AROUND_PX = 3
NEAR_SHARE = 0.05
"""So near a nearer layer, of the height, its stains are looked for."""
SKY_NEAR_SHARE = 0.07
"""The same for a sky: a mast is higher than a twig is long."""
SKY_LEAN = 0.4
"""In haze the foot of a sky leans towards the hills before it; driven sand leans more."""
SHARP_SHARE = 0.01
"""What differs from its surroundings within so much of the height is no cloud..."""
SHARP = 0.02
"""...where it does by more than a third of a stop of ACEScct."""
SKY_AROUND_SHARE = 0.009
"""The glow of a lens around it, of the height."""


@njit(nogil=True, cache=True)
def _leaning(
    planes: Any, near: Bytes, mine: Any, spread: Any, mine_weight: Floats, theirs: Any,
    theirs_weight: Floats, lean: float,
) -> Bytes:  # fmt: skip
    """Return (H, W) 1 for pixels of ``near`` that lean from ``mine`` towards ``theirs``."""
    _, h, w = planes.shape
    out = np.zeros((h, w), np.uint8)
    for y in range(h):
        for x in range(w):
            if near[y, x] == 0 or mine_weight[y, x] < 0.01 or theirs_weight[y, x] < 0.01:
                continue
            along = length = own = 0.0
            for c in range(3):
                d = theirs[c, y, x] - mine[c, y, x]
                along += d * (planes[c, y, x] - mine[c, y, x])
                length += d * d
                own += d * d * spread[c, y, x]
            if along > lean * length and along > SPREADS * np.sqrt(own):
                out[y, x] = 1
    return out


def unstained(coded: Floats, scene: Scene, layer: Layer) -> Layer:
    """
    Return ``layer`` without what nearer ones left on it: not seen, to be completed.

    Args:
        coded: (H, W, 3) log encoding.
        scene: Every layer, and where each is nearest.
        layer: One of the scene's.
    """
    nearer = [o for o in scene.layers if o.order > layer.order and o.order != WATER]
    if not nearer:
        return layer
    sky, height = layer.order == SKY, layer.seen.shape[0]
    planes = opponent(coded)
    reach = max(CORE_PX + 2, int((SKY_NEAR_SHARE if sky else NEAR_SHARE) * height))
    mine, spread, weight = local_colours(planes, shrunk(layer.seen, CORE_PX), reach)
    found = np.zeros(layer.seen.shape, np.uint8)
    for other in nearer:
        there = (scene.nearest == other.order).astype(np.uint8)
        near = grow(there, reach) & layer.seen
        theirs, _, theirs_weight = local_colours(planes, shrunk(other.seen, CORE_PX), reach)
        lean = SKY_LEAN if sky else LEAN
        found |= _leaning(planes, near, mine, spread, weight, theirs, theirs_weight, lean)
        if sky:
            found |= near & _sharp(planes[0], layer.seen)
    if not found.any():
        return layer
    around = max(AROUND_PX, int(SKY_AROUND_SHARE * height)) if sky else AROUND_PX
    left = layer.seen & (1 - grow(found, around))
    return replace(layer, seen=left) if left.any() else layer


def _sharp(grey: Floats, seen: Bytes) -> Bytes:
    """Return (H, W) 1 where ``grey`` differs from what of it is ``seen`` around."""
    radius = max(4, int(SHARP_SHARE * grey.shape[0]))
    share = seen.astype(np.float32)
    weight = np.maximum(blur(share, radius), np.float32(1e-6))
    around = blur(np.ascontiguousarray(grey * share), radius) / weight
    here = blur(np.ascontiguousarray(grey), 1)
    found: Bytes = (np.abs(here - around) > np.float32(SHARP)).astype(np.uint8)
    return found
