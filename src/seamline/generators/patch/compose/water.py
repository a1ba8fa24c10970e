"""
Water: ripples of a reference's own water, chosen to agree with what stands above them.

Calm water shows, blurred and drawn out by its waves, the mirror image of what stands
behind it. So patches of the water card are sought whose own surroundings mirrored what
this picture mirrors: dark ripples under a wood, bright ones under snow. How far down
from the waterline a patch lies is held strongly: ripples grow towards the camera.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch import composite
from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.compose.drawn import Drawn, mended
from seamline.generators.patch.lineage import extend
from seamline.generators.patch.resample import Bytes, Floats, blur
from seamline.generators.patch.search import R
from seamline.generators.patch.sheets import LAND, Sheet, columns_of, soft_top, turned
from seamline.generators.patch.synthesis import Manner, Scene, synthesise
from seamline.ports import CardView, ReferencePicture

DEPTH_GUIDE = 2.5
"""Guide of one canvas height below the waterline."""
MIRROR_GUIDE = 1.0
"""Guide of one unit of the log encoding in the mirror image."""
ACROSS_SHARE, DOWN_SHARE = 0.012, 0.024
"""Waves blur a mirror image over so much of the canvas's height, twice each way."""
LEAST_SHARE = 0.08
"""Less water than this share of what is seen's height is not worth a shore."""
BEHIND_PX = 12
"""So far below the waterline what stands behind goes on."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Water:
    """
    A water card that a picture can stand on.

    Attributes:
        sheet: The card.
        above: (H, W) brightness, log encoding, of what its photograph shows mirrored
            about the waterline; None where the whole photograph is not at hand.
        below_horizon_px: How far its waterline lies below the horizon.
    """

    sheet: Sheet
    above: Floats | None
    below_horizon_px: float


def water_of(
    sheet: Sheet, card: CardView, view: ReferencePicture, views: Sequence[ReferencePicture]
) -> Water:
    """
    Return ``sheet``, a water card's, with what its photograph ``view`` shows above it.

    Args:
        sheet: The card's sheet, as it is.
        card: What makes it a card.
        view: Its view.
        views: All views handed over.
    """
    top = _waterline(sheet)
    whole = next((v for v in views if v.card is None and v.id == view.id), None)
    if whole is None or whole.elevation_deg is not None:
        return Water(sheet=sheet, above=None, below_horizon_px=0.0)
    dy, dx = _offset(view, card, whole)
    horizon = _horizon(whole, views)
    grey = _grey(whole.colour)
    columns = np.clip(np.arange(sheet.width) + dx, 0, grey.shape[1] - 1)
    return Water(
        sheet=sheet,
        above=mirrored_in(grey[:, columns], top + dy, sheet.height, dy),
        below_horizon_px=0.0 if horizon is None else max(0.0, top + dy - horizon),
    )


def _waterline(sheet: Sheet) -> int:
    """Return the row on which a water card begins in most columns."""
    assert sheet.top is not None
    tops = np.sort(sheet.top[sheet.top < sheet.height])
    return int(tops[len(tops) // 2]) if len(tops) else 0


def _spacing(axis: Floats) -> float:
    return float(axis[-1] - axis[0]) / max(1, len(axis) - 1)


def _offset(view: ReferencePicture, card: CardView, whole: ReferencePicture) -> tuple[int, int]:
    """Return what is added to a card's row and column to get those of the ``whole`` view."""
    seen = view.usable & ~card.hidden & (card.alpha >= np.float32(0.999))
    rows, columns = (4 * at for at in np.nonzero(seen[::4, ::4]))
    if not len(rows):
        return 0, 0
    y_axis, x_axis = whole.master_y[:, 0], whole.master_x[0]
    y = (view.master_y[rows, columns] - y_axis[0]) / _spacing(y_axis) - rows
    x = (view.master_x[rows, columns] - x_axis[0]) / _spacing(x_axis) - columns
    middle = len(rows) // 2
    return (
        int(np.floor(np.sort(y)[middle] + 0.5)),
        int(np.floor(np.sort(x)[middle] + 0.5)),
    )


def _horizon(whole: ReferencePicture, views: Sequence[ReferencePicture]) -> float | None:
    """Return the row of the horizon of a photograph, told by its sky card; None without."""
    for view in views:
        card = view.card
        if card is not None and card.label == "sky" and view.id == whole.id:
            return card.base_row + _offset(view, card, whole)[0]
    return None


def _grey(colour: Floats) -> Floats:
    total = (colour[..., 0] + colour[..., 1] + colour[..., 2]) * np.float32(1 / 3)
    return np.ascontiguousarray(total, dtype=np.float32)


def mirrored_in(grey: Floats, waterline: int, rows: int, first: int) -> Floats:
    """
    Return (``rows``, W) the blurred mirror image of ``grey`` (H, W) about ``waterline``.

    Row 0 of the result is row ``first`` of ``grey``; above the waterline it repeats.
    """
    height = grey.shape[0]
    soft = np.ascontiguousarray(grey)
    for share in (ACROSS_SHARE, DOWN_SHARE):
        soft = blur(soft, max(1, int(share * height)))
    at = 2 * waterline - 1 - np.maximum(np.arange(first, first + rows), waterline)
    return np.ascontiguousarray(soft[np.clip(at, 0, max(0, waterline - 1))])


