"""Making pictures smaller, and the white and strength of light."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seamline.pixels.light import (
    direction_apart_deg,
    gain_cdl,
    mired_apart,
    white_xy,
    xyz_of,
)
from seamline.pixels.resample import resized
from seamline.show.lock import Light
from synth import acescct

PICTURES = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 13), st.integers(1, 13), st.just(2)),
    elements=st.floats(0, 65504, width=32),
)
SIZES = st.tuples(st.integers(1, 20), st.integers(1, 20))


@settings(deadline=None)
@given(PICTURES, SIZES)
def test_light_is_conserved(image: np.ndarray, size: tuple[int, int]) -> None:
    small = resized(image, *size)

    assert small.shape == (*size, 2)
    np.testing.assert_allclose(
        small.mean(axis=(0, 1), dtype=np.float64),
        image.mean(axis=(0, 1), dtype=np.float64),
        rtol=1e-6,
        atol=1e-9,
    )


@settings(deadline=None)
@given(PICTURES, SIZES)
def test_nothing_becomes_brighter_or_darker_than_it_was(
    image: np.ndarray, size: tuple[int, int]
) -> None:
    small = resized(image, *size)

    assert small.min() >= image.min()
    assert small.max() <= image.max()


@given(st.floats(-0.5, 65504, width=32), SIZES)
def test_one_tone_stays_that_tone(tone: float, size: tuple[int, int]) -> None:
    small = resized(np.full((7, 11, 3), tone, np.float32), *size)

    np.testing.assert_array_equal(small, np.full((*size, 3), np.float32(tone)))


def test_two_by_two_pixels_become_their_mean() -> None:
    image = np.array([[1, 3, 8, 0], [5, 7, 0, 0]], np.float32)[..., None]

    np.testing.assert_array_equal(resized(image, 1, 2)[..., 0], [[4, 2]])


def test_three_pixels_into_two_share_the_middle_one() -> None:
    image = np.array([[3, 6, 9]], np.float32)[..., None]

    np.testing.assert_allclose(resized(image, 1, 2)[..., 0], [[4, 8]], rtol=1e-7)


def test_the_same_size_is_the_same_picture() -> None:
    image = np.random.default_rng(1).random((5, 6, 3), np.float32)

    np.testing.assert_array_equal(resized(image, 5, 6), image)


def test_a_night_beside_a_sun_stays_night() -> None:
    night = np.zeros((64, 400, 1), np.float32)
    night[32, 10] = 65504.0

    small = resized(night, 21, 133)

    assert small.min() == 0


# -- the white of light -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("kelvin", "x", "y"),
    [
        (6504, 0.3127, 0.3290),  # D65, CIE 15:2018 table T.3
        (5003, 0.3457, 0.3585),  # D50
        (5503, 0.3324, 0.3474),  # D55
        (7504, 0.2990, 0.3149),  # D75
    ],
)
def test_daylight_has_the_white_of_the_cie_tables(kelvin: float, x: float, y: float) -> None:
    assert white_xy(kelvin) == pytest.approx((x, y), abs=3e-4)


def test_daylight_at_5600_kelvin_by_the_cie_polynomial() -> None:
    # CIE 15:2018, 4.1.2: 4000 K to 7000 K, worked out by hand.
    t = 1000 / 5600
    x = 0.244063 + 0.09911 * t + 2.9678 * t**2 - 4.6070 * t**3

    assert white_xy(5600) == pytest.approx((x, -3 * x * x + 2.87 * x - 0.275), abs=1e-12)
    assert white_xy(5600) == pytest.approx((0.3302, 0.3454), abs=2e-4)


def test_tungsten_lies_on_the_planckian_locus() -> None:
    # CIE illuminant A is a Planckian radiator of 2856 K.
    assert white_xy(2856) == pytest.approx((0.44757, 0.40745), abs=5e-4)


def test_a_candle_has_a_white_too() -> None:
    # Planckian radiator of 2000 K (Wyszecki & Stiles, table 1(3.11)): 0.5267, 0.4133.
    assert white_xy(2000) == pytest.approx((0.5267, 0.4133), abs=1e-3)


@given(st.floats(1700, 24000))
def test_hotter_light_is_bluer(kelvin: float) -> None:
    if not 3990 < kelvin < 4000:  # where the locus changes from Planck to daylight
        assert white_xy(kelvin + 50)[0] < white_xy(kelvin)[0] or 3900 < kelvin < 4000


def test_a_green_tint_moves_y_alone() -> None:
    x, y = white_xy(5600)

    assert white_xy(5600, 0.01) == (x, y + 0.01)


def test_white_as_xyz_has_luminance_one() -> None:
    np.testing.assert_allclose(xyz_of((0.3127, 0.3290))[0, 0], [0.9505, 1.0, 1.0891], atol=1e-4)


def key(azimuth: float | None, elevation: float | None) -> Light:
    return Light(key_azimuth_deg=azimuth, key_elevation_deg=elevation)


@pytest.mark.parametrize(
    ("a", "b", "degrees"),
    [
        (key(0, 0), key(90, 0), 90.0),
        (key(10, 50), key(10, 50), 0.0),
        (key(-170, 0), key(170, 0), 20.0),
        (key(0, 90), key(123, 90), 0.0),
        (key(0, 45), key(180, 45), 90.0),
        (key(None, 50), key(80, 2), 48.0),
        # Both 30 degrees up, 90 apart: acos(sin 30 sin 30) = acos(1/4).
        (key(0, 30), key(90, 30), math.degrees(math.acos(0.25))),
    ],
)
def test_the_angle_between_two_suns(a: Light, b: Light, degrees: float) -> None:
    assert direction_apart_deg(a, b) == pytest.approx(degrees, abs=1e-5)
    assert direction_apart_deg(b, a) == pytest.approx(degrees, abs=1e-5)


def test_a_sun_of_unknown_height_is_not_compared() -> None:
    assert direction_apart_deg(key(10, None), key(10, 30)) is None


def test_tungsten_and_daylight_are_134_mired_apart() -> None:
    # 10^6 / 3200 - 10^6 / 5600 = 312.5 - 178.6.
    apart = mired_apart(Light(colour_temperature_k=3200), Light(colour_temperature_k=5600))

    assert apart == pytest.approx(133.93, abs=0.01)
    assert mired_apart(Light(), Light(colour_temperature_k=5600)) is None


@given(st.floats(-4, 4), st.floats(0.02, 100))
def test_stops_are_an_offset_in_acescct(stops: float, light: float) -> None:
    # Academy S-2016-001: (log2(x) + 9.72) / 17.52 above 0.0078125.
    cdl = gain_cdl((2.0**stops, 1.0, 2.0**-stops), id="a", description="")

    if light * 2.0**stops > 0.008:
        lifted = float(acescct(np.array(light))) + cdl.offset[0]
        assert lifted == pytest.approx(float(acescct(np.array(light * 2.0**stops))), abs=1e-7)
    assert cdl.offset[1] == 0
    assert cdl.offset[2] == -cdl.offset[0]
    assert cdl.slope == (1, 1, 1)
    assert cdl.saturation == 1
