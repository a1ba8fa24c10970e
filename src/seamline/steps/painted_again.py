"""
Painted again: the layers of a painting from its Ask, and the hands that painted over it.

A generator paints from its Ask as it did. What a hand painted cannot be painted by anything
but that hand: the picture that came back is in the show, its digest is part of the Ask, and
it is laid on again where the lineage says that the hand was. A layer or region painted anew,
and a canvas that went on, rest on an earlier painting: these are followed by their lineage.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from seamline.errors import RefusedError
from seamline.pixels.digest import picture_digest
from seamline.ports import HAND, PaintedLayer, Studio
from seamline.show.variation import FIXED, FROM, HAND_SETTINGS, Variation, further_than
from seamline.steps import book
from seamline.steps.by_hand import blank_layer, stroked
from seamline.steps.came_back import Stroke
from seamline.steps.layers import layer_of, layer_picture
from seamline.steps.promise import hold_to_promise
from seamline.steps.rebuild import Material, material_of, rebuild, standing_layers

AGAIN, BY_LINEAGE = "again", "by lineage"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PaintedAgain:
    """A painting's layers, what they were made of, and how."""

    layers: tuple[PaintedLayer, ...]
    material: Material
    how: str
    """``again`` or ``by lineage``; and whose hands were laid on."""


def painted_again(studio: Studio, variation: Variation) -> tuple[dict[str, str], str]:
    """
    Return digests of the layers of ``variation`` made again, by name, and how that was done.

    Raises:
        RefusedError: What a hand painted is not in the show any more.
        TamperError: A reference, lineage or layer is not what it was.
    """
    found = _made(studio, variation)
    known = (found.material.canvas.known, found.material.linear)
    encoding = variation.ask.encoding
    material = found.material
    return {
        layer.name: picture_digest(
            layer_picture(studio, layer, known, material.views, encoding, material.hands)
        )
        for layer in found.layers
    }, found.how


def _made(studio: Studio, variation: Variation) -> PaintedAgain:
    settings = dict(variation.ask.settings)
    if FIXED in settings:
        base = book.variation_by_ask(studio.ledger, variation.shot, settings[FROM])
        return _under_a_hand(studio, variation, _made(studio, base))
    if any(name in HAND_SETTINGS for name in settings) or further_than(variation.ask):
        rebuild(studio, variation)
        material = material_of(studio, variation)
        layers = standing_layers(studio, variation, material)
        return PaintedAgain(layers=layers, material=material, how=BY_LINEAGE)
    return _by_its_generator(studio, variation)


def _by_its_generator(studio: Studio, variation: Variation) -> PaintedAgain:
    material = material_of(studio, variation)
    backend = studio.generator(variation.ask.generator)
    title = f"{variation.shot}: painting seed {variation.ask.seed} again"
    with studio.progress.bar(title, 1.0) as bar:
        done = [0.0]

        def tell(share: float) -> None:
            bar.advance(share - done[0])
            done[0] = share

        painted = backend.paint(variation.ask, material.canvas, material.views, tell)
    hold_to_promise(backend, material.canvas, material.views, painted)
    return PaintedAgain(layers=tuple(painted.layers), material=material, how=AGAIN)


def _under_a_hand(studio: Studio, variation: Variation, base: PaintedAgain) -> PaintedAgain:
    """Lay what the newest hand painted over ``base``, where the lineage says that it was."""
    work = variation.hands[-1]
    if not studio.blobs.has(work.digest):
        raise RefusedError(
            f"{variation.shot} is not replayed: what {work.by} painted ({work.digest[:12]}) is "
            "not in the show any more",
            remedy="Bring it back from a backup: nobody else can paint it.",
        )
    material = material_of(studio, variation)
    channels = studio.blobs.picture(work.digest).channels
    place = HAND - (len(variation.hands) - 1)
    standing = {layer.name: layer for layer in base.layers}
    made = []
    for facts in variation.layers:
        layer = standing.get(facts.name) or blank_layer(facts.name, material.linear.shape)
        if facts.name in work.layers:
            rgba = np.stack([channels[f"{facts.name}.{c}"] for c in "RGBA"], axis=-1)
            told = layer_of(facts, studio.blobs.picture(facts.lineage_digest))
            layer = stroked(
                replace(layer, distance_m=facts.distance_m, motion_deg_s=facts.motion_deg_s),
                Stroke(rgba=rgba, mask=told.source == place, says=""),
                material.hands[-1].coded[facts.name],
                place,
            )
        made.append(layer)
    return PaintedAgain(
        layers=tuple(made), material=material, how=f"{base.how}, under the hand of {work.by}"
    )
