"""
The sun of a panorama: where it stands, how bright it peaks, and how much of the light is its.

A latlong panorama, scene-linear, any primaries; luminance is taken as the mean of the
three channels, which is enough to find what outshines everything. Directions are the
show's: azimuth 0 is +Z and grows towards +X, elevation upwards, degrees. Longitude 0, the
middle of the picture, looks along -Z (as ``steps.panorama`` lays panoramas out).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.optics.arctan import arctan_ratio
from seamline.optics.sines import direction_of, sine_cosine_deg
from seamline.pixels.picture import Image

DISC_DEG = 2.5
"""Half-width of what counts as the sun: disc, bloom and what a 1K panorama smears."""
RING_DEG = 6.0
"""Out to here the sky around it says what would be there without it."""
LEAST_SHARE = 0.17
"""With less of the light than this a fitted direction is no clear key (measured on balls)."""
RADIUS_SHARE = 0.9
RADIUS_STEPS = 50
MOST_RAISED_DEG = 15.0
"""A sun is set as much higher or lower: a lock's usual tolerance of the key's direction.
Farther off, the sky around it would be of another hour; it is left as it was lit."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sun:
    """
    A clear key found in a panorama.

    Attributes:
        azimuth_deg: In the panorama's own directions.
        elevation_deg: Above its horizon.
        peak: Largest luminance.
        energy: Luminance times steradians within ``DISC_DEG``, less its surroundings'.
        radius_deg: Within this lie nine tenths of ``energy``.
        share: ``energy`` over that of all that is above the horizon, itself counted.
    """

    azimuth_deg: float
    elevation_deg: float
    peak: float
    energy: float
    radius_deg: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Disc:
    """A sun as it was measured in any picture whose directions are known."""

    azimuth_deg: float
    elevation_deg: float
    peak: float
    energy: float


def find_sun(panorama: Image) -> Sun | None:
    """
    Return the sun of ``panorama`` (H, W, 3) latlong, linear; None without a clear key.

    Values that are not finite count as black. Source: direction by the
    luminance-weighted centroid of what lies above half the peak within ``DISC_DEG``; what
    a ball receives is the sum of L times solid angle.
    """
    height, width = panorama.shape[0] // 2, panorama.shape[1]
    if height == 0:
        return None
    step = 180.0 / panorama.shape[0]
    elevation = 90.0 - (np.arange(height) + 0.5) * step
    # The middle looks along -Z, azimuth 180, and azimuth falls to the right.
    azimuth = 360.0 - (np.arange(width) + 0.5) * (360.0 / width)
    directions = direction_of(*np.broadcast_arrays(elevation[:, None], azimuth[None, :]))
    level = sine_cosine_deg(elevation)[1][:, None]
    solid = np.broadcast_to(level * (step * 360.0 / width * math.radians(1) ** 2), level.shape)
    light = luminance(panorama[:height])
    row, column = np.unravel_index(int(light.argmax()), light.shape)
    found = _measured(light, directions, solid, directions[row, column])
    if found is None:
        return None
    whole = total(light * solid)
    share = found.energy / whole if whole > 0 else 0.0
    if share < LEAST_SHARE:
        return None
    return Sun(
        azimuth_deg=found.azimuth_deg,
        elevation_deg=found.elevation_deg,
        peak=found.peak,
        energy=found.energy,
        radius_deg=_radius_deg(light, directions, solid, found),
        share=share,
    )


def measured_sun(
    rgb: Image,
    elevation_deg: Image,
    azimuth_deg: Image,
    towards_deg: tuple[float, float],
    reach_deg: float,
) -> Disc | None:
    """
    Return the brightest thing of a picture within ``reach_deg`` of a direction.

    Args:
        rgb: (H, W, 3) linear.
        elevation_deg: (H, W) elevation of each pixel.
        azimuth_deg: (H, W) its azimuth.
        towards_deg: Azimuth and elevation looked in.
        reach_deg: How far around it.

    Returns:
        None where the picture does not look there, or is all black.
    """
    high, along = elevation_deg.astype(np.float64), azimuth_deg.astype(np.float64)
    directions = direction_of(high, along)
    light = luminance(rgb)
    near = _within(directions, _towards(*towards_deg), reach_deg)
    if not near.any():
        return None
    row, column = np.unravel_index(int(np.where(near, light, -1).argmax()), light.shape)
    return _measured(light, directions, _solid_angles(directions), directions[row, column])


def luminance(rgb: Image) -> NDArray[np.float64]:
    """Return (H, W) the mean of ``rgb`` (H, W, 3), never below 0; not finite is black."""
    wide = rgb.astype(np.float64)
    mean = (wide[..., 0] + wide[..., 1] + wide[..., 2]) / 3.0
    light: NDArray[np.float64] = np.where(np.isfinite(mean), np.maximum(mean, 0), 0.0)
    return light


