"""
What a picture file claims to be, and the limits on it.

A header is read before a pixel is: how large, which channels, which types. What no
plate, panorama or matte can be is refused with its number, before anything is
allocated. The same limits are held to twice, by who decodes and by who asked for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from seamline.errors import FormatError
from seamline.show.shot import Window

MOST_PX = 200_000_000
"""Larger claims are refused unread: 20 000 x 10 000 is beyond any plate or panorama."""
MOST_BYTES = 8 << 30
MOST_CHANNELS = 512

DTYPES: dict[str, Any] = {
    "half": np.float16,
    "float": np.float32,
    "uint8": np.uint8,
    "uint16": np.uint16,
    "uint": np.uint32,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """
    A file's header, looked at.

    Attributes:
        kind: ``openexr``, ``dpx``, ``jpeg``, ``png``, ``tiff`` or ``hdr``.
        is_float: Whether it stores half or float.
        data_window: x, y, width, height of the stored pixels.
        display_window: x, y, width, height of the frame.
        layout: Name and type of each channel that is read, in file order.
        attributes: Header attributes, as in ``Picture``.
        stored_bytes: What all its channels take uncompressed.
        stored_channels: How many it has, those not read among them.
    """

    kind: str
    is_float: bool
    data_window: Window
    display_window: Window
    layout: tuple[tuple[str, str], ...]
    attributes: Mapping[str, tuple[str, Any]]
    stored_bytes: int
    stored_channels: int

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the stored pixels."""
        return self.data_window[3], self.data_window[2]

    @property
    def offsets(self) -> tuple[int, ...]:
        """Where each plane of ``layout`` begins, in bytes, and where the last one ends."""
        found, pixels = [0], self.data_window[2] * self.data_window[3]
        for _, kind in self.layout:
            size = pixels * np.dtype(DTYPES[kind]).itemsize
            found.append(found[-1] + (size + 63) // 64 * 64)
        return tuple(found)


def checked(claim: Claim, shown: str) -> Claim:
    """
    Return ``claim``; ``shown`` is the file's name in a refusal.

    Raises:
        FormatError: It claims more than a picture may have, a type that is not read, or
            two channels of one name.
    """
    _, _, width, height = claim.data_window
    _, _, full_width, full_height = claim.display_window
    words = (
        f"{width} x {height} pixels, {claim.stored_channels} channels "
        f"({_shown_bytes(claim.stored_bytes)})"
    )
    if min(width, height, full_width, full_height) < 1:
        raise FormatError(f"{shown} claims {words}: no picture", remedy="Check the file.")
    if width * height > MOST_PX or full_width * full_height > MOST_PX:
        frame = f" in a frame of {full_width} x {full_height}"
        raise FormatError(
            f"{shown} claims {words}{frame}, more than the {MOST_PX // 1_000_000} "
            "megapixels a picture may have",
            remedy="Check the file; reduce a larger panorama first.",
        )
    if claim.stored_channels > MOST_CHANNELS or claim.stored_bytes > MOST_BYTES:
        raise FormatError(
            f"{shown} claims {words}, more than {MOST_CHANNELS} channels or "
            f"{MOST_BYTES >> 30} GiB of pixels",
            remedy="Check the file, or export only the channels that are needed.",
        )
    names = [name for name, _ in claim.layout]
    for name, kind in claim.layout:
        if kind not in DTYPES:
            raise FormatError(
                f"{shown}: channel {name} is {kind}; half, float, and 8, 16 or 32-bit "
                "whole numbers are read",
                remedy="Export it as half or float EXR.",
            )
        if names.count(name) > 1:
            raise FormatError(
                f"{shown} has two channels called {name}", remedy="Export it again."
            )
    return claim


def _shown_bytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
