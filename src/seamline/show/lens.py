"""
Lenses as they were measured: by terms over focal length and focus, or by ST maps.

A track or a lock says which lens a frame has; a lens file says what that lens does beyond a
pinhole. Lengths of a file are millimetres; where it knows pixels only (OpenCV), they are
widths of the picture, and its heights down it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from seamline.errors import TrackError
from seamline.show.camera import Distortion, Lens

NEAR_ENOUGH = 0.02
"""Of the focal length: nominal lengths and measured ones differ by as much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LensEntry:
    """What a lens does at one focal length and focus."""

    focal_length: float
    distortion: Distortion
    focus_distance_m: float | None = None
    centre_x: float = 0.0
    """Where its axis meets the sensor, right of its middle."""
    centre_y: float = 0.0
    """Likewise, *below* its middle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LensModel:
    """
    One lens: its entries, by focal length and then by focus.

    ``in_widths`` says that lengths are widths of the picture, else they are millimetres.
    """

    entries: tuple[LensEntry, ...]
    in_widths: bool = False
    squeeze: float | None = None
    picture_px: tuple[int, int] | None = None
    """How large the pictures were that it was measured on."""
    pixel_aspect: float | None = None
    """Width of a pixel over its height, as measured."""
    origin: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.entries:
            raise TrackError(f"{self.origin or 'the lens'} has no entry")
        ways = {(e.distortion.way, len(e.distortion.tangential)) for e in self.entries}
        if len(ways) > 1:
            raise TrackError(
                f"{self.origin or 'the lens'}: its entries go different ways, or only some "
                "have tangential terms",
                remedy="Export every entry with the same distortion model.",
            )

    def on(self, lens: Lens, *, take_focal_length: bool = False) -> Lens:
        """
        Return ``lens`` with what the file says of it, linear between entries.

        Args:
            lens: Of a track's sample, or of the lock.
            take_focal_length: Whether the file's focal length replaces a nominal one.

        Raises:
            TrackError: Its focal length or focus lies outside what was measured.
        """
        # Pixels of a squeezed picture are counted before it is desqueezed.
        unit = lens.sensor_width_mm * lens.squeeze if self.in_widths else 1.0
        across = lens.sensor_width_mm if self.in_widths else 1.0
        down = lens.sensor_height_mm if self.in_widths else 1.0
        found = self._at(lens.focal_length_mm / unit, lens.focus_distance_m, unit)
        if self.squeeze is not None and lens.squeeze not in (1.0, self.squeeze):
            raise TrackError(
                f"{self.origin}: the lens squeezes {self.squeeze:g} times, and the track or "
                f"lock says {lens.squeeze:g}",
                remedy="Check which lens was on the camera.",
            )
        focal = found.focal_length * unit if take_focal_length else lens.focal_length_mm
        return replace(
            lens,
            focal_length_mm=focal,
            squeeze=lens.squeeze if self.squeeze is None else self.squeeze,
            centre_x_mm=found.centre_x * across,
            centre_y_mm=found.centre_y * down,
            distortion=found.distortion,
        )

    def _at(self, focal: float, focus: float | None, unit: float) -> LensEntry:
        lengths = sorted({e.focal_length for e in self.entries})
        low, high = lengths[0], lengths[-1]
        if not low * (1 - NEAR_ENOUGH) <= focal <= high * (1 + NEAR_ENOUGH):
            said = f"at {low * unit:.4g}" if low == high else (
                f"from {low * unit:.4g} to {high * unit:.4g}"
            )  # fmt: skip
            raise TrackError(
                f"{self.origin}: the lens was measured {said} mm, and the shot's focal length "
                f"is {focal * unit:.4g} mm",
                remedy="Check which lens was on the camera, and the sensor's width.",
            )
        within = min(max(focal, low), high)
        before = max(f for f in lengths if f <= within)
        after = min(f for f in lengths if f >= within)
        pair = [self._focused(f, focus) for f in (before, after)]
        return _between(pair[0], pair[1], _share(before, after, within))

    def _focused(self, focal: float, focus: float | None) -> LensEntry:
        entries = [e for e in self.entries if e.focal_length == focal]
        known = sorted((e for e in entries if e.focus_distance_m), key=_by_focus)
        if len(entries) == 1:
            return entries[0]
        if focus is None:
            raise TrackError(
                f"{self.origin}: the lens was measured at {len(entries)} focus distances, and "
                "the track says none",
                remedy="Export the track with focus distances, or the lens for one of them.",
            )
        # Between focus distances a lens changes by their inverse: its travel on the barrel.
        at = 1 / focus
        before = [e for e in known if _by_focus(e) <= at]
        after = [e for e in known if _by_focus(e) >= at]
        one, other = (before or known)[-1 if before else 0], (after or known[-1:])[0]
        return _between(one, other, _share(_by_focus(one), _by_focus(other), at))


def _by_focus(entry: LensEntry) -> float:
    return 1 / (entry.focus_distance_m or math.inf)


def _share(before: float, after: float, at: float) -> float:
    return min(max((at - before) / (after - before), 0.0), 1.0) if after != before else 0.0


def _between(one: LensEntry, other: LensEntry, share: float) -> LensEntry:
    def mixed(a: float, b: float) -> float:
        return a if share == 0 else a + (b - a) * share

    def terms(a: Sequence[float], b: Sequence[float]) -> tuple[float, ...]:
        size = max(len(a), len(b))
        longer = [(*v, *(0.0,) * (size - len(v))) for v in (a, b)]
        return tuple(mixed(x, y) for x, y in zip(*longer, strict=True))

    a, b = one.distortion, other.distortion
    return LensEntry(
        focal_length=mixed(one.focal_length, other.focal_length),
        distortion=Distortion(
            way=a.way,
            radial=terms(a.radial, b.radial),
            tangential=terms(a.tangential, b.tangential),
            offset_x=mixed(a.offset_x, b.offset_x),
            offset_y=mixed(a.offset_y, b.offset_y),
        ),
        focus_distance_m=one.focus_distance_m,
        centre_x=mixed(one.centre_x, other.centre_x),
        centre_y=mixed(one.centre_y, other.centre_y),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LensMap:
    """
    A lens as two maps of pixels, kept as pictures of display coordinates (x, y).

    ``undistort`` has, for every pixel of the picture without distortion, where it lies in
    the plate; ``redistort`` the other way round. Pixels of both are the plate's; the picture
    without distortion lies over it middle on middle.
    """

    undistort: str
    """Digest of the stored picture."""
    redistort: str
    residual_px: float = 0.0
    """How far, at worst, a plate's pixel comes back from itself."""
    made: str = ""
    """Which of the two was not given but made from the other one."""
    origin: str = ""
