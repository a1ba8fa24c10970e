"""Whether the matched element has the plate's white."""

from __future__ import annotations

from seamline.checks.look import Look, judged, unseen
from seamline.show.review import Finding


def check(look: Look) -> Finding:
    """Compare the painted margin's white with the plate's beneath it, in mired."""
    open_word = unseen(look, "white", paired=True)
    if open_word is not None:
        return open_word
    spot = look.spots["white"]
    side = "warmer" if spot.value > 0 else "colder"
    says = (
        f"the painted side is {abs(spot.value):.1f} mired {side} than the plate it covers"
        f"{spot.words}"
    )
    return judged(look, "white", "mired", says)
