"""
OpenTrackIO 1.0: SMPTE's camera track, as JSON samples, one per line or in one list.

Lengths are millimetres (lens) and metres (position), angles degrees. Its stage
is right-handed with Z up; the camera looks along +Y, with +X to its right, when
pan, tilt and roll are zero. Rotations are intrinsic about Z, X, Y: pan (positive
to the left, seen by the operator), tilt (positive up), roll. Transforms compose
in order, the first one outermost. Position is the sensor's; the entrance pupil,
where the picture's perspective starts, lies ``entrancePupilOffset`` in front.

There is no lens model yet: a track with distortion, an offset centre of
projection or an anamorphic squeeze is refused, not approximated.

Source: OpenTrackIO 1.0.1 schema and its notes on transforms (SMPTE RIS-OSVP).
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from seamline.errors import TrackError
from seamline.formats.tracks import zup
from seamline.show.camera import CameraSample, CameraTrack, Lens
from seamline.show.frames import FrameRange

NAME = "OpenTrackIO JSON lines"
FIRST_FRAME = 1001  # where a film's shot starts when nobody numbers it
LARGEST = 1e12  # metres or degrees; beyond it a number is an accident
FASTER = Fraction(5, 4)  # 24 samples a second for a camera at 23.976 are one per frame

Vector = zup.Vector


def sniff(path: str, head: bytes) -> bool:
    """Tell whether the file is JSON: OpenTrackIO is the one JSON track there is."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def read(path: str, text: str, frames: FrameRange | None) -> CameraTrack:
    """
    Return the track that ``text`` describes.

    Args:
        path: Named in errors.
        text: The file's content.
        frames: The shot's frames; the samples must be as many.

    Returns:
        One camera sample per frame, Y up, metres.

    Raises:
        TrackError: Something is missing, impossible or beyond this reader; the
            sentence names the file and the sample, counted from 1.
    """
    found = [_Sample(path, number, body) for number, body in _bodies(path, text)]
    if not found:
        raise TrackError(f"{path} holds no samples", remedy="Export the track again.")
    _share_statics(found)
    _refuse_mixed_sources(path, found)
    rate = found[0].rate()
    numbers = _frame_numbers(path, found, frames, rate)
    _refuse_gaps(path, found, rate)
    samples = tuple(s.camera(frame) for s, frame in zip(found, numbers, strict=True))
    return CameraTrack(
        samples=samples,
        rate=rate or Fraction(24),
        shutter_angle_deg=found[0].shutter_angle_deg(),
        origin=path,
        notes=_notes(found, rate),
    )


