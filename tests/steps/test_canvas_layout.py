"""Laying a canvas out: what is known, what is to be painted, what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from seamline.errors import CanvasError
from seamline.pixels.picture import Picture
from seamline.show.canvas import Canvas
from seamline.show.frames import FrameRange
from seamline.show.seam import Box, Seam
from seamline.steps import book
from seamline.steps.canvas import canvas_picture, lay_out
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.lock import set_lock
from seamline.steps.main_job import painted
from synth import Pose, Rig, photograph, rays, rolling_hills, seen_at
from tiny import TinyShow, frame_of, grey_and_noise, lower_half

RIG = Rig(64, 36, 35.0, 24.89)
THREE = FrameRange(first=1001, last=1003)
POSES = [Pose(pan_deg=a, tilt_deg=3.0) for a in (-2.0, 0.0, 2.5)]


def arrays_of(show: TinyShow, name: str) -> tuple[Canvas, dict[str, np.ndarray]]:
    found = book.canvas(show.studio.ledger, name)
    assert found is not None
    canvas, body = found
    return canvas, dict(show.studio.blobs.picture(str(body["arrays"])).channels)


def panned(
    show: TinyShow,
    name: str = "042",
    *,
    poses: list[Pose] = POSES,
    live: object = lambda n: lower_half(36, 64),
    one_surface: bool = False,
    frame: object = lambda n: frame_of(
        photograph(rolling_hills, RIG, [POSES[n - 1001]]), dtype=np.float32
    ),
) -> None:
    pattern = show.plate(name, THREE, frame)  # type: ignore[arg-type]
    track = show.track(name, RIG, poses, shutter_deg=0.0)
    add_shot(show.studio, name, plate=pattern, track=track, frames=THREE)
    matte = show.matte(name, THREE, live)  # type: ignore[arg-type]
    set_seam(show.studio, Seam(shot=name, version=1, matte=matte, one_surface=one_surface))


def test_a_locked_off_shot_is_painted_on_its_own_frame(tiny_show: TinyShow) -> None:
    tiny_show.static_shot("042", frames=3)

    canvas, _ = lay_out(tiny_show.studio, "042")

    assert (canvas.kind, canvas.window) == ("frame", (0, 0, 64, 36))
    assert canvas.anchor_frame == 1002
    _, arrays = arrays_of(tiny_show, "042")
    middle = grey_and_noise(1002, 36, 64).astype(np.float16).astype(np.float32)
    np.testing.assert_array_equal(np.stack([arrays[n] for n in "RGB"], axis=-1), middle)
    assert (arrays["need"][:18] == 1).all()
    assert not arrays["need"][18:].any()
    assert not arrays["keep"].any()
    assert not arrays["margin"].any()


def test_what_is_generated_in_any_frame_is_painted(tiny_show: TinyShow) -> None:
    def live(number: int) -> np.ndarray:
        matte = np.ones((36, 64), np.float32)
        matte[number - 1001] = 0.5
        return matte

    tiny_show.static_shot("042", frames=3, live=live)

    lay_out(tiny_show.studio, "042")

    _, arrays = arrays_of(tiny_show, "042")
    np.testing.assert_array_equal(arrays["need"].any(axis=1), [True] * 3 + [False] * 33)


def test_a_hole_in_a_wall_keeps_the_wall_and_paints_a_margin_on_it(tiny_show: TinyShow) -> None:
    tiny_show.static_shot("042", box=Box(x=20, y=10, width=8, height=8), one_surface=True)

    lay_out(tiny_show.studio, "042")

    _, arrays = arrays_of(tiny_show, "042")
    hole = np.zeros((36, 64), bool)
    hole[10:18, 20:28] = True
    np.testing.assert_array_equal(arrays["keep"] == 1, ~hole)
    np.testing.assert_array_equal(arrays["need"] == 1, hole)
    np.testing.assert_array_equal(arrays["margin"] == 1, ~hole)  # 64 px reach everywhere here


def test_a_dead_pixel_is_not_known(tiny_show: TinyShow) -> None:
    def rgb(number: int) -> np.ndarray:
        look = grey_and_noise(number, 36, 64)
        look[5, 6] = np.nan
        return look

    tiny_show.static_shot(
        "042", rgb=rgb, box=Box(x=20, y=10, width=8, height=8), one_surface=True
    )

    lay_out(tiny_show.studio, "042")

    _, arrays = arrays_of(tiny_show, "042")
    assert arrays["keep"][5, 6] == 0
    assert arrays["R"][5, 6] == 0
    assert arrays["keep"][5, 7] == 1


def test_a_tracked_shot_is_painted_on_a_sphere_at_the_lens_s_own_sampling(
    tiny_show: TinyShow,
) -> None:
    panned(tiny_show)

    canvas, _ = lay_out(tiny_show.studio, "042")

    assert canvas.kind == "sphere"
    assert canvas.px_per_rad == pytest.approx(RIG.focal_px)
    picture = canvas_picture(
        tiny_show.studio, canvas, str(arrays_body(tiny_show)["arrays"]), "ACEScg"
    )
    assert picture.px_per_deg == pytest.approx(RIG.focal_px * math.pi / 180)
    assert picture.known.shape == (canvas.height_px, canvas.width_px, 3)


def arrays_body(show: TinyShow) -> dict[str, object]:
    found = book.canvas(show.studio.ledger, "042")
    assert found is not None
    return found[1]


def test_every_generated_pixel_of_every_frame_is_to_be_painted(tiny_show: TinyShow) -> None:
    panned(tiny_show)
    canvas, _ = lay_out(tiny_show.studio, "042")
    _, arrays = arrays_of(tiny_show, "042")

    for pose in POSES:
        x, y = np.meshgrid(np.arange(64) + 0.5, np.arange(18) + 0.5)
        column, row = on_canvas(canvas, rays(RIG, pose, x, y))
        assert arrays["need"][row, column].all()


def on_canvas(canvas: Canvas, world: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    axes = np.array(canvas.world_from_canvas).reshape(3, 3)
    x, y, z = np.moveaxis(world @ axes, -1, 0)
    column = (np.arctan2(x, -z) - canvas.longitude_left_rad) * canvas.px_per_rad
    row = (canvas.latitude_top_rad - np.arctan2(y, np.hypot(x, z))) * canvas.px_per_rad
    return np.floor(column).astype(int), np.floor(row).astype(int)


def hills_on(canvas: Canvas) -> tuple[np.ndarray, np.ndarray]:
    """World directions of the canvas's pixels, and the scene's own light there."""
    axes = np.array(canvas.world_from_canvas).reshape(3, 3)
    columns, rows = np.meshgrid(
        np.arange(canvas.width_px) + 0.5, np.arange(canvas.height_px) + 0.5
    )
    lon = canvas.longitude_left_rad + columns / canvas.px_per_rad
    lat = canvas.latitude_top_rad - rows / canvas.px_per_rad
    local = np.stack(
        [np.cos(lat) * np.sin(lon), np.sin(lat), -np.cos(lat) * np.cos(lon)], axis=-1
    )
    world = local @ axes.T
    return world, rolling_hills(world.reshape(-1, 3)).reshape(world.shape)


def test_the_plate_lies_on_the_canvas_where_the_camera_saw_it(tiny_show: TinyShow) -> None:
    # The scene is known in every direction, so what the plate tells can be checked there.
    panned(tiny_show)
    canvas, _ = lay_out(tiny_show.studio, "042")
    _, arrays = arrays_of(tiny_show, "042")

    world, truth = hills_on(canvas)
    known = np.stack([arrays[n] for n in "RGB"], axis=-1)
    sees = np.zeros(truth.shape[:2], bool)
    for pose in POSES:
        x, y = seen_at(RIG, pose, world)
        sees |= (x > 2) & (x < 62) & (y > 2) & (y < 34)
    assert sees.sum() > 60 * 32
    assert np.abs(known - truth)[sees].max() < 2e-3
    assert np.abs(known - truth)[sees].mean() < 2e-4


def test_a_live_pixel_that_is_generated_in_another_frame_is_not_kept(
    tiny_show: TinyShow,
) -> None:
    # Live is what lies below the frame's middle, and the camera tilts: the strip between
    # is live in one frame and generated in another.
    poses = [Pose(tilt_deg=t) for t in (0.0, 3.0, 6.0)]
    panned(
        tiny_show, poses=poses, one_surface=True,
        frame=lambda n: frame_of(photograph(rolling_hills, RIG, [poses[n - 1001]])),
    )  # fmt: skip
    canvas, _ = lay_out(tiny_show.studio, "042")
    _, arrays = arrays_of(tiny_show, "042")

    column, row = on_canvas(
        canvas, rays(RIG, Pose(tilt_deg=4.5), np.array(32.0), np.array(18.0))
    )
    assert arrays["keep"][row, column] == 0
    assert arrays["need"][row, column] == 1
    column, row = on_canvas(canvas, rays(RIG, Pose(), np.array(32.0), np.array(30.0)))
    assert arrays["keep"][row, column] == 1


def test_a_plate_whose_data_window_changes_is_laid_out_frame_by_frame(
    tiny_show: TinyShow,
) -> None:
    windows = {1001: (0, 0, 64, 36), 1002: (4, 2, 56, 30), 1003: (-3, -2, 70, 40)}

    def frame(number: int) -> Picture:
        x, y, width, height = windows[number]
        axes = rays(
            RIG, POSES[number - 1001],
            *np.meshgrid(x + np.arange(width) + 0.5, y + np.arange(height) + 0.5),
        )  # fmt: skip
        light = rolling_hills(axes.reshape(-1, 3)).reshape(height, width, 3)
        return frame_of(light, dtype=np.float32, window=windows[number], display=(0, 0, 64, 36))

    panned(tiny_show, frame=frame, live=lambda n: np.zeros((36, 64), np.float32))

    document = painted(tiny_show.studio, "042", variations=1, seed=1, generator="neutral")

    canvas, arrays = arrays_of(tiny_show, "042")
    corner = rays(RIG, POSES[2], np.array(-2.5), np.array(-1.5))
    column, row = on_canvas(canvas, corner)
    assert 0 <= column < canvas.width_px
    assert 0 <= row < canvas.height_px
    truth = rolling_hills(corner[None])[0]
    assert arrays["R"][row, column] == pytest.approx(truth[0], abs=0.01)
    for number, window in windows.items():
        comp = tiny_show.studio.images.read(
            f"{document['variations'][0]['comp']}/042_env_b01_v001_comp.{number}.exr"
        )
        assert comp.data_window == window


def test_a_dead_pixel_leaves_no_dark_ring_on_the_canvas(tiny_show: TinyShow) -> None:
    def frame(number: int) -> Picture:
        light = photograph(rolling_hills, RIG, [POSES[number - 1001]], finer=1)
        light[30, 20 + number - 1001] = np.nan
        return frame_of(light, dtype=np.float32)

    panned(tiny_show, one_surface=True, frame=frame)
    lay_out(tiny_show.studio, "042")
    canvas, arrays = arrays_of(tiny_show, "042")

    _, truth = hills_on(canvas)
    known = np.stack([arrays[n] for n in "RGB"], axis=-1)
    kept = arrays["keep"] == 1
    assert kept.sum() > 64 * 12
    # The border of a frame repeats its last pixel, which costs .007 here; a ring .1.
    assert np.abs(known - truth)[kept].max() < 0.01


# -- refusals ------------------------------------------------------------------------


def test_a_camera_that_travels_past_near_things_is_refused_with_the_pixels(
    tiny_show: TinyShow,
) -> None:
    # 1 m from end to end, 10 m away: half of .1 at 90 px.
    poses = [Pose(position_m=(0.5 * k, 1.6, 0.0)) for k in range(3)]
    panned(tiny_show, poses=poses)
    set_lock(tiny_show.studio, "042", "[environment]\ndistance_m = 10\n", where="lock.toml")

    with pytest.raises(CanvasError, match=r"moves 4\.5 px against a flat canvas, limit 2 px"):
        lay_out(tiny_show.studio, "042")

    far = "[environment]\ndistance_m = 100\n"
    set_lock(tiny_show.studio, "042", far, where="lock.toml")
    canvas, _ = lay_out(tiny_show.studio, "042")
    assert canvas.parallax_px == pytest.approx(0.5 / 100 * RIG.focal_px)


def test_a_moving_camera_does_not_fit_on_a_frame_canvas(tiny_show: TinyShow) -> None:
    panned(tiny_show)

    with pytest.raises(CanvasError, match="this camera moves") as refused:
        lay_out(tiny_show.studio, "042", kind="frame")

    assert refused.value.remedy == "Use --kind sphere."


def test_a_sphere_needs_a_lens(tiny_show: TinyShow) -> None:
    tiny_show.static_shot("042")

    with pytest.raises(CanvasError, match="needs a lens"):
        lay_out(tiny_show.studio, "042", kind="sphere")


def test_nothing_is_laid_out_for_a_camera_that_nobody_described(tiny_show: TinyShow) -> None:
    pattern = tiny_show.plate("042", THREE, lambda n: frame_of(grey_and_noise(n, 36, 64)))
    add_shot(tiny_show.studio, "042", plate=pattern, frames=THREE)

    with pytest.raises(CanvasError, match="nothing says how the camera moves"):
        lay_out(tiny_show.studio, "042")


LENS = "[lens]\nfocal_length_mm = 35\nsensor_width_mm = 24.89\nsensor_height_mm = 14\n"


def test_the_canvas_that_was_asked_for_is_the_one_that_is_painted(tiny_show: TinyShow) -> None:
    tiny_show.static_shot("042")
    set_lock(tiny_show.studio, "042", LENS, where="lock.toml")
    _, chosen = lay_out(tiny_show.studio, "042", kind="sphere")

    painted(tiny_show.studio, "042", variations=1, seed=1, generator="neutral")

    (variation,) = book.variations(tiny_show.studio.ledger, "042")
    assert variation.ask.canvas_digest == chosen


def test_the_same_canvas_is_laid_out_once(tiny_show: TinyShow) -> None:
    panned(tiny_show)
    first = lay_out(tiny_show.studio, "042")
    rows = tiny_show.studio.ledger.verify()

    assert lay_out(tiny_show.studio, "042") == first
    assert tiny_show.studio.ledger.verify() == rows


def test_a_tilted_lock_puts_the_horizon_of_a_concept_frame_where_it_belongs(
    tiny_show: TinyShow,
) -> None:
    # 10 degrees down: the horizon lies f tan 10 above the middle.
    add_shot(tiny_show.studio, "concept")
    set_lock(
        tiny_show.studio, "concept", LENS + "[camera]\ntilt_deg = -10\n", where="lock.toml"
    )

    lay_out(tiny_show.studio, "concept")

    _, arrays = arrays_of(tiny_show, "concept")
    middle = arrays["elevation"][:, 32]
    horizon = np.interp(0, -middle, np.arange(36) + 0.5)
    expected = 18 - RIG.focal_px * math.tan(math.radians(10))
    assert horizon == pytest.approx(expected, abs=0.05)
