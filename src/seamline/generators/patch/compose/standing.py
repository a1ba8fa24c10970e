"""
What stands before the range: one card, whole, placed so that no cut of it is seen.

A wood that was cut at the frame of its photograph ends in a wall. It is placed so that
the wall lies behind the live foreground, or beyond the picture. Places are drawn at
random and priced; the cheapest of a variation's draws is taken, if it is good enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.compose.drawn import Drawn, set_down
from seamline.generators.patch.compose.stock import edges_of, hidden_rows
from seamline.generators.patch.drawn_layouts import DRAWN_PRICE, DRAWN_PX
from seamline.generators.patch.lineage import field_of, origins_of
from seamline.generators.patch.resample import Floats
from seamline.generators.patch.sheets import Sheet, columns_of

DRAWS = 12_000
DEAREST = 0.6
"""A place that costs more is not taken: the range then stands alone."""
STEP_PX = 6
"""Columns are priced one in six."""
SUNK_PX = 10
"""An end is hidden when the live foreground begins so far above its top."""
SCALES = (0.8, 0.9, 1.0, 1.12, 1.25)
SHARE = (0.05, 0.42)
"""How much of what is seen below the skyline a standing card may cover."""
SHARE_DRAWN = (0.01, 0.95)
"""The same where somebody drew its upper edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a card stands: canvas column plus ``dx`` is the sheet's column; rows likewise."""

    sheet: int
    """Index into the cards it was chosen among."""
    scale: float
    dx: int
    dy: int
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """
    What a place is priced against, per column of the canvas.

    Attributes:
        need_top: (W,) first row seen; need_end: (W,) end row seen; 0 where nothing is.
        skyline: (W,) row of what stands behind.
        horizon_row: Row of the horizon.
        drawn: (W,) rows along which somebody drew the upper edge, NaN elsewhere; or None.
    """

    need_top: NDArray[np.int64]
    need_end: NDArray[np.int64]
    skyline: NDArray[np.int64]
    horizon_row: float
    drawn: Floats | None = None


@njit(nogil=True, cache=True)
def _above(hidden: Any, sheet: int, scale: float, row: int, column: int, height: int) -> int:
    """Return how many rows above ``row`` of a sheet turned by ``scale`` are filler."""
    return int(hidden[sheet, min(int(row / scale), height), column] * scale)


@njit(nogil=True, cache=True)
def _cheapest(
    tops: Any,
    ends: Any,
    hidden: Any,
    own: Any,
    scales: Any,
    at: Any,
    size: Any,
    base: Any,
    need_top: Any,
    need_end: Any,
    skyline: Any,
    horizon: float,
    seed: int,
    draws: int,
    low: float,
    high: float,
    drawn: Any,
) -> Any:
    """Return (5,) sheet, dx, dy, cost and share of the cheapest place drawn; cost 1e9: none."""
    width = len(need_top)
    best = np.zeros(5)
    best[3] = 1e9
    behind = 1.0
    lined = np.isfinite(drawn).any()
    for x in range(0, width, STEP_PX):
        behind += max(0, need_end[x] - max(need_top[x], skyline[x]))
    for n in range(draws):
        k = below(draw(seed, n, 31, 0), len(base))
        h, w = size[k, 0], size[k, 1]
        dx = below(draw(seed, n, 31, 1), w + width - 120) - (width - 60)
        if n % 2 == 0:
            # Some column of the card sinks behind what is live there: an end, if it may.
            side = below(draw(seed, n, 31, 2), 3)
            x = min(max((0 if side == 0 else w - 1) - dx, 0), width - 1)
            if side == 2:
                x = below(draw(seed, n, 31, 3), width)
            c = min(max(x + dx, 0), w - 1)
            if need_end[x] == 0 or tops[k, c] >= h:
                continue
            dy = tops[k, c] - need_end[x] - SUNK_PX
        elif lined:
            x = below(draw(seed, n, 31, 6), width)
            c = x + dx
            if np.isnan(drawn[x]) or c < 0 or c >= w or tops[k, c] >= h:
                continue
            dy = int(tops[k, c] - drawn[x])
        else:
            wobble = below(draw(seed, n, 31, 4), 2001) / 1000.0 - 0.6
            dy = int(base[k] - horizon - wobble * 0.12 * h)
        shown, filler, floats, over, count = 0.0, 0.0, 0.0, 0.0, 0
        cut = 0.0
        astray, traced = 0.0, 0
        before = False
        last_tall = 0.0
        for x in range(0, width, STEP_PX):
            c = x + dx
            here = 0 <= c < w and need_end[x] > 0 and tops[k, min(max(c, 0), w - 1)] < h
            tall = 0.0
            if here:
                top, end = tops[k, c] - dy, min(ends[k, c] - dy, need_end[x])
                first = max(top, need_top[x])
                tall = max(0.0, end - first)
                if tall > 0:
                    count += 1
                    shown += tall
                    a, b = min(max(first + dy, 0), h), min(max(end + dy, 0), h)
                    filler += _above(hidden, own[k], scales[k], b, at[k, c], size[k, 2])
                    filler -= _above(hidden, own[k], scales[k], a, at[k, c], size[k, 2])
                    if ends[k, c] - dy < need_end[x] - 2:
                        floats += 1
                    if top < skyline[x] - 4:
                        over += 1
            if not np.isnan(drawn[x]):
                top_here = tops[k, min(max(c, 0), w - 1)] - dy if here else need_end[x]
                astray += min(DRAWN_PX, abs(top_here - drawn[x]))
                traced += 1
            # where the card begins or ends in sight, it must have come down by itself
            if here != before and x > 0 and need_end[x] > 0:
                cut = max(cut, tall if here else last_tall)
            before = here
            last_tall = tall
        share = shown / behind
        if count == 0 or share < low or share > high or cut > 14 or floats > 0.02 * count:
            continue
        cost = 2.0 * filler / max(1.0, shown) + 0.5 * over / count + 0.02 * cut
        cost += 0.15 * below(draw(seed, n, 31, 5), 1000) / 1000.0
        if traced > 0:
            cost += DRAWN_PRICE * astray / (DRAWN_PX * traced)
        if cost < best[3]:
            best[0], best[1], best[2], best[3], best[4] = k, dx, dy, cost, share
    return best


