"""Where two pictures differ, and by how much, as a viewer would see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import Image
from seamline.show.review import Place

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """
    How two pictures of one size differ.

    Attributes:
        share: Of the pixels that are not the same bits, 0 to 1.
        mean: Mean absolute difference of all values, in the encoding they were compared in.
        largest: The largest one.
        place: The box around all that differs, x, y, width, height; None where nothing is.
    """

    share: float
    mean: float
    largest: float
    place: Place | None


def difference(a: Image, b: Image) -> tuple[Difference, Image]:
    """
    Return how two pictures differ, and (H, W) the largest difference of each pixel.

    Args:
        a: (H, W, C) float32, log-coded, so that a difference counts as it is seen.
        b: Likewise.

    Returns:
        NaN counts as equal to NaN, and as different from everything else, by 1.
    """
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore"):
        apart: Image = np.where(same, np.float32(0), np.abs(a - b)).astype(np.float32)
    apart = np.where(np.isfinite(apart), apart, np.float32(1))
    each: Image = apart.max(axis=-1)
    other: Mask = ~same.all(axis=-1)
    return (
        Difference(
            share=float(other.mean()),
            mean=float(apart.astype(np.float64).mean()),
            largest=float(each.max()) if each.size else 0.0,
            place=_box(other),
        ),
        each,
    )


def _box(mask: Mask) -> Place | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    left, top = int(columns[0]), int(rows[0])
    return left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1
