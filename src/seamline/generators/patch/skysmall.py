"""
A panorama's sky painted small, as it will be painted whole.

A glance has pixels enough for it. What is painted so is shown as a sketch, and skies are told
apart by it: what land hid is carried on as it will be, so nothing else tells as well how far
two of them differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from seamline.generators.patch.compose.small import picked, smaller
from seamline.generators.patch.resample import Bytes, Floats
from seamline.generators.patch.search import P
from seamline.generators.patch.sky import paint_sky
from seamline.generators.patch.skyviews import SkyView
from seamline.ports import CanvasPicture, ReferencePicture

LEAST_PX = 2 * P
"""Two patches: in less nothing can be filled."""


def paint_small(
    canvas: CanvasPicture,
    references: Sequence[ReferencePicture],
    view: SkyView,
    mirror: SkyView | None,
    wanted: Bytes,
    *,
    seed: int,
    reduce: int,
) -> Floats | None:
    """
    Return (H // ``reduce``, W // ``reduce``, 3) what ``view`` will give, small.

    None where that is too small to be filled.
    """
    small = smaller_canvas(canvas, reduce)
    if small is None:
        return None
    shape = small.keep.shape
    sky = partial(_smaller_sky, references=references, shape=shape, reduce=reduce)
    other: Callable[[], SkyView] | None = None if mirror is None else partial(sky, mirror)
    drawn = paint_sky(
        small, sky(view), other, picked(wanted, *shape), seed=seed, progress=_quiet
    )
    return drawn.colour


def _quiet(share: float) -> None:
    """Tell nobody: it takes a moment."""


def smaller_canvas(canvas: CanvasPicture, reduce: int) -> CanvasPicture | None:
    """Return the canvas so many times smaller; None where it has no room for patches."""
    height, width = (n // reduce for n in canvas.keep.shape)
    if min(height, width) < LEAST_PX:
        return None

    def small(plane: Any) -> Any:
        return picked(plane, height, width)

    return replace(
        canvas,
        known=small(canvas.known),
        keep=small(canvas.keep),
        need=small(canvas.need),
        margin=small(canvas.margin),
        elevation_deg=small(canvas.elevation_deg),
        azimuth_deg=small(canvas.azimuth_deg),
        px_per_deg=canvas.px_per_deg / reduce,
        skyline=None,
        lines={},
    )


def _smaller_sky(
    view: SkyView,
    *,
    references: Sequence[ReferencePicture],
    shape: tuple[int, ...],
    reduce: int,
) -> SkyView:
    """Return a sky over a canvas of ``shape`` (H, W), so many times smaller."""
    own, seen = view.sheet, smaller(references[view.sheet.reference], reduce)
    at = min(view.at[0] // reduce, shape[0] - 1), min(view.at[1] // reduce, shape[1] - 1)
    height, width = (
        min(n, whole - begins)
        for n, whole, begins in zip(seen.usable.shape, shape, at, strict=True)
    )

    def small(plane: Any) -> Any:
        return np.ascontiguousarray(picked(plane, *seen.usable.shape)[:height, :width])

    sheet = replace(
        own,
        colour=np.ascontiguousarray(seen.colour[:height, :width]),
        usable=np.ascontiguousarray(small(own.usable) & seen.usable[:height, :width]),
        trusted=np.zeros(width, np.uint8),
        elevation_deg=small(own.elevation_deg),
        label=small(own.label),
    )
    return replace(
        view,
        sheet=sheet,
        height_deg=small(view.height_deg),
        angle=None if view.angle is None else small(view.angle),
        sure=small(view.sure),
        dome=replace(view.dome, at=at, size=(height, width)),
        step=1,
    )
