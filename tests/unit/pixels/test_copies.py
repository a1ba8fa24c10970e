"""A copy is known again however it was encoded, cut, turned over or exposed; others are not."""

from __future__ import annotations

import io
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from seamline.pixels.copies import overlay
from seamline.pixels.imprint import imprint, mirrored
from seamline.steps.copies import is_held

Pixels = NDArray[np.float32]
HEIGHT, WIDTH = 200, 300


def place(seed: int) -> Pixels:
    """Scene-linear surfaces with the spectrum of photographs: amplitude falls as 1/f."""
    rng = np.random.default_rng(seed)
    down, across = np.fft.fftfreq(HEIGHT)[:, None], np.fft.rfftfreq(WIDTH)
    falls = 1 / np.maximum(np.hypot(down, across), 1 / WIDTH) ** 1.2
    wave = rng.normal(size=falls.shape) + 1j * rng.normal(size=falls.shape)
    plane = np.fft.irfft2(wave * falls, (HEIGHT, WIDTH))
    tone = np.exp2(1.5 * plane / plane.std()) * 0.18
    return np.repeat(tone[..., None], 3, axis=2).astype(np.float32)


def jpeg(light: Pixels, quality: int) -> Pixels:
    """Through eight bits of a 2.2 gamma and the codec, back to light."""
    codes = (np.clip(light, 0, 1) ** (1 / 2.2) * 255 + 0.5).astype(np.uint8)
    file = io.BytesIO()
    Pillow.fromarray(codes).save(file, "JPEG", quality=quality)
    return ((np.asarray(Pillow.open(file)) / 255.0) ** 2.2).astype(np.float32)


def smaller(light: Pixels, by: int) -> Pixels:
    rows, columns = (n // by * by for n in light.shape[:2])
    blocks = light[:rows, :columns].reshape(rows // by, by, columns // by, by, 3)
    return np.asarray(blocks.mean(axis=(1, 3)), np.float32)


# rows 60 to 180 of 200 and columns 100 to 280 of 300: six tenths of each side
CUT = (slice(60, 180), slice(100, 280))


@pytest.mark.parametrize(
    ("name", "turned", "scale"),
    [
        ("jpeg 40", False, 1.0),
        ("half", False, 1.0),
        ("half the size", False, 1.0),
        ("turned over", True, 1.0),
        ("two stops down, jpeg", False, 1.0),
        ("cut to 60 %", False, 0.6),
        ("cut to 60 %, turned over, jpeg", True, 0.6),
        ("cut to 60 %, half the size, a stop up, jpeg", False, 0.6),
    ],
)
def test_a_copy_lies_on_what_it_was_made_of(name: str, turned: bool, scale: float) -> None:
    whole = place(1)
    cut = whole[CUT]
    copies = {
        "jpeg 40": jpeg(whole, 40),
        "half": whole.astype(np.float16).astype(np.float32),
        "half the size": smaller(whole, 2),
        "turned over": whole[:, ::-1],
        "two stops down, jpeg": jpeg(whole / 4, 85),
        "cut to 60 %": cut,
        "cut to 60 %, turned over, jpeg": jpeg(cut[:, ::-1], 70),
        "cut to 60 %, half the size, a stop up, jpeg": jpeg(smaller(cut, 2) * 2, 80),
    }

    found = overlay(imprint(np.ascontiguousarray(copies[name])), imprint(whole))

    assert is_held(found)
    assert found.mirrored is turned
    assert found.scale == pytest.approx(scale, rel=0.03)
    assert found.covers > 0.9


def test_pictures_of_other_places_do_not_lie_on_one_another() -> None:
    marks = [imprint(place(seed)) for seed in range(10, 17)]

    assert not any(is_held(overlay(a, b)) for a, b in combinations(marks, 2))


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_a_picture_that_holds_half_of_another_lies_on_that_half(share: float) -> None:
    one, other = place(1), place(2)
    part = int(WIDTH * (1 - share))
    joined = np.concatenate([one[:, part:], other[:, : WIDTH - (WIDTH - part)]], axis=1)

    found = overlay(imprint(joined), imprint(one))

    assert found.covers == pytest.approx(share, abs=0.05)
    assert is_held(found)


def test_what_has_no_structure_is_like_nothing() -> None:
    ramp = np.linspace(0.05, 0.9, WIDTH, dtype=np.float32)
    sky = np.broadcast_to(ramp[None, :, None], (HEIGHT, WIDTH, 3))
    burnt = np.full((HEIGHT, WIDTH, 3), np.inf, np.float32)

    for picture in (sky, burnt, np.zeros((3, 5, 3), np.float32)):
        assert not is_held(overlay(imprint(picture), imprint(place(1))))


def test_the_imprint_of_a_mirrored_picture_is_the_imprint_mirrored() -> None:
    whole = place(3)
    one, other = mirrored(imprint(whole)), imprint(np.ascontiguousarray(whole[:, ::-1]))

    np.testing.assert_allclose(one.tone, other.tone, atol=1e-5)
    assert len(one.places) == len(other.places)
    order, same = (np.lexsort(mark.places.round(2).T) for mark in (one, other))
    np.testing.assert_allclose(one.places[order], other.places[same], atol=0.01)
    np.testing.assert_allclose(one.waves[order], other.waves[same], atol=1e-3)
