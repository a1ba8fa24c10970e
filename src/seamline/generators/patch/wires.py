"""
Wires and twigs before a panorama's sky, which no skyline cuts off.

A wire is followed from where it surely is one, and a twig from the land it stands on: cut
where they fade they are dashes in the air. What hangs free and is hardly darker is cloud.
"""

from __future__ import annotations

import math

import numpy as np

from seamline.generators.patch.cards.areas import reached
from seamline.generators.patch.resample import Bytes, Floats, grow
from seamline.generators.patch.specks import standing_dark, thin_dark
from seamline.pixels.sun import DISC_DEG
from seamline.ports import ReferencePicture

ROOM_DEG = 1.5
"""Room left above a skyline: haloes, twigs."""
WIRE_PX = 1.5
"""Half as wide as the widest wire that is cut away, pixels of the panorama itself."""
LEAST_WIRE_PX, LEAST_STEP = 3, 0.1
DARKER_PER_PX = 0.002
"""What a wire takes from its sky in ACEScct, by pixel of half its width: a wire's sides are
steep, a cloud's are soft."""
FINE_DEG, COARSE_DEG = 0.1, 0.35
"""A panorama's pixels. Of a fine one what lies is a wire; a coarse one shows streaks of cloud
as thin, which are half as dark: what is less than twice as dark is kept where it hangs free."""
GOES_ON = np.float32(0.4)
"""A wire goes on for as long as so much of that is left: cut where it fades, it was dashes."""
TWIG = 0.006
TWIGS_DEG = 6.0
"""So near above a skyline less is enough of what stands on it: twigs are finer than a
panorama's pixels. Clouds that lie there are no darker, and were cut to blocks."""
AROUND_PX = 3
SPECKLED = 0.25
"""Where more of a sky is thin and dark it is broken clouds."""


def without_wires(
    picture: ReferencePicture,
    usable: Bytes,
    angle: Floats | None,
    above: Floats | None,
    *,
    step: int = 1,
) -> Bytes:
    """
    Return ``usable`` without wires and twigs; broken clouds stay as they are.

    Args:
        picture: A panorama's sky, set over a canvas.
        usable: (H, W) 1 where it is sky, as far as its skyline tells.
        angle: (H, W) degrees from its sun, or None.
        above: (H, W) degrees above that skyline, or None where nobody knows it.
        step: Of how many pixels of the canvas, each way, the picture shows one.
    """
    across = np.abs(np.diff(picture.master_x, axis=1))
    finest = float(np.sort(across, axis=None)[across.size // 2]) / step
    radius = max(LEAST_WIRE_PX, math.ceil(WIRE_PX / max(finest, LEAST_STEP)))
    darker, room = DARKER_PER_PX * radius, -(-AROUND_PX // step)
    radius, least = -(-radius // step), np.float32(darker)
    lying = thin_dark(picture.colour, radius) / (least * _pressed(picture))
    standing = standing_dark(picture.colour, radius) / least
    times = _surely(picture)
    surely = (lying > times) | (standing > 1)
    perhaps, begins = surely | (lying > times * GOES_ON), surely
    if above is not None:
        twig = np.float32(min(TWIG, darker)) / least
        perhaps = perhaps | ((standing > twig) & (above < np.float32(TWIGS_DEG)))
        begins = surely | (above <= np.float32(ROOM_DEG))
    rooted = grow(begins.astype(np.uint8), room)
    goes_on = reached(grow(perhaps.astype(np.uint8), 1), rooted) > 0
    for there in (surely | goes_on, surely):
        specks = usable & there.astype(np.uint8)
        if angle is not None:
            specks[angle < np.float32(DISC_DEG)] = 0
        if int(specks.sum()) < SPECKLED * int(usable.sum()):
            return np.asarray(usable & (1 - grow(specks, room)), np.uint8)
    return usable


def _surely(picture: ReferencePicture) -> np.float32:
    """Return how many times as dark what lies free in a sky must be to be no cloud, 1 to 2."""
    assert picture.elevation_deg is not None
    down = np.sort(np.abs(np.diff(picture.elevation_deg, axis=0)), axis=None)
    rows = np.sort(np.abs(np.diff(picture.master_y, axis=0)), axis=None)
    middle = rows.size // 2
    pixel_deg = float(down[middle]) / max(float(rows[middle]), 1e-6)
    share = min(max((pixel_deg - FINE_DEG) / (COARSE_DEG - FINE_DEG), 0.0), 1.0)
    return np.float32(1.0 + share)


def _pressed(picture: ReferencePicture) -> Floats:
    """
    Return (H, W) how much steeper the sides of level clouds are than they were, 1 at least.

    Below a lowered sun a dome is pressed together.
    """
    down = np.abs(np.gradient(picture.master_y, axis=0))
    across = np.abs(np.gradient(picture.master_x, axis=1))
    found = down / np.maximum(across, np.float32(LEAST_STEP))
    return np.asarray(np.maximum(found, 1), np.float32)
