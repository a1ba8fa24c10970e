"""
Places: where in the references things go on as they go on at the border of a hole.

Around points along the border, a window of what is known is held against every place of
every sheet that also shows what lies beyond the border. Each point proposes the places
that fit best, near one another and far apart; points take turns, so that a sky that fits
everywhere does not crowd out the one place that carries a ridge on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.pieces.fitting import NO_FIT, around, fit
from seamline.generators.patch.pieces.ground import Ground, Pieces
from seamline.generators.patch.resample import Bytes, Floats, grow

POINT_STEP_PX = 4.0
WINDOWS = (5, 10, 16)
"""Half sizes of the windows: an edge, a form, a range, a whole border."""
MOST_SEEN = 72
"""So many pixels of a window are compared."""
MOST_WANTED = 20
"""So many of those beyond the border are asked for."""
NEAR, FAR = (4, 2), (6, 10)
"""How many places a window proposes, and how far apart they lie at least."""
LEAST_COST = 2e-4
"""Places that fit better than this fit equally well."""
MOST_PIECES = 140
TRIED = 32
COVERING = 400
LEAST_SEEN, LEAST_WANTED = 12, 4
"""A window with less than that says nothing."""

Place = tuple[int, int, int]
"""Sheet, dy, dx."""


@njit(nogil=True, cache=True)
def _window(known: Bytes, hole: Bytes, cy: int, cx: int, half: int, seed: int) -> Any:
    """Return offsets of known pixels and of those to be filled around (cy, cx), thinned."""
    h, w = known.shape
    seen, wanted = (
        np.zeros(((2 * half + 1) ** 2, 2), np.int64),
        np.zeros(((2 * half + 1) ** 2, 2), np.int64),
    )
    n = m = 0
    for dy in range(-half, half + 1):
        for dx in range(-half, half + 1):
            y, x = cy + dy, cx + dx
            if y < 0 or x < 0 or y >= h or x >= w:
                continue
            if known[y, x]:
                seen[n] = dy, dx
                n += 1
            elif hole[y, x]:
                wanted[m] = dy, dx
                m += 1
    return _some(seen[:n], MOST_SEEN, seed), _some(wanted[:m], MOST_WANTED, seed + 1)


@njit(nogil=True, cache=True)
def _some(every: Any, most: int, seed: int) -> Any:
    """Return at most ``most`` rows, drawn without order: a first look sees all sides."""
    n = len(every)
    out = every.copy()
    for i in range(min(n, most)):
        j = i + below(draw(seed, i, n, 51), n - i)
        for c in range(2):
            out[i, c], out[j, c] = out[j, c], out[i, c]
    return out[: min(n, most)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compared:
    """A sheet at the coarsest level, ready to be compared: see ``fit``."""

    planes: Floats
    solid: Bytes
    room: int
    heights: Floats
    placed: bool


def compared(ground: Ground, room: int) -> list[Compared]:
    """Return the sheets of ``ground``, ready for windows that reach ``room`` px at most."""
    found = []
    for first, size, placed in zip(ground.base, ground.size, ground.placed, strict=True):
        rows, columns = (int(v) for v in size)
        box = np.s_[int(first) : int(first) + rows, :columns]
        planes, solid = around(ground.atlas, ground.pixel, int(first), rows, columns, room)
        heights = np.ascontiguousarray(ground.heights[box])
        found.append(
            Compared(
                planes=planes, solid=solid, room=room, heights=heights, placed=bool(placed)
            )
        )
    return found


def _fitting(
    ground: Ground, sheet: Compared, at: tuple[int, int], seen: Any, wanted: Any
) -> Floats:
    found: Floats = fit(
        ground.colour, ground.guide[at], sheet.planes, sheet.solid, sheet.room, sheet.heights,
        sheet.placed, *at, seen, wanted,
    )  # fmt: skip
    return found


@njit(nogil=True, cache=True)
def _least_of(row: Floats) -> int:
    """Return where ``row`` is least, first."""
    at = 0
    for x in range(1, len(row)):
        if row[x] < row[at]:
            at = x
    return at


@njit(nogil=True, cache=True)
def _best(costs: Floats, most: int, apart: int) -> Any:
    """Return (N, 2) rows and columns of the least ``costs``, ``apart`` px from one another."""
    left = costs.copy()
    rows = len(costs)
    least = np.zeros(rows, np.int64)
    for y in range(rows):
        least[y] = _least_of(left[y])
    out = np.zeros((most, 2), np.int64)
    for i in range(most):
        ly = 0
        for y in range(1, rows):
            if left[y, least[y]] < left[ly, least[ly]]:
                ly = y
        lx = least[ly]
        if left[ly, lx] >= NO_FIT:
            return out[:i]
        out[i] = ly, lx
        first, end = max(0, ly - apart), min(rows, ly + apart + 1)
        left[first:end, max(0, lx - apart) : lx + apart + 1] = NO_FIT
        for y in range(first, end):
            least[y] = _least_of(left[y])
    return out


def _points(known: Bytes, hole: Bytes, seed: int) -> list[tuple[int, int]]:
    """Return pixels of the plate along the hole, ``POINT_STEP_PX`` apart."""
    rows, columns = np.nonzero(grow(hole, 1) & known)
    order = sorted(range(len(rows)), key=lambda i: int(draw(seed, i, 1, 2)))
    chosen: list[tuple[int, int]] = []
    for i in order:
        y, x = int(rows[i]), int(columns[i])
        if all((y - a) ** 2 + (x - b) ** 2 >= POINT_STEP_PX**2 for a, b in chosen):
            chosen.append((y, x))
    return chosen


def proposals(ground: Ground, hole: Bytes, seed: int) -> list[list[tuple[float, Place]]]:
    """
    Return what each window along the border proposes: places and what they cost there.

    Args:
        ground: The coarsest level.
        hole: (H, W) 1 where it is to be filled.
        seed: Decides where along the border is looked.
    """
    points = _points(ground.known, hole, seed)
    sheets = compared(ground, max(WINDOWS))
    proposed = []
    for half in WINDOWS:
        for y, x in points:
            seen, wanted = _window(ground.known, hole, y, x, half, seed)
            if len(seen) < LEAST_SEEN or len(wanted) < LEAST_WANTED:
                continue
            found: list[tuple[float, Place]] = []
            for number, sheet in enumerate(sheets):
                costs = _fitting(ground, sheet, (y, x), seen, wanted)
                for most, apart in (NEAR, FAR):
                    for sy, sx in _best(costs, most, apart):
                        place = (number, int(sy) - y, int(sx) - x)
                        found.append((float(costs[sy, sx]), place))
            proposed.append(found)
    return proposed


def fitting_best(
    ground: Ground, sheets: Sequence[Compared], at: tuple[int, int], seen: Any, wanted: Any, *,
    most: int, apart: int, seed: int,
) -> list[tuple[float, Place]]:  # fmt: skip
    """Return of every sheet the ``most`` places that fit what is ``seen``, cheapest first."""
    seen, wanted = _some(seen, MOST_SEEN, seed), _some(wanted, MOST_WANTED, seed + 1)
    found: list[tuple[float, Place]] = []
    for number, sheet in enumerate(sheets):
        costs = _fitting(ground, sheet, at, seen, wanted)
        for sy, sx in _best(costs, most, apart):
            found.append((float(costs[sy, sx]), (number, int(sy) - at[0], int(sx) - at[1])))
    return sorted(found)


def pieces_of(
    proposed: Sequence[Sequence[tuple[float, Place]]], ground: Ground, hole: Bytes, seed: int
) -> Pieces:
    """
    Return the pieces worth trying, the canvas first; together they cover the hole.

    Args:
        proposed: By each window.
        ground: The coarsest level.
        hole: (H, W) 1 where it is to be filled.
        seed: Each prefers others among what fits about equally well.
    """
    turns = [
        [p for _, p in sorted((_liked(c, p, seed), p) for c, p in own)] for own in proposed
    ]
    return _covering(ground, hole, [(0, 0, 0), *_in_turn(turns)], seed)


def _liked(cost: float, place: Place, seed: int) -> float:
    share = int(below(draw(seed, place[0], place[1] + 9999, place[2] + 9999), 1024)) / 1024
    return (cost + LEAST_COST) * (0.75 + 0.5 * share)


def _in_turn(turns: list[list[Place]]) -> list[Place]:
    """Return the windows' pieces, the best of each before the second best of any."""
    chosen: list[Place] = []
    near: set[Place] = set()
    left = [iter(own) for own in turns]
    while left and len(chosen) < MOST_PIECES:
        going = []
        for own in left:
            new = next((p for p in own if p not in near), None)
            if new is not None:
                chosen.append(new)
                near.update(_hardly_apart(new))
                going.append(own)
        left = going
    return chosen[:MOST_PIECES]