def angle_deg(directions: NDArray[np.float64], towards: NDArray[np.float64]) -> Image:
    """Return (...) float32 degrees between (..., 3) unit directions and one, (3,)."""
    apart = directions - towards
    chord = apart[..., 0] ** 2 + apart[..., 1] ** 2 + apart[..., 2] ** 2
    half = np.sqrt(np.minimum(chord / 4, 1.0))
    angle = 2 * arctan_ratio(half, np.sqrt(np.maximum(1 - half * half, 0)))
    return (angle * (180.0 / math.pi)).astype(np.float32)


def stands_deg(
    own_deg: tuple[float, float], locked_deg: tuple[float, float] | None
) -> tuple[float, float]:
    """
    Return azimuth and elevation at which a sun is painted.

    Where the lock says, if its own elevation is within ``MOST_RAISED_DEG`` of that; else
    at its own elevation: dusk raised to noon would be neither.
    """
    if locked_deg is None:
        return own_deg
    if abs(own_deg[1] - locked_deg[1]) > MOST_RAISED_DEG:
        return locked_deg[0], own_deg[1]
    return locked_deg


def total(values: NDArray[np.float64]) -> float:
    """Return the sum of ``values`` (H, W), added in one order on every processor."""
    if values.size == 0:
        return 0.0
    rows = np.cumsum(values, axis=1)[:, -1]
    return float(np.cumsum(rows)[-1])


def _towards(azimuth_deg: float, elevation_deg: float) -> NDArray[np.float64]:
    return direction_of(np.array(elevation_deg), np.array(azimuth_deg))


def _within(
    directions: NDArray[np.float64], towards: NDArray[np.float64], reach_deg: float
) -> Mask:
    near: Mask = angle_deg(directions, towards) <= reach_deg
    return near


def _solid_angles(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (H, W) steradians of each pixel, by the cross product of its neighbours' steps."""
    across = _steps(directions.swapaxes(0, 1)).swapaxes(0, 1)
    down = _steps(directions)
    x = across[..., 1] * down[..., 2] - across[..., 2] * down[..., 1]
    y = across[..., 2] * down[..., 0] - across[..., 0] * down[..., 2]
    z = across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0]
    found: NDArray[np.float64] = np.sqrt(x * x + y * y + z * z)
    return found


def _steps(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (H, W, 3) how a direction changes from one row to the next."""
    rows = directions.shape[0]
    after = np.minimum(np.arange(rows) + 1, rows - 1)
    before = np.maximum(np.arange(rows) - 1, 0)
    apart = np.maximum(after - before, 1).reshape(-1, 1, 1)
    found: NDArray[np.float64] = (directions[after] - directions[before]) / apart
    return found


def _measured(
    light: NDArray[np.float64],
    directions: NDArray[np.float64],
    solid: NDArray[np.float64],
    brightest: NDArray[np.float64],
) -> Disc | None:
    """Return the disc around ``brightest`` (3,), or None where nothing shines."""
    near = _within(directions, brightest, DISC_DEG)
    peak = float(light[near].max())
    if peak <= 0:
        return None
    weight = np.where(near & (light >= peak / 2), light, 0.0) * solid
    middle = np.array([total(directions[..., i] * weight) for i in range(3)])
    middle = middle / math.sqrt(sum(float(v) * float(v) for v in middle))
    apart = angle_deg(directions, middle)
    disc, ring = apart <= DISC_DEG, (apart > DISC_DEG) & (apart <= RING_DEG)
    if not ring.any():
        return None
    around = float(np.median(light[ring]))
    azimuth = arctan_ratio(middle[0], middle[2])
    elevation = arctan_ratio(middle[1], np.sqrt(middle[0] ** 2 + middle[2] ** 2))
    return Disc(
        azimuth_deg=math.degrees(float(azimuth)),
        elevation_deg=math.degrees(float(elevation)),
        peak=peak,
        energy=total(np.where(disc, np.maximum(light - around, 0), 0.0) * solid),
    )


def _radius_deg(
    light: NDArray[np.float64],
    directions: NDArray[np.float64],
    solid: NDArray[np.float64],
    found: Disc,
) -> float:
    apart = angle_deg(directions, _towards(found.azimuth_deg, found.elevation_deg))
    around = float(np.median(light[(apart > DISC_DEG) & (apart <= RING_DEG)]))
    own = np.maximum(light - around, 0) * solid
    for step in range(1, RADIUS_STEPS):
        radius = DISC_DEG * step / RADIUS_STEPS
        if total(np.where(apart <= radius, own, 0.0)) >= RADIUS_SHARE * found.energy:
            return radius
    return DISC_DEG
