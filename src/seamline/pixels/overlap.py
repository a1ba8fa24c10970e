"""
The overlap: what was painted over plate that could be seen, beside that plate.

Both show the same surface, one painted and one photographed: never the same detail, but the
same light. So both are softened until detail is gone, and compared in ratios. Everything is
scene-linear, in one space.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.grain.box import box_mean

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]
SOFT_PX = 4
"""Half width of the two boxes that take detail out."""
DARKEST, BRIGHTEST = 0.004, 8.0
"""Darker, noise decides; brighter, sensors and panoramas clip."""
FEWEST = 400
DARK_SHARE = 0.15
_FLOOR = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """
    How the painted side of an overlap differs from the plate it covers.

    Attributes:
        stops: Painted over plate, in stops; the middle of the three channels' medians.
        gains: Painted over plate, per channel.
        black: What the painted side has more of in the darkest parts, scene-linear, once it
            is brought to the plate's exposure; None where nothing is dark.
        pixels: How many were compared.
    """

    stops: float
    gains: tuple[float, float, float]
    black: float | None
    pixels: int


def compared(plate: Image, painted: Image, mask: Mask) -> Overlap | None:
    """
    Return how ``painted`` differs from ``plate`` where both show one surface.

    Args:
        plate: (H, W, 3) scene-linear; what is not finite is left out.
        painted: (H, W, 3), the same space.
        mask: (H, W), where both stand.

    Returns:
        None with fewer than 400 pixels that are neither too dark nor clipped.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    plate, painted, mask = plate[part], painted[part], mask[part].copy()
    mask &= np.isfinite(plate).all(axis=-1) & np.isfinite(painted).all(axis=-1)
    a, b = (softened(side, mask) for side in (plate, painted))
    both = mask & _between(a) & (b.min(axis=-1) > _FLOOR)
    if int(both.sum()) < FEWEST:
        return None
    apart = np.median(np.log2(b[both] / a[both]), axis=0)
    red, green, blue = (float(2.0**v) for v in apart)
    return Overlap(
        stops=float(np.median(apart)),
        gains=(red, green, blue),
        black=_black(a, b, mask, green),
        pixels=int(both.sum()),
    )


def softened(side: Image, mask: Mask) -> Image:
    """Return the mean over about nine pixels, of what ``mask`` shows alone."""
    held = np.where(mask[..., None], side, np.float32(0))
    weight = mask.astype(np.float32)
    for _ in range(2):
        held, weight = box_mean(held, SOFT_PX), box_mean(weight, SOFT_PX)
    return np.asarray(held / np.maximum(weight, np.float32(1e-3))[..., None], np.float32)


def _between(a: Image) -> Mask:
    inside: Mask = (a.min(axis=-1) > DARKEST) & (a.max(axis=-1) < BRIGHTEST)
    return inside


def _black(a: Image, b: Image, mask: Mask, gain: float) -> float | None:
    """Return what the darkest of ``b`` has more of than ``a`` at the same exposure."""
    green, other = a[..., 1], b[..., 1] / np.float32(max(gain, 1e-6))
    seen = mask & (green > 0)
    if int(seen.sum()) < FEWEST:
        return None
    # By both together: beside the darkest of one side the other is brighter, whichever it is.
    both = green + other
    dark = seen & (both <= np.quantile(both[seen], DARK_SHARE))
    if float(np.median(green[dark])) > 0.05:
        return None
    return float(np.median(other[dark] - green[dark]))
