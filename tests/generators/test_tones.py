"""Sky and land are tied to the plate apart, and keep its tones row by row."""

from __future__ import annotations

import numpy as np
import pytest

from seamline.generators.patch.across import tone_across
from seamline.generators.patch.apart import Copied, highest, mended, sky_of
from seamline.generators.patch.composite import ABSENT, KEPT, OPEN, smoothness
from seamline.generators.patch.lie import tone_along
from seamline.generators.patch.rows import carried_along

HEIGHT, WIDTH, HORIZON, LINE = 120, 200, 60, 100
PER_PX = 0.01
STOP = 1 / 17.52  # of ACEScct
ROWS = np.arange(HEIGHT)[:, None]
GUIDE = np.repeat((ROWS - HORIZON) * PER_PX, WIDTH, axis=1).astype(np.float32)


def view(haze: float = 0.0, *, seed: int = 0, tone: float = 0.0) -> np.ndarray:
    """A smooth sky over a rough meadow; ``haze`` brightens the last rows above the horizon."""
    draw = np.random.default_rng(seed)
    above = HORIZON - ROWS
    sky = 0.5 + haze * np.clip(1 - above / 12, 0, 1)
    meadow = 0.25 + tone + 0.04 * (draw.random((HEIGHT, WIDTH)) - 0.5)
    grey = np.where(np.broadcast_to(above > 0, (HEIGHT, WIDTH)), sky, meadow)
    return np.repeat(grey[..., None], 3, axis=2).astype(np.float32)


def beside(plate: np.ndarray, other: np.ndarray) -> Copied:
    """``plate`` left of a line, at its right one piece of ``other``, shifted by nothing."""
    state = np.full((HEIGHT, WIDTH), OPEN, np.uint8)
    state[:, :LINE] = KEPT
    kept = (state == KEPT)[..., None]
    rows, columns = np.indices(state.shape, dtype=np.int32)
    return Copied(
        colour=np.where(kept, plate, other), state=state, guide=GUIDE,
        field=np.stack([rows, columns], axis=2), piece=np.where(kept[..., 0], 0, 1),
        atlas=other, pixel=np.ones(state.shape, np.uint8), to_edge=True,
    )  # fmt: skip


def test_the_sky_reaches_down_to_the_skyline() -> None:
    state = beside(view(), view()).state
    sky = sky_of(view(), state, highest(smoothness(view()), 4), GUIDE)

    assert (sky[: HORIZON - 1] == 1).all()
    assert not sky[HORIZON:].any()


def test_haze_above_the_horizon_goes_on_and_does_not_step() -> None:
    shown = mended(beside(view(haze=0.03), view()))

    for row in (HORIZON - 3, HORIZON - 6):
        hazy = shown[row, LINE - 1, 1]
        assert np.abs(shown[row, LINE : LINE + 30, 1] - hazy).max() < 0.005


def test_the_first_pixels_of_a_sky_rise_as_the_plate_does() -> None:
    """Copies fall from the line: asked of them, the first pixel would stand too low."""
    rise = 0.0003
    slope = np.where(ROWS < HORIZON, rise * (np.arange(WIDTH) - LINE), 0)[..., None]

    shown = mended(beside(view() + slope.astype(np.float32), view() - slope.astype(np.float32)))

    steps = np.diff(shown[10:40, LINE - 6 : LINE + 6, 1].mean(axis=0))
    np.testing.assert_allclose(steps, rise, atol=0.3 * rise)


def test_a_sky_alike_is_left_as_it_is() -> None:
    picture = view(haze=0.02)
    shown = mended(beside(picture, picture))

    np.testing.assert_allclose(shown[:HORIZON], picture[:HORIZON], atol=1e-4)
    np.testing.assert_allclose(shown, picture, atol=0.1 * STOP)


def test_between_two_edges_a_difference_goes_over_from_one_to_the_other() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 0.5, np.float32)
    state = np.full((HEIGHT, WIDTH), ABSENT, np.uint8)
    state[:HORIZON] = KEPT
    state[:HORIZON, 60:140] = OPEN
    picture[:, :60] += np.float32(0.02)
    picture[:, 140:] -= np.float32(0.02)
    field = np.zeros((HEIGHT, WIDTH, 2), np.int32)
    field[..., 0], field[..., 1] = np.indices((HEIGHT, WIDTH))
    plain = np.full_like(picture, 0.5)

    added = carried_along(picture, state, field, plain, np.ones(state.shape, np.uint8))

    along = added[20, 60:140, 1]
    assert along[0] == pytest.approx(0.02, abs=0.001)
    assert along[-1] == pytest.approx(-0.02, abs=0.001)
    assert (np.diff(along) < 0).all()
    assert not added[state != OPEN].any()


