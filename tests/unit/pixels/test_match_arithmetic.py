"""What lies between colour and grain: air, spill and softness, as arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamline.pixels.cdl import apply_cdl
from seamline.pixels.margin import lifted_black, whole_cdl
from seamline.pixels.match import (
    blurred,
    clearness,
    gaussian_weights,
    hazed,
    softened,
    spill_of,
    wrapped,
)
from seamline.pixels.sharpness import Spread, softened_to, softening, spread_of
from seamline.show.cdl import CDL

Image = np.ndarray


def steps_of(sigma: float, count: int = 12, height: int = 48, seed: int = 1) -> Image:
    """(H, W) steps apart by 48 px, smeared by ``sigma`` and the pixel's own box, as erf."""
    rng = np.random.default_rng(seed)
    rows = np.arange(height)[:, None]
    columns = np.arange(48 * count)[None, :] + 0.5
    tone = np.full((height, 48 * count), 0.3)
    up = np.vectorize(math.erf)
    for k in range(count):
        middle = 48 * k + 24 + 0.3 * rows + rng.uniform(-2, 2)
        wide = math.sqrt(sigma**2 + 1 / 12)
        tone = tone + (0.15 if k % 2 else -0.15) * 0.5 * (
            1 + up((columns - middle) / (wide * math.sqrt(2)))
        )
    return tone.astype(np.float32)


@given(st.floats(0.2, 20))
def test_a_smear_takes_no_light_away(sigma: float) -> None:
    middle, *side = gaussian_weights(sigma)

    assert middle + 2 * sum(side) == pytest.approx(1.0, abs=1e-12)
    assert min(side) >= 0


def test_a_smeared_point_is_as_wide_as_asked() -> None:
    point = np.zeros((41, 41), np.float32)
    point[20, 20] = 1

    found = blurred(point, 2.0)

    across = (found.sum(axis=0) * (np.arange(41) - 20.0) ** 2).sum()
    assert math.sqrt(across) == pytest.approx(2.0, rel=0.02)


def test_softening_keeps_alpha_s_edge_and_bleeds_nothing_in() -> None:
    alpha = np.zeros((32, 32), np.float32)
    alpha[:, 16:] = 1
    rgb = np.repeat((alpha * 0.5)[..., None], 3, -1)

    found = softened(rgb, alpha, sigma_px=2.0)

    np.testing.assert_allclose(found, rgb, atol=1e-6)


def test_what_is_not_finite_stays_and_does_not_spread() -> None:
    rgb = np.full((16, 16, 3), 0.25, np.float32)
    rgb[8, 8] = np.nan

    found = softened(rgb, np.ones((16, 16), np.float32), sigma_px=1.5)

    assert np.isnan(found[8, 8]).all()
    np.testing.assert_allclose(np.delete(found.reshape(-1, 3), 136, 0), 0.25, atol=1e-6)


def test_at_the_visibility_two_hundredths_are_left() -> None:
    assert clearness(5000.0, 5000.0) == pytest.approx(0.02, abs=1e-6)
    assert clearness(None, 5000.0) == 1.0
    assert clearness(100.0, None) == 1.0


def test_air_goes_from_a_thing_s_own_colour_to_the_air_s() -> None:
    rgb = np.full((2, 2, 3), 0.1, np.float32)
    alpha = np.ones((2, 2), np.float32)

    found = hazed(rgb, alpha, black=(0.01, 0.0, 0.0), colour=(0.5, 0.6, 0.7), clear=0.25)

    np.testing.assert_allclose(found[0, 0], [0.41, 0.475, 0.55], atol=1e-6)


def test_air_lies_on_what_is_there_and_on_nothing_else() -> None:
    rgb = np.zeros((1, 3, 3), np.float32)
    alpha = np.array([[0.0, 0.5, 1.0]], np.float32)

    found = hazed(rgb, alpha, black=(0.1, 0.1, 0.1), colour=(0.0, 0.0, 0.0), clear=1.0)

    np.testing.assert_allclose(found[0, :, 0], [0.0, 0.05, 0.1], atol=1e-7)


def test_light_spills_over_the_seam_and_no_farther() -> None:
    matte = np.zeros((40, 80), np.float32)
    matte[:, 40:] = 1
    live = np.repeat(matte[..., None], 3, -1) * np.float32(2.0)
    rgb = np.full((40, 80, 3), 0.5, np.float32)

    found = wrapped(rgb, np.ones_like(matte), spill_of(live, matte, 4.0), amount=1.0)

    # Half of what meets at a straight seam comes from either side.
    assert found[20, 39:41].mean() == pytest.approx(1.25, abs=0.05)
    np.testing.assert_array_equal(found[:, :20], rgb[:, :20])
    assert (np.diff(found[20, :40, 0]) >= 0).all()


