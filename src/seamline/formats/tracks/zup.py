"""
Z up to Y up: the rotations of trackers whose stage has Z up and whose camera looks along +Y.

Rotations are three rows; positive angles, in degrees, turn right-handed about
their axis. Plain arithmetic in a fixed order, so that every machine has the same
bits.
"""

from __future__ import annotations

import math

from seamline.show.camera import Matrix3

Vector = tuple[float, float, float]
Rows = tuple[Vector, Vector, Vector]
UNTURNED: Rows = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def about_x(angle_deg: float) -> Rows:
    """Return the rotation about X: tilt, positive up."""
    c, s = _cos_sin(angle_deg)
    return ((1.0, 0.0, 0.0), (0.0, c, -s), (0.0, s, c))


def about_y(angle_deg: float) -> Rows:
    """Return the rotation about Y: roll, positive clockwise as the operator sees the camera."""
    c, s = _cos_sin(angle_deg)
    return ((c, 0.0, s), (0.0, 1.0, 0.0), (-s, 0.0, c))


def about_z(angle_deg: float) -> Rows:
    """Return the rotation about Z: pan, positive to the left."""
    c, s = _cos_sin(angle_deg)
    return ((c, -s, 0.0), (s, c, 0.0), (0.0, 0.0, 1.0))


def _cos_sin(angle_deg: float) -> tuple[float, float]:
    angle = math.radians(math.remainder(angle_deg, 360.0))
    return math.cos(angle), math.sin(angle)


def times(a: Rows, b: Rows) -> Rows:
    """Return ``a`` after ``b``: the product a b."""
    (a0, a1, a2), (a3, a4, a5), (a6, a7, a8) = a
    (b0, b1, b2), (b3, b4, b5), (b6, b7, b8) = b
    return (
        (a0 * b0 + a1 * b3 + a2 * b6, a0 * b1 + a1 * b4 + a2 * b7, a0 * b2 + a1 * b5 + a2 * b8),
        (a3 * b0 + a4 * b3 + a5 * b6, a3 * b1 + a4 * b4 + a5 * b7, a3 * b2 + a4 * b5 + a5 * b8),
        (a6 * b0 + a7 * b3 + a8 * b6, a6 * b1 + a7 * b4 + a8 * b7, a6 * b2 + a7 * b5 + a8 * b8),
    )


def turned(rows: Rows, v: Vector) -> Vector:
    """Return ``v`` turned by ``rows``."""
    return (_dot(rows[0], v), _dot(rows[1], v), _dot(rows[2], v))


def _dot(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def plus(a: Vector, b: Vector) -> Vector:
    """Return the sum."""
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def y_up(rows: Rows) -> Matrix3:
    """
    Return world_from_camera for a stage rotation: both frames go (x, y, z) -> (x, z, -y).

    The camera's own axes change the same way: right, forward, up becomes right,
    up, backward.
    """
    (a, b, c), (d, e, f), (g, h, i) = rows
    return (a, c, 0.0 - b, g, i, 0.0 - h, 0.0 - d, 0.0 - f, e)


def y_up_position(position: Vector) -> Vector:
    """Return a stage position in the show's world, metres: (x, y, z) -> (x, z, -y)."""
    x, y, z = position
    return (x, z, 0.0 - y)