def test_a_meadow_of_another_tone_is_drawn_to_the_plate_s_and_let_go() -> None:
    copied = beside(view(), view(seed=1, tone=STOP / 2))
    land = np.where(GUIDE < 0, ABSENT, copied.state).astype(np.uint8)

    added = tone_along(copied.colour, land, GUIDE)

    low = added[100:, LINE:].mean(axis=(0, 2))
    assert low[:20].mean() < -0.4 * STOP  # of half a stop
    assert low[90:].mean() == pytest.approx(0, abs=0.05 * STOP)
    assert not added[land != OPEN].any()


def test_another_thing_beside_a_meadow_stays_what_it_is() -> None:
    copied = beside(view(), view(seed=1, tone=4 * STOP))
    land = np.where(GUIDE < 0, ABSENT, copied.state).astype(np.uint8)

    assert np.abs(tone_along(copied.colour, land, GUIDE)).max() < 0.1 * STOP


def test_a_hue_is_moved_by_a_third_of_a_stop_at_most() -> None:
    other = view(seed=1)
    other[..., 2] -= np.float32(0.75 * STOP)
    copied = beside(view(), other)
    land = np.where(GUIDE < 0, ABSENT, copied.state).astype(np.uint8)

    added = tone_along(copied.colour, land, GUIDE)

    assert np.abs(added - added.mean(axis=2, keepdims=True)).max() <= STOP / 3 + 0.001


def test_twigs_before_a_sky_have_of_both_what_their_colour_says() -> None:
    plate, other = view(), view()
    other[:HORIZON] += np.float32(0.02)
    for picture in (plate, other):  # an open crown above the horizon
        picture[30:HORIZON, ::6] = 0.2
    shown = mended(beside(plate, other))

    gaps = shown[30 : HORIZON - 4, LINE + 3 : LINE + 40 : 6, 1]
    assert np.abs(gaps - 0.5).max() < 0.03


def test_a_pale_wall_that_goes_over_into_the_sky_is_not_parted_from_it() -> None:
    picture = view()
    picture[40:HORIZON, 60:140] = 0.47  # smooth, and half a stop darker than the sky
    picture[HORIZON:] = np.float32(0.47)
    state = beside(picture, picture).state

    assert not sky_of(picture, state, highest(smoothness(picture), 4), GUIDE).any()


def test_where_a_hill_stands_at_the_plate_s_edge_the_sky_beside_it_has_no_step() -> None:
    plate, other = view(), view()
    plate[30:HORIZON, LINE - 40 : LINE] = 0.2
    other[:HORIZON] += np.float32(0.02)

    shown = mended(beside(plate, other))

    beside_it = shown[10 : HORIZON - 4, LINE + 12, 1]
    assert np.abs(np.diff(beside_it)).max() < 0.002


def surrounded(left: float, right: float, pieces: tuple[float, float]) -> tuple[Copied, slice]:
    """A lawn lit from ``left`` to ``right`` around a hole that two pieces of a tone fill."""
    hole = np.s_[60:140]
    state = np.full((HEIGHT, WIDTH), KEPT, np.uint8)
    state[HORIZON + 20 : HEIGHT - 10, hole] = OPEN
    columns = np.arange(WIDTH)
    tone = left + (right - left) * np.clip((columns - 60) / 80, 0, 1)
    laid = np.where(columns < LINE, pieces[0], pieces[1])
    open_ = state == OPEN
    rough = 0.02 * (np.random.default_rng(4).random((HEIGHT, WIDTH)) - 0.5)
    grey = np.where(open_, laid, tone) + rough
    picture = np.repeat(grey[..., None], 3, axis=2).astype(np.float32)
    rows, places = np.indices(state.shape, dtype=np.int32)
    copied = Copied(
        colour=picture, state=state, guide=GUIDE, field=np.stack([rows, places], axis=2),
        piece=np.where(open_, np.where(columns < LINE, 1, 2), 0), atlas=picture,
        pixel=np.ones(state.shape, np.uint8), to_edge=False,
    )  # fmt: skip
    return copied, hole


def test_two_pieces_of_a_lawn_meet_in_the_tone_that_goes_over_from_side_to_side() -> None:
    copied, hole = surrounded(0.25, 0.28, (0.25, 0.28))

    added = tone_across(copied.colour, copied.state, GUIDE, copied.piece)

    mean = (copied.colour + added)[HORIZON + 24 : HEIGHT - 12, hole, 1].mean(axis=0)
    before = copied.colour[HORIZON + 24 : HEIGHT - 12, hole, 1].mean(axis=0)
    assert before[42:50].mean() - before[30:38].mean() > 0.025
    assert mean[42:50].mean() - mean[30:38].mean() < 0.01
    assert not added[copied.state != OPEN].any()


def test_where_a_shade_ends_in_the_hole_nothing_is_evened() -> None:
    copied, _ = surrounded(0.25, 0.25 + 4 * STOP, (0.25, 0.25 + 4 * STOP))

    added = tone_across(copied.colour, copied.state, GUIDE, copied.piece)

    assert np.abs(added).max() < 0.05 * STOP
