"""A keyed screen becomes the shot's seam: a matte sequence like any other."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from seamline.errors import InputError, ShowError
from seamline.pixels.matte import polygon_coverage
from seamline.pixels.picture import as_float
from seamline.show.frames import FrameRange, frame_path
from seamline.show.seam import Box, Seam
from seamline.steps import book
from seamline.steps.ingest import add_shot, read_matte, set_seam
from seamline.steps.keying import KeyAsk, key_screen
from seamline.steps.main_job import painted
from tiny import TinyShow, frame_of

GREEN, SKIN = (0.30, 0.52, 0.17), (0.24, 0.16, 0.11)
HEIGHT, WIDTH = 60, 96
FRAMES = FrameRange(first=1001, last=1002)


def figure(turn: int = 0) -> NDArray[np.float32]:
    turns = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    middle = 48 + 3 * turn
    points = [(middle + 20 * np.cos(t), 30 + 20 * np.sin(t)) for t in turns]
    return polygon_coverage(points, width=WIDTH, height=HEIGHT)


def before_green(number: int) -> NDArray[np.float32]:
    matte = figure(number - 1001)[..., None]
    mixed = matte * np.asarray(SKIN) + (1 - matte) * np.asarray(GREEN)
    noise = np.random.default_rng(number).normal(0, 0.002, mixed.shape)
    return (mixed + noise).astype(np.float32)


def a_shot(show: TinyShow) -> None:
    pattern = show.plate("S_010", FRAMES, lambda n: frame_of(before_green(n)))
    add_shot(show.studio, "S_010", plate=pattern, static=True, frames=FRAMES)


def plane(show: TinyShow, pattern: str, frame: int) -> NDArray[np.float32]:
    return as_float(show.studio.images.read(frame_path(pattern, frame)).channels["A"])


def test_a_key_is_a_matte_sequence_and_the_seam_that_names_it(tiny_show: TinyShow) -> None:
    a_shot(tiny_show)

    found = key_screen(tiny_show.studio, "S_010", KeyAsk(kind="green"))

    seam = book.seam(tiny_show.studio.ledger, "S_010")
    assert seam == found.seam
    assert seam is not None
    assert seam.matte == str(
        tiny_show.root / "shots/S_010/mattes/S_010_key_v001/S_010_key_v001.%04d.exr"
    )
    assert len(seam.matte_digests) == 2
    for frame in FRAMES:
        truth = figure(frame - 1001)
        assert np.abs(plane(tiny_show, seam.matte, frame) - truth).mean() < 0.01
    shot = book.shot(tiny_show.studio.ledger, "S_010")
    effective = read_matte(tiny_show.studio, shot, seam, 1002)
    np.testing.assert_array_equal(effective, plane(tiny_show, seam.matte, 1002))
    numbers = json.loads((Path(seam.matte).parent / "key.json").read_text())
    assert numbers == found.numbers
    # ACEScg halves in, what was painted on the screen out.
    np.testing.assert_allclose(numbers["colour"], GREEN, atol=0.003)
    assert set(numbers["frames"]) == {"1001", "1002"}


def test_the_comp_of_a_keyed_shot_is_the_plate_inside_the_figure(tiny_show: TinyShow) -> None:
    a_shot(tiny_show)
    key_screen(tiny_show.studio, "S_010", KeyAsk(kind="green"))

    entry = painted(tiny_show.studio, "S_010", variations=1, seed=1, generator="neutral")

    element = entry["variations"][0]["id"]
    comp = tiny_show.studio.images.read(
        frame_path(tiny_show.studio.shelf.comp_pattern(element), 1001)
    )
    plate = frame_of(before_green(1001))
    inside = figure() == 1
    for name in "RGB":
        same = comp.channels[name] == plate.channels[name]
        assert same[inside].mean() > 0.98


def test_keying_again_is_another_matte_and_keeps_the_earlier_one(tiny_show: TinyShow) -> None:
    a_shot(tiny_show)
    set_seam(
        tiny_show.studio,
        Seam(shot="S_010", version=1, box=Box(x=0, y=0, width=96, height=50), grow_px=1),
    )

    first = key_screen(tiny_show.studio, "S_010", KeyAsk(kind="green"))
    second = key_screen(tiny_show.studio, "S_010", KeyAsk(kind="green", sample=(2, 2, 10, 8)))

    assert (first.seam.version, second.seam.version) == (2, 3)
    assert "v002" in second.matte
    assert Path(frame_path(first.matte, 1001)).is_file()
    assert second.seam.box == Box(x=0, y=0, width=96, height=50)
    assert second.seam.grow_px == 1


def test_despilled_live_action_and_its_shadow_lie_beside_the_matte(tiny_show: TinyShow) -> None:
    a_shot(tiny_show)
    floor = ((0.0, 40.0), (96.0, 40.0), (96.0, 60.0), (0.0, 60.0))

    found = key_screen(
        tiny_show.studio, "S_010", KeyAsk(kind="green", despill=True, floor=floor)
    )

    live = tiny_show.studio.images.read(frame_path(found.despilled, 1001))
    rgb = live.rgb()
    np.testing.assert_allclose(rgb[30, 48], SKIN, atol=0.02)
    assert not rgb[as_float(live.channels["A"]) == 0].any()
    assert live.channels["R"].dtype == np.float16  # as the plate
    shadow = tiny_show.studio.images.read(frame_path(found.shadow, 1001)).rgb()
    assert shadow.max() <= 1
    np.testing.assert_array_equal(shadow[:39], 1)
    assert found.seam.shadow == found.shadow
    assert len(found.seam.shadow_digests) == 2
    entry = painted(tiny_show.studio, "S_010", variations=1, seed=1, generator="neutral")
    match = book.version(tiny_show.studio.ledger, entry["variations"][0]["id"]).match
    assert match is not None
    assert match.shadow.frames
    assert "lifted from the plate's own floor with seam v1" in match.shadow.says

    without = key_screen(tiny_show.studio, "S_010", KeyAsk(kind="green"))

    assert (without.seam.shadow, without.seam.shadow_digests) == ("", ())


def test_a_clean_plate_of_another_size_or_none_at_all_is_refused(tiny_show: TinyShow) -> None:
    a_shot(tiny_show)
    small = tiny_show.picture("clean.exr", before_green(1001)[:20, :20])

    for clean, says in ((small, "20x20"), (str(tiny_show.material / "no.exr"), "no clean")):
        with pytest.raises(InputError, match=says):
            key_screen(tiny_show.studio, "S_010", KeyAsk(kind="green", clean=clean))
    with pytest.raises(InputError, match="no blue screen"):
        key_screen(tiny_show.studio, "S_010", KeyAsk(kind="blue"))

    assert not (tiny_show.root / "shots/S_010/mattes").exists()
    assert book.seam(tiny_show.studio.ledger, "S_010") is None


def test_a_shot_without_a_plate_has_nothing_to_key(tiny_show: TinyShow) -> None:
    add_shot(tiny_show.studio, "S_010", static=True)

    with pytest.raises(ShowError, match="no plate"):
        key_screen(tiny_show.studio, "S_010", KeyAsk(kind="green"))


def test_a_cyclorama_is_keyed_from_its_clean_plate(tiny_show: TinyShow) -> None:
    def before_cyc(number: int) -> NDArray[np.float32]:
        matte = figure(number - 1001)[..., None]
        mixed = matte * np.asarray(SKIN) + (1 - matte) * np.asarray((0.42, 0.42, 0.40))
        noise = np.random.default_rng(number).normal(0, 0.002, mixed.shape)
        return (mixed + noise).astype(np.float32)

    pattern = tiny_show.plate("S_010", FRAMES, lambda n: frame_of(before_cyc(n)))
    add_shot(tiny_show.studio, "S_010", plate=pattern, static=True, frames=FRAMES)
    bare = np.full((HEIGHT, WIDTH, 3), (0.40, 0.40, 0.381), np.float32)  # 5 % darker
    clean = tiny_show.picture("clean.exr", bare)

    found = key_screen(tiny_show.studio, "S_010", KeyAsk(kind="cyc", clean=clean))

    assert np.abs(plane(tiny_show, found.matte, 1002) - figure(1)).mean() < 0.01
