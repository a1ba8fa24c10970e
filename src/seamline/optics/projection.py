"""
Pinhole projection: pixels of the display window to directions, and back.

Pixel centres lie at half-integers, row 0 on top; the principal point is the
middle of the display window. Directions are in the camera's axes: X right, Y
up, looking down -Z.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.show.camera import Lens
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


def turn(rotation: Floats, directions: Floats) -> Floats:
    """Return (..., 3) ``directions`` turned by a (3, 3) rotation; plain sums, no BLAS."""
    x, y, z = (directions[..., i] for i in range(3))
    return np.stack(
        [rotation[i, 0] * x + rotation[i, 1] * y + rotation[i, 2] * z for i in range(3)],
        axis=-1,
    )


def frame_directions(pinhole: Pinhole, window: Window, *, step_px: int = 1) -> Floats:
    """Return (H, W, 3) camera directions of every ``step_px``-th pixel centre of ``window``."""
    x, y, width, height = window
    columns = x + np.arange(0, width, step_px, dtype=np.float64) + 0.5
    rows = y + np.arange(0, height, step_px, dtype=np.float64) + 0.5
    across, down = np.meshgrid(columns, rows)
    return pinhole.directions(across, down)
