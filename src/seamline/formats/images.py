"""
Picture files: EXR, Radiance HDR, JPEG, PNG and TIFF in, EXR out, through OpenImageIO.

Pixels come in as they are stored: half stays half bit for bit, integers stay
integers, NaN and Inf stay, nothing is clamped, multiplied by its alpha or
converted. Of a file with several parts the first one with R, G, B (or Y) is
read, and the attribute ``seamline:part`` says which. A foreign file is not
trusted: what it claims to be is looked at before anything is allocated, and a
damaged one is a FormatError that names it.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import OpenImageIO as oiio

from seamline.errors import FormatError
from seamline.formats.evidence import evidence_of, interop_id
from seamline.formats.exr import drained, write_exr
from seamline.pixels.picture import Picture, Plane
from seamline.ports import Colour, Evidence

MOST_PX = 200_000_000
"""Larger claims are refused unread: 20 000 x 10 000 is beyond any plate or panorama."""
MOST_BYTES = 8 << 30
MOST_CHANNELS = 512

_MAGIC = (
    (b"\x76\x2f\x31\x01", "openexr"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"#?RADIANCE", "hdr"),
    (b"#?RGBE", "hdr"),
)
# OpenImageIO's own notes, and the size of a preview that is not carried along.
_BOOKKEEPING = ("oiio:", "thumbnail_")
_DTYPES: dict[str, Any] = {
    "half": np.float16,
    "float": np.float32,
    "uint8": np.uint8,
    "uint16": np.uint16,
    "uint": np.uint32,
}


_TURNS: dict[int, Callable[[Plane], Plane]] = {
    2: np.fliplr,
    3: lambda plane: plane[::-1, ::-1],
    4: np.flipud,
    5: np.transpose,
    6: lambda plane: np.rot90(plane, -1),
    7: lambda plane: plane[::-1, ::-1].T,
    8: np.rot90,
}


def read_picture(path: str) -> Picture:
    """Return the picture at ``path``, every channel as stored; see ``ImageFiles.read``."""
    with _Open(path) as opened:
        return opened.picture(pixels=True)


class ImageFiles:
    """
    Picture files on disk.

    Args:
        colour: The show's config: what a file says about its colours must be a
            space that it knows.
    """

    def __init__(self, colour: Colour) -> None:
        self._colour = colour

    def read(self, path: str) -> Picture:
        """
        Return the picture at ``path``, every channel as stored.

        Raises:
            FormatError: There is no file, it is no picture, it is damaged, deep,
                luma/chroma or larger than 200 megapixels; the sentence says which.
        """
        return read_picture(path)

    def header(self, path: str) -> Picture:
        """Return the picture at ``path`` without its channels; errors as for ``read``."""
        with _Open(path) as opened:
            return opened.picture(pixels=False)

    def write(self, path: str, picture: Picture) -> str:
        """Write a whole EXR at ``path``; return its SHA-256. See ``formats.exr.write_exr``."""
        return write_exr(path, picture)

    def interop_id(self, colourspace: str) -> str:
        """Return what ``colorInteropID`` says for ``colourspace``; empty if nothing does."""
        return interop_id(colourspace, self._colour)

    def evidence(self, path: str, *, flag: str | None, default: str | None) -> Evidence:
        """
        Return the colour space of the file at ``path``, and what says so.

        The order is that of ``formats.evidence``. With a ``flag`` the file is not
        opened.

        Raises:
            ColourError: Nothing says it, or what says it is unknown to the config.
            FormatError: There is no file, or it is no picture.
        """
        if flag:
            return Evidence(self._colour.space(flag), "flag")
        with _Open(path) as opened:
            return evidence_of(
                path,
                opened.kind,
                opened.is_float,
                opened.picture(pixels=False).attributes,
                colour=self._colour,
                default=default,
            )


class _Open:
    """One file, open at the part that is read."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.kind = _kind_of(path)

    def __enter__(self) -> _Open:
        hints = oiio.ImageSpec()
        hints.attribute("oiio:UnassociatedAlpha", 1)  # alpha is not multiplied in
        self._input: Any = oiio.ImageInput.open(self.path, hints)
        if self._input is None:
            raise _unreadable(self.path, drained())
        try:
            self.part, self.parts = self._find_part()
            self._input.seek_subimage(self.part, 0)
            self._spec = self._input.spec()
            self._refuse_what_cannot_be()
        except BaseException:
            self._input.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._input.close()
        drained(self._input)

    @property
    def is_float(self) -> bool:
        return str(self._spec.format) in ("half", "float")

    def picture(self, *, pixels: bool) -> Picture:
        spec = self._spec
        picture = Picture(
            channels=self._planes() if pixels else {},
            data_window=(spec.x, spec.y, spec.width, spec.height),
            display_window=(spec.full_x, spec.full_y, spec.full_width, spec.full_height),
            attributes=self._attributes(),
        )
        return picture if self.kind == "openexr" else _upright(picture)

    def _find_part(self) -> tuple[int, int]:
        """Return the first part with R, G, B or Y (else the first), and how many there are."""
        chosen, part = 0, 0
        found = False
        while self._input.seek_subimage(part, 0):
            names = set(self._input.spec().channelnames)
            if not found and ({"R", "G", "B"} <= names or "Y" in names):
                chosen, found = part, True
            part += 1
            if self.kind != "openexr":
                break
        drained(self._input)
        return chosen, max(part, 1)

    def _refuse_what_cannot_be(self) -> None:
        spec = self._spec
        if spec.deep:
            raise FormatError(
                f"{self.path} holds deep samples; a plate has one sample per pixel",
                remedy="Flatten it (Nuke: DeepToImage) and give the flat file.",
            )
        if spec.depth > 1:
            raise FormatError(f"{self.path} is a volume, not a picture")
        shown = f"{spec.width} x {spec.height} pixels, {spec.nchannels} channels"
        size = spec.width * spec.height
        if size > MOST_PX or spec.full_width * spec.full_height > MOST_PX:
            raise FormatError(
                f"{self.path} claims {shown}, more than the {MOST_PX // 1_000_000} "
                "megapixels a picture may have",
                remedy="Check the file; reduce a larger panorama first.",
            )
        if spec.nchannels > MOST_CHANNELS or spec.image_bytes(True) > MOST_BYTES:
            raise FormatError(
                f"{self.path} claims {shown}, more than {MOST_BYTES >> 30} GiB of pixels",
                remedy="Check the file, or export only the channels that are needed.",
            )
        for name, kind in zip(spec.channelnames, self._types(), strict=True):
            if kind not in _DTYPES:
                raise FormatError(
                    f"{self.path}: channel {name} is {kind}; half, float, and 8, 16 or 32-bit "
                    "whole numbers are read",
                    remedy="Export it as half or float EXR.",
                )
        if self.kind == "jpeg" and not _jpeg_is_whole(self.path):
            raise _unreadable(self.path, "the file ends before its picture does")

    def _types(self) -> list[str]:
        spec = self._spec
        return [str(t) for t in spec.channelformats] or [str(spec.format)] * spec.nchannels

    def _planes(self) -> dict[str, Plane]:
        spec, planes = self._spec, {}
        numbered = list(enumerate(self._types()))
        for kind, run in itertools.groupby(numbered, key=lambda pair: pair[1]):
            first, *_, last = [n for n, _ in run] * 2
            block = self._input.read_image(self.part, 0, first, last + 1, kind)
            if block is None:
                raise _unreadable(self.path, drained(self._input))
            assert block.dtype == _DTYPES[kind], (block.dtype, kind)
            block = block.reshape(spec.height, spec.width, last + 1 - first)
            for n in range(first, last + 1):
                name = spec.channelnames[n]
                if name in planes:
                    raise FormatError(f"{self.path} has two channels called {name}")
                planes[name] = np.ascontiguousarray(block[..., n - first])
        return planes

    def _attributes(self) -> dict[str, tuple[str, Any]]:
        kept: dict[str, tuple[str, Any]] = {}
        for attribute in self._spec.extra_attribs:
            if not attribute.name.startswith(_BOOKKEEPING):
                kept[attribute.name] = (str(attribute.type), attribute.value)
        if self.kind in ("png", "tiff") and "A" in self._spec.channelnames:
            straight = self._spec.get_int_attribute("oiio:UnassociatedAlpha", 0)
            kept["oiio:UnassociatedAlpha"] = ("int", straight)
        if self.parts > 1:
            name = self._spec.get_string_attribute("oiio:subimagename", "unnamed")
            said = f"{name} (part {self.part + 1} of {self.parts})"
            kept["seamline:part"] = ("string", said)
        return kept


