"""
The line between a child and whoever started it: JSON in a length, and descriptors.

Pixels never go this way: they lie in anonymous memory whose descriptor is handed over. No
code travels, so nothing that comes back can do more than be wrong.
"""

from __future__ import annotations

import base64
import json
import socket
import struct
from typing import Any

MOST_WORD_BYTES = 64 << 20
MOST_FDS = 8


def send(line: socket.socket, word: dict[str, Any], *fds: int) -> None:
    """Send ``word``, and descriptors with it."""
    said = json.dumps(word, default=_plain).encode()
    socket.send_fds(line, [struct.pack("<I", len(said))], list(fds))
    line.sendall(said)


def receive(
    line: socket.socket, *, most_bytes: int = MOST_WORD_BYTES
) -> tuple[dict[str, Any], list[int]]:
    """
    Return the next word and the descriptors that came with it.

    Args:
        line: The socket.
        most_bytes: No longer word is listened to.

    Raises:
        EOFError: The other side is gone.
        ValueError: What came is no word.
    """
    head, fds, _, _ = socket.recv_fds(line, 4, MOST_FDS)
    if not head:
        raise EOFError
    size = struct.unpack("<I", head + _exactly(line, 4 - len(head)))[0]
    if size > most_bytes:
        raise ValueError(f"a word of {size} bytes")
    word = json.loads(_exactly(line, size))
    if not isinstance(word, dict):
        raise ValueError("no word")
    return word, fds


def _plain(value: Any) -> Any:
    # Arrays and numpy's numbers, told by what they have: this room imports no numpy, so that
    # a child can be walled in before one is loaded.
    if hasattr(value, "dtype") and hasattr(value, "shape") and value.shape:
        coded = base64.b64encode(value.tobytes()).decode()
        return {"array": value.dtype.str, "shape": value.shape, "coded": coded}
    if hasattr(value, "item"):
        return value.item()
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} cannot be said")


def _exactly(line: socket.socket, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        piece = line.recv(min(size - len(found), 1 << 20))
        if not piece:
            raise EOFError
        found += piece
    return bytes(found)
