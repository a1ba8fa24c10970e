"""What values a frame holds: extremes, and how many are no numbers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import Picture, Plane
from seamline.show.delivery import FrameValues

COLOUR = ("R", "G", "B")


def frame_values(picture: Picture) -> FrameValues:
    """
    Return the extremes of a picture's colour and its count of NaN and Inf.

    Args:
        picture: Channels (H, W), float16, float32 or integers, in any space, as stored.

    Returns:
        Minimum and maximum over the finite values of R, G and B (over every channel of a
        picture that has none of them), None where none is finite; NaN and Inf in all
        channels together.
    """
    named = [picture.channels[n] for n in COLOUR if n in picture.channels]
    rest = [p for n, p in picture.channels.items() if n not in COLOUR]
    found = [_of_plane(plane) for plane in named]
    others = [_of_plane(plane) for plane in rest]
    shown = found or others
    return FrameValues(
        minimum=_extreme(min, (one[0] for one in shown)),
        maximum=_extreme(max, (one[1] for one in shown)),
        nan=sum(one[2] for one in (*found, *others)),
        inf=sum(one[3] for one in (*found, *others)),
    )


_Values = tuple[float | None, float | None, int, int]
_HALVES = np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)


def _of_plane(plane: Plane) -> _Values:
    if plane.size == 0:
        return None, None, 0, 0
    if plane.dtype == np.float16:
        return _of_halves(plane)
    if plane.dtype.kind != "f":
        return float(plane.min()), float(plane.max()), 0, 0
    low, high = float(plane.min()), float(plane.max())  # NaN where there is one
    if np.isfinite(low) and np.isfinite(high):
        return low, high, 0, 0
    finite = plane[np.isfinite(plane)]
    nan = int(np.isnan(plane).sum())
    extremes = (float(finite.min()), float(finite.max())) if finite.size else (None, None)
    return *extremes, nan, int(plane.size - finite.size - nan)


def _of_halves(plane: NDArray[np.float16]) -> _Values:
    # There are only 65536 halves: which of them are there says everything, and counting
    # is faster than comparing in a type that processors cannot compare.
    counts = np.bincount(np.ascontiguousarray(plane).view(np.uint16).ravel(), minlength=1 << 16)
    there = _HALVES[counts > 0]
    finite = there[np.isfinite(there)]
    nan = int(counts[np.isnan(_HALVES)].sum())
    inf = int(counts[np.isinf(_HALVES)].sum())
    if not finite.size:
        return None, None, nan, inf
    return float(finite.min()), float(finite.max()), nan, inf


def _extreme(which: object, values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    return min(known) if which is min else max(known)
