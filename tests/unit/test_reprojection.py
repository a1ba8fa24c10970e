"""What a camera sees of a canvas: exact where it must be, never brighter than what is there."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamline.optics.canvas import sphere_canvas
from seamline.optics.canvas_pixels import directions_of
from seamline.optics.projection import Pinhole
from seamline.optics.reproject import cubic_weights, reproject_sphere, sample
from seamline.optics.rotation import as_rotation, from_pan_tilt_roll
from seamline.optics.shutter import shutter_rotations
from seamline.show.camera import Lens
from seamline.show.frames import FrameRange
from synth import Pose, Rig, acescct, photograph, rolling_hills, shutter
from tiny import pan_track


def noise(height: int, width: int, channels: int = 3, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width, channels), np.float32)


def test_at_a_pixel_s_centre_the_canvas_is_seen_bit_for_bit() -> None:
    canvas = noise(9, 11) * 65504
    x, y = np.meshgrid(np.arange(11) + 0.5, np.arange(9) + 0.5)

    np.testing.assert_array_equal(sample(canvas, x, y), canvas)


def test_outside_the_canvas_there_is_nothing() -> None:
    canvas = np.ones((5, 7, 1), np.float32)
    x = np.array([-0.001, 7.0, 3.0, 3.0, np.nan, 3.0])
    y = np.array([2.0, 2.0, -0.001, 5.0, 2.0, np.nan])

    np.testing.assert_array_equal(sample(canvas, x, y), np.zeros((6, 1), np.float32))


@given(st.floats(0, 1, exclude_max=True))
def test_the_filter_neither_adds_nor_takes_light(t: float) -> None:
    weights = cubic_weights(np.array(t, np.float32))

    assert float(sum(weights)) == pytest.approx(1, abs=3e-7)


@pytest.mark.parametrize(
    ("t", "expected"),
    # Keys 1981, a = -1/2.
    [(0.0, (0, 1, 0, 0)), (0.5, (-1 / 16, 9 / 16, 9 / 16, -1 / 16)),
     (0.25, (-0.0703125, 0.8671875, 0.2265625, -0.0234375))],
)  # fmt: skip
def test_the_filter_is_catmull_and_rom_s(t: float, expected: tuple[float, ...]) -> None:
    np.testing.assert_allclose(cubic_weights(np.array(t, np.float32)), expected, atol=1e-7)


def test_a_straight_ramp_stays_straight_between_the_pixels() -> None:
    ramp = np.broadcast_to(np.arange(20, dtype=np.float32)[None, :, None], (6, 20, 1))
    x = np.linspace(2, 18, 57)

    seen = sample(np.ascontiguousarray(ramp), x, np.full(57, 3.3))

    np.testing.assert_allclose(seen[:, 0], x - 0.5, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0, 12, exclude_max=True),
    st.floats(0, 10, exclude_max=True),
    st.integers(0, 11),
    st.integers(0, 9),
)
def test_beside_the_sun_nothing_is_darker_than_black_or_brighter_than_the_sun(
    x: float, y: float, sun_x: int, sun_y: int
) -> None:
    canvas = noise(10, 12, seed=3)
    canvas[sun_y, sun_x] = 65504

    seen = sample(canvas, np.array(x), np.array(y))

    u, v = math.floor(x - 0.5), math.floor(y - 0.5)
    columns = np.clip(np.arange(u - 1, u + 3), 0, 11)
    rows = np.clip(np.arange(v - 1, v + 3), 0, 9)
    sixteen = canvas[rows][:, columns].reshape(16, 3)
    assert (seen >= sixteen.min(axis=0)).all()
    assert (seen <= sixteen.max(axis=0)).all()


def camera_of(pan: float, tilt: float, roll: float, **lens: Any) -> dict[str, Any]:
    """Arguments of a small camera in the middle of a 220 x 160 canvas of 200 px per radian."""
    return {
        "canvas_from_camera": from_pan_tilt_roll(pan, tilt, roll)[None],
        "longitude_left_rad": -110 / 200,
        "latitude_top_rad": 80 / 200,
        "px_per_rad": 200.0,
        "focal_px": (180.0, 180.0),
        "centre_px": (30.0, 20.0),
        "width_px": 60,
        "height_px": 40,
        **lens,
    }


def test_a_canvas_of_one_tone_is_one_tone_in_every_frame() -> None:
    canvas = np.full((160, 220, 4), 0.18, np.float32)

    frame = reproject_sphere(canvas, **camera_of(11, -7, 3))

    np.testing.assert_array_equal(frame, np.full((40, 60, 4), np.float32(0.18)))


def test_the_middle_of_the_canvas_is_the_middle_of_a_camera_that_looks_there() -> None:
    canvas = np.zeros((161, 221, 1), np.float32)
    canvas[80, 110] = 1  # straight ahead: longitude and latitude 0

    frame = reproject_sphere(
        canvas,
        **camera_of(
            0, 0, 0, longitude_left_rad=-110.5 / 200, latitude_top_rad=80.5 / 200,
            centre_px=(30.5, 20.5),
        ),
    )  # fmt: skip

    assert frame[20, 30, 0] == 1
    assert np.unravel_index(frame[..., 0].argmax(), (40, 60)) == (20, 30)


def test_what_lies_to_the_left_in_the_world_lies_to_the_left_in_the_frame() -> None:
    rows, columns = np.indices((160, 220), dtype=np.float32)
    canvas = np.stack([columns, rows], axis=-1)

    frame = reproject_sphere(canvas, **camera_of(0, 0, 0))
    left = reproject_sphere(canvas, **camera_of(10, 0, 0))
    up = reproject_sphere(canvas, **camera_of(0, 10, 0))

    assert (np.diff(frame[20, :, 0]) > 0).all()
    assert (np.diff(frame[:, 30, 1]) > 0).all()
    ten_degrees = math.radians(10) * 200
    assert (frame - left)[20, 30, 0] == pytest.approx(ten_degrees, rel=0.01)
    assert (frame - up)[20, 30, 1] == pytest.approx(ten_degrees, rel=0.01)


def test_a_frame_is_the_mean_of_its_shutter_samples() -> None:
    canvas = noise(160, 220)
    poses = [from_pan_tilt_roll(a, 2 * a, 0) for a in (-1.0, 0.0, 1.5)]

    blurred = reproject_sphere(canvas, **camera_of(0, 0, 0, canvas_from_camera=np.stack(poses)))

    sharp = [
        reproject_sphere(canvas, **camera_of(0, 0, 0, canvas_from_camera=p[None]))
        for p in poses
    ]
    np.testing.assert_allclose(blurred, np.mean(sharp, axis=0, dtype=np.float64), rtol=2e-7)


RIG = Rig(120, 68, 35.0, 24.89)
LENS = Lens(focal_length_mm=35.0, sensor_width_mm=24.89, sensor_height_mm=14.104)


@pytest.mark.parametrize("frame", [1001, 1002, 1003])
def test_a_landscape_seen_through_the_canvas_is_the_landscape_itself(frame: int) -> None:
    # Smooth and known to all digits in every direction, so nothing but geometry can differ.
    pans = [-5.0, -1.0, 3.0]
    track = pan_track(pans, tilt_deg=4.0, lens=LENS)
    window = (0, 0, 120, 68)
    canvas = sphere_canvas("042", track, FrameRange(first=1001, last=1003), window, window)
    world = directions_of(canvas) @ as_rotation(canvas.world_from_canvas).T
    painted = rolling_hills(world.reshape(-1, 3)).reshape(*world.shape).astype(np.float32)
    pinhole = Pinhole.of(LENS, window)

    seen = reproject_sphere(
        painted,
        shutter_rotations(canvas, track, frame, pinhole, window),
        longitude_left_rad=canvas.longitude_left_rad,
        latitude_top_rad=canvas.latitude_top_rad,
        px_per_rad=canvas.px_per_rad,
        focal_px=(pinhole.focal_x_px, pinhole.focal_y_px),
        centre_px=(pinhole.centre_x_px, pinhole.centre_y_px),
        width_px=120,
        height_px=68,
    )

    def path(at: float) -> Pose:
        return Pose(-5.0 + 4.0 * (at - 1001), 4.0)

    truth = photograph(rolling_hills, RIG, shutter(path, frame, samples=25), finer=1)
    apart = np.abs(acescct(seen) - acescct(truth))
    assert apart.max() < 5e-5  # a half float steps by 4e-5 here
    assert apart.mean() < 1e-5
