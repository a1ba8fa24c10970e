"""
Loose pieces: what a card's edge left hanging in the air.

Before a dark rock a few twigs of a wood are part of it; set before the sky they float. Cut
at a join, a treetop stands on the other silhouette's sky. What is not connected to the body
of what is shown is left out.
"""

from __future__ import annotations

import numpy as np

from seamline.generators.patch.cards.areas import large_parts, reached
from seamline.generators.patch.resample import Bytes, Floats, grow

LEAST_PART = 0.002
"""What is smaller than this share of the largest solid piece is no body: 200 of the 100,000 px
that a wood has at 1K; the smallest tree that stands alone in the house's cards has 3,000."""
HELD = 0.3
"""What is thinner than this connects nothing."""
SOFT_PX = 2
"""A soft edge goes on so far beyond it."""


def grounded(alpha: Floats) -> Floats:
    """Return ``alpha`` (H, W), 0 where it is connected to no body of what is shown."""
    solid = (alpha > np.float32(0.5)).astype(np.uint8)
    if not solid.any():
        return alpha
    body = large_parts(solid, LEAST_PART)
    held: Bytes = reached((alpha > np.float32(HELD)).astype(np.uint8), body)
    found: Floats = np.where(grow(held, SOFT_PX) > 0, alpha, np.float32(0))
    return np.ascontiguousarray(found, np.float32)
