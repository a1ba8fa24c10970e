"""
Whole pictures: what is painted where no card of the look was approved.

The layout takes whole pieces of the references, sky and all; the synthesis fills what
they lack with patches of the same kind, and the composite hides the seams.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch import composite
from seamline.generators.patch.assembly import LaidOut, lay_out
from seamline.generators.patch.filling import finite, open_scene, plain_guides
from seamline.generators.patch.layout import Layout
from seamline.generators.patch.lineage import extend, field_of, make_layer, origins_of, trace
from seamline.generators.patch.prepared import Prepared
from seamline.generators.patch.resample import Bytes, Floats
from seamline.generators.patch.scene import Scene
from seamline.generators.patch.search import R
from seamline.generators.patch.sheets import (
    EDGE,
    LAND,
    SKY,
    Atlas,
    Sheet,
    labels_of,
    make_atlas,
    soft_top,
    turned,
)
from seamline.generators.patch.synthesis import synthesise
from seamline.ports import NOT_KEPT, CanvasPicture, Levels, PaintedLayer, ReferencePicture

GUIDE_WEIGHT = 0.6


def paint_whole(
    prepared: Prepared,
    look: str,
    *,
    index: int,
    seed: int,
    progress: Callable[[float], None],
    levels: Levels = NOT_KEPT,
) -> tuple[tuple[PaintedLayer, ...], Layout | None]:
    """
    Return the layer ``env`` and the layout it rests on, if there is one.

    Args:
        prepared: Canvas and references.
        look: Which references.
        index: Which of the look's layouts, from 0.
        seed: Decides among fillings.
        progress: Called with the share done, 0 to 1.
        levels: Where what is finished of it is kept.
    """
    sheets, layout = layout_of(prepared, look, index)
    layer = paint_laid_out(
        prepared.canvas, prepared.wanted(), sheets, layout, prepared.references,
        seed=seed, progress=progress, levels=levels,
    )  # fmt: skip
    return (layer,), layout


def layout_of(prepared: Prepared, look: str, index: int) -> tuple[list[Sheet], Layout | None]:
    """Return the sheets of ``look`` as they are, as a layout counts them, and the layout."""
    sheets = prepared.sheets(look)
    found = prepared.picture_layouts(look)
    if found is None:
        return sheets, None
    skied, layouts, which = found
    layout = layouts.find(index, which)
    if layout is None:
        return sheets, None
    # those with a sky first: the layout counts them
    return skied + [s for s in sheets if s.top is None], layout


def paint_laid_out(
    canvas: CanvasPicture,
    wanted: Bytes,
    sheets: Sequence[Sheet],
    layout: Layout | None,
    references: Sequence[ReferencePicture],
    *,
    seed: int,
    progress: Callable[[float], None],
    levels: Levels = NOT_KEPT,
) -> PaintedLayer:
    """
    Return the layer ``env``: ``layout`` on the canvas, and what it lacks filled.

    Args:
        canvas: What is painted on.
        wanted: (H, W) 1 what is painted of it.
        sheets: As they are, as the layout counts them.
        layout: Which of them stands where; without one all is filled.
        references: What the sheets were made from.
        seed: Decides among fillings.
        progress: Called with the share done, 0 to 1.
        levels: Where what is finished of it is kept.
    """
    laid, ready = None, list(sheets)
    if layout is not None:
        ready = [turned(s, layout.scale, mirrored=layout.mirrored) for s in sheets]
        laid = lay_out(layout, ready, *wanted.shape)
    scene, guides = _scene(canvas, wanted, laid, ready)
    if scene.unknown.any():
        field, _, atlas = synthesise(
            ready, guides, scene, seed=seed, progress=lambda p: progress(0.05 + 0.75 * p),
            levels=levels, stage="env",
        )  # fmt: skip
    else:
        atlas = make_atlas(ready, guides, 1.0)
        field = field_of(atlas, scene.sheet, scene.row, scene.column)
    kept: Bytes = (canvas.keep >= 1).astype(np.uint8)
    return _layer(canvas, kept, scene, field, atlas, ready, references)


def _scene(
    canvas: CanvasPicture, wanted: Bytes, laid: LaidOut | None, sheets: Sequence[Sheet]
) -> tuple[Scene, list[Floats]]:
    height, width = wanted.shape
    if laid is None:
        nothing = np.zeros_like(wanted)
        return open_scene(canvas, canvas.known, nothing, wanted), plain_guides(sheets)
    label = labels_of(laid.top, height, width)
    bits = np.array([1 << SKY, 1 << LAND, 0], np.uint8)
    bits[EDGE] = (1 << EDGE) | (1 << SKY) | (1 << LAND)
    copied = _copied(laid, sheets)
    mapped = (laid.sheet >= 0).astype(np.uint8)
    unit = np.float32(GUIDE_WEIGHT) / np.float32(height)
    rows = np.arange(height, dtype=np.float32)[:, None]
    scene = Scene(
        colour=copied,
        known=mapped,
        unknown=wanted & (1 - mapped),
        allowed=bits[label],
        guide=np.ascontiguousarray((rows - soft_top(laid.top)[None, :]) * unit),
        sheet=laid.sheet,
        row=laid.row,
        column=laid.column,
    )
    return scene, [_depth_guide(sheet, unit) for sheet in sheets]


def _depth_guide(sheet: Sheet, unit: np.float32) -> Floats:
    rows = np.arange(sheet.height, dtype=np.float32)[:, None]
    if sheet.top is None:
        return np.ascontiguousarray(np.repeat(rows * unit, sheet.width, axis=1))
    return np.ascontiguousarray((rows - soft_top(sheet.top)[None, :]) * unit)


def _copied(laid: LaidOut, sheets: Sequence[Sheet]) -> Floats:
    copied = np.zeros((*laid.sheet.shape, 3), np.float32)
    for k, sheet in enumerate(sheets):
        here = laid.sheet == k
        copied[here] = sheet.colour[laid.row[here], laid.column[here]]
    return copied


def _layer(
    canvas: CanvasPicture,
    kept: Bytes,
    scene: Scene,
    field: NDArray[np.int32],
    atlas: Atlas,
    sheets: Sequence[Sheet],
    references: Sequence[ReferencePicture],
) -> PaintedLayer:
    mapped = (scene.sheet >= 0).astype(np.uint8)
    painted = scene.unknown | mapped
    inner = np.zeros_like(painted)
    inner[R:-R, R:-R] = 1
    extend(field, inner | mapped, scene.unknown)
    traced = trace(field, painted, origins_of(sheets), references)
    copies = atlas.colour[field[..., 0], field[..., 1]]
    smooth = composite.smoothness(atlas.colour)
    env_open = painted & (1 - kept)
    state = np.where(env_open > 0, composite.OPEN, composite.ABSENT).astype(np.uint8)
    state[kept > 0] = composite.KEPT
    base = np.where(env_open[..., None] > 0, copies, finite(canvas.known)).astype(np.float32)
    anchor = np.full(state.shape, composite.ANCHOR_HOLE, np.float32)
    if mapped.any():
        anchor[:] = composite.ANCHOR_FILLED
        anchor[mapped > 0] = composite.ANCHOR_WHOLE
    env = base + composite.correction(
        atlas.colour, atlas.pixel, smooth, field, state, base, anchor
    )
    env = np.where(kept[..., None] > 0, canvas.known, env)
    return make_layer("env", env, env_open, kept, traced, references)
