"""What grain is measured to be, where it is known what it is."""

from __future__ import annotations

import numpy as np
import pytest

import grains
from seamline.errors import GrainError
from seamline.pixels.grain import measure_moving, measure_single, measure_static, synthesise
from seamline.pixels.grain.curve import Strength
from seamline.pixels.grain.measure import without_drift
from seamline.pixels.grain.spectrum import matrices
from seamline.show.grain import GrainModel

CLEAN = grains.ramp()
FRAMES = grains.frames(CLEAN)
LIGHTS = np.linspace(0.05, 1.95, 20)
GREYS = np.repeat(LIGHTS[:, None], 3, axis=1)


@pytest.fixture(scope="module")
def model() -> GrainModel:
    return measure_static(FRAMES, space="ACEScg")


def sigma_errors(model: GrainModel) -> np.ndarray:
    strength = Strength.of(model)
    return np.stack([strength.sigma(GREYS, c) / grains.sigma(LIGHTS) - 1 for c in range(3)])


def covariance(model: GrainModel) -> np.ndarray:
    return np.fft.ifft2(np.conj(matrices(model.spectrum)), axes=(0, 1)).real


def test_photon_noise_is_as_strong_as_it_is_at_every_brightness(model: GrainModel) -> None:
    assert np.sqrt((sigma_errors(model) ** 2).mean()) < 0.015
    assert np.abs(sigma_errors(model)).max() < 0.05


def test_grain_hangs_together_over_pixels_as_it_was_made_to(model: GrainModel) -> None:
    lagged = covariance(model)

    for c in range(3):
        for lag, expected in enumerate(grains.LAGS):
            assert lagged[0, lag, c, c] == pytest.approx(expected, abs=0.015)
            assert lagged[lag, 0, c, c] == pytest.approx(expected, abs=0.015)
        assert lagged[1, 1, c, c] == pytest.approx(grains.LAGS[1] ** 2, abs=0.015)
    assert np.abs(lagged[0, 0] - np.eye(3)).max() < 0.015


def test_channels_that_share_half_their_grain_are_found_to() -> None:
    rng = np.random.default_rng(2)
    mixed = [
        (CLEAN + 0.01 * (shared + own) / np.sqrt(2)).astype(np.float32)
        for shared, own in (
            (rng.standard_normal((192, 256, 1)), rng.standard_normal((192, 256, 3)))
            for _ in range(6)
        )
    ]

    lagged = covariance(measure_static(mixed, space="ACEScg"))

    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert lagged[0, 0, i, j] == pytest.approx(0.5, abs=0.01)


def test_a_channel_that_lags_a_pixel_behind_lags_the_same_way() -> None:
    rng = np.random.default_rng(3)
    slipped = []
    for _ in range(6):
        field = rng.standard_normal((192, 257, 3))
        field[:, :256, 2] = field[:, 1:, 0]  # blue is red, one column to the left
        slipped.append((CLEAN + 0.01 * field[:, :256]).astype(np.float32))

    lagged = covariance(measure_static(slipped, space="ACEScg"))

    # red here is blue one column to the left
    assert lagged[0, -1, 0, 2] == pytest.approx(1.0, abs=0.02)
    assert abs(lagged[0, 1, 0, 2]) < 0.02


def test_a_matrix_makes_a_dark_channel_noisy_where_another_is_bright() -> None:
    # photon noise in the sensor's green reaches red through the camera's matrix
    matrix = np.array([[1.5, -0.4, -0.1], [-0.2, 1.4, -0.2], [0.0, -0.5, 1.5]])
    rows, columns = np.indices((256, 320)) / 320
    light = np.stack([0.1 + columns, 1.2 - columns, 0.2 + rows], axis=2)
    sensor = light @ np.linalg.inv(matrix).T
    rng = np.random.default_rng(4)
    noisy = [
        (
            (sensor + np.sqrt(2e-3 * np.maximum(sensor, 0)) * rng.standard_normal(light.shape))
            @ matrix.T
        ).astype(np.float32)
        for _ in range(8)
    ]

    strength = Strength.of(measure_static(noisy, space="ACEScg"))

    for place in ((30, 40), (128, 160), (220, 280)):
        expected = np.sqrt((matrix**2) @ (2e-3 * np.maximum(sensor[place], 0)))
        found = [float(strength.sigma(light[place], c)) for c in range(3)]
        np.testing.assert_allclose(found, expected, rtol=0.06)


