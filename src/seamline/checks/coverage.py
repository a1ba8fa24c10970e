"""Whether the canvas covers everything that was to be generated."""

from __future__ import annotations

from seamline.checks.seen import Seen
from seamline.show.review import Finding


def check(seen: Seen) -> Finding:
    """Count the generated pixels, over all frames, that nothing was painted for."""
    where = f", first in frame {seen.hole_frame}" if seen.hole_frame is not None else ""
    return Finding(
        check="coverage",
        verdict="pass" if seen.hole_px == 0 else "fail",
        measured=float(seen.hole_px),
        limit=0.0,
        unit="px",
        frame=seen.hole_frame,
        says=f"{seen.shot.name}: {seen.hole_px} generated pixels lie outside the painted "
        f"canvas{where}, limit 0",
    )
