"""Light of what is encoded, the same bits on every processor."""

from __future__ import annotations

import numpy as np

from seamline.fast import njit


@njit(nogil=True, cache=True)
def linear(value: float) -> float:
    """
    Return scene-linear light of an ACEScct ``value``, in plain arithmetic.

    Source: Academy S-2016-001; 2^f by its Taylor series to the 12th term on [0, 1).
    """
    if value <= 0.155251141552511:
        return (value - 0.0729055341958355) / 10.5402377416545
    e = value * 17.52 - 9.72
    whole = np.floor(e)
    f = (e - whole) * 0.6931471805599453
    total, term = 1.0, 1.0
    for n in range(1, 13):
        term *= f / n
        total += term
    k = int(whole)
    for _ in range(abs(k)):
        total = total * 2.0 if k > 0 else total * 0.5
    return total
