"""
What decoder and caller say to each other: JSON in a length, and nothing else.

Pixels never go this way: the caller makes anonymous memory of the size it found right
and hands its descriptor over; the decoder fills it. No code travels, so nothing that
comes back can do more than be wrong.
"""

from __future__ import annotations

import base64
import json
import socket
import struct
from typing import Any

import numpy as np

from seamline.formats.claims import Claim
from seamline.show.shot import Window

MOST_WORD_BYTES = 64 << 20


def send(line: socket.socket, word: dict[str, Any], *fds: int) -> None:
    """Send ``word``, and descriptors with it."""
    said = json.dumps(word, default=_plain).encode()
    socket.send_fds(line, [struct.pack("<I", len(said))], list(fds))
    line.sendall(said)


def receive(line: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """
    Return the next word and the descriptors that came with it.

    Raises:
        EOFError: The other side is gone.
        ValueError: What came is no word.
    """
    head, fds, _, _ = socket.recv_fds(line, 4, 1)
    if not head:
        raise EOFError
    size = struct.unpack("<I", head + _exactly(line, 4 - len(head)))[0]
    if size > MOST_WORD_BYTES:
        raise ValueError(f"a word of {size} bytes")
    word = json.loads(_exactly(line, size))
    if not isinstance(word, dict):
        raise ValueError("no word")
    return word, fds


def claim_word(claim: Claim) -> dict[str, Any]:
    """Return ``claim`` as a word."""
    return {name: getattr(claim, name) for name in Claim.__slots__}


def claim_of(word: dict[str, Any]) -> Claim:
    """Return the claim in ``word``; ValueError if it holds none."""
    try:
        return _claim(word)
    except (AttributeError, KeyError, OverflowError, RecursionError, TypeError) as error:
        raise ValueError(f"no claim: {error}") from error


def _claim(word: dict[str, Any]) -> Claim:
    return Claim(
        kind=str(word["kind"]),
        is_float=bool(word["is_float"]),
        data_window=_window(word["data_window"]),
        display_window=_window(word["display_window"]),
        layout=tuple((str(name), str(kind)) for name, kind in word["layout"]),
        attributes={
            str(name): (str(kind), _value(value))
            for name, (kind, value) in word["attributes"].items()
        },
        stored_bytes=int(word["stored_bytes"]),
        stored_channels=int(word["stored_channels"]),
    )


def _window(values: Any) -> Window:
    x, y, width, height = (int(v) for v in values)
    return x, y, width, height


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        coded = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
        return {"array": value.dtype.str, "shape": value.shape, "coded": coded}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} cannot be said")


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_value(v) for v in value)
    if isinstance(value, dict) and "array" in value:
        flat = np.frombuffer(base64.b64decode(value["coded"]), np.dtype(value["array"]))
        return flat.reshape(value["shape"]).copy()
    if isinstance(value, dict):
        return base64.b64decode(value["bytes"])
    return value


def _exactly(line: socket.socket, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        piece = line.recv(min(size - len(found), 1 << 20))
        if not piece:
            raise EOFError
        found += piece
    return bytes(found)
