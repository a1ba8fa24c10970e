"""Connected places of a picture: pixels that touch, by side or by corner."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def connected(
    columns: NDArray[np.int64], rows: NDArray[np.int64], there: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], ...]:
    """
    Return for every connected place the indices of its pixels, the largest place first.

    Args:
        columns: (N,) where pixels stand, no two in one place.
        rows: (N,) likewise.
        there: (N,) which of them are looked at.
    """
    at = np.flatnonzero(there)
    if not len(at):
        return ()
    y, x = rows[at] - rows[at].min() + 1, columns[at] - columns[at].min() + 1
    none = len(at)
    names = np.full((int(y.max()) + 2, int(x.max()) + 2), none)
    names[y, x] = np.arange(none)
    while True:
        least = names[y, x]
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                least = np.minimum(least, names[y + down, x + right])
        # the pixel that a name comes from may know a smaller one by now
        least = least[least]
        if (least == names[y, x]).all():
            break
        names[y, x] = least
    found = [at[least == name] for name in np.unique(least)]
    return tuple(sorted(found, key=lambda place: (-len(place), int(place[0]))))
