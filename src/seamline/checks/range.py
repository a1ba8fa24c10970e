"""Whether every generated value is a number that files and displays can hold."""

from __future__ import annotations

from seamline.checks.look import Look, judged, unseen
from seamline.show.review import Finding


def check(look: Look) -> Finding:
    """Count generated pixels with values that nothing can show."""
    open_word = unseen(look, "range")
    if open_word is not None:
        return open_word
    spot = look.spots["range"]
    says = f"{spot.value:.0f} generated values cannot stand{spot.words}"
    return judged(look, "range", "px", says)
