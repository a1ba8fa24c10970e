"""Where two pieces meet at a calm skyline, one crest walks down to the other."""

from __future__ import annotations

import numpy as np
import pytest

from seamline.generators.patch.crests import crests_met, slides_of, smoothed
from seamline.generators.patch.pieces.laying import Laid
from seamline.generators.patch.sheets import Sheet, labels_of, make_atlas

HEIGHT, WIDTH, CREST, JOINT = 120, 240, 60, 130
HOLE = np.s_[30:100, 80:170]
ROWS, COLUMNS = np.indices((HEIGHT, WIDTH), dtype=np.int32)
GUIDE = ((ROWS - CREST) * 0.004).astype(np.float32)


def joined(step: int, roughness: int = 0) -> tuple[Laid, np.ndarray]:
    """A hole laid with two pieces of one hilly view, the right one ``step`` rows lower."""
    draw = np.random.default_rng(3)
    tops = CREST + draw.integers(0, roughness + 1, WIDTH)
    land = 0.2 + 0.02 * draw.random((HEIGHT, WIDTH))
    grey = np.where(tops > ROWS, 0.6, land)
    view = np.repeat(grey[..., None], 3, axis=2).astype(np.float32)
    sheet = Sheet(
        reference=0, scale=1.0, mirrored=False, colour=view,
        usable=np.ones((HEIGHT, WIDTH), np.uint8), top=None,
        trusted=np.zeros(WIDTH, np.uint8), elevation_deg=None,
        label=labels_of(None, HEIGHT, WIDTH),
    )  # fmt: skip
    hole = np.zeros((HEIGHT, WIDTH), bool)
    hole[HOLE] = True
    right = COLUMNS >= JOINT
    laid = Laid(
        sheet=np.where(hole, 0, -1).astype(np.int32),
        row=np.clip(np.where(right, ROWS - step, ROWS), 0, HEIGHT - 1).astype(np.int32),
        column=COLUMNS.copy(), piece=np.where(hole, np.where(right, 2, 1), 0),
        atlas=make_atlas([sheet], [GUIDE], 1.0),
    )  # fmt: skip
    plate = view.copy()
    lower = right & ~hole
    plate[lower] = view[np.clip(ROWS - step, 0, HEIGHT - 1), COLUMNS][lower]
    return laid, plate


def skyline(laid: Laid, plate: np.ndarray) -> np.ndarray:
    """(W,) the first dark row of each column."""
    shown = plate[..., 1].copy()
    here = laid.sheet >= 0
    shown[here] = laid.atlas.colour[laid.row[here], laid.column[here], 1]
    return np.asarray((shown < 0.4).argmax(axis=0))


def met(laid: Laid, plate: np.ndarray) -> Laid:
    return crests_met(laid, plate, np.asarray(laid.sheet < 0, np.uint8), GUIDE)


@pytest.mark.parametrize("step", [-4, 3])
def test_a_crest_that_ends_in_a_step_walks_down_row_by_row(step: int) -> None:
    laid, plate = joined(step)
    assert np.abs(np.diff(skyline(laid, plate))).max() == abs(step)

    found = met(laid, plate)

    assert np.abs(np.diff(skyline(found, plate))).max() <= 1
    outside = laid.sheet < 0
    np.testing.assert_array_equal(found.row[outside], laid.row[outside])
    np.testing.assert_array_equal(found.row[95:], laid.row[95:])


@pytest.mark.parametrize("step", [-4, 3])
def test_a_crest_that_walks_down_is_no_staircase(step: int) -> None:
    """Its height within a pixel, told by how much sky a column shows, falls evenly."""
    laid, plate = joined(step)
    found = met(laid, plate)
    here = found.sheet >= 0
    shown = plate.copy()
    shown[here] = found.atlas.colour[found.row[here], found.column[here]]

    even = smoothed(shown, found)

    def heights(picture: np.ndarray) -> np.ndarray:
        sky = np.clip((picture[..., 1] - 0.22) / 0.38, 0, 1)
        return np.asarray(sky[CREST - 9 : CREST + 9, 84:166].sum(axis=0))

    assert np.abs(np.diff(heights(shown))).max() > 0.9
    assert np.abs(np.diff(heights(even))).max() < 0.4
    far = np.abs(ROWS - CREST) > 9
    np.testing.assert_array_equal(even[far], shown[far])
    np.testing.assert_array_equal(even[~here], shown[~here])
    assert smoothed(shown, laid) is shown, "where nothing slid nothing is moved"


def test_a_cliff_stays_a_cliff() -> None:
    laid, plate = joined(12)

    assert met(laid, plate) is laid


def test_in_a_rough_skyline_nothing_slides() -> None:
    laid, plate = joined(4, roughness=9)

    assert met(laid, plate) is laid


def test_who_has_more_room_goes_farther() -> None:
    tops = np.where(np.arange(WIDTH) < JOINT, CREST, CREST + 4)
    piece = np.where(np.arange(WIDTH) < JOINT, 1, 2)[None].repeat(HEIGHT, 0)
    opened = np.zeros((HEIGHT, WIDTH), bool)
    opened[:, 90 : JOINT + 10] = True

    slides, spans = slides_of(tops, piece, opened, 8.0)

    assert spans == [(JOINT - 1, JOINT)]
    assert slides[JOINT - 1] == pytest.approx(4 * 40 / 50)
    assert slides[JOINT] == pytest.approx(-4 * 10 / 50)
    assert slides[89] == slides[JOINT + 10] == 0
