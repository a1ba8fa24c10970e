"""Straight edges: a join that runs straight down or across, and is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch.detect.examined import (
    PLATE_ID,
    Examined,
    Found,
    Sight,
    label_of,
    place_of,
)
from seamline.generators.patch.resample import Bytes, Floats, grow
from seamline.ports import PLATE, ReferencePicture
from seamline.show.review import Finding

LIMIT_SHARE = 0.06
"""Of the height: 35 px of 576. A shorter step is lost in texture."""
STEP = 0.04
"""Two thirds of a stop: the mean step across a join that neither of its sources has there."""
STANDS_OUT = 1.5
"""Times the largest step on six lines parallel to it, 8 to 24 px away: among towers or
trunks a straight edge is nothing to be noticed."""
LINES_PX = 8
SIDE_PX = 4
"""Tone on either side is told from so many pixels."""
GAP_PX = 3


def find(painting: Examined, sight: Sight) -> Found:
    """
    Look for joins that run straight along a row or a column and step in tone.

    A join is where neighbours were copied from different places. Its step is what is
    left of the difference of the two sides after the difference that the sources
    themselves show across the same line, and at the plate's border the whole of it. It
    is seen where it stands out from the lines beside it. Water is not judged.
    Measured: the longest such run, pixels.
    """
    height = sight.fill.shape[0]
    limit = max(8.0, LIMIT_SHARE * height)
    source, x, y = _lineage(painting, sight)
    # Where one layer ends before another is its own edge, not a join.
    inside = grow(_borders(sight.layer), SIDE_PX) == 0
    inside &= ~_water(painting, sight)
    shown = (sight.fill & inside) | painting.kept
    colour = sight.colour
    if painting.kept.any():
        colour = np.where(painting.kept[..., None], _plate(painting), colour)
    where = np.zeros(shown.shape, bool)
    longest = 0
    for across in (False, True):
        turned = [np.ascontiguousarray(p.swapaxes(0, 1) if across else p) for p in
                  (source, x, y, shown, sight.fill & inside, colour)]  # fmt: skip
        at, step = _steps(turned, painting.references, across)
        runs, tall = _runs(
            at, step, turned[-1], int(limit), STEP, STANDS_OUT, LINES_PX, GAP_PX, SIDE_PX
        )
        where |= runs.swapaxes(0, 1) if across else runs
        longest = max(longest, int(tall))
    bad = bool(where.any())
    return Found(
        finding=Finding(
            check="straight edges",
            verdict="fail" if bad else "pass",
            measured=float(longest),
            limit=round(limit, 1),
            unit="px",
            says=f"a join runs straight over {longest} px and is seen, {place_of(where)}; "
            f"limit {limit:.0f} px"
            if bad
            else f"no join that is seen runs straight over more than {limit:.0f} px",
        ),
        where=where if bad else None,
    )


def _water(painting: Examined, sight: Sight) -> NDArray[np.bool_]:
    """Return (H, W) where water is seen: ripples run straight across, mirror images down."""
    own = [i for i, layer in enumerate(painting.layers) if label_of(layer) == "water"]
    return np.asarray(np.isin(sight.layer, own), bool)


def _borders(layer: NDArray[np.int16]) -> Bytes:
    """Return (H, W) 1 on either side of where the layer seen is another."""
    out = np.zeros(layer.shape, np.uint8)
    across, down = layer[:, 1:] != layer[:, :-1], layer[1:] != layer[:-1]
    out[:, 1:] |= across
    out[:, :-1] |= across
    out[1:] |= down
    out[:-1] |= down
    return out


def _lineage(painting: Examined, sight: Sight) -> tuple[Any, Any, Any]:
    """Return what is seen with the plate as a view of its own, where there is one."""
    if not painting.kept.any():
        return sight.source, sight.x, sight.y
    names = [r.id for r in painting.references]
    plate = names.index(PLATE_ID) if PLATE_ID in names else PLATE
    rows, columns = np.indices(sight.source.shape, dtype=np.int32)
    kept = painting.kept
    return (
        np.where(kept, np.int32(plate), sight.source),
        np.where(kept, columns, sight.x),
        np.where(kept, rows, sight.y),
    )


def _plate(painting: Examined) -> Floats:
    """Return (H, W, 3) the plate's own pixels, from whichever layer has them."""
    colour = np.zeros((*painting.kept.shape, 3), np.float32)
    for layer in painting.layers:
        own = painting.kept & (layer.source == PLATE)
        colour[own] = np.where(np.isfinite(layer.colour[own]), layer.colour[own], 0)
    return colour


