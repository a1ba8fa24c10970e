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

from seamline.fast import njit
from seamline.generators.patch import composite
from seamline.generators.patch.across import tone_across
from seamline.generators.patch.bends import bent
from seamline.generators.patch.cards.areas import reached
from seamline.generators.patch.lie import tone_along
from seamline.generators.patch.pieces.tone import tone_of
from seamline.generators.patch.resample import Bytes, Floats, blur, grow
from seamline.generators.patch.rim import met
from seamline.generators.patch.rows import at_the_rim, carried_along
from seamline.generators.patch.slopes import carried_on

SMOOTH = 0.5
"""From here on something is smooth enough to be sky."""
LOWEST = 0.026
"""Of the guide, a degree below the horizon: pieces may lie a pixel or two lower."""
DARKER = 0.15
"""What is so much darker than most of the sky, two and a half stops, is a wall before it."""
LEAST_EDGE, MOST_UNSEEN = 0.04, 0.1
"""Two thirds of a stop is an edge (``straight``); so much of a skyline may be none."""
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
    smooth, inside = (composite.smoothness(p) for p in (copied.colour, copied.atlas))
    edges = highest(smooth, composite.SMOOTH_PX)
    sky = sky_of(copied.colour, copied.state, edges, copied.guide)
    lift = _lift(copied, sky)
    above = edges, highest(inside, composite.SMOOTH_PX)
    sides = []
    for side in (sky, np.asarray(1 - sky, np.uint8)):
        state = np.where(side > 0, copied.state, composite.ABSENT).astype(np.uint8)
        if (state == composite.OPEN).any():
            own = replace(copied, colour=copied.colour + lift, state=state)
            told = above if side is sky else (smooth, inside)
            added = _tied(own, *told, above=side is sky)
            led = np.zeros_like(lift)
            if copied.to_edge:
                led = _led_on(own, added, *told, above=side is sky, parted=bool(sky.any()))
            sides.append((side, lift + added, led))
    (_, added, led), *other = sides
    if other:
        added = _mixed(copied.colour, *[(side, tied) for side, tied, _ in sides])
        led = _mixed(copied.colour, *[(side, slope) for side, _, slope in sides])
    found: Floats = copied.colour + added
    # the first pixels meet the plate's last by what copies say, which know of no slope led on
    found += met(found, copied.state, copied.field, copied.atlas, copied.pixel)
    found += led
    return found


