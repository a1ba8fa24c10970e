"""
Parts of an ask, done by several workers at once: one painting, or some frames.

A part is a worker's from its claim until it is given back or the worker is gone. Whose it
is decides nothing but who works: the same ask gives the same bits, and what two made stands
once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from seamline.errors import LeaseError
from seamline.ports import Clock, Studio
from seamline.show.queue import Claim, QueuedAsk, overlaps, stands
from seamline.show.variation import Variation
from seamline.steps import book, queue
from seamline.steps.paint import Wanted, answers, sketched, wanted
from seamline.steps.queue import AtWork
from seamline.steps.reserve import numbered, reserve, reserved

ALIVE_EVERY_S = 60.0
LOOK_EVERY_S = 0.2
LOOKS = 150
"""So often it is looked whether the others are done (30 s) before it is "try again"."""


class Spent:
    """Seconds of processor that went into a worker's parts, as they are said one by one."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._said_s = clock, clock.cpu_seconds()

    def so_far_s(self) -> float:
        """Return what was spent since it was taken last."""
        return self._clock.cpu_seconds() - self._said_s

    def take_s(self) -> float:
        """Return what was spent since it was taken last, and take it."""
        spent_s = self.so_far_s()
        self._said_s += spent_s
        return spent_s


@contextmanager
def held(
    studio: Studio, ask: QueuedAsk, claims: Sequence[Claim], spent: Spent
) -> Iterator[None]:
    """Say every minute that this process is at work on ``claims``; give them back after."""
    ended, why = threading.Event(), "done"

    def say() -> None:
        while not ended.wait(ALIVE_EVERY_S):
            each_s = spent.so_far_s() / len(claims)
            for mine in claims:
                queue.alive(studio.ledger, ask.id, mine, cpu_s=each_s)

    saying = threading.Thread(target=say, daemon=True)
    saying.start()
    try:
        yield
    except BaseException as error:
        why = type(error).__name__
        raise
    finally:
        ended.set()
        saying.join()
        each_s = spent.take_s() / len(claims)
        for mine in claims:
            queue.release(studio.ledger, ask.id, mine, why=why, cpu_s=each_s)


@contextmanager
def leased(studio: Studio, shot: str) -> Iterator[None]:
    """Hold the shot's lease while the block runs; wait a while for whoever has it."""
    with ExitStack() as stack:
        for left in reversed(range(LOOKS)):
            try:
                stack.enter_context(studio.shelf.lease(f"paint-{shot}"))
                break
            except LeaseError:
                if not left:
                    raise
            time.sleep(LOOK_EVERY_S)
        yield


def painted_together(
    studio: Studio, at_work: AtWork, ask: QueuedAsk, spent: Spent
) -> list[Variation]:
    """
    Return the ask's variations; what does not stand is painted, by all who work on it.

    Raises:
        LeaseError: What is missing is in others' hands, and was not done in a while.
        AgainError: The ask was paused.
        RefusedError: It was cancelled.
    """
    shot = str(ask.wanted["shot"])
    with leased(studio, shot):
        wish = wanted(
            studio,
            shot,
            variations=int(ask.wanted["variations"]),
            seed=int(ask.wanted["seed"]),
            generator=str(ask.wanted["generator"]),
            references=tuple(str(r) for r in ask.wanted["references"]),
        )
        known = reserved(studio.ledger, shot).variations
        numbers = numbered(studio.ledger, wish.asks)
        reserve(studio.ledger, shot, variations=numbers)
    if not set(numbers) <= {*known, *_standing(studio, shot)}:
        sketched(studio, wish, numbers)
    looks = LOOKS
    while True:
        standing = _standing(studio, shot)
        missing = [k for k, one in enumerate(wish.asks, 1) if one.digest not in standing]
        if not missing:
            return [standing[one.digest] for one in wish.asks]
        mine = _claimed(studio, at_work, ask, missing)
        if mine:
            looks = LOOKS
            _paint(studio, ask, wish, mine, spent)
        elif looks:
            looks -= 1
            time.sleep(LOOK_EVERY_S)
        else:
            raise LeaseError(
                f"{len(missing)} of the {len(wish.asks)} paintings of {ask.id} are in others' "
                "hands",
                remedy="Wait for them, then run the same command again.",
            )


def _standing(studio: Studio, shot: str) -> dict[str, Variation]:
    return {v.ask_digest: v for v in book.variations(studio.ledger, shot)}


def _claimed(
    studio: Studio, at_work: AtWork, ask: QueuedAsk, missing: Sequence[int]
) -> dict[int, Claim]:
    """Claim as many of the ``missing`` paintings as there are threads, by place."""
    mine: dict[int, Claim] = {}
    for place in missing:
        if len(mine) >= max(1, studio.threads):
            break
        try:
            mine[place] = queue.claim_painting(
                studio.ledger, studio.clock, at_work, ask.id, place
            )
        except LeaseError:
            continue  # another paints it
        except BaseException:
            for got in mine.values():
                queue.release(studio.ledger, ask.id, got, why="not begun")
            raise
    return mine


def _paint(
    studio: Studio, ask: QueuedAsk, wish: Wanted, mine: dict[int, Claim], spent: Spent
) -> None:
    with held(studio, ask, list(mine.values()), spent):
        asks = [wish.asks[place - 1] for place in mine]
        answers(studio, wish.backend, asks, wish.given, wish.notes, sketch=False)


def next_part(
    studio: Studio, at_work: AtWork, ask: QueuedAsk, frames: Sequence[int]
) -> list[int]:
    """
    Return the next of ``frames`` to be done together: free, side by side, ever fewer.

    An eighth of what is left, so that many who come at different times are done at about
    the same one.

    Raises:
        LeaseError: All that is left is in living workers' hands.
    """
    now = studio.clock.now()
    taken = [c for c in ask.claims.values() if stands(c, now, at_work.lives)]
    left = [frame for frame in frames if frame not in ask.done]
    most = max(studio.threads, -(-len(left) // 8))
    part: list[int] = []
    for frame in left:
        if len(part) == most or (part and _in_hand(taken, frame)):
            break
        if not _in_hand(taken, frame):
            part.append(frame)
    if not part:
        raise queue.held_by(ask, _in_hand(taken, left[0]))
    return part


def _in_hand(taken: Sequence[Claim], frame: int) -> Claim | None:
    return next((claim for claim in taken if overlaps(claim.part, [frame])), None)
