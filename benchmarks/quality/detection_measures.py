"""What QC measures, of frames that lie in memory: the calls of ``steps.examine``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from quality.detection_views import (
    FRAMES,
    HEIGHT,
    WIDTH,
    Floats,
    Pixels,
    View,
    centred,
    through,
)
from seamline.optics.reproject import sample_linear
from seamline.pixels.contour import profiles, step_ratio
from seamline.pixels.detail import detail_apart
from seamline.pixels.features import corners, found_again, shared_off
from seamline.pixels.line import horizon_line, line_along, one_horizon
from seamline.pixels.overlap import compared
from seamline.pixels.temporal import grain_ratio, level_change, level_spread
from seamline.ports import Studio
from seamline.steps.evidence import mired_of
from seamline.steps.opened import luminance
from seamline.steps.surveyed import FEWEST, reach_of

MARGIN_PX, SOFT_PX = 64, 1.5
"""How wide the painted margin is, and how soft the matte's edge on either side."""


def of_a_frame(
    of: Studio, view: View, frames: Sequence[Pixels], painted: Pixels, off_px: float
) -> dict[str, float]:
    """Return what the first frame shows beside its margin, across its seam, at its horizon."""
    found: dict[str, float] = {}
    live, made = view.apart < -SOFT_PX, view.apart > SOFT_PX
    margin = live & (view.apart > -MARGIN_PX)
    overlap = compared(frames[0], painted, margin)
    if overlap is not None:
        found["exposure"] = overlap.stops
        found["white"] = mired_of(of, overlap.gains)[0]
    if not view.turns:  # as in ``steps.evidence``: it takes two frames of one view
        pair = (luminance(f) for f in frames[:2])
        soft = detail_apart(*pair, luminance(painted), margin)
        if soft is not None:
            found["softness"] = soft
    matte = (1 - np.clip((view.apart + SOFT_PX) / (2 * SOFT_PX), 0, 1)).astype(np.float32)
    across = profiles(luminance(frames[0]), matte)
    if across is not None:
        found["edge"] = max(math.log2(step_ratio(across)[0]), 0.0)
    if view.rows is not None:
        off = horizon(frames[0], view.rows + off_px, live, made)
        if off is not None:
            found["horizon"] = off
    return found


def horizon(
    frame: Pixels, expected: Floats, live: NDArray[np.bool_], made: NDArray[np.bool_]
) -> float | None:
    """Return how far below ``expected`` a horizon is at the least, as ``steps.surveyed``."""
    plate = horizon_line(frame, expected, live, reach_of(HEIGHT))
    if plate is None:
        return None
    element = line_along(frame, expected, made, reach_of(HEIGHT), plate.lean)
    judged = None if element is None else one_horizon(plate, element)
    return None if judged is None else judged.least_px


def levels_and_grain(view: View, frames: Sequence[Pixels]) -> dict[str, float]:
    """Return what four frames show of grain and flicker."""
    found: dict[str, float] = {}
    moved, light, masks = [frames[0]], [luminance(frames[0])], [view.apart]
    for k in range(1, FRAMES):
        rgb, level, apart = _followed(view, frames[k], k)
        moved.append(rgb)
        light.append(level)
        masks.append(apart)
    live, made = (np.logical_and.reduce([s * a > SOFT_PX for a in masks]) for s in (-1, 1))
    ratio = grain_ratio(moved, made, live, followed=bool(view.turns))
    if ratio is not None:
        found["grain"] = math.log2(max(ratio, 2.0**-8))
    changes = []
    for before, after in pairwise(light):
        mine, plate = (level_change(before, after, side) for side in (made, live))
        if mine is not None:
            changes.append(100 * (mine - (plate or 0.0)))
    if len(changes) == FRAMES - 1:
        found["flicker"] = level_spread(changes)
    return found


def features(view: View, frames: Sequence[Pixels], off_px: float) -> dict[str, float]:
    """Return how far features of the plate lie from where a camera so far off takes them."""
    pair = (frames[0], frames[-1])
    tones = [np.log2(np.maximum(luminance(f), 0) + np.float32(0.004)) for f in pair]
    at = corners(tones[0], view.apart < -SOFT_PX)
    expected = at + 0.0
    if view.turns and len(at):
        x, y = (at[:, k] + 0.5 - n / 2 for k, n in enumerate((WIDTH, HEIGHT)))
        x, y = through(view.turns[-1].T @ view.turns[0], x, y)
        expected = np.stack([x + WIDTH / 2 - 0.5 + off_px, y + HEIGHT / 2 - 0.5], axis=1)
    apart = found_again(*tones, at, expected)
    kept = np.isfinite(apart).all(axis=1)
    if int(kept.sum()) < FEWEST:
        return {}
    off = shared_off(at[kept], apart[kept])
    return {} if off is None else {"perspective": off}


def _followed(view: View, frame: Pixels, k: int) -> tuple[Pixels, Pixels, Floats]:
    """Return a later frame on the first one's pixels, as ``steps.followed`` does."""
    if not view.turns:
        return frame, luminance(frame), view.apart
    x, y = through(view.turns[k].T @ view.turns[0], *centred((HEIGHT, WIDTH)))
    x, y = x + WIDTH / 2, y + HEIGHT / 2
    columns, rows = np.floor(x).astype(int), np.floor(y).astype(int)
    inside = (columns >= 0) & (columns < WIDTH) & (rows >= 0) & (rows < HEIGHT)
    rows, columns = np.where(inside, rows, 0), np.where(inside, columns, 0)
    level = sample_linear(luminance(frame)[..., None], x, y)[..., 0]
    return frame[rows, columns], level, np.where(inside, view.apart[rows, columns], 0)
