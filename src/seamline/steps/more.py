"""
More: what is painted where the pieces of a painting have no more to show.

One whole piece of the painting, or of a reference of it, goes on at each side: the one
whose columns look most like the last ones. What is left then is the generator's to fill.
All of it is one layer, before the others; it tells its sources as they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seamline.errors import GeneratorError
from seamline.pixels.continued import best_piece, set_down
from seamline.pixels.flatten import MARGIN, flattened, seen
from seamline.pixels.matte.spread import carried_on
from seamline.pixels.picture import Image, Picture
from seamline.ports import NOTHING, CanvasPicture, PaintedLayer, ReferencePicture, Studio
from seamline.show.variation import Ask
from seamline.steps.layers import Hand, layer_picture, straight
from seamline.steps.promise import hold_to_promise
from seamline.steps.retouch import plain, told_again

MORE = "more"
"""What the layers are called that go on: ``more``, ``more_2`` ..."""
SOLID = 0.99
ENOUGH = 0.2
"""So much of the larger canvas to copy from makes its references needless."""
MOST_DY_SHARE = 0.05
"""Of the canvas's height may a piece be raised or lowered."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standing:
    """
    A painting on its larger canvas, before it is painted on.

    Attributes:
        layers: Back to front.
        stands: (H, W) where they do.
        canvas: The larger one.
        linear: (H, W, 3) the plate on it, working space.
        views: What the layers' sources count, and what more may be.
        offered: Which of them may be copied from.
        hands: What people painted.
    """

    layers: tuple[PaintedLayer, ...]
    stands: Mask
    canvas: CanvasPicture
    linear: Image
    views: tuple[ReferencePicture, ...]
    offered: tuple[int, ...]
    hands: tuple[Hand, ...]


def painted_on(studio: Studio, ask: Ask, standing: Standing) -> PaintedLayer | None:
    """
    Return the layer that shows what is seen of the canvas and does not stand; None: nothing.

    Raises:
        GeneratorError: The backend broke its promise.
    """
    canvas, stands = standing.canvas, standing.stands | (standing.canvas.keep == 1)
    if not (canvas.need & ~stands).any():
        return None
    given = _given(studio, standing, ask.encoding)
    front = _front(standing, given.known)
    more = _empty(_name({layer.name for layer in standing.layers}), stands.shape)
    for mirrored in (False, True):
        _whole_piece(more, front, given, standing, mirrored=mirrored)
    left = canvas.need & ~stands & (more.alpha == 0)
    if left.any():
        _filled(studio, ask, more, front, given, standing)
    shown = more.alpha > 0
    return told_again(more, standing.views, shown)


def _empty(name: str, shape: tuple[int, ...]) -> PaintedLayer:
    whole = [np.zeros(shape, np.int32) for _ in range(2)]
    wide = [np.zeros((*shape, 3), np.float32) for _ in range(2)]
    return PaintedLayer(
        name=name,
        colour=wide[0],
        alpha=np.zeros(shape, np.float32),
        source=np.full(shape, NOTHING, np.int32),
        source_x=whole[0],
        source_y=whole[1],
        offset=wide[1],
    )


def _name(taken: set[str]) -> str:
    number = 1
    while (name := MORE if number == 1 else f"{MORE}_{number}") in taken:
        number += 1
    return name


def _given(studio: Studio, standing: Standing, encoding: str) -> CanvasPicture:
    """Return the canvas as a backend is given it: what stands is its plate."""
    canvas, stands = standing.canvas, standing.stands
    known = (canvas.known, standing.linear)
    pictures = [
        layer_picture(studio, layer, known, standing.views, encoding, standing.hands)
        for layer in standing.layers
        if layer.name != MARGIN
    ]
    flat = flattened([_rgba(picture) for picture in pictures])
    solid = stands & (flat[..., 3] >= SOLID)
    coded = studio.colour.convert(straight(flat), studio.colour.working_space, encoding)
    outside = ~stands & (canvas.keep == 1)
    colour = np.where(outside[..., None], canvas.known, coded)
    there = solid | outside
    carried: Image = carried_on(colour, there.astype(np.float32))
    return replace(
        canvas,
        known=np.where(there[..., None], colour, carried).astype(np.float32),
        # Where the painting lets through what is behind it, nothing is to be filled.
        keep=np.where(stands | outside, np.float32(1), np.float32(0)),
        need=canvas.need & ~stands,
        margin=np.zeros_like(stands),
        skyline=None,
        lines={},
    )


def _rgba(picture: Picture) -> Image:
    return np.stack([picture.channels[c] for c in "RGBA"], axis=-1).astype(np.float32)


def _front(standing: Standing, known: Image) -> PaintedLayer:
    """
    Return what is seen of the painting as one layer to copy from.

    Its source is that of the layer that is seen most; what others add to a soft edge is
    in the offset. Its alpha is 1 where it may be copied: opaque, and from a reference.
    """
    shown = [layer for layer in standing.layers if layer.name != MARGIN]
    parts = np.stack(seen([layer.alpha for layer in shown]))
    most, solid = parts.argmax(axis=0), parts.sum(axis=0) >= SOLID
    planes = {
        name: np.zeros_like(getattr(shown[0], name))
        for name in ("source", "source_x", "source_y", "offset")
    }
    told = np.zeros_like(known)
    for number, layer in enumerate(shown):
        mine = most == number
        told[mine] = (layer.colour - layer.offset)[mine]
        for name, plane in planes.items():
            plane[mine] = getattr(layer, name)[mine]
    usable = solid & standing.stands & (planes["source"] >= 0)
    return PaintedLayer(
        name=MORE,
        colour=known,
        alpha=usable.astype(np.float32),
        **{**planes, "offset": known - told},
    )


