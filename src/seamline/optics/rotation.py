"""
Rotations: (3, 3) float64, named ``to_from``, read right to left.

Pan turns about the world's Y (positive to the left, as OpenTrackIO has it),
tilt about the camera's X (positive up), roll about the camera's Z.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from seamline.show.camera import Matrix3

Rotation = NDArray[np.float64]


def as_rotation(numbers: Matrix3) -> Rotation:
    """Return nine row-major numbers as a (3, 3) rotation."""
    return np.array(numbers, dtype=np.float64).reshape(3, 3)


def as_numbers(rotation: Rotation) -> Matrix3:
    """Return a (3, 3) rotation as nine row-major numbers."""
    flat = [float(v) for v in rotation.reshape(9)]
    return (*flat,)  # type: ignore[return-value]


def from_pan_tilt_roll(pan_deg: float, tilt_deg: float, roll_deg: float = 0.0) -> Rotation:
    """Return ``world_from_camera`` (3, 3) for pan (left), tilt (up) and roll, degrees."""
    p, t, r = (math.radians(a) for a in (pan_deg, tilt_deg, roll_deg))
    cp, sp, ct, st, cr, sr = (f(a) for a in (p, t, r) for f in (math.cos, math.sin))
    pan = np.array([[cp, 0, sp], [0, 1, 0], [-sp, 0, cp]])
    tilt = np.array([[1, 0, 0], [0, ct, -st], [0, st, ct]])
    roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return compose(compose(pan, tilt), roll)


def compose(a: Rotation, b: Rotation) -> Rotation:
    """Return ``a`` after ``b``, (3, 3), by plain sums (no BLAS: same bits everywhere)."""
    return np.array(
        [
            [sum(float(a[i, k]) * float(b[k, j]) for k in range(3)) for j in range(3)]
            for i in range(3)
        ]
    )


def between(a: Rotation, b: Rotation, share: float) -> Rotation:
    """
    Return the rotation ``share`` of the way from ``a`` to ``b``, at constant speed.

    Args:
        a: (3, 3) rotation at share 0.
        b: (3, 3) rotation at share 1.
        share: May lie outside [0, 1] (extrapolation at the ends of a take).

    Source:
        Rodrigues' formula on the relative rotation (Hartley & Zisserman, A4.3.2).
    """
    step = compose(a.T, b)
    cosine = max(-1.0, min(1.0, (float(step[0, 0] + step[1, 1] + step[2, 2]) - 1.0) / 2.0))
    angle = math.acos(cosine)
    axis = (
        float(step[2, 1] - step[1, 2]),
        float(step[0, 2] - step[2, 0]),
        float(step[1, 0] - step[0, 1]),
    )
    length = math.sqrt(axis[0] ** 2 + axis[1] ** 2 + axis[2] ** 2)
    if length < 1e-12:  # no turn worth the name (a half turn between frames is no camera move)
        return a.copy()
    angle = math.atan2(length / 2.0, cosine)  # exact for the small turns of a film camera
    x, y, z = (v / length for v in axis)
    c, s = math.cos(angle * share), math.sin(angle * share)
    turned = np.array(
        [
            [c + x * x * (1 - c), x * y * (1 - c) - z * s, x * z * (1 - c) + y * s],
            [y * x * (1 - c) + z * s, c + y * y * (1 - c), y * z * (1 - c) - x * s],
            [z * x * (1 - c) - y * s, z * y * (1 - c) + x * s, c + z * z * (1 - c)],
        ]
    )
    return compose(a, turned)


def looking(forward: NDArray[np.float64]) -> Rotation:
    """
    Return ``world_from_canvas`` (3, 3) whose -Z is ``forward`` and whose X is level.

    Args:
        forward: (3,) direction, any length. Straight up or down keeps the world's X.
    """
    f = [float(v) for v in forward]
    length = math.sqrt(sum(v * v for v in f))
    back = [-v / length for v in f]
    right = [back[2], 0.0, -back[0]]  # world up x back
    level = math.sqrt(right[0] ** 2 + right[2] ** 2)
    right = [v / level for v in right] if level > 1e-9 else [1.0, 0.0, 0.0]
    up = [
        back[1] * right[2] - back[2] * right[1],
        back[2] * right[0] - back[0] * right[2],
        back[0] * right[1] - back[1] * right[0],
    ]
    return np.array([right, up, back]).T.copy()
