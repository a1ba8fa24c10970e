"""
OpenTrackIO as it lies on disk: JSON, CBOR, or the packets of a recorded stream.

A packet has a header of 16 bytes: ``OTrk``, a reserved byte, the encoding (1 JSON, 2
CBOR), a sequence number (16 bit), the segment's offset (32), a last-segment bit with the
payload's length (15), and a Fletcher-16 checksum (modulo 256) of header and payload. A
sample may be spread over several segments. All numbers are big-endian.

Source: OpenTrackIO 1.0.1, transport (SMPTE RIS-OSVP); RFC 8949 (CBOR), RFC 8742 (sequences).
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from seamline.errors import TrackError

MARK = b"OTrk"
HEADER = struct.Struct(">4sBBHIHH")
JSON, CBOR = 1, 2
LAST = 0x8000
SELF_DESCRIBED = b"\xd9\xd9\xf7"
"""A tag that says only: this is CBOR (RFC 8949, 3.4.6)."""


def bodies(path: str, content: bytes) -> Iterator[tuple[int, Any]]:
    """
    Yield (number from 1, sample) from a file of JSON, CBOR or packets.

    Raises:
        TrackError: A sample cannot be decoded; the sentence has its number.
    """
    if content.startswith(MARK):
        yield from _packets(path, content)
    elif is_cbor(content):
        yield from _cbor(path, content)
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise TrackError(
                f"{path}: byte {error.start} is no UTF-8 text", remedy="Export the track again."
            ) from error
        yield from _json(path, text)


def is_cbor(head: bytes) -> bool:
    """Tell a CBOR map, list or self-described item by its first byte (RFC 8949, 3.1)."""
    return bool(head) and (0x80 <= head[0] <= 0xBF or head.startswith(SELF_DESCRIBED))


def _json(path: str, text: str) -> Iterator[tuple[int, Any]]:
    """Yield lines, a list, or one sample after another."""
    decoder = json.JSONDecoder()
    at, number = 0, 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at == len(text):
            return
        try:
            body, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            line = text.count("\n", 0, at) + 1
            said = getattr(error, "msg", "too deep, or a number too long")
            raise TrackError(
                f"{path}, line {line}: sample {number + 1} is not valid JSON ({said})",
                remedy="Export the track again; the file may be cut short.",
            ) from error
        for sample in body if isinstance(body, list) else (body,):
            number += 1
            yield number, sample


def _cbor(path: str, content: bytes) -> Iterator[tuple[int, Any]]:
    stream, number = io.BytesIO(content), 0
    while stream.tell() < len(content):
        body = _decoded(stream, f"{path}: sample {number + 1}")
        for sample in body if isinstance(body, list) else (body,):
            number += 1
            yield number, sample


def _decoded(stream: io.BytesIO, where: str) -> Any:
    try:
        import cbor2
    except ImportError as error:  # pragma: no cover - a dependency of the package
        raise TrackError(
            f"{where} is CBOR, and cbor2 is not installed", remedy="pip install cbor2"
        ) from error
    at = stream.tell()
    if stream.read(len(SELF_DESCRIBED)) != SELF_DESCRIBED:
        stream.seek(at)
    try:
        return cbor2.CBORDecoder(stream).decode()
    except (cbor2.CBORError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise TrackError(
            f"{where} is not valid CBOR ({str(error).splitlines()[0]:.80})",
            remedy="Record the track again; the file may be cut short.",
        ) from error


def _packets(path: str, content: bytes) -> Iterator[tuple[int, Any]]:
    at, number, packet = 0, 0, 0
    open_one: dict[int, bytes] = {}
    sequence_of: int | None = None
    while at < len(content):
        packet += 1
        where = f"{path}: packet {packet}"
        if len(content) - at < HEADER.size:
            raise _torn(where, "ends within its header")
        mark, _, encoding, sequence, offset, length, checksum = HEADER.unpack_from(content, at)
        if mark != MARK:
            raise _torn(where, "does not begin with OTrk")
        size = length & ~LAST
        payload = content[at + HEADER.size : at + HEADER.size + size]
        if len(payload) != size:
            raise _torn(where, f"has {len(payload)} of its {size} bytes")
        if fletcher_16(content[at : at + HEADER.size - 2] + payload) != checksum:
            raise _torn(where, "does not have the bytes that its checksum says")
        at += HEADER.size + size
        if sequence_of not in (None, sequence):
            raise _torn(where, "begins a sample before the last one was whole")
        sequence_of = sequence
        open_one[offset] = payload
        if length & LAST:
            whole = b"".join(open_one[key] for key in sorted(open_one))
            if sum(map(len, open_one.values())) != offset + size or 0 not in open_one:
                raise _torn(where, "ends a sample of which a segment is missing")
            number += 1
            yield number, _payload(f"{path}: sample {number}", encoding, whole)
            open_one, sequence_of = {}, None
    if open_one:
        raise _torn(f"{path}: packet {packet}", "is not followed by the rest of its sample")


def _payload(where: str, encoding: int, payload: bytes) -> Any:
    if encoding == CBOR:
        return _decoded(io.BytesIO(payload), where)
    if encoding != JSON:
        raise _torn(where, f"has encoding {encoding}, neither JSON (1) nor CBOR (2)")
    try:
        return json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise _torn(where, "is not valid JSON") from error


def _torn(where: str, says: str) -> TrackError:
    return TrackError(f"{where} {says}", remedy="Record the track again.")


def fletcher_16(content: bytes) -> int:
    """
    Return the Fletcher-16 checksum modulo 256, as OpenTrackIO has it: second sum on top.

    Source: Fletcher 1982, An Arithmetic Checksum for Serial Transmissions; OpenTrackIO
    takes the sums modulo 256, not 255.
    """
    byte = np.frombuffer(content, np.uint8).astype(np.int64)
    low = int(byte.sum()) % 256
    high = int((byte * np.arange(byte.size, 0, -1)).sum()) % 256
    return high << 8 | low
