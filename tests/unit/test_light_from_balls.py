"""The light by balls: where the key stands, how strong it is, and when there is none."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lit import RIG, Balls, Lamp, Lit, direction
from seamline.optics.projection import Pinhole
from seamline.optics.rotation import from_pan_tilt_roll
from seamline.pixels.light.ball import Ball, surface
from seamline.pixels.light.balls import light_of_chrome, light_of_grey
from seamline.pixels.light.both import light_of_both
from seamline.pixels.light.found import Found
from seamline.pixels.light.nonnegative import nonnegative
from seamline.pixels.light.places import connected
from synth import Pose, rays

SUN = Lit(azimuth_deg=100, elevation_deg=35, key=(3.3, 3.0, 2.6), surround=(0.18, 0.20, 0.24))
OVERCAST = replace(SUN, key=(0.12, 0.12, 0.12), size_deg=6.0)
POSE = Pose(pan_deg=20, tilt_deg=4, roll_deg=2)


@cache
def frame(balls: Balls) -> NDArray[np.float32]:
    """A photograph of them, with half a percent of grain."""
    still = balls.frame()
    grain = np.random.default_rng(1).normal(1, 0.005, still.shape)
    return (still * grain).astype(np.float32)


def seen(
    balls: Balls, which: str, picture: NDArray[np.float32] | None = None
) -> tuple[NDArray[np.float32], Ball]:
    """The crop of a ball and what is known of it."""
    x, y, radius = balls.circle(which)
    left, top = int(x - radius) - 3, int(y - radius) - 3
    whole = frame(balls) if picture is None else picture
    crop = whole[top : int(y + radius) + 4, left : int(x + radius) + 4]
    pose = balls.pose
    return crop, Ball(
        centre_px=(x, y),
        radius_px=radius,
        pinhole=Pinhole(
            focal_x_px=RIG.focal_px, focal_y_px=RIG.focal_px, centre_x_px=320, centre_y_px=180
        ),
        world_from_camera=from_pan_tilt_roll(pose.pan_deg, pose.tilt_deg, pose.roll_deg),
        corner_px=(left, top),
    )


def found_by(way: str, balls: Balls, picture: NDArray[np.float32] | None = None) -> Found:
    if way == "grey":
        return light_of_grey(*seen(balls, "grey", picture))
    if way == "chrome":
        return light_of_chrome(*seen(balls, "chrome", picture))
    return light_of_both(seen(balls, "grey", picture), seen(balls, "chrome", picture))


def off_deg(found: Found, lit: Lit) -> float:
    assert found.key is not None, found.why
    return math.degrees(math.acos(float(np.dot(found.key.towards, lit.towards))))


WAYS = ("grey", "chrome", "both")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("azimuth_deg", "elevation_deg", "pan_deg"),
    [(100, 35, 20), (10, 20, -60), (200, 60, 100), (330, 5, 30)],
)
def test_the_key_stands_where_it_was_put_whatever_way_the_camera_looks(
    way: str, azimuth_deg: float, elevation_deg: float, pan_deg: float
) -> None:
    lit = replace(SUN, azimuth_deg=azimuth_deg, elevation_deg=elevation_deg)
    balls = Balls(lit, pose=Pose(pan_deg=pan_deg, tilt_deg=-6, roll_deg=1.5))

    found = found_by(way, balls)

    assert off_deg(found, lit) < 2.0
    assert found.key is not None
    assert off_deg(found, lit) <= found.key.within_deg
    assert found.key.elevation_deg == pytest.approx(elevation_deg, abs=2.0)


@pytest.mark.parametrize("way", WAYS)
def test_under_an_even_sky_there_is_no_clear_key(way: str) -> None:
    balls = Balls(OVERCAST, pose=POSE)

    found = found_by(way, balls)

    assert OVERCAST.share() < 0.17
    assert found.key is None
    assert found.key_fill is None
    assert found.share.low <= OVERCAST.share() <= found.share.high
    assert "of the light" in found.why or "nowhere in view" in found.why


def test_a_mirror_knows_that_there_is_none_and_a_grey_ball_only_that_it_sees_none() -> None:
    balls = Balls(OVERCAST, pose=POSE)

    assert found_by("both", balls).none
    assert found_by("chrome", balls).none
    assert not found_by("grey", balls).none


def test_key_to_fill_is_light_facing_the_key_over_the_same_without_it() -> None:
    ratio = 1 + np.mean(SUN.key) / (math.pi * np.mean(SUN.surround))

    for way in ("grey", "both"):
        found = found_by(way, Balls(SUN, pose=POSE)).key_fill

        assert found is not None
        assert found.low <= ratio <= found.high
        assert found.value == pytest.approx(ratio, rel=0.35)


def test_a_grey_card_in_the_key_is_as_bright_as_the_formula_says() -> None:
    card = float(np.mean(SUN.card()))

    for way in ("grey", "both"):
        level = found_by(way, Balls(SUN, pose=POSE)).level

        assert level is not None
        assert level.value == pytest.approx(card, rel=0.03)
        assert level.low < level.value < level.high


def test_a_darker_ball_in_the_same_light_says_the_same_of_a_card() -> None:
    dark = Balls(SUN, pose=POSE, reflectance=0.09)
    crop, ball = seen(dark, "grey")

    found = light_of_grey(crop, ball, reflectance=0.09)

    assert found.level is not None
    assert found.level.value == pytest.approx(float(np.mean(SUN.card())), rel=0.03)


@pytest.mark.parametrize("way", WAYS)
def test_exposure_moves_the_level_and_nothing_else(way: str) -> None:
    balls = Balls(SUN, pose=POSE)

    once, darker = found_by(way, balls), found_by(way, balls, frame(balls) / np.float32(8))

    assert once.key is not None
    assert darker.key is not None
    assert np.dot(once.key.towards, darker.key.towards) > math.cos(math.radians(0.05))
    assert darker.white == pytest.approx(once.white, abs=1e-3)
    if once.level is not None:
        assert darker.level is not None
        assert darker.level.value == pytest.approx(once.level.value / 8, rel=1e-3)


def test_the_white_of_the_key_and_its_fill_is_measured_together() -> None:
    card = SUN.card()

    for way in WAYS:
        found = found_by(way, Balls(SUN, pose=POSE))

        assert found.white == pytest.approx(tuple(card / card[1]), rel=0.02)
        assert found.white_spread > 0


def test_a_sun_that_a_mirror_clips_is_not_weighed() -> None:
    balls = Balls(replace(SUN, size_deg=0.6), pose=POSE)
    clipped = np.minimum(frame(balls), np.float32(12))

    alone, both = found_by("chrome", balls, clipped), found_by("both", balls, clipped)

    assert alone.key is None
    assert not alone.none
    assert "clipped" in alone.why
    assert off_deg(both, balls.lit) < 2.0
    assert both.share.low <= balls.lit.share() <= both.share.high


def test_a_mirror_names_no_key_where_a_second_light_is_clipped() -> None:
    balls = Balls(replace(SUN, size_deg=6.0), pose=POSE)
    limit = np.float32(0.8 * frame(balls).max())
    clipped = np.minimum(frame(balls), limit)
    alone = found_by("chrome", balls, clipped)
    x, y, _ = balls.circle("chrome")
    lamp = slice(int(y) - 2, int(y) + 2), slice(int(x) - 2, int(x) + 2)
    clipped[lamp] = limit
    beside = found_by("chrome", balls, clipped)

    assert alone.key is not None
    assert off_deg(alone, balls.lit) < 2.0
    assert beside.key is None
    assert not beside.none
    assert "which of them is the key cannot be seen" in beside.why


SMALL_KEY = replace(SUN, size_deg=0.8, lamp=Lamp(310, 30, strength=0.5, size_deg=5.0))
"""Clipped, a wide lamp of half its strength looks the stronger of the two in a mirror."""


def clipped(balls: Balls, limit: float = 12.0) -> NDArray[np.float32]:
    return np.minimum(frame(balls), np.float32(limit))


def test_of_two_clipped_lamps_the_grey_ball_says_which_is_the_key() -> None:
    balls = Balls(SMALL_KEY, pose=POSE)

    alone, both = (found_by(way, balls, clipped(balls)) for way in ("chrome", "both"))

    assert alone.key is None
    assert off_deg(both, SMALL_KEY) < 2.0
    assert both.key is not None
    assert off_deg(both, SMALL_KEY) <= both.key.within_deg
    assert both.share.low <= SMALL_KEY.share() <= both.share.high


def test_of_two_lamps_as_strong_as_each_other_neither_is_the_key() -> None:
    assert SMALL_KEY.lamp is not None
    balls = Balls(replace(SMALL_KEY, lamp=replace(SMALL_KEY.lamp, strength=0.95)), pose=POSE)

    found = found_by("both", balls, clipped(balls))

    assert found.key is None
    assert not found.none, "there may be a key, it is not known which"
    assert "about as strong" in found.why


def test_a_key_behind_the_balls_is_felt_at_the_rim() -> None:
    hidden = replace(SMALL_KEY, azimuth_deg=POSE.pan_deg + 180 - 30, elevation_deg=5)
    balls = Balls(hidden, pose=POSE)

    found = found_by("both", balls, clipped(balls))

    assert found.key is None, "the lamp in view is not the key"
    assert not found.none
    assert "behind the balls" in found.why


def test_a_lamp_that_neither_ball_weighs_may_be_the_key() -> None:
    behind = replace(
        SMALL_KEY, azimuth_deg=POSE.pan_deg + 180 + 35, elevation_deg=5, size_deg=5.0
    )
    balls = Balls(behind, pose=POSE)

    found = found_by("both", balls, clipped(balls))

    assert found.key is None
    assert not found.none
    assert "does not weigh it" in found.why


def test_the_cone_of_both_balls_never_leaves_out_what_either_of_them_says() -> None:
    balls = Balls(SUN, pose=POSE)
    crop, ball = seen(balls, "chrome")
    x, y = ball.centre_px
    askew = replace(ball, centre_px=(x + 1.0, y))
    mirror = light_of_chrome(crop, askew)

    found = light_of_both(seen(balls, "grey"), (crop, askew))

    assert mirror.key is not None
    assert found.key is not None
    apart = math.degrees(math.acos(np.dot(found.key.towards, mirror.key.towards)))
    assert apart > 0.5, "the outline was drawn a pixel off"
    assert found.key.within_deg >= apart - 1e-6
    assert off_deg(found, SUN) < off_deg(mirror, SUN)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_pixels_that_touch_are_one_place(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((9, 12)).reshape(2, -1)
    there = rng.uniform(size=rows.size) < 0.35

    found = connected(columns, rows, there)

    place_of = {int(i): n for n, place in enumerate(found) for i in place}
    assert sorted(place_of) == np.flatnonzero(there).tolist()
    for i in place_of:
        for j in place_of:
            if max(abs(rows[i] - rows[j]), abs(columns[i] - columns[j])) == 1:
                assert place_of[i] == place_of[j]
    count, _ = cv2.connectedComponents(there.reshape(9, 12).astype(np.uint8), connectivity=8)
    assert len(found) == count - 1
    assert [len(place) for place in found] == sorted(map(len, found), reverse=True)


def test_pixels_that_are_not_finite_are_not_looked_at() -> None:
    balls = Balls(SUN, pose=POSE)
    holed = frame(balls).copy()
    x, y, radius = balls.circle("grey")
    holed[int(y - 4) : int(y + 4), int(x - radius / 2) : int(x)] = np.nan

    assert off_deg(found_by("grey", balls, holed), SUN) < 2.0


def test_what_stands_behind_a_ball_is_said_to_be_hidden() -> None:
    balls = Balls(SUN, pose=POSE)

    found = found_by("both", balls)

    ahead = direction(180 + POSE.pan_deg, POSE.tilt_deg)
    assert np.dot(found.hidden.towards, ahead) > math.cos(math.radians(15))
    assert 0 < found.hidden.within_deg < 90


def test_the_surface_looks_where_a_ray_meets_a_sphere() -> None:
    balls = Balls(SUN, pose=POSE)
    crop, ball = seen(balls, "grey")

    found = surface(crop, ball, rim=0.9)

    x, y = (found.place_px + np.array(ball.centre_px)).T
    directions = rays(RIG, POSE, x, y)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    centre, far = balls._centre("grey"), 1 / math.sin(balls.half_angle)
    along = directions @ centre * far
    reach = along - np.sqrt(along**2 - far**2 + 1)
    normals = directions * reach[:, None] - centre * far
    assert np.degrees(np.arccos(np.clip((found.normals * normals).sum(1), -1, 1))).max() < 0.5
    np.testing.assert_allclose(found.seen_from, -directions, atol=1e-9)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_no_light_below_none_explains_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns, wanted = rng.normal(size=(20, 8)), rng.normal(size=20)

    found = nonnegative(columns.T @ columns, columns.T @ wanted)

    slope = columns.T @ (wanted - columns @ found)
    assert (found >= 0).all()
    assert (slope <= 1e-8).all(), "another light would help"
    assert np.abs(slope[found > 0]).max(initial=0.0) < 1e-8


def test_a_first_guess_does_not_change_the_answer() -> None:
    rng = np.random.default_rng(5)
    columns, wanted = rng.uniform(size=(30, 10)), rng.uniform(size=30)
    gram, right = columns.T @ columns, columns.T @ wanted

    plain = nonnegative(gram, right)

    np.testing.assert_allclose(nonnegative(gram, right, start=rng.uniform(size=10)), plain)
