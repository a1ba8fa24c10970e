"""
One OpenTrackIO sample: its values by their place in the JSON, each looked at.

A tracker's JSON comes from outside: any value may be missing, of another kind or
absurd, and what is wrong is said with the sample's number and the value's place.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from seamline.errors import TrackError
from seamline.formats.tracks import zup
from seamline.formats.tracks.opentrackio_lens import distortion
from seamline.formats.tracks.opentrackio_schema import broken
from seamline.formats.tracks.zup import Rows
from seamline.show.camera import Lens

LARGEST = 1e12  # metres or degrees; beyond it a number is an accident
Vector = zup.Vector


class Sample:
    """One sample: finds values by their path in the JSON, and names them when they fail."""

    def __init__(self, path: str, number: int, body: Any, *, known_static: Any = None) -> None:
        self._where = f"{path}, sample {number}"
        if not isinstance(body, dict):
            raise self._error("is no JSON object")
        self._body: Mapping[str, Any] = body
        self._refuse_other_protocol()
        found = broken(body, known_static=known_static)
        if found:
            place, says = found
            raise self._error(f"{place} {says}", remedy="It breaks OpenTrackIO's schema there.")
        self.static: Mapping[str, Any] = body.get("static", {})

    def value(self, *keys: str, static: bool = False) -> Any:
        """Return what stands at ``keys``, or None."""
        found: Any = self.static if static else self._body
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def number(self, *keys: str, static: bool = False) -> float:
        """Return the finite number at ``keys``, or refuse the sample."""
        found = self.value(*keys, static=static)
        named = ".".join(("static", *keys) if static else keys)
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise self._error(f"has no {named}" if found is None else f"{named} is {found!r}")
        return self._finite(found, named)

    def rate(self) -> Fraction | None:
        """Frames per second: the camera's own, else the tracker's, else the timecode's."""
        for keys, static in (
            (("camera", "captureFrameRate"), True),
            (("timing", "sampleRate"), False),
            (("timing", "timecode", "frameRate"), False),
        ):
            if self.value(*keys, static=static) is not None:
                rate = self._fraction(*keys, static=static)
                if rate > 0:
                    return rate
                raise self._error(f"{'.'.join(keys)} is {rate}")
        return None

    def sample_rate(self) -> Fraction | None:
        """Return samples per second, if the tracker says."""
        if self.value("timing", "sampleRate") is None:
            return None
        return self._fraction("timing", "sampleRate")

    def shutter_angle_deg(self) -> float | None:
        """Degrees; None where the track is silent."""
        if self.value("camera", "shutterAngle", static=True) is None:
            return None
        return self.number("camera", "shutterAngle", static=True)

    def pose(self) -> tuple[Vector, Rows]:
        """Return the entrance pupil's position and the rotation in the show's world."""
        rows, position = self._pose()
        pupil = self.pupil_offset_m()
        position = zup.plus(position, zup.turned(rows, (0.0, pupil, 0.0)))
        turned = zup.y_up(rows)
        return zup.y_up_position(position), (turned[0:3], turned[3:6], turned[6:9])

    def time_ns(self) -> int | None:
        """Return when the sample was taken, by the tracker's clock; None if it does not say."""
        stamp = self.value("timing", "sampleTimestamp")
        if stamp is None:
            return None
        return int(stamp["seconds"]) * 1_000_000_000 + int(stamp["nanoseconds"])

    def sequence(self) -> int | None:
        """Return the sample's running number."""
        found = self.value("timing", "sequenceNumber")
        return None if found is None else int(found)

    def pupil_offset_m(self) -> float:
        """How far the entrance pupil lies in front of the sensor, metres."""
        if self.value("lens", "entrancePupilOffset") is None:
            return 0.0
        return self.number("lens", "entrancePupilOffset")

    def timecode(self, rate: Fraction) -> int | None:
        """Return the timecode as frames since midnight; None without one at ``rate``."""
        code = self.value("timing", "timecode")
        if not isinstance(code, dict):
            return None
        if self._fraction("timing", "timecode", "frameRate") != rate:
            return None
        nominal = math.ceil(rate)
        hours, minutes, seconds, frames = (
            int(self.number("timing", "timecode", name))
            for name in ("hours", "minutes", "seconds", "frames")
        )
        all_minutes = hours * 60 + minutes
        counted = (all_minutes * 60 + seconds) * nominal + frames
        if code.get("dropFrame") is True:  # SMPTE ST 12-1: two numbers a minute, not the tenth
            counted -= 2 * (nominal // 30) * (all_minutes - all_minutes // 10)
        return counted

    def source(self) -> tuple[str, str]:
        """Return what tells one camera from another in a shared stream."""
        return str(self.value("sourceId")), str(self.value("sourceNumber"))

    def lens(self, *, needed: bool = True) -> Lens | None:
        """Return the lens; None without a focal length where it is not ``needed``."""
        if self.value("lens", "pinholeFocalLength") is None:
            if not needed:
                return None
            raise self._error(
                "has no lens.pinholeFocalLength",
                remedy="Export it; a lens's nominal focal length is not what the camera sees. "
                "A camera's own CSV may stand in for it: --lens FILE",
            )
        sensor = ("camera", "activeSensorPhysicalDimensions")
        if self.value(*sensor, static=True) is None:
            raise self._error(
                "has no static.camera.activeSensorPhysicalDimensions, nor has any other",
                remedy="Export the track with its static block: width and height in mm.",
            )
        focal = self.number("lens", "pinholeFocalLength")
        offset = self.value("lens", "projectionOffset") or {"x": 0.0, "y": 0.0}
        try:
            return Lens(
                focal_length_mm=focal,
                sensor_width_mm=self.number(*sensor, "width", static=True),
                sensor_height_mm=self.number(*sensor, "height", static=True),
                squeeze=self._squeeze(),
                centre_x_mm=float(offset["x"]),
                centre_y_mm=float(offset["y"]),
                distortion=distortion(dict(self.value("lens")), focal, self._where),
                focus_distance_m=self._optional("focusDistance"),
                t_stop=self._optional("tStop"),
            )
        except TrackError as error:
            if str(error).startswith(self._where):
                raise
            raise self._error(str(error), remedy=error.remedy) from error

    def _squeeze(self) -> float:
        if self.value("camera", "anamorphicSqueeze", static=True) is None:
            return 1.0
        return float(self._fraction("camera", "anamorphicSqueeze", static=True))

    def _optional(self, name: str) -> float | None:
        return None if self.value("lens", name) is None else self.number("lens", name)

    def _pose(self) -> tuple[zup.Rows, Vector]:
        transforms = self.value("transforms")
        if not isinstance(transforms, list) or not transforms:
            raise self._error("has no transforms, so nothing says where the camera is")
        rows, position = zup.UNTURNED, (0.0, 0.0, 0.0)
        for transform in transforms:
            part = _Transform(self._where, transform)
            position = zup.plus(position, zup.turned(rows, part.position))
            rows = zup.times(rows, part.rows)
        return rows, position

    def _refuse_other_protocol(self) -> None:
        name = self.value("protocol", "name")
        version = self.value("protocol", "version")
        if name != "OpenTrackIO":
            said = "names no protocol" if name is None else f"is {name!r}, not OpenTrackIO"
            raise self._error(said, remedy="Export the track as OpenTrackIO JSON lines.")
        if not isinstance(version, list) or version[:1] != [1]:
            shown = ".".join(str(v) for v in version) if isinstance(version, list) else version
            raise self._error(
                f"is OpenTrackIO {shown}; version 1 is read", remedy="Export it as version 1.0."
            )

    def _fraction(self, *keys: str, static: bool = False) -> Fraction:
        top = self.number(*keys, "num", static=static)
        bottom = self.number(*keys, "denom", static=static)
        if bottom <= 0 or not (top.is_integer() and bottom.is_integer()):
            raise self._error(f"{'.'.join(keys)} is {top:g}/{bottom:g}, expected whole numbers")
        return Fraction(int(top), int(bottom))

    def _finite(self, found: float, named: str) -> float:
        try:
            value = float(found)
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            raise self._error(f"{named} is no finite number")
        return value

    def _error(self, says: str, *, remedy: str = "Export the track again.") -> TrackError:
        return TrackError(f"{self._where}: {says}", remedy=remedy)


class _Transform:
    """One link of the chain from the stage to the camera: Z up, metres."""

    def __init__(self, where: str, body: Any) -> None:
        self._body = body if isinstance(body, dict) else {}
        self._where = f"{where}, transform {self._body.get('id', 'without a name')}"
        self.position: Vector = self._numbers("translation", ("x", "y", "z"))
        pan, tilt, roll = self._numbers("rotation", ("pan", "tilt", "roll"))
        level = zup.times(zup.about_z(pan), zup.about_x(tilt))
        self.rows = zup.times(level, zup.about_y(roll))
        if "scale" in self._body and self._numbers("scale", ("x", "y", "z")) != (1, 1, 1):
            raise TrackError(
                f"{self._where}: it scales, and a camera has no size",
                remedy="Bake the camera's transforms and export the track again.",
            )

    def _numbers(self, group: str, names: tuple[str, str, str]) -> Vector:
        found = self._body.get(group)
        values = [found.get(name) if isinstance(found, dict) else None for name in names]
        for name, value in zip(names, values, strict=True):
            # The schema has seen to it that what stands there is a number.
            if value is None or not abs(value) <= LARGEST:
                raise self._no_number(group, name, value)
        return float(values[0]), float(values[1]), float(values[2])  # type: ignore[arg-type]

    def _no_number(self, group: str, name: str, value: object) -> TrackError:
        return TrackError(
            f"{self._where}: {group}.{name} is {value!r:.40}, expected a number",
            remedy="Export the track again.",
        )
