"""
Body: another card's picture inside a standing outline.

What stands on a ridge keeps its outline to the pixel, and shows the inside of a card that
was lit otherwise. The card is moved and, where it is too small, enlarged as a whole, so
that nothing in it is bent. Where the outline reaches beyond it, it is folded back at its
own edge: up and down within its own columns, then left and right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import Image

STEPS = (1.0, 0.8, 0.65, 0.5, 0.4)
"""Pixels of the card for each of the canvas's; below one it is enlarged."""
FOLDED = 0.03
"""So much of a body may be folded back before the card is rather enlarged."""
ENLARGED_PRICE = 0.05
"""For each halving: grain and texture grow with it."""
QUARTERS_MADE_UP = 3
"""Of what is seen is worth where the card was completed behind something nearer."""
LOW_PRICE = 0.02
"""For the card's whole height: a crest shows what lies near a crest."""
DEEP = 0.6
"""Of the card's greatest depth; a column with less would show the same few pixels again
and again, as a streak."""
SOLID = 0.999
COARSE = 8
Mask = NDArray[np.bool_]
Places = NDArray[np.int32]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """
    Where a card lies under an outline: x, y of it in column c and row r of the canvas.

    x = step (c + 1/2) + left, y = step (r + 1/2) + top; mirrored, x counts from its right.
    """

    step: float
    left: float
    top: float
    mirrored: bool
    cost: float


def lay_under(outline: Mask, solid: Mask, made_up: Mask, *, mirror: bool) -> Laid | None:
    """
    Return how a card lies best under an outline; None where it has no inside.

    Args:
        outline: (H, W) what is to be filled.
        solid: (h, w) where the card is opaque.
        made_up: (h, w) where it was completed.
        mirror: Whether left and right may be exchanged.
    """
    if not (outline.any() and solid.any()):
        return None
    best: Laid | None = None
    for step in STEPS:
        for mirrored in (False, True) if mirror else (False,):
            ways = [plane[:, ::-1] if mirrored else plane for plane in (solid, made_up)]
            found = _best(outline, ways[0], ways[1], step, mirrored=mirrored)
            if best is None or found.cost < best.cost:
                best = found
        assert best is not None
        if best.cost <= FOLDED + ENLARGED_PRICE * -np.log2(step):
            break
    return best


def _best(outline: Mask, solid: Mask, made_up: Mask, step: float, *, mirrored: bool) -> Laid:
    wanted = _fewer(outline, COARSE)
    cell = COARSE * step
    inside = _sampled(solid, cell)
    seen = np.where(_sampled(made_up, cell), QUARTERS_MADE_UP, 4) * inside
    shown = _overlaps(wanted, seen)
    rows = np.flatnonzero(wanted.any(axis=1))
    high, wide = shown.shape
    low = np.maximum(0, np.arange(high) - (wanted.shape[0] - 1) + int(rows[0]))
    cost = 1 - shown / (4 * int(wanted.sum())) + (LOW_PRICE / inside.shape[0]) * low[:, None]
    # Where nothing overlaps it costs as much anywhere: the first place in reading order.
    at = int(cost.argmin())
    dy, dx = at // wide - (wanted.shape[0] - 1), at % wide - (wanted.shape[1] - 1)
    return Laid(
        step=step,
        left=dx * cell,
        top=dy * cell,
        mirrored=mirrored,
        cost=float(cost.flat[at]) + ENLARGED_PRICE * -float(np.log2(step)),
    )


def _overlaps(wanted: NDArray[np.int64], seen: NDArray[np.int64]) -> NDArray[np.int64]:
    """
    Return sum(wanted[r, c] seen[r + dy, c + dx]) for every (dy, dx) at which they overlap.

    Of whole numbers, so that it is exact whatever order a processor adds in: an error of a
    transform is far below a half.
    """
    size = [a + b - 1 for a, b in zip(wanted.shape, seen.shape, strict=True)]
    turned = np.fft.rfft2(wanted[::-1, ::-1].astype(np.float64), size)
    found = np.fft.irfft2(turned * np.fft.rfft2(seen.astype(np.float64), size), size)
    return np.rint(found[: size[0], : size[1]]).astype(np.int64)


