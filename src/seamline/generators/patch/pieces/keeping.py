"""
Keeping: no piece fills more of a hole than it may.

Dearer pixel by pixel, a piece only gives way to another that fills as much. So it stays where
it is on one side of what it fills, and on the other it may not stand, but for a strip between
the two in which the cut is found. All four sides are tried with the pieces that are laid, and
what costs least stands; where it then fills much less than it may the strip is moved out once.
Pieces hardly apart are one, as for the check ``verbatim``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from seamline.generators.patch.pieces.choices import (
    Choice,
    Labels,
    Mask,
    alike,
    settle_within,
)
from seamline.generators.patch.pieces.ground import NOTHING_THERE, Pieces
from seamline.generators.patch.resample import Bytes

SURELY = 0.9
"""Of what a piece may fill: at finer levels it takes a little more, and so does the check,
which does not count the hole's soft border."""
MOST_KEPT = 12
"""So many pieces may be kept to a part of the hole: each leaves less of it to the next."""
WELL_FILLED = 0.85
"""Of what it may fill: a piece that fills less gives way to more than it must."""
STRIP_PX = 8
"""So wide is the strip in which a cut is found, at most."""


class Side(NamedTuple):
    """Left or right of what a piece fills, or above or below where ``upright``."""

    upright: bool
    last: bool


SIDES = [Side(upright, last) for upright in (False, True) for last in (False, True)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Kept:
    """
    What is laid when a piece is kept to a side.

    Attributes:
        price: Of all that is laid.
        filled: How many pixels the piece fills then.
        own: (h, w) which piece is laid.
        stays, beyond: (h, w) where no other may stand, and where the piece may not.
    """

    price: float
    filled: int
    own: Labels
    stays: Mask
    beyond: Mask


def keep(choice: Choice, most: float) -> bool:
    """
    Let no piece of ``choice`` fill more than ``most`` of the hole; whether any did.

    Where nothing else can be laid there, some still does.
    """
    if len(choice.pieces) < 2 or most >= 1:
        return False
    kin, room = alike(choice.pieces), int(SURELY * most * int(choice.free.sum()))
    least, nearest = int(choice.free.size) + 1, choice.own
    for turn in range(MOST_KEPT):
        which = kin[int((kin @ _areas(choice)).argmax())]
        mine = choice.laid_by(which)
        filled = int(mine.sum())
        if filled <= room:
            return turn > 0
        if filled < least:
            least, nearest = filled, choice.own.copy()
        kept = _on_best_side(choice, which, mine, room)
        choice.alone.append((which, kept.stays))
        _bar(choice, which, kept)
        choice.own[:] = kept.own
        choice.settle(choice.every)
    if int((kin @ _areas(choice)).max()) > max(room, least):
        choice.own[:] = nearest
    return True


def let_others_stand(choice: Choice) -> None:
    """Let other pieces stand again where one was kept: what it shows may have to go."""
    for which, stays in choice.alone:
        choice.shown.price[1:][~which[1:]] -= np.float32(NOTHING_THERE) * stays
    choice.alone.clear()


def filled_alike(pieces: Pieces, labels: Labels, hole: Bytes, piece: int) -> float:
    """Return which share of ``hole`` ``piece`` fills with those hardly apart from it."""
    which = alike(pieces)[piece]
    mine = which[np.maximum(labels, 0)] & (labels > 0) & (hole > 0)
    return int(mine.sum()) / max(1, int(hole.sum()))


def _areas(choice: Choice) -> Labels:
    """Return (N,) how many pixels each piece fills."""
    return np.bincount(choice.own[choice.free > 0], minlength=len(choice.pieces))


def _on_best_side(choice: Choice, which: Mask, mine: Mask, room: int) -> _Kept:
    """Return what is laid when ``which``, that fills ``mine``, is kept where it costs least."""
    tried = [_on_side(choice, which, mine, side, room) for side in SIDES]
    at = min(range(len(SIDES)), key=lambda n: (tried[n].price, n))
    best = tried[at]
    if best.filled < WELL_FILLED * room:
        wider = _on_side(choice, which, mine, SIDES[at], 2 * room - best.filled)
        if wider.filled <= room and wider.price < best.price:
            return wider
    return best


def _on_side(choice: Choice, which: Mask, mine: Mask, side: Side, room: int) -> _Kept:
    """Return what is laid when ``which`` is kept to a side; ``choice`` is as before."""
    before, prices = choice.own.copy(), choice.shown.price.copy()
    stays, beyond = _parts(mine, room, side)
    _bar(choice, which, _Kept(price=0.0, filled=0, own=before, stays=stays, beyond=beyond))
    settle_within(choice.shown, choice.own, choice.free & ~stays, choice.used())
    kept = _Kept(
        price=choice.price(), filled=int(choice.laid_by(which).sum()), own=choice.own.copy(),
        stays=stays, beyond=beyond,
    )  # fmt: skip
    choice.own[:] = before
    choice.shown.price[:] = prices
    return kept


def _bar(choice: Choice, which: Mask, kept: _Kept) -> None:
    """Make ``which`` dear beyond where it is kept, and all others where it stays."""
    barred = np.where(which[1:, None, None], kept.beyond, kept.stays)
    choice.shown.price[1:] += np.float32(NOTHING_THERE) * barred


def _parts(mine: Mask, room: int, side: Side) -> tuple[Mask, Mask]:
    """
    Return (h, w) where a piece that fills ``mine`` stays, and where it may not stand.

    So that it fills ``room`` pixels of that at most.
    """
    turned = mine.T if side.upright else mine
    turned = turned[:, ::-1] if side.last else turned
    end = int(np.searchsorted(np.cumsum(turned.sum(axis=0)), room, side="right"))
    columns = np.arange(turned.shape[1])[None, :]
    found = turned & (columns < end - STRIP_PX), np.broadcast_to(columns >= end, turned.shape)
    stays, beyond = (part[:, ::-1] if side.last else part for part in found)
    return (stays.T, beyond.T) if side.upright else (stays, beyond)
