"""What a compositor expects of a picture composed of cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

import ranges
from seamline.errors import InputError
from seamline.generators.patch import Patch
from seamline.generators.patch.prepared import Prepared
from seamline.generators.patch.resample import shrink
from seamline.ports import CanvasPicture, Painted, PaintedLayer, ReferencePicture

HEIGHT, WIDTH = 160, 320
SEEN = ranges.meadow_line(HEIGHT, WIDTH)
SEEDS = range(1, 7)


def canvas(**more: object) -> CanvasPicture:
    return replace(ranges.canvas(height=HEIGHT, width=WIDTH, need=SEEN), **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def cards() -> list[ReferencePicture]:
    return ranges.cards()


@pytest.fixture(scope="module")
def six(cards: list[ReferencePicture]) -> list[Painted]:
    """Six variations of one canvas."""
    backend, room = Patch(), canvas()
    return [backend.paint(ranges.ask(seed), room, cards, lambda _: None) for seed in SEEDS]


def flat(painted: Painted) -> NDArray[np.float32]:
    """The layers over one another, in the log encoding: enough to see by."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    for layer in painted.layers:
        alpha = layer.alpha[..., None]
        picture = picture + (layer.colour - picture) * alpha
    return picture


def layer(painted: Painted, name: str) -> PaintedLayer:
    (found,) = [one for one in painted.layers if one.name == name]
    return found


def line_of(far: PaintedLayer) -> NDArray[np.int64]:
    solid = far.alpha > 0.5
    return np.where(solid.any(axis=0), solid.argmax(axis=0), HEIGHT)


def test_sky_lies_behind_the_range_and_the_wood_before_it(six: list[Painted]) -> None:
    names = [[one.name for one in painted.layers] for painted in six]

    assert all(order[:2] == ["sky", "far"] for order in names)
    assert any("forest" in order for order in names)
    assert all(order.index("forest") == 2 for order in names if "forest" in order)


def test_nothing_that_is_seen_is_left_open(six: list[Painted]) -> None:
    for painted in six:
        left = np.ones((HEIGHT, WIDTH), np.float32)
        for one in painted.layers:
            left = left * (1 - one.alpha)
        assert left[SEEN].max() < 1e-3


def test_what_is_told_of_a_pixel_gives_the_pixel_again(
    six: list[Painted], cards: list[ReferencePicture]
) -> None:
    for painted in six:
        for one in painted.layers:
            shown = one.alpha > 0
            told = np.zeros_like(one.colour)
            for index, view in enumerate(cards):
                mine = shown & (one.source == index)
                told[mine] = view.colour[one.source_y[mine], one.source_x[mine]]
                assert view.usable[one.source_y[mine], one.source_x[mine]].all()
            assert (one.source[shown] >= 0).all()
            np.testing.assert_array_equal((told + one.offset)[shown], one.colour[shown])


def test_no_sky_is_seen_below_the_skyline(six: list[Painted]) -> None:
    rows = np.arange(HEIGHT)[:, None]
    for painted in six:
        below = rows > line_of(layer(painted, "far"))[None, :] + 3
        front = np.zeros((HEIGHT, WIDTH), np.float32)
        for one in painted.layers[1:]:
            front = np.maximum(front, one.alpha)
        assert (front[below & SEEN] > 0.99).all()


def visible_height(one: PaintedLayer) -> NDArray[np.int64]:
    """(W,) how many rows of a layer are seen per column."""
    return ((one.alpha > 0.5) & SEEN).sum(axis=0)


def test_a_wood_does_not_end_in_a_wall(six: list[Painted]) -> None:
    # The card is 124 rows tall where its photograph was cut, at its left.
    woods = [layer(p, "forest") for p in six if any(x.name == "forest" for x in p.layers)]

    for wood in woods:
        tall = visible_height(wood)
        assert tall.sum() > 0
        assert np.abs(np.diff(tall)).max() <= 20


def test_where_the_light_forbids_it_nothing_is_mirrored() -> None:
    views = ranges.cards(mirror=False)
    backend = Patch()

    for seed in SEEDS:
        painted = backend.paint(ranges.ask(seed), canvas(), views, lambda _: None)
        for one in painted.layers:
            sources = one.source_x[10:-10][(one.alpha > 0.9)[10:-10]]
            if one.name == "far" and len(sources):
                steps = np.diff(one.source_x, axis=1)[(one.alpha > 0.9)[:, 1:]]
                assert (steps >= 0).mean() > 0.9
        assert not any("mirrored" in note for note in painted.notes)


