"""
The seam seen across: profiles of light along the normals of the matte's contour.

Offsets count pixels from the contour, negative into the live side, positive into what was
generated. Light is in stops, so that one step is one step in shade and sun.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.optics.reproject import sample_linear
from seamline.pixels.grain.box import box_mean, slopes

Image = NDArray[np.float32]
Floats = NDArray[np.float64]
REACH_PX = 24
MOST = 4000
FEWEST = 60
STEP_PX = (3, 6)
"""A step is taken from the mean of 3 to 6 px on either side: beyond a soft edge."""
BESIDE_PX = (-16, -13, -10, 10, 13, 16)
"""Where the plate's and the element's own steps are taken, at the same distance apart."""
PARTS = 8
_FLOOR_STOPS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Profiles:
    """
    Light across a seam.

    Attributes:
        at: (N, 2) column and row of each contour point, pixels.
        stops: (N, 2 x 24 + 1) log2 light at offsets -24 to 24.
    """

    at: Floats
    stops: Floats


def profiles(light: Image, matte: Image) -> Profiles | None:
    """
    Return what stands across the seam, or None where it is shorter than 60 pixels.

    Args:
        light: (H, W) scene-linear luminance of the comp.
        matte: (H, W), 1 = live.
    """
    smooth = box_mean(box_mean(matte, 3), 3)
    live = matte > 0.5
    rim = np.zeros_like(live)
    rim[:, :-1] |= live[:, :-1] != live[:, 1:]
    rim[:-1] |= live[:-1] != live[1:]
    edge = REACH_PX + 1
    rim[:edge] = rim[-edge:] = False
    rim[:, :edge] = rim[:, -edge:] = False
    rows, columns = np.nonzero(rim)
    across, down = (v[rows, columns].astype(np.float64) for v in slopes(smooth))
    length = np.hypot(across, down)
    sound = length > 1e-3
    every = max(1, int(sound.sum()) // MOST)
    at = np.stack([columns + 0.5, rows + 0.5], axis=1)[sound][::every]
    if len(at) < FEWEST:
        return None
    normal = -np.stack([across, down], axis=1)[sound][::every] / length[sound][::every, None]
    offsets = np.arange(-REACH_PX, REACH_PX + 1, dtype=np.float64)
    x, y = (at[:, k, None] + normal[:, k, None] * offsets for k in (0, 1))
    seen = sample_linear(np.nan_to_num(light)[..., None], x, y)[..., 0]
    stops = np.log2(np.maximum(seen.astype(np.float64), 0) + 0.002)
    return Profiles(at=at, stops=stops)


def _steps(found: Profiles, at_px: int) -> Floats:
    near, far = STEP_PX
    middle = REACH_PX + at_px
    out = found.stops[:, middle + near : middle + far + 1].mean(axis=1)
    inside = found.stops[:, middle - far : middle - near + 1].mean(axis=1)
    return np.asarray(out - inside)


def step_ratio(found: Profiles) -> tuple[float, Floats]:
    """
    Return steps at the seam over steps beside it, and (8,) the same of each eighth of it.

    1 is a seam no steeper than what stands beside it.
    """
    here = np.abs(_steps(found, 0))
    beside = np.mean([np.abs(_steps(found, s)) for s in BESIDE_PX], axis=0)

    def ratio(part: NDArray[np.intp]) -> float:
        own, others = (float(v[part].mean()) + _FLOOR_STOPS for v in (here, beside))
        return own / others

    order = _along(found)
    parts = [ratio(p) for p in np.array_split(order, PARTS)]
    return ratio(order), np.array(parts)


def line_stops(found: Profiles) -> tuple[float, Floats]:
    """
    Return how much brighter a line on the seam is than both sides, stops; and of each eighth.

    Above 0 is a light rim, below a dark one.
    """
    middle = REACH_PX
    own = found.stops[:, middle - 1 : middle + 2].mean(axis=1)
    sides = [middle - 5, middle - 4, middle + 4, middle + 5]
    apart = own - found.stops[:, sides].mean(axis=1)
    parts = [float(np.median(apart[p])) for p in np.array_split(_along(found), PARTS)]
    return float(np.median(apart)), np.array(parts)


def part_place(found: Profiles, part: int) -> tuple[int, int, int, int]:
    """Return x, y, width, height of one eighth of the seam, pixels."""
    at = found.at[np.array_split(_along(found), PARTS)[part]]
    low, high = at.min(axis=0) - 8, at.max(axis=0) + 8
    x, y = (int(max(v, 0)) for v in low)
    return x, y, int(high[0]) - x, int(high[1]) - y


def _along(found: Profiles) -> NDArray[np.intp]:
    """Return the points in the order of their angle about their middle."""
    apart = found.at - found.at.mean(axis=0)
    if np.ptp(apart[:, 1]) < 0.2 * np.ptp(apart[:, 0]):
        return np.asarray(np.argsort(apart[:, 0], kind="stable"))
    if np.ptp(apart[:, 0]) < 0.2 * np.ptp(apart[:, 1]):
        return np.asarray(np.argsort(apart[:, 1], kind="stable"))
    return np.asarray(np.argsort(np.arctan2(apart[:, 1], apart[:, 0]), kind="stable"))
