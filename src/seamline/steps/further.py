"""
Further: a painting that somebody chose goes on where its canvas ended.

A longer cut sees more. What was painted is pinned: the frames that saw it look at it as
before, and only what no frame had seen is painted, tied to what stands at its border. It
is a layer of its own, the earlier ones keep their pixels and their sources.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seamline.errors import GeneratorError
from seamline.optics.canvas import further_canvas, world_guides
from seamline.pixels.flatten import MARGIN, flattened
from seamline.pixels.matte.spread import carried_on
from seamline.pixels.picture import Image, Picture, Plane, around, on_window
from seamline.ports import (
    HAND,
    NOTHING,
    PLATE,
    CanvasPicture,
    Painted,
    PaintedLayer,
    ReferencePicture,
    Studio,
)
from seamline.show.canvas import Canvas
from seamline.show.record import as_record, record_digest
from seamline.show.shot import Shot
from seamline.show.variation import (
    FROM,
    FURTHER,
    HAND_SETTINGS,
    Ask,
    HandWork,
    Variation,
    Version,
)
from seamline.steps import book
from seamline.steps.ahead import Covering, layers_ahead
from seamline.steps.by_hand import carry_over
from seamline.steps.canvas import arrays_of, camera, sheet_on
from seamline.steps.ingest import data_window
from seamline.steps.layers import shown_layers, straight
from seamline.steps.lens import projection
from seamline.steps.looked import layer_distance_m
from seamline.steps.paint import store
from seamline.steps.palette import PLATE_ID
from seamline.steps.promise import hold_to_promise
from seamline.steps.rebuild import Material, material_for, material_of, standing_layers
from seamline.steps.reference import require
from seamline.steps.retouch import plain, told_again

MORE = "more"
"""What the layers are called that go on: ``more``, ``more_2`` ..."""
SOLID = 0.99
ENOUGH = 0.2
"""So much of the larger canvas to copy from makes its references needless."""
PASTED = ("R", "G", "B", "keep", "margin")
"""What the plate was known to be where a painting stands is what it was painted on."""
Mask = NDArray[np.bool_]


def go_on(studio: Studio, version: Version) -> Variation:
    """
    Return ``version``'s painting with all that the frames of its shot see now.

    The painting itself where its canvas shows all of it. The same again is found. It
    keeps its number: it is the same picture, of a longer shot.

    Raises:
        CanvasError: The frames see more than a canvas holds.
        ApprovalError: A reference of it may not be used any more.
        GeneratorError: The backend broke its promise.
    """
    base = book.variation_of(studio.ledger, version)
    shot = book.shot(studio.ledger, base.shot)
    canvas, body = book.canvas_by_digest(studio.ledger, base.ask.canvas_digest)
    track = camera(shot, book.lock(studio.ledger, base.shot))
    if canvas.kind != "sphere" or track is None or track.static:
        return base
    larger, at = further_canvas(
        canvas,
        track,
        shot.frames,
        around(*(data_window(studio, shot, frame) for frame in shot.frames)),
        lambda lens: projection(studio, shot, lens),
        nearest_m=_nearest_m(studio, base, canvas),
    )
    if larger is canvas:
        return base
    arrays = _arrays(studio, shot, larger, studio.blobs.picture(str(body["arrays"])), at)
    inside = np.zeros((larger.height_px, larger.width_px), bool)
    inside[at[1] : at[1] + canvas.height_px, at[0] : at[0] + canvas.width_px] = True
    if not ((arrays.channels["need"] > 0) & ~inside).any():
        return base
    digest = _on_record(studio, larger, arrays)
    kept = tuple(p for p in base.ask.settings if p[0] not in (*HAND_SETTINGS, FURTHER))
    made = book.shot_of(studio.ledger, version)
    ask = replace(
        base.ask,
        canvas_digest=digest,
        settings=(
            *kept,
            (FROM, base.ask_digest),
            (FURTHER, f"{base.ask_digest} {made.frames}"),
        ),
    )
    for standing in book.variations(studio.ledger, base.shot):
        if standing.ask_digest == ask.digest:
            return standing
    fresh = _painted(studio, base, ask, inside, at)
    carry_over(studio, base, fresh)
    book.write(studio.ledger, "variation", fresh, key=fresh.ask_digest)
    return fresh


def _nearest_m(studio: Studio, base: Variation, canvas: Canvas) -> float | None:
    """Return how far the nearest layer is that the camera moves against; None without one."""
    away = [layer_distance_m(studio, base.shot, canvas, facts) for facts in shown_layers(base)]
    return min((metres for metres in away if metres), default=None)


def _arrays(
    studio: Studio, shot: Shot, larger: Canvas, before: Picture, at: tuple[int, int]
) -> Picture:
    """Return the arrays of the larger canvas: what stands is known as it was known then."""
    seam = book.seam(studio.ledger, shot.name)
    track = camera(shot, book.lock(studio.ledger, shot.name))
    assert track is not None
    ahead = layers_ahead(studio, book.lock(studio.ledger, shot.name), track, shot.frames)
    covering = Covering(canvas=larger, ahead=ahead)
    _, sheet = sheet_on(studio, shot, seam, track, larger, covering)
    elevation, azimuth = world_guides(larger)
    arrays = arrays_of(larger, sheet, seam, elevation, azimuth)
    channels: dict[str, Plane] = dict(arrays.channels)
    _, _, width, height = before.data_window
    place = np.s_[at[1] : at[1] + height, at[0] : at[0] + width]
    for name in PASTED:
        plane = channels[name].copy()
        plane[place] = before.channels[name]
        channels[name] = plane
    need = channels["need"].copy()
    need[place] = np.maximum(need[place], before.channels["need"])
    return arrays.with_channels({**channels, "need": need})


def _on_record(studio: Studio, canvas: Canvas, arrays: Picture) -> str:
    body = {
        "canvas": as_record(canvas),
        "arrays": studio.blobs.put_picture(arrays),
        "native": None,
    }
    digest = record_digest(body)
    known = {str(row.body["digest"]) for row in studio.ledger.rows("canvas")}
    if digest not in known:
        studio.ledger.append(
            "canvas", {**body, "digest": digest, "inputs": FURTHER, "asked": canvas.kind}
        )
    return digest


def _painted(
    studio: Studio, base: Variation, ask: Ask, inside: Mask, at: tuple[int, int]
) -> Variation:
    was, now = material_of(studio, base), material_for(studio, ask)
    for reference in was.references:
        require(studio, reference, "paint")
    backend = studio.generator(ask.generator)
    layers = [_moved(layer, inside.shape, at) for layer in standing_layers(studio, base, was)]
    canvas = _given(studio, base, now.canvas, inside, at, ask.encoding)
    # From itself, so that height, light and scale go on; from its references where what
    # stands is too little, or too much a hand's or the plate's.
    front = _front(layers)
    own = _itself(canvas, front, inside)
    enough = float(own.usable.mean()) >= ENOUGH
    index = [] if enough else [len(was.views) + i for i in _offered(base, now)]
    every = (*was.views, *now.views)
    views = [*(replace(plain(every[i]), look=MORE) for i in index), own]
    plain_ask = replace(
        ask, settings=tuple(p for p in ask.settings if p[0] not in (FROM, FURTHER))
    )
    painted = backend.paint(plain_ask, canvas, views, lambda share: None)
    hold_to_promise(backend, canvas, views, painted)
    found = [layer for layer in painted.layers if layer.name != "margin"]
    if len(found) != 1:
        raise GeneratorError(
            f"the canvas was to go on, and {len(found)} layers came back",
            remedy="Use a generator that fills a hole in one layer, as patch does.",
        )
    name = _name({layer.name for layer in layers})
    more = _beyond(found[0], name, index, front, inside | (canvas.keep == 1))
    layers.append(told_again(more, every, more.alpha > 0))
    notes = [f"The canvas went on for a longer shot: layer {name} is new.", *base.notes]
    hands = tuple(_hand_moved(studio, work, inside.shape, at) for work in base.hands)
    return store(
        studio,
        now.canvas,
        every,
        (base.number, ask),
        Painted(layers=tuple(layers)),
        0.0,
        notes,
        hands,
    )


def _front(layers: Sequence[PaintedLayer]) -> PaintedLayer:
    """Return what is seen of ``layers`` from the front: of each pixel the nearest solid one."""
    shown = [layer for layer in layers if layer.name != MARGIN]
    front = replace(shown[0], alpha=(shown[0].alpha >= SOLID).astype(np.float32))
    for layer in shown[1:]:
        before = layer.alpha >= SOLID
        # A soft edge is no pixel of its own: nothing is copied from it.
        soft = (layer.alpha > 0) & ~before
        wide = before[..., None]
        front = replace(
            front,
            alpha=np.where(before, 1, np.where(soft, 0, front.alpha)).astype(np.float32),
            colour=np.where(wide, layer.colour, front.colour),
            source=np.where(before, layer.source, front.source),
            source_x=np.where(before, layer.source_x, front.source_x),
            source_y=np.where(before, layer.source_y, front.source_y),
            offset=np.where(wide, layer.offset, front.offset),
        )
    return front


def _itself(canvas: CanvasPicture, front: PaintedLayer, inside: Mask) -> ReferencePicture:
    """Return the painting as a picture to copy from: what has a reference of its own."""
    height, width = inside.shape
    columns, rows = np.meshgrid(
        (np.arange(width) + 0.5).astype(np.float32),
        (np.arange(height) + 0.5).astype(np.float32),
    )
    return ReferencePicture(
        id=MORE,
        look=MORE,
        colour=np.where(front.alpha[..., None] > 0, front.colour, canvas.known),
        usable=inside & (front.alpha > 0) & (front.source >= 0),
        elevation_deg=canvas.elevation_deg,
        master_x=columns,
        master_y=rows,
    )


def _moved(layer: PaintedLayer, shape: tuple[int, ...], at: tuple[int, int]) -> PaintedLayer:
    """Return ``layer`` on the larger canvas; its own canvas's coordinates move with it."""
    source = _padded(layer.source, shape, at, fill=NOTHING)
    x, y = (_padded(plane, shape, at) for plane in (layer.source_x, layer.source_y))
    own = (source == PLATE) | (source <= HAND)
    return replace(
        layer,
        colour=_padded(layer.colour, shape, at),
        alpha=_padded(layer.alpha, shape, at),
        offset=_padded(layer.offset, shape, at),
        source=source,
        source_x=np.where(own, x + at[0], x).astype(np.int32),
        source_y=np.where(own, y + at[1], y).astype(np.int32),
    )


