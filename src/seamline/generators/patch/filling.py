"""
The filling: a hole in one surface, continued from the plate around it.

The hole is laid with whole pieces of the plate and its references that go on where the plate
ends (``pieces``), and tied to the plate there. The margin is painted after it, as a hole of its
own: between the finished fill and the plate beyond the margin, without ever seeing
the plate it covers, so that comparing the two can fail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch import composite
from seamline.generators.patch.apart import Copied, mended
from seamline.generators.patch.crests import crests_met, smoothed
from seamline.generators.patch.detect.examined import PLATE_ID
from seamline.generators.patch.detect.verbatim import LIMIT_MANY, limit_of
from seamline.generators.patch.lineage import field_of, make_layer, origins_of, trace
from seamline.generators.patch.pieces.ground import Level, reaches_edge
from seamline.generators.patch.pieces.laying import (
    Coarsest,
    Laid,
    Laying,
    Propose,
    chosen,
    coarsest_level,
    first_chosen,
    laid_at,
    lay,
)
from seamline.generators.patch.resample import Bytes, Floats
from seamline.generators.patch.scene import NOWHERE, Scene
from seamline.generators.patch.sheets import Sheet
from seamline.ports import CanvasPicture, Levels, PaintedLayer, ReferencePicture

ELEVATION_GUIDE_PER_DEG = 0.026
"""1.5 per radian: what kept sky and ground apart in the house's own pictures."""
_Traced = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Memory:
    """
    What is known of a hole from before; by itself nothing is.

    Attributes:
        level: Returns the level that pieces are chosen on, or has it made: all seeds share one.
        proposed: Returns what is proposed along its border for a seed, or has it proposed.
        choice: Returns what was chosen before, or has it chosen.
    """

    level: Coarsest = lambda make: make()
    proposed: Propose = lambda make: make()
    choice: Callable[[Callable[[], Laying]], Laying] = lambda choose: choose()


NEW = Memory()


