"""Compiled twin of ``seamline.optics.reproject``: same name, same shapes, same bits."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from seamline.optics.arctan import PI, TAN_PI_8, P, Q

Image = NDArray[np.float32]
Floats = NDArray[np.float64]

P0, P1, P2, P3, P4 = P
Q0, Q1, Q2, Q3, Q4 = Q


@njit(cache=True, nogil=True, inline="always")
def _arctan_ratio(y: float, x: float) -> float:
    ay, ax = abs(y), abs(x)
    big, small = max(ay, ax), min(ay, ax)
    t = small / big if big > 0.0 else 0.0
    steep = t > TAN_PI_8
    r = (t - 1.0) / (t + 1.0) if steep else t
    z = r * r
    top = (((P0 * z + P1) * z + P2) * z + P3) * z + P4
    bottom = ((((z + Q0) * z + Q1) * z + Q2) * z + Q3) * z + Q4
    angle = z * top / bottom * r + r
    if steep:
        angle = angle + PI / 4
    if ay > ax:
        angle = PI / 2 - angle
    if x < 0:
        angle = PI - angle
    return -angle if y < 0 else angle


@njit(cache=True, nogil=True)
def _rows(
    canvas: Image,
    rotations: Floats,
    left: float,
    top: float,
    scale: float,
    fx: float,
    fy: float,
    cx: float,
    cy: float,
    frame: Image,
) -> None:
    height, width, channels = canvas.shape
    rows, columns, _ = frame.shape
    light = np.zeros(channels)
    line = np.zeros(channels)
    seen = np.zeros(channels)
    low = np.zeros(channels)
    high = np.zeros(channels)
    wx = np.zeros(4)
    wy = np.zeros(4)
    count = rotations.shape[0]
    for row in range(rows):
        dy = -(row + 0.5 - cy) / fy
        for column in range(columns):
            dx = (column + 0.5 - cx) / fx
            light[:] = 0.0
            for s in range(count):
                r = rotations[s]
                x = r[0, 0] * dx + r[0, 1] * dy + r[0, 2] * -1.0
                y = r[1, 0] * dx + r[1, 1] * dy + r[1, 2] * -1.0
                z = r[2, 0] * dx + r[2, 1] * dy + r[2, 2] * -1.0
                px = (_arctan_ratio(x, -z) - left) * scale
                py = (top - _arctan_ratio(y, math.sqrt(x * x + z * z))) * scale
                if not (px >= 0 and px < width and py >= 0 and py < height):
                    continue
                u = px - 0.5
                v = py - 0.5
                u0 = math.floor(u)
                v0 = math.floor(v)
                t = u - u0
                wx[0] = ((-0.5 * t + 1.0) * t - 0.5) * t
                wx[1] = (1.5 * t - 2.5) * t * t + 1.0
                wx[2] = ((-1.5 * t + 2.0) * t + 0.5) * t
                wx[3] = (0.5 * t - 0.5) * t * t
                t = v - v0
                wy[0] = ((-0.5 * t + 1.0) * t - 0.5) * t
                wy[1] = (1.5 * t - 2.5) * t * t + 1.0
                wy[2] = ((-1.5 * t + 2.0) * t + 0.5) * t
                wy[3] = (0.5 * t - 0.5) * t * t
                seen[:] = 0.0
                low[:] = np.inf
                high[:] = -np.inf
                for j in range(4):
                    yy = min(max(int(v0) + j - 1, 0), height - 1)
                    line[:] = 0.0
                    for i in range(4):
                        xx = min(max(int(u0) + i - 1, 0), width - 1)
                        for k in range(channels):
                            pixel = np.float64(canvas[yy, xx, k])
                            line[k] = line[k] + wx[i] * pixel
                            low[k] = min(low[k], pixel)
                            high[k] = max(high[k], pixel)
                    for k in range(channels):
                        seen[k] = seen[k] + wy[j] * line[k]
                for k in range(channels):
                    light[k] = light[k] + np.float64(
                        np.float32(min(max(seen[k], low[k]), high[k]))
                    )
            for k in range(channels):
                frame[row, column, k] = np.float32(light[k] / count)


def reproject_sphere(
    canvas: Image,
    canvas_from_camera: Floats,
    *,
    longitude_left_rad: float,
    latitude_top_rad: float,
    px_per_rad: float,
    focal_px: tuple[float, float],
    centre_px: tuple[float, float],
    width_px: int,
    height_px: int,
) -> Image:
    """Compute the same (H, W, C) frame as the plain twin; releases the interpreter lock."""
    frame = np.zeros((height_px, width_px, canvas.shape[2]), np.float32)
    _rows(
        np.ascontiguousarray(canvas, np.float32),
        np.ascontiguousarray(canvas_from_camera, np.float64),
        longitude_left_rad,
        latitude_top_rad,
        px_per_rad,
        *focal_px,
        *centre_px,
        frame,
    )
    return frame
