"""
Relight: a painting kept as it is laid out, under the light that the lock asks for now.

Every piece of land stays where it stands and comes from where it came; exposure and white
of its references are brought to the new light. The sky is painted anew, with the new sun
where a panorama of the show has one, and water and air after it. Where the light falls
from in a photograph, nobody can move: the check ``light`` says so, as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seamline.errors import ShowError
from seamline.ports import (
    CanvasPicture,
    Generator,
    Painted,
    PaintedLayer,
    ReferencePicture,
    Studio,
)
from seamline.show.lock import Lock
from seamline.show.reference import Reference
from seamline.show.variation import FROM, HAND_SETTINGS, LAYER, Ask, Variation, further_than
from seamline.steps import book
from seamline.steps.by_hand import carry_over
from seamline.steps.layers import shown_layers, told_colour
from seamline.steps.lighting import GAIN, HELD, LEAST, MIRRORED, VIEW, light_gain
from seamline.steps.paint import light_digest, store
from seamline.steps.promise import hold_to_promise
from seamline.steps.rebuild import Material, material_for, material_of, standing_layers
from seamline.steps.reference import require, usable_for
from seamline.steps.turning import SETTING, key_settings, why_not_lit

RELIT = "relit"
"""A setting: the painting is another's, under another light."""
SKY, WATER, AIR = "sky", "water", "air"
OPAQUE = 0.999
FOOT_PX = 24
"""The air's light is that of the sky so far above what stands before it."""
_LIGHT = (SETTING, MIRRORED, HELD, VIEW)


def relight(studio: Studio, name: str, element_id: str) -> Variation:
    """
    Return ``element_id``'s painting under the light that the lock of shot ``name`` has now.

    The same again is found. It keeps its number: it is the same picture later in the day.

    Raises:
        ShowError: It was not composed in layers with a sky, or nobody locked a light.
        ApprovalError: A reference of it may not be used any more.
        GeneratorError: The generator found no sky that fits, or broke its promise.
    """
    base = book.variation_of(studio.ledger, book.version(studio.ledger, element_id))
    lock = book.lock(studio.ledger, name)
    if lock is None:
        raise ShowError(
            f"{name} has no lock, so there is no other light to bring it to",
            remedy=f"Set one: seamline lock set {name} LOCK.toml",
        )
    names = [facts.name for facts in shown_layers(base)]
    if SKY not in names or len(names) < 2:
        raise ShowError(
            f"{element_id} has layers {', '.join(names)}; keeping its layout under another "
            "light takes a sky and what stands before it",
            remedy=f"Paint it for the new light anew: seamline paint {name} --stale",
        )
    if further_than(base.ask):
        raise ShowError(
            f"{element_id} went on beyond its first canvas; it cannot be brought to another "
            "light in one piece",
            remedy="Bring the version before it to the new light, then let that one go on: "
            f"seamline versions {name}",
        )
    if base.ask.lock_digest == light_digest(studio, name):
        return base
    was = material_of(studio, base)
    for reference in was.references:
        require(studio, reference, "paint")
    references = (*was.references, *_suns(studio, was.references, lock))
    ask = _ask(studio, base, references, lock, light_digest(studio, name))
    for standing in book.variations(studio.ledger, name):
        if standing.ask_digest == ask.digest:
            return standing
    now = material_for(studio, ask)
    layers = _under(base, was, now, standing_layers(studio, base, was))
    painted = _painted(studio.generator(ask.generator), ask, now, layers)
    notes = _notes(element_id, lock, base)
    fresh = store(
        studio, now.canvas, now.views, (base.number, ask), painted, 0.0, notes, base.hands
    )
    carry_over(studio, base, fresh)
    book.write(studio.ledger, "variation", fresh, key=fresh.ask_digest)
    return fresh


def _suns(studio: Studio, used: Sequence[Reference], lock: Lock) -> list[Reference]:
    """Return the panoramas whose sky may stand behind it under the new light."""
    approved, _ = usable_for(studio, "paint")
    known = {reference.id for reference in used}
    return [
        r
        for r in approved
        if r.id not in known and r.projection == "latlong" and not why_not_lit(r, lock)
    ]


