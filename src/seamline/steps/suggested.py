"""
Suggested: the grade that a live plate may need once the light of its lock was revised.

The live side cannot be painted again. A colourist's work begins at the suggestion, which
is marked as one; nothing applies it, and no pixel of the plate changes.
"""

from __future__ import annotations

from seamline.pixels.light import gain_cdl
from seamline.ports import Studio
from seamline.show.cdl import CDL
from seamline.show.lock import Lock
from seamline.steps import book
from seamline.steps.lighting import LEAST, light_gain

SUGGESTION = "live_suggestion"


def live_suggestion(studio: Studio, lock: Lock | None) -> CDL | None:
    """
    Return the grade that a plate may need under ``lock``; None where nobody revised it.

    However often it was revised, the plate was shot to the lock that was set before.
    """
    if lock is None or not lock.reason:
        return None
    earlier = [
        one
        for one in book.nouns(studio.ledger, "lock", Lock)
        if one.shot == lock.shot and one.version < lock.version and not one.reason
    ]
    return suggested(studio, earlier[-1], lock) if earlier else None


def suggested(studio: Studio, before: Lock, now: Lock) -> CDL | None:
    """
    Return the grade that a plate shot to ``before`` may need under ``now``.

    White as a ratio of two whites and exposure in stops, as offsets in ACEScct: what a
    gain in scene-linear light is there, above the toe. Where light falls from is no
    matter of grading, and is left as it was shot.
    """
    gain, said = light_gain(studio, before.light, now.light)
    if not said or max(abs(g - 1) for g in gain) <= LEAST:
        return None
    return gain_cdl(
        gain,
        id=f"{now.shot}_{SUGGESTION}_v{now.version}",
        description=f"SUGGESTION for the live side, lock v{before.version} to "
        f"v{now.version}: {', '.join(said)}. Nobody has looked at it yet.",
    )
