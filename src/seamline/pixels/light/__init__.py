"""
Light: where the key stands, how hard it is and what white it has.

``lit`` brings one light to another; ``white`` goes between chromaticity and colour
temperature. What is in front of the camera is measured by ``grey`` (a matt grey ball),
``chrome`` (a mirror ball), ``balls`` (either, or both of them) and ``chart`` (24 patches),
over the geometry of ``ball``. Every measure comes with the interval it lies in.
"""

from seamline.pixels.light.lit import (
    AXIS_DEG,
    FLAT_VIEW_DEG,
    SOFT_BELOW,
    STOPS_PER_UNIT,
    direction_apart_deg,
    gain_cdl,
    is_soft,
    mired_apart,
    seen_azimuth_deg,
    ways_round,
)
from seamline.pixels.light.white import white_xy, xyz_of

__all__ = [
    "AXIS_DEG",
    "FLAT_VIEW_DEG",
    "SOFT_BELOW",
    "STOPS_PER_UNIT",
    "direction_apart_deg",
    "gain_cdl",
    "is_soft",
    "mired_apart",
    "seen_azimuth_deg",
    "ways_round",
    "white_xy",
    "xyz_of",
]
