"""
Onward: what each layer of a painting shows beyond its canvas, as its own pieces go on.

A piece of a layer is a reference, moved and perhaps scaled. Where the canvas ended the
reference did not: the same move shows its next columns, and no border is there to be
seen. It is told by the lineage alone, whoever painted it. It ends where the first layer
that is seen at the border has no more to show; from there on something must be painted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.flatten import MARGIN, seen
from seamline.ports import PaintedLayer, ReferencePicture
from seamline.steps.carried import SOLID, Carried, Piece, Side, Strip, carry

LOOK_BACK = 240
"""So many pixels before the border tell how a piece is scaled."""
LEAST = 12
"""Fewer tell nothing: the piece ends at the border."""
SLOPES = (0.4, 2.5)
AS_IT_IS = 0.004
"""A scale that is so near to 1 is 1."""
STEPS = 1 << 16
VISIBLE = 1 / 256
Mask = NDArray[np.bool_]


def onward(
    layers: Sequence[PaintedLayer],
    views: Sequence[ReferencePicture],
    inside: tuple[int, int, int, int],
    need: Mask,
) -> tuple[list[PaintedLayer], Mask]:
    """
    Return ``layers`` as far as their own pieces go on, and where they now stand (H, W).

    Args:
        layers: Back to front, on the larger canvas (H, W), with nothing outside ``inside``;
            their colours as told, in the generator's encoding.
        views: What their sources count.
        inside: x, y, width and height of the old canvas on the larger one.
        need: (H, W) what will be seen.

    Nothing inside changes. To the sides first, then up and down over the new width.
    """
    x, y, width, height = inside
    stands = np.zeros(need.shape, bool)
    stands[y : y + height, x : x + width] = True
    strips = [Strip.of(layer) for layer in layers]
    for upright in (True, False):
        for back in (False, True):
            side = Side(upright=upright, back=back)
            _beyond([side.turn(s) for s in strips], views, side, side(stands), side(need))
    found = [
        replace(
            layer,
            colour=strip.colour,
            alpha=strip.alpha,
            source=strip.source,
            source_x=strip.x,
            source_y=strip.y,
            offset=strip.offset,
        )
        for layer, strip in zip(layers, strips, strict=True)
    ]
    return found, stands


def _beyond(
    strips: Sequence[Strip],
    views: Sequence[ReferencePicture],
    side: Side,
    stands: Mask,
    need: Mask,
) -> None:
    """Carry ``strips`` on over the right border of ``stands``, which grows by as much."""
    columns = np.flatnonzero(stands.any(axis=0))
    rows = np.flatnonzero(stands.any(axis=1))
    edge = int(columns[-1]) + 1
    room = int(need.shape[1]) - edge
    wanted = need[rows[0] : rows[-1] + 1]
    if room <= 0 or not wanted[:, edge:].any():
        return
    shown = [s for s in strips if s.name != MARGIN]
    carried = [_all_carried(strip, views, side, edge, rows, room) for strip in shown]
    if carried[0] is not None:
        carried[0] = [one.closed() for one in carried[0]]
    reach = min(
        _seen_reach(shown, carried, edge, need),
        _covered_reach(shown, carried, edge, need),
    )
    if not reach:
        return
    for strip, made in zip(shown, carried, strict=True):
        for one in made or ():
            one.write(strip, edge, reach)
    stands[rows[0] : rows[-1] + 1, edge : edge + reach] = True


def _all_carried(
    strip: Strip,
    views: Sequence[ReferencePicture],
    side: Side,
    edge: int,
    rows: NDArray[np.int64],
    room: int,
) -> list[Carried] | None:
    pieces = _pieces(strip, edge, rows)
    if pieces is None:
        return None
    return [carry(strip, piece, views[piece.view], side, edge, room) for piece in pieces]


def _seen_reach(
    shown: Sequence[Strip], carried: Sequence[list[Carried] | None], edge: int, need: Mask
) -> int:
    """Return how many columns everything goes on that is seen at the border."""
    reach = int(need.shape[1]) - edge
    for strip, part, made in zip(
        shown, seen([s.alpha[:, edge - 1] for s in shown]), carried, strict=True
    ):
        # A hand's pixels, and the plate's, go on with what lies around them.
        matters = (part > VISIBLE) & need[:, edge - 1] & (strip.source[:, edge - 1] >= 0)
        if made is None:
            reach = 0 if matters.any() else reach
            continue
        for one in made:
            reach = min(reach, one.reach(matters[one.rows]))
    return reach


def _covered_reach(
    shown: Sequence[Strip], carried: Sequence[list[Carried] | None], edge: int, need: Mask
) -> int:
    """Return how many columns are as opaque as the border is."""
    room = int(need.shape[1]) - edge
    clear = np.ones((need.shape[0], room), np.float32)
    before = np.ones(need.shape[0], np.float32)
    for strip, made in zip(shown, carried, strict=True):
        before *= 1 - strip.alpha[:, edge - 1]
        for one in made or ():
            clear[one.rows] *= 1 - np.where(one.there, one.alpha, 0)
    lets = need[:, edge:] & (clear > 1 - SOLID) & (before <= 1 - SOLID)[:, None]
    gone = np.flatnonzero(lets.any(axis=0))
    return int(gone[0]) if len(gone) else room


def _pieces(strip: Strip, edge: int, rows: NDArray[np.int64]) -> list[Piece] | None:
    """Return what the strip shows at its border; None where nothing tells how it goes on."""
    source = strip.source[:, edge - 1]
    has = rows[(strip.alpha[rows, edge - 1] > 0) & (source[rows] >= 0)]
    if len(has) < LEAST:
        return None
    # A row with nothing there goes on as the nearest that has something.
    at = np.clip(np.searchsorted(has, rows), 1, len(has) - 1)
    nearest = np.where(rows - has[at - 1] <= has[at] - rows, has[at - 1], has[at])
    pieces = []
    for view in np.unique(source[has]):
        mine = has[source[has] == view]
        own = rows[source[nearest] == view]
        along = _scale(strip, edge, mine)
        across = _fitted(mine, strip.y[mine, edge - 1])
        if along is None or across is None:
            return None
        pieces.append(
            Piece(view=int(view), rows=own, seen=np.isin(own, mine), along=along, across=across)
        )
    return pieces


def _scale(strip: Strip, edge: int, rows: NDArray[np.int64]) -> tuple[float, float] | None:
    """Return slope and start of the source's columns over the canvas's, at the border."""
    first = max(0, edge - LOOK_BACK)
    view = strip.source[rows, edge - 1][:, None]
    x = strip.x[rows, first:edge]
    steps = np.diff(x, axis=1)
    same = (strip.source[rows, first:edge] == view)[:, :-1] & (np.abs(steps) <= SLOPES[1] + 1)
    unbroken = np.cumprod(same[:, ::-1], axis=1).sum(axis=1)
    lengths = np.minimum(unbroken, LOOK_BACK)
    long = int(np.median(lengths))
    if long < LEAST:
        return None
    whole = lengths >= long
    line = np.median(x[whole][:, -long - 1 :], axis=0)
    return _fitted(np.arange(edge - long - 1, edge), line)


def _fitted(place: NDArray[np.int64], source: NDArray[Any]) -> tuple[float, float] | None:
    """Return slope and start: source + 1/2 = slope (place + 1/2) + start, least squares."""
    if len(place) < LEAST:
        return None
    p, s = place + 0.5, source + 0.5
    spread = p - p.mean()
    slope = float((spread * (s - s.mean())).sum() / (spread * spread).sum())
    if not SLOPES[0] <= abs(slope) <= SLOPES[1]:
        return None
    if abs(abs(slope) - 1) < AS_IT_IS:
        slope = float(np.sign(slope))
        return slope, float(np.median(s - slope * p))
    # In steps: the order in which a processor adds must not show.
    slope = round(slope * STEPS) / STEPS
    return slope, round(float(s.mean() - slope * p.mean()) * STEPS) / STEPS
