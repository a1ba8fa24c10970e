"""
Continued: a picture goes on over its right border with one whole piece of another.

The piece is the one whose own columns before it look most like the picture's last ones: it
is set down as it is, so that nothing in it is torn. What differs at the border is spread
into the new side, wide where it is a tone and within a few pixels where it is texture;
the picture itself is not touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import Image

OVERLAP_PX = 48
"""So many columns before the border are compared."""
COARSE = 4
LOWEST_SHARE = 0.5
"""Of the rows that are asked for, so many must be comparable."""
MOST_LIFT = 0.12
"""In the log encoding; two stops in ACEScct."""
LIFT_PRICE = 0.3
MISSING_PRICE = 0.02
TONES = ((16, 140.0), (4, 36.0))
"""Of a difference at the border: evened over so many rows, it is gone after so many columns."""
TEXTURE_PX = 5.0
"""What is left of it is gone after so many."""
SAME_PX = 150
"""A picture does not go on with what stands right before its border."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """
    Where a piece is set down: column c and row r of the picture show its c + dx, r + dy.

    Mirrored, the piece's columns are counted from its right.
    """

    picture: int
    mirrored: bool
    dx: int
    dy: int
    cost: float


def best_piece(
    known: Image,
    stands: Mask,
    need: Mask,
    edge: int,
    pieces: list[tuple[Image, Mask, bool]],
    *,
    most_dy: int,
) -> Placed | None:
    """
    Return where the piece lies that best goes on over column ``edge``; None without any.

    Args:
        known: (H, W, 3) the picture in a log encoding; read where it ``stands``.
        stands: (H, W).
        need: (H, W) what will be seen.
        edge: First column that is to be painted.
        pieces: Pictures (h, w, 3) in the same encoding, where they may be copied, and
            whether left and right may be exchanged. The first is the picture itself.
        most_dy: So many rows may a piece be raised or lowered.
    """
    if edge < OVERLAP_PX or not need[:, edge:].any():
        return None
    found = []
    for index, (colour, usable, mirror) in enumerate(pieces):
        for mirrored in (False, True) if mirror else (False,):
            turned = (colour[:, ::-1], usable[:, ::-1]) if mirrored else (colour, usable)
            placed = _best(
                known, stands, need, edge, *turned, most_dy, own=not index and not mirrored
            )
            if placed is not None:
                cost, dx, dy = placed
                found.append(Placed(picture=index, mirrored=mirrored, dx=dx, dy=dy, cost=cost))
    return min(found, key=lambda p: p.cost, default=None)


def _best(
    known: Image, stands: Mask, need: Mask, edge: int, colour: Image, usable: Mask,
    most_dy: int, *, own: bool,
) -> tuple[float, int, int] | None:  # fmt: skip
    small = [_small(plane) for plane in (known, stands, need)]
    other = [_small(plane) for plane in (colour, usable)]
    at, width = -(-edge // COARSE), small[0].shape[1]
    reach, high = max(4, OVERLAP_PX // COARSE), -(-most_dy // COARSE)
    best: tuple[float, int, int] | None = None
    for dx in range(reach - at, other[0].shape[1] - width + 1):
        if own and abs(dx) < SAME_PX // COARSE:
            continue
        for dy in range(-high, high + 1):
            cost = _cost(small, other, at, reach, dx, dy)
            if cost is not None and (best is None or cost < best[0]):
                best = cost, dx, dy
    if best is None:
        return None
    fine: tuple[float, int, int] | None = None
    for dx in range(best[1] * COARSE - COARSE, best[1] * COARSE + COARSE + 1):
        for dy in range(best[2] * COARSE - COARSE, best[2] * COARSE + COARSE + 1):
            cost = _cost([known, stands, need], [colour, usable], edge, OVERLAP_PX, dx, dy)
            if cost is not None and (fine is None or cost < fine[0]):
                fine = cost, dx, dy
    return fine


def _small(plane: NDArray[Any]) -> NDArray[Any]:
    """Return squares of ``COARSE`` pixels as one: their mean, or of a mask whether all are."""
    rows, columns = (n // COARSE * COARSE for n in plane.shape[:2])
    cut = plane[:rows, :columns]
    squares = cut.reshape(rows // COARSE, COARSE, columns // COARSE, COARSE, *plane.shape[2:])
    if plane.dtype == bool:
        return np.asarray(squares.all(axis=(1, 3)))
    return np.asarray(squares.mean(axis=(1, 3), dtype=np.float32))


def _cost(
    picture: list[NDArray[Any]],
    other: list[NDArray[Any]],
    edge: int,
    reach: int,
    dx: int,
    dy: int,
) -> float | None:
    """Return how badly the piece goes on; None where it cannot."""
    known, stands, need = picture
    colour, usable = other
    height, width = stands.shape
    first, end = max(0, -dy), min(height, colour.shape[0] - dy)
    left = edge - reach
    if left + dx < 0 or width + dx > colour.shape[1] or end - first < 4:
        return None
    wanted = need[first:end, edge:]
    missing = (wanted & ~usable[first + dy : end + dy, edge + dx : width + dx]).sum()
    asked = need[:, edge:].sum()
    lost = (missing + need[:first, edge:].sum() + need[end:, edge:].sum()) / max(int(asked), 1)
    if lost > 1 - LOWEST_SHARE:
        return None
    rows = np.s_[first:end]
    both = (
        stands[rows, left:edge]
        & usable[first + dy : end + dy, left + dx : edge + dx]
        & need[rows, left:edge]
    )
    count = int(both.sum())
    if count < LOWEST_SHARE * need[:, left:edge].sum() or not count:
        return None
    apart = (known[rows, left:edge] - colour[first + dy : end + dy, left + dx : edge + dx])[
        both
    ]
    lift = np.clip(apart.mean(axis=0), -MOST_LIFT, MOST_LIFT)
    rest = np.abs(apart - lift).mean()
    return float(rest + LIFT_PRICE * np.abs(lift).mean() + 0.25 * lost)


def set_down(
    known: Image, stands: Mask, edge: int, colour: Image, usable: Mask, placed: Placed
) -> tuple[Image, Mask, NDArray[np.int32], NDArray[np.int32]]:
    """
    Return the piece beyond ``edge``, what of it may be seen, and where it comes from.

    Args:
        known: (H, W, 3) the picture, in the encoding of the piece.
        stands: (H, W) where there is a picture.
        edge: First column that is to be painted.
        colour: (h, w, 3) the piece's picture, as it is.
        usable: (h, w) where it may be copied.
        placed: What ``best_piece`` found.

    Returns:
        (H, W - edge, 3) its colours, tied to the picture; (H, W - edge) where there are
        any; columns and rows of ``colour``, 0 where there are none.
    """
    height, width = stands.shape
    rows = np.arange(height)[:, None] + placed.dy
    columns = np.arange(edge - 1, width)[None, :] + placed.dx
    if placed.mirrored:
        columns = colour.shape[1] - 1 - columns
    there = (rows >= 0) & (rows < colour.shape[0])
    there = there & (columns >= 0) & (columns < colour.shape[1])
    rows, columns = np.broadcast_arrays(
        np.clip(rows, 0, colour.shape[0] - 1), np.clip(columns, 0, colour.shape[1] - 1)
    )
    there &= usable[rows, columns]
    copied = colour[rows, columns]
    tied = stands[:, edge - 1] & there[:, 0]
    apart = np.where(tied[:, None], known[:, edge - 1] - copied[:, 0], np.float32(0))
    found = copied[:, 1:] + _spread(apart, tied, width - edge)
    shown = there[:, 1:]
    told = [np.where(shown, at[:, 1:], 0).astype(np.int32) for at in (columns, rows)]
    return np.where(shown[..., None], found, 0).astype(np.float32), shown, told[0], told[1]


def _spread(apart: Image, tied: Mask, columns: int) -> Image:
    """Return (H, columns, 3): a difference at the border (H, 3) carried on and let go."""
    place = np.arange(1, columns + 1, dtype=np.float64)
    found = np.zeros((len(tied), columns, 3))
    rest = apart.astype(np.float64)
    for even, gone in TONES:
        tone = _evened(rest, tied, even)
        found += tone[:, None, :] * _letting_go(place, gone)[None, :, None]
        rest = np.where(tied[:, None], rest - tone, 0)
    found += rest[:, None, :] * _letting_go(place, TEXTURE_PX)[None, :, None]
    return found.astype(np.float32)


def _letting_go(place: NDArray[np.float64], gone: float) -> NDArray[np.float64]:
    """Return 1 at the border, half as much before ``gone`` columns, 0 from there on."""
    left: NDArray[np.float64] = np.maximum(1 - (place / gone) ** 2, 0) ** 2
    return left


def _evened(line: NDArray[np.float64], tied: Mask, reach: int) -> NDArray[np.float64]:
    """
    Return (H, 3) the mean of ``line`` around each row, near ones counting more.

    Running sums, twice: no order of adding is left to the processor.
    """
    weight = tied.astype(np.float64)[:, None]
    total = line * weight
    for _ in range(2):
        total, weight = running_sum(total, reach), running_sum(weight, reach)
    found: NDArray[np.float64] = total / np.maximum(weight, 1.0)
    return found


def running_sum(line: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Return (H, C) the sums of ``line`` over ``reach`` rows either way, and its own."""
    sums = np.zeros((len(line) + 1, line.shape[1]))
    np.cumsum(line, axis=0, out=sums[1:])
    rows = np.arange(len(line))
    first, end = np.maximum(rows - reach, 0), np.minimum(rows + reach + 1, len(line))
    return np.asarray(sums[end] - sums[first])
