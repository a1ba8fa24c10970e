"""
By hand: a painting goes out to a host as layers, and comes back with brush strokes on it.

What a person touched carries their name in the lineage from then on; every other pixel
keeps its bits and its source. An untouched file is the version it came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seamline.errors import InputError
from seamline.pixels.flatten import flattened
from seamline.pixels.picture import Image, Picture, Plane
from seamline.ports import HAND, NOTHING, Painted, PaintedLayer, Studio
from seamline.show.variation import (
    BY,
    FIXED,
    FROM,
    HAND_SETTINGS,
    NOTE,
    HandWork,
    Variation,
)
from seamline.steps import book
from seamline.steps.came_back import Stroke, came_back, strokes_of
from seamline.steps.delivered_scene import scene
from seamline.steps.layers import hands_of, shown_layers
from seamline.steps.match import BY_HAND
from seamline.steps.paint import store
from seamline.steps.people import person
from seamline.steps.rebuild import material_of, standing_layers
from seamline.steps.suggested import live_suggestion

GUIDES = ("need", "keep")
"""Channels of the canvas that go out beside the layers, as ``guide.NAME``, to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of an import: the variation, and how much of which layers was touched."""

    variation: Variation
    changed: tuple[tuple[str, int], ...]
    """(layer, pixels), of the layers that were touched; none where nothing was."""
    says: tuple[str, ...]


def export(studio: Studio, name: str, element_id: str, path: str) -> dict[str, Any]:
    """
    Write the canvas of version ``element_id`` at ``path``, an EXR with its layers.

    ``R``, ``G``, ``B``, ``A`` is all of it flat; of a painting in several layers each is
    there as ``LAYER.R`` ... as well. Working space, associated, float. Beside it lie a mesh
    for each layer, and scripts for Nuke and Blender that show it in the shot.

    Returns:
        ``file``, ``sha256``, ``papers``, ``layers``, ``canvas`` and ``colourspace``.

    Raises:
        ShowError: The version is another shot's.
        InputError: ``path`` is no EXR, or cannot be written.
    """
    if not path.lower().endswith(".exr"):
        raise InputError(
            f"{path} is no name for an EXR", remedy="Give a name that ends in .exr."
        )
    variation = _painted(studio, name, element_id)
    canvas, body = book.canvas_by_digest(studio.ledger, variation.ask.canvas_digest)
    layers = _stored(studio, variation)
    flat = flattened(list(layers.values()))
    channels = _channels("", flat)
    if len(layers) > 1:
        for layer, rgba in layers.items():
            channels |= _channels(f"{layer}.", rgba)
    arrays = studio.blobs.picture(str(body["arrays"])).channels
    for guide in GUIDES:
        channels[f"guide.{guide}"] = arrays[guide].astype(np.float32)
    space = studio.colour.working_space
    known = studio.images.interop_id(space)
    window = (0, 0, canvas.width_px, canvas.height_px)
    attributes: dict[str, tuple[str, Any]] = {
        **({"colorInteropID": ("string", known)} if known else {}),
        "seamline:colourspace": ("string", space),
        "seamline:element": ("string", element_id),
        "seamline:ask": ("string", variation.ask_digest),
        "seamline:layers": ("string", ",".join(layers)),
    }
    sha256 = studio.images.write(
        path,
        Picture(
            channels=channels,
            data_window=window,
            display_window=window,
            attributes=attributes,
        ),
    )
    return {
        "element": element_id,
        "file": path,
        "sha256": sha256,
        "papers": _papers(studio, element_id, path, flat=len(layers) == 1),
        "layers": list(layers),
        "canvas": f"{canvas.kind} {canvas.width_px}x{canvas.height_px}",
        "colourspace": space,
    }


def _papers(studio: Studio, element_id: str, path: str, *, flat: bool) -> list[str]:
    """Write what shows the canvas in its shot beside it; return the paths."""
    version = book.version(studio.ledger, element_id)
    shot = book.shot_of(studio.ledger, version)
    folder, _, name = path.rpartition("/")
    made = studio.papers.in_place(
        {
            "scene": scene(studio, shot, version),
            "canvas": name,
            "flat": flat,
            "plate": shot.plate.pattern if shot.plate else "",
            "plate_space": shot.plate.colourspace if shot.plate else "",
            "size_px": (shot.width_px, shot.height_px),
            "pixel_aspect": shot.plate.pixel_aspect if shot.plate else 1.0,
            "suggestion": live_suggestion(studio, book.as_made(studio.ledger, version)[2]),
        }
    )
    for paper, content in made.items():
        studio.shelf.write(f"{folder}/{paper}", content)
    return [f"{folder}/{paper}" for paper in made]


def bring_back(
    studio: Studio,
    name: str,
    element_id: str,
    path: str,
    *,
    by: str,
    note: str,
    colourspace: str | None = None,
) -> Imported:
    """
    Take the picture at ``path`` in as ``by``'s work over version ``element_id``.

    Args:
        studio: Ports.
        name: The shot.
        element_id: The version that was exported.
        path: What came back: the exported EXR, or one with some of its layers. A layer
            with a new name stands before all others.
        by: Whose hand; they need a key.
        note: What was done, for the record.
        colourspace: The file's, where it does not say; it must be the working space.

    Returns:
        The standing variation where no pixel was touched.

    Raises:
        FormatError: The file is no picture of this canvas.
        ColourError: It is not in the working space.
        InputError: It touches what may not be, or has nothing to say.
        RefusedError: ``by`` has no key.
    """
    person(studio, by)
    if not note.strip():
        raise InputError(
            "nothing says what was done by hand", remedy="Say it in a line: --note TEXT."
        )
    base = _painted(studio, name, element_id)
    canvas, body = book.canvas_by_digest(studio.ledger, base.ask.canvas_digest)
    found = came_back(studio, path, canvas, colourspace)
    keep = studio.blobs.picture(str(body["arrays"])).channels["keep"] == 1
    strokes = strokes_of(found, path, _stored(studio, base), keep)
    if not strokes:
        same = f"{path} is {element_id}: no pixel was touched"
        return Imported(variation=base, changed=(), says=(same,))
    fresh = _laid(studio, base, strokes, by=by, note=note.strip())
    counts = tuple((name, int(stroke.mask.sum())) for name, stroke in strokes.items())
    says = tuple(stroke.says for stroke in strokes.values() if stroke.says)
    return Imported(variation=fresh, changed=counts, says=says)


def _painted(studio: Studio, name: str, element_id: str) -> Variation:
    return book.variation_of(studio.ledger, book.version_in(studio.ledger, name, element_id))


def _stored(studio: Studio, variation: Variation) -> dict[str, Image]:
    """Return (H, W, 4) of every layer that is seen, back to front."""
    found = {}
    for facts in shown_layers(variation):
        at = studio.blobs.picture(facts.digest).channels
        found[facts.name] = np.stack([at[c] for c in "RGBA"], axis=-1).astype(np.float32)
    return found


def _channels(prefix: str, rgba: Image) -> dict[str, Plane]:
    return {f"{prefix}{c}": np.ascontiguousarray(rgba[..., i]) for i, c in enumerate("RGBA")}


def _laid(
    studio: Studio,
    base: Variation,
    strokes: Mapping[str, Stroke],
    *,
    by: str,
    note: str,
) -> Variation:
    """Return the variation with the strokes on it; the same strokes again are found."""
    digest = studio.blobs.put_picture(_work(strokes))
    said = tuple(pair for pair in base.ask.settings if pair[0] not in HAND_SETTINGS)
    ask = replace(
        base.ask,
        settings=(*said, (FROM, base.ask_digest), (FIXED, digest), (BY, by), (NOTE, note)),
    )
    for standing in book.variations(studio.ledger, base.shot):
        if standing.ask_digest == ask.digest:
            return standing
    work = HandWork(
        by=by, at=studio.clock.now(), note=note, digest=digest, layers=tuple(strokes)
    )
    hands = (*base.hands, work)
    material = material_of(studio, base)
    place = HAND - len(base.hands)
    mine = hands_of(studio, hands, ask.encoding)[-1]
    painted = []
    standing_ones = standing_layers(studio, base, material)
    named = {facts.name for facts in base.layers}
    blank = [blank_layer(name, material.linear.shape) for name in strokes if name not in named]
    for layer in (*standing_ones, *blank):
        if layer.name in strokes:
            layer = stroked(layer, strokes[layer.name], mine.coded[layer.name], place)
        painted.append(layer)
    total = sum(int(stroke.mask.sum()) for stroke in strokes.values())
    notes = [f"{by} painted over {total} pixels of {', '.join(strokes)}: {note}", *base.notes]
    fresh = store(
        studio,
        material.canvas,
        material.views,
        (base.number, ask),
        Painted(layers=tuple(painted)),
        0.0,
        notes,
        hands,
    )
    carry_over(studio, base, fresh)
    book.write(studio.ledger, "variation", fresh, key=fresh.ask_digest, by=by)
    return fresh


def _work(strokes: Mapping[str, Stroke]) -> Picture:
    """Return what a hand painted, and nothing else, as one picture."""
    channels: dict[str, Plane] = {}
    for name, stroke in strokes.items():
        alone = np.where(stroke.mask[..., None], stroke.rgba, np.float32(0))
        channels |= _channels(f"{name}.", alone)
    height, width = next(iter(channels.values())).shape
    window = (0, 0, width, height)
    return Picture(channels=channels, data_window=window, display_window=window)


def blank_layer(name: str, shape: tuple[int, ...]) -> PaintedLayer:
    """Return a layer of (H, W, 3) ``shape`` on which nothing was painted yet."""
    none = np.full(shape[:2], NOTHING, np.int32)
    return PaintedLayer(
        name=name,
        colour=np.zeros(shape, np.float32),
        alpha=np.zeros(shape[:2], np.float32),
        source=none,
        source_x=np.zeros_like(none),
        source_y=np.zeros_like(none),
        offset=np.zeros(shape, np.float32),
    )


def stroked(layer: PaintedLayer, stroke: Stroke, coded: Image, place: int) -> PaintedLayer:
    """Return ``layer`` with a hand's stroke on it; ``place`` is what lineages call the hand."""
    mask, wide = stroke.mask, stroke.mask[..., None]
    rows, columns = np.indices(mask.shape, dtype=np.int32)
    return replace(
        layer,
        colour=np.where(wide, coded, layer.colour),
        alpha=np.where(mask, stroke.rgba[..., 3], layer.alpha),
        source=np.where(mask, np.int32(place), layer.source),
        source_x=np.where(mask, columns, layer.source_x),
        source_y=np.where(mask, rows, layer.source_y),
        offset=np.where(wide, np.float32(0), layer.offset),
    )


def carry_over(studio: Studio, base: Variation, fresh: Variation) -> None:
    """Let what people did to the layers and the match of ``base`` hold for ``fresh`` too."""
    if fresh.ask_digest == base.ask_digest:
        return
    for kind in ("layer grade", BY_HAND):
        for row in list(studio.ledger.rows(kind)):
            if row.body["ask_digest"] == base.ask_digest:
                body = {**row.body, "ask_digest": fresh.ask_digest}
                studio.ledger.append(kind, body)
