"""
Lineage: where every painted pixel came from, and how far its colour was moved.

A sheet may be scaled or mirrored; its pixels are traced back to the nearest usable
pixel of the reference picture itself. ``offset`` carries the rest (resampling and the
composite's smooth correction), so source + offset is the painted colour again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from seamline.generators.patch.resample import Bytes, Floats
from seamline.generators.patch.search import R
from seamline.generators.patch.sheets import Atlas, Sheet
from seamline.ports import NOTHING, PLATE, PaintedLayer, ReferencePicture


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
    atlas: Atlas, sheet: NDArray[np.int32], row: NDArray[np.int32], column: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return (H, W, 2) matches in a full-size ``atlas``; 0, 0 where there is none."""
    field = np.zeros((*sheet.shape, 2), np.int32)
    mapped = sheet >= 0
    field[mapped, 0] = atlas.base[sheet[mapped]] + row[mapped]
    field[mapped, 1] = column[mapped]
    return field


def trace(
    field: NDArray[np.int32], painted: Bytes, atlas: Atlas, sheets: Sequence[Sheet],
    references: Sequence[ReferencePicture],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:  # fmt: skip
    """Return (H, W) source, source_x, source_y for the matches of ``painted`` pixels."""
    source = np.full(painted.shape, NOTHING, np.int32)
    source_x, source_y = np.zeros_like(source), np.zeros_like(source)
    owner = atlas.owner[field[..., 0]]
    for k, sheet in enumerate(sheets):
        here = (owner == k) & (painted > 0)
        if not here.any():
            continue
        usable = np.ascontiguousarray(references[sheet.reference].usable, dtype=np.uint8)
        rows = (field[..., 0][here] - atlas.base[k]).astype(np.int32)
        columns = field[..., 1][here].astype(np.int32)
        ys, xs = _back(rows, columns, usable, sheet.scale, sheet.mirrored)
        source[here], source_x[here], source_y[here] = sheet.reference, xs, ys
    return source, source_x, source_y


@njit(nogil=True, cache=True)
def _back(rows: Any, columns: Any, usable: Bytes, scale: float, mirrored: bool) -> Any:
    h, w = usable.shape
    ys, xs = np.zeros_like(rows), np.zeros_like(columns)
    for i in range(len(rows)):
        y = min(max(int((rows[i] + 0.5) / scale), 0), h - 1)
        at = (columns[i] + 0.5) / scale
        if mirrored:
            at = w - at
        x = min(max(int(at), 0), w - 1)
        if usable[y, x] == 0:
            found = False
            for r in range(1, 6):
                for dy in range(-r, r + 1):
                    for dx in range(-r, r + 1):
                        a, b = y + dy, x + dx
                        if not found and 0 <= a < h and 0 <= b < w and usable[a, b]:
                            ys[i], xs[i] = a, b
                            found = True
                if found:
                    break
            continue
        ys[i], xs[i] = y, x
    return ys, xs


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
    height, width = painted.shape
    shown = (painted > 0) | (kept > 0)
    rows, columns = np.indices((height, width), dtype=np.int32)
    source = np.where(kept > 0, PLATE, np.where(painted > 0, traced[0], NOTHING))
    own = np.zeros((height, width, 3), np.float32)
    for i, picture in enumerate(references):
        here = (source == i) & (painted > 0)
        own[here] = picture.colour[traced[2][here], traced[1][here]]
    final = np.where(shown[..., None], colour, np.float32(0)).astype(np.float32)
    moved = ((painted > 0) & (kept == 0))[..., None]
    offset = np.where(moved, final - own, np.float32(0)).astype(np.float32)
    # What is told must give the picture again, bit for bit: the sum is the colour.
    final = np.where(moved, own + offset, final).astype(np.float32)
    return PaintedLayer(
        name=name,
        colour=final,
        alpha=shown.astype(np.float32) if alpha is None else alpha,
        source=source.astype(np.int32),
        source_x=np.where(kept > 0, columns, np.where(painted > 0, traced[1], 0)).astype(
            np.int32
        ),
        source_y=np.where(kept > 0, rows, np.where(painted > 0, traced[2], 0)).astype(np.int32),
        offset=offset,
        distance_m=distance_m,
    )
