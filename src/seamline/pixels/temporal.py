"""
What a sequence does over time that a still does not show: flicker, and grain.

Frames are scene-linear and already lie on one another. Where the camera moves, the caller has
followed it: by whole pixels for grain, so that it stays what it was, and exactly for levels,
so that an edge which moves by part of a pixel is no change of light.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.grain.box import box_mean, slopes

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
CELL_PX = 16
FEWEST_CELLS = 12
HUBER, HUBER_STEPS = 1.5, 6
DARKEST = 0.004
BANDS = 12
FLATTEST = 0.35
BARE, BARE_PX = 1.5, 3
"""How much more may stand there than grain alone would leave, and over how wide a square."""
USUAL, EDGE, STIRRED = 0.1, 16.0, 2.0
"""Of one brightness a tenth of the places changes less than what is usual. Where more than 16
times that changes an edge went by, beside which hardly anything stands: it is not bare. Where a
model tells sigma, it is not from twice on."""
MOST = 6.0
"""Sigmas; a value beyond counts as that."""
FEWEST, FEWEST_BARE = 300, 150
"""Pixels a band on either side. Under a moving camera bare places are few: bands are as many as
they fill, and what so few may be off by chance is taken off."""
SURE, DOUBT = 2.0, 2.05
"""Standard errors that are taken off, and one of them of the log of a ratio, times the root of
the values on a side: 1.16 of a median deviation, whose efficiency is .37, root 2 for two sides,
1.25 for the middle of bands, .64 (P. J. Huber, Robust Statistics, 1981)."""
LEAST_RATIO, LEAST_LOG = 1e-3, -6.9
"""Less grain than a thousandth of the plate's is none."""


