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
    planes = sphere_planes(
        width_px,
        height_px,
        longitude_left_rad=longitude_left_rad,
        latitude_top_rad=latitude_top_rad,
        px_per_rad=px_per_rad,
    )
    return np.stack([np.broadcast_to(p, (height_px, width_px)) for p in planes], axis=-1)


def sphere_planes(
    width_px: int,
    height_px: int,
    *,
    longitude_left_rad: float,
    latitude_top_rad: float,
    px_per_rad: float,
) -> tuple[Floats, Floats, Floats]:
    """Return the X (H, W), Y (H, 1) and Z (H, W) of ``sphere_directions``."""
    across = np.arange(width_px, dtype=np.float64) + 0.5
    down = np.arange(height_px, dtype=np.float64) + 0.5
    longitude = longitude_left_rad + across / px_per_rad
    latitude = latitude_top_rad - down / px_per_rad
    return planes_between(sines_of(longitude), sines_of(latitude))


Sines = tuple[Floats, Floats]
"""Sine and cosine of some angles, each (N,)."""


def sines_of(angles_rad: Floats) -> Sines:
    """Return sine and cosine of (N,) angles."""
    # One libm call per row and column: numpy's own sines change with the processor.
    sin, cos = (np.array([f(v) for v in angles_rad]) for f in (math.sin, math.cos))
    return sin, cos


def planes_between(longitude: Sines, latitude: Sines) -> tuple[Floats, Floats, Floats]:
    """Return the X (H, W), Y (H, 1) and Z (H, W) of the directions at these angles."""
    (sin_lon, cos_lon), (sin_lat, cos_lat) = longitude, latitude
    level = cos_lat[:, None]
    return level * sin_lon[None, :], sin_lat[:, None], -level * cos_lon[None, :]


FEW_PX = 1 << 14
"""Half a million pixels take .10 s so many at a time, by 2,000 .16, all at once .31."""


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
    flat = np.asarray(x, np.float64).reshape(-1), np.asarray(y, np.float64).reshape(-1)
    seen = np.empty((flat[0].size, canvas.shape[2]), np.float32)
    for at in range(0, len(seen), FEW_PX):
        few = slice(at, at + FEW_PX)
        seen[few] = _sampled(canvas, flat[0][few], flat[1][few])
    return seen.reshape(*np.shape(x), canvas.shape[2])


def _sampled(canvas: Image, x: Floats, y: Floats) -> Image:
    height, width, channels = canvas.shape
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    u, v = np.where(inside, x, 0.5) - 0.5, np.where(inside, y, 0.5) - 0.5
    left, top = np.floor(u), np.floor(v)
    across = cubic_weights((u - left).astype(np.float32))
    down = cubic_weights((v - top).astype(np.float32))
    columns = [np.clip(left.astype(np.int64) + k - 1, 0, width - 1) for k in range(4)]
    rows = [np.clip(top.astype(np.int64) + k - 1, 0, height - 1) * width for k in range(4)]
    pixels = np.ascontiguousarray(canvas).reshape(-1, channels)
    seen = np.zeros((len(x), channels), np.float32)
    low, high = np.full_like(seen, np.inf), np.full_like(seen, -np.inf)
    for j in range(4):
        line = np.zeros_like(seen)
        for i in range(4):
            pixel = pixels.take(rows[j] + columns[i], axis=0)
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


def frame_slopes(
    rays: Floats | None,
    focal_px: tuple[float, float],
    centre_px: tuple[float, float],
    width_px: int,
    height_px: int,
) -> Floats:
    """
    Return (height_px, width_px, 3) camera directions (x, y, -1) of a frame's pixel centres.

    Args:
        rays: (height_px, width_px, 2) slopes x / -z and y / -z, y up: what a lens with
            distortion sees. None is a pinhole.
        focal_px: The pinhole's focal length (x, y), pixels; not read where ``rays`` are.
        centre_px: Its principal point, from the frame's own upper left pixel corner.
        width_px: Width of the frame.
        height_px: Height of the frame.
    """
    if rays is not None:
        assert rays.shape == (height_px, width_px, 2), rays.shape
        return np.concatenate([rays, np.full((height_px, width_px, 1), -1.0)], axis=-1)
    pinhole = Pinhole(
        focal_x_px=focal_px[0],
        focal_y_px=focal_px[1],
        centre_x_px=centre_px[0],
        centre_y_px=centre_px[1],
    )
    return frame_directions(pinhole, (0, 0, width_px, height_px))


