"""
Crumbs: what is left of a wood, or of what lies behind it, along a crest once it is cut.

Snow between the last trees of a slope: beyond it, a scrap of the wood stays in the card
and hangs in the air wherever the wood is moved to; on this side, a white crumb stays among
the trees. A scrap that hangs on the wood by no more than a thread is none of the card. What
is paler than anything of the wood's own around it counts as hidden: wood is woven there.
"""

from __future__ import annotations

import numpy as np

from seamline.generators.patch.cards.areas import large_parts, nearest, reached
from seamline.generators.patch.cards.cut import local_colours, opponent
from seamline.generators.patch.cards.edges import shrunk
from seamline.generators.patch.cards.gaps import DEPTH_SHARE
from seamline.generators.patch.resample import Bytes, Floats, grow

THREAD_SHARE = 0.0035
"""What is no thicker than twice this, of the height, holds nothing: a thread, a twig."""
SCRAP_SHARE = 0.01
"""A part smaller than this share of the largest is a scrap; a lone tree is more."""
PALER = 4.0
"""So many spreads of its own colours above them is no leaf in the sun: it is snow, or sky."""
AROUND_PX = 1
"""Its light in the pixels beside it."""


def scraps(full: Bytes) -> Bytes:
    """
    Return (H, W) 1 for the scraps of ``full``: what hangs by a thread, or on nothing.

    A tip, however thin, belongs to the solid part that is nearest to it.
    """
    left = full
    # The thinnest first: a knob on a thin neck has no core of its own to thicker threads.
    for radius in range(1, max(1, int(THREAD_SHARE * full.shape[0] + 0.5)) + 1):
        left = _without_scraps(left, radius)
    result: Bytes = full & (1 - left)
    return result


def _without_scraps(full: Bytes, radius: int) -> Bytes:
    solid = shrunk(full, radius)
    if not solid.any():
        return full
    large = large_parts(solid, SCRAP_SHARE)
    rows, columns = nearest(solid)
    own: Bytes = full & large[rows, columns]
    found: Bytes = reached(own, large)
    return found


def pale(coded: Floats, mine: Bytes, outside: Bytes) -> Bytes:
    """
    Return (H, W) 1 for pixels of ``mine`` near a silhouette that are too pale to be its own.

    Args:
        coded: (H, W, 3) log encoding.
        mine: (H, W) 1 where the layer itself was photographed.
        outside: (H, W) 1 where the layer ends by its silhouette.
    """
    depth = max(2, int(2 * DEPTH_SHARE * mine.shape[0]))
    near: Bytes = grow(outside, depth) & mine
    if not near.any():
        return near
    planes = opponent(coded)
    middle, spread, weight = local_colours(planes[:1], shrunk(mine, depth), 3 * depth)
    over = planes[0] - middle[0] - np.float32(PALER) * np.sqrt(spread[0])
    found = near & (over > 0) & (weight > np.float32(0.01))
    result: Bytes = grow(found.astype(np.uint8), AROUND_PX) & mine
    return result
