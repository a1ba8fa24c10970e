"""
Drawing layouts: at random, each with its price.

What agrees at its joins and covers what is seen is cheap.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.layout import Brief
from seamline.generators.patch.looks import PROFILES
from seamline.generators.patch.resample import Bytes, Floats
from seamline.generators.patch.tables import Tables

DRAWS = 360_000
DEAREST = 1.2
"""A layout that costs more is not kept."""
ROUNDING = 1e-6
"""A price summed in another order is the same within this."""
MOST_PIECES = 8
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
VERBATIM = 1.0
"""Price of a range of cards that is one whole photograph; none where 40 % of it is."""
LARGE, LARGEST = 12.0, 0.33
"""Price of a card's piece that is all of what is painted; none up to this share of it, which
with the sky's own is what the check ``verbatim`` lets pass."""
SKY_PRICE = 1.2
"""Price of a picture that is all missing sky: what smooth patches fill least badly."""
DRAWN_PX = 120
"""A skyline so far from the drawn one is as wrong as can be."""
DRAWN_PRICE = 4.0
"""What that costs."""
BODY_PX = 260
"""Down to here below the skyline a gap is seen at once."""


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
    painted: float,
    crested: float,
    worse: float,
    fewest: int,
    seed: int,
    draws: int,
    dearest: float,
    spread: float,
) -> Any:
    """
    Draw layouts; return (N, 5 + 4 * MOST_PIECES), those that cost less than ``dearest``.

    Those that cost more than ``spread`` over the cheapest need not be among them: every term
    of a price adds to it, so one that costs too much is given up where that is first seen.

    A row: cost, turn, mean row of the skyline, share missing, number of pieces; then
    for each piece sheet, right end, dx, dy.
    """
    turns, features = looks.shape[0] // sheets, looks.shape[2]
    width = len(need_top)
    out = np.zeros((20000, 5 + 4 * 8), np.float32)
    held = 0
    needed = 1.0
    lowest = np.inf
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
        limit = min(dearest, lowest + spread)
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
                if cost > limit:
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
        if not good or cost > limit:
            continue
        land, near, sky, off, unseen, rows, count = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0
        astray, traced, largest = 0.0, 0, 0.0
        for i in range(pieces):
            k, area = chosen[i], 0.0
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
                area += need_bottom[x] - split
                sky += _rows_missing(
                    covered, k, sx, need_top[x] + dy[i], split + dy[i], size[k, 0]
                )
                body = min(split + BODY_PX, need_bottom[x])
                near += _rows_missing(covered, k, sx, split + dy[i], body + dy[i], size[k, 0])
                land += _rows_missing(
                    covered, k, sx, split + dy[i], need_bottom[x] + dy[i], size[k, 0]
                )
            largest = max(largest, area)
            missing = 4.0 * land + 30.0 * near + sky_price * sky
            if cost + missing / needed > limit + ROUNDING:
                good = False
                break
        if not good:
            continue
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
            cost += LARGE * max(0.0, 8.0 * largest / painted - LARGEST)
        cost += 4.0 * unseen / count + 6.0 * repeat / width
        if np.isnan(level[chosen[0]]) and (mean < mean_low or mean > mean_high):
            cost += 1.0
        if cost > limit:
            continue
        lowest = min(lowest, cost)
        out[held, 0], out[held, 1], out[held, 2] = cost, turn, mean
        out[held, 3], out[held, 4] = (land + sky) / needed, pieces
        for i in range(pieces):
            out[held, 5 + 4 * i], out[held, 6 + 4 * i] = chosen[i] - turn * sheets, cuts[i + 1]
            out[held, 7 + 4 * i], out[held, 8 + 4 * i] = dx[i], dy[i]
        held += 1
    return out[:held]


def draw_layouts(
    tables: Tables, brief: Brief, *, sheets: int, seed: int, spread: float
) -> Floats:
    """
    Return (N, 5 + 4 * MOST_PIECES) layouts that can be had, as ``_search`` writes them.

    Args:
        tables: The sheets' tables.
        brief: What the layouts must serve.
        sheets: How many sheets there are.
        seed: Decides the draws.
        spread: Those that cost so much more than the cheapest are of no use, and may lack.
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
        float(brief.need.sum() if brief.painted is None else brief.painted),
        *((0.0, WORST) if brief.own_sky else (CREST, WORST_OF_CARDS)),
        fewest, seed, DRAWS, dearest, spread,
    )  # fmt: skip
    return drawn
