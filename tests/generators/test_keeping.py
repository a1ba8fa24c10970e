"""What keeps a piece from filling too much of a hole, and where it then stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_patch import paint, two_looks

import ranges
from seamline.generators.patch import Patch, detect
from seamline.generators.patch.pieces import choosing
from seamline.generators.patch.pieces.choices import Choice
from seamline.generators.patch.pieces.ground import Shown
from seamline.generators.patch.pieces.keeping import filled_alike, keep, let_others_stand
from seamline.ports import CanvasPicture, Painted, ReferencePicture
from seamline.show.variation import DIFFERENT, YES
from seamline.steps.palette import plate_view

ROWS, COLUMNS = np.indices((24, 40))


def laid_with_one(fits: np.ndarray, *, apart: int = 60, there: bool = True) -> Choice:
    """Lay all with piece 1; piece 2, so far ``apart``, shows the same where it fits."""
    shape = ROWS.shape
    plain = np.full((*shape, 3), 0.3, np.float32)
    other = np.where(fits[..., None], plain, np.float32(0.6))
    seen = np.ones((3, *shape), np.uint8)
    seen[2] = there
    price = np.zeros((3, *shape), np.float32)
    price[2] = np.where(fits, 0.0, 0.5)
    shown = Shown(
        colour=np.stack([plain, plain, other]), there=seen,
        change=np.zeros((3, *shape, 2), np.float32), price=price,
        dear=np.ones((*shape, 3), np.float32),
    )  # fmt: skip
    whole = (slice(0, shape[0]), slice(0, shape[1]))
    return Choice(
        pieces=np.array([(0, 0, 0), (1, 0, 0), (1, 0, apart)], np.int64),
        around=np.zeros(shape, np.int64), box=whole, shown=shown,
        own=np.ones(shape, np.int64), free=np.ones(shape, np.uint8), every=[1, 2],
    )  # fmt: skip


SIDES = {
    "left": COLUMNS < 22,
    "right": COLUMNS >= 18,
    "top": ROWS < 13,
    "bottom": ROWS >= 11,
}


@pytest.mark.parametrize("side", SIDES)
def test_a_piece_gives_way_on_the_side_where_that_costs_least(side: str) -> None:
    choice = laid_with_one(SIDES[side])
    choice.own[::23, ::39][SIDES[side][::23, ::39]] = 2  # sides are tried with what is laid

    assert keep(choice, 0.6)

    assert (choice.own == 1).mean() <= 0.6
    assert not (choice.own == 2)[~SIDES[side]].any(), "and only where the other fits"


def test_what_fills_no_more_than_it_may_stays_as_it_is() -> None:
    for most in (1.0, 0.6):
        choice = laid_with_one(COLUMNS < 22)
        choice.own[:, :20] = 2 if most < 1 else 1
        before = choice.own.copy()

        assert not keep(choice, most)

        np.testing.assert_array_equal(choice.own, before)


def test_pieces_hardly_apart_are_one() -> None:
    for apart, filled in ((2, 1.0), (3, 0.5)):
        choice = laid_with_one(COLUMNS < 40, apart=apart)
        choice.own[:, :20] = 2

        assert filled_alike(choice.pieces, choice.own, choice.free, 1) == filled
        assert keep(choice, 0.6) == (filled > 0.6)


def test_a_piece_still_fills_too_much_where_nothing_else_can_be_laid() -> None:
    choice = laid_with_one(COLUMNS < 40, there=False)

    keep(choice, 0.6)

    assert (choice.own == 1).all()


def test_others_may_stand_again_where_a_piece_was_kept_and_it_beyond_may_not() -> None:
    choice = laid_with_one(COLUMNS < 22)
    keep(choice, 0.6)
    kept_out = choice.shown.price.copy()

    let_others_stand(choice)

    assert kept_out[2].max() > 1
    assert choice.shown.price[2].max() == 0.5
    np.testing.assert_array_equal(choice.shown.price[1], kept_out[1])
    assert choice.shown.price[1].max() > 0


# -- in whole paintings ---------------------------------------------------------------


def largest_piece(
    painted: Painted, room: CanvasPicture, looks: list[ReferencePicture]
) -> float:
    """Per cent of what was painted."""
    seen = detect.Examined(
        layers=painted.layers, references=tuple(looks), need=room.need, kept=room.keep >= 1
    )
    found = {finding.check: finding for finding in detect.findings(seen)}["verbatim"]
    assert found.measured is not None
    return float(found.measured)


def test_no_piece_fills_more_of_a_hole_than_may_be_and_less_where_that_is_asked_for() -> None:
    hole = ranges.round_hole(128, 192, radius=36)
    held = ranges.canvas(hole, height=128, width=192)
    looks = [ranges.reference("noon", height=192, width=384, seed=1)]

    for seed in (1, 2):
        usual = paint(held, looks, seed)
        other = replace(ranges.ask(seed), settings=((DIFFERENT, YES),))
        asked = Patch().paint(other, held, looks, lambda _: None)
        assert largest_piece(usual, held, looks) <= 35
        assert largest_piece(asked, held, looks) <= 25


def test_a_piece_that_fills_a_hole_does_where_nothing_keeps_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held, looks = ranges.canvas(ranges.round_hole()), two_looks()[:1]
    kept = [largest_piece(paint(held, looks, seed), held, looks) for seed in (1, 3, 5)]
    monkeypatch.setattr(choosing, "keep", lambda choice, most: False)

    free = [largest_piece(paint(held, looks, seed), held, looks) for seed in (1, 3, 5)]

    assert max(kept) <= 35
    assert min(free) > 60


def test_a_plate_is_carried_on_with_less_in_one_piece_without_asking() -> None:
    held = ranges.round_hole()
    carried = ranges.canvas(np.indices(held.shape)[1] < held.shape[1] * 3 // 4)
    around = plate_view(carried, "noon")
    assert around is not None
    looks = [two_looks()[0], around]

    for seed in (2, 3, 4):
        # measured 27, 27, 33 %, and 99 of each as long as nothing kept it
        assert largest_piece(paint(carried, looks, seed), carried, looks) < 35
