"""Smears: a mismatch too large for a seam, spread out until it looks like fog."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.detect.examined import (
    Examined,
    Found,
    Ints,
    Mask,
    Sight,
    areas,
    components,
    label_of,
    place_of,
)
from seamline.generators.patch.resample import Floats, blur
from seamline.generators.patch.specks import extreme
from seamline.show.review import Finding

Counts = NDArray[np.int32]

STRONG = 0.05
"""Nine tenths of a stop: more than light changes across one surface's seam."""
SOFT_PX = 4
"""The correction is smooth; resampling, which the offset carries too, is not."""
LIMIT_SHARE = 0.025
"""Of what is painted. Good holes of the house's plates stay below 2, cut objects above 4."""
CALM, CALM_PX, CALM_SHARE = np.float32(0.012), 2, 0.9
"""A sky is calm where squares of so far around differ by less, as ``skyviews.SMOOTH`` tells it.
So much of twelve carried-on skies over hilly is (nine tenths below .009); of clouds pressed to
streaks over ridges nine tenths are below .03 only."""


def find(painting: Examined, sight: Sight) -> Found:
    """
    Look for regions whose copies were lifted or lowered by almost a stop to hide a seam.

    Sand against sky is no seam: spread out, it becomes fog on a cut. Water takes on the
    tone of what it mirrors, whatever it was. A calm sky below the one that was seen has its own
    tone and the grain of another place: no cut lies under it, and nobody sees one.
    Measured: the largest such region, share of what is painted.
    """
    total = max(1, int(sight.fill.sum()))
    moved = _moved(painting, sight)
    strong: Mask = np.zeros(sight.fill.shape, bool)
    for c in range(3):
        strong |= np.abs(moved[..., c]) > np.float32(STRONG)
    strong &= sight.fill & ~_water(painting, sight)
    names = components(strong)
    size = _uncalm(names, areas(names), sight, painting)
    largest = int(size.max()) if strong.any() else 0
    share = largest / total
    bad = share > LIMIT_SHARE
    where: Mask = names == int(size.argmax()) if bad else strong
    return Found(
        finding=Finding(
            check="smears",
            verdict="fail" if bad else "pass",
            measured=round(100 * share, 2),
            limit=100 * LIMIT_SHARE,
            unit="%",
            says=f"a mismatch was spread over {100 * share:.1f} % of what was painted, "
            f"{place_of(where)}; limit {100 * LIMIT_SHARE:g} %"
            if bad
            else f"no mismatch was spread over more than {100 * LIMIT_SHARE:g} %",
        ),
        where=where if bad else None,
    )


def _moved(painting: Examined, sight: Sight) -> Floats:
    """Return (H, W, 3) by how much what is seen was moved from its sources, smoothed."""
    moved = np.zeros(sight.colour.shape, np.float32)
    for index, layer in enumerate(painting.layers):
        np.copyto(moved, layer.offset, where=(sight.layer == index)[..., None])
    moved[~sight.fill] = 0
    share = blur(sight.fill.astype(np.float32), SOFT_PX)
    np.maximum(share, np.float32(1e-3), out=share)
    for c in range(3):
        moved[..., c] = blur(np.ascontiguousarray(moved[..., c]), SOFT_PX) / share
    return moved


def _water(painting: Examined, sight: Sight) -> Mask:
    return _labelled("water", painting, sight)


def _labelled(label: str, painting: Examined, sight: Sight) -> Mask:
    own = [i for i, layer in enumerate(painting.layers) if label_of(layer) == label]
    return np.asarray(np.isin(sight.layer, own), bool)


def _uncalm(names: Ints, size: Counts, sight: Sight, painting: Examined) -> Counts:
    """Return the ``size`` of each region of ``names`` (H, W), 0 where it is calm sky."""
    calm = _labelled("sky", painting, sight)
    for c in range(3):
        plane = np.ascontiguousarray(sight.colour[..., c])
        calm &= extreme(plane, CALM_PX, 1.0) - extreme(plane, CALM_PX, -1.0) < CALM
    quiet = np.bincount(names[calm & (names >= 0)], minlength=len(size))
    return np.where(quiet >= CALM_SHARE * size, 0, size).astype(np.int32)
