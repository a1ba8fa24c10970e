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
Floats = NDArray[np.float64]
FEWEST = 400
RIM_PX = 7
"""What the coarse band reaches: no nearer to the border of what both show."""
CLEAR = 0.5
"""Least fine detail of the plate over its grain in that band: with less, what a painter adds of
its own outweighs what the plate has."""
TELLING_STOPS = 0.08
"""Least fine detail, in stops, that the plate itself loses under a box of three pixels: where
it loses less it is soft already, and a pixel more of softness changes nothing one sees."""
SURE = 2.0
"""Standard errors that are taken off: what is hardly known raises no alarm."""
DOUBT_PX2 = 0.1
"""Largest standard error of a blur, px squared; a pixel wide box has .67."""
CELL_PX = 16
"""What chance does is told by leaving out squares of this size, one after another: twice what
the coarse band reaches, so that neighbours know little of one another."""
BOX_PX2 = 2 / 3
"""Variance of that box, px squared."""
STILL = 5.0
"""Times the usual change between two frames: what changes more moves by itself."""
_FLOOR = np.float32(0.01)


def detail_apart(plate: Image, again: Image, painted: Image, mask: Mask) -> float | None:
    """
    Return by how wide a blur ``painted`` is softer than ``plate``: pixels, standard deviation.

    At the least, two standard errors taken off. Below 0 it is sharper. The loss of fine detail
    against coarse, in stops, is held against what the plate itself would lose under a small
    box: so it says nothing of contrast, and a pixel is a pixel in a crisp plate and in a soft
    one.

    Args:
        plate: (H, W) scene-linear luminance of a frame.
        again: (H, W) of another frame of the same view: other grain, the same detail.
        painted: (H, W) without grain.
        mask: (H, W), where all three stand.

    Returns:
        None with fewer than 400 pixels away from the border of ``mask`` that stand still, where
        the plate has too little fine detail beside its grain, or where chance weighs too much.

    Source: the delete-one jackknife (B. Efron, C. Stein, The Jackknife Estimate of Variance,
        The Annals of Statistics 9, 1981), over squares.
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
    powers = np.stack(
        [
            _by_cell(a[k] * b[k], inner)
            for a, b in ((one, other), blurred, (mine, mine))
            for k in (0, 1)
        ]
    )
    whole = powers.sum(axis=1)
    lost, own = _lost(whole)
    without, _ = _lost(whole[:, None] - powers)
    count = powers.shape[1]
    doubt = float(np.sqrt((count - 1) / count * ((without - without.mean()) ** 2).sum()))
    if not (float(own) >= TELLING_STOPS and doubt <= DOUBT_PX2):
        return None
    least = max(abs(float(lost)) - SURE * doubt, 0.0)
    return float(np.copysign(np.sqrt(least), lost))


def _by_cell(power: Image, inner: Mask) -> Floats:
    """Return (N,) sums of (H, W) over the squares in which something is ``inner``."""
    rows, columns = (np.arange(0, n, CELL_PX) for n in inner.shape)
    sums, counts = (
        np.add.reduceat(np.add.reduceat(v, rows, axis=0), columns, axis=1)
        for v in (np.where(inner, power, 0).astype(np.float64), inner.astype(np.float64))
    )
    found: Floats = sums[counts > 0]
    return found


def _lost(powers: Floats) -> tuple[Floats, Floats]:
    """
    Return by what blur the painted side is softer, px squared, and what a box takes, stops.

    Args:
        powers: (6, ...) of the fine and the coarse band: the plate's, its own under a box, and
            the painted one's.
    """
    fine = 0.5 * np.log2(np.maximum(powers[::2], 1e-12) / np.maximum(powers[1::2], 1e-12))
    own: Floats = fine[0] - fine[1]
    return (fine[0] - fine[2]) / np.maximum(own, 1e-3) * BOX_PX2, own


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
