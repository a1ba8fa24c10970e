"""A panorama's sky set over the canvas: the sun where the lock has it, its glow its own."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

import ranges
from seamline.optics.canvas_pixels import frame_guides
from seamline.optics.projection import Pinhole
from seamline.optics.rotation import from_pan_tilt_roll
from seamline.pixels.skies import only_sky
from seamline.ports import CanvasPicture
from seamline.show.lock import Light
from seamline.show.reference import Reference
from seamline.steps.domes import Dome, domes, sun_in_sky
from seamline.steps.palette import skies_each

WIDTH, HEIGHT, FOCAL_PX = 320, 180, 425.0


def canvas(
    key: tuple[float, float] | None, *, pan: float = 0.0, tilt: float = 14.0
) -> CanvasPicture:
    lens = Pinhole(
        focal_x_px=FOCAL_PX, focal_y_px=FOCAL_PX, centre_x_px=WIDTH / 2, centre_y_px=HEIGHT / 2
    )
    elevation, azimuth = frame_guides(
        lens, (0, 0, WIDTH, HEIGHT), from_pan_tilt_roll(pan, tilt)
    )
    return replace(
        ranges.canvas(height=HEIGHT, width=WIDTH),
        elevation_deg=elevation,
        azimuth_deg=azimuth,
        px_per_deg=FOCAL_PX * math.pi / 180,
        key_deg=key,
        skyline=np.full(WIDTH, HEIGHT, np.float32),
    )


def panorama(name: str = "sky", own: tuple[float, float] | None = None) -> Reference:
    light = Light(key_azimuth_deg=own[0], key_elevation_deg=own[1]) if own else Light()
    return Reference(
        id=name, file_name=f"{name}.exr", file_sha256="", pixels_digest="", master_digest="",
        width_px=1024, height_px=512, kind="photography", colourspace="ACEScg", evidence="",
        projection="latlong", light=light,
    )  # fmt: skip


def apart_deg(
    elevation: NDArray, azimuth: NDArray, key: tuple[float, float]
) -> NDArray[np.float64]:
    """The haversine of great circles, by the library's own functions."""
    up, at = np.radians(elevation.astype(np.float64)), np.radians(azimuth.astype(np.float64))
    b, a = math.radians(key[1]), math.radians(key[0])
    h = np.sin((up - b) / 2) ** 2 + np.cos(up) * math.cos(b) * np.sin((at - a) / 2) ** 2
    return np.degrees(2 * np.arcsin(np.sqrt(h)))


LOCKED = (184.0, 15.0)


@pytest.mark.parametrize("own", [5.0, 9.0, 15.0, 28.0])
def test_a_glow_falls_off_around_the_locked_sun_as_it_does_around_its_own(own: float) -> None:
    scene = canvas(LOCKED)

    for dome in domes(panorama(), scene, (LOCKED[0], own), 10):
        there = apart_deg(dome.elevation_deg, dome.azimuth_deg, (LOCKED[0], own))
        here = apart_deg(scene.elevation_deg, scene.azimuth_deg, LOCKED)
        near = here < 4.0
        assert np.abs(there - here)[near].max() < 0.25


def test_a_raised_sun_leaves_the_horizon_where_it_is() -> None:
    scene = canvas(LOCKED, tilt=4.0)

    (plain,) = domes(panorama(), scene, (LOCKED[0], 12.0), 1)

    level = np.abs(scene.elevation_deg) < 0.1
    assert level.any()
    assert np.abs(plain.elevation_deg[level]).max() < 0.2


@pytest.mark.parametrize(("stands", "least", "most"), [(3.0, 0.9, 1.05), (12.0, 1.1, 2.6)])
def test_clouds_below_a_lowered_sun_are_not_pressed_to_streaks(
    stands: float, least: float, most: float
) -> None:
    scene = canvas((184.0, stands), tilt=4.0)

    (plain,) = domes(panorama(), scene, (184.0, stands + 9.0), 1)

    pressed = np.diff(plain.elevation_deg, axis=0) / np.diff(scene.elevation_deg, axis=0)
    # two and a half times; a fifth of a degree lies between two rows
    assert least < pressed.max() < most


