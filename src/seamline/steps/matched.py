"""
A match laid on: from a clean element's frame to the one that goes into the comp.

Colour in the CDL's own space; contact shadow, haze, wrap and sharpness scene-linear in the
working space, on associated colour; grain last, in the plate's own space, on what has been
mixed, and by as much as is generated there. A layer that changes nothing is not called, so the
frame is then the one before it, bit for bit. Pixels that are the plate's own keep their
sharpness and shadow, and get no second grain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.comp import CompLayer
from seamline.pixels.match import clearness, hazed, shadowed, softened, spill_of, wrapped
from seamline.pixels.picture import HALF_MAX, Image, Picture, on_window
from seamline.ports import Studio
from seamline.show.cdl import CDL
from seamline.show.grain import GrainModel
from seamline.show.match import Match
from seamline.show.shot import Window
from seamline.steps.painting import Painting, Sheet

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Spill = Callable[[float], tuple[Image, Image]]
"""Light and share of the live action, (H, W, 3) and (H, W), spread by so many pixels."""


def clear_sheets(
    layers: Sequence[Sheet], visibility_m: float | None
) -> Sequence[Sheet] | float:
    """
    Return ``layers`` whose light is how clear the air before them is, associated.

    One number where it is the same everywhere: nothing of it needs to be looked at.
    """
    through = [clearness(sheet.facts.distance_m, visibility_m) for sheet in layers]
    if len(set(through)) == 1:
        return through[0]
    return [
        replace(
            sheet, rgba=sheet.rgba[..., 3:] * np.array([clear, clear, clear, 1], np.float32)
        )
        for sheet, clear in zip(layers, through, strict=True)
    ]


def spill_before(live: CompLayer | None) -> Spill | None:
    """Return the spill of a frame's live action by its width, each worked out once."""
    if live is None:
        return None
    return cache(lambda width_px: spill_of(live.rgb, live.alpha, width_px))


def own_pixels(made: Painting, window: Window) -> Mask | None:
    """Return (H, W) where the element is the plate's own pixel; None where nowhere."""
    if made.native is None or made.canvas.window is None or not made.own.any():
        return None
    own: Mask = on_window(made.own, made.canvas.window, window)
    return own


def laid_on(
    studio: Studio,
    space: str,
    element: Picture,
    match: Match,
    *,
    spill: Spill | None,
    clear: Image | float = 1.0,
    shadow: Image | None = None,
    own: Mask | None = None,
    only: Callable[[str], bool] = lambda name: True,
) -> tuple[Image, bool]:
    """
    Return the element's (H, W, 3) in the working space with all layers on but grain.

    Args:
        studio: Ports.
        space: The element's colour space.
        element: A clean frame.
        match: What to lay on.
        spill: Of the live action before it, for the wrap; None without a plate.
        clear: Clearness of the air, (H, W) associated or one number.
        shadow: (H, W, 3) what live action leaves of the floor's light; None without one.
        own: (H, W) where the element is the plate's own.
        only: Which layers to lay on, by name.

    Returns:
        The picture, and whether any layer changed it.
    """
    alpha = element.channels["A"].astype(np.float32)
    rgb = studio.colour.convert(element.rgb(), space, studio.colour.working_space)
    return layers_on(
        studio, rgb, alpha, match, spill=spill, clear=clear, shadow=shadow, own=own, only=only
    )


def layers_on(
    studio: Studio,
    rgb: Image,
    alpha: Image,
    match: Match,
    *,
    spill: Spill | None,
    clear: Image | float = 1.0,
    shadow: Image | None = None,
    own: Mask | None = None,
    only: Callable[[str], bool] = lambda name: True,
) -> tuple[Image, bool]:
    """Do what ``laid_on`` says, for associated ``rgb`` (H, W, 3) in the working space."""
    changed = False
    if match.cdl.changes and only("cdl"):
        rgb, changed = graded(studio, rgb, alpha, match.cdl.cdl), True
    if match.shadow.changes and shadow is not None and only("shadow"):
        dark = shadowed(rgb, shadow, amount=match.shadow.amount)
        # A pixel that is the plate's own has its shadow already.
        rgb, changed = dark if own is None else np.where(own[..., None], rgb, dark), True
    haze, wrap, sharp = match.haze, match.wrap, match.sharpness
    if haze.changes and only("haze"):
        rgb = hazed(rgb, alpha, black=haze.black, colour=haze.colour, clear=clear)
        changed = True
    if wrap.changes and spill is not None and only("wrap"):
        rgb, changed = wrapped(rgb, alpha, spill(wrap.width_px), amount=wrap.amount), True
    if sharp.changes and only("sharpness"):
        soft = softened(rgb, alpha, sigma_px=sharp.sigma_px, sharpen=sharp.sharpen)
        rgb = soft if own is None else np.where(own[..., None], rgb, soft)
        changed = True
    return rgb, changed


