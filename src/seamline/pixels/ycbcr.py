"""
Luma and colour difference: what a movie's codec is given of a display-coded picture.

Video range: black is 16 and white 235 of 8 bits, 64 and 940 of 10, so that a picture looks
the same in every player. Colour differences are halved across, and down too for 4:2:0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import Image

KR, KB = 0.2126, 0.0722
"""Share of red and blue in luma (ITU-R BT.709-6, item 3.2)."""
Codes = NDArray[np.uint16]


def ycbcr_planes(rgb: Image, *, bits: int, halved_down: bool) -> tuple[Codes, Codes, Codes]:
    """
    Return Y', Cb, Cr codes of ``rgb``, video range, colour differences halved.

    Args:
        rgb: (H, W, 3) float32, display-coded 0 to 1; clipped there. W is even, and H too
            with ``halved_down``.
        bits: 8 or 10.
        halved_down: 4:2:0; otherwise 4:2:2.

    Returns:
        (H, W) and two (H or H/2, W/2) uint16. Differences are sited with the left of two
        columns (filtered 1 2 1) and between two rows, as H.264 and ProRes have it.

    Source:
        ITU-R BT.709-6, items 3.2 to 3.5 and 4.6.
    """
    height, width, _ = rgb.shape
    assert width % 2 == 0, rgb.shape
    assert height % 2 == 0 or not halved_down, rgb.shape
    shown = np.clip(np.nan_to_num(rgb, nan=0.0), 0.0, 1.0).astype(np.float32)
    r, g, b = (shown[..., i] for i in range(3))
    luma = np.float32(KR) * r + np.float32(1 - KR - KB) * g + np.float32(KB) * b
    blue, red = (
        _halved((c - luma) / np.float32(2 * (1 - k)), down=halved_down)
        for c, k in ((b, KB), (r, KR))
    )
    unit = 1 << (bits - 8)
    y = (219 * luma + 16) * unit
    cb, cr = ((224 * c + 128) * unit for c in (blue, red))
    return _rounded(y), _rounded(cb), _rounded(cr)


def _halved(plane: NDArray[np.float32], *, down: bool) -> NDArray[np.float32]:
    before = np.concatenate([plane[:, :1], plane[:, 1:-1:2]], axis=1)
    halved = (before + 2 * plane[:, 0::2] + plane[:, 1::2]) / np.float32(4)
    if down:
        halved = (halved[0::2] + halved[1::2]) / np.float32(2)
    return halved


def _rounded(plane: NDArray[np.float32]) -> Codes:
    codes: Codes = np.floor(plane + np.float32(0.5)).astype(np.uint16)
    return codes
