"""Skies that are set whole when somebody looks at them have the bits of those set at once."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import numpy as np
import pytest

from seamline.errors import GeneratorError
from seamline.ports import CanvasPicture, LaterPicture, ReferencePicture
from seamline.show.lock import Light
from seamline.show.reference import Reference
from seamline.steps import later_skies, palette
from seamline.steps.later_skies import glance_step
from seamline.steps.lighting import Lit
from skies import OWN, clouds, sky_canvas
from tiny import TinyShow

LIT = Lit(gains={}, mirrored=frozenset(), held=frozenset(), view_deg=None)
PLANES = ("colour", "usable", "elevation_deg", "azimuth_deg", "master_x", "master_y")
Handed = Callable[[CanvasPicture], list[ReferencePicture]]


@pytest.fixture
def panorama(tiny_show: TinyShow) -> Reference:
    light = Light(key_azimuth_deg=OWN[0], key_elevation_deg=OWN[1])
    return tiny_show.reference("sky.exr", clouds(), light=light, projection="latlong")


def handed(show: TinyShow, panorama: Reference, scene: CanvasPicture) -> list[ReferencePicture]:
    return palette.views_for(show.studio, [panorama], {}, scene, LIT, "ACEScct")


def skies(views: list[ReferencePicture]) -> list[ReferencePicture]:
    return [view for view in views if view.dome is not None]


def same(one: ReferencePicture, other: ReferencePicture) -> bool:
    pairs = [(getattr(one, name), getattr(other, name)) for name in PLANES]
    return all(np.array_equal(a, b) for a, b in pairs)


def test_a_sky_that_is_set_later_has_the_bits_of_one_that_is_set_at_once(
    tiny_show: TinyShow, panorama: Reference
) -> None:
    scene = sky_canvas()

    later = skies(handed(tiny_show, panorama, scene))
    count = palette.skies_each([panorama], scene)
    at_once = skies(palette.lay_out(tiny_show.studio, panorama, scene, "ACEScct", skies=count))

    assert len(later) == len(at_once) > 4
    for one, other in zip(later, at_once, strict=True):
        assert isinstance(one, LaterPicture)
        assert not isinstance(other, LaterPicture)
        assert one.dome == other.dome
        assert one.shape == other.shape == one.usable.shape
        assert same(one, other)


def test_its_glance_shows_every_fourth_pixel_of_it(
    tiny_show: TinyShow, panorama: Reference
) -> None:
    one, *_ = skies(handed(tiny_show, panorama, sky_canvas()))

    assert one.step == 4
    glance, whole = one.glance, one.whole
    assert glance.elevation_deg is not None
    assert whole.elevation_deg is not None
    picked = np.s_[2::4, 2::4]
    assert np.abs(glance.elevation_deg - whole.elevation_deg[picked]).max() < 0.1
    # A sun that no sample of a glance meets is the only thing that differs.
    off = np.abs(glance.colour - whole.colour[picked]).max(axis=-1)
    assert np.median(off) < 1e-3


@pytest.mark.parametrize(("width", "step"), [(2048, 4), (512, 4), (511, 2), (256, 2), (255, 1)])
def test_a_small_canvas_is_glanced_at_more_closely(width: int, step: int) -> None:
    assert glance_step(width) == step


def test_on_a_small_canvas_skies_are_set_at_once(
    tiny_show: TinyShow, panorama: Reference
) -> None:
    views = handed(tiny_show, panorama, sky_canvas(200))

    assert skies(views)
    assert not any(isinstance(view, LaterPicture) for view in views)


def test_few_are_held_and_each_is_the_same_whenever_it_is_looked_at(
    tiny_show: TinyShow, panorama: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(later_skies, "SKIES_BYTES", 1)
    one, other, *_ = skies(handed(tiny_show, panorama, sky_canvas()))

    first = one.whole
    assert one.whole is first  # the last one is remembered
    assert not same(other, first)
    assert one.whole is not first
    assert same(one, first)


def test_what_was_kept_elsewhere_is_laid_out_by_who_knows_how(
    tiny_show: TinyShow, panorama: Reference
) -> None:
    scene = sky_canvas()
    made = handed(tiny_show, panorama, scene)

    found = pickle.loads(pickle.dumps(made))

    with pytest.raises(GeneratorError, match="before anybody said how it is laid out"):
        _ = skies(found)[0].colour
    assert same(skies(found)[0].glance, skies(made)[0].glance)
    palette.lay_out_later(tiny_show.studio, [panorama], scene, LIT, "ACEScct", found)
    assert all(same(one, other) for one, other in zip(skies(found), skies(made), strict=True))


def test_a_view_of_another_look_is_the_same_view(
    tiny_show: TinyShow, panorama: Reference
) -> None:
    one, *_ = skies(handed(tiny_show, panorama, sky_canvas()))

    other = one.of_look("dusk")

    assert (other.look, other.glance.look, other.whole.look) == ("dusk",) * 3
    assert one.look == panorama.id
    assert same(one, other)
