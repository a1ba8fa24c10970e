"""
Grade one painted layer, as a compositor does before it goes over the one behind it.

A grade belongs to the comp: the clean element and the layer stay as they were painted.
It is kept as a CDL, so that the same numbers do the same thing in any program.
"""

from __future__ import annotations

import math

from seamline.errors import InputError, ShowError
from seamline.pixels.light import STOPS_PER_UNIT
from seamline.ports import Studio
from seamline.show.cdl import CDL
from seamline.show.names import ElementId
from seamline.show.record import as_record
from seamline.show.variation import LayerGrade, Variation
from seamline.steps import book
from seamline.steps.layers import shown_layers

MOST_STOPS = 20.0
"""A million times brighter: beyond it a sign or a unit is wrong."""
MOST_SATURATION = 4.0


def grade(
    studio: Studio,
    name: str,
    element_id: str,
    layer: str,
    *,
    exposure_stops: float = 0.0,
    saturation: float = 1.0,
    opacity: float = 1.0,
) -> Variation:
    """
    Set the grade of one layer of ``element_id``'s painting; return that painting.

    Args:
        studio: Ports.
        name: The shot.
        element_id: A version of it.
        layer: Which of its layers.
        exposure_stops: Brighter by so much; 0 leaves it.
        saturation: 1 leaves it, 0 is grey; about Rec.709 luma, as the ASC CDL has it.
        opacity: How much of the layer stands, above 0 to 1.

    Raises:
        InputError: A number makes no sense, or the backmost layer would let nothing through.
        ShowError: The version is another shot's, or has no such layer.
    """
    variation = _of(studio, name, element_id)
    names = [facts.name for facts in shown_layers(variation)]
    if layer not in names:
        raise ShowError(
            f"{element_id} has no layer {layer!r} that is seen; it has {', '.join(names)}",
            remedy="Name one of these.",
        )
    _check(layer, exposure_stops, saturation, opacity, back=layer == names[0])
    parsed = ElementId.parse(element_id)
    units = round(exposure_stops / STOPS_PER_UNIT, 7) + 0.0
    words = [f"{exposure_stops:+g} stops"] if exposure_stops else []
    words += [f"saturation {saturation:g}"] if saturation != 1 else []
    fresh = LayerGrade(
        layer=layer,
        cdl=CDL(
            id=f"{parsed.shot}_{parsed.element}_b{parsed.variation:02d}_{layer}",
            offset=(units, units, units),
            saturation=float(saturation),
            description=", ".join(words) or "as painted",
        ),
        opacity=float(opacity),
    )
    standing = {g.layer: g for g in book.grades(studio.ledger, variation)}
    if standing.get(layer) != fresh and not (layer not in standing and fresh.is_identity):
        body = {"shot": name, "ask_digest": variation.ask_digest, "grade": as_record(fresh)}
        studio.ledger.append("layer grade", body)
    return variation


def said(found: LayerGrade) -> str:
    """Return a grade in words."""
    words = [] if found.cdl.is_identity else [found.cdl.description]
    words += [f"opacity {found.opacity:g}"] if found.opacity != 1 else []
    return ", ".join(words) or "as painted"


def _of(studio: Studio, name: str, element_id: str) -> Variation:
    return book.variation_of(studio.ledger, book.version_in(studio.ledger, name, element_id))


def _check(
    layer: str, exposure_stops: float, saturation: float, opacity: float, *, back: bool
) -> None:
    for what, value, low, high in (
        ("exposure", exposure_stops, -MOST_STOPS, MOST_STOPS),
        ("saturation", saturation, 0.0, MOST_SATURATION),
    ):
        if not (math.isfinite(value) and low <= value <= high):
            raise InputError(
                f"layer {layer}: {what} is {value:g}, expected {low:g} to {high:g}",
                remedy=f"Give --{what} a number in that range.",
            )
    if not 0 < opacity <= 1:
        raise InputError(
            f"layer {layer}: opacity is {opacity:g}, expected above 0 and at most 1",
            remedy="Give --opacity a number in that range.",
        )
    if back and opacity != 1:
        raise InputError(
            f"nothing stands behind layer {layer}: it cannot let anything through",
            remedy="Give a layer before it an opacity.",
        )
