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
from seamline.optics.canvas import frame_guides
from seamline.optics import reproject
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
GOLDEN_SKY = "20236d53386ff76482508cdf2542d454a529537ad21c728fafd4bfef50e2781d"
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


def digest(painted: Painted) -> str:
    sky = painted.layers[0]
    planes = (sky.colour, sky.source, sky.source_x, sky.source_y)
    return hashlib.sha256(
        b"".join(np.ascontiguousarray(p).tobytes() for p in planes)
    ).hexdigest()


def golden() -> str:
    """Return the digest of one sky, its sun in the picture and raised a little."""
    scene = canvas(LOCKED)
    return digest(paint(scene, views(scene, hazy()), 2))


def test_a_sky_s_pixels_never_change() -> None:
    assert golden() == GOLDEN_SKY


def test_the_same_ask_gives_the_same_sky_and_another_seed_another() -> None:
    scene = canvas(LOCKED)
    references = views(scene, hazy())

    assert digest(paint(scene, references, 1)) == digest(paint(scene, references, 1))
    assert digest(paint(scene, references, 1)) != digest(paint(scene, references, 3))
