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

AGAIN = 0.004
"""Price of a pixel of a landmark that is seen twice, at the coarsest level."""
FINE_PX, COARSE_PX = 1, 6
"""Texture finer than the one is no shape, what is larger than the other has no outline."""
AROUND_PX = 3
"""What is so near a landmark belongs to it."""
LAMP_PX = 3
"""What shines and is no wider than twice that is a lamp or a window, not a sky."""
SHINES = 0.1
"""So far above what is around it, some two stops."""
LOW = 0.1
"""Up to here, of the guide: four degrees above the horizon."""
LIT = 0.02
"""Price of a pixel of it, at the coarsest level: a lamp costs what a cut of its height does."""
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


def dear_lights(level: Level, plate: int) -> Level:
    """
    Return ``level``, in which what shines low down in the sheet ``plate`` costs.

    A lamp, a lit window or a white post is known again however small it is; high up, gaps in
    leaves are many and nobody counts them.
    """
    ground = level.ground
    first, size = int(ground.base[plate]), ground.size[plate]
    box = np.s_[first : first + int(size[0]), : int(size[1])]
    colour, low = ground.atlas[box], ground.heights[box] > np.float32(-LOW)
    light = (colour[..., 0] + colour[..., 1] + colour[..., 2]) * np.float32(1 / 3)
    alone = light - _without_peaks(light)
    shines = (low & (alone > np.float32(SHINES)) & (ground.pixel[box] > 0)).astype(np.uint8)
    strange = ground.strange.copy()
    strange[box] += np.float32(LIT) * grow(shines, FINE_PX)
    return replace(level, ground=replace(ground, strange=strange))


def _without_peaks(light: Floats) -> Floats:
    """Return ``light`` (H, W) opened: without what is brighter and narrower than a square."""
    low = np.minimum.reduce(_shifted(np.minimum.reduce(_shifted(light, 0)), 1))
    found: Floats = np.maximum.reduce(_shifted(np.maximum.reduce(_shifted(low, 0)), 1))
    return found


def _shifted(plane: Floats, axis: int) -> list[Floats]:
    """Return ``plane`` moved along ``axis`` by up to ``LAMP_PX``, its edges repeated."""
    room = [(LAMP_PX, LAMP_PX) if k == axis else (0, 0) for k in range(2)]
    wide, count = np.pad(plane, room, mode="edge"), plane.shape[axis]
    return [wide.take(range(k, k + count), axis) for k in range(2 * LAMP_PX + 1)]
