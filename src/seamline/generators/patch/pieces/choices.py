"""
Choices: pieces, and which of them is laid where, on the smallest picture.

One piece after the other takes what makes the whole cheaper, until none does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.detect.verbatim import DRIFT_PX
from seamline.generators.patch.pieces.ground import Level, Pieces, Shown, box_of, shown_by
from seamline.generators.patch.pieces.seams import (
    CANVAS,
    OUTSIDE,
    cheapest,
    spread,
    whole_price,
)
from seamline.generators.patch.resample import Bytes

FEE = 0.0002
"""Most by which a seed dislikes a pixel of a piece, at the coarsest level."""

Labels = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Choice:
    """
    Pieces and where they are laid, at the coarsest level; changed in place.

    Attributes:
        pieces: (N, 3).
        around: (H, W) what lies where before any piece does.
        box: The part of the picture that is laid.
        shown: What each piece shows there, and what that costs.
        own: (h, w) which piece is laid.
        free: (h, w) 1 where one is.
        every: The pieces in the order in which the seed tries them.
        alone: (N,) which pieces may stand, and (h, w) where: there one of them is kept.
    """

    pieces: Pieces
    around: Labels
    box: tuple[slice, slice]
    shown: Shown
    own: Labels
    free: Bytes
    every: list[int]
    alone: list[tuple[Mask, Mask]] = field(default_factory=list)

    def labels(self) -> Labels:
        """Return (H, W) which piece is laid where."""
        labels = self.around.copy()
        labels[self.box] = self.own
        return labels

    def price(self) -> float:
        """Return what all cuts and pieces cost."""
        shown = self.shown
        return float(
            whole_price(
                shown.colour, shown.there, shown.change, shown.price, shown.dear, self.own,
                self.free,
            )
        )  # fmt: skip

    def laid_by(self, which: Mask) -> Mask:
        """Return (h, w) where one of the pieces ``which`` (N,) is laid."""
        found: Mask = which[np.maximum(self.own, 0)] & (self.own > CANVAS) & (self.free > 0)
        return found

    def used(self) -> list[int]:
        """Return the pieces that are laid, in the order in which the seed tries them."""
        laid = set(np.unique(self.own[self.free > 0]).tolist())
        return [i for i in self.every if i in laid]

    def settle(self, pieces: Sequence[int]) -> int:
        """Spread ``pieces`` one after the other, in place; return how many pixels moved."""
        return sum([spread_piece(self.shown, self.own, self.free, i) for i in pieces])

    def widened(self, level: Level, new: Pieces) -> Choice:
        """Return the choice with ``new`` pieces besides, none of which is laid yet."""
        more = shown_by(
            level.ground, np.concatenate([self.pieces[:1], new]), np.zeros(len(new) + 1),
            self.box,
        )  # fmt: skip
        shown = Shown(
            colour=np.concatenate([self.shown.colour, more.colour[1:]]),
            there=np.concatenate([self.shown.there, more.there[1:]]),
            change=np.concatenate([self.shown.change, more.change[1:]]),
            price=np.concatenate([self.shown.price, more.price[1:]]),
            dear=self.shown.dear,
        )
        first = len(self.pieces)
        return replace(
            self, pieces=np.concatenate([self.pieces, new]), shown=shown,
            every=[*self.every, *range(first, first + len(new))],
            alone=[(np.append(may, np.ones(len(new), bool)), at) for may, at in self.alone],
        )  # fmt: skip


def begun(level: Level, pieces: Pieces, seed: int) -> Choice:
    """Return where each piece is laid after one round, at the coarsest level."""
    count = len(pieces)
    around = np.where(level.ground.known > 0, CANVAS, OUTSIDE).astype(np.int64)
    fee = np.array([FEE * int(below(draw(seed, i, 7, 9), 1024)) / 1024 for i in range(count)])
    box = box_of(level.hole, 1)
    every = [int(i) for i in np.argsort([draw(seed, i, 3, 3) for i in range(1, count)]) + 1]
    choice = Choice(
        pieces=pieces, around=around, box=box, shown=shown_by(level.ground, pieces, fee, box),
        own=np.ascontiguousarray(around[box]), free=np.ascontiguousarray(level.hole[box]),
        every=every,
    )  # fmt: skip
    if count > 1:
        cheapest(choice.shown.price, choice.own, choice.free)
        choice.settle(every)
    return choice


def alike(pieces: Pieces) -> Mask:
    """Return (N, N) which pieces show one sheet shifted alike, give or take ``DRIFT_PX``."""
    apart = np.abs(pieces[:, None, :] - pieces[None, :, :])
    found: Mask = (apart[..., 0] == 0) & (apart[..., 1:] <= DRIFT_PX).all(axis=-1)
    return found


def spread_piece(shown: Shown, labels: Labels, free: Bytes, piece: int) -> int:
    """Let ``piece`` take what makes the whole cheaper, in place; return how many pixels."""
    able = free & shown.there[piece]
    if not able.any():
        return 0
    return int(
        spread(
            shown.colour, shown.there, shown.change, shown.price, shown.dear, labels, able,
            piece,
        )
    )  # fmt: skip


def settle_within(shown: Shown, labels: Labels, free: Bytes, pieces: Sequence[int]) -> int:
    """Spread ``pieces`` over what is ``free`` alone, in place; return how many pixels moved."""
    box = box_of(free, 1)
    whole = (slice(None), *box)
    part = Shown(
        colour=np.ascontiguousarray(shown.colour[whole]),
        there=np.ascontiguousarray(shown.there[whole]),
        change=np.ascontiguousarray(shown.change[whole]),
        price=np.ascontiguousarray(shown.price[whole]),
        dear=np.ascontiguousarray(shown.dear[box]),
    )
    own, near = np.ascontiguousarray(labels[box]), np.ascontiguousarray(free[box])
    moved = sum([spread_piece(part, own, near, i) for i in pieces])
    labels[box] = own
    return moved
