"""
The search: for each target patch, where in the references a patch like it lies.

Matches are kept as a field of coordinates into an *atlas* (the references stacked
above one another) and improved by propagation from neighbours and by random search
around the best so far. Source: Barnes, Shechtman, Finkelstein, Goldman, PatchMatch,
SIGGRAPH 2009. One thread, fixed order, counter-based chance: the same bits anywhere.
What a candidate costs is written into the loop that asks: handing nine arrays over took a
third of a sweep's time.

A patch costs the weighted mean squared difference of its 7 x 7 x 3 values (log
encoding), plus the squared difference of the guides, plus one where the labels do
not agree, plus a price for pixels that are used often.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.resample import Bytes, Floats

R = 3
P = 2 * R + 1
STIFF = 1.3
"""A match is shifted by its mean difference over so much: a smaller shift is preferred."""


@njit(nogil=True, cache=True, inline="always")
def _difference(
    target: Floats,
    weight: Floats,
    atlas: Floats,
    ty: int,
    tx: int,
    sy: int,
    sx: int,
    limit: float,
) -> Any:
    """Weighted squared difference of two patches; stops once it exceeds ``limit``."""
    total = np.float32(0.0)
    for j in range(-R, R + 1):
        t, s, w = target[ty + j], atlas[sy + j], weight[ty + j]
        a, b = (tx - R) * 3, (sx - R) * 3
        r0 = r1 = r2 = np.float32(0.0)
        for i in range(P):
            k = w[tx - R + i]
            d0 = t[a + 3 * i] - s[b + 3 * i]
            d1 = t[a + 3 * i + 1] - s[b + 3 * i + 1]
            d2 = t[a + 3 * i + 2] - s[b + 3 * i + 2]
            r0 += k * d0 * d0
            r1 += k * d1 * d1
            r2 += k * d2 * d2
        total += r0 + r1 + r2
        if total >= limit:
            return total
    return total


@njit(nogil=True, cache=True)
def _held(value: Any, most: Any) -> Any:
    return min(max(value, -most), most)


@njit(nogil=True, cache=True, inline="always")
def _difference_shifted(
    target: Floats,
    weight: Floats,
    atlas: Floats,
    ty: int,
    tx: int,
    sy: int,
    sx: int,
    most: float,
    limit: float,
) -> Any:
    """Return ``_difference`` after the best shift of each channel, at most ``most``."""
    total = np.float32(0.0)
    m0 = m1 = m2 = all_weight = np.float32(0.0)
    for j in range(-R, R + 1):
        t, s, w = target[ty + j], atlas[sy + j], weight[ty + j]
        a, b = (tx - R) * 3, (sx - R) * 3
        for i in range(P):
            k = w[tx - R + i]
            d0 = t[a + 3 * i] - s[b + 3 * i]
            d1 = t[a + 3 * i + 1] - s[b + 3 * i + 1]
            d2 = t[a + 3 * i + 2] - s[b + 3 * i + 2]
            total += k * (d0 * d0 + d1 * d1 + d2 * d2)
            m0 += k * d0
            m1 += k * d1
            m2 += k * d2
            all_weight += k
        # what is left after the best shift of any size only grows with more pixels
        if all_weight > 0 and total - (m0 * m0 + m1 * m1 + m2 * m2) / all_weight >= limit:
            return np.float32(limit)
    if all_weight <= 0:
        return total
    full = all_weight * np.float32(STIFF)
    o0 = _held(m0 / full, most)
    o1 = _held(m1 / full, most)
    o2 = _held(m2 / full, most)
    gained = np.float32(2.0) * (o0 * m0 + o1 * m1 + o2 * m2)
    return total - gained + full * (o0 * o0 + o1 * o1 + o2 * o2)


@njit(nogil=True, cache=True)
def shifts(
    target: Floats, weight: Floats, atlas: Floats, field: Any, active: Bytes, most: float
) -> Floats:
    """Return (H, W, 3) by how much each ``active`` match is shifted to suit its place."""
    h, w = active.shape
    out = np.zeros((h, w, 3), np.float32)
    for y in range(R, h - R):
        for x in range(R, w - R):
            if active[y, x] == 0:
                continue
            sy, sx = field[y, x, 0], field[y, x, 1]
            m0 = m1 = m2 = total = np.float32(0.0)
            for j in range(-R, R + 1):
                for i in range(-R, R + 1):
                    k = weight[y + j, x + i]
                    a, b = (x + i) * 3, (sx + i) * 3
                    m0 += k * (target[y + j, a] - atlas[sy + j, b])
                    m1 += k * (target[y + j, a + 1] - atlas[sy + j, b + 1])
                    m2 += k * (target[y + j, a + 2] - atlas[sy + j, b + 2])
                    total += k
            if total > 0:
                full = total * np.float32(STIFF)
                out[y, x, 0] = _held(m0 / full, most)
                out[y, x, 1] = _held(m1 / full, most)
                out[y, x, 2] = _held(m2 / full, most)
    return out


@njit(nogil=True, cache=True, inline="always")
def _cost(
    target: Floats,
    weight: Floats,
    guide: Floats,
    allowed: Bytes,
    atlas: Floats,
    atlas_guide: Floats,
    label: Bytes,
    price: Floats,
    most: float,
    ty: int,
    tx: int,
    sy: int,
    sx: int,
    limit: float,
) -> Any:
    extra = price[sy, sx]
    for g in range(guide.shape[2]):
        d = guide[ty, tx, g] - atlas_guide[sy, sx, g]
        extra += d * d
    if (allowed[ty, tx] >> label[sy, sx]) & 1 == 0:
        extra += np.float32(1.0)
    if extra >= limit:
        return extra
    if most > 0:
        return extra + _difference_shifted(
            target, weight, atlas, ty, tx, sy, sx, most, limit - extra
        )
    return extra + _difference(target, weight, atlas, ty, tx, sy, sx, limit - extra)


@njit(nogil=True, cache=True)
def recost(
    target: Floats,
    weight: Floats,
    guide: Floats,
    allowed: Bytes,
    atlas: Floats,
    atlas_guide: Floats,
    label: Bytes,
    price: Floats,
    most: float,
    field: Any,
    cost: Floats,
    active: Bytes,
) -> None:
    """Set ``cost`` (H, W) of the present matches ``field`` (H, W, 2) where ``active``."""
    h, w = active.shape
    for y in range(R, h - R):
        for x in range(R, w - R):
            if active[y, x]:
                cost[y, x] = _cost(
                    target, weight, guide, allowed, atlas, atlas_guide, label, price, most,
                    y, x, field[y, x, 0], field[y, x, 1], np.float32(1e30),
                )  # fmt: skip


@njit(nogil=True, cache=True, inline="always")
def _breaks(field: Any, active: Bytes, y: int, x: int, sy: int, sx: int) -> Any:
    """Of the four neighbours, how many do not go on where the match (sy, sx) does."""
    h, w = active.shape
    count = 0
    if y > 0 and active[y - 1, x]:
        count += field[y - 1, x, 0] != sy - 1 or field[y - 1, x, 1] != sx
    if y + 1 < h and active[y + 1, x]:
        count += field[y + 1, x, 0] != sy + 1 or field[y + 1, x, 1] != sx
    if x > 0 and active[y, x - 1]:
        count += field[y, x - 1, 0] != sy or field[y, x - 1, 1] != sx - 1
    if x + 1 < w and active[y, x + 1]:
        count += field[y, x + 1, 0] != sy or field[y, x + 1, 1] != sx + 1
    return np.float32(count)


@njit(nogil=True, cache=True)
def sweep(
    target: Floats,
    weight: Floats,
    guide: Floats,
    allowed: Bytes,
    atlas: Floats,
    atlas_guide: Floats,
    label: Bytes,
    price: Floats,
    most: float,
    valid: Bytes,
    field: Any,
    cost: Floats,
    active: Bytes,
    whole: float,
    forward: bool,
    radius: int,
    seed: int,
    turn: int,
) -> None:
    """
    Improve ``field`` (H, W, 2) and ``cost`` (H, W) in place by one pass over the target.

    Args:
        target: (H, W * 3) picture so far.
        weight: (H, W) weight of each target pixel, 1/49 counted in.
        guide: (H, W, G) guides of the target.
        allowed: (H, W) bit set of the labels that may be matched.
        atlas: (A, B * 3) references.
        atlas_guide: (A, B, G) guides of the references.
        label: (A, B) labels.
        price: (A, B) price of using a pixel once more.
        most: By how much a match may be shifted in each channel; 0: not at all.
        valid: (A, B) 1 where a whole patch may be copied.
        field: (H, W, 2) row and column in the atlas of each match.
        cost: (H, W) what each match costs.
        active: (H, W) 1 where matches are sought.
        whole: Price of each neighbour whose match does not go on where this one does.
        forward: From the top left, or from the bottom right.
        radius: First radius of the random search, pixels; halved down to 1.
        seed: Decides the draws.
        turn: Counts the passes.
    """
    h, w = active.shape
    ah, aw = valid.shape
    step = -1 if forward else 1
    for yy in range(R, h - R):
        y = yy if forward else h - 1 - yy
        for xx in range(R, w - R):
            x = xx if forward else w - 1 - xx
            if active[y, x] == 0:
                continue
            by, bx = field[y, x, 0], field[y, x, 1]
            broken = np.float32(0.0)
            if whole > 0:
                broken = whole * _breaks(field, active, y, x, by, bx)
            best = cost[y, x] + broken
            for c in range(2):
                qy, qx = (y, x + step) if c == 0 else (y + step, x)
                if qx < R or qy < R or qx >= w - R or qy >= h - R or active[qy, qx] == 0:
                    continue
                cy = field[qy, qx, 0] + (y - qy)
                cx = field[qy, qx, 1] + (x - qx)
                if cy < 0 or cx < 0 or cy >= ah or cx >= aw or valid[cy, cx] == 0:
                    continue
                if cy == by and cx == bx:
                    continue
                apart = np.float32(0.0)
                if whole > 0:
                    apart = whole * _breaks(field, active, y, x, cy, cx)
                    if apart >= best:
                        continue
                d = _cost(
                    target, weight, guide, allowed, atlas, atlas_guide, label, price, most,
                    y, x, cy, cx, best - apart,
                )  # fmt: skip
                if d < best - apart:
                    best, by, bx, broken = d + apart, cy, cx, apart
            r = radius
            k = 0
            while r >= 1:
                bits = draw(y * 65536 + x, seed, turn, k)
                cy = by + below(bits, 2 * r + 1) - r
                cx = bx + below(draw(bits, k, turn, 77), 2 * r + 1) - r
                r //= 2
                k += 1
                if cy < 0 or cx < 0 or cy >= ah or cx >= aw or valid[cy, cx] == 0:
                    continue
                apart = np.float32(0.0)
                if whole > 0:
                    apart = whole * _breaks(field, active, y, x, cy, cx)
                    if apart >= best:
                        continue
                d = _cost(
                    target, weight, guide, allowed, atlas, atlas_guide, label, price, most,
                    y, x, cy, cx, best - apart,
                )  # fmt: skip
                if d < best - apart:
                    best, by, bx, broken = d + apart, cy, cx, apart
            field[y, x, 0], field[y, x, 1], cost[y, x] = by, bx, best - broken


@njit(nogil=True, cache=True)
def vote(
    target: Floats,
    atlas: Floats,
    field: Any,
    shift: Floats,
    cost: Floats,
    active: Bytes,
    unknown: Bytes,
    spread: float,
    window: Floats,
) -> None:
    """
    Set each ``unknown`` pixel of ``target`` (H, W * 3) to the mean of what its patches say.

    A patch of cost c speaks with weight 1 / (1 + (c / ``spread``)^2), times ``window``
    (7, 7) at the pixel's place in it, and says its colours plus its ``shift`` (H, W, 3).
    """
    h, w = active.shape
    for y in range(h):
        for x in range(w):
            if unknown[y, x] == 0:
                continue
            a0 = a1 = a2 = total = np.float32(0.0)
            for j in range(max(-R, R - y), min(R, h - 1 - R - y) + 1):
                for i in range(max(-R, R - x), min(R, w - 1 - R - x) + 1):
                    qy, qx = y + j, x + i
                    if active[qy, qx] == 0:
                        continue
                    q = cost[qy, qx] / spread
                    k = window[j + R, i + R] / (np.float32(1.0) + q * q)
                    sy, sx = field[qy, qx, 0] - j, (field[qy, qx, 1] - i) * 3
                    a0 += k * (atlas[sy, sx] + shift[qy, qx, 0])
                    a1 += k * (atlas[sy, sx + 1] + shift[qy, qx, 1])
                    a2 += k * (atlas[sy, sx + 2] + shift[qy, qx, 2])
                    total += k
            if total > 0:
                target[y, x * 3] = a0 / total
                target[y, x * 3 + 1] = a1 / total
                target[y, x * 3 + 2] = a2 / total


@njit(nogil=True, cache=True)
def uses(field: Any, counted: Bytes, height: int, width: int) -> Floats:
    """Return (A, B) how often each atlas pixel is used by the ``counted`` target pixels."""
    out = np.zeros((height, width), np.float32)
    h, w = counted.shape
    for y in range(h):
        for x in range(w):
            if counted[y, x]:
                out[field[y, x, 0], field[y, x, 1]] += 1
    return out


@njit(nogil=True, cache=True)
def places(mask: Bytes) -> Any:
    """Return (N, 2) int32 rows and columns of ``mask``, row by row."""
    h, w = mask.shape
    count = 0
    for y in range(h):
        for x in range(w):
            if mask[y, x]:
                count += 1
    out = np.zeros((count, 2), np.int32)
    count = 0
    for y in range(h):
        for x in range(w):
            if mask[y, x]:
                out[count, 0], out[count, 1] = y, x
                count += 1
    return out


@njit(nogil=True, cache=True)
def scatter(
    field: Any, active: Bytes, allowed: Bytes, label: Bytes, centres: Any, seed: int
) -> None:
    """Give every ``active`` pixel a random match, of an allowed label if eight draws allow."""
    h, w = active.shape
    for y in range(h):
        for x in range(w):
            if active[y, x]:
                for k in range(8):
                    i = below(draw(y * 65536 + x, seed, 991, k), len(centres))
                    field[y, x, 0], field[y, x, 1] = centres[i, 0], centres[i, 1]
                    if (allowed[y, x] >> label[centres[i, 0], centres[i, 1]]) & 1:
                        break
