"""
Cameras: one tracked or locked-off camera, frame by frame.

World: right-handed, Y up, metres. A camera looks down its own -Z with +Y up in
the picture, so ``world_from_camera`` columns are the picture's right, up and
backwards. A lens is a pinhole, its squeeze, where its axis meets the sensor, and its
distortion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from seamline.errors import TrackError
from seamline.show.record import LATER

WIDEST_SENSOR_MM = 80.0  # 15-perf 65 mm film is 70.4 mm wide
Matrix3 = tuple[float, float, float, float, float, float, float, float, float]
IDENTITY: Matrix3 = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


TO_DISTORTED, TO_UNDISTORTED = "to distorted", "to undistorted"
"""Which way a distortion's polynomial goes: OpenCV's, and OpenLensIO's usual one."""
MOST_SQUEEZE = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Distortion:
    """
    Brown and Conrady's distortion, over image coordinates divided by the focal length.

    Coordinates are x right and y *down* from the lens's axis, without unit, of the
    picture as the eye sees it (an anamorphic one after desqueezing). ``radial`` are k1 to
    k6 as OpenCV counts them: 1 + k1 r2 + k2 r4 + k3 r6 over 1 + k4 r2 + k5 r4 + k6 r6;
    ``tangential`` are its p1 and p2.

    Source: OpenCV, camera calibration; Brown 1966.
    """

    way: str = TO_DISTORTED
    radial: tuple[float, ...] = ()
    tangential: tuple[float, ...] = ()
    offset_x: float = field(default=0.0, metadata=LATER)
    """Of the polynomial's own centre, right of the lens's axis; over the focal length."""
    offset_y: float = field(default=0.0, metadata=LATER)
    """Likewise, *below* it."""

    def __post_init__(self) -> None:
        if self.way not in (TO_DISTORTED, TO_UNDISTORTED):
            raise TrackError(
                f"lens distortion: {self.way!r} is no way for a polynomial to go",
                remedy=f"Say {TO_DISTORTED!r} (OpenCV) or {TO_UNDISTORTED!r} (OpenLensIO).",
            )
        if len(self.radial) > 6 or len(self.tangential) not in (0, 2):
            raise TrackError(
                f"lens distortion: {len(self.radial)} radial and {len(self.tangential)} "
                "tangential terms; up to six and none or two are read",
                remedy="Export the lens as a Brown-Conrady model.",
            )
        numbers = (*self.radial, *self.tangential, self.offset_x, self.offset_y)
        if not all(math.isfinite(term) for term in numbers):
            raise TrackError("lens distortion: a term is no finite number")

    @property
    def is_none(self) -> bool:
        """Whether it moves nothing."""
        return not any((*self.radial, *self.tangential))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """Focal length, and the sensor area that fills the display window."""

    focal_length_mm: float
    sensor_width_mm: float
    sensor_height_mm: float
    squeeze: float = field(default=1.0, metadata=LATER)
    """How many times wider an anamorphic lens sees across than down; 2 is common."""
    centre_x_mm: float = field(default=0.0, metadata=LATER)
    """Where the lens's axis meets the sensor, right of its middle."""
    centre_y_mm: float = field(default=0.0, metadata=LATER)
    """Where the lens's axis meets the sensor, *below* its middle."""
    distortion: Distortion | None = field(default=None, metadata=LATER)
    focus_distance_m: float | None = field(default=None, metadata=LATER)
    t_stop: float | None = field(default=None, metadata=LATER)

    def __post_init__(self) -> None:
        self._refuse_impossible()
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

    def _refuse_impossible(self) -> None:
        if not (
            math.isfinite(self.squeeze) and 1 / MOST_SQUEEZE <= self.squeeze <= MOST_SQUEEZE
        ):
            raise TrackError(
                f"lens: the anamorphic squeeze is {self.squeeze!r}, expected "
                f"{1 / MOST_SQUEEZE:g} to {MOST_SQUEEZE:g}",
                remedy="Common lenses squeeze 1.33, 1.5, 1.8 or 2 times.",
            )
        for name in ("centre_x_mm", "centre_y_mm"):
            if not abs(getattr(self, name)) <= WIDEST_SENSOR_MM / 2:
                raise TrackError(
                    f"lens: {name} is {getattr(self, name)!r}, off any sensor",
                    remedy="Check the unit of the projection offset: millimetres.",
                )

    @property
    def hfov_deg(self) -> float:
        """Horizontal field of view in degrees, squeeze counted, distortion not."""
        across = self.sensor_width_mm * self.squeeze
        return math.degrees(2 * math.atan(across / (2 * self.focal_length_mm)))


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
    sample_phase: float = field(default=0.0, metadata=LATER)
    """When samples were taken: frames after the middle of the exposure."""
    rolling_shutter_s: float | None = field(default=None, metadata=LATER)
    """From the first row's exposure to the last one's; None is not known, 0 is global."""

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
