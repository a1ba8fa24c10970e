"""
Film made for tests: cameras, panoramas and frames by formulas of their own.

Nothing here calls ``seamline.optics``: what a camera sees is worked out again, the
slow way, so that the two can disagree. World and camera are those of the project
(Y up, looking down -Z, pan to the left and tilt up positive, degrees).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Scene = Callable[[Floats], Floats]
"""(N, 3) world directions of any length to (N, 3) scene-linear light."""


@dataclass(frozen=True)
class Rig:
    """A pinhole camera on a head: what the camera report says."""

    width_px: int
    height_px: int
    focal_length_mm: float
    sensor_width_mm: float

    @property
    def focal_px(self) -> float:
        return self.width_px * self.focal_length_mm / self.sensor_width_mm


@dataclass(frozen=True)
class Pose:
    """Pan to the left, tilt up, roll; degrees. Height above the ground, metres."""

    pan_deg: float = 0.0
    tilt_deg: float = 0.0
    roll_deg: float = 0.0
    position_m: tuple[float, float, float] = (0.0, 1.6, 0.0)

    def axes(self) -> Floats:
        """Columns: right, up and backwards of the camera in the world."""
        p, t, r = (math.radians(a) for a in (self.pan_deg, self.tilt_deg, self.roll_deg))
        ahead = np.array([-math.sin(p) * math.cos(t), math.sin(t), -math.cos(p) * math.cos(t)])
        right = np.array([math.cos(p), 0.0, -math.sin(p)])
        up = np.cross(right, ahead)
        turned_right = math.cos(r) * right + math.sin(r) * up
        turned_up = math.cos(r) * up - math.sin(r) * right
        return np.stack([turned_right, turned_up, -ahead], axis=1)


def rays(rig: Rig, pose: Pose, x: Floats, y: Floats) -> Floats:
    """World directions of display coordinates (pixel centres at .5, y down)."""
    axes = pose.axes()
    right = (np.asarray(x, np.float64) - rig.width_px / 2) / rig.focal_px
    up = (rig.height_px / 2 - np.asarray(y, np.float64)) / rig.focal_px
    return right[..., None] * axes[:, 0] + up[..., None] * axes[:, 1] - axes[:, 2]


def seen_at(rig: Rig, pose: Pose, directions: Floats) -> tuple[Floats, Floats]:
    """Display coordinates of world directions ahead of the camera."""
    axes = pose.axes()
    depth = -(directions @ axes[:, 2])
    x = rig.width_px / 2 + directions @ axes[:, 0] / depth * rig.focal_px
    return x, rig.height_px / 2 - directions @ axes[:, 1] / depth * rig.focal_px


def photograph(
    scene: Scene, rig: Rig, poses: Sequence[Pose], *, finer: int = 4
) -> NDArray[np.float32]:
    """
    The frame (H, W, 3) a camera exposes: the mean light over pixel and shutter.

    Args:
        scene: What is out there.
        rig: Camera and lens.
        poses: Where it stood while the shutter was open, evenly spaced in time.
        finer: Rays per pixel along each side.
    """
    steps = (np.arange(finer) + 0.5) / finer
    light = np.zeros((rig.height_px, rig.width_px, 3))
    columns, rows = np.meshgrid(np.arange(rig.width_px), np.arange(rig.height_px))
    for pose in poses:
        for dy in steps:
            for dx in steps:
                directions = rays(rig, pose, columns + dx, rows + dy)
                light += scene(directions.reshape(-1, 3)).reshape(light.shape)
    return (light / (len(poses) * finer * finer)).astype(np.float32)


def shutter(
    path: Callable[[float], Pose], frame: float, *, angle_deg: float = 180.0, samples: int = 9
) -> list[Pose]:
    """Poses while the shutter is open, centred on ``frame``, mid-interval."""
    opening = angle_deg / 360.0
    return [path(frame + ((k + 0.5) / samples - 0.5) * opening) for k in range(samples)]


def latlong(panorama: NDArray[np.float32]) -> Scene:
    """
    A 2:1 panorama as a scene, bilinear between its pixels.

    The middle column is straight ahead (-Z), columns grow to the right, the upper
    row is the zenith.
    """
    height, width = panorama.shape[:2]
    rgb = panorama[..., :3].astype(np.float64)

    def seen(directions: Floats) -> Floats:
        n = directions / np.linalg.norm(directions, axis=1, keepdims=True)
        u = (np.arctan2(n[:, 0], -n[:, 2]) / (2 * np.pi) + 0.5) * width - 0.5
        v = (0.5 - np.arcsin(np.clip(n[:, 1], -1, 1)) / np.pi) * height - 0.5
        left, top = np.floor(u).astype(int), np.floor(v).astype(int)
        s, t = (u - left)[:, None], (v - top)[:, None]
        rows = [np.clip(top + k, 0, height - 1) for k in (0, 1)]
        columns = [(left + k) % width for k in (0, 1)]
        upper, lower = (rgb[r, columns[0]] * (1 - s) + rgb[r, columns[1]] * s for r in rows)
        return upper * (1 - t) + lower * t

    return seen


def rolling_hills(directions: Floats) -> Floats:
    """A smooth coloured scene without edges: known everywhere, to all digits."""
    n = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    x, y, z = n.T
    return np.stack(
        [
            0.30 + 0.20 * np.sin(9 * x) * np.cos(7 * y),
            0.25 + 0.15 * np.cos(8 * z + 2 * y),
            0.20 + 0.10 * np.sin(6 * (x + y)),
        ],
        axis=1,
    )


def acescct(linear: NDArray[np.float32] | Floats) -> Floats:
    """ACEScct code values (Academy S-2016-001, 4.4.1) of AP1 light."""
    values = np.asarray(linear, np.float64)
    log = (np.log2(np.maximum(values, 1e-10)) + 9.72) / 17.52
    toe = 10.5402377416545 * values + 0.0729055341958355
    return np.where(values > 0.0078125, log, toe)


def opentrackio_lines(
    rig: Rig,
    poses: Sequence[Pose],
    *,
    sensor_height_mm: float | None = None,
    shutter_deg: float = 180.0,
) -> str:
    """A take as OpenTrackIO 1.0.1 JSON lines (its stage is Z up, +Y ahead)."""
    height_mm = sensor_height_mm or rig.sensor_width_mm * rig.height_px / rig.width_px
    lines = []
    for place, pose in enumerate(poses):
        x, y, z = pose.position_m
        sample = {
            "protocol": {"name": "OpenTrackIO", "version": [1, 0, 1]},
            "sampleId": f"urn:uuid:00000000-0000-4000-8000-{place:012d}",
            "static": {
                "camera": {
                    "activeSensorPhysicalDimensions": {
                        "width": rig.sensor_width_mm,
                        "height": height_mm,
                    },
                    "activeSensorResolution": {
                        "width": rig.width_px,
                        "height": rig.height_px,
                    },
                    "captureFrameRate": {"num": 24, "denom": 1},
                    "shutterAngle": shutter_deg,
                }
            },
            "timing": {
                "mode": "internal",
                "sampleRate": {"num": 24, "denom": 1},
                "timecode": {
                    "hours": 1,
                    "minutes": 0,
                    "seconds": place // 24,
                    "frames": place % 24,
                    "frameRate": {"num": 24, "denom": 1},
                },
            },
            "lens": {"pinholeFocalLength": rig.focal_length_mm},
            "transforms": [
                {
                    "id": "Camera",
                    "translation": {"x": x, "y": -z, "z": y},
                    "rotation": {
                        "pan": pose.pan_deg,
                        "tilt": pose.tilt_deg,
                        "roll": -pose.roll_deg,
                    },
                }
            ],
        }
        lines.append(json.dumps(sample))
    return "\n".join(lines) + "\n"


def windowed_sinc(
    picture: NDArray[np.float32] | Floats, x: Floats, y: Floats, *, lobes: int = 4
) -> Floats:
    """``picture`` (H, W, C) at (x, y), pixel centres at .5: Lanczos, edges repeated."""
    height, width = picture.shape[:2]
    u, v = x - 0.5, y - 0.5
    left, top = np.floor(u).astype(int), np.floor(v).astype(int)
    taps = np.arange(1 - lobes, lobes + 1)

    def weights(offset: Floats) -> Floats:
        away = offset[..., None] - taps
        found = np.sinc(away) * np.sinc(away / lobes)
        return found / found.sum(axis=-1, keepdims=True)

    across, down = weights(u - left), weights(v - top)
    seen = np.zeros((*x.shape, picture.shape[2]))
    for j, dy in enumerate(taps):
        row = np.clip(top + dy, 0, height - 1)
        line = np.zeros_like(seen)
        for i, dx in enumerate(taps):
            line += across[..., i, None] * picture[row, np.clip(left + dx, 0, width - 1)]
        seen += down[..., j, None] * line
    return seen


def change_along_the_move(
    before: NDArray[np.float32],
    after: NDArray[np.float32],
    rig: Rig,
    poses: tuple[Pose, Pose],
    sees: NDArray[np.bool_],
    *,
    rim_px: int = 6,
) -> Floats:
    """
    What differs, in ACEScct units, between a frame and the one before moved onto it.

    Args:
        before: (H, W, 3) linear AP1.
        after: The next frame.
        rig: Camera and lens.
        poses: Of both frames, mid-shutter.
        sees: (H, W), the pixels of ``after`` that count.
        rim_px: Pixels of ``before`` along its rim that do not count.
    """
    x, y = np.meshgrid(np.arange(rig.width_px) + 0.5, np.arange(rig.height_px) + 0.5)
    x, y = seen_at(rig, poses[0], rays(rig, poses[1], x, y))
    inside = (x > rim_px) & (x < rig.width_px - rim_px)
    inside &= (y > rim_px) & (y < rig.height_px - rim_px) & sees
    moved = windowed_sinc(
        acescct(before), np.clip(x, 0, rig.width_px), np.clip(y, 0, rig.height_px)
    )
    return np.abs(moved - acescct(after))[inside]


def ten_to_ninety_px(
    tone: Floats, *, reach_px: int = 14, contrast: float = 0.04
) -> list[float]:
    """
    Widths of upright edges, by where their profile passes 10 and 90 percent, over .8.

    An edge counts where the tone is level 8 to ``reach_px`` on both sides of it. Evenly
    smeared over n pixels it measures n.
    """
    found = []
    near = 8
    for row in tone:
        sums = np.concatenate([[0], np.cumsum(row)])
        at = np.arange(reach_px, len(row) - reach_px)
        left = (sums[at - near + 1] - sums[at - reach_px]) / (reach_px - near + 1)
        right = (sums[at + reach_px + 1] - sums[at + near]) / (reach_px - near + 1)
        rise = right - left
        high = np.abs(rise)
        peaks = (high[1:-1] > contrast) & (high[1:-1] >= high[:-2]) & (high[1:-1] > high[2:])
        for k in np.flatnonzero(peaks) + 1:
            profile = row[at[k] - reach_px : at[k] + reach_px + 1]
            profile = (profile - left[k]) / rise[k]
            level = (
                np.abs(profile[: reach_px - near]).max(),
                np.abs(profile[near - reach_px :] - 1).max(),
            )
            if max(level) > 0.15:
                continue
            climb = np.maximum.accumulate(profile)
            low, top = np.interp([0.1, 0.9], climb, np.arange(len(climb)))
            found.append(float((top - low) / 0.8))
    return found
