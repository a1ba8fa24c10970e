"""Whether the brightest values fit the plate's files."""

from __future__ import annotations

from seamline.checks.seen import Seen
from seamline.show.review import Finding

HALF_MAX = 65504.0


def check(seen: Seen) -> Finding:
    """Compare the element's peak with what the plate's channel type holds."""
    if not seen.half:
        return Finding(
            check="peak",
            verdict="pass",
            measured=seen.peak,
            says=f"{seen.shot.name}: the element peaks at {seen.peak:.4g}; the plate is float "
            "and holds it",
        )
    fits = seen.peak <= HALF_MAX
    return Finding(
        check="peak",
        verdict="pass" if fits else "fail",
        measured=seen.peak,
        limit=HALF_MAX,
        unit="scene-linear",
        frame=seen.peak_frame,
        says=f"{seen.shot.name}: the element peaks at {seen.peak:.4g}; "
        + (
            f"a half float holds {HALF_MAX:g}"
            if fits
            else f"over the {HALF_MAX:g} of the plate's half floats, so its frames are float"
        ),
    )
