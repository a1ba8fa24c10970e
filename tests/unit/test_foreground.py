"""Soft edges: the live foreground's own colour, without the old background."""

from __future__ import annotations

import numpy as np
import pytest

from seamline.pixels.foreground import live_layer, told_apart
from seamline.pixels.veil import let_through, thinned

HEIGHT, WIDTH = 96, 128
FRONT = np.array([0.12, 0.20, 0.05], np.float32)
"""A meadow."""
BACK = np.array([0.9, 1.1, 1.6], np.float32)
"""A sky much brighter than it."""


def soft_edge(width_px: float) -> np.ndarray:
    """Live below; a straight ramp ``width_px`` wide about the middle, with teeth."""
    rows, columns = np.indices((HEIGHT, WIDTH), dtype=np.float32)
    edge = HEIGHT / 2 + 6 * np.sin(columns / 9)
    return np.clip((rows - edge) / width_px + 0.5, 0, 1).astype(np.float32)


def over(front: np.ndarray, matte: np.ndarray, back: np.ndarray) -> np.ndarray:
    return (matte[..., None] * front + (1 - matte[..., None]) * back).astype(np.float32)


def soft(matte: np.ndarray) -> np.ndarray:
    return (matte > 0) & (matte < 1)


@pytest.mark.parametrize("width_px", [2.0, 6.0, 12.0])
def test_the_old_sky_does_not_ride_along(width_px: float) -> None:
    matte = soft_edge(width_px)
    plate = over(FRONT, matte, BACK)
    new_sky = np.array([0.02, 0.02, 0.05], np.float32)  # night

    layer = live_layer(plate, matte)

    comp = layer + (1 - matte[..., None]) * new_sky
    truth = over(FRONT, matte, new_sky)
    naive = matte[..., None] * plate + (1 - matte[..., None]) * new_sky
    edge = soft(matte)
    apart, rim = (np.abs(c - truth)[edge].mean() for c in (comp, naive))
    assert rim > 0.1  # what multiplying the plate by the matte would leave
    assert apart < 0.01 * rim


def test_a_foreground_with_a_slope_of_its_own_is_found_too() -> None:
    matte = soft_edge(8.0)
    columns = np.indices((HEIGHT, WIDTH))[1][..., None].astype(np.float32)
    front = FRONT * (0.5 + columns / WIDTH)
    back = BACK * (1.5 - columns / WIDTH)

    layer = live_layer(over(front, matte, back), matte)

    truth = matte[..., None] * front
    edge = soft(matte)
    assert np.abs(layer - truth)[edge].max() < 0.06
    assert np.abs(layer - truth)[edge].mean() < 0.01


def test_where_the_matte_is_one_the_layer_is_the_plate_bit_for_bit() -> None:
    matte = soft_edge(6.0)
    grain = np.random.default_rng(1).normal(0, 0.02, (HEIGHT, WIDTH, 3)).astype(np.float32)
    plate = over(FRONT, matte, BACK) + grain

    layer = live_layer(plate, matte)

    np.testing.assert_array_equal(layer[matte == 1], plate[matte == 1])
    assert not layer[matte == 0].any()


def test_the_grain_of_the_edge_stays_by_the_share_that_is_live() -> None:
    matte = np.full((HEIGHT, WIDTH), 0.5, np.float32)
    matte[:20], matte[-20:] = 0, 1
    grain = np.random.default_rng(1).normal(0, 0.02, (HEIGHT, WIDTH, 3)).astype(np.float32)
    clean = over(FRONT, matte, BACK)

    noisy, calm = live_layer(clean + grain, matte), live_layer(clean, matte)

    inner = np.s_[40:60]
    kept = (noisy - calm)[inner].std() / grain[inner].std()
    assert 0.3 < kept < 1.0


def test_a_dead_pixel_of_the_plate_stays_one_pixel() -> None:
    matte = soft_edge(8.0)
    plate = over(FRONT, matte, BACK)
    whole = live_layer(plate, matte)
    spots = [(47, 30), (48, 31), (5, 5), (90, 100)]
    broken = plate.copy()
    for row, column in spots:
        broken[row, column] = (np.nan, np.inf, -np.inf)

    layer = live_layer(broken, matte)

    expected_bad = np.zeros((HEIGHT, WIDTH), bool)
    for row, column in spots:
        expected_bad[row, column] = matte[row, column] == 1
    np.testing.assert_array_equal(~np.isfinite(layer).all(axis=-1), expected_bad)
    assert np.nanmax(np.abs(layer - whole)[~expected_bad]) < 0.05


def test_highlights_are_not_held_to_one() -> None:
    matte = soft_edge(6.0)
    sunlit = np.array([40.0, 30.0, 20.0], np.float32)

    layer = live_layer(over(sunlit, matte, BACK), matte)

    edge = soft(matte)
    np.testing.assert_allclose(layer[edge], (matte[..., None] * sunlit)[edge], atol=0.5)
    assert layer.max() == 40.0


def test_a_hard_matte_needs_no_estimate() -> None:
    hard = (soft_edge(1.0) > 0.5).astype(np.float32)
    plate = np.random.default_rng(3).random((HEIGHT, WIDTH, 3), np.float32)

    np.testing.assert_array_equal(live_layer(plate, hard), plate * hard[..., None])


