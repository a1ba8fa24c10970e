"""
Match: bring what was painted to what was photographed, as a CDL anybody can edit.

The clean element stays as it is. The CDL is fitted once per variation, over all
frames: from the painted margin where live and generated continue one surface,
else from the lock and the declared light of the references. References are brought to
the locked light before anything is painted from them (``steps.lighting``); what the CDL
adds is what a lock or a reference revised since asks for. Where nobody says anything it
changes nothing, and the notes say so.
"""

from __future__ import annotations

from dataclasses import dataclass

from seamline.pixels.light import STOPS_PER_UNIT, direction_apart_deg, gain_cdl
from seamline.pixels.metrics import log_difference
from seamline.ports import Studio
from seamline.show.cdl import CDL
from seamline.show.variation import Variation
from seamline.steps import book
from seamline.steps.lighting import LEAST, light_gain, lit_of

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
    lit = lit_of(variation.ask)
    apart = direction_apart_deg(lit.light_of(source), lock.light)
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
    before = lit.gains.get(source.id)
    if before is not None:
        r, g, b = (now / then for now, then in zip(gain, before, strict=True))
        gain = (r, g, b)
        if max(abs(v - 1) for v in gain) < LEAST:
            done = (
                f"{source.file_name} was brought to lock v{lock.version} before painting: "
                + ", ".join(said)
            )
            return Matched(
                cdl=CDL(id=name, description=f"changes nothing: {done}"),
                margin_stops=None,
                says=f"matched before painting: {done}",
            )
    mixed = "" if share >= DOMINANT_SHARE else f", which is only {share:.0%} of the picture"
    description = f"{source.file_name}{mixed} to lock v{lock.version}: {', '.join(said)}"
    return Matched(
        cdl=gain_cdl(gain, id=name, description=description),
        margin_stops=None,
        says=f"matched by the lock: {description}",
    )
