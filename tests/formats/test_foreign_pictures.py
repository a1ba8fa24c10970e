"""Pictures that other people made: read as they are, or refused in one sentence."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest
from PIL import Image as Pillow

from seamline.errors import FormatError
from seamline.formats.exr import _bare_exr
from seamline.formats.images import ImageFiles
from seamline.pixels.picture import Picture


def _save(path: Path, pixels: np.ndarray, kind: str, names: tuple[str, ...]) -> str:
    height, width, channels = pixels.shape
    spec = oiio.ImageSpec(width, height, channels, kind)
    spec.channelnames = names
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), spec), output.geterror()
    assert output.write_image(pixels), output.geterror()
    output.close()
    return str(path)


@pytest.mark.parametrize(("suffix", "dtype"), [("png", np.uint8), ("png", np.uint16)])
def test_a_painted_png_comes_in_code_by_code_with_its_alpha_left_alone(
    tmp_path: Path, images: ImageFiles, suffix: str, dtype: type
) -> None:
    codes = np.arange(6 * 5 * 4).reshape(6, 5, 4) * (2 if dtype is np.uint8 else 500)
    pixels = codes.astype(dtype)
    pixels[0, 0] = (200, 100, 50, 0)  # colour under no alpha at all
    if dtype is np.uint8:
        Pillow.fromarray(pixels, "RGBA").save(tmp_path / "a.png")
        path = str(tmp_path / "a.png")
    else:
        path = _write_png16(tmp_path / "a.png", pixels)

    picture = images.read(path)

    assert list(picture.channels) == ["R", "G", "B", "A"]
    for n, plane in enumerate(picture.channels.values()):
        np.testing.assert_array_equal(plane, pixels[..., n])
        assert plane.dtype == dtype
    assert picture.attributes["oiio:UnassociatedAlpha"] == ("int", 1)


def _write_png16(path: Path, pixels: np.ndarray) -> str:
    """A 16-bit RGBA PNG by hand, so that nobody's alpha handling is in the way."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body))
            + kind
            + body
            + struct.pack(">I", zlib.crc32(kind + body))
        )

    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 6, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    return str(path)


def test_a_grey_matte_is_one_channel_called_y(tmp_path: Path, images: ImageFiles) -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    Pillow.fromarray(ramp, "L").save(tmp_path / "matte.png")

    picture = images.read(str(tmp_path / "matte.png"))

    assert list(picture.channels) == ["Y"]
    np.testing.assert_array_equal(picture.channels["Y"], ramp)


def test_a_radiance_panorama_comes_in_as_float(tmp_path: Path, images: ImageFiles) -> None:
    # RGBE: 128/256 * 2^(136-128) = 128 exactly, and far above display white.
    texel = bytes((128, 64, 32, 136))
    (tmp_path / "sky.hdr").write_bytes(
        b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 3\n" + texel * 6
    )

    rgb = images.read(str(tmp_path / "sky.hdr")).rgb()

    assert rgb.shape == (2, 3, 3)
    np.testing.assert_allclose(rgb[0, 0], (128, 64, 32), rtol=1 / 128)


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float"])
def test_a_tiff_keeps_its_own_depth(tmp_path: Path, images: ImageFiles, kind: str) -> None:
    dtype = {"uint8": np.uint8, "uint16": np.uint16, "float": np.float32}
    pixels = (np.arange(60).reshape(4, 5, 3) * 4).astype(dtype[kind])
    path = _save(tmp_path / "a.tif", pixels, kind, ("R", "G", "B"))

    picture = images.read(path)

    assert picture.channel_type == kind
    np.testing.assert_array_equal(picture.channels["B"], pixels[..., 2])


def test_a_tiled_exr_is_read_like_any_other(tmp_path: Path, images: ImageFiles) -> None:
    pixels = np.random.default_rng(3).random((70, 90, 3), np.float32).astype(np.float16)
    spec = oiio.ImageSpec(90, 70, 3, "half")
    spec.tile_width = spec.tile_height = 32
    output = oiio.ImageOutput.create("openexr")
    assert output.open(str(tmp_path / "t.exr"), spec)
    output.write_tiles(0, 90, 0, 70, 0, 1, pixels)
    output.close()

    read = images.read(str(tmp_path / "t.exr"))

    np.testing.assert_array_equal(read.channels["G"], pixels[..., 1])


def _parts(path: Path, *parts: tuple[str, tuple[str, ...]]) -> str:
    specs = []
    for n, (name, channels) in enumerate(parts):
        spec = oiio.ImageSpec(8, 4, len(channels), "half")
        spec.channelnames = channels
        spec.attribute("name", name)
        spec.attribute("oiio:subimagename", name)
        specs.append((spec, np.full((4, 8, len(channels)), n + 1, np.float16)))
    output = oiio.ImageOutput.create("openexr")
    assert output.open(str(path), tuple(spec for spec, _ in specs)), output.geterror()
    for n, (spec, pixels) in enumerate(specs):
        if n:
            assert output.open(str(path), spec, "AppendSubimage"), output.geterror()
        assert output.write_image(pixels), output.geterror()
    output.close()
    return str(path)


