"""Grain made from a model: like the plate's, the same every time, and laid on without harm."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

import grains
from seamline.errors import GrainError
from seamline.pixels.grain import (
    degrain,
    grain_plate,
    grey_stack,
    measure_static,
    regrain,
    synthesise,
)
from seamline.pixels.grain.chance import normals
from seamline.pixels.grain.curve import Strength
from seamline.pixels.grain.evened import EvenedScale
from seamline.pixels.grain.synthesis import TILE
from seamline.show.grain import CrossSpectrum, GrainModel, Marginals, SigmaCurve

CLEAN = grains.ramp()
FRAMES = grains.frames(CLEAN)


@pytest.fixture(scope="module")
def model() -> GrainModel:
    return measure_static(FRAMES, space="ACEScg")


# -- the noise it is made of ---------------------------------------------------------------


def test_normal_noise_is_normal_and_knows_nothing_of_its_neighbours() -> None:
    planes = normals(400, 500, top=-7, left=3, frame=1001, seed=5)

    for plane in planes:
        assert plane.mean() == pytest.approx(0, abs=0.01)
        assert plane.std() == pytest.approx(1, abs=0.01)
        assert (plane**3).mean() == pytest.approx(0, abs=0.03)
        assert (plane**4).mean() == pytest.approx(3, abs=0.08)
        assert abs(grains.lagged(plane, 0, 1)) < 0.01
        assert abs(grains.lagged(plane, 1, 0)) < 0.01
    assert abs((planes[0] * planes[1]).mean()) < 0.01
    assert abs((planes[0] * planes[2]).mean()) < 0.01


def test_frames_and_seeds_that_follow_one_another_share_nothing() -> None:
    here = normals(200, 200, top=0, left=0, frame=1001, seed=1)[0]
    for frame, seed in ((1002, 1), (1001, 2), (1, 1001), (1000, 2)):
        there = normals(200, 200, top=0, left=0, frame=frame, seed=seed)[0]
        assert abs((here * there).mean()) < 0.02, (frame, seed)


def test_a_place_has_its_noise_whatever_is_drawn_around_it() -> None:
    whole = normals(50, 60, top=0, left=0, frame=1001, seed=1)
    part = normals(20, 30, top=10, left=25, frame=1001, seed=1)

    for a, b in zip(whole, part, strict=True):
        np.testing.assert_array_equal(a[10:30, 25:55], b)


# -- like the plate's ----------------------------------------------------------------------


def test_made_grain_is_as_strong_as_the_plates(model: GrainModel) -> None:
    made = np.stack([synthesise(model, CLEAN, frame=1001 + k, seed=3) for k in range(6)])

    for columns in np.array_split(np.arange(256), 8):
        expected = np.sqrt((grains.sigma(CLEAN[0, columns, 0]) ** 2).mean())
        for c in range(3):
            assert made[:, :, columns, c].std() == pytest.approx(expected, rel=0.04)
    assert abs(made.mean()) < 0.02 * made.std()


def test_made_grain_hangs_together_like_the_plates(model: GrainModel) -> None:
    made = synthesise(model, grains.ramp(512, 512), frame=1001, seed=3)
    z = made / grains.sigma(grains.ramp(512, 512))

    for c in range(3):
        for lag, expected in enumerate(grains.LAGS[1:], 1):
            assert grains.lagged(z[..., c], 0, lag) == pytest.approx(expected, abs=0.03)
            assert grains.lagged(z[..., c], lag, 0) == pytest.approx(expected, abs=0.03)
    assert abs((z[..., 0] * z[..., 1]).mean()) < 0.03


def test_skewed_grain_is_made_skewed() -> None:
    # a gamma distribution of shape 4 has skew 2 / sqrt(4) = 1
    rng = np.random.default_rng(8)
    skewed = [
        (CLEAN + 0.01 * (rng.gamma(4.0, 1.0, CLEAN.shape) - 4) / 2).astype(np.float32)
        for _ in range(8)
    ]

    made = synthesise(measure_static(skewed, space="x"), CLEAN, frame=1, seed=1)

    z = made / made.std(axis=(0, 1))
    for c in range(3):
        assert (z[..., c] ** 3).mean() == pytest.approx(1.0, abs=0.15)


def test_it_is_no_copy_of_the_grain_that_was_measured(model: GrainModel) -> None:
    made = synthesise(model, CLEAN, frame=1001, seed=1)

    for frame in FRAMES:
        own = frame - CLEAN
        assert abs((made * own).mean()) < 0.03 * made.std() * own.std()


# -- the same every time -------------------------------------------------------------------


def test_the_same_frame_and_seed_are_the_same_bits_and_others_are_not(
    model: GrainModel,
) -> None:
    first = synthesise(model, CLEAN, frame=1001, seed=1)

    np.testing.assert_array_equal(synthesise(model, CLEAN, frame=1001, seed=1), first)
    for other in ({"frame": 1002, "seed": 1}, {"frame": 1001, "seed": 2}):
        apart = synthesise(model, CLEAN, **other)
        assert abs((apart * first).mean()) < 0.03 * first.std() ** 2


def test_many_threads_make_the_same_bits_as_one(model: GrainModel) -> None:
    def one(frame: int) -> np.ndarray:
        return synthesise(model, CLEAN, frame=frame, seed=1)

    alone = [one(frame) for frame in range(1001, 1009)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(one, range(1001, 1009)))

    for a, b in zip(alone, together, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("origin", [(0, 0), (-40, -20), (TILE - 60, TILE - 70)])
def test_a_part_of_a_frame_gets_the_grain_of_the_whole(
    model: GrainModel, origin: tuple[int, int]
) -> None:
    left, top = origin
    clean = grains.ramp(180, 200)
    whole = synthesise(model, clean, frame=1001, seed=1, origin=origin)

    part = synthesise(
        model, clean[60:150, 50:190], frame=1001, seed=1, origin=(left + 50, top + 60)
    )

    np.testing.assert_array_equal(part, whole[60:150, 50:190])


def test_no_seam_shows_where_tiles_meet(model: GrainModel) -> None:
    flat = np.full((40, 2 * TILE, 3), 0.5, np.float32)

    steps = np.abs(np.diff(synthesise(model, flat, frame=1, seed=1)[..., 1], axis=1))

    usual = steps.mean(axis=0)
    inner = TILE - model.spectrum.size
    for column in (inner - 1, 2 * inner - 1):
        assert usual[column] < 1.6 * np.median(usual)


# -- laid on without harm ------------------------------------------------------------------


def test_what_is_no_number_stays_bit_for_bit_and_the_rest_is_never_clamped(
    model: GrainModel,
) -> None:
    clean = np.full((64, 64, 3), -0.5, np.float32)
    clean[:, 32:] = 65504
    odd = np.array([0x7FC01234, 0x7F800000, 0xFF800000], np.uint32).view(np.float32)
    clean[5, 5] = odd

    laid = regrain(model, clean, frame=1001, seed=1)

    np.testing.assert_array_equal(laid[5, 5].view(np.uint32), odd.view(np.uint32))
    rest = np.ones((64, 64), bool)
    rest[5, 5] = False
    assert np.isfinite(laid[rest]).all()
    dark, bright = laid[:, :32][rest[:, :32]], laid[:, 32:]
    assert (dark < -0.5).mean() == pytest.approx(0.5, abs=0.1)
    assert (bright > 65504).mean() == pytest.approx(0.5, abs=0.1)


def test_brighter_than_was_measured_grain_grows_as_photon_noise(model: GrainModel) -> None:
    strength = Strength.of(model)
    last = model.curves[1].signals[-1]

    at = np.array([[last] * 3, [4 * last] * 3])

    low, high = strength.sigma(at, 1)
    assert high == pytest.approx(2 * low)


def test_no_grain_is_the_clean_element_bit_for_bit(model: GrainModel) -> None:
    np.testing.assert_array_equal(regrain(model, CLEAN, frame=1, seed=1, amount=0), CLEAN)


def test_half_the_grain_is_half_as_strong(model: GrainModel) -> None:
    half = regrain(model, CLEAN, frame=1, seed=1, amount=0.5) - CLEAN
    full = regrain(model, CLEAN, frame=1, seed=1) - CLEAN

    np.testing.assert_allclose(2 * half, full, atol=1e-6)


def test_a_picture_that_begins_nowhere_is_refused(model: GrainModel) -> None:
    with pytest.raises(GrainError, match="no picture begins at"):
        synthesise(model, CLEAN, frame=1, seed=1, origin=(1 << 40, 0))


# -- a grain plate -------------------------------------------------------------------------


def test_a_grain_plate_is_a_stack_of_greys_with_the_grain_of_each(model: GrainModel) -> None:
    levels = (0.1, 0.5, 1.5)

    plate = grain_plate(model, 300, 400, frame=1001, seed=1, levels=levels)

    for level, band in zip(levels, np.split(plate, 3), strict=True):
        assert band.mean() == pytest.approx(level, rel=0.01)
        for c in range(3):
            assert band[..., c].std() == pytest.approx(float(grains.sigma(level)), rel=0.06)


def test_greys_rise_evenly_in_stops_within_what_was_measured(model: GrainModel) -> None:
    greys = grey_stack(model)

    stops = np.diff(np.log2(greys))
    assert len(greys) == 8
    np.testing.assert_allclose(stops, stops[0])
    assert greys[0] >= 0.02
    assert greys[-1] <= 2.0


def test_more_greys_than_rows_are_refused(model: GrainModel) -> None:
    with pytest.raises(GrainError, match="8 greys do not fit into 5 rows"):
        grain_plate(model, 5, 64, frame=1, seed=1)


# -- taken off, and laid on again ----------------------------------------------------------


def edged() -> np.ndarray:
    clean = grains.ramp()
    clean[:, 100:] += 0.5
    clean[60:, 180:] *= 0.3
    return clean


@pytest.fixture(scope="module")
def edged_model() -> tuple[list[np.ndarray], GrainModel]:
    frames = grains.frames(edged(), 8, seed=9)
    return frames, measure_static(frames, space="ACEScg")


def test_degrained_frames_have_little_grain_left_and_keep_their_edges(
    edged_model: tuple[list[np.ndarray], GrainModel],
) -> None:
    frames, model = edged_model

    alone = degrain(model, frames[0])
    helped = degrain(model, frames[0], others=frames[1:5])

    sigma = grains.sigma(edged())
    assert ((alone - edged()) / sigma).std() < 0.45
    assert ((helped - edged()) / sigma).std() < 0.3
    rise = (helped[:50, 100:102] - helped[:50, 98:100]).mean()
    assert rise > 0.45


def test_degrain_and_regrain_leave_the_plates_statistics(
    edged_model: tuple[list[np.ndarray], GrainModel],
) -> None:
    frames, model = edged_model
    again = [
        regrain(
            model,
            degrain(model, frames[k], others=[f for j, f in enumerate(frames) if j != k]),
            frame=1001 + k,
            seed=4,
        )
        for k in range(8)
    ]

    after = measure_static(again, space="ACEScg")

    lights = np.linspace(0.1, 2.0, 12)
    greys = np.repeat(lights[:, None], 3, axis=1)
    for c in range(3):
        apart = Strength.of(after).sigma(greys, c) / Strength.of(model).sigma(greys, c) - 1
        assert np.sqrt((apart**2).mean()) < 0.04
    power = [np.array(m.spectrum.planes[1]).reshape(48, 25)[:24] for m in (model, after)]
    rows = [p[:, :24].reshape(6, 4, 6, 4).mean(axis=(1, 3)) for p in power]
    strong = rows[0] > 0.05
    assert np.abs(10 * np.log10(rows[1] / rows[0]))[strong].mean() < 0.4


def test_what_moves_in_neighbouring_frames_leaves_no_ghost(
    edged_model: tuple[list[np.ndarray], GrainModel],
) -> None:
    frames, model = edged_model
    passed = [f.copy() for f in frames[1:4]]
    for k, other in enumerate(passed):
        other[80:140, 20 + 15 * k : 60 + 15 * k] = 3.0
    passed[0][0:30] = np.nan

    clean = degrain(model, frames[0], others=passed)

    assert np.isfinite(clean).all()
    apart = (clean - edged()) / grains.sigma(edged())
    assert np.abs(apart[80:140, 20:90]).max() < 2.5


def test_degrain_leaves_what_is_no_number_and_does_not_clamp(
    edged_model: tuple[list[np.ndarray], GrainModel],
) -> None:
    frames, model = edged_model
    frame = frames[0].copy()
    frame[50, 60] = np.nan
    frame[100:120, 100:120] = 5000
    frame[150:180, 20:50] = -0.25

    clean = degrain(model, frame)

    assert np.isnan(clean[50, 60]).all()
    assert np.isfinite(np.delete(clean.reshape(-1, 3), 50 * 256 + 60, axis=0)).all()
    np.testing.assert_allclose(clean[105:115, 105:115], 5000, rtol=0.01)
    np.testing.assert_allclose(clean[160:170, 30:40], -0.25, atol=0.02)


def test_on_the_evened_scale_grain_is_one_everywhere_and_back_is_the_same_light(
    model: GrainModel,
) -> None:
    scale = EvenedScale(Strength.of(model), 1)
    light = np.array([-0.5, 0.0, 0.05, 0.18, 1.0, 1.9, 60.0, 65504.0, 1e6])

    np.testing.assert_allclose(scale.back(scale.there(light)), light, rtol=1e-6, atol=1e-9)
    for at in (0.05, 0.3, 1.5):
        step = float(grains.sigma(at))
        assert float(scale.there(np.array(at + step)) - scale.there(np.array(at))) == (
            pytest.approx(1, abs=0.06)
        )


# -- models by hand ------------------------------------------------------------------------


def test_white_normal_grain_of_one_sigma_is_just_that() -> None:
    flat = tuple([1.0] * (8 * 5))
    none = tuple([0.0] * (8 * 5))
    scores = tuple(float(v) for v in np.linspace(-3, 3, 25))
    plain = Marginals(signals=(0.5,), scores=scores, tables=(scores,))
    curve = SigmaCurve(signals=(0.5,), sigmas=(0.01,))
    model = GrainModel(
        space="x",
        how="static",
        frames=8,
        width_px=64,
        height_px=64,
        curves=(curve, curve, replace(curve, sigmas=(0.0,))),
        crosstalk=((0.0, 0.0, 0.0),) * 3,
        spectrum=CrossSpectrum(size=8, planes=(flat,) * 3 + (none,) * 6),
        marginals=(plain, plain, plain),
    )

    made = synthesise(model, np.full((300, 300, 3), 0.4, np.float32), frame=1, seed=1)

    assert made[..., 0].std() == pytest.approx(0.01, rel=0.01)
    assert abs(grains.lagged(made[..., 0], 0, 1)) < 0.01
    assert abs((made[..., 0] * made[..., 1]).mean()) < 0.01 * 0.01**2 * 2
    assert (made[..., 2] == 0).all()
