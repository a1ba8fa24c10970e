"""
Match: bring what was painted to what was photographed, as a CDL anybody can edit.

The clean element stays as it is. The CDL is fitted once per variation, over all
frames: from the painted margin where live and generated continue one surface,
else from the lock and the declared light of the references. Where neither says
anything it changes nothing, and the notes say so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seamline.pixels.light import (
    STOPS_PER_UNIT,
    direction_apart_deg,
    gain_cdl,
    white_xy,
    xyz_of,
)
from seamline.pixels.metrics import log_difference
from seamline.ports import Studio
from seamline.show.cdl import CDL
from seamline.show.lock import Light
from seamline.show.variation import Variation
from seamline.steps import book
from seamline.steps.turning import seen_light

XYZ_SPACE = "CIE-XYZ-D65"
DOMINANT_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The CDL, how far the margin was off before it (stops), and what it rests on."""

    cdl: CDL
    margin_stops: float | None
    says: str


def match(studio: Studio, variation: Variation) -> Matched:
    """Return the CDL that takes ``variation``'s clean element to its plate."""
    name = f"{variation.shot}_{variation.element}_b{variation.number:02d}"
    margin = next((f for f in variation.layers if f.name == "margin"), None)
    if margin is not None:
        return _by_margin(studio, variation, margin.digest, name)
    return _by_lock(studio, variation, name)


def _by_margin(studio: Studio, variation: Variation, digest: str, name: str) -> Matched:
    _, body = book.canvas_by_digest(studio.ledger, variation.ask.canvas_digest)
    arrays = studio.blobs.picture(str(body["arrays"]))
    painted = studio.blobs.picture(digest)
    mask = (arrays.channels["margin"] > 0) & (painted.channels["A"] == 1)
    mask &= arrays.channels["keep"] == 1
    coded = [
        studio.colour.convert(p.rgb(), studio.colour.working_space, CDL(id="").working_space)
        for p in (arrays, painted)
    ]
    apart = log_difference(coded[0], coded[1], mask)
    if apart is None:
        return Matched(
            cdl=CDL(id=name, description="the margin is too small to compare"),
            margin_stops=None,
            says="the painted margin is too small to match by",
        )
    offset, _ = apart
    r, g, b = (round(v, 7) + 0.0 for v in offset)
    stops = max(abs(v) for v in offset) * STOPS_PER_UNIT
    return Matched(
        cdl=CDL(
            id=name,
            offset=(r, g, b),
            description="fitted on the painted margin against the plate it covers",
        ),
        margin_stops=stops,
        says=f"matched on the painted margin by {stops:.3f} stops at most",
    )


def _by_lock(studio: Studio, variation: Variation, name: str) -> Matched:
    lock = book.lock(studio.ledger, variation.shot)
    references = book.references(studio.ledger)
    used = [(references[i], share) for i, share in variation.shares if i in references]
    if lock is None or not used:
        why = "the shot has no lock" if lock is None else "nothing came from a reference"
        return Matched(
            cdl=CDL(id=name, description=f"changes nothing: {why}"),
            margin_stops=None,
            says=f"not matched: {why}",
        )
    source, share = used[0]
    apart = direction_apart_deg(seen_light(source), lock.light)
    if apart is not None and apart > lock.tolerances.key_direction_deg:
        # Graded to the lock it would only look like a wrong noon instead of a right dusk.
        return Matched(
            cdl=CDL(
                id=name,
                description=f"changes nothing: the key of {source.file_name} stands "
                f"{apart:.0f} deg from lock v{lock.version}'s, which no CDL can turn",
            ),
            margin_stops=None,
            says=f"not matched: the key of {source.file_name} stands {apart:.0f} deg from the "
            "lock's",
        )
    gain, said = light_gain(studio, source.light, lock.light)
    if not said:
        return Matched(
            cdl=CDL(
                id=name, description=f"changes nothing: light of {source.file_name} unknown"
            ),
            margin_stops=None,
            says=f"not matched: nobody declared exposure or colour temperature of "
            f"{source.file_name} and of the lock",
        )
    mixed = "" if share >= DOMINANT_SHARE else f", which is only {share:.0%} of the picture"
    description = f"{source.file_name}{mixed} to lock v{lock.version}: {', '.join(said)}"
    return Matched(
        cdl=gain_cdl(gain, id=name, description=description),
        margin_stops=None,
        says=f"matched by the lock: {description}",
    )


def light_gain(
    studio: Studio, source: Light, target: Light
) -> tuple[tuple[float, float, float], list[str]]:
    """
    Return the working-space gain from one light to another, and what it rests on.

    White is moved by the ratio of the two whites in working-space primaries (von
    Kries), at constant luminance; exposure by stops.
    """
    gain, said = np.ones(3), []
    if source.colour_temperature_k and target.colour_temperature_k:
        whites = [
            studio.colour.convert(
                xyz_of(white_xy(light.colour_temperature_k or 0.0, light.tint)),
                XYZ_SPACE,
                studio.colour.working_space,
            )[0, 0].astype(np.float64)
            for light in (source, target)
        ]
        gain = whites[1] / whites[0]
        said.append(f"{source.colour_temperature_k:g} K to {target.colour_temperature_k:g} K")
    if source.exposure_stops is not None and target.exposure_stops is not None:
        stops = target.exposure_stops - source.exposure_stops
        gain = gain * 2.0**stops
        said.append(f"{stops:+.2f} stops")
    return (float(gain[0]), float(gain[1]), float(gain[2])), said