def _padded(
    plane: Plane, shape: tuple[int, ...], at: tuple[int, int], *, fill: float = 0
) -> Plane:
    height, width = plane.shape[:2]
    window = (at[0], at[1], width, height)
    return on_window(plane, window, (0, 0, shape[1], shape[0]), fill=fill)


def _hand_moved(
    studio: Studio, work: HandWork, shape: tuple[int, ...], at: tuple[int, int]
) -> HandWork:
    picture = studio.blobs.picture(work.digest)
    window = (0, 0, shape[1], shape[0])
    channels = {
        name: np.ascontiguousarray(_padded(plane, shape, at))
        for name, plane in picture.channels.items()
    }
    larger = Picture(channels=channels, data_window=window, display_window=window)
    return replace(work, digest=studio.blobs.put_picture(larger))


def _given(
    studio: Studio,
    base: Variation,
    canvas: CanvasPicture,
    inside: Mask,
    at: tuple[int, int],
    encoding: str,
) -> CanvasPicture:
    """Return the canvas as a backend is given it: what stands is its plate."""
    planes = []
    for facts in shown_layers(base):
        stored = studio.blobs.picture(facts.digest).channels
        planes.append(np.stack([stored[c] for c in "RGBA"], axis=-1).astype(np.float32))
    flat = _padded(flattened(planes), inside.shape, at)
    solid = inside & (flat[..., 3] >= SOLID)
    coded = studio.colour.convert(straight(flat), studio.colour.working_space, encoding)
    outside = ~inside & (canvas.keep == 1)
    colour = np.where(outside[..., None], canvas.known, coded)
    stands = solid | outside
    known: Image = carried_on(colour, stands.astype(np.float32))
    known = np.where(stands[..., None], colour, known).astype(np.float32)
    return replace(
        canvas,
        known=known,
        # Where the painting lets through what is behind it, nothing is to be filled.
        keep=np.where(inside | outside, np.float32(1), np.float32(0)),
        need=canvas.need & ~inside,
        margin=np.zeros_like(inside),
        skyline=None,
        lines={},
    )


