"""Whether painted and photographed halves of one surface have the same colour."""

from __future__ import annotations

from seamline.checks.seen import Seen
from seamline.pixels.likeness import LIMIT_STOPS as LIMIT_REFERENCE_STOPS
from seamline.show.review import Finding

LIMIT_STOPS = 0.1


def check(seen: Seen) -> Finding:
    """Compare the painted margin with the plate beneath it, in stops."""
    if seen.shot.plate is None:
        return Finding(
            check="margin",
            verdict="not comparable",
            says=f"{seen.shot.name}: there is no plate yet to compare with",
        )
    if not seen.one_surface:
        return Finding(
            check="margin",
            verdict="not comparable",
            says=f"{seen.shot.name}: the seam parts different things; no painted pixel has a "
            "photographed twin to compare with",
        )
    name, apart = max(seen.references_off, key=lambda one: abs(one[1]), default=("", 0.0))
    if abs(apart) > LIMIT_REFERENCE_STOPS:
        darker = "darker" if apart > 0 else "brighter"
        return Finding(
            check="margin",
            verdict="fail",
            measured=abs(apart),
            limit=LIMIT_REFERENCE_STOPS,
            unit="stops",
            says=f"{seen.shot.name}: {name} is {abs(apart):.2f} stops {darker} than the plate "
            f"where both show alike things, limit {LIMIT_REFERENCE_STOPS:g}: what was painted "
            "from it was brought to the plate, so look at its declared exposure",
        )
    if seen.margin_says:
        return Finding(
            check="margin",
            verdict="not comparable",
            says=f"{seen.shot.name}: {seen.margin_says}",
        )
    if seen.margin_stops is None:
        return Finding(
            check="margin",
            verdict="not checked",
            says=f"{seen.shot.name}: no margin was painted",
        )
    off = seen.margin_stops
    return Finding(
        check="margin",
        verdict="pass" if off <= LIMIT_STOPS else "fail",
        measured=off,
        limit=LIMIT_STOPS,
        unit="stops",
        says=f"{seen.shot.name}: the painted margin lies {off:.3f} stops from the plate it "
        f"covers before the match, limit {LIMIT_STOPS:g} stops",
    )
