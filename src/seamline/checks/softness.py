"""Whether fine edges rise as fast in the painted margin as in the plate it covers."""

from __future__ import annotations

from seamline.checks.look import Look, judged, unseen
from seamline.show.review import Finding


def check(look: Look) -> Finding:
    """Compare slopes over a pixel with slopes over five, painted against plate, in stops."""
    open_word = unseen(look, "softness", paired=True)
    if open_word is not None:
        return open_word
    spot = look.spots["softness"]
    side = "sharper" if spot.value > 0 else "softer"
    says = f"edges are {abs(spot.value):.2f} stops {side} on the painted side than in the plate"
    return judged(look, "softness", "stops", says)
