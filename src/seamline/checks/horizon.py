"""Whether a level horizon is seen where the camera puts it."""

from __future__ import annotations

from seamline.checks.look import Look, judged, unseen
from seamline.show.review import Finding


def check(look: Look) -> Finding:
    """Compare the row of a straight horizon with the row the track or the lock puts it at."""
    open_word = unseen(look, "horizon")
    if open_word is not None:
        return open_word
    spot = look.spots["horizon"]
    side = "below" if spot.value > 0 else "above"
    says = f"a horizon is seen at least {abs(spot.value):.1f} px {side} {spot.words}"
    return judged(look, "horizon", "px", says)
