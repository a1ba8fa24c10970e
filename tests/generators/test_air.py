"""What a compositor expects of haze: only the way a range was moved, and a layer of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_composition import size_of

import ranges
from seamline.errors import GeneratorError
from seamline.generators.patch import Patch
from seamline.generators.patch.compose.air import MOST, opacity
from seamline.ports import CanvasPicture, Painted, PaintedLayer, ReferencePicture

HEIGHT, WIDTH = 160, 320


HAZY = np.float32(0.14)
"""The range two and a half stops up, log encoding: its darkest things are far from black."""


def told(far: float, forest: float, *, seed: int = 1) -> list[ReferencePicture]:
    """Cards whose distances somebody said; the range lies in haze."""
    away = {"far": far, "forest": forest}
    found = []
    for view in ranges.cards(seed=seed):
        card = view.card
        if card is not None:
            colour = view.colour + (HAZY if card.label == "far" else np.float32(0))
            own = replace(card, distance_m=away.get(card.label))
            view = replace(view, colour=colour.astype(np.float32), card=own)
        found.append(view)
    return found


def room() -> CanvasPicture:
    need = ranges.meadow_line(HEIGHT, WIDTH)
    return ranges.canvas(height=HEIGHT, width=WIDTH, need=need)


@pytest.fixture(scope="module")
def views() -> list[ReferencePicture]:
    """Two photographs of one look, their ranges 4 and 7 km away."""
    return [*told(4000.0, 200.0), *told(7000.0, 200.0, seed=2)]


@pytest.fixture(scope="module")
def painted(views: list[ReferencePicture]) -> list[Painted]:
    backend, canvas = Patch(), room()
    return [backend.paint(ranges.ask(s), canvas, views, lambda _: None) for s in range(1, 13)]


def by_name(one: Painted) -> dict[str, PaintedLayer]:
    return {layer.name: layer for layer in one.layers}


def test_beside_a_range_that_stands_farther_off_the_nearer_has_air_before_it(
    painted: list[Painted], views: list[ReferencePicture]
) -> None:
    mixed = 0
    for one in painted:
        layers = by_name(one)
        far = layers["far"]
        solid = far.alpha == 1
        km = np.zeros(far.alpha.shape)
        for index in np.unique(far.source[solid]):
            card = views[int(index)].card
            assert card is not None
            assert card.distance_m is not None
            km[far.source == index] = card.distance_m / 1000
        if set(np.unique(km[solid])) == {4.0, 7.0}:
            air = layers["air"].alpha
            assert (air[solid & (km == 4)] > 0.01).all()
            # whatever size both are shown at, the farther one has the less of it
            assert air[solid & (km == 7)].max() < air[solid & (km == 4)].min()
            mixed += 1
    assert mixed >= 1


def test_a_range_that_stands_nearer_than_it_was_seen_keeps_its_haze() -> None:
    backend, canvas, views = Patch(), room(), told(4000.0, 200.0)

    nearer = 0
    for seed in (1, 2, 3, 4):
        layers = by_name(backend.paint(ranges.ask(seed), canvas, views, lambda _: None))
        if size_of(layers["far"]) >= 1:
            assert "air" not in layers
            nearer += 1
    assert nearer >= 1


def test_air_lies_on_its_range_alone_and_is_one_colour_of_the_sky(
    painted: list[Painted], views: list[ReferencePicture]
) -> None:
    for one in painted:
        layers = by_name(one)
        if "air" not in layers:
            continue
        air, far = layers["air"], layers["far"]
        names = [layer.name for layer in one.layers]
        assert names.index("air") == names.index("far") + 1
        assert (air.alpha[far.alpha == 0] == 0).all()
        assert 0 < air.alpha.max() < 0.5
        shown = air.alpha > 0
        assert len(np.unique(air.colour[shown], axis=0)) == 1
        (source,) = np.unique(air.source[shown])
        card = views[int(source)].card
        assert card is not None
        assert card.label == "sky"
        own = views[int(source)].colour[air.source_y[shown], air.source_x[shown]]
        np.testing.assert_array_equal(own + air.offset[shown], air.colour[shown])


def test_air_is_no_matter_of_chance(
    painted: list[Painted], views: list[ReferencePicture]
) -> None:
    hazed = next(one for one in painted if "air" in by_name(one))
    ask = replace(ranges.ask(9), settings=(("from", "f" * 64), ("layer", "air")))

    with pytest.raises(GeneratorError, match="no seed makes another"):
        Patch().paint(ask, replace(room(), standing=hazed.layers), views, lambda _: None)


def test_where_nobody_said_how_far_away_it_is_there_is_none() -> None:
    backend, canvas, views = Patch(), room(), ranges.cards()

    for seed in range(1, 7):
        one = backend.paint(ranges.ask(seed), canvas, views, lambda _: None)
        assert "air" not in by_name(one)


def test_haze_follows_koschmieder() -> None:
    # visual range 20 km (contrast 2 %): beta = 3.912 / 20000 per metre
    beta = 3.912 / 20000

    def over(metres: float) -> float:
        return float(np.exp(-beta * metres))

    assert opacity(over(4000), 4000, 5000) == pytest.approx(1 - over(1000), abs=1e-3)
    assert opacity(over(4000), 4000, 4000) == 0
    assert opacity(over(4000), 4000, 3000) == 0
    assert opacity(over(4000), 4000, 400_000) == MOST
