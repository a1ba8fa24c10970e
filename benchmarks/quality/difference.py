"""
CIEDE2000 between two pictures as they are seen.

Source: G. Sharma, W. Wu & E. N. Dalal, The CIEDE2000 color-difference formula (Color
Research and Application 30, 2005); CIE 15:2018 for L*a*b*. The project's tests hold it to
the pairs that the paper publishes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.ports import Colour

Floats = NDArray[np.float64]
D65 = np.array([0.95045, 1.0, 1.08905])
XYZ, DISPLAY = "CIE-XYZ-D65", "sRGB - Display"


def lab_of(colour: Colour, linear: NDArray[np.float32]) -> Floats:
    """Return (H, W, 3) L*a*b* of working-space light through the show's view, D65."""
    shown = colour.for_viewing(linear)
    return lab(colour.convert(shown, DISPLAY, XYZ).astype(np.float64))


def lab(xyz: Floats) -> Floats:
    """Return (..., 3) L*a*b* of XYZ under D65."""
    over = xyz / D65
    f = np.where(over > (6 / 29) ** 3, np.cbrt(over), over / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def ciede2000(one: Floats, other: Floats) -> Floats:
    """Return (...) the difference of (..., 3) L*a*b* colours."""
    (l1, a1, b1), (l2, a2, b2) = (np.moveaxis(v, -1, 0) for v in (one, other))
    mean7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    more = 1 + 0.5 * (1 - np.sqrt(mean7 / (mean7 + 25.0**7)))
    c1, c2 = np.hypot(more * a1, b1), np.hypot(more * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, more * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    grey = c1 * c2 == 0
    turn = np.where(grey, 0, (h2 - h1 + 180) % 360 - 180)
    # Exactly opposite hues count as +180, as in the paper's test pairs.
    turn = np.where(np.isclose(turn, -180) & (h2 > h1), 180, turn)
    light, chroma = l2 - l1, c2 - c1
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    mean_h = np.where(
        grey,
        h1 + h2,
        np.where(np.abs(h1 - h2) <= 180, (h1 + h2) / 2, ((h1 + h2 + 360) / 2) % 360),
    )
    t = (
        1
        - 0.17 * np.cos(np.radians(mean_h - 30))
        + 0.24 * np.cos(np.radians(2 * mean_h))
        + 0.32 * np.cos(np.radians(3 * mean_h + 6))
        - 0.20 * np.cos(np.radians(4 * mean_h - 63))
    )
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)
    s_c, s_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    twist = 30 * np.exp(-(((mean_h - 275) / 25) ** 2))
    turned = 2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7))
    r_t = -np.sin(np.radians(2 * twist)) * turned
    x, y, z = light / s_l, chroma / s_c, hue / s_h
    return np.sqrt(np.maximum(x * x + y * y + z * z + r_t * y * z, 0))
