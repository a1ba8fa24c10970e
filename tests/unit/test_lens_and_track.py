"""Lenses and takes: what a camera report may say, and what it cannot."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from seamline.errors import ShowError, TrackError
from seamline.show.camera import CameraSample, CameraTrack, Lens
from seamline.show.seam import Box, Seam

LENS = Lens(focal_length_mm=35.0, sensor_width_mm=24.89, sensor_height_mm=14.0)


def sample(frame: int) -> CameraSample:
    return CameraSample(frame=frame, lens=LENS)


def test_a_normal_lens_sees_the_angle_on_its_sheet() -> None:
    # 36 x 24 mm at 50 mm: 39.6 degrees, as lens makers print it.
    normal = Lens(focal_length_mm=50.0, sensor_width_mm=36.0, sensor_height_mm=24.0)

    assert normal.hfov_deg == pytest.approx(39.5978, abs=1e-4)


def test_the_arri_open_gate_at_40_mm() -> None:
    # ALEXA LF Open Gate, 36.70 x 25.54 mm: 2 atan(36.70 / 80).
    open_gate = Lens(focal_length_mm=40.0, sensor_width_mm=36.70, sensor_height_mm=25.54)

    assert open_gate.hfov_deg == pytest.approx(math.degrees(2 * math.atan(0.45875)))


def test_a_sensor_ten_times_too_wide_is_found_out() -> None:
    with pytest.raises(TrackError, match=r"316\.8 mm wide") as refused:
        Lens(focal_length_mm=35.0, sensor_width_mm=316.8, sensor_height_mm=178.2)

    assert "31.68" in refused.value.remedy
    assert refused.value.exit_code == 2


def test_fifteen_perf_film_is_a_sensor() -> None:
    Lens(focal_length_mm=50.0, sensor_width_mm=70.4, sensor_height_mm=52.6)


@pytest.mark.parametrize("value", [0.0, -35.0, float("nan"), float("inf"), None, "35"])
def test_a_focal_length_is_a_positive_length(value: object) -> None:
    with pytest.raises(TrackError, match="focal_length_mm"):
        Lens(focal_length_mm=value, sensor_width_mm=36.0, sensor_height_mm=24.0)  # type: ignore[arg-type]


def test_a_take_without_samples_is_no_take() -> None:
    with pytest.raises(TrackError, match="no camera samples"):
        CameraTrack(samples=())


@pytest.mark.parametrize("frames", [(1002, 1001), (1001, 1001), (1001, 1003, 1002)])
def test_frames_out_of_order_or_twice_are_refused(frames: tuple[int, ...]) -> None:
    with pytest.raises(TrackError, match="not in order"):
        CameraTrack(samples=tuple(sample(n) for n in frames))


@pytest.mark.parametrize("angle", [-1.0, 361.0, float("nan")])
def test_a_shutter_opens_no_more_than_once_a_frame(angle: float) -> None:
    with pytest.raises(TrackError, match="shutter angle"):
        CameraTrack(samples=(sample(1001),), shutter_angle_deg=angle)


def test_time_runs_forward() -> None:
    with pytest.raises(TrackError, match="frame rate"):
        CameraTrack(samples=(sample(1001),), rate=Fraction(0))


def test_a_frame_the_take_does_not_have_is_refused_with_those_it_has() -> None:
    take = CameraTrack(samples=(sample(1001), sample(1002)), origin="take_3.jsonl")

    with pytest.raises(TrackError, match=r"take_3\.jsonl has no sample for frame 1003"):
        take.sample(1003)


def test_a_locked_off_camera_stands_the_same_in_every_frame() -> None:
    take = CameraTrack(samples=(sample(1001),), static=True)

    assert take.sample(1090) is take.samples[0]


def test_a_seam_needs_something_to_part_the_frame() -> None:
    with pytest.raises(ShowError, match="needs a matte, a box or a polygon"):
        Seam(shot="042_0110", version=1)


def test_a_polygon_of_two_points_is_a_line() -> None:
    with pytest.raises(ShowError, match="the polygon has 2 points"):
        Seam(shot="042_0110", version=1, polygon=((0.0, 0.0), (1.0, 1.0)))


def test_a_veil_of_two_points_is_a_line() -> None:
    with pytest.raises(ShowError, match="the veil has 2 points"):
        Seam(shot="042_0110", version=1, matte="m.%04d.exr", veil=((0.0, 0.0), (1.0, 1.0)))


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 0), (-1, 5)])
def test_an_empty_box_is_refused(width: int, height: int) -> None:
    with pytest.raises(ShowError, match="is empty"):
        Box(x=0, y=0, width=width, height=height)
