"""Holes in the land: sky below the skyline."""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
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
"""Of the picture, as for floating pieces; less is light between leaves."""
ROOF_PX = 3
"""Land at least so thick above counts as a roof over the sky below it."""
DRIFT_PX = 2
STRETCH = 0.4
"""A card is shown at .7 to 1.4 of its size, perhaps mirrored."""
OWN = 0.9
"""A hole so much of whose rim was copied as one piece was photographed like that."""


def find(painting: Examined, sight: Sight) -> Found:
    """
    Look for sky that is seen below land, and was not photographed that way.

    A hole whose rim was copied in one piece belongs to the card: sky between trees. One
    whose rim is of several pieces was made by joining them. Measured: the largest, pixels.
    """
    if sight.sky is None:
        return Found(
            finding=Finding(
                check="sky below",
                verdict="not checked",
                says="nothing tells sky from land in this painting, so no hole can be seen",
            )
        )
    land = sight.fill & ~sight.sky
    under = _under(land, sight.sky & sight.fill, ROOF_PX)
    names = components(under)
    own = _photographed(names, land, sight.source, sight.x, sight.y, DRIFT_PX, OWN)
    holes = under & ~own
    size = areas(np.where(holes, names, np.int32(-1)))
    limit = max(8.0, LIMIT_SHARE * land.size)
    largest = int(size.max()) if holes.any() else 0
    bad = largest > limit
    where: Mask = holes & (size[np.maximum(names, 0)] > limit)
    first: Mask = names == int(size.argmax()) if bad else where
    return Found(
        finding=Finding(
            check="sky below",
            verdict="fail" if bad else "pass",
            measured=float(largest),
            limit=round(limit, 1),
            unit="px",
            says=f"{largest} px of sky are seen through the land {place_of(first)}; "
            f"limit {limit:.0f} px"
            if bad
            else f"no sky over {limit:.0f} px is seen below land",
        ),
        where=where if bad else None,
    )


@njit(nogil=True, cache=True)
def _under(land: Any, sky: Any, roof: int) -> Any:
    """Return (H, W) sky that has at least ``roof`` rows of land above it in its column."""
    h, w = land.shape
    out = np.zeros((h, w), np.bool_)
    for x in range(w):
        run, covered = 0, False
        for y in range(h):
            if land[y, x]:
                run += 1
                covered = covered or run >= roof
            else:
                run = 0
                if covered and sky[y, x]:
                    out[y, x] = True
    return out


@njit(nogil=True, cache=True)
def _photographed(
    names: Any, land: Any, source: Any, sx: Any, sy: Any, drift: int, own: float
) -> Any:
    """Return (H, W) the holes whose rim lies in the source as it lies in the picture."""
    h, w = names.shape
    first = np.full(names.size, -1, np.int64)
    rim = np.zeros(names.size, np.int64)
    same = np.zeros(names.size, np.int64)
    for y in range(h):
        for x in range(w):
            name = names[y, x]
            if name < 0:
                continue
            for k in range(4):
                a = y + (1 if k == 0 else -1 if k == 1 else 0)
                b = x + (1 if k == 2 else -1 if k == 3 else 0)
                if a < 0 or b < 0 or a >= h or b >= w or not land[a, b]:
                    continue
                if first[name] < 0:
                    first[name] = a * w + b
                p, q = first[name] // w, first[name] % w
                rim[name] += 1
                across, down = abs(b - q), abs(a - p)
                off_x = abs(abs(sx[a, b] - sx[p, q]) - across)
                off_y = abs(abs(sy[a, b] - sy[p, q]) - down)
                if (
                    source[a, b] == source[p, q]
                    and off_x <= drift + STRETCH * across
                    and off_y <= drift + STRETCH * down
                ):
                    same[name] += 1
    out = np.zeros((h, w), np.bool_)
    for y in range(h):
        for x in range(w):
            name = names[y, x]
            out[y, x] = name >= 0 and rim[name] > 0 and same[name] >= own * rim[name]
    return out
