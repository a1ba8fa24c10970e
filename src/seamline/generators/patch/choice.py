"""
The choice: which of the layouts drawn become variations.

Twelve variations must be twelve pictures. Each layout's picture is foretold as a
thumbnail, straight from the references; a lot of variations is chosen so that the
thumbnails differ from one another after gain and offset, cost considered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch.drawn_layouts import ROUNDING, draw_layouts
from seamline.generators.patch.layout import Brief, Layout, Piece
from seamline.generators.patch.resample import Bytes, Floats, shrink_usable
from seamline.generators.patch.sheets import Sheet
from seamline.generators.patch.tables import Tables, tables_of

LOT = 12
"""Variations chosen together, of all looks: as many as one asks for by default."""
EXCHANGES = 6
FAR = 0.045
"""Rms difference, in ACEScct after gain and offset, beyond which more is not worth more."""
PATIENCE = 0.004
"""Rms difference that one unit of a layout's cost must buy."""
WORSE = 0.5
"""How much more than the best a layout may cost."""
OF_A_KIND = 400
"""Most candidates of one scale, way round and number of pieces."""
DIFFERENT = 0.02
"""Rms difference, in ACEScct after gain and offset, below which two are one range again: a
third of a stop. Of a hazy range this counts nine, about what an eye does; half a stop, two."""
UNSEEN = 1e6
"""Marks a thumbnail's pixel that the references do not show."""
THUMB_PX = 8
"""Pixels of a reference that are one on a thumbnail."""


@njit(nogil=True, cache=True)
def _thumbnails(
    pool: Floats, colours: Any, usable: Any, sizes: Any, turns: Any, need: Any, own: Any
) -> Any:
    """
    Return (N, S, 3): what each layout would look like on the sampled ``need``-ed pixels.

    Each less its own mean; ``UNSEEN`` where nothing can be copied and nobody knows yet,
    and beyond what the layout itself is needed for (``own``).
    """
    ys, xs = np.nonzero(need[8::32, 8::32])
    out = np.zeros((len(pool), len(ys), 3), np.float64)
    for n in range(len(pool)):
        scale, mirrored = turns[int(pool[n, 1]), 0], turns[int(pool[n, 1]), 1] > 0.5
        mean = np.zeros(3)
        count = 0
        for s in range(len(ys)):
            y, x = ys[s] * 32 + 8, xs[s] * 32 + 8
            i = 0
            while x >= pool[n, 6 + 4 * i]:
                i += 1
            k = int(pool[n, 5 + 4 * i])
            sy = int((y + pool[n, 8 + 4 * i] + 0.5) / scale) // THUMB_PX
            sx = int((x + pool[n, 7 + 4 * i] + 0.5) / scale) // THUMB_PX
            h, w = sizes[k, 0], sizes[k, 1]
            if mirrored:
                sx = w - 1 - sx
            sy, sx = min(max(sy, 0), h - 1), min(max(sx, 0), w - 1)
            if usable[k, sy, sx] == 0 or not own[y, x]:
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
def _difference(a: Any, b: Any) -> Any:
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


@njit(nogil=True, cache=True)
def _different(thumbs: Any, most: int, least: float) -> int:
    """Return how many of ``thumbs`` differ from each other by ``least``, up to ``most``."""
    if len(thumbs) == 0:
        return 0
    nearest = np.full(len(thumbs), 1e9)
    last, count = 0, 1
    while count < most:
        farthest, value = -1, least
        for i in range(len(thumbs)):
            nearest[i] = min(nearest[i], _difference(thumbs[last], thumbs[i]))
            if nearest[i] >= value:
                farthest, value = i, nearest[i]
        if farthest < 0:
            break
        last = farthest
        count += 1
    return count


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pool:
    """Layouts of one look worth choosing from, and what each would look like."""

    turns: list[tuple[float, bool]]
    rows: Floats
    thumbs: NDArray[np.float64]


