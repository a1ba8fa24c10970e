"""
Used regions: which parts of a reference are seen in a painting.

Read from lineage alone: every painted pixel names the place in the reference that it
was copied from. Where the reference is finer than the painting, a pixel was averaged
from several; all of them count.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import Image

Mask = NDArray[np.bool_]
Codes = NDArray[np.uint32]


def used_region(
    mine: Mask,
    view: tuple[Codes, Codes],
    master: tuple[Image, Image],
    *,
    width_px: int,
    height_px: int,
) -> Mask:
    """
    Return (``height_px``, ``width_px``): which pixels of a reference are seen.

    Args:
        mine: (H, W) canvas pixels that show one view of the reference.
        view: (H, W) column and row of that view, each.
        master: (H, W) x and y in the reference, pixels; centres at half-integers.
        width_px: The reference's width.
        height_px: Its height.
    """
    wide, high = (_step(mine, view, master[axis], axis) for axis in (0, 1))
    left, right = _closed(*_reach(master[0], wide, width_px), mine, view)
    top, bottom = _closed(*_reach(master[1], high, height_px), mine, view[::-1])
    # A rectangle is four corners of a table that is summed up both ways afterwards.
    stride = width_px + 1
    size = (height_px + 1) * stride
    corners = np.bincount(top * stride + left, minlength=size)
    corners += np.bincount(bottom * stride + right, minlength=size)
    corners -= np.bincount(top * stride + right, minlength=size)
    corners -= np.bincount(bottom * stride + left, minlength=size)
    times = corners.reshape(height_px + 1, stride).cumsum(axis=0).cumsum(axis=1)
    used: Mask = times[:height_px, :width_px] > 0
    return used


def _step(mine: Mask, view: tuple[Codes, Codes], place: Image, axis: int) -> float:
    """Return how many pixels of the reference one pixel of the view is wide, or high."""
    ahead = [np.abs(np.diff(plane.astype(np.int64), axis=1)) for plane in view]
    apart = np.abs(np.diff(place.astype(np.float64), axis=1))
    across = mine[:, 1:] & mine[:, :-1] & (ahead[axis] == 1) & (ahead[1 - axis] == 0)
    if axis == 1:
        ahead = [np.abs(np.diff(plane.astype(np.int64), axis=0)) for plane in view]
        apart = np.abs(np.diff(place.astype(np.float64), axis=0))
        across = mine[1:] & mine[:-1] & (ahead[1] == 1) & (ahead[0] == 0)
    return float(np.median(apart[across])) if across.any() else 1.0


Ends = NDArray[np.int64]


def _closed(first: Ends, end: Ends, mine: Mask, view: tuple[Codes, Codes]) -> tuple[Ends, Ends]:
    """
    Return stretches of ``mine`` pixels, each up to the next one of the view.

    A view that is a little coarser than the reference passes over one of its pixels now and
    then, since places are whole pixels: what lies between two neighbours was averaged too.

    Args:
        first: (H, W) first pixel of each stretch.
        end: (H, W) one past its last.
        mine: (H, W) which count.
        view: (H, W) place in the view along the stretches, and across them.
    """
    along, across = (plane.astype(np.int64) for plane in view)
    for a, b in (
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:, 1:], np.s_[:, :-1]),
        (np.s_[:-1], np.s_[1:]),
        (np.s_[1:], np.s_[:-1]),
    ):
        next_to = mine[a] & mine[b] & (along[b] - along[a] == 1) & (across[a] == across[b])
        gap = next_to & (first[b] - end[a] == 1)
        end[a] = np.where(gap, first[b], end[a])
    return first[mine], end[mine]


def _reach(centre: Image, width: float, size: int) -> tuple[Ends, Ends]:
    """Return first pixel and end of each stretch around ``centre``, within the picture."""
    # A hundredth less, so that rounding does not count the neighbour it only touches.
    half = max(0.0, width / 2 - 0.01)
    held = np.nan_to_num(centre.astype(np.float64))
    first = np.clip(np.floor(held - half), 0, size - 1).astype(np.int64)
    end = np.clip(np.ceil(held + half), 1, size).astype(np.int64)
    return first, np.maximum(end, first + 1)


def outlined(rgb: Image, used: Mask, *, dim: float, line: tuple[float, float, float]) -> Image:
    """
    Return display-coded ``rgb`` (H, W, 3) with what is not ``used`` dimmed and grey.

    Args:
        rgb: (H, W, 3) display-coded, 0 to 1.
        used: (H, W).
        dim: How bright the rest stays, 0 to 1.
        line: Colour of the border between both.
    """
    # Luma of BT.709, good enough for a picture that is only looked at.
    luma = rgb @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    shown = np.where(used[..., None], rgb, (luma * np.float32(dim))[..., None])
    border = np.zeros_like(used)
    border[:, 1:] |= used[:, 1:] != used[:, :-1]
    border[1:] |= used[1:] != used[:-1]
    picture: Image = np.where(border[..., None], np.asarray(line, np.float32), shown)
    return picture
