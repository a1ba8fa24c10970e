"""
Sunward: how far each pixel looks from the sun, as guides to the synthesis.

The tone of a sky follows its height and its angle g to the sun: steeply near the sun and
hardly at all far from it. So there are two guides, min(g, 1.2) and 3 exp(-g / 0.08), g in
radians, measured on the house's own panoramas. They stay two: their sum is the same at 7
and at 46 degrees, and then glow is copied to the far side of the sky. All in plain
arithmetic: it decides pixels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.resample import Floats
from seamline.optics.sines import RAD_PER_DEG, direction_of
from seamline.pixels.sun import angle_deg

FARTHEST_RAD = 1.2
GLOW = 3.0
GLOW_RAD = 0.08
HALVINGS = 10


def sun_angle_deg(
    elevation_deg: Floats, azimuth_deg: Floats, key_deg: tuple[float, float]
) -> Floats:
    """Return (H, W) degrees between each pixel's direction and azimuth, elevation of a key."""
    azimuth, elevation = key_deg
    directions = direction_of(elevation_deg.astype(np.float64), azimuth_deg.astype(np.float64))
    return angle_deg(directions, direction_of(np.array(elevation), np.array(azimuth)))


def sunward(angle: Floats) -> tuple[Floats, Floats]:
    """Return the two guides, (H, W) each, of angles to the sun (H, W), degrees."""
    g = angle.astype(np.float64) * RAD_PER_DEG
    glow = GLOW * falling(g / GLOW_RAD)
    return np.minimum(g, FARTHEST_RAD).astype(np.float32), glow.astype(np.float32)


def falling(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return exp(-x) of (...) values from 0 up, within 1e-6; no library's exp decides pixels.

    Source: exp(-x) = exp(-x / 1024) to the power of 1024, ten squarings of a short series.
    """
    y = np.minimum(x, 80.0) / (1 << HALVINGS)
    value = 1 - y * (1 - y / 2 * (1 - y / 3 * (1 - y / 4)))
    for _ in range(HALVINGS):
        value = value * value
    return value
