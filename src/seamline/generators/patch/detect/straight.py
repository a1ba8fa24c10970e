"""Straight edges: a join that runs straight down or across, and is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

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
    colour = np.where(painting.kept[..., None], _plate(painting), sight.colour)
    colour = np.ascontiguousarray(colour, dtype=np.float32)
    planes, sizes = _stacked(painting.references, np.unique(source))
    where = np.zeros(shown.shape, bool)
    longest = 0
    for across in (False, True):
        turned = [np.ascontiguousarray(p.swapaxes(0, 1) if across else p) for p in
                  (source, x, y, shown, sight.fill & inside, colour)]  # fmt: skip
        step = _steps(*turned, planes, sizes, across, SIDE_PX)
        plain = _differences(turned[-1], SIDE_PX)
        runs, tall = _runs(step, plain, int(limit), STEP, STANDS_OUT, LINES_PX, GAP_PX)
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


@njit(nogil=True, cache=True)
def _differences(colour: Floats, side: int) -> Floats:
    """Return (H, W, 3): the tone right of each column's right border less that left of it."""
    h, w, _ = colour.shape
    out = np.zeros((h, w, 3), np.float32)
    for y in range(h):
        for x in range(side - 1, w - side):
            for c in range(3):
                total = np.float32(0.0)
                for i in range(side):
                    total += colour[y, x + 1 + i, c] - colour[y, x - i, c]
                out[y, x, c] = total / np.float32(side)
    return out


def _stacked(views: Sequence[ReferencePicture], shown: NDArray[np.int32]) -> tuple[Floats, Any]:
    """
    Return the colours of the views ``shown`` above one another, NaN where unusable.

    And (N, 3) first row, rows and columns of each; none of those that nothing came from.
    """
    used = [int(k) for k in shown if 0 <= k < len(views)]
    rows = sum(views[k].usable.shape[0] for k in used)
    width = max((views[k].usable.shape[1] for k in used), default=1)
    planes = np.full((max(1, rows), width, 3), np.nan, np.float32)
    sizes = np.zeros((len(views), 3), np.int64)
    at = 0
    for k in used:
        view = views[k]
        h, w = view.usable.shape
        planes[at : at + h, :w] = view.colour
        planes[at : at + h, :w][~view.usable] = np.nan
        sizes[k] = at, h, w
        at += h
    return planes, sizes


@njit(nogil=True, cache=True)
def _tone(planes: Floats, sizes: Any, k: int, y: int, x: int, out: Any) -> bool:
    """Set ``out`` (3,) to a reference's colour at (y, x); False where there is none."""
    if k < 0 or y < 0 or x < 0 or y >= sizes[k, 1] or x >= sizes[k, 2]:
        return False
    for c in range(3):
        out[c] = planes[sizes[k, 0] + y, x, c]
    return not np.isnan(out[0])


@njit(nogil=True, cache=True)
def _steps(
    source: Any, sx: Any, sy: Any, shown: Any, fill: Any, colour: Floats,
    planes: Floats, sizes: Any, across: bool, side: int,
) -> Any:  # fmt: skip
    """
    Return (H, W, 3): the step between columns x and x + 1 that no source has; NaN: no join.

    ``across`` says that rows and columns of the canvas were exchanged beforehand.
    """
    h, w = shown.shape
    out = np.full((h, w, 3), np.nan, np.float32)
    tone = np.zeros(3, np.float32)
    here = np.zeros(3, np.float32)
    for y in range(h):
        for x in range(side - 1, w - side):
            if not (shown[y, x] and shown[y, x + 1]) or not (fill[y, x] or fill[y, x + 1]):
                continue
            down = 1 if across else 0
            goes_x = abs(abs(sx[y, x + 1] - sx[y, x]) - (1 - down))
            goes_y = abs(abs(sy[y, x + 1] - sy[y, x]) - down)
            if source[y, x] == source[y, x + 1] and goes_x + goes_y <= 1:
                continue
            good = True
            for i in range(-side + 1, side + 1):
                good = good and shown[y, x + i]
            if not good:
                continue
            # on from the left as its source goes on, and back from the right likewise
            natural = np.zeros(3)
            count = 0
            for k in range(2):
                a = x + k
                turn = 1 if k == 0 else -1
                if not _tone(planes, sizes, source[y, a], sy[y, a], sx[y, a], here):
                    continue
                n = 0
                rest = np.zeros(3)
                for i in range(1, side + 1):
                    oy, ox = (turn * i, 0) if across else (0, turn * i)
                    if _tone(planes, sizes, source[y, a], sy[y, a] + oy, sx[y, a] + ox, tone):
                        n += 1
                        for c in range(3):
                            rest[c] += tone[c] - here[c]
                if n > 0:
                    count += 1
                    for c in range(3):
                        natural[c] += turn * rest[c] / n
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
                out[y, x, c] = np.float32((right - left) / side - natural[c] / count)
    return out


@njit(nogil=True, cache=True)
def _runs(
    step: Floats, plain: Floats, least: int, tau: float, out_by: float, lines: int, gap: int
) -> Any:
    """Return (H, W) straight runs whose mean step is seen, and the longest."""
    h, w, _ = step.shape
    out = np.zeros((h, w), np.bool_)
    longest = 0
    for x in range(w):
        y = 0
        while y < h:
            if np.isnan(step[y, x, 0]):
                y += 1
                continue
            first, last, missed = y, y, 0
            while y < h and missed <= gap:
                if np.isnan(step[y, x, 0]):
                    missed += 1
                else:
                    last, missed = y, 0
                y += 1
            # windows of the least length slide along the run
            a = first
            while a + least <= last + 1:
                b = a + least
                if not _is_seen(step, plain, x, a, b, tau, out_by, lines):
                    a += 1
                    continue
                while b <= last and _is_seen(
                    step, plain, x, b - least + 1, b + 1, tau, out_by, lines
                ):
                    b += 1
                longest = max(longest, b - a)
                for k in range(a, b):
                    out[k, x] = True
                a = b
    return out, longest


@njit(nogil=True, cache=True)
def _mean(step: Floats, x: int, a: int, b: int) -> float:
    """Return the mean step in column x from row a to b, of the channel with the largest."""
    worst = 0.0
    for c in range(3):
        total = 0.0
        n = 0
        for y in range(a, b):
            if not np.isnan(step[y, x, c]):
                total += step[y, x, c]
                n += 1
        if n > 0:
            worst = max(worst, abs(total / n))
    return worst


@njit(nogil=True, cache=True)
def _is_seen(
    step: Floats, plain: Floats, x: int, a: int, b: int, tau: float, out_by: float, lines: int
) -> bool:
    """Whether the step from rows a to b exceeds ``tau`` and stands out from lines beside it."""
    here = _mean(step, x, a, b)
    if here <= tau:
        return False
    for k in range(-3, 4):
        beside = x + k * lines
        if k == 0 or beside < 0 or beside >= step.shape[1]:
            continue
        if here <= out_by * _mean(plain, beside, a, b):
            return False
    return True
