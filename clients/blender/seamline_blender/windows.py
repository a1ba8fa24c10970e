"""
Where an EXR's pixels lie in their frame, which Blender neither reads nor writes.

A plate with overscan holds more pixels than its frame, or begins elsewhere. What is drawn over
it in Blender is drawn over the file; so a matte is rendered at the file's size, and then told
where it lies. Windows are (x, y, width, height) in pixels. Layout of the file: OpenEXR File
Layout, openexr.com; scanlines, one part.
"""

from __future__ import annotations

import os
import struct

Window = tuple[int, int, int, int]

_MAGIC = 20000630
_HEADER = 64 * 1024
"""Bytes within which a header that somebody would write has ended."""


class NotPlacedError(Exception):
    """The file is no EXR of scanlines in one part."""


def windows_of(path: str) -> tuple[Window, Window] | None:
    """Return the data and the display window of the EXR at ``path``; None for another file."""
    with open(path, "rb") as file:
        begun = file.read(_HEADER)
    try:
        found, _ = _attributes(begun)
        return _window(begun, found["dataWindow"]), _window(begun, found["displayWindow"])
    except (NotPlacedError, KeyError, struct.error):
        return None


def place(path: str, data: Window, display: Window) -> None:
    """
    Have the pixels of the EXR at ``path`` lie at ``data`` in a frame of ``display``.

    Only numbers in the header, and the rows that its blocks begin at, become others.

    Raises:
        NotPlacedError: It is no EXR of scanlines, or not of that size.
    """
    with open(path, "rb") as file:
        content = bytearray(file.read())
    found, end = _attributes(content)
    before = _window(content, found["dataWindow"])
    if before[2:] != data[2:]:
        raise NotPlacedError(f"{path} is {before[2]}x{before[3]}, not {data[2]}x{data[3]}")
    for name, (x, y, width, height) in (("dataWindow", data), ("displayWindow", display)):
        corners = (x, y, x + width - 1, y + height - 1)
        struct.pack_into("<4i", content, found[name], *corners)
    # The table says where each block begins; the first of them follows the table.
    (first,) = struct.unpack_from("<Q", content, end)
    for at in struct.unpack_from(f"<{(first - end) // 8}Q", content, end):
        (row,) = struct.unpack_from("<i", content, at)
        struct.pack_into("<i", content, at, row + data[1] - before[1])
    made = f"{path}.{os.getpid()}.part"
    with open(made, "wb") as file:
        file.write(content)
    os.replace(made, path)


def _attributes(content: bytes | bytearray) -> tuple[dict[str, int], int]:
    """Return where the value of every attribute begins, and where the header has ended."""
    magic, version = struct.unpack_from("<II", content, 0)
    if magic != _MAGIC or version & 0x1A00:  # tiles, deep pixels or several parts
        raise NotPlacedError("it is no EXR of scanlines in one part")
    found, at = {}, 8
    while content[at]:
        words = []
        for _ in range(2):  # its name, and its type
            end = content.find(b"\0", at)
            if end < 0:
                raise NotPlacedError("its header does not end")
            words.append(content[at:end].decode("latin-1"))
            at = end + 1
        (size,) = struct.unpack_from("<I", content, at)
        found[words[0]] = at + 4
        at += 4 + size
        if at >= len(content):
            raise NotPlacedError("its header does not end")
    return found, at + 1


def _window(content: bytes | bytearray, at: int) -> Window:
    left, top, right, bottom = struct.unpack_from("<4i", content, at)
    return left, top, right - left + 1, bottom - top + 1
