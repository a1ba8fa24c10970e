"""
Layers: from what is drawn, or proposed, to masks of what is seen and what is hidden.

Each layer's *own* area is where it stands, whether something nearer hides it or not: all
below its upper edge, or its outline. What is *seen* of it is what no nearer layer covers,
a few pixels off their borders, whose light is mixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seamline.errors import InputError
from seamline.generators.patch.cards.areas import (
    NO_ROW,
    filled,
    large_parts,
    nearest,
    upper_edge,
)
from seamline.generators.patch.cards.cut import true_edge
from seamline.generators.patch.cards.likeness import taken_for
from seamline.generators.patch.resample import Bytes, grow
from seamline.generators.patch.skyline import find_skyline
from seamline.pixels.cards import Drawing, Master, Stroke
from seamline.show.card import LABELS

SKY = LABELS.index("sky")
FAR = LABELS.index("far")
WATER = LABELS.index("water")
BAND_SHARE = 0.02
"""A line is drawn within so much of the height of the true edge."""
FOUND_BAND_SHARE = 0.006
"""The same of a skyline that the tool found by itself."""
OFF_SHARE = 0.009
"""What lies so near a nearer layer, of the height, has its light in it, or a twig."""
LEAST_OFF_PX = 3
VEIL_SHARE = 0.03
"""A veil has no edge that a hand could follow: so far around it, of the height, the sky has its
colour too."""
LEAST_PART = 0.01
"""A part of a layer smaller than this share of its largest is a gap in something else."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layer:
    """
    One layer before it is completed.

    Attributes:
        order: Index of its label in ``LABELS``; larger is nearer.
        own: (H, W) 1 where it stands, hidden or not.
        seen: (H, W) 1 where it was photographed and is not mixed with nearer things.
        standing: It goes on below what is seen, behind what stands before it.
    """

    order: int
    own: Bytes
    seen: Bytes
    standing: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """
    A reference taken apart.

    Attributes:
        layers: Farthest first.
        nearest: (H, W) int8 order of the layer seen at each pixel.
        good: (H, W) 1 where colours may be copied.
        landmark: (H, W) 1 where nothing may be completed from.
        horizon_row: Where somebody said so.
    """

    layers: tuple[Layer, ...]
    nearest: NDArray[np.int8]
    good: Bytes
    landmark: Bytes
    horizon_row: float | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Area:
    own: Bytes
    standing: bool
    band_px: int


def take_apart(master: Master, drawing: Drawing | None) -> Scene:
    """
    Return the layers of ``master`` as ``drawing`` says; sky and land without one.

    Raises:
        InputError: No skyline is found, or nothing of a drawn layer is seen.
    """
    height, width = master.usable.shape
    drawn = drawing or Drawing()
    good = np.ascontiguousarray(master.usable, np.uint8)
    good &= 1 - _remark(drawn, "keep-out", height, width)
    areas = _areas(master, drawn, good)
    coarse = np.full((height, width), SKY, np.int8)
    for order in sorted(areas):
        coarse[areas[order].own > 0] = order
    if SKY in areas:
        coarse[areas[SKY].own > 0] = SKY
    found, own = _at_true_edges(master, good, coarse, areas)
    veil = _remark(drawn, "veil", height, width)
    around = grow(veil, int(VEIL_SHARE * height + 0.5)) if veil.any() else veil
    layers = [
        Layer(
            order=order,
            own=own[order],
            seen=_seen(found, order, good & (1 - around) if order == SKY else good),
            standing=order != SKY and areas[order].standing,
        )
        for order in sorted({SKY, *areas})
    ]
    least = height * width // 2000
    layers = [layer for layer in layers if int(layer.seen.sum()) > least]
    if not layers:
        raise InputError(
            "nothing of any layer is seen in the reference",
            remedy="Draw the upper edge of a layer over what the picture shows of it.",
        )
    return Scene(
        layers=tuple(layers),
        nearest=found,
        good=good,
        landmark=_remark(drawn, "landmark", height, width),
        horizon_row=_horizon(drawn),
    )


def _remark(drawing: Drawing, name: str, height: int, width: int) -> Bytes:
    found = np.zeros((height, width), np.uint8)
    for stroke in drawing.strokes:
        if stroke.label == name:
            found |= filled(np.array(stroke.points), height, width)
    if name in drawing.scribbles:
        found |= drawing.scribbles[name].astype(np.uint8)
    return found


def _horizon(drawing: Drawing) -> float | None:
    rows = [y for s in drawing.strokes if s.label == "horizon" for _, y in s.points]
    return sum(rows) / len(rows) if rows else None


def _areas(master: Master, drawing: Drawing, good: Bytes) -> dict[int, _Area]:
    height, width = good.shape
    strokes = [s for s in drawing.strokes if s.label in LABELS]
    scribbled = {LABELS.index(k): m for k, m in drawing.scribbles.items() if k in LABELS}
    if scribbled:
        return _scribbled(master, good, scribbled)
    found = {} if any(not s.closed for s in strokes) else _proposed(master, good)
    for label in dict.fromkeys(s.label for s in strokes):
        own = [s for s in strokes if s.label == label]
        found[LABELS.index(label)] = _drawn(own, height, width)
    return found