def on_sphere(directions: Floats, offset: Floats) -> Floats:
    """
    Return (..., 3) where rays from ``offset`` (3,) meet the unit sphere, ahead.

    Args:
        directions: (..., 3) any length.
        offset: The camera, from the sphere's middle, in radii. From inside it is the one
            point ahead; from outside the farther one, or NaN.
    """
    x, y, z = (directions[..., i] for i in range(3))
    p, q, r = (float(v) for v in offset)
    along = p * x + q * y + r * z
    length = x * x + y * y + z * z
    inside = 1.0 - (p * p + q * q + r * r)
    with np.errstate(invalid="ignore"):
        reach = (np.sqrt(along * along + length * inside) - along) / length
    met: Floats = np.stack([p + reach * x, q + reach * y, r + reach * z], axis=-1)
    return met


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
    offsets: Floats | None = None,
    zooms: Floats | None = None,
    under: Image | None = None,
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
        rays: (height_px, width_px, 2) slopes, y up, of a lens that is no pinhole; see
            ``frame_slopes``.
        offsets: (S, 3) camera from the canvas's middle, canvas axes, in parts of the
            canvas's distance; None or 0 is the middle itself, or a canvas without end.
        zooms: (S,) by how much wider than in mid-exposure the lens sees; None is 1.
        under: (height_px, width_px, 4) associated, what lies behind, for one pose: the frame
            is laid over it (Porter and Duff 1984), in place, and it is returned.
    """
    directions = frame_slopes(rays, focal_px, centre_px, width_px, height_px)
    light = np.zeros((height_px, width_px, canvas.shape[2]))
    for n, rotation in enumerate(canvas_from_camera):
        ahead = turn(rotation, _zoomed(directions, zooms, n))
        if offsets is not None and offsets[n].any():
            ahead = on_sphere(ahead, offsets[n])
        x, y = sphere_coordinates(
            ahead,
            longitude_left_rad=longitude_left_rad,
            latitude_top_rad=latitude_top_rad,
            px_per_rad=px_per_rad,
        )
        light = light + sample(canvas, x, y).astype(np.float64)
    frame: Image = (light / float(len(canvas_from_camera))).astype(np.float32)
    if under is None:
        return frame
    assert len(canvas_from_camera) == 1
    alpha = frame[..., 3:]
    mixed = (np.float32(1) - alpha) * under + frame
    np.copyto(under, np.where(alpha == 1, frame, np.where(alpha == 0, under, mixed)))
    return under


def _zoomed(directions: Floats, zooms: Floats | None, n: int) -> Floats:
    if zooms is None or zooms[n] == 1.0:
        return directions
    wider: Floats = directions * np.array([zooms[n], zooms[n], 1.0])
    return wider


MOST_TAPS = 64
"""A pixel of a frame looks at a card at most so many times down, and as many across."""


def card_coordinates(
    directions: Floats,
    spot_m: Floats,
    *,
    card_left_m: float,
    card_top_m: float,
    px_per_m: float,
) -> tuple[Floats, Floats]:
    """
    Return canvas coordinates (x, y), pixels, where rays meet a card's plane; NaN behind.

    Args:
        directions: (..., 3) in the card's axes: X right, Y up, Z its normal.
        spot_m: (3,) where they start, metres from the card's origin in its axes.
        card_left_m: Left edge of the canvas along X.
        card_top_m: Its upper edge along Y.
        px_per_m: Its sampling.
    """
    x, y, z = (directions[..., i] for i in range(3))
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = -float(spot_m[2]) / z
        reach = np.where(reach > 0.0, reach, np.nan)
        return (
            (float(spot_m[0]) + reach * x - card_left_m) * px_per_m,
            (card_top_m - (float(spot_m[1]) + reach * y)) * px_per_m,
        )


def reproject_card(
    canvas: Image,
    canvas_from_camera: Floats,
    spots_m: Floats,
    *,
    card_left_m: float,
    card_top_m: float,
    px_per_m: float,
    focal_px: tuple[float, float],
    centre_px: tuple[float, float],
    width_px: int,
    height_px: int,
    rays: Floats | None = None,
    zooms: Floats | None = None,
) -> Image:
    """
    Return the (height_px, width_px, C) float32 frame that cameras see of a card.

    A card seen at a slant is finer than the frame far away: there a pixel is the mean of
    as many looks, evenly spread over it, as it spans canvas pixels, ``MOST_TAPS`` at most
    each way. What lies beyond the card's edges, or above the plane's horizon, is 0.

    Args:
        canvas: (H, W, C) float32.
        canvas_from_camera: (S, 3, 3) rotations, one per shutter sample.
        spots_m: (S, 3) camera positions, metres from the card's origin in its axes.
        card_left_m: Left edge of the canvas along the card's X.
        card_top_m: Its upper edge along Y.
        px_per_m: Its sampling.
        focal_px: Focal length (x, y), pixels; also how wide a pixel is where ``rays`` are.
        centre_px: Principal point (x, y) from the frame's own upper left pixel corner.
        width_px: Width of the frame.
        height_px: Height of the frame.
        rays: (height_px, width_px, 2) slopes, y up, of a lens that is no pinhole.
        zooms: (S,) by how much wider than in mid-exposure the lens sees; None is 1.
    """
    slopes = frame_slopes(rays, focal_px, centre_px, width_px, height_px)
    light = np.zeros((height_px, width_px, canvas.shape[2]))
    for n, rotation in enumerate(canvas_from_camera):
        zoom = 1.0 if zooms is None else float(zooms[n])
        wide, high = zoom / focal_px[0], zoom / focal_px[1]
        seen = _zoomed(slopes, zooms, n)

        def at(
            across: Floats | float,
            down: Floats | float,
            seen: Floats = seen,
            rotation: Floats = rotation,
            spot: Floats = spots_m[n],
            size: tuple[float, float] = (wide, high),
        ) -> tuple[Floats, Floats]:
            moved = np.stack(
                [
                    seen[..., 0] + across * size[0],
                    seen[..., 1] - down * size[1],
                    seen[..., 2],
                ],
                axis=-1,
            )
            return card_coordinates(
                turn(rotation, moved), spot,
                card_left_m=card_left_m, card_top_m=card_top_m, px_per_m=px_per_m,
            )  # fmt: skip

        columns = _taps(at(-0.5, 0.0), at(0.5, 0.0))
        rows = _taps(at(0.0, -0.5), at(0.0, 0.5))
        total = np.zeros_like(light)
        for j in range(int(rows.max())):
            for i in range(int(columns.max())):
                mine = (j < rows) & (i < columns)
                x, y = at((i + 0.5) / columns - 0.5, (j + 0.5) / rows - 0.5)
                look = sample(canvas, np.where(mine, x, np.nan), np.where(mine, y, np.nan))
                total = total + look.astype(np.float64)
        light = light + total / (rows * columns)[..., None]
    return (light / float(len(canvas_from_camera))).astype(np.float32)


def _taps(first: tuple[Floats, Floats], last: tuple[Floats, Floats]) -> NDArray[np.int64]:
    """Return how many looks span the way between two places on the canvas, (H, W)."""
    across, down = last[0] - first[0], last[1] - first[1]
    length = np.sqrt(across * across + down * down)
    with np.errstate(invalid="ignore"):
        few = length < MOST_TAPS
    return np.where(few, np.maximum(np.where(few, length + 0.5, 1.0), 1.0), MOST_TAPS).astype(
        np.int64
    )
