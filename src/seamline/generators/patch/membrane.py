"""
What is not seen, as smooth as its rim allows; and the nearest place that is seen.

Both count pixels and know nothing of skies.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.resample import Bytes, Floats, shrink

SWEEPS = 40
COARSEST_PX = 4


def membrane(colour: Floats, known: Bytes, *, fades_px: float | None = None) -> Floats:
    """
    Return ``colour`` (H, W, 3) with what is not ``known`` as smooth as its rim allows.

    Laplace's equation, free at the picture's edge, from coarse to fine. With ``fades_px``
    it leads to 0 beyond the rim, as exp(-distance / ``fades_px``) does.
    """
    height, width = known.shape
    if known.all() or min(height, width) <= COARSEST_PX:
        count = max(1, int(known.sum()))
        total = np.cumsum(np.where(known[..., None] > 0, colour, 0).reshape(-1, 3), axis=0)
        mean = (total[-1] / count).astype(np.float32)
        start = np.where(known[..., None] > 0, colour, mean).astype(np.float32)
    else:
        h, w = (height + 1) // 2, (width + 1) // 2
        share = known.astype(np.float32)[..., None]
        packed = shrink(
            np.ascontiguousarray(np.concatenate([colour * share, share], axis=-1)), h, w
        )
        good = (packed[..., 3] > 0).astype(np.uint8)
        mean = packed[..., :3] / np.maximum(packed[..., 3:], np.float32(1e-3))
        coarse = membrane(
            np.ascontiguousarray(mean * good[..., None], np.float32),
            good,
            fades_px=None if fades_px is None else fades_px / 2,
        )
        ys = np.minimum(np.arange(height) * h // height, h - 1)
        xs = np.minimum(np.arange(width) * w // width, w - 1)
        start = np.where(known[..., None] > 0, colour, coarse[ys][:, xs]).astype(np.float32)
    pull = np.float32(0 if fades_px is None else 1 / (fades_px * fades_px))
    found: Floats = _settled(np.ascontiguousarray(start), known, SWEEPS, pull)
    return found


@njit(nogil=True, cache=True)
def nearest(known: Bytes) -> Any:
    """
    Return (2, H, W) row and column of the nearest ``known`` pixel, to within a pixel.

    Source: P.-E. Danielsson, Euclidean Distance Mapping, CGIP 14 (1980): two passes.
    """
    h, w = known.shape
    near = np.zeros((2, h, w), np.int32)
    away = np.full((h, w), 1 << 30, np.int64)
    for y in range(h):
        for x in range(w):
            if known[y, x]:
                near[0, y, x], near[1, y, x], away[y, x] = y, x, 0
    for back in (False, True):
        step = 1 if back else -1
        for i in range(h):
            y = h - 1 - i if back else i
            for along in (False, True):
                for j in range(w):
                    x = w - 1 - j if along else j
                    for k in range(4):
                        yy = y + step if k < 3 else y
                        xx = x + k - 1 if k < 3 else x + (1 if along else -1)
                        if not (0 <= yy < h and 0 <= xx < w) or away[yy, xx] == 1 << 30:
                            continue
                        ny, nx = near[0, yy, xx], near[1, yy, xx]
                        d = (ny - y) * (ny - y) + (nx - x) * (nx - x)
                        if d < away[y, x]:
                            near[0, y, x], near[1, y, x], away[y, x] = ny, nx, d
    return near


@njit(nogil=True, cache=True)
def _settled(colour: Any, known: Bytes, sweeps: int, pull: Any) -> Any:
    """Return ``colour`` after Gauss-Seidel sweeps, there and back, where not ``known``."""
    h, w, channels = colour.shape
    for sweep in range(sweeps):
        for i in range(h):
            y = i if sweep % 2 == 0 else h - 1 - i
            for j in range(w):
                x = j if sweep % 2 == 0 else w - 1 - j
                if known[y, x]:
                    continue
                for c in range(channels):
                    total, count = np.float32(0), np.float32(0)
                    if y > 0:
                        total += colour[y - 1, x, c]
                        count += np.float32(1)
                    if y < h - 1:
                        total += colour[y + 1, x, c]
                        count += np.float32(1)
                    if x > 0:
                        total += colour[y, x - 1, c]
                        count += np.float32(1)
                    if x < w - 1:
                        total += colour[y, x + 1, c]
                        count += np.float32(1)
                    colour[y, x, c] = total / (count + pull)
    return colour
