"""Angles, rotations and the pinhole, against school geometry and the demo's own camera."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamline.optics.arctan import arctan_ratio
from seamline.optics.canvas_pixels import elevation_azimuth_deg
from seamline.optics.projection import Pinhole, frame_directions, turn
from seamline.optics.rotation import (
    as_numbers,
    as_rotation,
    between,
    compose,
    from_pan_tilt_roll,
    looking,
)
from seamline.show.camera import Lens
from synth import Pose

ANGLES = st.floats(-179, 179)
DEMO_LENS = Lens(focal_length_mm=35.0, sensor_width_mm=24.89, sensor_height_mm=14.000625)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_the_arc_tangent_is_the_library_s_to_the_last_bits(y: float, x: float) -> None:
    found = float(arctan_ratio(np.array([y]), np.array([x]))[0])

    if y == 0 and x == 0:
        assert found == 0
    elif y == 0 and x < 0:
        assert abs(found) == pytest.approx(math.pi, rel=1e-15)  # -0.0 counts as 0.0 here
    else:
        assert found == pytest.approx(math.atan2(y, x), rel=1e-15, abs=5e-324)


def test_the_arc_tangent_over_the_whole_circle() -> None:
    turns = np.linspace(-math.pi, math.pi, 100_001)
    found = arctan_ratio(np.sin(turns), np.cos(turns))
    expected = np.array([math.atan2(math.sin(t), math.cos(t)) for t in turns])

    assert np.abs(found - expected).max() < 5e-16


@pytest.mark.parametrize(
    ("y", "x", "degrees"),
    [
        (0, 1, 0),
        (1, 1, 45),
        (1, 0, 90),
        (1, -1, 135),
        (0, -1, 180),
        (-1, 0, -90),
        (-1, -1, -135),
    ],
)
def test_the_compass_points(y: float, x: float, degrees: float) -> None:
    found = arctan_ratio(np.array([float(y)]), np.array([float(x)]))

    assert math.degrees(float(found[0])) == pytest.approx(degrees, abs=1e-13)


@given(ANGLES, st.floats(-89, 89), ANGLES)
def test_pan_tilt_and_roll_point_where_the_head_points(
    pan: float, tilt: float, roll: float
) -> None:
    rotation = from_pan_tilt_roll(pan, tilt, roll)

    np.testing.assert_allclose(rotation[:, 2], Pose(pan, tilt).axes()[:, 2], atol=1e-14)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-14)
    assert np.linalg.det(rotation) == pytest.approx(1)


def test_a_pan_to_the_left_looks_to_the_left() -> None:
    ahead = turn(from_pan_tilt_roll(90, 0), np.array([0.0, 0.0, -1.0]))

    np.testing.assert_allclose(ahead, [-1, 0, 0], atol=1e-15)


def test_a_tilt_up_looks_up() -> None:
    ahead = turn(from_pan_tilt_roll(0, 30), np.array([0.0, 0.0, -1.0]))

    np.testing.assert_allclose(ahead, [0, 0.5, -math.sqrt(3) / 2], atol=1e-15)


@given(ANGLES, ANGLES, ANGLES)
def test_sums_written_out_are_the_matrix_product(a: float, b: float, c: float) -> None:
    one, two = from_pan_tilt_roll(a, b / 2, c), from_pan_tilt_roll(c, a / 2, b)

    np.testing.assert_allclose(compose(one, two), one @ two, atol=1e-15)
    np.testing.assert_allclose(
        turn(one, np.array([0.3, -0.2, -1.0])), one @ [0.3, -0.2, -1.0], atol=1e-15
    )


@given(st.floats(-170, 170), st.floats(-2, 3))
def test_a_camera_between_two_frames_turns_at_constant_speed(pan: float, share: float) -> None:
    start = from_pan_tilt_roll(10, 5, 2)
    end = compose(start, from_pan_tilt_roll(pan, 0))

    found = between(start, end, share)

    expected = compose(start, from_pan_tilt_roll(pan * share, 0))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_between_begins_and_ends_at_the_poses_themselves() -> None:
    a, b = from_pan_tilt_roll(-7, 1, 0.5), from_pan_tilt_roll(4, 2.5, -1)

    np.testing.assert_allclose(between(a, b, 0), a, atol=1e-15)
    np.testing.assert_allclose(between(a, b, 1), b, atol=1e-15)
    np.testing.assert_array_equal(between(a, a, 0.5), a)


def test_a_turn_of_a_thousandth_of_a_pixel_is_not_lost() -> None:
    a, tiny_deg = np.eye(3), math.degrees(1e-3 / 1350)

    half = between(a, from_pan_tilt_roll(tiny_deg, 0), 0.5)

    assert math.degrees(math.asin(half[0, 2])) == pytest.approx(tiny_deg / 2, rel=1e-9)


def test_nine_numbers_are_three_rows() -> None:
    rotation = from_pan_tilt_roll(20, 3, 1)

    np.testing.assert_array_equal(as_rotation(as_numbers(rotation)), rotation)
    assert as_numbers(rotation)[1] == rotation[0, 1]


@given(ANGLES, st.floats(-80, 80))
def test_a_canvas_looks_where_it_is_told_and_stays_level(pan: float, tilt: float) -> None:
    ahead = -Pose(pan, tilt).axes()[:, 2]

    rotation = looking(ahead * 17.0)

    np.testing.assert_allclose(-rotation[:, 2], ahead, atol=1e-12)
    assert rotation[1, 0] == 0  # its right lies level
    assert rotation[1, 1] > 0
    np.testing.assert_allclose(rotation.T @ rotation, np.eye(3), atol=1e-12)


def test_a_canvas_that_looks_straight_up_still_has_a_right_hand() -> None:
    rotation = looking(np.array([0.0, 1.0, 0.0]))

    np.testing.assert_allclose(rotation.T @ rotation, np.eye(3), atol=1e-15)


def test_the_demo_lens_on_its_sensor_is_the_camera_report_s_matrix() -> None:
    # K of camera.json: 1349.9397348332664 px, principal point 479.5, 269.5 counted from
    # the middle of the first pixel.
    pinhole = Pinhole.of(DEMO_LENS, (0, 0, 960, 540))

    assert pinhole.focal_x_px == pytest.approx(1349.9397348332664, rel=1e-15)
    assert pinhole.focal_y_px == pinhole.focal_x_px
    assert (pinhole.centre_x_px - 0.5, pinhole.centre_y_px - 0.5) == (479.5, 269.5)


@given(st.floats(-500, 1500), st.floats(-300, 900))
def test_a_pixel_sent_out_comes_back_to_itself(x: float, y: float) -> None:
    pinhole = Pinhole.of(DEMO_LENS, (0, 0, 960, 540))

    back = pinhole.pixels(pinhole.directions(np.array(x), np.array(y)))

    assert float(back[0]) == pytest.approx(x, abs=1e-9)
    assert float(back[1]) == pytest.approx(y, abs=1e-9)


def test_the_edge_of_the_sensor_is_the_edge_of_the_frame() -> None:
    half = math.radians(DEMO_LENS.hfov_deg) / 2
    pinhole = Pinhole.of(DEMO_LENS, (0, 0, 960, 540))

    x, y = pinhole.pixels(np.array([math.sin(half), 0.0, -math.cos(half)]))

    assert float(x) == pytest.approx(960, abs=1e-9)
    assert float(y) == 270


def test_a_display_window_that_does_not_begin_at_zero_keeps_the_lens_in_its_middle() -> None:
    pinhole = Pinhole.of(DEMO_LENS, (100, -40, 960, 540))

    assert (pinhole.centre_x_px, pinhole.centre_y_px) == (580, 230)


def test_an_anamorphic_pixel_twice_as_wide_is_half_as_many_across() -> None:
    # A round object 1000 px high is 500 px wide on a plate whose pixels are 2:1.
    pinhole = Pinhole.of(DEMO_LENS, (0, 0, 960, 1080), pixel_aspect=2.0)
    slant = math.tan(math.radians(5))

    x, _ = pinhole.pixels(np.array([slant, 0.0, -1.0]))
    _, y = pinhole.pixels(np.array([0.0, -slant, -1.0]))

    assert float(y) - pinhole.centre_y_px == pytest.approx(2 * (float(x) - pinhole.centre_x_px))


def test_what_lies_behind_the_camera_is_on_no_pixel() -> None:
    x, y = Pinhole.of(DEMO_LENS, (0, 0, 960, 540)).pixels(np.array([0.1, 0.0, 1.0]))

    assert np.isnan(x)
    assert np.isnan(y)


@pytest.mark.parametrize("tilt", [-12.0, -1.0, 0.0, 2.5, 20.0])
def test_the_horizon_lies_at_half_the_height_plus_f_tan_tilt(tilt: float) -> None:
    # Hartley & Zisserman 8.6; a level camera has it in the middle.
    pinhole = Pinhole.of(DEMO_LENS, (0, 0, 960, 540))
    level = np.array([0.0, 0.0, -1.0])

    _, row = pinhole.pixels(turn(from_pan_tilt_roll(33, tilt).T, turn(
        from_pan_tilt_roll(33, 0), level
    )))  # fmt: skip

    assert float(row) == pytest.approx(
        270 + 1349.9397348332664 * math.tan(math.radians(tilt)), abs=1e-9
    )


def test_azimuth_begins_at_plus_z_and_grows_towards_plus_x() -> None:
    directions = np.array([[[0, 0, 1], [1, 0, 0], [0, 0, -1], [-1, 0, 0], [0, 1, 1.0]]])

    elevation, azimuth = elevation_azimuth_deg(directions)

    np.testing.assert_allclose(azimuth[0], [0, 90, 180, -90, 0], atol=1e-5)
    np.testing.assert_allclose(elevation[0], [0, 0, 0, 0, 45], atol=1e-5)


def test_every_second_pixel_is_looked_through_at_its_own_centre() -> None:
    pinhole = Pinhole.of(DEMO_LENS, (0, 0, 960, 540))
    whole = frame_directions(pinhole, (0, 0, 960, 540))

    coarse = frame_directions(pinhole, (0, 0, 960, 540), step_px=2)

    np.testing.assert_array_equal(coarse, whole[::2, ::2])


def test_the_demo_camera_in_its_two_notations_is_one_camera(shared: Path) -> None:
    # camera.json is OpenCV (y down, z ahead, pan to the right); ours is Y up, -Z ahead.
    report = json.loads((shared / "demo_show" / "DEMO_010" / "camera.json").read_text())
    flip = np.diag([1.0, -1.0, -1.0])

    for said in report["frames"]:
        ours = from_pan_tilt_roll(-said["pan"], said["tilt"], said["roll"])

        theirs = flip @ np.array(said["R_cam_to_world"]) @ flip
        np.testing.assert_allclose(ours, theirs, atol=1e-15)
