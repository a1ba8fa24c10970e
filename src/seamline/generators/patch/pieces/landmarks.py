"""
Landmarks: shapes of the plate and of references that would be known again.

Grass, water and even woods may stand beside themselves; a tower, a summit or a leaning tree
may not. What is laid is asked how much of that it shows a second time: the plate's own shapes
are seen already, those of a reference as soon as one piece shows them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch.detect.repeats import LANDMARK
from seamline.generators.patch.pieces.ground import Ground, Level, Pieces
from seamline.generators.patch.resample import Bytes, Floats, blur, grow

AGAIN = 0.008
"""Price of a pixel of a landmark that is seen twice, at the coarsest level: twice what it was
when cuts were cheaper."""
FINE_PX, COARSE_PX = 1, 6
"""Texture finer than the one is no shape, what is larger than the other has no outline."""
AROUND_PX = 3
"""What is so near a landmark belongs to it."""
FOOT = 0.05
"""What is below an outline belongs to it down to here, of the guide: two degrees below the
horizon. A tree's outline is a shape, its trunk before dark leaves is hardly one."""


def landmarks(ground: Ground) -> Bytes:
    """Return (A, B) 1 where a sheet of the ground's atlas shows a landmark."""
    found = np.zeros(ground.pixel.shape, np.uint8)
    for first, size, placed in zip(ground.base, ground.size, ground.placed, strict=True):
        box = np.s_[int(first) : int(first) + int(size[0]), : int(size[1])]
        there = np.ascontiguousarray(ground.pixel[box])
        known = grow(_shapes(ground.atlas[box], there), AROUND_PX)
        if placed:
            _to_the_foot(known, np.ascontiguousarray(ground.heights[box]))
        found[box] = known & there
    return found


def _shapes(colour: Floats, there: Bytes) -> Bytes:
    """Return (H, W) 1 where what is ``there`` departs from what is there around it."""
    share = there.astype(np.float32)
    light = (colour[..., 0] + colour[..., 1] + colour[..., 2]) * np.float32(1 / 3)
    light = _mean(light, share, FINE_PX)
    apart = light - _mean(light, share, COARSE_PX)
    square = _mean(apart * apart, share, COARSE_PX)
    return (square > np.float32(LANDMARK * LANDMARK)).astype(np.uint8)


def _mean(plane: Floats, share: Floats, radius: int) -> Floats:
    """Return the mean of ``plane`` (H, W) over squares, of what is there."""
    total = blur(np.where(share > 0, plane, np.float32(0)).astype(np.float32), radius)
    found: Floats = total / np.maximum(blur(share, radius), np.float32(1e-3))
    return found


@njit(nogil=True, cache=True)
def _to_the_foot(known: Bytes, heights: Floats) -> None:
    """Mark what lies below a landmark down to where it stands, in place."""
    h, w = known.shape
    for x in range(w):
        for y in range(1, h):
            if known[y - 1, x] and heights[y, x] < np.float32(FOOT):
                known[y, x] = 1


def without_landmarks(level: Level, marks: Bytes, plate: int) -> Level:
    """Return ``level``, from whose sheet ``plate`` no landmark may be copied."""
    pixel = level.ground.pixel.copy()
    first, rows = int(level.ground.base[plate]), int(level.ground.size[plate, 0])
    pixel[first : first + rows] &= 1 - marks[first : first + rows]
    return replace(level, ground=replace(level.ground, pixel=pixel))


def seen_again(
    ground: Ground, marks: Bytes, plate: int, pieces: Pieces, labels: NDArray[np.int64]
) -> float:
    """
    Return the price of what is laid and seen twice.

    Args:
        ground: The coarsest level.
        marks: (A, B) 1 where a landmark is.
        plate: Which sheet is seen already.
        pieces: (N, 3).
        labels: (H, W) which piece is laid, above 0 where one is.
    """
    rows, columns = np.nonzero(labels > 0)
    sheet, dy, dx = pieces[labels[rows, columns]].T
    size = ground.size[sheet]
    row = np.clip(rows + dy, 0, size[:, 0] - 1) + ground.base[sheet]
    column = np.clip(columns + dx, 0, size[:, 1] - 1)
    known = marks[row, column] > 0
    place = (row * marks.shape[1] + column)[known]
    again = int((sheet[known] == plate).sum())
    uses = np.bincount(place[sheet[known] != plate])
    return AGAIN * (again + int(np.maximum(uses - 1, 0).sum()))
