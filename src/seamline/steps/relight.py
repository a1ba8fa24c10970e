"""
Relight: a painting kept as it is laid out, under the light that the lock asks for now.

Every piece of land stays where it stands; exposure and white of its references are brought
to the new light, and what its photograph lit otherwise keeps its outline alone
(``steps.bodies``). The sky is painted anew, with the new sun where a panorama of the show
has one, and water and air after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seamline.errors import ShowError
from seamline.ports import (
    PaintedLayer,
    ReferencePicture,
    Studio,
)
from seamline.show.card import LABELS
from seamline.show.lock import Lock
from seamline.show.reference import Reference
from seamline.show.variation import FROM, FURTHER, HAND_SETTINGS, LAYER, Ask, Variation
from seamline.steps import book
from seamline.steps.bodies import Lender, filled, lenders, stands_off
from seamline.steps.by_hand import carry_over
from seamline.steps.layers import shown_layers, told_colour
from seamline.steps.lighting import GAIN, HELD, LEAST, MIRRORED, VIEW, light_gain, lit_of
from seamline.steps.more import MORE
from seamline.steps.paint import light_digest, looks_to_deg, store
from seamline.steps.parted import label_of, parted
from seamline.steps.rebuild import Material, material_for, material_of, standing_layers
from seamline.steps.reference import require, usable_for
from seamline.steps.turning import SETTING, key_settings, why_not_lit
from seamline.steps.under_sky import AIR, SKY, WATER, under_sky

RELIT = "relit"
"""A setting: the painting is another's, under another light."""
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
    if base.ask.lock_digest == light_digest(studio, name):
        return base
    was = material_of(studio, base)
    for reference in was.references:
        require(studio, reference, "paint")
    borrowed = _lenders(studio, base, lock, was.references)
    ask = _ask(studio, base, was.references, borrowed, lock)
    for standing in book.variations(studio.ledger, name):
        if standing.ask_digest == ask.digest:
            return standing
    now = material_for(studio, ask)
    layers = _under(base, was, now, standing_layers(studio, base, was))
    layers = _apart(element_id, base, layers, now)
    bodies, says = _bodies(layers, now, ask, lock, borrowed)
    painted = under_sky(studio.generator(ask.generator), ask, now, layers, bodies)
    notes = [*_notes(element_id, lock, base), *says]
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


def _is_flat(name: str) -> bool:
    """Whether a layer went on with sky and land in one."""
    return name.partition("_")[0] == MORE and label_of(name) not in LABELS


def _apart(
    element_id: str, base: Variation, layers: Sequence[PaintedLayer], now: Material
) -> list[PaintedLayer]:
    """Return ``layers``, those that went on flat told apart and without sky."""
    found: list[PaintedLayer] = []
    for layer in layers:
        if not _is_flat(layer.name):
            found.append(layer)
            continue
        parts = parted(layer, now.views)
        if parts is None:
            raise ShowError(
                f"{element_id} went on beyond its first canvas with a layer {layer.name}, sky "
                "and land in one, from a picture that no card tells apart",
                remedy="Cut that reference into cards (seamline reference cards), or bring the "
                f"version before it to the new light: seamline versions {base.shot}",
            )
        found += parts
    return found


def _lenders(
    studio: Studio, base: Variation, lock: Lock, references: Sequence[Reference]
) -> list[Lender]:
    """Return what may lend bodies in the new light; nothing where all that is seen agrees."""
    lit, used = lit_of(base.ask), {i for i, _ in base.shares}
    if not any(r.id in used and stands_off(r, lit, lock) for r in references):
        return []
    view_deg = lit.view_deg
    if view_deg is None:
        _, body = book.canvas_by_digest(studio.ledger, base.ask.canvas_digest)
        view_deg = looks_to_deg(studio.blobs.picture(str(body["arrays"])))
    return lenders(studio, lock, lit, used, view_deg)


