"""Exposed filler: what no camera photographed, in the open."""

from __future__ import annotations

from seamline.generators.patch.detect.examined import Examined, Found, Sight, place_of
from seamline.show.review import Finding

LIMIT = 0.1
"""Of what is painted. More than a strip at the foot of a range is looked at as a picture."""


def find(painting: Examined, sight: Sight) -> Found:
    """
    Measure how much of what is seen was completed or filled behind something.

    A sky that is carried on is still a sky; it is not counted, nor counted in.
    """
    judged = sight.fill if sight.sky is None else sight.fill & ~sight.sky
    total = int(judged.sum())
    told = bool(painting.filler) or any(r.card is not None for r in painting.references)
    if not told or total == 0:
        return Found(
            finding=Finding(
                check="filler",
                verdict="not checked",
                says="nothing tells filler from what was photographed",
            )
        )
    shown = sight.filler & judged
    share = int(shown.sum()) / total
    bad = share > LIMIT
    return Found(
        finding=Finding(
            check="filler",
            verdict="fail" if bad else "pass",
            measured=round(100 * share, 1),
            limit=100 * LIMIT,
            unit="%",
            says=f"{100 * share:.0f} % of what is seen is filler"
            + (f", {place_of(shown)}" if shown.any() else "")
            + f"; limit {100 * LIMIT:.0f} %",
        ),
        where=shown if bad else None,
    )