class _Sample:
    """One sample: finds values by their path in the JSON, and names them when they fail."""

    def __init__(self, path: str, number: int, body: Any) -> None:
        self._where = f"{path}, sample {number}"
        if not isinstance(body, dict):
            raise self._error("is no JSON object")
        self._body: Mapping[str, Any] = body
        self.static: Mapping[str, Any] = self._object(body, "static")
        self._refuse_other_protocol()

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

    def shutter_angle_deg(self) -> float:
        """Degrees; 180 where the track is silent."""
        if self.value("camera", "shutterAngle", static=True) is None:
            return 180.0
        return self.number("camera", "shutterAngle", static=True)

    def camera(self, frame: int) -> CameraSample:
        """Return the sample in the show's world, numbered ``frame``."""
        self._refuse_lens_model()
        rows, position = self._pose()
        pupil = self.pupil_offset_m()
        position = zup.plus(position, zup.turned(rows, (0.0, pupil, 0.0)))
        return CameraSample(
            frame=frame,
            lens=self._lens(),
            position_m=zup.y_up_position(position),
            world_from_camera=zup.y_up(rows),
        )

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

    def _lens(self) -> Lens:
        if self.value("lens", "pinholeFocalLength") is None:
            raise self._error(
                "has no lens.pinholeFocalLength",
                remedy="Export it; a lens's nominal focal length is not what the camera sees.",
            )
        sensor = ("camera", "activeSensorPhysicalDimensions")
        if self.value(*sensor, static=True) is None:
            raise self._error(
                "has no static.camera.activeSensorPhysicalDimensions, nor has any other",
                remedy="Export the track with its static block: width and height in mm.",
            )
        try:
            return Lens(
                focal_length_mm=self.number("lens", "pinholeFocalLength"),
                sensor_width_mm=self.number(*sensor, "width", static=True),
                sensor_height_mm=self.number(*sensor, "height", static=True),
            )
        except TrackError as error:
            if str(error).startswith(self._where):
                raise
            raise TrackError(f"{self._where}: {error}", remedy=error.remedy) from error

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
            raise self._error(said, remedy=f"Export the track as {NAME}.")
        if not isinstance(version, list) or version[:1] != [1]:
            shown = ".".join(str(v) for v in version) if isinstance(version, list) else version
            raise self._error(
                f"is OpenTrackIO {shown}; version 1 is read", remedy="Export it as version 1.0."
            )

    def _refuse_lens_model(self) -> None:
        if _any_but_zero(self.value("lens", "distortion"), ("radial", "tangential")):
            raise self._error(
                "has lens distortion, and lenses are not distorted here yet",
                remedy="Undistort the plate and export the track that goes with it.",
            )
        if _any_but_zero(self.value("lens", "projectionOffset"), ("x", "y")):
            raise self._error(
                "has its centre of projection off the middle (lens.projectionOffset), which "
                "is not followed here yet",
                remedy="Re-centre the plate and export the track that goes with it.",
            )
        if self.value("camera", "anamorphicSqueeze", static=True) is not None:
            squeeze = self._fraction("camera", "anamorphicSqueeze", static=True)
            if squeeze != 1:
                raise self._error(
                    f"has an anamorphic squeeze of {float(squeeze):g}, which is not followed "
                    "here yet",
                    remedy="Desqueeze the plate and export the track that goes with it.",
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

    def _object(self, body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        found = body.get(key, {})
        if not isinstance(found, dict):
            raise self._error(f"{key} is no JSON object")
        return found

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
        values = []
        for name in names:
            value = found.get(name) if isinstance(found, dict) else None
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise self._no_number(group, name, value)
            if not abs(value) <= LARGEST:
                raise self._no_number(group, name, value)
            values.append(float(value))
        return values[0], values[1], values[2]

    def _no_number(self, group: str, name: str, value: object) -> TrackError:
        return TrackError(
            f"{self._where}: {group}.{name} is {value!r:.40}, expected a number",
            remedy="Export the track again.",
        )


def _bodies(path: str, text: str) -> Iterator[tuple[int, Any]]:
    """Yield (number from 1, JSON value) per sample: lines, a list, or one after another."""
    decoder = json.JSONDecoder()
    at, number = 0, 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at == len(text):
            return
        try:
            body, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            line = text.count("\n", 0, at) + 1
            said = getattr(error, "msg", "too deep, or a number too long")
            raise TrackError(
                f"{path}, line {line}: sample {number + 1} is not valid JSON ({said})",
                remedy="Export the track again; the file may be cut short.",
            ) from error
        for sample in body if isinstance(body, list) else (body,):
            number += 1
            yield number, sample


def _any_but_zero(value: Any, names: tuple[str, ...]) -> bool:
    """Tell whether any term under ``names`` is something else than 0, however deep."""
    if isinstance(value, dict):
        return any(_any_but_zero(value.get(name), names) for name in names)
    if isinstance(value, list):
        return any(_any_but_zero(term, names) for term in value)
    return value not in (None, 0)


def _share_statics(samples: list[_Sample]) -> None:
    # A stream repeats its static block now and then: each one holds until the next,
    # and the first for the samples before it too.
    last = next((s.static for s in samples if s.static), {})
    for sample in samples:
        if not sample.static:
            sample.static = last
        last = sample.static


def _refuse_mixed_sources(path: str, samples: list[_Sample]) -> None:
    sources = {sample.source() for sample in samples}
    if len(sources) > 1:
        raise TrackError(
            f"{path} holds samples of {len(sources)} cameras (sourceId, sourceNumber)",
            remedy="Export the track of one camera.",
        )


def _frame_numbers(
    path: str, samples: list[_Sample], frames: FrameRange | None, rate: Fraction | None
) -> FrameRange:
    count = len(samples)
    sampled = samples[0].sample_rate()
    if sampled is not None and rate is not None and sampled > FASTER * rate:
        raise TrackError(
            f"{path} has {count} samples at {float(sampled):g} Hz for a camera at "
            f"{float(rate):g} frames per second; samples within a frame are not read yet",
            remedy="Export one sample per frame, at the middle of its exposure.",
        )
    if frames is None:
        return FrameRange(first=FIRST_FRAME, last=FIRST_FRAME + count - 1)
    if count == len(frames):
        return frames
    raise TrackError(
        f"{path} has {count} samples, and the shot has {len(frames)} frames ({frames})",
        remedy="Export the track for the shot's frames, or give --frames that it covers.",
    )


def _refuse_gaps(path: str, samples: list[_Sample], rate: Fraction | None) -> None:
    if rate is None:
        return
    codes = [sample.timecode(rate) for sample in samples]
    known = [code for code in codes if code is not None]
    if len(known) < len(codes) or len(set(known)) == 1:
        return  # no timecode, or a clock that stands still: it says nothing
    for number, (before, after) in enumerate(itertools.pairwise(known), start=2):
        if after - before != 1 and after != 0:  # 0 is midnight
            raise TrackError(
                f"{path}: from sample {number - 1} to {number} the timecode goes on by "
                f"{after - before} frames instead of 1",
                remedy="A sample was dropped or doubled; export the track again.",
            )


def _notes(samples: list[_Sample], rate: Fraction | None) -> tuple[str, ...]:
    notes = []
    if rate is None:
        notes.append("the track names no frame rate; 24 is assumed")
    if samples[0].value("camera", "shutterAngle", static=True) is None:
        notes.append("the track names no shutter angle; 180 degrees is assumed")
    if any(sample.pupil_offset_m() for sample in samples):
        notes.append("the entrance pupil is used, not the sensor (entrancePupilOffset)")
    return tuple(notes)