def grained(
    studio: Studio,
    space: str,
    element: Picture,
    laid: tuple[Image, bool],
    match: Match,
    grain: Grain,
    own: Mask | None,
) -> tuple[Image, Image]:
    """
    Return an element's frame with its match on, in its own space, and the grain alone.

    Where all of the picture is generated the first is what the comp shows, bit for bit.

    Args:
        studio: Ports.
        space: The element's colour space.
        element: The clean frame.
        laid: What ``laid_on`` returned for it.
        match: Whose grain is laid on.
        grain: Of the frame.
        own: (H, W) where the element is the plate's own.
    """
    rgb, changed = laid
    alpha = element.channels["A"].astype(np.float32)
    clean = studio.colour.convert(rgb, studio.colour.working_space, space)
    if not changed:
        clean = np.where((alpha == 1)[..., None], element.rgb(), clean)
    share = alpha if own is None else np.where(own, np.float32(0), alpha)
    with_it = grain.laid(match, clean, share)
    return with_it, with_it - clean


def graded(studio: Studio, rgb: Image, alpha: Image, cdl: CDL) -> Image:
    """
    Return associated working-space ``rgb`` (H, W, 3) with ``cdl`` on its straight colour.

    A CDL lifts black; nothing was painted where alpha is 0, so nothing is lifted there.
    """
    there = alpha[..., None] > 0
    soft = bool(((alpha > 0) & (alpha != 1)).any())
    if not soft:
        return np.where(there, studio.colour.grade(rgb, cdl), np.float32(0))
    solid = np.where(there, alpha[..., None], np.float32(1))
    straight = np.ascontiguousarray(rgb / solid, np.float32)
    return np.where(there, studio.colour.grade(straight, cdl) * solid, np.float32(0))


class Grain:
    """
    The grain of one frame, made once for all the pictures that get it.

    Args:
        studio: Ports.
        models: Grain models by the digest that matches name them by.
        frame: The film's frame number.
        window: Data window of the frame.
        generated: (H, W) bool; grain is made for what is around it, and no more.
    """

    def __init__(
        self,
        studio: Studio,
        models: dict[str, GrainModel],
        frame: int,
        window: Window,
        generated: Mask,
    ) -> None:
        self._studio, self._models, self.frame = studio, models, frame
        self._window = window
        self._part = _around(generated)
        self._fields: dict[tuple[str, int], Floats] = {}

    def laid(self, match: Match, picture: Image, share: Image) -> Image:
        """
        Return ``picture`` (H, W, 3), in the plate's space, with the match's grain on.

        Args:
            match: Whose grain layer it is.
            picture: What is seen there without it.
            share: (H, W) how much of it is generated.
        """
        layer = match.grain
        if not layer.changes or self._part is None:
            return picture
        model, rows, columns = self._models[layer.model], *self._part
        clean = np.ascontiguousarray(picture[rows, columns])
        with_it = self._studio.grains.laid(
            model,
            clean,
            self._field(layer.model, layer.seed),
            np.ascontiguousarray(share[rows, columns]),
            amount=layer.amount,
        )
        # A sun at the end of half float has no grain to be seen, and stays in half float.
        over = (np.abs(with_it) > HALF_MAX) & (np.abs(clean) <= HALF_MAX)
        found = picture.copy()
        found[rows, columns] = np.where(over, clean, with_it)
        return found

    def _field(self, model: str, seed: int) -> Floats:
        if (model, seed) not in self._fields:
            assert self._part is not None
            rows, columns = self._part
            self._fields[model, seed] = self._studio.grains.grain_field(
                self._models[model],
                rows.stop - rows.start,
                columns.stop - columns.start,
                frame=self.frame,
                seed=seed,
                origin=(self._window[0] + columns.start, self._window[1] + rows.start),
            )
        return self._fields[model, seed]


def _around(where: Mask) -> tuple[slice, slice] | None:
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    if not len(rows):
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
