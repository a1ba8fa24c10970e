"""The measures of QC on frames with a defect of known size, made without them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from seamline.pixels.contour import line_stops, part_place, profiles, step_ratio
from seamline.pixels.detail import detail_apart
from seamline.pixels.features import corners, found_again, shared_off, systematic
from seamline.pixels.line import Line, horizon_line, line_along, one_horizon
from seamline.pixels.overlap import compared
from seamline.pixels.temporal import grain_over, grain_ratio, level_change, level_spread
from seamline.pixels.twice import largest_repeat

Image = NDArray[np.float32]
LEFT = np.tile(np.arange(160) < 80, (120, 1))
EVERYWHERE = np.ones((120, 160), bool)


def hills(seed: int = 1, *, px: float = 14.0, times: int = 1) -> Image:
    """Smooth light around .18, (120, 160, 3) or larger: no edge, no noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: 120 * times, : 160 * times] / px
    waves = sum(np.sin(x * a + y * b + c) for a, b, c in rng.uniform(-1, 1, (4, 3)))
    return np.stack([0.18 * np.exp(0.3 * waves) * c for c in (1.1, 1.0, 0.8)], -1).astype(
        np.float32
    )


def grainy(light: Image, seed: int, *, strength: float | Image = 1.0) -> Image:
    noise = np.random.default_rng(seed).normal(size=light.shape) * 0.02 * np.sqrt(light)
    return (light + noise * strength).astype(np.float32)


# -- painted over plate ---------------------------------------------------------------


def test_grain_alone_makes_no_difference() -> None:
    found = compared(grainy(hills(), 1), hills(), EVERYWHERE)

    assert found is not None
    assert abs(found.stops) < 0.005
    assert found.gains == pytest.approx((1, 1, 1), abs=0.005)


@pytest.mark.parametrize("stops", [-0.08, 0.08, 1.0])
def test_exposure_is_read_in_stops(stops: float) -> None:
    found = compared(grainy(hills(), 1), hills() * np.float32(2**stops), EVERYWHERE)

    assert found is not None
    assert found.stops == pytest.approx(stops, abs=0.005)


def test_a_gain_of_one_channel_is_that_channel_s() -> None:
    found = compared(hills(), hills() * np.float32([1.1, 1.0, 0.9]), EVERYWHERE)

    assert found is not None
    assert found.gains == pytest.approx((1.1, 1.0, 0.9), abs=0.002)


def test_lifted_blacks_are_told_from_exposure() -> None:
    dark = hills() * np.float32(0.08)

    lifted, gained = (
        compared(dark, b, EVERYWHERE) for b in (dark + np.float32(0.008), dark * np.float32(2))
    )

    assert lifted is not None
    assert gained is not None
    assert lifted.black is not None
    assert lifted.black > 0.0015
    assert gained.black == pytest.approx(0.0, abs=1e-4)


def blurred(light: Image, sigma_px: float) -> Image:
    """A plane under a Gaussian, made where frequencies are."""
    y, x = (np.fft.fftfreq(n)[:, None] if k == 0 else np.fft.fftfreq(n)[None, :]
            for k, n in enumerate(light.shape))  # fmt: skip
    kept = np.exp(-2 * (np.pi * sigma_px) ** 2 * (x * x + y * y))
    return np.fft.ifft2(np.fft.fft2(light) * kept).real.astype(np.float32)


