"""
Choosing: which pieces are laid where, on the smallest picture, and which choice stands.

Where the plate is carried on beyond its edge and there is more to copy from than itself, one
of the choices does without what would be known again of it; what is seen twice counts among
the cuts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.detect.verbatim import DRIFT_PX
from seamline.generators.patch.pieces.again import taken_away
from seamline.generators.patch.pieces.ground import (
    NOTHING_THERE,
    Level,
    Pieces,
    Shown,
    box_of,
    reaches_edge,
    shown_by,
)
from seamline.generators.patch.pieces.joints import joints
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
JOINTS = 2
"""How often the costliest cuts are looked at anew, in a hole that the plate surrounds."""
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
MOST_KEPT = 12
"""So many pieces may be kept to a part of the hole: each leaves less of it to the next."""
STRIP_PX = 8
"""So wide is the strip in which a cut is found where a piece is kept to a side, at most."""

Labels = NDArray[np.int64]
Fees = NDArray[np.float32]


def best_of(
    level: Level, proposed: Sequence[Sequence[tuple[float, Place]]], plate: int, seed: int,
    progress: Callable[[float], None], most: float | None = None,
) -> tuple[Pieces, Labels]:  # fmt: skip
    """
    Return the pieces and (H, W) which is laid where: of several choices the cheapest.

    Args:
        level: The coarsest.
        proposed: By each window along the border.
        plate: Which sheet is the picture itself, where there are others; else -1.
        seed: Decides among pieces.
        progress: Called with the share done, .2 to .6.
        most: Share of the hole that one piece may fill, where somebody said; of several
            choices that which keeps it best stands.
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
        price = choice.finished(most)
        over = 0.0 if most is None else max(0.0, float(choice.together().max()) - most)
        found.append((over, price, n))
        progress(0.5 + 0.1 * (n + 1) / len(choices))
    best = choices[min(found)[2]]
    if not reaches_edge(level.hole):
        best = _joined(level, best, seed)
        best.finished(most)
    if level.things is not None and plate >= 0 and len(best.pieces) > 1:
        best.shared()
        taken_away(
            level.ground, level.things, plate, best.pieces, best.shown, best.box, best.own,
            best.free, best.every, level=level.level,
        )  # fmt: skip
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
    alone: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]] = field(default_factory=list)
    """(N,) which pieces were kept to (h, w) where no other may stand."""

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

    def shares(self) -> NDArray[np.float64]:
        """Return how much of the hole each piece fills."""
        laid = np.bincount(self.own[self.free > 0], minlength=len(self.pieces))
        return laid / max(1, int(self.free.sum()))

    def together(self) -> NDArray[np.float64]:
        """Return how much each piece fills with those that are hardly apart from it."""
        found: NDArray[np.float64] = _alike(self.pieces) @ self.shares()
        return found

    def finished(self, most: float | None = None) -> float:
        """
        Settle, and make what fills too much dearer until it does not; return the price.

        With ``most`` it is kept to a part of the hole instead: somebody asked for it.
        """
        count = len(self.pieces)
        for _ in range(1, ROUNDS):
            if not _settle(self.shown, self.own, self.free, self.every):
                break
        if most is not None and count > 1:
            return self._kept_to(most)
        dearer = np.zeros(count, np.float32)
        least = np.float32(FIRST_FEE) * self.shown.dear[..., 0].max()
        for turn in range(DEAREST if count > 1 else 0):
            shares = self.shares()
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

    def _kept_to(self, most: float) -> float:
        """
        Keep what fills more than ``most`` to one side of the hole; return the price.

        Dearer pixel by pixel, one piece only gives way to another that fills as much. So it
        stays where it is on its side, and elsewhere may not stand, but for a strip between the
        two in which the cut is found. Pieces hardly apart are one, as for the check.
        """
        alike = _alike(self.pieces)
        for _ in range(MOST_KEPT):
            shares = alike @ self.shares()
            large = int(shares.argmax())
            if shares[large] <= most:
                break
            kin = alike[large]
            mine = (self.free > 0) & (self.own > 0) & kin[np.maximum(self.own, 0)]
            allowed = int(most * int(self.free.sum()))
            stays, beyond = _sides(mine, allowed, last=large % 2 > 0)
            self.alone.append((kin, stays))
            for piece in range(1, len(self.pieces)):
                barred = beyond if kin[piece] else stays
                self.shown.price[piece][barred] += np.float32(NOTHING_THERE)
            _settle(self.shown, self.own, self.free, self.every)
        return self.price()

    def shared(self) -> None:
        """Let other pieces stand again where one was kept: what it shows may have to go."""
        for kin, stays in self.alone:
            for piece in np.flatnonzero(~kin[1:]) + 1:
                self.shown.price[piece][stays] -= np.float32(NOTHING_THERE)
        self.alone.clear()


