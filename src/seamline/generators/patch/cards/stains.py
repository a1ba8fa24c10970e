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
from seamline.generators.patch.cards.areas import large_parts
from seamline.generators.patch.cards.cut import local_colours, opponent
from seamline.generators.patch.cards.edges import shrunk
from seamline.generators.patch.cards.layers import FAR, LEAST_PART, SKY, WATER, Layer, Scene
from seamline.generators.patch.resample import Bytes, Floats, blur, grow
from seamline.generators.patch.specks import beside, thin_dark

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
TWIG_SHARE, TWIG = 0.003, 0.01
"""A twig is no thicker than twice this share of the height, and darker than its sky by a sixth
of a stop: three times the grain of clear skies."""
TWIG_SPREADS = 2.0
"""Before a range, and darker than it is anywhere around by so many of its spreads."""
TWIG_NEAR_SHARE = 0.12
"""And grows so far out of what stands before it, of the height."""
SCRAP_PX = 6
"""What is thinner than twice this between two stains is light of both."""
NARROW_SHARE = 0.065
"""Sky no wider than twice this, of the height, between two things that stand before it is
theirs: their light is in it. Led on from there a sky had blue smudges, one to each gap of a
city."""
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
    theirs_near = np.zeros_like(found)
    for other in nearer:
        there = (scene.nearest == other.order).astype(np.uint8)
        near = grow(there, reach) & layer.seen
        theirs, _, theirs_weight = local_colours(planes, shrunk(other.seen, CORE_PX), reach)
        lean = SKY_LEAN if sky else LEAN
        found |= _leaning(planes, near, mine, spread, weight, theirs, theirs_weight, lean)
        if sky:
            found |= near & _sharp(planes[0], layer.seen)
        theirs_near |= grow(there, int(TWIG_NEAR_SHARE * height)) & layer.seen
    if sky:
        left = _clear_sky(layer.seen, found | (theirs_near & _thin(coded)))
    else:
        left = layer.seen & (1 - grow(found, AROUND_PX))
        left = _without_scraps(left) if found.any() else left
    if layer.order == FAR:
        dark = _darker(planes[0], mine[0], spread[0]) & (weight > np.float32(0.01))
        left &= 1 - grow(theirs_near & _thin(coded) & dark, AROUND_PX)
    return replace(layer, seen=left) if left.any() else layer


def _clear_sky(seen: Bytes, stained: Bytes) -> Bytes:
    """Return ``seen`` (H, W) of a sky without its stains, their glow, and what is narrow."""
    height = seen.shape[0]
    glow = max(AROUND_PX, int(SKY_AROUND_SHARE * height))
    left = (seen & (1 - grow(stained, glow))).astype(np.uint8)
    radius = max(2, int(NARROW_SHARE * height))
    share = left.astype(np.float32)
    wide: Bytes = (beside(beside(share, radius, -1.0), radius, 1.0) > 0).astype(np.uint8)
    return wide


def _thin(coded: Floats) -> Bytes:
    """Return (H, W) 1 for twigs: thin, and darker than the sky on both sides."""
    radius = max(2, int(TWIG_SHARE * coded.shape[0] + 0.5))
    dark = thin_dark(np.ascontiguousarray(coded), radius)
    found: Bytes = (dark > np.float32(TWIG)).astype(np.uint8)
    return found


def _darker(grey: Floats, middle: Floats, spread: Floats) -> Bytes:
    """Return (H, W) 1 for what is darker than the layer's own shadows: a range has cracks."""
    found: Bytes = (grey < middle - np.float32(TWIG_SPREADS) * np.sqrt(spread)).astype(np.uint8)
    return found


def _without_scraps(seen: Bytes) -> Bytes:
    """Return ``seen`` (H, W) without what is left of it among stains: scraps and fringes."""
    core = large_parts(shrunk(seen, SCRAP_PX), LEAST_PART)
    found: Bytes = seen & grow(core, SCRAP_PX + 1)
    return found


def _sharp(grey: Floats, seen: Bytes) -> Bytes:
    """Return (H, W) 1 where ``grey`` differs from what of it is ``seen`` around."""
    radius = max(4, int(SHARP_SHARE * grey.shape[0]))
    share = seen.astype(np.float32)
    weight = np.maximum(blur(share, radius), np.float32(1e-6))
    around = blur(np.ascontiguousarray(grey * share), radius) / weight
    here = blur(np.ascontiguousarray(grey), 1)
    found: Bytes = (np.abs(here - around) > np.float32(SHARP)).astype(np.uint8)
    return found