def test_flicker_is_not_grain() -> None:
    rng = np.random.default_rng(5)
    flickering = [f * np.float32(1 + 0.02 * rng.standard_normal()) for f in FRAMES]

    errors = sigma_errors(measure_static(flickering, space="ACEScg"))

    assert np.sqrt((errors**2).mean()) < 0.02


def test_a_lamp_that_is_carried_through_is_not_grain() -> None:
    walked = [f.copy() for f in FRAMES]
    for k, frame in enumerate(walked):
        frame[90:140, 20 + 20 * k : 70 + 20 * k] = 3.0

    errors = sigma_errors(measure_static(walked, space="ACEScg"))

    assert np.sqrt((errors**2).mean()) < 0.04


def test_pixels_that_are_not_numbers_are_left_out(model: GrainModel) -> None:
    holed = [f.copy() for f in FRAMES]
    holed[3][50:90, 60:120] = np.nan
    holed[5][10, 10] = np.inf

    errors = sigma_errors(measure_static(holed, space="ACEScg"))

    assert np.sqrt((errors**2).mean()) < 0.02


def test_grain_is_looked_for_under_the_mask_only() -> None:
    noisier = [f.copy() for f in FRAMES]
    rng = np.random.default_rng(6)
    for frame in noisier:
        frame[:96] += 0.1 * rng.standard_normal((96, 256, 3)).astype(np.float32)
    mask = np.zeros((192, 256), bool)
    mask[96:] = True

    errors = sigma_errors(measure_static(noisier, space="ACEScg", mask=mask))

    assert np.sqrt((errors**2).mean()) < 0.02


def test_one_frame_beside_its_true_picture_is_enough_for_sigma() -> None:
    model = measure_static(FRAMES[:1], space="ACEScg", clean=CLEAN)

    assert model.frames == 1
    assert np.sqrt((sigma_errors(model) ** 2).mean()) < 0.03


def patchy(rng: np.random.Generator) -> np.ndarray:
    """How strong grain is left from block to block by a compressor; mean square 1."""
    blocks = np.exp(0.8 * rng.standard_normal((24, 32)))
    whole = np.kron(blocks, np.ones((8, 8)))[..., None]
    return whole / np.sqrt((whole**2).mean())


def test_grain_that_a_compressor_leaves_in_some_blocks_is_measured_whole() -> None:
    rng = np.random.default_rng(21)
    left = patchy(rng) * grains.coarse(rng, 192, 256)
    shot = (CLEAN + grains.sigma(CLEAN) * left).astype(np.float32)

    model = measure_static([shot], space="ACEScg", clean=CLEAN)

    # some of the strongest counts for what is wild; a fifth went when it counted as movement
    assert abs(sigma_errors(model).mean()) < 0.15


def test_one_wild_value_beside_a_clipped_sky_drowns_nothing() -> None:
    z = grains.coarse(np.random.default_rng(23), 192, 256)[None].astype(np.float32)
    everywhere = np.ones((1, 192, 256), bool)
    wild = z.copy()
    wild[0, 96, 128] = 1e9  # a code's step over a sigma of next to none

    beside = without_drift(wild, everywhere) - without_drift(z, everywhere)

    beside[0, 96, 128] = 0
    assert np.abs(beside).max() < 0.01


def test_what_moves_in_a_third_of_the_frame_is_no_grain() -> None:
    rng = np.random.default_rng(22)
    shot = grains.frames(CLEAN)
    for frame in shot:
        frame[:, :84] += 0.3 * grains.coarse(rng, 12, 84)[:1].astype(np.float32)

    strength = Strength.of(measure_static(shot, space="ACEScg"))

    still = LIGHTS > 0.9  # darker is what moves, and the rim of it
    for c in range(3):
        found = strength.sigma(GREYS[still], c)
        assert found == pytest.approx(grains.sigma(LIGHTS[still]), rel=0.06)


