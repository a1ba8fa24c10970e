"""
The filling: a hole in one surface, continued from the plate around it.

The hole is painted from its border inwards, so that sky goes on as sky and ground as
ground, and tied to the plate there. The margin is painted after it, as a hole of its
own: between the finished fill and the plate beyond the margin, without ever seeing
the plate it covers, so that comparing the two can fail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch import composite
from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.lineage import extend, make_layer, trace
from seamline.generators.patch.resample import Bytes, Floats, distance, grow
from seamline.generators.patch.search import R
from seamline.generators.patch.sheets import EDGE, LAND, SKY, Sheet
from seamline.generators.patch.skyline import find_skyline
from seamline.generators.patch.synthesis import NOWHERE, Manner, Scene, synthesise
from seamline.ports import CanvasPicture, PaintedLayer, ReferencePicture

ELEVATION_GUIDE_PER_DEG = 0.026
"""1.5 per radian: what kept sky and ground apart in the house's own pictures."""
MOST_SHIFT = 0.06
"""One stop of ACEScct: the most a match may be lifted or lowered by."""
FEE = 0.0008
"""Largest price of a view by choice of the variation; the plate has the right light, free."""

WHOLE = 0.0003
"""Price of a break between matches: without it a hole frays into blurred, repeated bands."""
SKYLINE_GUIDE = 0.15
"""Squared: what land costs where the plate's skyline says sky; a fair match costs as much."""
SURE_PX = 16
"""The skyline is believed so far from the hole."""
LEAST_ROOM_PX = 4.0
ROOM = 0.35
"""How far a skyline may wander, per pixel from the plate."""
SHOWN = 0.35
"""A plate pixel seen beside the hole counts as used so often: copied once, it is still
cheaper than a view the variation does not like; copied twice, it is not."""

_Traced = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]


def fill(
    canvas: CanvasPicture,
    kept: Bytes,
    sheets: Sequence[Sheet],
    references: Sequence[ReferencePicture],
    seed: int,
    progress: Callable[[float], None],
) -> tuple[PaintedLayer, ...]:
    """
    Return the layer ``env``, and ``margin`` where the canvas has one.

    Args:
        canvas: What is known and what is to be painted.
        kept: (H, W) 1 where the plate's own pixel stands.
        sheets: What may be copied.
        references: What the sheets were made from.
        seed: Decides among pictures.
        progress: Called with the share done, .05 to 1.
    """
    manner = _manner(sheets, references, seed)
    opened = np.asarray(kept == 0, np.uint8)
    share = 0.5 if canvas.margin.any() else 0.95
    plate = finite(canvas.known)
    env, traced = _painted(
        canvas, plate, kept, opened, sheets, references, manner, seed,
        lambda p: progress(0.05 + share * p),
    )  # fmt: skip
    full = np.where(kept[..., None] > 0, canvas.known, env)
    layers = [make_layer("env", full, opened, kept, traced, references)]
    if canvas.margin.any():
        band = canvas.margin.astype(np.uint8)
        around = np.asarray(1 - band, np.uint8)
        base = np.where(kept[..., None] > 0, plate, env).astype(np.float32)
        margin, traced = _painted(
            canvas, base, around, band, sheets, references, manner, seed + 7919,
            lambda p: progress(0.05 + share + 0.45 * p),
        )  # fmt: skip
        none = np.zeros_like(kept)
        layers.append(make_layer("margin", margin, band, none, traced, references))
    return tuple(layers)


def _manner(
    sheets: Sequence[Sheet], references: Sequence[ReferencePicture], seed: int
) -> Manner:
    """Each variation likes some views better than others; the plate's own light is free."""
    shown = tuple(SHOWN * _is_plate(references[sheet.reference]) for sheet in sheets)
    fees = tuple(
        0.0 if own > 0 else FEE * (0.25 + 0.75 * below(draw(k, seed, 23, 5), 1024) / 1024)
        for k, own in enumerate(shown)
    )
    placed = tuple(float(sheet.elevation_deg is not None) for sheet in sheets)
    return Manner(
        shift=MOST_SHIFT, fees=fees, shown=shown, placed=placed, tied=True, whole=WHOLE
    )


def _is_plate(picture: ReferencePicture) -> bool:
    return picture.id == "plate"


def _painted(
    canvas: CanvasPicture,
    base: Floats,
    known: Bytes,
    opened: Bytes,
    sheets: Sequence[Sheet],
    references: Sequence[ReferencePicture],
    manner: Manner,
    seed: int,
    progress: Callable[[float], None],
) -> tuple[Floats, _Traced]:
    """Return (H, W, 3) ``base`` with ``opened`` painted, and where that came from."""
    scene, guides = _guided(
        open_scene(canvas, base, known, opened), plain_guides(sheets), known, sheets
    )
    field, shift, atlas = synthesise(
        sheets, guides, scene, seed=seed, progress=progress, manner=manner
    )
    inner = np.zeros_like(opened)
    inner[R:-R, R:-R] = 1
    extend(field, inner, opened)
    traced = trace(field, opened, atlas, sheets, references)
    copies = atlas.colour[field[..., 0], field[..., 1]] + _to_the_edge(shift)
    start = np.where(opened[..., None] > 0, copies, base).astype(np.float32)
    state = np.where(opened > 0, composite.OPEN, composite.ABSENT).astype(np.uint8)
    state[known > 0] = composite.KEPT
    mended = start + composite.correction(
        atlas.colour, atlas.pixel, composite.smoothness(atlas.colour), field, state, start,
        np.full(state.shape, composite.ANCHOR_HOLE, np.float32), shifted=True,
    )  # fmt: skip
    return mended, traced


