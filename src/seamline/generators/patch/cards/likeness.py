"""
Likeness: which pixels look like what an artist scribbled on.

A pixel is compared with up to 64 pixels of every scribble (brightness, two differences of
colour, roughness, height in the picture); what it is most like it is taken for, and a
minimum cut keeps the areas whole. On a small picture: the true edges are found later.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch.cards.cut import HOLDS, SAYS
from seamline.generators.patch.flow import least_cut
from seamline.generators.patch.resample import Bytes, Floats, blur, shrink

WORKING_WIDTH_PX = 320
SAMPLES = 64
# How far apart two pixels of one thing are, by feature; judged on the house's own
# pictures: a third of a stop of light, a tenth of it in colour, a fifth of the height.
UNITS = (0.02, 0.012, 0.012, 0.01, 0.2)
SURE = 100_000_000
"""Cost of leaving out what was scribbled on: more than all else."""


@njit(nogil=True, cache=True)
def _features(coded: Floats) -> Floats:
    h, w, _ = coded.shape
    out = np.zeros((5, h, w), np.float32)
    for y in range(h):
        for x in range(w):
            r, g, b = coded[y, x, 0], coded[y, x, 1], coded[y, x, 2]
            out[0, y, x] = (r + g + b) / 3
            out[1, y, x] = r - b
            out[2, y, x] = g - (r + b) / 2
            out[4, y, x] = y / h
    for y in range(h):
        for x in range(w):
            dx = out[0, y, min(x + 1, w - 1)] - out[0, y, max(x - 1, 0)]
            dy = out[0, min(y + 1, h - 1), x] - out[0, max(y - 1, 0), x]
            out[3, y, x] = np.sqrt(dx * dx + dy * dy)
    return out


@njit(nogil=True, cache=True)
def _likeness(features: Floats, at: Any, units: Any) -> Floats:
    """Return (H, W) how much each pixel is like those of ``at`` (N, 2): a mean of kernels."""
    n, h, w = features.shape
    out = np.zeros((h, w), np.float32)
    for y in range(h):
        for x in range(w):
            total = 0.0
            for i in range(len(at)):
                far = 0.0
                for c in range(n):
                    d = (features[c, y, x] - features[c, at[i, 0], at[i, 1]]) / units[c]
                    far += d * d
                k = 1.0 / (1.0 + far)
                total += k * k
            out[y, x] = total / len(at)
    return out


@njit(nogil=True, cache=True)
def _halves(mine: Floats, theirs: Floats, sure: Any, coded: Floats) -> Any:
    h, w = mine.shape
    own, other = np.zeros((h, w), np.int64), np.zeros((h, w), np.int64)
    right, down = np.zeros((h, w), np.int64), np.zeros((h, w), np.int64)
    for y in range(h):
        for x in range(w):
            says = SAYS * (mine[y, x] - theirs[y, x]) / (mine[y, x] + theirs[y, x] + 1e-9)
            if sure[y, x] != 0:
                own[y, x] = SURE if sure[y, x] > 0 else 0
                other[y, x] = SURE if sure[y, x] < 0 else 0
            elif says > 0:
                own[y, x] = int(says * 16)
            else:
                other[y, x] = int(-says * 16)
            for d in range(2):
                yy, xx = (y, min(x + 1, w - 1)) if d == 0 else (min(y + 1, h - 1), x)
                apart = 0.0
                for c in range(3):
                    e = coded[y, x, c] - coded[yy, xx, c]
                    apart += e * e
                held = int(16 * HOLDS / (1.0 + apart / (0.05 * 0.05)))
                if d == 0:
                    right[y, x] = held
                else:
                    down[y, x] = held
    return own, other, right, down


def taken_for(
    coded: Floats, usable: Bytes, scribbles: Mapping[int, NDArray[np.bool_]]
) -> NDArray[np.int8]:
    """
    Return (H, W) int8 the number each pixel is taken for.

    Args:
        coded: (H, W, 3) log encoding.
        usable: (H, W) 1 where colours mean something.
        scribbles: Number of a layer, farthest least, to (H, W) where it surely is.
    """
    height, width = usable.shape
    w = min(width, WORKING_WIDTH_PX)
    h = max(8, height * w // width)
    small = shrink(coded, h, w)
    features = _features(small)
    features[3] = blur(np.ascontiguousarray(features[3]), 2)
    numbers = sorted(scribbles)
    seeds = {k: _small(scribbles[k] & (usable > 0), h, w) for k in numbers}
    numbers = [k for k in numbers if seeds[k].any()]
    like = {k: _likeness(features, _samples(seeds[k]), np.array(UNITS)) for k in numbers}
    found = np.full((h, w), numbers[0], np.int8)
    inside = np.ones((h, w), np.uint8)
    for before, number in enumerate(numbers[1:], start=1):
        nearer, farther = numbers[before:], numbers[:before]
        mine = np.maximum.reduce([like[k] for k in nearer])
        theirs = np.maximum.reduce([like[k] for k in farther])
        sure = np.zeros((h, w), np.int8)
        for k in numbers:
            sure[seeds[k]] = 1 if k >= number else -1
        taken = least_cut(*_halves(mine, theirs, sure, small), inside)
        inside = (inside & taken).astype(np.uint8)
        found[inside > 0] = number
    ys = np.minimum((np.arange(height) * 2 + 1) * h // (2 * height), h - 1)
    xs = np.minimum((np.arange(width) * 2 + 1) * w // (2 * width), w - 1)
    return np.ascontiguousarray(found[ys][:, xs])


def _small(mask: NDArray[np.bool_], h: int, w: int) -> NDArray[np.bool_]:
    share = shrink(np.ascontiguousarray(mask, np.float32)[..., None], h, w)[..., 0]
    result: NDArray[np.bool_] = share > np.float32(0.5)
    return result if result.any() else share > 0


def _samples(seeds: NDArray[np.bool_]) -> NDArray[np.int64]:
    at = np.argwhere(seeds)
    return np.ascontiguousarray(
        at[np.arange(min(SAMPLES, len(at))) * len(at) // min(SAMPLES, len(at))]
    )
