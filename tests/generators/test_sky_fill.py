"""A clear sky carried on: what is missing of it looks like what any eye would expect there."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from seamline.generators.patch.membrane import membrane, nearest
from seamline.generators.patch.skyfill import carried_on, near_sky, tone_of, unstained
from seamline.generators.patch.skyglow import away_from_sun

HEIGHT, WIDTH = 90, 160
PX_PER_DEG = 2.5
ROWS, COLUMNS = np.indices((HEIGHT, WIDTH), dtype=np.float32)
UP = (34 - ROWS * 0.4).astype(np.float32)
AWAY = np.hypot((COLUMNS - 80) * 0.4, UP - 20).astype(np.float32)


def glow() -> NDArray[np.float32]:
    """A sky whose light falls off around a sun, and with height; nothing of the fit's own."""
    tone = 0.45 + 0.12 / (1 + (AWAY / 7) ** 2) - 0.002 * UP
    return np.stack([tone, tone + 0.01, tone + 0.03 + 0.0004 * UP], axis=-1).astype(np.float32)


def gap(*, low: bool = False) -> NDArray[np.uint8]:
    """1 where sky is seen: all but a wood on the left, or all below 12 degrees."""
    seen = np.ones((HEIGHT, WIDTH), np.uint8)
    if low:
        seen[UP < 12] = 0
    else:
        seen[30:, 10:55] = 0
    return seen


def filled(sky: NDArray[np.float32], seen: NDArray[np.uint8]) -> NDArray[np.float32]:
    shown = np.where(seen[..., None] > 0, sky, np.float32(0)).astype(np.float32)
    tone, clear = tone_of(shown, seen, UP, AWAY)
    assert clear
    return carried_on(shown, tone, seen, np.ones_like(seen), PX_PER_DEG)[0]


@pytest.mark.parametrize(
    ("low", "stops"),
    [(False, 0.2), (True, 0.55)],
    ids=["behind a wood", "down to the horizon"],
)
def test_a_hidden_sky_is_what_it_was_to_within(low: bool, stops: float) -> None:
    seen = gap(low=low)

    found = filled(glow(), seen)

    np.testing.assert_array_equal(found[seen > 0], glow()[seen > 0])
    # A stop is 1 / 17.52 in ACEScct; the sky itself spans two.
    assert np.abs(found - glow()).max() < stops / 17.52


def test_no_edge_is_seen_where_a_wood_stood() -> None:
    found = filled(glow(), gap())

    for axis in (0, 1):
        step = np.abs(np.diff(found, axis=axis)).max()
        assert step < 2 * np.abs(np.diff(glow(), axis=axis)).max()


def test_grain_goes_on_behind_the_wood() -> None:
    noise = np.random.default_rng(3).normal(0, 0.001, (HEIGHT, WIDTH, 1))
    sky = (glow() + noise).astype(np.float32)

    found = filled(sky, gap())

    inner = np.s_[40:85, 18:48]
    fine = [np.diff(p[inner], axis=1).std() for p in (found, sky)]
    assert fine[0] == pytest.approx(fine[1], rel=0.35)


def test_clouds_are_not_told_by_a_tone() -> None:
    clouds = glow() * (1 + 0.06 * np.sin(COLUMNS / 7) * np.sin(ROWS / 5))[..., None]

    assert not tone_of(clouds.astype(np.float32), gap(), UP, AWAY)[1]


def test_a_wire_before_a_clear_sky_is_taken_out_and_the_aureole_left() -> None:
    sky = glow()
    sky[20, :, :] -= 0.03
    sky[35, 78:83] -= 0.03  # a degree from the sun
    everywhere = np.ones((HEIGHT, WIDTH), np.uint8)
    tone, _ = tone_of(sky, everywhere, UP, AWAY)

    left = unstained(sky, tone, everywhere, AWAY)

    assert not left[20, AWAY[20] > 6].any()
    assert left[35, 78:83].all()
    assert left.mean() > 0.85


def test_a_lit_rope_before_a_clear_sky_is_taken_out() -> None:
    sky = glow()
    sky[20, 10:150, :2] += 0.05
    everywhere = np.ones((HEIGHT, WIDTH), np.uint8)
    tone, _ = tone_of(sky, everywhere, UP, AWAY)

    left = unstained(sky, tone, everywhere, AWAY)

    assert not left[20, 10:150][AWAY[20, 10:150] > 6].any()
    assert left.mean() > 0.7


def test_what_one_azimuth_shows_of_the_haze_tells_the_others() -> None:
    """Dusk darkens over its horizon faster than a tone tells; all along it does."""
    sky = (glow() - 0.05 * np.exp(-UP / 3)[..., None]).astype(np.float32)
    seen = np.ones((HEIGHT, WIDTH), np.uint8)
    seen[60:, :110] = 0

    found = filled(sky, seen)

    assert np.abs(found - sky)[60:84, 20:100].max() < 0.2 / 17.52
    everywhere = np.ones((HEIGHT, WIDTH), np.uint8)
    tone, _ = tone_of(sky, everywhere, UP, AWAY)
    assert unstained(sky, tone, everywhere, AWAY)[70:80].all()


