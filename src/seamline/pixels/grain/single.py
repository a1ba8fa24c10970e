"""
A guess at grain from one frame: what flat places hold beside their own mean.

Without a second frame grain cannot be told from detail. Only the flattest places of every
brightness are taken, which are also those where the grain happens to be weak; and their
mean takes the slow part of the grain with it. So sigma comes out too low: .55 to .81 of what
it is on simulated plates.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.grain.box import box_mean, finite
from seamline.pixels.grain.rests import Rests
from seamline.pixels.picture import Image

RADIUS = 2
"""The mean is over 5 x 5 pixels: over more, detail counts as grain."""
KEPT = 0.06
"""Share of the pixels of each brightness that count as flat."""
_BANDS = 16


def single_rests(frame: Image, mask: NDArray[np.bool_] | None = None) -> Rests:
    """Return what the flattest places of a (H, W, 3) frame hold beside their own mean."""
    whole = finite(frame, 2)
    valid = whole if mask is None else whole & mask
    picture = np.where(whole[..., None], frame, np.float32(0)).astype(np.float32)
    mean = box_mean(picture, RADIUS)
    rests = picture - mean
    unrest = box_mean((rests * rests), RADIUS)
    kept = valid.copy()
    for c in range(3):
        kept &= _flattest(unrest[..., c], mean[..., c], valid)
    return Rests(
        signal=mean, detail=np.zeros_like(mean), rests=rests[None], valid=kept[None], taken=0.0
    )


def _flattest(
    unrest: NDArray[np.float32], light: NDArray[np.float32], valid: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    if not valid.any():
        return valid
    share = KEPT ** (1 / 3)  # of each channel, so that all three agree on about KEPT
    edges = np.unique(np.quantile(light[valid], np.linspace(0, 1, _BANDS + 1)))
    band = np.clip(np.searchsorted(edges, light, side="right") - 1, 0, max(len(edges) - 2, 0))
    kept = np.zeros_like(valid)
    for k in range(max(len(edges) - 1, 1)):
        here = valid & (band == k)
        if here.any():
            kept |= here & (unrest <= np.quantile(unrest[here], share))
    return kept
