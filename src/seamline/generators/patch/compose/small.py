"""
Small: a composition at a fraction of its size, filled and mended like the large one.

A director sees twelve small pictures in the time of one large one. The same small picture
is what is examined: whether it would be sent back is decided here, before anything large
is painted, so what was shown is what is painted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.compose.composition import Composition, Task
from seamline.generators.patch.compose.sky import Setting
from seamline.generators.patch.compose.standing import Place
from seamline.generators.patch.compose.stock import Stock
from seamline.generators.patch.layout import Layout
from seamline.generators.patch.resample import shrink, shrink_usable
from seamline.generators.patch.sheets import Sheet
from seamline.ports import CardView, ReferencePicture


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SmallStocks:
    """
    References, and the looks whose cards make a picture, so many times smaller.

    Attributes:
        reduce: How many times smaller.
        views: Of each reference view, in their order.
        stocks: Of each look, as the large ones.
    """

    reduce: int
    views: tuple[ReferencePicture, ...]
    stocks: tuple[Stock, ...]


def _smaller_view(view: ReferencePicture, reduce: int) -> ReferencePicture:
    """Return ``view`` at 1 / ``reduce`` of its size; still a view of the same master."""
    height, width = (max(1, int(n / reduce + 0.5)) for n in view.usable.shape)
    usable = np.ascontiguousarray(view.usable).view(np.uint8)
    small = shrink_usable(np.ascontiguousarray(view.colour), usable, height, width)
    weight = np.maximum(small[..., 3:], np.float32(1e-3))
    card = view.card
    return replace(
        view,
        colour=np.ascontiguousarray(small[..., :3] / weight),
        usable=small[..., 3] > np.float32(0.9),
        elevation_deg=picked(view.elevation_deg, height, width),
        azimuth_deg=picked(view.azimuth_deg, height, width),
        master_x=picked(view.master_x, height, width),
        master_y=picked(view.master_y, height, width),
        card=None if card is None else _smaller_card(card, height, width, reduce),
    )


def smaller(view: ReferencePicture, reduce: int) -> ReferencePicture:
    """Return ``view`` so many times smaller, from its glance where that has enough pixels."""
    if reduce % view.step:
        return _smaller_view(view.whole, reduce)
    return _smaller_view(view.glance, reduce // view.step)


def _smaller_card(card: CardView, height: int, width: int, reduce: int) -> CardView:
    planes = np.stack([card.alpha, card.hidden.astype(np.float32)], axis=-1)
    small = shrink(np.ascontiguousarray(planes, dtype=np.float32), height, width)
    first, end = card.columns
    return replace(
        card,
        alpha=np.ascontiguousarray(small[..., 0]),
        hidden=small[..., 1] > np.float32(0.5),
        base_row=card.base_row / reduce,
        columns=(first // reduce, min(width, end // reduce)),
    )


def picked(plane: Any, height: int, width: int) -> Any:
    """Return (``height``, ``width``) of a plane, each pixel the one at its middle."""
    if plane is None:
        return None
    ys = np.minimum(
        (np.arange(height) * 2 + 1) * plane.shape[0] // (2 * height), len(plane) - 1
    )
    across = plane.shape[1]
    xs = np.minimum((np.arange(width) * 2 + 1) * across // (2 * width), across - 1)
    return np.ascontiguousarray(plane[ys][:, xs])


def smaller_task(task: Task, reduce: int) -> Task:
    """Return ``task`` on a canvas so many times smaller."""
    height, width = (max(1, n // reduce) for n in task.need.shape)
    return Task(
        need=np.asarray(picked(task.need, height, width), bool),
        horizon_row=task.horizon_row / reduce,
        wanted=np.asarray(picked(task.wanted, height, width), np.uint8),
        layout=smaller_layout(task.layout, width, reduce),
        seed=task.seed,
        waterline=None if task.waterline is None else int(task.waterline / reduce + 0.5),
    )


def smaller_plan(plan: Composition, stock: Stock, task: Task, reduce: int) -> Composition:
    """Return ``plan`` with cards of ``stock`` for ``task``, both so many times smaller."""
    by_view = {sheet.reference: sheet for _, sheet in stock.standing}

    def smaller(label: str, sheet: Sheet, place: Place) -> tuple[str, Sheet, Place]:
        own = replace(place, dx=place.dx // reduce, dy=place.dy // reduce)
        return label, by_view[sheet.reference], own

    return Composition(
        layout=task.layout,
        standing=tuple(smaller(*one) for one in plan.standing),
        sky=Setting(card=plan.sky.card, dx=plan.sky.dx // reduce, dy=plan.sky.dy // reduce),
    )


def smaller_layout(layout: Layout, width: int, reduce: int) -> Layout:
    """Return ``layout`` on a canvas ``width`` wide, so many times smaller."""
    pieces = [
        replace(
            p,
            left=p.left // reduce,
            right=min(width, p.right // reduce),
            dx=p.dx // reduce,
            dy=p.dy // reduce,
        )
        for p in layout.pieces
    ]
    pieces[-1] = replace(pieces[-1], right=width)
    return replace(layout, pieces=tuple(pieces))


def smaller_stocks(
    views: Sequence[ReferencePicture],
    make: Any,
    looks: Sequence[str],
    reduce: int,
) -> SmallStocks:
    """
    Return everything of ``views`` so many times smaller.

    Args:
        views: The references handed over.
        make: ``stocks``, from views to the looks' stocks.
        looks: Which looks are composed, in their order.
        reduce: How many times smaller.
    """
    small = tuple(smaller(view, reduce) for view in views)
    made = {stock.look: stock for stock in make(small)}
    return SmallStocks(reduce=reduce, views=small, stocks=tuple(made[n] for n in looks))


def small_need(need: NDArray[np.bool_], reduce: int) -> NDArray[np.bool_]:
    """Return what is needed of a canvas so many times smaller."""
    height, width = (max(1, n // reduce) for n in need.shape)
    return np.asarray(picked(need, height, width), bool)
