"""The sun of a panorama: where it stands, what it gives, and when there is none."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from seamline.generators.patch.sunward import falling, sunward
from seamline.optics.sines import direction_of, sine_cosine_deg
from seamline.pixels.light import is_soft, seen_azimuth_deg, ways_round
from seamline.pixels.skies import sky_all_over
from seamline.pixels.sun import find_sun, measured_sun, stands_deg
from seamline.show.lock import Light


def panorama(
    azimuth: float, elevation: float, *, peak: float = 4000.0, sky: float = 0.5
) -> NDArray[np.float32]:
    """A 1 degree panorama: sky over ground, and a sun one pixel wide."""
    rgb = np.full((180, 360, 3), sky, np.float32)
    rgb[90:] = np.random.default_rng(3).uniform(0.05, 0.15, (90, 360, 3))
    # The middle looks along -Z, azimuth 180; azimuth falls to the right.
    column = int(np.floor((180.0 - azimuth) % 360.0 + 180.0)) % 360
    rgb[int(np.floor(90.0 - elevation)), column] = peak
    return rgb


def hdri(shared: Path, name: str) -> NDArray[np.float32]:
    pixels = oiio.ImageBuf(str(shared / "data" / "hdri" / name)).get_pixels(oiio.FLOAT)
    return np.ascontiguousarray(pixels[..., :3], np.float32)


@pytest.mark.parametrize(
    ("azimuth", "elevation"), [(60.5, 20.5), (180.5, 45.5), (0.5, 5.5), (270.5, 70.5)]
)
def test_a_sun_is_found_where_it_was_put(azimuth: float, elevation: float) -> None:
    found = find_sun(panorama(azimuth, elevation, peak=12000.0))

    assert found is not None
    assert found.azimuth_deg % 360 == pytest.approx(azimuth, abs=0.01)
    assert found.elevation_deg == pytest.approx(elevation, abs=0.01)
    assert found.peak == 12000.0


def test_its_energy_is_its_light_times_its_solid_angle() -> None:
    found = find_sun(panorama(60.5, 30.5))

    # One square degree at elevation 30.5, less the sky it covers.
    expected = (4000.0 - 0.5) * math.radians(1) ** 2 * math.cos(math.radians(30.5))
    assert found is not None
    assert found.energy == pytest.approx(expected, rel=1e-3)
    # Sky over the upper hemisphere gives 2 pi times its light.
    assert found.share == pytest.approx(expected / (expected + 2 * math.pi * 0.5), rel=0.01)
    assert found.radius_deg < 1.0


def test_an_even_sky_has_no_key() -> None:
    assert find_sun(panorama(60.5, 20.5, peak=0.5)) is None
    assert find_sun(panorama(60.5, 20.5, peak=100.0)) is None  # 1 % of the light
    assert find_sun(np.zeros((180, 360, 3), np.float32)) is None


def test_a_broken_pixel_is_no_sun() -> None:
    rgb = panorama(60.5, 20.5)
    rgb[10, 10], rgb[11, 200] = np.inf, np.nan

    found = find_sun(rgb)

    assert found is not None
    assert found.elevation_deg == pytest.approx(20.5, abs=0.01)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "elevation", "share"),
    [
        ("spruit_sunrise_1k.hdr", 8.0, 0.78),
        ("noon_grass_1k.hdr", 85.5, 0.66),
        ("hilly_terrain_01_1k.hdr", 11.4, 0.29),
        ("chinese_garden_1k.hdr", 30.4, 0.78),
        ("narrow_moonlit_road_1k.hdr", 67.7, 0.75),
    ],
)
def test_the_suns_of_real_panoramas_are_found(
    shared: Path, name: str, elevation: float, share: float
) -> None:
    found = find_sun(hdri(shared, name))

    # Read off the pictures by hand, a pixel being a third of a degree.
    assert found is not None
    assert found.elevation_deg == pytest.approx(elevation, abs=0.3)
    assert found.share == pytest.approx(share, abs=0.02)


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    [
        "aristea_wreck_puresky_1k.hdr", "leadenhall_market_1k.hdr", "studio_small_05_1k.hdr",
        "drachenfels_cellar_1k.hdr", "rainforest_trail_1k.hdr", "brown_photostudio_01_1k.hdr",
    ],
)  # fmt: skip
def test_indoors_and_under_cloud_there_is_no_clear_key(shared: Path, name: str) -> None:
    assert find_sun(hdri(shared, name)) is None


@pytest.mark.shared
def test_a_ground_painted_out_leaves_nothing_but_sky(shared: Path) -> None:
    assert sky_all_over(hdri(shared, "aristea_wreck_puresky_1k.hdr"))
    for name in ("hilly_terrain_01_1k.hdr", "noon_grass_1k.hdr", "studio_small_05_1k.hdr"):
        assert not sky_all_over(hdri(shared, name))


def test_a_sun_is_measured_alike_in_a_picture_and_in_its_panorama() -> None:
    # 20 pixels per degree, straight at the sun: a square of one degree, as in the panorama.
    rows, columns = np.indices((400, 400), dtype=np.float32)
    elevation, azimuth = 30.5 + (200 - rows - 0.5) / 20, 60.5 - (columns + 0.5 - 200) / 20
    rgb = np.full((400, 400, 3), 0.5, np.float32)
    rgb[190:210, 190:210] = 4000.0

    found = measured_sun(rgb, elevation, azimuth, (60.5, 30.5), 5.0)
    whole = find_sun(panorama(60.5, 30.5))

    assert found is not None
    assert whole is not None
    assert found.energy == pytest.approx(whole.energy, rel=2e-3)
    assert found.azimuth_deg == pytest.approx(60.5, abs=0.01)
    assert measured_sun(rgb, elevation, azimuth, (240.0, 30.0), 5.0) is None


def test_a_sun_stands_where_the_lock_says_unless_that_is_another_hour() -> None:
    assert stands_deg((10.0, 20.0), None) == (10.0, 20.0)
    assert stands_deg((10.0, 20.0), (200.0, 30.0)) == (200.0, 30.0)
    assert stands_deg((10.0, 2.0), (200.0, 50.0)) == (200.0, 2.0)


@pytest.mark.parametrize(
    ("own", "locked", "view", "ways"),
    [
        (None, None, 180.0, (False, True)),
        (None, 90.0, 180.0, (False,)),
        (90.0, None, 180.0, (False,)),
        (90.0, 100.0, 180.0, (False,)),  # both from the right
        (90.0, 260.0, 180.0, (True,)),  # from the right, locked from the left
        (260.0, 90.0, 180.0, (True,)),
        (90.0, 190.0, 180.0, (False, True)),  # locked straight ahead
        (355.0, 90.0, 180.0, (False, True)),  # from behind the camera
        (90.0, 0.0, 90.0, (False,)),  # the shot looks along +X: azimuth 0 is to its right
        (90.0, 180.0, 90.0, (True,)),
    ],
)
def test_a_picture_is_exchanged_only_where_its_light_allows(
    own: float | None, locked: float | None, view: float, ways: tuple[bool, ...]
) -> None:
    assert ways_round(own, locked, view) == ways


def test_a_picture_s_key_goes_with_the_shot_that_shows_it() -> None:
    assert seen_azimuth_deg(100.0, 180.0, mirrored=False) == pytest.approx(100.0)
    assert seen_azimuth_deg(100.0, 180.0, mirrored=True) == pytest.approx(260.0)
    assert seen_azimuth_deg(100.0, 30.0, mirrored=False) == pytest.approx(310.0)


def test_only_a_light_that_is_said_to_be_soft_is_soft() -> None:
    assert is_soft(Light(key_fill_ratio=1.5))
    assert not is_soft(Light(key_fill_ratio=4.0))
    assert not is_soft(Light())


@settings(max_examples=60, deadline=None)
@given(st.floats(-720, 720))
def test_sines_without_a_library_are_sines(angle: float) -> None:
    sine, cosine = sine_cosine_deg(np.array([angle]))

    assert sine[0] == pytest.approx(math.sin(math.radians(angle)), abs=1e-11)
    assert cosine[0] == pytest.approx(math.cos(math.radians(angle)), abs=1e-11)


def test_directions_are_the_show_s() -> None:
    found = direction_of(np.array([0.0, 0.0, 90.0]), np.array([0.0, 90.0, 0.0]))

    np.testing.assert_allclose(found, [[0, 0, 1], [1, 0, 0], [0, 1, 0]], atol=1e-12)


def test_the_glow_falls_like_an_exponential() -> None:
    x = np.linspace(0, 60, 500)

    np.testing.assert_allclose(falling(x), np.exp(-x), atol=1e-6)


def test_no_two_angles_to_the_sun_look_alike_to_the_guides() -> None:
    angles = np.arange(0.5, 68.0, 0.5, dtype=np.float32)[None, :]

    away, glow = sunward(angles)

    assert (np.diff(away) > 0).all()
    assert (np.diff(glow) <= 0).all()
