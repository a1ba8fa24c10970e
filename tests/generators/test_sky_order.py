"""Which sky a variation takes: looks in turn, and always the one least like those before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from test_lit_skies import (
    HEIGHT,
    LOCKED,
    OWN,
    WIDTH,
    canvas,
    hazy,
    linear,
    low,
    paint,
    views,
    wooded,
)

import ranges
from seamline.generators.patch import Patch
from seamline.generators.patch.resample import shrink
from seamline.generators.patch.skyorder import well_seen
from seamline.generators.patch.skyviews import SkyView, sky_views


def clouded() -> NDArray:
    """The haze with a soft cloud on one side of its sun, 16 degrees away."""
    rows, columns = np.indices((360, 720))
    off = np.hypot((columns - 631) / 14.0, (rows - 120) / 7.0)
    dark = 0.35 * np.exp(-off * off)
    return np.round(hazy() * (1 - dark)[..., None], 3).astype(np.float32)


def test_a_batch_takes_the_sky_that_is_least_like_the_ones_before() -> None:
    scene = canvas(LOCKED)
    backend, references = Patch(), views(scene, clouded())

    notes = [backend.paint(ranges.ask(n), scene, references, lambda _: None).notes
             for n in (1, 2)]  # fmt: skip

    # A cloud on one side: the mirror differs more than any other measure of the same side.
    assert "exchanged" not in notes[0][1]
    assert "left and right exchanged" in notes[1][1]


def test_how_many_skies_differ_is_said_honestly() -> None:
    scene = canvas(LOCKED)

    clear = paint(scene, views(scene, hazy())).notes[-1]
    clouds = paint(scene, views(scene, clouded())).notes[-1]

    # A haze by formula is the same on both sides of its sun; a cloud is not.
    assert "12 are set" in clear
    assert "about 12 different skies" not in clear
    assert int(clouds.split("about ")[1].split()[0]) > 1


def test_a_sky_that_is_soon_told_gives_its_turns_to_one_that_is_not() -> None:
    scene = canvas(LOCKED)
    references = views(scene, hazy()) + [
        replace(v, id="clouds", look="clouds") for v in views(scene, clouded())
    ]
    backend = Patch()

    whose = [
        backend.paint(ranges.ask(n), scene, references, lambda _: None).notes[0]
        for n in range(1, 11)
    ]

    assert len(set(whose[:2])) == 2  # at first looks take turns
    # A haze is the same on both sides of its sun: one of each pair of its skies is no other.
    assert whose.count("Painted from clouds.") >= 6


def test_a_sky_of_which_hardly_any_was_seen_is_taken_only_where_all_are_so() -> None:
    def view(seen: float) -> SkyView:
        usable = np.zeros((20, 40), np.uint8)
        usable[:, : round(40 * seen)] = 1
        return next(
            replace(
                v, sheet=replace(v.sheet, usable=usable), dome=replace(v.dome, size=(20, 40))
            )
            for v in sky_views(views(canvas(LOCKED), hazy()), "haze")
        )

    wanted = np.ones((HEIGHT, WIDTH), np.uint8)
    open_, hidden = view(0.5), view(0.1)

    assert well_seen([hidden, open_], wanted) == [open_]
    assert well_seen([hidden], wanted) == [hidden]


def test_a_panorama_of_another_hour_is_left_out_where_one_can_be_lit() -> None:
    scene = canvas(LOCKED)
    noon = [
        replace(v, id="noon", look="noon")
        for v in views(scene, hazy(elevation=70.0), (OWN[0], 70.0))
    ]

    painted = [paint(scene, [*views(scene, hazy()), *noon], seed) for seed in (1, 2)]

    assert all(p.notes[0] == "Painted from haze." for p in painted)
    assert all("Left out: noon; its sun cannot stand" in p.notes[-1] for p in painted)
    assert all(linear(p.layers[0].colour).max() > 100 for p in painted)


def test_a_sketched_sky_is_the_one_that_will_be_painted() -> None:
    backend = Patch()

    for scene, rgb in ((canvas(LOCKED), hazy()), (low(), wooded())):
        references = views(scene, rgb)
        rough = backend.sketch(ranges.ask(1), scene, references, 4)
        whole = backend.paint(ranges.ask(1), scene, references, lambda _: None)
        assert rough is not None
        small = shrink(np.ascontiguousarray(whole.layers[0].colour), *rough.shape[:2])
        # measured .0003 and .0007 beside .026 of its own mean tone
        assert np.abs(rough - small).mean() < 0.1 * np.abs(rough.mean() - small).mean()
        assert rough.max(axis=-1).argmax() == small.max(axis=-1).argmax()
