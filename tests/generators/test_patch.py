"""What a compositor expects of the patch generator, on small ranges made by formula."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import test_lit_skies
import test_water

import ranges
from processors import older_processor
from seamline.errors import GeneratorError, InputError
from seamline.generators.patch import Patch, filling
from seamline.generators.patch.pieces import laying
from seamline.generators.patch.resample import shrink
from seamline.generators.patch.skyline import find_skyline
from seamline.ports import CanvasPicture, Painted, ReferencePicture
from seamline.steps.palette import plate_view

# SHA-256 of the colours and lineage of the paintings of ``golden_paintings``: raise
# ``Patch.pixels`` whenever one of them has to change. Hole and extension: version 13, whose
# pieces fill no more than they may.
GOLDEN_ENVIRONMENT = "b1600badefcf0441cad34a642ce0fde3336fb2d4b2002910fb40d86aabc80875"
GOLDEN_HOLE = "6d687197eb1301ff257f3451fd5f3f58216b8dd2aeab91af6a0f1a1cdba66ffe"
GOLDEN_EXTENSION = "726e59b96ae3e98b4e929a322cc802a093850b68640598bb2e3af819c3c3d91a"


def paint(
    canvas: CanvasPicture, references: Sequence[ReferencePicture], seed: int = 1
) -> Painted:
    return Patch().paint(ranges.ask(seed), canvas, references, lambda _: None)


def two_looks() -> list[ReferencePicture]:
    return [
        ranges.reference("noon", height=96, width=210, seed=1),
        ranges.reference("dusk", height=96, width=210, seed=4, dusk=True),
    ]


def golden_paintings() -> list[str]:
    """Return the digests of one environment, one filled hole and one picture carried on."""
    held = ranges.round_hole()
    carried = ranges.canvas(np.indices(held.shape)[1] < held.shape[1] * 3 // 4)
    around = plate_view(carried, "noon")
    assert around is not None
    digests = []
    for painted in (
        paint(ranges.canvas(), two_looks(), seed=2),
        paint(ranges.canvas(held, margin_px=3), two_looks()[:1], seed=1),
        paint(carried, [two_looks()[0], around], seed=1),
    ):
        digest = hashlib.sha256()
        for layer in painted.layers:
            for plane in (layer.colour, layer.source, layer.source_x, layer.source_y):
                digest.update(np.ascontiguousarray(plane).tobytes())
        digests.append(digest.hexdigest())
    return digests


def test_the_pixels_of_this_version_never_change() -> None:
    assert Patch.pixels == 15
    assert golden_paintings() == [GOLDEN_ENVIRONMENT, GOLDEN_HOLE, GOLDEN_EXTENSION]


def test_a_sketch_of_whole_pictures_is_what_will_be_painted_and_paints_nothing() -> None:
    backend, room, looks = Patch(), ranges.canvas(), two_looks()
    seen = room.need[2::4, 2::4]

    for seed in (1, 2, 3, 4):
        rough = backend.sketch(ranges.ask(seed), room, looks, 4)
        painted = backend.paint(ranges.ask(seed), room, looks, lambda _: None)
        assert rough is not None
        assert rough.shape == (*seen.shape, 3)
        small = shrink(np.ascontiguousarray(painted.layers[0].colour), *seen.shape)
        near = np.abs(rough - small)[seen].mean()
        # measured .0063 to .0074 beside .087 to .119 of its own mean tone
        assert near < 0.15 * np.abs(rough.mean() - small)[seen].mean()
        alone = paint(room, looks, seed).layers[0]
        np.testing.assert_array_equal(painted.layers[0].colour, alone.colour)


def test_a_sketch_of_a_hole_is_how_its_painting_begins_and_is_chosen_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held, looks, backend = ranges.canvas(ranges.round_hole()), two_looks()[:1], Patch()
    choices: list[int] = []
    levels: list[int] = []
    choose, made = filling.chosen, filling.coarsest_level

    def counted(*words: Any) -> Any:
        choices.append(words[2])
        return choose(*words)

    def counted_level(*words: Any) -> Any:
        levels.append(1)
        return made(*words)

    monkeypatch.setattr(filling, "chosen", counted)
    monkeypatch.setattr(filling, "coarsest_level", counted_level)
    for seed in (1, 2):
        rough = backend.sketch(ranges.ask(seed), held, looks, 4)
        painted = backend.paint(ranges.ask(seed), held, looks, lambda _: None).layers[0]
        assert rough is not None
        height, width = rough.shape[:2]
        assert (height, width) == tuple(n // 4 for n in held.keep.shape)
        laid = np.where(held.keep[..., None] >= 1, held.known, painted.colour)
        small = shrink(np.ascontiguousarray(laid, np.float32), height, width)
        hole = shrink((held.keep < 1).astype(np.float32)[..., None], height, width) > 0.5
        apart = np.abs(rough - small)[hole[..., 0]].mean()
        even = np.abs(small[hole[..., 0]].mean(axis=0) - small[hole[..., 0]]).mean()
        # so small that pieces are chosen at full size: nothing is left to be cut finer
        assert apart < 0.01 * even
        assert len(choices) == seed
        assert backend.sketch(ranges.ask(seed), held, looks, 4, first=True) is not None
        np.testing.assert_array_equal(painted.colour, paint(held, looks, seed).layers[0].colour)
        choices.pop()
    assert len(levels) == 1, "what all variations choose on is made once"


def test_a_hole_is_shown_as_it_is_first_chosen_before_its_cuts_are_mended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held, looks, backend = ranges.canvas(ranges.round_hole()), two_looks()[:1], Patch()
    proposed: list[int] = []
    propose = laying.proposals

    def counted(*words: Any) -> Any:
        proposed.append(words[2])
        return propose(*words)

    monkeypatch.setattr(laying, "proposals", counted)
    monkeypatch.setattr(filling, "chosen", lambda *words: pytest.fail("it is mended"))
    first = backend.sketch(ranges.ask(1), held, looks, 4, first=True)
    monkeypatch.undo()
    monkeypatch.setattr(laying, "proposals", counted)
    sketched = backend.sketch(ranges.ask(1), held, looks, 4)

    assert first is not None
    assert sketched is not None
    assert first.shape == sketched.shape
    assert proposed == [1], "what is proposed once is not looked for again"
    whole = ranges.canvas(np.zeros_like(ranges.round_hole()))
    assert Patch().sketch(ranges.ask(1), whole, two_looks(), 4, first=True) is None


def test_a_canvas_too_small_to_be_sketched_is_not() -> None:
    room = ranges.canvas(height=40, width=60)

    assert Patch().sketch(ranges.ask(1), room, two_looks(), 4) is None


def test_variations_painted_side_by_side_are_those_painted_alone() -> None:
    alone = [paint(ranges.canvas(), two_looks(), seed).layers[0].colour for seed in (1, 2)]

    with ThreadPoolExecutor(2) as pool:
        together = list(
            pool.map(
                lambda seed: paint(ranges.canvas(), two_looks(), seed).layers[0].colour, (1, 2)
            )
        )

    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_older_processor_paints_the_same_bits() -> None:
    tests = Path(__file__).parents[1]
    paths = os.pathsep.join(map(str, (tests / "generators", tests, tests.parent / "src")))
    older = {**os.environ, **older_processor(), "PYTHONPATH": paths, "PYTHONWARNINGS": "ignore"}

    names = "test_lit_skies as skies, test_patch as patch, test_water as lake"
    told = "*patch.golden_paintings(), skies.golden(), lake.golden()"
    asked = subprocess.run(
        [sys.executable, "-c", f"import {names}; print({told})"],
        env=older, capture_output=True, text=True, check=True,
    )  # fmt: skip

    golden = [*golden_paintings(), test_lit_skies.GOLDEN_SKY, test_water.GOLDEN_LAKE]
    assert asked.stdout.split()[-5:] == golden


def thumbnail(colour: np.ndarray) -> np.ndarray:
    """(h, 64, 3): the picture 64 px wide, as it hangs on a contact sheet."""
    height, width = colour.shape[0] // 2, 64
    rows = colour[: height * 2].reshape(height, 2, colour.shape[1], 3).mean(axis=1)
    return rows.reshape(height, width, -1, 3).mean(axis=2)


def test_twelve_variations_are_twelve_pictures() -> None:
    canvas = ranges.canvas(height=64, width=128)
    references = two_looks()

    pictures = [
        thumbnail(paint(canvas, references, seed).layers[0].colour).ravel()
        for seed in range(1, 13)
    ]

    smallest = 1.0
    for i, a in enumerate(pictures):
        for b in pictures[:i]:
            one, two = a - a.mean(), b - b.mean()
            gain = (one @ two) / (one @ one)
            smallest = min(smallest, float(np.sqrt(((two - gain * one) ** 2).mean())))
    assert smallest >= 0.012


def test_looks_take_turns_seed_by_seed() -> None:
    for seed in range(1, 5):
        layer = paint(ranges.canvas(), two_looks(), seed).layers[0]
        assert set(np.unique(layer.source)) == {(seed - 1) % 2}


@pytest.mark.parametrize("seed", [1, 2, 3, 5])
def test_no_piece_of_land_floats_and_no_sky_lies_under_land(seed: int) -> None:
    layer = paint(ranges.canvas(), two_looks(), seed).layers[0]

    luminance = layer.colour.mean(axis=-1)
    sky = luminance > (luminance[2].mean() + luminance[-3].mean()) / 2
    first_land = np.where(sky.all(axis=0), sky.shape[0], (~sky).argmax(axis=0))
    rows = np.arange(sky.shape[0])[:, None]
    assert (sky & (rows > first_land[None, :] + 6)).mean() < 0.002
    assert (~sky & (rows < first_land[None, :])).sum() == 0
    assert (first_land > 3).all()
    assert (first_land < sky.shape[0] - 3).all()


def test_a_filled_hole_meets_the_plate_without_a_step() -> None:
    held = ranges.round_hole()
    canvas = ranges.canvas(held)

    layer = paint(canvas, [ranges.reference(seed=5)]).layers[0]

    np.testing.assert_array_equal(layer.colour[held], canvas.known[held])
    across = np.abs(np.diff(layer.colour, axis=1))[held[:, 1:] != held[:, :-1]].mean()
    inside = np.abs(np.diff(layer.colour, axis=1))[held[:, 1:] & held[:, :-1]].mean()
    assert across < 1.6 * inside


def around_a_hole(
    held: np.ndarray, *, others: Sequence[ReferencePicture] = ()
) -> tuple[CanvasPicture, list[ReferencePicture]]:
    """A plate with a hole, handed over as a view of its own beside ``others``."""
    canvas = ranges.canvas(held, height=72, width=144, margin_px=3)
    plate = ReferencePicture(
        id="plate",
        look="noon",
        colour=canvas.known,
        usable=held & ~canvas.margin,
        elevation_deg=canvas.elevation_deg,
        master_x=canvas.azimuth_deg,
        master_y=canvas.elevation_deg,
    )
    return canvas, [*others, plate]


def test_sky_goes_on_as_sky_and_land_as_land_through_a_hole() -> None:
    held = ranges.round_hole(72, 144, 20)
    canvas, views = around_a_hole(held, others=[ranges.reference("noon", look="noon", seed=2)])

    for seed in (1, 2):
        layer = paint(canvas, views, seed).layers[0]

        sky = layer.colour.mean(axis=-1) > 0.42
        first_land = (~sky).argmax(axis=0)
        rows = np.arange(sky.shape[0])[:, None]
        assert sky[:10].all()
        assert not sky[50:].any()
        assert (sky & (rows > first_land[None, :] + 6))[~held].mean() < 0.02


def test_a_filled_hole_is_as_sharp_as_the_plate_around_it() -> None:
    held = ranges.round_hole(72, 144, 20)
    canvas, views = around_a_hole(held)

    layer = paint(canvas, views).layers[0]

    rows = slice(46, 56)
    detail = np.abs(np.diff(layer.colour, axis=1)).mean(axis=-1)[rows]
    inside, outside = ~held[rows, 1:], held[rows, 1:]
    assert 0.8 < detail[inside].mean() / detail[outside].mean() < 1.25


def test_another_seed_fills_the_hole_otherwise() -> None:
    held = ranges.round_hole(72, 144, 20)
    others = [ranges.reference("noon", look="noon", width=200, seed=s) for s in (2, 4)]
    canvas, views = around_a_hole(held, others=others)

    one, other = (paint(canvas, views, seed).layers[0] for seed in (1, 2))

    moved = (one.source_x != other.source_x) | (one.source != other.source)
    assert moved[~held].mean() > 0.5


def test_a_lamp_in_the_margin_of_the_plate_is_not_in_the_painted_margin() -> None:
    canvas = ranges.canvas(ranges.round_hole(), margin_px=8)
    lamp = np.zeros(canvas.margin.shape, bool)
    lamp[11:14, 47:50] = True
    assert canvas.margin[lamp].all()
    canvas.known[lamp] = 1.2

    env, margin = paint(canvas, [ranges.reference(seed=2)]).layers

    np.testing.assert_array_equal(env.colour[lamp], canvas.known[lamp])
    assert margin.colour[lamp].max() < 0.7


def test_the_margin_is_no_copy_of_the_plate_and_close_to_it() -> None:
    canvas = ranges.canvas(ranges.round_hole(), margin_px=4)

    env, margin = paint(canvas, [ranges.reference(seed=2)]).layers

    band = canvas.margin
    np.testing.assert_array_equal(env.colour[band], canvas.known[band])
    off = np.abs(margin.colour[band] - canvas.known[band])
    assert 0.001 < off.mean() < 0.06
    np.testing.assert_array_equal(margin.alpha == 1, band)


def test_nan_in_the_live_plate_stays_there_and_does_not_spread() -> None:
    held = ranges.round_hole()
    canvas = ranges.canvas(held)
    canvas.known[4, 4] = np.nan
    canvas.known[32 - 15, 48] = np.inf

    layer = paint(canvas, [ranges.reference()]).layers[0]

    assert np.isfinite(layer.colour[~held]).all()
    np.testing.assert_array_equal(layer.colour[held], canvas.known[held])


def test_a_sky_above_everything_gets_no_land() -> None:
    canvas = ranges.canvas(level_row=64 + 9 * ranges.PX_PER_DEG)
    reference = ranges.reference(height=110, width=210)

    layer = paint(canvas, [reference]).layers[0]

    assert layer.colour.mean(axis=-1).min() > 0.42


def test_a_reference_without_a_sky_is_painted_from_all_the_same() -> None:
    picture = ranges.reference()
    rock = replace(
        picture, colour=np.ascontiguousarray(np.tile(picture.colour[44:], (3, 1, 1))[:72])
    )

    painted = paint(ranges.canvas(), [rock])

    assert (painted.layers[0].alpha == 1).all()
    assert painted.layers[0].colour.max() <= rock.colour.max() + 0.12


def test_views_of_a_panorama_keep_their_horizon() -> None:
    """Two views with known elevation: the hills stand where the panorama has them."""
    views = []
    for seed in (1, 2):
        view = ranges.reference("panorama", look="panorama", width=150, seed=seed)
        rows = np.arange(72, dtype=np.float32)[:, None] + np.float32(0.5)
        level = np.broadcast_to((37.4 - rows) / ranges.PX_PER_DEG, (72, 150))
        views.append(replace(view, elevation_deg=level.astype(np.float32)))

    layer = paint(ranges.canvas(), views).layers[0]

    painted_level = layer.source_y + np.float32(0.5) - 37.4
    canvas_level = np.arange(64)[:, None] + np.float32(0.5) - 0.52 * 64
    away = np.abs(painted_level - canvas_level)
    assert np.median(away) <= 2


def test_the_skyline_is_found_where_the_hills_begin() -> None:
    picture = ranges.hills(120, 240, seed=3)

    line = find_skyline(picture, np.ones((120, 240), np.uint8))

    assert np.abs(line - ranges.skyline(240, 51, 120)).mean() < 1.0
    assert find_skyline(picture[80:], np.ones((40, 240), np.uint8)) is None


def test_without_anything_to_copy_it_says_so() -> None:
    empty = ranges.reference(usable=np.zeros((72, 150), bool))
    strip = np.zeros((72, 150), bool)
    strip[:, 70:74] = True

    with pytest.raises(InputError, match="no reference to paint from"):
        paint(ranges.canvas(), [])
    with pytest.raises(InputError, match="alpha is 0 everywhere"):
        paint(ranges.canvas(), [empty])
    with pytest.raises(InputError, match="7 x 7"):
        paint(ranges.canvas(), [ranges.reference(usable=strip)])


def test_a_canvas_beyond_all_sense_is_refused() -> None:
    small = ranges.canvas()
    huge = replace(small, keep=np.broadcast_to(np.float32(0), (20000, 20000)))

    with pytest.raises(GeneratorError, match="20000 x 20000") as refused:
        paint(huge, [ranges.reference()])

    assert "longer lens" in refused.value.remedy
