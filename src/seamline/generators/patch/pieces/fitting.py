"""
Fitting: what it costs to lay each place of a sheet where a window of the canvas is.

A row of places at a time: what is asked of each is asked of several together, in the order
of one alone, so that the sums are the same to the bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.resample import Bytes, Floats

FIRST_LOOK = 16
HOPELESS = 3.0
"""A place so many times worse than the best so far, after a first look, is left."""
SLACK = 0.002
MOST_APART = 0.05
"""No pixel counts more: one twig is not the whole window."""
HEIGHT = 0.02
"""Price of the squared difference in height: only a reason to prefer."""
LEVEL = 1e-6
"""Price per row that a piece is moved up or down: of two that fit alike the level one."""
NO_FIT = np.float32(1e9)


@njit(nogil=True, cache=True)
def around(atlas: Floats, pixel: Bytes, first: int, rows: int, columns: int, room: int) -> Any:
    """
    Return a sheet's channels and where it may be copied, with nothing ``room`` px around.

    The sheet is ``rows`` of ``atlas`` and ``pixel`` from ``first`` on.
    """
    planes = np.zeros((3, rows + 2 * room, columns + 2 * room), np.float32)
    solid = np.zeros((rows + 2 * room, columns + 2 * room), np.uint8)
    for y in range(rows):
        for x in range(columns):
            solid[y + room, x + room] = pixel[first + y, x] != 0
            for c in range(3):
                planes[c, y + room, x + room] = atlas[first + y, x, c]
    return planes, solid


@njit(nogil=True, cache=True)
def _compared(
    planes: Floats, solid: Bytes, y: int, x0: int, room: int, here: Floats, seen: Any,
    first: int, end: int, total: Floats, count: Any,
) -> None:  # fmt: skip
    """
    Add what ``seen`` cost, ``first`` to ``end``, at places of row ``y`` from ``x0`` on.

    To ``total`` and ``count`` (columns,): what is asked of every place is asked of several
    together.
    """
    columns = len(total)
    for i in range(first, min(end, len(seen))):
        at, left = y + seen[i, 0] + room, x0 + seen[i, 1] + room
        there = solid[at, left : left + columns]
        a = planes[0, at, left : left + columns]
        b = planes[1, at, left : left + columns]
        c = planes[2, at, left : left + columns]
        for x in range(columns):
            p, q, r = here[i, 0] - a[x], here[i, 1] - b[x], here[i, 2] - c[x]
            apart = min(p * p + q * q + r * r, np.float32(MOST_APART))
            total[x] += apart if there[x] else np.float32(0)
            count[x] += there[x]


@njit(nogil=True, cache=True)
def _shown(solid: Bytes, y: int, room: int, wanted: Any, there: Any) -> None:
    """Set ``there`` (columns,) to how many of ``wanted`` each place of row ``y`` shows."""
    columns = len(there)
    there[:] = 0
    for i in range(len(wanted)):
        left = wanted[i, 1] + room
        row = solid[y + wanted[i, 0] + room, left : left + columns]
        for x in range(columns):
            there[x] += row[x]


@njit(nogil=True, cache=True)
def _hopeless(looked: float, count: int, best: float, seen: int) -> bool:
    """Whether a place is left after a first look."""
    return seen > FIRST_LOOK and count > 0 and looked > count * (HOPELESS * best + SLACK)


@njit(nogil=True, cache=True)
def _worth(
    there: Any, least: int, looked: Floats, count: Any, best: float, seen: int, worth: Bytes
) -> Any:
    """
    Set ``worth`` (columns,) to the places that may come to something.

    Returns the first of them and where they end.
    """
    first, end = len(there), 0
    for x in range(len(there)):
        worth[x] = there[x] >= least and not _hopeless(looked[x], count[x], best, seen)
        if worth[x]:
            first, end = min(first, x), x + 1
    return first, end


@njit(nogil=True, cache=True)
def fit(
    colour: Floats, height: float, planes: Floats, solid: Bytes, room: int, heights: Floats,
    placed: bool, cy: int, cx: int, seen: Any, wanted: Any,
) -> Any:  # fmt: skip
    """
    Return (rows, columns) what it costs to put a pixel of a sheet on (cy, cx).

    Args:
        colour: The canvas.
        height: Its guide at the pixel (cy, cx).
        planes: The sheet's channels, as ``around`` gives them.
        solid: The same, where they may be copied.
        room: Rows and columns around the sheet, as far as any offset reaches.
        heights: (rows, columns) of the sheet.
        placed: Whether they are known.
        cy: The pixel's row.
        cx: Its column.
        seen: (N, 2) offsets of pixels that are compared, without order.
        wanted: (M, 2) of those that the sheet has to show.
    """
    rows, columns = heights.shape
    out = np.full((rows, columns), NO_FIT, np.float32)
    least, best = 4 * len(wanted) // 5, NO_FIT
    here = np.empty((len(seen), 3), np.float32)
    for i in range(len(seen)):
        for c in range(3):
            here[i, c] = colour[cy + seen[i, 0], cx + seen[i, 1], c]
    there, count = np.zeros(columns, np.int32), np.zeros(columns, np.int32)
    looked, total = np.zeros(columns, np.float32), np.zeros(columns, np.float32)
    worth, first_count = np.zeros(columns, np.uint8), np.zeros(columns, np.int32)
    for sy in range(rows):
        _shown(solid, sy, room, wanted, there)
        total[:], count[:] = 0, 0
        _compared(planes, solid, sy, 0, room, here, seen, 0, FIRST_LOOK, total, count)
        looked[:] = total
        first_count[:] = count
        x0, x1 = _worth(there, least, looked, count, best, len(seen), worth)
        if x0 >= x1:
            continue
        _compared(
            planes, solid, sy, x0, room, here, seen, FIRST_LOOK, len(seen), total[x0:x1],
            count[x0:x1],
        )  # fmt: skip
        for sx in range(x0, x1):
            if not worth[sx]:
                continue
            if _hopeless(looked[sx], first_count[sx], best, len(seen)):
                continue  # beside the best so far, which may lie in this row
            n = count[sx]
            if 2 * n < len(seen):
                continue
            cost = total[sx] / np.float32(n) + np.float32(LEVEL) * abs(sy - cy)
            if placed:
                up = height - heights[sy, sx]
                cost += np.float32(HEIGHT) * up * up
            out[sy, sx] = cost
            best = min(best, cost)
    return out