def _guided(
    scene: Scene,
    guides: list[Floats],
    known: Bytes,
    sheets: Sequence[Sheet],
) -> tuple[Scene, list[Floats]]:
    """
    Return scene and guides with a second guide: 0 is sky, ``SKYLINE_GUIDE`` is land.

    Across the hole the plate's skyline is carried on between its ends; the farther from
    the plate, the wider the band in which nobody says which of the two it is.
    """
    top = find_skyline(scene.colour, known)
    if top is None:
        return scene, guides
    line = _across(top, known)
    if line is None:
        return scene, guides
    rows = np.arange(known.shape[0], dtype=np.float32)[:, None]
    away = distance(np.ascontiguousarray(1 - known))
    room = np.float32(LEAST_ROOM_PX) + np.float32(ROOM) * away
    half = np.float32(0.5)
    land = np.clip(half + half * (rows - line[None, :]) / room, np.float32(0), np.float32(1))
    own = np.float32(SKYLINE_GUIDE) * land.astype(np.float32)
    told = [
        np.stack([guide, np.float32(SKYLINE_GUIDE) * _landness(sheet)], axis=-1)
        for guide, sheet in zip(guides, sheets, strict=True)
    ]
    return replace(scene, guide=np.stack([scene.guide, own], axis=-1)), told


def _landness(sheet: Sheet) -> Floats:
    """Return (H, W) 1 for land, 0 for sky, half where a sheet has no skyline to tell by."""
    if sheet.top is None:
        return np.full(sheet.label.shape, 0.5, np.float32)
    values = np.zeros(3, np.float32)
    values[LAND], values[SKY], values[EDGE] = 1.0, 0.0, 0.5
    found: Floats = values[sheet.label]
    return found


def _across(top: NDArray[np.int32], known: Bytes) -> Floats | None:
    """Return (W,) the skyline, straight from end to end where the plate does not show it."""
    height, width = known.shape
    # Next to the hole the line already leaves the skyline for where nothing holds it.
    solid = 1 - grow((1 - known).astype(np.uint8), SURE_PX)
    rows = np.clip(top, 0, height - 1)
    seen = np.flatnonzero(solid[rows, np.arange(width)] & (top > 0) & (top < height))
    if len(seen) < 2:
        return None
    line = top.astype(np.float32)
    for first, last in pairwise(seen.tolist()):
        for x in range(first + 1, last):
            share = np.float32((x - first) / (last - first))
            line[x] = line[first] + (line[last] - line[first]) * share
    line[: seen[0]], line[seen[-1] + 1 :] = line[seen[0]], line[seen[-1]]
    return line


def _to_the_edge(shift: Floats) -> Floats:
    """Return ``shift`` with the frame's border, where no patch fits, as its neighbour's."""
    height, width = shift.shape[:2]
    rows = np.clip(np.arange(height), R, height - 1 - R)
    columns = np.clip(np.arange(width), R, width - 1 - R)
    return np.ascontiguousarray(shift[rows][:, columns])


def finite(known: Floats) -> Floats:
    """Return the plate with NaN and Inf at 0: they must not spread into what is painted."""
    result: Floats = np.where(np.isfinite(known), known, np.float32(0)).astype(np.float32)
    return result


def open_scene(canvas: CanvasPicture, base: Floats, known: Bytes, unknown: Bytes) -> Scene:
    """Return a scene without a layout, guided by the height above the horizon alone."""
    height, width = unknown.shape
    guide = -canvas.elevation_deg * np.float32(ELEVATION_GUIDE_PER_DEG)
    blank = np.full((height, width), NOWHERE, np.int32)
    return Scene(
        colour=np.where(known[..., None] > 0, finite(base), np.float32(0)),
        known=known,
        unknown=unknown,
        allowed=np.full((height, width), 7, np.uint8),
        guide=guide.astype(np.float32),
        sheet=blank,
        row=blank.copy(),
        column=blank.copy(),
    )


def plain_guides(sheets: Sequence[Sheet]) -> list[Floats]:
    """Return each sheet's height above the horizon as a guide; 0 where it is unknown."""
    return [_plain_guide(sheet) for sheet in sheets]


def _plain_guide(sheet: Sheet) -> Floats:
    if sheet.elevation_deg is not None:
        guide = -sheet.elevation_deg * np.float32(ELEVATION_GUIDE_PER_DEG)
        return np.ascontiguousarray(guide, dtype=np.float32)
    return np.zeros((sheet.height, sheet.width), np.float32)