def test_a_drawn_skyline_is_followed(cards: list[ReferencePicture]) -> None:
    x = np.arange(WIDTH)
    wish = np.full(WIDTH, np.nan, np.float32)
    wish[40:280] = (75 - 40 * np.clip(1 - np.abs(x - 180) / 60, 0, 1))[40:280]
    drawn, free = canvas(skyline=wish), canvas()
    backend, other = Patch(), Patch()

    def astray(painter: Patch, room: CanvasPicture) -> list[float]:
        found = []
        for seed in (1, 2, 3):
            painted = painter.paint(ranges.ask(seed), room, cards, lambda _: None)
            off = np.abs(line_of(layer(painted, "far")) - wish)[40:280]
            found.append(float(off.mean()))
        return found

    followed, unguided = astray(backend, drawn), astray(other, free)

    assert max(followed) < 14
    assert np.mean(followed) < 0.7 * np.mean(unguided)


def test_a_painter_made_ready_beforehand_paints_the_same(
    cards: list[ReferencePicture], six: list[Painted]
) -> None:
    backend = Patch()

    backend.make_ready()

    painted = backend.paint(ranges.ask(SEEDS[0]), canvas(), cards, lambda _: None)
    for own, other in zip(painted.layers, six[0].layers, strict=True):
        np.testing.assert_array_equal(own.colour, other.colour)


