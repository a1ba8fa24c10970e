"""
The range: whole silhouettes of range cards, side by side, joined where they agree.

A range's foot lies behind what stands before it, so it may stand higher or lower than
it was photographed. What it does not reach below is filled from its own kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from seamline.generators.patch import composite
from seamline.generators.patch.assembly import LaidOut, lay_out_cards
from seamline.generators.patch.compose.drawn import Drawn, filled_in, mended
from seamline.generators.patch.layout import Layout
from seamline.generators.patch.lineage import field_of, origins_of
from seamline.generators.patch.memory import give_back
from seamline.generators.patch.resample import Bytes, Floats
from seamline.generators.patch.scene import Scene
from seamline.generators.patch.sheets import LAND, Sheet, make_atlas, soft_top
from seamline.ports import NOT_KEPT, Levels

DEPTH_GUIDE = 0.6
"""Guide of one canvas height below the skyline, as for whole pictures."""


def draw_range(
    layout: Layout,
    sheets: Sequence[Sheet],
    wanted: Bytes,
    *,
    seed: int,
    progress: Callable[[float], None],
    bent: bool = True,
    levels: Levels = NOT_KEPT,
) -> Drawn:
    """
    Return the range of ``layout`` on the canvas.

    Args:
        layout: Which silhouettes stand where.
        sheets: The cards it was laid out with, turned as it says.
        wanted: (H, W) 1 what is to be painted.
        seed: Decides among fillings.
        progress: Called with the share done, 0 to 1.
        bent: Crests may be lifted until they meet; not where the range stands at water.
        levels: Where what is finished of it is kept.
    """
    height, width = wanted.shape
    laid, alpha = lay_out_cards(layout, sheets, height, width, bent=bent)
    rows = np.arange(height, dtype=np.int32)[:, None]
    mapped = (laid.sheet >= 0).astype(np.uint8)
    below = (rows >= laid.top[None, :]) & (laid.top[None, :] < height)
    unknown = ((wanted > 0) & below & (mapped == 0)).astype(np.uint8)
    guides = [_depth(sheet, height) for sheet in sheets]
    if unknown.any():
        scene = _scene(laid, sheets, mapped, unknown, height)
        field, atlas = filled_in(sheets, guides, scene, seed, progress, levels, "far")
        del scene
        give_back()
    else:
        atlas = make_atlas(sheets, guides, 1.0)
        field = field_of(atlas, laid.sheet, laid.row, laid.column)
    field = np.ascontiguousarray(field)
    colours, pixel = atlas.colour, atlas.pixel
    hidden = _hidden(laid, sheets) | unknown
    says = _says(layout, float(unknown.sum()) / max(1, int((wanted & below).sum())))
    del atlas, guides, laid, below
    give_back()
    shown = mapped | unknown
    anchor = np.full(shown.shape, composite.ANCHOR_FILLED, np.float32)
    anchor[mapped > 0] = composite.ANCHOR_WHOLE
    alpha = np.where(unknown > 0, np.float32(1), alpha).astype(np.float32)
    return Drawn(
        name="far",
        colour=mended(colours, pixel, field, shown, anchor),
        alpha=alpha,
        hidden=hidden,
        field=field,
        origins=origins_of(sheets),
        says=says,
    )


def _says(layout: Layout, filled: float) -> str:
    pieces = len(layout.pieces)
    mirrored = ", mirrored" if layout.mirrored else ""
    said = (
        f"The range is {pieces} whole silhouette{'s' if pieces > 1 else ''} at "
        f"{layout.scale:.2f} of the size{mirrored}"
    )
    return f"{said}; {100 * filled:.0f} % of it is filler." if filled > 0.02 else f"{said}."


def _depth(sheet: Sheet, height: int) -> Floats:
    assert sheet.top is not None
    rows = np.arange(sheet.height, dtype=np.float32)[:, None]
    unit = np.float32(DEPTH_GUIDE) / np.float32(height)
    return np.ascontiguousarray((rows - soft_top(sheet.top)[None, :]) * unit)


def _scene(
    laid: LaidOut, sheets: Sequence[Sheet], mapped: Bytes, unknown: Bytes, height: int
) -> Scene:
    colour = np.zeros((*mapped.shape, 3), np.float32)
    for k, sheet in enumerate(sheets):
        here = laid.sheet == k
        colour[here] = sheet.colour[laid.row[here], laid.column[here]]
    rows = np.arange(height, dtype=np.float32)[:, None]
    unit = np.float32(DEPTH_GUIDE) / np.float32(height)
    return Scene(
        colour=colour,
        known=mapped,
        unknown=unknown,
        allowed=np.full(mapped.shape, 1 << LAND, np.uint8),
        guide=np.ascontiguousarray((rows - soft_top(laid.top)[None, :]) * unit),
        sheet=laid.sheet,
        row=laid.row,
        column=laid.column,
    )


def _hidden(laid: LaidOut, sheets: Sequence[Sheet]) -> Bytes:
    found = np.zeros(laid.sheet.shape, np.uint8)
    for k, sheet in enumerate(sheets):
        assert sheet.hidden is not None
        here = laid.sheet == k
        found[here] = sheet.hidden[laid.row[here], laid.column[here]]
    return found
