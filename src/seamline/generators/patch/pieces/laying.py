"""
Laying: pieces are chosen and cut on a small picture, then their cuts are made finer.

The small picture decides what is seen; at each finer level pieces move by a pixel or two
to where they agree best, and only the pixels along the cuts are decided again.
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
    level_of,
    show,
    shown_by,
)
from seamline.generators.patch.pieces.landmarks import (
    landmarks,
    seen_again,
    without_landmarks,
)
from seamline.generators.patch.pieces.places import Place, pieces_of, proposals
from seamline.generators.patch.pieces.seams import (
    CANVAS,
    OUTSIDE,
    cheapest,
    rim_price,
    spread,
    unshown,
    whole_price,
)
from seamline.generators.patch.resample import Bytes, Floats, grow
from seamline.generators.patch.sheets import Atlas, Sheet

COARSEST_PX = 108
"""Short side of the picture on which pieces are chosen."""
TRIES, APART = 2, 7001
"""How often pieces are chosen; the choice whose cuts show least stands."""
FREE_OF_LANDMARKS = 2
"""Where there is more to copy from than the plate: once from all there is, and so often without
what would be known again of the plate. What is seen twice counts among the cuts."""
ROUNDS, FINE_ROUNDS = 2, 2
BAND_PX = 4
"""So far from a cut pixels are decided again at a finer level."""
LOOSE_PX = 2
"""So far a piece may move at a finer level."""
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
Prices = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Laid:
    """
    The hole laid with pieces.

    Attributes:
        sheet: (H, W) int32 of the sheets, -1 where nothing is laid.
        row, column: (H, W) int32 pixel of that sheet.
        piece: (H, W) which piece is laid, above 0 where one is.
        atlas: The sheets at full size.
    """

    sheet: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    piece: Labels
    atlas: Atlas


def lay(
    base: Floats, known: Bytes, hole: Bytes, guide: Floats, sheets: Sequence[Sheet],
    guides: Sequence[Floats], plate: int, seed: int, progress: Callable[[float], None],
) -> Laid:  # fmt: skip
    """
    Return ``hole`` laid with pieces of ``sheets`` that go on as the picture around it does.

    Args:
        base: (H, W, 3) finite colours, log encoding, where ``known``.
        known: (H, W) 1 where the picture stands.
        hole: (H, W) 1 where it is to be filled.
        guide: (H, W) height above the horizon downwards, 1.5 per radian.
        sheets: What may be copied.
        guides: The same of the sheets.
        plate: Which sheet is the picture itself, where there are others; else -1.
        seed: Decides among pieces.
        progress: Called with the share done.
    """
    factors = _factors(min(known.shape))
    level = level_of(base, known, hole, guide, sheets, guides, factors[0], factors[0])
    proposed = proposals(level.ground, level.hole, seed)
    progress(0.2)
    pieces, labels = _best(level, proposed, plate, seed, progress)
    for n, factor in enumerate(factors[1:], start=2):
        progress(0.6 + 0.4 * n / len(factors))
        pieces, labels = _only_used(pieces, labels)
        ratio = factor / factors[n - 2]
        level = level_of(base, known, hole, guide, sheets, guides, factor, factors[0])
        pieces[1:, 1:] = np.floor(pieces[1:, 1:] * ratio + 0.5).astype(np.int64)
        labels = _enlarged(labels, level)
        _finer(level, pieces, labels)
    _mend(level, pieces, labels)
    progress(1.0)
    return _laid(level, pieces, labels)


def _factors(short: int) -> list[float]:
    """Return the levels' sizes, coarsest first, each at most twice the one before."""
    factors = [min(1.0, COARSEST_PX / short)]
    while factors[-1] < 1:
        factors.append(min(1.0, factors[-1] * 2))
    return factors


def _best(
    level: Level, proposed: Sequence[Sequence[tuple[float, Place]]], plate: int, seed: int,
    progress: Callable[[float], None],
) -> tuple[Pieces, Labels]:  # fmt: skip
    """Return of several choices the one whose cuts and repeats cost least."""
    others = plate >= 0
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
    return sum([_spread(shown, labels, free, i) for i in pieces])


def _spread(shown: Shown, labels: Labels, free: Bytes, piece: int) -> int:
    able = free & shown.there[piece]
    return int(spread(shown.colour, shown.there, shown.price, labels, able, piece))


def _only_used(pieces: Pieces, labels: Labels) -> tuple[Pieces, Labels]:
    """Return the pieces that are laid, the canvas first, and the labels that mean them."""
    used = [CANVAS, *(int(i) for i in np.unique(labels) if i > CANVAS)]
    new = np.full(len(pieces) + 1, OUTSIDE, np.int64)
    new[used] = np.arange(len(used))
    return pieces[used].copy(), new[labels]


