"""Whether element and plate are equally sharp, motion blur included."""

from __future__ import annotations

from seamline.checks.seen import Seen
from seamline.pixels.smear import LEAST_PX, Smear
from seamline.show.review import Finding

SMEAR_LIMIT_PERCENT = 25.0
"""Half of what is asked: a shutter half as long, or half as long again. ``benchmarks match
smear`` has what it does: false alarms, and what is found."""
LIMIT_REST_PX = 2.0
"""Half of what a hard edge may be wide (``metrics.HARD_PX``): an edge of two pixels is hard
still once it is smeared so far. Beyond, what passes for hard is what was not smeared, edges
along the move, and the plate then looks sharper than it is."""
LIMIT_PERCENT = 35.0
"""Whatever edges there are: different things at rest differ by a quarter already."""


def check(seen: Seen) -> Finding:
    """Compare how soft the edges of element and plate are in one frame."""
    if seen.shot.plate is None:
        return _untold(seen, "there is no plate yet to compare with", "not comparable")
    if seen.edges_hard_at_rest and seen.rest_smear_px > LIMIT_REST_PX:
        return _untold(
            seen,
            f"the camera never rests: its stillest frame is smeared over "
            f"{seen.rest_smear_px:.1f} px, limit {LIMIT_REST_PX:g}; what is hard at rest "
            "nothing shows",
        )
    if seen.edges_hard_at_rest and seen.smear_px > LEAST_PX:
        return _smeared(seen, seen.element_smear, seen.plate_smear)
    return _widths(seen, seen.element_edge_px, seen.plate_edge_px)


def _widths(seen: Seen, mine: float | None, plate: float | None) -> Finding:
    if mine is None or plate is None:
        side = "element" if mine is None else "plate"
        return _untold(seen, f"too few clear edges in the {side} to compare sharpness")
    off = abs(mine / plate - 1) * 100
    return _judged(
        seen, off, LIMIT_PERCENT,
        f"edges are {mine:.1f} px wide in the element, {plate:.1f} px in the plate; "
        f"{off:.0f} % apart",
    )  # fmt: skip


def _smeared(seen: Seen, mine: Smear | None, plate: Smear | None) -> Finding:
    """Hold against one another how wide edges are over what the camera's move makes of them."""
    if mine is None or plate is None:
        side = "element" if mine is None else "plate"
        return _untold(
            seen,
            f"too few clear edges across the camera's move in the {side} to compare how far "
            "it smears them",
        )
    off = (max(mine.times, plate.times) / min(mine.times, plate.times) - 1) * 100
    return _judged(
        seen, off, SMEAR_LIMIT_PERCENT,
        f"edges are {mine.times:.2f} times as wide as the camera's move makes them in the "
        f"element, {plate.times:.2f} times in the plate; {off:.0f} % apart",
    )  # fmt: skip


def _untold(seen: Seen, why: str, verdict: str = "not checked") -> Finding:
    return Finding(check="sharpness", verdict=verdict, says=f"{seen.shot.name}: {why}")


def _judged(seen: Seen, off: float, limit: float, says: str) -> Finding:
    return Finding(
        check="sharpness",
        verdict="pass" if off <= limit else "fail",
        measured=off,
        limit=limit,
        unit="%",
        frame=seen.edge_frame,
        says=f"{seen.shot.name}: frame {seen.edge_frame}: {says}, limit {limit:g} %",
    )
