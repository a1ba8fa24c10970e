"""Live action is told from a screen, its spill taken off, and its shadow lifted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from seamline.errors import InputError
from seamline.pixels.matte import polygon_coverage
from seamline.pixels.matte.keyer import KeySettings, key
from seamline.pixels.matte.screen import measured, screen_colour
from seamline.pixels.matte.shadow import contact_shadow
from seamline.pixels.matte.spill import LUMINANCE, despilled
from seamline.pixels.matte.spread import box_mean, carried_on, smooth_field

Image = NDArray[np.float32]

COLOURS = {"green": (0.30, 0.52, 0.17), "blue": (0.12, 0.16, 0.42), "cyc": (0.42, 0.42, 0.40)}
SKIN = (0.24, 0.16, 0.11)
HEIGHT, WIDTH = 120, 200
BARE = (2, 2, 40, 20)


def figure() -> Image:
    """A disc, its edge exact to a sixteenth of a pixel."""
    turns = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    points = [(110 + 42 * np.cos(t), 62 + 42 * np.sin(t)) for t in turns]
    return polygon_coverage(points, width=WIDTH, height=HEIGHT)


def screen_light(kind: str) -> Image:
    """Twice as bright on the left as on the right: a stop of fall-off."""
    fall = 2.0 ** -np.linspace(0, 1, WIDTH)
    return np.asarray(fall[None, :, None] * np.asarray(COLOURS[kind]) * np.ones((HEIGHT, 1, 1)))


def plate_of(kind: str, live: Any = SKIN, noise: float = 0.002) -> tuple[Image, Image, Image]:
    """(H, W, 3) plate with noise, the true matte, and the clean screen."""
    matte, clean = figure(), screen_light(kind)
    mixed = matte[..., None] * np.asarray(live) + (1 - matte[..., None]) * clean
    noisy = mixed + np.random.default_rng(3).normal(0, noise, mixed.shape)
    return noisy.astype(np.float32), matte, clean.astype(np.float32)


def keyed(plate: Image, kind: str, clean: Image | None = None, **said: Any) -> Image:
    colour = screen_colour(plate, kind, BARE)
    return key(plate, measured(plate, kind, colour, clean=clean), KeySettings(**said))


# -- the key ----------------------------------------------------------------


@pytest.mark.parametrize("kind", COLOURS)
@pytest.mark.parametrize("with_clean", [False, True])
def test_a_figure_before_an_uneven_screen_is_matted_to_two_hundredths(
    kind: str, with_clean: bool
) -> None:
    plate, truth, clean = plate_of(kind)

    matte = keyed(plate, kind, clean if with_clean else None)

    soft = (truth > 0) & (truth < 1)
    assert matte.dtype == np.float32
    assert np.abs(matte - truth).mean() < 0.002
    assert np.abs(matte - truth)[soft].mean() < 0.02
    # The middle of the figure is exactly 1, and so the comp is the plate there.
    assert (matte[truth == 1] == 1).mean() > 0.99
    assert (matte[truth == 0] == 0).mean() > 0.99


def test_one_colour_for_the_whole_screen_would_not_do() -> None:
    plate, truth, clean = plate_of("green")
    even = np.broadcast_to(clean.mean(axis=(0, 1)), clean.shape).astype(np.float32)
    over = plate[..., 1] - np.maximum(plate[..., 0], plate[..., 2])
    own = even[..., 1] - np.maximum(even[..., 0], even[..., 2])

    naive = np.clip(1 - over / own, 0, 1)

    assert np.abs(naive - truth).mean() > 10 * np.abs(keyed(plate, "green") - truth).mean()


def test_a_red_figure_has_no_wider_edge_than_a_grey_one() -> None:
    wide = []
    for colour in ((0.35, 0.05, 0.04), (0.18, 0.18, 0.18)):
        plate, truth, _ = plate_of("green", colour)
        wide.append(float((keyed(plate, "green") - truth).sum()))

    # By the colour difference alone red cloth reads up to a half more live at its edge.
    edge_px = 2 * np.pi * 42
    assert max(abs(w) for w in wide) < 0.08 * edge_px


def test_a_shadow_on_a_cyclorama_is_live_unless_it_is_said_to_be_screen() -> None:
    plate, truth, _ = plate_of("cyc")
    dark = plate.copy()
    dark[90:110, 10:60] *= 0.6  # .74 stop

    kept, gone = keyed(dark, "cyc"), keyed(dark, "cyc", shadow_stops=1.0)

    assert kept[95:105, 20:50].mean() > 0.5
    assert gone[95:105, 20:50].max() == 0
    assert np.abs(gone - truth)[:, 70:].mean() < 0.004


def test_live_action_in_the_screens_own_colour_is_lost() -> None:
    plate, _, clean = plate_of("green")
    plate[55:70, 100:120] = clean[55:70, 100:120]

    assert keyed(plate, "green")[58:67, 104:116].max() < 0.05


def test_what_is_not_finite_stays_live() -> None:
    plate, _, _ = plate_of("green")
    plate[5, 150] = [np.nan, np.inf, -np.inf]

    matte = keyed(plate, "green")

    assert matte[5, 150] == 1
    assert np.isfinite(matte).all()


def test_what_is_no_screen_is_refused_with_its_numbers() -> None:
    plate, _, _ = plate_of("green")

    for kind, sample, says in (
        ("blue", None, "no blue screen"),
        ("blue", BARE, "no blue screen"),
        ("cyc", None, "no colour to be told by"),
        ("green", (500, 0, 4, 4), "0 pixels"),
    ):
        with pytest.raises(InputError, match=says):
            measured(plate, kind, screen_colour(plate, kind, sample))
    with pytest.raises(InputError, match="edge_px is 0"):
        KeySettings(edge_px=0)


# -- spill ------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["green", "blue"])
def test_spill_goes_and_luminance_stays(kind: str) -> None:
    plate, matte, _ = plate_of(kind, noise=0)
    screen = measured(plate, kind, screen_colour(plate, kind, BARE))
    grey = np.full((HEIGHT, WIDTH, 3), 0.2, np.float32)
    spilt = grey.copy()
    own = {"green": 1, "blue": 2}[kind]
    spilt[..., own] += 0.05

    left = despilled(spilt, screen, weight=matte)

    weights = np.asarray(LUMINANCE)
    np.testing.assert_allclose(left.rgb @ weights, spilt @ weights, rtol=1e-5)
    assert np.ptp(left.rgb, axis=-1).max() < 0.01  # grey again
    np.testing.assert_allclose(left.taken, 0.05, rtol=1e-4)
    told = 0.05 * LUMINANCE[own] / (0.2 + 0.05 * LUMINANCE[own])
    assert left.share == pytest.approx(told, rel=1e-3)


def test_what_has_no_spill_is_left_bit_for_bit() -> None:
    plate, _, _ = plate_of("green")
    screen = measured(plate, "green", screen_colour(plate, "green", BARE))
    skin = np.random.default_rng(1).uniform(0.1, 3, (40, 40, 3)).astype(np.float32)
    skin[..., 1] = np.minimum(skin[..., 0], skin[..., 2])
    skin[0, 0] = (70000.0, -0.3, -0.2)

    left = despilled(skin, screen)

    np.testing.assert_array_equal(left.rgb, skin)
    assert left.share == 0


# -- contact shadow ---------------------------------------------------------


def floor_with_a_shadow(pattern: float = 0.0) -> tuple[Image, Image, Image]:
    """Shadow, plate and clean plate of a floor whose light falls off."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    light = 0.3 * 2 ** -(((x - 60) / 160) ** 2 + ((y - 100) / 200) ** 2)
    light = light * (1 + pattern * np.sign(np.sin(x / 3)))
    clean = light[..., None] * np.asarray((1.0, 0.9, 0.8))
    away = np.hypot((x - 110) / 30, (y - 80) / 10)
    lost = 0.5 * np.clip(1.5 - away, 0, 1)
    truth = np.stack([1 - lost, 1 - 0.95 * lost, 1 - 0.85 * lost], axis=-1)  # the sky fills it
    noise = np.random.default_rng(2).normal(0, 0.002, clean.shape)
    plate = (clean * truth + noise).astype(np.float32)
    return truth.astype(np.float32), plate, clean.astype(np.float32)


