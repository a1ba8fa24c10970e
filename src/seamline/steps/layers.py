"""
Painted layers in the store: each one's picture, and where each of its pixels came from.

What is stored is what the lineage tells: the source pixel's colour plus the offset, in
the generator's encoding, taken to the working space and multiplied by alpha. So a layer
can be made again from its references, and must then be the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.errors import TamperError
from seamline.pixels.flatten import MARGIN, seen
from seamline.pixels.picture import Image, Picture, Plane
from seamline.ports import (
    HAND,
    NOTHING,
    PLATE,
    CanvasPicture,
    PaintedLayer,
    ReferencePicture,
    Studio,
)
from seamline.show.variation import HandWork, LayerFacts, Variation

PLATE_CODE, FIRST_VIEW = 1, 2
"""What ``source`` says in a lineage picture: 0 nothing, the plate, views from there on."""
HAND_CODE = 1 << 24
"""... and from here on people's hands: no painting has sixteen million views."""
SHARE_STEPS = 1 << 16
"""Visible alpha is counted in whole steps: integers add up the same in any order."""


def shown_layers(variation: Variation) -> tuple[LayerFacts, ...]:
    """Return the layers that are seen, back to front: all but the margin."""
    return tuple(f for f in variation.layers if f.name != MARGIN)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hand:
    """
    What one person painted, by layer, on the canvas.

    Attributes:
        by: Who.
        rgba: (H, W, 4) associated, working space: what a hand painted *is* this.
        coded: (H, W, 3) straight, in the generator's encoding: what is copied of it.
    """

    by: str
    rgba: Mapping[str, Image]
    coded: Mapping[str, Image]


def hands_of(studio: Studio, works: Sequence[HandWork], encoding: str) -> tuple[Hand, ...]:
    """Return what people painted, in the order in which lineages count them."""
    return tuple(_hand(studio, work, encoding) for work in works)


def _hand(studio: Studio, work: HandWork, encoding: str) -> Hand:
    at = studio.blobs.picture(work.digest).channels
    rgba = {
        name: np.stack([at[f"{name}.{c}"] for c in "RGBA"], axis=-1) for name in work.layers
    }
    coded = {
        name: studio.colour.convert(straight(image), studio.colour.working_space, encoding)
        for name, image in rgba.items()
    }
    return Hand(by=work.by, rgba=rgba, coded=coded)


def straight(rgba: Image) -> Image:
    """Return (H, W, 3) unassociated colour of (H, W, 4); what is not covered as it is."""
    alpha = rgba[..., 3:]
    covered: Image = np.where(alpha > 0, alpha, np.float32(1))
    return np.ascontiguousarray(rgba[..., :3] / covered, np.float32)


def told_colour(
    layer: PaintedLayer,
    known: Image,
    views: Sequence[ReferencePicture],
    hands: Sequence[Hand] = (),
) -> Image:
    """
    Return (H, W, 3): source pixel plus offset, in the encoding; 0 where nothing is told.

    Args:
        layer: Its lineage and offsets are read, its colour is not.
        known: (H, W, 3) what ``PLATE`` pixels are copied from.
        views: What the other sources count.
        hands: What people painted, as lineages count them.
    """
    told = np.zeros(layer.offset.shape, np.float32)
    for index, colour in (
        (PLATE, known),
        *((i, view.colour) for i, view in copied_from(layer, views)),
        *((HAND - i, h.coded[layer.name]) for i, h in _hands_on(layer.name, hands)),
    ):
        mine = layer.source == index
        x, y = layer.source_x[mine], layer.source_y[mine]
        told[mine] = colour[y, x] + layer.offset[mine]
    return told


def copied_from(
    layer: PaintedLayer, views: Sequence[ReferencePicture]
) -> list[tuple[int, ReferencePicture]]:
    """Return which of ``views`` a layer was copied from, and those; no other is laid out."""
    return [(int(i), views[i].whole) for i in np.unique(layer.source) if 0 <= i < len(views)]


def _hands_on(name: str, hands: Sequence[Hand]) -> list[tuple[int, Hand]]:
    return [(i, hand) for i, hand in enumerate(hands) if name in hand.rgba]


def store_layer(
    studio: Studio,
    layer: PaintedLayer,
    known: tuple[Image, Image],
    views: Sequence[ReferencePicture],
    encoding: str,
    hands: Sequence[Hand] = (),
) -> LayerFacts:
    """
    Put one layer's picture and lineage into the blobs.

    Args:
        studio: Ports.
        layer: A layer that keeps its promise.
        known: The plate on the canvas, (H, W, 3) in the encoding and in working space.
        views: What was handed to the generator.
        encoding: The generator's.
        hands: What people painted, as lineages count them.
    """
    picture = layer_picture(studio, layer, known, views, encoding, hands)
    return LayerFacts(
        name=layer.name,
        digest=studio.blobs.put_picture(picture),
        lineage_digest=studio.blobs.put_picture(lineage_picture(layer, views)),
        distance_m=layer.distance_m,
        motion_deg_s=layer.motion_deg_s,
    )


