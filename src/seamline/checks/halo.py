"""Whether a rim of light or dark follows the seam; a report, no gate was calibrated."""

from __future__ import annotations

from seamline.checks.limits import LIMITS
from seamline.checks.look import Look, reported, unseen
from seamline.show.review import Finding


def check(look: Look) -> Finding:
    """Compare the line on the seam with both of its sides, in stops."""
    open_word = unseen(look, "halo", paired=True)
    if open_word is not None:
        return open_word
    spot = look.spots["halo"]
    kind = "light" if spot.value > 0 else "dark"
    says = (
        f"a {kind} rim of {abs(spot.value):.2f} stops on the seam; beyond {LIMITS['halo']:g} "
        "look at it"
    )
    return reported(look, "halo", "stops", says)
