"""ST maps: a lens as two pictures."""

import cv2
import numpy as np
import pytest

from seamline.optics.lens_map import MapBend, PixelMap, from_st, maps_of, to_st
from seamline.optics.projection import Projection
from seamline.show.camera import Distortion, Lens

FRAME = (0, 0, 480, 270)
AROUND = (-40, -24, 560, 318)
LENS = Lens(
    focal_length_mm=24.0,
    sensor_width_mm=24.89,
    sensor_height_mm=14.0,
    centre_x_mm=0.2,
    distortion=Distortion(radial=(-0.12, 0.03), tangential=(8e-4, -5e-4)),
)
VIEW = Projection.of(LENS, FRAME)


def test_a_map_puts_opencvs_remap_on_the_same_pixels():
    k = np.array([[VIEW.focal_x_px, 0, VIEW.centre_x_px - 0.5],
                  [0, VIEW.focal_y_px, VIEW.centre_y_px - 0.5], [0, 0, 1]])  # fmt: skip
    theirs = cv2.initUndistortRectifyMap(
        k, np.array([-0.12, 0.03, 8e-4, -5e-4]), np.eye(3), k, FRAME[2:], cv2.CV_32FC2
    )[0]

    undistort, _ = maps_of(VIEW, FRAME, FRAME)

    assert np.abs(undistort.at - 0.5 - theirs).max() < 1e-3  # theirs is float32


def test_an_st_map_has_its_origin_at_the_lower_left_and_its_pixels_at_half_integers():
    still = Projection.of(
        Lens(focal_length_mm=24.0, sensor_width_mm=24.89, sensor_height_mm=14.0), FRAME
    )

    red, green = to_st(maps_of(still, FRAME, FRAME)[0], FRAME)

    assert red[0, 0] == pytest.approx(0.5 / 480)
    assert green[0, 0] == pytest.approx(1 - 0.5 / 270)
    assert green[-1, 0] == pytest.approx(0.5 / 270)


def test_undistort_and_redistort_together_leave_every_pixel_within_a_hundredth():
    undistort, redistort = maps_of(VIEW, FRAME, AROUND)
    x, y = np.meshgrid(np.arange(480) + 0.5, np.arange(270) + 0.5)

    back = undistort.look_up(*redistort.look_up(x, y))

    assert np.abs(back[0] - x).max() < 0.01
    assert np.abs(back[1] - y).max() < 0.01


def test_a_map_stored_as_float32_st_is_still_within_a_hundredth():
    undistort, _ = maps_of(VIEW, FRAME, AROUND)

    red, green = (v.astype(np.float32) for v in to_st(undistort, FRAME))
    again = from_st(red.astype(float), green.astype(float), AROUND, FRAME)

    assert np.abs(again.at - undistort.at).max() < 0.01


def test_a_map_turned_round_is_the_lens_the_other_way():
    undistort, redistort = maps_of(VIEW, FRAME, AROUND)

    made = undistort.turned_round(FRAME)

    assert np.abs(made.at - redistort.at).max() < 0.01


def test_a_map_too_small_says_nothing_of_the_corners_instead_of_something_wrong():
    undistort, _ = maps_of(VIEW, FRAME, FRAME)  # barrel: the corners come from outside it

    made = undistort.turned_round(FRAME)

    assert np.isnan(made.at[0, 0]).all()
    assert np.isfinite(made.at[135, 240]).all()


def test_a_lens_of_maps_sees_what_the_lens_they_were_made_from_sees():
    maps = maps_of(VIEW, FRAME, AROUND)
    plain = Lens(
        focal_length_mm=24.0, sensor_width_mm=24.89, sensor_height_mm=14.0, centre_x_mm=0.2
    )
    bend = MapBend(undistort=maps[0], redistort=maps[1], pinhole=VIEW.pinhole)
    by_map = Projection.of(plain, FRAME, bend=bend)
    x, y = np.meshgrid(np.linspace(0, 480, 33), np.linspace(0, 270, 19))

    directions = by_map.directions(x, y)

    off = (directions - VIEW.directions(x, y)) * VIEW.focal_x_px
    assert np.abs(off).max() < 0.02  # at the very edge of the frame half a pixel is carried on
    at = by_map.pixels(VIEW.directions(x, y))
    assert np.abs(at[0] - x).max() < 0.01
    assert np.abs(at[1] - y).max() < 0.01


def test_outside_its_window_a_map_knows_nothing():
    still = PixelMap(at=np.zeros((4, 4, 2)), window=(0, 0, 4, 4))

    x, _ = still.look_up(np.array([-0.1, 0.0, 4.0, 4.1]), np.full(4, 2.0))

    np.testing.assert_array_equal(np.isfinite(x), [False, True, True, False])
