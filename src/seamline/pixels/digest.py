"""
Digests: what names a picture, wherever it is stored and whatever its header says.

A frame's digest is SHA-256 over a version tag, the data and display windows as
little-endian int32, every channel's name and type, and its pixels as stored
(little-endian; R G B A first, the others sorted by name). A sequence's digest
is SHA-256 over its (frame number, frame digest) pairs. Compression, time stamps
and other header attributes do not enter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

from seamline.pixels.picture import CHANNEL_TYPES, Picture

VERSION = b"seamline-pixels-1\n"
_FIRST = {name: rank for rank, name in enumerate("RGBA")}


def picture_digest(picture: Picture) -> str:
    """Return the frame digest of ``picture``, 64 hexadecimal digits."""
    digest = hashlib.sha256(VERSION)
    windows = np.array([*picture.data_window, *picture.display_window], dtype="<i4")
    digest.update(windows.tobytes())
    for name in sorted(picture.channels, key=lambda n: (_FIRST.get(n, len(_FIRST)), n)):
        plane = picture.channels[name]
        digest.update(f"{name}\0{CHANNEL_TYPES[plane.dtype.name]}\n".encode())
        stored = np.ascontiguousarray(plane, dtype=plane.dtype.newbyteorder("<"))
        digest.update(stored.data)
    return digest.hexdigest()


def sequence_digest(frames: Iterable[tuple[int, str]]) -> str:
    """Return the digest of a sequence from its (frame number, frame digest) pairs."""
    digest = hashlib.sha256(VERSION + b"sequence\n")
    for frame, frame_digest in frames:
        digest.update(f"{frame} {frame_digest}\n".encode())
    return digest.hexdigest()