def test_below_a_low_sun_that_was_lowered_its_glow_falls_off_as_above_it() -> None:
    """Pressed flat it ended on the ridge before it in a level cut."""
    low, own = (184.0, 3.0), (184.0, 12.0)
    scene = canvas(low, tilt=4.0)

    (plain,) = domes(panorama(), scene, own, 1)

    here = apart_deg(scene.elevation_deg, scene.azimuth_deg, low)
    below = (here < 5.5) & (scene.elevation_deg < low[1])
    there = apart_deg(plain.elevation_deg, plain.azimuth_deg, own)
    assert np.abs(there - here)[below].max() < 0.35


@pytest.mark.parametrize(("own", "most"), [(12.0, 2.6), (6.0, 1.9)])
def test_a_sun_that_was_raised_far_is_gathered_less(own: float, most: float) -> None:
    found = domes(panorama(), canvas(LOCKED), (LOCKED[0], own), 12)

    assert max(dome.view.measure for dome in found) == most


@pytest.mark.parametrize("own", [1.0, 5.0, 15.0, 29.0])
def test_a_sky_is_never_folded(own: float) -> None:
    for dome in domes(panorama(), canvas(LOCKED), (LOCKED[0], own), 10):
        assert (np.diff(dome.elevation_deg, axis=0) < 0).all()
        across = np.diff(dome.azimuth_deg, axis=1)
        assert (across < 0).all() or (across > 0).all()


def middle(dome: Dome) -> float:
    return float(dome.azimuth_deg[0].mean())


def test_each_way_stands_beside_its_mirror_about_the_sun() -> None:
    found = domes(panorama(), canvas(LOCKED), (LOCKED[0], 12.0), 6)

    assert len(found) == 6
    for plain, mirror in zip(found[::2], found[1::2], strict=True):
        assert (plain.view.exchanged, mirror.view.exchanged) == (False, True)
        assert plain.view.measure == mirror.view.measure
        np.testing.assert_array_equal(plain.elevation_deg, mirror.elevation_deg)
        np.testing.assert_allclose(
            plain.azimuth_deg - LOCKED[0], LOCKED[0] - mirror.azimuth_deg, atol=1e-9
        )


def test_a_gathered_sky_shows_more_of_it_and_a_spread_one_less() -> None:
    plain, _, gathered, _, spread, _ = domes(panorama(), canvas(LOCKED), (LOCKED[0], 15.0), 6)

    widths = [float(np.ptp(d.azimuth_deg)) for d in (spread, plain, gathered)]

    assert widths[0] < widths[1] < widths[2]


@pytest.mark.parametrize("which", [2, 4, -2])
def test_a_glow_stays_round_in_a_gathered_and_in_a_spread_sky(which: int) -> None:
    scene, own = canvas(LOCKED), (LOCKED[0], 15.0)
    dome = domes(panorama(), scene, own, 12)[which]

    up, along = (a.astype(float) for a in (scene.elevation_deg, scene.azimuth_deg))
    here = apart_deg(up, along, LOCKED)
    there = apart_deg(dome.elevation_deg, dome.azimuth_deg, own)
    aslant = (np.abs(here - 10.5) < 0.4) & (np.abs(up - LOCKED[1] - 7.4) < 1)
    level = (np.abs(here - 10.5) < 0.4) & (np.abs(up - LOCKED[1]) < 2)
    assert aslant.any()
    assert there[aslant].mean() == pytest.approx(there[level].mean(), rel=0.05)


def test_no_crease_stands_at_the_height_of_the_sun() -> None:
    dome = domes(panorama(), canvas(LOCKED), (LOCKED[0], 15.0), 12)[-2]

    steps = -np.diff(dome.elevation_deg, axis=0)
    assert steps.min() > 0
    assert np.abs(np.diff(steps, axis=0)).max() < 0.2 * np.median(steps)


def test_a_sky_is_turned_besides_only_where_its_sun_is_not_seen() -> None:
    beside = domes(panorama(), canvas((60.0, 20.0)), (60.0, 20.0), 12)
    within = domes(panorama(), canvas(LOCKED), (LOCKED[0], 12.0), 6)

    assert len({d.view.turn_deg for d in beside}) >= 5
    assert {d.view.turn_deg for d in within} == {0.0}


