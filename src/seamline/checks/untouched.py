"""Whether live action is the plate, bit for bit."""

from __future__ import annotations

from seamline.checks.look import Look, judged, unseen
from seamline.show.review import Finding


def check(look: Look) -> Finding:
    """Count pixels where the matte is 1 and the comp is not the plate's own bits."""
    open_word = unseen(look, "untouched")
    if open_word is not None:
        return open_word
    spot = look.spots["untouched"]
    says = f"{spot.value:.0f} live pixels are not the plate's own bits"
    return judged(look, "untouched", "px", says)
