"""
Choosing: which pieces are laid where, on the smallest picture, and which choice stands.

Where the plate is carried on beyond its edge and there is more to copy from than itself, some
of the choices do without what would be known again of it; what is seen twice counts among the
cuts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.pieces.ground import Level, Pieces, Shown, box_of, shown_by
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
"""How often pieces are chosen; the choice whose cuts show least stands."""
FREE_OF_LANDMARKS = 2
"""Where there is more to copy from than the plate: once from all there is, and so often without
what would be known again of the plate. What is seen twice counts among the cuts. Not in a hole
that the plate surrounds: there both sides have to meet, and what crosses it is needed more."""
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
    others = plate >= 0 and _open(level.hole)
    tries = 1 + FREE_OF_LANDMARKS if others else TRIES
    marks = landmarks(level.ground) if others else None
    found = []
    for n in range(tries):
        there = level
        if marks is not None and n > 0:
            there = without_landmarks(level, marks, plate)
        pieces = pieces_of(proposed, there.ground, level.hole, seed + n * APART)
        labels, price = _chosen(there, pieces, seed + n * APART)
        if marks is not None:
            price += seen_again(level.ground, marks, plate, pieces, labels)
        found.append((price, n, pieces, labels))
        progress(0.2 + 0.4 * (n + 1) / tries)
    _, _, pieces, labels = min(found, key=lambda t: t[:2])
    return pieces, labels


def _open(hole: Bytes) -> bool:
    """Return whether the hole reaches the edge of the picture: nothing has to meet there."""
    return bool(hole[0].any() or hole[-1].any() or hole[:, 0].any() or hole[:, -1].any())


def _chosen(level: Level, pieces: Pieces, seed: int) -> tuple[Labels, float]:
    """Return (H, W) which piece is laid where, at the coarsest level, and its price."""
    count = len(pieces)
    labels = np.where(level.ground.known > 0, CANVAS, OUTSIDE).astype(np.int64)
    if count < 2:
        return labels, 0.0
    fee = np.array([FEE * int(below(draw(seed, i, 7, 9), 1024)) / 1024 for i in range(count)])
    box = box_of(level.hole, 1)
    shown = shown_by(level.ground, pieces, fee, box)
    free = np.ascontiguousarray(level.hole[box])
    own = np.ascontiguousarray(labels[box])
    cheapest(shown.price, own, free)
    every = [int(i) for i in np.argsort([draw(seed, i, 3, 3) for i in range(1, count)]) + 1]
    for _ in range(ROUNDS):
        if not _settle(shown, own, free, every):
            break
    dearer = np.zeros(count, np.float32)
    for turn in range(DEAREST):
        shares = np.bincount(own[free > 0], minlength=count) / max(1, int(free.sum()))
        large = np.flatnonzero(shares > LARGEST)
        if not len(large):
            break
        more = np.maximum(dearer[large] * np.float32(DEARER - 1), np.float32(FIRST_FEE))
        dearer[large] += more
        shown.price[large] += more[:, None, None]
        first = turn * OTHERS % count
        _settle(
            shown, own, free, [i for i in every if shares[i]] + every[first : first + OTHERS]
        )
    labels[box] = own
    fair = shown.price - dearer[:, None, None]
    return labels, float(whole_price(shown.colour, shown.there, fair, own, free))


def _settle(shown: Shown, labels: Labels, free: Bytes, pieces: Sequence[int]) -> int:
    """Spread ``pieces`` one after the other, in place; return how many pixels moved."""
    return sum([spread_piece(shown, labels, free, i) for i in pieces])


def spread_piece(shown: Shown, labels: Labels, free: Bytes, piece: int) -> int:
    """Let ``piece`` take what makes the whole cheaper, in place; return how many pixels."""
    able = free & shown.there[piece]
    return int(spread(shown.colour, shown.there, shown.price, labels, able, piece))
