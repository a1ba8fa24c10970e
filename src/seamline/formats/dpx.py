"""
DPX: 8, 10, 12 and 16-bit samples, packed or filled, in either byte order.

A sample's code is read exactly as stored. In a ``Picture`` it is float32, code divided
by the largest code of its own bit depth (1023 for 10 bits): one correctly rounded
division, so ``round(value * 1023)`` is the code again. What the codes mean (a log space,
mostly) the file rarely says; see ``formats.evidence``.

Source: SMPTE ST 268-1:2014. In 32-bit words packed samples begin at the lowest bits;
filled 10-bit samples begin at the highest; filled 12-bit samples take 16 bits each.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.errors import FormatError
from seamline.formats.claims import Claim, checked
from seamline.formats.dpx_header import HEADER_BYTES, Header, parsed
from seamline.pixels.picture import Plane
from seamline.show.shot import Window

CHANNELS = {6: "Y", 50: "RGB", 51: "RGBA", 52: "ABGR"}
BITS = (8, 10, 12, 16)

_STRIP_BYTES = 4 << 20
MOST_PADDING_BYTES = 1 << 16

Codes = NDArray[np.uint16]


class Opened:
    """One DPX file, open; as ``decode.Opened``."""

    def __init__(self, path: str, shown: str) -> None:
        self._path, self._shown = path, shown

    def __enter__(self) -> Opened:
        self._file = open(self._path, "rb")
        try:
            self.header = parsed(self._file.read(HEADER_BYTES), self._shown)
            _refuse_what_is_not_read(self.header, self._shown)
            self.claim = checked(_claim(self.header), self._shown)
            self._refuse_a_short_file()
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def fill(self, planes: Mapping[str, Plane]) -> None:
        """Decode into ``planes``, (H, W) float32 each: code / largest code."""
        largest = np.float32((1 << self.header.bits) - 1)
        for rows, codes in self._strips():
            for n, name in enumerate(CHANNELS[self.header.descriptor]):
                np.divide(codes[..., n], largest, out=planes[name][rows], dtype=np.float32)
        _turn(self.header.orientation, planes)

    def codes(self) -> dict[str, Codes]:
        """Return each channel's codes, (H, W) uint16, exactly as stored."""
        found = {
            name: np.empty(self.claim.shape, np.uint16)
            for name in CHANNELS[self.header.descriptor]
        }
        for rows, codes in self._strips():
            for n, name in enumerate(CHANNELS[self.header.descriptor]):
                found[name][rows] = codes[..., n]
        _turn(self.header.orientation, found)
        return found

    def _strips(self) -> Iterator[tuple[slice, Codes]]:
        head, line = self.header, _line_bytes(self.header)
        step = line + head.padding
        many = max(1, _STRIP_BYTES // step)
        samples = len(CHANNELS[head.descriptor])
        self._file.seek(head.start)
        for top in range(0, head.height, many):
            rows = min(many, head.height - top)
            stored = np.frombuffer(self._file.read(rows * step), np.uint8)
            if stored.size < rows * step - head.padding:
                raise _short(self._shown)
            if stored.size < rows * step:
                stored = np.pad(stored, (0, rows * step - stored.size))
            lines = np.ascontiguousarray(stored.reshape(rows, step)[:, :line])
            codes = _unpacked(lines, head)[:, : head.width * samples]
            yield slice(top, top + rows), codes.reshape(rows, head.width, samples)

    def _refuse_a_short_file(self) -> None:
        head = self.header
        wanted = head.start + _line_bytes(head) * head.height
        if os.fstat(self._file.fileno()).st_size < wanted + head.padding * (head.height - 1):
            raise _short(self._shown)


def _short(shown: str) -> FormatError:
    return FormatError(
        f"{shown} is damaged or cut short: the file ends before its picture does",
        remedy="Copy it again from its source.",
    )


def _refuse_what_is_not_read(head: Header, shown: str) -> None:
    said = ""
    if head.encoded:
        said = "is run-length encoded"
    elif head.signed:
        said = "holds signed samples"
    elif head.elements != 1:
        said = f"holds {head.elements} image elements"
    elif head.descriptor not in CHANNELS:
        said = f"holds samples of kind {head.descriptor} (50 is RGB)"
    elif head.bits not in BITS:
        said = f"holds {head.bits}-bit samples"
    elif head.packing > 2 or (head.bits == 10 and head.packing and head.descriptor == 6):
        said = f"is packed in way {head.packing} at {head.bits} bits"
    elif head.padding > MOST_PADDING_BYTES:
        said = f"has {head.padding} bytes of padding after each line"
    elif head.orientation > 3:
        said = "lies on its side"
    if said:
        raise FormatError(
            f"{shown} {said}; DPX is read as one RGB, RGBA or luma element of 8, 10, 12 or "
            "16-bit unsigned samples, not encoded",
            remedy="Write it again as 10 or 16-bit RGB DPX, or as EXR.",
        )


def _claim(head: Header) -> Claim:
    names = CHANNELS[head.descriptor]
    data, display = _windows(head)
    ordered = sorted(names, key=lambda name: "RGBAY".index(name))
    attributes: dict[str, tuple[str, Any]] = dict(head.attributes)
    attributes["seamline:codes"] = ("string", f"{head.bits}-bit; value = code / largest code")
    return Claim(
        kind="dpx",
        is_float=False,
        data_window=data,
        display_window=display,
        layout=tuple((name, "float") for name in ordered),
        attributes=attributes,
        stored_bytes=head.width * head.height * len(names) * 4,
        stored_channels=len(names),
    )


def _windows(head: Header) -> tuple[Window, Window]:
    (x, y), (across, down) = head.offset, head.original
    whole = (0, 0, head.width, head.height)
    if x + head.width > across or y + head.height > down:
        return whole, whole
    return (x, y, head.width, head.height), (0, 0, across, down)


def _line_bytes(head: Header) -> int:
    samples = head.width * len(CHANNELS[head.descriptor])
    if head.bits == 10 and head.packing:
        return (samples + 2) // 3 * 4
    if head.bits == 12 and head.packing:
        return (samples * 16 + 31) // 32 * 4
    return (samples * head.bits + 31) // 32 * 4


def _unpacked(lines: NDArray[np.uint8], head: Header) -> Codes:
    """Return (rows, N) codes of ``lines``, (rows, bytes): a few more than a line has."""
    if head.bits == 8:
        return lines.astype(np.uint16)
    if head.bits == 16 or (head.bits == 12 and head.packing):
        words: Codes = lines.view(head.order + "u2").astype(np.uint16)
        if head.bits == 16:
            return words
        twelve: Codes = words >> np.uint16(4) if head.packing == 1 else words & np.uint16(0xFFF)
        return twelve
    words32 = lines.view(head.order + "u4")
    if head.packing:
        low = 2 if head.packing == 1 else 0
        codes = np.empty((*words32.shape, 3), np.uint16)
        for n in range(3):
            codes[..., n] = (words32 >> (low + 10 * (2 - n))) & 0x3FF
        return codes.reshape(len(lines), -1)
    return _packed(words32.astype("<u4").view(np.uint8), head.bits)


def _packed(stream: NDArray[np.uint8], bits: int) -> Codes:
    # The lowest bits come first: 5 bytes are four 10-bit samples, 3 bytes two of 12 bits.
    size, many = (5, 4) if bits == 10 else (3, 2)
    short = -stream.shape[1] % size
    padded = np.pad(stream, ((0, 0), (0, short + size)))
    groups = padded[:, : stream.shape[1] + short].reshape(len(stream), -1, size)
    wide = groups.astype(np.uint16)
    codes = np.empty((*groups.shape[:2], many), np.uint16)
    for n in range(many):
        at, shift = divmod(n * bits, 8)
        codes[..., n] = (wide[..., at] | wide[..., at + 1] << 8) >> shift & ((1 << bits) - 1)
    return codes.reshape(len(stream), -1)


def _turn(orientation: int, planes: Mapping[str, Plane]) -> None:
    # 1: lines run right to left; 2: from the bottom up (table 2).
    for plane in planes.values():
        if orientation & 1:
            plane[...] = plane[:, ::-1].copy()
        if orientation & 2:
            plane[...] = plane[::-1].copy()
