"""
Apart: sky and land meet the plate each on its own.

A correction that is one surface over the picture cannot give a sky what it needs: just above
the horizon it is held by the land below, and a step stands there between two skies that
meet higher up. So the picture is parted at its skyline, each side is lifted, tied and
carried on without the other, and twigs before a sky have of both as much as their colour says.
Sky is what is smooth above the horizon and hangs together from the picture's upper edge;
where none is found all is land.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch import composite
from seamline.generators.patch.cards.areas import reached
from seamline.generators.patch.lie import tone_along
from seamline.generators.patch.pieces.tone import tone_of
from seamline.generators.patch.resample import Bytes, Floats, blur, grow
from seamline.generators.patch.rows import at_the_rim, carried_along
from seamline.generators.patch.slopes import carried_on

SMOOTH = 0.5
"""From here on something is smooth enough to be sky."""
LOWEST = 0.026
"""Of the guide, a degree below the horizon: pieces may lie a pixel or two lower."""
FRINGE_PX = 6
"""Twigs before a sky stand so near to it."""
LEAST_APART = np.float32(0.02)
"""Of the encoding: colours of sky and land that are nearer tell nothing of a mixture."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Copied:
    """
    A picture of copies that do not meet yet.

    Attributes:
        colour: (H, W, 3) the copies, and the plate where kept, log encoding.
        state: (H, W) ``KEPT``, ``OPEN`` or ``ABSENT``.
        guide: (H, W) height above the horizon downwards.
        field: (H, W, 2) the atlas's pixel that each is a copy of.
        piece: (H, W) which piece is laid, above 0 where one is.
        atlas: (A, B, 3).
        pixel: (A, B) 1 where it may be looked at.
        to_edge: Whether what is open reaches the picture's edge.
    """

    colour: Floats
    state: Bytes
    guide: Floats
    field: NDArray[np.int32]
    piece: Any
    atlas: Floats
    pixel: Bytes
    to_edge: bool


def mended(copied: Copied) -> Floats:
    """Return (H, W, 3) the picture whose pieces meet one another and the plate."""
    smooth = composite.smooth_to_the_edge(copied.colour)
    sky = sky_of(smooth, copied.guide)
    lift = _lift(copied, sky)
    inside = composite.smooth_to_the_edge(copied.atlas)
    sides = []
    for side in (sky, np.asarray(1 - sky, np.uint8)):
        state = np.where(side > 0, copied.state, composite.ABSENT).astype(np.uint8)
        if (state == composite.OPEN).any():
            own = replace(copied, colour=copied.colour + lift, state=state)
            sides.append((side, lift + _tied(own, smooth, inside, above=side is sky)))
    added = sides[0][1] if len(sides) == 1 else _mixed(copied.colour, *sides)
    found: Floats = copied.colour + added
    return found


def sky_of(smooth: Floats, guide: Floats) -> Bytes:
    """Return (H, W) 1 where a picture shows sky, down to the skyline."""
    able = ((smooth > np.float32(SMOOTH)) & (guide < np.float32(LOWEST))).astype(np.uint8)
    top = np.zeros_like(able)
    top[0] = 1
    found: Bytes = reached(able, top)
    return found


def _lift(copied: Copied, sky: Bytes) -> Floats:
    """Return (H, W, 3) by how much each piece is lifted, its sky and its land apart."""
    count = int(copied.piece.max()) + 1
    parted = np.where((copied.piece > 0) & (sky > 0), copied.piece + count, copied.piece)
    known = (copied.state == composite.KEPT).astype(np.uint8)
    return tone_of(copied.colour, known, parted, copied.field, copied.atlas, copied.pixel)


def _tied(copied: Copied, smooth: Floats, inside: Floats, *, above: bool) -> Floats:
    """Return (H, W, 3) what ties the open pixels of ``copied`` to the kept ones."""
    atlas, field, state = copied.atlas, copied.field, copied.state
    added = np.zeros_like(copied.colour)
    if above:
        added = carried_along(copied.colour, state, field, atlas, copied.pixel)
    elif copied.to_edge:
        added = tone_along(copied.colour, state, copied.guide)
    # the plate is held against copies without what is added: their gradients stay their own
    added = added + composite.correction(
        atlas, copied.pixel, inside, field, state, copied.colour - at_the_rim(added, state),
        composite.anchor_of(inside, field, state), shifted=True, plate_smooth=smooth,
    )  # fmt: skip
    if copied.to_edge:
        there = (state != composite.ABSENT).astype(np.float32)
        added = added + carried_on(copied.colour + added, smooth * there, state)
    return added


def _mixed(
    colour: Floats, sky: tuple[Bytes, Floats], land: tuple[Bytes, Floats]
) -> Floats:
    """Return (H, W, 3) what is added to the sky and to the land, in the fringe of both."""
    (above, to_sky), (below, to_land) = sky, land
    fringe = (grow(above, FRINGE_PX) & below) > 0
    of_sky, of_land = _around(colour, above), _around(colour, below)
    apart = of_sky - of_land
    length = (apart * apart).sum(axis=-1)
    share = ((colour - of_land) * apart).sum(axis=-1) / np.maximum(length, LEAST_APART**2)
    share = np.where(fringe, np.clip(share, 0, 1), above).astype(np.float32)[..., None]
    near = np.where(fringe[..., None], _around(to_sky, above), to_sky)
    found: Floats = to_land * (1 - share) + near * share
    return found


def _around(planes: Floats, where: Bytes) -> Floats:
    """Return (H, W, 3) the mean of ``planes`` ``where`` it counts, around each pixel."""
    share = np.ascontiguousarray(where, np.float32)
    weight = np.maximum(blur(share, FRINGE_PX), np.float32(1e-6))
    means = [blur(np.ascontiguousarray(planes[..., c] * share), FRINGE_PX) / weight for c in range(3)]
    return np.stack(means, axis=-1).astype(np.float32)
