"""The composition itself: which cards, where, in which order; one variation at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.compose.drawn import Drawn
from seamline.generators.patch.compose.ranges import draw_range
from seamline.generators.patch.compose.sky import draw_sky, sky_wanted
from seamline.generators.patch.compose.standing import Ground, draw_standing, find_place
from seamline.generators.patch.compose.stock import Stock
from seamline.generators.patch.layout import Layout
from seamline.generators.patch.resample import Bytes
from seamline.generators.patch.sheets import Sheet, turned

STANDING_SHARE = 70
"""In so many of a hundred variations something stands before the range, where it may."""
STANDING_SCALES = (0.8, 0.9, 1.0, 1.12, 1.25)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task:
    """
    What one composition is made for.

    Attributes:
        need: (H, W) what some frame sees.
        horizon_row: Row of the horizon on the canvas.
        wanted: (H, W) 1 what is painted: what is needed, and a little around it.
        layout: Of the range.
        seed: Decides the rest.
    """

    need: NDArray[np.bool_]
    horizon_row: float
    wanted: Bytes
    layout: Layout
    seed: int


def compose(stock: Stock, task: Task, progress: Callable[[float], None]) -> list[Drawn]:
    """
    Return the drawn layers, back to front.

    Args:
        stock: The cards of the look.
        task: What it is made for.
        progress: Called with the share done, 0 to 1.
    """
    layout = task.layout
    far = draw_range(
        layout,
        [turned(s, layout.scale, mirrored=layout.mirrored) for s in stock.ranges],
        task.wanted,
        seed=task.seed,
        distance_m=None,
        progress=lambda p: progress(0.15 + 0.25 * p),
    )
    front = _standing(stock, task, far)
    skyline = _skyline([far, *front], task.wanted.shape[1])
    sky = draw_sky(
        [turned(s, 1.0, mirrored=layout.mirrored) for s in stock.skies],
        sky_wanted(task.wanted, skyline),
        task.horizon_row,
        seed=task.seed,
        progress=lambda p: progress(0.4 + 0.5 * p),
    )
    return [sky, far, *front]


def _skyline(layers: Sequence[Drawn], width: int) -> np.ndarray:
    """Return (W,) the lowest row at which the sky may still be seen: first solid row."""
    height = layers[0].alpha.shape[0]
    first = np.full(width, height, np.int64)
    for layer in layers:
        solid = layer.alpha >= np.float32(0.999)
        top = np.where(solid.any(axis=0), solid.argmax(axis=0), height)
        first = np.minimum(first, top)
    return first


def _standing(stock: Stock, task: Task, far: Drawn) -> list[Drawn]:
    if not stock.standing or below(draw(task.seed, 3, 43, 0), 100) >= STANDING_SHARE:
        return []
    ground = _ground(task, far)
    found: list[Drawn] = []
    for label in dict.fromkeys(name for name, _ in stock.standing):
        sheets: list[Sheet] = [
            turned(s, scale, mirrored=task.layout.mirrored)
            for name, s in stock.standing
            if name == label
            for scale in STANDING_SCALES
        ]
        place = find_place(sheets, ground, seed=task.seed + 101 * len(found))
        if place is not None:
            sheet = sheets[place.sheet]
            found.append(
                draw_standing(label, place, sheet, far.alpha.shape[:2], distance_m=None)
            )
    return found


def _ground(task: Task, far: Drawn) -> Ground:
    need = task.need
    seen = need.any(axis=0)
    height = need.shape[0]
    solid = far.alpha > np.float32(0.5)
    return Ground(
        need_top=np.where(seen, need.argmax(axis=0), 0).astype(np.int64),
        need_end=np.where(seen, height - need[::-1].argmax(axis=0), 0).astype(np.int64),
        skyline=np.where(solid.any(axis=0), solid.argmax(axis=0), height).astype(np.int64),
        horizon_row=task.horizon_row,
    )
