"""
The layout: where the ranges of the references stand in the picture.

A matte painter's first decision. A layout is one to a few whole pieces of skyline,
side by side, each a shift of a sheet, joined where the profiles and the colours of
the slopes below agree, so that no peak floats and no sky enters rock. Here layouts are
drawn at random and priced; ``choice`` picks among the good ones, ``assembly`` puts the
chosen one on the canvas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.looks import (
    COLOUR_UNIT,
    PROFILES,
    heights_compared,
    looks_of,
    smooth_of,
    unit_of,
)
from seamline.generators.patch.resample import Bytes, Floats
from seamline.generators.patch.sheets import Sheet, columns_of

DRAWS = 360_000
DEAREST = 1.2
"""A layout that costs more is not kept."""
MOST_PIECES = 8
SCALES = (1.0, 0.87, 0.94, 1.07, 1.14, 1.2)
WHOLE_SCALES = (*SCALES, 1.3)
"""Of whole pictures: over a wide canvas a photograph has hardly a layout but its own."""
ENLARGING = 0.8
"""What enlarging costs, per unit beyond 1.15: it softens."""
JOIN = 1.5
"""Price of the mean squared disagreement at a join, profile and colours in their units."""
WORST = 0.3
WORST_OF_CARDS = 0.6
"""Price of the depth at which the colours disagree most: a wood must not end in a wall.
Of cards there are joins enough to choose among: at .3 a dark slope ended in a grey one."""
CREST = 0.5
"""Price of the profiles alone: what is bent to meet should hardly have to be. Whole pictures
are joined sky and all, and not bent."""
ENDS = 2.0
"""Price of a join all along which one of the two cards has nothing to show."""
FILLER = 0.25
"""So much of a completed pixel counts as missing: shown, but not if it can be helped."""
VERBATIM = 1.0
"""Price of a range of cards that is one whole photograph; none where 40 % of it is."""
SKY_PRICE = 1.2
"""Price of a picture that is all missing sky: what smooth patches fill least badly."""
ROW_STEP = 4
COLUMN_STEP = 4
"""Every fourth row and column of a sheet is looked at for what may be copied."""
DRAWN_PX = 120
"""A skyline so far from the drawn one is as wrong as can be."""
DRAWN_PRICE = 4.0
"""What that costs."""
BODY_PX = 260
"""Down to here below the skyline a gap is seen at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Columns ``left`` to ``right`` of the canvas show ``sheet`` shifted by (dx, dy)."""

    sheet: int
    left: int
    right: int
    dx: int
    """Canvas column plus ``dx`` is the sheet's column."""
    dy: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Pieces from left to right of sheets at ``scale``, perhaps mirrored; and what it costs."""

    scale: float
    mirrored: bool
    pieces: tuple[Piece, ...]
    cost: float
    missing: float
    """Share of what is needed that no piece covers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """
    What a layout must serve.

    Attributes:
        need: (H, W) what will be seen.
        horizon_row: Row of elevation 0 on the canvas.
        px_per_deg: Sampling of the canvas.
        mean_rows: Where the skyline's mean may lie, rows of the canvas.
        skyline_seen: Whether the skyline itself should be in the picture.
        own_sky: Whether the sheets' own skies are shown, so that a missing one costs.
        mirrored: Ways round that the light allows.
        drawn: (W,) float32 rows of the skyline somebody drew, NaN elsewhere; or None.
        feet: By index of its reference, the row of a sheet, as it is, that lies on
            ``foot_row``: what stands at the water is not lifted off it.
    """

    need: NDArray[np.bool_]
    horizon_row: float
    px_per_deg: float
    mean_rows: tuple[float, float]
    skyline_seen: bool
    own_sky: bool = True
    mirrored: tuple[bool, ...] = (False, True)
    drawn: Floats | None = None
    feet: Mapping[int, float] = field(default_factory=dict)
    foot_row: float | None = None


