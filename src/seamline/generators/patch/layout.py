"""
The layout: where the ranges of the references stand in the picture.

A matte painter's first decision. A layout is one to a few whole pieces of skyline,
side by side, each a shift of a sheet, joined where the profiles and the colours of
the slopes below agree, so that no peak floats and no sky enters rock. Many layouts
are drawn and priced; a variation takes, among the good ones, the one nearest to its
own place in a low-discrepancy sequence, so that variations spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.resample import Bytes, Floats, blur, shrink
from seamline.generators.patch.sheets import Sheet, columns_of
from seamline.generators.patch.skyline import best_line

DRAWS = 320000
DEAREST = 1.2
MOST_PIECES = 8
LOT = 12
EXCHANGES = 3
FAR = 0.036
UNSEEN = 1e6
JOIN = 1.5
WORST = 0.22
PATIENCE = 0.006
WORSE = 0.5
OF_A_KIND = 200
SCALES = (1.0, 0.87, 1.07, 1.14, 1.3)
ENLARGING = 0.8
"""What enlarging costs, per unit beyond 1.15: it softens."""
ROW_STEP = 4
DEPTHS_PX = (8, 20, 36, 56, 80, 110, 145, 190, 240)
PROFILE_PX = 40
PROFILE_STEP = 8
PROFILES = 2 * PROFILE_PX // PROFILE_STEP + 1
OVERLAP_PX = 60


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Tables:
    """What the search reads: every sheet at every scale and way round, padded to one size."""

    turns: list[tuple[float, bool]]
    soft: NDArray[np.float64]
    top: Floats
    trusted: Bytes
    looks: Floats
    covered: NDArray[np.int32]
    size: NDArray[np.int32]
    span: NDArray[np.int32]
    level: Floats


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
    """

    need: NDArray[np.bool_]
    horizon_row: float
    px_per_deg: float
    mean_rows: tuple[float, float]
    skyline_seen: bool


