"""
Drawn layers: what a part of the composition puts on the canvas, before lineage is told.

Colours are straight, in the generator's encoding; a layer ends at its own alpha.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch import composite
from seamline.generators.patch.composite import copies_of, torn
from seamline.generators.patch.lineage import Origins, extend, field_of, make_layer, trace
from seamline.generators.patch.resample import Bytes, Floats
from seamline.generators.patch.scene import Scene
from seamline.generators.patch.search import R
from seamline.generators.patch.sheets import Atlas, Sheet
from seamline.generators.patch.synthesis import synthesise
from seamline.ports import Levels, PaintedLayer, ReferencePicture


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """
    One layer on the canvas.

    Attributes:
        name: ``sky``, ``far``, ``forest`` ...
        colour: (H, W, 3) straight.
        alpha: (H, W).
        hidden: (H, W) 1 where filler of a card is shown, not what was photographed.
        field: (H, W, 2) match of each pixel in the atlas it was copied from.
        origins: What tells a match's reference; the atlas itself is let go.
        says: One sentence for the notes.
    """

    name: str
    colour: Floats
    alpha: Floats
    hidden: Bytes
    field: NDArray[np.int32]
    origins: Origins
    says: str


def painted_layer(drawn: Drawn, references: Sequence[ReferencePicture]) -> PaintedLayer:
    """Return ``drawn`` as a generator hands it over, every pixel's origin told."""
    shown = (drawn.alpha > 0).astype(np.uint8)
    traced = trace(drawn.field, shown, drawn.origins, references)
    return make_layer(
        drawn.name, drawn.colour, shown, np.zeros_like(shown), traced, references,
        alpha=drawn.alpha, distance_m=_nearest(drawn, traced[0], references),
    )  # fmt: skip


def _nearest(
    drawn: Drawn, source: NDArray[np.int32], references: Sequence[ReferencePicture]
) -> float | None:
    """
    Return the distance of the nearest card that a layer shows, where somebody said.

    A card shown larger than it was seen stands as much nearer.
    """
    shown = {int(i) for i in np.unique(source) if i >= 0}
    said = [
        card.distance_m / scale
        for reference, scale in zip(drawn.origins.references, drawn.origins.scales, strict=True)
        if reference in shown
        and (card := references[reference].card) is not None
        and card.distance_m is not None
    ]
    return min(said) if said else None


def filled_in(
    sheets: Sequence[Sheet], guides: Sequence[Floats], scene: Scene, seed: int,
    progress: Callable[[float], None], levels: Levels, stage: str,
) -> tuple[NDArray[np.int32], Atlas]:  # fmt: skip
    """
    Return (H, W, 2) the matches of what is laid out and of what is filled in, and the atlas.

    The arguments are those of ``synthesise``; what it leaves besides is let go here.
    """
    field, _, atlas = synthesise(
        sheets, guides, scene, seed=seed, progress=progress, levels=levels, stage=stage
    )
    inner = np.zeros_like(scene.known)
    inner[R:-R, R:-R] = 1
    extend(field, inner | scene.known, scene.unknown)
    laid = field_of(atlas, scene.sheet, scene.row, scene.column)
    np.copyto(field, laid, where=scene.known[..., None] > 0)
    return field, atlas


def mended(
    colours: Floats,
    pixel: Bytes,
    field: NDArray[np.int32],
    shown: Bytes,
    anchor: Floats,
    *,
    soft: bool = False,
) -> Floats:
    """
    Return (H, W, 3) the copies of ``shown`` with their seams spread; see ``composite``.

    ``colours`` (A, B, 3) and ``pixel`` (A, B) are an atlas's, of which nothing else is needed:
    at 2K it is a painting's fullest moment, and guides and labels are a fifth of an atlas.
    ``soft``: no seam is an edge; in water even a large step is spread.
    """
    copies: Floats = copies_of(colours, field, shown)
    if not torn(field, shown):
        return copies
    state = np.where(shown > 0, composite.OPEN, composite.ABSENT).astype(np.uint8)
    smooth = np.ones(pixel.shape, np.float32) if soft else composite.smoothness(colours)
    found = composite.correction(colours, pixel, smooth, field, state, copies, anchor)
    return np.add(copies, found, out=found)


def set_down(
    sheet: Sheet, shape: tuple[int, ...], *, dx: int, dy: int
) -> tuple[NDArray[np.bool_], NDArray[np.int32], NDArray[np.int32]]:
    """
    Return where a canvas of ``shape`` (H, W) shows ``sheet``, and its rows and columns.

    Canvas plus (``dx``, ``dy``) is the sheet; rows and columns are 0 outside it.
    """
    rows, columns = np.indices(shape, dtype=np.int32)
    row, column = rows + dy, columns + dx
    inside: NDArray[np.bool_] = (row >= 0) & (row < sheet.height)
    inside &= (column >= 0) & (column < sheet.width)
    row, column = (np.where(inside, at, 0).astype(np.int32) for at in (row, column))
    return inside, row, column
