"""
Normal noise that can be repeated: one value per place, channel, frame and seed.

A value depends on its counters only, never on what was drawn before or beside it, so
neither the order of work nor the number of threads matters, and a part of a frame gets
the noise that the whole would have had there. Integers and a table; no library
transcendental is called per pixel.

Source: SplitMix64 finaliser (Steele, Lea, Flood 2014).
"""

from __future__ import annotations

from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_LEVELS = 1 << 16
_ROUND = float(1 << 30)
"""The table is rounded to this, past which libraries differ."""


@cache
def _normal_table() -> Floats:
    half = [NormalDist().inv_cdf((k + 0.5) / _LEVELS) for k in range(_LEVELS // 2, _LEVELS)]
    upper = np.rint(np.array(half) * _ROUND) / _ROUND
    table = np.concatenate([-upper[::-1], upper])
    # 65536 steps leave a little of the tails out: exact unit variance is put back.
    return np.asarray(table / np.sqrt((table * table).mean()), np.float64)


def normals(
    height: int, width: int, *, top: int, left: int, frame: int, seed: int
) -> tuple[Floats, Floats, Floats]:
    """
    Return three independent (H, W) planes of normal noise, mean 0 and variance 1.

    Args:
        height: Rows.
        width: Columns.
        top: Row of the first, in the display window; may be negative.
        left: Column of the first.
        frame: The film's frame number.
        seed: Another seed is other noise.
    """
    rows = (np.arange(top, top + height, dtype=np.int64) & 0xFFFFFFFF).astype(np.uint64)
    columns = (np.arange(left, left + width, dtype=np.int64) & 0xFFFFFFFF).astype(np.uint64)
    place = (rows[:, None] << np.uint64(32)) | columns[None, :]
    key = _mixed(_mixed(_counter(seed)) ^ _counter(frame))
    bits = _mixed(_mixed(place ^ key) + key)
    table, low = _normal_table(), np.uint64(0xFFFF)
    red, green, blue = (
        table[((bits >> np.uint64(shift)) & low).astype(np.intp)] for shift in (0, 16, 32)
    )
    return red, green, blue


def _counter(number: int) -> NDArray[np.uint64]:
    return np.array([number & 0xFFFFFFFFFFFFFFFF], np.uint64)


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    z = bits + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)), np.uint64)