def test_of_several_parts_the_first_with_colour_is_read_and_named(
    tmp_path: Path, images: ImageFiles
) -> None:
    path = _parts(tmp_path / "p.exr", ("depth", ("Z",)), ("beauty", ("R", "G", "B")))

    picture = images.read(path)

    assert list(picture.channels) == ["R", "G", "B"]
    assert picture.channels["R"][0, 0] == 2
    assert picture.attributes["seamline:part"][1] == "beauty (part 2 of 2)"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.exr", b"", "empty"),
        ("notes.exr", b"dear all, the plate follows", "no picture"),
        ("movie.mov", b"\0\0\0\x14ftypqt  ", "no picture"),
        ("cut.exr", b"\x76\x2f\x31\x01\x02\0\0\0", "damaged"),
        ("cut.png", b"\x89PNG\r\n\x1a\n\0\0", "damaged"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(
    tmp_path: Path, images: ImageFiles, name: str, content: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(FormatError, match=says) as refused:
        images.read(str(tmp_path / name))

    assert name in str(refused.value)
    assert refused.value.remedy
    assert refused.value.exit_code == 2


def test_a_missing_frame_is_named(tmp_path: Path, images: ImageFiles) -> None:
    with pytest.raises(FormatError, match=r"plate\.1007\.exr: there is no such file"):
        images.read(str(tmp_path / "plate.1007.exr"))


@pytest.mark.parametrize("suffix", ["exr", "png", "jpg", "tif", "hdr"])
def test_a_file_that_was_cut_short_in_copying_is_refused(
    tmp_path: Path, images: ImageFiles, suffix: str
) -> None:
    noise = np.random.default_rng(5).random((64, 64, 3), np.float32)
    kind = "float" if suffix in ("exr", "hdr") else "uint8"
    pixels = noise if kind == "float" else (noise * 255).astype(np.uint8)
    path = Path(_save(tmp_path / f"a.{suffix}", pixels, kind, ("R", "G", "B")))
    whole = path.read_bytes()
    assert images.read(str(path)).data_window == (0, 0, 64, 64)
    path.write_bytes(whole[: len(whole) * 2 // 3])

    with pytest.raises(FormatError, match="damaged or cut short"):
        images.read(str(path))


def test_a_claim_of_a_billion_pixels_is_refused_before_anything_is_allocated(
    tmp_path: Path, images: ImageFiles
) -> None:
    small = b"".join(_bare_exr({"R": np.zeros((2, 2), np.float16)}))
    window = struct.pack("<4i", 0, 0, 1, 1)
    huge = small.replace(window, struct.pack("<4i", 0, 0, 39_999, 29_999))
    (tmp_path / "huge.exr").write_bytes(huge)

    with pytest.raises(FormatError, match=r"40000 x 30000|damaged"):
        images.header(str(tmp_path / "huge.exr"))


def test_a_small_crop_of_an_absurd_display_window_is_refused(
    tmp_path: Path, images: ImageFiles
) -> None:
    grey = np.zeros((2, 2), np.float16)
    picture = Picture(
        channels={"R": grey, "G": grey, "B": grey},
        data_window=(0, 0, 2, 2),
        display_window=(0, 0, 60_000, 50_000),
    )
    images.write(str(tmp_path / "a.exr"), picture)

    with pytest.raises(FormatError, match="megapixels"):
        images.read(str(tmp_path / "a.exr"))


def test_a_double_precision_tiff_is_refused_by_channel(
    tmp_path: Path, images: ImageFiles
) -> None:
    path = _save(tmp_path / "d.tif", np.ones((2, 2, 3), np.float64), "double", ("R", "G", "B"))

    with pytest.raises(FormatError, match="channel R is double"):
        images.read(path)


# -- the larger material ----------------------------------------------------


def _what_it_says(images: ImageFiles, path: str) -> str:
    try:
        return "a picture" if images.read(path).channels else "nothing"
    except FormatError as refused:
        return str(refused)


@pytest.mark.shared
def test_ninety_three_damaged_files_never_get_past_a_sentence(
    shared: Path, images: ImageFiles, tmp_path: Path
) -> None:
    damaged = sorted((shared / "data" / "bad_exr").iterdir())
    assert len(damaged) == 93
    for n, source in enumerate(damaged):
        path = tmp_path / f"{n}.exr"
        path.write_bytes(source.read_bytes())
        said = _what_it_says(images, str(path))
        assert said == "a picture" or str(path) in said


@pytest.mark.shared
def test_deep_and_luma_chroma_files_are_refused_with_their_reason(
    shared: Path, images: ImageFiles
) -> None:
    features = shared / "data" / "exr_features"

    with pytest.raises(FormatError, match="deep samples"):
        images.read(str(features / "deep" / "Leaves.exr"))
    with pytest.raises(FormatError, match="luma/chroma"):
        images.read(str(features / "luma_chroma" / "CrissyField.exr"))


@pytest.mark.shared
def test_all_65536_half_values_survive(
    shared: Path, images: ImageFiles, tmp_path: Path
) -> None:
    chart = images.read(str(shared / "data/exr_features/test_images/AllHalfValues.exr"))

    images.write(str(tmp_path / "again.exr"), chart)
    again = images.read(str(tmp_path / "again.exr"))

    assert len(np.unique(chart.channels["R"].view(np.uint16))) == 65536
    for name, plane in chart.channels.items():
        assert plane.tobytes() == again.channels[name].tobytes()


@pytest.mark.shared
def test_the_sixteen_display_windows_of_the_exr_suite_come_back(
    shared: Path, images: ImageFiles, tmp_path: Path
) -> None:
    seen = set()
    for path in sorted((shared / "data/exr_features/display_window").glob("t*.exr")):
        picture = images.read(str(path))
        images.write(str(tmp_path / "again.exr"), picture)
        again = images.header(str(tmp_path / "again.exr"))
        assert again.data_window == picture.data_window
        assert again.display_window == picture.display_window
        seen.add((picture.data_window, picture.display_window))

    assert len(seen) > 8
