"""References brought to the locked light before painting: gain, way round, and the sun."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from seamline.errors import ApprovalError
from seamline.ports import CanvasPicture, ReferencePicture
from seamline.show.frames import FrameRange
from seamline.show.lock import Light, Lock
from seamline.show.reference import Reference
from seamline.show.variation import Ask, Variation
from seamline.steps import book, palette
from seamline.steps.ingest import add_shot
from seamline.steps.lighting import light_notes, light_settings, lit_of
from seamline.steps.lock import set_lock
from seamline.steps.main_job import painted
from seamline.steps.rebuild import rebuild
from seamline.steps.sunlight import before_the_sun
from tiny import TinyShow

LENS = "[lens]\nfocal_length_mm = 35\nsensor_width_mm = 24.89\nsensor_height_mm = 14\n"
UP = LENS + "[camera]\ntilt_deg = 22\nheight_m = 1.6\n"
VIEW = 180.0


def noon(azimuth: float | None = None, **said: float) -> Light:
    return Light(key_azimuth_deg=azimuth, key_elevation_deg=50.0, **said)


def a_lock(light: Light) -> Lock:
    return Lock(shot="S_010", version=1, light=light)


def an_ask(settings: tuple[tuple[str, str], ...]) -> Ask:
    return Ask(
        shot="S_010", canvas_digest="c", lock_digest="", references=(), generator="patch",
        pixels=1, encoding="ACEScct", seed=1, settings=settings,
    )  # fmt: skip


def blank() -> CanvasPicture:
    plane = np.zeros((64, 64), np.float32)
    return CanvasPicture(
        known=np.zeros((64, 64, 3), np.float32), keep=plane, need=plane == 0, margin=plane > 0,
        elevation_deg=plane, azimuth_deg=plane + 180, px_per_deg=2.0,
    )  # fmt: skip


def views(
    show: TinyShow, light: Light, *references: Reference, view: float = VIEW
) -> list[ReferencePicture]:
    settings = light_settings(show.studio, a_lock(light), references, {}, view)
    lit = lit_of(an_ask(settings))
    return palette.views_for(show.studio, references, {}, blank(), lit, "ACEScg")


def a_wall(seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).uniform(0.1, 0.5, (100, 150, 3)).astype(np.float32)


def test_two_exposures_of_one_thing_are_one_exposure_to_paint_from(
    tiny_show: TinyShow,
) -> None:
    bright = tiny_show.reference("b.exr", a_wall(1), light=noon(exposure_stops=1.0))
    dark = tiny_show.reference(
        "d.exr", a_wall(1) / 4, light=noon(exposure_stops=-1.0), unlike=("b.exr",)
    )

    one, other = views(tiny_show, noon(exposure_stops=0.0), bright, dark)

    np.testing.assert_allclose(one.colour, other.colour, rtol=2e-3)  # half floats
    assert float(one.colour.max()) == pytest.approx(0.24, abs=0.01)  # .5 in grain, averaged


def test_a_reference_in_another_light_is_left_as_it_was_lit(tiny_show: TinyShow) -> None:
    dusk = tiny_show.reference(
        "dusk.exr", a_wall(1), light=Light(key_elevation_deg=2.0, exposure_stops=-1.5)
    )

    assert (
        light_settings(tiny_show.studio, a_lock(noon(exposure_stops=0.0)), [dusk], {}, VIEW)
        == ()
    )


def test_light_from_the_other_side_exchanges_left_and_right(tiny_show: TinyShow) -> None:
    right = tiny_show.reference("r.exr", a_wall(1), light=noon(100.0))

    (as_it_is,) = views(tiny_show, noon(90.0), right)
    (exchanged,) = views(tiny_show, noon(260.0), right)

    np.testing.assert_array_equal(exchanged.colour, as_it_is.colour[:, ::-1])
    np.testing.assert_array_equal(exchanged.master_x, as_it_is.master_x[:, ::-1])
    assert exchanged.master_x[0, 0] > exchanged.master_x[0, -1]
    assert not as_it_is.mirror
    assert not exchanged.mirror


def test_light_of_an_unknown_side_is_not_exchanged_by_anybody(tiny_show: TinyShow) -> None:
    unknown = tiny_show.reference("u.exr", a_wall(1))

    (view,) = views(tiny_show, noon(90.0), unknown)
    (free,) = views(tiny_show, noon(), unknown)

    assert not view.mirror
    assert free.mirror


def test_the_light_check_is_shown_the_picture_as_the_shot_shows_it(
    tiny_show: TinyShow,
) -> None:
    right = tiny_show.reference("r.exr", a_wall(1), light=noon(100.0))
    settings = light_settings(tiny_show.studio, a_lock(noon(260.0)), [right], {}, VIEW)

    seen = lit_of(an_ask(settings)).light_of(right)

    assert seen.key_azimuth_deg == pytest.approx(260.0)


def test_what_was_done_is_said(tiny_show: TinyShow) -> None:
    right = tiny_show.reference("r.exr", a_wall(1), light=noon(100.0, exposure_stops=-1.0))
    lock = a_lock(noon(260.0, exposure_stops=0.0))
    settings = light_settings(tiny_show.studio, lock, [right], {}, VIEW)

    (said,) = light_notes(tiny_show.studio, lock, [right], an_ask(settings))

    assert said == (
        "r.exr was brought to the light of lock v1 before painting: +1.00 stops, left and "
        "right exchanged."
    )


# -- a panorama's sun, from the file to the findings ---------------------------------------


def panorama(*, sun: bool = True) -> NDArray[np.float32]:
    """Two pixels per degree: an even sky, a sun at azimuth 60, elevation 20, over speckle."""
    rgb = np.empty((360, 720, 3), np.float32)
    rgb[:180] = (0.35, 0.45, 0.6)
    rgb[180:] = np.random.default_rng(2).uniform(0.03, 0.15, (180, 720, 3))
    if sun:
        rgb[139:142, 599:602] = 20000.0
    return rgb


def concept(show: TinyShow, lock: str) -> None:
    """A locked-off shot without a plate, looking up at the sky alone."""
    add_shot(show.studio, "S_010", plate=None, static=True, frames=FrameRange(first=1, last=1))
    set_lock(show.studio, "S_010", lock, where="lock.toml")


def sky(show: TinyShow) -> tuple[dict, Variation]:
    document = painted(show.studio, "S_010", variations=1, seed=1, generator="patch")
    (variation,) = book.variations(show.studio.ledger, "S_010")
    return {f["check"]: f for f in document["variations"][0]["findings"]}, variation


SUNNY = UP + "[light]\nkey_azimuth_deg = 184\nkey_elevation_deg = 22\nexposure_stops = 1\n"


def test_a_panorama_s_sun_is_found_as_it_is_taken_in(tiny_show: TinyShow) -> None:
    found = tiny_show.reference("sky.exr", panorama())
    declared = tiny_show.reference("said.exr", panorama() * 2, light=noon(10.0))
    even = tiny_show.reference("even.exr", panorama(sun=False))

    assert found.light.key_azimuth_deg == pytest.approx(60.0, abs=0.3)
    assert found.light.key_elevation_deg == pytest.approx(20.0, abs=0.3)
    assert found.light_evidence.startswith("measured: the sun gives")
    assert declared.light.key_azimuth_deg == 10.0
    assert declared.light_evidence == "declared"
    assert even.light.key_azimuth_deg is None
    assert even.light_evidence == "measured: no clear key"


def test_the_painted_sun_is_held_against_lock_and_reference(tiny_show: TinyShow) -> None:
    tiny_show.reference("sky.exr", panorama(), light=Light(exposure_stops=0.0))
    concept(tiny_show, SUNNY)

    findings, variation = sky(tiny_show)

    assert findings["sun"]["verdict"] == "pass", findings["sun"]["says"]
    assert "limit 10% either way" in findings["sun"]["says"]
    assert findings["light"]["verdict"] == "pass"
    assert any("azimuth 184, elevation 22" in note for note in variation.notes)


@pytest.mark.parametrize(
    ("crest", "name", "found"),
    [(6, "far", ("far", True)), (14, "far", ("far", False)), (30, "far", ("", False)),
     (6, "air", ("", False))],
)  # fmt: skip
def test_a_ridge_before_the_locked_sun_hides_it(
    crest: int, name: str, found: tuple[str, bool]
) -> None:
    rows, columns = np.indices((40, 40))
    away = (rows - 12) ** 2 + (columns - 20) ** 2
    land = (rows >= crest).astype(np.float32)
    whole = np.ones((40, 40), np.float32)

    assert before_the_sun([("sky", whole), (name, land)], away <= 9, away <= 144) == found
    # one picture, sky and land together: nobody knows what stands before what
    assert before_the_sun([("env", whole)], away <= 9, away <= 144) == ("", False)


def test_a_sky_under_a_locked_sun_is_made_again_from_its_file(tiny_show: TinyShow) -> None:
    tiny_show.reference("sky.exr", panorama(), light=Light(exposure_stops=0.0))
    concept(tiny_show, SUNNY)
    _, variation = sky(tiny_show)
    set_lock(tiny_show.studio, "S_010", UP, where="lock.toml")  # the lock moves on

    assert rebuild(tiny_show.studio, variation) == ["sky"]


def test_without_a_sun_nothing_is_painted_to_a_locked_one(tiny_show: TinyShow) -> None:
    tiny_show.reference("even.exr", panorama(sun=False))
    concept(tiny_show, SUNNY)

    with pytest.raises(ApprovalError, match=r"even.exr shows no sun, and lock v1 has one"):
        sky(tiny_show)


def test_with_other_references_left_the_sunless_one_is_left_out(tiny_show: TinyShow) -> None:
    tiny_show.reference("even.exr", panorama(sun=False))
    tiny_show.reference("sky.exr", panorama())
    concept(tiny_show, SUNNY)

    _, variation = sky(tiny_show)

    assert any("left out: reference even.exr shows no sun" in n for n in variation.notes)
    assert len(variation.ask.references) == 1


def test_a_soft_lock_needs_no_sun(tiny_show: TinyShow) -> None:
    tiny_show.reference("even.exr", panorama(sun=False))
    concept(tiny_show, SUNNY + "key_fill_ratio = 1.5\n")

    findings, _ = sky(tiny_show)

    assert findings["sun"]["verdict"] == "not checked"
    assert "soft" in findings["sun"]["says"]


def test_a_declared_light_changed_is_another_ask(tiny_show: TinyShow) -> None:
    reference = tiny_show.reference("r.exr", a_wall(1), light=noon(exposure_stops=-1.0))
    brighter = replace(reference, light=noon(exposure_stops=-2.0))
    lock = a_lock(noon(exposure_stops=0.0))

    one, other = (
        an_ask(light_settings(tiny_show.studio, lock, [r], {}, VIEW))
        for r in (reference, brighter)
    )

    assert one.digest != other.digest
