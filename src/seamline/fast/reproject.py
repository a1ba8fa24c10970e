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


@njit(cache=True, nogil=True, inline="always")
def _limit(value: float, low: float, high: float) -> float:
    value = value if value > low else low
    return value if value < high else high


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
    """Fill ``frame``; four channels are spelt out so that they run side by side."""
    height, width, _ = canvas.shape
    rows, columns, _ = frame.shape
    count = rotations.shape[0]
    half = np.float32(0.5)
    for row in range(rows):
        dy = -(row + 0.5 - cy) / fy
        for column in range(columns):
            dx = (column + 0.5 - cx) / fx
            light0 = light1 = light2 = light3 = np.float64(0.0)
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
                t = np.float32(u - u0)
                wx0 = ((-half * t + np.float32(1.0)) * t - half) * t
                wx1 = (np.float32(1.5) * t - np.float32(2.5)) * t * t + np.float32(1.0)
                wx2 = ((np.float32(-1.5) * t + np.float32(2.0)) * t + half) * t
                wx3 = (half * t - half) * t * t
                t = np.float32(v - v0)
                wy0 = ((-half * t + np.float32(1.0)) * t - half) * t
                wy1 = (np.float32(1.5) * t - np.float32(2.5)) * t * t + np.float32(1.0)
                wy2 = ((np.float32(-1.5) * t + np.float32(2.0)) * t + half) * t
                wy3 = (half * t - half) * t * t
                xi, yi = int(u0), int(v0)
                xa, xb = max(xi - 1, 0), max(xi, 0)
                xc, xd = min(xi + 1, width - 1), min(xi + 2, width - 1)
                seen0 = seen1 = seen2 = seen3 = np.float32(0.0)
                low0 = low1 = low2 = low3 = np.float32(np.inf)
                high0 = high1 = high2 = high3 = np.float32(-np.inf)
                for j in range(4):
                    line = canvas[min(max(yi + j - 1, 0), height - 1)]
                    wy = wy0 if j == 0 else wy1 if j == 1 else wy2 if j == 2 else wy3
                    a, b, c, d = line[xa, 0], line[xb, 0], line[xc, 0], line[xd, 0]
                    seen0 += wy * (((wx0 * a + wx1 * b) + wx2 * c) + wx3 * d)
                    e, f = min(a, b), min(c, d)
                    low0 = min(low0, min(e, f))
                    e, f = max(a, b), max(c, d)
                    high0 = max(high0, max(e, f))
                    a, b, c, d = line[xa, 1], line[xb, 1], line[xc, 1], line[xd, 1]
                    seen1 += wy * (((wx0 * a + wx1 * b) + wx2 * c) + wx3 * d)
                    e, f = min(a, b), min(c, d)
                    low1 = min(low1, min(e, f))
                    e, f = max(a, b), max(c, d)
                    high1 = max(high1, max(e, f))
                    a, b, c, d = line[xa, 2], line[xb, 2], line[xc, 2], line[xd, 2]
                    seen2 += wy * (((wx0 * a + wx1 * b) + wx2 * c) + wx3 * d)
                    e, f = min(a, b), min(c, d)
                    low2 = min(low2, min(e, f))
                    e, f = max(a, b), max(c, d)
                    high2 = max(high2, max(e, f))
                    a, b, c, d = line[xa, 3], line[xb, 3], line[xc, 3], line[xd, 3]
                    seen3 += wy * (((wx0 * a + wx1 * b) + wx2 * c) + wx3 * d)
                    e, f = min(a, b), min(c, d)
                    low3 = min(low3, min(e, f))
                    e, f = max(a, b), max(c, d)
                    high3 = max(high3, max(e, f))
                light0 += np.float64(_limit(seen0, low0, high0))
                light1 += np.float64(_limit(seen1, low1, high1))
                light2 += np.float64(_limit(seen2, low2, high2))
                light3 += np.float64(_limit(seen3, low3, high3))
            frame[row, column, 0] = np.float32(light0 / count)
            frame[row, column, 1] = np.float32(light1 / count)
            frame[row, column, 2] = np.float32(light2 / count)
            frame[row, column, 3] = np.float32(light3 / count)


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
    assert canvas.shape[2] == 4, canvas.shape
    frame = np.zeros((height_px, width_px, 4), np.float32)
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


