"""
One layer of a composition painted anew: another sky, another range, another place for a wood.

The layers that stand say which look they are of and which way round; the new one is made
to fit them: a sky reaches down to their skyline, a range leaves none of it bare.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from seamline.errors import GeneratorError
from seamline.fast import njit
from seamline.generators.patch.compose.composition import (
    Task,
    compose_water,
    ground_of,
    skyline_of,
)
from seamline.generators.patch.compose.drawn import Drawn, painted_layer
from seamline.generators.patch.compose.ranges import draw_range
from seamline.generators.patch.compose.shore import foot_of_layer, range_feet
from seamline.generators.patch.compose.sky import draw_sky, set_sky, sky_wanted
from seamline.generators.patch.compose.standing import draw_standing, find_place
from seamline.generators.patch.compose.stock import Stock
from seamline.generators.patch.layout import Layout
from seamline.generators.patch.resample import Bytes
from seamline.generators.patch.sheets import turned
from seamline.ports import PaintedLayer, ReferencePicture

BARE = 0.001
"""So much of what is seen may shine through at soft edges; more is a hole."""


def paint_anew(
    name: str,
    stock: Stock,
    task: Task,
    layouts: Callable[[int], Layout | None],
    standing: Sequence[PaintedLayer],
    references: Sequence[ReferencePicture],
    progress: Callable[[float], None],
    lit_sky: Callable[[Bytes], Drawn] | None = None,
) -> tuple[PaintedLayer, ...]:
    """
    Return ``standing`` with the layer ``name`` painted anew.

    Args:
        name: ``sky``, ``far``, ``water``, or what stands before the range.
        stock: The cards of the standing layers' look.
        task: What it is made for; its layout is not used.
        layouts: The look's layouts, by number; None where there are no more.
        standing: All layers, back to front.
        references: Those handed over.
        progress: Called with the share done, 0 to 1.
        lit_sky: Draws another sky than the look's own card, where (H, W) it is wanted.

    Raises:
        GeneratorError: Nothing fits what stands.
    """
    mirrored = is_mirrored(standing)
    others = [layer for layer in standing if layer.name != name]
    if name == "sky" and lit_sky is not None:
        skyline = skyline_of([layer.alpha for layer in others])
        drawn = lit_sky(sky_wanted(task.wanted, skyline))
    elif name == "sky":
        drawn = _sky(stock, task, mirrored, others, progress)
    elif name == "far":
        drawn = _range(stock, task, mirrored, layouts, others, progress)
    elif name == "air":
        raise GeneratorError(
            "the air follows from where the range stands; no seed makes another",
            remedy="Thin it in the comp: seamline layer SHOT ID air --opacity A; or paint the "
            "range anew in a painting of its own.",
        )
    elif name == "water":
        drawn = _water(stock, task, mirrored, others)
    else:
        drawn = _before(name, stock, task, mirrored, others)
    new = painted_layer(drawn, references)
    return tuple(new if layer.name == name else layer for layer in standing)


def left_behind(name: str, standing: Sequence[PaintedLayer]) -> tuple[str, ...]:
    """Return what is to be said of layers that stand and were made for another ``name``."""
    names = [layer.name for layer in standing]
    said = []
    if "water" in names and name != "water":
        said.append("The water mirrors what stood before; paint layer water anew too.")
    if "air" in names and name in ("far", "sky"):
        said.append(
            "The air is that of the range and sky it was painted for; where it shows, take "
            "layer air away with opacity 0."
        )
    return tuple(said)


def _sky(
    stock: Stock,
    task: Task,
    mirrored: bool,
    others: Sequence[PaintedLayer],
    progress: Callable[[float], None],
) -> Drawn:
    skyline = skyline_of([layer.alpha for layer in others])
    return draw_sky(
        [turned(s, 1.0, mirrored=mirrored) for s in stock.skies],
        set_sky(stock.skies, task.need, task.horizon_row, seed=task.seed),
        sky_wanted(task.wanted_ashore, skyline),
        seed=task.seed,
        progress=progress,
    )


def _range(
    stock: Stock,
    task: Task,
    mirrored: bool,
    layouts: Callable[[int], Layout | None],
    others: Sequence[PaintedLayer],
    progress: Callable[[float], None],
) -> Drawn:
    number = 0
    while (layout := layouts(number)) is not None:
        number += 1
        if layout.mirrored != mirrored:
            continue
        drawn = draw_range(
            layout,
            [turned(s, layout.scale, mirrored=mirrored) for s in stock.ranges],
            task.wanted_ashore,
            seed=task.seed,
            progress=progress,
            bent=not range_feet(stock),
        )
        if _bare([drawn.alpha, *(layer.alpha for layer in others)], task.need) <= BARE:
            return drawn
    raise GeneratorError(
        "no other range leaves the standing sky whole: it ends above their skylines",
        remedy="Paint another seed, or paint the sky anew after a range that stands as high.",
    )


def _water(
    stock: Stock,
    task: Task,
    mirrored: bool,
    others: Sequence[PaintedLayer],
) -> Drawn:
    behind = [(layer.colour, layer.alpha) for layer in others]
    row = task.waterline or 0
    feet = [foot_of_layer(layer, row) for layer in others if layer.name != "air"]
    drawn = compose_water(stock, task, behind, feet, mirrored=mirrored)
    if drawn is None:
        raise GeneratorError(
            "no card of water is at hand any more",
            remedy="Approve the reference's water card again.",
        )
    return drawn


def _before(
    name: str, stock: Stock, task: Task, mirrored: bool, others: Sequence[PaintedLayer]
) -> Drawn:
    sheets = [s for label, s in stock.standing if label == name]
    behind = skyline_of([layer.alpha for layer in others if layer.name not in ("sky", "water")])
    place = None
    if sheets:
        ground = ground_of(task, behind, name)
        place = find_place(sheets, ground, mirrored=mirrored, seed=task.seed)
    if place is None:
        raise GeneratorError(
            f"no other place was found where {name} stands without a cut end",
            remedy="Give another --seed.",
        )
    sheet = turned(sheets[place.sheet], place.scale, mirrored=mirrored)
    return draw_standing(name, place, sheet, task.wanted.shape)


def _bare(alphas: Sequence[NDArray[np.float32]], need: NDArray[np.bool_]) -> float:
    """Return the share of what is seen that no layer covers."""
    left = np.ones(need.shape, np.float32)
    for alpha in alphas:
        left = left * (np.float32(1) - alpha)
    return float((left[need] > np.float32(0.01)).sum()) / max(1, int(need.sum()))


def look_of(standing: Sequence[PaintedLayer], references: Sequence[ReferencePicture]) -> str:
    """Return the look that the standing range was painted from."""
    far = next((layer for layer in standing if layer.name == "far"), standing[0])
    used = far.source[(far.alpha > 0) & (far.source >= 0)]
    return references[int(used[0])].look if len(used) else ""


def is_mirrored(standing: Sequence[PaintedLayer]) -> bool:
    """Return whether the standing range shows its reference the other way round."""
    far = next((layer for layer in standing if layer.name == "far"), standing[0])
    shown: Bytes = (far.alpha > 0).astype(np.uint8)
    return bool(_steps(far.source, far.source_x, shown) < 0)


@njit(nogil=True, cache=True)
def _steps(source: NDArray[np.int32], column: NDArray[np.int32], shown: Bytes) -> int:
    """Return how many steps to the right go right in the reference, less those that go left."""
    total = 0
    for y in range(shown.shape[0]):
        for x in range(1, shown.shape[1]):
            if shown[y, x] and shown[y, x - 1] and source[y, x] == source[y, x - 1]:
                step = column[y, x] - column[y, x - 1]
                total += 1 if step > 0 else -1 if step < 0 else 0
    return total
