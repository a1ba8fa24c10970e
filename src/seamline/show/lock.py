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
    """The agreed lens; of a range its wide end, which sees all that any other does."""
    camera_height_m: float | None = None
    tilt_deg: float | None = None
    light: Light = field(default_factory=Light)
    environment_distance_m: float = 1000.0
    environment_near_m: float | None = field(default=None, metadata=LATER)
    """How far the nearest layer is that will be painted with a distance, if there is one."""
    tolerances: Tolerances = field(default_factory=Tolerances)
    agreed_by: tuple[str, ...] = ()
    agreed_on: str = ""
    reason: str = field(default="", metadata=LATER)
    """Why it was revised; empty for one that was set."""
    focal_range_mm: tuple[float, float] | None = field(default=None, metadata=LATER)
    """Shortest and longest focal length, where a zoom or a set of lenses was agreed."""

    def __post_init__(self) -> None:
        if self.focal_range_mm is not None:
            short, long = self.focal_range_mm
            if self.lens is None or not short == self.lens.focal_length_mm < long < math.inf:
                raise LockError(
                    f"lock: focal_length_mm is {short:g} to {long:g}, expected a shorter and a "
                    "longer one",
                    remedy="Write [24.0, 70.0], the wide end first.",
                )
        _within("lock", "camera_height_m", self.camera_height_m, -1000, 20000)
        _within("lock", "tilt_deg", self.tilt_deg, -90, 90)
        _within("lock", "environment_distance_m", self.environment_distance_m, 0.1, 1e9)
        _within("lock", "environment_near_m", self.environment_near_m, 0.1, 1e9)

    def focal_off_percent(self, focal_length_mm: float, sensor_width_mm: float) -> float:
        """
        Return how far a focal length is from the agreed one, or from the nearer end of a range.

        Both are taken over the sensor's width, in percent of what was agreed; 0 within a
        range, and without an agreed lens.
        """
        if self.lens is None:
            return 0.0
        short = self.lens.focal_length_mm
        long = self.focal_range_mm[1] if self.focal_range_mm else short
        seen = focal_length_mm / sensor_width_mm * self.lens.sensor_width_mm
        nearest = min(max(seen, short), long)
        return abs(seen / nearest - 1) * 100

    @property
    def lens_says(self) -> str:
        """The agreed lens in words; empty without one."""
        if self.lens is None:
            return ""
        long = f" to {self.focal_range_mm[1]:g}" if self.focal_range_mm else ""
        return f"{self.lens.focal_length_mm:g}{long} mm on {self.lens.sensor_width_mm:g} mm"
