"""What a matte painter expects of cards, on a valley whose layers are known to the pixel."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import replace

import numpy as np
import pytest

import views
from seamline.errors import InputError
from seamline.generators.patch.cards import PatchCards
from seamline.generators.patch.cards.areas import filled, large_parts, nearest, upper_edge
from seamline.generators.patch.flow import least_cut
from seamline.pixels.cards import CardPixels, CutLayer, Drawing, Master

HEIGHT, WIDTH = 90, 160
SEARCH_PX = 160


@pytest.fixture(scope="module")
def valley() -> Master:
    return views.valley(HEIGHT, WIDTH)


@pytest.fixture(scope="module")
def cut(valley: Master) -> dict[str, CutLayer]:
    drawing = views.valley_drawing(HEIGHT, WIDTH)
    return {layer.label: layer for layer in PatchCards().cut(valley, drawing)}


def completed(master: Master, layer: CutLayer, seed: int = 1) -> CardPixels:
    return PatchCards().complete(master, layer, seed=seed, width_px=SEARCH_PX)


def inside_by(mask: np.ndarray, px: int) -> np.ndarray:
    """(H, W) ``mask`` less ``px`` pixels at its edges; the picture's own are none."""
    padded = np.pad(mask, px, constant_values=True)
    side = 2 * px + 1
    return np.lib.stride_tricks.sliding_window_view(padded, (side, side)).all(axis=(2, 3))


def first_row(alpha: np.ndarray) -> np.ndarray:
    """(W,) the first row that is more card than not."""
    return np.where((alpha > 0.5).any(axis=0), (alpha > 0.5).argmax(axis=0), HEIGHT)


# -- cutting ----------------------------------------------------------------


def test_the_layers_of_a_drawing_come_farthest_first(valley: Master) -> None:
    layers = PatchCards().cut(valley, views.valley_drawing())

    assert [layer.label for layer in layers] == ["sky", "far", "forest"]


def test_the_edge_is_where_colours_part_not_where_the_line_was_drawn(
    cut: dict[str, CutLayer],
) -> None:
    ridge = first_row(cut["far"].alpha) - views.range_edge(WIDTH, HEIGHT)
    wood = (first_row(cut["forest"].alpha) - views.wood_edge(WIDTH, HEIGHT))[:100]

    # drawn 1.5 px off on either side
    assert np.abs(ridge).max() <= 1
    assert np.abs(wood).mean() < 0.5
    assert np.abs(wood).max() <= 2


