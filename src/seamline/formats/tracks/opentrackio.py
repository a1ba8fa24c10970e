"""
OpenTrackIO 1.0: SMPTE's camera track, as JSON, CBOR or recorded packets.

Lengths are millimetres (lens) and metres (position), angles degrees. Its stage
is right-handed with Z up; the camera looks along +Y, with +X to its right, when
pan, tilt and roll are zero. Rotations are intrinsic about Z, X, Y: pan (positive
to the left, seen by the operator), tilt (positive up), roll. Transforms compose
in order, the first one outermost. Position is the sensor's; the entrance pupil,
where the picture's perspective starts, lies ``entrancePupilOffset`` in front.

Samples are one per frame, or come at a rate of their own (60 Hz, 240 Hz): then the
camera is brought to the middle of each exposure, the shutter opening with the frame.

Source: OpenTrackIO 1.0.1 schema and its notes on transforms (SMPTE RIS-OSVP).
"""

from __future__ import annotations

import itertools
from fractions import Fraction

from seamline.errors import TrackError
from seamline.formats.tracks.asked import Asked
from seamline.formats.tracks.framed import FIRST_FRAME, Pose, framed
from seamline.formats.tracks.opentrackio_packets import MARK, bodies, is_cbor
from seamline.formats.tracks.opentrackio_sample import Sample
from seamline.formats.tracks.resampled import Moment, at, refuse_disorder
from seamline.show.camera import CameraTrack
from seamline.show.frames import FrameRange
from seamline.show.timecode import from_header, timecode

NAME = "OpenTrackIO (JSON lines, CBOR or packets)"
FASTER = Fraction(5, 4)  # 24 samples a second for a camera at 23.976 are one per frame
USUAL_SHUTTER_DEG = 180.0


def sniff(path: str, head: bytes) -> bool:
    """Tell whether the file is JSON, CBOR or packets: OpenTrackIO is the one such track."""
    json = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
    return json or head.startswith(MARK) or is_cbor(head)


def read(content: bytes, asked: Asked) -> CameraTrack:
    """
    Return the track in ``content``.

    Args:
        content: The file.
        asked: The shot's frames; the samples must be as many, or cover them at a rate of
            their own. ``camera`` is a sourceNumber or a sourceId.

    Returns:
        One camera sample per frame, Y up, metres.

    Raises:
        TrackError: Something is missing, impossible or against the schema; the sentence
            names the file and the sample, counted from 1.
    """
    found = _one_source(_samples(content, asked), asked)
    if not found:
        raise TrackError(f"{asked.path} holds no samples", remedy="Export the track again.")
    _share_statics(found)
    rate, sampled = found[0].rate() or asked.sidecar.rate, found[0].sample_rate()
    shutter = found[0].shutter_angle_deg()
    notes = []
    if any(sample.pupil_offset_m() for sample in found):
        notes.append("the entrance pupil is used, not the sensor (entrancePupilOffset)")
    if sampled is not None and rate is not None and sampled > FASTER * rate:
        poses, said = _resampled(found, asked, rate, sampled, shutter)
        notes += said
    else:
        found, said = _of_the_plate(found, asked, rate)
        poses = _one_per_frame(found, asked, rate)
        notes += said
    return framed(asked, poses, rate=rate, shutter_angle_deg=shutter, notes=notes)


def _samples(content: bytes, asked: Asked) -> list[Sample]:
    found: list[Sample] = []
    static = None
    for number, body in bodies(asked.path, content):
        found.append(Sample(asked.path, number, body, known_static=static))
        static = found[-1].static or static
    return found


def _share_statics(samples: list[Sample]) -> None:
    # A stream repeats its static block now and then: each one holds until the next,
    # and the first for the samples before it too.
    last = next((s.static for s in samples if s.static), {})
    for sample in samples:
        if not sample.static:
            sample.static = last
        last = sample.static


def _one_source(samples: list[Sample], asked: Asked) -> list[Sample]:
    sources = list(dict.fromkeys(sample.source() for sample in samples))
    if len(sources) <= 1 and not asked.camera:
        return samples
    meant = [s for s in sources if asked.camera in (s[0], s[1], " ".join(s))]
    if len(meant) != 1:
        short = len({number for _, number in sources}) == len(sources)
        asked.only(
            [number if short else f"{name} {number}" for name, number in sources], "camera"
        )
        return samples
    return [sample for sample in samples if sample.source() == meant[0]]


def _pose(sample: Sample, frame: int, asked: Asked) -> Pose:
    position, rows = sample.pose()
    lens = sample.lens(needed=asked.lens is None)
    return Pose(number=frame, position_m=position, rows=rows, lens=lens)


def _one_per_frame(samples: list[Sample], asked: Asked, rate: Fraction | None) -> list[Pose]:
    frames = _numbers(asked, len(samples))
    _refuse_gaps(asked.path, samples, rate)
    return [_pose(s, frame, asked) for s, frame in zip(samples, frames, strict=True)]


