"""
TUM trajectories: ``timestamp tx ty tz qx qy qz qw``, one line a pose, with intrinsics.

What SLAM and matchmoving research writes. Times are seconds, positions metres or the
side-car's unit, the quaternion is ``world_from_camera``. There is no lens, no frame rate
and no word on axes: the side-car has fx, fy, cx, cy and the picture's size in pixels
(OpenCV's: y down, pixel centres at whole numbers), ``camera_axes``, ``up`` and ``rate``.
Poses come when they come: frames lie between them.

Source: TUM RGB-D benchmark, file formats; OpenCV, camera calibration (intrinsics).
"""

from __future__ import annotations

import math
from itertools import pairwise

from seamline.errors import TrackError
from seamline.formats.tracks import turns, zup
from seamline.formats.tracks.asked import Asked
from seamline.formats.tracks.framed import FIRST_FRAME, Pose, framed
from seamline.formats.tracks.resampled import Moment, at, refuse_disorder
from seamline.show.camera import CameraTrack, Lens
from seamline.show.frames import FrameRange

NAME = "TUM trajectory"
NEEDS = ("rate", "camera_axes", "up")
INTRINSICS = ("fx", "fy", "cx", "cy", "width_px", "height_px")
WIDEST_GAP_FRAMES = 4.0
UNEVEN = 0.005
SENSOR_MM = 36.0
"""Pixels have no millimetres: a full frame is assumed where the side-car names no sensor."""


def sniff(path: str, head: bytes) -> bool:
    """Tell eight numbers on the first line that is no comment."""
    if path.lower().endswith(".chan"):
        return False
    for line in head.decode("latin-1").splitlines()[:100]:
        words = line.split("#", 1)[0].replace(",", " ").split()
        if words:
            return len(words) == 8 and all(_is_number(word) for word in words)
    return False


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def read(content: bytes, asked: Asked) -> CameraTrack:
    """
    Return the track in ``content``, at the middle of each frame's exposure.

    Raises:
        TrackError: The side-car lacks something, a line is no pose, or the poses do not
            cover the shot's frames.
    """
    side = asked.sidecar
    side.demand(*NEEDS, of=asked.path, why="a trajectory does not say it")
    assert side.rate is not None
    lens, notes = _lens(asked)
    moments = _moments(asked.text(content), asked, lens)
    rate = float(side.rate)
    start = moments[0].time_s if side.first_time_s is None else side.first_time_s
    last = moments[-1].time_s
    count = int((last - start) * rate + 1e-6) + 1
    frames = asked.frames or FrameRange(first=FIRST_FRAME, last=FIRST_FRAME + count - 1)
    if start < moments[0].time_s - 0.5 / rate or count < len(frames):
        raise TrackError(
            f"{asked.path} has poses from {moments[0].time_s:.3f} to {last:.3f} s, and the "
            f"shot's {len(frames)} frames at {rate:g} per second go from {start:.3f} to "
            f"{start + (len(frames) - 1) / rate:.3f} s",
            remedy="Correct first_time_s or rate in the side-car, or give --frames it covers.",
        )
    times = [start + n / rate for n in range(len(frames))]
    notes += _gap(asked, moments, times, frames, rate)
    poses = [
        Pose(number=frame, position_m=m.position_m, rows=m.rows, lens=m.lens)
        for frame, m in zip(frames, at(moments, times), strict=True)
    ]
    return framed(asked, poses, notes=notes)


def _moments(text: str, asked: Asked, lens: Lens | None) -> list[Moment]:
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#", 1)[0].replace(",", " ").split()
        if not words:
            continue
        where = f"{asked.path}, line {number}"
        try:
            row = [float(word) for word in words]
        except ValueError as error:
            raise TrackError(f"{where}: {error}", remedy="Export it again.") from error
        if len(row) != 8 or not all(math.isfinite(value) for value in row):
            raise TrackError(
                f"{where} has {len(row)} numbers, expected 8 that are finite",
                remedy="Export it as timestamp tx ty tz qx qy qz qw.",
            )
        found.append(_moment(row, asked, lens, where))
    if not found:
        raise TrackError(f"{asked.path} holds no poses", remedy="Export it again.")
    refuse_disorder(asked.path, [moment.time_s for moment in found])
    return found


def _moment(row: list[float], asked: Asked, lens: Lens | None, where: str) -> Moment:
    size = math.sqrt(sum(v * v for v in row[4:]))
    if abs(size - 1) > 0.01:
        raise TrackError(
            f"{where}: the quaternion's length is {size:.4g}, expected 1",
            remedy="Export qx qy qz qw, in this order.",
        )
    rows = turns.quaternion(*row[4:])
    if asked.sidecar.camera_axes == "opencv":
        rows = zup.times(rows, turns.Y_DOWN)
    x, y, z = (v * asked.sidecar.metres for v in row[1:4])
    position, rows = turns.world((x, y, z), rows, up=asked.sidecar.up or "Y")
    return Moment(time_s=row[0], position_m=position, rows=rows, lens=lens)


def _lens(asked: Asked) -> tuple[Lens | None, list[str]]:
    side = asked.sidecar
    if asked.lens is not None or (side.fx is None and side.focal_length_mm is not None):
        return None, []
    side.demand(*INTRINSICS, of=asked.path, why="a trajectory has no lens")
    fx, fy, cx, cy, width, height = (
        value
        for value in (side.fx, side.fy, side.cx, side.cy, side.width_px, side.height_px)
        if value is not None
    )
    if abs(fx / fy - 1) > UNEVEN:
        raise TrackError(
            f"{side.path}: fx is {fx:g} and fy {fy:g}, {abs(fx / fy - 1) * 100:.2f} % apart; "
            "pixels that are not square are the plate's",
            remedy="Give fx and fy of square pixels, and the plate its pixel aspect.",
        )
    notes = []
    sensor = side.sensor_width_mm or SENSOR_MM
    if side.sensor_width_mm is None:
        notes.append(f"pixels have no millimetres: a sensor {SENSOR_MM:g} mm wide is assumed")
    if fx != fy:
        off = abs(fx / fy - 1) * height / 2
        notes.append(f"fx is used for both axes; at the upper edge that is {off:.2f} px")
    pitch = sensor / width
    try:
        return Lens(
            focal_length_mm=fx * pitch,
            sensor_width_mm=sensor,
            sensor_height_mm=height * pitch,
            centre_x_mm=(cx + 0.5 - width / 2) * pitch,
            centre_y_mm=(cy + 0.5 - height / 2) * pitch,
        ), notes
    except TrackError as error:
        raise TrackError(f"{side.path}: {error}", remedy=error.remedy) from error


def _gap(
    asked: Asked, moments: list[Moment], times: list[float], frames: FrameRange, rate: float
) -> list[str]:
    """Name the widest gap between poses that frames lie in; refuse what nothing can fill."""
    widest, where = 0.0, times[0]
    for a, b in pairwise(moments):
        if b.time_s > times[0] and a.time_s < times[-1] and b.time_s - a.time_s > widest:
            widest, where = b.time_s - a.time_s, a.time_s
    frame = min(
        frames.last, max(frames.first, frames.first + int((where - times[0]) * rate) + 1)
    )
    says = f"the largest gap between poses is {widest * 1000:.0f} ms, at frame {frame}"
    if widest * rate > WIDEST_GAP_FRAMES:
        raise TrackError(
            f"{asked.path}: {says}, {widest * rate:.1f} frames at {rate:g} per second",
            remedy="Track the missing part, or ask for frames that lie outside it.",
        )
    return [f"frames lie between poses; {says}"]