def _enlarged(labels: Labels, level: Level) -> Labels:
    """Return ``labels`` at the size of ``level``; its hole has pieces everywhere."""
    h, w = level.hole.shape
    oh, ow = labels.shape
    rows = np.minimum((np.arange(h) * 2 + 1) * oh // (2 * h), oh - 1)
    columns = np.minimum((np.arange(w) * 2 + 1) * ow // (2 * w), ow - 1)
    large = labels[rows][:, columns]
    bare = (level.hole > 0) & (large <= CANVAS)
    while bare.any():
        before = int(bare.sum())
        for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
            near = np.roll(large, step, axis)
            taken = bare & (near > CANVAS)
            large[taken] = near[taken]
            bare &= ~taken
        if int(bare.sum()) == before:
            break
    plain = np.where(level.ground.known > 0, CANVAS, OUTSIDE)
    return np.where(level.hole > 0, large, plain).astype(np.int64)


def _finer(level: Level, pieces: Pieces, labels: Labels) -> None:
    """Move pieces to where they agree best, then decide the pixels along cuts; in place."""
    for i in range(1, len(pieces)):
        _nudge(level, pieces, labels, i)
    for _ in range(FINE_ROUNDS):
        if not sum(_recut(level, pieces, labels, i) for i in range(1, len(pieces))):
            return


def _nudge(level: Level, pieces: Pieces, labels: Labels, piece: int) -> None:
    """Move ``piece`` by up to ``LOOSE_PX`` to where its rim costs least; in place."""
    mine = (labels == piece).astype(np.uint8)
    if not mine.any():
        return
    box = box_of(mine, 1)
    own, names = _among(labels[box], piece)
    ground, fee = level.ground, np.zeros(len(names))
    shown = shown_by(ground, pieces[names], fee, box)
    at = names.index(piece)
    here = pieces[piece].copy()
    reach = range(-LOOSE_PX, LOOSE_PX + 1)
    steps = sorted(((y, x) for y in reach for x in reach), key=lambda s: s[0] ** 2 + s[1] ** 2)
    prices = []
    for dy, dx in steps:
        show(ground, here + np.array([0, dy, dx]), 0.0, box, shown, at)
        prices.append(rim_price(shown.colour, shown.there, shown.price, own, at))
    pieces[piece] = here + np.array([0, *steps[int(np.argmin(prices))]])


def _among(labels: Labels, piece: int) -> tuple[Labels, list[int]]:
    """Return ``labels`` counted among the pieces they name and ``piece``; and these."""
    names = [CANVAS, *sorted({piece, *(int(i) for i in np.unique(labels) if i > CANVAS)})]
    new = np.full(max(names) + 2, OUTSIDE, np.int64)
    new[names] = np.arange(len(names))
    return np.ascontiguousarray(new[labels]), names


def _recut(level: Level, pieces: Pieces, labels: Labels, piece: int) -> int:
    """Spread one piece along its own cuts, in place; return how many pixels it took."""
    mine = (labels == piece).astype(np.uint8)
    if not mine.any():
        return 0
    near = grow(mine, BAND_PX)
    box = box_of(near, 1)
    own, names = _among(labels[box], piece)
    hole, near = np.ascontiguousarray(level.hole[box]), np.ascontiguousarray(near[box])
    shown = shown_by(level.ground, pieces[names], np.zeros(len(names)), box)
    others = (own != names.index(piece)).astype(np.uint8)
    bare = grow(unshown(shown.there, own, hole), BAND_PX)
    free = np.ascontiguousarray(near & (grow(others, BAND_PX) | bare) & hole)
    taken = _spread(shown, own, free, names.index(piece))
    labels[box] = np.where(free > 0, np.array(names)[np.maximum(own, 0)], labels[box])
    return taken


def _mend(level: Level, pieces: Pieces, labels: Labels) -> None:
    """Give pixels that their piece cannot show the piece that shows them best; in place."""
    bare = np.zeros(labels.shape, np.uint8)
    for piece in range(1, len(pieces)):
        mine = (labels == piece).astype(np.uint8)
        if mine.any():
            box = box_of(mine, 0)
            shown = shown_by(level.ground, pieces[[CANVAS, piece]], np.zeros(2), box)
            bare[box] |= mine[box] & (1 - shown.there[1])
    if bare.any():
        box = box_of(bare, 0)
        shown = shown_by(level.ground, pieces, np.zeros(len(pieces)), box)
        own = np.ascontiguousarray(labels[box])
        cheapest(shown.price, own, np.ascontiguousarray(bare[box]))
        labels[box] = own


def _laid(level: Level, pieces: Pieces, labels: Labels) -> Laid:
    """Return the pieces as pixels of sheets; what a piece cannot show is its nearest pixel."""
    rows, columns = np.indices(labels.shape)
    which = np.where(labels > CANVAS, labels, 0)
    sheet = np.where(labels > CANVAS, pieces[which, 0], -1)
    size = level.ground.size[np.maximum(sheet, 0)]
    row = np.clip(rows + pieces[which, 1], 0, size[..., 0] - 1)
    column = np.clip(columns + pieces[which, 2], 0, size[..., 1] - 1)
    return Laid(
        sheet=sheet.astype(np.int32), row=row.astype(np.int32), column=column.astype(np.int32),
        piece=labels, atlas=level.atlas,
    )  # fmt: skip