def _hardly_apart(place: Place) -> list[Place]:
    """Return the places that differ from ``place`` by a pixel at most, and itself."""
    sheet, dy, dx = place
    return [(sheet, dy + y, dx + x) for y in (-1, 0, 1) for x in (-1, 0, 1)]


def _covering(ground: Ground, hole: Bytes, chosen: list[Place], seed: int) -> Pieces:
    """Add pieces until every pixel of the hole is shown by one, where that can be had."""
    bare = hole > 0
    for piece in chosen[1:]:
        bare &= ~_reach(ground, piece, hole.shape)
    usable = np.argwhere(ground.pixel > 0)
    for n in range(COVERING):
        if not bare.any() or not len(usable):
            break
        rows, columns = np.nonzero(bare)
        at = int(below(draw(seed, n, 3, 61), len(rows)))
        y, x = int(rows[at]), int(columns[at])
        piece = _near_in_height(ground, usable, y, x, seed, n)
        chosen.append(piece)
        bare &= ~_reach(ground, piece, hole.shape)
    return np.array(chosen, np.int64)


def _near_in_height(
    ground: Ground, usable: NDArray[np.int64], y: int, x: int, seed: int, n: int
) -> Place:
    """Return a piece that shows (y, x), of some tried the one nearest in height."""
    tries = []
    for k in range(TRIED):
        row, column = usable[int(below(draw(seed, n, k, 62), len(usable)))]
        sheet = int(np.searchsorted(ground.base, row, side="right")) - 1
        off = abs(float(ground.heights[row, column]) - float(ground.guide[y, x]))
        tries.append((off, k, (sheet, int(row - ground.base[sheet]) - y, int(column) - x)))
    return min(tries)[2]


def _reach(ground: Ground, piece: Place, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return (H, W) where ``piece`` shows something."""
    sheet, dy, dx = piece
    out = np.zeros(shape, bool)
    rows, columns = (int(v) for v in ground.size[sheet])
    y0, y1 = max(0, -dy), min(shape[0], rows - dy)
    x0, x1 = max(0, -dx), min(shape[1], columns - dx)
    if y0 < y1 and x0 < x1:
        first = int(ground.base[sheet]) + dy
        out[y0:y1, x0:x1] = ground.pixel[first + y0 : first + y1, x0 + dx : x1 + dx] > 0
    return out
