"""Bringing one light to another: how far two keys are apart, and the gain between whites."""

from __future__ import annotations

import math

from seamline.show.cdl import CDL
from seamline.show.lock import Light

STOPS_PER_UNIT = 17.52
"""ACEScct: one unit is 17.52 stops above its toe (Academy S-2016-001)."""
SOFT_BELOW = 2.0
"""With a key:fill ratio below this nobody sees where the key stands: overcast, dusk glow."""
FLAT_VIEW_DEG = 180.0
"""A flat picture's key is told as if the picture looked along -Z: 90 is to its right."""
AXIS_DEG = 15.0
"""A key so near to the line of sight, before or behind, falls from neither side."""


def direction_apart_deg(a: Light, b: Light) -> float | None:
    """
    Return the angle between two key lights, degrees; elevation alone if an azimuth lacks.

    None when either elevation is unknown.
    """
    if a.key_elevation_deg is None or b.key_elevation_deg is None:
        return None
    ea, eb = math.radians(a.key_elevation_deg), math.radians(b.key_elevation_deg)
    turn = 0.0
    if a.key_azimuth_deg is not None and b.key_azimuth_deg is not None:
        turn = math.radians(a.key_azimuth_deg - b.key_azimuth_deg)
    cosine = math.sin(ea) * math.sin(eb) + math.cos(ea) * math.cos(eb) * math.cos(turn)
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))


def mired_apart(a: Light, b: Light) -> float | None:
    """Return the distance of two colour temperatures in mired; None if either is unknown."""
    if a.colour_temperature_k is None or b.colour_temperature_k is None:
        return None
    return abs(1e6 / a.colour_temperature_k - 1e6 / b.colour_temperature_k)


def gain_cdl(gain: tuple[float, float, float], *, id: str, description: str) -> CDL:
    """
    Return the CDL in ACEScct that multiplies scene-linear light by ``gain``.

    Above ACEScct's toe (0.0078 linear) a gain is an added log2(gain) / 17.52; in the
    toe the CDL is applied as it stands and lifts or lowers a little less.
    """
    offset = [round(math.log2(g) / STOPS_PER_UNIT, 7) + 0.0 for g in gain]
    return CDL(id=id, offset=(offset[0], offset[1], offset[2]), description=description)


def is_soft(light: Light) -> bool:
    """Whether a light is said to be so soft that no sun need be seen in it."""
    return light.key_fill_ratio is not None and light.key_fill_ratio < SOFT_BELOW


def ways_round(
    own_azimuth_deg: float | None, locked_azimuth_deg: float | None, view_deg: float
) -> tuple[bool, ...]:
    """
    Return which ways round a flat picture may be shown: False as it is, True exchanged.

    Light that falls from the left in the picture may not fall from the right in the shot.
    Where the key stands is known of both or of neither, or the picture stays as it is.

    Args:
        own_azimuth_deg: The picture's key, as if it looked along azimuth 180.
        locked_azimuth_deg: The lock's key, show convention.
        view_deg: Azimuth of the middle of the shot's canvas.
    """
    if own_azimuth_deg is None and locked_azimuth_deg is None:
        return False, True
    if own_azimuth_deg is None or locked_azimuth_deg is None:
        return (False,)
    own = _to_the_right(own_azimuth_deg, FLAT_VIEW_DEG)
    locked = _to_the_right(locked_azimuth_deg, view_deg)
    least = math.sin(math.radians(AXIS_DEG))
    if abs(own) < least or abs(locked) < least:
        return False, True
    return (own * locked < 0,)


def _to_the_right(azimuth_deg: float, view_deg: float) -> float:
    """Return the sine of the angle by which a key stands right of the line of sight."""
    return math.sin(math.radians(view_deg - azimuth_deg))


def seen_azimuth_deg(own_azimuth_deg: float, view_deg: float, *, mirrored: bool) -> float:
    """Return where the key of a flat picture stands in the world of a shot that shows it."""
    apart = own_azimuth_deg - FLAT_VIEW_DEG
    return (view_deg + (-apart if mirrored else apart)) % 360.0
