"""Where nothing stands above the horizon, a sea that is carried on has no step in it."""

from __future__ import annotations

import numpy as np
import pytest

from seamline.generators.patch.pieces.ground import Ground, level_of
from seamline.generators.patch.pieces.horizon import (
    ABOUT,
    is_level,
    levelled,
    off_level,
    rows_off,
)
from seamline.generators.patch.sheets import Sheet, labels_of

HEIGHT, WIDTH, KEPT, HORIZON = 144, 256, 192, 70
ROWS, COLUMNS = np.indices((HEIGHT, WIDTH))
GUIDE = ((ROWS - HORIZON + 0.5) * 0.0043).astype(np.float32)
HELD = COLUMNS < KEPT


def at_sea(*, seed: int = 5) -> np.ndarray:
    """(H, W, 3) an evening that brightens to the right, as it does towards the horizon."""
    draw = np.random.default_rng(seed)
    dusk = 0.4 + 0.0015 * ROWS + 0.0004 * COLUMNS
    waves = 0.5 - 0.0004 * ROWS + 0.0004 * COLUMNS
    waves += 0.005 * draw.standard_normal((HEIGHT, WIDTH))
    grey = np.where(ROWS < HORIZON, dusk, waves)
    return np.where(HELD[..., None], grey[..., None].repeat(3, 2), 0).astype(np.float32)


def ground() -> Ground:
    sheet = Sheet(
        reference=0, scale=1.0, mirrored=False, colour=at_sea(), usable=HELD.astype(np.uint8),
        top=None, trusted=np.zeros(WIDTH, np.uint8),
        elevation_deg=(-GUIDE / np.float32(0.026)).astype(np.float32),
        label=labels_of(None, HEIGHT, WIDTH),
    )  # fmt: skip
    known = HELD.astype(np.uint8)
    return level_of(at_sea(), known, 1 - known, GUIDE, [sheet], [GUIDE], 1.0, 1.0).ground


def level(plate: np.ndarray) -> bool:
    known = HELD.astype(np.uint8)
    return is_level(plate, known, 1 - known, GUIDE)


@pytest.mark.parametrize("off", [-2, -1, 0, 1, 2])
def test_a_place_that_shows_its_horizon_a_little_off_shows_it_level(off: int) -> None:
    hole = (~HELD).astype(np.uint8)

    (((cost, place),),) = levelled(ground(), [[(0.5, (0, off, -80))]], hole)

    assert (cost, place) == (0.5, (0, 0, -80))


def test_a_wave_from_far_below_the_horizon_stays_where_it_was_found() -> None:
    hole = (~HELD).astype(np.uint8)

    assert levelled(ground(), [[(0.5, (0, -9, -80))]], hole) == [[(0.5, (0, -9, -80))]]


def test_water_from_far_below_is_off_at_the_horizon_and_nowhere_else() -> None:
    """A removed island let it stand there as a ghost (quay)."""
    box = slice(20, 130), slice(KEPT, WIDTH)

    level, a_row_off, waves = (
        off_level(ground(), np.array((0, dy, -80)), box) for dy in (0, 1, 12)
    )

    assert not level.any()
    assert not a_row_off.any()
    assert (waves == (np.abs(GUIDE[box]) < ABOUT)).all()


def test_only_a_piece_that_is_laid_across_the_horizon_is_moved_to_it() -> None:
    across, below = np.zeros((2, HEIGHT, WIDTH), np.uint8)
    across[HORIZON - 5 : HORIZON + 5, KEPT:] = below[HORIZON + 5 :, KEPT:] = 1
    piece = np.array([0, 2, -80])

    assert rows_off(ground(), piece, across) == -2
    assert rows_off(ground(), piece, below) is None


def test_a_cut_through_a_level_horizon_is_dearer() -> None:
    dear = ground().dear[:, -1, 0]

    assert dear[HORIZON] == dear[HORIZON - 1] > 10 * dear[0]


def test_what_stands_above_the_horizon_at_the_edge_says_that_it_is_no_open_sea() -> None:
    plate = at_sea()
    assert level(plate)

    plate[HORIZON - 25 : HORIZON, KEPT - 8 : KEPT - 4] = 0.2

    assert not level(plate)


def test_what_stands_far_from_the_edge_is_no_hindrance() -> None:
    plate = at_sea()
    plate[HORIZON - 25 : HORIZON, 40:60] = 0.2

    assert level(plate)
