"""
The stock: the cards at hand, as sheets, sorted by what they show.

A card's sheet knows its silhouette (the first row per column that is more card than
not) and where it may be copied: wherever it is not wholly transparent. Above the
silhouette its colour is the mean of its look's sky, which nothing copies; it lets a
layout be foretold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch.compose.water import Water, water_of
from seamline.generators.patch.loose import grounded
from seamline.generators.patch.resample import Floats
from seamline.generators.patch.sheets import LAND, SKY, Sheet
from seamline.ports import CardView, ReferencePicture

RANGES = ("far",)
STANDING = ("near", "forest", "buildings", "foliage", "ground")
"""What stands before a range, farthest first."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stock:
    """The cards of one look, as sheets: skies, ranges, what stands before them, water."""

    look: str
    skies: tuple[Sheet, ...]
    ranges: tuple[Sheet, ...]
    standing: tuple[tuple[str, Sheet], ...]
    """(label, sheet), farthest first."""
    waters: tuple[Water, ...]
    mirrored: tuple[bool, ...]
    """Ways round that every card of the look allows."""


def stocks(views: Sequence[ReferencePicture]) -> tuple[Stock, ...]:
    """Return a stock for every look whose cards can make a picture: a sky and a range."""
    found = []
    for look in dict.fromkeys(v.look for v in views if v.card is not None):
        cards = [(i, v, v.card) for i, v in enumerate(views) if v.look == look and v.card]
        skies = [(i, v, c) for i, v, c in cards if c.label == "sky"]
        sky = np.zeros(3, np.float32)
        if skies:
            view, card = skies[0][1:]
            sky = _mean_colour(view.colour, view.usable & (card.alpha > np.float32(0.999)))
        by_label: dict[str, list[Sheet]] = {label: [] for label in (*RANGES, *STANDING)}
        for i, view, card in cards:
            if card.label in by_label:
                by_label[card.label].append(card_sheet(view, card, i, sky))
        ranges = tuple(s for label in RANGES for s in by_label[label])
        if not skies or not ranges:
            continue
        may_mirror = all(c.mirror for _, _, c in cards if c.label != "water")
        found.append(
            Stock(
                look=look,
                skies=tuple(card_sheet(v, c, i, sky) for i, v, c in skies),
                ranges=ranges,
                waters=tuple(
                    water_of(card_sheet(v, c, i, sky), c, v, views)
                    for i, v, c in cards
                    if c.label == "water"
                ),
                standing=tuple((label, s) for label in STANDING for s in by_label[label]),
                mirrored=(False, True) if may_mirror else (False,),
            )
        )
    return tuple(found)


def card_sheet(view: ReferencePicture, card: CardView, index: int, sky: Floats) -> Sheet:
    """
    Return the sheet of a card.

    Args:
        view: The card's view; its colour is complete wherever ``usable``.
        card: What makes it a card.
        index: Of the view among those handed over.
        sky: (3,) what is foretold above its silhouette.
    """
    alpha = np.where(view.usable, card.alpha, np.float32(0)).astype(np.float32)
    if card.label in (*RANGES, *STANDING):
        alpha = grounded(alpha)
    usable = (alpha > 0).astype(np.uint8)
    solid = alpha > np.float32(0.5)
    seen = solid.any(axis=0)
    height, width = alpha.shape
    top = np.where(seen, solid.argmax(axis=0), height).astype(np.int32)
    columns = np.arange(width)
    trusted = seen & (columns >= card.columns[0]) & (columns < card.columns[1])
    trusted &= (top > 2) & (top < height - 2)
    return Sheet(
        reference=index,
        scale=1.0,
        mirrored=False,
        colour=view.colour,
        usable=usable,
        top=top,
        trusted=trusted.astype(np.uint8),
        elevation_deg=None,
        label=np.where(solid, LAND, SKY).astype(np.uint8),
        alpha=alpha,
        hidden=(card.hidden & (alpha > 0)).astype(np.uint8),
        base_row=card.base_row,
        beyond=sky,
    )


def as_sky(sheet: Sheet) -> Sheet:
    """Return a sky card's sheet as what the synthesis copies: no skyline, all of it sky."""
    assert sheet.alpha is not None
    whole = (sheet.alpha >= np.float32(0.999)).astype(np.uint8)
    return replace(
        sheet,
        usable=whole,
        top=None,
        trusted=np.zeros(sheet.width, np.uint8),
        label=np.full(whole.shape, SKY, np.uint8),
    )


@njit(nogil=True, cache=True)
def _mean_colour(colour: Floats, seen: Any) -> Floats:
    """Return (3,) the mean of ``colour`` (H, W, 3) where ``seen``, added in one order."""
    total = np.zeros(3)
    count = 0
    for y in range(seen.shape[0]):
        for x in range(seen.shape[1]):
            if seen[y, x]:
                count += 1
                for c in range(3):
                    total[c] += colour[y, x, c]
    out = np.zeros(3, np.float32)
    for c in range(3):
        out[c] = total[c] / max(1, count)
    return out


def edges_of(sheet: Sheet) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return (W,) first and end row of a card per column; height and 0 where there is none."""
    assert sheet.alpha is not None
    solid = sheet.alpha > np.float32(0.5)
    seen = solid.any(axis=0)
    top = np.where(seen, solid.argmax(axis=0), sheet.height).astype(np.int32)
    end = np.where(seen, sheet.height - solid[::-1].argmax(axis=0), 0).astype(np.int32)
    return top, end


def hidden_rows(sheet: Sheet) -> NDArray[np.int32]:
    """Return (H + 1, W) how many rows above each were completed, not photographed."""
    assert sheet.hidden is not None
    counted = np.zeros((sheet.height + 1, sheet.width), np.int32)
    np.cumsum(sheet.hidden, axis=0, dtype=np.int32, out=counted[1:])
    return counted
