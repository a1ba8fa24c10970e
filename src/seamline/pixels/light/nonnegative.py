"""
Least squares whose answers may not be negative: there is no light below none.

Source: C. L. Lawson & R. J. Hanson, Solving Least Squares Problems (1974), chapter 23, in
the form that works on the normal equations.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def nonnegative(
    gram: Floats, right: Floats, *, enough: float = 0.0, start: Floats | None = None
) -> Floats:
    """
    Return (K,) x >= 0 that minimises x'Gx - 2 b'x.

    Args:
        gram: (K, K) G = A'A of the problem A x = y.
        right: (K,) b = A'y.
        enough: Another unknown is let in only where it takes more than this off the sum
            of squares; in their unit.
        start: (K,) a first guess, >= 0; what is 0 in it begins as 0.
    """
    count = len(right)
    x = np.zeros(count)
    free = np.zeros(count, bool)
    size = np.maximum(np.diag(gram), 1e-300)
    tiny = 1e-10 * max(float(np.abs(right).max()), 1e-300)
    if start is not None:
        free = start > 0
        x[free] = start[free]
        _settle(x, free, gram, right)
    for _ in range(3 * count):
        at = np.flatnonzero(free)
        slope = right - gram[:, at] @ x[at]
        slope[free] = -np.inf
        gain = np.where(slope > tiny, slope, 0.0) ** 2 / size
        best = int(gain.argmax())
        if gain[best] <= enough or slope[best] <= tiny:
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
