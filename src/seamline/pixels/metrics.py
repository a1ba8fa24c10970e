"""Measures on pictures: what can be said in numbers about edges, change and colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]


PLATEAU_PX = (8, 16)
"""An edge stands alone when the tone is level from 8 to 16 px on both sides of it."""
CONTRAST = 0.04
"""Least height of an edge: .7 stop in ACEScct."""
CLEAR = 4.0
"""Least height over the unrest of its two sides."""


def edge_width_px(
    tone: Image, mask: Mask | None = None, *, clearest: int = 2000
) -> float | None:
    """
    Return the median width along rows of the edges that stand alone, pixels.

    The width of an edge is one pixel, plus four times the area between its profile
    and the ideal step at the same place, over its height: a step smeared evenly
    over n pixels measures n. An area averages grain out; a steepest slope follows it.

    Args:
        tone: (H, W) float32, log-coded luminance, so that bright edges do not rule.
        mask: (H, W), where to look; the whole reach of an edge must lie inside.
        clearest: How many edges are taken, clearest first.

    Returns:
        None when there are fewer than 30 edges.
    """
    near, far = PLATEAU_PX
    height, width = tone.shape
    if width < 4 * far:
        return None
    light = tone.astype(np.float64)
    at = np.arange(far, width - far)
    (left, left_unrest), (right, right_unrest) = (
        _level(light, at, *reach) for reach in ((-far, -near), (near, far))
    )
    rise = right - left
    clear = np.abs(rise) / np.sqrt(left_unrest + right_unrest + 1e-5)
    clear[np.abs(rise) < CONTRAST] = 0
    if mask is not None:
        outside = np.concatenate([np.zeros((height, 1)), np.cumsum(~mask, axis=1)], axis=1)
        clear[outside[:, at + far + 1] > outside[:, at - far]] = 0
    inner = clear[:, 1:-1]
    peak = (inner >= clear[:, :-2]) & (inner > clear[:, 2:]) & (inner > CLEAR)
    rows, columns = np.nonzero(peak)
    if len(rows) < 30:
        return None
    first = np.argsort(-inner[peak], kind="stable")[:clearest]
    rows, columns = rows[first], columns[first] + 1
    reach = np.arange(-far + 5, far - 4)
    profile = light[rows[:, None], at[columns][:, None] + reach]
    profile = (profile - left[rows, columns][:, None]) / rise[rows, columns][:, None]
    count = len(reach)
    place = count - profile.sum(axis=1)
    pixel = np.arange(count)
    step = np.clip(pixel + 1 - place[:, None], 0, 1)
    side = np.where(pixel + 0.5 < place[:, None], -1.0, 1.0)
    area = ((step - profile) * side).sum(axis=1)
    return float(np.median(1 + 4 * area))  # the ideal step is as wide as its pixel


def _level(
    light: NDArray[np.float64], at: NDArray[np.int64], begin: int, end: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and variance, (H, N), of the pixels from ``begin`` to ``end`` off ``at``."""
    sums, squares = (
        np.concatenate([np.zeros((light.shape[0], 1)), np.cumsum(v, axis=1)], axis=1)
        for v in (light, light * light)
    )
    count = end - begin + 1
    mean = (sums[:, at + end + 1] - sums[:, at + begin]) / count
    spread = (squares[:, at + end + 1] - squares[:, at + begin]) / count - mean * mean
    return mean, np.maximum(spread, 0.0)


def log_difference(
    a: Image, b: Image, mask: Mask
) -> tuple[tuple[float, float, float], float] | None:
    """
    Return per channel the median of ``a`` - ``b``, and the median absolute rest.

    Args:
        a: (H, W, 3), log-coded.
        b: (H, W, 3), the same code.
        mask: (H, W), the pixels compared.

    Returns:
        None with fewer than 200 pixels.
    """
    apart = (a - b)[mask]
    apart = apart[np.isfinite(apart).all(axis=1)]
    if len(apart) < 200:
        return None
    middle = np.median(apart, axis=0)
    rest = float(np.median(np.abs(apart - middle)))
    return (float(middle[0]), float(middle[1]), float(middle[2])), rest
