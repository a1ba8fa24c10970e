"""
Mattes: (H, W) float32, 1 = live action stays, 0 = generated.

Everything here is built so that 1 stays exactly 1: outside a box or polygon, and
wherever the matte said 1, the comp is the plate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from seamline.errors import FormatError
from seamline.pixels.digest import picture_digest
from seamline.pixels.picture import Picture, around, as_float, on_window
from seamline.show.seam import Point, Seam
from seamline.show.shot import Window

Matte = NDArray[np.float32]
Kind = TypeVar("Kind", np.float32, np.bool_)
SUBSAMPLES = 4
"""Polygon edges are covered in sixteenths of a pixel."""


def matte_plane(picture: Picture, channel: str, *, where: str) -> Matte:
    """
    Return the (H, W) float32 matte in ``picture`` over its own data window.

    Args:
        picture: The matte file.
        channel: Which channel; empty takes the only one, else A, else R, else Y.
        where: The file's path, for the sentence.

    Raises:
        FormatError: No such channel, or values that are no matte (not finite).
    """
    names = list(picture.channels)
    wanted = channel or (names[0] if len(names) == 1 else "")
    if not wanted:
        wanted = next((n for n in ("A", "R", "Y") if n in names), names[0])
    if wanted not in names:
        raise FormatError(
            f"{where} has no channel {wanted!r}; it has {', '.join(names)}",
            remedy="Name the matte's channel with --matte-channel.",
        )
    plane = as_float(picture.channels[wanted])
    if not np.isfinite(plane).all():
        raise FormatError(
            f"{where}: channel {wanted} holds values that are not finite",
            remedy="Export the matte again, 0 to 1.",
        )
    return np.minimum(np.maximum(plane, np.float32(0)), np.float32(1))


def live_matte(
    picture: Picture | None, seam: Seam, *, display: Window, window: Window, where: str = ""
) -> Matte:
    """
    Return the effective (H, W) float32 matte over the plate's data ``window``.

    Args:
        picture: This frame's matte file, or None when box or polygon say it all.
        seam: Channel, grow, box and polygon.
        display: The plate's display window.
        window: The plate's data window.
        where: The matte file's path, for the sentence.

    Raises:
        FormatError: The matte's frame is not the plate's.
    """
    if picture is None:
        matte = np.zeros((window[3], window[2]), np.float32)
    else:
        if picture.display_window[2:] != display[2:]:
            raise FormatError(
                f"{where} is {picture.display_window[2]}x{picture.display_window[3]}, the "
                f"plate's frame is {display[2]}x{display[3]}",
                remedy="Render the matte at the plate's size.",
            )
        plane = matte_plane(picture, seam.matte_channel, where=where)
        matte = _on_plate(plane, picture, seam.grow_px, display=display, window=window)
    for region in regions(seam, display=display, window=window):
        matte = np.maximum(matte, np.float32(1) - region)
    return matte


def _on_plate(
    plane: Matte, picture: Picture, grow_px: int, *, display: Window, window: Window
) -> Matte:
    """
    Return the grown (H, W) matte over the plate's ``window``.

    The two frames lie on each other, wherever each counts from. Outside its data
    window a picture is 0; outside frame and data window nothing was matted, so live
    action stays there, and does not grow in from there.
    """
    held = (
        picture.data_window[0] - picture.display_window[0] + display[0],
        picture.data_window[1] - picture.display_window[1] + display[1],
        *picture.data_window[2:],
    )
    both = around(display, held)
    matte = on_window(grown(on_window(plane, held, both), grow_px), both, window)
    unknown = np.ones(matte.shape, bool)
    for known in (display, held):
        unknown &= ~on_window(np.ones((known[3], known[2]), bool), known, window)
    return np.where(unknown, np.float32(1), matte)


def regions(seam: Seam, *, display: Window, window: Window) -> list[Matte]:
    """Return the (H, W) coverage, 0 to 1 over ``window``, of the seam's box and polygon."""
    found = []
    if seam.box:
        dx, dy = display[0] - window[0], display[1] - window[1]
        inside = np.zeros((window[3], window[2]), np.float32)
        x, y = seam.box.x + dx, seam.box.y + dy
        inside[
            max(y, 0) : max(y + seam.box.height, 0), max(x, 0) : max(x + seam.box.width, 0)
        ] = 1
        found.append(inside)
    if seam.polygon:
        found.append(drawn_around(seam.polygon, display=display, window=window))
    return found


def drawn_around(points: Sequence[Point], *, display: Window, window: Window) -> Matte:
    """Return how much of each pixel of ``window`` lies in a polygon in display pixels."""
    dx, dy = display[0] - window[0], display[1] - window[1]
    moved = [(x + dx, y + dy) for x, y in points]
    return polygon_coverage(moved, width=window[2], height=window[3])


def polygon_coverage(points: Sequence[Point], *, width: int, height: int) -> Matte:
    """
    Return how much of each pixel lies inside a polygon (even-odd), (H, W) in [0, 1].

    Args:
        points: Corners in pixels, y down, the last joined to the first.
        width: Columns.
        height: Rows.

    Source:
        Crossing number at 4 x 4 points per pixel (Foley et al., Computer Graphics,
        2nd ed., 3.6).
    """
    inside = np.zeros((height * SUBSAMPLES, width * SUBSAMPLES), bool)
    columns = (np.arange(width * SUBSAMPLES) + 0.5) / SUBSAMPLES
    edges = list(zip(points, [*points[1:], points[0]], strict=True))
    for row in range(height * SUBSAMPLES):
        y = (row + 0.5) / SUBSAMPLES
        for (x0, y0), (x1, y1) in edges:
            if (y0 <= y) != (y1 <= y):
                inside[row] ^= columns > x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    cells = inside.reshape(height, SUBSAMPLES, width, SUBSAMPLES)
    counts = cells.sum(axis=(1, 3), dtype=np.int32)
    coverage: Matte = counts.astype(np.float32) / np.float32(SUBSAMPLES * SUBSAMPLES)
    return coverage


def grown(matte: NDArray[Kind], radius_px: int) -> NDArray[Kind]:
    """
    Return ``matte`` (H, W), float32 or bool, grown by ``radius_px`` (shrunk when negative).

    Squares and crosses by turns, which gives an octagon of that radius.
    """
    pick = np.maximum if radius_px > 0 else np.minimum
    for step in range(abs(radius_px)):
        padded = np.pad(matte, 1, mode="edge")
        height, width = matte.shape
        reach = [(1, 0), (1, 2), (0, 1), (2, 1)]
        if step % 2:
            reach += [(0, 0), (0, 2), (2, 0), (2, 2)]
        for dy, dx in reach:
            matte = pick(matte, padded[dy : dy + height, dx : dx + width])
    return matte


def matte_digest(matte: Matte) -> str:
    """Return the frame digest of an effective (H, W) matte."""
    window = (0, 0, matte.shape[1], matte.shape[0])
    return picture_digest(
        Picture(channels={"A": matte}, data_window=window, display_window=window)
    )
