"""
The lock: what live action and generated environment must agree on.

Before the shoot, a shot's camera height, lens, light direction and colour
temperature are fixed. From then on the generated side is built *to the lock*
and the live side is measured *against the lock*; the lock itself never bends
quietly. A lock set again is a new version, and what was painted to the old one
says so.

Units are part of the names: ``_m``, ``_mm``, ``_deg``, ``_k`` (kelvin),
``_stops``. Angles follow the show's world: right-handed, Y up, azimuth 0
towards +Z, growing towards +X; elevation up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from seamline.errors import LockError
from seamline.show.camera import Lens
from seamline.show.record import LATER


def _within(owner: str, name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not (math.isfinite(value) and low <= value <= high):
        raise LockError(
            f"{owner}: {name} is {value!r}, expected a number between {low:g} and {high:g}",
            remedy="Correct the lock file; units stand at the end of each name.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """The key light and the white of a scene; what is not known is None."""

    key_azimuth_deg: float | None = None
    key_elevation_deg: float | None = None
    key_fill_ratio: float | None = None
    colour_temperature_k: float | None = None
    tint: float = 0.0
    exposure_stops: float | None = None
    """Where an 18 % grey card in the key light lies, in stops from 0.18 scene-linear."""

    def __post_init__(self) -> None:
        _within("light", "key_azimuth_deg", self.key_azimuth_deg, -360, 360)
        _within("light", "key_elevation_deg", self.key_elevation_deg, -90, 90)
        _within("light", "key_fill_ratio", self.key_fill_ratio, 1, 1000)
        _within("light", "colour_temperature_k", self.colour_temperature_k, 1667, 25000)
        _within("light", "tint", self.tint, -0.05, 0.05)
        _within("light", "exposure_stops", self.exposure_stops, -16, 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    """How far the shot may be from its lock before a check fails."""

    focal_length_percent: float = 1.0
    camera_height_m: float = 0.10
    tilt_deg: float = 0.5
    key_direction_deg: float = 15.0
    key_fill_stops: float = 0.5
    colour_temperature_mired: float = 15.0
    tint: float = 0.006
    exposure_stops: float = 0.25
    parallax_px: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """One shot's agreement between the live and the generated side."""

    shot: str
    version: int
    lens: Lens | None = None
    camera_height_m: float | None = None
    tilt_deg: float | None = None
    light: Light = field(default_factory=Light)
    environment_distance_m: float = 1000.0
    environment_near_m: float | None = field(default=None, metadata=LATER)
    """How far the nearest layer is that will be painted with a distance, if there is one."""
    tolerances: Tolerances = field(default_factory=Tolerances)
    agreed_by: tuple[str, ...] = ()
    agreed_on: str = ""

    def __post_init__(self) -> None:
        _within("lock", "camera_height_m", self.camera_height_m, -1000, 20000)
        _within("lock", "tilt_deg", self.tilt_deg, -90, 90)
        _within("lock", "environment_distance_m", self.environment_distance_m, 0.1, 1e9)
        _within("lock", "environment_near_m", self.environment_near_m, 0.1, 1e9)