def _upright(picture: Picture) -> Picture:
    """
    Return a photograph as it was held, whatever way its sensor lay.

    Orientation is EXIF's (CIPA DC-008, tag 274): 1 upright, 2 to 4 mirrored or upside
    down, 5 to 8 on a side. The pixels are moved, not changed.
    """
    code = int(picture.attributes.get("Orientation", ("int", 1))[1])
    if code not in _TURNS:
        return picture
    attributes = {**picture.attributes, "Orientation": ("int", 1)}
    x, y, width, height = picture.data_window
    window = (y, x, height, width) if code >= 5 else picture.data_window
    return Picture(
        channels={
            name: np.ascontiguousarray(_TURNS[code](plane))
            for name, plane in picture.channels.items()
        },
        data_window=window,
        display_window=window,
        attributes=attributes,
    )


def _kind_of(path: str) -> str:
    try:
        with open(path, "rb") as file:
            head = file.read(16)
    except FileNotFoundError as error:
        raise FormatError(
            f"{path}: there is no such file",
            remedy="Check the name, the frame numbers and whether the disk is mounted.",
        ) from error
    except OSError as error:
        raise FormatError(
            f"{path} cannot be opened ({error.strerror})", remedy="Check who may read it."
        ) from error
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    raise FormatError(
        f"{path} is {'empty' if not head else 'no picture that is read here'}",
        remedy="Pictures are EXR, Radiance HDR, JPEG, PNG or TIFF files.",
    )


def _unreadable(path: str, said: str) -> FormatError:
    if "ubsampled" in said:
        return FormatError(
            f"{path} is a luma/chroma EXR (Y, RY, BY at half resolution), which has lost "
            "colour that a plate needs",
            remedy="Export it again as RGB.",
        )
    return FormatError(
        f"{path} is damaged or cut short: {said or 'it could not be decoded'}",
        remedy="Copy it again from its source, or render the frame again.",
    )


def _jpeg_is_whole(path: str) -> bool:
    # libjpeg paints a missing rest grey and carries on. The end marker cannot occur
    # within a scan, and an embedded preview ends before the picture's scan starts.
    with open(path, "rb") as file:
        coded = file.read(os.fstat(file.fileno()).st_size)
    return coded.rfind(b"\xff\xd9") > coded.rfind(b"\xff\xda")