def test_a_lifted_black_is_found_within_its_error() -> None:
    rng = np.random.default_rng(3)
    painted = rng.uniform(0.001, 0.4, (64, 256, 3)).astype(np.float32)
    noise = rng.normal(0, 0.002, painted.shape)
    plate = (painted + np.array([0.008, 0.008, 0.010]) + noise).astype(np.float32)

    found = lifted_black(painted, plate, np.ones((64, 256), bool))

    assert found is not None
    for value, error, truth in zip(
        found.values, found.errors, (0.008, 0.008, 0.010), strict=True
    ):
        assert abs(value - truth) < max(3 * error, 2e-4)
        assert error < 5e-4
    assert found.borne_out


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_other_stones_are_no_lifted_black(seed: int) -> None:
    halves = [np.exp2(v * 17.52 - 9.72).astype(np.float32) for v in wall(0.05, seed)]

    found = lifted_black(*halves, np.ones((64, 256), bool))

    assert found is not None
    for value, error in zip(found.values, found.errors, strict=True):
        assert abs(value) < 4 * error
    assert not found.borne_out


def test_a_black_that_few_stones_agree_on_is_not_borne_out() -> None:
    painted, plate = (np.exp2(v * 17.52 - 9.72).astype(np.float32) for v in wall(0.05))

    found = lifted_black(painted, plate + np.float32(0.0003), np.ones((64, 256), bool))

    assert found is not None
    assert not found.borne_out


def wall(texture: float, seed: int = 4) -> tuple[Image, Image]:
    """A painted wall in ACEScct from dark to bright, and other stones as much apart."""
    rng = np.random.default_rng(seed)
    level = np.linspace(0.25, 0.6, 64)[:, None, None] + np.zeros((64, 256, 1))
    tint = rng.normal(0, 0.03, (1, 256, 3))
    painted = level + tint + rng.normal(0, texture, (64, 256, 3))
    twin = level + tint + rng.normal(0, texture, (64, 256, 3))
    return painted.astype(np.float32), twin.astype(np.float32)


def test_an_offset_stays_one_where_stones_alone_differ() -> None:
    painted, plate = wall(0.02)
    whole = np.ones((64, 256), bool)

    assert whole_cdl(painted, plate + np.float32(0.03), whole, CDL(id="a")) is None


def test_contrast_that_the_margin_carries_is_matched() -> None:
    painted, plate = wall(0.004)
    truth = CDL(id="a", slope=(1.15, 1.1, 1.05), offset=(-0.04, -0.03, -0.02), saturation=1.0)

    found = whole_cdl(painted, apply_cdl(plate, truth), np.ones((64, 256), bool), CDL(id="a"))

    assert found is not None
    greys = np.repeat(np.linspace(0.28, 0.57, 9, dtype=np.float32)[:, None], 3, axis=1)
    apart = np.abs(apply_cdl(greys, found) - apply_cdl(greys, truth))
    assert apart.max() * 17.52 < 0.1  # a tenth of a stop


def test_a_margin_without_pixels_tells_nothing() -> None:
    painted, plate = wall(0.01)

    assert whole_cdl(painted, plate, np.zeros((64, 256), bool), CDL(id="a")) is None
    assert lifted_black(painted, plate, np.zeros((64, 256), bool)) is None


@pytest.mark.parametrize("sigma", [0.4, 0.8, 1.4, 2.5])
def test_the_spread_of_slanted_steps_is_what_they_were_smeared_by(sigma: float) -> None:
    found = spread_of([steps_of(sigma)])

    assert found is not None
    # Where an edge falls between pixels its width is read larger or smaller: the sharper
    # quarter lies a little low, of element and plate alike.
    assert sigma - 0.2 < found.sigma_px < sigma + 0.05


@pytest.mark.parametrize(("sharp", "soft"), [(0.4, 0.9), (0.6, 1.6)])
def test_the_sharper_half_is_softened_to_the_other(sharp: float, soft: float) -> None:
    element = steps_of(sharp, seed=2)

    found = softened_to(
        lambda s: spread_of([blurred(element, s)]), spread_of([steps_of(soft, seed=3)])
    )

    assert found.sigma_px == pytest.approx(math.sqrt(soft**2 - sharp**2), rel=0.1)


def test_a_softer_element_is_never_sharpened() -> None:
    found = softening(spread_of([steps_of(1.6)]), spread_of([steps_of(0.6)]))

    assert found.sigma_px == 0
    assert "nothing is sharpened unless asked" in found.says


def test_two_halves_within_each_other_s_error_are_left_alone() -> None:
    near = Spread(sigma_px=0.60, low_px=0.5, high_px=0.7, edges=200)
    far = Spread(sigma_px=0.72, low_px=0.62, high_px=0.8, edges=200)

    assert softening(near, far).sigma_px == 0
    assert softening(None, far).says.startswith("not matched: too few clear edges")
