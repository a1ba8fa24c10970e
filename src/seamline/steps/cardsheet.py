"""
The card sheet: every card of a proposal, to be looked at before it is approved.

Each lies over a mid-grey checker, so that its edge shows, and what was completed is
outlined: that is where to look, since a bad completion is met in every picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seamline.pixels.picture import Image, Picture, as_float
from seamline.pixels.resample import resized
from seamline.ports import Studio, Tile
from seamline.show.card import Card
from seamline.show.reference import Reference

TILE_PX = 800
CHECKER_PX = 12
GREYS = (0.16, 0.20)
"""Either side of an 18 % grey."""
OUTLINE = (1.0, 0.25, 0.75)
"""Display-coded; no landscape has it."""


def card_sheet(studio: Studio, reference: Reference, cards: Sequence[Card]) -> bytes:
    """Return the PNG that shows ``cards`` of ``reference``."""
    tiles = [_tile(studio, card) for card in cards]
    several = max((card.completion for card in cards), default=1) > 1
    return studio.papers.contact_sheet(
        tiles,
        title=f"{studio.settings.name}  {reference.file_name}  {reference.id}  cards",
        columns=3 if several else 2,
        tile_px=TILE_PX if several else TILE_PX * 3 // 4,
    )


def _tile(studio: Studio, card: Card) -> Tile:
    picture = studio.blobs.picture(card.picture_digest)
    _, _, width, height = picture.data_window
    completed = float(as_float(picture.channels["hidden"]).mean())
    which = f"completion {card.completion}, seed {card.seed}" if card.completion else "whole"
    return Tile(
        rgb=_shown(studio, picture),
        title=card.id,
        lines=(
            f"{which}; {completed:.0%} of {width} x {height} px completed; by {card.made_by}",
            f"stands on row {card.base_row:.0f}; silhouette in columns {card.columns[0]} to "
            f"{card.columns[1]}",
            ("may be mirrored" if card.mirror else "not mirrored")
            + (f"; {card.distance_m:g} m away" if card.distance_m else "; no distance said"),
        ),
    )


def _shown(studio: Studio, picture: Picture) -> Image:
    rgb, alpha = picture.rgb(), as_float(picture.channels["A"])[..., None]
    hidden = as_float(picture.channels["hidden"])[..., None] * (alpha > 0)
    planes = np.concatenate([rgb * alpha, alpha, hidden], axis=-1).astype(np.float32)
    _, _, width, height = picture.data_window
    if width > TILE_PX:
        planes = resized(planes, max(1, round(height * TILE_PX / width)), TILE_PX)
    rows, columns = np.indices(planes.shape[:2]) // CHECKER_PX
    grey = np.where((rows + columns) % 2, *GREYS).astype(np.float32)[..., None]
    over = (planes[..., :3] + grey * (1 - planes[..., 3:4])).astype(np.float32)
    seen = studio.colour.for_viewing(np.ascontiguousarray(over))
    inside = planes[..., 4] > 0.5
    seen[_rim(inside)] = np.array(OUTLINE, np.float32)
    return seen


def _rim(inside: np.ndarray) -> np.ndarray:
    """Return (H, W) where ``inside`` borders on what it is not."""
    rim = np.zeros_like(inside)
    for axis in (0, 1):
        a = inside.swapaxes(0, axis)
        r = rim.swapaxes(0, axis)
        r[1:] |= a[1:] & ~a[:-1]
        r[:-1] |= a[:-1] & ~a[1:]
    return rim
