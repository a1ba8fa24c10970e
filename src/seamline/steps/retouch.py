"""
Retouch: one region of one layer painted anew, from the layer itself and what it came from.

Every pixel outside the region, and every other layer, keeps its bits and its lineage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seamline.errors import GeneratorError, InputError, ShowError
from seamline.pixels.matte.spread import carried_on
from seamline.pixels.picture import Image, Picture, as_float, on_window
from seamline.ports import (
    NOTHING,
    CanvasPicture,
    Generator,
    Painted,
    PaintedLayer,
    ReferencePicture,
    Studio,
)
from seamline.show.canvas import Canvas
from seamline.show.variation import FROM, HAND_SETTINGS, LAYER, REGION, Ask, Variation, anew_of
from seamline.steps import book
from seamline.steps.by_hand import carry_over
from seamline.steps.layers import copied_from, shown_layers
from seamline.steps.paint import Given, answers, check_count, light_digest
from seamline.steps.promise import hold_to_promise
from seamline.steps.rebuild import material_of, standing_layers
from seamline.steps.reference import require

INSIDE = 0.5
"""From here on a region's matte means: paint this pixel."""
SOLID = 0.99
"""What is less than this of a layer is not copied from."""
LEAST_PX = 4
"""A smaller region holds no stroke of a brush."""
Mask = NDArray[np.bool_]


def retouch(
    studio: Studio,
    name: str,
    element_id: str,
    layer: str,
    region: str | Mask,
    *,
    variations: int,
    seed: int | None = None,
) -> list[Variation]:
    """
    Return ``variations`` of shot ``name`` that differ from ``element_id`` in one region.

    Args:
        studio: Ports.
        name: The shot.
        element_id: The version whose painting it begins from.
        layer: The layer that is painted on.
        region: A matte of the canvas's size: A, or else R or Y; 1 = paint anew. Or (H, W)
            of the canvas, where to.
        variations: How many; show.toml says how many may be asked for.
        seed: Seed of the first; by default the one after the painting's own.

    Raises:
        ShowError: The painting is another shot's, or has no such layer.
        InputError: The region is empty, of another size, or lies where the layer is not.
        ApprovalError: A reference the layer came from may not be used any more.
        GeneratorError: The backend broke its promise.
    """
    check_count(studio, name, variations)
    version = book.version_in(studio.ledger, name, element_id)
    base = book.variation_of(studio.ledger, version)
    names = [facts.name for facts in shown_layers(base)]
    if layer not in names:
        raise ShowError(
            f"{element_id} has no layer {layer!r} that is seen; it has {', '.join(names)}",
            remedy="Name one of these with --layer.",
        )
    canvas, body = book.canvas_by_digest(studio.ledger, base.ask.canvas_digest)
    keep = studio.blobs.picture(str(body["arrays"])).channels["keep"] == 1
    inside = read_region(studio, region, canvas) if isinstance(region, str) else region
    where = region if isinstance(region, str) else "the region"
    mask = inside & ~keep
    facts = next(facts for facts in shown_layers(base) if facts.name == layer)
    alpha = studio.blobs.picture(facts.digest).channels["A"]
    mask &= alpha > 0
    if int(mask.sum()) < LEAST_PX:
        raise InputError(
            f"{where}: layer {layer} of {element_id} has nothing to paint there",
            remedy="Draw the region over what the layer shows, and not over the plate's own "
            "pixels; `seamline canvas export` gives the canvas to draw on.",
        )
    if int(((alpha >= SOLID) & ~mask).sum()) < LEAST_PX:
        raise InputError(
            f"{where}: nothing of layer {layer} is left to go on from",
            remedy=f"Paint the whole layer: seamline paint {name} --from {element_id} "
            f"--layer {layer}",
        )
    material = material_of(studio, base)
    for reference in material.references:
        require(studio, reference, "paint")
    digest = studio.blobs.put_picture(_as_picture(mask))
    backend = Retouching(studio.generator(base.ask.generator), mask)
    first = base.ask.seed + 1 if seed is None else seed
    kept = tuple(pair for pair in base.ask.settings if pair[0] not in HAND_SETTINGS)
    asks = [
        replace(
            base.ask,
            lock_digest=light_digest(studio, name),
            pixels=backend.pixels,
            seed=first + step,
            settings=(*kept, (FROM, base.ask_digest), (LAYER, layer), (REGION, digest)),
        )
        for step in range(variations)
    ]

    def given() -> Given:
        standing = standing_layers(studio, base, material)
        return replace(material.canvas, standing=standing), list(material.views)

    says = [f"{int(mask.sum())} pixels of layer {layer} painted anew; all else {element_id}'s."]
    found = answers(studio, backend, asks, given, says, base.hands)
    for variation in found:
        carry_over(studio, base, variation)
    return found


def read_region(studio: Studio, path: str, canvas: Canvas) -> Mask:
    """
    Return (H, W) of the canvas where the matte at ``path`` is at least a half.

    Raises:
        InputError: It is of another size.
        FormatError: It is no picture.
    """
    picture = studio.images.read(path)
    _, _, width, height = picture.display_window
    if (width, height) != (canvas.width_px, canvas.height_px):
        raise InputError(
            f"{path} is {width}x{height}, and the canvas {canvas.width_px}x{canvas.height_px}",
            remedy=f"Draw the region on the canvas: seamline canvas export {canvas.shot} ID "
            "FILE.",
        )
    name = next((c for c in ("A", "R", "Y") if c in picture.channels), None)
    if name is None:
        raise InputError(
            f"{path} has channels {', '.join(picture.channels)}; a region is A, R or Y",
            remedy="Write the matte into the alpha.",
        )
    plane = as_float(picture.channels[name])
    inside: Mask = on_window(plane, picture.data_window, picture.display_window) >= INSIDE
    return inside


