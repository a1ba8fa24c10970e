"""Areas: lines and outlines as pixels, what is connected, and what is nearest."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.resample import Bytes

END_SHARE = 0.02
"""A line that ends so near the picture's edge, of its width, was meant to reach it."""
NO_ROW = 1 << 20


@njit(nogil=True, cache=True)
def filled(points: Any, height: int, width: int) -> Bytes:
    """Return (H, W) 1 where a pixel's centre lies inside the outline ``points`` (N, 2)."""
    out = np.zeros((height, width), np.uint8)
    n = len(points)
    at = np.zeros(n)
    turn = np.zeros(n, np.int64)
    for y in range(height):
        row = y + 0.5
        count = 0
        for i in range(n):
            x0, y0 = points[i, 0], points[i, 1]
            x1, y1 = points[(i + 1) % n, 0], points[(i + 1) % n, 1]
            if (y0 <= row) == (y1 <= row):
                continue
            cross = x0 + (row - y0) / (y1 - y0) * (x1 - x0)
            k = count
            while k > 0 and at[k - 1] > cross:
                at[k], turn[k] = at[k - 1], turn[k - 1]
                k -= 1
            at[k], turn[k] = cross, 1 if y1 > y0 else -1
            count += 1
        winding = 0
        for k in range(count - 1):
            winding += turn[k]
            if winding != 0:
                first = max(0, int(np.ceil(at[k] - 0.5)))
                end = min(width, int(np.ceil(at[k + 1] - 0.5)))
                for x in range(first, end):
                    out[y, x] = 1
    return out


def upper_edge(points: Sequence[tuple[float, float]], height: int, width: int) -> Any:
    """
    Return (W,) int32 the first row below an open line per column, ``NO_ROW`` beside it.

    Where the line turns back its highest part counts. An end near the picture's edge is
    carried on to it.
    """
    rows = np.full(width, np.inf)
    drawn = list(points)
    for (x0, y0), (x1, y1) in itertools.pairwise(drawn):
        if x0 > x1:
            x0, y0, x1, y1 = x1, y1, x0, y0
        first, end = max(0, int(np.ceil(x0 - 0.5))), min(width, int(np.floor(x1 - 0.5)) + 1)
        if end <= first:
            continue
        at = np.arange(first, end) + 0.5
        line = y0 + (at - x0) * ((y1 - y0) / (x1 - x0)) if x1 > x0 else np.full(len(at), y0)
        rows[first:end] = np.minimum(rows[first:end], line)
    found = np.flatnonzero(np.isfinite(rows))
    if len(found):
        reach = END_SHARE * width
        left, right = int(found[0]), int(found[-1])
        if left <= reach:
            rows[:left] = rows[left]
        if width - 1 - right <= reach:
            rows[right + 1 :] = rows[right]
    edge = np.clip(np.floor(np.where(np.isfinite(rows), rows, 0) + 0.5), 0, height)
    return np.where(np.isfinite(rows), edge, NO_ROW).astype(np.int32)


@njit(nogil=True, cache=True)
def reached(mask: Bytes, seeds: Bytes) -> Bytes:
    """Return (H, W) 1 where ``mask`` is connected to one of ``seeds`` by its sides."""
    h, w = mask.shape
    out = np.zeros((h, w), np.uint8)
    stack = np.zeros(h * w, np.int32)
    count = 0
    for y in range(h):
        for x in range(w):
            if mask[y, x] and seeds[y, x]:
                out[y, x] = 1
                stack[count] = y * w + x
                count += 1
    while count > 0:
        count -= 1
        y, x = stack[count] // w, stack[count] % w
        for d in range(4):
            yy = y + (1 if d == 0 else -1 if d == 1 else 0)
            xx = x + (1 if d == 2 else -1 if d == 3 else 0)
            if 0 <= yy < h and 0 <= xx < w and mask[yy, xx] and out[yy, xx] == 0:
                out[yy, xx] = 1
                stack[count] = yy * w + xx
                count += 1
    return out


@njit(nogil=True, cache=True)
def large_parts(mask: Bytes, share: float) -> Bytes:
    """Return the parts of ``mask`` (H, W) that are at least ``share`` of its largest part."""
    h, w = mask.shape
    part = np.zeros((h, w), np.int32)
    sizes = [0]
    stack = np.zeros(h * w, np.int32)
    for y0 in range(h):
        for x0 in range(w):
            if mask[y0, x0] == 0 or part[y0, x0] != 0:
                continue
            number, size, count = len(sizes), 0, 1
            part[y0, x0] = number
            stack[0] = y0 * w + x0
            while count > 0:
                count -= 1
                size += 1
                y, x = stack[count] // w, stack[count] % w
                for d in range(4):
                    yy = y + (1 if d == 0 else -1 if d == 1 else 0)
                    xx = x + (1 if d == 2 else -1 if d == 3 else 0)
                    if 0 <= yy < h and 0 <= xx < w and mask[yy, xx] and part[yy, xx] == 0:
                        part[yy, xx] = number
                        stack[count] = yy * w + xx
                        count += 1
            sizes.append(size)
    largest = 0
    for size in sizes:
        largest = max(largest, size)
    out = np.zeros((h, w), np.uint8)
    for y in range(h):
        for x in range(w):
            if part[y, x] and sizes[part[y, x]] >= share * largest:
                out[y, x] = 1
    return out


@njit(nogil=True, cache=True)
def nearest(mask: Bytes) -> Any:
    """
    Return (H, W) int32 row and column of the nearest pixel of ``mask``; -1 without any.

    Source: Danielsson, Euclidean distance mapping, 1980: each pixel hands on whom it knows.
    """
    h, w = mask.shape
    rows, columns = np.full((h, w), -1, np.int32), np.full((h, w), -1, np.int32)
    for y in range(h):
        for x in range(w):
            if mask[y, x]:
                rows[y, x], columns[y, x] = y, x
    for turn in range(4):
        down, right = turn % 2 == 0, turn // 2 == 0
        for yy in range(h):
            y = yy if down else h - 1 - yy
            for xx in range(w):
                x = xx if right else w - 1 - xx
                best = (
                    (1 << 60)
                    if rows[y, x] < 0
                    else ((rows[y, x] - y) ** 2 + (columns[y, x] - x) ** 2)
                )
                for d in range(4):
                    qy = y - (1 if down else -1) if d < 3 else y
                    qx = x + d - 1 if d < 3 else x - (1 if right else -1)
                    if qy < 0 or qx < 0 or qy >= h or qx >= w or rows[qy, qx] < 0:
                        continue
                    far = (rows[qy, qx] - y) ** 2 + (columns[qy, qx] - x) ** 2
                    if far < best:
                        best = far
                        rows[y, x], columns[y, x] = rows[qy, qx], columns[qy, qx]
    return rows, columns
