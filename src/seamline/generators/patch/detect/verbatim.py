"""
Verbatim: how much of a picture is one piece of one reference.

A sky that was set whole is one piece on purpose: a panorama's is not looked at, and a sky
card's, behind ranges, is not the piece that is looked for.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seamline.generators.patch.detect.examined import (
    PLATE_ID,
    Examined,
    Found,
    Mask,
    Sight,
    areas,
    copied,
    label_of,
    place_of,
)
from seamline.ports import ReferencePicture
from seamline.show.review import Finding

LIMIT = 0.35
LIMIT_MANY = 0.25
"""With ``MANY`` references or more there is enough to compose from."""
MANY = 3
DRIFT_PX = 2
"""A piece that creeps by up to two pixels from neighbour to neighbour is still one piece."""


def limit_of(references: Sequence[ReferencePicture]) -> float:
    """Return how much of a painting from ``references`` may be one piece of one of them."""
    used = {r.id for r in references if r.id != PLATE_ID}
    return LIMIT_MANY if len(used) >= MANY else LIMIT


def find(painting: Examined, sight: Sight) -> Found:
    """Measure the largest region copied as one piece, as a share of what was painted."""
    domes = [i for i, r in enumerate(painting.references) if r.dome is not None]
    fill = sight.fill & ~np.isin(sight.source, domes)
    total = int(fill.sum())
    if any(label_of(one) == "sky" for one in painting.layers) and sight.sky is not None:
        fill = fill & ~sight.sky
    names = copied(fill, sight.source, sight.x, sight.y, DRIFT_PX)
    if not fill.any() and (domes or total):
        says = "all that is painted is a sky set whole, on purpose"
        return Found(finding=Finding(check="verbatim", verdict="not checked", says=says))
    if total == 0:
        return Found(
            finding=Finding(check="verbatim", verdict="not checked", says="nothing is painted")
        )
    size = areas(names)
    largest: Mask = names == int(size.argmax())
    share = int(size.max()) / total
    limit = limit_of(painting.references)
    bad = share > limit
    return Found(
        finding=Finding(
            check="verbatim",
            verdict="fail" if bad else "pass",
            measured=round(100 * share, 1),
            limit=100 * limit,
            unit="%",
            says=f"{100 * share:.0f} % of what was painted is one piece of one reference, "
            f"{place_of(largest)}; limit {100 * limit:.0f} %",
        ),
        where=largest if bad else None,
    )
