"""How far two small pictures differ, apart from exposure and contrast."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.sun import total

LN_10 = math.log(10.0)
LN_2 = math.log(2.0)
TERMS = 12
LEAST_LIGHT = 1e-5
"""Darker is not told apart."""
Small = tuple[NDArray[np.float64], NDArray[np.float64]]
"""(h, w) log10 light, and 1 where it is known."""


def difference(one: Small, other: Small) -> float:
    """
    Return how far two small pictures differ where both are known: rms after gain and offset.

    The less of the two ways to fit one to the other; 0 where nothing can be compared,
    infinite where they are not of one size.
    """
    if one[0].shape != other[0].shape:
        return math.inf
    both = one[1] * other[1]
    count = total(both)
    if count < 2:
        return 0.0
    p, q = ((v - total(v * both) / count) * both for v in (one[0], other[0]))
    pp, qq, pq = total(p * p), total(q * q), total(p * q)
    rest = [pp - pq * pq / qq if qq > 0 else pp, qq - pq * pq / pp if pp > 0 else qq]
    return math.sqrt(max(0.0, min(rest)) / count)


def most_different(pictures: Sequence[Small], most: int) -> list[int]:
    """Return which ``most`` to take: the first, then each time the least like all before."""
    away = [math.inf] * len(pictures)
    chosen: list[int] = []
    while len(chosen) < min(most, len(pictures)):
        left = [k for k in range(len(pictures)) if k not in chosen]
        best = max(left, key=lambda k: away[k])
        chosen.append(best)
        for k in left:
            away[k] = min(away[k], difference(pictures[k], pictures[best]))
    return chosen


def log10_light(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return log10 of ``light`` (h, w), ``LEAST_LIGHT`` at the least, in plain arithmetic.

    The library's own differ in the last bit from processor to processor, and what is
    compared decides what is painted. Source: ln m = 2 artanh((m - 1) / (m + 1)), m in
    [.5, 1); its series to the 23rd power is exact to 1e-12 there.
    """
    part, power = np.frexp(np.maximum(light, LEAST_LIGHT))
    t = (part - 1.0) / (part + 1.0)
    squared, term, found = t * t, t, np.zeros_like(part)
    for n in range(TERMS):
        found += term / (2 * n + 1)
        term = term * squared
    logs: NDArray[np.float64] = (2.0 * found + power * LN_2) / LN_10
    return logs
