"""
The waterline: where open water begins, against the locked row.

Water has no business above its level. Below it a shore may stand before it: stones, a
beach, a quay are as they were photographed, up to a few rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.detect.examined import Examined, Found, Sight, label_of
from seamline.show.review import Finding

LIMIT_PX = 2.0
"""A reflection that is two pixels off does not touch what it reflects."""
SHORE_SHARE = 0.03
"""Of the height: so far down a shore may reach before the water begins."""
REST = 10
"""One column in so many may deviate more: a boat, a rock, a tree that reaches down."""


def find(painting: Examined, sight: Sight) -> Found:
    """Compare the row on which water begins, per column, with the locked waterline."""
    labels = [label_of(layer) for layer in painting.layers]
    if painting.waterline is None or "water" not in labels:
        why = "no waterline is locked" if painting.waterline is None else "there is no water"
        return Found(finding=Finding(check="waterline", verdict="not checked", says=why))
    water = (sight.layer == labels.index("water")) & sight.fill
    height = water.shape[0]
    columns = water.any(axis=0)
    first = np.where(columns, water.argmax(axis=0), height)
    # what no frame sees above the water hides where it begins
    open_above = columns & painting.need[np.maximum(first - 1, 0), np.arange(len(first))]
    stray = _off(first, painting.waterline, SHORE_SHARE * height)
    off = np.sort(stray[open_above])
    if len(off) == 0:
        return Found(
            finding=Finding(
                check="waterline", verdict="not checked", says="the waterline is nowhere seen"
            )
        )
    worst = float(off[(len(off) - 1) - len(off) // REST])
    bad = worst > LIMIT_PX
    where = water & (stray > LIMIT_PX)[None, :] if bad else None
    return Found(
        finding=Finding(
            check="waterline",
            verdict="fail" if bad else "pass",
            measured=worst,
            limit=LIMIT_PX,
            unit="px",
            says=f"the water begins up to {worst:.0f} px from the locked row "
            f"{painting.waterline:.0f}, limit {LIMIT_PX:g} px",
        ),
        where=where,
    )


def _off(first: NDArray[np.int64], waterline: float, shore: float) -> NDArray[np.float64]:
    """Return (W,) how far above its level water begins, or below where a shore may reach."""
    away = first - waterline
    found: NDArray[np.float64] = np.where(away < 0, -away, np.maximum(0.0, away - shore))
    return found
