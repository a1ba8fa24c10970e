"""
Seams: what it costs to lay pieces side by side, and how cuts are moved to cost less.

A cut between two pieces costs as much as their pixels and gradients differ on both of its
sides; a piece costs where it has nothing to show, where it shows the ground at another
height than it stood at, and where it shows what the plate does not. All cuts with one
piece are moved at once by a minimum cut, piece after piece, until none moves. Sources:
Pritch, Kav-Venaki, Peleg, Shift-Map Image Editing, ICCV 2009; Boykov, Veksler, Zabih, Fast
Approximate Energy Minimization via Graph Cuts, PAMI 2001.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.flow import DOWN, LEFT, RIGHT, UP, parted
from seamline.generators.patch.resample import Bytes, Floats

CANVAS = 0
"""The piece that is the canvas itself."""
OUTSIDE = -1
"""Neither known nor to be filled."""
CUT = 0.002
"""Price of a cut between pixels that agree: fewer, larger pieces."""
AT_PLATE = 6.0
"""What a cut weighs that lies where the plate ends and cannot be moved; others weigh 2."""
BLIND = 0.3
"""Price of a cut where neither piece shows what it cuts."""
SMOOTH = 0.0075
"""Sum of the squares by which neighbours differ where they are half smooth: .05 a channel."""
UNIT = 1e6
"""Of whole numbers per unit of price."""


@njit(nogil=True, cache=True, inline="always")
def _cut(
    colour: Floats, there: Bytes, change: Floats, dear: Floats, a: int, b: int, y: int, x: int,
    d: int,
) -> Any:  # fmt: skip
    """Return the price of a cut: ``a`` shows (y, x), ``b`` the next right, or below for d=1."""
    if a == b:
        return 0.0
    yy, xx = (y + 1, x) if d else (y, x + 1)
    here = there[a, y, x] and there[b, y, x]
    beyond = there[a, yy, xx] and there[b, yy, xx]
    if not here and not beyond:
        return BLIND + CUT
    first = second = between = 0.0
    for c in range(3):
        p = q = 0.0
        if here:
            p = colour[a, y, x, c] - colour[b, y, x, c]
        if beyond:
            q = colour[a, yy, xx, c] - colour[b, yy, xx, c]
        first += p * p
        second += q * q
        between += (p - q) * (p - q)
    own = change[a, y, x, d] + change[b, y, x, d]
    at_plate = a == CANVAS or b == CANVAS
    return _priced(dear, y, x, d, own, here and beyond, at_plate, first, second, between)


@njit(nogil=True, cache=True, inline="always")
def _priced(
    dear: Floats, y: int, x: int, d: int, own: Any, both: bool, at_plate: bool, first: Any,
    second: Any, between: Any,
) -> Any:  # fmt: skip
    """Return the price of a cut of which ``both`` sides are compared, or one alone."""
    # along an edge of what is shown a cut is hardly seen, across what goes on it is
    across = 1 + dear[y, x, 1] * SMOOTH / (SMOOTH + own)
    if d == 0:  # an upright cut
        across *= dear[y, x, 2]
    if both:
        return across * (dear[y, x, 0] * (first + second + between) + CUT)
    weight = AT_PLATE if at_plate else 2.0 * dear[y, x, 0]
    return across * (weight * (first + second) + CUT)


@njit(nogil=True, cache=True)
def _apart(
    colour: Floats, there: Bytes, label: Any, alpha: int, apart: Floats, square: Any
) -> None:
    """
    Set by how much ``alpha`` shows another colour than what is laid.

    ``apart`` (h, w, 3), and ``square`` (h, w) the sum of the squares; -1: not both show it.
    """
    h, w = label.shape
    for y in range(h):
        for x in range(w):
            p = label[y, x]
            square[y, x] = -1.0
            if p != OUTSIDE and there[alpha, y, x] and there[p, y, x]:
                total = 0.0
                for c in range(3):
                    apart[y, x, c] = colour[alpha, y, x, c] - colour[p, y, x, c]
                    one = np.float64(apart[y, x, c])
                    total += one * one
                square[y, x] = total


@njit(nogil=True, cache=True, inline="always")
def _cut_within(
    apart: Floats, square: Any, change: Floats, dear: Floats, p: int, alpha: int, y: int,
    x: int, d: int,
) -> Any:  # fmt: skip
    """Return what ``_cut`` does of ``p`` and ``alpha``, where ``p`` is laid on both sides."""
    yy, xx = (y + 1, x) if d else (y, x + 1)
    here, beyond = square[y, x] >= 0, square[yy, xx] >= 0
    if not here and not beyond:
        return BLIND + CUT
    first = second = between = 0.0
    if here:
        first = square[y, x]
    if beyond:
        second = square[yy, xx]
    if here and beyond:
        for c in range(3):
            both = np.float64(apart[y, x, c]) - np.float64(apart[yy, xx, c])
            between += both * both
    own = change[p, y, x, d] + change[alpha, y, x, d]
    at_plate = p == CANVAS or alpha == CANVAS
    return _priced(dear, y, x, d, own, here and beyond, at_plate, first, second, between)


@njit(nogil=True, cache=True, inline="always")
def _three(
    colour: Floats, there: Bytes, change: Floats, dear: Floats, p: int, q: int, alpha: int,
    y: int, x: int, d: int,
) -> Any:  # fmt: skip
    """Return the price of the cut between ``p`` and ``q``, and if ``alpha`` takes one side."""
    stay = int(_cut(colour, there, change, dear, p, q, y, x, d) * UNIT)
    if p == alpha:
        return stay, stay, 0
    first = int(_cut(colour, there, change, dear, alpha, q, y, x, d) * UNIT)
    second = int(_cut(colour, there, change, dear, p, alpha, y, x, d) * UNIT)
    return stay, first, second


@njit(nogil=True, cache=True)
def _prices(
    colour: Floats, there: Bytes, change: Floats, dear: Floats, label: Any, free: Bytes,
    alpha: int, rest: Any, room: Any,
) -> None:  # fmt: skip
    """
    Add what cuts cost if ``alpha`` takes pixels, as whole numbers, to ``rest`` and ``room``.

    What it costs to part two pixels is room from the one to the other: half each way, for so
    much may have run from the one to the other already. So no excess stands beside a sink for
    that alone.
    """
    h, w = label.shape
    apart, square = np.empty((h, w, 3), np.float32), np.empty((h, w))
    _apart(colour, there, label, alpha, apart, square)
    for y in range(h):
        for x in range(w):
            for d in range(2):
                yy, xx = (y + 1, x) if d else (y, x + 1)
                if yy >= h or xx >= w or (free[y, x] == 0 and free[yy, xx] == 0):
                    continue
                p, q = label[y, x], label[yy, xx]
                if p == OUTSIDE or q == OUTSIDE or (p == alpha and q == alpha):
                    continue
                if p == q:
                    own = _cut_within(apart, square, change, dear, p, alpha, y, x, d)
                    stay, first = 0, int(own * UNIT)
                    second = first
                else:
                    stay, first, second = _three(
                        colour, there, change, dear, p, q, alpha, y, x, d
                    )
                if free[yy, xx] == 0:
                    rest[y, x] += stay - first
                elif free[y, x] == 0:
                    rest[yy, xx] += stay - second
                else:
                    # a sum that is no metric is raised to the nearest that can be cut
                    total = max(0, first + second - stay)
                    half = total // 2
                    rest[y, x] += stay - first + half
                    rest[yy, xx] += first - half
                    room[DOWN if d else RIGHT, y, x] = half
                    room[UP if d else LEFT, yy, xx] = total - half


@njit(nogil=True, cache=True)
def spread(
    colour: Floats, there: Bytes, change: Floats, price: Floats, dear: Floats, label: Any,
    free: Bytes, alpha: int,
) -> Any:  # fmt: skip
    """
    Let piece ``alpha`` take of the ``free`` pixels what makes the whole cheaper.

    The first five are what ``Shown`` holds; ``label`` (h, w) is changed in place. Returns
    how many pixels were taken.
    """
    h, w = label.shape
    rest = np.zeros((h, w), np.int64)
    room = np.zeros((4, h, w), np.int64)
    for y in range(h):
        for x in range(w):
            if free[y, x]:
                rest[y, x] = int(price[label[y, x], y, x] * UNIT) - int(
                    price[alpha, y, x] * UNIT
                )
    _prices(colour, there, change, dear, label, free, alpha, rest, room)
    excess, sink = np.maximum(rest, 0), np.maximum(-rest, 0)
    taken = parted(excess, sink, room, free)
    count = 0
    for y in range(h):
        for x in range(w):
            if free[y, x] and taken[y, x] and label[y, x] != alpha:
                label[y, x] = alpha
                count += 1
    return count


@njit(nogil=True, cache=True)
def rim_price(
    colour: Floats, there: Bytes, change: Floats, price: Floats, dear: Floats, label: Any,
    piece: int,
) -> Any:  # fmt: skip
    """Return what ``piece`` costs where ``label`` (h, w) says it lies, its cuts included."""
    h, w = label.shape
    total = 0.0
    for y in range(h):
        for x in range(w):
            if label[y, x] == piece:
                total += price[piece, y, x]
            for d in range(2):
                yy, xx = (y + 1, x) if d else (y, x + 1)
                if yy >= h or xx >= w:
                    continue
                p, q = label[y, x], label[yy, xx]
                if p != q and (p == piece or q == piece) and p != OUTSIDE and q != OUTSIDE:
                    total += _cut(colour, there, change, dear, p, q, y, x, d)
    return total


@njit(nogil=True, cache=True)
def whole_price(
    colour: Floats, there: Bytes, change: Floats, price: Floats, dear: Floats, label: Any,
    free: Bytes,
) -> Any:  # fmt: skip
    """Return what all that is laid where ``free`` costs, every cut included."""
    h, w = label.shape
    total = 0.0
    for y in range(h):
        for x in range(w):
            if free[y, x]:
                total += price[label[y, x], y, x]
            for d in range(2):
                yy, xx = (y + 1, x) if d else (y, x + 1)
                if yy < h and xx < w and label[y, x] != OUTSIDE and label[yy, xx] != OUTSIDE:
                    total += _cut(
                        colour, there, change, dear, label[y, x], label[yy, xx], y, x, d
                    )
    return total


@njit(nogil=True, cache=True)
def cheapest(price: Floats, label: Any, free: Bytes) -> None:
    """Give every ``free`` pixel the piece that alone is cheapest there, in place."""
    h, w = free.shape
    for y in range(h):
        for x in range(w):
            least = 1e18
            for i in range(1, len(price)):
                if free[y, x] and price[i, y, x] < least:
                    least = price[i, y, x]
                    label[y, x] = i


@njit(nogil=True, cache=True)
def unshown(there: Bytes, label: Any, free: Bytes) -> Bytes:
    """Return (h, w) 1 where the piece laid at a ``free`` pixel has nothing to show."""
    h, w = free.shape
    out = np.zeros((h, w), np.uint8)
    for y in range(h):
        for x in range(w):
            if free[y, x] and label[y, x] > CANVAS:
                out[y, x] = there[label[y, x], y, x] == 0
    return out


@njit(nogil=True, cache=True)
def cut_prices(
    colour: Floats, there: Bytes, change: Floats, dear: Floats, own: Any, free: Bytes
) -> Floats:
    """Return (h, w) what the cuts at each pixel cost beyond a cut that is not seen."""
    h, w = own.shape
    out = np.zeros((h, w), np.float32)
    for y in range(h):
        for x in range(w):
            for d in range(2):
                yy, xx = (y + 1, x) if d else (y, x + 1)
                if yy >= h or xx >= w or (free[y, x] == 0 and free[yy, xx] == 0):
                    continue
                p, q = own[y, x], own[yy, xx]
                if p == q or p < CANVAS or q < CANVAS:
                    continue
                cost = np.float32(_cut(colour, there, change, dear, p, q, y, x, d) - CUT)
                out[y, x] += cost
                out[yy, xx] += cost
    return out