def _drawn(strokes: Sequence[Stroke], height: int, width: int) -> _Area:
    own = np.zeros((height, width), np.uint8)
    rows = np.arange(height, dtype=np.int32)[:, None]
    for stroke in strokes:
        if stroke.closed:
            own |= filled(np.array(stroke.points), height, width)
        else:
            own |= (rows >= upper_edge(stroke.points, height, width)[None, :]).astype(np.uint8)
    band = max(s.band_px or BAND_SHARE * height for s in strokes)
    return _Area(
        own=own,
        standing=any(not s.closed for s in strokes),
        band_px=max(2, int(band + 0.5)),
    )


def _proposed(master: Master, good: Bytes) -> dict[int, _Area]:
    """Return sky and land as the tool finds them by itself."""
    height = good.shape[0]
    top = find_skyline(np.ascontiguousarray(master.coded), good)
    if top is None:
        raise InputError(
            "no skyline is found in the reference: nothing says what is sky and what is land",
            remedy="Draw one line, the upper edge of what stands before the sky, label it far, "
            "and give the file with --lines.",
        )
    rows = np.arange(height, dtype=np.int32)[:, None]
    land = (rows >= top[None, :]).astype(np.uint8)
    band = max(2, int(FOUND_BAND_SHARE * height + 0.5))
    return {FAR: _Area(own=land, standing=True, band_px=band)} if land.any() else {}


def _scribbled(
    master: Master, good: Bytes, scribbles: dict[int, NDArray[np.bool_]]
) -> dict[int, _Area]:
    """Return the areas that are most like the scribbles, each going on below itself."""
    height = good.shape[0]
    taken = taken_for(np.ascontiguousarray(master.coded), good, scribbles)
    band = max(2, int(BAND_SHARE * height + 0.5))
    found = {}
    for order in scribbles:
        mine = (taken == order).astype(np.uint8)
        if order == SKY or not mine.any():
            continue
        own = np.maximum.accumulate(mine, axis=0)
        # What stands below a farther thing without being it is nearer, or it is the sky.
        own &= (mine | (taken > order)).astype(np.uint8)
        found[order] = _Area(own=own, standing=True, band_px=band)
    return found


def _at_true_edges(
    master: Master, good: Bytes, coarse: NDArray[np.int8], areas: dict[int, _Area]
) -> tuple[NDArray[np.int8], dict[int, Bytes]]:
    """Return the nearest layer at each pixel and each layer's own area, edges found."""
    found = np.full(coarse.shape, SKY, np.int8)
    own = {SKY: (coarse == SKY).astype(np.uint8)}
    coded = np.ascontiguousarray(master.coded)
    for order in sorted(areas):
        if order == SKY:
            continue
        mine = (coarse == order).astype(np.uint8)
        theirs = (coarse < order).astype(np.uint8)
        edge = true_edge(coded, good, mine, theirs, areas[order].band_px)
        lost = (mine > 0) & (edge == 0)
        if lost.any():
            rows, columns = nearest(theirs)
            found[lost] = coarse[rows[lost], columns[lost]]
        found[edge > 0] = order
        own[order] = (areas[order].own & (lost == 0)) | edge
    return found, own


def _seen(found: NDArray[np.int8], order: int, good: Bytes) -> Bytes:
    other = (((found > order) & (found != WATER)) | (good == 0)).astype(np.uint8)
    off = max(LEAST_OFF_PX, int(OFF_SHARE * good.shape[0] + 0.5))
    seen = ((found == order) & (grow(other, off) == 0)).astype(np.uint8)
    if order < WATER:  # water leaves no twig on its shore, only a pixel of mixed light
        seen &= 1 - grow((found == WATER).astype(np.uint8), 1)
    result: Bytes = large_parts(seen, LEAST_PART)
    return result


def silhouette(layer: Layer) -> NDArray[np.int32]:
    """Return (W,) the first row of a layer's own area per column; ``NO_ROW`` where none is."""
    some = layer.own.any(axis=0)
    return np.where(some, layer.own.argmax(axis=0), NO_ROW).astype(np.int32)


def foot(layer: Layer) -> float:
    """Return the row that all but one in twenty columns of what is seen end above."""
    height = layer.seen.shape[0]
    columns = layer.seen.any(axis=0)
    ends = np.sort((height - layer.seen[::-1].argmax(axis=0))[columns])
    return float(ends[(len(ends) - 1) * 19 // 20])


def without(layer: Layer, columns: tuple[int, int]) -> Layer:
    """Return ``layer`` cut off outside ``columns``."""
    keep = np.zeros(layer.own.shape[1], np.uint8)
    keep[columns[0] : columns[1]] = 1
    return replace(layer, own=layer.own * keep, seen=layer.seen * keep)
