"""
What every generator promises, and what happens to those that do not keep it.

``keeps_its_promise`` is the contract. Both generators of the house keep it; ten bad
ones, each wrong in one way, are caught.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

import ranges
from seamline.errors import InputError
from seamline.generators import load, names
from seamline.ports import (
    NOTHING,
    PLATE,
    CanvasPicture,
    Generator,
    Painted,
    PaintedLayer,
    ReferencePicture,
)
from seamline.show.variation import Ask


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Hold the house's generators to it, or those named with ``--generator``."""
    if "name" in metafunc.fixturenames:
        named = metafunc.config.getoption("--generator")
        metafunc.parametrize("name", named or ["neutral", "patch"])


def quiet(_: float) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Job:
    canvas: CanvasPicture
    references: Sequence[ReferencePicture]

    def done_by(self, generator: Generator, seed: int = 1) -> Painted:
        wanted = ranges.ask(seed, generator=generator.name, encoding=generator.encoding)
        return generator.paint(wanted, self.canvas, self.references, quiet)


def unusable_corner() -> np.ndarray:
    usable = np.ones((72, 150), bool)
    usable[50:, :60] = False
    return usable


@pytest.fixture(scope="module")
def jobs() -> list[Job]:
    """A whole environment above a live foreground, and a hole in one surface."""
    references = [
        ranges.reference(sun=(10, 70), usable=unusable_corner()),
        ranges.reference("dusk", seed=3, dusk=True),
    ]
    need = np.ones((64, 96), bool)
    need[48:, :40] = False
    return [
        Job(ranges.canvas(need=need), references),
        Job(ranges.canvas(ranges.round_hole(), margin_px=4), references[:1]),
    ]


def keeps_its_promise(generator: Generator, jobs: Sequence[Job]) -> None:
    """Fail unless ``generator`` keeps every promise of the port on ``jobs``."""
    for job in jobs:
        painted = job.done_by(generator)
        assert painted.layers[0].name == "env"
        for layer in painted.layers:
            types_are_right(layer, job)
            lineage_rebuilds(layer, job)
        kept_pixels_are_the_plates(painted.layers[0], job)
        if generator.needs_references:
            every_needed_pixel_is_painted(painted.layers[0], job)
            margin_is_painted_not_copied(painted, job)
        again = job.done_by(generator)
        for layer, second in zip(painted.layers, again.layers, strict=True):
            np.testing.assert_array_equal(layer.colour, second.colour)
            np.testing.assert_array_equal(layer.source, second.source)
    if generator.needs_references:
        other = jobs[0].done_by(generator, seed=2)
        assert not np.array_equal(
            other.layers[0].colour, jobs[0].done_by(generator).layers[0].colour
        )
        brightest_survives(generator, jobs[0])


def types_are_right(layer: PaintedLayer, job: Job) -> None:
    height, width = job.canvas.keep.shape
    assert layer.colour.dtype == np.float32
    assert layer.colour.shape == (height, width, 3)
    assert layer.offset.dtype == np.float32
    assert layer.alpha.dtype == np.float32
    assert layer.alpha.shape == (height, width)
    assert layer.source.dtype == layer.source_x.dtype == layer.source_y.dtype == np.int32
    assert np.isfinite(layer.colour).all()
    assert ((layer.alpha >= 0) & (layer.alpha <= 1)).all()


def lineage_rebuilds(layer: PaintedLayer, job: Job) -> None:
    """Source plus offset is the colour, bit for bit."""
    assert ((layer.source == NOTHING) == (layer.alpha == 0)).all()
    rebuilt = np.zeros_like(layer.colour)
    plate = layer.source == PLATE
    rebuilt[plate] = job.canvas.known[layer.source_y[plate], layer.source_x[plate]]
    for i, picture in enumerate(job.references):
        here = layer.source == i
        at = layer.source_y[here], layer.source_x[here]
        assert picture.usable[at].all()
        rebuilt[here] = picture.colour[at]
    rebuilt += layer.offset
    shown = layer.alpha > 0
    np.testing.assert_array_equal(rebuilt[shown], layer.colour[shown])


def kept_pixels_are_the_plates(layer: PaintedLayer, job: Job) -> None:
    kept = job.canvas.keep == 1
    np.testing.assert_array_equal(layer.colour[kept], job.canvas.known[kept])
    assert (layer.source[kept] == PLATE).all()


def every_needed_pixel_is_painted(layer: PaintedLayer, job: Job) -> None:
    wanted = job.canvas.need & (job.canvas.keep < 1)
    assert (layer.alpha[wanted] == 1).all()
    assert (layer.source[wanted] >= 0).all()


def margin_is_painted_not_copied(painted: Painted, job: Job) -> None:
    margins = [layer for layer in painted.layers if layer.name == "margin"]
    assert len(margins) == int(job.canvas.margin.any())
    for layer in margins:
        band = job.canvas.margin
        np.testing.assert_array_equal(layer.alpha > 0, band)
        assert (layer.source[band] >= 0).all()
        assert not np.array_equal(layer.colour[band], job.canvas.known[band])