def fill(
    canvas: CanvasPicture,
    kept: Bytes,
    sheets: Sequence[Sheet],
    references: Sequence[ReferencePicture],
    seed: int,
    progress: Callable[[float], None],
    levels: Levels,
    most: float,
    memory: Memory = NEW,
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
        levels: Where what is finished of it is kept.
        most: Share of the hole that one piece may fill, if any other can be had; see
            ``most_of``.
        memory: Knows what ``begun`` chose for the same hole, so that it is not chosen twice.
    """
    opened = np.asarray(kept == 0, np.uint8)
    share = 0.5 if canvas.margin.any() else 0.95
    plate = finite(canvas.known)
    env, traced = _painted(
        canvas, plate, kept, opened, sheets, references, seed,
        lambda p: progress(0.05 + share * p), levels, "env", most, memory,
    )  # fmt: skip
    full = np.where(kept[..., None] > 0, canvas.known, env)
    layers = [make_layer("env", full, opened, kept, traced, references)]
    if canvas.margin.any():
        band = canvas.margin.astype(np.uint8)
        around = np.asarray(1 - band, np.uint8)
        base = np.where(kept[..., None] > 0, plate, env).astype(np.float32)
        margin, traced = _painted(
            canvas, base, around, band, sheets, references, seed + 7919,
            lambda p: progress(0.05 + share + 0.45 * p), levels, "margin", most,
        )  # fmt: skip
        none = np.zeros_like(kept)
        layers.append(make_layer("margin", margin, band, none, traced, references))
    return tuple(layers)


def most_of(references: Sequence[ReferencePicture], *, different: bool) -> float:
    """
    Return the share of what is filled that one piece may be, if any other can be had.

    What the check lets pass; where that is asked for (``different``) as of many references.
    """
    return min(limit_of(references), LIMIT_MANY if different else 1.0)


def begun(
    canvas: CanvasPicture, kept: Bytes, sheets: Sequence[Sheet],
    references: Sequence[ReferencePicture], seed: int, most: float, memory: Memory, *,
    first: bool = False,
) -> Floats:  # fmt: skip
    """
    Return (h, w, 3) the picture on which pieces are chosen, its hole laid and tied.

    It is what ``fill`` begins with, and the same choice: only its cuts are made finer later. Or
    the ``first`` choice, which is had sooner: its cuts are not mended yet, and a piece may fill
    more than it will. The other words as for ``fill``.
    """
    opened = np.asarray(kept == 0, np.uint8)
    level = memory.level(
        lambda: coarsest_level(
            finite(canvas.known), kept, opened, _guide(canvas), sheets, plain_guides(sheets)
        )
    )
    plate = _plate_of(sheets, references)
    if first:
        pieces, labels = first_chosen(level, plate, seed, memory.proposed)
    else:
        pieces, labels = memory.choice(
            lambda: chosen(level, plate, seed, lambda share: None, most, memory.proposed)
        )
    ground, laid = level.ground, laid_at(level, pieces, labels)
    tied, _ = _tied(laid, ground.colour, ground.known, level.hole, ground.guide)
    # a pixel may be a little of both, and neither known nor laid: there the plate's part stands
    return np.where(level.hole[..., None] > 0, tied, ground.colour)


def _painted(
    canvas: CanvasPicture,
    base: Floats,
    known: Bytes,
    opened: Bytes,
    sheets: Sequence[Sheet],
    references: Sequence[ReferencePicture],
    seed: int,
    progress: Callable[[float], None],
    levels: Levels,
    stage: str,
    most: float,
    memory: Memory = NEW,
) -> tuple[Floats, _Traced]:
    """Return (H, W, 3) ``base`` with ``opened`` painted, and where that came from."""
    guide, plate = _guide(canvas), _plate_of(sheets, references)

    def choose(level: Level, tell: Callable[[float], None]) -> Laying:
        return memory.choice(lambda: chosen(level, plate, seed, tell, most, memory.proposed))

    laid = lay(
        base, known, opened, guide, sheets, plain_guides(sheets), plate, seed, progress,
        levels, stage, most, choose, memory.level,
    )  # fmt: skip
    painted, field = _tied(laid, base, known, opened, guide)
    return painted, trace(field, opened, origins_of(sheets), references)


def _tied(
    laid: Laid, base: Floats, known: Bytes, opened: Bytes, guide: Floats
) -> tuple[Floats, NDArray[np.int32]]:
    """Return (H, W, 3) ``base`` with what is laid tied to it, and its place in the atlas."""
    if not reaches_edge(opened):
        laid = crests_met(laid, base, known, guide)
    atlas = laid.atlas
    field = field_of(atlas, laid.sheet, laid.row, laid.column)
    copies = atlas.colour[field[..., 0], field[..., 1]]
    state = np.where(opened > 0, composite.OPEN, composite.ABSENT).astype(np.uint8)
    state[known > 0] = composite.KEPT
    copied = Copied(
        colour=np.where(opened[..., None] > 0, copies, base).astype(np.float32),
        state=state, guide=guide, field=field, piece=laid.piece, atlas=atlas.colour,
        pixel=atlas.pixel, to_edge=reaches_edge(opened),
    )  # fmt: skip
    return smoothed(mended(copied), laid), field


def _guide(canvas: CanvasPicture) -> Floats:
    """Return (H, W) the canvas's height above the horizon downwards, 1.5 per radian."""
    return (-canvas.elevation_deg * np.float32(ELEVATION_GUIDE_PER_DEG)).astype(np.float32)


def _plate_of(sheets: Sequence[Sheet], references: Sequence[ReferencePicture]) -> int:
    """Return which sheet is the plate itself; -1 where none is, or nothing but it."""
    # alone, a plate has only itself to go on with: a ridge that ends is worse than a second one
    plates = [k for k, s in enumerate(sheets) if references[s.reference].id == PLATE_ID]
    return plates[0] if plates and len(sheets) > len(plates) else -1


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
