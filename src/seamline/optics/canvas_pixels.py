"""
The pixels of a canvas: which way each looks, and where it lies in a frame.

Angles are radians of the canvas's own axes; guides are degrees of the world, azimuth 0 at +Z.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from seamline.optics.arctan import arctan_ratio
from seamline.optics.bands import sphere_to_frame
from seamline.optics.projection import (
    Pinhole,
    frame_directions,
    turn,
    turn_planes,
)
from seamline.optics.reproject import (
    sines_of,
    sphere_directions,
    sphere_planes,
)
from seamline.optics.rotation import (
    Rotation,
    as_rotation,
    compose,
)
from seamline.show.camera import CameraTrack
from seamline.show.canvas import Canvas
from seamline.show.shot import Window


def canvas_to_frame(
    canvas: Canvas,
    track: CameraTrack,
    frame: int,
    pinhole: Pinhole,
    *,
    distance_m: float | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return display coordinates (x, y), each (H, W), of the canvas's pixels in ``frame``.

    Mid-shutter; NaN where the camera looks away.

    Args:
        canvas: A sphere or a card.
        track: The camera.
        frame: Its number.
        pinhole: Its lens.
        distance_m: ``sphere``: how far away a layer on it stands; None is without end.
    """
    sample = track.sample(frame)
    camera_from_canvas = compose(
        as_rotation(sample.world_from_camera).T,
        as_rotation(canvas.world_from_canvas),
    )
    if canvas.kind != "card" and distance_m is None:
        longitude, latitude = (sines_of(angles) for angles in angles_of(canvas))
        return sphere_to_frame(longitude, latitude, camera_from_canvas, pinhole)
    points = points_of(canvas) if canvas.kind == "card" else directions_of(canvas)
    if distance_m is not None and canvas.kind != "card":
        points = points * distance_m
    aside = np.array(sample.position_m) - np.array(canvas.origin_m)
    spot = turn(as_rotation(canvas.world_from_canvas).T, aside)
    return pinhole.pixels(turn(camera_from_canvas, points - spot))


def points_of(canvas: Canvas) -> NDArray[np.float64]:
    """Return (H, W, 3) metres, a card's pixel centres in its own axes; Z is 0."""
    x = canvas.card_left_m + (np.arange(canvas.width_px) + 0.5) / canvas.px_per_m
    y = canvas.card_top_m - (np.arange(canvas.height_px) + 0.5) / canvas.px_per_m
    across, up = np.meshgrid(x, y)
    return np.stack([across, up, np.zeros_like(across)], axis=-1)


def rows_along(
    x: NDArray[np.float64], y: NDArray[np.float64], line: NDArray[np.float64]
) -> NDArray[np.float32]:
    """
    Return (W,) the first row of each canvas column that lies below a drawn line.

    Args:
        x: (H, W) where the canvas's pixels lie in the frame, display pixels; NaN where
            the camera looks away.
        y: (H, W) likewise.
        line: (N, 2) points of the line, display pixels, from left to right.

    Returns:
        float32 rows of the canvas; NaN where the line does not pass.
    """
    with np.errstate(invalid="ignore"):
        within = (x >= line[0, 0]) & (x <= line[-1, 0])
        below = within & (y >= np.interp(x, line[:, 0], line[:, 1]))
        above = within & ~below
    first = below.argmax(axis=0)
    crossed = below.any(axis=0) & above.any(axis=0) & (first > 0)
    return np.where(crossed, first, np.nan).astype(np.float32)


def angles_of(canvas: Canvas) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return longitude (W,) and latitude (H,), radians, of a sphere canvas's pixels."""
    across = np.arange(canvas.width_px, dtype=np.float64) + 0.5
    down = np.arange(canvas.height_px, dtype=np.float64) + 0.5
    return (
        canvas.longitude_left_rad + across / canvas.px_per_rad,
        canvas.latitude_top_rad - down / canvas.px_per_rad,
    )


def planes_of(canvas: Canvas) -> tuple[NDArray[np.float64], ...]:
    """Return the X, Y and Z of ``directions_of``, each (H, W) or (H, 1)."""
    return sphere_planes(
        canvas.width_px,
        canvas.height_px,
        longitude_left_rad=canvas.longitude_left_rad,
        latitude_top_rad=canvas.latitude_top_rad,
        px_per_rad=canvas.px_per_rad,
    )


def directions_of(canvas: Canvas) -> NDArray[np.float64]:
    """Return (H, W, 3) unit directions of a sphere canvas's pixels in its own axes."""
    return sphere_directions(
        canvas.width_px,
        canvas.height_px,
        longitude_left_rad=canvas.longitude_left_rad,
        latitude_top_rad=canvas.latitude_top_rad,
        px_per_rad=canvas.px_per_rad,
    )


def elevation_azimuth_deg(
    world_directions: NDArray[np.float64],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """
    Return elevation and azimuth, each (H, W) float32 degrees, of (H, W, 3) directions.

    Azimuth 0 is +Z and grows towards +X.
    """
    x, y, z = (world_directions[..., i] for i in range(3))
    elevation = arctan_ratio(y, np.sqrt(x * x + z * z))
    azimuth = arctan_ratio(x, z)
    scale = 180.0 / math.pi
    return (elevation * scale).astype(np.float32), (azimuth * scale).astype(np.float32)


def world_guides(
    canvas: Canvas, seen_from_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """
    Return elevation and azimuth (degrees, (H, W)) of a canvas's pixels.

    Those of a card are seen from ``seen_from_m``, the middle of the camera positions.
    """
    axes = as_rotation(canvas.world_from_canvas)
    if canvas.kind == "card":
        aside = np.array(seen_from_m) - np.array(canvas.origin_m)
        return elevation_azimuth_deg(turn(axes, points_of(canvas) - turn(axes.T, aside)))
    return elevation_azimuth_deg(turn_planes(axes, planes_of(canvas)))


def frame_guides(
    pinhole: Pinhole, window: Window, world_from_camera: Rotation
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return elevation and azimuth (degrees, (H, W)) of a frame's pixels."""
    return elevation_azimuth_deg(turn(world_from_camera, frame_directions(pinhole, window)))
