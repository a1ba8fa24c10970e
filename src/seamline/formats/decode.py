"""
Decoding a picture file: what it claims, and then its pixels.

A foreign file is not trusted. ``Opened`` reads the header and refuses what cannot be a
frame before a pixel is allocated; ``fill`` then decodes into planes that the caller
made, as large as the caller found right. The caller is either this process
(``read_here``, for what we wrote ourselves) or ``formats.decoder``, which has this
module run in a child. Nothing here knows of shows, configs or colour.

Pixels come as they are stored: half stays half bit for bit, integers stay integers,
NaN and Inf stay, nothing is clamped or multiplied by its alpha.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import OpenImageIO as oiio

from seamline.errors import FormatError
from seamline.formats import dpx
from seamline.formats.claims import DTYPES, Claim, checked
from seamline.formats.parts import Chosen, Part, choose
from seamline.pixels.picture import Picture, Plane
from seamline.ports import ONLY_LAYER

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
    (b"SDPX", "dpx"),
    (b"XPDS", "dpx"),
)
# OpenImageIO's own notes, and the size of a preview that is not carried along.
_BOOKKEEPING = ("oiio:", "thumbnail_")
# Decoded so much at a time, in whole chunks of any compression but DWAB, and taken apart into
# planes while it is in the processor's cache.
_BLOCK_BYTES, _ROWS = 2 << 20, 32

_TURNS: dict[int, Callable[[Plane], Plane]] = {
    2: np.fliplr,
    3: lambda plane: plane[::-1, ::-1],
    4: np.flipud,
    5: np.transpose,
    6: lambda plane: np.rot90(plane, -1),
    7: lambda plane: plane[::-1, ::-1].T,
    8: np.rot90,
}


def opened(path: str, *, shown: str = "", layer: str = "") -> Opened | dpx.Opened:
    """
    Return the picture file at ``path``, open (a context manager with ``claim`` and ``fill``).

    Args:
        path: Where it stands.
        shown: What sentences call it; by default ``path``.
        layer: Which layer, part or view of an EXR is meant; see ``formats.parts``.

    Raises:
        FormatError: There is no such file, or it is no picture.
    """
    shown = shown or path
    kind = kind_of(path, shown)
    if kind == "dpx":
        if layer and layer != ONLY_LAYER:
            raise FormatError(
                f"{shown} is a DPX, which has no layers", remedy="Leave --plate-layer out."
            )
        return dpx.Opened(path, shown)
    return Opened(path, shown, kind, layer)


def read_here(path: str) -> Picture:
    """Return the picture at ``path``, decoded in this process: for files of our own."""
    with opened(path) as file:
        claim = file.claim
        planes = {name: np.empty(claim.shape, DTYPES[kind]) for name, kind in claim.layout}
        file.fill(planes)
        return picture_of(claim, planes)


def header_here(path: str) -> Picture:
    """Return the picture at ``path`` without its channels, looked at in this process."""
    with opened(path) as file:
        return picture_of(file.claim, {})


def picture_of(claim: Claim, planes: Mapping[str, Plane]) -> Picture:
    """Return ``planes`` (H, W) under the header of ``claim``, a photograph upright."""
    picture = Picture(
        channels=planes,
        data_window=claim.data_window,
        display_window=claim.display_window,
        attributes=claim.attributes,
    )
    return picture if claim.kind in ("openexr", "dpx") else upright(picture)


class Opened:
    """One EXR, JPEG, PNG, TIFF or HDR, open at the part that is read."""

    def __init__(self, path: str, shown: str, kind: str, layer: str) -> None:
        self._path, self._shown, self._kind, self._layer = path, shown, kind, layer

    def __enter__(self) -> Opened:
        hints = oiio.ImageSpec()
        hints.attribute("oiio:UnassociatedAlpha", 1)  # alpha is not multiplied in
        self._input: Any = oiio.ImageInput.open(self._path, hints)
        if self._input is None:
            raise unreadable(self._shown, drained())
        try:
            self._chosen = choose(self._parts(), self._layer, self._shown)
            self._input.seek_subimage(self._chosen.part, 0)
            self._spec = self._input.spec()
            self.claim = checked(self._claim(), self._shown)
            self._refuse_what_cannot_be()
        except BaseException:
            self._input.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._input.close()
        drained(self._input)

    def fill(self, planes: Mapping[str, Plane]) -> None:
        """
        Decode into ``planes``, which have the shapes and types of ``claim.layout``.

        Raises:
            FormatError: The file is damaged or cut short.
        """
        read = {stored: name for stored, name in self._chosen.channels}
        numbered = list(enumerate(self._types()))
        for kind, run in itertools.groupby(numbered, key=lambda pair: pair[1]):
            numbers = [n for n, _ in run if self._spec.channelnames[n] in read]
            if not numbers:
                continue
            for top, block in self._blocks(numbers[0], numbers[-1] + 1, kind):
                for n in numbers:
                    plane = planes[read[self._spec.channelnames[n]]]
                    np.copyto(plane[top : top + len(block)], block[..., n - numbers[0]])

    def _blocks(self, first: int, end: int, kind: str) -> Iterator[tuple[int, Plane]]:
        """Yield the top row and the (rows, W, C) pixels of channels ``first`` to ``end``."""
        height, width = self.claim.shape
        whole = self._spec.tile_width > 0 or self._kind != "openexr"
        step = height
        if not whole:
            row_bytes = width * (end - first) * np.dtype(DTYPES[kind]).itemsize
            step = max(1, _BLOCK_BYTES // (row_bytes * _ROWS)) * _ROWS
        for top in range(0, height, step):
            rows = min(step, height - top)
            if whole:
                block = self._input.read_image(self._chosen.part, 0, first, end, kind)
            else:
                y = self._spec.y + top
                block = self._input.read_scanlines(y, y + rows, 0, first, end, kind)
            if block is None:
                raise unreadable(self._shown, drained(self._input))
            assert block.dtype == DTYPES[kind], (block.dtype, kind)
            yield top, block.reshape(-1, width, end - first)

    def _parts(self) -> list[Part]:
        found: list[Part] = []
        while self._input.seek_subimage(len(found), 0):
            spec = self._input.spec()
            views = spec.getattribute("multiView")
            found.append(
                Part(
                    name=spec.get_string_attribute("oiio:subimagename", ""),
                    view=spec.get_string_attribute("view", ""),
                    views=tuple(views) if isinstance(views, tuple) else (),
                    channels=tuple(spec.channelnames),
                    deep=bool(spec.deep),
                )
            )
            if self._kind != "openexr":
                break
        drained(self._input)
        if not found:
            raise unreadable(self._shown, "it has no part")
        return found

    def _claim(self) -> Claim:
        spec = self._spec
        kinds = dict(zip(spec.channelnames, self._types(), strict=True))
        return Claim(
            kind=self._kind,
            is_float=str(spec.format) in ("half", "float"),
            data_window=(spec.x, spec.y, spec.width, spec.height),
            display_window=(spec.full_x, spec.full_y, spec.full_width, spec.full_height),
            layout=tuple((name, kinds[stored]) for stored, name in self._chosen.channels),
            attributes=self._attributes(),
            stored_bytes=spec.image_bytes(True),
            stored_channels=spec.nchannels,
        )

    def _refuse_what_cannot_be(self) -> None:
        if self._spec.depth > 1:
            raise FormatError(f"{self._shown} is a volume, not a picture")
        if self._kind == "jpeg" and not _jpeg_is_whole(self._path):
            raise unreadable(self._shown, "the file ends before its picture does")

    def _types(self) -> list[str]:
        spec = self._spec
        return [str(t) for t in spec.channelformats] or [str(spec.format)] * spec.nchannels

    def _attributes(self) -> dict[str, tuple[str, Any]]:
        kept: dict[str, tuple[str, Any]] = {}
        for attribute in self._spec.extra_attribs:
            if not attribute.name.startswith(_BOOKKEEPING):
                kept[attribute.name] = (str(attribute.type), attribute.value)
        if self._kind in ("png", "tiff") and "A" in self._spec.channelnames:
            straight = self._spec.get_int_attribute("oiio:UnassociatedAlpha", 0)
            kept["oiio:UnassociatedAlpha"] = ("int", straight)
        return said_of(self._chosen, kept)


def said_of(
    chosen: Chosen, attributes: dict[str, tuple[str, Any]]
) -> dict[str, tuple[str, Any]]:
    """Return ``attributes`` and what was chosen among several."""
    for name, said in (
        ("seamline:part", chosen.part_said),
        ("seamline:layer_read", chosen.layer_said),
        ("seamline:view", chosen.view_said),
    ):
        if said:
            attributes[name] = ("string", said)
    return attributes


def upright(picture: Picture) -> Picture:
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


def kind_of(path: str, shown: str) -> str:
    """Return ``openexr``, ``dpx``, ``jpeg``, ``png``, ``tiff`` or ``hdr``, by content."""
    try:
        with open(path, "rb") as file:
            head = file.read(16)
    except FileNotFoundError as error:
        raise FormatError(
            f"{shown}: there is no such file",
            remedy="Check the name, the frame numbers and whether the disk is mounted.",
        ) from error
    except OSError as error:
        raise FormatError(
            f"{shown} cannot be opened ({error.strerror})", remedy="Check who may read it."
        ) from error
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    raise no_picture(shown, empty=not head)


def no_picture(shown: str, *, empty: bool = False) -> FormatError:
    """Return the refusal of a file that is none of the pictures that are read."""
    return FormatError(
        f"{shown} is {'empty' if empty else 'no picture that is read here'}",
        remedy="Pictures are EXR, DPX, Radiance HDR, JPEG, PNG or TIFF files.",
    )


def unreadable(shown: str, said: str) -> FormatError:
    """Return the refusal of a file that could not be decoded."""
    if "ubsampled" in said:
        return FormatError(
            f"{shown} is a luma/chroma EXR (Y, RY, BY at half resolution), which has lost "
            "colour that a plate needs",
            remedy="Export it again as RGB.",
        )
    return FormatError(
        f"{shown} is damaged or cut short: {said or 'it could not be decoded'}",
        remedy="Copy it again from its source, or render the frame again.",
    )


def drained(source: Any = None) -> str:
    """Return OpenImageIO's pending error, of ``source`` or global, in one line."""
    said = []
    for ask in (source.geterror if source is not None else None, oiio.geterror):
        if ask is None:
            continue
        try:
            said.append(ask())
        except UnicodeDecodeError:  # it quotes the file's own bytes
            said.append("the file names things in bytes that are no text")
    return " ".join(" ".join(said).split())[:300]


def _jpeg_is_whole(path: str) -> bool:
    # libjpeg paints a missing rest grey and carries on. The end marker cannot occur
    # within a scan, and an embedded preview ends before the picture's scan starts.
    with open(path, "rb") as file:
        coded = file.read(os.fstat(file.fileno()).st_size)
    return coded.rfind(b"\xff\xd9") > coded.rfind(b"\xff\xda")
