"""Where a card ends: as a lens or sand drew it, and without a scrap of what stood beside it."""

from __future__ import annotations

import numpy as np
import pytest

import views
from seamline.generators.patch.cards import PatchCards
from seamline.generators.patch.cards.blown import even_line
from seamline.generators.patch.cards.crumbs import scraps
from seamline.generators.patch.cards.edges import soft_edge
from seamline.generators.patch.cards.gaps import open_gaps
from seamline.generators.patch.cards.skytone import evened
from seamline.pixels.cards import CardPixels, CutLayer, Drawing, Master

HEIGHT, WIDTH = 90, 160
SEARCH_PX = 160


@pytest.fixture(scope="module")
def valley() -> Master:
    return views.valley(HEIGHT, WIDTH)


def completed(master: Master, layer: CutLayer, seed: int = 1) -> CardPixels:
    return PatchCards().complete(master, layer, seed=seed, width_px=SEARCH_PX)


def test_a_pixel_half_wood_half_sky_is_half_transparent() -> None:
    full = np.zeros((30, 40), np.uint8)
    full[15:] = 1
    light = np.where(full[..., None] > 0, np.float32(0.1), np.float32(0.9))
    light = np.repeat(light, 3, axis=2).astype(np.float32)
    light[15] = 0.25 * 0.1 + 0.75 * 0.9
    light[14] = 0.9

    alpha = soft_edge(light, full, full, 1 - full, 1 - full)

    np.testing.assert_allclose(alpha[15], 0.25, atol=0.02)
    np.testing.assert_allclose(alpha[14], 0.0, atol=0.02)
    np.testing.assert_allclose(alpha[17:], 1.0, atol=0.02)
    assert (alpha[:10] == 0).all()