def test_a_turned_sky_keeps_its_sun_out_of_frame_and_on_its_side() -> None:
    # The camera looks along azimuth 180: the sun stands out of frame, to its right.
    for dome in domes(panorama(), canvas((60.0, 20.0)), (60.0, 20.0), 24):
        away = (dome.azimuth_deg - 60.0 + 180.0) % 360.0 - 180.0
        assert np.abs(away).min() >= 25.0
        middle_deg = float(away[HEIGHT // 2, WIDTH // 2])
        assert 0 < (-middle_deg if dome.view.exchanged else middle_deg) <= 180.0


def test_a_sky_that_would_be_drawn_out_is_gathered_instead() -> None:
    large = replace(panorama(), width_px=8192, height_px=4096)

    measures = [
        {d.view.measure for d in domes(r, canvas((60.0, 20.0)), (60.0, 20.0), 12)}
        for r in (panorama(), large)
    ]

    assert min(measures[0]) > 1.0
    assert min(measures[1]) == 1.0


def test_a_gathered_sky_without_its_sun_keeps_its_horizon() -> None:
    scene = canvas((60.0, 20.0), tilt=4.0)

    for dome in domes(panorama(), scene, (60.0, 35.0), 12):
        level = np.abs(scene.elevation_deg) < 0.1
        assert np.abs(dome.elevation_deg[level]).max() < 0.2


def test_of_all_poses_those_are_set_that_differ_most() -> None:
    """A cloud stands in one place; where it is not seen, one clear sky is like another."""
    scene = canvas((60.0, 20.0), tilt=25.0)
    own = (60.0, 35.0)

    def cloud(dome: Dome) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        away = np.abs((dome.azimuth_deg - own[0] + 180.0) % 360.0 - 180.0)
        light = dome.elevation_deg / 90 + (away > 168.0)
        return light, np.ones_like(light)

    def seen(sky: Dome) -> bool:
        return bool((cloud(sky)[0] > 1).any())

    plain = domes(panorama(), scene, own, 4)
    found = domes(panorama(), scene, own, 4, tells=cloud)

    assert found[0].view == plain[0].view
    assert not any(seen(sky) for sky in plain)
    assert sum(seen(sky) for sky in found) >= 2


def test_a_sky_whose_sun_nobody_knows_is_turned_all_round() -> None:
    found = domes(panorama(), canvas(None), None, 6)

    middles = sorted(middle(d) % 360 for d in found)
    assert np.allclose(np.diff(middles), 60.0)


def test_a_sun_below_the_frame_is_not_seen() -> None:
    assert sun_in_sky(canvas(LOCKED), (LOCKED[0], 12.0))
    assert not sun_in_sky(canvas((LOCKED[0], -8.0)), (LOCKED[0], -8.0))


def test_fewer_panoramas_are_set_in_more_ways() -> None:
    scene = canvas(LOCKED)
    lit, noon = panorama("lit", (10.0, 12.0)), panorama("noon", (10.0, 70.0))

    counts = [skies_each([lit] * count, scene) for count in (1, 2, 3, 5, 9)]

    assert counts == [36, 18, 12, 8, 4]
    # What stands at another hour is left out, and the others make up for it.
    assert skies_each([lit, noon, noon], scene) == 36
    assert skies_each([noon, noon], scene) == 18
    # A sun that is not in the picture leaves none of them out.
    assert skies_each([lit, noon, noon], canvas((LOCKED[0] + 90, LOCKED[1]))) == 12


def test_a_canvas_above_a_drawn_skyline_needs_nothing_but_sky() -> None:
    need = np.zeros((100, 40), bool)
    need[:60] = True
    level = np.full(need.shape, -5.0, np.float32)
    line = np.full(40, 50.0, np.float32)

    assert only_sky(need, level, line)
    assert not only_sky(need, level, line - 40)
    assert not only_sky(need, level, None)
    assert only_sky(need, level + 14, None)
    assert not only_sky(np.zeros_like(need), level, line)
