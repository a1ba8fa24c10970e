"""
Again: what a choice shows a second time is taken away, and what is touched is settled anew.

The plate's own things are seen already; those of a reference as soon as one piece shows them.
Where a piece shows one again it becomes dear, as long as that lasts, and other pieces are laid
over the place as over a scratch; if their cuts cost more than the thing is worth it comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.detect.verbatim import DRIFT_PX
from seamline.generators.patch.pieces.choices import settle_within
from seamline.generators.patch.pieces.ground import Box, Ground, Pieces, Shown
from seamline.generators.patch.pieces.horizon import off_level
from seamline.generators.patch.pieces.things import Names
from seamline.generators.patch.resample import Bytes, grow

HALO_PX = 2
"""What is so near a thing belongs to it: its soft edge."""
AGAIN = 0.05
"""Price of a pixel that shows a thing again, at the coarsest level: a cut of two stops."""
ROUNDS = 3
NEAR_PX = 6
"""So far around a thing that goes pieces are settled anew."""
LEAST_SHARE = 0.2
"""Of a thing: what shows less of it does not show it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Things:
    """
    The things of an atlas, and which of them are seen already.

    Attributes:
        names: (A, B) which thing is seen there, 0 where none.
        plate: Which sheet is seen already.
        by: (M,) which piece shows a thing first, 0 where none does.
    """

    names: Names
    plate: int
    by: NDArray[np.int64]


def seen_by(
    ground: Ground, names: Names, plate: int, pieces: Pieces, box: Box,
    own: NDArray[np.int64], free: Bytes,
) -> Things:  # fmt: skip
    """
    Return which piece shows each thing first: that which shows most of it.

    Args:
        ground: What is laid on.
        names: (A, B) which thing is seen there, 0 where none.
        plate: Which sheet is seen already.
        pieces: (N, 3).
        box: The part of the picture that is laid.
        own: (h, w) which piece is laid there.
        free: (h, w) 1 where one is.
    """
    most = int(names.max()) + 1
    by, count = np.zeros(most, np.int64), np.zeros(most, np.int64)
    for i in np.unique(own[free > 0]):
        if i > 0:
            mine = (own == i) & (free > 0)
            uses = np.bincount(_named(names, ground, pieces[i], box)[mine], minlength=most)
            more = uses > count
            by[more], count[more] = i, uses[more]
    size = np.zeros(most, np.int64)
    for first, (rows, _) in zip(ground.base, ground.size, strict=True):
        # sheet by sheet: counting takes twice the memory of what is counted
        size += np.bincount(names[first : first + rows].ravel(), minlength=most)
    by[count < LEAST_SHARE * size] = 0
    by[0] = 0
    return Things(names=names, plate=plate, by=by)


def barred(
    things: Things, ground: Ground, pieces: Pieces, piece: int, box: Box
) -> NDArray[np.bool_]:
    """Return (h, w) where ``piece`` would show in ``box`` what is seen already."""
    halo = max(1, int(HALO_PX * ground.scale + 0.5))
    shown = _named(things.names, ground, pieces[piece], box)
    again = shown > 0
    if int(pieces[piece, 0]) != things.plate:
        # pieces hardly apart show one thing once, cut and moved a little
        near = (np.abs(pieces[:, 1:] - pieces[piece, 1:]) <= DRIFT_PX * ground.scale).all(
            axis=-1
        )
        other = things.by[shown]
        again &= (other > 0) & ~near[other]
    if not again.any():
        return again
    found: NDArray[np.bool_] = grow(again.astype(np.uint8), halo) > 0
    return found


def taken_away(
    ground: Ground, names: Names, plate: int, pieces: Pieces, shown: Shown, box: Box,
    own: NDArray[np.int64], free: Bytes, every: Sequence[int], *, level: bool = False,
) -> None:  # fmt: skip
    """
    Settle anew, in place, what is laid where things are seen twice; words as ``seen_by``.

    Where the horizon is ``level`` no water is laid over it to be rid of an island.
    """
    fair = shown.price.copy()
    for _ in range(ROUNDS):
        things = seen_by(ground, names, plate, pieces, box, own, free)
        laid = np.zeros(own.shape, np.uint8)
        shown.price[:] = fair
        for i in range(1, len(pieces)):
            bars = barred(things, ground, pieces, i, box)
            shown.price[i][bars] += np.float32(AGAIN)
            if level:
                off = off_level(ground, pieces[i], box)
                shown.price[i][off & ~bars] += np.float32(AGAIN)
            laid |= (bars & (own == i) & (free > 0)).astype(np.uint8)
        if not laid.any():
            return
        _settled(shown, own, grow(laid, NEAR_PX) & free, every)


def _settled(shown: Shown, own: NDArray[np.int64], free: Bytes, every: Sequence[int]) -> None:
    """Let every piece take what makes the whole cheaper of what is ``free``, in place."""
    for _ in range(ROUNDS):
        if not settle_within(shown, own, free, every):
            return


def _named(names: Names, ground: Ground, piece: NDArray[np.int64], box: Box) -> Names:
    """Return (h, w) the things that ``piece`` shows in ``box``."""
    sheet = int(piece[0])
    rows, columns = (int(v) for v in ground.size[sheet])
    dy, dx = int(piece[1]) + box[0].start, int(piece[2]) + box[1].start
    h, w = box[0].stop - box[0].start, box[1].stop - box[1].start
    out = np.zeros((h, w), np.int32)
    y0, y1 = max(0, -dy), min(h, rows - dy)
    x0, x1 = max(0, -dx), min(w, columns - dx)
    if y0 < y1 and x0 < x1:
        first = int(ground.base[sheet]) + dy
        out[y0:y1, x0:x1] = names[first + y0 : first + y1, x0 + dx : x1 + dx]
    return out


def enlarged(names: Names, coarse: Ground, fine: Ground) -> Names:
    """Return the ``names`` of a coarse atlas for a finer one of the same sheets."""
    out = np.zeros(fine.pixel.shape, np.int32)
    for first, (h, w), at, (rows, columns) in zip(
        coarse.base, coarse.size, fine.base, fine.size, strict=True
    ):
        down = (np.arange(rows) * 2 + 1) * h // (2 * rows) + first
        across = (np.arange(columns) * 2 + 1) * w // (2 * columns)
        out[at : at + rows, :columns] = names[down][:, across]
    return out