def _of_the_plate(
    samples: list[Sample], asked: Asked, rate: Fraction | None
) -> tuple[list[Sample], list[str]]:
    """Return what a longer recording holds of the shot, by the plate's timecode."""
    if asked.frames is None or len(samples) <= len(asked.frames) or rate is None:
        return samples, []
    found = None if asked.clock is None else from_header(asked.clock, rate)
    codes = [sample.timecode(rate) for sample in samples]
    known = [code for code in codes if code is not None]
    if found is None or not known:
        return samples, []
    said = timecode(found[0], rate, drop=found[1])
    there = [n for n, code in enumerate(codes) if code == found[0]]
    if len(there) != 1 or there[0] + len(asked.frames) > len(samples):
        ends = [timecode(code, rate, drop=found[1]) for code in (known[0], known[-1])]
        raise TrackError(
            f"{asked.path} has {len(samples)} samples ({ends[0]} to {ends[1]}), and the "
            f"plate's {len(asked.frames)} frames begin at {said}",
            remedy="Export the track for the shot's frames, or give --frames that it covers.",
        )
    first, last = there[0], there[0] + len(asked.frames)
    return samples[first:last], [
        f"samples {first + 1} to {last} of {len(samples)} are taken: the first has the "
        f"plate's timecode, {said}"
    ]


def _numbers(asked: Asked, count: int) -> FrameRange:
    if asked.frames is None:
        return FrameRange(first=FIRST_FRAME, last=FIRST_FRAME + count - 1)
    if count == len(asked.frames):
        return asked.frames
    raise TrackError(
        f"{asked.path} has {count} samples, and the shot has {len(asked.frames)} frames "
        f"({asked.frames})",
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


def _resampled(
    samples: list[Sample],
    asked: Asked,
    rate: Fraction,
    sampled: Fraction,
    shutter: float | None,
) -> tuple[list[Pose], list[str]]:
    """Return the camera in the middle of each exposure, and what is to be said of it."""
    clock, timed = _clock(samples, sampled, asked.path)
    start = _first_frame_s(samples, clock, rate)
    angle = next(
        v
        for v in (shutter, asked.sidecar.shutter_angle_deg, USUAL_SHUTTER_DEG)
        if v is not None
    )
    middle = angle / 720.0 / float(rate)  # half of what the shutter is open
    step = 1 / float(sampled)
    count = int((clock[-1] + step / 2 - start - middle) * float(rate) + 1e-9) + 1
    frames = _numbers(asked, count)
    moments = []
    for sample, time in zip(samples, clock, strict=True):
        pose = _pose(sample, 0, asked)
        moments.append(
            Moment(time_s=time, position_m=pose.position_m, rows=pose.rows, lens=pose.lens)
        )
    times = [start + middle + n / float(rate) for n in range(count)]
    poses = [
        Pose(number=frame, position_m=m.position_m, rows=m.rows, lens=m.lens)
        for frame, m in zip(frames, at(moments, times), strict=True)
    ]
    said = [
        f"{float(sampled):g} samples a second, brought to the middle of each exposure; the "
        "shutter is taken to open with the frame"
    ]
    gap = max((b - a for a, b in itertools.pairwise(clock)), default=0.0)
    if timed and gap > 1.5 * step:
        said.append(f"the largest gap between samples is {gap * 1000:.1f} ms")
    return poses, said


def _clock(samples: list[Sample], sampled: Fraction, path: str) -> tuple[list[float], bool]:
    """Return each sample's seconds from the first one, and whether they were measured."""
    stamps = [sample.time_ns() for sample in samples]
    known = [stamp for stamp in stamps if stamp is not None]
    if len(known) == len(samples) and len(set(known)) > 1:
        clock = [(stamp - known[0]) * 1e-9 for stamp in known]
        refuse_disorder(path, clock)
        for number, (a, b) in enumerate(itertools.pairwise(clock), start=2):
            if b - a > 4 / float(sampled):
                raise TrackError(
                    f"{path}: from sample {number - 1} to {number} {(b - a) * 1000:.1f} ms "
                    f"went by, at {float(sampled):g} samples a second",
                    remedy="Samples were lost; record the track again.",
                )
        return clock, True
    _refuse_lost(path, samples)
    return [float(n / sampled) for n in range(len(samples))], False


def _refuse_lost(path: str, samples: list[Sample]) -> None:
    runs = [run for run in (sample.sequence() for sample in samples) if run is not None]
    if len(runs) < len(samples) or len(set(runs)) == 1:
        return
    for number, (a, b) in enumerate(itertools.pairwise(runs), start=2):
        if (b - a) % (1 << 32) != 1:
            raise TrackError(
                f"{path}: from sample {number - 1} to {number} the sequence number goes from "
                f"{a} to {b}",
                remedy="A sample was lost or doubled; record the track again.",
            )


def _first_frame_s(samples: list[Sample], clock: list[float], rate: Fraction) -> float:
    """Return when the first sample's frame began: timecode tells, else the first sample."""
    codes = [sample.timecode(rate) for sample in samples]
    for code, time in zip(codes, clock, strict=True):
        if code is not None and codes[0] is not None and code == codes[0] + 1:
            return min(time - 1 / float(rate), clock[0])
    return clock[0]