def _sides(
    mine: NDArray[np.bool_], allowed: int, *, last: bool
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """
    Return (H, W) where a piece that fills ``mine`` stays, and where it may not stand.

    So that it fills ``allowed`` pixels at most, along the longer way of what it fills, on the
    ``last`` side of it or on the first.
    """
    down = mine.any(axis=1).sum() > mine.any(axis=0).sum()
    turned = mine.T if down else mine
    turned = turned[:, ::-1] if last else turned
    filled = np.cumsum(turned.sum(axis=0))
    end = int(np.searchsorted(filled, allowed, side="right"))
    columns = np.arange(turned.shape[1])[None, :]
    stays, beyond = (
        turned & (columns < end - STRIP_PX),
        np.broadcast_to(columns >= end, turned.shape),
    )
    found = [p[:, ::-1] if last else p for p in (stays, beyond)]
    first, second = (p.T if down else p for p in found)
    return first, second


def _alike(pieces: Pieces) -> NDArray[np.bool_]:
    """Return (N, N) which pieces show one sheet shifted alike, give or take ``DRIFT_PX``."""
    apart = np.abs(pieces[:, None, :] - pieces[None, :, :])
    found: NDArray[np.bool_] = (apart[..., 0] == 0) & (apart[..., 1:] <= DRIFT_PX).all(axis=-1)
    return found


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


def _joined(level: Level, choice: _Choice, seed: int) -> _Choice:
    """Return ``choice`` with pieces laid over its costliest cuts where that is cheaper."""
    for turn in range(JOINTS):
        shown, own = choice.shown, choice.own
        places = joints(
            level.ground, choice.labels(), choice.box, shown, own, choice.free, seed + turn
        )  # fmt: skip
        known = {tuple(int(v) for v in piece) for piece in choice.pieces[1:]}
        new = [place for place in dict.fromkeys(places) if place not in known]
        if not new:
            break
        first = len(choice.pieces)
        choice = _with(level, choice, np.array(new, np.int64))
        if not _settle(choice.shown, own, choice.free, range(first, first + len(new))):
            break
        used = [int(i) for i in np.unique(own[choice.free > 0])]
        _settle(choice.shown, own, choice.free, used)
    return choice


def _with(level: Level, choice: _Choice, new: Pieces) -> _Choice:
    """Return ``choice`` with ``new`` pieces besides, none of which is laid yet."""
    more = shown_by(
        level.ground, np.concatenate([choice.pieces[:1], new]), np.zeros(len(new) + 1),
        choice.box,
    )  # fmt: skip
    shown = Shown(
        colour=np.concatenate([choice.shown.colour, more.colour[1:]]),
        there=np.concatenate([choice.shown.there, more.there[1:]]),
        change=np.concatenate([choice.shown.change, more.change[1:]]),
        price=np.concatenate([choice.shown.price, more.price[1:]]),
        dear=choice.shown.dear,
    )
    first = len(choice.pieces)
    return replace(
        choice, pieces=np.concatenate([choice.pieces, new]), shown=shown,
        every=[*choice.every, *range(first, first + len(new))],
    )  # fmt: skip


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