def half_busy(*, stronger: float) -> tuple[np.ndarray, list[np.ndarray]]:
    """A wall, level left and wavy right, whose grain is stronger there; eight frames."""
    rows, columns = np.indices((96, 256))
    right = (columns >= 128)[..., None]
    waves = 0.05 * np.sin(columns / 2) * np.cos(rows / 3)
    clean = np.repeat(0.5 + np.where(columns >= 128, waves, 0)[..., None], 3, axis=2)
    rng = np.random.default_rng(11)
    shot = [
        (
            clean
            + grains.sigma(clean) * np.where(right, stronger, 1) * grains.coarse(rng, 96, 256)
        ).astype(np.float32)
        for _ in range(8)
    ]
    return clean.astype(np.float32), shot


def test_grain_that_a_camera_leaves_in_busy_places_is_laid_on_busy_places() -> None:
    clean, shot = half_busy(stronger=1.35)

    model = measure_static(shot, space="ACEScg")

    assert model.detail is not None
    made = [synthesise(model, clean, frame=k, seed=1) for k in range(1001, 1005)]
    level, busy = (
        float(np.sqrt(np.mean([(m[4:-4, cut] ** 2).mean() for m in made])))
        for cut in (slice(4, 122), slice(134, 252))
    )
    expected = float(grains.sigma(0.5))
    assert level == pytest.approx(expected, rel=0.03)
    assert busy == pytest.approx(1.35 * expected, rel=0.04)


def test_grain_that_knows_no_detail_is_told_none() -> None:
    _, shot = half_busy(stronger=1.0)

    assert measure_static(shot, space="ACEScg").detail is None


def pan(count: int = 10, *, mosaic: bool = False) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """A textured wall under a camera that pans by 1.37 px a frame, and where it shows it."""
    rows, columns = np.indices((192, 256)) + 0.5
    rng = np.random.default_rng(7)
    shot, places = [], []
    for k in range(count):
        x = columns + 1.37 * k
        wall = 0.6 + 0.25 * np.sin(x / 9) * np.cos(rows / 11) + 0.2 * np.tanh((x - 128) / 3)
        if mosaic:  # every other row and column alone is read, and repeated
            wall = np.kron(wall[::2, ::2], np.ones((2, 2)))
        clean = np.repeat(wall[..., None], 3, axis=2)
        grain = grains.sigma(clean) * grains.coarse(rng, 192, 256)
        shot.append((clean + grain).astype(np.float32))
        places.append(np.stack([columns - 1.37 * k, rows], axis=2))
    return shot, places


def test_a_moving_camera_has_the_same_grain_as_a_still_one() -> None:
    shot, places = pan()

    model = measure_moving(shot, places, space="ACEScg")

    strength = Strength.of(model)
    lights = np.linspace(0.3, 0.95, 12)
    greys = np.repeat(lights[:, None], 3, axis=1)
    for c in range(3):
        errors = strength.sigma(greys, c) / grains.sigma(lights) - 1
        assert np.sqrt((errors**2).mean()) < 0.05
    lagged = covariance(model)
    assert lagged[0, 1, 0, 0] == pytest.approx(grains.LAGS[1], abs=0.03)
    assert lagged[1, 0, 1, 1] == pytest.approx(grains.LAGS[1], abs=0.03)
    assert model.how == "moving"


def test_what_a_mosaic_makes_of_detail_is_not_grain_under_a_moving_camera() -> None:
    """It comes and goes as the scene moves over rows and columns; in pairs that fell alike
    it is the same."""
    shot, places = pan(mosaic=True)

    strength = Strength.of(measure_moving(shot, places, space="ACEScg"))

    lights = np.linspace(0.3, 0.95, 12)
    greys = np.repeat(lights[:, None], 3, axis=1)
    errors = [strength.sigma(greys, c) / grains.sigma(lights) - 1 for c in range(3)]
    assert np.sqrt(np.mean(np.square(errors))) < 0.05


