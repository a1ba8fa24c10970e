"""
The sun of a panorama: where it stands, how bright it peaks, and how much of the light is its.

A latlong panorama, scene-linear, any primaries; luminance is taken as the mean of the
three channels, which is enough to find what outshines everything. Directions are the
show's: azimuth 0 is +Z and grows towards +X, elevation upwards, degrees. Longitude 0, the
middle of the picture, looks along -Z (as ``steps.palette`` lays panoramas out).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import Image

DISC_DEG = 2.5
"""Half-width of what counts as the sun: disc, bloom and what a 1K panorama smears."""
RING_DEG = 6.0
"""Out to here the sky around it says what would be there without it."""
LEAST_SHARE = 0.17
"""With less of the light than this a fitted direction is no clear key (measured on balls)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sun:
    """
    A clear key found in a panorama.

    Attributes:
        azimuth_deg: In the panorama's own directions.
        elevation_deg: Above its horizon.
        peak: Largest luminance.
        share: Of all light from above the horizon, over the sphere, that
            comes from within ``DISC_DEG`` beyond what its surroundings explain.
    """

    azimuth_deg: float
    elevation_deg: float
    peak: float
    share: float


def find_sun(panorama: Image) -> Sun | None:
    """
    Return the sun of ``panorama`` (H, W, 3) latlong, linear; None without a clear key.

    Source:
        Direction by the luminance-weighted centroid of what lies above half the peak
        within ``DISC_DEG``; what a ball receives is the sum of L dω.
    """
    height, width = panorama.shape[:2]
    light = np.nan_to_num(panorama.astype(np.float64).mean(axis=-1), posinf=65504.0)
    light = np.maximum(light, 0)
    upper = light[: height // 2]
    if upper.size == 0 or not upper.any():
        return None
    row, column = np.unravel_index(int(upper.argmax()), upper.shape)
    directions = _directions(height, width)[: height // 2]
    near = _angles(directions, directions[row, column])
    bright = (near <= DISC_DEG) & (upper >= upper[row, column] / 2)
    weight = (upper * bright)[..., None]
    middle = (directions * weight).sum(axis=(0, 1))
    middle /= math.sqrt(float((middle * middle).sum()))
    near = _angles(directions, middle)
    disc, ring = near <= DISC_DEG, (near > DISC_DEG) & (near <= RING_DEG)
    if not ring.any():
        return None
    elevation = (0.5 - (np.arange(height // 2) + 0.5) / height) * math.pi
    falls = np.cos(elevation)[:, None]  # solid angle
    around = float(np.median(upper[ring]))
    own = float((np.maximum(upper - around, 0) * falls * disc).sum())
    whole = float((upper * falls).sum())
    share = own / whole if whole > 0 else 0.0
    if share < LEAST_SHARE:
        return None
    return Sun(
        azimuth_deg=math.degrees(math.atan2(middle[0], middle[2])),
        elevation_deg=math.degrees(math.asin(max(-1.0, min(1.0, float(middle[1]))))),
        peak=float(upper[row, column]),
        share=share,
    )


def _directions(height: int, width: int) -> NDArray[np.float64]:
    """Return (H, W, 3) the world directions of a latlong's pixels."""
    longitude = ((np.arange(width) + 0.5) / width - 0.5) * 2 * math.pi
    latitude = (0.5 - (np.arange(height) + 0.5) / height) * math.pi
    level = np.cos(latitude)[:, None]
    x, z = level * np.sin(longitude), -level * np.cos(longitude)
    y = np.broadcast_to(np.sin(latitude)[:, None], x.shape)
    return np.stack([x, y, z], axis=-1)


def _angles(
    directions: NDArray[np.float64], towards: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return (H, W) angles to one direction, degrees."""
    cosine = (directions * towards).sum(axis=-1)
    found: NDArray[np.float64] = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    return found
