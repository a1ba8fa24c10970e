"""
Parts of an ask, done by several workers at once: one painting, its match, or some frames.

A part is a worker's from its claim until it is given back or the worker is gone. Whose it
is decides nothing but who works: the same ask gives the same bits, and what two made stands
once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TypeVar

from seamline.errors import LeaseError
from seamline.ports import Clock, Studio
from seamline.show.queue import (
    DONE,
    GRAIN,
    SKETCH,
    Claim,
    QueuedAsk,
    is_painting,
    matching,
    overlaps,
    painting,
    place_of,
    stands,
)
from seamline.show.variation import Variation
from seamline.steps import book, claims, queue
from seamline.steps.claims import Used
from seamline.steps.match import match
from seamline.steps.paint import Wanted, answers, sketched, wanted
from seamline.steps.plate_grain import plate_grain
from seamline.steps.queue import AtWork
from seamline.steps.reserve import numbered, reserve

Found = TypeVar("Found")
ALIVE_EVERY_S = 60.0
LOOK_EVERY_S = 0.2
LOOKS = 150
"""So often it is looked whether the others are done (30 s) before it is "try again"."""


class Spent:
    """What went into a worker's parts, of processor and graphics card, as it is said."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said = Used(cpu_s=clock.cpu_seconds(), gpu_s=clock.gpu_seconds())

    def so_far(self) -> Used:
        """Return what was spent since it was taken last."""
        return Used(
            cpu_s=self._clock.cpu_seconds() - self._said.cpu_s,
            gpu_s=self._clock.gpu_seconds() - self._said.gpu_s,
        )

    def take(self) -> Used:
        """Return what was spent since it was taken last, and take it."""
        spent, said = self.so_far(), self._said
        self._said = Used(cpu_s=said.cpu_s + spent.cpu_s, gpu_s=said.gpu_s + spent.gpu_s)
        return spent


@contextmanager
def held(studio: Studio, ask: QueuedAsk, mine: Sequence[Claim], spent: Spent) -> Iterator[None]:
    """Say every minute that this process is at work on ``mine``; give them back after."""
    ended, why = threading.Event(), DONE

    def say() -> None:
        while not ended.wait(ALIVE_EVERY_S):
            each = spent.so_far().shared(len(mine))
            for part in mine:
                claims.alive(studio.ledger, ask.id, part, used=each)

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
        each = spent.take().shared(len(mine))
        for part in mine:
            claims.release(studio.ledger, ask.id, part, why=why, used=each)


@contextmanager
def leased(studio: Studio, shot: str) -> Iterator[None]:
    """Hold the shot's lease while the block runs; wait a while for whoever has it."""
    with ExitStack() as stack:
        waited(lambda: stack.enter_context(studio.shelf.lease(f"paint-{shot}")))
        yield


def waited(take: Callable[[], Found]) -> Found:
    """Return what ``take`` gives; while somebody has it, look again for a while."""
    for left in reversed(range(LOOKS)):
        try:
            return take()
        except LeaseError:
            if not left:
                raise
        time.sleep(LOOK_EVERY_S)
    raise AssertionError("looked at least once")


