"""
Paint one layer anew: the others stand, bit for bit.

The canvas, the references and every other layer are those of the painting it begins
from, whatever the show says now; permissions are those of today.
"""

from __future__ import annotations

from dataclasses import replace

from seamline.errors import ShowError
from seamline.pixels.flatten import MARGIN
from seamline.ports import Studio
from seamline.show.variation import FROM, HAND_SETTINGS, LAYER, Variation
from seamline.steps import book
from seamline.steps.layers import shown_layers
from seamline.steps.paint import Given, answers, check_count, light_digest
from seamline.steps.rebuild import material_of, standing_layers
from seamline.steps.reference import require


def repaint(
    studio: Studio,
    name: str,
    element_id: str,
    layer: str,
    *,
    variations: int,
    seed: int | None = None,
) -> list[Variation]:
    """
    Return ``variations`` of shot ``name`` that differ from ``element_id`` in one layer.

    Args:
        studio: Ports.
        name: The shot.
        element_id: The version whose painting it begins from.
        layer: The one to be painted anew.
        variations: How many; show.toml says how many may be asked for.
        seed: Seed of the first; by default the one after the painting's own.

    Raises:
        ShowError: The painting is another shot's, or has no such layer to paint alone.
        InputError: Its generator paints no layer alone.
        ApprovalError: A reference it was painted from may not be used any more.
        GeneratorError: The backend broke its promise.
    """
    check_count(studio, name, variations)
    version = book.version_in(studio.ledger, name, element_id)
    base = book.variation_of(studio.ledger, version)
    _has_layer(base, element_id, layer)
    backend = studio.generator(base.ask.generator)
    material = material_of(studio, base)
    for reference in material.references:
        require(studio, reference, "paint")
    first = base.ask.seed + 1 if seed is None else seed
    kept = tuple(pair for pair in base.ask.settings if pair[0] not in HAND_SETTINGS)
    asks = [
        replace(
            base.ask,
            lock_digest=light_digest(studio, name),
            pixels=backend.pixels,
            seed=first + step,
            settings=(*kept, (FROM, base.ask_digest), (LAYER, layer)),
        )
        for step in range(variations)
    ]

    def given() -> Given:
        standing = standing_layers(studio, base, material)
        return replace(material.canvas, standing=standing), list(material.views)

    notes = [f"Layer {layer} painted anew; all else is {element_id}'s."]
    return answers(studio, backend, asks, given, notes, base.hands)


def _has_layer(base: Variation, element_id: str, layer: str) -> None:
    names = [facts.name for facts in shown_layers(base)]
    if len(names) == 1:
        raise ShowError(
            f"{element_id} was painted in one layer; nothing would stand beside a new one",
            remedy=f"Paint another seed: seamline paint {base.shot} --seed N",
        )
    if layer not in names:
        why = "is compared with the plate and never seen" if layer == MARGIN else "is not there"
        raise ShowError(
            f"{element_id}: layer {layer!r} {why}; it has {', '.join(names)}",
            remedy="Name one of these with --layer.",
        )
