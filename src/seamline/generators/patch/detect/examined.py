"""What is examined: a painting with its references, and what of it is seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch.resample import Floats
from seamline.ports import NOTHING, PLATE, PaintedLayer, ReferencePicture
from seamline.show.review import Finding

Mask = NDArray[np.bool_]
Ints = NDArray[np.int32]
SOLID = np.float32(0.5)
"""A layer is what one sees where its alpha is at least this."""
PLATE_ID = "plate"
"""What the plate is called where it is copied from like a reference."""
MARGIN = "margin"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Examined:
    """
    A painting, and what is known about it; all planes (H, W) on the canvas.

    Attributes:
        layers: Back to front, as they are handed over; ``margin`` is not looked at.
        references: As the generator was given them; lineage counts into these.
        need: What some frame sees.
        kept: Where the plate's own pixel stands.
        tops: For a whole picture, the skyline (W,) of each reference used that has one:
            first row of land per column. Tells sky from land by lineage; layers tell it
            by their names and need none.
        filler: Layer name to (H, W): filled by synthesis where the card did not reach.
            What a card itself was completed with is known from its view.
        sun: Row and column at which the locked key stands, where it is in the picture.
        waterline: Row of the locked waterline.
    """

    layers: tuple[PaintedLayer, ...]
    references: tuple[ReferencePicture, ...]
    need: Mask
    kept: Mask
    tops: Mapping[int, NDArray[np.int32]] = field(default_factory=dict)
    filler: Mapping[str, Mask] = field(default_factory=dict)
    sun: tuple[int, int] | None = None
    waterline: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """A finding, and (H, W) where the fault lies; None where there is none to point at."""

    finding: Finding
    where: Mask | None = None

    @property
    def bad(self) -> bool:
        """Whether the detector would send the painting back."""
        return self.finding.verdict == "fail"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sight:
    """
    What of a painting is seen, front layers first; all (H, W).

    Attributes:
        layer: int16 index of the layer seen, -1 where none is.
        source: int32 reference, ``PLATE`` or ``NOTHING``; x, y: pixel of that reference.
        colour: (H, W, 3) of the layer seen, in the generator's encoding.
        fill: What is judged: painted, needed and seen.
        sky: Where what is seen is sky; None where nothing tells.
        filler: Where what is seen was completed or filled, not photographed.
    """

    layer: NDArray[np.int16]
    source: Ints
    x: Ints
    y: Ints
    colour: Floats
    fill: Mask
    sky: Mask | None
    filler: Mask


def label_of(layer: PaintedLayer) -> str:
    """Return what a layer shows: its name without a number (``far``, ``far_02``)."""
    return layer.name.rstrip("0123456789").rstrip("_")


def sight(painting: Examined) -> Sight:
    """Return what is seen of ``painting``: per pixel the frontmost solid layer."""
    shape = painting.need.shape
    layer = np.full(shape, -1, np.int16)
    source = np.full(shape, NOTHING, np.int32)
    x, y = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    colour = np.zeros((*shape, 3), np.float32)
    filler = np.zeros(shape, bool)
    for index, one in enumerate(painting.layers):
        if one.name == MARGIN:
            continue
        front = one.alpha >= SOLID
        layer[front] = index
        for plane, own in ((source, one.source), (x, one.source_x), (y, one.source_y)):
            np.copyto(plane, own, where=front)
        np.copyto(colour, one.colour, where=front[..., None])
        np.copyto(filler, _completed(painting, one), where=front)
    fill = painting.need & ~painting.kept & (layer >= 0) & (source != PLATE)
    return Sight(
        layer=layer, source=source, x=x, y=y, colour=colour, fill=fill,
        sky=_sky(painting, layer, source, x, y), filler=filler,
    )  # fmt: skip


def _completed(painting: Examined, layer: PaintedLayer) -> Mask:
    found = np.zeros(painting.need.shape, bool)
    for index, view in enumerate(painting.references):
        if view.card is None:
            continue
        here = layer.source == index
        found[here] = view.card.hidden[layer.source_y[here], layer.source_x[here]]
    if layer.name in painting.filler:
        found |= painting.filler[layer.name]
    return found


def _sky(
    painting: Examined, layer: NDArray[np.int16], source: Ints, x: Ints, y: Ints
) -> Mask | None:
    """Return where sky is seen: by the layers' names, else by the references' skylines."""
    labels = [label_of(one) for one in painting.layers]
    if "sky" in labels:
        return np.asarray(layer == labels.index("sky"), bool)
    if not painting.tops:
        return None
    sky = np.zeros(layer.shape, bool)
    for index, top in painting.tops.items():
        here = source == index
        sky[here] = y[here] < top[np.clip(x[here], 0, len(top) - 1)]
    known = painting.kept | np.isin(source, list(painting.tops)) | ~painting.need
    return sky if bool(known.all()) and not painting.kept.any() else None


@njit(nogil=True, cache=True)
def _root(parent: Any, i: int) -> Any:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(nogil=True, cache=True)
def _joined(parent: Any, a: int, b: int) -> None:
    a, b = _root(parent, a), _root(parent, b)
    if a < b:
        parent[b] = a
    elif b < a:
        parent[a] = b


@njit(nogil=True, cache=True)
def components(mask: Any) -> Any:
    """Return (H, W) int32: each 8-connected piece of ``mask`` by its first pixel, else -1."""
    h, w = mask.shape
    parent = np.arange(h * w, dtype=np.int32)
    for y in range(h):
        for x in range(w):
            if not mask[y, x]:
                continue
            if x > 0 and mask[y, x - 1]:
                _joined(parent, y * w + x, y * w + x - 1)
            if y > 0:
                for i in range(max(0, x - 1), min(w, x + 2)):
                    if mask[y - 1, i]:
                        _joined(parent, y * w + x, (y - 1) * w + i)
    return _named(parent, mask)


@njit(nogil=True, cache=True)
def coherent(mask: Any, source: Any, dx: Any, dy: Any, drift: int) -> Any:
    """
    Return (H, W) int32 like ``components``, of pixels that were copied together.

    Neighbours (4-connected) belong together when they come from one ``source`` and their
    offsets (``dx``, ``dy``) differ by at most ``drift`` either way.
    """
    h, w = mask.shape
    parent = np.arange(h * w, dtype=np.int32)
    for y in range(h):
        for x in range(w):
            if not mask[y, x]:
                continue
            for k in range(2):
                a, b = (y, x - 1) if k == 0 else (y - 1, x)
                if a < 0 or b < 0 or not mask[a, b] or source[a, b] != source[y, x]:
                    continue
                if abs(dx[a, b] - dx[y, x]) <= drift and abs(dy[a, b] - dy[y, x]) <= drift:
                    _joined(parent, y * w + x, a * w + b)
    return _named(parent, mask)


@njit(nogil=True, cache=True)
def copied(mask: Any, source: Any, sx: Any, sy: Any, drift: int) -> Any:
    """
    Return (H, W) int32 like ``components``, of pixels copied as one piece.

    Neighbours (4-connected) belong together when their sources (``sx``, ``sy``) are
    neighbours too, give or take ``drift`` pixels; a piece may be scaled or mirrored.
    """
    h, w = mask.shape
    parent = np.arange(h * w, dtype=np.int32)
    for y in range(h):
        for x in range(w):
            if not mask[y, x]:
                continue
            for k in range(2):
                a, b = (y, x - 1) if k == 0 else (y - 1, x)
                if a < 0 or b < 0 or not mask[a, b] or source[a, b] != source[y, x]:
                    continue
                across, down = abs(sx[y, x] - sx[a, b]), sy[y, x] - sy[a, b]
                if abs(across - (1 - k)) <= drift and abs(down - k) <= drift:
                    _joined(parent, y * w + x, a * w + b)
    return _named(parent, mask)


@njit(nogil=True, cache=True)
def _named(parent: Any, mask: Any) -> Any:
    h, w = mask.shape
    out = np.full((h, w), -1, np.int32)
    for y in range(h):
        for x in range(w):
            if mask[y, x]:
                out[y, x] = _root(parent, y * w + x)
    return out


@njit(nogil=True, cache=True)
def areas(names: Any) -> Any:
    """Return (H * W,) how many pixels each component has, by its name."""
    out = np.zeros(names.size, np.int32)
    for name in names.ravel():
        if name >= 0:
            out[name] += 1
    return out


def place_of(mask: Mask) -> str:
    """Return where ``mask`` lies, for a sentence: ``at x 120-180, y 40-90``."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return f"at x {columns[0]}-{columns[-1]}, y {rows[0]}-{rows[-1]}"
