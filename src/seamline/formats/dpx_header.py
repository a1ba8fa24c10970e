"""
The header of a DPX file, field by field.

Offsets are bytes from the start of the file; every number is in the file's own byte
order, which its first word tells. A field of all ones is undefined and left out. Names begin
with ``dpx/`` and not ``dpx:``, because OpenImageIO leaves the latter out of an EXR.

Source: SMPTE ST 268-1:2014 (file format for digital moving-picture exchange), tables 1-6.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field
from typing import Any

from seamline.errors import FormatError

HEADER_BYTES = 2048
_UNDEFINED = 0xFFFFFFFF
_ELEMENTS, _ELEMENT_BYTES = 780, 72

CHARACTERISTICS = {
    0: "User defined",
    1: "Printing density",
    2: "Linear",
    3: "Logarithmic",
    4: "Unspecified video",
    5: "SMPTE 274M",
    6: "ITU-R 709-4",
    7: "ITU-R 601-5 system B or G",
    8: "ITU-R 601-5 system M",
    9: "NTSC composite video",
    10: "PAL composite video",
    11: "Z linear",
    12: "Z homogeneous",
}
"""Table 5A: transfer characteristic; 5B, colorimetric, is the same but for 11 and 12."""

_TEXTS = (
    ("dpx/FileName", 36, 100),
    ("DateTime", 136, 24),
    ("Software", 160, 100),
    ("DocumentName", 260, 200),
    ("Copyright", 460, 200),
    ("dpx/SourceImageFileName", 1432, 100),
    ("dpx/SourceDateTime", 1532, 24),
    ("dpx/InputDevice", 1556, 32),
    ("dpx/InputDeviceSerialNumber", 1588, 32),
    ("dpx/FilmEdgeCode", 1664, 16),
    ("dpx/Format", 1680, 32),
    ("dpx/FrameId", 1732, 32),
    ("dpx/SlateInfo", 1764, 100),
)
_WHOLE = (
    ("dpx/FramePosition", 1712),
    ("dpx/SequenceLength", 1716),
    ("dpx/HeldCount", 1720),
    ("dpx/UserBits", 1924),
)
_REALS = (
    ("dpx/XCenter", 1416),
    ("dpx/YCenter", 1420),
    ("dpx/FrameRate", 1724),
    ("dpx/ShutterAngle", 1728),
    ("dpx/HorizontalSampleRate", 1932),
    ("dpx/VerticalSampleRate", 1936),
    ("dpx/TemporalFrameRate", 1940),
    ("dpx/TimeOffset", 1944),
    ("dpx/Gamma", 1948),
    ("dpx/BlackLevel", 1952),
    ("dpx/BlackGain", 1956),
    ("dpx/BreakPoint", 1960),
    ("dpx/WhiteLevel", 1964),
    ("dpx/IntegrationTimes", 1968),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """
    What the pixels are decoded by.

    Attributes:
        order: ``>`` or ``<``, the file's byte order.
        width, height: Of the image element, pixels.
        orientation: 0 upright, 1 mirrored, 2 upside down, 3 both; 4 and up on a side.
        elements: How many there are; the first is read.
        descriptor: 6 luma, 50 RGB, 51 RGBA, 52 ABGR.
        bits: Per sample.
        packing: 0 packed, 1 filled method A (padding below), 2 filled method B (above).
        encoded: Whether run lengths are coded.
        signed: Whether samples are signed.
        start: Where the samples begin, bytes.
        padding: Bytes after each line.
        attributes: All else, as in ``Picture``.
    """

    order: str
    width: int
    height: int
    orientation: int
    elements: int
    descriptor: int
    bits: int
    packing: int
    encoded: bool
    signed: bool
    start: int
    padding: int
    offset: tuple[int, int] = (0, 0)
    original: tuple[int, int] = (0, 0)
    attributes: dict[str, tuple[str, Any]] = field(default_factory=dict)


def parsed(head: bytes, shown: str) -> Header:
    """
    Return the header in ``head``, the first 2048 bytes of ``shown``.

    Raises:
        FormatError: It is cut short.
    """
    if len(head) < HEADER_BYTES:
        raise FormatError(
            f"{shown} is damaged or cut short: its header has {len(head)} of "
            f"{HEADER_BYTES} bytes",
            remedy="Copy it again from its source.",
        )
    order = ">" if head.startswith(b"SDPX") else "<"

    def number(kind: str, at: int) -> Any:
        return struct.unpack_from(order + kind, head, at)[0]

    first = _ELEMENTS
    orientation = number("H", 768)
    padding = number("I", first + 32)
    x, y, across, down = (number("I", at) for at in (1408, 1412, 1424, 1428))
    return Header(
        order=order,
        width=number("I", 772),
        height=number("I", 776),
        orientation=0 if orientation == 0xFFFF else orientation,
        elements=number("H", 770),
        descriptor=head[first + 20],
        bits=head[first + 23],
        packing=number("H", first + 24),
        encoded=number("H", first + 26) == 1,
        signed=number("I", first) == 1,
        start=_start(number("I", first + 28), number("I", 4)),
        padding=0 if padding == _UNDEFINED else padding,
        offset=(0 if x == _UNDEFINED else x, 0 if y == _UNDEFINED else y),
        original=(
            0 if across == _UNDEFINED else across,
            0 if down == _UNDEFINED else down,
        ),
        attributes=_attributes(head, number),
    )


def _start(element: int, image: int) -> int:
    return image if element in (0, _UNDEFINED) else element


def _attributes(head: bytes, number: Any) -> dict[str, tuple[str, Any]]:
    kept: dict[str, tuple[str, Any]] = {}
    for name, code in (
        ("dpx/Transfer", head[_ELEMENTS + 21]),
        ("dpx/Colorimetric", head[_ELEMENTS + 22]),
    ):
        kept[name] = ("string", CHARACTERISTICS.get(code, "Undefined"))
    for name, at, size in _TEXTS:
        text = head[at : at + size].split(b"\0")[0].strip(b"\xff ")
        if text:
            kept[name] = ("string", text.decode("utf-8", "replace"))
    for name, at in _WHOLE:
        if (whole := number("I", at)) != _UNDEFINED:
            kept[name] = ("uint", whole)
    for name, at in _REALS:
        if number("I", at) != _UNDEFINED and math.isfinite(real := number("f", at)):
            kept[name] = ("float", real)
    across, down = number("I", 1628), number("I", 1632)
    if 0 < across < _UNDEFINED and 0 < down < _UNDEFINED:
        kept["PixelAspectRatio"] = ("float", across / down)
    code = number("I", 1920)
    if code != _UNDEFINED:
        bits = number("I", 1924)
        kept["smpte:TimeCode"] = ("timecode", (code, 0 if bits == _UNDEFINED else bits))
    return kept
