"""
Pictures as a browser takes them: half floats, row by row, deflated.

A *half picture* is raw DEFLATE (RFC 1951) over IEEE 754 binary16, little-endian: rows from
the top, pixels from the left, channels side by side. That is what WebGL 2 takes as
``HALF_FLOAT`` and what ``DecompressionStream("deflate-raw")`` gives back; width, height and
the count of channels stand wherever the picture is named.

A *tiled picture* is a large one in squares, each a half picture that can be fetched alone:
where each begins, and where the last ends, as unsigned 32-bit integers (little-endian, bytes
from the file's start), then the squares, left to right in rows from the top; those at the
right and below are what is left over.
"""

from __future__ import annotations

import zlib

import numpy as np

from seamline.pixels.picture import Image

LARGEST = 65504.0
"""The largest finite half float (IEEE 754-2019, binary16)."""
_LEVEL = 1  # noise hardly deflates: level 6 takes five times as long for 2 % less
_RAW = -15


def finite(image: Image) -> Image:
    """
    Return ``image`` (H, W, C) as it can be looked at: NaN 0, the rest within a half's range.

    A texture that holds one Inf shows NaN around it wherever it is looked up between pixels.
    """
    known = np.nan_to_num(image, nan=0.0, posinf=LARGEST, neginf=-LARGEST)
    clipped: Image = np.clip(known, -LARGEST, LARGEST).astype(np.float32)
    return clipped


def packed(image: Image) -> bytes:
    """Return ``image`` (H, W, C), finite, as a half picture."""
    assert image.ndim == 3, image.shape
    halves = np.ascontiguousarray(image, "<f2")
    made = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    return made.compress(halves.data) + made.flush()


def tiled(image: Image, tile_px: int) -> bytes:
    """Return ``image`` (H, W, C), finite, as a tiled picture of squares of ``tile_px``."""
    parts = [
        packed(image[top : top + tile_px, left : left + tile_px])
        for top in range(0, image.shape[0], tile_px)
        for left in range(0, image.shape[1], tile_px)
    ]
    begins = np.cumsum([4 * (len(parts) + 1), *(len(part) for part in parts)])
    return begins.astype("<u4").tobytes() + b"".join(parts)


def unpacked(content: bytes, height: int, width: int, channels: int) -> Image:
    """Return a half picture as (height, width, channels) float32."""
    flat = np.frombuffer(zlib.decompress(content, _RAW), "<f2")
    return flat.reshape(height, width, channels).astype(np.float32)
