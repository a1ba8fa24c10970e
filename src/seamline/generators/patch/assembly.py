"""
The assembly: a chosen layout on the canvas's pixels.

Pieces are joined along the line where they differ least; the result has one skyline,
one row per column, and everything that contradicts it is left open to be filled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch.cutpath import AROUND, STEEPEST, least_path, standing_out
from seamline.generators.patch.layout import Layout, Piece
from seamline.generators.patch.loose import grounded
from seamline.generators.patch.resample import Floats, blur
from seamline.generators.patch.sheets import Sheet
from seamline.generators.patch.skyline import best_line

OVERLAP_PX = 60
OVERLAP_OF_CARDS_PX = 90
"""Cards have room to go around what stands alone; whole pictures bring skies that must meet."""
MOST_BENT_PX = 40
"""Crests farther apart than this are not the same mountain's."""
BEND_PX = 7
"""What is bent is even over so many columns either way."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaidOut:
    """The layout on the canvas's pixels: match of each pixel, and the skyline (W,)."""

    sheet: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    top: NDArray[np.int32]


def lay_out(layout: Layout, sheets: Sequence[Sheet], height: int, width: int) -> LaidOut:
    """
    Return the matches of ``layout`` on a canvas of ``height`` x ``width``.

    Neighbouring pieces overlap by up to 60 px on either side of the cut; between them
    runs the line along which they differ least. Where a piece has nothing usable the
    neighbour stands in within the overlap. A pixel whose label contradicts the skyline
    is left open: below the skyline there is no sky, and above it nothing else.
    """
    owner, sheet, row, column = _joined(layout, sheets, height, width)
    top = _one_skyline(layout, sheets, owner, sheet, row, column)
    _contradictions(sheet, row, column, top, sheets)
    return LaidOut(sheet=sheet, row=row, column=column, top=top)


def lay_out_cards(
    layout: Layout, sheets: Sequence[Sheet], height: int, width: int, *, bent: bool = False
) -> tuple[LaidOut, Floats]:
    """
    Return the matches of a ``layout`` of cards, and their alpha (H, W).

    A card ends at its own soft edge: nothing contradicts a skyline here. The skyline
    is the first row per column that is more card than not. ``bent``: within an overlap
    both silhouettes are lifted or lowered until they meet, so that no crest has a step.
    """
    bends = _bends(layout, sheets, width) if bent else np.zeros((len(layout.pieces), width))
    whole = np.floor(bends + 0.5).astype(np.int64)
    owner, sheet, row, column = _joined(layout, sheets, height, width, whole)
    rest = (bends - whole)[owner, np.arange(width)[None, :]]
    alpha = np.zeros((height, width), np.float32)
    for k, source in enumerate(sheets):
        here = sheet == k
        assert source.alpha is not None
        alpha[here] = _between(source.alpha, row[here], column[here], rest[here])
    alpha = grounded(alpha)
    sheet[alpha <= 0] = -1
    solid = alpha > np.float32(0.5)
    # Where two cards meet, the edge of one must not shine through below the other.
    rows = np.arange(height, dtype=np.int32)[:, None]
    seen = np.asarray(solid.any(axis=0))
    under = (rows > solid.argmax(axis=0)[None, :]) & seen[None, :]
    met = np.zeros(width, bool)
    for before, after in pairwise(layout.pieces):
        left, right = _overlap(before, after, sheets)
        met[max(0, left) : right] = True
    alpha[under & met[None, :] & (sheet >= 0)] = 1
    solid = alpha > np.float32(0.5)
    top = np.where(solid.any(axis=0), solid.argmax(axis=0), height).astype(np.int32)
    return LaidOut(sheet=sheet, row=row, column=column, top=top), alpha


_Map = NDArray[np.int32]


def _between(alpha: Floats, row: Any, column: Any, rest: NDArray[np.float64]) -> Floats:
    """Return (M,) ``alpha`` at ``row`` and ``rest``, which lies within half a row of it."""
    last = len(alpha) - 1
    beyond = np.clip(row + np.where(rest < 0, -1, 1), 0, last)
    own = alpha[row, column]
    part = np.abs(rest).astype(np.float32)
    return np.asarray(own + part * (alpha[beyond, column] - own), np.float32)


