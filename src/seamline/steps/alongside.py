"""
Alongside: a worker with no part left to claim helps with what others have in hand.

A frame of twelve variations takes many seconds, and the last of them would be one worker's
while all others wait. Whoever has nothing left renders the same frame from its last version
on, until the two meet; whose frame it is finds what stands and tells of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from seamline.errors import LeaseError
from seamline.ports import Studio
from seamline.show.queue import QueuedAsk, helping, overlaps, stands
from seamline.steps import claims, queue
from seamline.steps.parts import Spent, held
from seamline.steps.queue import AtWork
from seamline.steps.render import render_from_the_end, unmade
from seamline.steps.to_render import Prepared

FEWEST = 3
"""Below so many versions of a frame that nobody has made it is not worth looking at it."""


def helped(
    studio: Studio,
    at_work: AtWork,
    ask: QueuedAsk,
    versions: Prepared,
    frames: Sequence[int],
    spent: Spent,
) -> bool:
    """
    Help with one of ``frames`` that a living worker has in hand, if there is one worth it.

    Args:
        studio: Ports.
        at_work: This process.
        ask: As it is now.
        versions: What is rendered, with ids.
        frames: Those that are asked for.
        spent: What this process used so far.

    Returns:
        Whether anything was made.
    """
    now = studio.clock.now()
    parts = [c.part for c in ask.claims.values() if stands(c, now, at_work.lives)]
    for frame in reversed(frames):
        in_hand = any(overlaps(part, [frame]) for part in parts)
        if frame in ask.done or not in_hand or unmade(studio, versions, frame) < FEWEST:
            continue
        try:
            mine = claims.claim_part(
                studio.ledger, studio.clock, at_work, ask.id, helping(frame)
            )
        except LeaseError:
            continue  # another helps

        def goes_on(frame: int = frame) -> bool:
            said = queue.find(studio.ledger, ask.id)
            return frame not in said.done and said.is_open and not said.paused

        with held(studio, ask, [mine], spent):
            return render_from_the_end(studio, versions, frame, goes_on) > 0
    return False
