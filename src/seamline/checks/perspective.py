"""Whether what the plate shows moves as the track says."""

from __future__ import annotations

from seamline.checks.look import Look, judged, unseen
from seamline.show.review import Finding


def check(look: Look) -> Finding:
    """Compare where features of the plate go with where the track takes them, in pixels."""
    open_word = unseen(look, "perspective")
    if open_word is not None:
        return open_word
    spot = look.spots["perspective"]
    far = f"at least {spot.value:.2f} px"
    says = f"features of the plate lie {far} from where the camera {spot.words}"
    return judged(look, "perspective", "px", says)
