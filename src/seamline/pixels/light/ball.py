"""
A ball in front of the camera: which way its surface looks at each pixel.

Seen by a lens a ball is a little less than half a sphere, and off the middle of the frame
its outline is a little longer than wide; both are undone here. Directions are the show's
world: right-handed, Y up, azimuth 0 is +Z growing towards +X. Pixels are those of the
display window, from its top left, centres at halves.

Source: the outline of a sphere is the cone that touches it: half angle asin(R / distance)
(Hartley & Zisserman, Multiple View Geometry, 2nd ed., 8.3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.optics.projection import Pinhole
from seamline.pixels.picture import Image, finite_pixels

Floats = NDArray[np.float64]
FEWEST_PX = 8.0
"""A smaller radius has too few pixels to measure light by."""
STEPS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Ball:
    """
    The circle drawn around a ball, and the camera that saw it.

    Attributes:
        centre_px: x, y of its middle in the display window.
        radius_px: Of its outline.
        pinhole: The lens on the display window.
        world_from_camera: (3, 3) rotation; pan, tilt and roll of the camera.
        corner_px: Display coordinates of the upper left corner of the crop handed over.
    """

    centre_px: tuple[float, float]
    radius_px: float
    pinhole: Pinhole
    world_from_camera: Floats
    corner_px: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surface:
    """
    What of a ball's surface is seen, one row per pixel.

    Attributes:
        normals: (N, 3) unit, world: which way the surface looks.
        seen_from: (N, 3) unit, world: from the surface towards the camera.
        rgb: (N, 3) its light, working space, scene-linear.
        place_px: (N, 2) columns and rows off the ball's middle.
    """

    normals: Floats
    seen_from: Floats
    rgb: Floats
    place_px: Floats


def surface(crop: Image, ball: Ball, *, rim: float = 1.0) -> Surface:
    """
    Return the seen surface of ``ball`` in ``crop``.

    Args:
        crop: (H, W, 3) scene-linear, working space. Pixels that are not finite are left out.
        ball: Circle and camera; the circle may reach beyond the crop.
        rim: Share of the radius within which pixels are taken.
    """
    height, width = crop.shape[:2]
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    x, y = columns + ball.corner_px[0], rows + ball.corner_px[1]
    off = np.stack([x - ball.centre_px[0], y - ball.centre_px[1]], axis=-1)
    inside = (off**2).sum(axis=-1) < (rim * ball.radius_px) ** 2
    inside &= finite_pixels(crop)
    rays = ball.pinhole.directions(x[inside], y[inside])
    rays = rays / np.linalg.norm(rays, axis=-1, keepdims=True)
    normals, hit = _normals(rays, *_centre_and_half_angle(ball))
    turn = ball.world_from_camera.T
    return Surface(
        normals=normals[hit] @ turn,
        seen_from=-rays[hit] @ turn,
        rgb=crop[inside][hit].astype(np.float64),
        place_px=off[inside][hit],
    )


def mirrored(seen: Surface) -> Floats:
    """Return (N, 3) the unit world directions that a mirror ball shows at each pixel."""
    facing = (seen.normals * seen.seen_from).sum(axis=1, keepdims=True)
    found: Floats = 2 * facing * seen.normals - seen.seen_from
    return found


def blocks(seen: Surface, ball: Ball, *, across: int) -> Surface:
    """Return ``seen`` averaged over squares of the picture, about ``across`` to a diameter."""
    side = max(2 * ball.radius_px / across, 1.0)
    at = np.floor((seen.place_px + ball.radius_px) / side).astype(np.int64)
    _, number, count = np.unique(
        at[:, 1] * (4 * across) + at[:, 0], return_inverse=True, return_counts=True
    )
    full = count >= 0.5 * count.max()

    def mean(values: Floats) -> Floats:
        sums = np.stack(
            [np.bincount(number, values[:, i]) for i in range(values.shape[1])], axis=1
        )
        return np.asarray((sums / count[:, None])[full])

    normals, seen_from = mean(seen.normals), mean(seen.seen_from)
    return Surface(
        normals=normals / np.linalg.norm(normals, axis=1, keepdims=True),
        seen_from=seen_from / np.linalg.norm(seen_from, axis=1, keepdims=True),
        rgb=mean(seen.rgb),
        place_px=mean(seen.place_px),
    )


def _normals(
    rays: Floats, centre: Floats, half_angle: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return (N, 3) camera normals where ``rays`` meet the unit ball, and which of them do."""
    distance = 1 / math.sin(half_angle)
    along = rays @ centre * distance
    under = along**2 - (distance**2 - 1)
    hit = under > 0
    reach = along - np.sqrt(np.maximum(under, 0))
    return rays * reach[:, None] - centre * distance, hit


def _centre_and_half_angle(ball: Ball) -> tuple[Floats, float]:
    """Return the (3,) camera direction of the ball's middle, and half the angle it fills."""
    lens = ball.pinhole
    focal = math.sqrt(lens.focal_x_px * lens.focal_y_px)
    drawn = lens.directions(*(np.asarray(v, np.float64) for v in ball.centre_px))[:2]
    off = float(np.hypot(*drawn))
    theta, alpha = math.atan(off), ball.radius_px / focal * math.cos(math.atan(off)) ** 1.5
    for _ in range(STEPS):
        near, far = math.tan(theta - alpha), math.tan(theta + alpha)
        along = (far - near) / 2
        across = math.sin(alpha) / math.sqrt(math.cos(theta) ** 2 - math.sin(alpha) ** 2)
        alpha *= 2 * ball.radius_px / focal / (along + across)
        theta = math.atan(max(math.tan(theta) + off - (near + far) / 2, 0.0))
    middle = np.array([*(drawn / off if off > 0 else drawn) * math.tan(theta), -1.0])
    return middle / np.linalg.norm(middle), alpha
