"""
The sketch: what a composition is going to be, small, before anything is filled or mended.

A director waits seconds for twelve sketches, not a minute for twelve pictures. Joins show
and the sky repeats at its ends, but what stands where is what will stand there.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from seamline.generators.patch.assembly import lay_out_cards
from seamline.generators.patch.compose.composition import Composition
from seamline.generators.patch.compose.drawn import set_down
from seamline.generators.patch.compose.stock import Stock
from seamline.generators.patch.layout import Layout
from seamline.generators.patch.resample import Floats
from seamline.generators.patch.sheets import Sheet, turned


def sketch(stock: Stock, plan: Composition, shape: tuple[int, int], reduce: int) -> Floats:
    """
    Return (H // ``reduce``, W // ``reduce``, 3) what ``plan`` will look like, log encoding.

    Args:
        stock: The cards of the look.
        plan: What was decided, for the full canvas.
        shape: (H, W) of the full canvas.
        reduce: How many times smaller.
    """
    height, width = (max(1, n // reduce) for n in shape)
    layout = plan.layout
    picture = _sky(stock, plan, (height, width), reduce)
    small = [turned(s, layout.scale / reduce, mirrored=layout.mirrored) for s in stock.ranges]
    laid, alpha = lay_out_cards(_reduced(layout, width, reduce), small, height, width)
    colour = np.zeros_like(picture)
    for k, sheet in enumerate(small):
        here = laid.sheet == k
        colour[here] = sheet.colour[laid.row[here], laid.column[here]]
    picture = _over(picture, colour, alpha)
    for _, card, place in plan.standing:
        sheet = turned(card, place.scale / reduce, mirrored=layout.mirrored)
        inside, row, column = set_down(
            sheet, (height, width), dx=place.dx // reduce, dy=place.dy // reduce
        )
        assert sheet.alpha is not None
        alpha = np.where(inside, sheet.alpha[row, column], np.float32(0))
        picture = _over(picture, sheet.colour[row, column], alpha)
    return picture


def _sky(stock: Stock, plan: Composition, shape: tuple[int, int], reduce: int) -> Floats:
    card = turned(stock.skies[plan.sky.card], 1.0 / reduce, mirrored=plan.layout.mirrored)
    rows, columns = np.indices(shape, dtype=np.int32)
    first, end = _rows_of(card)
    row = np.clip(rows + plan.sky.dy // reduce, first, end - 1)
    column = np.clip(columns + plan.sky.dx // reduce, 0, card.width - 1)
    return np.ascontiguousarray(card.colour[row, column])


def _rows_of(card: Sheet) -> tuple[int, int]:
    """Return the first and the end row in which more than half of a card may be copied."""
    full = np.flatnonzero(2 * card.usable.sum(axis=1) > card.width)
    return (int(full[0]), int(full[-1]) + 1) if len(full) else (0, card.height)


def _reduced(layout: Layout, width: int, reduce: int) -> Layout:
    pieces = tuple(
        replace(
            p,
            left=p.left // reduce,
            right=min(width, p.right // reduce),
            dx=p.dx // reduce,
            dy=p.dy // reduce,
        )
        for p in layout.pieces
    )
    last = replace(pieces[-1], right=width)
    return replace(layout, scale=layout.scale / reduce, pieces=(*pieces[:-1], last))


def _over(back: Floats, front: Floats, alpha: Floats) -> Floats:
    """Mixed in the log encoding: at this size nobody sees the difference."""
    a = alpha[..., None]
    return np.ascontiguousarray(back + (front - back) * a, dtype=np.float32)
