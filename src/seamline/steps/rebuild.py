"""
Rebuild: a painting made again from its references' own files, with no generator.

Every reference is decoded anew, its views are laid out as they were for the painting,
and each layer's lineage is followed: source pixel plus offset, taken through the show's
config into the working space, times alpha. What comes out must be the stored layer, bit
for bit: then the lineage tells the whole truth about where each pixel came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from seamline.errors import TamperError
from seamline.pixels.digest import picture_digest
from seamline.pixels.picture import Image, Picture
from seamline.ports import CanvasPicture, PaintedLayer, ReferencePicture, Studio
from seamline.show.card import Card
from seamline.show.reference import Reference
from seamline.show.variation import Ask, LayerFacts, Variation, further_than
from seamline.steps import book, palette
from seamline.steps.canvas import canvas_picture
from seamline.steps.drawing import along, drawn_for
from seamline.steps.layers import (
    Hand,
    hands_of,
    layer_of,
    layer_picture,
    lineage_picture,
    told_colour,
)
from seamline.steps.lighting import lit_of
from seamline.steps.reference import linear_master
from seamline.steps.turning import lit_as_asked


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """What a painting was made of: the canvas it lies on, its references and their views."""

    canvas: CanvasPicture
    linear: Image
    """(H, W, 3) the plate on the canvas, working space."""
    references: tuple[Reference, ...]
    views: Sequence[ReferencePicture]
    hands: tuple[Hand, ...] = ()
    """What people painted over it since."""
    asks: tuple[int, ...] = ()
    """How many of the views each ask counts, of the paintings that it goes on from first."""


def rebuild(studio: Studio, variation: Variation) -> list[str]:
    """
    Make every layer of ``variation`` again; return their names, back to front.

    Raises:
        TamperError: A reference's file, its views, a lineage or a layer is not what it was.
    """
    material = material_of(studio, variation)
    for reference in material.references:
        _decoded_again(studio, reference)
    for facts in variation.layers:
        _layer(studio, variation, material, facts)
    return [facts.name for facts in variation.layers]


def material_of(studio: Studio, variation: Variation) -> Material:
    """
    Return what ``variation`` was painted from, laid out as it was then.

    Raises:
        TamperError: The ledger's references do not give the views that it counts.
    """
    material = material_for(studio, variation.ask)
    before = further_than(variation.ask)
    if before:
        # It goes on from an earlier painting: that one's views come first, as they were.
        earlier = book.variation_by_ask(studio.ledger, variation.shot, before)
        first = material_of(studio, earlier)
        material = replace(
            material,
            views=(*first.views, *material.views),
            asks=(*first.asks, *material.asks),
        )
    if tuple(view.id for view in material.views) != variation.views:
        raise TamperError(
            f"{_name(variation)}: its references do not give the views it was painted from",
            remedy="Another seamline laid them out; use the version that its record names.",
        )
    hands = hands_of(studio, variation.hands, variation.ask.encoding)
    return replace(material, hands=hands)


def material_for(studio: Studio, ask: Ask) -> Material:
    """Return what ``ask`` says a painting is made of, laid out for it; no hands."""
    known = {r.paint_digest: r for r in book.nouns(studio.ledger, "reference", Reference)}
    references = tuple(known[digest] for digest in ask.references)
    canvas, body = book.canvas_by_digest(studio.ledger, ask.canvas_digest)
    picture = canvas_picture(studio, canvas, str(body["arrays"]), ask.encoding)
    picture = lit_as_asked(picture, ask)
    picture = along(studio, canvas, picture, drawn_for(ask))
    cards = _cards(studio, references, ask.cards)
    views = palette.views_for(studio, references, cards, picture, lit_of(ask), ask.encoding)
    linear = studio.blobs.picture(str(body["arrays"])).rgb()
    return Material(
        canvas=picture,
        linear=linear,
        references=references,
        views=views,
        asks=(len(views),),
    )


def _cards(
    studio: Studio, references: Sequence[Reference], asked: Sequence[str]
) -> dict[str, list[Card]]:
    """Return the cards that ``asked`` names by paint digest, by reference, in their order."""
    known = {
        card.paint_digest: card
        for reference in references
        for card in book.cards(studio.ledger, reference.id)
    }
    found: dict[str, list[Card]] = {}
    for card in (known[digest] for digest in asked):
        found.setdefault(card.reference, []).append(card)
    return found


def standing_layers(
    studio: Studio, variation: Variation, material: Material
) -> tuple[PaintedLayer, ...]:
    """Return the layers of ``variation`` as its generator gave them, back to front."""
    found = []
    for facts in variation.layers:
        layer = layer_of(facts, studio.blobs.picture(facts.lineage_digest))
        colour = told_colour(layer, material.canvas.known, material.views, material.hands)
        found.append(replace(layer, colour=colour))
    return tuple(found)


def _name(variation: Variation) -> str:
    return f"{variation.shot}_{variation.element}_b{variation.number:02d}"


def _decoded_again(studio: Studio, reference: Reference) -> None:
    """Refuse a reference whose file does not decode to the master that was painted from."""
    path = studio.blobs.path(reference.file_sha256)
    same = studio.shelf.file_sha256(path) == reference.file_sha256
    if same:
        master = linear_master(studio, studio.images.read(path), reference.colourspace)
        same = picture_digest(master) == reference.master_digest
    if not same:
        raise TamperError(
            f"the file of reference {reference.file_name} ({reference.id}) does not give the "
            "picture that was painted from",
            remedy="Bring it back from a backup; where another library decodes it otherwise, "
            "see `seamline doctor`.",
        )


def _layer(studio: Studio, variation: Variation, material: Material, facts: LayerFacts) -> None:
    lineage = studio.blobs.picture(facts.lineage_digest)
    layer = layer_of(facts, lineage)
    if picture_digest(lineage_picture(layer, material.views)) != facts.lineage_digest:
        raise TamperError(
            f"{_name(variation)}: the lineage of layer {facts.name} does not point to where "
            "its views lie in their references",
            remedy="Another seamline laid them out; use the version that its record names.",
        )
    known = (material.canvas.known, material.linear)
    made = layer_picture(
        studio, layer, known, material.views, variation.ask.encoding, material.hands
    )
    if picture_digest(made) != facts.digest:
        stored = studio.blobs.picture(facts.digest)
        raise TamperError(
            f"{_name(variation)}: layer {facts.name}, made again from its references, is "
            f"another picture: {_apart(made, stored)}",
            remedy="Another library or processor made it (see `seamline doctor`), or its "
            "record was changed.",
        )


def _apart(made: Picture, stored: Picture) -> str:
    other = np.zeros(made.channels["A"].shape, bool)
    for name in "RGBA":
        other |= made.channels[name] != stored.channels[name]
    if not other.any():
        return "it differs in signs of zero only"
    row, column = np.argwhere(other)[0]
    return f"{int(other.sum())} pixels differ, the first at {column},{row} of the canvas"
