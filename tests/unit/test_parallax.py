"""A camera that travels: where it is while the shutter is open, and what moves for it."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamline.errors import CanvasError, TrackError
from seamline.optics import reproject
from seamline.optics.canvas import sphere_canvas
from seamline.optics.canvas_pixels import canvas_to_frame, directions_of
from seamline.optics.card import PlaneInWorld, card_canvas, ground
from seamline.optics.parallax import (
    Poses,
    in_mid_exposure,
    lies_at_m,
    middle_m,
    moved,
    on_canvas,
    pose_at_rest,
    shutter_poses,
)
from seamline.optics.projection import Pinhole, frame_directions, turn
from seamline.optics.rotation import as_rotation
from seamline.optics.shutter import shutter_rotations
from seamline.show.camera import CameraTrack, Lens
from seamline.show.canvas import Canvas
from seamline.show.frames import FrameRange
from seamline.steps.looked import Depth, Look
from synth import rolling_hills
from tiny import pan_track

WINDOW = (0, 0, 96, 54)
FOCAL_PX = 35.0 / 24.89 * 96
"""134.99 px: 35 mm on 24.89 mm, 96 pixels wide."""
STUDIO: Any = SimpleNamespace(optics=reproject)


def dolly(step_m: float = 0.2, pans: list[float] | None = None, **said: Any) -> CameraTrack:
    """Three frames of a camera that goes ``step_m`` to the right per frame."""
    return pan_track(pans or [0.0, 0.0, 0.0], travel_m=(step_m, 0.0, 0.0), **said)


def range_of(track: CameraTrack) -> FrameRange:
    return FrameRange(first=track.samples[0].frame, last=track.samples[-1].frame)


def laid_out(track: CameraTrack, nearest_m: float | None = None) -> Canvas:
    frames = range_of(track)
    return sphere_canvas(
        "042", track, frames, WINDOW, WINDOW, origin_m=middle_m(track, frames),
        nearest_m=nearest_m,
    )  # fmt: skip


def zooming(*focals: float) -> CameraTrack:
    track = pan_track([0.0] * len(focals))
    return replace(
        track,
        samples=tuple(
            replace(s, lens=replace(s.lens, focal_length_mm=f))
            for s, f in zip(track.samples, focals, strict=True)
        ),
    )


# -- where the camera is ---------------------------------------------------------------


def test_half_a_frame_later_the_camera_is_half_way() -> None:
    track = pan_track([0.0, 4.0, 10.0], travel_m=(1.0, 0.5, 0.0))

    then = moved(track, 1002, 0.5)

    assert then.position_m == pytest.approx((1.5, 2.35, 0.0))
    ahead = -as_rotation(then.world_from_camera)[:, 2]
    assert math.degrees(math.atan2(-ahead[0], -ahead[2])) == pytest.approx(7.0)


def test_at_the_ends_of_a_take_the_move_is_carried_on() -> None:
    track = dolly()

    assert moved(track, 1001, -0.25).position_m == pytest.approx((-0.05, 1.6, 0.0))
    assert moved(track, 1003, 0.25).position_m == pytest.approx((0.45, 1.6, 0.0))


def test_samples_taken_late_are_brought_back_to_the_middle_of_the_exposure() -> None:
    # Taken a quarter of a frame late: in mid-exposure the camera was 5 cm further back.
    late = replace(dolly(), sample_phase=0.25)

    found = in_mid_exposure(late)

    assert found.sample(1002).position_m == pytest.approx((0.15, 1.6, 0.0))
    assert found.sample_phase == 0
    assert in_mid_exposure(dolly()) == dolly()


def test_samples_more_than_a_frame_off_are_refused() -> None:
    with pytest.raises(TrackError, match="frames off the middle"):
        in_mid_exposure(replace(dolly(), sample_phase=1.5))


def test_a_lens_that_zooms_is_wider_before_and_longer_after() -> None:
    track = zooming(30.0, 35.0, 40.0)
    canvas = laid_out(pan_track([0.0, 0.0, 0.0]))

    poses = shutter_poses(
        canvas, track, 1002, Pinhole.of(track.sample(1002).lens, WINDOW), WINDOW
    )

    # A half open shutter: from 33.75 to 36.25 mm, less half a sample at both ends.
    count = len(poses.zooms)
    assert count > 2
    assert 35.0 / poses.zooms[0] == pytest.approx(33.75 + 1.25 / count)
    assert 35.0 / poses.zooms[-1] == pytest.approx(36.25 - 1.25 / count)


def test_a_camera_that_only_turns_has_the_shutter_it_always_had() -> None:
    track = pan_track([0.0, 2.0, 5.0])
    canvas, pinhole = laid_out(track), Pinhole.of(track.samples[0].lens, WINDOW)

    poses = shutter_poses(canvas, track, 1002, pinhole, WINDOW)

    np.testing.assert_array_equal(
        poses.rotations, shutter_rotations(canvas, track, 1002, pinhole, WINDOW)
    )
    assert (poses.zooms == 1).all()


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.3, 0.3), st.floats(-2, 2), st.floats(2, 50))
def test_shutter_samples_lie_at_most_one_pixel_apart_on_the_nearest_layer(
    step_m: float, pan: float, near_m: float
) -> None:
    track = dolly(step_m, pans=[-pan, 0.0, pan])
    canvas, pinhole = laid_out(track, near_m), Pinhole.of(track.samples[0].lens, WINDOW)

    poses = shutter_poses(canvas, track, 1002, pinhole, WINDOW, nearest_m=near_m)

    directions = frame_directions(pinhole, WINDOW, step_px=6)
    spots = on_canvas(canvas, poses, directions, distance_m=near_m)
    for (x0, y0), (x1, y1) in pairwise(spots):
        # The canvas is sampled like the frame on the axis, and finer than it off it.
        assert float(np.hypot(x1 - x0, y1 - y0).max()) <= 1.2


# -- which layers move -----------------------------------------------------------------


def test_a_layer_moves_once_it_is_worth_a_twentieth_of_a_pixel() -> None:
    track, frames = dolly(), [1001, 1002, 1003]
    canvas = laid_out(track)

    # .2 m either way at 135 px: .05 px at 540 m.
    assert lies_at_m(canvas, track, frames, 530.0) == 530.0
    assert lies_at_m(canvas, track, frames, 550.0) is None
    assert lies_at_m(canvas, track, frames, None) is None


def test_a_layer_the_camera_would_pass_is_refused_with_both_numbers() -> None:
    track = dolly()

    with pytest.raises(CanvasError, match=r"stands 0\.24 m away.* travels 0\.20 m"):
        lies_at_m(laid_out(track), track, [1001, 1002, 1003], 0.24)


def test_on_a_canvas_of_another_track_nothing_moves() -> None:
    track = dolly()
    elsewhere = replace(laid_out(track), origin_m=(0.0, 0.0, 0.0))

    assert lies_at_m(elsewhere, track, [1001, 1002, 1003], 10.0) is None


@pytest.mark.parametrize("near_m", [0.6, 2.0, 20.0])
def test_the_window_holds_what_a_near_layer_shows_beside_the_middle(near_m: float) -> None:
    track = dolly(pans=[2.0, 0.0, -1.0])
    canvas = laid_out(track, near_m)

    pinhole = Pinhole.of(track.samples[0].lens, WINDOW)
    for frame in (1001, 1002, 1003):
        ((x, y),) = on_canvas(
            canvas, pose_at_rest(canvas, track, frame), frame_directions(pinhole, WINDOW),
            distance_m=near_m,
        )  # fmt: skip
        assert x.min() > 3
        assert x.max() < canvas.width_px - 3
        assert y.min() > 3
        assert y.max() < canvas.height_px - 3


def test_canvas_and_frame_agree_about_a_layer_at_a_distance() -> None:
    track = dolly(pans=[2.0, 0.0, -1.0])
    canvas, pinhole = laid_out(track, 4.0), Pinhole.of(track.samples[0].lens, WINDOW)

    x, y = canvas_to_frame(canvas, track, 1003, pinhole, distance_m=4.0)

    ((column, row),) = on_canvas(
        canvas, pose_at_rest(canvas, track, 1003), pinhole.directions(x, y), distance_m=4.0
    )
    rows, columns = np.indices(x.shape)
    np.testing.assert_allclose(column, columns + 0.5, atol=1e-6)
    np.testing.assert_allclose(row, rows + 0.5, atol=1e-6)


def hills(canvas: Canvas, shade: float) -> np.ndarray:
    world = turn(as_rotation(canvas.world_from_canvas), directions_of(canvas))
    light = rolling_hills(world.reshape(-1, 3)).reshape(world.shape) * shade
    elevation = np.degrees(np.arcsin(world[..., 1]))
    alpha = 1 / (1 + np.exp(np.clip(4 * (elevation - 8 * shade + 6), -60, 60)))
    alpha = np.ones_like(alpha) if shade == 1 else alpha
    return np.concatenate([light * alpha[..., None], alpha[..., None]], -1).astype(np.float32)


def test_smeared_layers_are_laid_over_one_another_moment_by_moment() -> None:
    # The truth by the textbook: for every moment each layer's sphere is met, then over.
    track = dolly(0.25)
    canvas, pinhole = laid_out(track, 3.0), Pinhole.of(track.samples[0].lens, WINDOW)
    depths = [
        Depth(rgba=hills(canvas, 1.0), distance_m=None),
        Depth(rgba=hills(canvas, 0.5), distance_m=3.0),
    ]
    poses = shutter_poses(canvas, track, 1003, pinhole, WINDOW, nearest_m=3.0)
    look = Look(studio=STUDIO, canvas=canvas, pinhole=pinhole, window=WINDOW)

    seen = look.through(depths, poses)

    truth = np.zeros((54, 96, 4))
    ways = frame_directions(pinhole, WINDOW)
    ways /= np.sqrt((ways**2).sum(-1, keepdims=True))
    moments = np.linspace(-0.25, 0.25, 41)[:-1] + 0.25 / 40
    for at in moments:
        aside = np.array([0.2 * 1.25 * (1 + at), 0.0, 0.0])  # from the middle, frame 1003
        b = ways @ aside
        hit = aside + ways * (np.sqrt(b**2 + 9.0 - aside @ aside) - b)[..., None]
        far, near = (
            reproject.sample(d.rgba, *textbook(canvas, w))
            for d, w in zip(depths, (ways, hit / 3.0), strict=True)
        )
        truth += near + (1 - near[..., 3:]) * far
    truth /= len(moments)
    assert len(poses.rotations) > 3
    assert np.abs(seen - truth).max() < 0.01 * truth.max()
    assert np.abs(seen - look.at(depths[0].rgba, poses, None)).max() > 0.1 * truth.max()


def textbook(canvas: Canvas, ways: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x, y, z = np.moveaxis(ways @ as_rotation(canvas.world_from_canvas), -1, 0)
    return (
        (np.arctan2(x, -z) - canvas.longitude_left_rad) * canvas.px_per_rad,
        (canvas.latitude_top_rad - np.arctan2(y, np.hypot(x, z))) * canvas.px_per_rad,
    )


# -- cards -----------------------------------------------------------------------------


def card(track: CameraTrack, plane: PlaneInWorld, **said: Any) -> Canvas:
    return card_canvas("042", track, range_of(track), WINDOW, WINDOW, plane, **said)


def test_a_wall_has_the_plate_s_own_pixels_at_its_distance_and_holds_every_frame() -> None:
    track = dolly()

    wall = card(track, PlaneInWorld(point_m=(0.0, 0.0, -12.0), normal=(0.0, 0.0, 2.0)))

    assert wall.px_per_m == pytest.approx(FOCAL_PX / 12)
    # 96 pixels and the way of .4 m, and 16 pixels of border on either side.
    assert wall.width_px == math.ceil(96 + 0.4 * FOCAL_PX / 12 + 32)
    assert wall.height_px == math.ceil(54 + 32)
    assert wall.distance_m == pytest.approx(12.0)
    assert wall.card_top_m == pytest.approx(1.6 + (27 + 16) * 12 / FOCAL_PX)


def test_the_ground_ends_where_a_frame_can_use_no_more_of_it() -> None:
    track = pan_track([0.0, 0.0], tilt_deg=-8.0)

    found = card(track, ground(), most_mpx=4.0)

    axes = np.array(found.world_from_canvas).reshape(3, 3)
    np.testing.assert_allclose(axes[:, 2], (0, 1, 0), atol=1e-12)
    np.testing.assert_allclose(axes[:, 0], (1, 0, 0), atol=1e-12)
    nearest = 1.6 / math.tan(math.radians(8) + math.atan(27 / FOCAL_PX))
    assert found.card_top_m > nearest
    assert 2 * nearest < found.distance_m < 200
    assert found.width_px * found.height_px <= 4.2e6


def test_a_plane_behind_the_camera_or_through_it_is_refused() -> None:
    track = dolly()

    with pytest.raises(CanvasError, match="no frame sees the plane"):
        card(track, PlaneInWorld(point_m=(0.0, 0.0, 5.0), normal=(0.0, 0.0, 1.0)))
    with pytest.raises(CanvasError, match="lies in the card's plane"):
        card(track, ground(1.6))
    with pytest.raises(CanvasError, match="a plane's normal has a length"):
        PlaneInWorld(point_m=(0.0, 0.0, 0.0), normal=(0.0, 0.0, 0.0))


def test_one_pose_of_many_is_that_pose() -> None:
    poses = Poses(
        rotations=np.stack([np.eye(3)] * 3), spots_m=np.arange(9.0).reshape(3, 3),
        zooms=np.array([0.9, 1.0, 1.1]),
    )  # fmt: skip

    assert poses.one(2).zooms.tolist() == [1.1]
    assert poses.one(1).spots_m.tolist() == [[3.0, 4.0, 5.0]]


def test_a_lens_keeps_its_sensor_while_it_zooms() -> None:
    lens = moved(zooming(30.0, 40.0), 1001, 0.5).lens

    assert lens == Lens(focal_length_mm=35.0, sensor_width_mm=24.89, sensor_height_mm=14.0)