def test_a_shadow_comes_off_a_plain_floor_with_its_depth_and_colour() -> None:
    truth, plate, _ = floor_with_a_shadow()
    floor = np.ones((HEIGHT, WIDTH), bool)
    live = np.zeros((HEIGHT, WIDTH), np.float32)

    found = contact_shadow(plate, live, floor)

    assert np.abs(found.light - truth).mean() < 0.01
    assert found.deepest_stops == pytest.approx(0.95, abs=0.1)
    assert found.light[80, 110, 2] > found.light[80, 110, 0] + 0.05
    assert found.light.max() <= 1


def test_a_patterned_floor_needs_its_clean_plate() -> None:
    truth, plate, clean = floor_with_a_shadow(pattern=0.3)
    floor = np.ones((HEIGHT, WIDTH), bool)
    live = np.zeros((HEIGHT, WIDTH), np.float32)

    with_it = contact_shadow(plate, live, floor, clean=clean * 1.3)
    without = contact_shadow(plate, live, floor, soften_px=1)

    assert np.abs(with_it.light - truth).mean() < 0.015
    assert np.abs(without.light - truth).mean() > 0.05


def test_off_the_floor_nothing_is_lost_and_under_live_action_it_is_carried_on() -> None:
    truth, plate, _ = floor_with_a_shadow()
    floor = np.zeros((HEIGHT, WIDTH), bool)
    floor[50:] = True
    live = np.zeros((HEIGHT, WIDTH), np.float32)
    live[:85, 105:116] = 1
    plate[:85, 105:116] = 5.0

    found = contact_shadow(plate, live, floor)

    np.testing.assert_array_equal(found.light[:50], 1)
    assert np.abs(found.light - truth)[60:85, 105:116].mean() < 0.08
    with pytest.raises(InputError, match="bare floor"):
        contact_shadow(plate, np.ones_like(live), floor)


