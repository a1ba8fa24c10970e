"""Where nothing stands above the horizon, a sea that is carried on has no step in it."""

from __future__ import annotations

import numpy as np

from seamline.generators.patch.pieces import Laid, lay
from seamline.generators.patch.pieces.horizon import is_level
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


def carried_on(plate: np.ndarray, seed: int) -> Laid:
    sheet = Sheet(
        reference=0, scale=1.0, mirrored=False, colour=plate, usable=HELD.astype(np.uint8),
        top=None, trusted=np.zeros(WIDTH, np.uint8),
        elevation_deg=(-GUIDE / np.float32(0.026)).astype(np.float32),
        label=labels_of(None, HEIGHT, WIDTH),
    )  # fmt: skip
    known = HELD.astype(np.uint8)
    return lay(plate, known, 1 - known, GUIDE, [sheet], [GUIDE], -1, seed, lambda share: None)


def level(plate: np.ndarray) -> bool:
    known = HELD.astype(np.uint8)
    return is_level(plate, known, 1 - known, GUIDE)


def test_a_sea_goes_on_at_the_height_of_its_horizon() -> None:
    plate = at_sea()

    for seed in (1, 2, 3):
        laid = carried_on(plate, seed)

        opened = ~HELD[HORIZON]
        assert (laid.row[HORIZON - 1, opened] < HORIZON).all()  # sky
        assert (laid.row[HORIZON, opened] >= HORIZON).all()  # and right below it the sea


def test_what_stands_above_the_horizon_at_the_edge_says_that_it_is_no_open_sea() -> None:
    plate = at_sea()
    assert level(plate)

    plate[HORIZON - 25 : HORIZON, KEPT - 8 : KEPT - 4] = 0.2

    assert not level(plate)


def test_what_stands_far_from_the_edge_is_no_hindrance() -> None:
    plate = at_sea()
    plate[HORIZON - 25 : HORIZON, 40:60] = 0.2

    assert level(plate)
