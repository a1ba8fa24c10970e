"""
Fitting a distortion: the polynomial nearest to another lens model, and how far it lies.

Brown's polynomial turned round is no polynomial; what comes nearest is fitted over the
frame, and its largest error is always said with it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from seamline.errors import TrackError
from seamline.optics.distortion import Pair, unbent, with_slopes
from seamline.show.camera import TO_DISTORTED, TO_UNDISTORTED, Distortion

Floats = NDArray[np.float64]
TERMS = 6
"""Radial ones; two tangential and a centre of its own are fitted besides."""


def fitted(
    moved: Callable[[Floats, Floats], Pair], *, way: str, reach: tuple[float, float],
) -> tuple[Distortion, float]:  # fmt: skip
    """
    Return the polynomial nearest to ``moved`` over a frame, and how far it lies at worst.

    Args:
        moved: Takes (N,) x and y the way asked for.
        way: Which way the polynomial is to go; only kept in what comes back.
        reach: Largest |x| and |y| that it must hold for, over the focal length.

    Returns:
        The terms, and the largest distance, over the focal length, on a grid of 41 x 41.

    Raises:
        TrackError: What is to be fitted is not known everywhere.

    Source:
        Gauss-Newton, damped (Levenberg 1944), over all terms at once.
    """
    grid = [np.arange(-20, 21) / 20.0 * r for r in reach]
    x, y = (a.reshape(-1) for a in np.meshgrid(*grid))
    to_x, to_y = moved(x, y)
    if not np.isfinite(to_x).all():
        raise TrackError(
            "the lens folds within the picture, so nothing can be fitted to all of it",
            remedy="Calibrate the lens out to the picture's corners.",
        )
    found = np.zeros(TERMS + 4)

    def lens_of(numbers: Floats) -> Distortion:
        radial, others = numbers[:TERMS].tolist(), numbers[TERMS:].tolist()
        return Distortion(
            way=way,
            radial=tuple(radial),
            tangential=tuple(others[:2]),
            offset_x=others[2],
            offset_y=others[3],
        )

    def apart(numbers: Floats) -> Floats:
        lens = lens_of(numbers)
        at = with_slopes(lens, x - lens.offset_x, y - lens.offset_y)
        return np.concatenate([at[0] + lens.offset_x - to_x, at[1] + lens.offset_y - to_y])

    off, damping = apart(found), 1e-3
    for _ in range(80):
        steps = np.eye(found.size) * 1e-5
        slopes = np.stack([(apart(found + s) - apart(found - s)) / 2e-5 for s in steps], axis=1)
        scale = np.sqrt((slopes * slopes).sum(axis=0))
        scale = np.maximum(scale, 1e-3 * scale.max())
        square = (slopes / scale).T @ (slopes / scale)
        step = (
            np.linalg.solve(square + damping * np.eye(found.size), -(slopes / scale).T @ off)
            / scale
        )
        tried = apart(found + step)
        if np.isfinite(tried).all() and (tried @ tried) < (off @ off):
            gained = (off @ off) - (tried @ tried)
            found, off, damping = found + step, tried, max(damping / 10, 1e-14)
            if gained < 1e-14 * (off @ off) or (off @ off) < 1e-24:
                break
        else:
            damping *= 10
            if damping > 1e6:
                break
    half = off.size // 2
    return lens_of(found), float(np.hypot(off[:half], off[half:]).max())


def turned_round(lens: Distortion, reach: tuple[float, float]) -> tuple[Distortion, float]:
    """
    Return ``lens`` as a polynomial that goes the other way, and its largest error.

    Args:
        lens: Its terms.
        reach: Largest |x| and |y| of the frame, over the focal length.
    """
    other = TO_UNDISTORTED if lens.way == TO_DISTORTED else TO_DISTORTED
    return fitted(lambda x, y: unbent(lens, x, y), way=other, reach=reach)
