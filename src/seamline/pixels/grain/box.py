"""Small means over neighbours, in plain arithmetic; edges repeat the last pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def finite(picture: Plane, *axes: int) -> NDArray[np.bool_]:
    """Return where all of ``picture`` along ``axes`` is finite."""
    return np.asarray(np.isfinite(picture).all(axis=axes), np.bool_)


def smoothed(picture: Plane) -> Plane:
    """Return (H, W, ...) weighed 1 2 1 down and across."""
    for axis in (0, 1):
        wide = _padded(picture, 1, axis)
        count = picture.shape[axis]
        a, b, c = (_cut(wide, k, count, axis) for k in range(3))
        picture = (a + b * picture.dtype.type(2) + c) * picture.dtype.type(0.25)
    return picture


def box_mean(picture: Plane, radius: int) -> Plane:
    """Return the mean of (H, W, ...) over squares of 2 ``radius`` + 1 pixels, float32."""
    for axis in (0, 1):
        wide = np.cumsum(_padded(picture, radius, axis), axis=axis, dtype=np.float64)
        zero = np.zeros_like(_cut(wide, 0, 1, axis))
        wide = np.concatenate([zero, wide], axis=axis)
        count = picture.shape[axis]
        width = 2 * radius + 1
        picture = (_cut(wide, width, count, axis) - _cut(wide, 0, count, axis)) / width
    return picture.astype(np.float32)


def slow_part(picture: Plane, valid: NDArray[np.bool_], cell: int = 64) -> Plane:
    """
    Return (H, W) float32: the mean of a plane over about three cells, smooth between them.

    Only ``valid`` pixels count; where a whole neighbourhood has none it is 0.
    """
    rows, columns = (np.arange(0, n, cell) for n in picture.shape)
    held = np.where(valid, picture, 0).astype(np.float64)
    sums, counts = (
        np.add.reduceat(np.add.reduceat(v, rows, axis=0), columns, axis=1)
        for v in (held, valid.astype(np.float64))
    )
    level = box_mean(sums, 1).astype(np.float64) / np.maximum(box_mean(counts, 1), 1e-6)
    return _between(level, picture.shape, cell).astype(np.float32)


def _between(level: Plane, size: tuple[int, ...], cell: int) -> Plane:
    """Return a plane of cells at (H, W) pixels, mixed linearly between their middles."""
    for axis in (0, 1):
        at = np.clip((np.arange(size[axis]) + 0.5) / cell - 0.5, 0, level.shape[axis] - 1)
        low = np.minimum(at.astype(np.intp), max(level.shape[axis] - 2, 0))
        share = (at - low).reshape(-1, *[1] * (1 - axis))
        first = np.take(level, low, axis=axis)
        second = np.take(level, np.minimum(low + 1, level.shape[axis] - 1), axis=axis)
        level = first + share * (second - first)
    return level


def slopes(picture: Plane) -> tuple[Plane, Plane]:
    """Return the change of (H, W, ...) per pixel, across and down; 0 at the borders."""
    across, down = np.zeros_like(picture), np.zeros_like(picture)
    across[:, 1:-1] = (picture[:, 2:] - picture[:, :-2]) / 2
    down[1:-1] = (picture[2:] - picture[:-2]) / 2
    return across, down


def _padded(picture: Plane, by: int, axis: int) -> Plane:
    widths = [(by, by) if k == axis else (0, 0) for k in range(picture.ndim)]
    return np.pad(picture, widths, mode="edge")


def _cut(picture: Plane, start: int, count: int, axis: int) -> Plane:
    return picture[(slice(None),) * axis + (slice(start, start + count),)]
