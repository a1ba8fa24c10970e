"""
Published pictures, known again by their pixels: never by a name or a header.

A locked-off shot may have many frames of the same pixels, and two versions may show the
same. What the file says it is decides between them; all the others are named beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from seamline.ports import Studio
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.delivered_lens import UNDISTORTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a picture is: whose, of which kind (and layer), and which frame."""

    version: Version
    kind: str
    layer: str
    frame: int
    equal: tuple[dict[str, Any], ...]
    """Every other published picture of the same pixels: element, kind, layer, frame."""


def published(studio: Studio, digest: str, claimed: str) -> Published | None:
    """Return what the picture is; among versions of the same pixels the claimed one."""
    found: tuple[str, str, str, int] | None = None
    sequences = [
        (str(row.body["id"]), kind, "", row.body[f"{kind}_frames"])
        for row in studio.ledger.rows("version")
        for kind in ("element", "comp")
    ]
    # An element in one layer is its layer too; what it is called first, it is.
    sequences += [
        (str(row.body["element"]), "layer", name, frames)
        for row in studio.ledger.rows("delivery")
        for name, frames in row.body["frames"].get("layers", {}).items()
    ]
    sequences += [
        (str(row.body["element"]), kind, "", frames)
        for row in studio.ledger.rows("delivery")
        for kind, frames in row.body["frames"].get("match", {}).items()
    ]
    sequences += [
        (str(row.body["element"]), UNDISTORTED, "", row.body["frames"].get(UNDISTORTED, []))
        for row in studio.ledger.rows("delivery")
    ]
    equal = dict.fromkeys(
        (element_id, kind, layer, place)
        for element_id, kind, layer, frames in sequences
        for place, frame in enumerate(frames)
        if frame == digest
    )
    for one in equal:
        layered = one[1] == "layer" and found is not None and found[1] != "layer"
        later_frame = found is not None and one[:3] == found[:3]
        if found is None or (one[0] == claimed and not layered and not later_frame):
            found = one
    if found is None:
        return None
    version = book.version(studio.ledger, found[0])
    return Published(
        version=version,
        kind=found[1],
        layer=found[2],
        frame=_first(studio, found[0]) + found[3],
        equal=tuple(
            {
                "element": element_id,
                "kind": kind,
                **({"layer": layer} if layer else {}),
                "frame": _first(studio, element_id) + place,
            }
            for element_id, kind, layer, place in equal
            if (element_id, kind, layer, place) != found
        ),
    )


def _first(studio: Studio, element_id: str) -> int:
    version = book.version(studio.ledger, element_id)
    return book.shot_of(studio.ledger, version).frames.first
