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
Floats = NDArray[np.float64]


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
    return _between(image, np.arange(count + 1) * (rows / count), times=count / rows)


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
    over = np.maximum(edges[1:] - edges[:-1], 1e-9)
    return _between(image, edges, over=over), top


def _between(
    image: Image, edges: Floats, *, times: float = 1.0, over: Floats | None = None
) -> Image:
    """
    Return (E - 1, ...) what lies between two ``edges`` each, a sum of rows.

    Args:
        image: (H, ...) finite.
        edges: (E,) in rows, ascending, 0 to H.
        times: What each sum is multiplied with.
        over: (E - 1,) what it is then divided by; None is 1.

    A row at a time: the running sum stays in the processor's cache, however wide.
    """
    image = np.ascontiguousarray(image)
    whole = np.minimum(np.floor(edges).astype(np.int64), image.shape[0] - 1)
    part, shape = edges - whole, image.shape[1:]
    lowest, highest = image.min(axis=0), image.max(axis=0)
    made = np.empty((len(edges) - 1, *shape), np.float32)
    above, upto, at = np.zeros(shape), np.zeros(shape) + image[0], 0
    before, here = np.empty(shape), np.empty(shape)
    for n, row in enumerate(whole.tolist()):
        while at < row:
            at += 1
            above, upto = upto, above
            np.add(above, image[at], out=upto)
        np.subtract(upto, above, out=here)
        here *= part[n]
        here += above
        if n:
            np.subtract(here, before, out=before)
            before *= times
            if over is not None:
                before /= over[n - 1]
            light = made[n - 1]
            np.copyto(light, before, casting="same_kind")
            # A difference of sums is off by their last bit, which beside a sun is below black.
            np.minimum(np.maximum(light, lowest, out=light), highest, out=light)
        before, here = here, before
    return made
