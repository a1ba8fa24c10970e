"""
ST maps: a lens as two pictures that say where each pixel comes from.

In a file (Nuke's convention) red and green are coordinates in the *source* picture, 0 to 1
from its lower left corner, pixel centres at (i + .5) / N. In memory they are display pixels
from the top left, (H, W, 2), x and y. Between pixels a map is looked up with a Catmull-Rom
cubic; half a pixel beyond its outer centres it goes on straight, and farther out is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.optics.projection import Pinhole, Projection
from seamline.show.shot import Window

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]
_PAD, _BLOCK, _ROUNDS = 2, 1 << 16, 40
CLOSE_PX, ROUGH_PX = 1e-4, 0.1
"""How near an inverse has to come; float32 ST values are no finer at 4K."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PixelMap:
    """
    Where pixels lie in another picture.

    Attributes:
        at: (H, W, 2) float64 x, y in display pixels of the other picture; NaN nowhere.
        window: x, y, width, height of ``at``, display pixels of its own picture.
    """

    at: Floats
    window: Window

    def look_up(self, x: Floats, y: Floats) -> Pair:
        """Return where display coordinates (x, y), (...), lie in the other picture; or NaN."""
        x, y = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64))
        flat_x, flat_y = x.reshape(-1), y.reshape(-1)
        found = np.empty((flat_x.size, 2))
        wide = np.pad(
            self.at, ((_PAD, _PAD), (_PAD, _PAD), (0, 0)), mode="reflect", reflect_type="odd"
        )
        for first in range(0, flat_x.size, _BLOCK):
            part = slice(first, first + _BLOCK)
            found[part] = self._block(wide, flat_x[part], flat_y[part])
        return found[:, 0].reshape(x.shape), found[:, 1].reshape(x.shape)

    def _block(self, wide: Floats, x: Floats, y: Floats) -> Floats:
        left, top, width, height = self.window
        u, v = x - left, y - top
        inside = (u >= 0) & (u <= width) & (v >= 0) & (v <= height)
        u, v = np.where(inside, u, 0.5) - 0.5, np.where(inside, v, 0.5) - 0.5
        column, row = np.floor(u), np.floor(v)
        across, down = _weights(u - column), _weights(v - row)
        columns, rows = column.astype(np.int64) + _PAD, row.astype(np.int64) + _PAD
        columns = np.minimum(columns, wide.shape[1] - 3)
        rows = np.minimum(rows, wide.shape[0] - 3)
        found = np.zeros((x.size, 2))
        for j in range(4):
            line = np.zeros((x.size, 2))
            for i in range(4):
                line = line + across[i][:, None] * wide[rows + j - 1, columns + i - 1]
            found = found + down[j][:, None] * line
        return np.where(inside[:, None], found, np.nan)

    def turned_round(self, window: Window, *, beyond_px: float = 0.5) -> PixelMap:
        """
        Return the map from the other picture's ``window`` back; NaN where nothing leads.

        Newton's method with the map's own slopes, until it lies within ``CLOSE_PX``.

        Args:
            window: x, y, width, height in the other picture.
            beyond_px: How far outside the map it is taken to go on straight: half a pixel
                is its outer pixels' own; more gives a rim to look up between.
        """
        x, y, width, height = window
        goal_x, goal_y = np.meshgrid(np.arange(width) + x + 0.5, np.arange(height) + y + 0.5)
        slopes = [np.gradient(self.at[..., k], axis=a) for k in (0, 1) for a in (1, 0)]
        left, top, across, down = self.window
        at_x, at_y = goal_x + 0.0, goal_y + 0.0
        off = np.full(goal_x.shape, np.inf)
        for _ in range(_ROUNDS):
            held_x = np.clip(at_x, left, left + across)
            held_y = np.clip(at_y, top, top + down)
            to_x, to_y = self.look_up(held_x, held_y)
            column = np.clip(held_x - left, 0, across - 1).astype(np.int64)
            row = np.clip(held_y - top, 0, down - 1).astype(np.int64)
            xx, xy, yx, yy = (s[row, column] for s in slopes)
            out_x, out_y = at_x - held_x, at_y - held_y
            off_x = goal_x - to_x - (xx * out_x + xy * out_y)
            off_y = goal_y - to_y - (yx * out_x + yy * out_y)
            off = np.maximum(np.abs(off_x), np.abs(off_y))
            if not (off > CLOSE_PX / 10).any():
                break
            area = xx * yy - xy * yx
            area = np.where(np.abs(area) > 1e-6, area, 1.0)
            at_x = at_x + (yy * off_x - xy * off_y) / area
            at_y = at_y + (xx * off_y - yx * off_x) / area
        found = np.stack([at_x, at_y], axis=-1)
        beyond = np.maximum(np.abs(at_x - held_x), np.abs(at_y - held_y))
        # Outside, slopes are those of the nearest pixel, and step from one to the next.
        close = np.where(beyond > 0, ROUGH_PX, CLOSE_PX)
        found[(off > close) | (beyond > beyond_px)] = np.nan
        return PixelMap(at=found, window=window)


