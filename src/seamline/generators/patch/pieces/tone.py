"""
Tone: pieces are lifted or lowered a little, each as a whole, until they meet.

Two places of one plate are hardly ever equally bright. What is left of that at the seams is
found for all pieces together, least squares with the plate fixed, and a piece is moved by at
most a stop: a step in a sea is mended, a white wall beside a black one is not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.pieces.seams import CANVAS
from seamline.generators.patch.resample import Bytes, Floats

MOST = 0.06
"""One stop of ACEScct."""
EDGE = 0.12
"""Neighbours that differ by more are an edge, not a step of tone."""
STIFF = 0.02
"""Weight of leaving a piece as it is, per pixel of its seams."""


@njit(nogil=True, cache=True)
def _sums(
    copies: Floats,
    known: Bytes,
    label: Any,
    field: Any,
    atlas: Floats,
    pixel: Bytes,
    count: int,
) -> Any:
    """
    Return (N, N) how many neighbours two pieces have, and (N, N, 3) how far they lie apart.

    Beyond its own edge a piece goes on in the atlas; there it is held against what is shown.
    """
    h, w = label.shape
    weight = np.zeros((count, count))
    apart = np.zeros((count, count, 3))
    for y in range(h):
        for x in range(w):
            i = label[y, x]
            if i <= CANVAS:
                continue
            for d in range(4):
                yy = y + (1 if d == 0 else -1 if d == 1 else 0)
                xx = x + (1 if d == 2 else -1 if d == 3 else 0)
                if yy < 0 or xx < 0 or yy >= h or xx >= w:
                    continue
                j = label[yy, xx]
                if j == i or (j <= CANVAS and known[yy, xx] == 0):
                    continue
                sy, sx = field[y, x, 0] + yy - y, field[y, x, 1] + xx - x
                if sy < 0 or sx < 0 or sy >= pixel.shape[0] or sx >= pixel.shape[1]:
                    continue
                if pixel[sy, sx] == 0:
                    continue
                if j > CANVAS and field[yy, xx, 0] == sy and field[yy, xx, 1] == sx:
                    continue  # one piece, parted at its skyline: nothing has to meet there
                k = max(j, CANVAS)
                edge = False
                for c in range(3):
                    edge = edge or abs(copies[yy, xx, c] - atlas[sy, sx, c]) > EDGE
                if edge:
                    continue
                weight[i, k] += 1
                for c in range(3):
                    apart[i, k, c] += copies[yy, xx, c] - atlas[sy, sx, c]
    return weight, apart


@njit(nogil=True, cache=True)
def _solved(weight: Any, apart: Any) -> Any:
    """Return (N, 3) how far each piece is moved; the canvas, the first, is not."""
    count = len(weight)
    moved = np.zeros((count, 3))
    beside, ends = np.zeros(count * count, np.int64), np.zeros(count + 1, np.int64)
    for i in range(count):  # few lie beside one another
        ends[i + 1] = ends[i]
        for k in range(count):
            if weight[i, k] + weight[k, i] > 0:
                beside[ends[i + 1]] = k
                ends[i + 1] += 1
    for _ in range(200):  # Gauss-Seidel: the system is small and held by its diagonal
        for i in range(1, count):
            own = beside[ends[i] : ends[i + 1]]
            total = 0.0
            for k in own:
                total += weight[i, k] + weight[k, i]
            if total == 0:
                continue
            for c in range(3):
                s = 0.0
                for k in own:
                    both = weight[i, k] + weight[k, i]
                    s += both * moved[k, c] + apart[i, k, c] - apart[k, i, c]
                moved[i, c] = s / (total * (1 + STIFF))
    for i in range(count):
        # one value for all channels: a piece may be lifted, its colours stay
        grey = (moved[i, 0] + moved[i, 1] + moved[i, 2]) / 3
        moved[i] = min(max(grey, -MOST), MOST)
    return moved


def tone_of(
    copies: Floats, known: Bytes, label: Any, field: Any, atlas: Floats, pixel: Bytes
) -> Floats:
    """
    Return (H, W, 3) what is added to ``copies``, one value per piece and channel.

    Args:
        copies: (H, W, 3) what the pieces show, and the plate where ``known``, log encoding.
        known: (H, W) 1 where the plate stands.
        label: (H, W) the piece at each pixel, above 0 where one is laid.
        field: (H, W, 2) its pixel in the atlas.
        atlas: (A, B, 3).
        pixel: (A, B) 1 where it may be looked at.
    """
    count = int(label.max()) + 1
    weight, apart = _sums(copies, known, label, field, atlas, pixel, max(1, count))
    moved = _solved(weight, apart).astype(np.float32)
    found: Floats = np.where((label > CANVAS)[..., None], moved[np.maximum(label, 0)], 0)
    return found.astype(np.float32)
