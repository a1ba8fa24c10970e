"""
Whether a track can be a camera's: what cannot be is refused, what hardly can is named.

A unit that is off by 10 or 1,000, a wrong rotation order or a flipped angle is a valid
file. It shows in what no camera does: fields of view no lens has, jumps, speeds, a camera
on its side throughout. Against a lock the height tells more (``against_lock``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from seamline.errors import TrackError
from seamline.show.camera import CameraSample, CameraTrack
from seamline.show.lock import Lock

FARTHEST_M = 1e6  # 1,000 km: the record flat shot is made from orbit, not on a stage
WIDEST_DEG, WIDE_DEG = 160.0, 125.0  # rectilinear lenses end at about 10 mm on 36 mm: 122 deg
NARROWEST_DEG, NARROW_DEG = 0.05, 0.8  # 1,200 mm on 36 mm: 1.7 deg
SMALLEST_SENSOR_MM = 1.0
FASTEST_M_S, FAST_M_S = 1000.0, 100.0  # a camera helicopter flies at 70 m/s
JUMP_DEG = 45.0  # in one frame; a whip pan makes 15
ON_ITS_SIDE_DEG = 60.0
HIGH_M = 500.0
WAYS = ((10.0, "10"), (100.0, "100"), (1000.0, "1,000"), (12.0, "12"), (39.37, "39.4"),
        (3.2808, "3.28"))  # fmt: skip
CLOSE = 0.08
SURELY = 50.0


def remarks(track: CameraTrack) -> tuple[str, ...]:
    """
    Return what is odd about ``track``, one sentence each.

    Raises:
        TrackError: It cannot be a camera: positions that are not finite or beyond the
            earth's curve, lenses nobody makes, faster than sound.
    """
    return tuple(
        found
        for part in (_lenses, _places, _speeds, _turns, _uprightness)
        for found in part(track)
    )


def against_lock(track: CameraTrack, lock: Lock) -> tuple[str, ...]:
    """
    Return where a track and its lock are apart as one unit is from another.

    Raises:
        TrackError: The heights are 50 times and more apart.
    """
    agreed = lock.camera_height_m
    height = median(sample.position_m[1] for sample in track.samples)
    if not agreed or agreed <= 0 or height <= 0:
        return ()
    times = max(height / agreed, agreed / height)
    says = f"the track's camera is {height:.3g} m high, lock v{lock.version} says {agreed:g} m"
    if times >= SURELY:
        raise TrackError(
            f"{track.origin}: {says}, {times:,.0f} times apart",
            remedy='State the unit in the side-car (unit = "cm"), or correct the lock.',
        )
    for way, word in WAYS:
        if abs(times / way - 1) < CLOSE:
            return (f"{says}: {word} times apart, as one unit is from another",)
    return ()


def _lenses(track: CameraTrack) -> Iterator[str]:
    worst: dict[str, str] = {}
    for sample in track.samples:
        lens, where = sample.lens, f"frame {sample.frame}"
        if lens.sensor_width_mm < SMALLEST_SENSOR_MM:
            says, remedy = (
                f"{where}: the sensor is {lens.sensor_width_mm:g} mm wide",
                "Check its unit: millimetres.",
            )
            raise _refused(track, says, remedy)
        view = lens.hfov_deg
        says = (
            f"{where}: {lens.focal_length_mm:g} mm on {lens.sensor_width_mm:g} mm see "
            f"{view:.2g} degrees across"
        )
        if not NARROWEST_DEG <= view <= WIDEST_DEG:
            raise _refused(track, says, "Check the units of focal length and sensor.")
        if not NARROW_DEG <= view <= WIDE_DEG:
            worst.setdefault("view", f"{says}; hardly a lens does, check the units")
    yield from worst.values()


def _places(track: CameraTrack) -> Iterator[str]:
    for sample in track.samples:
        if not all(math.isfinite(v) for v in (*sample.position_m, *sample.world_from_camera)):
            says, remedy = (
                f"frame {sample.frame}: the pose is no finite number",
                "Export the track again.",
            )
            raise _refused(track, says, remedy)
        far = math.sqrt(sum(v * v for v in sample.position_m))
        if far > FARTHEST_M:
            says, remedy = (
                f"frame {sample.frame}: the camera is {far / 1000:,.0f} km from the origin",
                'State the unit in the side-car: unit = "cm" or "mm".',
            )
            raise _refused(track, says, remedy)
    high = median(sample.position_m[1] for sample in track.samples)
    if abs(high) > HIGH_M:
        yield f"the camera is {high:,.0f} m high; check the track's unit and its origin"


def _speeds(track: CameraTrack) -> Iterator[str]:
    steps = [_apart_m(a, b) / (b.frame - a.frame) for a, b in pairwise(track.samples)]
    if not steps:
        return
    fastest = max(steps)
    at = track.samples[steps.index(fastest)].frame
    speed = fastest * float(track.rate)
    if speed > FASTEST_M_S:
        raise _refused(
            track,
            f"from frame {at} on the camera moves at {speed:,.0f} m/s, faster than sound",
            "Check the track's unit, and whether a frame is broken.",
        )
    usual = median(steps)
    if speed > FAST_M_S:
        yield f"from frame {at} on the camera moves at {speed:,.0f} m/s; check the track's unit"
    elif fastest > max(0.25, 20 * usual):
        yield f"the camera jumps {fastest:.2g} m from frame {at} to the next"


def _turns(track: CameraTrack) -> Iterator[str]:
    turns = [
        turn_deg(a.world_from_camera, b.world_from_camera) / (b.frame - a.frame)
        for a, b in pairwise(track.samples)
    ]
    if turns and max(turns) > JUMP_DEG:
        at = track.samples[turns.index(max(turns))].frame
        yield (
            f"the camera turns by {max(turns):.0f} degrees from frame {at} to the next; check "
            "the rotation order and the key"
        )


def _uprightness(track: CameraTrack) -> Iterator[str]:
    rolls = [roll_deg(sample.world_from_camera) for sample in track.samples]
    level = [abs(roll) for roll in rolls if roll is not None]
    if level and median(level) > ON_ITS_SIDE_DEG:
        yield (
            f"the camera lies on its side (roll {median(level):.0f} degrees); check the "
            "rotation order and which axis is up"
        )
    if len(level) < len(rolls) / 2:
        yield "the camera looks straight up or down; check which axis is up"


def turn_deg(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Return the angle between two row-major rotations, degrees."""
    trace = sum(p * q for p, q in zip(a, b, strict=True))
    return math.degrees(math.acos(max(-1.0, min(1.0, (trace - 1) / 2))))


def roll_deg(rows: tuple[float, ...]) -> float | None:
    """Return the roll of a camera, degrees; None where it looks within 5 degrees of plumb."""
    if abs(rows[5]) > math.cos(math.radians(5)):
        return None
    return math.degrees(math.atan2(-rows[3], rows[4]))


def _apart_m(a: CameraSample, b: CameraSample) -> float:
    return math.sqrt(sum((p - q) ** 2 for p, q in zip(a.position_m, b.position_m, strict=True)))


def _refused(track: CameraTrack, says: str, remedy: str) -> TrackError:
    return TrackError(f"{track.origin}, {says}", remedy=remedy)