def _weights(t: Floats) -> tuple[Floats, ...]:
    """Return Catmull-Rom's weights at ``t`` in [0, 1) (Keys 1981, a = -1/2)."""
    return (
        ((-0.5 * t + 1.0) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1.0,
        ((-1.5 * t + 2.0) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MapBend:
    """A bend by two maps, over the focal length of the pinhole that goes with them."""

    undistort: PixelMap
    redistort: PixelMap
    pinhole: Pinhole

    def distorted(self, x: Floats, y: Floats) -> Pair:
        """Return (x, y), (...), over the focal length, through the lens; NaN off the map."""
        return self._through(self.undistort, x, y)

    def undistorted(self, x: Floats, y: Floats) -> Pair:
        """Return (x, y), (...), over the focal length, as without the lens; NaN off the map."""
        return self._through(self.redistort, x, y)

    def _through(self, pixels: PixelMap, x: Floats, y: Floats) -> Pair:
        pin = self.pinhole
        to_x, to_y = pixels.look_up(
            x * pin.focal_x_px + pin.centre_x_px, y * pin.focal_y_px + pin.centre_y_px
        )
        return (to_x - pin.centre_x_px) / pin.focal_x_px, (
            to_y - pin.centre_y_px
        ) / pin.focal_y_px


def maps_of(
    projection: Projection, plate: Window, undistorted: Window
) -> tuple[PixelMap, PixelMap]:
    """
    Return the maps of a lens: undistort over ``undistorted``, redistort over ``plate``.

    Args:
        projection: The lens on the plate's display window.
        plate: x, y, width, height of the plate's pixels, display pixels.
        undistorted: Likewise of the picture without distortion, in the plate's pixels.

    Returns:
        NaN where the lens shows nothing.
    """
    pin = projection.pinhole

    def mapped(window: Window, source: Pinhole, target: Pinhole) -> PixelMap:
        x, y, width, height = window
        across, down = np.meshgrid(np.arange(width) + x + 0.5, np.arange(height) + y + 0.5)
        return PixelMap(
            at=np.stack(target.pixels(source.directions(across, down)), axis=-1), window=window
        )

    return mapped(undistorted, pin, projection), mapped(plate, projection, pin)


def from_st(red: Floats, green: Floats, window: Window, source: Window) -> PixelMap:
    """
    Return the map that an ST picture's ``red`` and ``green``, (H, W), stand for.

    Args:
        red: Across the source picture, 0 at its left edge, 1 at its right edge.
        green: Up it, 0 at its lower edge.
        window: x, y, width, height of the ST picture's pixels, display pixels of the show.
        source: x, y, width, height of the source picture, likewise.
    """
    x, y, width, height = source
    at = np.stack([x + red * width, y + (1.0 - green) * height], axis=-1)
    return PixelMap(at=np.ascontiguousarray(at, np.float64), window=window)


def to_st(pixels: PixelMap, source: Window) -> Pair:
    """Return (red, green), each (H, W), of ``pixels`` in the picture ``source``; NaN kept."""
    x, y, width, height = source
    return (pixels.at[..., 0] - x) / width, 1.0 - (pixels.at[..., 1] - y) / height
