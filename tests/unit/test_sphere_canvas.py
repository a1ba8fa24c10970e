"""Laying out a sphere canvas, and the shutter: every frame covered, no sample too far."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamline.errors import CanvasError
from seamline.optics.canvas import BORDER_PX, parallax_px, sphere_canvas
from seamline.optics.canvas_pixels import (
    canvas_to_frame,
    directions_of,
    planes_of,
    world_guides,
)
from seamline.optics.projection import Pinhole, frame_directions, turn, turn_planes
from seamline.optics.reproject import sphere_coordinates
from seamline.optics.rotation import as_rotation
from seamline.optics.shutter import shutter_rotations
from seamline.show.camera import CameraTrack, Lens
from seamline.show.canvas import Canvas
from seamline.show.frames import FrameRange
from synth import Pose, Rig, rays
from tiny import pan_track

WINDOW = (0, 0, 96, 54)
LENS = Lens(focal_length_mm=35.0, sensor_width_mm=24.89, sensor_height_mm=14.0)


def range_of(track: CameraTrack) -> FrameRange:
    return FrameRange(first=track.samples[0].frame, last=track.samples[-1].frame)


def laid_out(track: CameraTrack, window: tuple[int, int, int, int] = WINDOW) -> Canvas:
    return sphere_canvas("042", track, range_of(track), window, WINDOW)


def where_on(canvas: Canvas, world: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By the textbook: longitude and latitude about the canvas's own axes."""
    x, y, z = (world @ as_rotation(canvas.world_from_canvas)).T
    longitude, latitude = np.arctan2(x, -z), np.arctan2(y, np.hypot(x, z))
    return (
        (longitude - canvas.longitude_left_rad) * canvas.px_per_rad,
        (canvas.latitude_top_rad - latitude) * canvas.px_per_rad,
    )


@settings(max_examples=25, deadline=None)
@given(st.floats(-60, 60), st.floats(-25, 25), st.floats(0, 40), st.floats(18, 135))
def test_every_corner_of_every_frame_lies_on_the_canvas_with_room_for_the_filter(
    start: float, tilt: float, pan: float, focal_mm: float
) -> None:
    lens = Lens(focal_length_mm=focal_mm, sensor_width_mm=24.89, sensor_height_mm=14.0)
    pans = [start, start + pan / 2, start + pan]
    canvas = laid_out(pan_track(pans, tilt_deg=tilt, lens=lens))
    rig = Rig(96, 54, focal_mm, 24.89)

    for angle in pans:
        x, y = np.meshgrid(np.linspace(0, 96, 40), np.linspace(0, 54, 40))
        world = rays(rig, Pose(angle, tilt), x.ravel(), y.ravel())
        column, row = where_on(canvas, world)

        assert column.min() > BORDER_PX - 1
        assert column.max() < canvas.width_px - BORDER_PX + 1
        assert row.min() > BORDER_PX - 1
        assert row.max() < canvas.height_px - BORDER_PX + 1


def test_the_demo_canvas_covers_every_frame_of_the_demo_take(shared: Path) -> None:
    report = json.loads((shared / "demo_show" / "DEMO_010" / "camera.json").read_text())
    lens = Lens(focal_length_mm=35.0, sensor_width_mm=24.89, sensor_height_mm=14.000625)
    flip = np.diag([1.0, -1.0, -1.0])
    poses = [flip @ np.array(f["R_cam_to_world"]) @ flip for f in report["frames"]]
    track = pan_track([0.0] * 24, lens=lens)
    track = CameraTrack(
        samples=tuple(
            type(s)(
                frame=s.frame,
                lens=lens,
                world_from_camera=tuple(float(v) for v in pose.reshape(9)),
            )
            for s, pose in zip(track.samples, poses, strict=True)
        )
    )
    whole = (0, 0, 960, 540)

    canvas = sphere_canvas("DEMO_010", track, range_of(track), whole, whole)

    focal = report["frames"][0]["K"][0][0]
    assert canvas.px_per_rad == pytest.approx(focal, rel=1e-12)
    x, y = np.meshgrid(np.linspace(0, 960, 30), np.linspace(0, 540, 30))
    for pose in poses:
        camera = np.stack(
            [(x - 480) / focal, (270 - y) / focal, np.full_like(x, -1)], axis=-1
        ).reshape(-1, 3)
        column, row = where_on(canvas, camera @ pose.T)
        assert column.min() > BORDER_PX - 1
        assert column.max() < canvas.width_px - BORDER_PX + 1
        assert row.min() > BORDER_PX - 1
        assert row.max() < canvas.height_px - BORDER_PX + 1
    # 11 degrees of pan and a view of 39.1 degrees: no canvas much larger than it must be.
    seen = math.radians(11 + LENS.hfov_deg) * focal
    assert seen + 2 * BORDER_PX <= canvas.width_px + 1
    assert canvas.width_px < seen * 1.02 + 2 * BORDER_PX + 1


