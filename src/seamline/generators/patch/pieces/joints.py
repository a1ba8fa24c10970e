"""
Joints: places where the references show how one thing becomes the other.

Pieces proposed along the border go on as the plate does there; in the middle of a hole two of
them may have nothing to do with one another, and a shade, reeds or a far shore end at a cut.
So where the cuts cost most the picture as it is laid is held against every place of every
sheet, but for a strip along the cut: what fits on both of its sides shows how the one side
ends, and may be laid over the cut.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.pieces.ground import Ground, Shown
from seamline.generators.patch.pieces.places import (
    LEAST_SEEN,
    Place,
    compared,
    fitting_best,
)
from seamline.generators.patch.pieces.seams import CANVAS, cut_prices
from seamline.generators.patch.resample import Bytes, Floats, blur, grow

WINDOWS = (6, 11)
"""Half sizes, at the coarsest level: a thing's end, and what stands around it."""
MOST_JOINTS = 10
"""The costliest so many places are looked at in a round."""
AROUND_PX = 3
"""A joint is what is cut so near to it; joints lie twice as far apart."""
STRIP_PX = 2
"""So near to a cut nothing is asked: there the piece is free."""
DEAR = 0.01
"""A cut between pixels that differ by a stop in one channel: cheaper ones are not seen."""
OF_EACH, OF_ALL = 3, 4
"""Places that a sheet proposes for a window, and of them those that are kept."""
APART_PX = 2


def joints(
    ground: Ground, labels: NDArray[np.int64], box: tuple[slice, slice], shown: Shown,
    own: NDArray[np.int64], free: Bytes, seed: int,
) -> list[Place]:  # fmt: skip
    """
    Return places that show what could stand where the costliest cuts are.

    Args:
        ground: The coarsest level.
        labels: (H, W) what is laid where.
        box: The part of the picture that the others are of.
        shown: What each piece shows there.
        own: (h, w) which piece is laid.
        free: (h, w) 1 where one is.
        seed: Decides which pixels are compared.
    """
    dear = np.zeros(labels.shape, np.float32)
    dear[box] = cut_prices(shown.colour, shown.there, shown.change, shown.dear, own, free)
    known = (labels >= CANVAS).astype(np.uint8)
    picture = ground.colour.copy()
    picture[box] = np.where((free > 0)[..., None], _laid(shown.colour, own), ground.colour[box])
    as_laid = replace(ground, colour=picture, known=known)
    strip = grow((dear > np.float32(DEAR)).astype(np.uint8), STRIP_PX)
    hole = np.zeros_like(known)
    hole[box] = free
    sheets = compared(as_laid, max(WINDOWS))
    found: list[Place] = []
    for n, (y, x) in enumerate(_costliest(dear, hole)):
        for half in WINDOWS:
            seen, wanted = _window(known, strip, hole, y, x, half)
            if len(seen) >= LEAST_SEEN and len(wanted):
                every = fitting_best(
                    as_laid, sheets, (y, x), seen, wanted, most=OF_EACH, apart=APART_PX,
                    seed=seed + n,
                )  # fmt: skip
                found += [place for _, place in every[:OF_ALL]]
    return found


def _laid(colour: Floats, own: NDArray[np.int64]) -> Floats:
    rows, columns = np.indices(own.shape)
    found: Floats = colour[np.maximum(own, 0), rows, columns]
    return found


def _costliest(dear: Floats, hole: Bytes) -> list[tuple[int, int]]:
    """Return the pixels of the hole or at its border around which cuts cost most."""
    near = blur(dear, AROUND_PX) * grow(hole, 1)
    found: list[tuple[int, int]] = []
    for _ in range(MOST_JOINTS):
        y, x = (int(v) for v in np.unravel_index(int(near.argmax()), near.shape))
        if near[y, x] <= 0:
            break
        found.append((y, x))
        apart = 2 * AROUND_PX
        near[max(0, y - apart) : y + apart + 1, max(0, x - apart) : x + apart + 1] = 0
    return found


def _window(known: Bytes, strip: Bytes, hole: Bytes, cy: int, cx: int, half: int) -> Any:
    """Return offsets of pixels that stay, and of those by the cut that are free."""
    box = np.s_[max(0, cy - half) : cy + half + 1, max(0, cx - half) : cx + half + 1]
    corner = np.array([box[0].start - cy, box[1].start - cx])
    seen = np.argwhere((known[box] > 0) & ((strip[box] == 0) | (hole[box] == 0))) + corner
    wanted = np.argwhere((strip[box] > 0) & (hole[box] > 0)) + corner
    return seen.astype(np.int64), wanted.astype(np.int64)
