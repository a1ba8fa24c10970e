"""What a compositor expects of a surface carried on in whole pieces."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

import ranges
from seamline.generators.patch.flow import parted
from seamline.generators.patch.pieces import Laid, lay
from seamline.generators.patch.pieces.ground import Level, Shown, level_of, shown_by
from seamline.generators.patch.pieces.joints import joints
from seamline.generators.patch.pieces.landmarks import landmarks, seen_again
from seamline.generators.patch.pieces.seams import CANVAS, spread, whole_price
from seamline.generators.patch.pieces.tone import tone_of
from seamline.generators.patch.sheets import Sheet, labels_of

HEIGHT, WIDTH = 72, 128
KEPT = 96
"""Columns of the plate; the rest is carried on."""
ROWS, COLUMNS = np.indices((HEIGHT, WIDTH))


def sheet_of(colour: np.ndarray, usable: np.ndarray, guide: np.ndarray | None) -> Sheet:
    height, width = usable.shape
    elevation = None if guide is None else (-guide / np.float32(0.026)).astype(np.float32)
    return Sheet(
        reference=0, scale=1.0, mirrored=False, colour=colour.astype(np.float32),
        usable=usable.astype(np.uint8), top=None, trusted=np.zeros(width, np.uint8),
        elevation_deg=elevation, label=labels_of(None, height, width),
    )  # fmt: skip


def carried_on(
    picture: np.ndarray, *, seed: int = 1, guide: np.ndarray | None = None,
    kept: np.ndarray | None = None, most: float = 1.0,
) -> Laid:  # fmt: skip
    """Lay what is not ``kept`` of ``picture`` with pieces of the rest."""
    held = COLUMNS < KEPT if kept is None else kept
    heights = np.zeros(held.shape, np.float32) if guide is None else guide
    plate = np.where(held[..., None], picture, 0).astype(np.float32)
    return lay(
        plate, held.astype(np.uint8), (~held).astype(np.uint8), heights,
        [sheet_of(plate, held, guide)], [heights], -1, seed, lambda share: None, most=most,
    )  # fmt: skip


def seen(laid: Laid, picture: np.ndarray) -> np.ndarray:
    """(H, W, 3) the picture with the laid pixels copied in."""
    out = picture.astype(np.float32).copy()
    here = laid.sheet >= 0
    out[here] = picture[laid.row[here], laid.column[here]]
    return out


def grey(plane: np.ndarray) -> np.ndarray:
    return np.repeat(plane[..., None], 3, axis=2).astype(np.float32)


@pytest.mark.parametrize("seed", range(8))
def test_a_flow_in_one_direction_only_is_cut_where_it_is_cheapest(seed: int) -> None:
    chance = np.random.default_rng(seed)
    own, other = chance.integers(0, 20, (2, 3, 3)).astype(np.int64)
    room = chance.integers(0, 20, (4, 3, 3)).astype(np.int64)
    room[0, :, -1] = room[1, :, 0] = room[2, -1] = room[3, 0] = 0
    steps = ((0, 1), (0, -1), (1, 0), (-1, 0))

    def price(taken: np.ndarray) -> int:
        total = int((own * (1 - taken) + other * taken).sum())
        for d, (dy, dx) in enumerate(steps):
            for y, x in np.argwhere(taken):
                if 0 <= y + dy < 3 and 0 <= x + dx < 3 and not taken[y + dy, x + dx]:
                    total += int(room[d, y, x])
        return total

    both = np.minimum(own, other)
    found = parted(own - both, other - both, room.copy(), np.ones((3, 3), np.uint8))

    every = (np.array(b).reshape(3, 3) for b in itertools.product((0, 1), repeat=9))
    assert price(found.astype(int)) == min(price(taken) for taken in every)


@pytest.mark.parametrize("seed", range(6))
def test_a_piece_that_spreads_never_makes_the_picture_worse(seed: int) -> None:
    chance = np.random.default_rng(seed)
    colour = chance.uniform(0, 0.4, (4, 6, 7, 3)).astype(np.float32)
    there = (chance.uniform(size=(4, 6, 7)) < 0.8).astype(np.uint8)
    price = np.where(there, chance.uniform(0, 0.02, there.shape), 2.0).astype(np.float32)
    free = np.zeros((6, 7), np.uint8)
    free[1:-1, 1:-1] = 1
    label = np.where(free, chance.integers(1, 4, free.shape), CANVAS).astype(np.int64)
    dear = chance.uniform(1, 3, (*free.shape, 3)).astype(np.float32)
    change = chance.uniform(0, 0.1, (*there.shape, 2)).astype(np.float32)
    prices = [float(whole_price(colour, there, change, price, dear, label, free))]

    for piece in (1, 2, 3, 1, 2, 3):
        spread(colour, there, change, price, dear, label, free, piece)
        prices.append(float(whole_price(colour, there, change, price, dear, label, free)))

    assert all(after <= before + 1e-4 for before, after in itertools.pairwise(prices))
    assert prices[-1] < prices[0]
    assert (label[free == 0] == CANVAS).all()


def ground_of(kept: np.ndarray) -> Level:
    lawn = grey(0.33 + 0.02 * ranges.speckle(HEIGHT, WIDTH, 4))
    held = kept.astype(np.uint8)
    return level_of(
        lawn, held, 1 - held, GUIDE, [sheet_of(lawn, kept, GUIDE)], [GUIDE], 1.0, 1.0
    )


def test_a_cut_beside_a_plate_that_goes_on_is_dearer_the_nearer_it_lies() -> None:
    carried = ground_of(COLUMNS < KEPT).ground.dear
    enclosed = ground_of((np.abs(COLUMNS - 64) > 20) | (np.abs(ROWS - 36) > 20)).ground.dear

    beside = carried[:, KEPT : KEPT + 9, 0]
    assert (np.diff(beside, axis=1) < 0).all()
    far = np.abs(GUIDE[:, KEPT + 9 :]) > 0.026  # from the horizon, where all cuts are dearer
    assert (carried[:, KEPT + 9 :, 0][far] == 1).all()
    assert (carried[:, KEPT + 9 :, 0][~far] > 1).all()
    assert (carried[..., 1] > 0).all()
    assert (enclosed[..., 0] == 1).all(), "a hole's cuts are as dear everywhere"
    assert (enclosed[..., 1] == 0).all()


def test_in_the_ground_of_a_hole_a_cut_lies_along_the_plain_and_not_upright() -> None:
    around = (np.abs(COLUMNS - 64) > 20) | (np.abs(ROWS - 36) > 20)
    level = ground_of(around)
    pieces, free = np.array([(0, 0, 0), (0, 0, 40), (0, 0, -40)]), np.ones((12, 12), np.uint8)

    def cut(first_row: int, *, upright: bool) -> float:
        shown = shown_by(
            level.ground, pieces, np.zeros(3), (slice(first_row, first_row + 12), slice(50, 62))
        )
        shown.colour[1], shown.colour[2] = 0.3, 0.35
        shown.there[1:], shown.price[:] = 1, 0
        halves = np.indices((12, 12))[1 if upright else 0] > 5
        return float(
            whole_price(
                shown.colour, shown.there, shown.change, shown.price, shown.dear,
                1 + halves.astype(np.int64), free,
            )
        )  # fmt: skip

    in_ground, in_sky = ([cut(row, upright=u) for u in (True, False)] for row in (50, 20))
    assert in_ground[0] == pytest.approx(5 * in_ground[1], rel=1e-3)
    assert in_sky[0] == pytest.approx(in_sky[1], rel=1e-3), "above it trunks and walls end"
    assert (ground_of(COLUMNS < KEPT).ground.dear[..., 2] == 1).all()


@pytest.mark.parametrize("bare", [True, False])
def test_between_two_lawns_with_bare_patches_no_plain_lawn_is_laid(bare: bool) -> None:
    """Nor a patchy one between two plain lawns; of two that are cut alike the like is taken."""
    around = (np.abs(COLUMNS - 64) > 20) | (np.abs(ROWS - 36) > 20)
    patches = 0.33 + 0.2 * (ranges.speckle(HEIGHT, WIDTH, 4) - 0.5)
    plain = np.full((HEIGHT, WIDTH), 0.33)
    lawn, other = (patches, plain) if bare else (plain, patches)
    sheets = [sheet_of(grey(p), np.ones_like(around), GUIDE) for p in (lawn, other)]
    level = level_of(
        grey(lawn), around.astype(np.uint8), (~around).astype(np.uint8), GUIDE, sheets,
        [GUIDE, GUIDE], 1.0, 1.0,
    )  # fmt: skip
    pieces, whole = np.array([(0, 0, 0), (0, 0, 30), (1, 0, 30)]), np.s_[16:56, 44:84]
    unasked = replace(level.ground, lively=None, wanted=None)

    asked, before = (
        shown_by(g, pieces, np.zeros(3), whole).price[1:] for g in (level.ground, unasked)
    )

    like, unlike = (asked - before)[:, -8:].reshape(2, -1)
    assert np.median(unlike) > 0.01
    assert np.median(like) < 0.05 * np.median(unlike)
    assert (asked == before)[:, :30].all(), "above the horizon nobody asks"


def test_ground_out_of_its_height_costs_as_much_in_a_hole_as_beyond_an_edge() -> None:
    """Twice its square: cuts are dearer in both, and else a horizon steps to save one."""
    held = COLUMNS < KEPT
    around = (np.abs(COLUMNS - 64) > 20) | (np.abs(ROWS - 36) > 20)
    pieces, box = np.array([(0, 0, 0), (0, 3, 0)]), (slice(48, 60), slice(4, 40))
    carried, enclosed = (
        np.median(shown_by(ground_of(kept).ground, pieces, np.zeros(2), box).price[1])
        for kept in (held, around)
    )

    assert enclosed == pytest.approx(2 * 0.03**2, rel=1e-3), "three rows of .01, squared"
    assert carried == pytest.approx(enclosed, rel=1e-3)


def test_a_cut_along_the_edge_of_a_trunk_costs_less_than_one_across_it() -> None:
    trunk = np.broadcast_to(np.where(np.abs(np.arange(12) - 6) < 2, 0.1, 0.3), (12, 12))
    colour = np.stack([grey(trunk), grey(trunk + 0.05)])
    there, price = np.ones((2, 12, 12), np.uint8), np.zeros((2, 12, 12), np.float32)
    change = np.zeros((2, 12, 12, 2), np.float32)
    change[:, :, :-1, 0] = 3 * np.diff(trunk, axis=1) ** 2
    free, rows, columns = np.ones((12, 12), np.uint8), *np.indices((12, 12))

    def cut(second: np.ndarray, across: float) -> float:
        dear = np.broadcast_to(np.array([1, across, 1], np.float32), (12, 12, 3)).copy()
        labels = second.astype(np.int64)
        return float(whole_price(colour, there, change, price, dear, labels, free))

    upright, level = columns > 4, rows > 5
    assert cut(upright, 0) == pytest.approx(cut(level, 0)), "they differ by as much"
    assert cut(upright, 2) < 0.6 * cut(level, 2)


def test_what_a_piece_changes_by_is_told_where_it_shows_both() -> None:
    level = level_of_two(grey(ROWS * 0.01), grey(COLUMNS * 0.02))
    pieces = np.array([(0, 0, 0), (0, 0, 0), (1, 0, 20)])
    box = (slice(10, 20), slice(100, 124))

    shown = shown_by(level.ground, pieces, np.zeros(3), box)

    assert shown.change[1, :-1, :-1, 1] == pytest.approx(3 * 0.01**2, rel=1e-3)
    assert (shown.change[1, ..., 0] == 0).all()
    edge = WIDTH - 20 - 100
    assert shown.change[2, :, : edge - 1, 0] == pytest.approx(3 * 0.02**2, rel=1e-3)
    assert (shown.change[2, :, edge - 1 :] == 0).all(), "nothing is there to change to"


def test_a_striped_wall_goes_on_in_step() -> None:
    wall = grey(0.3 + 0.1 * ((COLUMNS // 4) % 3))

    laid = carried_on(wall)

    np.testing.assert_allclose(seen(laid, wall), wall, atol=1e-6)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_ridge_is_carried_on_where_the_plate_ends(seed: int) -> None:
    ridge = 20 + np.abs((COLUMNS * 3 // 4) % 36 - 18)
    land = ranges.speckle(HEIGHT, WIDTH, 3) * 0.04 + 0.2
    picture = grey(np.where(ridge > ROWS, 0.5, land))

    found = seen(carried_on(picture, seed=seed), picture)

    line = (found[..., 0] < 0.4).argmax(axis=0)
    assert np.abs(np.diff(line[KEPT - 4 :])).max() <= 3, "no step, at the border or beyond"


def test_water_goes_on_at_its_own_height() -> None:
    shore = 48
    guide = ((ROWS - shore) * np.float32(0.01)).astype(np.float32)
    noise = ranges.speckle(HEIGHT, WIDTH, 5) * 0.03
    picture = grey(np.where(shore > ROWS, 0.45, 0.25) + noise)

    found = seen(carried_on(picture, guide=guide), picture)

    assert ((found[..., 0] < 0.4).argmax(axis=0) == shore).all()


def test_a_lone_bird_is_not_seen_twice() -> None:
    bird = (np.abs(ROWS - 20) < 3) & (np.abs(COLUMNS - 80) < 3)
    guide = ((ROWS - 60) * np.float32(0.01)).astype(np.float32)
    sky = grey(0.5 + 0.02 * ranges.speckle(HEIGHT, WIDTH, 9))
    picture = np.where(bird[..., None], np.float32(0.1), sky)

    found = [seen(carried_on(picture, seed=s, guide=guide), picture) for s in (1, 2, 3)]

    assert all((f[:, KEPT:, 0] > 0.4).all() for f in found)


GUIDE = ((ROWS - 46) * np.float32(0.01)).astype(np.float32)
TOWER = (np.abs(COLUMNS - 63) < 4) & (ROWS > 6) & (ROWS <= 46)


def hedge(light: float, seed: int) -> np.ndarray:
    """(H, W, 3) a hedge in steps of 56 columns under a pale sky, on a lawn."""
    top = 40 - (COLUMNS % 56) // 3
    dark = np.where(top < ROWS, 0.2, 0.5)
    noise = ranges.speckle(HEIGHT, WIDTH, seed) * 0.02
    return grey(np.where(ROWS > 46, 0.33, dark) + light + noise)


def beside_a_second_view(plate: int, seed: int) -> np.ndarray:
    """(H, W) where the tower of the plate stands again in what is laid."""
    held = COLUMNS < KEPT
    towered = np.where(TOWER[..., None], np.float32(0.08), hedge(0, 3))
    known = np.where(held[..., None], towered, 0).astype(np.float32)
    second = hedge(0.02, 8)
    laid = lay(
        known, held.astype(np.uint8), (~held).astype(np.uint8), GUIDE,
        [sheet_of(second, np.ones_like(held), GUIDE), sheet_of(known, held, GUIDE)],
        [GUIDE, GUIDE], plate, seed, lambda share: None,
    )  # fmt: skip
    assert (laid.sheet[~held] >= 0).all()
    return np.asarray((laid.sheet == 1) & TOWER[laid.row, laid.column])


def test_a_reference_takes_the_place_of_a_tower_that_would_stand_twice() -> None:
    assert beside_a_second_view(-1, 3).any(), "unpriced it would show it again"
    assert not beside_a_second_view(1, 3).any()


def level_of_two(first: np.ndarray, second: np.ndarray) -> Level:
    known = np.ones((HEIGHT, WIDTH), np.uint8)
    sheets = [sheet_of(p, known, GUIDE) for p in (first, second)]
    return level_of(first, known, np.zeros_like(known), GUIDE, sheets, [GUIDE, GUIDE], 1.0, 1.0)


def test_a_tower_is_a_landmark_down_to_its_foot_and_a_lawn_is_none() -> None:
    lawn = grey(0.33 + 0.02 * ranges.speckle(HEIGHT, WIDTH, 4))
    marks = landmarks(level_of_two(np.where(TOWER[..., None], 0.08, lawn), lawn).ground)

    assert marks[:HEIGHT][TOWER].all()
    assert not marks[:HEIGHT, :48].any()
    assert not marks[HEIGHT:].any()


def test_the_edge_of_what_is_known_is_no_landmark() -> None:
    held = COLUMNS < KEPT
    lawn = grey(0.33 + 0.02 * ranges.speckle(HEIGHT, WIDTH, 4))
    known = np.where(held[..., None], lawn, 0).astype(np.float32)
    there, hole = held.astype(np.uint8), (~held).astype(np.uint8)

    level = level_of(
        known, there, hole, GUIDE, [sheet_of(known, held, GUIDE)], [GUIDE], 1.0, 1.0
    )

    assert not landmarks(level.ground).any()


def test_what_the_plate_shows_is_seen_again_and_a_reference_only_the_second_time() -> None:
    lawn = grey(0.33 + 0.02 * ranges.speckle(HEIGHT, WIDTH, 4))
    tower = np.where(TOWER[..., None], 0.08, lawn)
    ground = level_of_two(tower, tower).ground
    marks = landmarks(ground)
    one, two = np.zeros((2, HEIGHT, WIDTH), np.int64)
    one[:, 64:80] = 1
    two[:, 64:80], two[:, 16:32] = 1, 2

    def price(sheet: int, labels: np.ndarray) -> float:
        pieces = np.array([(0, 0, 0), (sheet, 0, 0), (sheet, 0, 48)])
        return seen_again(ground, marks, 0, pieces, labels)

    assert price(1, one) == 0
    assert price(0, one) > 0
    assert price(1, two) == pytest.approx(price(0, one))
    assert price(0, two) == pytest.approx(2 * price(0, one))


def most_of_one(laid: Laid) -> float:
    """The share of what is laid that has one shift."""
    here = laid.sheet >= 0
    shifts = (laid.row - ROWS)[here] * 10000 + (laid.column - COLUMNS)[here]
    _, counts = np.unique(shifts, return_counts=True)
    return float(counts.max() / here.sum())


def test_no_piece_fills_more_of_a_hole_than_it_may_where_others_fit_as_well() -> None:
    gravel = grey(0.3 + 0.1 * ranges.speckle(HEIGHT, WIDTH, 7))

    assert most_of_one(carried_on(gravel)) > 0.6
    for most in (0.5, 0.35):
        assert most_of_one(carried_on(gravel, most=most)) <= most


def test_only_what_may_be_copied_is_laid_also_at_full_size() -> None:
    height, width = 240, 320
    rows, columns = np.indices((height, width))
    picture = ranges.hills(height, width, seed=2)
    kept = ((rows - 120) ** 2 + (columns - 170) ** 2 > 50**2) & (columns > 40)

    laid = carried_on(picture, kept=kept)

    here = laid.sheet >= 0
    np.testing.assert_array_equal(here, ~kept)
    assert kept[laid.row[here], laid.column[here]].all()


def test_a_hole_that_nothing_surrounds_is_still_filled() -> None:
    kept = np.zeros((HEIGHT, WIDTH), bool)
    kept[20:50, 30:80] = True
    picture = ranges.hills(HEIGHT, WIDTH, seed=4)

    laid = carried_on(picture, kept=kept)

    here = laid.sheet >= 0
    np.testing.assert_array_equal(here, ~kept)
    assert kept[laid.row[here], laid.column[here]].all()


def met(left: float, right: float) -> np.ndarray:
    """(3,) by how much a piece of ``right`` is lifted beside a plate of ``left``."""
    plate = np.zeros((8, 12), np.uint8)
    plate[:, :6] = 1
    copies = np.where(plate[..., None] > 0, np.float32(left), np.float32(right))
    copies = np.repeat(copies, 3, axis=2).astype(np.float32)
    copies[..., 2] += np.float32(0.02) * (1 - plate)
    label = np.where(plate > 0, CANVAS, 1).astype(np.int64)
    rows, columns = np.indices((8, 12))
    field = np.stack([rows, columns + 4], axis=-1).astype(np.int32)
    atlas = np.broadcast_to(copies[0, -1], (8, 20, 3)).astype(np.float32).copy()
    found = tone_of(copies, plate, label, field, atlas, np.ones((8, 20), np.uint8))
    assert (found[:, :6] == 0).all(), "the plate is never moved"
    return found[0, -1]


def test_a_piece_is_lifted_until_it_meets_the_plate_and_keeps_its_colour() -> None:
    lifted = met(0.45, 0.41)

    assert lifted[0] == lifted[1] == lifted[2]
    assert lifted[0] == pytest.approx(0.04 - 0.02 / 3, abs=0.002)


def test_a_piece_is_lifted_by_no_more_than_a_stop() -> None:
    assert met(0.5, 0.39)[0] == pytest.approx(0.06, abs=1e-6)


def test_a_white_wall_beside_a_black_one_is_no_step_of_tone() -> None:
    assert (met(0.7, 0.2) == 0).all()


def test_where_pieces_do_not_meet_a_place_shows_how_one_becomes_the_other() -> None:
    reeds = 0.2 + 0.25 * np.clip((COLUMNS - 36) / 8, 0, 1)  # they end in a soft edge
    picture = grey(np.where(COLUMNS < 64, reeds, 0.3))
    hole = (COLUMNS >= 80) & (COLUMNS < 112) & (ROWS >= 20) & (ROWS < 52)
    known = (~hole).astype(np.uint8)
    flat = np.zeros((HEIGHT, WIDTH), np.float32)
    level = level_of(
        picture, known, hole.astype(np.uint8), flat, [sheet_of(picture, ~hole, flat)], [flat],
        1.0, 1.0,
    )  # fmt: skip
    box = np.s_[19:53, 79:113]
    own = np.where(hole[box], np.where(COLUMNS[box] < 96, 1, 2), CANVAS)
    plain = [grey(np.full(own.shape, tone)) for tone in (0.2, 0.45)]
    colour = np.stack([picture[box], *plain])
    labels = np.where(hole, np.where(COLUMNS < 96, 1, 2), CANVAS)

    shown = Shown(
        colour=colour,
        there=np.ones((3, *own.shape), np.uint8),
        change=np.zeros((3, *own.shape, 2), np.float32),
        price=np.zeros((3, *own.shape), np.float32),
        dear=np.ascontiguousarray(level.ground.dear[box]),
    )
    places = joints(level.ground, labels, box, shown, own, hole[box].astype(np.uint8), 1)

    assert any(abs(96 + dx - 40) <= 2 for _, _, dx in places), "where reeds end by themselves"