def test_a_sky_that_darkens_down_to_its_rim_goes_on_darkening_beyond() -> None:
    """No line where it ends, and no crease: what falls at the rim falls as fast below it."""
    sky = np.repeat((0.6 - 0.003 * ROWS)[..., None], 3, axis=-1).astype(np.float32)
    seen = np.ones((HEIGHT, WIDTH), np.uint8)
    seen[45:] = 0
    flat = np.full_like(sky, 0.5)

    found = carried_on(sky, flat, seen, np.ones_like(seen), PX_PER_DEG)[0]

    fall = np.diff(found[:, 80, 0])
    usual = fall[38:44].mean()
    assert fall[44] == pytest.approx(usual, rel=0.35)
    assert fall[45:47].mean() == pytest.approx(usual, rel=0.5)
    assert (fall[44:] <= 1e-5).all()
    assert found[-1, 80, 0] > found[44, 80, 0] + 8 * usual  # and comes to rest


def test_a_membrane_that_fades_falls_off_with_the_distance() -> None:
    shown = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    shown[:20] = 1
    seen = np.zeros((HEIGHT, WIDTH), np.uint8)
    seen[:20] = 1

    found = membrane(shown, seen, fades_px=10.0)[:, 80, 0]

    np.testing.assert_allclose(found[[24, 29, 39, 49]], np.exp([-0.5, -1, -2, -3]), atol=0.02)


def test_a_membrane_over_a_slope_is_the_slope() -> None:
    slope = np.stack([0.3 + COLUMNS / 400, 0.5 - ROWS / 300, 0.4 + 0 * ROWS], axis=-1)
    seen = np.ones((HEIGHT, WIDTH), np.uint8)
    seen[20:60, 50:120] = 0
    shown = np.where(seen[..., None] > 0, slope, 0).astype(np.float32)

    found = membrane(shown, seen)

    # The hole spans .18 from side to side.
    assert np.abs(found - slope).max() < 0.006


def test_a_membrane_stays_within_its_rim() -> None:
    shown = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    shown[:, :40], shown[:, 120:] = 0.2, 0.6
    seen = np.zeros((HEIGHT, WIDTH), np.uint8)
    seen[:, :40] = seen[:, 120:] = 1

    found = membrane(shown, seen)

    assert found.min() >= 0.2
    assert found.max() <= np.float32(0.6)
    assert (np.diff(found[45, 40:120, 0]) > -1e-4).all()


def test_a_far_wire_hardly_darker_than_grain_is_taken_out() -> None:
    grain = np.random.default_rng(5).normal(0, 0.001, (HEIGHT, WIDTH, 3))
    sky = (glow() + grain).astype(np.float32)
    sky[12, 20:140] -= 0.006
    everywhere = np.ones((HEIGHT, WIDTH), np.uint8)
    tone, _ = tone_of(sky, everywhere, UP, AWAY)

    left = unstained(sky, tone, everywhere, AWAY)

    assert not left[12, 25:135].any()
    assert left.mean() > 0.8


def test_an_aureole_that_no_formula_tells_goes_on_beneath_its_sun() -> None:
    ring = 0.02 * np.exp(-(((AWAY - 5) / 1.5) ** 2))
    sky = (glow() + ring[..., None]).astype(np.float32)
    seen = np.ones((HEIGHT, WIDTH), np.uint8)
    seen[UP < 19] = 0

    below = (seen == 0) & (AWAY > 3) & (AWAY < 7)
    assert np.abs(filled(sky, seen) - sky)[below].mean() < 0.01


def test_no_bands_stand_beneath_a_sun_that_stands_in_dark_haze() -> None:
    # Haze is deepest where the sun stands; beneath it nothing was seen.
    haze = -0.03 * np.exp(-(((UP - 20) / 4) ** 2) - (AWAY / 9) ** 2)
    sky = (glow() + haze[..., None]).astype(np.float32)
    seen = np.ones((HEIGHT, WIDTH), np.uint8)
    seen[UP < 19] = 0

    tone, _ = tone_of(np.where(seen[..., None] > 0, sky, 0).astype(np.float32), seen, UP, AWAY)

    row = int(np.argmin(np.abs(UP[:, 0] - 12)))
    outwards = tone[row, 80:].mean(axis=-1)
    assert np.diff(outwards).max() < 2e-4
    assert outwards[0] - outwards[-1] > 0.03


def test_a_glow_ends_without_a_crease_far_from_the_sun() -> None:
    angle = np.arange(0, 180, 0.5, dtype=np.float32)

    bends = np.abs(np.diff(away_from_sun(angle)[0], 2))

    # A straight line that ends bends by all of its slope, .0087, within one step.
    assert bends.max() < 1e-4


def test_what_is_hidden_far_from_any_cloud_is_not_carried_on() -> None:
    seen = gap()

    assert near_sky(seen, np.ones_like(seen), 60.0)
    assert not near_sky(seen, np.ones_like(seen), 10.0)


def test_the_nearest_seen_pixel_is_found_to_within_one() -> None:
    seen = (np.random.default_rng(2).random((40, 60)) < 0.02).astype(np.uint8)
    y, x = np.indices(seen.shape)
    true = np.min(
        [np.hypot(y - r, x - c) for r, c in zip(*np.nonzero(seen), strict=True)], axis=0
    )

    row, column = nearest(seen)

    assert (seen[row, column] > 0).all()
    assert np.abs(np.hypot(y - row, x - column) - true).max() <= 1


def test_a_leaf_that_is_as_bright_as_the_sky_and_yellower_is_taken_out() -> None:
    sky = glow()
    sky[20, 10:60, :2] += 0.008
    sky[20, 10:60, 2] -= 0.01
    everywhere = np.ones((HEIGHT, WIDTH), np.uint8)
    tone, _ = tone_of(sky, everywhere, UP, AWAY)

    left = unstained(sky, tone, everywhere, AWAY)

    assert not left[20, 10:60].any()
    assert left.mean() > 0.85
