"""Whether the matched element is as bright as the plate it covers."""

from __future__ import annotations

from seamline.checks.look import Look, judged, unseen
from seamline.show.review import Finding


def check(look: Look) -> Finding:
    """Compare the painted margin, as it goes into the comp, with the plate: stops."""
    open_word = unseen(look, "exposure", paired=True)
    if open_word is not None:
        return open_word
    spot = look.spots["exposure"]
    side = "brighter" if spot.value > 0 else "darker"
    says = f"the painted side is {abs(spot.value):.3f} stops {side} than the plate it covers"
    return judged(look, "exposure", "stops", says)
