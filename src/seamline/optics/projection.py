"""
Projection: pixels of the display window to directions, and back, through a lens.

Pixel centres lie at half-integers, row 0 on top; the principal point is the
middle of the display window. Directions are in the camera's axes: X right, Y
up, looking down -Z. A ``Pinhole`` is a perfect lens; a ``Projection`` is one with what
bends it, and the one to ask wherever a plate is meant. Without distortion both give the
same bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seamline.optics.distortion import distorted, undistorted
from seamline.show.camera import Distortion, Lens
from seamline.show.shot import Window

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinhole:
    """A lens on a display window: focal length in pixels, and the principal point."""

    focal_x_px: float
    focal_y_px: float
    centre_x_px: float
    centre_y_px: float

    @classmethod
    def of(cls, lens: Lens, display_window: Window, *, pixel_aspect: float = 1.0) -> Pinhole:
        """
        Return the pinhole of ``lens`` filling ``display_window`` by its width.

        Args:
            lens: Focal length and sensor, millimetres.
            display_window: x, y, width, height; the sensor's width fills the width.
            pixel_aspect: Width of a pixel over its height.

        Source:
            f_px = f / sensor width x width (Hartley & Zisserman, 6.1); a squeeze widens
            the field across, and what is left of it in the pixels is their aspect.
        """
        x, y, width, height = display_window
        focal = lens.focal_length_mm / lens.sensor_width_mm * width / lens.squeeze
        return cls(
            focal_x_px=focal,
            focal_y_px=focal * pixel_aspect,
            centre_x_px=x + width / 2 + lens.centre_x_mm / lens.sensor_width_mm * width,
            centre_y_px=y + height / 2 + lens.centre_y_mm / lens.sensor_height_mm * height,
        )

    def rays(self, window: Window) -> Floats | None:
        """Return None: slopes of a perfect lens are those of its focal length and centre."""
        return None

    def directions(self, x: Floats, y: Floats) -> Floats:
        """
        Return (..., 3) directions, z = -1, of display coordinates (pixel centres at .5).

        Args:
            x: (...) columns, pixels.
            y: (...) rows, pixels, down.
        """
        return np.stack(
            [
                (x - self.centre_x_px) / self.focal_x_px,
                -(y - self.centre_y_px) / self.focal_y_px,
                np.full(np.shape(x), -1.0),
            ],
            axis=-1,
        )

    def pixels(self, directions: Floats) -> tuple[Floats, Floats]:
        """
        Return the display coordinates (x, y) of (..., 3) camera directions.

        A direction behind the camera gives NaN.
        """
        depth = -directions[..., 2]
        ahead = np.where(depth > 1e-9, depth, np.nan)
        return (
            self.centre_x_px + directions[..., 0] / ahead * self.focal_x_px,
            self.centre_y_px - directions[..., 1] / ahead * self.focal_y_px,
        )


class Bend(Protocol):
    """What a lens does beyond a pinhole, over the focal length, x right and y down."""

    def distorted(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return where (x, y), (...), of a perfect lens lie in the picture; or NaN."""
        ...

    def undistorted(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return where (x, y), (...), of the picture lie through a perfect lens; or NaN."""
        ...


@dataclass(frozen=True, slots=True)
class Polynomial:
    """A bend by Brown and Conrady's terms."""

    terms: Distortion

    def distorted(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return (x, y), (...), over the focal length, through the lens."""
        return distorted(self.terms, x, y)

    def undistorted(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return (x, y), (...), over the focal length, as without the lens."""
        return undistorted(self.terms, x, y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection(Pinhole):
    """A pinhole and what bends it: how a plate's pixels see the world."""

    bend: Bend | None = None

    @classmethod
    def of(
        cls, lens: Lens, display_window: Window, *, pixel_aspect: float = 1.0,
        bend: Bend | None = None,
    ) -> Projection:  # fmt: skip
        """
        Return the projection of ``lens`` filling ``display_window`` by its width.

        Args:
            lens: Focal length, sensor, squeeze, axis and distortion.
            display_window: x, y, width, height; the sensor's width fills the width.
            pixel_aspect: Width of a pixel over its height.
            bend: What bends it instead of the lens's own distortion: maps.
        """
        plain = Pinhole.of(lens, display_window, pixel_aspect=pixel_aspect)
        terms = lens.distortion
        if bend is None and terms is not None and not terms.is_none:
            bend = Polynomial(terms)
        return cls(
            focal_x_px=plain.focal_x_px,
            focal_y_px=plain.focal_y_px,
            centre_x_px=plain.centre_x_px,
            centre_y_px=plain.centre_y_px,
            bend=bend,
        )

    @property
    def pinhole(self) -> Pinhole:
        """The same lens without what bends it."""
        return Pinhole(
            focal_x_px=self.focal_x_px,
            focal_y_px=self.focal_y_px,
            centre_x_px=self.centre_x_px,
            centre_y_px=self.centre_y_px,
        )

    def directions(self, x: Floats, y: Floats) -> Floats:
        """
        Return (..., 3) directions, z = -1, of display coordinates; NaN beyond the lens.

        Args:
            x: (...) columns, pixels, centres at .5.
            y: (...) rows, pixels, down.
        """
        found = Pinhole.directions(self, x, y)
        if self.bend is None:
            return found
        across, down = self.bend.undistorted(found[..., 0], -found[..., 1])
        return np.stack([across, -down, np.full(np.shape(x), -1.0)], axis=-1)

    def pixels(self, directions: Floats) -> tuple[Floats, Floats]:
        """
        Return the display coordinates (x, y) of (..., 3) camera directions.

        NaN behind the camera, and where the lens shows nothing.
        """
        if self.bend is None:
            return Pinhole.pixels(self, directions)
        depth = -directions[..., 2]
        ahead = np.where(depth > 1e-9, depth, np.nan)
        across, down = self.bend.distorted(
            directions[..., 0] / ahead, -(directions[..., 1] / ahead)
        )
        return (
            self.centre_x_px + across * self.focal_x_px,
            self.centre_y_px + down * self.focal_y_px,
        )

    def rays(self, window: Window) -> Floats | None:
        """
        Return (H, W, 2) slopes x/-z and y/-z, Y up, of the pixel centres of ``window``.

        None for a perfect lens: its slopes are those of focal length and centre.
        """
        return None if self.bend is None else _rays(self, window)


@lru_cache(maxsize=2)
def _rays(projection: Projection, window: Window) -> Floats:
    return np.ascontiguousarray(frame_directions(projection, window)[..., :2])


def turn(rotation: Floats, directions: Floats) -> Floats:
    """Return (..., 3) ``directions`` turned by a (3, 3) rotation; plain sums, no BLAS."""
    x, y, z = (directions[..., i] for i in range(3))
    return np.stack(
        [rotation[i, 0] * x + rotation[i, 1] * y + rotation[i, 2] * z for i in range(3)],
        axis=-1,
    )


def turn_planes(rotation: Floats, planes: Sequence[Floats]) -> Floats:
    """
    Return (H, W, 3) directions turned by a (3, 3) rotation, with the bits of ``turn``.

    Args:
        rotation: A rotation.
        planes: Their X, Y and Z, each (H, W) or what broadcasts to it.

    Each of the three lies in one piece, which is several times as fast as side by side.
    """
    x, y, z = planes
    turned = np.empty((3, *np.broadcast_shapes(x.shape, y.shape, z.shape)))
    for i, plane in enumerate(turned):
        np.add(rotation[i, 0] * x, rotation[i, 1] * y, out=plane)
        plane += rotation[i, 2] * z
    return np.moveaxis(turned, 0, -1)


def frame_directions(pinhole: Pinhole, window: Window, *, step_px: int = 1) -> Floats:
    """Return (H, W, 3) camera directions of every ``step_px``-th pixel centre of ``window``."""
    x, y, width, height = window
    columns = x + np.arange(0, width, step_px, dtype=np.float64) + 0.5
    rows = y + np.arange(0, height, step_px, dtype=np.float64) + 0.5
    across, down = np.meshgrid(columns, rows)
    return pinhole.directions(across, down)


def rim_directions(pinhole: Pinhole, window: Window) -> NDArray[np.float64]:
    """Return (N, 3) camera directions of the outer edge of ``window``."""
    x, y, width, height = window
    along = np.linspace(0.0, 1.0, 65)
    across, down, end = x + along * width, y + along * height, np.ones_like(along)
    columns = np.concatenate([across, across, x * end, (x + width) * end])
    rows = np.concatenate([y * end, (y + height) * end, down, down])
    return pinhole.directions(columns, rows)