def layer_picture(
    studio: Studio,
    layer: PaintedLayer,
    known: tuple[Image, Image],
    views: Sequence[ReferencePicture],
    encoding: str,
    hands: Sequence[Hand] = (),
) -> Picture:
    """Return what a layer's lineage tells as R, G, B, A: working space, associated."""
    coded, linear = known
    told = told_colour(layer, coded, views, hands)
    colour = studio.colour.convert(told, encoding, studio.colour.working_space)
    own = layer.source == PLATE
    # The plate's own pixels are copied in the space they lie in, not there and back.
    colour[own] = linear[layer.source_y[own], layer.source_x[own]]
    alpha = layer.alpha[..., None]
    solid = np.where(alpha > 0, colour * alpha, np.float32(0))
    for index, hand in _hands_on(layer.name, hands):
        # As it came back from the host, not to the encoding and back.
        painted = in_place(layer, HAND - index)
        solid[painted] = hand.rgba[layer.name][painted, :3]
    channels: dict[str, Plane] = {
        n: np.ascontiguousarray(solid[..., i]) for i, n in enumerate("RGB")
    }
    channels["A"] = layer.alpha
    return _on_canvas(channels)


def in_place(layer: PaintedLayer, source: int) -> NDArray[np.bool_]:
    """Return (H, W) where a pixel is that very pixel of ``source``, unmoved and unchanged."""
    rows, columns = np.indices(layer.source.shape, dtype=np.int32)
    unmoved = (layer.source_x == columns) & (layer.source_y == rows)
    same: NDArray[np.bool_] = (layer.source == source) & unmoved & ~layer.offset.any(axis=-1)
    return same


def lineage_picture(layer: PaintedLayer, views: Sequence[ReferencePicture]) -> Picture:
    """
    Return the lineage as a picture any host can open.

    Channels: ``source`` (uint32: 0 nothing, 1 plate, 2 + view, 2^24 + hand), ``view.x`` and
    ``view.y`` (uint32, pixel of that view or of the canvas), ``master.x`` and
    ``master.y`` (float, pixel of the reference file), ``offset.R/G/B`` (float, in
    the generator's encoding), ``alpha`` (float, the layer's own).
    """
    x, y = layer.source_x, layer.source_y
    master_x, master_y = (np.full(x.shape, -1, np.float32) for _ in range(2))
    for index, view in copied_from(layer, views):
        mine = layer.source == index
        master_x[mine] = view.master_x[y[mine], x[mine]]
        master_y[mine] = view.master_y[y[mine], x[mine]]
    code = np.where(
        layer.source == PLATE,
        PLATE_CODE,
        np.where(layer.source >= 0, layer.source + FIRST_VIEW, 0),
    )
    code = np.where(layer.source <= HAND, HAND_CODE + HAND - layer.source, code)
    channels: dict[str, Plane] = {
        "source": code.astype(np.uint32),
        "view.x": np.maximum(x, 0).astype(np.uint32),
        "view.y": np.maximum(y, 0).astype(np.uint32),
        "master.x": master_x,
        "master.y": master_y,
        "alpha": layer.alpha,
    }
    for i, name in enumerate("RGB"):
        channels[f"offset.{name}"] = np.ascontiguousarray(layer.offset[..., i])
    return _on_canvas(channels)


def layer_of(facts: LayerFacts, lineage: Picture) -> PaintedLayer:
    """
    Return the layer that a stored ``lineage`` tells, its colour not yet looked up: 0.

    Raises:
        TamperError: The lineage does not hold the layer's alpha.
    """
    at = lineage.channels
    if "alpha" not in at:
        raise TamperError(
            f"the lineage of layer {facts.name} does not hold its alpha",
            remedy="It was painted by an earlier seamline; paint it again.",
        )
    code = at["source"].astype(np.int32)
    source = np.where(code >= FIRST_VIEW, code - FIRST_VIEW, NOTHING)
    source = np.where(code >= HAND_CODE, HAND + HAND_CODE - code, source)
    offset = np.stack([at[f"offset.{n}"] for n in "RGB"], axis=-1)
    return PaintedLayer(
        name=facts.name,
        colour=np.zeros_like(offset),
        alpha=at["alpha"],
        source=np.where(code == PLATE_CODE, PLATE, source).astype(np.int32),
        source_x=at["view.x"].astype(np.int32),
        source_y=at["view.y"].astype(np.int32),
        offset=offset,
        distance_m=facts.distance_m,
        motion_deg_s=facts.motion_deg_s,
    )


def _on_canvas(channels: dict[str, Plane]) -> Picture:
    height, width = next(iter(channels.values())).shape
    window = (0, 0, width, height)
    return Picture(channels=channels, data_window=window, display_window=window)


def shares(
    layers: Sequence[PaintedLayer],
    canvas: CanvasPicture,
    views: Sequence[ReferencePicture],
    hands: Sequence[str] = (),
) -> tuple[tuple[str, float], ...]:
    """
    Return (reference id, share) of all that is seen, largest first; ``plate`` among them.

    What somebody of ``hands`` painted is counted as ``hand: NAME``.

    A layer counts by as much of its alpha as those before it leave to be seen, within
    what some frame sees of the canvas.
    """
    front = [layer for layer in layers if layer.name != MARGIN]
    counts: dict[str, int] = {}
    total = 0
    for layer, weight in zip(front, seen([la.alpha for la in front]), strict=True):
        steps = np.rint(weight[canvas.need] * np.float32(SHARE_STEPS)).astype(np.int64)
        source = layer.source[canvas.need]
        total += int(steps.sum())
        for index, name in (
            (PLATE, "plate"),
            *((i, v.id) for i, v in enumerate(views)),
            *((HAND - i, f"hand: {by}") for i, by in enumerate(hands)),
        ):
            count = int(steps[source == index].sum())
            if count:
                counts[name] = counts.get(name, 0) + count
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple((name, round(count / total, 6)) for name, count in ranked)
