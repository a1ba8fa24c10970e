"""Whether the painted margin has as much fine detail as the plate it covers."""

from __future__ import annotations

from seamline.checks.look import Look, judged, unseen
from seamline.show.review import Finding


def check(look: Look) -> Finding:
    """Say by how wide a blur the painted side lacks the fine detail of the plate: pixels."""
    open_word = unseen(look, "softness", paired=True)
    if open_word is not None:
        return open_word
    spot = look.spots["softness"]
    side = "softer" if spot.value > 0 else "sharper"
    says = (
        f"the painted side is {side} than the plate it covers, by a blur of "
        f"{abs(spot.value):.2f} px"
    )
    return judged(look, "softness", "px", says)