# -- carrying on ------------------------------------------------------------


def test_known_pixels_stay_and_the_others_take_the_nearest() -> None:
    colour = np.zeros((40, 60, 2), np.float32)
    weight = np.zeros((40, 60), np.float32)
    colour[:, :10], weight[:, :10] = (1.0, 5.0), 1
    colour[:, 50:], weight[:, 50:] = (3.0, -5.0), 1

    filled = carried_on(colour, weight)

    np.testing.assert_array_equal(filled[weight == 1], colour[weight == 1])
    assert filled[20, 14, 0] < 1.5 < 2.5 < filled[20, 46, 0]
    assert filled.min() >= -5
    assert filled.max() <= 5
    assert not carried_on(colour * 0, weight * 0).any()


def test_a_field_keeps_a_slope_and_loses_noise() -> None:
    x = np.linspace(0.2, 0.4, 128)[None, :, None] * np.ones((96, 1, 1))
    noisy = (x + np.random.default_rng(1).normal(0, 0.02, x.shape)).astype(np.float32)

    field = smooth_field(noisy, np.ones((96, 128), np.float32), levels=4)

    assert np.abs(field - x)[16:-16, 16:-16].mean() < 0.002


def test_a_box_mean_is_the_mean_of_what_it_covers() -> None:
    plane = np.random.default_rng(1).random((9, 11)).astype(np.float32)

    mean = box_mean(plane, 2)

    assert mean[4, 5] == pytest.approx(plane[2:7, 3:8].mean(), rel=1e-5)
    assert mean[0, 0] == pytest.approx(plane[:3, :3].mean(), rel=1e-5)