def _ask(
    studio: Studio,
    base: Variation,
    used: Sequence[Reference],
    borrowed: Sequence[Lender],
    lock: Lock,
) -> Ask:
    said = dict(base.ask.settings)
    kept = [
        pair
        for pair in base.ask.settings
        if pair[0] not in (*HAND_SETTINGS, *_LIGHT, RELIT, FURTHER)
        and not pair[0].startswith(GAIN)
    ]
    references = [*used, *_suns(studio, used, lock)]
    known = {r.id for r in references}
    references += [b.reference for b in borrowed if b.reference.id not in known]
    gains = []
    for reference in references:
        gain, _ = light_gain(studio, reference.light, lock.light)
        if max(abs(g - 1) for g in gain) > LEAST:
            gains.append((f"{GAIN}{reference.id}", ",".join(f"{g:.9g}" for g in gain)))
    return replace(
        base.ask,
        lock_digest=light_digest(studio, base.shot),
        references=tuple(r.paint_digest for r in references),
        cards=(*base.ask.cards, *_cards(studio, base, used, borrowed)),
        settings=(
            *kept,
            *key_settings(lock, references),
            *gains,
            *_sides(base, borrowed, said),
            (FROM, base.ask_digest),
            (LAYER, SKY),
            (RELIT, "1"),
        ),
    )


def _cards(
    studio: Studio, base: Variation, used: Sequence[Reference], borrowed: Sequence[Lender]
) -> list[str]:
    """Return the paint digests of cards that the painting does not know yet."""
    cards = [card for lender in borrowed for card in lender.cards]
    if any(_is_flat(facts.name) for facts in base.layers):
        cards += [c for r in used for c in book.approved_cards(studio.ledger, r.id)]
    digests = dict.fromkeys(card.paint_digest for card in cards)
    return [digest for digest in digests if digest not in base.ask.cards]


def _sides(
    base: Variation, borrowed: Sequence[Lender], said: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Return what is shown left to right: as it was, and of what lends bodies as it must."""
    lit, lending = lit_of(base.ask), {b.reference.id for b in borrowed}
    mirrored = sorted(lit.mirrored - lending | {b.reference.id for b in borrowed if b.mirrored})
    held = sorted(lit.held - lending | {b.reference.id for b in borrowed if b.held})
    found = [(name, ",".join(ids)) for name, ids in ((MIRRORED, mirrored), (HELD, held)) if ids]
    return [*found, *([(VIEW, said[VIEW])] if VIEW in said else [])]


def _bodies(
    layers: Sequence[PaintedLayer],
    now: Material,
    ask: Ask,
    lock: Lock,
    borrowed: Sequence[Lender],
) -> tuple[list[PaintedLayer], list[str]]:
    lit, known = lit_of(ask), {r.id: r for r in now.references}
    off = [v.id in known and stands_off(known[v.id], lit, lock) for v in now.views]
    cards = {card.id for lender in borrowed for card in lender.cards}
    lent = [view.card is not None and view.card.id in cards for view in now.views]
    return filled(layers, now.views, off, lent)


def _under(
    base: Variation, was: Material, now: Material, layers: Sequence[PaintedLayer]
) -> list[PaintedLayer]:
    """Return ``layers`` with their sources found again among the views of ``now``."""
    place = _places(was, now.views)
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


def _places(was: Material, now: Sequence[ReferencePicture]) -> NDArray[np.int64]:
    """
    Return which of ``now`` each view of ``was`` is; -1 where it is none of them.

    A painting that went on counts the views of each canvas by themselves: the same picture
    is told twice, and is one in the new light.
    """
    at = {key: i for i, key in enumerate(_keys(now))}
    found, first = [], 0
    for count in was.asks:
        found += [at.get(key, -1) for key in _keys(was.views[first : first + count])]
        first += count
    return np.array([*found, -1], np.int64)


def _keys(views: Sequence[ReferencePicture]) -> list[tuple[object, ...]]:
    count: dict[tuple[object, ...], int] = {}
    found: list[tuple[object, ...]] = []
    for view in views:
        card = view.card.id if view.card is not None else ""
        key = (view.id, card, view.dome is not None, view.around, view.shape)
        count[key] = count.get(key, 0) + 1
        found.append((*key, count[key]))
    return found


def _notes(element_id: str, lock: Lock, base: Variation) -> list[str]:
    notes = [f"{element_id} under the light of lock v{lock.version}, as it was laid out."]
    if base.hands:
        by = ", ".join(dict.fromkeys(work.by for work in base.hands))
        notes.append(
            f"What {by} painted by hand is as it was painted, for the light before; strokes "
            "on the sky are gone with it."
        )
    return notes
