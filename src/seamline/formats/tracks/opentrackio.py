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
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from seamline.errors import TrackError
from seamline.formats.tracks.opentrackio_sample import Sample
from seamline.show.camera import CameraTrack
from seamline.show.frames import FrameRange

NAME = "OpenTrackIO JSON lines"
FIRST_FRAME = 1001  # where a film's shot starts when nobody numbers it
FASTER = Fraction(5, 4)  # 24 samples a second for a camera at 23.976 are one per frame


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
    found = [Sample(path, number, body) for number, body in _bodies(path, text)]
    if not found:
        raise TrackError(f"{path} holds no samples", remedy="Export the track again.")
    _share_statics(found)
    _refuse_mixed_sources(path, found)
    rate = found[0].rate()
    numbers = _frame_numbers(path, found, frames, rate)
    _refuse_gaps(path, found, rate)
    samples = tuple(s.camera(frame) for s, frame in zip(found, numbers, strict=True))
    try:
        return CameraTrack(
            samples=samples,
            rate=rate or Fraction(24),
            shutter_angle_deg=found[0].shutter_angle_deg(),
            origin=path,
            notes=_notes(found, rate),
        )
    except TrackError as error:
        raise TrackError(f"{path}: {error}", remedy=error.remedy) from error


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


def _share_statics(samples: list[Sample]) -> None:
    # A stream repeats its static block now and then: each one holds until the next,
    # and the first for the samples before it too.
    last = next((s.static for s in samples if s.static), {})
    for sample in samples:
        if not sample.static:
            sample.static = last
        last = sample.static


def _refuse_mixed_sources(path: str, samples: list[Sample]) -> None:
    sources = {sample.source() for sample in samples}
    if len(sources) > 1:
        raise TrackError(
            f"{path} holds samples of {len(sources)} cameras (sourceId, sourceNumber)",
            remedy="Export the track of one camera.",
        )


def _frame_numbers(
    path: str, samples: list[Sample], frames: FrameRange | None, rate: Fraction | None
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


def _refuse_gaps(path: str, samples: list[Sample], rate: Fraction | None) -> None:
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


def _notes(samples: list[Sample], rate: Fraction | None) -> tuple[str, ...]:
    notes = []
    if rate is None:
        notes.append("the track names no frame rate; 24 is assumed")
    if samples[0].value("camera", "shutterAngle", static=True) is None:
        notes.append("the track names no shutter angle; 180 degrees is assumed")
    if any(sample.pupil_offset_m() for sample in samples):
        notes.append("the entrance pupil is used, not the sensor (entrancePupilOffset)")
    return tuple(notes)
