"""
Parted: a piece that was painted flat, sky and land in one, told apart by its references' cards.

Where a painting went on with a layer ``more``, its pixels were copied from whole pictures.
The cards that were cut of these say what each pixel shows: the sky, that is painted anew
at another hour, or something that stands, as far away as its label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import Image
from seamline.ports import NOTHING, PaintedLayer, ReferencePicture
from seamline.show.card import LABELS

SKY = "sky"
Planes = dict[str, Image]


def parted(layer: PaintedLayer, views: Sequence[ReferencePicture]) -> list[PaintedLayer] | None:
    """
    Return what stands of ``layer``, a layer for each label, farthest first, without its sky.

    Args:
        layer: A flat one.
        views: What its sources count.

    Returns:
        Layers called as it is and the label: ``more_far``. None where a picture that it was
        copied from has no cards that say what it shows.
    """
    parts: Planes = {label: np.zeros(layer.alpha.shape, np.float32) for label in LABELS}
    for index in np.unique(layer.source[(layer.alpha > 0) & (layer.source >= 0)]):
        planes = _told(views[int(index)], views)
        if planes is None:
            return None
        mine = (layer.source == index) & (layer.alpha > 0)
        x, y = layer.source_x[mine], layer.source_y[mine]
        for label, plane in planes.items():
            parts[label][mine] = plane[y, x]
    # A hand's pixels, and the plate's, stand before everything.
    other = (layer.alpha > 0) & (layer.source < 0)
    sky = np.where(other, np.float32(0), parts.pop(SKY))
    land = [label for label in parts if label != "water"]
    nearest = np.stack([parts[label] for label in land])
    which = nearest.argmax(axis=0)
    which[other] = len(land) - 1
    solid = layer.alpha * (np.float32(1) - np.clip(sky, 0, 1))
    return [
        _only(layer, np.where(which == place, solid, np.float32(0)), f"{layer.name}_{label}")
        for place, label in enumerate(land)
        if ((which == place) & (solid > 0)).any()
    ]


def _told(view: ReferencePicture, views: Sequence[ReferencePicture]) -> Planes | None:
    """Return (h, w) by label how much each pixel of ``view`` shows of it; None: nobody says."""
    shape = view.shape
    if view.card is not None:
        return {view.card.label: np.ones(shape, np.float32)}
    if view.dome is not None:
        return {SKY: np.ones(shape, np.float32)}
    found: Planes = {}
    for other in views:
        if other.id == view.id and other.card is not None:
            plane = found.setdefault(other.card.label, np.zeros(shape, np.float32))
            _pasted(plane, other, view)
    if not found:
        return None
    # What no card has is what stands nearest above or below it: between two there is a line.
    told = np.logical_or.reduce([plane > 0 for plane in found.values()])
    if not told.any():
        return None
    row = _nearest_row(told)
    whole = {k: np.take_along_axis(plane, row, axis=0) for k, plane in found.items()}
    column = _nearest_row(told.any(axis=0)[:, None])[:, 0]
    return {label: plane[:, column] for label, plane in whole.items()}


def _nearest_row(told: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return (h, w) for every pixel the nearest row of its column that is ``told``."""
    rows = np.broadcast_to(np.arange(told.shape[0])[:, None], told.shape)
    far = 2 * told.shape[0]
    above = np.maximum.accumulate(np.where(told, rows, -far), axis=0)
    below = np.minimum.accumulate(np.where(told, rows, far)[::-1], axis=0)[::-1]
    found = np.where(rows - above <= below - rows, above, below)
    return np.clip(found, 0, told.shape[0] - 1).astype(np.int64)


def _pasted(plane: Image, card: ReferencePicture, view: ReferencePicture) -> None:
    """Write what is seen of ``card`` where it lies in ``view``, the same picture whole."""
    assert card.card is not None
    seen = (card.card.alpha > 0) & ~card.card.hidden
    if not seen.any():
        return
    rows, columns = np.nonzero(seen)
    top = _begins(card.master_y[rows, columns], view.master_y[:, 0], rows)
    left = _begins(card.master_x[rows, columns], view.master_x[0], columns)
    y, x = rows + top, columns + left
    inside = (y >= 0) & (y < plane.shape[0]) & (x >= 0) & (x < plane.shape[1])
    shown = card.card.alpha[rows[inside], columns[inside]]
    plane[y[inside], x[inside]] = np.maximum(plane[y[inside], x[inside]], shown)


def _begins(
    master: NDArray[np.float32], line: NDArray[np.float32], place: NDArray[np.int64]
) -> int:
    """Return at which row or column of a whole view its card begins."""
    way = line if line[0] <= line[-1] else line[::-1]
    at = np.clip(np.searchsorted(way, master), 0, len(way) - 1)
    if way is not line:
        at = len(way) - 1 - at
    return int(np.median(at - place))


def _only(layer: PaintedLayer, alpha: Image, name: str) -> PaintedLayer:
    there = alpha > 0
    return replace(
        layer,
        name=name,
        alpha=alpha,
        source=np.where(there, layer.source, NOTHING).astype(np.int32),
        source_x=np.where(there, layer.source_x, 0).astype(np.int32),
        source_y=np.where(there, layer.source_y, 0).astype(np.int32),
        colour=np.where(there[..., None], layer.colour, np.float32(0)),
        offset=np.where(there[..., None], layer.offset, np.float32(0)),
    )


def label_of(name: str) -> str:
    """Return what a layer shows by its name: of ``more_far``, or ``more_2_far``, ``far``."""
    last = name.rpartition("_")[2]
    return last if last in LABELS else name


def by_label(layers: Sequence[PaintedLayer]) -> Mapping[str, list[PaintedLayer]]:
    """Return ``layers`` by what they show."""
    found: dict[str, list[PaintedLayer]] = {}
    for layer in layers:
        found.setdefault(label_of(layer.name), []).append(layer)
    return found
