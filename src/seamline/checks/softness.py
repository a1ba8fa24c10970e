"""Whether the painted margin has as much fine detail as the plate it covers."""

from __future__ import annotations

from seamline.checks.look import Look, judged, unseen
from seamline.show.review import Finding


def check(look: Look) -> Finding:
    """Compare fine detail against coarse, painted with plate without its grain, in stops."""
    open_word = unseen(look, "softness", paired=True)
    if open_word is not None:
        return open_word
    spot = look.spots["softness"]
    side = "sharper" if spot.value > 0 else "softer"
    says = (
        f"the painted side is {abs(spot.value):.2f} stops {side} in fine detail than the plate "
        "it covers"
    )
    return judged(look, "softness", "stops", says)
