"""
The light by a chart of 24 patches: exposure, white, and how well it is explained.

The chart is given by the middles of its four corner patches. A lens on a flat chart is a
homography (Hartley & Zisserman, Multiple View Geometry, 2nd ed., 4.1); patches are medians
of the middle quarter of their squares.

Source of the colours: X-Rite, "New color specifications for ColorChecker SG and Classic
charts", L*a*b* for D50 and the 2 degree observer: charts made from November 2014 on, and
before. Y of a perfect white is 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.light.ball import Floats
from seamline.pixels.light.found import Measure
from seamline.pixels.picture import Image

ACROSS, DOWN = 6, 4
CORNERS = ("dark skin", "bluish green", "black", "white")
"""The four patches whose middles are given, in this order: once around the chart."""
NEUTRALS = slice(18, 24)
D50 = (0.9642, 1.0, 0.8251)
"""XYZ of the white that the colours are told for (ICC.1:2022, 7.2.16)."""
SQUARE = 0.25
"""Half the width of what is read of a patch, over the distance of two."""
LIMIT_STOPS = 0.5
"""Explained worse than that it is no such chart, or its corners are elsewhere."""
T_90 = (6.31, 2.92, 2.35, 2.13, 2.02)
"""Student's t for nine in ten, with 1 to 5 degrees of freedom."""
DARK, NEAR_LIMIT = 0.002, 0.98

