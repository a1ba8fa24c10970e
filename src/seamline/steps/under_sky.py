"""
Under a sky: what stands is kept, the sky is painted anew, and what shows it follows.

Water mirrors it, with all that stands before it; the air has its light.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from seamline.ports import CanvasPicture, Generator, Painted, PaintedLayer, ReferencePicture
from seamline.show.variation import FROM, LAYER, Ask
from seamline.steps.promise import hold_to_promise
from seamline.steps.rebuild import Material

SKY, WATER, AIR = "sky", "water", "air"
OPAQUE = 0.999
FOOT_PX = 24
"""The air's light is that of the sky so far above what stands before it."""


def under_sky(
    backend: Generator,
    ask: Ask,
    now: Material,
    layers: Sequence[PaintedLayer],
    bodies: Sequence[PaintedLayer],
) -> Painted:
    """
    Return ``bodies`` under a sky that ``ask`` has painted anew, water and air after it.

    Args:
        backend: What paints.
        ask: What is asked for.
        now: Canvas and views in the new light.
        layers: What stands, as the generator composed it; the sky is fitted to this.
        bodies: The same layers as they are seen now; no outline is another.

    Raises:
        GeneratorError: The generator found no sky that fits, or broke its promise.
    """
    names = [layer.name for layer in layers]
    painted = _anew(backend, ask, SKY, replace(now.canvas, standing=tuple(layers)), now.views)
    notes = [note for note in painted.notes if "water" not in note]
    sky = next(layer for layer in painted.layers if layer.name == SKY)
    standing = _aired([sky if layer.name == SKY else layer for layer in bodies])
    if WATER in names:
        canvas = replace(now.canvas, standing=standing)
        painted = _anew(backend, ask, WATER, canvas, _of_one_look(layers, standing, now.views))
        standing, notes = painted.layers, [*notes, *painted.notes]
    return Painted(layers=standing, notes=tuple(notes))


def _anew(
    backend: Generator,
    ask: Ask,
    name: str,
    canvas: CanvasPicture,
    views: Sequence[ReferencePicture],
) -> Painted:
    settings = tuple(p for p in ask.settings if p[0] not in (FROM, LAYER))
    one = replace(ask, settings=(*settings, (FROM, ""), (LAYER, name)))
    painted = backend.paint(one, canvas, views, lambda share: None)
    hold_to_promise(backend, canvas, views, painted, anew=name)
    return painted


def _of_one_look(
    layers: Sequence[PaintedLayer],
    bodies: Sequence[PaintedLayer],
    views: Sequence[ReferencePicture],
) -> list[ReferencePicture]:
    """Return ``views``, those that fill bodies being of the look that they fill."""
    looks: dict[int, str] = {}
    for before, body in zip(layers, bodies, strict=True):
        was, fills = (np.unique(la.source[la.source >= 0]) for la in (before, body))
        if before.name not in (SKY, AIR) and len(was):
            looks |= {int(i): views[int(was[0])].look for i in fills if i not in was}
    return [view.of_look(looks.get(i, view.look)) for i, view in enumerate(views)]


def _aired(layers: Sequence[PaintedLayer]) -> tuple[PaintedLayer, ...]:
    """Return ``layers`` with the air in the light of the new sky above what stands."""
    by_name = {layer.name: layer for layer in layers}
    if AIR not in by_name:
        return tuple(layers)
    sky, air = by_name[SKY], by_name[AIR]
    hidden = np.zeros(sky.alpha.shape, bool)
    for layer in layers:
        if layer.name not in (SKY, AIR):
            hidden |= layer.alpha > 0
    rows = np.indices(hidden.shape)[0]
    first = np.where(hidden.any(axis=0), hidden.argmax(axis=0), 0)
    foot = (rows < first) & (rows >= first - FOOT_PX) & (sky.alpha >= OPAQUE)
    if not foot.any():
        return tuple(layers)
    ys, xs = np.nonzero(foot)
    light = sky.colour[ys, xs].astype(np.float64).sum(axis=-1)
    middle = int(np.argsort(light, kind="stable")[len(light) // 2])
    y, x = int(ys[middle]), int(xs[middle])
    lit = air.alpha > 0
    fresh = replace(
        air,
        colour=np.where(lit[..., None], sky.colour[y, x], np.float32(0)).astype(np.float32),
        source=np.where(lit, sky.source[y, x], air.source).astype(np.int32),
        source_x=np.where(lit, sky.source_x[y, x], air.source_x).astype(np.int32),
        source_y=np.where(lit, sky.source_y[y, x], air.source_y).astype(np.int32),
        offset=np.where(lit[..., None], sky.offset[y, x], air.offset).astype(np.float32),
    )
    return tuple(fresh if layer.name == AIR else layer for layer in layers)
