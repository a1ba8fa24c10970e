"""The composition itself: which cards, where, in which order; one variation at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.compose.air import draw_air
from seamline.generators.patch.compose.drawn import Drawn
from seamline.generators.patch.compose.ranges import draw_range
from seamline.generators.patch.compose.shore import (
    Foot,
    beneath,
    range_feet,
    shore_of,
    stand_ashore,
)
from seamline.generators.patch.compose.sky import Setting, draw_sky, set_sky, sky_wanted
from seamline.generators.patch.compose.standing import (
    Ground,
    Place,
    draw_standing,
    find_place,
)
from seamline.generators.patch.compose.stock import Stock
from seamline.generators.patch.compose.water import BEHIND_PX, above_water, draw_water
from seamline.generators.patch.layout import Layout
from seamline.generators.patch.memory import give_back
from seamline.generators.patch.resample import Bytes, Floats
from seamline.generators.patch.sheets import Sheet, columns_of, turned
from seamline.ports import NOT_KEPT, Levels, ReferencePicture

STANDING_SHARE = 70
"""In so many of a hundred variations something stands before the range, where it may."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task:
    """
    What one composition is made for.

    Attributes:
        need: (H, W) what some frame sees.
        horizon_row: Row of the horizon on the canvas.
        wanted: (H, W) 1 what is painted: what is needed, and a little around it.
        waterline: Row on which water begins; None without water.
        lines: (W,) rows of upper edges that somebody drew, by label.
        layout: Of the range.
        seed: Decides the rest.
    """

    need: NDArray[np.bool_]
    horizon_row: float
    wanted: Bytes
    layout: Layout
    seed: int
    waterline: int | None = None
    lines: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def ashore(self) -> NDArray[np.bool_]:
        """(H, W) what is seen above the waterline."""
        return above_water(self.need, self.waterline)

    @property
    def wanted_ashore(self) -> Bytes:
        """(H, W) 1 what is painted of what stands above the water, and goes on behind it."""
        if self.waterline is None:
            return self.wanted
        return above_water(self.wanted > 0, self.waterline + BEHIND_PX).astype(np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Composition:
    """What was decided: the range's layout, what stands before it, where the sky is set."""

    layout: Layout
    standing: tuple[tuple[str, Sheet, Place], ...]
    """(label, card as it is, place), farthest first."""
    sky: Setting


def plan_composition(stock: Stock, task: Task) -> Composition:
    """Return what the composition of ``stock`` for ``task`` is; nothing is painted yet."""
    skyline = _line_of(task.layout, stock.ranges, task.wanted.shape)
    standing = _standing(stock, task, skyline)
    sky = set_sky(stock.skies, task.need, task.horizon_row, seed=task.seed)
    return Composition(layout=task.layout, standing=standing, sky=sky)


def compose(
    stock: Stock,
    task: Task,
    plan: Composition,
    references: Sequence[ReferencePicture],
    progress: Callable[[float], None],
    lit_sky: Callable[[Bytes], Drawn] | None = None,
    levels: Levels = NOT_KEPT,
) -> list[Drawn]:
    """
    Return the drawn layers, back to front: all that stands ashore.

    Args:
        stock: The cards of the look.
        task: What it is made for.
        plan: What was decided.
        references: Those handed over.
        progress: Called with the share done, 0 to 1.
        lit_sky: Draws another sky than the look's own card, where (H, W) it is wanted.
        levels: Where what is finished of it is kept.
    """
    layout = plan.layout
    ranges = [turned(s, layout.scale, mirrored=layout.mirrored) for s in stock.ranges]
    far = draw_range(
        layout,
        ranges,
        task.wanted_ashore,
        seed=task.seed,
        progress=lambda p: progress(0.3 * p),
        bent=not range_feet(stock),
        levels=levels,
    )
    give_back()
    front = [
        draw_standing(
            label,
            place,
            turned(sheet, place.scale, mirrored=layout.mirrored),
            task.wanted.shape,
        )
        for label, sheet, place in plan.standing
    ]
    progress(0.4)
    give_back()
    skyline = skyline_of([far.alpha, *(d.alpha for d in front)])
    seen = sky_wanted(task.wanted_ashore, skyline)
    if lit_sky is not None:
        sky = lit_sky(seen)
    else:
        sky = draw_sky(
            [turned(s, 1.0, mirrored=layout.mirrored) for s in stock.skies],
            plan.sky,
            seen,
            seed=task.seed,
            progress=lambda p: progress(0.4 + 0.6 * p),
            levels=levels,
        )
    near = [s for _, s in stock.standing]
    air = draw_air(far, ranges, sky, near, references, skyline)
    return [sky, far, *([] if air is None else [air]), *front]


def compose_water(
    stock: Stock,
    task: Task,
    behind: Sequence[tuple[Floats, Floats]],
    feet: Sequence[Foot],
    *,
    mirrored: bool,
) -> Drawn | None:
    """
    Return the water before what stands ``behind``, or None where none is to be seen.

    Args:
        stock: The cards of the look.
        task: What it is made for.
        behind: Colour (H, W, 3) and alpha (H, W) of each layer, back to front.
        feet: What each of them shows just above the waterline.
        mirrored: Left and right of the cards exchanged.
    """
    if task.waterline is None or not stock.waters:
        return None
    water = stock.waters[0]
    under = beneath(water, feet, mirrored=mirrored, seed=task.seed)
    if not range_feet(stock):
        under = replace(under, whole=np.zeros_like(under.whole))
    return draw_water(water, under, over_one_another(behind), task.waterline, task.wanted)


def over_one_another(layers: Sequence[tuple[Floats, Floats]]) -> Floats:
    """Return (H, W, 3) colours (H, W, 3) under alphas (H, W), back to front, log encoding."""
    picture = np.zeros_like(layers[0][0])
    for colour, alpha in layers:
        picture += (colour - picture) * alpha[..., None]
    return picture


def skyline_of(alphas: Sequence[Floats]) -> NDArray[np.int64]:
    """Return (W,) the first row per column behind which no sky is seen; (H, W) alphas."""
    height, width = alphas[0].shape
    first = np.full(width, height, np.int64)
    for alpha in alphas:
        solid = alpha >= np.float32(0.999)
        top = np.where(solid.any(axis=0), solid.argmax(axis=0), height)
        first = np.minimum(first, top)
    return first


def ground_of(task: Task, skyline: NDArray[np.int64], label: str) -> Ground:
    """Return what a card of ``label`` is placed against, before a range's ``skyline`` (W,)."""
    need = task.ashore
    seen = need.any(axis=0)
    end = need.shape[0] - need[::-1].argmax(axis=0)
    return Ground(
        need_top=np.where(seen, need.argmax(axis=0), 0).astype(np.int64),
        need_end=np.where(seen, end, 0).astype(np.int64),
        skyline=skyline,
        horizon_row=task.horizon_row,
        drawn=task.lines.get(label),
    )


def _line_of(
    layout: Layout, sheets: Sequence[Sheet], shape: tuple[int, ...]
) -> NDArray[np.int64]:
    """Return (W,) the row of the range's skyline, told from the layout alone."""
    height, width = shape
    line = np.full(width, height, np.int64)
    for piece in layout.pieces:
        sheet = sheets[piece.sheet]
        assert sheet.top is not None
        across = max(1, int(sheet.width * layout.scale + 0.5))
        at = columns_of(sheet.width, across, layout.scale, mirrored=layout.mirrored)
        columns = np.arange(piece.left, piece.right)
        own = at[np.clip(columns + piece.dx, 0, across - 1)]
        rows = np.floor(sheet.top[own] * layout.scale + 0.5).astype(np.int64) - piece.dy
        line[columns] = np.clip(rows, 0, height)
    return line


def _standing(
    stock: Stock, task: Task, skyline: NDArray[np.int64]
) -> tuple[tuple[str, Sheet, Place], ...]:
    stands = below(draw(task.seed, 3, 43, 0), 100) < STANDING_SHARE
    shore = None
    if stock.waters and task.waterline is not None:
        shore = shore_of(stock.waters[0], stock.standing)
    found: list[tuple[str, Sheet, Place]] = []
    for label in dict.fromkeys(name for name, _ in stock.standing):
        sheets = [s for name, s in stock.standing if name == label]
        if label == shore and label not in task.lines and task.waterline is not None:
            ashore = stand_ashore(
                stock.waters[0],
                [s for s in sheets if s.reference in stock.waters[0].beside],
                task.waterline, len(skyline), mirrored=task.layout.mirrored, seed=task.seed,
            )  # fmt: skip
            if ashore is not None:
                found.append((label, sheets[ashore.sheet], ashore))
                continue
        if not stands and label not in task.lines:
            continue
        ground = ground_of(task, skyline, label)
        place = find_place(
            sheets, ground, mirrored=task.layout.mirrored, seed=task.seed + 101 * len(found)
        )
        if place is not None:
            found.append((label, sheets[place.sheet], place))
    return tuple(found)
