"""A panorama's sun: found, turned to where the lock says, and asked for where it is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from seamline.errors import ApprovalError
from seamline.ports import CanvasPicture, Studio
from seamline.show.reference import Reference
from seamline.steps import book, palette
from seamline.steps.canvas import canvas_picture, lay_out
from seamline.steps.lighting import Lit
from seamline.steps.lock import set_lock
from seamline.steps.main_job import painted
from seamline.steps.paint import paint
from seamline.steps.reference import add_reference
from seamline.steps.turning import locked_key, seen_light, why_not_lit
from tiny import APPROVED, TinyShow

HEIGHT, WIDTH = 128, 256
LIGHT = "[light]\nkey_azimuth_deg = {az}\nkey_elevation_deg = {el}\n"


def panorama(azimuth_deg: float, elevation_deg: float, *, sun: float) -> NDArray[np.float32]:
    """A blue sky over dark ground, and a disc of 2.5 degrees; -Z lies in the middle."""
    longitude = ((np.arange(WIDTH) + 0.5) / WIDTH - 0.5) * 2 * np.pi
    latitude = (0.5 - (np.arange(HEIGHT) + 0.5) / HEIGHT)[:, None] * np.pi
    level = np.cos(latitude)
    x, y, z = level * np.sin(longitude), np.sin(latitude), -level * np.cos(longitude)
    a, e = np.radians([azimuth_deg, elevation_deg])
    key = np.array([np.cos(e) * np.sin(a), np.sin(e), np.cos(e) * np.cos(a)])
    apart = np.degrees(np.arccos(np.clip(x * key[0] + y * key[1] + z * key[2], -1, 1)))
    sky = np.array([0.3, 0.4, 0.7]) * (1.2 - np.clip(latitude, 0, 1))[..., None]
    ground = np.array([0.08, 0.1, 0.05]) * np.ones((HEIGHT, WIDTH, 1))
    grain = np.random.default_rng(4).uniform(0.9, 1.1, (HEIGHT, WIDTH, 1))
    light = np.where((latitude > 0)[..., None] & np.ones((1, WIDTH, 1), bool), sky, ground)
    return (light * grain + (apart < 2.5)[..., None] * sun).astype(np.float32)


def added(show: TinyShow, name: str, rgb: NDArray[np.float32]) -> Reference:
    return add_reference(show.studio, show.picture(name, rgb, dtype=np.float32), APPROVED)


def locked(show: TinyShow, azimuth_deg: float, elevation_deg: float, more: str = "") -> None:
    text = LIGHT.format(az=azimuth_deg, el=elevation_deg) + more
    set_lock(show.studio, "042", text, where="lock.toml")


def laid_out(studio: Studio, key: tuple[float, float] | None) -> CanvasPicture:
    canvas, digest = lay_out(studio, "042")
    _, body = book.canvas_by_digest(studio.ledger, digest)
    picture = canvas_picture(studio, canvas, str(body["arrays"]), "ACEScct")
    return replace(picture, key_deg=key)


@pytest.mark.parametrize(
    ("azimuth", "elevation"), [(30.0, 40.0), (-150.0, 12.0), (179.0, 65.0)]
)
def test_the_sun_of_a_panorama_is_found_when_it_is_added(
    tiny_show: TinyShow, azimuth: float, elevation: float
) -> None:
    reference = added(tiny_show, "sun.exr", panorama(azimuth, elevation, sun=4000.0))

    found = reference.light
    assert found.key_azimuth_deg is not None
    assert found.key_elevation_deg is not None
    off = (found.key_azimuth_deg - azimuth + 180) % 360 - 180
    assert abs(off) < 1.0
    assert found.key_elevation_deg == pytest.approx(elevation, abs=1.0)
    assert reference.light_evidence.startswith("measured")


def test_an_overcast_sky_has_no_clear_key(tiny_show: TinyShow) -> None:
    reference = added(tiny_show, "grey.exr", panorama(30.0, 40.0, sun=0.3))

    assert reference.light.key_azimuth_deg is None
    assert reference.light.key_elevation_deg is None


@pytest.mark.parametrize("wanted", [0.0, 100.0, -135.0])
def test_its_sun_is_turned_to_the_locked_azimuth(tiny_show: TinyShow, wanted: float) -> None:
    tiny_show.static_shot("042", frames=1)
    reference = added(tiny_show, "sun.exr", panorama(30.0, 10.0, sun=4000.0))

    views = palette.views_for(
        tiny_show.studio,
        [reference],
        {},
        laid_out(tiny_show.studio, (wanted, 10.0)),
        Lit(gains={}, mirrored=frozenset(), held=frozenset(), view_deg=None),
        "ACEScct",
    )

    brightest = max(
        (v for v in views if v.azimuth_deg is not None), key=lambda v: float(v.colour.max())
    )
    row, column = np.unravel_index(
        int(brightest.colour.max(axis=-1).argmax()), brightest.usable.shape
    )
    assert brightest.azimuth_deg is not None
    assert brightest.elevation_deg is not None
    off = (float(brightest.azimuth_deg[row, column]) - wanted + 180) % 360 - 180
    assert abs(off) < 3.0
    assert float(brightest.elevation_deg[row, column]) == pytest.approx(10.0, abs=3.0)
    # What was turned still says where in the file each pixel lies.
    x, y = brightest.master_x[row, column], brightest.master_y[row, column]
    middle = ((np.pi - np.radians(30.0)) / (2 * np.pi) + 0.5) % 1 * WIDTH
    assert abs((x - middle + WIDTH / 2) % WIDTH - WIDTH / 2) < 3
    assert y == pytest.approx((0.5 - 10.0 / 180.0) * HEIGHT, abs=3)


def test_a_panorama_without_a_sun_is_refused_where_the_lock_has_one(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot("042", frames=1)
    added(tiny_show, "grey.exr", panorama(30.0, 40.0, sun=0.0))
    locked(tiny_show, 20.0, 40.0)

    with pytest.raises(ApprovalError, match=r"grey\.exr shows no sun, and lock v1 has one"):
        paint(tiny_show.studio, "042", variations=1)


def test_where_another_reference_is_lit_the_sunless_one_is_left_out(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot("042", frames=1)
    added(tiny_show, "grey.exr", panorama(30.0, 40.0, sun=0.0))
    lit = added(tiny_show, "sun.exr", panorama(30.0, 40.0, sun=4000.0))
    locked(tiny_show, 20.0, 40.0)

    (variation,) = paint(tiny_show.studio, "042", variations=1)

    assert variation.ask.references == (lit.paint_digest,)
    assert any("left out: reference grey.exr shows no sun" in n for n in variation.notes)
    assert dict(variation.ask.settings)["key"].startswith("20.0")


def test_a_soft_light_asks_for_no_sun(tiny_show: TinyShow) -> None:
    tiny_show.static_shot("042", frames=1)
    grey = added(tiny_show, "grey.exr", panorama(30.0, 40.0, sun=0.0))
    locked(tiny_show, 20.0, 40.0, "key_fill_ratio = 1.2\n")

    lock = book.lock(tiny_show.studio.ledger, "042")

    assert locked_key(lock) == (20.0, 40.0)
    assert why_not_lit(grey, lock) == ""


def test_a_turned_panorama_is_held_to_the_elevation_of_the_key_alone(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot("042", frames=1)
    lit = added(tiny_show, "sun.exr", panorama(-100.0, 40.0, sun=4000.0))
    locked(tiny_show, 20.0, 40.0)

    document = painted(tiny_show.studio, "042", variations=1, seed=1, generator="patch")

    assert seen_light(lit).key_azimuth_deg is None
    (found,) = [f for f in document["variations"][0]["findings"] if f["check"] == "light"]
    assert found["verdict"] == "pass"
