"""
Cameras: one tracked or locked-off camera, frame by frame.

World: right-handed, Y up, metres. A camera looks down its own -Z with +Y up in
the picture, so ``world_from_camera`` columns are the picture's right, up and
backwards. The pinhole here has no lens distortion; readers refuse a track
that carries some.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from seamline.errors import TrackError

WIDEST_SENSOR_MM = 80.0  # 15-perf 65 mm film is 70.4 mm wide
Matrix3 = tuple[float, float, float, float, float, float, float, float, float]
IDENTITY: Matrix3 = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """Focal length, and the sensor area that fills the display window."""

    focal_length_mm: float
    sensor_width_mm: float
    sensor_height_mm: float

    def __post_init__(self) -> None:
        for name in ("focal_length_mm", "sensor_width_mm", "sensor_height_mm"):
            value = getattr(self, name)
            if not (isinstance(value, int | float) and math.isfinite(value) and value > 0):
                raise TrackError(
                    f"lens: {name} is {value!r}, expected a positive length in millimetres",
                    remedy="Take it from the camera report.",
                )
        if self.sensor_width_mm > WIDEST_SENSOR_MM:
            raise TrackError(
                f"lens: the sensor is {self.sensor_width_mm:g} mm wide, wider than any "
                "production sensor (15-perf 65 mm film is 70.4 mm)",
                remedy="Check the unit in the track (316.8 for 31.68 is a known case).",
            )

    @property
    def hfov_deg(self) -> float:
        """Horizontal field of view in degrees."""
        return math.degrees(2 * math.atan(self.sensor_width_mm / (2 * self.focal_length_mm)))


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSample:
    """Where the camera is at the middle of one frame's exposure, and its lens."""

    frame: int
    lens: Lens
    position_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    world_from_camera: Matrix3 = IDENTITY


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraTrack:
    """A shot's camera, in frame order. ``static`` means one pose for every frame."""

    samples: tuple[CameraSample, ...]
    rate: Fraction = Fraction(24)
    shutter_angle_deg: float = 180.0
    static: bool = False
    origin: str = ""
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if not self.samples:
            raise TrackError("the track has no camera samples", remedy="Export it again.")
        frames = [s.frame for s in self.samples]
        if any(b <= a for a, b in pairwise(frames)):
            raise TrackError("the track's frames are not in order, or one stands twice")
        if not 0 <= self.shutter_angle_deg <= 360:
            raise TrackError(
                f"the track's shutter angle is {self.shutter_angle_deg:g} degrees",
                remedy="A shutter angle lies between 0 and 360 degrees.",
            )
        if self.rate <= 0:
            raise TrackError(f"the track's frame rate is {self.rate}")

    def sample(self, frame: int) -> CameraSample:
        """Return the sample of ``frame``; a static camera has one for all."""
        if self.static:
            return self.samples[0]
        for sample in self.samples:
            if sample.frame == frame:
                return sample
        raise TrackError(
            f"the track {self.origin or ''} has no sample for frame {frame} "
            f"(it covers {self.samples[0].frame}-{self.samples[-1].frame})",
            remedy="Export the track for the shot's frames, or give --frames that it covers.",
        )