def _itself(canvas: CanvasPicture, front: PaintedLayer) -> ReferencePicture:
    """Return the painting as a picture to copy from: what has a reference of its own."""
    height, width = front.alpha.shape
    columns, rows = np.meshgrid(
        (np.arange(width) + 0.5).astype(np.float32),
        (np.arange(height) + 0.5).astype(np.float32),
    )
    return ReferencePicture(
        id=MORE,
        look=MORE,
        colour=canvas.known,
        usable=front.alpha > 0,
        elevation_deg=canvas.elevation_deg,
        master_x=columns,
        master_y=rows,
    )


def _whole_piece(
    more: PaintedLayer,
    front: PaintedLayer,
    given: CanvasPicture,
    standing: Standing,
    *,
    mirrored: bool,
) -> None:
    """Write the piece that goes on at the right (``mirrored``: left) side to ``more``."""
    step = -1 if mirrored else 1
    stands, need = standing.stands[:, ::step], standing.canvas.need[:, ::step]
    edge = int(np.flatnonzero(stands.any(axis=0))[-1]) + 1
    if not need[:, edge:].any():
        return
    views = [standing.views[i] for i in standing.offered]
    turned = all(view.mirror for view in views)
    pictures = [
        (given.known, front.alpha > 0, turned),
        *((view.colour, view.usable, view.mirror) for view in views),
    ]
    pieces = [(colour[:, ::step], usable[:, ::step], may) for colour, usable, may in pictures]
    known = given.known[:, ::step]
    most_dy = round(MOST_DY_SHARE * stands.shape[0])
    placed = best_piece(known, stands, need, edge, pieces, most_dy=most_dy)
    if placed is None:
        return
    colour, usable, _ = pieces[placed.picture]
    found, shown, x, y = set_down(known, stands, edge, colour, usable, placed)
    x = colour.shape[1] - 1 - x if mirrored else x
    place = np.s_[:, edge:]
    shown = shown & (more.alpha[:, ::step][place] == 0) & ~(given.keep[:, ::step][place] == 1)
    source, told_x, told_y, told = _told(placed.picture, x, y, shown, front, pictures, standing)
    for name, plane in (
        ("source", source), ("source_x", told_x), ("source_y", told_y),
        ("alpha", np.float32(1)), ("offset", found - told), ("colour", found),
    ):  # fmt: skip
        side = getattr(more, name)[:, ::step][place]
        side[...] = np.where(shown[..., None] if side.ndim == 3 else shown, plane, side)


def _told(
    picture: int,
    x: NDArray[np.int32],
    y: NDArray[np.int32],
    shown: Mask,
    front: PaintedLayer,
    pictures: Sequence[tuple[Image, Mask, bool]],
    standing: Standing,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], Image]:
    """Return source, x, y and the source's own colour of what a piece shows."""
    x, y = np.where(shown, x, 0), np.where(shown, y, 0)
    if picture:
        source = np.full(x.shape, standing.offered[picture - 1], np.int32)
        return source, x, y, pictures[picture][0][y, x]
    # A copy of a copy comes from where the first one came.
    told = (front.colour - front.offset)[y, x]
    return front.source[y, x], front.source_x[y, x], front.source_y[y, x], told


def _filled(
    studio: Studio,
    ask: Ask,
    more: PaintedLayer,
    front: PaintedLayer,
    given: CanvasPicture,
    standing: Standing,
) -> None:
    """Let the generator fill what neither stands nor was set down, and write it to ``more``."""
    placed = more.alpha > 0
    backend = studio.generator(ask.generator)
    canvas = replace(
        given,
        known=np.where(placed[..., None], more.colour, given.known).astype(np.float32),
        keep=np.where(placed, np.float32(1), given.keep),
        need=given.need & ~placed,
    )
    own = _itself(canvas, front)
    # From itself, so that height, light and scale go on; from its references where what
    # stands is too little, or too much a hand's or the plate's.
    index = [] if float(own.usable.mean()) >= ENOUGH else list(standing.offered)
    views = [*(replace(plain(standing.views[i]), look=MORE) for i in index), own]
    painted = backend.paint(ask, canvas, views, lambda share: None)
    hold_to_promise(backend, canvas, views, painted)
    found = [layer for layer in painted.layers if layer.name != MARGIN]
    if len(found) != 1:
        raise GeneratorError(
            f"the canvas was to go on, and {len(found)} layers came back",
            remedy="Use a generator that fills a hole in one layer, as patch does.",
        )
    (layer,) = found
    shown = (canvas.keep == 0) & (layer.alpha > 0) & (layer.source >= 0)
    again = shown & (layer.source == len(index))
    counted = np.array([*index, NOTHING], np.int32)
    x, y = layer.source_x, layer.source_y
    more.source[shown] = counted[layer.source[shown]]
    for plane, own_plane in ((more.source_x, x), (more.source_y, y)):
        plane[shown] = own_plane[shown]
    more.offset[shown], more.alpha[shown] = layer.offset[shown], layer.alpha[shown]
    # A copy of a copy comes from where the first one came.
    sx, sy = x[again], y[again]
    more.source[again], more.offset[again] = (
        front.source[sy, sx],
        layer.offset[again] + front.offset[sy, sx],
    )
    more.source_x[again], more.source_y[again] = front.source_x[sy, sx], front.source_y[sy, sx]
