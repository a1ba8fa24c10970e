"""
The painted margin: what it tells beyond an offset, where it tells that.

Painted over plate that the painter could see and did not copy, so every pixel has a
photographed twin; but the twin is another stone of the same wall. What a comparison says is
therefore held against parts of the margin that it was not made on.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.cdl import apply_cdl, fit_pairs
from seamline.pixels.picture import Image, finite_pixels
from seamline.show.cdl import CDL, RGB

Mask = NDArray[np.bool_]
BETTER = 0.9
"""Slope, power and saturation must leave less than this of what an offset leaves, on parts of
the margin that they were not fitted on."""
STRIPS = 8
FEWEST = 100


def whole_cdl(painted: Image, plate: Image, mask: Mask, offset: CDL) -> CDL | None:
    """
    Return the whole CDL that takes ``painted`` to ``plate``; None where an offset does as well.

    Args:
        painted: (H, W, 3) in the CDL's space.
        plate: (H, W, 3) the same view, photographed.
        mask: (H, W) where they are to be compared; cut into eight upright strips, of which
            every other one is fitted on and the others are judged on, both ways round.
        offset: The offset alone; its id and description are kept.
    """
    rows, columns = np.nonzero(mask)
    if not len(columns):
        return None
    low, high = int(columns.min()), int(columns.max()) + 1
    odd = (columns - low) * STRIPS // (high - low) % 2 == 1
    before, after = painted[rows, columns], plate[rows, columns]
    whole = alone = 0.0
    for judged in (odd, ~odd):
        if judged.sum() < FEWEST or (~judged).sum() < FEWEST:
            return None
        part = fit_pairs(before[~judged], after[~judged], id=offset.id)
        if not part.sure:
            return None
        moved = np.median(after[~judged] - before[~judged], axis=0)
        whole += _apart(apply_cdl(before[judged], part.cdl), after[judged])
        alone += _apart(before[judged] + moved, after[judged])
    if not whole < BETTER * alone:
        return None
    fit = fit_pairs(before, after, id=offset.id, description=offset.description)
    return fit.cdl if fit.sure else None


def _apart(a: Image, b: Image) -> float:
    return float(np.nanmedian(np.abs(a - b)))


def lifted_black(painted: Image, plate: Image, mask: Mask) -> tuple[RGB, RGB] | None:
    """
    Return by how much the plate's darkest parts are brighter, and how sure that is.

    Args:
        painted: (H, W, 3) scene-linear, colour already matched.
        plate: (H, W, 3) the same view, photographed.
        mask: (H, W) where they are to be compared.

    Returns:
        Per channel the median difference over the darkest tenth of the painted pixels, and
        its standard error over 8 px blocks; None with fewer than 200 of them, or 12 blocks.
    """
    there = mask & finite_pixels(painted) & finite_pixels(plate)
    light = painted.mean(axis=-1)
    if int(there.sum()) < 2000:
        return None
    dark = there & (light <= np.quantile(light[there], 0.1))
    rows, columns = np.nonzero(dark)
    block = rows // 8 * (painted.shape[1] // 8 + 1) + columns // 8
    apart = (plate - painted)[dark].astype(np.float64)
    names, place = np.unique(block, return_inverse=True)
    if len(names) < 12:
        return None
    means = np.stack(
        [np.bincount(place, apart[:, c]) / np.bincount(place) for c in range(3)], axis=1
    )
    middle = np.median(means, axis=0)
    spread = 1.4826 * np.median(np.abs(means - middle), axis=0)
    error = 1.2533 * spread / math.sqrt(len(names))
    return _three(middle), _three(error)


def _three(values: NDArray[np.float64]) -> RGB:
    r, g, b = (float(v) for v in values)
    return (r, g, b)