def _fewer(mask: Mask, size: int) -> NDArray[np.int64]:
    """Return how many pixels of each square of ``size`` are in ``mask``."""
    rows, columns = (-(-n // size) * size for n in mask.shape)
    whole = np.zeros((rows, columns), np.int64)
    whole[: mask.shape[0], : mask.shape[1]] = mask
    squares = whole.reshape(rows // size, size, columns // size, size)
    return np.asarray(squares.sum(axis=(1, 3)), np.int64)


def _sampled(mask: Mask, cell: float) -> Mask:
    """Return ``mask`` at the middle of each square of ``cell`` pixels."""
    rows, columns = (
        np.minimum(((np.arange(max(1, int(n / cell))) + 0.5) * cell).astype(np.int64), n - 1)
        for n in mask.shape
    )
    return np.asarray(mask[rows][:, columns])


def fill(outline: Mask, colour: Image, solid: Mask, laid: Laid) -> tuple[Image, Places, Places]:
    """
    Return what lies inside an outline, and where of the card it is read.

    Args:
        outline: (H, W) what is to be filled.
        colour: (h, w, 3) the card's colour, any encoding.
        solid: (h, w) where the card is opaque.
        laid: How it lies.

    Returns:
        (H, W, 3) read between the card's pixels, 0 outside; columns and rows (H, W) of the
        pixels of the card that are nearest to it, 0 outside.
    """
    rows, columns = np.nonzero(outline)
    x: Floats = (columns + 0.5).astype(np.float64) * laid.step + laid.left
    y: Floats = (rows + 0.5).astype(np.float64) * laid.step + laid.top
    width = solid.shape[1]
    if laid.mirrored:
        x = width - x
    tops, ends = _spans(solid)
    first, end = _deep(ends - tops)
    x = _folded(x, first, end)
    column = np.clip(x.astype(np.int64), 0, width - 1)
    y = _folded(y, tops[column], ends[column])
    found = np.zeros((*outline.shape, 3), np.float32)
    found[rows, columns] = _between(colour, solid, x, y)
    at = [np.zeros(outline.shape, np.int32) for _ in range(2)]
    at[0][rows, columns] = column
    at[1][rows, columns] = np.clip(y.astype(np.int64), 0, solid.shape[0] - 1)
    return found, at[0], at[1]


def _deep(depth: NDArray[np.int64]) -> tuple[int, int]:
    """Return first column and end of the longest run of columns that are deep enough."""
    enough = depth >= max(1, int(depth.max() * DEEP))
    steps = np.diff(np.concatenate([[0], enough.astype(np.int64), [0]]))
    begins, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    longest = int((ends - begins).argmax())
    return int(begins[longest]), int(ends[longest])


def _spans(solid: Mask) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return first row and end of the longest solid part of every column; 0, 0 without any."""
    high, wide = solid.shape
    tops, ends = np.zeros(wide, np.int64), np.zeros(wide, np.int64)
    run = np.zeros(wide, np.int64)
    for row in range(high):
        run = np.where(solid[row], run + 1, 0)
        longer = run > ends - tops
        ends = np.where(longer, row + 1, ends)
        tops = np.where(longer, row + 1 - run, tops)
    return tops, ends


def _folded(
    x: Floats,
    first: NDArray[np.int64] | int,
    end: NDArray[np.int64] | int,
) -> Floats:
    """Return ``x`` folded back at ``first`` and ``end`` as often as it takes."""
    span = np.maximum(np.asarray(end) - np.asarray(first), 1).astype(np.float64)
    at = (x - first) % (2 * span)
    at = np.where(at >= span, 2 * span - at, at)
    found: Floats = np.clip(at, 0, span - 2.0**-20) + first
    return found


def _between(
    colour: Image, solid: Mask, x: Floats, y: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return (N, 3) ``colour`` at points, by its four nearest pixels that are solid."""
    height, width = solid.shape
    own = colour[y.astype(np.int64), x.astype(np.int64)]
    x, y = x - 0.5, y - 0.5
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    across, down = x - left, y - top
    total = np.zeros((len(x), 3))
    for dy, ky in ((0, 1 - down), (1, down)):
        for dx, kx in ((0, 1 - across), (1, across)):
            row, column = np.clip(top + dy, 0, height - 1), np.clip(left + dx, 0, width - 1)
            # Beside the card's edge its own pixel stands in: nothing of another is read.
            beside = solid[row, column][:, None]
            total += (ky * kx)[:, None] * np.where(beside, colour[row, column], own)
    return total.astype(np.float32)
