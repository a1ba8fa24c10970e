"""
Least squares whose answers may not be negative: there is no light below none.

Source: C. L. Lawson & R. J. Hanson, Solving Least Squares Problems (1974), chapter 23, in
the form that works on the normal equations.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def nonnegative(gram: Floats, right: Floats, *, most: int | None = None) -> Floats:
    """
    Return (K,) x >= 0 that minimises x'Gx - 2 b'x.

    Args:
        gram: (K, K) G = A'A of the problem A x = y.
        right: (K,) b = A'y.
        most: Steps after which the best so far is returned; by default 3 K.
    """
    count = len(right)
    x = np.zeros(count)
    free = np.zeros(count, bool)
    tiny = 1e-10 * max(float(np.abs(right).max()), 1e-300)
    for _ in range(most or 3 * count):
        slope = right - gram @ x
        slope[free] = -np.inf
        best = int(slope.argmax())
        if slope[best] <= tiny:
            break
        free[best] = True
        _settle(x, free, gram, right)
    return x


def _settle(x: Floats, free: NDArray[np.bool_], gram: Floats, right: Floats) -> None:
    """Solve for the free ones; whoever would turn negative is held at 0."""
    while free.any():
        at = np.flatnonzero(free)
        part = gram[np.ix_(at, at)]
        ridge = 1e-12 * float(np.trace(part)) / len(at)
        wanted = np.linalg.solve(part + ridge * np.eye(len(at)), right[at])
        if (wanted > 0).all():
            x[:] = 0
            x[at] = wanted
            return
        falls = wanted <= 0
        before = x[at]
        share = float((before[falls] / np.maximum(before[falls] - wanted[falls], 1e-300)).min())
        x[at] = before + share * (wanted - before)
        gone = at[(x[at] <= 1e-14) & falls]
        if not len(gone):
            gone = at[falls][:1]
        x[gone] = 0
        free[gone] = False
