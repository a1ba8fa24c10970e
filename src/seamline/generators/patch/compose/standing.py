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
from numba import njit
from numpy.typing import NDArray

from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.compose.drawn import Drawn, field_of, set_down
from seamline.generators.patch.compose.stock import edges_of, hidden_rows
from seamline.generators.patch.sheets import Sheet, make_atlas

DRAWS = 12_000
DEAREST = 0.6
"""A place that costs more is not taken: the range then stands alone."""
STEP_PX = 6
"""Columns are priced one in six."""
SUNK_PX = 10
"""An end is hidden when the live foreground begins so far above its top."""
SHARE = (0.05, 0.42)
"""How much of what is seen below the skyline a standing card may cover."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a card stands: canvas column plus ``dx`` is the sheet's column; rows likewise."""

    sheet: int
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
    """

    need_top: NDArray[np.int64]
    need_end: NDArray[np.int64]
    skyline: NDArray[np.int64]
    horizon_row: float


@njit(nogil=True, cache=True)
def _cheapest(
    tops: Any,
    ends: Any,
    hidden: Any,
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
) -> Any:
    """Return (5,) sheet, dx, dy, cost and share of the cheapest place drawn; cost 1e9: none."""
    width = len(need_top)
    best = np.zeros(5)
    best[3] = 1e9
    behind = 1.0
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
        else:
            wobble = below(draw(seed, n, 31, 4), 2001) / 1000.0 - 0.6
            dy = int(base[k] - horizon - wobble * 0.12 * h)
        shown, filler, floats, over, count = 0.0, 0.0, 0.0, 0.0, 0
        cut = 0.0
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
                    filler += hidden[k, b, c] - hidden[k, a, c]
                    if ends[k, c] - dy < need_end[x] - 2:
                        floats += 1
                    if top < skyline[x] - 4:
                        over += 1
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
        if cost < best[3]:
            best[0], best[1], best[2], best[3], best[4] = k, dx, dy, cost, share
    return best


def find_place(sheets: Sequence[Sheet], ground: Ground, *, seed: int) -> Place | None:
    """
    Return where one of ``sheets`` (cards, turned already) stands, or None.

    Args:
        sheets: Cards of one label, at the scales that may be used.
        ground: What is seen, and what stands behind.
        seed: Decides the draws.
    """
    height = max(s.height for s in sheets)
    width = max(s.width for s in sheets)
    tops = np.full((len(sheets), width), 1 << 20, np.int64)
    ends = np.zeros((len(sheets), width), np.int64)
    hidden = np.zeros((len(sheets), height + 1, width), np.int32)
    size = np.array([(s.height, s.width) for s in sheets], np.int64)
    for k, sheet in enumerate(sheets):
        top, end = edges_of(sheet)
        tops[k, : sheet.width], ends[k, : sheet.width] = top, end
        rows = hidden_rows(sheet)
        hidden[k, : sheet.height + 1, : sheet.width] = rows
        hidden[k, sheet.height + 1 :, : sheet.width] = rows[-1]
    base = np.array([s.base_row for s in sheets])
    found = _cheapest(
        tops, ends, hidden, size, base, ground.need_top, ground.need_end, ground.skyline,
        ground.horizon_row, seed, DRAWS, *SHARE,
    )  # fmt: skip
    if found[3] > DEAREST:
        return None
    return Place(sheet=int(found[0]), dx=int(found[1]), dy=int(found[2]), cost=float(found[3]))


def draw_standing(
    name: str,
    place: Place,
    sheet: Sheet,
    shape: tuple[int, int],
    *,
    distance_m: float | None,
) -> Drawn:
    """Return ``sheet`` standing at ``place`` on a canvas of ``shape`` (H, W)."""
    inside, row, column = set_down(sheet, shape, dx=place.dx, dy=place.dy)
    assert sheet.alpha is not None
    assert sheet.hidden is not None
    alpha = np.where(inside, sheet.alpha[row, column], np.float32(0)).astype(np.float32)
    own = np.where(alpha > 0, 0, -1).astype(np.int32)
    atlas = make_atlas([sheet], [np.zeros(sheet.usable.shape, np.float32)], 1.0)
    field = field_of(atlas, own, row, column)
    colour = np.where(alpha[..., None] > 0, sheet.colour[row, column], np.float32(0))
    return Drawn(
        name=name,
        colour=colour.astype(np.float32),
        alpha=alpha,
        hidden=np.where(alpha > 0, sheet.hidden[row, column], 0).astype(np.uint8),
        field=field,
        atlas=atlas,
        sheets=(sheet,),
        distance_m=distance_m,
        says=f"A {name} stands before it, at {sheet.scale:.2f} of its size.",
    )
