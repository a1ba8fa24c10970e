"""
The cut: within a band around what was drawn, the edge at which colours part.

A minimum cut: every pixel of the band says how much it looks like either side, and
neighbours that look alike want to stay together. Source: Boykov, Jolly, Interactive Graph
Cuts, ICCV 2001. What each side looks like is learned beside
the band, locally: a mean and a spread per place, since light changes along a ridge.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.cards.areas import reached
from seamline.generators.patch.flow import least_cut
from seamline.generators.patch.resample import Bytes, Floats, blur, grow

SAYS = 60.0
"""What a pixel's own colour may weigh; whole numbers are cut, so that order means nothing."""
HOLDS = 90.0
"""What keeps two equal neighbours together."""
EDGE_CODE = 0.035
"""Difference of neighbours, log encoding, at which they are held half as much."""
DRAWN = 4.0
"""What the drawn line weighs where colours say nothing."""
FOREIGN = 0.06
"""Density of what is like neither side, some three spreads away: it says nothing."""
ALIKE = 1.0
"""Two sides that lie no farther apart than they are spread say half as much: dark rock over a
wood is as like the wood as the rock, and the hand knew better where it drew."""
LEARNED_BANDS = 3
"""What a side looks like is learned within so many bands of the edge."""
LEAST_SPREAD = 0.012
"""Spread of a smooth sky, log encoding; less would make its own grain foreign."""


@njit(nogil=True, cache=True)
def opponent(coded: Floats) -> Any:
    """Brightness and two differences of colour: they vary more independently than R, G, B."""
    h, w, _ = coded.shape
    out = np.zeros((3, h, w), np.float32)
    for y in range(h):
        for x in range(w):
            r, g, b = coded[y, x, 0], coded[y, x, 1], coded[y, x, 2]
            out[0, y, x] = (r + g + b) / np.float32(3)
            out[1, y, x] = r - b
            out[2, y, x] = g - (r + b) / np.float32(2)
    return out


def local_colours(planes: Any, side: Bytes, radius: int) -> tuple[Any, Any, Floats]:
    """Return mean and variance (3, H, W) of ``side`` around each place, and its weight."""
    share = side.astype(np.float32)
    # Sums of squares need the precise part of a float: they are taken about the middle.
    weight = blur(share, radius)
    safe = np.maximum(weight, np.float32(1e-6))
    means, spreads = [], []
    for plane in planes:
        middle = np.float32(0.4)  # of ACEScct: a mid-grey
        value = (plane - middle) * share
        mean = blur(value, radius) / safe
        square = blur(value * (plane - middle), radius) / safe
        means.append(mean + middle)
        spreads.append(np.maximum(square - mean * mean, np.float32(LEAST_SPREAD**2)))
    return np.stack(means), np.stack(spreads), weight


@njit(nogil=True, cache=True)
def _costs(
    planes: Any, mine: Any, mine_var: Any, mine_weight: Floats, theirs: Any, theirs_var: Any,
    theirs_weight: Floats, known: Bytes, drawn: Bytes,
) -> Any:  # fmt: skip
    """Return own and other (H, W) for ``least_cut``: a heavy-tailed density on either side."""
    _, h, w = planes.shape
    own, other = np.zeros((h, w), np.int64), np.zeros((h, w), np.int64)
    for y in range(h):
        for x in range(w):
            says = DRAWN if drawn[y, x] else -DRAWN
            if known[y, x] and mine_weight[y, x] > 0.002 and theirs_weight[y, x] > 0.002:
                a = b = 1.0
                da = db = apart = 0.0
                for c in range(3):
                    ma = planes[c, y, x] - mine[c, y, x]
                    mb = planes[c, y, x] - theirs[c, y, x]
                    between = (ma - mb) * (ma - mb)
                    apart += between / (mine_var[c, y, x] + theirs_var[c, y, x])
                    da += ma * ma / mine_var[c, y, x]
                    db += mb * mb / theirs_var[c, y, x]
                    a *= mine_var[c, y, x]
                    b *= theirs_var[c, y, x]
                p = 1.0 / (np.sqrt(a) * (1.0 + da / 3) * (1.0 + da / 3))
                q = 1.0 / (np.sqrt(b) * (1.0 + db / 3) * (1.0 + db / 3))
                neither = FOREIGN / np.sqrt(max(a, b))
                says += SAYS * apart / (ALIKE + apart) * (p - q) / (p + q + neither)
            if says > 0:
                own[y, x] = int(says * 16)
            else:
                other[y, x] = int(-says * 16)
    return own, other


