"""A movie for review, opened by PyAV, shows what the view shows, frame for frame."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seamline.errors import FormatError, InputError
from seamline.formats import movie as movies
from seamline.formats.burnin import GREYS, burnt_in, slate
from seamline.formats.movie import Movie, encoder_of, write_movie
from seamline.pixels.ycbcr import ycbcr_planes
from seamline.show.timecode import counted

av = pytest.importorskip("av", reason="PyAV is not installed")
SIZE = (320, 180)
PATCHES = np.array(
    [
        [0.75, 0.75, 0.75],
        [0.9, 0.2, 0.1],
        [0.1, 0.6, 0.2],
        [0.15, 0.2, 0.8],
        [0.02, 0.02, 0.03],
    ],
    np.float32,
)
"""Five flat colours, side by side, display-coded."""


def picture() -> np.ndarray:
    rgb = np.zeros((SIZE[1], SIZE[0], 3), np.float32)
    for place, colour in enumerate(PATCHES):
        rgb[:, 64 * place : 64 * (place + 1)] = colour
    return rgb


def facts(codec: str, **said: Any) -> Movie:
    words: dict[str, Any] = {
        "codec": codec, "rate": "24000/1001", "size": SIZE,
        "starts": counted(1, 0, 0, 0, Fraction(24)), "drop": False, "title": "042_0110",
        "facts": "comp abab",
        "warning": "not signed", "slate": [("element", "b01")], "first": 1001,
        "element": "042_0110_env_b01_v001", "view": "sRGB / ACES 1.0", **said,
    }  # fmt: skip
    return words  # type: ignore[return-value]


def written(folder: Path, codec: str, count: int = 5, **said: Any) -> Path:
    path = folder / f"{codec}.mov"
    write_movie(str(path), (picture() for _ in range(count)), facts(codec, **said))
    return path


def decoded(path: Path) -> tuple[Any, list[np.ndarray]]:
    """Facts of the stream, and (H, W, 3) display code of every frame."""
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        told = {
            "rate": stream.average_rate, "size": (stream.width, stream.height),
            "codec": stream.codec_context.name, "frames": stream.frames,
            "colour": (
                stream.codec_context.color_primaries, stream.codec_context.color_trc,
                stream.codec_context.colorspace, stream.codec_context.color_range,
            ),
            "timecode": stream.metadata.get("timecode"),
            "tracks": [s.type for s in file.streams],
        }  # fmt: skip
        shown = [_rgb(f) for f in file.decode(video=0)]
    return told, shown


def _rgb(frame: Any) -> np.ndarray:
    """(H, W, 3) display code of a decoded frame, each difference stretched over two columns."""
    wide = "10" in frame.format.name
    planes = []
    for plane in frame.planes:
        codes = np.frombuffer(plane, "<u2" if wide else np.uint8).reshape(plane.height, -1)
        planes.append(codes[:, : plane.width] / (4.0 if wide else 1.0))
    y, cb, cr = (
        np.repeat(np.repeat(p, SIZE[1] // len(p), axis=0), SIZE[0] // p.shape[1], axis=1)
        for p in planes
    )
    # ITU-R BT.709-6, turned round: R' = Y' + 1.5748 Cr, B' = Y' + 1.8556 Cb.
    y, cb, cr = (y - 16) / 219, (cb - 128) / 224, (cr - 128) / 224
    r, b = y + 1.5748 * cr, y + 1.8556 * cb
    return np.stack([r, (y - 0.2126 * r - 0.0722 * b) / 0.7152, b], axis=-1)


@pytest.mark.parametrize("codec", ["h264", "prores"])
def test_a_movie_has_every_frame_and_a_slate_at_the_exact_rate(
    tmp_path: Path, codec: str
) -> None:
    told, shown = decoded(written(tmp_path, codec, 5))

    assert told["codec"] == codec
    assert told["rate"] == Fraction(24000, 1001)
    assert told["size"] == SIZE
    assert told["frames"] == len(shown) == 6
    assert told["colour"] == (1, 1, 1, 1)  # BT.709 thrice, video range
    # The slate is one frame before 01:00:00:00.
    assert told["timecode"] == "00:59:59:23"
    assert "data" in told["tracks"]


def test_a_movie_says_what_it_was_made_from(tmp_path: Path) -> None:
    with av.open(str(written(tmp_path, "h264", 1))) as file:
        assert file.metadata["title"] == "042_0110"
        assert file.metadata["comment"] == "comp abab"


@pytest.mark.parametrize(("codec", "off"), [("h264", 0.006), ("prores", 0.003)])
def test_flat_colours_come_back_as_they_were_shown(
    tmp_path: Path, codec: str, off: float
) -> None:
    _, shown = decoded(written(tmp_path, codec, 2))

    for frame in shown[1:]:
        for place, colour in enumerate(PATCHES):
            middle = frame[60:120, 64 * place + 16 : 64 * place + 48].reshape(-1, 3)
            assert np.abs(middle.mean(axis=0) - colour).max() < off, (
                place,
                middle.mean(axis=0),
            )


@pytest.mark.parametrize("codec", ["h264", "prores"])
def test_the_same_pictures_make_the_same_file(tmp_path: Path, codec: str) -> None:
    (tmp_path / "again").mkdir()

    files = [written(tmp_path, codec), written(tmp_path / "again", codec)]

    once, again = (hashlib.sha256(f.read_bytes()).hexdigest() for f in files)
    assert once == again


def test_drop_frame_numbers_are_carried(tmp_path: Path) -> None:
    rate = Fraction(30000, 1001)
    said = {"rate": "30000/1001", "drop": True, "starts": counted(0, 10, 0, 0, rate, drop=True)}

    told, _ = decoded(written(tmp_path, "h264", 2, **said))

    assert told["timecode"] == "00:09:59;29"


def test_a_picture_of_another_size_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "x.mov"

    with pytest.raises(FormatError, match="picture 1 is 64x36"):
        write_movie(str(path), [np.zeros((36, 64, 3), np.float32)], facts("h264"))

    assert list(tmp_path.iterdir()) == []


def test_what_is_missing_for_a_movie_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(movies.ENCODERS, "h264", ("libnoh264",))
    with pytest.raises(FormatError, match="no encoder for h264") as refused:
        encoder_of("h264")
    assert "--codec prores" in refused.value.remedy

    monkeypatch.setitem(__import__("sys").modules, "av", None)
    with pytest.raises(InputError, match="PyAV, which is not installed"):
        encoder_of("prores")


# -- codes ------------------------------------------------------------------------------


def test_codes_are_those_of_the_recommendation() -> None:
    # BT.709-6, item 4.6: black 16, white 235; 75 % red of a bar signal: 51, 109, 212 (8 bit).
    bars = np.array([[[0, 0, 0], [0, 0, 0], [1, 1, 1], [1, 1, 1]]], np.float32)
    y, cb, cr = ycbcr_planes(bars, bits=8, halved_down=False)
    assert y.tolist() == [[16, 16, 235, 235]]
    assert set(cb.ravel()) == set(cr.ravel()) == {128}

    red = np.zeros((2, 4, 3), np.float32)
    red[..., 0] = 0.75
    assert [int(p[0, 1]) for p in ycbcr_planes(red, bits=8, halved_down=True)] == [51, 109, 212]
    assert [int(p[0, 0]) for p in ycbcr_planes(red, bits=10, halved_down=False)] == [
        204, 435, 848,
    ]  # fmt: skip


def test_halving_keeps_a_flat_colour_and_takes_the_left_of_two_columns() -> None:
    rgb = np.zeros((2, 8, 3), np.float32)
    rgb[:, 4:, 2] = 1.0

    _, cb, _ = ycbcr_planes(rgb, bits=8, halved_down=True)

    assert cb.shape == (1, 4)
    assert cb[0, 0] == 128
    assert cb[0, 3] == 240
    assert 128 < cb[0, 2] < 240  # its left neighbour is black


# -- what is written on them -----------------------------------------------------------


def test_words_stand_in_the_corners_and_leave_the_middle_alone() -> None:
    grey = np.full((180, 320, 3), 0.4, np.float32)

    shown = burnt_in(grey, ("view", "01:00:00:00", "element", "1001"))

    assert (shown[40:140] == grey[40:140]).all()
    for corner in (shown[:20, :60], shown[:20, -60:], shown[-20:, :60], shown[-20:, -60:]):
        assert corner.max() > 0.85
        assert corner.min() < 0.2
    assert (grey == np.float32(0.4)).all()


def test_words_without_room_are_shortened() -> None:
    grey = np.full((36, 64, 3), 0.4, np.float32)

    shown = burnt_in(grey, ("a very long view's name that has no room", "", "", ""))

    assert (shown[:, 34:] == grey[:, 34:]).all()


def test_a_slate_has_greys_from_black_to_white() -> None:
    page = slate((640, 360), "042_0110", [("show", "Tiny")] * 10, warning="not signed")

    row = page[360 - 30, :, 0]
    steps = row[np.linspace(45, 595, GREYS).round().astype(int)]
    np.testing.assert_allclose(steps, np.linspace(0, 1, GREYS), atol=1e-6)
    assert page[30:200].max() > 0.9
