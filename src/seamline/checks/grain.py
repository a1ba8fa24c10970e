"""Whether the element has as much grain as the plate at the same brightness."""

from __future__ import annotations

from seamline.checks.look import Look, judged, unseen
from seamline.show.review import Finding


def check(look: Look) -> Finding:
    """Compare what pixels do over time on either side of the matte, in stops."""
    open_word = unseen(look, "grain")
    if open_word is not None:
        return open_word
    spot = look.spots["grain"]
    says = (
        f"the element's grain is {2.0**spot.value:.2f} times the plate's at the same brightness"
        f"{spot.words}"
    )
    return judged(look, "grain", "stops", says)
