"""
A generator's promise: what every painting is held to before anything of it is stored.

Its lineage must give its colours again, bit for bit, and what stands of the plate or of
an earlier painting must come back untouched: not layer by layer but as it is seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from seamline.errors import GeneratorError
from seamline.pixels.flatten import MARGIN
from seamline.ports import (
    NOTHING,
    PLATE,
    CanvasPicture,
    Generator,
    Painted,
    PaintedLayer,
    ReferencePicture,
)
from seamline.steps.layers import copied_from, told_colour

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_Broken = Callable[[str], GeneratorError]
Mask = NDArray[np.bool_]


def hold_to_promise(
    backend: Generator,
    canvas: CanvasPicture,
    views: Sequence[ReferencePicture],
    painted: Painted,
    *,
    anew: str = "",
) -> None:
    """
    Refuse a painting that breaks the generator's contract.

    Args:
        backend: What painted.
        canvas: What it was given to paint on.
        views: What it was given to paint from.
        painted: What it painted.
        anew: The only one of the standing layers that it was to paint.

    Raises:
        GeneratorError: Wrong shape or type, two layers of one name, not finite, a kept
            pixel touched, a painted pixel without lineage or copied from where it must
            not be, lineage that does not give the colour again, or another layer changed
            than the one that was to be painted anew.
    """

    def broken(what: str) -> GeneratorError:
        return GeneratorError(
            f"generator {backend.name!r} broke its promise: {what}",
            remedy="Its contract test says more: pytest tests/contracts --generator "
            f"{backend.name}",
        )

    if not any(layer.name != MARGIN for layer in painted.layers):
        raise broken("it returned no layer")
    names = [layer.name for layer in painted.layers]
    for name in names:
        if not _NAME.fullmatch(name):
            raise broken(f"a layer called {name!r} cannot be a file's name")
        if names.count(name) > 1:
            raise broken(f"it returned {names.count(name)} layers called {name}")
    # What stands was held to its promise when it was painted, or is a person's.
    fresh = [la for la in painted.layers if not canvas.standing or la.name == anew]
    for layer in painted.layers:
        _types(layer, canvas, broken)
    judged = [(layer, _anew(layer, canvas.standing)) for layer in fresh]
    for layer, mask in judged:
        _lineage(layer, mask, canvas, views, broken)
    _kept(painted.layers, canvas, broken)
    for layer, mask in judged:
        _told(layer, mask, canvas, views, broken)
    if canvas.standing:
        _standing(painted.layers, canvas.standing, anew, broken)


def _types(layer: PaintedLayer, canvas: CanvasPicture, broken: _Broken) -> None:
    shape, name = canvas.keep.shape, layer.name
    for what, plane, wanted, kind in (
        ("colour", layer.colour, (*shape, 3), np.float32),
        ("alpha", layer.alpha, shape, np.float32),
        ("offset", layer.offset, (*shape, 3), np.float32),
        ("source", layer.source, shape, np.int32),
        ("source_x", layer.source_x, shape, np.int32),
        ("source_y", layer.source_y, shape, np.int32),
    ):
        if plane.shape != wanted or plane.dtype != kind:
            raise broken(f"{name}: {what} is {plane.dtype} {plane.shape}")
    if not ((layer.alpha >= 0) & (layer.alpha <= 1)).all():
        raise broken(f"{name}: alpha leaves 0 to 1")
    if not np.isfinite(layer.colour[layer.alpha > 0]).all():
        raise broken(f"{name}: it painted values that are not finite")


def _anew(layer: PaintedLayer, standing: Sequence[PaintedLayer]) -> Mask:
    """Return (H, W) where ``layer`` is another than the standing one of its name."""
    other = np.ones(layer.source.shape, bool)
    for before in standing:
        if before.name == layer.name:
            for mine, theirs in (
                (layer.alpha, before.alpha),
                (layer.source, before.source),
                (layer.source_x, before.source_x),
                (layer.source_y, before.source_y),
            ):
                other &= mine == theirs
            for mine, theirs in ((layer.colour, before.colour), (layer.offset, before.offset)):
                other &= (mine == theirs).all(axis=-1)
            return ~other
    return other


def _lineage(
    layer: PaintedLayer,
    judged: Mask,
    canvas: CanvasPicture,
    views: Sequence[ReferencePicture],
    broken: _Broken,
) -> None:
    name, shown = layer.name, judged & (layer.alpha > 0)
    if (layer.source[shown] == NOTHING).any():
        raise broken(f"{name}: painted pixels without lineage")
    if (((layer.source >= len(views)) | (layer.source < PLATE)) & judged).any():
        raise broken(f"{name}: lineage names a reference that was not handed over")
    areas = [(index, view.id, view.usable) for index, view in copied_from(layer, views)]
    for index, called, usable in (*areas, (PLATE, "the plate", np.ones(shown.shape, bool))):
        mine = judged & (layer.source == index)
        x, y = layer.source_x[mine], layer.source_y[mine]
        height, width = usable.shape
        if ((x < 0) | (x >= width) | (y < 0) | (y >= height)).any():
            raise broken(f"{name}: lineage leads outside {called}")
        if not usable[y, x][shown[mine]].all():
            raise broken(f"{name}: it copied pixels of {called} that are not usable")


def _kept(layers: Sequence[PaintedLayer], canvas: CanvasPicture, broken: _Broken) -> None:
    """Hold the frontmost of what is seen on a kept pixel to be the plate's, and opaque."""
    rows, columns = np.indices(canvas.keep.shape, dtype=np.int32)
    open_px = canvas.keep == 1
    for layer in reversed(layers):
        if layer.name == MARGIN:
            continue
        here = open_px & (layer.alpha > 0)
        own = (layer.alpha == 1) & (layer.source == PLATE)
        own &= (layer.source_x == columns) & (layer.source_y == rows)
        same = np.array_equal(layer.colour[here], canvas.known[here])
        if not (same and own[here].all()):
            raise broken(f"{layer.name}: it touched plate pixels that were to be kept")
        open_px &= ~here


def _told(
    layer: PaintedLayer,
    judged: Mask,
    canvas: CanvasPicture,
    views: Sequence[ReferencePicture],
    broken: _Broken,
) -> None:
    name, shown = layer.name, judged & (layer.alpha > 0)
    if layer.offset[shown & (layer.source == PLATE)].any():
        raise broken(f"{name}: it moved the colour of pixels it calls the plate's own")
    told = told_colour(layer, canvas.known, views)
    if not np.array_equal(told[shown], layer.colour[shown]):
        raise broken(f"{name}: source and offset do not give its colour again")


def _standing(
    layers: Sequence[PaintedLayer],
    standing: Sequence[PaintedLayer],
    anew: str,
    broken: _Broken,
) -> None:
    names, wanted = [la.name for la in layers], [la.name for la in standing]
    if names != wanted:
        raise broken(
            f"it was to paint {anew} anew among {', '.join(wanted)} and returned "
            f"{', '.join(names)}"
        )
    for layer, before in zip(layers, standing, strict=True):
        if layer.name != anew and _words_of(layer) != _words_of(before):
            raise broken(f"it was to paint {anew} anew, and {layer.name} is another too")


def _words_of(layer: PaintedLayer) -> tuple[object, ...]:
    """Return everything of a layer that is stored, as bytes and numbers."""
    planes = (layer.alpha, layer.source, layer.source_x, layer.source_y, layer.offset)
    shown = layer.colour[layer.alpha > 0].tobytes()
    told = (layer.distance_m, layer.motion_deg_s)
    return (*(plane.tobytes() for plane in planes), shown, *told)
