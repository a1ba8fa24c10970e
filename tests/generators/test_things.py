"""What a compositor would know again, however small, and that it does not stand twice."""

from __future__ import annotations

import numpy as np
import pytest
from test_pieces import GUIDE, HEIGHT, WIDTH, grey, level_of_two, sheet_of

import ranges
from seamline.generators.patch.pieces import lay
from seamline.generators.patch.pieces.again import Things, barred, enlarged, seen_by
from seamline.generators.patch.pieces.ground import Ground
from seamline.generators.patch.pieces.things import things_of

ROWS, COLUMNS = np.indices((HEIGHT, WIDTH))


def grass(seed: int = 4) -> np.ndarray:
    """(H, W, 3) grass whose blades differ by a tenth of a stop."""
    return grey(0.33 + 0.006 * ranges.speckle(HEIGHT, WIDTH, seed))


def disc(row: int, column: int, radius: float) -> np.ndarray:
    inside: np.ndarray = (ROWS - row) ** 2 + (COLUMNS - column) ** 2 <= radius**2
    return inside


def named(picture: np.ndarray) -> np.ndarray:
    return things_of(picture.astype(np.float32), np.ones((HEIGHT, WIDTH), np.uint8))


@pytest.mark.parametrize("radius", [0, 1, 3, 5, 7])
@pytest.mark.parametrize("step", [-0.09, 0.09])
def test_a_lamp_a_stone_and_a_crown_are_one_thing_each(radius: float, step: float) -> None:
    stone = disc(40, 60, radius)

    found = named(grass() + np.where(stone, np.float32(step), 0)[..., None])

    assert (found[stone] > 0).mean() > 0.75
    assert not found[~disc(40, 60, 2 * radius + 4)].any()


def test_a_poppy_as_bright_as_the_grass_is_a_thing_by_its_colour() -> None:
    poppy = disc(30, 80, 2)

    found = named(grass() + np.where(poppy[..., None], np.float32((0.06, -0.06, 0)), 0))

    assert found[poppy].all()
    assert not found[~disc(30, 80, 7)].any()


def test_one_of_many_pebbles_is_none() -> None:
    pebbles = np.zeros((HEIGHT, WIDTH), bool)
    chance = np.random.default_rng(3)
    for row in range(4, HEIGHT, 9):
        for column in range(4, WIDTH, 9):
            pebbles |= disc(row + chance.integers(-2, 3), column + chance.integers(-2, 3), 1.5)

    found = named(grass() + np.where(pebbles, np.float32(0.09), 0)[..., None])

    inner = np.s_[14:-14, 14:-14]
    assert (found[inner] > 0).mean() < 0.01
    alone = named(grass() + np.where(disc(40, 60, 1.5), np.float32(0.09), 0)[..., None])
    assert alone[disc(40, 60, 1.5)].all()


@pytest.mark.parametrize(
    "dark",
    [ROWS > 40, COLUMNS > 60, 2 * ROWS + COLUMNS > 130, np.abs(COLUMNS - 60) < 3,
     40 + 3 * np.sin(COLUMNS / 9) < ROWS],
    ids=["horizon", "end of a shade", "slanting shade", "trunk", "shore"],
)  # fmt: skip
def test_what_goes_on_is_no_thing(dark: np.ndarray) -> None:
    assert not named(grass() - np.where(dark, np.float32(0.15), 0)[..., None]).any()


def test_the_edge_of_what_is_known_is_no_thing() -> None:
    there = (COLUMNS < 90).astype(np.uint8)
    picture = np.where(there[..., None], grass(), 0).astype(np.float32)

    assert not things_of(picture, there).any()


STONE = disc(56, 40, 2)
STONES = STONE | disc(62, 68, 1) | disc(52, 14, 1) | disc(64, 27, 3)


def stones(plate: int, seed: int, most: float = 1.0) -> int:
    """Return how many pixels of the plate's stones, of whatever size, are laid again."""
    held = COLUMNS < 84
    # pale sand on the left: pale as such is nothing strange in this plate
    pale = STONES | (COLUMNS < 9)
    stony = np.where(pale[..., None], np.float32(0.45), grass(3))
    known = np.where(held[..., None], stony, 0).astype(np.float32)
    laid = lay(
        known, held.astype(np.uint8), (~held).astype(np.uint8), GUIDE,
        [sheet_of(grass(8) + 0.06, np.ones_like(held), GUIDE), sheet_of(known, held, GUIDE)],
        [GUIDE, GUIDE], plate, seed, lambda share: None, most=most,
    )  # fmt: skip
    return int(((laid.sheet == 1) & STONES[laid.row, laid.column]).sum())


def test_the_plates_stones_do_not_stand_twice() -> None:
    assert stones(-1, 1) > 0, "unasked they do"
    assert stones(1, 1) == 0


def test_nor_do_they_where_no_piece_may_fill_so_much() -> None:
    assert not any(stones(1, seed, most=0.3) for seed in (1, 2, 3, 4, 5))


def two_sheets() -> tuple[Ground, np.ndarray]:
    level = level_of_two(
        *[np.where(STONE[..., None], np.float32(0.45), grass(s)) for s in (3, 8)]
    )
    assert level.things is not None
    return level.ground, level.things


def seen(pieces: np.ndarray, labels: np.ndarray) -> tuple[Things, list[np.ndarray]]:
    ground, names = two_sheets()
    box = slice(0, HEIGHT), slice(0, WIDTH)
    free = (labels > 0).astype(np.uint8)
    found = seen_by(ground, names, 0, pieces, box, labels, free)
    return found, [barred(found, ground, pieces, i, box) for i in range(1, len(pieces))]


def test_a_references_stone_may_stand_once_where_most_of_it_stands() -> None:
    labels = np.zeros((HEIGHT, WIDTH), np.int64)
    labels[:, 30:60], labels[:, 88:110] = 1, 2
    pieces = np.array([(0, 0, 0), (1, 0, 0), (1, 0, -49), (1, 1, 0)])

    found, (first, second, moved) = seen(pieces, labels)

    assert set(np.unique(found.by)) == {0, 1}
    assert not first.any()
    assert second[np.roll(STONE, 49, axis=1)].all()
    assert second.sum() < 4 * STONE.sum() + 60
    assert not moved.any(), "a pixel apart it is the same stone"


def test_what_the_plate_shows_may_not_stand_again_at_all() -> None:
    labels = np.zeros((HEIGHT, WIDTH), np.int64)
    labels[:, 90:] = 1

    _, (again,) = seen(np.array([(0, 0, 0), (0, 0, -60)]), labels)

    assert again[np.roll(STONE, 60, axis=1)].all()


def test_at_a_finer_size_a_thing_is_where_it_was() -> None:
    ground, names = two_sheets()
    large, _ = two_sheets()
    np.testing.assert_array_equal(enlarged(names, ground, large), names)
