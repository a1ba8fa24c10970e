"""Whether the same piece of a reference is seen twice."""

from __future__ import annotations

from seamline.checks.look import Look, judged, unseen
from seamline.show.review import Finding


def check(look: Look) -> Finding:
    """Count what is seen again at one displacement, in percent of what is seen."""
    open_word = unseen(look, "repetition")
    if open_word is not None:
        return open_word
    spot = look.spots["repetition"]
    says = f"the largest piece seen twice is {spot.value:.2f} % of the picture{spot.words}"
    return judged(look, "repetition", "%", says)
