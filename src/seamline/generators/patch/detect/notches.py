"""Notches: a step on a composed skyline, where two silhouettes met and did not agree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.detect.examined import (
    Examined,
    Found,
    Sight,
    label_of,
    place_of,
)
from seamline.ports import PaintedLayer
from seamline.show.review import Finding

LIMIT_SHARE = 0.012
"""Of the height: 7 rows of 576. The rocks of the house's crests are about as tall."""
SIDE_PX = 3
"""A crest's height is the middle one of so many columns on either side of a join."""
JUMP_PX = 3
"""Neighbouring columns of one silhouette come from columns no farther apart."""


def find(painting: Examined, sight: Sight) -> Found:
    """
    Measure the step of a range's crest where its origin jumps.

    A step that the crest takes beside the join as well is the mountain's own. What
    something nearer hides is not looked at.
    """
    height = sight.fill.shape[0]
    limit = LIMIT_SHARE * height
    where = np.zeros(sight.fill.shape, bool)
    worst, looked = 0.0, False
    for number, layer in enumerate(painting.layers):
        if label_of(layer) != "far":
            continue
        looked = True
        crest, joins = _crest(layer, sight, number)
        for x in joins:
            step = _step(crest, x)
            worst = max(worst, step)
            if step > limit:
                first, last = sorted((int(crest[x]), int(crest[x + 1])))
                where[first : last + 1, x : x + 2] = True
    if not looked:
        says = "there is no range of cards"
        return Found(finding=Finding(check="notches", verdict="not checked", says=says))
    bad = bool(where.any())
    return Found(
        finding=Finding(
            check="notches",
            verdict="fail" if bad else "pass",
            measured=worst,
            limit=round(limit, 1),
            unit="px",
            says=f"the crest has a step of {worst:.0f} px that neither silhouette has, "
            f"{place_of(where)}; limit {limit:.0f} px"
            if bad
            else f"no join of the crest has a step of more than {limit:.0f} px",
        ),
        where=where if bad else None,
    )


def _crest(
    layer: PaintedLayer, sight: Sight, number: int
) -> tuple[NDArray[np.int64], list[int]]:
    """Return (W,) first row of a range and the columns left of its joins that are seen."""
    solid = layer.alpha > np.float32(0.5)
    some = solid.any(axis=0)
    crest = np.where(some, solid.argmax(axis=0), len(solid)).astype(np.int64)
    columns = np.arange(len(crest))
    row = np.minimum(crest + 1, len(solid) - 1)
    seen = some & (sight.layer[row, columns] == number) & sight.fill[row, columns]
    source, at = layer.source[row, columns], layer.source_x[row, columns]
    jumps = (source[1:] != source[:-1]) | (np.abs(np.diff(at)) > JUMP_PX)
    windows = np.lib.stride_tricks.sliding_window_view(seen, 2 * SIDE_PX)
    both = np.asarray(windows.all(axis=1))
    joins = np.flatnonzero(jumps[SIDE_PX - 1 : SIDE_PX - 1 + len(both)] & both) + SIDE_PX - 1
    return crest, [int(x) for x in joins]


def _step(crest: NDArray[np.int64], x: int) -> float:
    """Return by how much the crest steps between x and x + 1 beyond what it does beside."""

    def middle(first: int) -> int:
        first = min(max(0, first), len(crest) - SIDE_PX)
        return int(np.sort(crest[first : first + SIDE_PX])[SIDE_PX // 2])

    left, right = middle(x + 1 - SIDE_PX), middle(x + 1)
    beside = max(abs(left - middle(x + 1 - 2 * SIDE_PX)), abs(middle(x + 1 + SIDE_PX) - right))
    return float(max(0, abs(right - left) - beside))
