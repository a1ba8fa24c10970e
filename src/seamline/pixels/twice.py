"""What is seen twice: the same piece of a reference at two places, told by lineage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.grain.box import box_mean

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]
CELL_PX = 2.0
"""Of the painting: as much of the reference as two of its pixels show is one spot."""
APART_PX = 8
DRIFT_PX = 3
FEW = 4
"""Times that a spot may be seen for all its places to be held against each other. What is
seen more often is texture, and chance brings its places together: they are held against the
first alone, and only where they are shapes."""
PIECE_PX = 6
"""Half of what a piece measures at the least; what is seen again in crumbs is chance."""
LIKELY = 4
"""Displacements looked at: those at which most is seen again."""
LANDMARK = 0.045
"""In ACEScct, four fifths of a stop: what departs less from its surroundings is no shape."""
KNOWN_AGAIN = 0.05
"""Least share of a piece that are shapes; without, it is calm sky or even texture."""
FINE_SHARE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """The largest piece seen twice: share of what is seen, how far apart (x, y), its box."""

    share: float
    apart: tuple[int, int]
    place: tuple[int, int, int, int] | None


NONE = Repeat(share=0.0, apart=(0, 0), place=None)


def largest_repeat(source: Ints, x: Image, y: Image, tone: Image) -> Repeat:
    """
    Return the largest piece that is seen again at one displacement.

    A piece hangs together: where it is, at least half of what is within six pixels (of a
    painting up to 512 wide, more in larger ones) is seen again at that displacement.

    Args:
        source: (H, W) which reference, -1 where none.
        x: (H, W) column in that reference's file, pixels.
        y: (H, W) row.
        tone: (H, W) log-coded; a piece without shapes is none that anybody knows again.
    """
    total = int((source >= 0).sum())
    shapes = _shapes(tone)
    one, other = _seen_again(source, x, y, shapes)
    width = source.shape[1]
    across, down = other % width - one % width, other // width - one // width
    # told by the place to the right, or below, whichever of both was painted first
    back = np.where(np.abs(across) >= np.abs(down), across < 0, down < 0)
    at, sign = np.where(back, one, other), np.where(back, -1, 1)
    far = np.abs(across) + np.abs(down) >= APART_PX
    at, across, down = at[far], (across * sign)[far], (down * sign)[far]
    if not len(at):
        return NONE
    steps = [np.rint(v / DRIFT_PX).astype(np.int64) for v in (across, down)]
    height = source.shape[0]
    _, which, count = np.unique(
        (steps[0] + width) * 4 * height + steps[1] + height,
        return_inverse=True, return_counts=True,
    )  # fmt: skip
    best, found = NONE, 0
    for k in np.argsort(-count, kind="stable")[:LIKELY]:
        mine = which == k
        piece = _piece(at[mine], source.shape)
        size = int(piece.sum())
        if size > found and (piece & shapes).sum() >= KNOWN_AGAIN * size:
            found = size
            best = Repeat(
                share=size / total,
                apart=(int(np.median(across[mine])), int(np.median(down[mine]))),
                place=_box(piece),
            )
    return best


def _seen_again(
    source: Ints, x: Image, y: Image, shapes: Mask
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return (N,) flat places, and others that show the same spot of a reference."""
    at = np.flatnonzero(source >= 0)
    cell = CELL_PX * _step(source, x, y)
    column, row = (np.maximum(v.ravel()[at] / cell, 0).astype(np.int64) for v in (x, y))
    key = (source.ravel()[at] << 50) | (row << 25) | column
    order = np.argsort(key, kind="stable")
    key, at = key[order], at[order]
    begins = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])[: len(key)])
    count = np.diff(np.append(begins, len(at)))
    per_place = round(CELL_PX * CELL_PX)
    few = np.repeat(count <= FEW * per_place, count)
    first = np.repeat(at[begins], count)
    often = ~few & shapes.ravel()[at]
    one, other = [first[often]], [at[often]]
    key, at = key[few], at[few]
    for apart in range(1, 2 * per_place + 1):
        same = key[apart:] == key[:-apart]
        one.append(at[:-apart][same])
        other.append(at[apart:][same])
    return np.concatenate(one), np.concatenate(other)


def _step(source: Ints, x: Image, y: Image) -> float:
    """Return how far on in the reference the next pixel of the painting is, pixels."""
    beside = (source[:, 1:] == source[:, :-1]) & (source[:, 1:] >= 0)
    far = np.hypot(np.diff(x, axis=1), np.diff(y, axis=1))[beside]
    far = far[(far > 0) & (far < APART_PX)]
    return float(np.clip(np.median(far), 1 / APART_PX, APART_PX)) if len(far) else 1.0


def _piece(at: NDArray[np.intp], shape: tuple[int, ...]) -> Mask:
    """Return (H, W) of the places ``at`` those that hang together."""
    seen = np.zeros(shape, np.float32)
    seen.flat[at] = 1
    reach = PIECE_PX * max(1, shape[1] // FINE_SHARE)
    core = (box_mean(seen, reach) > 0.5).astype(np.float32)
    near: Mask = (seen > 0) & (box_mean(core, reach) > 0.5 / (2 * reach + 1) ** 2)
    return near


def _box(piece: Mask) -> tuple[int, int, int, int]:
    """Return where nine tenths of a piece lie: left, top, width, height."""
    rows, columns = np.nonzero(piece)
    left, right = (int(v) for v in np.quantile(columns, (0.05, 0.95)))
    top, bottom = (int(v) for v in np.quantile(rows, (0.05, 0.95)))
    return left, top, right - left + 1, bottom - top + 1


def _shapes(tone: Image) -> Mask:
    """Return (H, W) where large shapes depart from their surroundings."""
    fine = max(1, tone.shape[1] // FINE_SHARE)
    soft = box_mean(tone.astype(np.float32), fine)
    apart = soft - box_mean(soft, 6 * fine)
    known: Mask = box_mean(apart * apart, 6 * fine) > LANDMARK * LANDMARK
    return known
