"""
Lineage: where every painted pixel came from, and how far its colour was moved.

A sheet may be scaled or mirrored; its pixels are traced back to the nearest usable
pixel of the reference picture itself. ``offset`` carries the rest (resampling and the
composite's smooth correction), so source + offset is the painted colour again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch.resample import Bytes, Floats
from seamline.generators.patch.search import R
from seamline.generators.patch.sheets import Atlas, Sheet
from seamline.ports import NOTHING, PLATE, PaintedLayer, ReferencePicture


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Origins:
    """
    What tells a match's reference: which rows of an atlas are whose, and how it was turned.

    Attributes:
        owner: (A,) sheet of each row of the atlas, -1 between sheets.
        base: (K,) first row of each sheet.
        references: (K,) index of each sheet's reference.
        scales: (K,) sheet pixels per reference pixel.
        mirrored: (K,) left and right exchanged.
    """

    owner: NDArray[np.int32]
    base: NDArray[np.int32]
    references: tuple[int, ...]
    scales: tuple[float, ...]
    mirrored: tuple[bool, ...]


def origins_of(sheets: Sequence[Sheet]) -> Origins:
    """Return the origins of a full-size atlas of ``sheets``; its pixels are not kept."""
    tall = [s.height + 1 for s in sheets]
    owner = np.full(sum(tall), -1, np.int32)
    base = np.cumsum([0, *tall[:-1]]).astype(np.int32)
    for k, sheet in enumerate(sheets):
        owner[base[k] : base[k] + sheet.height] = k
    return Origins(
        owner=owner,
        base=base,
        references=tuple(s.reference for s in sheets),
        scales=tuple(s.scale for s in sheets),
        mirrored=tuple(s.mirrored for s in sheets),
    )


@njit(nogil=True, cache=True)
def extend(field: Any, settled: Bytes, wanted: Bytes) -> None:
    """Give ``wanted`` pixels without a settled match their neighbour's, carried on."""
    h, w = settled.shape
    for y in range(h):
        for x in range(w):
            if wanted[y, x] == 0 or settled[y, x]:
                continue
            qy = min(max(y, R), h - 1 - R)
            qx = min(max(x, R), w - 1 - R)
            field[y, x, 0] = field[qy, qx, 0] + y - qy
            field[y, x, 1] = field[qy, qx, 1] + x - qx


