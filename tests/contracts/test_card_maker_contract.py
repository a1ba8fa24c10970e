"""
What every card maker promises, and what happens to those that do not keep it.

``keeps_its_promise`` is the contract; the house's maker and the tests' keep it, and bad
ones, each wrong in one way, are caught.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import views
from fakes import FakeCardMaker
from seamline.errors import InputError
from seamline.generators.patch.cards import PatchCards
from seamline.pixels.cards import CardPixels, CutLayer, Drawing, Master
from seamline.ports import CardMaker
from seamline.show.card import LABELS


@pytest.fixture(scope="module")
def valley() -> Master:
    return views.valley()


def keeps_its_promise(maker: CardMaker, master: Master) -> None:
    """Fail unless ``maker`` keeps every promise of the port."""
    layers = maker.cut(master, views.valley_drawing())
    assert layers
    orders = [LABELS.index(layer.label) for layer in layers]
    assert orders == sorted(orders), "farthest first"
    for layer in layers:
        masks_are_right(layer, master)
        card = maker.complete(master, layer, seed=1, width_px=160)
        pixels_are_right(card, layer, master)
        again = maker.complete(master, layer, seed=1, width_px=160)
        np.testing.assert_array_equal(card.colour, again.colour)
        np.testing.assert_array_equal(card.source_x, again.source_x)
    hidden = next(layer for layer in layers if layer.hidden.any())
    nothing = replace(hidden, sources=np.zeros_like(hidden.sources))
    with pytest.raises(InputError):
        maker.complete(master, nothing, seed=1, width_px=160)


def masks_are_right(layer: CutLayer, master: Master) -> None:
    shape = master.usable.shape
    assert layer.alpha.dtype == np.float32
    assert layer.alpha.shape == layer.hidden.shape == layer.sources.shape == shape
    assert ((layer.alpha >= 0) & (layer.alpha <= 1)).all()
    assert not (layer.sources & layer.hidden).any(), "what is hidden is no source"
    assert not (layer.sources & ~master.usable).any()
    assert (layer.alpha[layer.hidden] > 0).all()
    assert 0 <= layer.columns[0] < layer.columns[1] <= shape[1]


def pixels_are_right(card: CardPixels, layer: CutLayer, master: Master) -> None:
    x, y, width, height = card.window
    inside = np.zeros(master.usable.shape, bool)
    inside[y : y + height, x : x + width] = True
    assert not ((layer.alpha > 0) & ~inside).any(), "its window holds all of it"
    assert card.colour.shape == (height, width, 3)
    assert card.colour.dtype == np.float32
    assert np.isfinite(card.colour).all()
    box = (slice(y, y + height), slice(x, x + width))
    shown = layer.alpha[box] > 0.97
    hidden = shown & layer.hidden[box]
    assert layer.sources[card.source_y[hidden], card.source_x[hidden]].all()
    # the outermost pixels may take their colour from within: lenses fringe an edge
    inner = np.pad(shown, 2, constant_values=True)
    inner = np.lib.stride_tricks.sliding_window_view(inner, (5, 5)).all(axis=(2, 3))
    seen = inner & ~layer.hidden[box] & master.usable[box]
    np.testing.assert_array_equal(card.colour[seen], master.coded[box][seen])
    copied = card.copied
    np.testing.assert_array_equal(
        card.colour[copied], master.coded[card.source_y[copied], card.source_x[copied]]
    )


@pytest.mark.parametrize("maker", [PatchCards(), FakeCardMaker()], ids=["patch", "fake"])
def test_a_card_maker_keeps_its_promise(maker: CardMaker, valley: Master) -> None:
    keeps_its_promise(maker, valley)


class _Bad(FakeCardMaker):
    """The fake, wrong in the way its subclass is."""

    def spoiled(self, card: CardPixels, layer: CutLayer) -> CardPixels:
        return card

    def complete(
        self, master: Master, layer: CutLayer, *, seed: int, width_px: int
    ) -> CardPixels:
        found = super().complete(master, layer, seed=seed, width_px=width_px)
        return self.spoiled(found, layer)


class TouchesWhatIsSeen(_Bad):
    def spoiled(self, card: CardPixels, layer: CutLayer) -> CardPixels:
        return replace(card, colour=card.colour * np.float32(1.0001))


class HasHoles(_Bad):
    def spoiled(self, card: CardPixels, layer: CutLayer) -> CardPixels:
        colour = card.colour.copy()
        colour[-1, -1] = np.nan
        return replace(card, colour=colour)


class CopiesFromAnywhere(_Bad):
    def spoiled(self, card: CardPixels, layer: CutLayer) -> CardPixels:
        lowest = np.full_like(card.source_y, layer.alpha.shape[0] - 1)
        return replace(card, source_y=lowest, copied=card.copied & False)


class CutsItsWindowShort(_Bad):
    def spoiled(self, card: CardPixels, layer: CutLayer) -> CardPixels:
        x, y, width, height = card.window
        return CardPixels(
            window=(x, y, width, height - 1),
            colour=card.colour[:-1],
            source_x=card.source_x[:-1],
            source_y=card.source_y[:-1],
            copied=card.copied[:-1],
        )


class IsAnotherEachTime(_Bad):
    turn = 0

    def complete(
        self, master: Master, layer: CutLayer, *, seed: int, width_px: int
    ) -> CardPixels:
        self.turn += 1
        return super().complete(master, layer, seed=seed + self.turn, width_px=width_px)


class CompletesFromTheUnusable(FakeCardMaker):
    def cut(self, master: Master, drawing: Drawing | None) -> tuple[CutLayer, ...]:
        return tuple(
            replace(layer, sources=layer.sources | layer.hidden)
            for layer in super().cut(master, drawing)
        )


class TurnsTheOrderRound(FakeCardMaker):
    def cut(self, master: Master, drawing: Drawing | None) -> tuple[CutLayer, ...]:
        return super().cut(master, drawing)[::-1]


@pytest.mark.parametrize(
    "bad",
    [
        TouchesWhatIsSeen,
        HasHoles,
        CopiesFromAnywhere,
        CutsItsWindowShort,
        IsAnotherEachTime,
        CompletesFromTheUnusable,
        TurnsTheOrderRound,
    ],
)
def test_a_card_maker_that_breaks_its_promise_is_caught(
    bad: type[FakeCardMaker], valley: Master
) -> None:
    with pytest.raises((AssertionError, InputError)):
        keeps_its_promise(bad(), valley)
