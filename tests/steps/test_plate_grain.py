"""A plate's grain, measured once per shot: locked off, under a moving camera, or not at all."""

from __future__ import annotations

import numpy as np
import pytest

import grains
from seamline.optics.projection import Pinhole
from seamline.optics.views import view_in_frame
from seamline.show.camera import Lens
from seamline.show.frames import FrameRange
from seamline.steps import book
from seamline.steps.ingest import add_shot
from seamline.steps.plate_grain import KIND, grain_model, plate_grain, stillest
from synth import Pose, Rig, rays
from tiny import TinyShow, frame_of, pan_track

HEIGHT, WIDTH = 96, 128


def shot_of(show: TinyShow, frames: list[np.ndarray], name: str = "042") -> None:
    numbers = FrameRange(first=1001, last=1000 + len(frames))
    pattern = show.plate(name, numbers, lambda n: frame_of(frames[n - 1001], dtype=np.float32))
    add_shot(show.studio, name, plate=pattern, static=True, frames=numbers)


def test_a_locked_off_plate_gives_its_own_sigma(tiny_show: TinyShow) -> None:
    shot_of(tiny_show, grains.frames(grains.ramp(HEIGHT, WIDTH), 10))
    shot = book.shot(tiny_show.studio.ledger, "042")

    found = plate_grain(tiny_show.studio, shot)

    assert found is not None
    assert found.frames == (1001, 1002, 1004, 1005, 1006, 1007, 1009, 1010)
    model = grain_model(tiny_show.studio, found.model)
    for curve in model.curves:
        apart = [
            s / float(grains.sigma(at))
            for at, s in zip(curve.signals, curve.sigmas, strict=True)
        ]
        assert np.median(apart) == pytest.approx(1.0, abs=0.04)


def test_a_moving_plate_gives_its_own_sigma(tiny_show: TinyShow) -> None:
    rig = Rig(192, 128, 35.0, 24.89)
    poses = [Pose(pan_deg=0.13 * k, tilt_deg=0.05 * k) for k in range(8)]
    x, y = np.meshgrid(np.arange(192) + 0.5, np.arange(128) + 0.5)
    rng = np.random.default_rng(2)
    frames = []
    for pose in poses:
        towards = rays(rig, pose, x, y)
        light = 0.5 + 0.4 * np.sin(4 * towards[..., 0]) * np.cos(3 * towards[..., 1])
        clean = np.repeat(light[..., None], 3, axis=-1)
        noise = grains.sigma(clean) * grains.coarse(rng, 128, 192)
        frames.append((clean + noise).astype(np.float32))
    numbers = FrameRange(first=1001, last=1008)
    pattern = tiny_show.plate(
        "042", numbers, lambda n: frame_of(frames[n - 1001], dtype=np.float32)
    )
    track = tiny_show.track("042", rig, poses)
    add_shot(tiny_show.studio, "042", plate=pattern, track=track, frames=numbers)

    found = plate_grain(tiny_show.studio, book.shot(tiny_show.studio.ledger, "042"))

    assert found is not None
    assert "8 moving frame(s) of 192x128" in found.says
    model = grain_model(tiny_show.studio, found.model)
    green = model.curves[1]
    apart = [
        s / float(grains.sigma(at)) for at, s in zip(green.signals, green.sigmas, strict=True)
    ]
    assert np.median(apart) == pytest.approx(1.0, abs=0.06)


def test_it_is_measured_once_and_again_for_another_plate(tiny_show: TinyShow) -> None:
    shot_of(tiny_show, grains.frames(grains.ramp(HEIGHT, WIDTH), 2))
    studio = tiny_show.studio
    first = plate_grain(studio, book.shot(studio.ledger, "042"))
    again = plate_grain(studio, book.shot(studio.ledger, "042"))
    assert first == again
    assert len(list(studio.ledger.rows(KIND))) == 1

    shot_of(tiny_show, grains.frames(grains.ramp(HEIGHT, WIDTH), 2, seed=9), "042b")
    other = plate_grain(studio, book.shot(studio.ledger, "042b"))

    assert other is not None
    assert first is not None
    assert other.model != first.model
    assert len(list(studio.ledger.rows(KIND))) == 2


def test_one_frame_says_that_it_is_an_estimate(tiny_show: TinyShow) -> None:
    shot_of(tiny_show, grains.frames(grains.ramp(256, 320), 1))

    found = plate_grain(tiny_show.studio, book.shot(tiny_show.studio.ledger, "042"))

    assert found is not None
    assert "an estimate from a single frame" in found.says


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (np.full((HEIGHT, WIDTH, 3), 0.18, np.float32), "needed"),
        (np.full((16, 16, 3), 0.18, np.float32), "needed"),
    ],
)
def test_a_plate_without_grain_gets_none_and_says_why(
    tiny_show: TinyShow, frame: np.ndarray, why: str
) -> None:
    shot_of(tiny_show, [frame, frame])

    found = plate_grain(tiny_show.studio, book.shot(tiny_show.studio.ledger, "042"))

    assert found is not None
    assert found.model == ""
    assert found.says.startswith("not measured: ")
    assert why in found.says


def test_what_is_stronger_than_any_grain_is_not_laid_on_anything(
    tiny_show: TinyShow,
) -> None:
    rng = np.random.default_rng(3)
    frames = [rng.uniform(0, 4, (HEIGHT, WIDTH, 3)).astype(np.float32) for _ in range(3)]
    shot_of(tiny_show, frames)

    found = plate_grain(tiny_show.studio, book.shot(tiny_show.studio.ledger, "042"))

    assert found is not None
    assert found.model == ""
    assert "not grain" in found.says


def test_half_a_degree_of_pan_moves_the_middle_by_its_tangent() -> None:
    track = pan_track([0.0, 0.5])
    lens = Lens(focal_length_mm=35.0, sensor_width_mm=24.89, sensor_height_mm=14.0)
    pinhole = Pinhole.of(lens, (0, 0, 960, 540))

    at = view_in_frame(track, 1001, 1002, pinholes=(pinhole, pinhole), window=(480, 270, 1, 1))

    # 35 / 24.89 x 960 px x tan(.5 degrees) = 11.78 px
    assert abs(at[0, 0, 0] - 480.5) == pytest.approx(11.78, abs=0.02)
    assert at[0, 0, 1] == pytest.approx(270.5, abs=0.02)


def test_the_stillest_frame_is_where_the_pan_begins(tiny_show: TinyShow) -> None:
    frames = grains.frames(grains.ramp(HEIGHT, WIDTH), 4)
    shot_of(tiny_show, frames)
    shot = book.shot(tiny_show.studio.ledger, "042")

    assert stillest(shot, pan_track([0.0, 0.02, 0.5, 2.0])) == 1001
    assert stillest(shot, None) == shot.frames.middle
