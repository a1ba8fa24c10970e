"""
What our lens sees is what Blender's lens sees: bent, squeezed, zooming and smeared.

Blender bends by a polynomial of the angle over millimetres on the sensor (Cycles' fisheye
lens polynomial), which is no model of ours: ours is fitted to it, and how far the fit is off
is asked for too. Dots stand on a sphere about the camera; their middles are compared.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from blender import Mesh, grid_mesh, needs_blender, rendered
from seamline.fast.reproject import reproject_sphere
from seamline.optics.canvas import sphere_canvas
from seamline.optics.lens_fit import fitted
from seamline.optics.parallax import shutter_poses
from seamline.optics.projection import Projection
from seamline.optics.reproject import sphere_directions
from seamline.show.camera import TO_UNDISTORTED, CameraSample, CameraTrack, Distortion, Lens
from seamline.show.canvas import Canvas
from seamline.show.frames import FrameRange
from synth import Pose

pytestmark = [pytest.mark.slow, needs_blender]

SIZE, SENSOR_MM = (480, 270), 24.89
MEDIAN_PX, MOST_PX = 0.1, 0.5
RADIUS_M = 50.0
BARREL = (0.0, -1 / 18.0, 0.0, 1.4e-5, 0.0)
"""18 mm on the axis; at the corners it sees 43.1 degrees off it, a perfect lens 38.4."""


def track_of(poses: list[Pose], lenses: list[Lens], shutter: float = 0.0) -> CameraTrack:
    return CameraTrack(
        samples=tuple(
            CameraSample(
                frame=n + 1, lens=lens,
                world_from_camera=tuple(float(v) for v in pose.axes().reshape(9)),
            )
            for n, (pose, lens) in enumerate(zip(poses, lenses, strict=True))
        ),
        shutter_angle_deg=360 * shutter,
    )  # fmt: skip


def canvas_with_dots(track: CameraTrack, aspect: float) -> tuple[Canvas, np.ndarray]:
    window = (0, 0, *SIZE)
    canvas = sphere_canvas(
        "truth", track, FrameRange(first=1, last=len(track.samples)), window, window,
        pixel_aspect=aspect,
    )  # fmt: skip
    rows, columns = np.mgrid[: canvas.height_px, : canvas.width_px] + 0.5
    step, sigma = 36.0, 3.0
    far = [((v % step) - step / 2) ** 2 for v in (rows, columns)]
    light = np.exp(-(far[0] + far[1]) / (2 * sigma**2))
    rgba = np.repeat(light[..., None], 4, axis=-1).astype(np.float32)
    rgba[..., 3] = 1
    return canvas, rgba


def mesh_of(canvas: Canvas, rgba: np.ndarray) -> Mesh:
    """The canvas's own window of the sphere, in quads of about a degree."""
    rows, columns = (
        math.ceil(n / canvas.px_per_rad / math.radians(1)) + 1
        for n in (canvas.height_px, canvas.width_px)
    )
    longitude = canvas.longitude_left_rad + np.linspace(
        0, canvas.width_px / canvas.px_per_rad, columns
    )
    latitude = canvas.latitude_top_rad - np.linspace(
        0, canvas.height_px / canvas.px_per_rad, rows
    )
    lon, lat = np.meshgrid(longitude, latitude)
    on = np.stack([np.cos(lat) * np.sin(lon), np.sin(lat), -np.cos(lat) * np.cos(lon)], -1)
    world = on @ np.reshape(canvas.world_from_canvas, (3, 3)).T
    return grid_mesh(RADIUS_M * world, rgba)


def ours(canvas: Canvas, rgba: np.ndarray, track: CameraTrack, frame: int, view: Any) -> Any:
    window = (0, 0, *SIZE)
    poses = shutter_poses(canvas, track, frame, view, window)
    return reproject_sphere(
        rgba, poses.rotations, longitude_left_rad=canvas.longitude_left_rad,
        latitude_top_rad=canvas.latitude_top_rad, px_per_rad=canvas.px_per_rad,
        focal_px=(view.focal_x_px, view.focal_y_px),
        centre_px=(view.centre_x_px, view.centre_y_px), width_px=SIZE[0], height_px=SIZE[1],
        rays=view.rays(window), zooms=poses.zooms if (poses.zooms != 1).any() else None,
    )  # fmt: skip


def apart_px(
    folder: Path, track: CameraTrack, *, aspect: float = 1.0, shutter: float = 0.0,
    samples: int = 16, polynomial: tuple[float, ...] = (),
) -> np.ndarray:  # fmt: skip
    """How far every dot's middle in our middle frame lies from where it is in Blender's."""
    frame = 2 if len(track.samples) > 1 else 1
    canvas, rgba = canvas_with_dots(track, aspect)
    camera = [
        {
            "frame": s.frame, "position_m": (0, 0, 0),
            "world_from_camera": s.world_from_camera,
            "focal_length_mm": s.lens.focal_length_mm / s.lens.squeeze,
        }
        for s in track.samples
    ]  # fmt: skip
    theirs = rendered(
        folder, [mesh_of(canvas, rgba)], camera, [frame], size=SIZE,
        sensor_width_mm=SENSOR_MM, shutter=shutter, samples=samples, pixel_aspect=aspect,
        polynomial=polynomial,
    )[frame]  # fmt: skip
    view = Projection.of(track.sample(frame).lens, (0, 0, *SIZE), pixel_aspect=aspect)
    found = ours(canvas, rgba, track, frame, view)
    x, y = expected(canvas, track, frame, view)
    return np.array([
        np.hypot(*(middle(found, c, r, aspect) - middle(theirs, c, r, aspect)))
        for c, r in zip(x, y, strict=True)
        if 14 < c < SIZE[0] - 14 and 14 < r < SIZE[1] - 14
    ])  # fmt: skip


