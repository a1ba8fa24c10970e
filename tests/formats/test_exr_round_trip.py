"""A plate that is read and written is the same plate, bit for bit, with its header."""

from __future__ import annotations

import itertools
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from seamline.errors import DiskError, FormatError, InputError
from seamline.formats import exr
from seamline.formats.images import ImageFiles
from seamline.pixels.digest import picture_digest
from seamline.pixels.picture import Picture, Plane

# PEERS' HDR values: below black, black, grey, white, highlights, the largest half,
# what is not a number, and the smallest numbers there are.
VALUES = [-0.5, 0.0, -0.0, 0.18, 1.0, 1.5, 4.0, 16.0, 100.0, 65504.0, np.inf, -np.inf]
HALF_BITS = [0x7E00, 0x7C01, 0xFE2A, 0x0001, 0x03FF, 0x8001]  # NaNs quiet and not, denormals
FLOAT_BITS = [0x7FC00000, 0x7F800001, 0xFFC12345, 0x00000001, 0x007FFFFF, 0x80000001]

LAYERS = {
    "RGB": ("R", "G", "B"),
    "RGBA": ("R", "G", "B", "A"),
    "Y": ("Y",),
    "Z": ("Z",),
    # EXR itself sorts layers by name.
    "layers": ("R", "G", "B", "A", "Z", "crypto00.R", "diffuse.R", "diffuse.G", "diffuse.B"),
}
WINDOWS = {
    "full": lambda w, h: ((0, 0, w, h), (0, 0, w, h)),
    "crop": lambda w, h: ((7, 3, w, h), (0, 0, w + 20, h + 11)),
    "overscan": lambda w, h: ((-16, -9, w, h), (0, 0, w - 32, h - 18)),
}


def _plane(width: int, height: int, dtype: type, turn: int) -> Plane:
    bits = HALF_BITS if dtype is np.float16 else FLOAT_BITS
    code = np.uint16 if dtype is np.float16 else np.uint32
    values = np.concatenate(
        [np.array(VALUES, dtype).view(code), np.array(bits, code)],
    )
    return np.resize(np.roll(values, turn), (height, width)).view(dtype)


def _same_bits(a: Picture, b: Picture) -> None:
    assert list(a.channels) == list(b.channels)
    for name, plane in a.channels.items():
        assert plane.dtype == b.channels[name].dtype, name
        assert plane.tobytes() == b.channels[name].tobytes(), name
    assert (a.data_window, a.display_window) == (b.data_window, b.display_window)


CASES = list(itertools.product((np.float16, np.float32), LAYERS, WINDOWS))


@pytest.mark.parametrize(("dtype", "layers", "windows"), CASES)
@pytest.mark.parametrize("compression", ["none", "zip", "piz"])
def test_every_value_comes_back_exactly(
    tmp_path: Path, images: ImageFiles, dtype: type, layers: str, windows: str, compression: str
) -> None:
    for width in (50, 1999, 2048):
        data, display = WINDOWS[windows](width, 21)
        planes = {n: _plane(width, 21, dtype, t) for t, n in enumerate(LAYERS[layers])}
        plate = Picture(
            channels=planes,
            data_window=data,
            display_window=display,
            attributes={"compression": ("string", compression)},
        )

        images.write(str(tmp_path / "a.exr"), plate)
        back = images.read(str(tmp_path / "a.exr"))

        _same_bits(plate, back)
        assert back.attributes["compression"] == ("string", compression)
        assert picture_digest(back) == picture_digest(plate)


def test_half_colour_float_depth_and_whole_number_ids_share_a_file(
    tmp_path: Path, images: ImageFiles
) -> None:
    ids = np.arange(50 * 21, dtype=np.uint32).reshape(21, 50) * np.uint32(4_000_037)
    channels = {n: _plane(50, 21, np.float16, t) for t, n in enumerate("RGBA")}
    channels |= {"Z": _plane(50, 21, np.float32, 0), "a.very.long.layer.name.for.an.id": ids}
    plate = Picture(
        channels=channels, data_window=(-3, 4, 50, 21), display_window=(0, 0, 44, 60)
    )

    images.write(str(tmp_path / "mixed.exr"), plate)

    _same_bits(plate, images.read(str(tmp_path / "mixed.exr")))
    assert [p.name for p in tmp_path.iterdir()] == ["mixed.exr"]