def meadow() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return eight frames of a pan and their coordinates: bare earth, a band of grass, bare
    sky. The camera eases out, so frames are smeared over different ways."""
    rng = np.random.default_rng(11)
    blades = rng.standard_normal((192, 420))
    rows, columns = np.indices((192, 320)) + 0.5
    shot, places = [], []
    for k, at in enumerate((0.0, 0.1, 0.5, 1.3, 2.6, 4.3, 6.4, 8.9)):
        light = np.zeros((192, 320))
        for part in np.linspace(0, 0.3 * k, 5):
            x = np.clip(columns + at + part, 0, 418.0)
            low = np.floor(x).astype(int)
            row = rows.astype(int)
            blade = blades[row, low] + (x - low) * (blades[row, low + 1] - blades[row, low])
            grass = 0.16 * np.maximum(1 + 0.35 * blade, 0.1)
            bare = np.where(x < 120, 0.02 + 0.0003 * x, 0.5 + 0.001 * x)
            light += np.where((x > 120) & (x < 215), grass, bare) / 5
        clean = np.repeat(light[..., None], 3, axis=2)
        noise = grains.sigma(clean) * rng.standard_normal(clean.shape)
        shot.append((clean + noise).astype(np.float32))
        places.append(np.stack([columns - at, rows], axis=2))
    return shot, places


def test_grass_that_the_shutter_smears_is_not_grain_under_a_moving_camera() -> None:
    """At its levels nothing bare is seen: sigma is led to by what is darker and brighter."""
    model = measure_moving(*meadow(), space="ACEScg")

    strength = Strength.of(model)
    lights = np.array([0.03, 0.05, 0.09, 0.12, 0.16, 0.2, 0.3, 0.65, 0.75])
    greys = np.repeat(lights[:, None], 3, axis=1)
    errors = [strength.sigma(greys, c) / grains.sigma(lights) - 1 for c in range(3)]
    assert np.abs(errors).max() < 0.2
    ((low, high),) = model.unmeasured
    assert 0.04 < low < 0.06
    assert 0.6 < high < 0.75
    assert f"at signal {low:.3g} to {high:.3g} nothing but detail was seen" in model.says


def test_a_plate_with_bare_places_at_every_level_is_measured_at_every_level() -> None:
    assert measure_moving(*pan(), space="ACEScg").unmeasured == ()


def test_a_moving_plate_measured_as_if_it_stood_still_would_be_wrong() -> None:
    shot, _ = pan()

    strength = Strength.of(measure_static(shot, space="ACEScg"))

    assert strength.sigma(np.full((1, 3), 0.6), 1)[0] > 1.2 * grains.sigma(0.6)


def test_a_single_frame_gives_too_little_and_says_so() -> None:
    (frame,) = grains.frames(grains.ramp(288, 384), 1)
    guess = measure_single(frame, space="ACEScg")

    middle = float(np.median(sigma_errors(guess)))
    assert -0.45 < middle < -0.15
    assert "20 to 45 % too low" in guess.says
    assert guess.how == "single frame"


def test_the_model_names_its_space_its_size_and_how_it_was_measured(model: GrainModel) -> None:
    assert model.says == "measured in 8 static frame(s) of 256x192 in ACEScg"


@pytest.mark.parametrize(
    ("frames", "says"),
    [
        (FRAMES[:1], "one frame alone"),
        ([FRAMES[0], FRAMES[1][:100]], "not all of one size: 256x100, 256x192"),
        ([f[:40, :40] for f in FRAMES], "1600 pixels are left"),
        ([CLEAN, CLEAN], "no grain in them"),
        ([np.full_like(f, np.nan) for f in FRAMES[:2]], "0 pixels are left"),
    ],
)
def test_what_holds_no_grain_to_measure_is_refused(frames: list[np.ndarray], says: str) -> None:
    with pytest.raises(GrainError, match=says) as refused:
        measure_static(frames, space="ACEScg")

    assert refused.value.remedy


def test_a_moving_plate_needs_a_field_for_every_frame() -> None:
    shot, places = pan(3)

    with pytest.raises(GrainError, match="3 frames and 2 fields"):
        measure_moving(shot, places[:2], space="ACEScg")
