"""
Bodies: what stands keeps its outline, and is filled from references in the new light.

Where light falls from in a photograph nobody can move: at dusk the rock of noon keeps its
noon. What can be kept of it is its outline. Its inside is shown by a card of a reference
whose own key agrees with the lock, of the same label or of one that is seen likewise; the
lineage tells each of its pixels as any other. Without such a card it stays as it was lit,
and the check ``light`` says by how much it is off.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.body import SOLID, Laid, fill, lay_under
from seamline.pixels.light import direction_apart_deg, ways_round
from seamline.ports import CardView, PaintedLayer, ReferencePicture, Studio
from seamline.show.card import Card
from seamline.show.lock import Light, Lock
from seamline.show.reference import Reference
from seamline.steps import book
from seamline.steps.lighting import Lit
from seamline.steps.parted import by_label
from seamline.steps.reference import usable_for
from seamline.steps.turning import seen_light

LIKE = {
    "far": ("far", "near"),
    "near": ("near", "far", "forest"),
    "forest": ("forest", "near", "foliage"),
    "foliage": ("foliage", "forest", "near"),
}
"""Labels of the cards that a body of a label may be filled from, best first. What has edges
of its own that an outline cannot bring along, buildings above all, is not among them."""
OTHER_LABEL_PRICE = 0.1
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lender:
    """A reference whose light agrees with the lock, and its cards that bodies may have."""

    reference: Reference
    cards: tuple[Card, ...]
    mirrored: bool
    """Shown left to right."""
    held: bool
    """Not to be exchanged by anybody."""


def stands_off(reference: Reference, lit: Lit, lock: Lock) -> bool:
    """Whether the key of ``reference`` is known to stand elsewhere than the lock's."""
    return _apart(lit.light_of(reference), lock) > lock.tolerances.key_direction_deg


def _apart(light: Light, lock: Lock) -> float:
    apart = direction_apart_deg(light, lock.light)
    return -1.0 if apart is None else apart


def lenders(
    studio: Studio, lock: Lock, lit: Lit, used: Collection[str], view_deg: float
) -> list[Lender]:
    """
    Return what may lend bodies under ``lock``, those nearest to its light first.

    Args:
        studio: Ports.
        lock: Of the shot, as it is now.
        lit: How the painting shows its references.
        used: Ids of those that are seen in it; they stay the way round they are.
        view_deg: Azimuth that the middle of the canvas looks to.
    """
    approved, _ = usable_for(studio, "paint")
    labels = {label for likes in LIKE.values() for label in likes}
    found = []
    for reference in approved:
        cards = tuple(
            card
            for card in book.approved_cards(studio.ledger, reference.id)
            if card.label in labels
        )
        if reference.projection == "latlong" or not cards:
            continue
        mirrored, held = reference.id in lit.mirrored, reference.id in lit.held
        if reference.id not in used:
            ways = ways_round(
                reference.light.key_azimuth_deg, lock.light.key_azimuth_deg, view_deg
            )
            mirrored, held = ways == (True,) and all(c.mirror for c in cards), len(ways) == 1
        seen = seen_light(reference, view_deg=view_deg, mirrored=mirrored)
        apart = _apart(seen, lock)
        if 0 <= apart <= lock.tolerances.key_direction_deg:
            one = Lender(reference=reference, cards=cards, mirrored=mirrored, held=held)
            found.append((apart, reference.id, one))
    return [one for _, _, one in sorted(found, key=lambda row: row[:2])]


def filled(
    layers: Sequence[PaintedLayer],
    views: Sequence[ReferencePicture],
    off: Sequence[bool],
    lent: Sequence[bool],
) -> tuple[list[PaintedLayer], list[str]]:
    """
    Return ``layers`` with bodies in the new light, and a sentence for each that has one.

    Args:
        layers: Back to front, their colours as told.
        views: What their sources count.
        off: For each view, whether its light stands elsewhere than the lock's.
        lent: For each view, whether it is a card that a body may be filled from.
    """
    found, says = {layer.name: layer for layer in layers}, []
    for label, alike in by_label(layers).items():
        own = [int(i) for layer in alike for i in np.unique(layer.source) if i >= 0]
        if label not in LIKE or not any(off[i] for i in own):
            continue
        laid = _laid(label, alike, views, lent)
        if laid is None:
            says.append(
                f"{label} stays as it was lit: no approved card in the new light can fill it "
                "(seamline reference cards)."
            )
            continue
        index, card, lies = laid
        found |= {
            layer.name: _filled(layer, index, views[index], card, lies) for layer in alike
        }
        says.append(f"{label} keeps its outline, and shows {card.id} inside it.")
    return [found[layer.name] for layer in layers], says


def _outline(layer: PaintedLayer) -> Mask:
    # A hand's pixels stay what a hand painted.
    found: Mask = (layer.alpha > 0) & (layer.source >= 0)
    return found


def _laid(
    label: str,
    layers: Sequence[PaintedLayer],
    views: Sequence[ReferencePicture],
    lent: Sequence[bool],
) -> tuple[int, CardView, Laid] | None:
    """Return which view fills all of ``layers`` best, and how it lies under them together."""
    outline = np.logical_or.reduce([_outline(layer) for layer in layers])
    best = None
    for index, view in enumerate(views):
        card = view.card
        if not lent[index] or card is None or card.label not in LIKE[label]:
            continue
        laid = lay_under(outline, _solid(card), card.hidden, mirror=card.mirror)
        if laid is None:
            continue
        cost = laid.cost + OTHER_LABEL_PRICE * LIKE[label].index(card.label)
        if best is None or cost < best[0]:
            best = cost, index, card, laid
    return None if best is None else best[1:]


def _filled(
    layer: PaintedLayer, index: int, view: ReferencePicture, card: CardView, laid: Laid
) -> PaintedLayer:
    outline = _outline(layer)
    wanted, x, y = fill(outline, view.colour, _solid(card), laid)
    nearest = view.colour[y, x]
    offset = np.where(outline[..., None], wanted - nearest, layer.offset).astype(np.float32)
    return replace(
        layer,
        colour=np.where(outline[..., None], nearest + offset, layer.colour),
        source=np.where(outline, index, layer.source).astype(np.int32),
        source_x=np.where(outline, x, layer.source_x).astype(np.int32),
        source_y=np.where(outline, y, layer.source_y).astype(np.int32),
        offset=offset,
    )


def _solid(card: CardView) -> Mask:
    solid = np.asarray(card.alpha >= SOLID)
    first, end = card.columns
    solid[:, :first] = False
    solid[:, end:] = False
    return solid