HEADER = {
    "smpte:TimeCode": ("timecode", (18356486, 4294967295)),
    "FramesPerSecond": ("rational", (24000, 1001)),
    "smpte:KeyCode": ("keycode", (12, 3, 456789, 10, 2, 4, 64)),
    "chromaticities": ("float[8]", (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)),
    "worldToCamera": ("matrix", tuple(float(n) for n in range(16))),
    "lens/matrix": ("matrix33", tuple(float(n) for n in range(9))),
    "adoptedNeutral": ("float2", (0.32168, 0.33767)),
    "acquisition/roi": ("vector2i[2]", (1, 2, 3, 4)),
    "gyro": ("vector", (0.5, -0.25, 0.125)),
    "steps": ("vectori", (1, -2, 3)),
    "cameraModel": ("string", "ALEXA 35 — Zoë's"),
    "multiView": ("string[2]", ("left", "right")),
    "isoSpeed": ("float", 800.0),
    "cameraTakes": ("int", -7),
    "PixelAspectRatio": ("float", 2.0),
    "screenWindowWidth": ("float", 1.25),
    "DateTime": ("string", "2026:03:01 12:00:00"),
    "Copyright": ("string", "the studio"),
    "ImageDescription": ("string", "042_0110 take 3"),
    "Software": ("string", "camera 1.2.3"),
    "colorInteropID": ("string", "lin_ap1_scene"),
    "seamline:render": ("string", "ab" * 32),
}


def _small(**attributes: tuple[str, object]) -> Picture:
    grey = np.full((4, 6), 0.18, np.float16)
    return Picture(
        channels=dict.fromkeys("RGB", grey),
        data_window=(0, 0, 6, 4),
        display_window=(0, 0, 6, 4),
        attributes=attributes,
    )


def _rounded(kind: str, value: object) -> object:
    if kind.startswith(("float", "matrix", "vector")) and kind != "vectori":
        values = np.float32(value).tolist()
        return tuple(values) if isinstance(values, list) else values
    return value


def test_every_header_attribute_of_the_plate_arrives_with_its_type(
    tmp_path: Path, images: ImageFiles
) -> None:
    images.write(str(tmp_path / "a.exr"), _small(**HEADER))

    back = images.read(str(tmp_path / "a.exr")).attributes

    for name, (kind, value) in HEADER.items():
        assert name in back, name
        assert back[name][0] == kind, (name, back[name])
        assert np.all(np.asarray(back[name][1]) == np.asarray(_rounded(kind, value))), name


def test_the_header_says_the_same_without_the_pixels(
    tmp_path: Path, images: ImageFiles
) -> None:
    images.write(str(tmp_path / "a.exr"), _small(**HEADER))

    whole, header = (f(str(tmp_path / "a.exr")) for f in (images.read, images.header))

    assert header.channels == {}
    assert header.attributes == whole.attributes
    assert header.data_window == whole.data_window


def test_the_same_frame_gives_the_same_file_a_second_later(
    tmp_path: Path, images: ImageFiles
) -> None:
    first = images.write(str(tmp_path / "a.exr"), _small())
    time.sleep(1.1)  # a header that stamps the time has seconds

    second = images.write(str(tmp_path / "b.exr"), _small())

    assert first == second
    assert "DateTime" not in images.header(str(tmp_path / "b.exr")).attributes


@pytest.mark.parametrize("lossy", ["dwaa", "dwab:200", "b44", "pxr24", "htj2k"])
def test_a_lossy_plate_is_written_on_without_further_loss(
    tmp_path: Path, images: ImageFiles, lossy: str
) -> None:
    images.write(str(tmp_path / "a.exr"), _small(compression=("string", lossy)))

    written = oiio.ImageInput.open(str(tmp_path / "a.exr"))

    assert written.spec().get_string_attribute("compression") == "zip"
    written.close()