def _ask(
    studio: Studio,
    base: Variation,
    references: Sequence[Reference],
    lock: Lock,
    lock_digest: str,
) -> Ask:
    said = dict(base.ask.settings)
    kept = [
        pair
        for pair in base.ask.settings
        if pair[0] not in (*HAND_SETTINGS, *_LIGHT, RELIT) and not pair[0].startswith(GAIN)
    ]
    gains = []
    for reference in references:
        gain, _ = light_gain(studio, reference.light, lock.light)
        if max(abs(g - 1) for g in gain) > LEAST:
            gains.append((f"{GAIN}{reference.id}", ",".join(f"{g:.9g}" for g in gain)))
    # What is shown left to right stays so: the same ridge.
    sides = [(key, said[key]) for key in (MIRRORED, HELD, VIEW) if key in said]
    return replace(
        base.ask,
        lock_digest=lock_digest,
        references=tuple(r.paint_digest for r in references),
        settings=(
            *kept,
            *key_settings(lock, list(references)),
            *gains,
            *sides,
            (FROM, base.ask_digest),
            (LAYER, SKY),
            (RELIT, "1"),
        ),
    )


def _under(
    base: Variation, was: Material, now: Material, layers: Sequence[PaintedLayer]
) -> list[PaintedLayer]:
    """Return ``layers`` with their sources found again among the views of ``now``."""
    place = _places(was.views, now.views)
    found = []
    for layer in layers:
        if layer.name not in (SKY, WATER, AIR):
            lost = [i for i in np.unique(layer.source) if i >= 0 and place[i] < 0]
            if lost:
                raise ShowError(
                    f"layer {layer.name} of b{base.number:02d} was painted from a view of "
                    f"{was.views[lost[0]].id} that there is not under the new light",
                    remedy=f"Paint it anew: seamline paint {base.shot} --stale",
                )
        source = np.where(layer.source >= 0, place[np.maximum(layer.source, 0)], layer.source)
        moved = replace(layer, source=source.astype(np.int32))
        colour = told_colour(moved, now.canvas.known, now.views, was.hands)
        found.append(replace(moved, colour=colour))
    return found


def _places(
    was: Sequence[ReferencePicture], now: Sequence[ReferencePicture]
) -> NDArray[np.int64]:
    """Return which of ``now`` each of ``was`` is; -1 where it is none of them."""
    at = {key: i for i, key in enumerate(_keys(now))}
    return np.array([at.get(key, -1) for key in _keys(was)] + [-1], np.int64)


def _keys(views: Sequence[ReferencePicture]) -> list[tuple[object, ...]]:
    count: dict[tuple[object, ...], int] = {}
    found: list[tuple[object, ...]] = []
    for view in views:
        card = view.card.id if view.card is not None else ""
        key = (view.id, card, view.dome is not None, view.around, view.usable.shape)
        count[key] = count.get(key, 0) + 1
        found.append((*key, count[key]))
    return found


def _painted(
    backend: Generator, ask: Ask, now: Material, layers: Sequence[PaintedLayer]
) -> Painted:
    """Paint the sky anew, then what shows it: water mirrors it, air has its light."""
    notes: list[str] = []
    standing = tuple(layers)
    for name in (SKY, WATER):
        if name not in [layer.name for layer in standing]:
            continue
        settings = tuple(p for p in ask.settings if p[0] not in (FROM, LAYER))
        one = replace(ask, settings=(*settings, (FROM, ""), (LAYER, name)))
        canvas: CanvasPicture = replace(now.canvas, standing=standing)
        painted = backend.paint(one, canvas, now.views, lambda share: None)
        hold_to_promise(backend, canvas, now.views, painted, anew=name)
        standing = painted.layers
        if name == SKY:
            standing = _aired(standing)
        notes += [note for note in painted.notes if name != SKY or "water" not in note]
    return Painted(layers=standing, notes=tuple(notes))


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


def _notes(element_id: str, lock: Lock, base: Variation) -> list[str]:
    notes = [f"{element_id} under the light of lock v{lock.version}, as it was laid out."]
    if base.hands:
        by = ", ".join(dict.fromkeys(work.by for work in base.hands))
        notes.append(
            f"What {by} painted by hand is as it was painted, for the light before; strokes "
            "on the sky are gone with it."
        )
    return notes