def gravel(seed: int, sigma_px: float = 0.7) -> Image:
    """Stones of two to sixteen pixels in every tone, (120, 160), seen through a sharp lens."""
    rng = np.random.default_rng(seed)
    tone = sum(
        np.kron(rng.normal(0, 0.25, (120 // n, 160 // n)), np.ones((n, n))) for n in (2, 4, 8)
    )
    return blurred(0.2 * np.exp(np.asarray(tone)), sigma_px)


@pytest.mark.parametrize("sigma", [0.6, 0.8, 1.0])
def test_a_margin_painted_softer_is_softer_by_that_many_pixels(sigma: float) -> None:
    plate, again = (grainy(gravel(3), seed) for seed in (1, 2))

    found = detail_apart(plate, again, blurred(gravel(3), sigma), EVERYWHERE)

    assert found == pytest.approx(sigma, abs=0.12)


def test_a_margin_as_fine_as_the_plate_is_no_softer_whatever_its_grain_and_contrast() -> None:
    plate, again = (grainy(gravel(3), seed) for seed in (1, 2))
    mellow = (gravel(3) ** 0.8).astype(np.float32)

    for painted in (gravel(3), mellow, gravel(4)):
        found = detail_apart(plate, again, painted, EVERYWHERE)
        assert found is not None
        assert abs(found) < 0.4


def test_a_plate_whose_grain_is_as_strong_as_its_detail_still_tells_a_softness_of_a_pixel() -> (
    None
):
    rng = np.random.default_rng(5)
    mellow = (0.2 * (gravel(3) / 0.2) ** 0.3).astype(np.float32)
    plate, again = (
        (mellow * (1 + rng.normal(0, 0.08, mellow.shape))).astype(np.float32) for _ in range(2)
    )

    soft = detail_apart(plate, again, blurred(mellow, 1.0), EVERYWHERE)
    same = detail_apart(plate, again, mellow, EVERYWHERE)

    assert soft is not None
    assert same is not None
    assert soft > 0.7
    assert abs(same) < 0.3


def test_what_chance_may_have_done_is_taken_off_a_softness() -> None:
    plate, again = (grainy(gravel(3), seed) for seed in (1, 2))
    strip = EVERYWHERE & (np.arange(160) < 40)

    whole, part = (detail_apart(plate, again, gravel(7), m) for m in (EVERYWHERE, strip))

    # Other stones of the same kind: as fine, and no softer than chance alone makes them.
    assert whole is not None
    assert abs(whole) < 0.2
    assert part is None or abs(part) < 0.2


def test_a_margin_sharper_than_the_plate_is_below_nothing() -> None:
    plate, again = (grainy(gravel(3, 1.2), seed) for seed in (1, 2))

    assert (detail_apart(plate, again, gravel(3, 0.7), EVERYWHERE) or 0) < -0.6


def test_a_plate_without_fine_detail_tells_no_softness() -> None:
    soft, fog = blurred(gravel(3), 4.0), np.full((120, 160), 0.2, np.float32)

    for plate in (soft, fog):
        one, other = (grainy(plate, seed) for seed in (1, 2))
        assert detail_apart(one, other, plate, EVERYWHERE) is None
    assert (
        detail_apart(gravel(3), gravel(3), gravel(3), EVERYWHERE & (np.arange(160) < 9)) is None
    )


def test_what_is_not_finite_or_too_little_is_not_compared() -> None:
    plate = hills()
    plate[:, 10:] = np.nan
    few = EVERYWHERE & (np.arange(160) < 3)

    assert compared(plate, hills(), few) is None
    found = compared(plate, hills() * np.float32(2), EVERYWHERE)
    assert found is not None
    assert found.stops == pytest.approx(1.0, abs=0.01)


# -- over time --------------------------------------------------------------------------


@pytest.mark.parametrize("change", [0.0, 0.005, -0.02])
def test_flicker_is_the_share_by_which_the_level_changes(change: float) -> None:
    one, other = (grainy(hills(), seed)[..., 1] for seed in (1, 2))

    found = level_change(one, other * np.float32(1 + change), EVERYWHERE)

    # grain alone moves the mean of so many pixels by .05 %
    assert found == pytest.approx(change, abs=0.0015)


def test_what_moves_by_itself_is_no_flicker() -> None:
    one, other = (grainy(hills(), seed)[..., 1] for seed in (1, 2))
    other[20:60, 20:60] = 4.0

    assert level_change(one, other, EVERYWHERE) == pytest.approx(0.0, abs=0.0025)


def test_levels_spread_about_their_mean() -> None:
    # levels 0, 1, 0, -1: their squares sum to 2, over three; a jump that stays spreads less.
    assert level_spread([1.0, -1.0, -1.0]) == pytest.approx((2 / 3) ** 0.5)
    assert level_spread([0.5, 0.0, 0.0]) == pytest.approx(0.25)
    assert level_spread([]) == 0.0


def test_too_small_a_region_has_no_level() -> None:
    one = hills()[..., 1]

    assert level_change(one, one, EVERYWHERE & (np.arange(160) < 20)) is None


@pytest.mark.parametrize("strength", [0.8, 1.0, 1.25])
def test_grain_is_compared_at_like_signal(strength: float) -> None:
    live = np.kron(LEFT, np.ones((2, 2), bool))
    share = np.where(live, 1.0, strength)[..., None]
    frames = [grainy(hills(px=30, times=2), seed, strength=share) for seed in range(4)]

    found = grain_ratio(frames, ~live, live)

    assert found == pytest.approx(strength, rel=0.06)


def test_an_element_without_grain_has_none() -> None:
    live = np.kron(LEFT, np.ones((2, 2), bool))
    share = np.where(live, 1.0, 0.0)[..., None]
    frames = [grainy(hills(px=30, times=2), seed, strength=share) for seed in range(4)]

    assert grain_ratio(frames, ~live, live) == 0.0


def jittered(light: Image, by: tuple[float, float]) -> Image:
    """A picture between its pixels, moved where frequencies are: (rows, columns)."""
    rows, columns = (np.fft.fftfreq(n) for n in light.shape)
    turn = np.exp(-2j * np.pi * (rows[:, None] * by[0] + columns[None] * by[1]))
    return np.fft.ifft2(np.fft.fft2(light) * turn).real.astype(np.float32)


def test_detail_that_whole_pixels_cannot_follow_is_no_grain() -> None:
    """Most of the live side is grass; every frame lies by part of a pixel from the first."""
    live = np.kron(LEFT, np.ones((2, 2), bool))
    blades = blurred(np.random.default_rng(5).normal(size=live.shape).astype(np.float32), 0.8)
    base = hills(px=30, times=2)[..., 1]
    grass = base * (1 + 0.2 * blades / blades.std())
    light = np.where(live & (np.arange(320) % 80 < 60), grass, base).astype(np.float32)
    moved = [jittered(light, by) for by in ((0, 0), (0.4, -0.3), (-0.3, 0.4), (0.2, 0.45))]
    frames = [grainy(np.stack([m] * 3, -1), k) for k, m in enumerate(moved)]

    assert grain_ratio(frames, ~live, live, followed=True) == pytest.approx(1.0, abs=0.05)
    # what it would say if it did not know: the plate has more grain than the element
    assert (grain_ratio(frames, ~live, live) or 9) < 0.92


def test_a_few_bare_places_are_enough_for_grain_under_a_moving_camera() -> None:
    """All is grass but for twenty columns in eighty, on either side."""
    live = np.kron(LEFT, np.ones((2, 2), bool))
    blades = blurred(np.random.default_rng(5).normal(size=live.shape).astype(np.float32), 0.8)
    base = hills(px=30, times=2)[..., 1]
    grass = base * (1 + 0.2 * blades / blades.std())
    light = np.where(np.arange(320) % 80 < 60, grass, base).astype(np.float32)
    moved = [jittered(light, by) for by in ((0, 0), (0.4, -0.3), (-0.3, 0.4), (0.2, 0.45))]
    share = np.where(live, 1.0, 1.25)[..., None]
    frames = [grainy(np.stack([m] * 3, -1), k, strength=share) for k, m in enumerate(moved)]

    assert grain_ratio(frames, ~live, live, followed=True) == pytest.approx(1.25, rel=0.08)


def test_a_place_that_an_edge_went_by_is_not_bare() -> None:
    """Hardly anything stands there beside what changes; grain it is not."""
    live = np.kron(LEFT, np.ones((2, 2), bool))
    light = hills(px=30, times=2)
    gone_by = (live & (np.arange(320) % 80 < 60))[..., None]
    lit = [light * np.where(gone_by, 1 + k % 2, 1) for k in range(4)]
    frames = [grainy(one.astype(np.float32), k) for k, one in enumerate(lit)]

    assert grain_ratio(frames, ~live, live, followed=True) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("strength", [0.8, 1.0, 1.25])
def test_where_the_plate_is_bare_nowhere_grain_is_held_against_its_model(
    strength: float,
) -> None:
    live = np.kron(LEFT, np.ones((2, 2), bool))
    light = hills(px=30, times=2)
    share = np.where(live, 1.0, strength)[..., None]
    frames = [grainy(light, k, strength=share) for k in range(4)]
    told = (0.02 * np.sqrt(light)).astype(np.float32)

    assert grain_over(frames, ~live, told) == pytest.approx(strength, rel=0.05)
    assert grain_over(frames, np.zeros_like(live), told) is None


def test_a_model_that_tells_less_than_the_plates_grass_leaves_no_grass_bare() -> None:
    """All of the plate changes as much, by a part of a pixel that nobody followed."""
    live = np.kron(LEFT, np.ones((2, 2), bool))
    light = hills(px=30, times=2)
    share = np.where(live, 3.0, 1.0)[..., None]
    frames = [grainy(light, k, strength=share) for k in range(4)]
    told = (0.02 * np.sqrt(light)).astype(np.float32)

    assert grain_ratio(frames, ~live, live, followed=True) == pytest.approx(1 / 3, rel=0.1)
    assert grain_ratio(frames, ~live, live, followed=True, told=told) is None


# -- the seam ---------------------------------------------------------------------------


def matte() -> Image:
    return np.clip((80.5 - np.arange(160)) / 2, 0, 1)[None].repeat(120, 0).astype(np.float32)


def test_a_seam_through_one_surface_is_no_steeper_than_beside_it() -> None:
    found = profiles(hills()[..., 1], matte())

    assert found is not None
    assert step_ratio(found)[0] < 1.3
    assert abs(line_stops(found)[0]) < 0.02


def test_a_step_of_half_a_stop_on_the_seam_stands_out_where_it_is() -> None:
    light = hills()[..., 1] * np.where(LEFT, 1, 1.0)
    light[:40, 80:] *= 2**0.5

    found = profiles(light.astype(np.float32), matte())

    assert found is not None
    whole, parts = step_ratio(found)
    assert whole > 1.25
    worst = int(parts.argmax())
    assert part_place(found, worst)[1] < 40


def test_a_bright_rim_is_light_and_a_dark_one_dark() -> None:
    rim = np.abs(np.arange(160) - 80) < 2

    for stops in (0.3, -0.3):
        light = hills()[..., 1] * np.where(rim, 2**stops, 1)
        found = profiles(light.astype(np.float32), matte())
        assert found is not None
        assert line_stops(found)[0] == pytest.approx(stops, abs=0.12)


def test_a_frame_without_a_seam_has_no_profiles() -> None:
    assert profiles(hills()[..., 1], np.ones((120, 160), np.float32)) is None


# -- features ----------------------------------------------------------------------------


def scattered(seed: int, count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Features all over a frame, each found a pixel and a half off, all ways."""
    rng = np.random.default_rng(seed)
    at = np.stack([rng.uniform(0, 960, count), rng.uniform(0, 540, count)], axis=1)
    return at, rng.normal(0, 1.2, (count, 2))


@pytest.mark.parametrize("seed", range(8))
def test_features_found_roughly_and_all_ways_share_no_error(seed: int) -> None:
    assert shared_off(*scattered(seed)) == pytest.approx(0, abs=0.3)


@pytest.mark.parametrize("seed", range(8))
def test_a_lens_two_percent_too_long_is_shared_by_all_features(seed: int) -> None:
    at, noise = scattered(seed)
    stretched = 0.02 * (at - [480, 270])
    size = np.sqrt((stretched**2).sum(axis=1).mean())  # about 6 px

    off, doubt = systematic(at, noise + stretched)

    assert off == pytest.approx(size, abs=2 * doubt)
    assert size - 4 * doubt < (shared_off(at, noise + stretched) or 0) < size


def test_a_camera_that_looks_two_pixels_aside_is_two_pixels_off() -> None:
    at, noise = scattered(3)

    assert systematic(at, noise + np.array([2.0, 0.0]))[0] == pytest.approx(2.0, abs=0.5)


def test_features_found_by_chance_tell_nothing_however_far_off_they_lie() -> None:
    """Twelve in a bare studio, each found anywhere within ten pixels."""
    offs = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        at, apart = rng.uniform(0, 300, (12, 2)), rng.uniform(-10, 10, (12, 2))
        offs.append(systematic(at, apart)[0])
        assert shared_off(at, apart) is None

    assert max(offs) > 2


def test_the_error_that_features_give_themselves_is_how_far_chance_moves_them() -> None:
    """Noise of 1.2 px in a thousand draws: two errors hold nineteen in twenty of them."""
    aside = np.array([4.0, 0.0])
    drawn = [systematic(at, noise + aside) for at, noise in map(scattered, range(300))]
    held = np.mean([abs(off - 4.0) <= 2 * doubt for off, doubt in drawn])

    assert held > 0.93


# -- the horizon -------------------------------------------------------------------------


def sea(row: float, slope: float = 0.0) -> Image:
    """Sky of 1 over water of .4, the line at ``row`` in the middle; areas, not points."""
    at = row + slope * (np.arange(160) + 0.5 - 80)
    sky = np.clip(at[None] - np.arange(120)[:, None], 0, 1)
    return (0.4 + 0.6 * sky).astype(np.float32)[..., None]


def seen(light: Image, expected: NDArray[np.float64]) -> float | None:
    """Return how far off a line is seen, pixels."""
    line = horizon_line(light, expected, EVERYWHERE, 8)
    return None if line is None else line.apart_px


@pytest.mark.parametrize("off", [-2.0, 0.0, 2.4])
def test_a_horizon_is_found_to_a_fraction_of_a_pixel(off: float) -> None:
    expected = np.full(160, 60.0)

    assert seen(sea(60 + off), expected) == pytest.approx(off, abs=0.35)


def test_a_rolled_camera_s_horizon_is_where_it_should_be() -> None:
    expected = 60 + 0.03 * (np.arange(160) + 0.5 - 80)

    assert seen(sea(60, 0.03), expected) == pytest.approx(0, abs=0.35)


def test_a_horizon_is_found_under_trees_before_a_bright_sky_and_through_grain() -> None:
    """Every other ten columns are dark above the field, the others bright; 2 px off."""
    trees = (np.arange(160) // 10 % 2)[None] * (np.arange(120)[:, None] < 60)
    light = np.where(trees, 0.08, sea(60)[..., 0])[..., None] * [0.9, 1.0, 1.2]
    expected = np.full(160, 62.0)

    found = seen(grainy(light.astype(np.float32), 1), expected)

    assert found == pytest.approx(-2.0, abs=0.35)


@pytest.mark.parametrize(
    ("plate", "element", "one"),
    [(0.3, 6.0, True), (5.0, 4.2, True), (7.1, 2.8, False), (-4.0, 0.2, False)],
)
def test_lines_that_agree_with_neither_camera_nor_each_other_are_no_horizon(
    plate: float, element: float, one: bool
) -> None:
    lines = [Line(apart_px=v, doubt_px=0.1, lean=0.0) for v in (plate, element)]

    assert (one_horizon(*lines) is not None) is one


def test_a_camera_is_judged_by_the_photographed_line_and_an_element_by_its_own() -> None:
    """Whichever is judged, its own error is taken off."""
    sharp, soft = (
        Line(apart_px=v, doubt_px=d, lean=0.0) for v, d in ((-2.0, 0.1), (-2.6, 0.5))
    )
    level = Line(apart_px=0.2, doubt_px=0.1, lean=0.0)

    assert one_horizon(sharp, soft) is sharp
    assert one_horizon(level, soft) is soft
    assert (sharp.least_px, soft.least_px) == pytest.approx((-1.9, -2.1))
    assert Line(apart_px=0.2, doubt_px=0.5, lean=0.0).least_px == 0


@pytest.mark.parametrize("off", [-2.0, 0.0, 2.0])
def test_a_painted_line_that_bends_by_a_pixel_is_followed_and_a_photographed_one_is_none(
    off: float,
) -> None:
    """It goes on from a plate's level line; waves of 1 px, sixty pixels long."""
    bends = 60 + off + 1.4 * np.sin(np.arange(160) * 2 * math.pi / 60)
    painted = np.stack([sea(float(row))[:, k] for k, row in enumerate(bends)], axis=1)
    expected = np.full(160, 60.0)

    assert horizon_line(painted, expected, EVERYWHERE, 8) is None
    found = line_along(painted, expected, EVERYWHERE, 8, 0.0)
    assert found is not None
    assert found.apart_px == pytest.approx(off, abs=0.4)


def test_a_line_that_leans_by_a_degree_is_no_horizon_of_a_level_camera() -> None:
    assert seen(sea(60, math.tan(math.radians(1.0))), np.full(160, 60.0)) is None


def test_a_horizon_of_another_colour_but_no_other_brightness_is_found() -> None:
    sky = (np.arange(120) < 60)[:, None, None]
    light = np.where(sky, [0.2, 0.2, 0.4], [0.25, 0.19, 0.1]) * np.ones((1, 160, 1))

    assert seen(light.astype(np.float32), np.full(160, 60.0)) == pytest.approx(0.0, abs=0.2)


def test_hills_posts_and_a_half_seen_line_are_no_horizon() -> None:
    expected = np.full(160, 60.0)
    wavy = np.stack([sea(60 + 5 * math.sin(k / 7))[:, k] for k in range(160)], axis=1)
    posts = np.where(np.arange(160)[None] // 20 % 2, 1.0, 0.3) * np.ones((120, 1))

    part = EVERYWHERE & (np.arange(160) < 30)
    striped = posts.astype(np.float32)[..., None]
    for light, where in ((wavy, EVERYWHERE), (striped, EVERYWHERE), (sea(60), part)):
        assert horizon_line(light, expected, where, 8) is None
        assert line_along(light, expected, where, 8, 0.0) is None


# -- features -----------------------------------------------------------------------------


def stones(shift: tuple[float, float] = (0.0, 0.0)) -> Image:
    """Forty soft stones, moved by whole or broken pixels right and down, log-coded."""
    rng = np.random.default_rng(4)
    y, x = np.mgrid[:200, :260].astype(np.float64)
    light = np.zeros(y.shape)
    for cx, cy, size, level in rng.uniform((0, 0, 2, -1.5), (260, 200, 5, 1.5), (140, 4)):
        far = np.hypot(x - cx - shift[0], y - cy - shift[1])
        light += level * np.exp(-((far / size) ** 2))
    return light.astype(np.float32)


def test_features_are_found_again_where_they_went() -> None:
    one, other = stones(), stones((2.4, -1.3))
    at = corners(one, np.ones(one.shape, bool))

    apart = found_again(one, other, at, at)

    assert len(at) >= 12
    assert np.nanmedian(apart, axis=0) == pytest.approx((2.4, -1.3), abs=0.15)


def test_features_of_another_scene_are_not_found() -> None:
    one = stones()
    at = corners(one, np.ones(one.shape, bool))
    noise = np.random.default_rng(1).normal(size=one.shape).astype(np.float32)

    assert np.isnan(found_again(one, noise, at, at)).all()


# -- twice ---------------------------------------------------------------------------------


def copied(again: bool) -> tuple[NDArray[np.int64], Image, Image, Image]:
    rows, columns = (v.astype(np.float32) for v in np.mgrid[:120, :160])
    if again:
        columns[30:70, 100:140] = columns[30:70, 20:60]
        rows[30:70, 100:140] = rows[30:70, 20:60]
    tone = np.random.default_rng(2).normal(0.4, 0.3, (15, 20)).repeat(8, 0).repeat(8, 1)
    return np.zeros((120, 160), np.int64), columns, rows, tone.astype(np.float32)


def test_a_piece_copied_eighty_pixels_to_the_right_is_told_with_its_place() -> None:
    found = largest_repeat(*copied(True))

    assert found.share == pytest.approx(1600 / 19200, rel=0.15)
    assert found.apart == (80, 0)
    assert found.place is not None
    x, y, width, height = found.place
    assert 98 <= x <= 108
    assert 28 <= y <= 36
    assert 30 <= width <= 42
    assert 30 <= height <= 42


def test_a_picture_without_copies_has_no_repeat_and_calm_sky_is_none() -> None:
    source, x, y, tone = copied(True)

    assert largest_repeat(*copied(False)).share == 0.0
    assert largest_repeat(source, x, y, np.full_like(tone, 0.4)).share == 0.0


@pytest.mark.parametrize("times", [2, 7])
def test_a_piece_laid_often_is_seen_however_often(times: int) -> None:
    """A piece of 20 x 20 pixels in a row, seven times at most."""
    source, x, y, tone = copied(False)
    for k in range(times):
        piece = np.s_[50:70, 4 + 22 * k : 24 + 22 * k]
        for plane in (x, y, tone):
            plane[piece] = plane[50:70, 4:24]

    assert largest_repeat(source, x, y, tone).share >= 400 * 0.8 / 19200


@pytest.mark.parametrize("scale", [0.4, 3.0])
def test_a_copy_is_found_in_a_painting_larger_or_smaller_than_its_reference(
    scale: float,
) -> None:
    source, x, y, tone = copied(True)
    x, y = x * np.float32(scale), y * np.float32(scale)

    assert largest_repeat(source, x, y, tone).share == pytest.approx(1600 / 19200, rel=0.2)


def test_crumbs_of_six_pixels_that_come_again_are_no_piece() -> None:
    """A quarter of a region's cells come again eighty pixels to the right."""
    source, x, y, tone = copied(False)
    row, column = np.mgrid[:120, :60] // 6 % 2
    rows, columns = np.nonzero((row == 0) & (column == 0))
    for plane in (x, y):
        plane[rows, columns + 80] = plane[rows, columns]

    assert largest_repeat(source, x, y, tone).share == 0.0
