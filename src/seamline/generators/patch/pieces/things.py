"""
Things: what is closed, compact and alone enough to be known again.

A stone in grass, a lamp, a bush, a crown, a window. It differs, in light or in colour, from
what is around it on all sides but one, where it may stand on something like it; and hardly
anything like it is near. So the end of a shade, a shore and a trunk are none, for they go on;
nor is a pebble among pebbles. Sizes from a lamp of one pixel to a crown of thirteen, of a
picture 108 px high.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch.resample import Bytes, Floats, blur

SIZES = ((6, 14, 4), (4, 10, 3), (2, 6, 2), (1, 4, 1), (0, 3, 1))
"""Half of a thing, how far from its middle its surroundings are asked, and half of what is
asked there; the largest first: a crown's leaves belong to the crown."""
LIGHT, HUE = 0.03, 0.02
"""Half a stop, or a third of one in colour, at least. Measured on extension-meadow's plate: its
stone departs by .059, its bush by .045, and so 12 things are found on .8 % of its ground; with
half of these limits 70 on 11 %, grass in grass."""
SIDES, KNOWN_SIDES = 8, 6
"""Asked, and seen at least: beside the edge of a picture some are not."""
MOST_ALIKE, ALIKE = 3, 0.6
"""With more than so many others around that depart by so much of it, it is one of many."""
AROUND = 4
"""As many times the distance of its surroundings is near."""
BODY = 0.6
"""What departs by so much less than the most belongs to it still."""

Names = NDArray[np.int32]


def things(atlas: Floats, pixel: Bytes, base: Any, size: Any) -> Names:
    """Return (A, B) which thing each sheet of an atlas shows, 0 where none; see ``Ground``."""
    found = np.zeros(pixel.shape, np.int32)
    for first, (rows, columns) in zip(base, size, strict=True):
        box = np.s_[int(first) : int(first) + int(rows), : int(columns)]
        own = things_of(np.ascontiguousarray(atlas[box]), np.ascontiguousarray(pixel[box]))
        found[box] = np.where(own > 0, own + found.max(), 0)
    return found


def things_of(colour: Floats, there: Bytes) -> Names:
    """
    Return (H, W) the number of the thing that each pixel belongs to, 0 where none.

    Args:
        colour: (H, W, 3) log encoding.
        there: (H, W) 1 where it counts.
    """
    red, green, blue = (colour[..., c] for c in range(3))
    planes = (
        ((red + green + blue) * np.float32(1 / 3), LIGHT),
        (red - green, HUE),
        (blue - green, HUE),
    )
    share = there.astype(np.float32)
    found = np.zeros(there.shape, np.int32)
    for half, far, wide in SIZES:
        inner_share, far_share = _share(share, half), _share(share, wide)
        for plane, least in planes:
            own = np.where(there > 0, plane, np.float32(0)).astype(np.float32)
            inner = _mean(own, inner_share, half)
            around = _mean(own, far_share, wide)
            for sign in (np.float32(1), np.float32(-1)):
                apart = _apart(sign * inner, sign * around, inner_share, far_share, far)
                tops = _tops(apart, half + 1, ALIKE * least)
                tops = _alone(apart, tops, AROUND * far, least)
                _name(found, sign * own, sign * inner, apart, there, tops, half + 1)
    return found


def _share(share: Floats, radius: int) -> Floats:
    found: Floats = blur(share, radius) if radius else share
    return found


def _mean(own: Floats, share: Floats, radius: int) -> Floats:
    """Return the mean over squares of what is there."""
    total = blur(own, radius) if radius else own
    found: Floats = (total / np.maximum(share, np.float32(1e-3))).astype(np.float32)
    return found


@njit(nogil=True, cache=True)
def _apart(inner: Floats, around: Floats, share: Floats, far_share: Floats, far: int) -> Floats:
    """Return (H, W) by how much each place is above its surroundings on all sides but one."""
    h, w = inner.shape
    out = np.zeros((h, w), np.float32)
    slant = (7 * far + 5) // 10
    steps = (
        (-far, 0), (far, 0), (0, -far), (0, far),
        (-slant, -slant), (-slant, slant), (slant, -slant), (slant, slant),
    )  # fmt: skip
    for y in range(h):
        for x in range(w):
            if share[y, x] <= np.float32(0.5):
                continue
            least = second = np.float32(1e9)
            known = 0
            for dy, dx in steps:
                yy, xx = y + dy, x + dx
                if yy < 0 or xx < 0 or yy >= h or xx >= w:
                    continue
                if far_share[yy, xx] <= np.float32(0.5):
                    continue
                known += 1
                above = inner[y, x] - around[yy, xx]
                if above < least:
                    least, second = above, least
                elif above < second:
                    second = above
            # a side that is not seen is the one that need not differ
            apart = second if known == SIDES else least
            if known >= KNOWN_SIDES and apart > 0:
                out[y, x] = apart
    return out


@njit(nogil=True, cache=True)
def _tops(apart: Floats, reach: int, least: float) -> Any:
    """Return (N, 2) where nothing within ``reach`` departs more; by rows."""
    h, w = apart.shape
    out = np.zeros((h * w, 2), np.int64)
    n = 0
    for y in range(h):
        for x in range(w):
            top = apart[y, x]
            if top < least:
                continue
            highest = True
            for yy in range(max(0, y - reach), min(h, y + reach + 1)):
                for xx in range(max(0, x - reach), min(w, x + reach + 1)):
                    first = yy < y or (yy == y and xx < x)
                    if apart[yy, xx] > top or (first and apart[yy, xx] == top):
                        highest = False
                        break
                if not highest:
                    break
            if highest:
                out[n] = y, x
                n += 1
    return out[:n]


@njit(nogil=True, cache=True)
def _alone(apart: Floats, tops: Any, near: int, least: float) -> Any:
    """Return those of ``tops`` that depart by ``least`` and have few alike within ``near``."""
    out = np.zeros_like(tops)
    n = 0
    for i in range(len(tops)):
        y, x = tops[i]
        if apart[y, x] < least:
            continue
        alike = 0
        for k in range(len(tops)):
            b, a = tops[k]
            if abs(b - y) <= near and abs(a - x) <= near:
                alike += apart[b, a] >= ALIKE * apart[y, x]
        if alike - 1 <= MOST_ALIKE:
            out[n] = y, x
            n += 1
    return out[:n]


@njit(nogil=True, cache=True)
def _name(
    found: Any, own: Floats, inner: Floats, apart: Floats, there: Bytes, tops: Any, reach: int
) -> None:
    """Give the pixels of each thing that no larger one has its number, in place."""
    h, w = there.shape
    last = found.max()
    for i in range(len(tops)):
        y, x = tops[i]
        least = inner[y, x] - BODY * apart[y, x]
        last += 1
        for yy in range(max(0, y - reach), min(h, y + reach + 1)):
            for xx in range(max(0, x - reach), min(w, x + reach + 1)):
                if there[yy, xx] and not found[yy, xx] and own[yy, xx] > least:
                    found[yy, xx] = last
