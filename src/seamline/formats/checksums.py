"""
Lists of files by their SHA-256, as ``sha256sum -c`` reads them; and one reading of a file.

A line is 64 hexadecimal digits, two spaces and a path relative to the folder of the
delivery, with ``/`` between its parts; lines are sorted by path. What GNU coreutils would
escape (a backslash or a line's end in a name) has no place in a list, and neither has a
path that leads out of the folder.

The detached signature of a list is Ed25519 (RFC 8032) over its exact bytes, as 128
hexadecimal digits and a line's end.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import BinaryIO

import xxhash

from seamline.errors import FormatError
from seamline.ports import FileHashes

LONGEST_PATH = 1024
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
_SIGNATURE = re.compile(rb"([0-9a-f]{128})\n")
_CHUNK = 1 << 20


def list_of(files: Mapping[str, str]) -> bytes:
    """Return the list of ``files`` (SHA-256 in hexadecimal by path)."""
    for path in files:
        _hold_to_folder(path, where="the list")
    return "".join(f"{files[path]}  {path}\n" for path in sorted(files)).encode()


def parse_list(content: bytes, *, where: str) -> dict[str, str]:
    """
    Return the SHA-256 of every file in a list, by path.

    Raises:
        FormatError: It is no such list, names a file twice or one outside the folder, or
            is not sorted.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise _no_list(where, "it is not UTF-8") from error
    if not text.endswith("\n"):
        raise _no_list(where, "its last line has no end")
    found: dict[str, str] = {}
    for number, line in enumerate(text[:-1].split("\n"), 1):
        hit = _LINE.fullmatch(line)
        if hit is None:
            raise _no_list(where, f"line {number} is not a SHA-256 and a path")
        _hold_to_folder(hit[2], where=f"{where}, line {number}")
        if hit[2] in found:
            raise _no_list(where, f"line {number} names {hit[2]} again")
        found[hit[2]] = hit[1]
    if list(found) != sorted(found):
        raise _no_list(where, "its lines are not in order")
    return found


def signature_file(signature: bytes) -> bytes:
    """Return the file of a detached signature (64 bytes)."""
    return signature.hex().encode() + b"\n"


def parse_signature(content: bytes, *, where: str) -> bytes:
    """Return the 64 bytes of a detached signature; FormatError if it is none."""
    hit = _SIGNATURE.fullmatch(content)
    if hit is None:
        raise FormatError(
            f"{where} is not a signature: 128 hexadecimal digits",
            remedy="Ask for the delivery again.",
        )
    return bytes.fromhex(hit[1].decode())


def stays_inside(path: str) -> bool:
    """Whether ``path`` is a plain relative path that stays in its folder."""
    parts = path.split("/")
    return (
        0 < len(path) <= LONGEST_PATH
        and all(part not in ("", ".", "..") for part in parts)
        and "\\" not in path
        and path.isprintable()
    )


def hashes_of(file: BinaryIO, *, sha256: str = "") -> FileHashes:
    """Return all hashes of an open file, read once; a SHA-256 that is known is not made."""
    made, xxh128, size = hashlib.sha256(), xxhash.xxh3_128(), 0
    while chunk := file.read(_CHUNK):
        if not sha256:
            made.update(chunk)
        xxh128.update(chunk)
        size += len(chunk)
    return FileHashes(
        sha256=sha256 or made.hexdigest(), xxh128=xxh128.hexdigest(), size_bytes=size
    )


def _hold_to_folder(path: str, *, where: str) -> None:
    if not stays_inside(path):
        raise _no_list(where, f"{path[:80]!r} is not a path within the folder")


def _no_list(where: str, why: str) -> FormatError:
    return FormatError(
        f"{where} is not a list of files: {why}", remedy="Ask for the delivery again."
    )