class Layouts:
    """
    The layouts that serve a brief for each look, lot by lot.

    Looks take turns. ``LOT`` layouts of all looks together are chosen so that, as
    pictures, they differ from one another; after those another lot is drawn. Drawing a
    lot takes a second, so it is done once, however many variations ask for it.
    """

    def __init__(self, looks: Sequence[Sequence[Sheet]], briefs: Sequence[Brief]) -> None:
        self._looks, self._briefs = looks, briefs
        self._rounds = -(-LOT // max(1, len(looks)))
        self._lots: dict[int, list[Layout | None]] = {}
        self._tables: list[Tables | None] | None = None
        self._plain: dict[int, Tables] = {}
        self._different = 0
        self._lock = Lock()

    def different(self) -> int:
        """
        Return how many pictures that differ can be had, up to ``LOT``.

        Looks take turns, so of each no more count than it is asked for.
        """
        self.find(0, 0)
        return self._different

    def find(self, index: int, which: int) -> Layout | None:
        """
        Return the ``index``-th layout (from 0) of the look ``which``; None if nothing fits.

        Each look is a list of sheets as they are, each with a skyline.
        """
        lot, turn = divmod(index, self._rounds)
        with self._lock:
            if lot not in self._lots:
                self._lots[lot] = self._drawn(lot)
            return self._lots[lot][turn * len(self._looks) + which]

    def _drawn(self, lot: int) -> list[Layout | None]:
        """Return the layouts of one lot, looks taking turns."""
        if self._tables is None:
            self._tables = [
                tables_of(own, brief) if own else None
                for own, brief in zip(self._looks, self._briefs, strict=True)
            ]
        seen = np.logical_or.reduce([brief.need for brief in self._briefs])
        pools = [self._pool(which, seen, lot) for which in range(len(self._looks))]
        found = [(i, pool) for i, pool in enumerate(pools) if pool is not None]
        count = len(self._looks) * self._rounds
        if not found:
            return [None] * count
        thumbs = np.concatenate([pool.thumbs for _, pool in found])
        if lot == 0:
            self._different = sum(
                _different(pool.thumbs, self._rounds, DIFFERENT) for _, pool in found
            )
        picks = _spread(
            thumbs,
            np.concatenate([pool.rows[:, 0].astype(np.float64) for _, pool in found]),
            np.concatenate([np.full(len(pool.rows), i) for i, pool in found]),
            len(self._looks),
            self._rounds,
        )
        before = dict.fromkeys(range(len(self._looks)), 0)
        passed = 0
        for i, pool in found:
            before[i] = passed
            passed += len(pool.rows)
        chosen: list[Layout | None] = []
        for place in range(count):
            which = place % len(self._looks)
            mine = pools[which]
            if mine is None:
                chosen.append(None)
            else:
                chosen.append(_layout_of(mine.rows[picks[place] - before[which]], mine.turns))
        return chosen

    def _pool(self, which: int, seen: NDArray[np.bool_], lot: int) -> _Pool | None:
        """Return what a lot of one look is chosen from; None where nothing fits."""
        assert self._tables is not None
        own, brief, tables = self._looks[which], self._briefs[which], self._tables[which]
        if tables is None:
            return None
        pool = _pool_of(own, tables, brief, seen, lot)
        if pool is None and not brief.own_sky:
            # A join that a strict eye sees is better than no range: small cards have few.
            if which not in self._plain:
                self._plain[which] = tables_of(own, brief, own_unit=False)
            pool = _pool_of(own, self._plain[which], brief, seen, lot)
        return pool


def honest_count(different: int) -> tuple[str, ...]:
    """Return what is to be said of how many pictures differ: nothing where it is enough."""
    if different >= LOT:
        return ()
    ranges = "range" if different == 1 else "ranges"
    return (
        f"These references give about {different} different {ranges} here; what goes beyond "
        "shows one of them again.",
    )


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


def _pool_of(
    sheets: Sequence[Sheet], tables: Tables, brief: Brief, seen: NDArray[np.bool_], lot: int
) -> _Pool | None:
    drawn = draw_layouts(
        tables, brief, sheets=len(sheets), seed=1 + lot, spread=WORSE + ROUNDING
    )
    rows = _worth_choosing(drawn)
    if not len(rows):
        return None
    turns = np.array(tables.turns, np.float64)
    thumbs = _thumbnails(rows, *_small(sheets), turns, seen, brief.need)
    return _Pool(turns=tables.turns, rows=rows, thumbs=thumbs)


def _worth_choosing(drawn: Floats) -> Floats:
    """Return, of every turn and number of pieces, the first few that are good enough."""
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
    sizes = np.array(
        [(max(1, s.height // THUMB_PX), max(1, s.width // THUMB_PX)) for s in sheets], np.int32
    )
    height, width = int(sizes[:, 0].max()), int(sizes[:, 1].max())
    colours = np.zeros((len(sheets), height, width, 3), np.float32)
    usable = np.zeros((len(sheets), height, width), np.uint8)
    for k, sheet in enumerate(sheets):
        h, w = (int(v) for v in sizes[k])
        # Above a card stands its look's sky, which nothing copies but everybody sees.
        known = sheet.usable if sheet.alpha is None else _foretold(sheet)
        small = shrink_usable(sheet.complete, known, h, w)
        colours[k, :h, :w] = small[..., :3] / np.maximum(small[..., 3:], np.float32(1e-3))
        usable[k, :h, :w] = small[..., 3] > np.float32(0.5)
    return colours, usable, sizes


def _foretold(sheet: Sheet) -> Bytes:
    assert sheet.top is not None
    rows = np.arange(sheet.height, dtype=np.int32)[:, None]
    return ((sheet.usable > 0) | (rows < sheet.top[None, :])).astype(np.uint8)
