"""Whether the element's level jumps or wavers from frame to frame."""

from __future__ import annotations

from seamline.checks.look import Look, judged, unseen
from seamline.show.review import Finding


def check(look: Look) -> Finding:
    """Say how far the element's level spreads, the plate's taken off, over four frames: %."""
    open_word = unseen(look, "flicker")
    if open_word is not None:
        return open_word
    spot = look.spots["flicker"]
    says = f"the element's level wavers by {spot.value:.2f} % rms over frames{spot.words}"
    return judged(look, "flicker", "%", says)
