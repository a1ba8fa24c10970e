"""A shot made ready for the review page: the comp's own light, named by what it is."""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from pathlib import Path

import numpy as np
import pytest

from seamline.errors import ShowError
from seamline.pixels.halves import finite, packed, unpacked
from seamline.show.frames import FrameRange, frame_path
from seamline.show.seam import Box, Seam
from seamline.steps import book
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.paint import paint
from seamline.steps.prune import prune
from seamline.steps.render import render
from seamline.steps.screening import INDEX, files_of, index_of, not_screened, screen
from tiny import TinyShow, frame_of, grey_and_noise

ELEMENT = "S_010_env_b01_v001"


def test_a_half_picture_is_binary16_row_by_row_in_raw_deflate() -> None:
    image = np.array([[[1.0, -0.25, 65504.0]], [[0.5, 2.0, 0.0]]], np.float32)

    flat = zlib.decompress(packed(image), -15)

    # IEEE 754 binary16: 1 is 3c00, -0.25 is b400, 65504 is 7bff, 0.5 is 3800, 2 is 4000.
    assert flat.hex() == "003c00b4ff7b" + "003800400000"
    np.testing.assert_array_equal(unpacked(packed(image), 2, 1, 3), image)


def test_what_is_not_finite_or_too_large_is_brought_into_a_half_s_range() -> None:
    image = np.array([[[np.nan, np.inf, -np.inf], [1e6, -1e6, 7.5]]], np.float32)

    seen = finite(image)

    np.testing.assert_array_equal(seen, [[[0, 65504, -65504], [65504, -65504, 7.5]]])


def _painted(show: TinyShow, variations: int = 1) -> None:
    show.static_shot(frames=2)
    render(
        show.studio,
        "S_010",
        paint(show.studio, "S_010", variations=variations, seed=1, generator="neutral"),
    )


def _picture(show: TinyShow, name: str, channels: int) -> np.ndarray:
    path = show.studio.shelf.screening_path("S_010", name)
    content = Path(path).read_bytes()
    assert hashlib.sha256(content).hexdigest() == name
    return unpacked(content, 36, 64, channels)


def test_its_pictures_are_the_comps_and_the_plate_with_its_matte(tiny_show: TinyShow) -> None:
    _painted(tiny_show)

    index = screen(tiny_show.studio, "S_010")

    comp = tiny_show.studio.images.read(
        frame_path(tiny_show.studio.shelf.comp_pattern(ELEMENT), 1002)
    ).rgb()
    shown = _picture(tiny_show, index["versions"][ELEMENT]["frames"]["1002"]["large"], 3)
    plate = _picture(tiny_show, index["plate"]["1001"]["large"], 4)
    # The plate is ACEScg in half floats: what is shown is what is on disk, bit for bit.
    np.testing.assert_array_equal(shown, comp)
    np.testing.assert_array_equal(
        plate[..., :3], grey_and_noise(1001, 36, 64).astype(np.float16).astype(np.float32)
    )
    assert plate[:18, :, 3].max() == 0
    assert plate[18:, :, 3].min() == 1


def test_every_view_of_the_config_is_there_and_the_show_s_own_is_named(
    tiny_show: TinyShow,
) -> None:
    _painted(tiny_show)

    index = screen(tiny_show.studio, "S_010")

    names = [view["name"] for view in index["views"]]
    assert index["view"] == "sRGB - Display / ACES 1.0 - SDR Video"
    assert index["view"] in names
    assert len(names) == 39  # studio-config-v1.0.0_aces-v1.3_ocio-v2.1
    own = index["views"][names.index(index["view"])]
    text = Path(tiny_show.studio.shelf.screening_path("S_010", own["file"])).read_text()
    assert "vec4 ocio_view(vec4 inPixel)" in text
    assert f"uniform float {own['exposure']};" in text


def test_what_stands_is_not_made_again_and_what_is_new_is(tiny_show: TinyShow) -> None:
    _painted(tiny_show)
    studio = tiny_show.studio
    first = screen(studio, "S_010")
    written = {
        name: os.stat(studio.shelf.screening_path("S_010", name)).st_mtime_ns
        for name in files_of(first)
    }
    os.chmod(frame_path(studio.shelf.comp_pattern(ELEMENT), 1001), 0)

    assert not_screened(studio, "S_010", first) == []
    assert screen(studio, "S_010")["versions"] == first["versions"]
    for name, at in written.items():
        assert os.stat(studio.shelf.screening_path("S_010", name)).st_mtime_ns == at

    render(studio, "S_010", paint(studio, "S_010", variations=2, seed=1, generator="neutral"))
    second = "S_010_env_b02_v001"
    assert not_screened(studio, "S_010", index_of(studio, "S_010")) == [second]
    assert sorted(screen(studio, "S_010")["versions"]) == [ELEMENT, second]


def test_a_smaller_page_has_smaller_pictures_and_nothing_of_the_larger_stays(
    tiny_show: TinyShow,
) -> None:
    _painted(tiny_show)
    studio = tiny_show.studio
    large = set(files_of(screen(studio, "S_010")))

    index = screen(studio, "S_010", width_px=32)

    assert index["levels"]["large"] == {"width_px": 32, "height_px": 18}
    folder = Path(studio.shelf.screening_path("S_010", ""))
    there = {path.name for path in folder.iterdir()} - {INDEX}
    assert there == set(files_of(index))
    assert large - there


def test_a_frame_stands_where_it_stands_in_the_display_window(tiny_show: TinyShow) -> None:
    rgb = grey_and_noise(1, 20, 40)
    frames = FrameRange(first=1001, last=1001)
    plate = tiny_show.plate(
        "S_010", frames, lambda _: frame_of(rgb, window=(8, 6, 40, 20), display=(0, 0, 64, 36))
    )
    add_shot(tiny_show.studio, "S_010", plate=plate, static=True, frames=frames)
    box = Box(x=10, y=8, width=8, height=8)
    set_seam(tiny_show.studio, Seam(shot="S_010", version=1, box=box))
    render(
        tiny_show.studio,
        "S_010",
        paint(tiny_show.studio, "S_010", variations=1, seed=1, generator="neutral"),
    )

    shown = _picture(tiny_show, screen(tiny_show.studio, "S_010")["plate"]["1001"]["large"], 4)

    np.testing.assert_array_equal(
        shown[6:26, 8:48, :3], rgb.astype(np.float16).astype(np.float32)
    )
    assert not shown[:6].any()
    assert not shown[:, 48:].any()


def test_a_shot_without_a_painting_has_nothing_to_show(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()

    with pytest.raises(ShowError, match="nothing has been painted"):
        screen(tiny_show.studio, "S_010")


def test_pruning_takes_it_away_and_it_is_made_again(tiny_show: TinyShow) -> None:
    _painted(tiny_show)
    studio = tiny_show.studio
    first = screen(studio, "S_010")

    removed = prune(studio)["removed"]

    assert studio.shelf.screening_path("S_010", "") in removed
    assert index_of(studio, "S_010") is None
    render(studio, "S_010", paint(studio, "S_010", variations=1, seed=1, generator="neutral"))
    assert screen(studio, "S_010") == first


def test_an_index_of_another_time_is_none(tiny_show: TinyShow) -> None:
    _painted(tiny_show)
    studio = tiny_show.studio
    screen(studio, "S_010")
    path = Path(studio.shelf.screening_path("S_010", INDEX))
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": "older"}))

    assert index_of(studio, "S_010") is None
    assert not_screened(studio, "S_010", None) == [
        v.id for v in book.newest_versions(studio.ledger, "S_010")
    ]
