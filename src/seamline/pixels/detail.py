"""
Detail: whether what was painted over plate rises as finely as the plate does.

Both are taken apart into bands, fine and coarse, of log light. A picture's own measure is how
much there is in the fine band against the coarse one: what it shows, and how contrasty it is,
weighs on both. The plate's grain is told from its detail by a second frame of the same view:
what both have in common is no grain.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.grain.box import box_mean, smoothed

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]
FEWEST = 400
RIM_PX = 7
"""What the coarse band reaches: no nearer to the border of what both show."""
CLEAR = 4.0
"""Least fine detail of the plate over its grain in that band."""
TELLING_STOPS = 0.12
"""Least fine detail, in stops, that the plate itself loses under a box of three pixels: where
it loses less it is soft already, and a pixel more of softness changes nothing one sees."""
BOX_PX2 = 2 / 3
"""Variance of that box, px squared."""
STILL = 5.0
"""Times the usual change between two frames: what changes more moves by itself."""
_FLOOR = np.float32(0.01)


def detail_apart(plate: Image, again: Image, painted: Image, mask: Mask) -> float | None:
    """
    Return by how wide a blur ``painted`` is softer than ``plate``: pixels, standard deviation.

    Below 0 it is sharper. The loss of fine detail against coarse, in stops, is held against
    what the plate itself would lose under a small box: so it says nothing of contrast, and a
    pixel is a pixel in a crisp plate and in a soft one.

    Args:
        plate: (H, W) scene-linear luminance of a frame.
        again: (H, W) of another frame of the same view: other grain, the same detail.
        painted: (H, W) without grain.
        mask: (H, W), where all three stand.

    Returns:
        None with fewer than 400 pixels away from the border of ``mask`` that stand still, or
        where the plate has no fine detail over its grain.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    sides = [v[part] for v in (plate, again, painted)]
    seen = mask[part] & np.logical_and.reduce([np.isfinite(v) for v in sides])
    held = [np.where(seen, v, np.float32(0)) for v in sides]
    one, other, mine = (_bands(v) for v in held)
    inner = box_mean(np.pad(seen.astype(np.float32), 1), RIM_PX)[1:-1, 1:-1] > 0.999
    inner &= _still(one[1] - other[1], inner)
    if int(inner.sum()) < FEWEST:
        return None
    grain = float(((one[0] - other[0])[inner] ** 2).mean()) / 2
    if float((one[0] * other[0])[inner].mean()) <= CLEAR * grain:
        return None
    blurred = [_bands(box_mean(v, 1)) for v in held[:2]]
    own, softer, painted_has = (
        _fineness(a, b, inner) for a, b in ((one, other), blurred, (mine, mine))
    )
    if own - softer < TELLING_STOPS:
        return None
    lost = (own - painted_has) / (own - softer) * BOX_PX2
    return float(np.copysign(np.sqrt(abs(lost)), lost))


def _fineness(one: tuple[Image, Image], other: tuple[Image, Image], inner: Mask) -> float:
    """Return fine over coarse detail, stops, of what two frames have in common."""
    fine, coarse = (float((one[k] * other[k])[inner].mean()) for k in (0, 1))
    return float(0.5 * np.log2(max(fine, 1e-12) / max(coarse, 1e-12)))


def _bands(light: Image) -> tuple[Image, Image]:
    """Return the fine band (up to some three pixels) and the coarse one (five to twelve)."""
    tone = np.log2(np.maximum(light, 0) + _FLOOR).astype(np.float32)
    once = smoothed(tone)
    twice = smoothed(once)
    soft = smoothed(smoothed(twice))
    return once - twice, soft - box_mean(box_mean(soft, 2), 1)


def _still(change: Image, inner: Mask) -> Mask:
    """Return where two frames change no more than is usual there."""
    size = np.sqrt(box_mean(change * change, 2))
    usual = float(np.median(size[inner])) if inner.any() else 0.0
    still: Mask = size <= STILL * usual + 1e-6
    return still
