"""
The card sheet: every card of a proposal, to be looked at before it is approved.

Each lies over a mid-grey checker, so that its edge shows, and what was completed is
outlined: that is where to look, since a bad completion is met in every picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seamline.pixels.picture import Image, Picture, as_float
from seamline.ports import Studio, Tile
from seamline.show.card import Card
from seamline.show.reference import Reference

TILE_PX = 720
COLUMNS = 3
CHECKER_PX = 12
GREYS = (0.16, 0.20)
"""Either side of an 18 % grey."""
OUTLINE = (1.0, 0.25, 0.75)
"""Display-coded; no landscape has it."""


def card_sheet(studio: Studio, reference: Reference, tiles: Sequence[Tile]) -> bytes:
    """Return the PNG that shows the cards of ``reference`` as their ``tiles``."""
    return studio.papers.contact_sheet(
        tiles,
        title=f"{studio.settings.name}  {reference.file_name}  {reference.id}  cards",
        columns=COLUMNS,
        tile_px=TILE_PX,
    )


def card_tile(studio: Studio, card: Card, picture: Picture) -> Tile:
    """Return what is shown of ``card``, whose stored picture is ``picture``."""
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
    planes = _smaller(np.concatenate([rgb * alpha, alpha, hidden], axis=-1))
    rows, columns = np.indices(planes.shape[:2]) // CHECKER_PX
    grey = np.where((rows + columns) % 2, *GREYS).astype(np.float32)[..., None]
    over = (planes[..., :3] + grey * (1 - planes[..., 3:4])).astype(np.float32)
    seen = studio.colour.for_viewing(np.ascontiguousarray(over))
    inside = planes[..., 4] > 0.5
    seen[_rim(inside)] = np.array(OUTLINE, np.float32)
    return seen


def _smaller(planes: Image) -> Image:
    """Return (H, W, C) brought to between one and two tiles' width by whole squares."""
    height, width, channels = planes.shape
    by = max(1, min(width // TILE_PX, height))
    cut = planes[: height // by * by, : width // by * by]
    squares = cut.reshape(height // by, by, width // by, by, channels)
    result: Image = squares.mean(axis=(1, 3), dtype=np.float32)
    return result


def _rim(inside: np.ndarray) -> np.ndarray:
    """Return (H, W) where ``inside`` borders on what it is not."""
    rim = np.zeros_like(inside)
    for axis in (0, 1):
        a = inside.swapaxes(0, axis)
        r = rim.swapaxes(0, axis)
        r[1:] |= a[1:] & ~a[:-1]
        r[:-1] |= a[:-1] & ~a[1:]
    return rim
