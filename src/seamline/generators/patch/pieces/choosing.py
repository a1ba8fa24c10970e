"""
Choosing: which pieces are laid where, on the smallest picture, and which choice stands.

Where the plate is carried on beyond its edge and there is more to copy from than itself, one
of the choices does without what would be known again of it; what is seen twice counts among
the cuts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seamline.generators.patch.pieces.again import taken_away
from seamline.generators.patch.pieces.choices import Choice, Labels, begun
from seamline.generators.patch.pieces.ground import Level, Pieces, reaches_edge
from seamline.generators.patch.pieces.joints import joints
from seamline.generators.patch.pieces.keeping import keep, let_others_stand
from seamline.generators.patch.pieces.landmarks import (
    landmarks,
    seen_again,
    without_landmarks,
)
from seamline.generators.patch.pieces.places import Place, pieces_of

TRIES, APART = 2, 7001
"""How often pieces are chosen; the choice whose cuts show least stands. Where a plate is
carried on and there is more to copy from: once from all there is, once without what would be
known again of the plate. What is seen twice counts among the cuts, and only what is cheapest
after one round is settled to its end. Not in a hole that the plate
surrounds: there both sides have to meet, and what crosses it is needed more."""
JOINTS = 2
"""How often the costliest cuts are looked at anew, in a hole that the plate surrounds."""


def first_of(
    level: Level, proposed: Sequence[Sequence[tuple[float, Place]]], plate: int, seed: int
) -> Choice:
    """
    Return which pieces are laid where at first: of several choices the cheapest.

    Args:
        level: The coarsest.
        proposed: By each window along the border.
        plate: Which sheet is the picture itself, where there are others; else -1.
        seed: Decides among pieces.
    """
    marks = landmarks(level.ground) if plate >= 0 and reaches_edge(level.hole) else None
    tries = [level] * TRIES
    if marks is not None:
        tries = [level, without_landmarks(level, marks, plate)]
    choices, prices = [], []
    for n, there in enumerate(tries):
        pieces = pieces_of(proposed, there.ground, level.hole, seed + n * APART)
        choice = begun(there, pieces, seed + n * APART)
        if marks is None:
            choice.settle(choice.every)
        choices.append(choice)
        prices.append(choice.price())
        if marks is not None:
            prices[-1] += seen_again(level.ground, marks, plate, pieces, choice.labels())
    best = choices[prices.index(min(prices))]
    if marks is not None:
        best.settle(best.every)
    return best


def mended(
    level: Level, choice: Choice, plate: int, seed: int, most: float
) -> tuple[Pieces, Labels]:
    """
    Return the pieces of ``choice`` and (H, W) which is laid where, once it is mended.

    Its costliest cuts are laid over, no piece fills more than ``most`` of the hole if any other
    can be had, and what is seen twice is taken away; the other words as for ``first_of``.
    """
    best = _kept(level, choice, seed, most)
    if level.things is not None and plate >= 0 and len(best.pieces) > 1:
        let_others_stand(best)
        taken_away(
            level.ground, level.things, plate, best.pieces, best.shown, best.box, best.own,
            best.free, best.every, level=level.level,
        )  # fmt: skip
        keep(best, most)
    return best.pieces, best.labels()


def _kept(level: Level, choice: Choice, seed: int, most: float) -> Choice:
    """
    Return ``choice`` with no piece that fills more than ``most``, if it can be had.

    In a hole that the plate surrounds its costliest cuts are mended before that and after.
    """
    if reaches_edge(level.hole):
        keep(choice, most)
        return choice
    choice = _joined(level, choice, seed)
    if keep(choice, most):
        choice = _joined(level, choice, seed)
        keep(choice, most)
    return choice


def _joined(level: Level, choice: Choice, seed: int) -> Choice:
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
        choice = choice.widened(level, np.array(new, np.int64))
        if not choice.settle(range(first, first + len(new))):
            break
        choice.settle(choice.used())
    return choice
