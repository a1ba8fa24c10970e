"""``color-matcher``'s methods on the same bands, where it is installed."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]


def matcher() -> Any:
    """Return its class, or None where it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from color_matcher import ColorMatcher
        except ImportError:
            return None
    return ColorMatcher


def matched(
    methods: Sequence[str], of: Any, band: Pixels, wrong: Pixels, plate: Pixels
) -> dict[str, Pixels]:
    """Return ``wrong`` as each of color-matcher's methods corrects it, by the band."""
    found = {}
    for method in methods:
        # It takes whole pictures: the wrong one with its band in front, one row of pixels.
        source = np.concatenate([band, wrong.reshape(-1, 3)])[None].astype(np.float64)
        moved = of().transfer(src=source, ref=plate[None].astype(np.float64), method=method)
        found[method] = np.asarray(moved, np.float32)[0, len(band) :].reshape(wrong.shape)
    return found