def test_an_aces_container_loses_its_flag_when_it_is_compressed_and_keeps_it_otherwise(
    tmp_path: Path, images: ImageFiles
) -> None:
    flag = ("int", 1)
    ap0 = ("float[8]", (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767))
    squeezed = _small(acesImageContainerFlag=flag, chromaticities=ap0)
    plain = _small(
        acesImageContainerFlag=flag, chromaticities=ap0, compression=("string", "none")
    )

    images.write(str(tmp_path / "zip.exr"), squeezed)
    images.write(str(tmp_path / "none.exr"), plain)

    assert "acesImageContainerFlag" not in images.header(str(tmp_path / "zip.exr")).attributes
    kept = images.header(str(tmp_path / "none.exr")).attributes["acesImageContainerFlag"]
    assert kept[1] == 1


def test_eight_bit_channels_are_refused_rather_than_scaled(
    tmp_path: Path, images: ImageFiles
) -> None:
    matte = Picture(
        channels={"A": np.full((4, 6), 255, np.uint8)},
        data_window=(0, 0, 6, 4),
        display_window=(0, 0, 6, 4),
    )

    with pytest.raises(FormatError, match="uint8"):
        images.write(str(tmp_path / "a.exr"), matte)

    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_named(tmp_path: Path, images: ImageFiles) -> None:
    with pytest.raises(InputError, match="no such folder") as refused:
        images.write(str(tmp_path / "missing" / "a.exr"), _small())

    assert str(tmp_path / "missing") in str(refused.value)
    assert refused.value.exit_code == 2


def test_a_name_that_is_a_folder_leaves_no_temporary(
    tmp_path: Path, images: ImageFiles
) -> None:
    (tmp_path / "a.exr").mkdir()

    with pytest.raises(InputError, match="cannot be written"):
        images.write(str(tmp_path / "a.exr"), _small())

    assert [p.name for p in tmp_path.iterdir()] == ["a.exr"]


def test_an_unwritable_folder_is_named(tmp_path: Path, images: ImageFiles) -> None:
    if os.geteuid() == 0 and not os.path.isdir("/proc/self"):
        pytest.skip("root may write everywhere, and there is no /proc to stand in")
    folder = "/proc/self" if os.geteuid() == 0 else str(tmp_path)
    if folder == str(tmp_path):
        tmp_path.chmod(0o500)

    with pytest.raises(InputError) as refused:
        images.write(f"{folder}/a.exr", _small())

    tmp_path.chmod(0o700)
    assert folder in str(refused.value)
    assert refused.value.exit_code == 2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    at = tmp_path / "disk"
    at.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(at)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here (needs root)")
    yield at
    subprocess.run(["umount", "-l", str(at)], check=True)


@pytest.mark.parametrize("kinds", [(np.float16,), (np.float16, np.float32)])
@pytest.mark.parametrize("already_px", [0, 1020 * 1024])
def test_a_full_disk_leaves_the_earlier_frame_and_nothing_else(
    small_disk: Path, images: ImageFiles, kinds: tuple[type, ...], already_px: int
) -> None:
    images.write(str(small_disk / "a.exr"), _small())
    earlier = (small_disk / "a.exr").read_bytes()
    (small_disk / "filler").write_bytes(b"x" * max(0, already_px - 8192))
    noise = np.random.default_rng(1).random((800, 1000), np.float32)
    planes = {f"{n}": noise.astype(kinds[n % len(kinds)]) for n in range(4)}
    window = (0, 0, 1000, 800)
    large = Picture(channels=planes, data_window=window, display_window=window)

    with pytest.raises(DiskError, match="full") as refused:
        images.write(str(small_disk / "a.exr"), large)

    assert refused.value.exit_code == 4
    assert str(small_disk) in str(refused.value)
    assert sorted(p.name for p in small_disk.iterdir()) == ["a.exr", "filler"]
    assert (small_disk / "a.exr").read_bytes() == earlier


def test_a_write_that_fails_leaves_the_earlier_frame(tmp_path: Path) -> None:
    (tmp_path / "a.exr").write_bytes(b"earlier")

    def write_half() -> None:
        with exr.whole_file(str(tmp_path / "a.exr")) as temporary:
            Path(temporary).write_bytes(b"half of it")
            raise RuntimeError("the light went out")

    with pytest.raises(RuntimeError):
        write_half()

    assert [p.name for p in tmp_path.iterdir()] == ["a.exr"]
    assert (tmp_path / "a.exr").read_bytes() == b"earlier"