SINCE_2014 = (
    (37.54, 14.37, 14.92), (64.66, 19.27, 17.50), (49.32, -3.82, -22.54),
    (43.46, -12.74, 22.72), (54.94, 9.61, -24.79), (70.48, -32.26, -0.37),
    (62.73, 35.83, 56.50), (39.43, 10.75, -45.17), (50.57, 48.64, 16.67),
    (30.10, 22.54, -20.87), (71.77, -24.13, 58.19), (71.51, 18.24, 67.37),
    (28.37, 15.42, -49.80), (54.38, -39.72, 32.27), (42.43, 51.05, 28.62),
    (81.80, 2.67, 80.41), (50.63, 51.28, -14.12), (49.57, -29.71, -28.32),
    (95.19, -1.03, 2.93), (81.29, -0.57, 0.44), (66.89, -0.75, -0.06),
    (50.76, -0.13, 0.14), (35.63, -0.46, -0.48), (20.64, 0.07, -0.46),
)  # fmt: skip
BEFORE_2014 = (
    (37.986, 13.555, 14.059), (65.711, 18.130, 17.810), (49.927, -4.880, -21.905),
    (43.139, -13.095, 21.905), (55.112, 8.844, -25.399), (70.719, -33.397, -0.199),
    (62.661, 36.067, 57.096), (40.020, 10.410, -45.964), (51.124, 48.239, 16.248),
    (30.325, 22.976, -21.587), (72.532, -23.709, 57.255), (71.941, 19.363, 67.857),
    (28.778, 14.179, -50.297), (55.261, -38.342, 31.370), (42.101, 53.378, 28.190),
    (81.733, 4.039, 79.819), (51.935, 49.986, -14.574), (51.038, -28.631, -28.638),
    (96.539, -0.425, 1.186), (81.257, -0.638, -0.335), (66.766, -0.734, -0.504),
    (50.867, -0.153, -0.270), (35.656, -0.421, -1.231), (20.461, -0.079, -0.973),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLight:
    """
    The light a chart was in.

    Attributes:
        exposure_stops: Where an 18 % grey card beside it lies, in stops from 0.18.
        white: (3,) working-space colour of the light, green 1.
        white_spread: How far red and blue of ``white`` may be off, natural logarithm.
        residual_stops: Median distance of patches and channels from what exposure, white
            and an even fall-off across the chart explain.
        uneven_stops: How much brighter the light is at its brightest corner than at its
            darkest.
        looks_right: Whether it is this chart, read in this order.
    """

    exposure_stops: Measure
    white: tuple[float, float, float]
    white_spread: float
    residual_stops: float
    uneven_stops: float
    looks_right: bool


def patches_xyz(lab: tuple[tuple[float, float, float], ...] = SINCE_2014) -> Floats:
    """Return (24, 3) XYZ of the patches under D50, by the formulas of CIE 15:2018, 8.2.1."""
    colours = np.array(lab)
    f_y = (colours[:, 0] + 16) / 116
    f = np.stack([f_y + colours[:, 1] / 500, f_y, f_y - colours[:, 2] / 200], axis=1)
    dark = 3 * (6 / 29) ** 2 * (f - 4 / 29)
    found: Floats = np.where(f > 6 / 29, f**3, dark) * np.array(D50)
    return found


def patch_colours(picture: Image, corners_px: Floats) -> Floats:
    """
    Return (24, 3) the colours of a chart's patches, row by row from the dark skin.

    Args:
        picture: (H, W, 3) scene-linear.
        corners_px: (4, 2) x, y of the middles of the patches ``CORNERS``, pixels of
            ``picture`` from its top left.

    Returns:
        NaN where a patch lies outside the picture or holds nothing finite.
    """
    across, down = np.meshgrid(np.arange(ACROSS), np.arange(DOWN))
    grid = np.stack([across.ravel(), down.ravel()], axis=1).astype(np.float64)
    home = _homography(
        np.array([[0, 0], [ACROSS - 1, 0], [ACROSS - 1, DOWN - 1], [0, DOWN - 1.0]]), corners_px
    )
    steps = np.linspace(-SQUARE, SQUARE, 21)
    offsets = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    places = _moved(home, (grid[:, None] + offsets[None]).reshape(-1, 2))
    height, width = picture.shape[:2]
    columns, rows = np.floor(places[:, 0]), np.floor(places[:, 1])
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    read = np.full((len(places), 3), np.nan)
    at = rows[inside].astype(np.int64), columns[inside].astype(np.int64)
    read[inside] = picture[at]
    colours = np.full((len(grid), 3), np.nan)
    for patch, values in enumerate(read.reshape(len(grid), -1, 3)):
        known = np.isfinite(values).all(axis=1)
        if known.mean() > 0.5:
            colours[patch] = np.median(values[known], axis=0)
    return colours


def light_of_chart(colours: Floats, reference: Floats) -> ChartLight | None:
    """
    Return the light that ``colours`` were photographed in.

    Args:
        colours: (24, 3) patches as photographed, working space, scene-linear.
        reference: (24, 3) patches under an even light of working-space (1, 1, 1) that a
            perfect white would return.

    Returns:
        None where fewer than three neutral patches can be read.
    """
    usable = np.isfinite(colours).all(axis=1) & (colours > DARK).all(axis=1)
    largest = np.nanmax(colours) if usable.any() else 0.0
    clipped = (colours >= NEAR_LIMIT * largest).any(axis=1) & usable
    # Several patches at one largest value have met the sensor's limit.
    usable &= ~clipped | (clipped.sum() < 2)
    neutral = np.zeros(len(colours), bool)
    neutral[NEUTRALS] = usable[NEUTRALS]
    if neutral.sum() < 3:
        return None
    ratio = np.log2(np.where(usable[:, None], colours, 1.0) / reference)
    slope = _fall_off(ratio.mean(axis=1), usable)
    level = ratio - slope[:, None]
    gain = level[neutral].mean(axis=0)
    scatter = level[neutral].std(axis=0, ddof=1) / math.sqrt(neutral.sum())
    t = T_90[min(int(neutral.sum()) - 2, len(T_90) - 1)]
    residual = float(np.median(np.abs(level - gain)[usable]))
    stops = float(np.log2((2.0**gain).mean()))
    half = t * float(scatter.max()) + 0.02
    white = 2.0**gain / 2.0 ** gain[1]
    balance = (level - level[:, 1:2])[neutral]
    spread = balance.std(axis=0, ddof=1).max() / math.sqrt(neutral.sum()) * t
    return ChartLight(
        exposure_stops=Measure(value=stops, low=stops - half, high=stops + half),
        white=(float(white[0]), 1.0, float(white[2])),
        white_spread=float(spread) * math.log(2) + 0.005,
        residual_stops=residual,
        uneven_stops=float(slope.max() - slope.min()),
        looks_right=residual <= LIMIT_STOPS and _in_order(colours, reference, usable),
    )


def _fall_off(level: Floats, usable: NDArray[np.bool_]) -> Floats:
    """Return (24,) the even fall-off across the chart, stops, about the neutral row's mean."""
    across, down = np.meshgrid(np.arange(ACROSS), np.arange(DOWN))
    terms = np.stack([np.ones(ACROSS * DOWN), across.ravel(), down.ravel()], axis=1)
    weight: Floats = usable.astype(np.float64)
    answer: Floats = np.zeros(3)
    for _ in range(20):
        part = (terms * weight[:, None]).T
        answer = np.asarray(
            np.linalg.solve(part @ terms + 1e-9 * np.eye(3), part @ level), np.float64
        )
        left = level - terms @ answer
        scale = max(1.4826 * float(np.median(np.abs(left[usable]))), 0.01)
        weight = usable / (1 + (left / (2.3849 * scale)) ** 2)
    slope = terms[:, 1:] @ answer[1:]
    found: Floats = slope - slope[NEUTRALS].mean()
    return found


def _in_order(colours: Floats, reference: Floats, usable: NDArray[np.bool_]) -> bool:
    """Whether no other way round around the chart explains the colours better."""
    grid = np.arange(ACROSS * DOWN).reshape(DOWN, ACROSS)
    costs = []
    for turned in (grid, grid[::-1, ::-1], grid[::-1], grid[:, ::-1]):
        ratio = np.log2(np.where(usable[:, None], colours, 1.0) / reference[turned.ravel()])
        apart = ratio - np.median(ratio[usable], axis=0)
        costs.append(float(np.abs(apart[usable]).mean()))
    return costs[0] == min(costs)


def _homography(grid: Floats, places: Floats) -> Floats:
    """Return the (3, 3) homography that takes four ``grid`` points to ``places``."""
    rows, right = [], []
    for (u, v), (x, y) in zip(grid, places, strict=True):
        rows += [[u, v, 1, 0, 0, 0, -x * u, -x * v], [0, 0, 0, u, v, 1, -y * u, -y * v]]
        right += [x, y]
    answer = np.linalg.lstsq(np.array(rows), np.array(right), rcond=None)[0]
    return np.append(answer, 1.0).reshape(3, 3)


def _moved(home: Floats, points: Floats) -> Floats:
    at = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ home.T
    found: Floats = at[:, :2] / at[:, 2:]
    return found