@njit(cache=True, nogil=True)
def _cubic(canvas: Image, x: Floats, y: Floats, seen: Image) -> None:
    height, width, channels = canvas.shape
    half, one, two = np.float32(0.5), np.float32(1.0), np.float32(2.0)
    for n in range(x.shape[0]):
        px, py = x[n], y[n]
        if not (px >= 0 and px < width and py >= 0 and py < height):
            continue
        u, v = px - 0.5, py - 0.5
        u0, v0 = math.floor(u), math.floor(v)
        t = np.float32(u - u0)
        wx0 = ((-half * t + one) * t - half) * t
        wx1 = (np.float32(1.5) * t - np.float32(2.5)) * t * t + one
        wx2 = ((np.float32(-1.5) * t + two) * t + half) * t
        wx3 = (half * t - half) * t * t
        t = np.float32(v - v0)
        wy0 = ((-half * t + one) * t - half) * t
        wy1 = (np.float32(1.5) * t - np.float32(2.5)) * t * t + one
        wy2 = ((np.float32(-1.5) * t + two) * t + half) * t
        wy3 = (half * t - half) * t * t
        xi, yi = int(u0), int(v0)
        xa, xb = min(max(xi - 1, 0), width - 1), min(max(xi, 0), width - 1)
        xc, xd = min(xi + 1, width - 1), min(xi + 2, width - 1)
        for k in range(channels):
            value = np.float32(0.0)
            low, high = np.float32(np.inf), np.float32(-np.inf)
            for j in range(4):
                line = canvas[min(max(yi + j - 1, 0), height - 1)]
                wy = wy0 if j == 0 else wy1 if j == 1 else wy2 if j == 2 else wy3
                a, b, c, d = line[xa, k], line[xb, k], line[xc, k], line[xd, k]
                value += wy * (((wx0 * a + wx1 * b) + wx2 * c) + wx3 * d)
                low = min(low, min(min(a, b), min(c, d)))
                high = max(high, max(max(a, b), max(c, d)))
            seen[n, k] = _limit(value, low, high)


@njit(cache=True, nogil=True)
def _tent(canvas: Image, x: Floats, y: Floats, seen: Image) -> None:
    height, width, channels = canvas.shape
    one = np.float32(1.0)
    for n in range(x.shape[0]):
        px, py = x[n], y[n]
        if not (px >= 0 and px < width and py >= 0 and py < height):
            continue
        u, v = px - 0.5, py - 0.5
        u0, v0 = math.floor(u), math.floor(v)
        s, t = np.float32(u - u0), np.float32(v - v0)
        xi, yi = int(u0), int(v0)
        xa, xb = min(max(xi, 0), width - 1), min(max(xi + 1, 0), width - 1)
        ya, yb = min(max(yi, 0), height - 1), min(max(yi + 1, 0), height - 1)
        for k in range(channels):
            value = np.float32(0.0)
            value += ((one - t) * (one - s)) * canvas[ya, xa, k]
            value += ((one - t) * s) * canvas[ya, xb, k]
            value += (t * (one - s)) * canvas[yb, xa, k]
            value += (t * s) * canvas[yb, xb, k]
            seen[n, k] = value


def sample(canvas: Image, x: Floats, y: Floats) -> Image:
    """Return the same (..., C) pixels as the plain twin."""
    seen = np.zeros((x.size, canvas.shape[2]), np.float32)
    _cubic(np.ascontiguousarray(canvas, np.float32), *_flat(x, y), seen)
    return seen.reshape(*x.shape, canvas.shape[2])


def sample_linear(canvas: Image, x: Floats, y: Floats) -> Image:
    """Return the same (..., C) pixels as the plain twin."""
    seen = np.zeros((x.size, canvas.shape[2]), np.float32)
    _tent(np.ascontiguousarray(canvas, np.float32), *_flat(x, y), seen)
    return seen.reshape(*x.shape, canvas.shape[2])


def _flat(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    return (
        np.ascontiguousarray(x, np.float64).reshape(-1),
        np.ascontiguousarray(y, np.float64).reshape(-1),
    )