def _as_picture(mask: Mask) -> Picture:
    window = (0, 0, mask.shape[1], mask.shape[0])
    plane = mask.astype(np.float32)
    return Picture(channels={"A": plane}, data_window=window, display_window=window)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Inside:
    """What a backend is given for one region: the layer as its plate, and what it may copy."""

    canvas: CanvasPicture
    views: tuple[ReferencePicture, ...]
    index: tuple[int, ...]
    """Which of the painting's views each of ``views`` is; -1 is the layer itself."""


class Retouching:
    """
    A generator that paints inside ``mask`` of one layer alone, by another's means.

    The other sees the layer as a plate with a hole in it, and what the layer came from.
    """

    needs_references = True

    def __init__(self, backend: Generator, mask: Mask) -> None:
        self._backend, self._mask = backend, mask
        self.name, self.pixels = backend.name, backend.pixels
        self.encoding = backend.encoding

    def paint(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
    ) -> Painted:
        """Return the standing layers of ``canvas``, one of them with its region anew."""
        layer = next(la for la in canvas.standing if la.name == anew_of(ask))
        inside = _inside(canvas, references, layer, self._mask)
        plain = replace(
            ask, settings=tuple(p for p in ask.settings if p[0] not in HAND_SETTINGS)
        )
        painted = self._backend.paint(plain, inside.canvas, inside.views, progress)
        hold_to_promise(self._backend, inside.canvas, inside.views, painted)
        fresh = _over(layer, painted.layers, inside, self._mask)
        fresh = told_again(fresh, references, self._mask)
        return Painted(
            layers=tuple(fresh if la is layer else la for la in canvas.standing),
            notes=(),
            findings=(),
        )


def _inside(
    canvas: CanvasPicture,
    references: Sequence[ReferencePicture],
    layer: PaintedLayer,
    mask: Mask,
) -> _Inside:
    solid = (layer.alpha >= SOLID) & ~mask
    known: Image = carried_on(layer.colour, solid.astype(np.float32))
    known = np.where(solid[..., None], layer.colour, known)
    keep = np.where(mask, np.float32(0), np.float32(1))
    fresh = replace(
        canvas,
        known=known,
        keep=keep,
        need=mask,
        margin=np.zeros_like(mask),
        standing=(),
        skyline=None,
        lines={},
    )
    used = [i for i in range(len(references)) if (layer.source == i).any()]
    views = [plain(references[i]) for i in used]
    height, width = mask.shape
    columns, rows = np.meshgrid(
        (np.arange(width) + 0.5).astype(np.float32),
        (np.arange(height) + 0.5).astype(np.float32),
    )
    own = ReferencePicture(
        id="layer",
        look=layer.name,
        colour=known,
        # Only what has a reference of its own is copied on: not the plate, not a hand's.
        usable=solid & (layer.source >= 0),
        elevation_deg=canvas.elevation_deg,
        master_x=columns,
        master_y=rows,
    )
    return _Inside(
        canvas=fresh,
        views=(*(view.of_look(layer.name) for view in views), own),
        index=(*used, -1),
    )


def plain(view: ReferencePicture) -> ReferencePicture:
    """Return a card's or a dome's view as a plain picture of it, to copy from."""
    view = view.whole
    usable = view.usable if view.card is None else view.usable & (view.card.alpha >= SOLID)
    return replace(view, usable=usable, card=None, dome=None)


def _over(
    layer: PaintedLayer, painted: Sequence[PaintedLayer], inside: _Inside, mask: Mask
) -> PaintedLayer:
    """Return ``layer`` with what was painted in ``mask``, lineage led back to references."""
    if len(painted) != 1:
        raise GeneratorError(
            f"a region was asked for, and {len(painted)} layers came back",
            remedy="Use a generator that fills a hole in one layer, as patch does.",
        )
    top = painted[0]
    index = np.array([*inside.index, NOTHING], np.int32)
    source, x, y = top.source, top.source_x, top.source_y
    itself = mask & (source == len(inside.index) - 1)
    # A copy of a copy comes from where the first one came.
    sx, sy = x[itself], y[itself]
    far = np.where(mask, index[np.clip(source, -1, len(inside.index) - 1)], layer.source)
    far_x, far_y = np.where(mask, x, layer.source_x), np.where(mask, y, layer.source_y)
    far[itself] = layer.source[sy, sx]
    far_x[itself], far_y[itself] = layer.source_x[sy, sx], layer.source_y[sy, sx]
    offset = np.where(mask[..., None], top.offset, layer.offset)
    offset[itself] += layer.offset[sy, sx]
    return replace(
        layer,
        colour=np.where(mask[..., None], top.colour, layer.colour),
        source=far.astype(np.int32),
        source_x=far_x.astype(np.int32),
        source_y=far_y.astype(np.int32),
        offset=offset.astype(np.float32),
    )


def told_again(
    layer: PaintedLayer, views: Sequence[ReferencePicture], mask: Mask
) -> PaintedLayer:
    """Return ``layer`` with its colour inside ``mask`` as its lineage tells it, to the bit."""
    colour = layer.colour.copy()
    for index, view in copied_from(layer, views):
        mine = mask & (layer.source == index)
        seen = view.colour[layer.source_y[mine], layer.source_x[mine]]
        colour[mine] = seen + layer.offset[mine]
    return replace(layer, colour=colour)
