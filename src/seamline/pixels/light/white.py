"""
White: a colour temperature and a tint as CIE 1931 xy, and back.

The way from XYZ into the working space is the config's, not this file's. Tint is added
to y; positive is greener.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

COLDEST_K, WARMEST_K = 25000.0, 1667.0
"""Beyond these the fits of the locus do not hold."""


def white_xy(temperature_k: float, tint: float = 0.0) -> tuple[float, float]:
    """
    Return CIE xy of a light's white.

    Args:
        temperature_k: 1667 to 25000 kelvin: daylight from 4000 K up, Planckian below.
        tint: Added to y; positive is greener.

    Source:
        CIE 15:2018 daylight locus; B. Kim et al., US 7,024,034 (expired), cubic
        fit of the Planckian locus.
    """
    t = temperature_k
    if t >= 4000:
        if t <= 7000:
            x = -4.6070e9 / t**3 + 2.9678e6 / t**2 + 0.09911e3 / t + 0.244063
        else:
            x = -2.0064e9 / t**3 + 1.9018e6 / t**2 + 0.24748e3 / t + 0.237040
        y = -3.0 * x * x + 2.870 * x - 0.275
    else:
        x = -0.2661239e9 / t**3 - 0.2343589e6 / t**2 + 0.8776956e3 / t + 0.179910
        if t < 2222:
            y = -1.1063814 * x**3 - 1.34811020 * x**2 + 2.18555832 * x - 0.20219683
        else:
            y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    return x, y + tint


def xyz_of(xy: tuple[float, float]) -> NDArray[np.float32]:
    """Return (1, 1, 3) float32 XYZ of a chromaticity at luminance 1."""
    x, y = xy
    return np.array([[[x / y, 1.0, (1.0 - x - y) / y]]], np.float32)


def temperature_of(xy: tuple[float, float]) -> tuple[float, float] | None:
    """
    Return colour temperature, kelvin, and tint of a white: ``white_xy`` read backwards.

    The temperature is that of the point of the locus with the same x.

    Args:
        xy: CIE 1931 chromaticity.

    Returns:
        None where it is warmer than 1667 K or colder than 25000 K: no white of a lamp.
    """
    x, y = xy
    low, high = 1e6 / COLDEST_K, 1e6 / WARMEST_K  # mired: x grows with it throughout
    if not white_xy(1e6 / low)[0] <= x <= white_xy(1e6 / high)[0]:
        return None
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if white_xy(1e6 / middle)[0] < x else (low, middle)
    kelvin = 2e6 / (low + high)
    return kelvin, y - white_xy(kelvin)[1]
