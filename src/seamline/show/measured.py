"""
What was measured of a take: the numbers that are held against its lock.

Every number may come with the interval it lies in, and says by what it was measured. Names
and units are the lock's (``show.lock``); ``horizon_px`` is the row of the horizon in the
middle of the frame, from its top edge, and ``frame_height_px`` the height of that frame.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from seamline.errors import InputError

RANGES: dict[str, tuple[float, float]] = {
    "focal_length_mm": (1, 5000),
    "sensor_width_mm": (1, 80),
    "camera_height_m": (-1000, 20000),
    "tilt_deg": (-90, 90),
    "horizon_px": (-1e6, 1e6),
    "frame_height_px": (1, 1e6),
    "key_azimuth_deg": (-360, 360),
    "key_elevation_deg": (-90, 90),
    "key_within_deg": (0, 180),
    "key_fill_ratio": (1, 1e6),
    "colour_temperature_k": (1667, 25000),
    "tint": (-0.2, 0.2),
    "exposure_stops": (-16, 16),
}
"""Every number of a take, and between what it can lie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One measured number: its interval, by what it was measured, and in which frame."""

    value: float
    low: float | None = None
    high: float | None = None
    by: str = ""
    frame: int | None = None

    @property
    def half(self) -> float:
        """Half the width of the interval; 0 where nobody said one."""
        if self.low is None or self.high is None:
            return 0.0
        return max(self.high - self.value, self.value - self.low)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A take's numbers by name. ``clear_key`` is False where light has no direction."""

    shot: str = ""
    take: str = ""
    numbers: Mapping[str, Number] = field(default_factory=dict)
    clear_key: bool | None = None

    def __post_init__(self) -> None:
        for name, number in self.numbers.items():
            low, high = RANGES[name]
            if not (math.isfinite(number.value) and low <= number.value <= high):
                raise InputError(
                    f"measured: {name} is {number.value!r}, expected a number between "
                    f"{low:g} and {high:g}",
                    remedy="Correct it; units stand at the end of each name.",
                )
            bounds = (
                (-math.inf if number.low is None else number.low),
                (math.inf if number.high is None else number.high),
            )
            if not bounds[0] <= number.value <= bounds[1]:
                raise InputError(
                    f"measured: {name} is {number.value:g}, outside its own interval "
                    f"{bounds[0]:g} to {bounds[1]:g}",
                    remedy="Correct low and high, or leave them out.",
                )

    def joined(self, other: Measured) -> Measured:
        """Return both; what is said here holds over what ``other`` says."""
        return Measured(
            shot=self.shot or other.shot,
            take=self.take or other.take,
            numbers={**other.numbers, **self.numbers},
            clear_key=other.clear_key if self.clear_key is None else self.clear_key,
        )
