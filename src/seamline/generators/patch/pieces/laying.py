"""
Laying: pieces are chosen and cut on a small picture, then their cuts are made finer.

The small picture decides what is seen; at each finer level pieces move by a pixel or two
to where they agree best, and only the pixels along the cuts are decided again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.pieces.again import AGAIN, Things, barred, enlarged, seen_by
from seamline.generators.patch.pieces.choices import Labels, spread_piece
from seamline.generators.patch.pieces.choosing import first_of, mended
from seamline.generators.patch.pieces.ground import (
    Level,
    Pieces,
    box_of,
    level_of,
    show,
    shown_by,
)
from seamline.generators.patch.pieces.horizon import Proposed, levelled, rows_off
from seamline.generators.patch.pieces.keeping import filled_alike
from seamline.generators.patch.pieces.places import proposals
from seamline.generators.patch.pieces.seams import (
    CANVAS,
    OUTSIDE,
    cheapest,
    rim_price,
    unshown,
)
from seamline.generators.patch.resample import Bytes, Floats, grow
from seamline.generators.patch.sheets import Atlas, Sheet
from seamline.ports import NOT_KEPT, Levels

COARSEST_PX = 108
"""Short side of the picture on which pieces are chosen."""
FINE_ROUNDS = 2
BAND_PX = 4
"""So far from a cut pixels are decided again at a finer level."""
LOOSE_PX = 2
"""So far a piece may move at a finer level."""
WHOLE = 1.0
"""Of a hole that one piece may fill."""
Prices = NDArray[np.float64]
Laying = tuple[Pieces, Labels]
"""Pieces, and (h, w) which is laid where: what is chosen at the coarsest level."""
Choose = Callable[[Level, Callable[[float], None]], Laying]
"""Chooses at a level; tells the share done, .2 to .6."""
Propose = Callable[[Callable[[], Proposed]], Proposed]
"""Returns what is proposed along the border, or has it proposed."""
Coarsest = Callable[[Callable[[], Level]], Level]
"""Returns the level that is chosen on, or has it made."""


def _anew(make: Callable[[], Proposed]) -> Proposed:
    """Know nothing that was proposed before."""
    return make()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Laid:
    """
    The hole laid with pieces.

    Attributes:
        sheet: (H, W) int32 of the sheets, -1 where nothing is laid.
        row, column: (H, W) int32 pixel of that sheet.
        piece: (H, W) which piece is laid, above 0 where one is.
        atlas: The sheets at full size.
        rest: (H, W, 2) part of a row by which a crest lies too high, and how near it is.
    """

    sheet: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    piece: Labels
    atlas: Atlas
    rest: Floats | None = None


def lay(
    base: Floats, known: Bytes, hole: Bytes, guide: Floats, sheets: Sequence[Sheet],
    guides: Sequence[Floats], plate: int, seed: int, progress: Callable[[float], None],
    levels: Levels = NOT_KEPT, stage: str = "laid", most: float = WHOLE,
    choose: Choose | None = None,
    coarsest: Coarsest = lambda make: make(),
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
        levels: Where each level is kept once it is finished, under ``stage``.
        stage: What this laying is called in its painting.
        most: Share of the hole that one piece may fill, if any other can be had.
        choose: Chooses as ``chosen`` would, if it was chosen before.
        coarsest: Returns the level that is chosen on, or has it made.
    """
    factors = _factors(min(known.shape))
    finished, pieces, labels = _kept(levels.found(stage))
    reached = factors[max(0, finished - 1)]

    def level_at(factor: float) -> Level:
        return level_of(base, known, hole, guide, sheets, guides, factor, factors[0])

    def smallest() -> Level:
        return coarsest(lambda: level_at(factors[0]))

    level = coarse = smallest() if finished <= 1 else level_at(reached)
    if len(sheets) > 1 and finished > 1:
        coarse = smallest()
    if finished == 0:
        levels.begins(stage, 1, len(factors))
        if choose is None:
            pieces, labels = chosen(level, plate, seed, progress, most)
        else:
            pieces, labels = choose(level, progress)
        levels.keep(stage, {"level": np.array([1]), "pieces": pieces, "labels": labels})
    for n, factor in enumerate(factors[1:], start=2):
        progress(0.6 + 0.4 * n / len(factors))
        if n <= finished:
            continue
        levels.begins(stage, n, len(factors))
        pieces, labels = _only_used(pieces, labels)
        ratio = factor / factors[n - 2]
        level = level_at(factor)
        pieces[1:, 1:] = np.floor(pieces[1:, 1:] * ratio + 0.5).astype(np.int64)
        labels = _enlarged(labels, level)
        _finer(level, pieces, labels, _seen(coarse, level, plate, pieces, labels), most)
        levels.keep(stage, {"level": np.array([n]), "pieces": pieces, "labels": labels})
    progress(1.0)
    return laid_at(level, pieces, labels)


def chosen(
    level: Level, plate: int, seed: int, progress: Callable[[float], None], most: float,
    proposed: Propose = _anew,
) -> Laying:  # fmt: skip
    """
    Return what is laid where at the coarsest ``level``; the words as for ``lay``.

    ``proposed`` returns what is proposed along the border, or has it proposed.
    """
    along = proposed(lambda: _along(level, seed))
    progress(0.2)
    choice = first_of(level, along, plate, seed)
    progress(0.4)
    found = mended(level, choice, plate, seed, most)
    progress(0.6)
    return found


