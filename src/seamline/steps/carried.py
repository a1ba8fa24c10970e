"""
One piece of a layer beyond its canvas: where it is read, and what it shows there.

Everything is looked at so that the side it goes on at is the right one: columns along the
way it goes, rows across.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.continued import running_sum
from seamline.pixels.picture import Image
from seamline.ports import NOTHING, PaintedLayer, ReferencePicture

SOLID = 0.99
EVEN_PX = 12
"""What a piece was lifted by is carried on as its mean over so many pixels each way."""
ALIKE = 0.1
"""A layer whose alpha differs more from its card's has one of its own: haze, mist."""
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A side of the canvas, looked at so that it is the right one."""

    upright: bool
    back: bool

    def __call__(self, plane: NDArray[Any]) -> NDArray[Any]:
        """Return a view of (H, W, ...) ``plane``: what is written to it is written there."""
        seen_so = plane if self.upright else plane.swapaxes(0, 1)
        return seen_so[:, ::-1] if self.back else seen_so

    def turn(self, strip: Strip) -> Strip:
        """Return ``strip`` seen from this side, its planes the very same."""
        planes = {
            name: self(getattr(strip, name)) for name in Strip.__slots__ if name != "name"
        }
        if not self.upright:
            planes["x"], planes["y"] = planes["y"], planes["x"]
        return Strip(name=strip.name, **planes)

    def of(self, plane: NDArray[Any]) -> NDArray[Any]:
        """Return a view's plane with its rows across and its columns along the side's way."""
        return plane if self.upright else plane.swapaxes(0, 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strip:
    """A layer's planes, to be written to."""

    name: str
    colour: Image
    alpha: Image
    source: NDArray[np.int32]
    x: NDArray[np.int32]
    y: NDArray[np.int32]
    offset: Image

    @classmethod
    def of(cls, layer: PaintedLayer) -> Strip:
        """Return a copy of ``layer`` that may be written to."""
        return cls(
            name=layer.name,
            colour=layer.colour.copy(),
            alpha=layer.alpha.copy(),
            source=layer.source.copy(),
            x=layer.source_x.copy(),
            y=layer.source_y.copy(),
            offset=layer.offset.copy(),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """What one view shows of a layer at the border, and how it goes on."""

    view: int
    rows: NDArray[np.int64]
    """Rows of the canvas it has: those it is seen in at the border, and those nearest them."""
    seen: Mask
    """Of these, where the layer has something at the border."""
    along: tuple[float, float]
    across: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Carried:
    """A piece beyond the border, (rows, room): before it is known how far it may go."""

    piece: Piece
    colour: Image
    alpha: Image
    x: NDArray[np.int32]
    y: NDArray[np.int32]
    offset: Image

    @property
    def rows(self) -> NDArray[np.int64]:
        """The rows of the canvas it has."""
        return self.piece.rows

    def reach(self, matters: Mask) -> int:
        """Return how many columns go on in all rows that ``matters`` (rows,)."""
        gone = np.flatnonzero((~self.there)[matters].any(axis=0))
        return int(gone[0]) if len(gone) else self.there.shape[1]

    @property
    def there(self) -> Mask:
        """(rows, room): where its view has something to show."""
        return self.x >= 0

    def closed(self) -> Carried:
        """
        Return the piece with what it ends above, where it stood farther at the border.

        A sky cut along a ridge ends where another ridge, before it, may sink lower: it is
        mirrored at its end, for it is a sky there, and only a little of it is seen.
        """
        solid = self.there & (self.alpha >= SOLID)
        count = len(self.rows)
        place = np.arange(count)[:, None]
        last = np.where(solid.any(axis=0), count - 1 - solid[::-1].argmax(axis=0), -1)
        back = np.clip(2 * last - place, 0, count - 1)
        columns = np.broadcast_to(np.arange(solid.shape[1]), solid.shape)
        ends = (place > last) & (2 * last - place >= 0) & solid[back, columns]
        rows = np.where(ends, back, place)

        def taken(plane: NDArray[Any]) -> NDArray[Any]:
            return plane[rows, columns]

        return replace(
            self,
            colour=taken(self.colour),
            alpha=taken(self.alpha),
            x=taken(self.x),
            y=taken(self.y),
            offset=taken(self.offset),
        )

    def write(self, strip: Strip, edge: int, reach: int) -> None:
        """Write ``reach`` columns to ``strip``."""
        place = np.s_[self.rows, edge : edge + reach]
        part = np.s_[:, :reach]
        shown = self.there[part] & (self.alpha[part] > 0)
        wide = shown[..., None]
        strip.colour[place] = np.where(wide, self.colour[part], np.float32(0))
        strip.offset[place] = np.where(wide, self.offset[part], np.float32(0))
        strip.alpha[place] = np.where(shown, self.alpha[part], np.float32(0))
        strip.source[place] = np.where(shown, self.piece.view, NOTHING)
        strip.x[place] = np.where(shown, self.x[part], 0)
        strip.y[place] = np.where(shown, self.y[part], 0)


def carry(
    strip: Strip, piece: Piece, view: ReferencePicture, side: Side, edge: int, room: int
) -> Carried:
    """Return ``piece`` over ``room`` columns beyond ``edge``, between its view's pixels."""
    colour, usable = side.of(view.colour), side.of(view.usable)
    columns = _on(piece.along, np.arange(edge, edge + room))
    rows = _on(piece.across, piece.rows)
    # Each row is where the border has it: a crest may have been bent to meet another.
    near = strip.y[piece.rows, edge - 1]
    rows = np.where(piece.seen & (np.abs(rows - near) > 1), near, rows)
    height, width = usable.shape
    x, y = np.rint(columns).astype(np.int32), np.rint(rows).astype(np.int32)
    in_x, in_y = (x >= 0) & (x < width), (y >= 0) & (y < height)
    if view.card is not None and side.upright:
        in_x &= (x >= view.card.columns[0]) & (x < view.card.columns[1])
    there = in_y[:, None] & in_x[None, :]
    cx, cy = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    at = np.ix_(cy, cx)
    there &= usable[at] | _cut_away(view, side, at)
    lift = _lift(strip, piece, edge)
    wanted = _between(colour, rows, columns) + lift[:, None, :]
    offset = (wanted - colour[at]).astype(np.float32)
    return Carried(
        piece=piece,
        colour=colour[at] + offset,
        alpha=_edges(strip, piece, view, side, edge, at),
        x=np.where(there, cx[None, :], -1).astype(np.int32),
        y=np.broadcast_to(cy[:, None], there.shape).astype(np.int32),
        offset=offset,
    )


_At = tuple[NDArray[np.integer[Any]], ...]


def _cut_away(view: ReferencePicture, side: Side, at: _At) -> Mask:
    """Return where a card has nothing because something else begins: that is its shape."""
    if view.card is None:
        return np.zeros((), bool)
    return np.asarray(side.of(view.card.alpha)[at] <= 0)


def _edges(
    strip: Strip, piece: Piece, view: ReferencePicture, side: Side, edge: int, at: _At
) -> Image:
    """Return how opaque the piece is: as its card, or as it was at the border row by row."""
    border = strip.alpha[piece.rows, edge - 1]
    held: Image = np.repeat(border[:, None], at[1].shape[1], axis=1)
    if view.card is None:
        return held
    alpha = side.of(view.card.alpha)
    x = int(np.clip(np.rint(_on(piece.along, np.array([edge - 1])))[0], 0, alpha.shape[1] - 1))
    apart = np.abs(alpha[at[0][:, 0], x] - border)[piece.seen]
    return held if np.median(apart) > ALIKE else alpha[at]


def _on(line: tuple[float, float], place: NDArray[np.int64]) -> Floats:
    """Return where ``line`` (slope, start) reads at ``place``, in pixels' numbers."""
    slope, start = line
    return slope * (place.astype(np.float64) + 0.5) + start - 0.5


def _lift(strip: Strip, piece: Piece, edge: int) -> Image:
    """Return (rows, 3) what the piece was lifted by at the border, evened."""
    first = max(0, edge - EVEN_PX)
    mine = strip.source[piece.rows, first:edge] == piece.view
    weight = mine.sum(axis=1).astype(np.float64)
    total = (strip.offset[piece.rows, first:edge] * mine[..., None]).sum(axis=1, dtype=float)
    weights = running_sum(weight[:, None], EVEN_PX)
    mean = total.sum(axis=0) / max(float(weight.sum()), 1.0)
    even = running_sum(total, EVEN_PX) / np.maximum(weights, 1.0)
    return np.where(weights > 0, even, mean).astype(np.float32)


def _between(colour: Image, rows: Floats, columns: Floats) -> Image:
    """Return (rows, columns, 3) of ``colour`` between its pixels' centres, bilinear."""
    low, share = _neighbours(rows, colour.shape[0])
    part = colour[low] * (1 - share)[:, None, None] + colour[low + 1] * share[:, None, None]
    low, share = _neighbours(columns, colour.shape[1])
    whole = part[:, low] * (1 - share)[:, None] + part[:, low + 1] * share[:, None]
    return whole.astype(np.float32)


def _neighbours(place: Floats, count: int) -> tuple[NDArray[np.int64], Floats]:
    held = np.clip(place, 0, count - 1)
    low = np.minimum(np.floor(held).astype(np.int64), max(count - 2, 0))
    return low, held - low
