"""
Layers on their way out: each one's frames, seen through the same camera as the element.

A painting in one layer needs no frames of its own for it: they are the element's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from seamline.pixels.picture import Picture
from seamline.ports import Studio
from seamline.show.cdl import CDL
from seamline.show.record import as_record
from seamline.show.shot import Shot
from seamline.show.variation import LayerFacts, Variation, Version
from seamline.steps import book
from seamline.steps.element import layer_frames, space_of, stamp_of
from seamline.steps.layers import shown_layers
from seamline.steps.painting import Painting, Sheet, painting, sheets


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """The layers of one version, back to front, ready to be looked at."""

    version: Version
    painting: Painting
    layers: Sequence[Sheet]


def seen_layers(studio: Studio, version: Version) -> Seen | None:
    """Return the layers of ``version``, or None where its only one is the element itself."""
    variation = book.variation_of(studio.ledger, version)
    if len(shown_layers(variation)) == 1:
        return None
    layers = sheets(studio, variation)
    return Seen(version=version, painting=painting(studio, variation, layers), layers=layers)


def frames_of_layers(
    studio: Studio, shot: Shot, seen: Seen, frame: int
) -> list[tuple[str, Picture]]:
    """Return (layer name, picture) of ``frame``, back to front."""
    version = seen.version
    stamp = stamp_of(seen.painting.variation, version.id, version.render_key)
    found = layer_frames(studio, shot, seen.painting, seen.layers, frame, stamp)
    return [(s.facts.name, picture) for s, picture in zip(seen.layers, found, strict=True)]


def layer_pattern(element_id: str, layer: str) -> str:
    """Return where a layer's frames lie in a delivery."""
    return f"layers/{layer}/{element_id}_{layer}.%04d.exr"


def grade_papers(studio: Studio, version: Version) -> dict[str, bytes]:
    """Return the ``.cc`` of every graded layer, by where it lies in a delivery."""
    return {
        f"layers/{grade.layer}/{version.id}_{grade.layer}.cc": studio.papers.cdl_file(grade.cdl)
        for grade in version.grades
    }


def layers_on_record(version: Version, variation: Variation) -> list[dict[str, Any]]:
    """Return what a delivery says of its layers, back to front."""
    grades = {grade.layer: as_record(grade) for grade in version.grades}
    return [
        {
            "layer": facts.name,
            "files": layer_pattern(version.id, facts.name),
            "distance_m": facts.distance_m,
            "motion_deg_s": facts.motion_deg_s,
            "digest": facts.digest,
            "lineage_digest": facts.lineage_digest,
            "grade": grades.get(facts.name),
        }
        for facts in shown_layers(variation)
    ]


def layers_in_script(
    studio: Studio, shot: Shot, version: Version, variation: Variation
) -> tuple[dict[str, Any], ...]:
    """Return what a script is told of the layers; nothing where one alone is as painted."""
    layers = shown_layers(variation)
    if len(layers) == 1 and not version.grades:
        return ()
    grades = {grade.layer: grade for grade in version.grades}
    plain = {f.name: CDL(id=f"{version.id}_{f.name}", description="as painted") for f in layers}
    return tuple(
        {
            "name": facts.name,
            "pattern": layer_pattern(version.id, facts.name),
            "colourspace": space_of(studio, shot),
            "cdl": grades[facts.name].cdl if facts.name in grades else plain[facts.name],
            "opacity": grades[facts.name].opacity if facts.name in grades else 1.0,
            "says": _says(facts),
        }
        for facts in layers
    )


def _says(facts: LayerFacts) -> str:
    far = "as far as the canvas" if facts.distance_m is None else f"{facts.distance_m:g} m"
    drift = f", drifts {facts.motion_deg_s:g} deg/s" if facts.motion_deg_s else ""
    return f"{facts.name}: {far}{drift}"