def first_chosen(level: Level, plate: int, seed: int, proposed: Propose = _anew) -> Laying:
    """Return what ``chosen`` begins with, before any cut is mended: a quarter of the time."""
    choice = first_of(level, proposed(lambda: _along(level, seed)), plate, seed)
    return choice.pieces, choice.labels()


def _along(level: Level, seed: int) -> Proposed:
    found = proposals(level.ground, level.hole, seed)
    return levelled(level.ground, found, level.hole) if level.level else found


def coarsest_level(
    base: Floats, known: Bytes, hole: Bytes, guide: Floats, sheets: Sequence[Sheet],
    guides: Sequence[Floats],
) -> Level:  # fmt: skip
    """Return the level on which pieces are chosen; the words as for ``lay``."""
    factor = _factors(min(known.shape))[0]
    return level_of(base, known, hole, guide, sheets, guides, factor, factor)


def laid_at(level: Level, pieces: Pieces, labels: Labels) -> Laid:
    """Return the pieces as pixels of the sheets of ``level``; none is left bare."""
    labels = labels.copy()
    _mend(level, pieces, labels)
    return _laid(level, pieces, labels)


def _kept(planes: Mapping[str, NDArray[Any]]) -> tuple[int, Pieces, Labels]:
    """Return how many levels were finished before, and what the last one came to."""
    if not planes:
        return 0, np.zeros((0, 3), np.int64), np.zeros((0, 0), np.int64)
    return int(planes["level"][0]), planes["pieces"], planes["labels"]


def _factors(short: int) -> list[float]:
    """Return the levels' sizes, coarsest first, each at most twice the one before."""
    factors = [min(1.0, COARSEST_PX / short)]
    while factors[-1] < 1:
        factors.append(min(1.0, factors[-1] * 2))
    return factors


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


def _seen(
    coarse: Level, level: Level, plate: int, pieces: Pieces, labels: Labels
) -> Things | None:
    """Return what of the things of the ``coarse`` atlas is seen already at ``level``."""
    if coarse.things is None or plate < 0:
        return None
    names = enlarged(coarse.things, coarse.ground, level.ground)
    every = slice(0, labels.shape[0]), slice(0, labels.shape[1])
    return seen_by(level.ground, names, plate, pieces, every, labels, level.hole)


def _finer(
    level: Level, pieces: Pieces, labels: Labels, seen: Things | None, most: float
) -> None:
    """Move pieces to where they agree best, then decide the pixels along cuts; in place."""
    for i in range(1, len(pieces)):
        _nudge(level, pieces, labels, i)
    for _ in range(FINE_ROUNDS):
        if not sum(_recut(level, pieces, labels, i, seen, most) for i in range(1, len(pieces))):
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
    off = rows_off(ground, here, mine) if level.level else None
    here[1] += off or 0
    reach = range(-LOOSE_PX, LOOSE_PX + 1)
    rows = reach if off is None else range(1)
    steps = sorted(((y, x) for y in rows for x in reach), key=lambda s: s[0] ** 2 + s[1] ** 2)
    prices = []
    for dy, dx in steps:
        show(ground, here + np.array([0, dy, dx]), 0.0, box, shown, at)
        prices.append(
            rim_price(shown.colour, shown.there, shown.change, shown.price, shown.dear, own, at)
        )
    pieces[piece] = here + np.array([0, *steps[int(np.argmin(prices))]])


def _among(labels: Labels, piece: int) -> tuple[Labels, list[int]]:
    """Return ``labels`` counted among the pieces they name and ``piece``; and these."""
    names = [CANVAS, *sorted({piece, *(int(i) for i in np.unique(labels) if i > CANVAS)})]
    new = np.full(max(names) + 2, OUTSIDE, np.int64)
    new[names] = np.arange(len(names))
    return np.ascontiguousarray(new[labels]), names


def _recut(
    level: Level, pieces: Pieces, labels: Labels, piece: int, seen: Things | None,
    most: float,
) -> int:  # fmt: skip
    """
    Spread one piece along its own cuts, in place; return how many pixels it took.

    None where it would then fill more than ``most`` of the hole.
    """
    mine = (labels == piece).astype(np.uint8)
    if not mine.any():
        return 0
    near = grow(mine, BAND_PX)
    box = box_of(near, 1)
    own, names = _among(labels[box], piece)
    hole, near = np.ascontiguousarray(level.hole[box]), np.ascontiguousarray(near[box])
    shown = shown_by(level.ground, pieces[names], np.zeros(len(names)), box)
    if seen is not None:
        for at, i in enumerate(names[1:], start=1):
            bars = barred(seen, level.ground, pieces, i, box)
            shown.price[at][bars] += np.float32(AGAIN / level.ground.scale)
    others = (own != names.index(piece)).astype(np.uint8)
    bare = grow(unshown(shown.there, own, hole), BAND_PX)
    free = np.ascontiguousarray(near & (grow(others, BAND_PX) | bare) & hole)
    taken = spread_piece(shown, own, free, names.index(piece))
    if not taken:
        return 0
    before = labels[box].copy()
    labels[box] = np.where(free > 0, np.array(names)[np.maximum(own, 0)], before)
    if filled_alike(pieces, labels, level.hole, piece) > most:
        labels[box] = before
        return 0
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
