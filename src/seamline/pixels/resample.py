"""
Making a picture smaller without inventing light.

A box that weighs every pixel by how much of it is covered: the result never
leaves the range of what it was made from (a cubic overshoots a sun several
times over), and light is conserved.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]


def resized(image: Image, height: int, width: int) -> Image:
    """
    Return ``image`` (H, W, C) at (height, width, C), float32, by area.

    Args:
        image: Scene-linear, finite.
        height: Rows wanted.
        width: Columns wanted.

    Enlarging repeats light evenly over the larger grid and mixes at the borders of
    pixels.
    """
    return _along_rows(_along_rows(image, height).swapaxes(0, 1), width).swapaxes(0, 1)


def _along_rows(image: Image, count: int) -> Image:
    rows = image.shape[0]
    if rows == count:
        return image
    sums = np.zeros((rows + 1, *image.shape[1:]), np.float64)
    np.cumsum(image, axis=0, dtype=np.float64, out=sums[1:])
    edges = np.arange(count + 1) * (rows / count)
    whole = np.minimum(np.floor(edges).astype(np.int64), rows - 1)
    part = (edges - whole).reshape(-1, *[1] * (image.ndim - 1))
    at = sums[whole] + part * (sums[whole + 1] - sums[whole])
    light: Image = ((at[1:] - at[:-1]) * (count / rows)).astype(np.float32)
    # A difference of sums is off by their last bit, which beside a sun is below black.
    held: Image = np.minimum(np.maximum(light, image.min(axis=0)), image.max(axis=0))
    return held