def expected(
    canvas: Canvas, track: CameraTrack, frame: int, view: Projection
) -> tuple[np.ndarray, np.ndarray]:
    """About where dots lie, to look for them; never what they are held to."""
    on = sphere_directions(
        canvas.width_px, canvas.height_px, longitude_left_rad=canvas.longitude_left_rad,
        latitude_top_rad=canvas.latitude_top_rad, px_per_rad=canvas.px_per_rad,
    )[17::36, 17::36].reshape(-1, 3)  # fmt: skip
    world = on @ np.reshape(canvas.world_from_canvas, (3, 3)).T
    axes = np.reshape(track.sample(frame).world_from_camera, (3, 3))
    x, y = view.pixels(world @ axes)
    return x[np.isfinite(x)], y[np.isfinite(y)]


def middle(picture: np.ndarray, x: float, y: float, aspect: float) -> np.ndarray:
    reach = (max(4, round(11 / aspect)), 11)
    left, top = int(x) - reach[0], int(y) - reach[1]
    part = picture[top : top + 2 * reach[1] + 1, left : left + 2 * reach[0] + 1, 1]
    part = part.astype(float)
    columns, rows = np.arange(part.shape[1]), np.arange(part.shape[0])
    return np.array([part.sum(0) @ columns, part.sum(1) @ rows]) / part.sum()


def bent_lens() -> tuple[Lens, float]:
    """Our lens nearest to Blender's polynomial, and how far it is off, pixels."""
    focal = -1 / BARREL[1]

    def straightened(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        r = np.hypot(x, y) * focal
        theta = -sum(k * r**n for n, k in enumerate(BARREL))
        stretch = np.where(r > 0, np.tan(theta) / np.maximum(r / focal, 1e-12), 1.0)
        return x * stretch, y * stretch

    reach = (SENSOR_MM / 2 / focal, SENSOR_MM * SIZE[1] / SIZE[0] / 2 / focal)
    terms, apart = fitted(straightened, way=TO_UNDISTORTED, reach=reach)
    return lens_of(focal, terms), apart * focal / SENSOR_MM * SIZE[0]


def lens_of(focal: float, terms: Distortion | None = None, squeeze: float = 1.0) -> Lens:
    return Lens(
        focal_length_mm=focal, sensor_width_mm=SENSOR_MM, sensor_height_mm=SENSOR_MM * 9 / 16,
        distortion=terms, squeeze=squeeze,
    )  # fmt: skip


def assert_agrees(off: np.ndarray) -> None:
    assert len(off) >= 30
    assert np.median(off) <= MEDIAN_PX
    assert off.max() <= MOST_PX


def test_a_lens_that_bends_sees_dots_where_blender_s_does(tmp_path: Path) -> None:
    lens, fit_px = bent_lens()
    track = track_of([Pose(pan_deg=3, tilt_deg=2, roll_deg=4)], [lens])
    straight = track_of([Pose(pan_deg=3, tilt_deg=2, roll_deg=4)], [lens_of(18.0)])

    assert fit_px < 0.01
    assert_agrees(apart_px(tmp_path / "bent", track, polynomial=BARREL))
    assert apart_px(tmp_path / "not", straight, polynomial=BARREL).max() > 1


def test_a_pan_through_a_lens_that_bends_smears_as_blender_s(tmp_path: Path) -> None:
    lens, _ = bent_lens()
    poses = [Pose(pan_deg=1.2 * n, tilt_deg=0.6 * n) for n in range(3)]
    track = track_of(poses, [lens] * 3, shutter=0.5)

    assert_agrees(apart_px(tmp_path, track, shutter=0.5, samples=48, polynomial=BARREL))


def test_an_anamorphic_zoom_sees_dots_where_blender_s_does(tmp_path: Path) -> None:
    poses = [Pose(pan_deg=1.0 * n, roll_deg=2.0 * n) for n in range(3)]
    lenses = [lens_of(f, squeeze=2.0) for f in (44.0, 50.0, 58.0)]
    track = track_of(poses, lenses)

    assert_agrees(apart_px(tmp_path, track, aspect=2.0))


def test_an_anamorphic_pan_smears_as_blender_s(tmp_path: Path) -> None:
    poses = [Pose(pan_deg=1.0 * n, tilt_deg=0.7 * n) for n in range(3)]
    lenses = [lens_of(f, squeeze=2.0) for f in (49.0, 50.0, 51.0)]
    track = track_of(poses, lenses, shutter=0.5)

    assert_agrees(apart_px(tmp_path, track, aspect=2.0, shutter=0.5, samples=48))
