"""DPX: codes exactly as stored, in every packing and byte order; what the header says."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest

from seamline.errors import ColourError, FormatError
from seamline.formats import dpx
from seamline.formats.images import ImageFiles

WIDTH, HEIGHT = 50, 6


def _codes(bits: int, channels: int, width: int = WIDTH) -> np.ndarray[Any, Any]:
    """Return (H, W, C) codes with 0, 1, the largest and all between, well mixed."""
    largest = (1 << bits) - 1
    found = np.random.default_rng(bits).integers(0, largest + 1, (HEIGHT, width, channels))
    found[0, :2] = (0,) * channels, (largest,) * channels
    return found.astype(np.uint16)


def _written(codes: np.ndarray[Any, Any], bits: int, packing: int, order: str) -> bytes:
    """Write samples as ST 268-1 lays them out, bit by bit, in whole 32-bit words a line."""
    body = bytearray()
    for line in codes.reshape(len(codes), -1).tolist():
        if bits == 16 or (bits == 12 and packing):
            shift = 4 if (bits, packing) == (12, 1) else 0
            size = len(line) * 2
            words = struct.pack(f"{order}{len(line)}H", *(code << shift for code in line))
            body += words + bytes(-size % 4)
        elif bits == 10 and packing:
            low = 2 if packing == 1 else 0
            line += [0] * (-len(line) % 3)
            for a, b, c in zip(line[::3], line[1::3], line[2::3], strict=True):
                body += struct.pack(f"{order}I", (a << 20 | b << 10 | c) << low)
        else:
            stream = sum(code << (n * bits) for n, code in enumerate(line))
            words = (len(line) * bits + 31) // 32
            for n in range(words):
                body += struct.pack(f"{order}I", stream >> (32 * n) & 0xFFFFFFFF)
    return bytes(body)


def _file(
    path: Path,
    codes: np.ndarray[Any, Any],
    *,
    bits: int,
    packing: int = 1,
    order: str = ">",
    transfer: int = 3,
    colorimetric: int = 1,
    **fields: tuple[str, int, object],
) -> str:
    head = bytearray(b"\xff" * 2048)
    height, width, channels = codes.shape

    def put(kind: str, at: int, value: object) -> None:
        struct.pack_into(order + kind, head, at, value)

    head[:4] = b"SDPX" if order == ">" else b"XPDS"
    put("I", 4, 2048)
    for at, size in ((36, 100), (136, 24), (160, 100), (260, 200), (460, 200)):
        head[at : at + size] = bytes(size)
    put("H", 768, 0)
    put("H", 770, 1)
    put("I", 772, width)
    put("I", 776, height)
    put("I", 780, 0)
    head[800:804] = bytes([{1: 6, 3: 50, 4: 51}[channels], transfer, colorimetric, bits])
    put("H", 804, packing)
    put("H", 806, 0)
    put("I", 808, 2048)
    put("I", 812, 0)
    put("I", 816, 0)
    for kind, at, value in fields.values():
        put(kind, at, value)
    path.write_bytes(bytes(head) + _written(codes, bits, packing, order))
    return str(path)


MATRIX = [
    (bits, packing, order, channels)
    for bits in (10, 12, 16)
    for packing in (0, 1, 2)
    for order in "<>"
    for channels in (3, 4)
    if bits != 16 or packing == 0
]


@pytest.mark.parametrize(("bits", "packing", "order", "channels"), MATRIX)
def test_codes_come_in_exactly_as_stored(
    tmp_path: Path, images: ImageFiles, bits: int, packing: int, order: str, channels: int
) -> None:
    codes = _codes(bits, channels)
    path = _file(tmp_path / "a.dpx", codes, bits=bits, packing=packing, order=order)

    with dpx.Opened(path, path) as file:
        stored = file.codes()
    picture = images.read(path)

    largest = (1 << bits) - 1
    for n, name in enumerate("RGBA"[:channels]):
        np.testing.assert_array_equal(stored[name], codes[..., n])
        value = picture.channels[name]
        assert value.dtype == np.float32
        np.testing.assert_array_equal(np.rint(value * np.float32(largest)), codes[..., n])
        exact = codes[..., n].astype(np.float64) / largest
        np.testing.assert_array_equal(value, exact.astype(np.float32))


@pytest.mark.parametrize("bits", [10, 12, 16])
@pytest.mark.parametrize("endian", ["little", "big"])
def test_files_of_another_library_are_read_as_it_reads_them(
    tmp_path: Path, bits: int, endian: str
) -> None:
    codes = _codes(bits, 3)
    spec = oiio.ImageSpec(WIDTH, HEIGHT, 3, "uint16")
    spec.attribute("oiio:BitsPerSample", bits)
    spec.attribute("oiio:Endian", endian)
    output = oiio.ImageOutput.create("dpx")
    path = str(tmp_path / "theirs.dpx")
    assert output.open(path, spec)
    # It takes 16-bit samples: a code's bits repeated downwards.
    wide = codes.astype(np.uint32)
    wide = wide << (16 - bits) | wide >> max(2 * bits - 16, 0) if bits < 16 else wide
    assert output.write_image(wide.astype(np.uint16))
    output.close()

    with dpx.Opened(path, path) as file:
        stored = file.codes()

    for n, name in enumerate("RGB"):
        np.testing.assert_array_equal(stored[name], codes[..., n])


def test_a_ramp_of_4096_steps_keeps_4096_levels(tmp_path: Path, images: ImageFiles) -> None:
    ramp = np.repeat(np.arange(4096, dtype=np.uint16).reshape(1, 4096, 1), 3, axis=2)
    path = _file(tmp_path / "ramp.dpx", ramp, bits=12)

    picture = images.read(path)
    images.write(str(tmp_path / "comp.exr"), picture)
    again = images.read(str(tmp_path / "comp.exr"))

    assert len(np.unique(again.channels["G"])) == 4096
    assert again.channels["G"].tobytes() == picture.channels["G"].tobytes()


def test_the_header_travels_with_the_picture(tmp_path: Path, images: ImageFiles) -> None:
    path = _file(
        tmp_path / "a.dpx",
        _codes(10, 3),
        bits=10,
        timecode=("I", 1920, 0x01020304),
        frame_rate=("f", 1940, 23.976),
        shutter=("f", 1728, 172.8),
        across=("I", 1628, 2),
        down=("I", 1632, 1),
        x_offset=("I", 1408, 10),
        y_offset=("I", 1412, 4),
        original_width=("I", 1424, 80),
        original_height=("I", 1428, 20),
    )
    picture = images.read(path)

    images.write(str(tmp_path / "comp.exr"), picture)
    comp = images.read(str(tmp_path / "comp.exr"))

    assert comp.attributes["smpte:TimeCode"][1][0] == 0x01020304
    assert comp.attributes["dpx/ShutterAngle"][1] == pytest.approx(172.8)
    assert comp.attributes["dpx/TemporalFrameRate"][1] == pytest.approx(23.976)
    assert comp.pixel_aspect == 2
    assert comp.data_window == (10, 4, WIDTH, HEIGHT)
    assert comp.display_window == (0, 0, 80, 20)


def test_a_log_scan_is_refused_until_somebody_names_its_space(
    tmp_path: Path, images: ImageFiles
) -> None:
    path = _file(tmp_path / "scan.dpx", _codes(10, 3), bits=10, transfer=1, colorimetric=1)

    with pytest.raises(ColourError, match="Printing density") as refused:
        images.evidence(path, flag=None, default=None)

    for space in ("ADX10", "ARRI LogC3 (EI800)", "ARRI LogC4", "ACEScct"):
        assert space in refused.value.remedy
    assert images.evidence(path, flag="ADX10", default=None).colourspace == "ADX10"


@pytest.mark.parametrize(
    ("transfer", "colorimetric", "space"),
    [(6, 6, "Camera Rec.709"), (5, 6, "Camera Rec.709"), (2, 6, "Linear Rec.709 (sRGB)")],
)
def test_video_and_linear_with_known_primaries_are_evidence(
    tmp_path: Path, images: ImageFiles, transfer: int, colorimetric: int, space: str
) -> None:
    path = _file(
        tmp_path / "a.dpx",
        _codes(10, 3),
        bits=10,
        transfer=transfer,
        colorimetric=colorimetric,
    )

    found = images.evidence(path, flag=None, default=None)

    assert found.colourspace == space
    assert found.says.startswith("DPX header")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("H", 806, 1), "run-length"),
        (("H", 770, 3), "3 image elements"),
        (("I", 780, 1), "signed"),
        (("I", 772, 70_000), "cut short"),
        (("I", 772, 2_000_000_000), "megapixels"),
        (("H", 768, 5), "on its side"),
        (("I", 812, 0x7FFFFFFF), "padding"),
        (("I", 808, 0x7FFFFFFF), "cut short"),
    ],
)
def test_what_is_not_read_is_refused_with_its_reason(
    tmp_path: Path, images: ImageFiles, change: tuple[str, int, int], says: str
) -> None:
    path = _file(tmp_path / "a.dpx", _codes(10, 3), bits=10, change=change)

    with pytest.raises(FormatError, match=says) as refused:
        images.read(path)

    assert refused.value.remedy


def test_a_dpx_cut_short_in_copying_is_refused(tmp_path: Path, images: ImageFiles) -> None:
    path = Path(_file(tmp_path / "a.dpx", _codes(10, 3), bits=10))
    whole = path.read_bytes()
    for size in (3, 100, 2047, 2048, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(FormatError, match=r"a\.dpx"):
            images.read(str(path))


@pytest.mark.shared
def test_the_dpx_of_other_programs_are_read_as_another_library_does(
    shared: Path, images: ImageFiles
) -> None:
    files = sorted((shared / "data" / "dpx").rglob("*.dpx"))
    assert len(files) == 3
    for path in files:
        picture = images.read(str(path))
        source = oiio.ImageInput.open(str(path))
        theirs = source.read_image(0, 0, 0, 3, "uint16")
        source.close()
        for n, name in enumerate("RGB"):
            codes = np.rint(picture.channels[name] * np.float32(1023)).astype(np.uint16)
            np.testing.assert_array_equal(codes, theirs[..., n] >> 6)
        with pytest.raises(ColourError, match="does not say which colour space"):
            images.evidence(str(path), flag=None, default=None)
