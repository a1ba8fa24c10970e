"""
Rotations of foreign cameras: Euler angles in any order, quaternions, matrices, axes.

Rows of three, angles in degrees, right-handed; plain arithmetic in a fixed order, so
that every machine has the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from seamline.errors import TrackError
from seamline.formats.tracks import zup
from seamline.formats.tracks.zup import Rows, Vector
from seamline.show.camera import Matrix3

SKEW = 1e-3
"""How far from a rotation a matrix written with few digits may be."""
Z_UP_TO_Y_UP: Rows = ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0))
Y_DOWN: Rows = ((1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, -1.0))
"""Between OpenCV's camera (y down, looking along +z) and ours (y up, along -z)."""


def euler(order: str, angles_deg: Sequence[float]) -> Rows:
    """
    Return the rotation of three ``angles_deg`` (about X, Y, Z), applied in ``order``.

    ``ZXY`` turns about Z first and about Y last, as Nuke, Maya and Blender name orders;
    a column vector meets Ry Rx Rz.
    """
    about = dict(
        zip("XYZ", (f(a) for f, a in zip(_ABOUT, angles_deg, strict=True)), strict=True)
    )
    first, second, third = (about[axis] for axis in order)
    return zup.times(third, zup.times(second, first))


_ABOUT = (zup.about_x, zup.about_y, zup.about_z)


def quaternion(x: float, y: float, z: float, w: float) -> Rows:
    """
    Return the rotation of a quaternion (x, y, z, w) of any length but 0.

    Source: Hartley & Zisserman, appendix 4.3.
    """
    n = x * x + y * y + z * z + w * w
    s = 2.0 / n
    return (
        (1 - s * (y * y + z * z), s * (x * y - z * w), s * (x * z + y * w)),
        (s * (x * y + z * w), 1 - s * (x * x + z * z), s * (y * z - x * w)),
        (s * (x * z - y * w), s * (y * z + x * w), 1 - s * (x * x + y * y)),
    )


def unscaled(rows: Rows, where: str) -> Rows:
    """
    Return the rotation in a matrix that may also scale all axes alike.

    Raises:
        TrackError: It mirrors (left-handed), shears, or scales one axis otherwise.
    """
    columns = list(zip(*rows, strict=True))
    lengths = [math.sqrt(sum(v * v for v in column)) for column in columns]
    if not all(math.isfinite(n) and n > 0 for n in lengths):
        raise TrackError(
            f"{where}: the matrix is no finite number, or has no size",
            remedy="Export the track again.",
        )
    right, up, back = ([v / n for v in c] for c, n in zip(columns, lengths, strict=True))
    x, y, z = right, up, back
    hand = (
        x[0] * (y[1] * z[2] - y[2] * z[1])
        + x[1] * (y[2] * z[0] - y[0] * z[2])
        + x[2] * (y[0] * z[1] - y[1] * z[0])
    )
    if hand < 0:
        raise TrackError(
            f"{where}: the matrix mirrors: its axes are left-handed",
            remedy="Export the camera for a right-handed world, without a negative scale.",
        )
    skew = max(abs(sum(p * q for p, q in zip(a, b, strict=True))) for a, b in _pairs(x, y, z))
    uneven = max(lengths) / min(lengths) - 1
    if skew > SKEW or uneven > SKEW:
        raise TrackError(
            f"{where}: the matrix is no rotation (it shears by {skew:.3g} and scales its axes "
            f"unevenly by {uneven:.3g})",
            remedy="Bake the camera's transforms, without scale, and export it again.",
        )
    return _straightened(right, back)


def _pairs(
    x: list[float], y: list[float], z: list[float]
) -> tuple[tuple[list[float], list[float]], ...]:
    return ((x, y), (x, z), (y, z))


def _straightened(right: list[float], back: list[float]) -> Rows:
    """Return the rotation whose view is ``back`` and whose right is nearest ``right``."""
    along = sum(p * q for p, q in zip(right, back, strict=True))
    x = [p - along * q for p, q in zip(right, back, strict=True)]
    size = math.sqrt(sum(v * v for v in x))
    x = [v / size for v in x]
    y = [
        back[1] * x[2] - back[2] * x[1],
        back[2] * x[0] - back[0] * x[2],
        back[0] * x[1] - back[1] * x[0],
    ]
    return (
        (x[0], y[0], back[0]),
        (x[1], y[1], back[1]),
        (x[2], y[2], back[2]),
    )


def numbers(rows: Rows) -> Matrix3:
    """Return nine numbers, row by row."""
    (a, b, c), (d, e, f), (g, h, i) = rows
    return (a, b, c, d, e, f, g, h, i)


def world(position: Vector, rows: Rows, *, up: str = "Y") -> tuple[Vector, Rows]:
    """Return a pose of a right-handed world whose ``up`` axis may be Z, Y up."""
    if up == "Y":
        return position, rows
    return zup.turned(Z_UP_TO_Y_UP, position), zup.times(Z_UP_TO_Y_UP, rows)