def waterline_of(
    waters: Sequence[Water], need: NDArray[np.bool_], horizon_row: float
) -> int | None:
    """
    Return the row on which water begins on a canvas, or None where none is to be seen.

    The waterline lies as far below the locked horizon as it did in the photograph.
    """
    if not waters or not need.any():
        return None
    row = int(np.floor(horizon_row + waters[0].below_horizon_px + 0.5))
    seen = np.flatnonzero(need.any(axis=1))
    top, end = int(seen[0]), int(seen[-1]) + 1
    least = LEAST_SHARE * (end - top)
    return row if top + 2 * least < row < end - least else None


def above_water(plane: NDArray[np.bool_], waterline: int | None) -> NDArray[np.bool_]:
    """Return (H, W) bool ``plane`` down to the waterline."""
    if waterline is None:
        return plane
    rows = np.arange(plane.shape[0])[:, None]
    return np.asarray(plane & (rows < waterline), bool)


def draw_water(
    waters: Sequence[Water],
    above: Floats,
    waterline: int,
    wanted: Bytes,
    *,
    mirrored: bool,
    seed: int,
    progress: Callable[[float], None],
) -> Drawn:
    """
    Return the water on the canvas.

    Args:
        waters: Water cards; one is taken.
        above: (H, W, 3) the picture that stands behind the water, log encoding.
        waterline: Row on which the water begins.
        wanted: (H, W) 1 what is to be painted.
        mirrored: Left and right of the cards exchanged.
        seed: Decides among ripples.
        progress: Called with the share done, 0 to 1.
    """
    height, width = wanted.shape
    water = waters[below(draw(seed, 5, 47, 0), len(waters))]
    sheet = as_water(turned(water.sheet, 1.0, mirrored=mirrored))
    rows = height - waterline
    open_ = np.ascontiguousarray(wanted[waterline:])
    scene = _scene(open_, mirrored_in(_grey(above), waterline, rows, waterline), height)
    guide = _guide_of(water, sheet, height, mirrored=mirrored)
    if water.above is None:
        scene.guide[..., 1] = 0
    below_, _, atlas = synthesise(
        [sheet], [guide], scene, seed=seed, progress=progress,
        manner=Manner(from_rim=False),
    )  # fmt: skip
    inner = np.zeros_like(open_)
    inner[R:-R, R:-R] = 1
    extend(below_, inner, open_)
    field = np.zeros((height, width, 2), np.int32)
    field[waterline:] = below_
    shown = np.zeros_like(wanted)
    shown[waterline:] = open_
    anchor = np.full(shown.shape, composite.ANCHOR_FILLED, np.float32)
    return Drawn(
        name="water",
        colour=mended(atlas, field, shown, anchor),
        alpha=_edge(shown, waterline),
        hidden=np.zeros_like(shown),
        field=field,
        atlas=atlas,
        sheets=(sheet,),
        says=f"The water begins on row {waterline} and mirrors what stands above it.",
    )


def as_water(sheet: Sheet) -> Sheet:
    """Return a water card's sheet as what the synthesis copies: its solid part."""
    assert sheet.alpha is not None
    whole = (sheet.alpha >= np.float32(0.999)).astype(np.uint8)
    return replace(sheet, usable=whole, label=np.full(whole.shape, LAND, np.uint8))


def _edge(shown: Bytes, waterline: int) -> Floats:
    """Return alpha: whole below the waterline, half on its first row."""
    alpha = shown.astype(np.float32)
    alpha[waterline] *= np.float32(0.5)
    return alpha


def _scene(open_: Bytes, mirror: Floats, height: int) -> Scene:
    rows, width = open_.shape
    unit = np.float32(DEPTH_GUIDE) / np.float32(height)
    depth = np.repeat(np.arange(rows, dtype=np.float32)[:, None] * unit, width, axis=1)
    nowhere = np.full(open_.shape, -1, np.int32)
    return Scene(
        colour=np.zeros((rows, width, 3), np.float32),
        known=np.zeros_like(open_),
        unknown=open_,
        allowed=np.full(open_.shape, 1 << LAND, np.uint8),
        guide=np.ascontiguousarray(
            np.stack([depth, mirror * np.float32(MIRROR_GUIDE)], axis=-1), dtype=np.float32
        ),
        sheet=nowhere,
        row=np.zeros_like(nowhere),
        column=np.zeros_like(nowhere),
    )


def _guide_of(water: Water, sheet: Sheet, height: int, *, mirrored: bool) -> Floats:
    assert sheet.top is not None
    unit = np.float32(DEPTH_GUIDE) / np.float32(height)
    line = soft_top(np.minimum(sheet.top, sheet.height).astype(np.int32))
    rows = np.arange(sheet.height, dtype=np.float32)[:, None]
    depth = (rows - line[None, :]) * unit
    if water.above is None:
        mirror = np.zeros_like(depth)
    else:
        at = columns_of(water.sheet.width, sheet.width, 1.0, mirrored=mirrored)
        mirror = water.above[:, at] * np.float32(MIRROR_GUIDE)
    return np.ascontiguousarray(np.stack([depth, mirror], axis=-1), dtype=np.float32)
