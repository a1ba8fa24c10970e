"""
What is composed of cards: settled small, painted large.

A composition is made at a fraction of its size first and looked at by the detectors. What
a compositor would send back gets another layout, a few times; the one with the fewest
faults is settled. Sketch and painting both ask here, so they agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch import detect
from seamline.generators.patch.behind import SkyBehind, in_the_open
from seamline.generators.patch.choice import honest_count
from seamline.generators.patch.compose.composition import (
    Composition,
    Task,
    compose,
    compose_water,
    over_one_another,
    plan_composition,
)
from seamline.generators.patch.compose.drawn import Drawn, painted_layer
from seamline.generators.patch.compose.shore import foot_of_drawn
from seamline.generators.patch.compose.small import (
    SmallStocks,
    small_need,
    smaller_plan,
    smaller_task,
)
from seamline.generators.patch.compose.stock import Stock
from seamline.generators.patch.layout import Layout
from seamline.generators.patch.memory import give_back
from seamline.generators.patch.prepared import Prepared
from seamline.generators.patch.resample import Floats, shrink
from seamline.ports import NOT_KEPT, Levels, PaintedLayer, ReferencePicture
from seamline.show.review import Finding

TRIES = 3
"""A picture that would be sent back is composed again, so often in all."""
SPARE = 1200
"""Layouts beyond what anybody asks for by seed: taken when one was sent back."""
SENT_BACK = (
    "floating", "sky below", "cut ends", "notches", "straight edges", "repeats", "filler",
)  # fmt: skip
"""Faults that another layout may not have; what is only told of is not in here."""
EXAMINED_PX = 144
"""A picture no smaller than this many rows is looked at."""
MOST_REDUCED = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Settled:
    """
    What one variation is composed of, and how many compositions it took.

    Attributes:
        stock: The cards of its look.
        task: What it is made for.
        plan: Which cards stand where.
        tried: How many were sent back before it.
        reduce: How many times smaller it was looked at.
        rough: Colour and alpha of the layers that were looked at, back to front.
    """

    stock: Stock
    task: Task
    plan: Composition
    tried: int
    reduce: int = 1
    rough: tuple[Drawn, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Composed:
    """Layers back to front, what is to be said of them, and what detectors found."""

    layers: tuple[PaintedLayer, ...]
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]


def settle(prepared: Prepared, look: str, *, index: int, seed: int) -> Settled | None:
    """
    Return what is composed, or None where the look has not enough cards.

    Args:
        prepared: Canvas and references.
        look: Which references.
        index: Which of the look's layouts, from 0.
        seed: Decides the rest.
    """
    return prepared.remembered(
        (look, index, seed), lambda: _settled(prepared, look, index, seed)
    )


def _settled(prepared: Prepared, look: str, index: int, seed: int) -> Settled | None:
    names = [stock.look for stock in prepared.stocks()]
    if look not in names:
        return None
    which = names.index(look)
    reduce = max(1, min(MOST_REDUCED, prepared.canvas.need.shape[0] // EXAMINED_PX))
    best: tuple[int, Settled] | None = None
    for tried in range(TRIES):
        layout = prepared.card_layouts().find(index + tried * SPARE, which)
        if layout is None:
            break
        stock = prepared.stocks()[which]
        task = task_of(prepared, stock, layout, seed + tried * SPARE)
        plan = plan_composition(stock, task)
        own = Settled(stock=stock, task=task, plan=plan, tried=tried, reduce=reduce)
        drawn, faults = _looked_at(prepared, which, own)
        if best is None or faults < best[0]:
            best = faults, replace(own, rough=tuple(drawn))
        if not faults:
            break
    return best[1] if best else None


def task_of(prepared: Prepared, stock: Stock, layout: Layout, seed: int) -> Task:
    """Return what a composition of ``stock`` is made for."""
    return Task(
        need=prepared.canvas.need,
        horizon_row=prepared.horizon_row(),
        wanted=prepared.wanted(),
        layout=layout,
        seed=seed,
        waterline=prepared.waterline(stock),
        lines=prepared.canvas.lines,
    )


def _looked_at(prepared: Prepared, which: int, own: Settled) -> tuple[list[Drawn], int]:
    """Return the layers of a composition, small, and for how many faults it is sent back."""
    small = prepared.small(own.reduce)
    stock, task, plan = _reduced(small, which, own)
    drawn = compose(stock, task, plan, small.views, _quiet)
    layers = tuple(painted_layer(d, small.views) for d in drawn)
    live = small_need(prepared.kept > 0, own.reduce)
    filler = {d.name: d.hidden > 0 for d in drawn}
    seen = detect.look(_examined(layers, small.views, task.need, live, filler))
    return drawn, sum(f.bad and f.finding.check in SENT_BACK for f in seen)


def _reduced(small: SmallStocks, which: int, own: Settled) -> tuple[Stock, Task, Composition]:
    if small.reduce == 1:
        return own.stock, own.task, own.plan
    stock, task = small.stocks[which], smaller_task(own.task, small.reduce)
    return stock, task, smaller_plan(own.plan, stock, task, small.reduce)


def _quiet(share: float) -> None:
    """Tell nobody: it takes a moment."""


def _examined(
    layers: tuple[PaintedLayer, ...],
    views: Sequence[ReferencePicture],
    need: NDArray[np.bool_],
    kept: NDArray[np.bool_],
    filler: Mapping[str, NDArray[np.bool_]],
    waterline: float | None = None,
    sun: tuple[int, int] | None = None,
) -> detect.Examined:
    return detect.Examined(
        layers=layers,
        references=tuple(views),
        need=need,
        kept=kept,
        filler=filler,
        waterline=waterline,
        sun=sun,
    )


def paint_composed(
    prepared: Prepared, settled: Settled, progress: Callable[[float], None],
    behind: SkyBehind | None = None, sun: tuple[int, int] | None = None,
    levels: Levels = NOT_KEPT,
) -> Composed:  # fmt: skip
    """
    Return what was settled, painted.

    Args:
        prepared: Canvas and references.
        settled: What is composed.
        progress: Called with the share done, 0 to 1.
        behind: Draws another sky than the look's own card.
        sun: Where its sun stands, to be looked at.
        levels: Where what is finished of it is kept.
    """
    task = settled.task
    drawn = compose(
        settled.stock, task, settled.plan, prepared.references,
        lambda p: progress(0.9 * p), behind, levels,
    )  # fmt: skip
    give_back()
    drawn = _with_water(settled.stock, task, drawn, prepared.references)
    give_back()
    says, filler = [d.says for d in drawn], {d.name: d.hidden > 0 for d in drawn}
    layers = _handed_over(drawn, prepared.references)
    again = f"Composed {settled.tried + 1} times; what was sent back is not here."
    notes = (
        f"Composed of cards of {settled.stock.look}.",
        *says,
        *((again,) if settled.tried else ()),
        *honest_count(prepared.card_layouts().different()),
    )
    live, row = prepared.kept > 0, task.waterline
    open_ = sun if sun is not None and in_the_open(sun, layers[1:]) else None
    seen = detect.look(
        _examined(layers, prepared.references, task.need, live, filler, row, open_)
    )
    progress(1.0)
    told = tuple(f.finding for f in seen if f.finding.verdict != "not checked")
    return Composed(layers=layers, notes=notes, findings=told)


def _handed_over(
    drawn: list[Drawn], views: Sequence[ReferencePicture]
) -> tuple[PaintedLayer, ...]:
    """Return ``drawn`` as layers; each is let go with its atlas before the next is made."""
    layers = []
    while drawn:
        layers.append(painted_layer(drawn.pop(0), views))
        give_back()
    return tuple(layers)


def _with_water(
    stock: Stock, task: Task, drawn: list[Drawn], views: Sequence[ReferencePicture]
) -> list[Drawn]:
    if task.waterline is None:
        return drawn
    feet = [foot_of_drawn(d, task.waterline, views) for d in drawn if d.name != "air"]
    behind = [(d.colour, d.alpha) for d in drawn]
    water = compose_water(stock, task, behind, feet, mirrored=task.layout.mirrored)
    return drawn if water is None else [*drawn, water]


def sketch_of(
    prepared: Prepared, settled: Settled, reduce: int, behind: SkyBehind | None = None
) -> Floats:
    """Return (H // ``reduce``, W // ``reduce``, 3) what was settled, small, log encoding."""
    names = [stock.look for stock in prepared.stocks()]
    which = names.index(settled.stock.look)
    asked = replace(settled, reduce=reduce)
    small = prepared.small(reduce)
    stock, task, plan = _reduced(small, which, asked)
    drawn = list(settled.rough) if reduce == settled.reduce else []
    drawn = drawn or compose(stock, task, plan, small.views, _quiet)
    if behind is not None:
        large = behind(settled.task.wanted_ashore).colour
        drawn[0] = replace(drawn[0], colour=shrink(large, *task.wanted.shape))
    drawn = _with_water(stock, task, drawn, small.views)
    return over_one_another([(d.colour, d.alpha) for d in drawn])
