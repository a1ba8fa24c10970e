"""
Reprojection: what a camera sees of a canvas.

Sampled with a Catmull-Rom cubic whose result stays within the sixteen pixels it
was made from: next to a sun the plain cubic would swing far below zero. This is
the plain twin of ``seamline.fast.reproject``; both give the same bits.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from seamline.optics.arctan import arctan_ratio
from seamline.optics.projection import Pinhole, frame_directions, turn

Image = NDArray[np.float32]
Floats = NDArray[np.float64]


def sphere_coordinates(
    directions: Floats, *, longitude_left_rad: float, latitude_top_rad: float, px_per_rad: float
) -> tuple[Floats, Floats]:
    """
    Return canvas coordinates (x, y), pixels, of (..., 3) directions in the canvas's axes.

    Args:
        directions: Any length; X right, Y up, the canvas's middle at -Z.
        longitude_left_rad: Longitude of the canvas's left edge.
        latitude_top_rad: Latitude of its upper edge.
        px_per_rad: Sampling.
    """
    x, y, z = (directions[..., i] for i in range(3))
    longitude = arctan_ratio(x, -z)
    latitude = arctan_ratio(y, np.sqrt(x * x + z * z))
    return (
        (longitude - longitude_left_rad) * px_per_rad,
        (latitude_top_rad - latitude) * px_per_rad,
    )


def sphere_directions(
    width_px: int,
    height_px: int,
    *,
    longitude_left_rad: float,
    latitude_top_rad: float,
    px_per_rad: float,
) -> Floats:
    """Return (H, W, 3) unit directions, canvas axes, of a sphere canvas's pixel centres."""
    longitude = longitude_left_rad + (np.arange(width_px) + 0.5) / px_per_rad
    latitude = latitude_top_rad - (np.arange(height_px) + 0.5) / px_per_rad
    # One libm call per row and column: numpy's own sines change with the processor.
    sin_lon, cos_lon = (np.array([f(v) for v in longitude]) for f in (math.sin, math.cos))
    sin_lat, cos_lat = (np.array([f(v) for v in latitude]) for f in (math.sin, math.cos))
    level = cos_lat[:, None]
    return np.stack(
        [
            level * sin_lon[None, :],
            np.broadcast_to(sin_lat[:, None], (height_px, width_px)),
            -level * cos_lon[None, :],
        ],
        axis=-1,
    )


def cubic_weights(t: Image) -> tuple[Image, Image, Image, Image]:
    """Return the four Catmull-Rom weights at ``t`` in [0, 1) (Keys 1981, a = -1/2)."""
    half, one, two = np.float32(0.5), np.float32(1.0), np.float32(2.0)
    return (
        ((-half * t + one) * t - half) * t,
        (np.float32(1.5) * t - np.float32(2.5)) * t * t + one,
        ((np.float32(-1.5) * t + two) * t + half) * t,
        (half * t - half) * t * t,
    )


def sample(canvas: Image, x: Floats, y: Floats) -> Image:
    """
    Return ``canvas`` (H, W, C) at coordinates (x, y), shape (..., C) float32.

    Args:
        canvas: (H, W, C) float32, associated alpha if there is one.
        x: (...) columns, pixels, centres at half-integers; NaN reads as outside.
        y: (...) rows.

    Returns:
        Zero outside the canvas; the edge row and column are repeated for the filter.
    """
    height, width, channels = canvas.shape
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    u, v = np.where(inside, x, 0.5) - 0.5, np.where(inside, y, 0.5) - 0.5
    left, top = np.floor(u), np.floor(v)
    across = cubic_weights((u - left).astype(np.float32))
    down = cubic_weights((v - top).astype(np.float32))
    columns = [np.clip(left.astype(np.int64) + k - 1, 0, width - 1) for k in range(4)]
    rows = [np.clip(top.astype(np.int64) + k - 1, 0, height - 1) for k in range(4)]
    seen = np.zeros((*np.shape(x), channels), np.float32)
    low, high = np.full_like(seen, np.inf), np.full_like(seen, -np.inf)
    for j in range(4):
        line = np.zeros_like(seen)
        for i in range(4):
            pixel = canvas[rows[j], columns[i]]
            line = line + across[i][..., None] * pixel if i else across[i][..., None] * pixel
            low, high = np.minimum(low, pixel), np.maximum(high, pixel)
        seen = seen + down[j][..., None] * line
    seen = np.minimum(np.maximum(seen, low), high)
    inner: Image = np.where(inside[..., None], seen, np.float32(0))
    return inner


def sample_linear(canvas: Image, x: Floats, y: Floats) -> Image:
    """
    Return ``canvas`` (H, W, C) at coordinates (x, y), shape (..., C) float32, bilinear.

    Its weights are never negative and add up to one over any even grid: light above all
    else, a sun, is neither overshot nor gained. Coordinates are those of ``sample``.
    """
    height, width, channels = canvas.shape
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    u, v = np.where(inside, x, 0.5) - 0.5, np.where(inside, y, 0.5) - 0.5
    left, top = np.floor(u), np.floor(v)
    across, down = (u - left).astype(np.float32), (v - top).astype(np.float32)
    seen = np.zeros((*np.shape(x), channels), np.float32)
    for j, share in ((0, np.float32(1) - down), (1, down)):
        rows = np.clip(top.astype(np.int64) + j, 0, height - 1)
        for i, part in ((0, np.float32(1) - across), (1, across)):
            columns = np.clip(left.astype(np.int64) + i, 0, width - 1)
            seen = seen + (share * part)[..., None] * canvas[rows, columns]
    inner: Image = np.where(inside[..., None], seen, np.float32(0))
    return inner


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
    rays: Floats | None = None,
) -> Image:
    """
    Return the (height_px, width_px, C) float32 frame that cameras see of a sphere canvas.

    Args:
        canvas: (H, W, C) float32.
        canvas_from_camera: (S, 3, 3) rotations, one per shutter sample; the frame is
            their mean, as light adds up on the sensor.
        longitude_left_rad: Longitude of the canvas's left edge.
        latitude_top_rad: Latitude of its upper edge.
        px_per_rad: Sampling of the canvas.
        focal_px: Focal length (x, y), pixels.
        centre_px: Principal point (x, y) from the frame's own upper left pixel corner.
        width_px: Width of the frame.
        height_px: Height of the frame.
        rays: (height_px, width_px, 2) slopes x/-z and y/-z, Y up, of every pixel of the
            frame, instead of focal length and centre; NaN sees nothing.
    """
    pinhole = Pinhole(
        focal_x_px=focal_px[0],
        focal_y_px=focal_px[1],
        centre_x_px=centre_px[0],
        centre_y_px=centre_px[1],
    )
    directions = frame_directions(pinhole, (0, 0, width_px, height_px))
    if rays is not None:
        directions = np.concatenate([rays, np.full((height_px, width_px, 1), -1.0)], axis=-1)
    light = np.zeros((height_px, width_px, canvas.shape[2]))
    for rotation in canvas_from_camera:
        x, y = sphere_coordinates(
            turn(rotation, directions),
            longitude_left_rad=longitude_left_rad,
            latitude_top_rad=latitude_top_rad,
            px_per_rad=px_per_rad,
        )
        light = light + sample(canvas, x, y).astype(np.float64)
    return (light / float(len(canvas_from_camera))).astype(np.float32)
