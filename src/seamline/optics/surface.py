"""
Surfaces: a canvas as a thing in the world, that a 3D program can put a camera before.

A sphere canvas is a patch of a sphere about the canvas's own middle, a card canvas a
rectangle on its plane, a frame canvas a rectangle that fills its camera's view.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.optics.projection import Pinhole, turn
from seamline.optics.rotation import Rotation, as_rotation
from seamline.show.canvas import Canvas

SAG_PX = 0.02
"""How far a facet of the patch may lie beside the sphere, pixels of the canvas."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surface:
    """
    A mesh of quadrilaterals with a picture on it.

    Attributes:
        points_m: (N, 3) float64 world positions, metres, row by row from the upper left.
        uv: (N, 2) float64 picture coordinates: 0, 0 is its lower left corner, 1, 1 its
            upper right one.
        columns: Points in one row.
        faces: (F, 4) int64 points of every face, counter-clockwise as the canvas's
            camera sees it.
    """

    points_m: NDArray[np.float64]
    uv: NDArray[np.float64]
    columns: int
    faces: NDArray[np.int64]


def sphere_surface(canvas: Canvas, *, radius_m: float) -> Surface:
    """
    Return the patch of directions that a sphere ``canvas`` is, at ``radius_m``.

    Corners of the patch are corners of pixels: a point on it has the canvas coordinates
    (u x width, (1 - v) x height). Between its points a facet is flat; facets are so small
    that its edge lies at most ``SAG_PX`` beside the parallel that it stands for.

    Args:
        canvas: Its kind is ``sphere``.
        radius_m: How far away it stands, from the canvas's middle.

    Source:
        The middle of a chord of a parallel lies step^2 / 8 x sin x cos of the latitude
        towards the pole.
    """
    step_rad = math.sqrt(8 * SAG_PX / canvas.px_per_rad / 0.5)
    across, down = (
        max(1, math.ceil(side / canvas.px_per_rad / step_rad))
        for side in (canvas.width_px, canvas.height_px)
    )
    uv, faces = _grid(across, down)
    longitude = canvas.longitude_left_rad + uv[:, 0] * canvas.width_px / canvas.px_per_rad
    latitude = canvas.latitude_top_rad - (1 - uv[:, 1]) * canvas.height_px / canvas.px_per_rad
    own = np.array(
        [
            (
                math.cos(up) * math.sin(turned),
                math.sin(up),
                -math.cos(up) * math.cos(turned),
            )
            for turned, up in zip(longitude, latitude, strict=True)
        ]
    )
    points = turn(as_rotation(canvas.world_from_canvas), own * radius_m)
    return Surface(
        points_m=points + np.array(canvas.origin_m), uv=uv, columns=across + 1, faces=faces
    )


def card_surface(canvas: Canvas) -> Surface:
    """Return the rectangle that a card ``canvas`` is, in the world."""
    uv, faces = _grid(1, 1)
    own = np.stack(
        [
            canvas.card_left_m + uv[:, 0] * canvas.width_px / canvas.px_per_m,
            canvas.card_top_m - (1 - uv[:, 1]) * canvas.height_px / canvas.px_per_m,
            np.zeros(len(uv)),
        ],
        axis=-1,
    )
    points = turn(as_rotation(canvas.world_from_canvas), own) + np.array(canvas.origin_m)
    return Surface(points_m=points, uv=uv, columns=2, faces=faces)


def frame_surface(
    canvas: Canvas,
    pinhole: Pinhole,
    world_from_camera: Rotation,
    position_m: tuple[float, float, float],
    *,
    distance_m: float,
) -> Surface:
    """
    Return the rectangle that a frame ``canvas`` is before its camera, ``distance_m`` away.

    Args:
        canvas: Its kind is ``frame``.
        pinhole: The camera's lens; its distortion stays in the picture.
        world_from_camera: (3, 3) pose.
        position_m: Where the camera stands.
        distance_m: Along the camera's axis.
    """
    assert canvas.window is not None
    x, y, width, height = canvas.window
    uv, faces = _grid(1, 1)
    ahead = pinhole.directions(x + uv[:, 0] * width, y + (1 - uv[:, 1]) * height)
    points = turn(world_from_camera, ahead * distance_m) + np.array(position_m)
    return Surface(points_m=points, uv=uv, columns=2, faces=faces)


def _grid(across: int, down: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return (N, 2) picture coordinates from the upper left, and (F, 4) faces."""
    u, v = np.linspace(0.0, 1.0, across + 1), np.linspace(1.0, 0.0, down + 1)
    uv = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2)
    first = np.arange(down)[:, None] * (across + 1) + np.arange(across)[None, :]
    lower = first + across + 1
    faces = np.stack([lower, lower + 1, first + 1, first], axis=-1)
    return uv, faces.reshape(-1, 4).astype(np.int64)