def can_be_laid_out(sheets: Sequence[Sheet], width: int) -> bool:
    """Whether some sheet shows a skyline over a useful stretch."""
    return any(int(s.trusted.sum()) >= min(200, width // 4) for s in sheets)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tables:
    """What the search reads: every sheet at every scale and way round, padded to one size."""

    turns: list[tuple[float, bool]]
    soft: NDArray[np.float64]
    top: Floats
    trusted: Bytes
    looks: Floats
    covered: Floats
    size: NDArray[np.int32]
    span: NDArray[np.int32]
    level: Floats


def _worth(sheet: Sheet, rows: NDArray[np.int64], at: NDArray[np.int64]) -> Floats:
    """Return (R, W) how many of the sampled rows down to each may be copied; filler is less."""
    may = np.cumsum(sheet.usable[rows][:, at], axis=0, dtype=np.int32).astype(np.float32)
    if sheet.hidden is None:
        return may
    filler = np.cumsum(sheet.hidden[rows][:, at], axis=0, dtype=np.int32)
    return may - np.float32(FILLER) * filler.astype(np.float32)


def tables_of(sheets: Sequence[Sheet], brief: Brief) -> Tables:
    """Return the tables of ``sheets`` at every scale and way round allowed."""
    flat = all(s.elevation_deg is None for s in sheets)
    scales = WHOLE_SCALES if brief.own_sky else SCALES
    turns = [(z, m) for m in brief.mirrored for z in scales] if flat else [(1.0, False)]
    largest = max(z for z, _ in turns)
    height = max(int(s.height * largest + 1.5) for s in sheets)
    width = max(int(s.width * largest + 1.5) for s in sheets)
    count = len(sheets) * len(turns)
    own_sky = brief.own_sky
    compared = heights_compared(own_sky=own_sky)
    features = PROFILES + 3 * (compared + 1)
    top = np.full((count, width), 1e6, np.float32)
    trusted = np.zeros((count, width), np.uint8)
    looks = np.zeros((count, width, features), np.float32)
    covered = np.zeros((count, height // ROW_STEP + 2, width // COLUMN_STEP + 1), np.float32)
    size = np.zeros((count, 2), np.int32)
    span = np.zeros((count, 2), np.int32)
    level = np.full(count, np.nan, np.float32)
    soft = [smooth_of(s) for s in sheets]
    unit = np.float32(COLOUR_UNIT if own_sky else unit_of(sheets, soft))
    for k, (z, mirrored) in enumerate((z, m) for z, m in turns for _ in sheets):
        sheet = sheets[k % len(sheets)]
        h, w = int(sheet.height * z + 0.5), int(sheet.width * z + 0.5)
        at = columns_of(sheet.width, w, z, mirrored=mirrored)
        size[k] = h, w
        rows = np.minimum(((np.arange(0, h, ROW_STEP) + 0.5) / z).astype(int), sheet.height - 1)
        sampled = _worth(sheet, rows, at[::COLUMN_STEP])
        across = sampled.shape[1]
        covered[k, 1 : len(rows) + 1, :across] = sampled
        covered[k, len(rows) + 1 :, :across] = sampled[-1]
        assert sheet.top is not None
        top[k, :w] = np.floor(sheet.top[at] * np.float32(z) + np.float32(0.5))
        trusted[k, :w] = sheet.trusted[at]
        looks[k, :w] = looks_of(sheet, soft[k % len(sheets)], at, z, own_sky=own_sky, unit=unit)
        seen = np.flatnonzero(trusted[k])
        if len(seen):
            span[k] = seen[0], seen[-1] + 1
        if sheet.elevation_deg is not None:
            middle = sheet.elevation_deg[sheet.height // 2, sheet.width // 2]
            # row of the canvas on which the sheet's row 0 must lie
            level[k] = brief.horizon_row - middle * brief.px_per_deg - sheet.height // 2
        elif sheet.reference in brief.feet and brief.foot_row is not None:
            level[k] = brief.foot_row - brief.feet[sheet.reference] * z
    soften = np.array([max(0.0, z - 1.15) * ENLARGING for z, _ in turns])
    return Tables(
        turns=turns, soft=soften, top=top, trusted=trusted, looks=looks, covered=covered,
        size=size, span=span, level=level,
    )  # fmt: skip


@njit(nogil=True, cache=True)
def _rows_missing(covered: Any, k: int, x: int, first: int, last: int, height: int) -> Any:
    """Return how many of the rows ``first`` to ``last`` cannot be copied near column x."""
    a = min(max(first, 0), height) // 4
    b = min(max(last, 0), height) // 4
    at = x // 4
    return max(0.0, last - first - 4.0 * (covered[k, b, at] - covered[k, a, at]))


@njit(nogil=True, cache=True)
def _search(
    top: Floats,
    trusted: Bytes,
    looks: Floats,
    covered: Any,
    size: Any,
    span: Any,
    level: Floats,
    soft: Any,
    sheets: int,
    need_top: Any,
    need_bottom: Any,
    mean_low: float,
    mean_high: float,
    skyline_seen: bool,
    drawn: Floats,
    sky_price: float,
    verbatim: float,
    crested: float,
    worse: float,
    fewest: int,
    seed: int,
    draws: int,
    dearest: float,
) -> Any:
    """
    Draw layouts; return (N, 5 + 4 * MOST_PIECES), those that cost less than ``dearest``.

    A row: cost, turn, mean row of the skyline, share missing, number of pieces; then
    for each piece sheet, right end, dx, dy.
    """
    turns, features = looks.shape[0] // sheets, looks.shape[2]
    width = len(need_top)
    out = np.zeros((20000, 5 + 4 * 8), np.float32)
    held = 0
    needed = 1.0
    for x in range(0, width, 8):
        needed += max(0, need_bottom[x] - need_top[x])
    cuts = np.zeros(9, np.int64)
    chosen = np.zeros(8, np.int64)
    dx = np.zeros(8, np.int64)
    dy = np.zeros(8, np.int64)
    for n in range(draws):
        if held == len(out):
            break
        turn = n % turns
        if (n // turns) % 3 == 0 and fewest == 1 and n > draws // 24:
            continue  # one piece needs few draws: nothing has to agree
        pieces = min(8, fewest + (n // turns) % 3)
        cuts[0], cuts[pieces] = 0, width
        good = True
        for i in range(1, pieces):
            share = width / pieces
            wobble = below(draw(seed, n, 2, i), 2001) / 1000.0 - 1
            cuts[i] = int(share * i + share * 0.7 * wobble)
        cost = soft[turn]
        for i in range(pieces):
            k = turn * sheets + below(draw(seed, n, 3, i), sheets)
            length = cuts[i + 1] - cuts[i]
            room = span[k, 1] - span[k, 0] - length
            if length < 60 or room < 0:
                good = False
                break
            start = span[k, 0] + below(draw(seed, n, 4, i), room + 1)
            chosen[i], dx[i] = k, start - cuts[i]
            if trusted[k, start] == 0 or trusted[k, start + length - 1] == 0:
                good = False
                break
            p, a = k, start
            if i > 0:
                p, a = chosen[i - 1], cuts[i] + dx[i - 1]
                if a >= size[p, 1] or (p == k and abs(a - start) < 120):
                    good = False
                    break
                total, body, worst, crest = 0.0, 0.0, 0.0, 0.0
                for f in range(features):
                    d = looks[p, a, f] - looks[k, start, f]
                    total += min(d * d, 4.0)
                    if f < PROFILES:
                        crest += min(d * d, 4.0)
                    else:
                        body += min(d * d, 4.0)
                        if (f - PROFILES) % 3 == 2:
                            worst = max(worst, body)
                            body = 0.0
                cost += JOIN * total / features + worse * worst + crested * crest / PROFILES
                if cost > dearest:
                    good = False
                    break
            if not np.isnan(level[k]):
                dy[i] = -int(np.floor(level[k] + 0.5))
                if i > 0:
                    climb = (top[p, a] - dy[i - 1] - top[k, start] + dy[i]) / 12.0
                    cost += min(3.0, climb * climb)
            elif i == 0:
                total = 0.0
                for x in range(start, start + length, 8):
                    total += top[k, x]
                share = below(draw(seed, n, 5, i), 4096) / 4095.0
                mean = mean_low + (mean_high - mean_low) * share
                dy[i] = int(total / ((length + 7) // 8) - mean)
            else:
                dy[i] = int(np.floor(top[k, start] - top[p, a] + 0.5)) + dy[i - 1]
            if i > 0 and crested > 0:
                # where one of two cards ends above the other's foot, the end is seen
                foot = need_bottom[cuts[i]]
                line = max(int(top[k, start]) - dy[i], need_top[cuts[i]])
                one = _rows_missing(
                    covered, p, a, line + dy[i - 1], foot + dy[i - 1], size[p, 0]
                )
                two = _rows_missing(covered, k, start, line + dy[i], foot + dy[i], size[k, 0])
                cost += ENDS * abs(one - two) / max(1, foot - line)
        if not good:
            continue
        land, near, sky, off, unseen, rows, count = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0
        astray, traced = 0.0, 0
        for i in range(pieces):
            k = chosen[i]
            for x in range(cuts[i] + (-cuts[i]) % 8, cuts[i + 1], 8):
                sx = x + dx[i]
                line = int(top[k, sx]) - dy[i]
                rows += line
                count += 1
                if not np.isnan(drawn[x]):
                    astray += min(DRAWN_PX, abs(line - drawn[x]))
                    traced += 1
                if need_bottom[x] <= need_top[x]:
                    continue
                tall = need_bottom[x] - need_top[x]
                if skyline_seen and line < need_top[x] + 0.04 * tall:
                    off += 1
                elif skyline_seen and line > need_bottom[x] - 0.08 * tall:
                    off += 0.3  # sinking behind what is live is no fault, only less of a range
                if trusted[k, sx] == 0:
                    unseen += 1
                split = min(max(line, need_top[x]), need_bottom[x])
                sky += _rows_missing(
                    covered, k, sx, need_top[x] + dy[i], split + dy[i], size[k, 0]
                )
                body = min(split + BODY_PX, need_bottom[x])
                near += _rows_missing(covered, k, sx, split + dy[i], body + dy[i], size[k, 0])
                land += _rows_missing(
                    covered, k, sx, split + dy[i], need_bottom[x] + dy[i], size[k, 0]
                )
        mean = rows / count
        if traced > 0:
            cost += DRAWN_PRICE * astray / (DRAWN_PX * traced)
        repeat = 0.0
        for i in range(pieces):
            for j in range(i):
                if chosen[i] == chosen[j]:
                    a = max(cuts[i] + dx[i], cuts[j] + dx[j])
                    b = min(cuts[i + 1] + dx[i], cuts[j + 1] + dx[j])
                    repeat += max(0, b - a)
        cost += (
            4.0 * land / needed
            + 30.0 * near / needed
            + sky_price * sky / needed
            + 4.0 * off / count
        )
        if sky_price == 0:
            sky = 0.0
            longest = 0
            for i in range(pieces):
                longest = max(longest, cuts[i + 1] - cuts[i])
            cost += verbatim * max(0.0, (longest / width - 0.4) / 0.6)
        cost += 4.0 * unseen / count + 6.0 * repeat / width
        if np.isnan(level[chosen[0]]) and (mean < mean_low or mean > mean_high):
            cost += 1.0
        if cost > dearest:
            continue
        out[held, 0], out[held, 1], out[held, 2] = cost, turn, mean
        out[held, 3], out[held, 4] = (land + sky) / needed, pieces
        for i in range(pieces):
            out[held, 5 + 4 * i], out[held, 6 + 4 * i] = chosen[i] - turn * sheets, cuts[i + 1]
            out[held, 7 + 4 * i], out[held, 8 + 4 * i] = dx[i], dy[i]
        held += 1
    return out[:held]


def draw_layouts(tables: Tables, brief: Brief, *, sheets: int, seed: int) -> Floats:
    """
    Return (N, 5 + 4 * MOST_PIECES) layouts that can be had, as ``_search`` writes them.

    Args:
        tables: The sheets' tables.
        brief: What the layouts must serve.
        sheets: How many sheets there are.
        seed: Decides the draws.
    """
    height, width = brief.need.shape
    any_need = brief.need.any(axis=0)
    need_top = np.where(any_need, brief.need.argmax(axis=0), 0).astype(np.int64)
    bottom = height - brief.need[::-1].argmax(axis=0)
    need_bottom = np.where(any_need, bottom, 0).astype(np.int64)
    longest = int((tables.span[:, 1] - tables.span[:, 0]).max())
    fewest = max(1, -(-width // max(1, longest)))
    if fewest > MOST_PIECES:
        return np.zeros((0, 5 + 4 * MOST_PIECES), np.float32)
    drawn_rows, dearest = np.full(width, np.nan, np.float32), DEAREST
    if brief.drawn is not None:  # no range is just as it was drawn
        drawn_rows, dearest = brief.drawn, DEAREST + DRAWN_PRICE / 2
    drawn: Floats = _search(
        tables.top, tables.trusted, tables.looks, tables.covered, tables.size, tables.span,
        tables.level, tables.soft, sheets, need_top, need_bottom, brief.mean_rows[0],
        brief.mean_rows[1], brief.skyline_seen, drawn_rows,
        SKY_PRICE if brief.own_sky else 0.0, VERBATIM,
        *((0.0, WORST) if brief.own_sky else (CREST, WORST_OF_CARDS)),
        fewest, seed, DRAWS, dearest,
    )  # fmt: skip
    return drawn