def test_where_sand_blows_the_crest_is_an_even_line_as_sharp_as_a_lens_draws_one() -> None:
    rows = np.arange(600, dtype=np.float32)[:, None].repeat(400, axis=1)
    width = np.where(np.arange(400) < 200, 1.0, 14.0).astype(np.float32)[None, :]
    land = np.clip((rows - 300) / width + 0.5, 0, 1)
    sky, sand = np.float32((0.5, 0.52, 0.56)), np.float32((0.45, 0.36, 0.28))
    coded = (sky + land[..., None] * (sand - sky)).astype(np.float32)
    zigzag = np.where(np.arange(400) // 4 % 2 > 0, 2, -2) * (np.arange(400) >= 200)
    full = (rows >= 300 + zigzag[None, :]).astype(np.uint8)
    torn = full.astype(np.float32)

    alpha = even_line(coded, torn, full, 1 - full, 1 - full)

    def line(plane: np.ndarray) -> np.ndarray:
        return np.asarray(600 - plane.sum(axis=0))

    np.testing.assert_array_equal(alpha[:, :170], torn[:, :170])
    assert line(alpha)[260:380].std() < 0.25 * line(torn)[260:380].std()
    assert abs(line(alpha)[260:380].mean() - 300) < 0.5
    part = (alpha[:, 260:380] > 0.1) & (alpha[:, 260:380] < 0.9)
    assert part.sum(axis=0).max() <= 3
    assert (alpha[320:] == 1).all()
    assert (alpha[:280] == 0).all()


def test_a_sky_that_is_carried_on_keeps_its_grain_and_gets_no_ripples() -> None:
    rows, columns = np.indices((480, 300))
    known = (rows < 200).astype(np.uint8)
    grain = np.random.default_rng(1).normal(0, 0.0008, rows.shape).astype(np.float32)
    ripples = 0.002 * np.sin(rows * 2 * np.pi / 16 + np.sin(columns / 9.0))
    woven = 0.5 + grain + np.where(known > 0, 0, ripples)
    colour = np.repeat(woven[..., None], 3, axis=2).astype(np.float32)

    sky = evened(colour, known, 1 - known)[260:460, 40:260, 0]

    def lines(plane: np.ndarray) -> float:
        return float(np.lib.stride_tricks.sliding_window_view(plane, 5, 0).mean(-1).std())

    assert lines(sky) < 0.4 * lines(woven[260:460, 40:260])
    assert np.diff(sky, axis=1).std() > 0.8 * np.diff(grain, axis=1).std()


def test_the_fringe_a_lens_draws_along_a_ridge_is_left_behind(valley: Master) -> None:
    coded = valley.coded.copy()
    ridge = views.range_edge(WIDTH, HEIGHT)
    coded[ridge, np.arange(WIDTH)] = np.float32((0.33, 0.46, 0.44))  # cyan, a pixel wide
    land = np.arange(HEIGHT)[:, None] >= ridge[None, :]
    far = CutLayer(
        label="far",
        alpha=land.astype(np.float32),
        hidden=np.zeros_like(land),
        sources=land,
        base_row=float(HEIGHT),
        columns=(0, WIDTH),
    )

    card = completed(views.master(coded), far)

    x, y, w, h = card.window
    shown = far.alpha[y : y + h, x : x + w] > 0
    green = card.colour[..., 1] - (card.colour[..., 0] + card.colour[..., 2]) / 2
    assert (green[shown] < 0.03).all()
    assert not (card.source_y == ridge[card.source_x])[shown].any()


def test_between_the_tips_of_a_wood_what_stood_behind_is_a_gap(valley: Master) -> None:
    wood = views.wood_edge(WIDTH, HEIGHT)
    rows, columns = np.indices((HEIGHT, WIDTH))
    full = rows >= wood[None, :]
    slots = np.zeros_like(full)
    for x in range(20, 90, 12):
        slots[wood[x] : wood[x] + 4, x : x + 2] = True
    slots &= full
    pond = full & (rows >= 80) & (rows < 84) & (columns >= 30) & (columns < 36)
    noise = valley.coded[..., :1] - np.float32(views.WOOD[0])
    coded = np.where((slots | pond)[..., None], np.float32(views.RANGE) + noise, valley.coded)
    land = rows >= views.range_edge(WIDTH, HEIGHT)[None, :]
    masks = (full, full, land & ~full, ~full)

    found = open_gaps(coded.astype(np.float32), *(m.astype(np.uint8) for m in masks)) > 0

    near = rows < wood[None, :] + 2  # within a fiftieth of the height
    assert found[slots & near].mean() > 0.9
    assert not found[pond].any(), "what is not open to the outside is the wood's own"
    assert found[full & ~slots].mean() < 0.01


def test_what_hangs_on_a_wood_by_a_thread_is_none_of_it_and_a_tip_is() -> None:
    wood = np.zeros((400, 200), np.uint8)
    wood[300:] = 1
    wood[270:300, 50] = 1  # a spruce
    wood[290:300, 120] = 1
    wood[280:290, 114:127] = 1  # a bush beyond the snow, on a thread
    wood[250:256, 150:190] = 1  # and one on nothing
    bush, cloud = np.zeros_like(wood), np.zeros_like(wood)
    bush[280:290, 114:127], cloud[250:256, 150:190] = 1, 1

    found = scraps(wood)

    assert found[(bush | cloud) > 0].all()
    assert not found[270:300, 50].any(), "a tip belongs to the tree"
    assert not found[300:].any()


def test_snow_between_the_last_trees_is_woven_over(valley: Master) -> None:
    edge = views.wood_edge(WIDTH, HEIGHT)
    coded = valley.coded.copy()
    at = int(edge[40]) + 1
    coded[at : at + 2, 38:42] = np.float32(0.6)
    master = views.master(coded)

    wood = PatchCards().cut(master, views.valley_drawing())[2]
    card = completed(master, wood)

    assert wood.hidden[at : at + 2, 38:42].all()
    x, y, _, _ = card.window
    shown = card.colour[at - y : at + 2 - y, 38 - x : 42 - x]
    assert shown.max() < 0.45
    plain = PatchCards().cut(valley, views.valley_drawing())[2]
    assert not plain.hidden[at : at + 2, 38:42].any()


def test_a_range_keeps_no_twig_of_what_stood_before_it(valley: Master) -> None:
    edge = views.wood_edge(WIDTH, HEIGHT)
    coded = valley.coded.copy()
    top = int(edge[60]) - 9
    coded[top : top + 5, 60] = 0.15

    far = PatchCards().cut(views.master(coded), views.valley_drawing())[1]
    plain = PatchCards().cut(valley, views.valley_drawing())[1]

    assert far.hidden[top : top + 5, 60].all()
    assert not plain.hidden[top, 60]


def test_a_strip_of_sky_between_two_towers_is_led_on_from_above(valley: Master) -> None:
    ridge = views.range_edge(WIDTH, HEIGHT)
    rows, columns = np.indices((HEIGHT, WIDTH))
    top = int(ridge[50:80].min()) - 10
    tower = (rows >= top) & (
        ((columns >= 50) & (columns < 58)) | ((columns >= 66) & (columns < 74))
    )
    coded = np.where(tower[..., None], np.float32(0.25), valley.coded).astype(np.float32)
    skyline = np.where(
        (tower | (rows >= ridge[None, :])).any(0),
        (tower | (rows >= ridge[None, :])).argmax(0),
        0,
    )
    drawing = Drawing(strokes=(views.line("far", skyline.astype(float)),))

    sky = PatchCards().cut(views.master(coded), drawing)[0]

    assert sky.hidden[top + 1 : top + 8, 60:64].all()
    assert not sky.sources[top + 1 : top + 8, 58:66].any()
    assert not sky.hidden[2, 50:74].any()