def test_a_range_goes_on_behind_the_wood_and_a_sky_behind_the_range(
    cut: dict[str, CutLayer],
) -> None:
    wood = np.arange(HEIGHT)[:, None] >= views.wood_edge(WIDTH, HEIGHT)[None, :]
    ridge = views.range_edge(WIDTH, HEIGHT)

    behind = cut["far"].alpha[:70][wood[:70]]
    assert (behind == 1).all()
    assert cut["far"].hidden[:70][wood[:70]].all()
    for x in range(0, WIDTH, 7):
        below = cut["sky"].alpha[ridge[x] : ridge[x] + HEIGHT // 4, x]
        assert (below == 1).all()
        assert cut["sky"].hidden[ridge[x] + 1 : ridge[x] + HEIGHT // 4, x].all()


def test_a_layer_is_completed_from_its_own_pixels_off_its_edges(
    cut: dict[str, CutLayer],
) -> None:
    rows = np.arange(HEIGHT)[:, None]
    land = rows >= views.range_edge(WIDTH, HEIGHT)[None, :]
    wood = rows >= views.wood_edge(WIDTH, HEIGHT)[None, :]

    for label, own in (("sky", ~land), ("far", land & ~wood), ("forest", wood)):
        sources = cut[label].sources
        assert sources.any(), label
        assert not (sources & ~own).any(), label
        edge = np.zeros_like(own)
        edge[1:] |= own[1:] != own[:-1]
        for shift in range(-2, 3):
            assert not (sources & np.roll(edge, shift, axis=0)).any(), label


def test_nothing_is_copied_from_keep_outs_landmarks_or_unusable_pixels(
    valley: Master,
) -> None:
    drawing = views.valley_drawing()
    drawing = replace(
        drawing,
        strokes=(
            *drawing.strokes,
            views.outline("keep-out", 90, 40, 110, 50),
            views.outline("landmark", 120, 50, 135, 60),
        ),
    )
    usable = valley.usable.copy()
    usable[40:46, 60:66] = False

    far = PatchCards().cut(views.master(valley.coded, usable), drawing)[1]

    assert not far.sources[40:50, 90:110].any()
    assert far.hidden[40:50, 90:110].all()
    assert not far.sources[50:60, 120:135].any()
    assert not far.hidden[50:60, 120:135].any(), "a landmark is seen where it stands"
    assert not far.sources[40:46, 60:66].any()
    assert far.hidden[40:46, 60:66].all()


def test_blown_sand_is_no_sky_and_leaves_the_range_as_it_was_drawn(valley: Master) -> None:
    drawing = views.valley_drawing()
    plain = PatchCards().cut(valley, drawing)
    veil = views.outline("veil", 60, 0, 100, 20)

    sky, far = PatchCards().cut(valley, replace(drawing, strokes=(*drawing.strokes, veil)))[:2]

    assert not sky.sources[0:20, 60:100].any()
    assert sky.hidden[0:20, 60:100].all()
    assert plain[0].sources[4:14, 64:96].any()
    assert far.columns == plain[1].columns
    np.testing.assert_array_equal(far.alpha, plain[1].alpha)


def test_a_broken_silhouette_gives_a_card_for_each_side(valley: Master) -> None:
    usable = valley.usable.copy()
    usable[:60, 70:95] = False

    layers = PatchCards().cut(views.master(valley.coded, usable), views.valley_drawing())

    left, right = (layer for layer in layers if layer.label == "far")
    assert left.columns[1] <= 70
    assert right.columns[0] >= 95
    assert left.columns[0] <= 3
    assert right.columns[1] == WIDTH
    assert not (left.alpha[:, 70:] > 0).any()
    assert not (right.alpha[:, :95] > 0).any()


def test_a_sky_holds_no_aerial_that_the_skyline_missed(valley: Master) -> None:
    ridge = views.range_edge(WIDTH, HEIGHT)
    coded = valley.coded.copy()
    top = int(ridge[120]) - 7
    coded[top : top + 3, 120:122] = 0.2

    sky = PatchCards().cut(views.master(coded), views.valley_drawing())[0]
    plain = PatchCards().cut(valley, views.valley_drawing())[0]

    assert sky.hidden[top - 1 : top + 4, 119:123].all()
    assert not sky.sources[top - 3 : top + 6, 117:125].any()
    assert not plain.hidden[top, 120]
    # far from anything that stands there, a sky keeps what is sharp in it
    coded = valley.coded.copy()
    coded[2:4, 10:12] = 0.2
    bird = PatchCards().cut(views.master(coded), views.valley_drawing())[0]
    assert not bird.hidden[2, 10]


def test_water_is_one_card_however_often_its_shore_is_hidden(valley: Master) -> None:
    usable = valley.usable.copy()
    usable[60:80, 70:95] = False
    shore = views.line("water", np.full(WIDTH, 68))
    drawing = views.valley_drawing()
    drawing = replace(drawing, strokes=(drawing.strokes[0], shore))

    layers = PatchCards().cut(views.master(valley.coded, usable), drawing)

    (water,) = [layer for layer in layers if layer.label == "water"]
    assert water.columns == (0, WIDTH)


def test_a_drawn_horizon_is_where_range_and_sky_stand(valley: Master) -> None:
    drawing = views.valley_drawing()
    level = views.line("horizon", np.full(WIDTH, 61))

    layers = PatchCards().cut(valley, replace(drawing, strokes=(*drawing.strokes, level)))

    assert [layer.base_row for layer in layers][:2] == [61, 61]


def test_an_area_is_a_layer_that_ends_by_its_outline(valley: Master) -> None:
    coded = valley.coded.copy()
    coded[45:65, 100:130] = np.float32((0.5, 0.3, 0.2))
    bush = views.outline("foliage", 99, 44, 131, 66)
    drawing = views.valley_drawing()

    layers = PatchCards().cut(
        views.master(coded), replace(drawing, strokes=(*drawing.strokes, bush))
    )

    foliage = next(layer for layer in layers if layer.label == "foliage")
    far = next(layer for layer in layers if layer.label == "far")
    solid = foliage.alpha > 0.5
    assert solid[46:64, 101:129].all()
    assert int(solid.sum()) == pytest.approx(20 * 30, abs=60)
    assert far.hidden[46:64, 101:129].all(), "the range goes on behind the bush"
    assert not foliage.hidden[48:62, 103:127].any()


def test_without_a_drawing_sky_and_land_are_proposed(valley: Master) -> None:
    layers = PatchCards().cut(valley, None)

    assert [layer.label for layer in layers] == ["sky", "far"]
    ridge = first_row(layers[1].alpha) - views.range_edge(WIDTH, HEIGHT)
    assert np.abs(ridge).mean() < 1
    assert not layers[1].hidden[:80].any(), "nothing stands before the land"


def test_without_a_skyline_the_artist_is_asked_for_a_line() -> None:
    noise = np.random.default_rng(1).uniform(0.2, 0.5, (60, 80, 3)).astype(np.float32)

    with pytest.raises(InputError, match="no skyline is found") as refused:
        PatchCards().cut(views.master(noise), None)

    assert "--lines" in refused.value.remedy


def test_a_picture_painted_out_all_over_has_no_layer() -> None:
    coded = views.valley().coded

    with pytest.raises(InputError, match="nothing of any layer is seen"):
        PatchCards().cut(
            views.master(coded, np.zeros(coded.shape[:2], bool)), views.valley_drawing()
        )


def test_a_few_scribbles_find_the_same_layers(valley: Master) -> None:
    sky, far, wood = (np.zeros((HEIGHT, WIDTH), bool) for _ in range(3))
    sky[5:8, 10:150] = True
    far[45:48, 90:150] = True
    wood[70:73, 5:40] = True

    layers = PatchCards().cut(
        valley, Drawing(scribbles={"sky": sky, "far": far, "forest": wood})
    )

    found = {layer.label: layer for layer in layers}
    assert set(found) == {"sky", "far", "forest"}
    ridge = first_row(found["far"].alpha) - views.range_edge(WIDTH, HEIGHT)
    assert np.abs(ridge).mean() < 1
    seen = (found["forest"].alpha > 0.5) & ~found["forest"].hidden
    wooded = np.arange(HEIGHT)[:, None] >= views.wood_edge(WIDTH, HEIGHT)[None, :]
    assert (seen != wooded).mean() < 0.03


# -- completing -------------------------------------------------------------


def test_a_card_has_colour_everywhere_and_tells_where_each_pixel_came_from(
    valley: Master, cut: dict[str, CutLayer]
) -> None:
    for layer in cut.values():
        card = completed(valley, layer)
        x, y, w, h = card.window
        hidden = layer.hidden[y : y + h, x : x + w]
        solid = inside_by(layer.alpha[y : y + h, x : x + w] > 0.97, 2)

        assert np.isfinite(card.colour).all()
        same = card.copied
        np.testing.assert_array_equal(
            card.colour[same], valley.coded[card.source_y[same], card.source_x[same]]
        )
        assert not card.copied[hidden & solid].any()
        assert layer.sources[card.source_y[hidden & solid], card.source_x[hidden & solid]].all()
        seen = solid & ~hidden
        rows, columns = np.indices((h, w))
        assert (card.source_y[seen] == rows[seen] + y).all()
        assert (card.source_x[seen] == columns[seen] + x).all()


def test_what_was_hidden_looks_like_the_layer_and_like_no_other(
    valley: Master, cut: dict[str, CutLayer]
) -> None:
    for label, tone, spread in (
        ("sky", views.SKY, 0.004),
        ("far", views.RANGE, 0.05),
    ):
        card = completed(valley, cut[label])
        x, y, w, h = card.window
        hidden = cut[label].hidden[y : y + h, x : x + w] & (
            cut[label].alpha[y : y + h, x : x + w] > 0.97
        )
        filled_in = card.colour[hidden]
        np.testing.assert_allclose(filled_in.mean(axis=0), tone, atol=0.01)
        assert filled_in.std(axis=0).max() < spread


def test_the_rim_of_a_wood_has_the_woods_colour_not_the_skys(
    valley: Master, cut: dict[str, CutLayer]
) -> None:
    card = completed(valley, cut["forest"])
    x, y, w, h = card.window
    rim = (cut["forest"].alpha[y : y + h, x : x + w] > 0) & (
        cut["forest"].alpha[y : y + h, x : x + w] < 0.97
    )

    assert rim.any()
    warmth = card.colour[rim][:, 0] - card.colour[rim][:, 2]
    np.testing.assert_allclose(warmth, views.WOOD[0] - views.WOOD[2], atol=0.02)


def test_another_seed_is_another_completion_and_the_same_seed_the_same(
    valley: Master, cut: dict[str, CutLayer]
) -> None:
    one, again, other = (completed(valley, cut["far"], seed) for seed in (1, 1, 2))

    np.testing.assert_array_equal(one.colour, again.colour)
    np.testing.assert_array_equal(one.source_x, again.source_x)
    assert not np.array_equal(one.source_x, other.source_x)


def test_a_layer_with_next_to_nothing_to_copy_from_is_refused(
    valley: Master, cut: dict[str, CutLayer]
) -> None:
    far = cut["far"]
    few = np.zeros_like(far.sources)
    few[40:44, 60:64] = True

    with pytest.raises(InputError, match=r"far: .* too little may be copied"):
        completed(valley, replace(far, sources=few))


def test_a_card_found_on_a_smaller_picture_is_still_made_of_the_masters_own_pixels(
    valley: Master, cut: dict[str, CutLayer]
) -> None:
    card = PatchCards().complete(valley, cut["far"], seed=1, width_px=WIDTH // 2)
    x, y, w, h = card.window
    hidden = cut["far"].hidden[y : y + h, x : x + w]

    apart = card.colour[hidden] - valley.coded[card.source_y[hidden], card.source_x[hidden]]
    assert card.colour[hidden].std(axis=0).min() > 0.008, "it keeps its grain"
    assert np.abs(apart).max() <= 0.12


def test_the_same_drawing_gives_the_same_cards_to_the_bit(valley: Master) -> None:
    digests = set()
    for _ in range(2):
        digest = hashlib.sha256()
        for layer in PatchCards().cut(valley, views.valley_drawing()):
            digest.update(layer.alpha.tobytes() + layer.hidden.tobytes())
            digest.update(completed(valley, layer).colour.tobytes())
        digests.add(digest.hexdigest())

    assert len(digests) == 1


# -- the parts --------------------------------------------------------------


def cost_of(taken: np.ndarray, own: np.ndarray, other: np.ndarray, ties: np.ndarray) -> int:
    right, down = ties
    cost = int(own[taken == 0].sum() + other[taken == 1].sum())
    cost += int((right[:, :-1] * (taken[:, :-1] != taken[:, 1:])).sum())
    return cost + int((down[:-1] * (taken[:-1] != taken[1:])).sum())


@pytest.mark.parametrize("seed", range(6))
def test_a_cut_is_the_cheapest_there_is(seed: int) -> None:
    chance = np.random.default_rng(seed)
    own, other, right, down = chance.integers(0, 20, (4, 3, 4)).astype(np.int64)
    inside = np.ones((3, 4), np.uint8)

    found = least_cut(own, other, right, down, inside)

    every = (
        np.array(bits, np.uint8).reshape(3, 4) for bits in itertools.product((0, 1), repeat=12)
    )
    cheapest = min(cost_of(taken, own, other, np.stack([right, down])) for taken in every)
    assert cost_of(found, own, other, np.stack([right, down])) == cheapest


def test_an_outline_holds_the_pixels_whose_centres_it_surrounds() -> None:
    box = np.array([(1.4, 1.4), (4.6, 1.4), (4.6, 3.6), (1.4, 3.6)])

    found = filled(box, 6, 6)

    assert np.argwhere(found).tolist() == [[y, x] for y in (1, 2, 3) for x in (1, 2, 3, 4)]


def test_a_line_that_nearly_reaches_the_pictures_edge_reaches_it() -> None:
    rows = upper_edge([(1.0, 10.0), (90.0, 19.0)], 40, 100)

    assert rows[0] == 10
    assert rows[50] == 15
    assert rows[89] == 19
    assert rows[95] > 40, "a line that ends well inside ends there"


def test_the_nearest_pixel_is_the_nearest() -> None:
    chance = np.random.default_rng(4)
    mask = (chance.uniform(size=(20, 30)) < 0.03).astype(np.uint8)
    at = np.argwhere(mask)

    rows, columns = nearest(mask)

    y, x = np.indices(mask.shape)
    found = np.hypot(rows - y, columns - x)
    true = np.hypot(*(at.T[:, :, None, None] - np.stack([y, x])[:, None])).min(axis=0)
    # handed on from neighbour to neighbour, it may be a tenth of a pixel off
    np.testing.assert_allclose(found, true, atol=0.3)


def test_a_speck_is_no_part_of_a_layer() -> None:
    mask = np.zeros((10, 20), np.uint8)
    mask[1:9, 1:9] = 1
    mask[5, 15] = 1

    kept = large_parts(mask, 0.05)

    assert kept[1:9, 1:9].all()
    assert kept[5, 15] == 0