def test_overscan_is_seen_too() -> None:
    track = pan_track([0.0])
    overscan = (-10, -6, 116, 66)

    wide = laid_out(track, overscan)

    world = rays(Rig(96, 54, 35.0, 24.89), Pose(), np.array([-10.0, 106]), np.array([-6.0, 60]))
    column, row = where_on(wide, world)
    assert column.min() > BORDER_PX - 1
    assert row.max() < wide.height_px - BORDER_PX + 1
    # 10 px more on either side, at 48 ... 58 px from the axis of a 135 px lens.
    more = 2 * 135.0 * (math.atan(58 / 135.0) - math.atan(48 / 135.0))
    assert wide.width_px - laid_out(track).width_px == pytest.approx(more, abs=1)


def test_a_canvas_pixel_knows_its_direction() -> None:
    canvas = laid_out(pan_track([5.0, 15.0], tilt_deg=10.0))
    directions = directions_of(canvas)

    x, y = sphere_coordinates(
        directions,
        longitude_left_rad=canvas.longitude_left_rad,
        latitude_top_rad=canvas.latitude_top_rad,
        px_per_rad=canvas.px_per_rad,
    )

    np.testing.assert_allclose(np.linalg.norm(directions, axis=-1), 1, atol=1e-15)
    rows, columns = np.indices(x.shape)
    np.testing.assert_allclose(x, columns + 0.5, atol=1e-9)
    np.testing.assert_allclose(y, rows + 0.5, atol=1e-9)


def test_canvas_and_frame_agree_on_what_is_where() -> None:
    track = pan_track([-4.0, 3.0, 9.0], tilt_deg=6.0)
    canvas, pinhole = laid_out(track), Pinhole.of(LENS, WINDOW)

    x, y = canvas_to_frame(canvas, track, 1003, pinhole)

    world = directions_of(canvas)[40, 60] @ as_rotation(canvas.world_from_canvas).T
    axes = Pose(9.0, 6.0).axes()
    ahead = -(world @ axes[:, 2])
    assert x[40, 60] == pytest.approx(48 + world @ axes[:, 0] / ahead * pinhole.focal_x_px)
    assert y[40, 60] == pytest.approx(27 - world @ axes[:, 1] / ahead * pinhole.focal_y_px)


def test_planes_of_a_canvas_are_turned_with_the_bits_of_its_directions() -> None:
    canvas = laid_out(pan_track([-4.0, 3.0, 9.0], tilt_deg=6.0))
    axes = as_rotation(canvas.world_from_canvas)

    turned = turn_planes(axes, planes_of(canvas))

    np.testing.assert_array_equal(turned, turn(axes, directions_of(canvas)))
    assert all(turned[..., i].flags.c_contiguous for i in range(3))


def test_the_guides_of_a_tilted_canvas_speak_of_the_world_s_horizon() -> None:
    canvas = laid_out(pan_track([0.0], tilt_deg=20.0))

    elevation, azimuth = world_guides(canvas)

    middle = canvas.height_px // 2, canvas.width_px // 2
    step = math.degrees(1 / canvas.px_per_rad)
    assert elevation[middle] == pytest.approx(20.0, abs=step)
    assert abs(azimuth[middle]) == pytest.approx(180.0, abs=step)  # -Z


def test_a_take_that_looks_straight_up_has_no_window_of_directions() -> None:
    lens = Lens(focal_length_mm=8.0, sensor_width_mm=24.89, sensor_height_mm=14.0)

    with pytest.raises(CanvasError, match="one window of directions cannot hold that"):
        sphere_canvas(
            "042", pan_track([0.0], lens=lens), FrameRange(first=1001, last=1001),
            (0, -200, 96, 454), WINDOW,
        )  # fmt: skip


@pytest.mark.parametrize(
    "pans",
    [[15.0 * k for k in range(24)], [14.0 * k for k in range(25)], [0.0, 180.0]],
    ids=["round and round", "nearly round", "about face"],
)
def test_a_pan_all_the_way_round_is_refused_and_not_torn_behind_the_back(
    pans: list[float],
) -> None:
    track = pan_track(pans)

    with pytest.raises(CanvasError, match="one window of directions cannot hold that") as no:
        laid_out(track)

    assert no.value.exit_code == 2