def can_be_laid_out(sheets: Sequence[Sheet], width: int) -> bool:
    """Whether some sheet shows a skyline over a useful stretch."""
    return any(int(s.trusted.sum()) >= min(200, width // 4) for s in sheets)


def _soft(sheet: Sheet) -> tuple[list[Floats], Floats]:
    share = np.ascontiguousarray(sheet.usable, dtype=np.float32)
    weight = blur(share, 8)
    planes = [
        blur(np.ascontiguousarray(sheet.colour[..., c] * share), 8)
        / np.maximum(weight, np.float32(1e-3))
        for c in range(3)
    ]
    return planes, weight


def _descriptors(
    sheet: Sheet, soft: tuple[list[Floats], Floats], at: NDArray[np.int64], scale: float
) -> Floats:
    """Return (W, F): the profile around each column and the colours at depths below it."""
    assert sheet.top is not None
    planes, weight = soft
    width = len(at)
    top = sheet.top[at].astype(np.float32) * np.float32(scale)
    columns = np.arange(width)
    parts = []
    for o in range(-PROFILE_PX, PROFILE_PX + 1, PROFILE_STEP):
        parts.append((top[np.clip(columns + o, 0, width - 1)] - top) / np.float32(PROFILE_STEP))
    for depth in (-24, *DEPTHS_PX):
        rows = np.clip(sheet.top[at] + int(depth / scale), 0, sheet.height - 1)
        seen = weight[rows, at] > np.float32(0.5)
        for plane in planes:
            value = plane[rows, at] / np.float32(0.14)
            parts.append(np.where(seen, value, np.float32(-9)))
    return np.stack(parts, axis=1).astype(np.float32)


def _tables(sheets: Sequence[Sheet], brief: Brief) -> _Tables:
    flat = all(s.elevation_deg is None for s in sheets)
    turns = [(z, m) for m in (False, True) for z in SCALES] if flat else [(1.0, False)]
    largest = max(z for z, _ in turns)
    height = max(int(s.height * largest + 1.5) for s in sheets)
    width = max(int(s.width * largest + 1.5) for s in sheets)
    count = len(sheets) * len(turns)
    features = PROFILES + 3 * (len(DEPTHS_PX) + 1)
    top = np.full((count, width), 1e6, np.float32)
    trusted = np.zeros((count, width), np.uint8)
    looks = np.zeros((count, width, features), np.float32)
    covered = np.zeros((count, height // ROW_STEP + 2, width), np.int32)
    size = np.zeros((count, 2), np.int32)
    span = np.zeros((count, 2), np.int32)
    level = np.full(count, np.nan, np.float32)
    soft = [_soft(s) for s in sheets]
    for k, (z, mirrored) in enumerate((z, m) for z, m in turns for _ in sheets):
        sheet = sheets[k % len(sheets)]
        h, w = int(sheet.height * z + 0.5), int(sheet.width * z + 0.5)
        at = columns_of(sheet.width, w, z, mirrored=mirrored)
        size[k] = h, w
        rows = np.minimum(((np.arange(0, h, ROW_STEP) + 0.5) / z).astype(int), sheet.height - 1)
        sampled = np.cumsum(sheet.usable[rows][:, at], axis=0, dtype=np.int32)
        covered[k, 1 : len(rows) + 1, :w] = sampled
        covered[k, len(rows) + 1 :, :w] = sampled[-1]
        assert sheet.top is not None
        top[k, :w] = np.floor(sheet.top[at] * np.float32(z) + np.float32(0.5))
        trusted[k, :w] = sheet.trusted[at]
        looks[k, :w] = _descriptors(sheet, soft[k % len(sheets)], at, z)
        seen = np.flatnonzero(trusted[k])
        if len(seen):
            span[k] = seen[0], seen[-1] + 1
        if sheet.elevation_deg is not None:
            middle = sheet.elevation_deg[sheet.height // 2, sheet.width // 2]
            # row of the canvas on which the sheet's row 0 must lie
            level[k] = brief.horizon_row - middle * brief.px_per_deg - sheet.height // 2
    return _Tables(
        turns=turns, soft=np.array([max(0.0, z - 1.15) * ENLARGING for z, _ in turns]), top=top, trusted=trusted, looks=looks, covered=covered, size=size,
        span=span, level=level,
    )  # fmt: skip


@njit(nogil=True, cache=True)
def _rows_missing(covered: Any, k: int, x: int, first: int, last: int, height: int) -> float:
    """How many of the sheet's rows ``first`` to ``last`` cannot be copied in column x."""
    a = min(max(first, 0), height) // 4
    b = min(max(last, 0), height) // 4
    return max(0.0, last - first - 4.0 * (covered[k, b, x] - covered[k, a, x]))


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
                total, body, worst = 0.0, 0.0, 0.0
                for f in range(features):
                    d = looks[p, a, f] - looks[k, start, f]
                    total += min(d * d, 4.0)
                    if f >= PROFILES:
                        body += min(d * d, 4.0)
                        if (f - PROFILES) % 3 == 2:
                            worst = max(worst, body)
                            body = 0.0
                cost += JOIN * total / features + WORST * worst
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
        if not good:
            continue
        land, near, sky, off, unseen, rows, count = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0
        for i in range(pieces):
            k = chosen[i]
            for x in range(cuts[i] + (-cuts[i]) % 8, cuts[i + 1], 8):
                sx = x + dx[i]
                line = int(top[k, sx]) - dy[i]
                rows += line
                count += 1
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
                body = min(split + 170, need_bottom[x])
                near += _rows_missing(covered, k, sx, split + dy[i], body + dy[i], size[k, 0])
                land += _rows_missing(
                    covered, k, sx, split + dy[i], need_bottom[x] + dy[i], size[k, 0]
                )
        mean = rows / count
        repeat = 0.0
        for i in range(pieces):
            for j in range(i):
                if chosen[i] == chosen[j]:
                    a = max(cuts[i] + dx[i], cuts[j] + dx[j])
                    b = min(cuts[i + 1] + dx[i], cuts[j + 1] + dx[j])
                    repeat += max(0, b - a)
        cost += (
            4.0 * land / needed + 30.0 * near / needed + 1.2 * sky / needed + 4.0 * off / count
        )
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


@njit(nogil=True, cache=True)
def _thumbnails(
    pool: Floats, colours: Any, usable: Any, sizes: Any, turns: Any, need: Any
) -> Any:
    """
    Return (N, S, 3): what each layout would look like on the sampled needed pixels.

    Each less its own mean; ``UNSEEN`` where nothing can be copied and nobody knows yet.
    """
    height, width = need.shape
    ys, xs = np.nonzero(need[8::24, 8::24])
    out = np.zeros((len(pool), len(ys), 3), np.float64)
    for n in range(len(pool)):
        scale, mirrored = turns[int(pool[n, 1]), 0], turns[int(pool[n, 1]), 1] > 0.5
        mean = np.zeros(3)
        count = 0
        for s in range(len(ys)):
            y, x = ys[s] * 24 + 8, xs[s] * 24 + 8
            i = 0
            while x >= pool[n, 6 + 4 * i]:
                i += 1
            k = int(pool[n, 5 + 4 * i])
            sy = int((y + pool[n, 8 + 4 * i] + 0.5) / scale) // 8
            sx = int((x + pool[n, 7 + 4 * i] + 0.5) / scale) // 8
            h, w = sizes[k, 0], sizes[k, 1]
            if mirrored:
                sx = w - 1 - sx
            sy, sx = min(max(sy, 0), h - 1), min(max(sx, 0), w - 1)
            if usable[k, sy, sx] == 0:
                out[n, s, 0] = UNSEEN
                continue
            for c in range(3):
                out[n, s, c] = colours[k, sy, sx, c]
                mean[c] += out[n, s, c]
            count += 1
        for s in range(len(ys)):
            if out[n, s, 0] < UNSEEN:
                for c in range(3):
                    out[n, s, c] -= mean[c] / max(1, count)
    return out


@njit(nogil=True, cache=True)
def _difference(a: Any, b: Any) -> float:
    """Return the rms difference left after the best gain, the smaller of both ways."""
    aa, bb, ab = 1e-12, 1e-12, 0.0
    for s in range(a.shape[0]):
        if a[s, 0] >= UNSEEN or b[s, 0] >= UNSEEN:
            continue
        for c in range(3):
            aa += a[s, c] * a[s, c]
            bb += b[s, c] * b[s, c]
            ab += a[s, c] * b[s, c]
    n = max(1, a.shape[0] * 3)  # a region may lie between the sampled pixels
    return np.sqrt(max(0.0, min(bb - ab * ab / aa, aa - ab * ab / bb)) / n)


@njit(nogil=True, cache=True)
def _spread(thumbs: Any, cost: Any, look: Any, looks: int, rounds: int) -> Any:
    """
    Return (looks * rounds,) candidates that differ from each other, looks taking turns.

    Each is first chosen to differ most from those before it, then, in turn, exchanged
    for one that differs more from all the others. -1 where a look has no candidate.
    """
    count = looks * rounds
    picks = np.full(count, -1, np.int64)
    apart = np.full((len(cost), count), 1e9)
    for turn in range(count * (1 + EXCHANGES)):
        t = turn % count
        best, value = -1, -1e18
        for i in range(len(cost)):
            if look[i] != t % looks:
                continue
            nearest = FAR
            for u in range(count):
                if u != t:
                    nearest = min(nearest, apart[i, u])
            here = nearest - PATIENCE * cost[i]
            if nearest < 1e-6:
                here -= 10.0
            if here > value:
                best, value = i, here
        if best < 0 or best == picks[t]:
            continue
        picks[t] = best
        for i in range(len(cost)):
            apart[i, t] = _difference(thumbs[best], thumbs[i])
    return picks


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pool:
    """Layouts of one look worth choosing from, and what each would look like."""

    turns: list[tuple[float, bool]]
    rows: Floats
    thumbs: NDArray[np.float64]


def find_layout(
    looks: Sequence[Sequence[Sheet]], brief: Brief, *, index: int, which: int
) -> Layout | None:
    """
    Return the ``index``-th layout of the look ``which``, or None when nothing fits.

    Looks take turns. ``LOT`` layouts of all looks together are chosen so that, as
    pictures, they differ from one another; after those another lot is drawn.

    Args:
        looks: For each look its sheets as they are; each sheet has a skyline.
        brief: What the layouts must serve.
        index: Round, from 0.
        which: The look wanted.
    """
    rounds = -(-LOT // len(looks))
    lot, turn = divmod(index, rounds)
    pools = [_pool_of(sheets, brief, lot) for sheets in looks]
    mine = pools[which]
    if mine is None:
        return None
    found = [(i, pool) for i, pool in enumerate(pools) if pool is not None]
    picks = _spread(
        np.concatenate([pool.thumbs for _, pool in found]),
        np.concatenate([pool.rows[:, 0].astype(np.float64) for _, pool in found]),
        np.concatenate([np.full(len(pool.rows), i) for i, pool in found]),
        len(looks),
        rounds,
    )
    before = sum(len(pool.rows) for i, pool in found if i < which)
    return _layout_of(mine.rows[picks[turn * len(looks) + which] - before], mine.turns)


def _layout_of(row: Floats, turns: list[tuple[float, bool]]) -> Layout:
    scale, mirrored = turns[int(row[1])]
    pieces, left = [], 0
    for i in range(int(row[4])):
        sheet, right, dx, dy = (int(v) for v in row[5 + 4 * i : 9 + 4 * i])
        pieces.append(Piece(sheet=sheet, left=left, right=right, dx=dx, dy=dy))
        left = right
    return Layout(
        scale=scale,
        mirrored=mirrored,
        pieces=tuple(pieces),
        cost=float(row[0]),
        missing=float(row[3]),
    )


def _pool_of(sheets: Sequence[Sheet], brief: Brief, lot: int) -> _Pool | None:
    if not sheets:
        return None
    tables = _tables(sheets, brief)
    height, width = brief.need.shape
    any_need = brief.need.any(axis=0)
    need_top = np.where(any_need, brief.need.argmax(axis=0), 0).astype(np.int64)
    bottom = height - brief.need[::-1].argmax(axis=0)
    need_bottom = np.where(any_need, bottom, 0).astype(np.int64)
    longest = int((tables.span[:, 1] - tables.span[:, 0]).max())
    fewest = max(1, -(-width // max(1, longest)))
    if fewest > MOST_PIECES:
        return None
    drawn = _search(
        tables.top, tables.trusted, tables.looks, tables.covered, tables.size, tables.span,
        tables.level, tables.soft, len(sheets), need_top, need_bottom, brief.mean_rows[0],
        brief.mean_rows[1], brief.skyline_seen, fewest, 1 + lot, DRAWS, DEAREST,
    )  # fmt: skip
    rows = _worth_choosing(drawn)
    if not len(rows):
        return None
    turns = np.array(tables.turns, np.float64)
    thumbs = _thumbnails(rows, *_small(sheets), turns, brief.need)
    return _Pool(turns=tables.turns, rows=rows, thumbs=thumbs)


def _worth_choosing(drawn: Floats) -> Floats:
    """Of every turn and number of pieces the first few that are not much worse than the best."""
    if not len(drawn):
        return drawn
    limit = drawn[:, 0].min() + np.float32(WORSE)
    taken: dict[tuple[int, int], int] = {}
    rows = [int(drawn[:, 0].argmin())]
    for i in np.flatnonzero(drawn[:, 0] <= limit):
        kind = int(drawn[i, 1]), int(drawn[i, 4])
        if taken.get(kind, 0) < OF_A_KIND:
            taken[kind] = taken.get(kind, 0) + 1
            rows.append(int(i))
    return np.ascontiguousarray(drawn[rows])


def _small(sheets: Sequence[Sheet]) -> tuple[Floats, Bytes, NDArray[np.int32]]:
    sizes = np.array([(max(1, s.height // 8), max(1, s.width // 8)) for s in sheets], np.int32)
    height, width = int(sizes[:, 0].max()), int(sizes[:, 1].max())
    colours = np.zeros((len(sheets), height, width, 3), np.float32)
    usable = np.zeros((len(sheets), height, width), np.uint8)
    for k, sheet in enumerate(sheets):
        h, w = (int(v) for v in sizes[k])
        share = sheet.usable.astype(np.float32)[..., None]
        both = np.concatenate([sheet.colour * share, share], axis=2)
        small = shrink(np.ascontiguousarray(both), h, w)
        colours[k, :h, :w] = small[..., :3] / np.maximum(small[..., 3:], np.float32(1e-3))
        usable[k, :h, :w] = small[..., 3] > np.float32(0.5)
    return colours, usable, sizes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaidOut:
    """The layout on the canvas's pixels: match of each pixel, and the skyline (W,)."""

    sheet: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    top: NDArray[np.int32]


def lay_out(layout: Layout, sheets: Sequence[Sheet], height: int, width: int) -> LaidOut:
    """
    Return the matches of ``layout`` on a canvas of ``height`` x ``width``.

    Neighbouring pieces overlap by up to 60 px on either side of the cut; between them
    runs the line along which they differ least. Where a piece has nothing usable the
    neighbour stands in within the overlap. A pixel whose label contradicts the skyline
    is left open: below the skyline there is no sky, and above it nothing else.
    """
    sheet = np.full((height, width), -1, np.int32)
    row, column = np.zeros_like(sheet), np.zeros_like(sheet)
    owner = np.zeros((height, width), np.int32)
    for i, piece in enumerate(layout.pieces):
        owner[:, piece.left : piece.right] = i
    for i in range(1, len(layout.pieces)):
        _join(owner, layout.pieces[i - 1], layout.pieces[i], i, sheets)
    for i, piece in enumerate(layout.pieces):
        _place(sheet, row, column, owner, i, piece, sheets[piece.sheet])
    top = _one_skyline(layout, sheets, owner, sheet, row, column)
    _contradictions(sheet, row, column, top, sheets)
    return LaidOut(sheet=sheet, row=row, column=column, top=top)


def _overlap(before: Piece, after: Piece, sheets: Sequence[Sheet]) -> tuple[int, int]:
    cut = after.left
    reach = min(OVERLAP_PX, (before.right - before.left) // 3, (after.right - after.left) // 3)
    left = max(cut - reach, -after.dx)
    right = min(cut + reach, sheets[before.sheet].width - before.dx)
    return left, right


def _join(
    owner: NDArray[np.int32], before: Piece, after: Piece, index: int, sheets: Sequence[Sheet]
) -> None:
    height = owner.shape[0]
    left, right = _overlap(before, after, sheets)
    if right - left < 4:
        return
    planes = []
    for piece in (before, after):
        sheet = sheets[piece.sheet]
        rows = np.clip(np.arange(height) + piece.dy, 0, sheet.height - 1)
        columns = np.clip(np.arange(left, right) + piece.dx, 0, sheet.width - 1)
        inside = (np.arange(height) + piece.dy >= 0) & (
            np.arange(height) + piece.dy < sheet.height
        )
        ok = (sheet.usable[rows][:, columns] > 0) & inside[:, None]
        planes.append((sheet.colour[rows][:, columns], sheet.label[rows][:, columns], ok))
    (c0, l0, ok0), (c1, l1, ok1) = planes
    d = c0 - c1
    price = d[..., 0] * d[..., 0] + d[..., 1] * d[..., 1] + d[..., 2] * d[..., 2]
    price = price + np.where(l0 != l1, np.float32(0.05), np.float32(0))
    price = np.where(ok0 & ok1, price, np.float32(0.02)).astype(np.float32)
    gain = np.ascontiguousarray(-blur(np.ascontiguousarray(price), 2).T)
    low = np.ones(height, np.int32)
    high = np.full(height, right - left - 2, np.int32)
    path = best_line(gain, low, high, 0.004)
    columns = np.arange(left, right)[None, :]
    strip = owner[:, left:right]
    after_here = columns >= (left + path)[:, None]
    # where only one of the two has something to show, it stands
    after_here = np.where(ok0 & ~ok1, False, np.where(ok1 & ~ok0, True, after_here))
    owner[:, left:right] = np.where(
        after_here, index, np.where(strip == index, index - 1, strip)
    )


def _place(
    sheet: NDArray[np.int32],
    row: NDArray[np.int32],
    column: NDArray[np.int32],
    owner: NDArray[np.int32],
    index: int,
    piece: Piece,
    source: Sheet,
) -> None:
    height, width = owner.shape
    ys, xs = np.indices((height, width), dtype=np.int32)
    sy, sx = ys + piece.dy, xs + piece.dx
    inside = (sy >= 0) & (sx >= 0) & (sy < source.height) & (sx < source.width)
    usable = source.usable[np.clip(sy, 0, source.height - 1), np.clip(sx, 0, source.width - 1)]
    here = (owner == index) & inside & (usable > 0)
    sheet[here], row[here], column[here] = piece.sheet, sy[here], sx[here]


@njit(nogil=True, cache=True)
def _step_rows(votes: Any, low: Any, high: Any) -> Any:
    """Per column, the row that splits best into sky (votes 1) above and land (-1) below."""
    h, w = votes.shape
    out = np.zeros(w, np.int32)
    for x in range(w):
        total, best = 0, -(1 << 30)
        for y in range(h + 1):
            if low[x] <= y <= high[x] and total > best:
                best = total
                out[x] = y
            if y < h:
                total += votes[y, x]
    return out


def _one_skyline(
    layout: Layout,
    sheets: Sequence[Sheet],
    owner: NDArray[np.int32],
    sheet: NDArray[np.int32],
    row: NDArray[np.int32],
    column: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return the canvas's skyline (W,): one row per column, from what stands there."""
    height, width = sheet.shape
    votes = np.zeros((height, width), np.int8)
    guess = np.zeros(width, np.int32)
    for i, piece in enumerate(layout.pieces):
        source = sheets[piece.sheet]
        assert source.top is not None
        xs = np.arange(width)
        line = source.top[np.clip(xs + piece.dx, 0, source.width - 1)] - piece.dy
        inside = slice(piece.left, piece.right)
        guess[inside] = line[inside]
        here = (sheet >= 0) & (owner == i)
        sky = row < source.top[np.clip(column, 0, source.width - 1)]
        votes[here] = np.where(sky[here], 1, -1)
    low = np.clip(guess - 60, 0, height).astype(np.int32)
    high = np.clip(guess + 60, 0, height).astype(np.int32)
    return np.asarray(_step_rows(votes, low, high), np.int32)


def _contradictions(
    sheet: NDArray[np.int32],
    row: NDArray[np.int32],
    column: NDArray[np.int32],
    top: NDArray[np.int32],
    sheets: Sequence[Sheet],
) -> None:
    height, width = sheet.shape
    rows = np.arange(height, dtype=np.int32)[:, None]
    for k, source in enumerate(sheets):
        if source.top is None:
            continue
        own = source.top[np.clip(column, 0, source.width - 1)]
        wrong = (sheet == k) & ((row < own) != (rows < top[None, :]))
        sheet[wrong] = -1
