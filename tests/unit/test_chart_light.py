"""The light by a chart of 24 patches: exposure, white, and whether it is the chart at all."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lit import chart
from seamline.pixels.light.chart import light_of_chart, patch_colours, patches_xyz

CORNERS = np.array([[60.0, 50.0], [310.0, 62.0], [300.0, 205.0], [48.0, 190.0]])
SQUARE = np.array([[60.0, 50.0], [310.0, 50.0], [310.0, 200.0], [60.0, 200.0]])
REFERENCE = patches_xyz() / patches_xyz()[18:19] * 0.88
"""Any three primaries will do: patches under a light of (1, 1, 1)."""


def photographed(
    light: tuple[float, float, float], noise: float = 0.0, seed: int = 1
) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return REFERENCE * light * np.exp(rng.normal(0, noise, REFERENCE.shape))


def test_the_neutral_patches_are_as_bright_as_the_makers_densities() -> None:
    # The maker prints visual densities on the patches: .05 .23 .44 .70 1.05 1.50.
    grey = patches_xyz()[18:24, 1]

    assert -np.log10(grey) == pytest.approx([0.05, 0.23, 0.44, 0.70, 1.05, 1.50], abs=0.03)


def test_patches_are_read_where_a_lens_puts_them() -> None:
    colours = photographed((1.0, 1.0, 1.0))
    frame = chart(colours, SQUARE)

    np.testing.assert_allclose(patch_colours(frame, SQUARE), colours, rtol=1e-6)


def test_patches_are_read_in_perspective() -> None:
    colours = photographed((1.0, 1.0, 1.0))

    read = patch_colours(chart(colours, CORNERS), CORNERS)

    np.testing.assert_allclose(read, colours, rtol=1e-6)


def test_exposure_is_in_stops_of_a_grey_card() -> None:
    # A white of 2 returns .36 from an 18 % card: one stop over .18.
    found = light_of_chart(photographed((2.0, 2.0, 2.0)), REFERENCE)

    assert found is not None
    assert found.exposure_stops.value == pytest.approx(1.0, abs=1e-6)
    assert found.white == pytest.approx((1.0, 1.0, 1.0), abs=1e-6)
    assert found.residual_stops == pytest.approx(0.0, abs=1e-6)
    assert found.looks_right


@given(
    red=st.floats(0.4, 2.5),
    blue=st.floats(0.4, 2.5),
    level=st.floats(0.1, 8),
    seed=st.integers(0, 99),
)
@settings(max_examples=40, deadline=None)
def test_any_white_and_exposure_is_found_within_its_interval(
    red: float, blue: float, level: float, seed: int
) -> None:
    light = (red * level, level, blue * level)

    found = light_of_chart(photographed(light, noise=0.01, seed=seed), REFERENCE)

    assert found is not None
    assert found.white == pytest.approx((red, 1.0, blue), rel=0.04)
    stops = math.log2(float(np.mean(light)))
    assert found.exposure_stops.low - 0.02 <= stops <= found.exposure_stops.high + 0.02


def test_light_that_falls_off_across_the_chart_is_said_and_not_mixed_up() -> None:
    across = np.tile(np.linspace(0, 0.5, 6), 4)[:, None]

    found = light_of_chart(photographed((1.0, 1.0, 1.0)) * 2**across, REFERENCE)

    assert found is not None
    assert found.uneven_stops == pytest.approx(0.5, abs=0.02)
    assert found.residual_stops < 0.02


@pytest.mark.parametrize("turned", ["upside down", "mirrored", "not a chart"])
def test_a_chart_read_the_wrong_way_round_is_none(turned: str) -> None:
    colours = photographed((1.0, 1.0, 1.0)).reshape(4, 6, 3)
    wrong = {
        "upside down": colours[::-1, ::-1],
        "mirrored": colours[:, ::-1],
        "not a chart": np.random.default_rng(3).uniform(0.02, 2.0, (4, 6, 3)),
    }[turned]

    found = light_of_chart(wrong.reshape(24, 3), REFERENCE)

    assert found is not None
    assert not found.looks_right


def test_white_patches_that_met_the_sensors_limit_do_not_count() -> None:
    colours = np.minimum(photographed((1.6, 1.6, 1.6)), 0.9)

    found = light_of_chart(colours, REFERENCE)

    assert found is not None
    assert found.exposure_stops.value == pytest.approx(math.log2(1.6), abs=0.05)


def test_a_chart_whose_neutrals_cannot_be_read_says_nothing() -> None:
    colours = photographed((1.0, 1.0, 1.0))
    colours[19:24] = np.nan

    assert light_of_chart(colours, REFERENCE) is None


def test_a_chart_half_outside_the_picture_has_unread_patches() -> None:
    frame = chart(photographed((1.0, 1.0, 1.0)), SQUARE)[:, :200]

    read = patch_colours(frame, SQUARE).reshape(4, 6, 3)

    assert np.isnan(read[:, 4:]).all()
    assert np.isfinite(read[:, :3]).all()