def _offered(base: Variation, now: Material) -> list[int]:
    """Return which views may be copied from: pictures of what the painting came from."""
    used = {i for i, _ in base.shares}
    mine = [
        i
        for i, view in enumerate(now.views)
        if view.id in used and view.id != PLATE_ID and not view.around
    ]
    whole = [i for i in mine if now.views[i].card is None and now.views[i].dome is None]
    return whole or mine


def _name(taken: set[str]) -> str:
    number = 1
    while (name := MORE if number == 1 else f"{MORE}_{number}") in taken:
        number += 1
    return name


def _beyond(
    layer: PaintedLayer, name: str, index: Sequence[int], front: PaintedLayer, stands: Mask
) -> PaintedLayer:
    """Return what was painted where nothing ``stands``, its sources counted among all."""
    shown = ~stands & (layer.alpha > 0) & (layer.source >= 0)
    counted = np.array([*index, NOTHING], np.int32)
    source = np.where(shown, counted[np.clip(layer.source, 0, len(index))], NOTHING)
    x, y = layer.source_x.copy(), layer.source_y.copy()
    offset = np.where(shown[..., None], layer.offset, np.float32(0)).astype(np.float32)
    # A copy of a copy comes from where the first one came.
    again = shown & (layer.source == len(index))
    sx, sy = x[again], y[again]
    source[again], offset[again] = front.source[sy, sx], offset[again] + front.offset[sy, sx]
    x[again], y[again] = front.source_x[sy, sx], front.source_y[sy, sx]
    return replace(
        layer,
        name=name,
        alpha=np.where(shown, layer.alpha, np.float32(0)),
        colour=np.where(shown[..., None], layer.colour, np.float32(0)),
        offset=offset,
        source=source.astype(np.int32),
        source_x=x,
        source_y=y,
    )


def needs_more(studio: Studio, version: Version) -> bool:
    """Whether ``version`` has other frames than its shot has now."""
    shot = book.shot(studio.ledger, version.shot)
    return str(book.shot_of(studio.ledger, version).frames) != str(shot.frames)
