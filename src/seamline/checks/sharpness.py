"""Whether element and plate are equally sharp, motion blur included."""

from __future__ import annotations

from seamline.checks.seen import Seen
from seamline.show.review import Finding

HARD_LIMIT_PERCENT = 15.0
"""Edges that are hard at rest: what they lost in the frame is the camera's doing."""
LIMIT_REST_PX = 2.0
"""Half of what a hard edge may be wide (``metrics.HARD_PX``): an edge of two pixels is hard
still once it is smeared so far. Beyond, what passes for hard is what was not smeared, edges
along the move, and the plate then looks sharper than it is."""
LIMIT_PERCENT = 35.0
"""Whatever edges there are: different things at rest differ by a quarter already."""


def check(seen: Seen) -> Finding:
    """Compare the width of the strongest edges of element and plate in one frame."""
    mine, plate = seen.element_edge_px, seen.plate_edge_px
    if seen.shot.plate is None:
        return Finding(
            check="sharpness",
            verdict="not comparable",
            says=f"{seen.shot.name}: there is no plate yet to compare with",
        )
    if mine is None or plate is None:
        return Finding(
            check="sharpness",
            verdict="not checked",
            says=f"{seen.shot.name}: too few clear edges in "
            f"{'the element' if mine is None else 'the plate'} to compare sharpness",
        )
    if seen.edges_hard_at_rest and seen.rest_smear_px > LIMIT_REST_PX:
        return Finding(
            check="sharpness",
            verdict="not checked",
            says=f"{seen.shot.name}: the camera never rests: its stillest frame is smeared "
            f"over {seen.rest_smear_px:.1f} px, limit {LIMIT_REST_PX:g}; what is hard at "
            "rest nothing shows",
        )
    off = abs(mine / plate - 1) * 100
    limit = HARD_LIMIT_PERCENT if seen.edges_hard_at_rest else LIMIT_PERCENT
    return Finding(
        check="sharpness",
        verdict="pass" if off <= limit else "fail",
        measured=off,
        limit=limit,
        unit="%",
        frame=seen.edge_frame,
        says=f"{seen.shot.name}: frame {seen.edge_frame}: edges are {mine:.1f} px wide in the "
        f"element, {plate:.1f} px in the plate; {off:.0f} % apart, limit {limit:g} %",
    )
