"""
Resampling in plain arithmetic: shrinking by area, enlarging without overshoot.

numpy's own reductions add in an order that depends on the processor; every sum
here is a written loop, so the bits are the same on every machine.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@njit(nogil=True, cache=True)
def _shares(full: int, small: int) -> Any:
    """Return which of ``full`` pixels each of ``small`` covers: first, how many, shares."""
    first, count = np.zeros(small, np.int64), np.zeros(small, np.int64)
    share = np.zeros((small, full // small + 3), np.float32)
    for y in range(small):
        top, bottom = y * full / small, (y + 1) * full / small
        first[y] = int(top)
        for k in range(int(top), min(full, int(np.ceil(bottom - 1e-9)))):
            part = (min(bottom, k + 1.0) - max(top, float(k))) / (bottom - top)
            share[y, k - first[y]] = np.float32(part)
            count[y] += 1
    return first, count, share


@njit(nogil=True, cache=True)
def _across(rows: Floats, width: int) -> Any:
    """Return ``rows`` (H, W, C) averaged to ``width`` columns."""
    height, w, channels = rows.shape
    first, count, share = _shares(w, width)
    out = np.zeros((height, width, channels), np.float32)
    for y in range(height):
        for x in range(width):
            for k in range(count[x]):
                for c in range(channels):
                    out[y, x, c] += share[x, k] * rows[y, first[x] + k, c]
    return out


@njit(nogil=True, cache=True)
def shrink(plane: Floats, height: int, width: int) -> Any:
    """
    Return ``plane`` (H, W, C) averaged by area to (``height``, ``width``, C).

    Also enlarges, as nearest neighbour with area weights; rows first, then columns.
    """
    h, w, channels = plane.shape
    first, count, share = _shares(h, height)
    rows = np.zeros((height, w, channels), np.float32)
    for y in range(height):
        for k in range(count[y]):
            part, over = share[y, k], first[y] + k
            for x in range(w):
                for c in range(channels):
                    rows[y, x, c] += part * plane[over, x, c]
    return _across(rows, width)


@njit(nogil=True, cache=True)
def shrink_usable(colour: Floats, usable: Bytes, height: int, width: int) -> Any:
    """
    Return what ``shrink`` gives of ``colour`` (H, W, 3) where ``usable``, 0 elsewhere.

    The fourth channel of (``height``, ``width``, 4) is the share that is usable.
    """
    h, w = usable.shape
    first, count, share = _shares(h, height)
    rows = np.zeros((height, w, 4), np.float32)
    for y in range(height):
        for k in range(count[y]):
            part, over = share[y, k], first[y] + k
            for x in range(w):
                if usable[over, x]:
                    rows[y, x, 0] += part * colour[over, x, 0]
                    rows[y, x, 1] += part * colour[over, x, 1]
                    rows[y, x, 2] += part * colour[over, x, 2]
                    rows[y, x, 3] += part
    return _across(rows, width)


@njit(nogil=True, cache=True)
def shrink_share(mask: Bytes, height: int, width: int) -> Any:
    """Return the share of ``mask`` (H, W) that is 1, averaged by area as ``shrink`` does."""
    h, w = mask.shape
    first, count, share = _shares(h, height)
    rows = np.zeros((height, w, 1), np.float32)
    for y in range(height):
        for k in range(count[y]):
            part, over = share[y, k], first[y] + k
            for x in range(w):
                if mask[over, x]:
                    rows[y, x, 0] += part
    return _across(rows, width)[..., 0]


@njit(nogil=True, cache=True)
def _cubic(t: float) -> float:
    t = abs(t)
    if t < 1.0:
        return (1.5 * t - 2.5) * t * t + 1.0
    if t < 2.0:
        return ((-0.5 * t + 2.5) * t - 4.0) * t + 2.0
    return 0.0


@njit(nogil=True, cache=True)
def rescale(colour: Floats, usable: Bytes, scale: float, mirrored: bool) -> Any:
    """
    Return ``colour`` (H, W, 3) and ``usable`` (H, W) at ``scale``, perhaps mirrored.

    A cubic (Catmull-Rom, widened when shrinking) held between the least and the
    largest of the nearest four pixels: it cannot overshoot a sun. A pixel is usable
    when its nearest four are.
    """
    h, w = usable.shape
    height, width = max(1, int(h * scale + 0.5)), max(1, int(w * scale + 0.5))
    base, near, weights, total = _taps(w, width, scale, mirrored)
    reach = (weights.shape[1] - 2) // 2
    rows = np.zeros((h, width, 3), np.float32)
    rows_good = np.zeros((h, width), np.uint8)
    for y in range(h):
        for x in range(width):
            a, b = near[x, 0], near[x, 1]
            rows_good[y, x] = usable[y, a] & usable[y, b]
            for c in range(3):
                value = 0.0
                for k in range(-reach, reach + 2):
                    at = min(max(base[x] + k, 0), w - 1)
                    value += weights[x, k + reach] * colour[y, at, c]
                low, high = (
                    min(colour[y, a, c], colour[y, b, c]),
                    max(colour[y, a, c], colour[y, b, c]),
                )
                rows[y, x, c] = min(max(np.float32(value / total[x]), low), high)
    out = np.zeros((height, width, 3), np.float32)
    good = np.zeros((height, width), np.uint8)
    base, near, weights, total = _taps(h, height, scale, False)
    value_of = np.zeros((width, 3))
    for y in range(height):
        a, b = near[y, 0], near[y, 1]
        value_of[:] = 0.0
        for k in range(-reach, reach + 2):
            at, part = min(max(base[y] + k, 0), h - 1), weights[y, k + reach]
            for x in range(width):
                for c in range(3):
                    value_of[x, c] += part * rows[at, x, c]
        for x in range(width):
            good[y, x] = rows_good[a, x] & rows_good[b, x]
            for c in range(3):
                low, high = min(rows[a, x, c], rows[b, x, c]), max(rows[a, x, c], rows[b, x, c])
                out[y, x, c] = min(max(np.float32(value_of[x, c] / total[y]), low), high)
    return out, good


@njit(nogil=True, cache=True)
def _taps(full: int, size: int, scale: float, mirrored: bool) -> Any:
    """Return, of ``size`` pixels, the one before each, both nearest, weights and their sum."""
    wide = max(1.0, 1.0 / scale)
    reach = int(2.0 * wide + 0.999)
    base, near = np.zeros(size, np.int64), np.zeros((size, 2), np.int64)
    weights, total = np.zeros((size, 2 * reach + 2)), np.zeros(size)
    for x in range(size):
        at = (x + 0.5) / scale - 0.5
        if mirrored:
            at = full - 1 - at
        base[x] = int(np.floor(at))
        near[x, 0] = min(max(base[x], 0), full - 1)
        near[x, 1] = min(max(base[x] + 1, 0), full - 1)
        for k in range(-reach, reach + 2):
            weights[x, k + reach] = _cubic((at - (base[x] + k)) / wide)
            total[x] += weights[x, k + reach]
    return base, near, weights, total


@njit(nogil=True, cache=True)
def blur(plane: Floats, radius: int) -> Floats:
    """Return the mean of ``plane`` (H, W) over squares of 2 ``radius`` + 1, cut at the edge."""
    h, w = plane.shape
    ring = 2 * radius + 2
    rows = np.zeros((ring, w), np.float64)
    out = np.zeros((h, w), np.float32)
    sums = np.zeros(w, np.float64)
    count = 0
    for y in range(-radius, h):
        ahead = y + radius
        if ahead < h:
            _mean_across(plane, ahead, radius, rows[ahead % ring])
            count += 1
            for x in range(w):
                sums[x] += rows[ahead % ring, x]
        if y < 0:
            continue
        past = y - radius - 1
        if past >= 0:
            count -= 1
            for x in range(w):
                sums[x] -= rows[past % ring, x]
        for x in range(w):
            out[y, x] = sums[x] / count
    return out


@njit(nogil=True, cache=True)
def _mean_across(plane: Floats, y: int, radius: int, row: Any) -> None:
    """Set ``row`` (W,) to the mean of row ``y`` over 2 ``radius`` + 1 columns."""
    w = plane.shape[1]
    total = 0.0
    count = 0
    for x in range(min(radius, w)):
        total += plane[y, x]
        count += 1
    for x in range(w):
        if x + radius < w:
            total += plane[y, x + radius]
            count += 1
        if x - radius - 1 >= 0:
            total -= plane[y, x - radius - 1]
            count -= 1
        row[x] = total / count


@njit(nogil=True, cache=True)
def grow(mask: Bytes, radius: int) -> Bytes:
    """Return ``mask`` (H, W) grown by ``radius`` pixels in every direction (a square)."""
    h, w = mask.shape
    rows = np.zeros((h, w), np.uint8)
    out = np.zeros((h, w), np.uint8)
    for y in range(h):
        last = -(radius + 1)
        for x in range(w + radius):
            if x < w and mask[y, x]:
                last = x
            if x - radius >= 0 and last >= x - 2 * radius:
                rows[y, x - radius] = 1
    last_row = np.full(w, -(radius + 1))
    for y in range(h + radius):
        if y < h:
            for x in range(w):
                if rows[y, x]:
                    last_row[x] = y
        if y - radius >= 0:
            for x in range(w):
                out[y - radius, x] = last_row[x] >= y - 2 * radius
    return out


@njit(nogil=True, cache=True)
def distance(mask: Bytes) -> Floats:
    """Return how far inside ``mask`` each pixel lies (pixels; diagonal steps count 1.4)."""
    h, w = mask.shape
    out = np.zeros((h, w), np.float32)
    far = np.float32(1e6)
    one, diagonal = np.float32(1.0), np.float32(1.4142135)
    for y in range(h):
        for x in range(w):
            if mask[y, x] == 0:
                continue
            best = far
            if x > 0:
                best = min(best, out[y, x - 1] + one)
            if y > 0:
                best = min(best, out[y - 1, x] + one)
                if x > 0:
                    best = min(best, out[y - 1, x - 1] + diagonal)
                if x + 1 < w:
                    best = min(best, out[y - 1, x + 1] + diagonal)
            out[y, x] = best
    for y in range(h - 1, -1, -1):
        for x in range(w - 1, -1, -1):
            if mask[y, x] == 0:
                continue
            best = out[y, x]
            if x + 1 < w:
                best = min(best, out[y, x + 1] + one)
            if y + 1 < h:
                best = min(best, out[y + 1, x] + one)
                if x > 0:
                    best = min(best, out[y + 1, x - 1] + diagonal)
                if x + 1 < w:
                    best = min(best, out[y + 1, x + 1] + diagonal)
            out[y, x] = best
    return out
