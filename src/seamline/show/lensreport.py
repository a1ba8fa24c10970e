"""
Lens reports: what a camera wrote down of its own lens and exposure, without a pose.

Cameras keep focal length, focus and iris per frame, some also tilt and roll. That is the
lens of a locked-off shot, the zoom of a track that has none, and what a take is held
against the lock with.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from seamline.errors import TrackError
from seamline.show.camera import Lens


@dataclass(frozen=True, slots=True, kw_only=True)
class LensSample:
    """One frame's lens; tilt and roll in degrees where the camera has a level in it."""

    frame: int
    lens: Lens
    tilt_deg: float | None = None
    roll_deg: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LensReport:
    """A clip's lens, in frame order."""

    samples: tuple[LensSample, ...]
    rate: Fraction | None = None
    shutter_angle_deg: float | None = None
    origin: str = ""
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if not self.samples:
            raise TrackError("the lens report has no frames", remedy="Export it again.")

    @property
    def zooms(self) -> bool:
        """Whether the field of view changes."""
        first = self.samples[0].lens.hfov_deg
        return any(abs(sample.lens.hfov_deg - first) > 1e-9 for sample in self.samples)

    def sample(self, frame: int) -> LensSample:
        """Return the sample of ``frame``; TrackError names what the report covers."""
        at = frame - self.samples[0].frame
        if 0 <= at < len(self.samples) and self.samples[at].frame == frame:
            return self.samples[at]
        raise TrackError(
            f"the lens report {self.origin} has no frame {frame} (it covers "
            f"{self.samples[0].frame}-{self.samples[-1].frame})",
            remedy="Export it for the shot's frames.",
        )
