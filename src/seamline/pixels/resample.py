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
STRIP = 16
"""Columns at a time: of a picture 3000 high the sums of 16 are 1 MB."""


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
    if image.shape[0] == count:
        return image
    made = np.empty((count, *image.shape[1:]), np.float32)
    for strip in _strips(image):
        made[:, strip] = _strip_along_rows(image[:, strip], count)
    return made


def _strips(image: Image) -> list[slice]:
    """Return columns in strips whose sums stay in the processor's cache; each is its own."""
    return [slice(at, at + STRIP) for at in range(0, image.shape[1], STRIP)]


def _strip_along_rows(image: Image, count: int) -> Image:
    rows = image.shape[0]
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


def desqueezed(image: Image, pixel_aspect: float) -> Image:
    """
    Return ``image`` (H, W, C) as (H, W', C) with square pixels, for looking at.

    Args:
        image: Scene-linear; what is not finite becomes 0, or 65504.
        pixel_aspect: Width of a pixel over its height; at 1 the image comes back as it is.
    """
    if pixel_aspect == 1:
        return image
    finite: Image = np.nan_to_num(image, nan=0.0, posinf=65504.0, neginf=0.0)
    return resized(finite, image.shape[0], max(1, round(image.shape[1] * pixel_aspect)))


def resized_part(
    part: Image, corner: tuple[int, int], full: tuple[int, int], size: tuple[int, int]
) -> tuple[Image, tuple[int, int]]:
    """
    Return what a part of a picture becomes when the whole of it is brought to ``size``.

    Args:
        part: (h, w, C) scene-linear, finite; a box cut out of the whole picture.
        corner: Row and column of its upper left pixel in the whole picture.
        full: Rows and columns of the whole picture.
        size: Rows and columns that the whole picture is brought to.

    Returns:
        The rows and columns of the result that the part reaches, each the mean of what
        the part covers of it, and the row and column of the first.
    """
    rows, top = _part_of_rows(part, corner[0], full[0], size[0])
    columns, left = _part_of_rows(rows.swapaxes(0, 1), corner[1], full[1], size[1])
    return columns.swapaxes(0, 1), (top, left)


def _part_of_rows(image: Image, first: int, full: int, count: int) -> tuple[Image, int]:
    rows = image.shape[0]
    top, end = first * count // full, -(-(first + rows) * count // full)
    if count == full:
        return image, top
    edges = np.clip(np.arange(top, end + 1) * (full / count) - first, 0, rows)
    made = np.empty((end - top, *image.shape[1:]), np.float32)
    for strip in _strips(image):
        made[:, strip] = _strip_between(image[:, strip], edges)
    return made, top


def _strip_between(image: Image, edges: NDArray[np.float64]) -> Image:
    rows = image.shape[0]
    sums = np.zeros((rows + 1, *image.shape[1:]), np.float64)
    np.cumsum(image, axis=0, dtype=np.float64, out=sums[1:])
    whole = np.minimum(np.floor(edges).astype(np.int64), rows - 1)
    share = (edges - whole).reshape(-1, *[1] * (image.ndim - 1))
    at = sums[whole] + share * (sums[whole + 1] - sums[whole])
    covered = np.maximum(edges[1:] - edges[:-1], 1e-9).reshape(-1, *[1] * (image.ndim - 1))
    mean: Image = ((at[1:] - at[:-1]) / covered).astype(np.float32)
    held: Image = np.minimum(np.maximum(mean, image.min(axis=0)), image.max(axis=0))
    return held