def painted_together(
    studio: Studio, at_work: AtWork, ask: QueuedAsk, spent: Spent
) -> list[Variation]:
    """
    Return the ask's variations; what does not stand is painted, by all who work on it.

    Sketches, the plate's grain and the match of each painting are parts as well: what one
    has worked out, the others find.

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
            different=bool(ask.wanted.get("more_different", False)),
        )
        numbers = numbered(studio.ledger, wish.asks)
        reserve(studio.ledger, shot, variations=numbers)
    looks = LOOKS
    while True:
        standing = _standing(studio, shot)
        now = queue.find(studio.ledger, ask.id)
        taken = frozenset(c.part for c in _living(studio, at_work, now))
        missing = missing_parts([d.digest in standing for d in wish.asks], now.ready, taken)
        if not missing:
            return [standing[one.digest] for one in wish.asks]
        mine = _claimed(studio, at_work, ask, missing)
        if mine:
            looks = LOOKS
            with held(studio, ask, list(mine.values()), spent):
                _do(studio, shot, wish, numbers, list(mine))
        elif looks:
            looks -= 1
            time.sleep(LOOK_EVERY_S)
        else:
            raise LeaseError(
                f"{len(missing)} of the parts of {ask.id} that come before its frames are in "
                "others' hands",
                remedy="Wait for them, then run the same command again.",
            )


def missing_parts(
    standing: Sequence[bool], ready: frozenset[str], taken: frozenset[str] = frozenset()
) -> list[str]:
    """
    Return what is to be done before frames, what can be begun now first.

    Args:
        standing: Whether each painting of the ask stands, in its order.
        ready: Which of the other parts are done.
        taken: Which are in living workers' hands.
    """
    places = range(1, len(standing) + 1)
    paintings = [
        painting(k) for k, stands_ in zip(places, standing, strict=True) if not stands_
    ]
    first = [part for part in (SKETCH, GRAIN) if part not in ready] if paintings else []
    matches = [
        matching(k)
        for k, stands_ in zip(places, standing, strict=True)
        if stands_ and matching(k) not in ready
    ]
    if GRAIN in taken:
        # Every match needs the grain, and would work it out a second time.
        return [*first, *paintings] or [GRAIN] * bool(matches)
    # What the first one measures of the plate all the others need: nobody is to wait for it.
    begun = any(matching(k) in ready for k in places)
    return [*first, *paintings, *matches] if begun else [*first, *matches[:1], *paintings]


def _standing(studio: Studio, shot: str) -> dict[str, Variation]:
    return {v.ask_digest: v for v in book.variations(studio.ledger, shot)}


def _claimed(
    studio: Studio, at_work: AtWork, ask: QueuedAsk, missing: Sequence[str]
) -> dict[str, Claim]:
    """Claim the first of ``missing`` that is free; of paintings as many as threads."""
    mine: dict[str, Claim] = {}
    for part in missing:
        if len(mine) >= max(1, studio.threads) or (mine and not is_painting(part)):
            break
        try:
            mine[part] = claims.claim_part(studio.ledger, studio.clock, at_work, ask.id, part)
        except LeaseError:
            continue  # another does it
        except BaseException:
            for got in mine.values():
                claims.release(studio.ledger, ask.id, got, why="not begun")
            raise
        if not is_painting(part):
            break
    return mine


def _do(
    studio: Studio, shot: str, wish: Wanted, numbers: Mapping[str, int], mine: Sequence[str]
) -> None:
    """Do parts that are this process's: paintings, or one of what else there is."""
    if mine[0] == SKETCH:
        sketched(studio, wish, numbers)
    elif mine[0] == GRAIN:
        plate_grain(studio, book.shot(studio.ledger, shot))
    elif is_painting(mine[0]):
        asks = [wish.asks[place_of(part) - 1] for part in mine]
        answers(studio, wish.backend, asks, wish.given, wish.notes, sketch=False)
    else:
        found = _standing(studio, shot)[wish.asks[place_of(mine[0]) - 1].digest]
        match(studio, found)


def next_part(
    studio: Studio, at_work: AtWork, ask: QueuedAsk, frames: Sequence[int]
) -> list[int]:
    """
    Return the next of ``frames`` to be done together: free, side by side, ever fewer.

    None where all are done. An eighth of what is left, so that many who come at different
    times are done at about the same one.

    Raises:
        LeaseError: All that is left is in living workers' hands.
    """
    taken = _living(studio, at_work, ask)
    left = [frame for frame in frames if frame not in ask.done]
    most = max(studio.threads, -(-len(left) // 8))
    if not left:
        return []
    part: list[int] = []
    for frame in left:
        if len(part) == most or (part and _in_hand(taken, frame)):
            break
        if not _in_hand(taken, frame):
            part.append(frame)
    if not part:
        raise claims.held_by(ask, _in_hand(taken, left[0]))
    return part


def _living(studio: Studio, at_work: AtWork, ask: QueuedAsk) -> list[Claim]:
    """Return the claims that keep others away."""
    now = studio.clock.now()
    return [claim for claim in ask.claims.values() if stands(claim, now, at_work.lives)]


def _in_hand(taken: Sequence[Claim], frame: int) -> Claim | None:
    return next((claim for claim in taken if overlaps(claim.part, [frame])), None)