def plume() -> np.ndarray:
    """Sand blown off a crest that fills the lower third: thick at its foot, thin above."""
    rows = np.indices((HEIGHT, WIDTH), dtype=np.float32)[0]
    return np.clip((rows - 12) / 52, 0, 1).astype(np.float32)


def test_thin_sand_before_a_darker_sky_is_darkened_as_the_sky_behind_it_is() -> None:
    sand, grains = np.array([0.6, 0.25, 0.07], np.float32), np.array([0.45, 0.22, 0.05])
    matte = plume()
    new = np.broadcast_to(BACK * np.float32(0.25), (HEIGHT, WIDTH, 3))
    plate = over(np.where(matte[..., None] == 1, sand, grains), matte, BACK)
    layer, own, behind = told_apart(plate, matte)

    lit = let_through(layer, matte, np.ones_like(matte), own, behind, new)

    own = matte[:, 0]
    thin, thick = int(np.argmin(np.abs(own - 0.1))), int(np.argmin(np.abs(own - 0.95)))
    comp = [part + (1 - matte[..., None]) * new for part in (layer, lit)]
    brighter = [c[thin, 64, 0] / new[thin, 64, 0] for c in comp]
    was = plate[thin, 64, 0] / BACK[0]
    assert was < 1  # before its own sky it was a darker veil
    assert brighter[0] > 1.05  # before this one it would glow
    assert was - 0.03 < brighter[1] < 1
    np.testing.assert_allclose(comp[1][thick], plate[thick], atol=0.05)
    np.testing.assert_array_equal(lit[matte == 1], layer[matte == 1])


def test_a_veil_before_its_own_sky_and_what_is_no_veil_stay_as_they_are() -> None:
    matte = plume()
    plate = over(FRONT, matte, BACK)
    layer, own, behind = told_apart(plate, matte)
    night = np.full_like(behind, 0.01)

    same = let_through(layer, matte, np.ones_like(matte), own, behind, behind)
    beside = let_through(layer, matte, np.zeros_like(matte), own, behind, night)

    np.testing.assert_array_equal(same, layer)
    np.testing.assert_array_equal(beside, layer)


def test_what_stood_before_black_is_not_multiplied_by_any_number() -> None:
    matte = plume()
    noise = np.random.default_rng(3).normal(0, 1e-4, (HEIGHT, WIDTH, 3)).astype(np.float32)
    layer, own, behind = told_apart(over(FRONT, matte, noise), matte)

    lit = let_through(layer, matte, np.ones_like(matte), own, behind, np.ones_like(behind))

    assert np.abs(lit - layer).max() < 0.05


def test_sand_one_grain_at_a_time_is_paler_than_its_dune_and_grey_smoke_is_not() -> None:
    dune, smoke = np.array([0.5, 0.2, 0.05], np.float32), np.full(3, 0.3, np.float32)

    pale = thinned(dune)

    assert pale[0] == pytest.approx(0.5)
    assert 0.55 < pale[1] / pale[0] < 0.75  # Hapke: .4 of the red in a heap
    assert pale[1] > pale[2] > dune[2]
    np.testing.assert_allclose(thinned(smoke), smoke, rtol=1e-6)
    np.testing.assert_allclose(thinned(4 * dune), 4 * pale, rtol=1e-6)


def test_thin_sand_is_not_violet_before_a_blue_sky() -> None:
    """It had its dune's own orange, and the blue sky in it."""
    matte, old = plume(), np.array([0.5, 0.58, 0.76], np.float32)
    dune, pale = np.array([0.62, 0.24, 0.07]), np.array([0.5, 0.33, 0.25])
    plate = over(np.where(matte[..., None] == 1, dune, pale), matte, old)
    by_colour = np.clip(matte / 1.4, 0, 1)  # what a matte of the dune's colour takes it for
    by_colour[matte == 1] = 1
    new = np.broadcast_to(np.array([0.06, 0.16, 0.45], np.float32), plate.shape)

    layer, own, behind = told_apart(plate, by_colour)
    lit = let_through(layer, by_colour, np.ones_like(matte), own, behind, new)

    row = int(np.argmin(np.abs(by_colour[:, 0] - 0.5)))
    left = 1 - by_colour[row, 64]
    before, after = layer[row, 64] + left * new[0, 0], lit[row, 64] + left * new[0, 0]
    assert before[1] < min(before[0], before[2]) * 0.85
    assert after[1] > min(after[0], after[2]) * 0.9


def test_the_edge_of_a_veil_s_polygon_is_no_line() -> None:
    matte = np.full((24, 512), 0.5, np.float32)
    matte[-8:] = 1
    plate = over(FRONT, matte, BACK)
    veil = np.zeros_like(matte)
    veil[:, :256] = 1

    layer, own, behind = told_apart(plate, matte)
    lit = let_through(layer, matte, veil, own, behind, behind * np.float32(0.25))

    row = (lit - layer)[6, :, 0]
    whole = abs(row[100])
    assert whole > 0.01
    assert np.abs(np.diff(row[240:272])).max() < 0.2 * whole
    np.testing.assert_array_equal(row[280:], 0)
