"""
Gaps: between the tips of a wood what stands behind it is seen.

A cut that holds neighbours together fills such gaps; moved before another sky they would
show the old one. Near a silhouette, a pixel that is clearly like what is behind the layer
and unlike the layer, and is open to the outside through others like it, is a gap.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.cards.areas import reached
from seamline.generators.patch.cards.cut import local_colours, opponent
from seamline.generators.patch.cards.edges import shrunk
from seamline.generators.patch.resample import Bytes, Floats, grow

DEPTH_SHARE = 0.02
"""Gaps are looked for so far inside a silhouette, of the height."""
CLEARLY = 4.0
"""How many times more like what is behind than like the layer."""


@njit(nogil=True, cache=True)
def _foreign(
    planes: Any, near: Bytes, mine: Any, mine_var: Any, mine_weight: Floats, theirs: Any,
    theirs_var: Any, theirs_weight: Floats,
) -> Bytes:  # fmt: skip
    """Return (H, W) 1 for pixels of ``near`` that are clearly ``theirs``, not ``mine``."""
    _, h, w = planes.shape
    out = np.zeros((h, w), np.uint8)
    for y in range(h):
        for x in range(w):
            if near[y, x] == 0 or mine_weight[y, x] < 0.01 or theirs_weight[y, x] < 0.01:
                continue
            a = b = 1.0
            da = db = 0.0
            for c in range(3):
                ma = planes[c, y, x] - mine[c, y, x]
                mb = planes[c, y, x] - theirs[c, y, x]
                da += ma * ma / mine_var[c, y, x]
                db += mb * mb / theirs_var[c, y, x]
                a *= mine_var[c, y, x]
                b *= theirs_var[c, y, x]
            p = 1.0 / (np.sqrt(a) * (1.0 + da / 3) * (1.0 + da / 3))
            q = 1.0 / (np.sqrt(b) * (1.0 + db / 3) * (1.0 + db / 3))
            if q > CLEARLY * p:
                out[y, x] = 1
    return out


def open_gaps(coded: Floats, full: Bytes, mine: Bytes, behind: Bytes, outside: Bytes) -> Bytes:
    """
    Return (H, W) 1 for the pixels of ``full`` through which what is behind it is seen.

    Args:
        coded: (H, W, 3) log encoding.
        full: (H, W) 1 all over the layer.
        mine: (H, W) 1 where the layer itself was photographed.
        behind: (H, W) 1 where what stands behind it was photographed.
        outside: (H, W) 1 where the layer ends by its silhouette.
    """
    depth = max(2, int(DEPTH_SHARE * full.shape[0]))
    near: Bytes = grow(outside, depth) & mine
    if not near.any():
        return near
    planes = opponent(coded)
    front = local_colours(planes, shrunk(mine, depth), 3 * depth)
    back = local_colours(planes, shrunk(behind, 2), 2 * depth)
    found = _foreign(planes, near, *front, *back)
    result: Bytes = reached(found | outside, outside) & found
    return result
