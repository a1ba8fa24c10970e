"""Whether the element's level jumps from frame to frame."""

from __future__ import annotations

from seamline.checks.look import Look, judged, unseen
from seamline.show.review import Finding


def check(look: Look) -> Finding:
    """Compare the element's change of level with the plate's between two frames, in percent."""
    open_word = unseen(look, "flicker")
    if open_word is not None:
        return open_word
    spot = look.spots["flicker"]
    says = (
        f"from the frame before, the element's level changes by {spot.value:+.2f} %{spot.words}"
    )
    return judged(look, "flicker", "%", says)