def level_change(before: Image, after: Image, mask: Mask) -> float | None:
    """
    Return by how much ``after`` is brighter than ``before``, as a share (.005 is .5 %).

    Cells of 16 pixels are summed, and one gain is fitted to all of them, each weighed as shot
    noise allows. What moves by itself departs from that gain: such cells count for less the
    farther they do (Huber's weights), and their own scatter says what far is.

    Args:
        before: (H, W) light of one frame.
        after: (H, W) the next, on the same pixels.
        mask: (H, W), what is looked at; a cell must lie in it by half.

    Returns:
        None with fewer than 12 cells brighter than .004.

    Source:
        P. J. Huber, Robust Estimation of a Location Parameter, Ann. Math. Stat. 35, 1964.
    """
    rows, columns = (n // CELL_PX * CELL_PX for n in mask.shape)
    if not rows or not columns:
        return None
    seen = mask & np.isfinite(before) & np.isfinite(after)
    count, one, other = (
        _cells(np.where(seen, v, 0)[:rows, :columns].astype(np.float64))
        for v in (np.ones_like(before), before, after)
    )
    held = (count >= CELL_PX * CELL_PX / 2) & (one > DARKEST * count)
    if int(held.sum()) < FEWEST_CELLS:
        return None
    return _gain(one[held], other[held]) - 1


def _gain(one: Floats, other: Floats) -> float:
    """Return ``other`` over ``one``; the variance of a cell is its light's."""
    gain = float(np.median(other / one))
    for _ in range(HUBER_STEPS):
        off = np.abs(other - gain * one) / np.sqrt(one)
        usual = max(1.4826 * float(np.median(off)), 1e-12)
        weight = np.minimum(1.0, HUBER * usual / np.maximum(off, 1e-12))
        gain = float((weight * other).sum() / (weight * one).sum())
    return gain


def level_spread(changes: Sequence[float]) -> float:
    """Return how far levels that change so from frame to frame spread about their mean, rms."""
    levels = np.concatenate([[0.0], np.cumsum(changes)])
    return float(levels.std(ddof=1)) if len(levels) > 1 else 0.0


def _cells(plane: Floats) -> Floats:
    height, width = plane.shape
    cells = plane.reshape(height // CELL_PX, CELL_PX, width // CELL_PX, CELL_PX)
    return np.asarray(cells.sum(axis=(1, 3)))


def grain_ratio(
    frames: Sequence[Image],
    painted: Mask,
    live: Mask,
    *,
    followed: bool = False,
    told: Image | None = None,
) -> float | None:
    """
    Return how strong the grain of ``painted`` is over that of ``live``, at like signal.

    What a pixel does around its mean over the frames is its grain. Only flat places are
    looked at, in bands of brightness that both sides have; of each band the median absolute
    value is compared, and the bands are weighed by the smaller of their two sides.

    Args:
        frames: Two or more (H, W, 3) on the same pixels; four are usual.
        painted: (H, W), what was generated.
        live: (H, W), the plate.
        followed: Whether the frames were brought onto one another by whole pixels: detail then
            changes like grain, and only places that show none are looked at.
        told: (H, W, 3) sigma that a model of the plate's grain tells, where they were followed:
            both sides are held against it at their own brightness, and no place of the plate
            is bare that changes much more.

    Returns:
        None where no band of brightness has 300 flat pixels on either side, or 150 of a camera
        that moves; of that two standard errors are taken off. 0 is no grain.
    """
    mean, rest, finite = _apart(frames)
    fewest = FEWEST_BARE if followed else FEWEST
    logs, weights = [], []
    for c in range(3):
        soft, steep = _softened(mean[..., c])
        seen = finite & (soft > DARKEST)
        sides = [side & seen for side in (painted, live)]
        unit = np.sqrt(np.maximum(soft, DARKEST)) if told is None else told[..., c]
        if followed:
            fine = mean[..., c] - soft
            # the element may have more grain than its plate: nothing is told of it
            most = (None, None) if told is None else (np.full_like(soft, np.inf), told[..., c])
            sides = [
                _bare(fine, rest[..., c], soft, side, own)
                for side, own in zip(sides, most, strict=True)
            ]
        there = min(int(side.sum()) for side in sides)
        if there < fewest:
            continue
        bands = int(np.clip(FLATTEST * there / fewest, 1, BANDS)) if followed else BANDS
        edges = np.quantile(soft[sides[0] | sides[1]], np.linspace(0, 1, bands + 1)[1:-1])
        band = np.searchsorted(edges, soft)
        for k in range(bands):
            found = [_calm(side & (band == k), steep) for side in sides]
            count = min(int(f.sum()) for f in found)
            if count < fewest:
                continue
            mine, plate = (_spread(rest[..., c], unit, f) for f in found)
            if plate > 0:
                logs.append(np.log(max(mine / plate, LEAST_RATIO)))
                weights.append(count)
    if not logs:
        return None
    log, values = _middle(logs, weights)
    if log <= LEAST_LOG:
        return 0.0
    return float(np.exp(_sure(log, values, len(frames)) if followed else log))


def grain_over(frames: Sequence[Image], painted: Mask, told: Image) -> float | None:
    """
    Return how strong the grain of bare places of ``painted`` is over what a model tells.

    Args:
        frames: Two or more (H, W, 3), brought onto one another by whole pixels.
        painted: (H, W), what was generated.
        told: (H, W, 3) sigma that the model tells.

    Returns:
        None with fewer than 150 bare pixels; two standard errors are taken off.
    """
    mean, rest, finite = _apart(frames)
    kept = 1 - 1 / len(frames)
    logs, weights = [], []
    for c in range(3):
        soft, steep = _softened(mean[..., c])
        seen = painted & finite & (soft > DARKEST) & (told[..., c] > 0)
        most = np.full_like(soft, np.inf)
        bare = _calm(_bare(mean[..., c] - soft, rest[..., c], soft, seen, most), steep)
        if (count := int(bare.sum())) < FEWEST_BARE:
            continue
        z = np.minimum(rest[:, bare, c] / told[bare, c], MOST)
        power = float(np.mean(z * z, dtype=np.float64)) / kept
        logs.append(np.log(max(power, LEAST_RATIO**2)) / 2)
        weights.append(count)
    if not logs:
        return None
    log, values = _middle(logs, weights)
    return 0.0 if log <= LEAST_LOG else float(np.exp(_sure(log, values, len(frames))))


def _apart(frames: Sequence[Image]) -> tuple[Image, Image, Mask]:
    """Return the mean over time, how far from it every frame is, and where all are finite."""
    stack = np.stack(frames)
    finite: Mask = np.logical_and.reduce(np.isfinite(stack), axis=(0, 3))
    stack = np.where(finite[None, ..., None], stack, np.float32(0))
    mean: Image = stack.mean(axis=0)
    return mean, np.abs(stack - mean), finite


def _softened(mean: Image) -> tuple[Image, Image]:
    """Return (H, W) light over three pixels, and how steep it is beside itself."""
    soft: Image = box_mean(mean, 1)
    across, down = slopes(box_mean(soft, 1))
    rise = np.hypot(across, down) / np.maximum(soft, np.float32(DARKEST))
    return soft, rise.astype(np.float32)


def _sure(log: float, values: float, frames: int) -> float:
    """Return the logarithm of a ratio less what chance may do to it."""
    doubt = DOUBT / float(np.sqrt(values * (frames - 1)))
    return float(np.copysign(max(abs(log) - SURE * doubt, 0.0), log))


def _middle(values: Sequence[float], weights: Sequence[int]) -> tuple[float, float]:
    """Return the weighted median, and all of the weight."""
    order = np.argsort(values)
    share = np.cumsum(np.array(weights, np.float64)[order])
    middle = order[int(np.searchsorted(share, share[-1] / 2))]
    return float(values[middle]), float(share[-1])


def _bare(fine: Image, rest: Image, soft: Image, side: Mask, told: Image | None = None) -> Mask:
    """
    Return where in ``side`` what stands is no more than grain leaves of itself in a mean.

    Of white grain (1 - 1/9) / N of its variance is left in the mean of N frames, less its own
    mean over nine pixels. Grain's variance is what changes there; where a sigma is ``told``, no
    more than that, nor than what usually changes at that brightness.
    """
    if not side.any():
        return side
    count = len(rest)
    stands = box_mean(fine * fine, BARE_PX)
    changes = box_mean((rest * rest).sum(axis=0) / np.float32(count - 1), BARE_PX)
    edges = np.quantile(soft[side], np.linspace(0, 1, BANDS + 1)[1:-1])
    band = np.searchsorted(edges, soft)
    usual = np.zeros(BANDS, np.float32)
    for k in range(BANDS):
        here = changes[side & (band == k)]
        usual[k] = np.quantile(here, USUAL) if len(here) else 0.0
    if told is None:
        bare: Mask = side & (changes <= EDGE * usual[band])
        bare &= stands <= BARE * (8 / 9) / count * changes
        return bare
    most = np.minimum(usual[band], told * told)
    bare = side & (changes <= STIRRED * most)
    bare &= stands <= BARE * (8 / 9) / count * np.minimum(changes, most)
    return bare


def _calm(where: Mask, steep: Image) -> Mask:
    if not where.any():
        return where
    calm: Mask = where & (steep <= np.quantile(steep[where], FLATTEST))
    return calm


def _spread(rest: Image, unit: Image, where: Mask) -> float:
    """Return the usual grain in a band, over a unit: the root of its light for shot noise."""
    return float(np.median(rest[:, where] / unit[where]))