def _steps(
    planes: Sequence[Any], views: Sequence[ReferencePicture], across: bool
) -> tuple[NDArray[np.int32], Floats]:
    """
    Return (H, W) which join lies between columns x and x + 1, -1: none; and their steps.

    A step (N, 3) is what no source has. ``across`` says that rows and columns of the canvas
    were exchanged beforehand. ``planes`` are source, its columns and rows, what is shown,
    what was filled, and colour.
    """
    source, sx, sy, shown, fill, colour = planes
    joins = _joins(source, sx, sy, shown, fill, across, SIDE_PX)
    rest, there = np.zeros((len(joins), 2, 3)), np.zeros((len(joins), 2), np.int64)
    for k in np.unique(source[joins[:, 0][:, None], joins[:, 1][:, None] + np.arange(2)]):
        if 0 <= k < len(views):
            own = views[k]
            usable = np.ascontiguousarray(own.usable).view(np.uint8)
            _go_on(
                own.colour, usable, int(k), joins, source, sx, sy, across, SIDE_PX, rest, there
            )
    found: tuple[NDArray[np.int32], Floats] = _left(joins, rest, there, fill, colour, SIDE_PX)
    return found


@njit(nogil=True, cache=True)
def _joins(
    source: Any, sx: Any, sy: Any, shown: Any, fill: Any, across: bool, side: int
) -> Any:
    """Return (N, 2) row and column x where x and x + 1 were copied from different places."""
    h, w = shown.shape
    down = 1 if across else 0
    found = np.zeros((1024, 2), np.int64)
    count = 0
    for y in range(h):
        for x in range(side - 1, w - side):
            if not (shown[y, x] and shown[y, x + 1]) or not (fill[y, x] or fill[y, x + 1]):
                continue
            goes_x = abs(abs(sx[y, x + 1] - sx[y, x]) - (1 - down))
            goes_y = abs(abs(sy[y, x + 1] - sy[y, x]) - down)
            if source[y, x] == source[y, x + 1] and goes_x + goes_y <= 1:
                continue
            good = True
            for i in range(-side + 1, side + 1):
                good = good and shown[y, x + i]
            if not good:
                continue
            if count == len(found):
                found = np.concatenate((found, np.zeros_like(found)))
            found[count, 0], found[count, 1] = y, x
            count += 1
    return found[:count]


@njit(nogil=True, cache=True)
def _go_on(
    view: Floats, usable: Bytes, number: int, joins: Any, source: Any, sx: Any, sy: Any,
    across: bool, side: int, rest: Any, there: Any,
) -> None:  # fmt: skip
    """
    Set how ``view`` goes on from either side of the ``joins`` that were copied from it.

    ``rest`` (N, 2, 3) is the sum of what ``there`` (N, 2) pixels beyond differ by.
    """
    h, w = usable.shape
    for n in range(len(joins)):
        for k in range(2):
            y, a = joins[n, 0], joins[n, 1] + k
            b, c = sy[y, a], sx[y, a]
            if source[y, a] != number or b < 0 or c < 0 or b >= h or c >= w or not usable[b, c]:
                continue
            turn = 1 if k == 0 else -1
            for i in range(1, side + 1):
                p, q = (b + turn * i, c) if across else (b, c + turn * i)
                if p < 0 or q < 0 or p >= h or q >= w or not usable[p, q]:
                    continue
                there[n, k] += 1
                for channel in range(3):
                    rest[n, k, channel] += view[p, q, channel] - view[b, c, channel]