def test_a_sketch_is_what_will_be_painted(
    cards: list[ReferencePicture], six: list[Painted]
) -> None:
    backend, room = Patch(), canvas()

    # also where a composition was sent back: the sketch is of the one that stands
    for seed, painted in zip(SEEDS, six, strict=True):
        rough = backend.sketch(ranges.ask(seed), room, cards, 4)
        assert rough is not None
        assert rough.shape == (HEIGHT // 4, WIDTH // 4, 3)
        small = shrink(np.ascontiguousarray(flat(painted)), HEIGHT // 4, WIDTH // 4)
        seen = SEEN[2::4, 2::4]
        near, far = (
            np.abs(rough - small)[seen].mean(),
            np.abs(rough.mean() - small)[seen].mean(),
        )
        assert near < 0.35 * far
    # without cards it is laid out whole
    assert backend.sketch(ranges.ask(1), room, cards[:1], 4) is not None


def test_the_same_ask_gives_the_same_layers(
    cards: list[ReferencePicture], six: list[Painted]
) -> None:
    again = Patch().paint(ranges.ask(3), canvas(), cards, lambda _: None)

    for one, other in zip(again.layers, six[2].layers, strict=True):
        for name in ("colour", "alpha", "source", "source_x", "source_y", "offset"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_a_layer_says_how_far_away_its_card_stands(cards: list[ReferencePicture]) -> None:
    away = {"far": 4000.0, "forest": 250.0}
    told = [
        replace(v, card=replace(v.card, distance_m=away.get(v.card.label))) if v.card else v
        for v in cards
    ]
    backend, room = Patch(), canvas()

    for seed in SEEDS:
        for one in backend.paint(ranges.ask(seed), room, told, lambda _: None).layers:
            if one.name not in away:
                assert one.distance_m is None
                continue
            # shown larger than it was seen, a card stands as much nearer
            assert one.distance_m is not None
            assert one.distance_m * size_of(one) == pytest.approx(away[one.name], rel=0.02)


def size_of(one: PaintedLayer) -> float:
    """How many canvas pixels one pixel of its card is, told from the layer's lineage."""
    solid = (one.alpha > 0.99) & (one.source >= 0)
    row = int(solid.sum(axis=1).argmax())
    columns = np.flatnonzero(solid[row])
    at = one.source_x[row, columns]
    steps = np.abs(np.diff(at))
    joined = (np.diff(columns) == 1) & (steps <= 2)  # not where two pieces meet
    return float(joined.sum() / steps[joined].sum())


def different(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Rms of two pictures after gain and offset, at a sixteenth of the size."""
    small = [
        shrink(np.ascontiguousarray(p), HEIGHT // 16, WIDTH // 16)[..., 1].ravel()
        for p in (a, b)
    ]
    fit = np.polyfit(small[0], small[1], 1)
    return float(np.sqrt(((small[1] - np.polyval(fit, small[0])) ** 2).mean()))


def test_variations_differ(six: Sequence[Painted]) -> None:
    pictures = [flat(p) for p in six]

    apart = [different(pictures[i], pictures[j]) for i in range(len(six)) for j in range(i)]

    assert min(apart) > 0.004


def anew(painted: Painted, cards: list[ReferencePicture], name: str, seed: int) -> Painted:
    ask = replace(ranges.ask(seed), settings=(("from", "f" * 64), ("layer", name)))
    return Patch().paint(ask, canvas(standing=painted.layers), cards, lambda _: None)


@pytest.mark.parametrize("name", ["sky", "far", "forest"])
def test_one_layer_is_painted_anew_and_the_others_stand(
    cards: list[ReferencePicture], six: list[Painted], name: str
) -> None:
    before = next(p for p in six if len(p.layers) == 3)

    after = anew(before, cards, name, 9)

    assert [one.name for one in after.layers] == [one.name for one in before.layers]
    for one, other in zip(after.layers, before.layers, strict=True):
        same = np.array_equal(one.colour, other.colour)
        assert same == (one.name != name)
        if one.name != name:
            assert one is other
    left = np.ones((HEIGHT, WIDTH), np.float32)
    for one in after.layers:
        left = left * (1 - one.alpha)
    assert (left[SEEN] > 0.01).mean() < 0.002


def test_a_picture_that_was_not_composed_has_no_layer_to_paint_alone(
    cards: list[ReferencePicture], six: list[Painted]
) -> None:
    with pytest.raises(InputError, match="not composed of cards"):
        anew(six[0], [replace(view, card=None) for view in cards], "sky", 9)


def test_what_is_asked_for_again_is_remembered_longest() -> None:
    prepared, made = Prepared(canvas(), []), list[int]()

    def asked(number: int) -> int:
        def make() -> int:
            made.append(number)
            return number

        return prepared.remembered((number,), make)

    for number in range(1, 60):
        assert (asked(0), asked(number)) == (0, number)
    assert made == list(range(60))
    asked(1)
    assert made[-1] == 1, "what nobody asked for since is made again"


def test_above_a_drawn_skyline_there_is_nothing_but_sky() -> None:
    line = np.full(WIDTH, 60, np.float32)
    rows = np.arange(HEIGHT)[:, None] + np.zeros((1, WIDTH), int)
    low = replace(canvas(skyline=line), need=rows < 60 + 16)
    deep = replace(low, need=rows < 60 + 40)

    assert Prepared(low, []).sky_only
    assert not Prepared(deep, []).sky_only
    assert not Prepared(replace(low, skyline=None), []).sky_only


def test_references_that_give_few_ranges_say_so(six: list[Painted]) -> None:
    # One photograph, hardly wider than the canvas, no way round but its own: cut short,
    # all that can be laid out is the same slope again.
    views = ranges.cards(width=WIDTH + 60, mirror=False, wood=False)
    flat_line = [
        replace(
            v,
            colour=np.broadcast_to(v.colour[:, :1], v.colour.shape).copy(),
            card=v.card and replace(v.card, alpha=even(v.card.alpha, v.card.label)),
        )
        for v in views
    ]

    painted = Patch().paint(ranges.ask(1), canvas(), flat_line, lambda _: None)

    (said,) = [note for note in painted.notes if "different range" in note]
    assert int(said.split("about ")[1].split()[0]) <= 3
    assert not any("different range" in note for note in six[0].notes) or int(
        next(n for n in six[0].notes if "different range" in n).split("about ")[1].split()[0]
    ) > int(said.split("about ")[1].split()[0])


def even(alpha: NDArray[np.float32], label: str) -> NDArray[np.float32]:
    """A card's alpha with one straight edge: every place of it looks like every other."""
    rows = np.arange(alpha.shape[0])[:, None] + np.zeros((1, alpha.shape[1]))
    mask = rows < 100 if label == "sky" else rows >= 60
    return mask.astype(np.float32)


def test_a_wood_stands_where_its_upper_edge_was_drawn() -> None:
    views = ranges.cards(mirror=False)
    x = np.arange(WIDTH)
    wish = np.full(WIDTH, np.nan, np.float32)
    wish[:100] = (40 + 0.46 * x)[:100]  # falls to the right as the card's own edge does
    backend, other = Patch(), Patch()

    def astray(painter: Patch, drawn: CanvasPicture) -> list[float]:
        found = []
        for seed in (1, 2, 3, 4):
            painted = painter.paint(ranges.ask(seed), drawn, views, lambda _: None)
            woods = [one for one in painted.layers if one.name == "forest"]
            if woods:
                off = np.abs(line_of(woods[0]) - wish)[:100]
                found.append(float(np.minimum(off, 60).mean()))
        return found

    followed = astray(backend, canvas(lines={"forest": wish}))
    unguided = astray(other, canvas())

    assert len(followed) == 4  # drawn, it stands in every variation
    assert np.mean(followed) < 0.6 * np.mean(unguided)