def _bends(layout: Layout, sheets: Sequence[Sheet], width: int) -> NDArray[np.float64]:
    """
    Return (N, W) rows added per piece and column so that neighbouring crests meet.

    Across an overlap the crest goes over from that of the one to that of the other. What
    is added is smooth: a rock is sheared a little, not torn. Copies move by whole rows; by
    what is left of one the alpha does, or a long slope would have nicks.
    """
    bends = np.zeros((len(layout.pieces), width))
    for i, (before, after) in enumerate(pairwise(layout.pieces)):
        left, right = _overlap(before, after, sheets)
        left, right = max(0, left), min(width, right)
        if right - left < 4:
            continue
        first, second = _crest(before, sheets, left, right), _crest(after, sheets, left, right)
        share = (np.arange(right - left) + 0.5) / (right - left)
        share = share * share * (3.0 - 2.0 * share)
        apart = np.clip(second - first, -MOST_BENT_PX, MOST_BENT_PX)
        apart = _evened(apart, BEND_PX)
        bends[i, left:right] = -share * apart
        bends[i + 1, left:right] = (1.0 - share) * apart
    return bends


def _crest(piece: Piece, sheets: Sequence[Sheet], left: int, right: int) -> NDArray[np.float64]:
    source = sheets[piece.sheet]
    assert source.top is not None
    at = np.clip(np.arange(left, right) + piece.dx, 0, source.width - 1)
    return np.asarray(source.top[at] - piece.dy, np.float64)


def _evened(line: NDArray[np.float64], radius: int) -> NDArray[np.float64]:
    """Return the running mean of ``line`` (N,) over 2 ``radius`` + 1 columns."""
    padded = np.pad(line, radius, mode="edge")
    sums = np.concatenate([[0.0], np.cumsum(padded)])
    found: NDArray[np.float64] = (sums[2 * radius + 1 :] - sums[: -2 * radius - 1]) / (
        2 * radius + 1
    )
    return found


def _joined(
    layout: Layout, sheets: Sequence[Sheet], height: int, width: int,
    bends: NDArray[np.int64] | None = None,
) -> tuple[_Map, _Map, _Map, _Map]:  # fmt: skip
    """Return owner, sheet, row and column (H, W) of the pieces, each joined to the next."""
    sheet = np.full((height, width), -1, np.int32)
    row, column = np.zeros_like(sheet), np.zeros_like(sheet)
    owner = np.zeros((height, width), np.int32)
    for i, piece in enumerate(layout.pieces):
        owner[:, piece.left : piece.right] = i
    if bends is None:
        bends = np.zeros((len(layout.pieces), width), np.int64)
    for i in range(1, len(layout.pieces)):
        _join(owner, layout.pieces[i - 1], layout.pieces[i], i, sheets, bends)
    for i, piece in enumerate(layout.pieces):
        _place(sheet, row, column, owner, i, piece, sheets[piece.sheet], bends[i])
    return owner, sheet, row, column


