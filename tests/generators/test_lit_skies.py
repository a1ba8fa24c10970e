"""Skies under a locked sun: what a compositor checks first, on a panorama made by formula."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

import ranges
from seamline.generators.patch import Patch
from seamline.generators.patch.specks import standing_dark, thin_dark
from seamline.optics import reproject
from seamline.optics.canvas_pixels import frame_guides
from seamline.optics.projection import Pinhole
from seamline.optics.rotation import from_pan_tilt_roll
from seamline.ports import CanvasPicture, Painted, ReferencePicture
from seamline.show.lock import Light
from seamline.show.reference import Reference
from seamline.steps.panorama import key_of, panorama_views
from synth import acescct

WIDTH, HEIGHT, FOCAL_PX = 128, 72, 170.0
OWN = (60.5, 20.5)
# Raise ``Patch.pixels`` whenever this has to change.
GOLDEN_SKY = "9ba6b90279de2bfa2e2c0f97890b975b71e6d35dec7ecc71fc0fed765787cb25"
SUN = 0.726
"""8 linear in ACEScct: brighter is a light."""


def hazy(azimuth: float = OWN[0], elevation: float = OWN[1], *, sun: bool = True) -> NDArray:
    """A 2 px per degree panorama: haze that glows around a sun, over a speckled ground."""
    rows, columns = np.indices((360, 720), dtype=np.float64)
    high = np.radians(90 - (rows + 0.5) / 2)
    along = np.radians(360 - (columns + 0.5) / 2)
    e, a = math.radians(elevation), math.radians(azimuth)
    cosine = np.sin(high) * math.sin(e) + np.cos(high) * math.cos(e) * np.cos(along - a)
    apart = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    sky = np.stack([0.35 - 0.1 * np.sin(high), 0.45 - 0.05 * np.sin(high), 0.6 + 0 * high], -1)
    if sun:
        sky = sky + (2.0 * np.exp(-apart / 6.0))[..., None]
        sky[apart < 0.5] = 3000.0
    ground = 0.05 + 0.1 * ranges.speckle(360, 720, 4)[..., None].astype(np.float64)
    # Rounded: the library's sines and exponentials differ from processor to processor.
    return np.round(np.where((high > 0)[..., None], sky, ground), 3).astype(np.float32)


def canvas(
    key: tuple[float, float] | None, *, pan: float = 0.0, tilt: float = 23.0
) -> CanvasPicture:
    """A locked-off view of the sky alone, 41 degrees wide; pan 0 looks to azimuth 180."""
    lens = Pinhole(
        focal_x_px=FOCAL_PX, focal_y_px=FOCAL_PX, centre_x_px=WIDTH / 2, centre_y_px=HEIGHT / 2
    )
    elevation, azimuth = frame_guides(
        lens, (0, 0, WIDTH, HEIGHT), from_pan_tilt_roll(pan, tilt)
    )
    blank = ranges.canvas(height=HEIGHT, width=WIDTH)
    return replace(
        blank,
        elevation_deg=elevation,
        azimuth_deg=azimuth,
        px_per_deg=FOCAL_PX * math.pi / 180,
        key_deg=key,
    )


def views(
    scene: CanvasPicture, rgb: NDArray, own: tuple[float, float] | None = OWN
) -> list[ReferencePicture]:
    light = Light(key_azimuth_deg=own[0], key_elevation_deg=own[1]) if own else Light()
    reference = Reference(
        id="haze", file_name="haze.exr", file_sha256="", pixels_digest="", master_digest="",
        width_px=rgb.shape[1], height_px=rgb.shape[0], kind="photography", colourspace="ACEScg",
        evidence="", projection="latlong", light=light,
    )  # fmt: skip
    everywhere = np.ones(rgb.shape[:2], np.float32)
    return [
        ReferencePicture(
            id="haze", look="haze", usable=view.may > 0.999,
            colour=np.round(acescct(view.light), 4).astype(np.float32),
            elevation_deg=view.elevation_deg, azimuth_deg=view.azimuth_deg,
            key_deg=key_of(reference, scene), master_x=view.x, master_y=view.y,
            dome=view.dome, around=view.around,
        )
        for view in panorama_views(reference, rgb, everywhere, scene, reproject)
    ]  # fmt: skip


def paint(scene: CanvasPicture, references: list[ReferencePicture], seed: int = 1) -> Painted:
    return Patch().paint(ranges.ask(seed), scene, references, lambda _: None)


def linear(code: NDArray) -> NDArray:
    """ACEScct above its toe to light (Academy S-2016-001)."""
    return 2.0 ** (code.astype(np.float64) * 17.52 - 9.72)


def pixel_of(scene: CanvasPicture, key: tuple[float, float]) -> tuple[int, int]:
    away = np.hypot(
        scene.elevation_deg - key[1],
        ((scene.azimuth_deg - key[0] + 180) % 360 - 180) * math.cos(math.radians(key[1])),
    )
    row, column = np.unravel_index(int(away.argmin()), away.shape)
    return int(row), int(column)


LOCKED = (186.0, 24.0)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_sun_stands_where_the_lock_says_with_its_own_peak(seed: int) -> None:
    scene = canvas(LOCKED)
    references = views(scene, hazy())

    sky = paint(scene, references, seed).layers[0]

    light = sky.colour.max(axis=-1)
    row, column = np.unravel_index(int(light.argmax()), light.shape)
    place = pixel_of(scene, LOCKED)
    assert math.hypot(row - place[0], column - place[1]) <= 4
    assert sky.name == "sky"
    assert float(light.max()) == max(float(v.colour.max()) for v in references[-1:])


def test_a_sun_of_one_pixel_keeps_its_peak_however_the_sky_is_set() -> None:
    rgb = hazy(sun=False)
    row, column = round((90 - OWN[1]) * 2), round((360 - OWN[0]) * 2)
    rgb[row, column] = 3000.0

    domes = [v for v in views(canvas(LOCKED), rgb) if v.dome is not None]

    assert len(domes) > 2
    for sky in domes:
        assert float(linear(sky.colour).max()) == pytest.approx(3000, rel=0.01)


def test_the_sun_keeps_its_energy_and_is_seen_once() -> None:
    scene = canvas(LOCKED)
    references = views(scene, hazy())

    sky = paint(scene, references).layers[0]

    bright = linear(sky.colour).mean(axis=-1) > 8
    rows, columns = np.nonzero(bright)
    place = pixel_of(scene, LOCKED)
    assert np.hypot(rows - place[0], columns - place[1]).max() < 5
    # A pixel of the panorama is half a degree wide; so many of them shine at 3000.
    shining = np.nonzero(hazy().mean(axis=-1) > 8)[0]
    degrees = 0.25 * np.cos(np.radians(90 - (shining + 0.5) / 2)).sum()
    seen = float(linear(sky.colour).mean(axis=-1)[bright].sum())
    assert seen == pytest.approx(3000 * degrees * scene.px_per_deg**2, rel=0.1)


def test_a_sun_raised_a_little_is_no_egg() -> None:
    scene = canvas((186.0, OWN[1] + 6))

    sky = paint(scene, views(scene, hazy())).layers[0]

    rows, columns = np.nonzero(linear(sky.colour).mean(axis=-1) > 8)
    assert np.ptp(rows) == pytest.approx(np.ptp(columns), abs=1)


def test_dusk_is_not_raised_to_noon() -> None:
    scene = canvas((180.0, OWN[1] + 30), tilt=40.0)

    painted = paint(scene, views(scene, hazy()))

    assert linear(painted.layers[0].colour).max() < 8
    assert "out of frame, at azimuth 180, elevation 20" in painted.notes[1]


def test_a_sky_beside_the_sun_has_none() -> None:
    scene = canvas((70.0, 24.0))

    painted = paint(scene, views(scene, hazy()))

    assert linear(painted.layers[0].colour).max() < 8
    assert "out of frame" in painted.notes[1]


def test_a_sky_without_a_lock_is_painted_all_the_same() -> None:
    scene = canvas(None)

    painted = paint(scene, views(scene, hazy(sun=False), own=None))

    assert (painted.layers[0].alpha == 1).all()
    assert "nobody knows where its sun stands" in painted.notes[1]


def test_no_ground_is_copied_into_the_sky() -> None:
    scene = canvas(LOCKED)

    sky = paint(scene, views(scene, hazy()), seed=3).layers[0]

    assert linear(sky.colour)[..., 2].min() > 0.4  # the darkest blue of the haze is .6


def test_every_pixel_of_the_sky_tells_where_it_came_from() -> None:
    scene = canvas(LOCKED)
    references = views(scene, hazy())

    for seed in (1, 2, 3):
        sky = paint(scene, references, seed).layers[0]
        told = np.zeros_like(sky.colour)
        for index, view in enumerate(references):
            here = sky.source == index
            assert view.usable[sky.source_y[here], sky.source_x[here]].all()
            told[here] = view.colour[sky.source_y[here], sky.source_x[here]]
        np.testing.assert_array_equal(told + sky.offset, sky.colour)
        assert np.abs(sky.offset).max() <= 0.1201


def test_clouds_that_lie_over_a_horizon_are_sky_and_twigs_that_stand_there_are_none() -> None:
    dark = np.float32(0.009)
    grey = np.full((40, 60, 3), 0.5, np.float32)
    lying, standing = grey.copy(), grey.copy()
    lying[18:21] -= dark
    standing[:, 28:31] -= dark

    assert thin_dark(lying, 4).max() == pytest.approx(dark, abs=1e-6)
    assert standing_dark(lying, 4).max() == 0
    assert standing_dark(standing, 4)[:, 28:31].min() == pytest.approx(dark, abs=1e-6)


def digest(painted: Painted) -> str:
    sky = painted.layers[0]
    planes = (sky.colour, sky.source, sky.source_x, sky.source_y)
    return hashlib.sha256(
        b"".join(np.ascontiguousarray(p).tobytes() for p in planes)
    ).hexdigest()


def golden() -> str:
    """Return the digest of two skies: open, and carried on where a wood stood."""
    open_, near = canvas(LOCKED), low()
    both = (paint(open_, views(open_, hazy()), 2), paint(near, views(near, wooded())))
    return hashlib.sha256("".join(map(digest, both)).encode()).hexdigest()


def test_a_sky_s_pixels_never_change() -> None:
    assert golden() == GOLDEN_SKY


def test_the_same_ask_gives_the_same_sky_and_another_seed_another() -> None:
    scene = canvas(LOCKED)
    references = views(scene, hazy())

    assert digest(paint(scene, references, 1)) == digest(paint(scene, references, 1))
    assert digest(paint(scene, references, 1)) != digest(paint(scene, references, 3))


def test_where_nothing_stands_before_a_sky_its_wisps_are_clouds() -> None:
    """They were taken for stains of what stands before it, and evened away."""
    rgb = hazy()
    wisps = np.repeat(np.repeat(ranges.speckle(90, 180, 9) > 0.95, 4, axis=0), 4, axis=1)
    rgb[wisps & (hazy().max(axis=-1) < 50)] *= np.float32(0.8)
    scene = replace(canvas(LOCKED, tilt=8.0), skyline=np.full(WIDTH, float(HEIGHT), np.float32))
    references = [replace(v, all_sky=True) for v in views(scene, rgb)]

    sky = paint(scene, references).layers[0]

    own = next(v for v in references if v.dome is not None)
    (top, left), (height, width) = own.dome.at, own.usable.shape
    shown = sky.alpha[top : top + height, left : left + width] > 0
    shown &= (own.elevation_deg > 1.0) & own.usable
    assert shown.sum() > 1000
    painted = sky.colour[top : top + height, left : left + width]
    assert np.array_equal(painted[shown], own.colour[shown])


# -- land before the sky --------------------------------------------------------------


WOOD = slice(550, 584)
"""Columns of a wood beside the sun, which stands at column 599: half a degree each."""


def wooded() -> NDArray:
    """The haze with a wood before it, 18 degrees high, left of the sun."""
    rgb = hazy()
    rows = np.arange(360)[:, None]
    tall = np.full(720, 180)
    tall[WOOD] = 180 - 2 * 18
    wood = (rows >= tall[None, :]) & (rows < 184)
    wood &= hazy().max(axis=-1) < 50
    rgb[wood] = (0.02, 0.03, 0.01)
    return rgb


def low(key: tuple[float, float] | None = LOCKED) -> CanvasPicture:
    """A view over a drawn skyline near the horizon: land of a panorama reaches into it."""
    scene = canvas(key, tilt=16.0)
    return replace(scene, skyline=np.full(WIDTH, float(HEIGHT), np.float32))


def test_no_wood_is_copied_and_the_haze_goes_on_behind_it() -> None:
    scene = low()
    open_ = paint(scene, views(scene, hazy())).layers[0]

    painted = paint(scene, views(scene, wooded()))

    sky = painted.layers[0]
    assert any(word in painted.notes[1] for word in ("carried on", "other side"))
    assert linear(sky.colour)[..., 2].min() > 0.4  # the wood's blue is .01
    rows, columns = np.indices((HEIGHT, WIDTH))
    place = pixel_of(scene, LOCKED)
    away = np.hypot(rows - place[0], columns - place[1]) > 12
    stops = np.abs(np.log2(linear(sky.colour) / linear(open_.colour)))[away]
    assert float(np.quantile(stops, 0.99)) < 0.25


def test_where_a_wood_stood_lineage_tells_the_sky_it_was_carried_on_from() -> None:
    scene = low()
    references = views(scene, wooded())

    sky = paint(scene, references).layers[0]

    told = np.zeros_like(sky.colour)
    for index, view in enumerate(references):
        here = sky.source == index
        assert not (view.around and here.any())
        told[here] = view.colour[sky.source_y[here], sky.source_x[here]]
    assert (sky.source[sky.alpha > 0] >= 0).all()
    np.testing.assert_array_equal(told + sky.offset, sky.colour)
    assert linear(told)[..., 2].min() > 0.4


# -- behind a range -------------------------------------------------------------------


def test_the_locked_sun_stands_behind_a_composed_range() -> None:
    room = ranges.canvas(height=160, width=320, need=ranges.meadow_line(160, 320))
    lens = Pinhole(focal_x_px=400.0, focal_y_px=400.0, centre_x_px=160, centre_y_px=80)
    elevation, azimuth = frame_guides(lens, (0, 0, 320, 160), from_pan_tilt_roll(0.0, 6.0))
    scene = replace(
        room, elevation_deg=elevation, azimuth_deg=azimuth, px_per_deg=400 * math.pi / 180,
        key_deg=(184.0, 15.0),
    )  # fmt: skip
    references = [*ranges.cards(), *views(scene, hazy())]
    backend = Patch()
    cards_look = ranges.cards()[0].look
    looks = list(dict.fromkeys(r.look for r in references))

    seed = looks.index(cards_look) + 1
    painted = backend.paint(ranges.ask(seed), scene, references, lambda _: None)

    sky, far = painted.layers[:2]
    assert (sky.name, far.name) == ("sky", "far")
    assert any("its sun stands at azimuth 184, elevation 15" in n for n in painted.notes)
    light = sky.colour.max(axis=-1)
    row, column = np.unravel_index(int(light.argmax()), light.shape)
    place = pixel_of(scene, (184.0, 15.0))
    assert math.hypot(row - place[0], column - place[1]) <= 4
    assert linear(sky.colour).max() > 100

    sketched = backend.sketch(ranges.ask(seed), scene, references, 4)
    assert sketched is not None
    rough = sketched.max(axis=-1)
    row, column = np.unravel_index(int(rough.argmax()), rough.shape)
    assert math.hypot(4 * row + 1.5 - place[0], 4 * column + 1.5 - place[1]) <= 6