def brightest_survives(generator: Generator, job: Job) -> None:
    """A canvas with room for the whole sky shows the sun as bright as the reference has it."""
    canvas = ranges.canvas(height=64, width=96)
    whole = replace(job.references[0], usable=np.ones((72, 150), bool))
    whole = replace(whole, colour=ranges.reference(sun=(10, 70)).colour)
    most = max(
        float(generator.paint(ranges.ask(seed), canvas, [whole], quiet).layers[0].colour.max())
        for seed in (1, 2, 3)
    )
    assert most >= float(ranges.SUN) - 0.02


def test_a_generator_of_the_house_keeps_its_promise(name: str, jobs: list[Job]) -> None:
    keeps_its_promise(load(name), jobs)


# -- generators that break it, each in one way -------------------------------


class Bad:
    """The patch generator, spoiled afterwards."""

    name = "bad"
    pixels = 1
    encoding = "ACEScct"
    needs_references = True

    def __init__(self, spoil: Callable[[PaintedLayer, CanvasPicture], PaintedLayer]) -> None:
        self.inner = load("patch")
        self.spoil = spoil

    def paint(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
    ) -> Painted:
        painted = self.inner.paint(ask, canvas, references, progress)
        return replace(painted, layers=tuple(self.spoil(x, canvas) for x in painted.layers))


def clips(layer: PaintedLayer, _: CanvasPicture) -> PaintedLayer:
    colour = np.minimum(layer.colour, np.float32(1))
    return replace(layer, colour=colour, offset=layer.offset + (colour - layer.colour))


def touches_the_plate(layer: PaintedLayer, canvas: CanvasPicture) -> PaintedLayer:
    touched = np.where(
        canvas.keep[..., None] == 1, layer.colour * np.float32(1.0001), layer.colour
    )
    return replace(layer, colour=touched)


def is_double(layer: PaintedLayer, _: CanvasPicture) -> PaintedLayer:
    return replace(layer, colour=layer.colour.astype(np.float64))  # type: ignore[arg-type]


def has_nan(layer: PaintedLayer, _: CanvasPicture) -> PaintedLayer:
    colour = layer.colour.copy()
    colour[3, 3, 1] = np.nan
    return replace(layer, colour=colour)


def copies_what_is_painted_out(layer: PaintedLayer, _: CanvasPicture) -> PaintedLayer:
    y, x = layer.source_y.copy(), layer.source_x.copy()
    first = np.argwhere(layer.source == 0)[:1]
    y[first[:, 0], first[:, 1]], x[first[:, 0], first[:, 1]] = 60, 10
    return replace(layer, source_y=y, source_x=x)


def wrong_lineage(layer: PaintedLayer, _: CanvasPicture) -> PaintedLayer:
    return replace(layer, source_x=np.roll(layer.source_x, 1, axis=1))


def no_lineage(layer: PaintedLayer, _: CanvasPicture) -> PaintedLayer:
    return replace(layer, source=np.full_like(layer.source, NOTHING))


def leaves_a_gap(layer: PaintedLayer, _: CanvasPicture) -> PaintedLayer:
    alpha, source = layer.alpha.copy(), layer.source.copy()
    alpha[30:34, 46:50], source[30:34, 46:50] = 0, NOTHING
    return replace(layer, alpha=alpha, source=source)


def copies_the_margin(layer: PaintedLayer, canvas: CanvasPicture) -> PaintedLayer:
    if layer.name != "margin":
        return layer
    return replace(
        layer, colour=canvas.known, offset=layer.offset + (canvas.known - layer.colour)
    )


SPOILED = [
    clips, touches_the_plate, is_double, has_nan, copies_what_is_painted_out,
    wrong_lineage, no_lineage, leaves_a_gap, copies_the_margin,
]  # fmt: skip


@pytest.mark.parametrize("spoil", SPOILED, ids=lambda f: f.__name__)
def test_a_generator_that_breaks_its_promise_is_caught(
    spoil: Callable[[PaintedLayer, CanvasPicture], PaintedLayer], jobs: list[Job]
) -> None:
    with pytest.raises(AssertionError):
        keeps_its_promise(Bad(spoil), jobs)


def test_a_generator_without_a_seed_is_caught(jobs: list[Job]) -> None:
    count = iter(range(1000))

    def drifts(layer: PaintedLayer, _: CanvasPicture) -> PaintedLayer:
        moved = np.where(
            layer.source[..., None] >= 0, np.float32(next(count) * 1e-3), np.float32(0)
        )
        return replace(layer, colour=layer.colour + moved, offset=layer.offset + moved)

    with pytest.raises(AssertionError):
        keeps_its_promise(Bad(drifts), jobs)


def test_a_generator_nobody_installed_is_named_with_those_that_are() -> None:
    with pytest.raises(InputError, match=r"'torch-inpaint'.*neutral, patch") as refused:
        load("torch-inpaint")

    assert refused.value.exit_code == 2
    assert refused.value.remedy
    assert {"neutral", "patch"} <= set(names())
