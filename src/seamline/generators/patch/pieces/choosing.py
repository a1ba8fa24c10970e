"""
Choosing: which pieces are laid where, on the smallest picture, and which choice stands.

Where the plate is carried on beyond its edge and there is more to copy from than itself, one
of the choices does without what would be known again of it; what is seen twice counts among
the cuts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.pieces.ground import (
    Level,
    Pieces,
    Shown,
    box_of,
    reaches_edge,
    shown_by,
)
from seamline.generators.patch.pieces.landmarks import (
    landmarks,
    seen_again,
    without_landmarks,
)
from seamline.generators.patch.pieces.places import Place, pieces_of
from seamline.generators.patch.pieces.seams import (
    CANVAS,
    OUTSIDE,
    cheapest,
    spread,
    whole_price,
)
from seamline.generators.patch.resample import Bytes

TRIES, APART = 2, 7001
"""How often pieces are chosen; the choice whose cuts show least stands. Where a plate is
carried on and there is more to copy from: once from all there is, once without what would be
known again of the plate. What is seen twice counts among the cuts, and only what is cheapest
after one round is settled to its end. Not in a hole that the plate
surrounds: there both sides have to meet, and what crosses it is needed more."""
ROUNDS = 2
FEE = 0.0002
"""Most by which a seed dislikes a pixel of a piece, at the coarsest level."""
LARGEST = 0.34
"""No piece fills more of the hole, if another may."""
DEARER = 3.0
FIRST_FEE = 3e-5
DEAREST = 3
"""How often a piece that fills too much is made dearer."""
OTHERS = 16
"""So many others are tried then."""

Labels = NDArray[np.int64]
Fees = NDArray[np.float32]


def best_of(
    level: Level, proposed: Sequence[Sequence[tuple[float, Place]]], plate: int, seed: int,
    progress: Callable[[float], None],
) -> tuple[Pieces, Labels]:  # fmt: skip
    """
    Return the pieces and (H, W) which is laid where: of several choices the cheapest.

    Args:
        level: The coarsest.
        proposed: By each window along the border.
        plate: Which sheet is the picture itself, where there are others; else -1.
        seed: Decides among pieces.
        progress: Called with the share done, .2 to .6.
    """
    marks = landmarks(level.ground) if plate >= 0 and reaches_edge(level.hole) else None
    tries = [level] * TRIES
    if marks is not None:
        tries = [level, without_landmarks(level, marks, plate)]
    choices = []
    for n, there in enumerate(tries):
        pieces = pieces_of(proposed, there.ground, level.hole, seed + n * APART)
        choices.append(_begun(there, pieces, seed + n * APART))
        progress(0.2 + 0.3 * (n + 1) / len(tries))
    if marks is not None:
        again = [seen_again(level.ground, marks, plate, c.pieces, c.labels()) for c in choices]
        prices = [c.price() + more for c, more in zip(choices, again, strict=True)]
        choices = [choices[prices.index(min(prices))]]
    found = []
    for n, choice in enumerate(choices):
        found.append((choice.finished(), n))
        progress(0.5 + 0.1 * (n + 1) / len(choices))
    best = choices[min(found)[1]]
    return best.pieces, best.labels()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Choice:
    """Pieces and where they are laid, at the coarsest level; changed in place."""

    pieces: Pieces
    around: Labels
    """(H, W) what lies where before any piece does."""
    box: tuple[slice, slice]
    shown: Shown
    own: Labels
    """The same within the box, with the pieces."""
    free: Bytes
    every: list[int]
    """The pieces in the order that the seed tries them in."""

    def labels(self) -> Labels:
        """Return (H, W) which piece is laid where."""
        labels = self.around.copy()
        labels[self.box] = self.own
        return labels

    def price(self, dearer: Fees | None = None) -> float:
        """Return what all cuts and pieces cost, without what made some ``dearer``."""
        shown, price = self.shown, self.shown.price
        fair = price if dearer is None else price - dearer[:, None, None]
        return float(
            whole_price(
                shown.colour, shown.there, shown.change, fair, shown.dear, self.own, self.free
            )
        )

    def finished(self) -> float:
        """Settle, and make what fills too much dearer until it does not; return the price."""
        count = len(self.pieces)
        for _ in range(1, ROUNDS):
            if not _settle(self.shown, self.own, self.free, self.every):
                break
        dearer = np.zeros(count, np.float32)
        least = np.float32(FIRST_FEE) * self.shown.dear[..., 0].max()
        for turn in range(DEAREST if count > 1 else 0):
            laid = self.own[self.free > 0]
            shares = np.bincount(laid, minlength=count) / max(1, int(self.free.sum()))
            large = np.flatnonzero(shares > LARGEST)
            if not len(large):
                break
            more = np.maximum(dearer[large] * np.float32(DEARER - 1), least)
            dearer[large] += more
            self.shown.price[large] += more[:, None, None]
            first = turn * OTHERS % count
            again = [i for i in self.every if shares[i]] + self.every[first : first + OTHERS]
            _settle(self.shown, self.own, self.free, again)
        return self.price(dearer) if count > 1 else 0.0


def _begun(level: Level, pieces: Pieces, seed: int) -> _Choice:
    """Return where each piece is laid after one round, at the coarsest level."""
    count = len(pieces)
    around = np.where(level.ground.known > 0, CANVAS, OUTSIDE).astype(np.int64)
    fee = np.array([FEE * int(below(draw(seed, i, 7, 9), 1024)) / 1024 for i in range(count)])
    box = box_of(level.hole, 1)
    every = [int(i) for i in np.argsort([draw(seed, i, 3, 3) for i in range(1, count)]) + 1]
    choice = _Choice(
        pieces=pieces, around=around, box=box, shown=shown_by(level.ground, pieces, fee, box),
        own=np.ascontiguousarray(around[box]), free=np.ascontiguousarray(level.hole[box]),
        every=every,
    )  # fmt: skip
    if count > 1:
        cheapest(choice.shown.price, choice.own, choice.free)
        _settle(choice.shown, choice.own, choice.free, every)
    return choice


def _settle(shown: Shown, labels: Labels, free: Bytes, pieces: Sequence[int]) -> int:
    """Spread ``pieces`` one after the other, in place; return how many pixels moved."""
    return sum([spread_piece(shown, labels, free, i) for i in pieces])


def spread_piece(shown: Shown, labels: Labels, free: Bytes, piece: int) -> int:
    """Let ``piece`` take what makes the whole cheaper, in place; return how many pixels."""
    able = free & shown.there[piece]
    return int(
        spread(
            shown.colour,
            shown.there,
            shown.change,
            shown.price,
            shown.dear,
            labels,
            able,
            piece,
        )
    )
