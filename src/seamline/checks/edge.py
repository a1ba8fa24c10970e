"""Whether the seam is steeper than what stands beside it."""

from __future__ import annotations

from seamline.checks.look import Look, judged, unseen
from seamline.show.review import Finding


def check(look: Look) -> Finding:
    """Compare steps across the seam with steps beside it, in stops; only above 0 it shows."""
    open_word = unseen(look, "edge", paired=True)
    if open_word is not None:
        return open_word
    spot = look.spots["edge"]
    times = 2.0**spot.value
    says = f"the seam is {times:.2f} times as steep as what stands beside it"
    return judged(look, "edge", "stops", says)