def sky_of(colour: Floats, state: Bytes, smooth: Floats, guide: Floats) -> Bytes:
    """Return (H, W) 1 where a picture shows sky that hangs together with the plate's."""
    able = ((smooth > np.float32(SMOOTH)) & (guide < np.float32(LOWEST))).astype(np.uint8)
    top = np.zeros_like(able)
    top[0] = state[0] == composite.KEPT
    found: Bytes = reached(able, top)
    seen = (found > 0) & (state == composite.KEPT)
    if seen.any():
        light = (colour[..., 0] + colour[..., 1] + colour[..., 2]) / np.float32(3)
        in_order = np.sort(light[seen])
        usual = in_order[3 * len(in_order) // 4]
        bright = (light > usual - np.float32(DARKER)).astype(np.uint8)
        found = reached(able & bright, top)
    return found if _ends_at_edges(colour, found) else np.zeros_like(found)


def _ends_at_edges(colour: Floats, sky: Bytes) -> bool:
    """Return whether it is seen where ``sky`` ends: else a pale wall was taken for sky."""
    rim = (grow(sky, 1) > 0) & (sky == 0)
    step = _around(colour, sky)[rim] - _around(colour, np.asarray(1 - sky, np.uint8))[rim]
    seen = np.abs(step).max(axis=-1) > np.float32(LEAST_EDGE)
    return int(seen.sum()) >= (1 - MOST_UNSEEN) * len(seen)


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
    else:
        added = tone_across(copied.colour, state, copied.guide, copied.piece)
    surrounded = not above and not copied.to_edge
    # the plate is held against copies without what is added: their gradients stay their own
    base = copied.colour - at_the_rim(added, state)
    if surrounded:  # each piece was drawn by itself: what they still differ by is mended
        base = copied.colour + added
    added = added + composite.correction(
        atlas, copied.pixel, inside, field, state, base,
        composite.anchor_of(inside, field, state), shifted=not surrounded, plate_smooth=smooth,
    )  # fmt: skip
    return added


def _led_on(
    copied: Copied, added: Floats, smooth: Floats, inside: Floats, *, above: bool,
    parted: bool,
) -> Floats:  # fmt: skip
    """Return (H, W, 3) what leads slopes over cuts and the plate's edge, beside ``added``."""
    painted, state = copied.colour + added, copied.state
    # told from copies that do not meet yet, each cut would be an edge at which slopes end
    meets = composite.smoothness(painted)
    meets = highest(meets, composite.SMOOTH_PX) if above else meets
    # trees that a sky was parted from are none, however dark and smooth they are
    in_sky = np.asarray((copied.guide < 0) & (above or not parted))
    calm = np.where(in_sky, meets, smooth) * (state != composite.ABSENT)
    calm = calm.astype(np.float32)
    bend = bent(
        np.where(in_sky, calm, 0).astype(np.float32), inside, state, copied.field,
        copied.atlas, copied.pixel,
    )  # fmt: skip
    found: Floats = bend.copy()
    # a field that brightens says nothing of the sky over it, where the two are not parted
    for part in (np.ones_like(in_sky),) if parted else (in_sky, ~in_sky):
        own = np.where(part, state, composite.ABSENT).astype(np.uint8)
        if (own == composite.OPEN).any():
            found += carried_on(painted + bend, calm * part, own)
    return found


def _mixed(colour: Floats, sky: tuple[Bytes, Floats], land: tuple[Bytes, Floats]) -> Floats:
    """Return (H, W, 3) what is added to the sky and to the land, in the fringe of both."""
    (above, to_sky), (below, to_land) = sky, land
    fringe = (grow(above, FRINGE_PX) & below) > 0
    of_sky, of_land = _around(colour, above), _around(colour, below)
    apart = of_sky - of_land
    length, along = _dot(apart, apart), _dot(colour - of_land, apart)
    mixed = np.clip(along / np.maximum(length, LEAST_APART * LEAST_APART), 0, 1)
    share = np.where(fringe, mixed, above).astype(np.float32)[..., None]
    near: Floats = np.where(fringe[..., None], _around(to_sky, above), to_sky)
    found: Floats = to_land * (1 - share) + near * share
    return found


def _dot(a: Floats, b: Floats) -> Floats:
    """Return (H, W) the sums over the three channels of ``a`` times ``b``."""
    found: Floats = a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1] + a[..., 2] * b[..., 2]
    return found


def _around(planes: Floats, where: Bytes) -> Floats:
    """Return (H, W, 3) the mean of ``planes`` ``where`` it counts, around each pixel."""
    share = np.ascontiguousarray(where, np.float32)
    weight = np.maximum(blur(share, FRINGE_PX), np.float32(1e-6))
    means = [
        blur(np.ascontiguousarray(planes[..., c] * share), FRINGE_PX) / weight for c in range(3)
    ]
    return np.stack(means, axis=-1).astype(np.float32)


@njit(nogil=True, cache=True)
def highest(plane: Floats, radius: int) -> Floats:
    """Return the largest of ``plane`` (H, W) in squares of 2 ``radius`` + 1 pixels."""
    h, w = plane.shape
    rows, out = np.empty_like(plane), np.empty_like(plane)
    for y in range(h):
        for x in range(w):
            top = plane[y, x]
            for k in range(max(0, x - radius), min(w, x + radius + 1)):
                top = max(top, plane[y, k])
            rows[y, x] = top
    for y in range(h):
        for x in range(w):
            top = rows[y, x]
            for k in range(max(0, y - radius), min(h, y + radius + 1)):
                top = max(top, rows[k, x])
            out[y, x] = top
    return out
