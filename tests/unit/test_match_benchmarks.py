"""The rulers of the match benchmark, on what is known without them."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import match
from quality import colour, light, rendered
from quality.difference import ciede2000

# Sharma, Wu & Dalal 2005, table 1: pairs 1, 4, 7, 9, 11, 14, 17, 18, 25, 34.
PAIRS = [
    ((50.0000, 2.6772, -79.7751), (50.0000, 0.0000, -82.7485), 2.0425),
    ((50.0000, -1.3802, -84.2814), (50.0000, 0.0000, -82.7485), 1.0000),
    ((50.0000, 0.0000, 0.0000), (50.0000, -1.0000, 2.0000), 2.3669),
    ((50.0000, 2.4900, -0.0010), (50.0000, -2.4900, 0.0009), 7.1792),
    ((50.0000, 2.4900, -0.0010), (50.0000, -2.4900, 0.0011), 7.2195),
    ((50.0000, -0.0010, 2.4900), (50.0000, 0.0009, -2.4900), 4.8045),
    ((50.0000, 2.5000, 0.0000), (73.0000, 25.0000, -18.0000), 27.1492),
    ((50.0000, 2.5000, 0.0000), (61.0000, -5.0000, 29.0000), 22.8977),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


def disc_in(level: float, disc: float, size_deg: float, at: np.ndarray) -> np.ndarray:
    """A panorama (128, 256, 3) of one radiance, and of another within a disc."""
    towards, _ = rendered.latlong(128, 256)
    inside = towards @ at > math.cos(math.radians(size_deg))
    return np.where(inside[..., None], disc, level) * np.ones(3)


def a_shot(axes: np.ndarray | None = None) -> rendered.Shot:
    towards = np.array([0.0, 0.0, -1.0])
    return rendered.Shot(640, 360, 900.0, np.eye(3) if axes is None else axes, towards, 0.04)


@pytest.mark.parametrize(("one", "other", "difference"), PAIRS)
def test_colours_differ_by_what_the_paper_publishes(
    one: tuple[float, ...], other: tuple[float, ...], difference: float
) -> None:
    for a, b in ((one, other), (other, one)):
        found = float(ciede2000(np.array(a), np.array(b)))

        assert found == pytest.approx(difference, abs=5e-5)


def test_under_an_even_sky_a_grey_ball_is_even_and_a_mirror_shows_the_sky() -> None:
    sky = rendered.sky("even", disc_in(3.0, 3.0, 1, np.array([0.0, 1, 0])))
    level = float(sky.picture[0, 0, 0])

    grey = rendered.grey(sky, a_shot(), np.zeros(3))
    chrome = rendered.chrome(sky, a_shot(), np.zeros(3))

    middle = grey.shape[0] // 2, grey.shape[1] // 2
    assert grey[middle][0] == pytest.approx(0.18 * level, rel=0.01)
    assert np.ptp(grey[20:-20, 20:-20, 0]) < 0.01 * level
    assert chrome[middle][0] == pytest.approx(0.6 * level, rel=1e-6)
    assert sky.share == pytest.approx(0.0, abs=0.01)


def test_a_sun_is_where_it_was_painted_and_holds_the_share_it_was_given() -> None:
    at = np.array([0.6, 0.64, -0.48])
    solid = 2 * math.pi * (1 - math.cos(math.radians(4)))
    sky = rendered.sky("sun", disc_in(1.0, 4 * math.pi / solid + 1, 4, at))

    assert np.degrees(np.arccos(sky.key @ at)) < 0.3
    assert sky.share == pytest.approx(0.5, abs=0.01)
    truth = light.Truth.of(sky, at)
    # A key of 4 pi over a surround that gives pi.
    assert truth.key_fill == pytest.approx(5.0, rel=0.03)


def test_a_mirror_shows_the_sun_halfway_between_it_and_the_camera() -> None:
    at = np.array([0.0, 0.0, 1.0])  # behind the camera: in the ball's middle
    sky = rendered.sky("sun", disc_in(1.0, 500.0, 3, at))

    chrome = rendered.chrome(sky, a_shot(), np.zeros(3))

    row, column = np.unravel_index(int(chrome.mean(-1).argmax()), chrome.shape[:2])
    assert abs(row - chrome.shape[0] / 2) < 2
    assert abs(column - chrome.shape[1] / 2) < 2


@pytest.mark.parametrize("half_angle", [0.02, 0.05])
def test_a_mirror_holds_all_the_light_of_a_lamp_however_small_the_ball(
    half_angle: float,
) -> None:
    picture = np.full((512, 1024, 3), 0.01)
    picture[180, 300] = 5000.0
    towards, solid = rendered.latlong(512, 1024)
    sky = rendered.sky("lamp", picture)
    # right, up and backwards: the lamp stands behind the camera, and is mirrored well inside
    axes = np.array([[-0.6, 0, 0.8], [0, 1.0, 0], [-0.8, 0, -0.6]]).T
    shot = rendered.Shot(640, 360, 900.0, axes, np.array([0.0, 0.0, -1.0]), half_angle)

    chrome = rendered.chrome(sky, shot, np.zeros(3))

    # A mirror ball of radius r shows 4 / r^2 steradians in every pixel, seen from far.
    radius = math.tan(half_angle) * 900
    lamp = np.unravel_index(int(chrome.mean(-1).argmax()), chrome.shape[:2])
    held = chrome[lamp][0] * 4 / radius**2
    expected = 0.6 * sky.picture[180, 300, 0] * float(solid[180, 300])
    assert held == pytest.approx(expected, rel=0.06)
    assert towards[180, 300] @ axes[:, 2] > 0.8


def test_splits_keep_every_source_picture_on_one_side() -> None:
    assert set(light.TUNED) & {"chinese_garden_1k", "sunrise"} == set()
    assert set(colour.TUNED_VIEWS) <= set(light.TUNED)
    assert set(match.PARTS) >= {"light", "colour", "lock"}


def test_a_part_nobody_wrote_is_refused() -> None:
    with pytest.raises(SystemExit, match="no part 'smell'"):
        match.run(["smell"])