@njit(nogil=True, cache=True)
def _left(joins: Any, rest: Any, there: Any, fill: Any, colour: Floats, side: int) -> Any:
    """Return where joins are, (H, W), and (N, 3) the step left after what sources have."""
    at = np.full(fill.shape, -1, np.int32)
    out = np.zeros((len(joins), 3), np.float32)
    natural = np.zeros(3)
    for n in range(len(joins)):
        y, x = joins[n, 0], joins[n, 1]
        # on from the left as its source goes on, and back from the right likewise
        natural[:] = 0
        count = 0
        for k in range(2):
            if there[n, k] > 0:
                count += 1
                for c in range(3):
                    natural[c] += (1 if k == 0 else -1) * rest[n, k, c] / there[n, k]
        if fill[y, x] != fill[y, x + 1]:
            # an edge that runs along the plate's border was made by the border, even
            # where a source with an edge of its own was found to suit it
            natural[:] = 0
            count = 1
        if count == 0:
            continue
        for c in range(3):
            left = right = 0.0
            for i in range(side):
                left += colour[y, x - i, c]
                right += colour[y, x + 1 + i, c]
            out[n, c] = np.float32((right - left) / side - natural[c] / count)
        at[y, x] = n
    return at, out


@njit(nogil=True, cache=True)
def _runs(
    at: Any, step: Floats, colour: Floats, least: int, tau: float, out_by: float, lines: int,
    gap: int, side: int,
) -> Any:  # fmt: skip
    """Return (H, W) straight runs whose mean step is seen, and the longest."""
    h, w = at.shape
    out = np.zeros((h, w), np.bool_)
    longest = 0
    for x in range(w):
        y = 0
        while y < h:
            if at[y, x] < 0:
                y += 1
                continue
            first, last, missed = y, y, 0
            while y < h and missed <= gap:
                if at[y, x] < 0:
                    missed += 1
                else:
                    last, missed = y, 0
                y += 1
            # windows of the least length slide along the run
            a = first
            while a + least <= last + 1:
                b = a + least
                if not _is_seen(at, step, colour, x, a, b, tau, out_by, lines, side):
                    a += 1
                    continue
                while b <= last and _is_seen(
                    at, step, colour, x, b - least + 1, b + 1, tau, out_by, lines, side
                ):
                    b += 1
                longest = max(longest, b - a)
                for k in range(a, b):
                    out[k, x] = True
                a = b
    return out, longest


@njit(nogil=True, cache=True)
def _mean(at: Any, step: Floats, x: int, a: int, b: int) -> float:
    """Return the mean step in column x from row a to b, of the channel with the largest."""
    worst = 0.0
    for c in range(3):
        total = 0.0
        n = 0
        for y in range(a, b):
            if at[y, x] >= 0:
                total += step[at[y, x], c]
                n += 1
        if n > 0:
            worst = max(worst, abs(total / n))
    return worst


@njit(nogil=True, cache=True)
def _mean_difference(colour: Floats, x: int, a: int, b: int, side: int) -> float:
    """
    Return the mean difference of the tones right and left of column x's right border.

    From row a to b, of the channel with the largest; 0 too near to the picture's border.
    """
    if x < side - 1 or x >= colour.shape[1] - side or b <= a:
        return 0.0
    worst = 0.0
    for c in range(3):
        total = 0.0
        for y in range(a, b):
            apart: Any = np.float32(0.0)
            for i in range(side):
                apart += colour[y, x + 1 + i, c] - colour[y, x - i, c]
            total += apart / np.float32(side)
        worst = max(worst, abs(total / (b - a)))
    return worst


@njit(nogil=True, cache=True)
def _is_seen(
    at: Any, step: Floats, colour: Floats, x: int, a: int, b: int, tau: float, out_by: float,
    lines: int, side: int,
) -> bool:  # fmt: skip
    """Whether the step from rows a to b exceeds ``tau`` and stands out from lines beside it."""
    here = _mean(at, step, x, a, b)
    if here <= tau:
        return False
    for k in range(-3, 4):
        beside = x + k * lines
        if k == 0 or beside < 0 or beside >= at.shape[1]:
            continue
        if here <= out_by * _mean_difference(colour, beside, a, b, side):
            return False
    return True
