"""
From a file's own frames to the shot's: which are asked for, and with which lens.

A format's reader hands over poses by the file's numbers; gaps, doubled frames and other
counts are refused here with both numbers, a lens is found where the file has none, and
what is odd about the whole is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from seamline.errors import TrackError
from seamline.formats.tracks import turns
from seamline.formats.tracks.asked import Asked
from seamline.formats.tracks.resampled import Moment, at
from seamline.formats.tracks.zup import Rows, Vector
from seamline.optics.track import remarks
from seamline.show.camera import CameraSample, CameraTrack, Lens
from seamline.show.frames import FrameRange

Value = TypeVar("Value", Fraction, float)
FIRST_FRAME = 1001  # where a film's shot starts when nobody numbers it


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """One frame of a file: its own number, where the camera is (Y up, metres), its lens."""

    number: int
    position_m: Vector
    rows: Rows
    lens: Lens | None = None


def framed(
    asked: Asked,
    poses: Sequence[Pose],
    *,
    rate: Fraction | None = None,
    shutter_angle_deg: float | None = None,
    notes: Sequence[str] = (),
) -> CameraTrack:
    """
    Return the track for the shot's frames.

    Args:
        asked: The shot's frames, the side-car and a lens report.
        poses: In the file's order.
        rate: Frames per second the file states.
        shutter_angle_deg: What the file states.
        notes: What the reader has to say.

    Raises:
        TrackError: A frame is missing or stands twice, the counts differ, nothing says
            which lens it was, or no camera does this.
    """
    side, said = asked.sidecar, list(notes)
    _refuse_disorder(asked.path, poses)
    poses, moved = _in_the_middle(poses, side.sample_phase or 0.0)
    said += moved
    chosen, numbers, moved = _chosen(asked, poses)
    said += moved
    lens, said_of_lens = _lens_of(asked, chosen, numbers)
    said += said_of_lens
    rate = _one(asked, "rate", rate, side.rate)
    shutter = _one(asked, "shutter_angle_deg", shutter_angle_deg, side.shutter_angle_deg)
    if rate is None:
        said.append("the track names no frame rate; 24 is assumed")
    if shutter is None:
        said.append("the track names no shutter angle; 180 degrees is assumed")
    if side.rolling_shutter_s is None:
        said.append("nothing says how fast the shutter rolls; it is taken as global")
    try:
        track = CameraTrack(
            samples=tuple(
                CameraSample(
                    frame=frame,
                    lens=of,
                    position_m=pose.position_m,
                    world_from_camera=turns.numbers(pose.rows),
                )
                for pose, frame, of in zip(chosen, numbers, lens, strict=True)
            ),
            rate=rate or Fraction(24),
            shutter_angle_deg=180.0 if shutter is None else shutter,
            origin=asked.path,
            rolling_shutter_s=side.rolling_shutter_s,
        )
    except TrackError as error:
        raise TrackError(f"{asked.path}: {error}", remedy=error.remedy) from error
    return replace(track, notes=(*said, *remarks(track)))


def _in_the_middle(poses: Sequence[Pose], phase: float) -> tuple[Sequence[Pose], list[str]]:
    """Return poses at the middle of each exposure, of samples ``phase`` frames after it."""
    if phase == 0:
        return poses, []
    taken = [
        Moment(time_s=p.number + phase, position_m=p.position_m, rows=p.rows, lens=p.lens)
        for p in poses
    ]
    middles = [
        Pose(number=pose.number, position_m=m.position_m, rows=m.rows, lens=m.lens)
        for pose, m in zip(poses, at(taken, [float(p.number) for p in poses]), strict=True)
    ]
    when = "after" if phase > 0 else "before"
    return middles, [
        f"samples were taken {abs(phase):g} frames {when} the middle of the exposure, and are "
        "brought to it"
    ]


def _one(asked: Asked, name: str, file: Value | None, beside: Value | None) -> Value | None:
    if file is not None and beside is not None and abs(file - beside) > 1e-6 * abs(file):
        raise TrackError(
            f"{asked.path} states {name} {float(file):g}, and its side-car {float(beside):g}",
            remedy="Take the wrong one out.",
        )
    return beside if file is None else file


def _refuse_disorder(path: str, poses: Sequence[Pose]) -> None:
    if not poses:
        raise TrackError(f"{path} holds no samples", remedy="Export the track again.")
    for before, after in pairwise(poses):
        step = after.number - before.number
        if step == 1:
            continue
        if step == 0:
            says = f"frame {after.number} stands twice"
        elif step < 0:
            says = f"frame {after.number} comes after frame {before.number}"
        else:
            missing = FrameRange(first=before.number + 1, last=after.number - 1)
            says = (
                f"frames {missing} are missing"
                if step > 2
                else f"frame {missing.first} is missing"
            )
        raise TrackError(f"{path}: {says}", remedy="Export the track again, every frame once.")


def _chosen(
    asked: Asked, poses: Sequence[Pose]
) -> tuple[Sequence[Pose], FrameRange, list[str]]:
    first, last = poses[0].number, poses[-1].number
    own = FrameRange(first=first, last=last) if first >= 0 else None
    frames = asked.frames
    if frames is None:
        if own is None:
            frames = FrameRange(first=FIRST_FRAME, last=FIRST_FRAME + len(poses) - 1)
            return (
                poses,
                frames,
                [f"the track's frames {first} to {last} are taken as {frames}"],
            )
        return poses, own, []
    if first <= frames.first and frames.last <= last:
        return poses[frames.first - first : frames.last - first + 1], frames, []
    apart = frames.last < first or last < frames.first
    if apart and len(poses) == len(frames):
        return poses, frames, [f"the track's frames {first} to {last} are taken as {frames}"]
    raise TrackError(
        f"{asked.path} has {len(poses)} samples (frames {first} to {last}), and the shot has "
        f"{len(frames)} frames ({frames})",
        remedy="Export the track for the shot's frames, or give --frames that it covers.",
    )


def _lens_of(
    asked: Asked, poses: Sequence[Pose], numbers: FrameRange
) -> tuple[list[Lens], list[str]]:
    if all(pose.lens is not None for pose in poses):
        if asked.lens is not None:
            raise TrackError(
                f"{asked.path} has a lens of its own, and {asked.lens.origin} another",
                remedy="Leave --lens out, or check the take with: lock check --track FILE",
            )
        return [pose.lens for pose in poses if pose.lens is not None], []
    if asked.lens is not None:
        report = asked.lens
        return (
            [report.sample(frame).lens for frame in numbers],
            [f"the lens is that of {report.origin}", *report.notes],
        )
    side = asked.sidecar
    side.demand(
        "focal_length_mm", "sensor_width_mm", "sensor_height_mm", of=asked.path,
        why="the track has no lens",
    )  # fmt: skip
    return [sidecar_lens(asked)] * len(poses), []


def sidecar_lens(asked: Asked, *, focal_length_mm: float | None = None) -> Lens:
    """Return the side-car's lens, with another focal length where the file has one."""
    side = asked.sidecar
    assert side.sensor_width_mm is not None
    assert side.sensor_height_mm is not None
    focal = side.focal_length_mm if focal_length_mm is None else focal_length_mm
    assert focal is not None
    try:
        return Lens(
            focal_length_mm=focal,
            sensor_width_mm=side.sensor_width_mm,
            sensor_height_mm=side.sensor_height_mm,
            squeeze=side.squeeze if side.squeeze is not None else 1.0,
        )
    except TrackError as error:
        raise TrackError(f"{asked.path}: {error}", remedy=error.remedy) from error
