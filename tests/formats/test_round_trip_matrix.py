"""
The whole matrix: types, widths, compressions, layouts and windows, there and back.

Written by another library, read and written by ours, read by a third: float exact, half
0 ULP, NaN payloads, Inf, denormals and values over 1 included.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import OpenImageIO as oiio
import pytest

from seamline.formats.images import ImageFiles

HEIGHT = 5
VALUES = (-0.5, 0.0, -0.0, 0.18, 1.0, 1.5, 4.0, 16.0, 100.0, 65504.0, np.nan, np.inf,
          -np.inf, 6e-8, 6.1e-5)  # fmt: skip
LAYOUTS: dict[str, tuple[str, ...]] = {
    "RGB": ("R", "G", "B"),
    "RGBA": ("R", "G", "B", "A"),
    "Y": ("Y",),
    "Z": ("Z",),
    "layers": ("R", "G", "B", "A", "fg.R", "fg.G", "fg.B", "depth.Z"),
    "parts": ("R", "G", "B"),
}
WINDOWS = {
    "whole": (0, 0, 0, 0),
    "crop": (7, 3, 20, 9),  # data from 7, 3 in a frame so much larger
    "overscan": (-8, -2, -16, -4),
}
KINDS: dict[str, Any] = {"half": np.float16, "float": np.float32}
MATRIX = list(
    itertools.product(
        KINDS, (50, 1998, 2048), ("none", "rle", "zips", "zip", "piz"), LAYOUTS, WINDOWS
    )
)


def _pixels(kind: str, width: int, channels: int) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(width)
    found = rng.standard_normal((HEIGHT, width, channels)).astype(KINDS[kind])
    flat = found.reshape(-1)
    with np.errstate(under="ignore"):
        flat[: len(VALUES)] = np.array(VALUES).astype(KINDS[kind])
    return found


def _spec(
    kind: str, width: int, compression: str, names: tuple[str, ...], windows: str
) -> oiio.ImageSpec:
    x, y, across, down = WINDOWS[windows]
    spec = oiio.ImageSpec(width, HEIGHT, len(names), kind)
    spec.channelnames = names
    spec.x, spec.y = x, y
    spec.full_width, spec.full_height = width + across, HEIGHT + down
    if windows == "overscan":
        spec.full_width, spec.full_height = width - 16, max(HEIGHT - 4, 1)
    spec.attribute("compression", compression)
    spec.attribute("camera/lens", "40 mm")
    return spec


def _theirs(path: str, spec: oiio.ImageSpec, pixels: np.ndarray[Any, Any], parts: bool) -> None:
    output = oiio.ImageOutput.create("openexr")
    if not parts:
        assert output.open(path, spec), output.geterror()
        assert output.write_image(pixels)
    else:
        depth = oiio.ImageSpec(spec.width, HEIGHT, 1, "float")
        depth.channelnames = ("Z",)
        depth.full_x, depth.full_y = spec.full_x, spec.full_y
        depth.full_width, depth.full_height = spec.full_width, spec.full_height
        depth.attribute("oiio:subimagename", "depth")
        spec.attribute("oiio:subimagename", "beauty")
        assert output.open(path, (depth, spec)), output.geterror()
        assert output.write_image(np.ones((HEIGHT, spec.width, 1), np.float32))
        assert output.open(path, spec, "AppendSubimage"), output.geterror()
        assert output.write_image(pixels)
    output.close()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_plate_goes_in_and_comes_out_the_same_bits(
    tmp_path: Path, images: ImageFiles, kind: str, layout: str
) -> None:
    names = LAYOUTS[layout]
    seen = 0
    for _, width, compression, _, windows in (
        case for case in MATRIX if case[0] == kind and case[3] == layout
    ):
        pixels = _pixels(kind, width, len(names))
        spec = _spec(kind, width, compression, names, windows)
        source, target = str(tmp_path / "in.exr"), str(tmp_path / "out.exr")
        _theirs(source, spec, pixels, layout == "parts")

        picture = images.read(source)
        images.write(target, picture)

        with OpenEXR.File(target, separate_channels=True) as third:
            written = third.parts[0]
            for n, name in enumerate(names):
                stored = written.channels[name].pixels
                assert stored.dtype == KINDS[kind]
                assert stored.tobytes() == np.ascontiguousarray(pixels[..., n]).tobytes()
            header = written.header
            assert header["compression"] is not None
            assert tuple(header["dataWindow"][0]) == (spec.x, spec.y)
            assert tuple(header["displayWindow"][1]) == (
                spec.full_width - 1,
                spec.full_height - 1,
            )
            assert header["camera/lens"] == "40 mm"
        seen += 1
    assert seen == 45


def test_tiles_and_mip_levels_make_no_difference(tmp_path: Path, images: ImageFiles) -> None:
    pixels = _pixels("half", 100, 3)
    pixels = np.tile(pixels, (20, 1, 1))
    buffer = oiio.ImageBuf(pixels.astype(np.float16))
    path = str(tmp_path / "mip.exr")
    config = oiio.ImageSpec()
    config.tile_width = config.tile_height = 32
    config.attribute("compression", "zip")
    assert oiio.ImageBufAlgo.make_texture(oiio.MakeTxTexture, buffer, path, config)

    picture = images.read(path)

    assert picture.data_window == (0, 0, 100, 100)
    source = oiio.ImageInput.open(path)
    assert source.seek_subimage(0, 1), "the file has no second level"
    source.seek_subimage(0, 0)
    theirs = source.read_image(0, 0, 0, 3, "half")
    for n, name in enumerate("RGB"):
        stored = picture.channels[name].astype(np.float16)
        assert stored.tobytes() == np.ascontiguousarray(theirs[..., n]).tobytes()
    source.close()


@pytest.mark.parametrize("compression", ["dwaa", "dwab", "b44", "b44a", "pxr24"])
@pytest.mark.parametrize("height", [31, 300])
def test_chunks_of_every_height_are_read_whole(
    tmp_path: Path, images: ImageFiles, compression: str, height: int
) -> None:
    width = 3000  # wide enough that a frame is decoded in several pieces
    x = np.linspace(0, 30, width, dtype=np.float32)
    rows = np.linspace(1, 2, height, dtype=np.float32)
    pixels = (rows[:, None, None] * (2 + np.sin(x)[None, :, None])).repeat(3, axis=2)
    pixels = pixels.astype(np.float16)
    path = str(tmp_path / "a.exr")
    spec = oiio.ImageSpec(width, height, 3, "half")
    spec.attribute("compression", compression)
    output = oiio.ImageOutput.create("openexr")
    assert output.open(path, spec)
    assert output.write_image(pixels)
    output.close()
    source = oiio.ImageInput.open(path)
    theirs = source.read_image(0, 0, 0, 3, "half")
    source.close()

    picture = images.read(path)

    for n, name in enumerate("RGB"):
        assert (
            picture.channels[name].tobytes() == np.ascontiguousarray(theirs[..., n]).tobytes()
        )