def field_of(
    atlas: Atlas | Origins,
    sheet: NDArray[np.int32],
    row: NDArray[np.int32],
    column: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return (H, W, 2) matches in a full-size ``atlas``; 0, 0 where there is none."""
    found: NDArray[np.int32] = _field_of(atlas.base, sheet, row, column)
    return found


@njit(nogil=True, cache=True)
def _field_of(base: Any, sheet: Any, row: Any, column: Any) -> Any:
    h, w = sheet.shape
    field = np.zeros((h, w, 2), np.int32)
    for y in range(h):
        for x in range(w):
            if sheet[y, x] >= 0:
                field[y, x, 0] = base[sheet[y, x]] + row[y, x]
                field[y, x, 1] = column[y, x]
    return field


def trace(
    field: NDArray[np.int32], painted: Bytes, origins: Origins,
    references: Sequence[ReferencePicture],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:  # fmt: skip
    """Return (H, W) source, source_x, source_y for the matches of ``painted`` pixels."""
    source = np.full(painted.shape, NOTHING, np.int32)
    source_x, source_y = np.zeros_like(source), np.zeros_like(source)
    for k, reference in enumerate(origins.references):
        usable = references[reference].usable.view(np.uint8)
        _traced(
            field, painted, origins.owner, k, int(origins.base[k]), reference, usable,
            origins.scales[k], origins.mirrored[k], source, source_x, source_y,
        )  # fmt: skip
    return source, source_x, source_y


@njit(nogil=True, cache=True)
def _traced(
    field: Any, painted: Bytes, owner: Any, k: int, base: int, reference: int, usable: Bytes,
    scale: float, mirrored: bool, source: Any, source_x: Any, source_y: Any,
) -> None:  # fmt: skip
    """Set source and its column and row where ``painted`` pixels are copies of sheet ``k``."""
    h, w = painted.shape
    for y in range(h):
        for x in range(w):
            if painted[y, x] == 0 or owner[field[y, x, 0]] != k:
                continue
            row, column = field[y, x, 0] - base, field[y, x, 1]
            a, b = _back(row, column, usable, scale, mirrored)
            source[y, x], source_x[y, x], source_y[y, x] = reference, b, a


@njit(nogil=True, cache=True)
def _back(row: int, column: int, usable: Bytes, scale: float, mirrored: bool) -> Any:
    """Return row and column of the nearest usable pixel of the reference; 0, 0 if none is."""
    h, w = usable.shape
    y = min(max(int((row + 0.5) / scale), 0), h - 1)
    at = (column + 0.5) / scale
    if mirrored:
        at = w - at
    x = min(max(int(at), 0), w - 1)
    if usable[y, x]:
        return y, x
    for r in range(1, 6):
        for dy in range(-r, r + 1):
            for dx in range(-r, r + 1):
                a, b = y + dy, x + dx
                if 0 <= a < h and 0 <= b < w and usable[a, b]:
                    return a, b
    return 0, 0


def make_layer(
    name: str,
    colour: Floats,
    painted: Bytes,
    kept: Bytes,
    traced: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    references: Sequence[ReferencePicture],
    *,
    alpha: Floats | None = None,
    distance_m: float | None = None,
) -> PaintedLayer:
    """
    Return a layer: ``painted`` pixels with their lineage, ``kept`` ones as the plate's.

    Args:
        name: ``env``, ``margin``.
        colour: (H, W, 3) what was painted, and the plate where kept.
        painted: (H, W) 1 where painted.
        kept: (H, W) 1 where the plate's own pixel stands.
        traced: source, source_x, source_y, as ``trace`` gives them.
        references: Those handed over.
        alpha: (H, W) the layer's own edge, above 0 where painted; by default 1 there.
        distance_m: How far away it stands.
    """
    source, x, y, own = _told(painted, kept, *traced)
    for i in np.unique(source[painted > 0]):
        if 0 <= i < len(references):
            _own(references[i].colour, int(i), source, x, y, painted, own)
    final, offset = _rebuilt(colour, own, painted, kept)
    return PaintedLayer(
        name=name,
        colour=final,
        alpha=((painted > 0) | (kept > 0)).astype(np.float32) if alpha is None else alpha,
        source=source,
        source_x=x,
        source_y=y,
        offset=offset,
        distance_m=distance_m,
    )


@njit(nogil=True, cache=True)
def _told(painted: Bytes, kept: Bytes, source: Any, source_x: Any, source_y: Any) -> Any:
    """Return source, column and row of every pixel, and (H, W, 3) zeros for what it shows."""
    h, w = painted.shape
    told = np.full((h, w), NOTHING, np.int32)
    xs, ys = np.zeros((h, w), np.int32), np.zeros((h, w), np.int32)
    for y in range(h):
        for x in range(w):
            if kept[y, x] > 0:
                told[y, x], xs[y, x], ys[y, x] = PLATE, x, y
            elif painted[y, x] > 0:
                told[y, x] = source[y, x]
                xs[y, x], ys[y, x] = source_x[y, x], source_y[y, x]
    return told, xs, ys, np.zeros((h, w, 3), np.float32)


@njit(nogil=True, cache=True)
def _own(
    colour: Floats, index: int, source: Any, xs: Any, ys: Any, painted: Bytes, own: Floats
) -> None:
    """Put into ``own`` what the reference ``index`` shows where pixels are its copies."""
    h, w = source.shape
    for y in range(h):
        for x in range(w):
            if source[y, x] == index and painted[y, x] > 0:
                for c in range(3):
                    own[y, x, c] = colour[ys[y, x], xs[y, x], c]


@njit(nogil=True, cache=True)
def _rebuilt(colour: Floats, own: Floats, painted: Bytes, kept: Bytes) -> Any:
    """
    Return colours (H, W, 3), and what is added to the source's own to get them.

    What is told must give the picture again, bit for bit: the sum is the colour.
    """
    h, w = painted.shape
    final = np.zeros((h, w, 3), np.float32)
    offset = np.zeros((h, w, 3), np.float32)
    for y in range(h):
        for x in range(w):
            for c in range(3):
                if kept[y, x] > 0:
                    final[y, x, c] = colour[y, x, c]
                elif painted[y, x] > 0:
                    offset[y, x, c] = colour[y, x, c] - own[y, x, c]
                    final[y, x, c] = own[y, x, c] + offset[y, x, c]
    return final, offset
