"""Whether every painted pixel has a source and every frame is what was published."""

from __future__ import annotations

from seamline.checks.look import Look, judged, unseen
from seamline.show.review import Finding


def check(look: Look) -> Finding:
    """Count pixels without a source, and frames whose digest is another."""
    open_word = unseen(look, "lineage")
    if open_word is not None:
        return open_word
    spot = look.spots["lineage"]
    says = f"{spot.value:.0f} things have no proof of where they come from{spot.words}"
    return judged(look, "lineage", "", says)
