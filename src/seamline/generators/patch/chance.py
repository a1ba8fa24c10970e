"""
Chance that can be repeated: counter-based hashing.

A draw depends on its counters only (seed, place, step), never on what was drawn
before, so the order of work and the number of threads do not matter. Counters of any
integer type are taken as int64: compiled once, not for every mixture of types.
Source: SplitMix64 finaliser (Steele, Lea, Flood 2014).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit


@njit("int64(int64, int64, int64, int64)", nogil=True, cache=True)
def draw(a: int, b: int, c: int, d: int) -> Any:
    """Return 32 random bits for the counters ``a`` to ``d``, as a non-negative int64."""
    z = (
        np.uint64(a) * np.uint64(0x9E3779B97F4A7C15)
        + np.uint64(b) * np.uint64(0xC2B2AE3D27D4EB4F)
        + np.uint64(c) * np.uint64(0x165667B19E3779F9)
        + np.uint64(d) * np.uint64(0xD6E8FEB86659FD93)
        + np.uint64(0x27D4EB2F165667C5)
    )
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return np.int64(z >> np.uint64(32))


@njit("int64(int64, int64)", nogil=True, cache=True)
def below(bits: int, n: int) -> Any:
    """Return the draw ``bits`` brought to 0 .. ``n`` - 1."""
    return (bits * np.int64(n)) >> np.int64(32)