def _overlap(before: Piece, after: Piece, sheets: Sequence[Sheet]) -> tuple[int, int]:
    cut = after.left
    card = sheets[before.sheet].alpha is not None
    most = OVERLAP_OF_CARDS_PX if card else OVERLAP_PX
    reach = min(most, (before.right - before.left) // 3, (after.right - after.left) // 3)
    left = max(cut - reach, -after.dx)
    right = min(cut + reach, sheets[before.sheet].width - before.dx)
    return left, right


def _join(
    owner: NDArray[np.int32], before: Piece, after: Piece, index: int, sheets: Sequence[Sheet],
    bends: NDArray[np.int64],
) -> None:  # fmt: skip
    height = owner.shape[0]
    left, right = _overlap(before, after, sheets)
    if right - left < 4:
        return
    planes = []
    for piece, bend in zip((before, after), bends[index - 1 : index + 1], strict=True):
        sheet = sheets[piece.sheet]
        at = np.arange(height)[:, None] + piece.dy + bend[None, left:right]
        rows = np.clip(at, 0, sheet.height - 1)
        columns = np.clip(np.arange(left, right) + piece.dx, 0, sheet.width - 1)[None, :]
        ok = (sheet.usable[rows, columns] > 0) & (at >= 0) & (at < sheet.height)
        if sheet.alpha is not None and sheet.top is not None:
            ok |= at < sheet.top[columns]  # a card's sky is no gap for its neighbour's rocks
        planes.append((sheet.colour[rows, columns], sheet.label[rows, columns], ok))
    (c0, l0, ok0), (c1, l1, ok1) = planes
    d = c0 - c1
    price = d[..., 0] * d[..., 0] + d[..., 1] * d[..., 1] + d[..., 2] * d[..., 2]
    price = price + np.where(l0 != l1, np.float32(0.05), np.float32(0))
    card = sheets[before.sheet].alpha is not None
    if card:
        price = price + np.float32(AROUND) * (standing_out(c0) + standing_out(c1))
    price = np.where(ok0 & ok1, price, np.float32(0.02)).astype(np.float32)
    price = blur(np.ascontiguousarray(price), 2)
    if card:
        path = least_path(price, STEEPEST)
    else:
        low = np.ones(height, np.int32)
        high = np.full(height, right - left - 2, np.int32)
        path = best_line(np.ascontiguousarray(-price.T), low, high, 0.004)
    columns = np.arange(left, right)[None, :]
    strip = owner[:, left:right]
    after_here = columns >= (left + path)[:, None]
    # where only one of the two has something to show, it stands
    after_here = np.where(ok0 & ~ok1, False, np.where(ok1 & ~ok0, True, after_here))
    owner[:, left:right] = np.where(
        after_here, index, np.where(strip == index, index - 1, strip)
    )


def _place(
    sheet: NDArray[np.int32],
    row: NDArray[np.int32],
    column: NDArray[np.int32],
    owner: NDArray[np.int32],
    index: int,
    piece: Piece,
    source: Sheet,
    bend: NDArray[np.int64],
) -> None:
    height, width = owner.shape
    ys, xs = np.indices((height, width), dtype=np.int32)
    sy, sx = ys + (piece.dy + bend[None, :]).astype(np.int32), xs + piece.dx
    inside = (sy >= 0) & (sx >= 0) & (sy < source.height) & (sx < source.width)
    usable = source.usable[np.clip(sy, 0, source.height - 1), np.clip(sx, 0, source.width - 1)]
    here = (owner == index) & inside & (usable > 0)
    sheet[here], row[here], column[here] = piece.sheet, sy[here], sx[here]


@njit(nogil=True, cache=True)
def _step_rows(votes: Any, low: Any, high: Any) -> Any:
    """Per column, the row that splits best into sky (votes 1) above and land (-1) below."""
    h, w = votes.shape
    out = np.zeros(w, np.int32)
    for x in range(w):
        total, best = 0, -(1 << 30)
        for y in range(h + 1):
            if low[x] <= y <= high[x] and total > best:
                best = total
                out[x] = y
            if y < h:
                total += votes[y, x]
    return out


def _one_skyline(
    layout: Layout,
    sheets: Sequence[Sheet],
    owner: NDArray[np.int32],
    sheet: NDArray[np.int32],
    row: NDArray[np.int32],
    column: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return the canvas's skyline (W,): one row per column, from what stands there."""
    height, width = sheet.shape
    votes = np.zeros((height, width), np.int8)
    guess = np.zeros(width, np.int32)
    for i, piece in enumerate(layout.pieces):
        source = sheets[piece.sheet]
        assert source.top is not None
        xs = np.arange(width)
        line = source.top[np.clip(xs + piece.dx, 0, source.width - 1)] - piece.dy
        inside = slice(piece.left, piece.right)
        guess[inside] = line[inside]
        here = (sheet >= 0) & (owner == i)
        sky = row < source.top[np.clip(column, 0, source.width - 1)]
        votes[here] = np.where(sky[here], 1, -1)
    low = np.clip(guess - 60, 0, height).astype(np.int32)
    high = np.clip(guess + 60, 0, height).astype(np.int32)
    return np.asarray(_step_rows(votes, low, high), np.int32)


def _contradictions(
    sheet: NDArray[np.int32],
    row: NDArray[np.int32],
    column: NDArray[np.int32],
    top: NDArray[np.int32],
    sheets: Sequence[Sheet],
) -> None:
    rows = np.arange(sheet.shape[0], dtype=np.int32)[:, None]
    for k, source in enumerate(sheets):
        if source.top is None:
            continue
        own = source.top[np.clip(column, 0, source.width - 1)]
        wrong = (sheet == k) & ((row < own) != (rows < top[None, :]))
        sheet[wrong] = -1
