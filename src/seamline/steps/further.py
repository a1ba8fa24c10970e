"""
Further: a painting that somebody chose goes on where its canvas ended.

A longer cut sees more. What was painted is pinned: the frames that saw it look at it as
before, and only what no frame had seen is painted, tied to what stands at its border. It
is a layer of its own, the earlier ones keep their pixels and their sources.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import Picture, Plane, on_window
from seamline.ports import (
    HAND,
    NOTHING,
    PLATE,
    Painted,
    PaintedLayer,
    Studio,
)
from seamline.show.canvas import Canvas
from seamline.show.record import as_record, record_digest
from seamline.show.variation import (
    FROM,
    FURTHER,
    HAND_SETTINGS,
    Ask,
    HandWork,
    Variation,
    Version,
    bound_to,
)
from seamline.steps import book
from seamline.steps.alike import same_camera
from seamline.steps.by_hand import carry_over
from seamline.steps.layers import hands_of
from seamline.steps.more import Standing, painted_on
from seamline.steps.onward import onward
from seamline.steps.outgrown import Outgrown, open_in, outgrown
from seamline.steps.paint import store
from seamline.steps.painting import pins_of
from seamline.steps.palette import PLATE_ID
from seamline.steps.rebuild import Material, material_for, material_of, standing_layers
from seamline.steps.reference import require

Mask = NDArray[np.bool_]


def go_on(studio: Studio, version: Version) -> Variation:
    """
    Return ``version``'s painting with all that the frames of its shot see now.

    The painting itself where its canvas shows all of it. The same again is found. It
    keeps its number: it is the same picture, of a longer shot or through another camera.
    Where the camera is another, no frame is bound to the canvas that it saw before.

    Raises:
        CanvasError: The frames see more than a canvas holds, or the camera moves now and
            the painting cannot be seen so.
        ApprovalError: A reference of it may not be used any more.
        GeneratorError: The backend broke its promise.
    """
    base = book.variation_of(studio.ledger, version)
    shot, made = book.shot(studio.ledger, base.shot), book.shot_of(studio.ledger, version)
    another = not same_camera(shot, made)
    grown = outgrown(studio, base, whole=another)
    if grown is None:
        return base
    open_ = open_in(studio, base, grown) if another else np.zeros(grown.inside.shape, bool)
    free = another and bool(pins_of(studio, base))
    if not (free or open_.any() or (grown.need & ~grown.inside).any()):
        return base
    digest = _on_record(studio, grown.canvas, grown.arrays)
    kept = tuple(p for p in base.ask.settings if p[0] not in (*HAND_SETTINGS, FURTHER))
    ask = replace(
        base.ask,
        canvas_digest=digest,
        settings=(
            *kept,
            (FROM, base.ask_digest),
            (FURTHER, base.ask_digest if another else f"{base.ask_digest} {made.frames}"),
        ),
    )
    for standing in book.variations(studio.ledger, base.shot):
        if standing.ask_digest == ask.digest:
            return standing
    fresh = _painted(studio, base, ask, grown, open_)
    carry_over(studio, base, fresh)
    book.write(studio.ledger, "variation", fresh, key=fresh.ask_digest)
    return fresh


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
    studio: Studio, base: Variation, ask: Ask, grown: Outgrown, open_: Mask
) -> Variation:
    inside, at = grown.inside, grown.at
    was, now = material_of(studio, base), material_for(studio, ask)
    for reference in was.references:
        require(studio, reference, "paint")
    layers = [_moved(layer, inside.shape, at) for layer in standing_layers(studio, base, was)]
    hands = tuple(_hand_moved(studio, work, inside.shape, at) for work in base.hands)
    box = (*at, *_size(inside))
    layers, stands = onward(layers, was.views, box, now.canvas.need)
    stands &= ~open_
    every = (*was.views, *now.views)
    plain_ask = replace(
        ask, settings=tuple(p for p in ask.settings if p[0] not in (FROM, FURTHER))
    )
    standing = Standing(
        layers=tuple(layers),
        stands=stands,
        canvas=now.canvas,
        linear=now.linear,
        views=every,
        offered=tuple(len(was.views) + i for i in _offered(base, now)),
        hands=hands_of(studio, hands, ask.encoding),
    )
    more = painted_on(studio, plain_ask, standing)
    seen = "for a longer shot" if bound_to(ask) else "for another camera"
    note = f"The canvas went on {seen}: its layers go on as they were"
    if more is not None:
        layers.append(more)
        note += f", and layer {more.name} is new"
    return store(
        studio,
        now.canvas,
        every,
        (base.number, ask),
        # What its generator found in it is still there, and as it was.
        Painted(layers=tuple(layers), findings=base.findings),
        0.0,
        [f"{note}.", *base.notes],
        hands,
    )


def _size(inside: Mask) -> tuple[int, int]:
    return int(inside.any(axis=0).sum()), int(inside.any(axis=1).sum())


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


def needs_more(studio: Studio, version: Version) -> bool:
    """Whether ``version`` has other frames than its shot has now."""
    shot = book.shot(studio.ledger, version.shot)
    return str(book.shot_of(studio.ledger, version).frames) != str(shot.frames)
