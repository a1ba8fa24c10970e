"""
Movies for review: ProRes or H.264 in a QuickTime file, slate first, through PyAV.

A movie is for looking at: display-coded by the view that its slate names, never a source of
pixels, and no EXR is read or written here. What is encoded is computed by ``pixels.ycbcr``,
so that no player's guess and no scaler of a library stands between the view and the codec;
the file is tagged BT.709 throughout, video range. The rate is exact. The file carries a
timecode track; the slate stands one frame before the first.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from seamline.errors import FormatError, InputError
from seamline.formats.burnin import burnt_in, slate
from seamline.formats.exr import whole_file
from seamline.pixels.picture import Image
from seamline.pixels.ycbcr import ycbcr_planes
from seamline.show.timecode import may_drop, rate_of, timecode

CODECS = ("h264", "prores")
ENCODERS = {"h264": ("libx264", "libopenh264"), "prores": ("prores_ks",)}
"""Encoders that will do, the best first."""
_OPTIONS = {
    "libx264": {"crf": "16", "preset": "medium", "profile": "high"},
    "libopenh264": {"b": "40000000"},
    "prores_ks": {"profile": "2", "vendor": "apl0"},
}
"""x264: hardly to be told from its source; ProRes: 422, neither proxy nor HQ."""
_FORMATS = {"h264": ("yuv420p", 8), "prores": ("yuv422p10le", 10)}
_THREADS = 2  # always as many: x264's bytes change with their number
BT709 = 1
"""Primaries, transfer and matrix of ITU-R BT.709 (ISO/IEC 23091-2)."""
VIDEO_RANGE = 1  # AVCOL_RANGE_MPEG


class Movie(TypedDict):
    """What a movie is made from, besides its pictures."""

    codec: str
    """One of ``CODECS``."""
    rate: str
    """Frames per second: ``24`` or ``24000/1001``."""
    size: tuple[int, int]
    """Width and height, pixels; both even."""
    starts: int
    """Timecode of the first picture, frames since midnight; the slate is one before."""
    drop: bool
    title: str
    facts: str
    """What the file says of itself: what it was made from, by digest."""
    warning: str
    slate: Sequence[tuple[str, str]]
    first: int
    """The film's number of the first picture."""
    element: str
    view: str


def write_movie(path: str, pictures: Iterable[Image], movie: Movie) -> str:
    """
    Write ``pictures`` to ``path``, whole or not at all; return the encoder that made it.

    Args:
        path: Ends with ``.mov``.
        pictures: (H, W, 3) float32 each, display-coded 0 to 1, of the movie's size; taken
            one at a time.
        movie: See ``Movie``.

    Raises:
        InputError: PyAV is not installed.
        FormatError: It has no encoder for the codec, or a picture has another size.
    """
    av = _av()
    encoder = encoder_of(movie["codec"])
    width, height = movie["size"]
    if width % 2 or height % 2:
        raise FormatError(f"a movie of {width}x{height} pixels: both must be even")
    drop = movie["drop"] and may_drop(rate_of(movie["rate"]))
    with (
        whole_file(path) as temporary,
        av.open(
            temporary,
            "w",
            format="mov",
            options={"fflags": "+bitexact", "movflags": "+faststart"},
        ) as file,
    ):
        stream = file.add_stream(encoder, rate=rate_of(movie["rate"]))
        _set_up(av, stream, movie, encoder)
        file.metadata["title"] = movie["title"]
        file.metadata["comment"] = movie["facts"]
        before = timecode(movie["starts"] - 1, rate_of(movie["rate"]), drop=drop)
        stream.metadata["timecode"] = before
        for number, shown in enumerate(_shown(pictures, movie, drop)):
            if shown.shape != (height, width, 3):
                raise FormatError(
                    f"{path}: picture {number} is {shown.shape[1]}x{shown.shape[0]}, the "
                    f"movie {width}x{height}"
                )
            frame = _frame(av, shown, movie["codec"])
            frame.pts, frame.time_base = number, 1 / rate_of(movie["rate"])
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return encoder


def encoder_of(codec: str) -> str:
    """
    Return the encoder that this PyAV has for ``codec``, the best of those that will do.

    Raises:
        InputError: PyAV is not installed.
        FormatError: It has none.
    """
    av = _av()
    if codec not in CODECS:
        raise FormatError(f"{codec!r} is no codec for a movie", remedy=f"Use {CODECS}.")
    for name in ENCODERS[codec]:
        try:
            av.codec.Codec(name, "w")
        except ValueError:  # PyAV's UnknownCodecError
            continue
        return name
    other = next(c for c in CODECS if c != codec)
    raise FormatError(
        f"the PyAV on this machine has no encoder for {codec} "
        f"({', '.join(ENCODERS[codec])} would do)",
        remedy=f"Make it with --codec {other}, or install another build of PyAV.",
    )


def _av() -> Any:
    try:
        return importlib.import_module("av")
    except ImportError as error:
        raise InputError(
            "movies are written through PyAV, which is not installed",
            remedy="Install it: pip install 'seamline[movies]'; or hand off without movies.",
        ) from error


def _set_up(av: Any, stream: Any, movie: Movie, encoder: str) -> None:
    context = stream.codec_context
    context.width, context.height = movie["size"]
    context.pix_fmt = _FORMATS[movie["codec"]][0]
    context.options = _OPTIONS[encoder]
    context.thread_count = _THREADS
    context.color_primaries = context.color_trc = context.colorspace = BT709
    context.color_range = VIDEO_RANGE
    context.flags |= av.codec.context.Flags.bitexact
    context.time_base = 1 / rate_of(movie["rate"])


def _shown(pictures: Iterable[Image], movie: Movie, drop: bool) -> Iterable[Image]:
    yield slate(movie["size"], movie["title"], movie["slate"], warning=movie["warning"])
    rate = rate_of(movie["rate"])
    for number, picture in enumerate(pictures):
        code = timecode(movie["starts"] + number, rate, drop=drop)
        words = (movie["view"], code, movie["element"], str(movie["first"] + number))
        yield burnt_in(picture, words)


def _frame(av: Any, shown: Image, codec: str) -> Any:
    name, bits = _FORMATS[codec]
    height, width, _ = shown.shape
    frame = av.VideoFrame(width, height, name)
    frame.color_primaries = frame.color_trc = frame.colorspace = BT709
    frame.color_range = VIDEO_RANGE
    planes = ycbcr_planes(shown, bits=bits, halved_down=codec == "h264")
    for plane, codes in zip(frame.planes, planes, strict=True):
        plane.update(_padded(codes.astype(np.uint8 if bits == 8 else "<u2"), plane))
    return frame


def _padded(codes: NDArray[Any], plane: Any) -> bytes:
    """Return ``codes`` (H, W) as the plane's own lines, which may be longer."""
    line: int = plane.line_size // codes.dtype.itemsize
    rows = np.zeros((plane.buffer_size // plane.line_size, line), codes.dtype)
    rows[: codes.shape[0], : codes.shape[1]] = codes
    return rows.tobytes()