def test_a_canvas_of_a_wrong_unit_is_refused_before_it_fills_the_memory() -> None:
    lens = Lens(focal_length_mm=9000.0, sensor_width_mm=24.89, sensor_height_mm=14.0)

    with pytest.raises(CanvasError, match="larger than 16384"):
        laid_out(pan_track([0.0, 60.0], lens=lens))


def test_two_metres_of_dolly_against_a_ridge_two_kilometres_away() -> None:
    # Half the way (1 m) over 2000 m at 1350 px: 0.675 px.
    track = pan_track([0.0, 0.0, 0.0], travel_m=(1.0, 0.0, 0.0))

    found = parallax_px(track, range_of(track), focal_px=1350.0, distance_m=2000.0)

    assert found == pytest.approx(0.675, rel=1e-12)


def test_a_camera_that_only_turns_has_no_parallax() -> None:
    track = pan_track([0.0, 10.0, 20.0])

    assert parallax_px(track, range_of(track), focal_px=1350.0, distance_m=10.0) == 0


# -- the shutter ----------------------------------------------------------------


def farthest_apart_px(rotations: np.ndarray, pinhole: Pinhole) -> float:
    """The farthest any pixel of the frame moves from one sample to the next."""
    directions = frame_directions(pinhole, WINDOW)
    farthest = 0.0
    for one, two in pairwise(rotations):
        x, y = pinhole.pixels(turn(two.T, turn(one, directions)))
        columns, rows = np.meshgrid(np.arange(96) + 0.5, np.arange(54) + 0.5)
        farthest = max(farthest, float(np.hypot(x - columns, y - rows).max()))
    return farthest


def opened(track: CameraTrack, frame: int) -> tuple[np.ndarray, Pinhole]:
    pinhole = Pinhole.of(LENS, WINDOW)
    return shutter_rotations(laid_out(track), track, frame, pinhole, WINDOW), pinhole


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(-6, 6), min_size=3, max_size=3),
    st.floats(0, 20),
    st.sampled_from([45.0, 172.8, 180.0, 360.0]),
)
def test_shutter_samples_lie_at_most_one_pixel_apart(
    pans: list[float], tilt: float, angle: float
) -> None:
    track = pan_track(pans, tilt_deg=tilt, shutter_angle_deg=angle)

    rotations, pinhole = opened(track, 1002)

    assert farthest_apart_px(rotations, pinhole) <= 1.0 + 1e-9


def test_a_camera_at_rest_has_one_sample() -> None:
    rotations, _ = opened(pan_track([3.0, 3.0, 3.0]), 1002)

    assert rotations.shape == (1, 3, 3)


def test_a_camera_that_turns_back_in_the_middle_of_the_exposure_still_smears() -> None:
    # A knock on the head: where the shutter opens and closes it looks the same way.
    rotations, _ = opened(pan_track([4.0, 0.0, 4.0], shutter_angle_deg=180.0), 1002)

    pans = [math.degrees(math.atan2(-r[0, 2], r[2, 2])) for r in rotations]
    assert len(pans) > 3
    # A quarter of the way to each neighbour is 1 degree; half a sample lacks at both ends.
    assert max(pans) - min(pans) == pytest.approx(1.0 - 2 / len(pans), rel=1e-6)


def test_a_half_open_shutter_smears_half_the_move() -> None:
    # 4 degrees a frame at 180 degrees: 2 degrees, from -1 to +1 around the frame.
    rotations, _ = opened(pan_track([-4.0, 0.0, 4.0]), 1002)

    pans = [math.degrees(math.atan2(-r[0, 2], r[2, 2])) for r in rotations]
    spacing = pans[1] - pans[0]
    assert np.mean(pans) == pytest.approx(0, abs=1e-9)
    assert np.diff(pans) == pytest.approx(spacing, rel=1e-6)
    assert abs(spacing) * len(pans) == pytest.approx(2.0, rel=1e-6)


def test_a_closed_shutter_is_a_moment() -> None:
    rotations, _ = opened(pan_track([-4.0, 0.0, 4.0], shutter_angle_deg=0.0), 1002)

    assert len(rotations) == 1


def test_at_the_head_of_a_take_the_move_is_carried_on() -> None:
    track = pan_track([0.0, 2.0, 4.0])

    first, _ = opened(track, 1001)
    second, _ = opened(track, 1002)

    assert len(first) == len(second)


def test_a_locked_off_camera_has_one_sample_at_every_frame() -> None:
    still = CameraTrack(samples=pan_track([7.0]).samples, static=True)
    pinhole = Pinhole.of(LENS, WINDOW)

    for frame in (1001, 1090):
        found = shutter_rotations(laid_out(still), still, frame, pinhole, WINDOW)
        assert found.shape == (1, 3, 3)
