"""
Crests: where two pieces meet at a calm skyline, the one walks down to the other.

Two hills that were cut from different places stand at different heights, and where they are
joined the skyline has a step that nature has not: a crest that ends in a small wall. A
matte painter bends the one until it meets the other. So do the copies: around the skyline the
rows that are copied slide, a row for every few columns, and nothing is resampled. Above and
below the slide is let go. Steps within one piece are its own, and so is a cliff; leaves and
rocks hide theirs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch import composite
from seamline.generators.patch.apart import LEAST_EDGE, highest, sky_of
from seamline.generators.patch.pieces.laying import Laid
from seamline.generators.patch.resample import Bytes, Floats

LEAST_PX = 1.5
"""A smaller step is the grain of a skyline."""
MOST = 0.035
"""A step larger than this, as a share of the shorter side, is a cliff, a wall or a trunk."""
CALM_PX = 3
"""A skyline that moves by more over twice ``NEAR_PX`` is leaves or rock."""
NEAR_PX = 4
"""So far from a joint a skyline is its own; it is measured over twice as many columns. Joints
that lie so near to one another are one, with slivers between them."""
RUN = 10.0
"""Columns over which a row is made up; as many rows below, and above, let it go."""
EVEN = 3
"""A slid crest is evened over so many columns, and fewer and fewer as many beyond."""

Rows = NDArray[np.int64]
Span = tuple[int, int]


def crests_met(laid: Laid, base: Floats, known: Bytes, guide: Floats) -> Laid:
    """
    Return ``laid`` with the copies around its skyline slid until crests meet.

    Args:
        laid: A hole that the plate surrounds.
        base: (H, W, 3) finite colours, log encoding, where ``known``.
        known: (H, W) 1 where the plate stands.
        guide: (H, W) height above the horizon downwards.
    """
    opened = laid.sheet >= 0
    first = laid.atlas.base[np.maximum(laid.sheet, 0)]
    copies = laid.atlas.colour[laid.row + first, laid.column]
    colour = np.where(opened[..., None], copies, base).astype(np.float32)
    state = np.where(opened, composite.OPEN, composite.ABSENT).astype(np.uint8)
    state[known > 0] = composite.KEPT
    smooth = highest(composite.smoothness(colour), composite.SMOOTH_PX)
    sky = sky_of(colour, state, smooth, guide)
    if not sky.any():
        return laid
    tops = tops_of(colour, sky)
    slides, spans = slides_of(tops, laid.piece, opened, MOST * min(sky.shape))
    for span in spans:
        laid = _without_slivers(laid, tops, span, opened)
    if not spans:
        return laid
    rows = _slid_rows(tops, slides, opened)
    columns = np.broadcast_to(np.arange(opened.shape[1]), opened.shape)
    return replace(
        laid, sheet=laid.sheet[rows, columns], row=laid.row[rows, columns],
        column=laid.column[rows, columns], piece=laid.piece[rows, columns],
        rest=_rest(tops, slides, opened),
    )  # fmt: skip


def smoothed(colour: Floats, laid: Laid) -> Floats:
    """
    Return (H, W, 3) ``colour`` with its slid crest moved by the rest of a row as well.

    A crest that falls a row in ten columns is a staircase; a camera's edge is none.
    """
    if laid.rest is None:
        return colour
    rest, near = laid.rest[..., :1], laid.rest[..., 1:]
    moved = colour.copy()
    for way in (1, -1):
        part = np.maximum(rest * np.float32(way), np.float32(0))
        moved += part * (np.roll(colour, way, axis=0) - colour)
    # the composite has drawn out what is left of each stair by a pixel
    around = sum(
        np.float32(EVEN - abs(k)) * np.roll(moved, k, axis=1) for k in range(1 - EVEN, EVEN)
    ) / np.float32(EVEN * EVEN)
    found: Floats = moved + near * (around - moved)
    return found


def tops_of(colour: Floats, sky: Bytes) -> Rows:
    """Return (W,) the row at which each column falls from sky to land; 0 without an edge."""
    height = len(sky)
    about = np.where(sky.all(axis=0), height - 1, (sky == 0).argmax(axis=0))
    light = colour[..., 0] + colour[..., 1] + colour[..., 2]
    columns = np.arange(sky.shape[1])
    falls = []
    for k in range(-NEAR_PX, NEAR_PX + 1):
        row = np.clip(about + k, 2, height - 2)  # in haze an edge is three rows wide
        fall = light[row - 1, columns] - light[row, columns]
        falls.append(fall + light[row - 2, columns] - light[row + 1, columns])
    steep = np.abs(np.stack(falls))
    rows = np.clip(about + np.argmax(steep, axis=0) - NEAR_PX, 1, height - 1)
    clear = np.max(steep, axis=0) > np.float32(4 * LEAST_EDGE)  # of two sums of three
    found: Rows = np.where(clear, rows, 0).astype(np.int64)
    return found


def slides_of(
    tops: Rows, piece: NDArray[np.int64], opened: NDArray[np.bool_], most: float
) -> tuple[NDArray[np.float64], list[Span]]:
    """
    Return (W,) by how many rows each column slides down so that crests meet, and where.

    Args:
        tops: (W,) the first row that is not sky.
        piece: (H, W) which piece is laid.
        opened: (H, W) where one is.
        most: The largest step that is made up, in rows.
    """
    columns = np.arange(len(tops))
    open_, slides, spans = opened[tops, columns], np.zeros(len(tops)), []
    for first, last in _joints(piece[tops, columns]):
        step = _step_between(tops, first, last)
        ends = [
            min(_open_run(open_, start, way), int(RUN * abs(step)))
            for start, way in ((first, -1), (last, 1))
        ]
        if not any(ends) or not LEAST_PX <= abs(step) <= most:
            continue
        spans.append((first, last))
        for start, way, run in zip((first, last), (-1, 1), ends, strict=True):
            for k in range(run):
                # who has more room goes farther
                slides[start + way * k] -= way * step * run / sum(ends) * (1 - k / run)
        for x in range(first + 1, last):
            slides[x] = slides[first] if ends[0] else slides[last]
    return slides, spans


def _joints(mine: NDArray[np.int64]) -> list[Span]:
    """Return between which columns one piece's skyline becomes another's."""
    found: list[Span] = []
    for x in (int(v) for v in np.flatnonzero(mine[1:] != mine[:-1])):
        if found and x - found[-1][1] < 2 * NEAR_PX:
            found[-1] = found[-1][0], x + 1
        else:
            found.append((x, x + 1))
    room = 3 * NEAR_PX
    return [(a, b) for a, b in found if room <= a and b < len(mine) - room]


def _step_between(tops: Rows, first: int, last: int) -> float:
    """Return by how many rows the skyline falls from one to the other; 0 where one is rough."""
    near, far = NEAR_PX, 3 * NEAR_PX
    left, right = tops[first - far : first - near + 1], tops[last + near : last + far + 1]
    if max(np.ptp(left), np.ptp(right)) > CALM_PX:
        return 0.0
    slope = (left[-1] - left[0] + right[-1] - right[0]) / (2 * (far - near))
    away = slope * (last - first + near + far)
    return float(np.median(right) - np.median(left) - away)


def _open_run(open_: NDArray[np.bool_], start: int, way: int) -> int:
    """Return how many columns from ``start`` on, to one side, are open."""
    ahead = open_[start::way]
    return len(ahead) if ahead.all() else int(ahead.argmin())


def _without_slivers(laid: Laid, tops: Rows, span: Span, opened: NDArray[np.bool_]) -> Laid:
    """Return ``laid`` with the piece at one side carried on over what lies between two."""
    first, last = span
    from_ = first if opened[tops[first], first] else last
    sheet, row = laid.sheet.copy(), laid.row.copy()
    column, piece = laid.column.copy(), laid.piece.copy()
    room = int(RUN * NEAR_PX)
    for x in range(first + 1, last):
        rows = np.arange(max(0, tops[from_] - room), min(len(opened), tops[from_] + room))
        rows = rows[opened[rows, x] & opened[rows, from_]]
        own, to = laid.sheet[rows, from_], laid.column[rows, from_] + x - from_
        inside = (to >= 0) & (to < laid.atlas.size[own, 1])
        rows, own, to = rows[inside], own[inside], to[inside]
        there = laid.atlas.pixel[laid.atlas.base[own] + laid.row[rows, from_], to] > 0
        rows, own, to = rows[there], own[there], to[there]
        sheet[rows, x], column[rows, x] = own, to
        row[rows, x], piece[rows, x] = laid.row[rows, from_], laid.piece[rows, from_]
    return replace(laid, sheet=sheet, row=row, column=column, piece=piece)


def _rest(tops: Rows, slides: NDArray[np.float64], opened: NDArray[np.bool_]) -> Floats:
    """Return (H, W, 2) the part of a row by which a slid crest lies too high, and how near."""
    found = np.zeros((*opened.shape, 2), np.float32)
    every = np.arange(len(opened))
    for x in np.flatnonzero(slides):
        away = np.abs(every - tops[x] - slides[x])
        near = np.clip(2 - 2 * away / NEAR_PX, 0, 1)
        found[:, x, 0] = near * (slides[x] - np.rint(slides[x]))
        found[:, x, 1] = near
    inside = opened.copy()
    for k in range(1, EVEN):
        inside &= np.roll(opened, k, axis=1) & np.roll(opened, -k, axis=1)
    inside &= np.roll(opened, 1, axis=0) & np.roll(opened, -1, axis=0)
    found[~inside] = 0
    return found


def _slid_rows(
    tops: Rows, slides: NDArray[np.float64], opened: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return (H, W) the row each pixel takes its copy from; its own where that is no copy."""
    own = np.indices(opened.shape)[0]
    rows = own.copy()
    every = np.arange(len(opened))
    for x in np.flatnonzero(slides):
        away = np.abs(every - tops[x] - slides[x] / 2)
        near = 1 + abs(slides[x])
        share = np.clip(1 - (away - near) / (RUN * near), 0, 1)
        rows[:, x] = np.clip(every - np.rint(slides[x] * share), 0, len(every) - 1)
    columns = np.broadcast_to(np.arange(opened.shape[1]), opened.shape)
    found: NDArray[np.int64] = np.where(opened & opened[rows, columns], rows, own)
    return found
