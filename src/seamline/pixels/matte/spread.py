"""Carrying values on over pixels that have none: smooth, nearest first, without a seam."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
TINY = np.float32(1e-6)


def carried_on(colour: Image, weight: Image) -> Image:
    """
    Return ``colour`` (H, W, C) with pixels of weight 0 filled from those around them.

    Args:
        colour: Finite wherever it has weight.
        weight: (H, W), 0 to 1; where it is 1 the colour stays as it is.

    Returns:
        (H, W, C) float32; all 0 where no pixel has any weight.

    Source:
        Pull and push over halved pictures: S. Gortler, R. Grzeszczuk, R. Szeliski,
        M. Cohen, The Lumigraph, SIGGRAPH 1996, 3.3.
    """
    held: Image = np.minimum(weight, 1).astype(np.float32)[..., None]
    sums: Image = (np.where(held > 0, colour, np.float32(0)) * held).astype(np.float32)
    return _filled(sums, held)


def _filled(sums: Image, held: Image) -> Image:
    """Return the colour of weighted ``sums``, filled from the half-sized where it is thin."""
    height, width = held.shape[:2]
    own: Image = (sums / np.maximum(held, TINY)).astype(np.float32, copy=False)
    if max(height, width) == 1 or bool((held >= 1).all()):
        return own
    halved_sums, halved_held = halved(sums), halved(held)
    # A half-sized pixel counts whole once half of it is known.
    share: Image = (np.minimum(1, 2 * halved_held) / np.maximum(halved_held, TINY)).astype(
        np.float32
    )
    below = doubled(_filled(halved_sums * share, halved_held * share), height, width)
    filled: Image = held * own + (1 - held) * below
    return filled


def halved(picture: Image) -> Image:
    """Return ``picture`` (H, W, C) at half size, the mean of two by two; its border repeats."""
    height, width = picture.shape[:2]
    padded = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    rows = padded[0::2] + padded[1::2]
    mean: Image = (rows[:, 0::2] + rows[:, 1::2]) * np.float32(0.25)
    return mean


def doubled(picture: Image, height: int, width: int) -> Image:
    """Return ``picture`` at (height, width), about twice its size, bilinear."""
    return _doubled_rows(_doubled_rows(picture, height).swapaxes(0, 1), width).swapaxes(0, 1)


def _doubled_rows(picture: Image, count: int) -> Image:
    before = np.concatenate([picture[:1], picture[:-1]])
    after = np.concatenate([picture[1:], picture[-1:]])
    rows = np.empty((2 * len(picture), *picture.shape[1:]), np.float32)
    rows[0::2] = np.float32(0.75) * picture + np.float32(0.25) * before
    rows[1::2] = np.float32(0.75) * picture + np.float32(0.25) * after
    return rows[:count]


def smooth_field(colour: Image, weight: Image, *, levels: int) -> Image:
    """
    Return (H, W, C): ``colour`` averaged over 2 ** ``levels`` px, and carried on.

    What varies slowly stays, noise goes; pixels without weight count for nothing.
    """
    sizes = []
    held: Image = weight.astype(np.float32)[..., None]
    sums: Image = np.where(held > 0, colour, np.float32(0)) * held
    for _ in range(levels):
        if min(held.shape[:2]) < 4:
            break
        sizes.append(held.shape[:2])
        sums, held = halved(sums), halved(held)
    # Weighted by how much of each block is known, so that a noisy corner counts little.
    mean: Image = (sums / np.maximum(held, TINY)).astype(np.float32)
    field = carried_on(mean, np.minimum(np.float32(1), 4 * held[..., 0]))
    for height, width in reversed(sizes):
        field = doubled(field, height, width)
    return field


def box_mean(plane: Image, radius_px: int) -> Image:
    """Return the mean of ``plane`` (H, W) over squares of 2 ``radius_px`` + 1 pixels."""
    for axis in (0, 1):
        plane = _run_mean(plane, radius_px, axis)
    return plane


def _run_mean(plane: Image, radius_px: int, axis: int) -> Image:
    count = plane.shape[axis]
    sums = np.cumsum(plane, axis=axis, dtype=np.float64)
    sums = np.concatenate([np.zeros_like(sums.take([0], axis)), sums], axis=axis)
    begin = np.maximum(np.arange(count) - radius_px, 0)
    end = np.minimum(np.arange(count) + radius_px + 1, count)
    lengths = (end - begin).reshape((-1, 1) if axis == 0 else (1, -1))
    mean: Image = ((sums.take(end, axis) - sums.take(begin, axis)) / lengths).astype(np.float32)
    return mean