@njit(nogil=True, cache=True)
def _ties(coded: Floats, known: Bytes) -> Any:
    h, w, _ = coded.shape
    right, down = np.zeros((h, w), np.int64), np.zeros((h, w), np.int64)
    for y in range(h):
        for x in range(w):
            for d in range(2):
                yy, xx = (y, x + 1) if d == 0 else (y + 1, x)
                if yy >= h or xx >= w:
                    continue
                held = int(16 * DRAWN / 2)
                if known[y, x] and known[yy, xx]:
                    apart = 0.0
                    for c in range(3):
                        e = coded[y, x, c] - coded[yy, xx, c]
                        apart += e * e
                    held = int(16 * HOLDS / (1.0 + apart / (EDGE_CODE * EDGE_CODE)))
                if d == 0:
                    right[y, x] = held
                else:
                    down[y, x] = held
    return right, down


@njit(nogil=True, cache=True)
def _with_fixed(own: Any, other: Any, right: Any, down: Any, band: Bytes, side: Any) -> None:
    """Add to pixels of ``band`` what ties them to neighbours that are decided already."""
    h, w = band.shape
    for y in range(h):
        for x in range(w):
            for d in range(2):
                yy, xx = (y, x + 1) if d == 0 else (y + 1, x)
                if yy >= h or xx >= w or band[y, x] == band[yy, xx]:
                    continue
                held = right[y, x] if d == 0 else down[y, x]
                py, px, fixed = (y, x, side[yy, xx]) if band[y, x] else (yy, xx, side[y, x])
                if fixed > 0:
                    own[py, px] += held
                elif fixed < 0:
                    other[py, px] += held


def true_edge(coded: Floats, usable: Bytes, mine: Bytes, theirs: Bytes, band_px: int) -> Bytes:
    """
    Return (H, W) 1 for ``mine`` with its edge towards ``theirs`` moved to where colours part.

    Args:
        coded: (H, W, 3) log encoding.
        usable: (H, W) 1 where colours mean something.
        mine: (H, W) 1 for one side as drawn.
        theirs: (H, W) 1 for the other.
        band_px: How far from the drawn edge the true one may lie.
    """
    band = grow(mine, band_px) & grow(theirs, band_px) & (mine | theirs)
    if not band.any():
        return mine
    reach = (LEARNED_BANDS + 1) * band_px
    rows, columns = np.flatnonzero(band.any(axis=1)), np.flatnonzero(band.any(axis=0))
    h, w = mine.shape
    box = (
        slice(max(0, int(rows[0]) - reach), min(h, int(rows[-1]) + 1 + reach)),
        slice(max(0, int(columns[0]) - reach), min(w, int(columns[-1]) + 1 + reach)),
    )
    out = mine.copy()
    coded, usable, mine, theirs, band = (
        np.ascontiguousarray(coded[box]),
        *(np.ascontiguousarray(plane[box]) for plane in (usable, mine, theirs, band)),
    )
    out[box] = _within(coded, usable, mine, theirs, band, band_px)
    return out


def _within(
    coded: Floats, usable: Bytes, mine: Bytes, theirs: Bytes, band: Bytes, band_px: int
) -> Bytes:
    sure, beyond = mine & (1 - band), theirs & (1 - band)
    if not (sure & usable).any() or not (beyond & usable).any():
        return mine
    planes = opponent(coded)
    radius = LEARNED_BANDS * band_px
    within = local_colours(planes, sure & usable, radius)
    without = local_colours(planes, beyond & usable, radius)
    own, other = _costs(planes, *within, *without, usable, mine)
    right, down = _ties(coded, usable)
    side = sure.astype(np.int8) - beyond.astype(np.int8)
    _with_fixed(own, other, right, down, band, side)
    taken = least_cut(own, other, right, down, band)
    # No islands: what is not connected to its own side belongs to the other.
    taken = reached((taken & band) | sure, sure)
    left = ((band | beyond) > 0) & (taken == 0)
    left = reached(left.astype(np.uint8), beyond)
    result: Bytes = ((mine | band) & (1 - left)).astype(np.uint8)
    return result