def find_place(
    sheets: Sequence[Sheet], ground: Ground, *, mirrored: bool, seed: int
) -> Place | None:
    """
    Return where one of ``sheets`` stands, or None.

    Args:
        sheets: Cards of one label, as they are.
        ground: What is seen, and what stands behind.
        mirrored: Left and right exchanged.
        seed: Decides the draws.
    """
    ways = [(k, scale) for k in range(len(sheets)) for scale in SCALES]
    outlines = [_outline(sheets[k], scale, mirrored=mirrored) for k, scale in ways]
    width = max(len(o.top) for o in outlines)
    tops = np.full((len(ways), width), 1 << 20, np.int64)
    ends, at = np.zeros((len(ways), width), np.int64), np.zeros((len(ways), width), np.int64)
    size = np.zeros((len(ways), 3), np.int64)
    for k, outline in enumerate(outlines):
        columns = len(outline.top)
        size[k] = outline.height, columns, sheets[ways[k][0]].height
        tops[k, :columns], ends[k, :columns] = outline.top, outline.end
        at[k, :columns] = outline.at
    tallest, widest = (max(n) for n in zip(*((s.height, s.width) for s in sheets), strict=True))
    hidden = np.zeros((len(sheets), tallest + 1, widest), np.int32)
    for k, sheet in enumerate(sheets):
        hidden[k, : sheet.height + 1, : sheet.width] = hidden_rows(sheet)
    free = ground.drawn is None
    base = np.array([sheets[k].base_row * scale for k, scale in ways])
    found = _cheapest(
        tops, ends, hidden, np.array([k for k, _ in ways]), np.array([z for _, z in ways]),
        at, size, base, ground.need_top, ground.need_end, ground.skyline,
        ground.horizon_row, seed, DRAWS, *(SHARE if free else SHARE_DRAWN),
        np.full(len(ground.skyline), np.nan, np.float32) if free else ground.drawn,
    )  # fmt: skip
    if found[3] > DEAREST + (0.0 if free else DRAWN_PRICE / 2):
        return None
    which, scale = ways[int(found[0])]
    return Place(
        sheet=which,
        scale=scale,
        dx=int(found[1]),
        dy=int(found[2]),
        cost=float(found[3]),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Outline:
    """A turned card's rows; of each column (W,) first row, end row, and the card's column."""

    height: int
    top: NDArray[np.int64]
    end: NDArray[np.int64]
    at: NDArray[np.int64]


def _outline(sheet: Sheet, scale: float, *, mirrored: bool) -> _Outline:
    """Return the outline that ``turned`` would give, without turning a pixel."""
    height, width = (max(1, int(n * scale + 0.5)) for n in (sheet.height, sheet.width))
    at = columns_of(sheet.width, width, scale, mirrored=mirrored)
    top, end = (np.floor(rows[at] * scale + 0.5).astype(np.int64) for rows in edges_of(sheet))
    return _Outline(height=height, top=top, end=end, at=at)


def draw_standing(
    name: str,
    place: Place,
    sheet: Sheet,
    shape: tuple[int, ...],
) -> Drawn:
    """Return ``sheet`` standing at ``place`` on a canvas of ``shape`` (H, W)."""
    inside, row, column = set_down(sheet, shape, dx=place.dx, dy=place.dy)
    assert sheet.alpha is not None
    assert sheet.hidden is not None
    alpha = np.where(inside, sheet.alpha[row, column], np.float32(0)).astype(np.float32)
    own = np.where(alpha > 0, 0, -1).astype(np.int32)
    origins = origins_of([sheet])
    colour = np.where(alpha[..., None] > 0, sheet.colour[row, column], np.float32(0))
    return Drawn(
        name=name,
        colour=colour.astype(np.float32),
        alpha=alpha,
        hidden=np.where(alpha > 0, sheet.hidden[row, column], 0).astype(np.uint8),
        field=field_of(origins, own, row, column),
        origins=origins,
        says=f"A {name} stands before it, at {sheet.scale:.2f} of its size.",
    )
