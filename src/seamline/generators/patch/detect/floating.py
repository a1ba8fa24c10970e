"""Floating pieces: land that stands on nothing."""

from __future__ import annotations

import numpy as np

from seamline.generators.patch.detect.examined import (
    Examined,
    Found,
    Mask,
    Sight,
    areas,
    components,
    place_of,
)
from seamline.show.review import Finding

LIMIT_SHARE = 0.0002
"""Of the picture: 118 px of 1024 x 576, a square of 11. Smaller is a twig or a bird."""


def find(painting: Examined, sight: Sight) -> Found:
    """
    Look for pieces of land, seen, that do not reach down to anything they could stand on.

    That is the canvas's lower edge, a kept plate pixel, or what no frame sees because
    live action stands before it. Measured: the largest such piece, pixels.
    """
    if sight.sky is None:
        return Found(
            finding=Finding(
                check="floating",
                verdict="not checked",
                says="nothing tells sky from land in this painting, so nothing can float",
            )
        )
    land = sight.fill & ~sight.sky
    names = components(land)
    loose = land & ~np.isin(names, np.unique(names[land & _rests(painting)]))
    limit = max(8.0, LIMIT_SHARE * land.size)
    size = areas(np.where(loose, names, np.int32(-1)))
    largest = int(size.max()) if loose.any() else 0
    where = loose & (size[np.maximum(names, 0)] > limit)
    bad = largest > limit
    first: Mask = names == int(size.argmax()) if bad else where
    return Found(
        finding=Finding(
            check="floating",
            verdict="fail" if bad else "pass",
            measured=float(largest),
            limit=round(limit, 1),
            unit="px",
            says=f"a piece of land of {largest} px floats {place_of(first)}; "
            f"limit {limit:.0f} px"
            if bad
            else f"no piece of land over {limit:.0f} px floats",
        ),
        where=where if bad else None,
    )


def _rests(painting: Examined) -> Mask:
    """Where a pixel has something to stand on right below it."""
    below = np.ones(painting.need.shape, bool)
    below[:-1] = painting.kept[1:] | ~painting.need[1:]
    return below
