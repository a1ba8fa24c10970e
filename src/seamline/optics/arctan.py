"""
Arc tangent from plain IEEE arithmetic, so that a direction is the same everywhere.

Library arc tangents differ in the last bit between processors and releases;
which canvas pixel a frame sees may not. ``+ - * /`` and ``sqrt`` are exact by
standard, and the same formula in ``fast`` gives the same bits.

Source: S. L. Moshier, Methods and Programs for Mathematical Functions (1989),
rational form P4/Q5 with reduction at tan(pi/8) and tan(3 pi/8); relative error
below 2e-16.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

P = (
    -8.750608600031904122785e-1,
    -1.615753718733365076637e1,
    -7.500855792314704667340e1,
    -1.228866684490136173410e2,
    -6.485021904942025371773e1,
)
Q = (
    2.485846490142306297962e1,
    1.650270098316988542046e2,
    4.328810604912902668951e2,
    4.853903996359136964868e2,
    1.945506571482613964425e2,
)
TAN_3PI_8 = 2.41421356237309504880
TAN_PI_8 = 0.41421356237309504880
PI = 3.14159265358979323846


def arctan_ratio(y: Floats, x: Floats) -> Floats:
    """
    Return the angle of the point (x, y), radians in (-pi, pi]; shapes (N,) or (H, W).

    Args:
        y: Opposite, any unit.
        x: Adjacent, the same unit. (0, 0) gives 0.
    """
    big, small = np.maximum(np.abs(y), np.abs(x)), np.minimum(np.abs(y), np.abs(x))
    t = small / np.where(big > 0, big, 1.0)  # 0 ... 1
    steep = t > TAN_PI_8
    r = np.where(steep, (t - 1.0) / (t + 1.0), t)
    z = r * r
    top = (((P[0] * z + P[1]) * z + P[2]) * z + P[3]) * z + P[4]
    bottom = ((((z + Q[0]) * z + Q[1]) * z + Q[2]) * z + Q[3]) * z + Q[4]
    angle = z * top / bottom * r + r
    angle = np.where(steep, angle + PI / 4, angle)
    angle = np.where(np.abs(y) > np.abs(x), PI / 2 - angle, angle)
    angle = np.where(x < 0, PI - angle, angle)
    signed: Floats = np.where(y < 0, -angle, angle)
    return signed
