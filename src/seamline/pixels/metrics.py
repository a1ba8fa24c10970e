"""Measures on pictures: what can be said in numbers about edges, change and colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]


def edge_width_px(
    tone: Image, mask: Mask | None = None, *, strongest: int = 400
) -> float | None:
    """
    Return the median width of the strongest edges along rows, pixels.

    Width of an edge is its whole monotone rise over its steepest step: a step
    smeared evenly over n pixels measures n.

    Args:
        tone: (H, W) float32, log-coded luminance, so that bright edges do not rule.
        mask: (H, W), where to look; an edge counts when all of its rise lies inside.
        strongest: How many edges, by height, are taken.

    Returns:
        None when there are fewer than 30 edges.
    """
    step = np.diff(tone.astype(np.float64), axis=1)
    widths: list[tuple[float, float]] = []
    for row in range(step.shape[0]):
        line = step[row]
        sign = np.sign(line)
        starts = np.flatnonzero(np.concatenate([[True], sign[1:] != sign[:-1]]))
        stops = np.concatenate([starts[1:], [len(line)]])
        rise = np.add.reduceat(line, starts)
        steepest = np.maximum.reduceat(np.abs(line), starts)
        keep = np.abs(rise) > 0.03  # half a stop in ACEScct
        if mask is not None:
            outside = np.concatenate([[0], np.cumsum(~mask[row])])
            keep &= outside[stops + 1] == outside[starts]
        widths += [
            (float(abs(r)), float(abs(r) / s))
            for r, s in zip(rise[keep], steepest[keep], strict=True)
        ]
    if len(widths) < 30:
        return None
    widths.sort(reverse=True)
    return float(np.median([w for _, w in widths[:strongest]]))


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
