"""Whether the darkest parts are lifted alike; a report, no gate was calibrated."""

from __future__ import annotations

from seamline.checks.limits import LIMITS
from seamline.checks.look import Look, reported, unseen
from seamline.show.review import Finding


def check(look: Look) -> Finding:
    """Compare the darkest painted with the darkest plate beneath, scene-linear."""
    open_word = unseen(look, "black", paired=True)
    if open_word is not None:
        return open_word
    spot = look.spots["black"]
    says = (
        f"blacks of the painted side lie {spot.value:+.4f} from the plate's; beyond "
        f"{LIMITS['black']:g} look at them"
    )
    return reported(look, "black", "scene-linear", says)
