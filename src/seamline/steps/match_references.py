"""
References beside the plate: what of their exposure nobody declared.

A generator brings what it copies to the plate around it, so a reference that came .35 stop
darker than it says leaves no trace in what is painted from it: neither margin nor fill shows
it. It is looked for where it stands, in the pictures that the generator was given: once per
canvas and references, kept in the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seamline.pixels.likeness import likeness
from seamline.ports import CanvasPicture, ReferencePicture, Studio
from seamline.show.record import as_record, from_record, record_digest
from seamline.show.variation import Variation
from seamline.steps import book
from seamline.steps.palette import PLATE_ID
from seamline.steps.rebuild import material_for

MEASURES = 1
"""Raised when the same pictures would give other numbers."""
KIND = "references beside the plate"


@dataclass(frozen=True, slots=True, kw_only=True)
class BesidePlate:
    """A reference and by how many stops the plate is brighter where both are alike."""

    reference: str
    file_name: str
    stops: float


def beside_the_plate(studio: Studio, variation: Variation) -> tuple[BesidePlate, ...]:
    """Return what is known of the references that ``variation`` was painted from."""
    ask = variation.ask
    key = record_digest(
        {
            "measures": MEASURES,
            "canvas": ask.canvas_digest,
            "references": list(ask.references),
            "encoding": ask.encoding,
            "settings": [list(setting) for setting in ask.settings],
        }
    )
    for row in studio.ledger.rows(KIND):
        if row.body["key"] == key:
            return tuple(from_record(BesidePlate, one) for one in row.body["found"])
    material = material_for(studio, ask)
    names = {r.id: r.file_name for r in book.references(studio.ledger).values()}
    found = tuple(
        BesidePlate(reference=id, file_name=names.get(id, id), stops=stops)
        for id, stops in references_off(material.canvas, material.views).items()
    )
    body = {"key": key, "found": [as_record(one) for one in found]}
    studio.ledger.append_once(KIND, key, body)
    return found


def references_off(
    canvas: CanvasPicture, views: Sequence[ReferencePicture]
) -> dict[str, float]:
    """
    Return by how many stops the plate is brighter than each reference that can be told, by id.

    The mean over those views of it that show enough that is like the plate.
    """
    found: dict[str, list[float]] = {}
    for view in views:
        if view.id == PLATE_ID or view.around or view.card or view.dome:
            continue
        if view.elevation_deg is None:
            continue
        one = likeness(
            canvas.known, canvas.keep == 1, canvas.elevation_deg,
            view.colour, np.asarray(view.usable, np.bool_), view.elevation_deg,
        )  # fmt: skip
        if one is not None and one.sure:
            found.setdefault(view.id, []).append(one.stops)
    return {id: round(sum(stops) / len(stops), 4) for id, stops in found.items()}
