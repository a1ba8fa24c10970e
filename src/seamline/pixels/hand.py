"""What a hand changed on a picture that went out to a host and came back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import Image

Mask = NDArray[np.bool_]


def touched(sent: Image, back: Image, *, as_half: bool) -> Mask:
    """
    Return (H, W): where ``back`` is another pixel than ``sent``.

    Args:
        sent: (H, W, 4) float32, associated, as it went out.
        back: (H, W, 4) float32, as it came back.
        as_half: The host wrote half floats: a pixel that is ``sent`` rounded to half was
            not touched, and keeps its own bits.

    Returns:
        A zero's sign is no change.
    """
    same = sent == back
    if as_half:
        with np.errstate(over="ignore"):
            same |= sent.astype(np.float16) == back.astype(np.float16)
    other: Mask = ~same.all(axis=-1)
    return other


def resaved(sent: Image, back: Image, changed: Mask, *, within: float = 2e-3) -> float:
    """
    Return which share of the picture changed by less than a hand would change it, 0 to 1.

    A host that converts or resamples moves everything by next to nothing.

    Args:
        sent: (H, W, 4), as it went out.
        back: (H, W, 4), as it came back.
        changed: (H, W) from ``touched``.
        within: Relative to the pixel's own size, plus as much of 1 in 100.
    """
    size = np.abs(sent).max(axis=-1) + np.float32(0.01)
    little = np.abs(back - sent).max(axis=-1) <= within * size
    return float((changed & little).mean())
