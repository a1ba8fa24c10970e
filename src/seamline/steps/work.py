"""
Work: do a part of an ask that waits in the queue, and publish it at most once.

Whatever runs this, on whichever machine, may run it again: a frame that stands is
found, a part that somebody has is refused with "try again", and what is published is
answered as done. The variations are painted by whoever comes first; frames are
rendered by many; the last of them publishes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from seamline.errors import AgainError
from seamline.ports import Farm, Studio
from seamline.show.queue import Claim, QueuedAsk
from seamline.show.variation import Variation
from seamline.steps import book, queue
from seamline.steps.paint import check_count, paint
from seamline.steps.queue import AtWork, Person
from seamline.steps.render import render, render_some

ALIVE_EVERY_S = 60.0


def queue_painting(
    studio: Studio,
    name: str,
    person: Person,
    *,
    variations: int,
    seed: int,
    generator: str,
    references: Sequence[str] = (),
    priority: int = 0,
    request: str = "",
) -> QueuedAsk:
    """Queue what ``paint`` would do at once; return the ask."""
    shot = book.shot(studio.ledger, name)
    check_count(studio, name, variations)
    wanted = {
        "shot": name,
        "variations": variations,
        "seed": seed,
        "generator": generator,
        "references": list(references),
    }
    return queue.submit(
        studio.ledger,
        wanted,
        list(shot.frames),
        person,
        priority=priority,
        request=request,
    )


def work(
    studio: Studio, at_work: AtWork, name: str, frames: Sequence[int] | None = None
) -> dict[str, Any]:
    """
    Do ``frames`` of an ask (by default all); publish it if they were the last.

    Raises:
        LeaseError: A living worker has some of these frames, or paints this shot now.
        AgainError: The ask is paused, or was taken out while at work.
        RefusedError: It was cancelled.
    """
    ask = queue.find(studio.ledger, name)
    first = 0
    if not ask.published:
        wanted = list(frames or ask.frames)
        left = [frame for frame in wanted if frame not in ask.done]
        if left or not set(ask.frames) <= ask.done:
            first = _part(studio, at_work, ask, wanted)
        ask = queue.find(studio.ledger, ask.id)
        if ask.is_open and set(ask.frames) <= ask.done:
            _publish(studio, ask)
            ask = queue.find(studio.ledger, ask.id)
    return {
        "ask": ask.id,
        "standing": ask.standing,
        "frames_made": first,
        "frames_done": len(ask.done),
        "frames": len(ask.frames),
        "versions": list(ask.versions),
    }


def spread(
    studio: Studio,
    farm: Farm,
    line: Callable[[str, str, int, int], Sequence[str]],
    name: str,
    frames: Sequence[int] | None = None,
    *,
    parts: int,
) -> list[int]:
    """
    Have a farm do an ask in ``parts`` of about as many frames; return their exit codes.

    Args:
        studio: Ports.
        farm: What runs them.
        line: The command line of one part: show's folder, ask, first and last frame.
        name: The ask.
        frames: Some of its frames only.
        parts: How many.
    """
    ask = queue.find(studio.ledger, name)
    left = [f for f in (frames or ask.frames) if f not in ask.done] if ask.is_open else []
    size = -(-len(left) // parts) or 1
    cut = [left[at : at + size] for at in range(0, len(left), size)]
    return farm.run([line(studio.settings.root, ask.id, part[0], part[-1]) for part in cut])


def _part(studio: Studio, at_work: AtWork, ask: QueuedAsk, frames: Sequence[int]) -> int:
    """Render ``frames``; return how many of them this process was the first to publish."""
    mine = queue.claim(studio.ledger, studio.clock, at_work, ask.id, frames)
    made = []
    why = "done"
    try:
        with _said_alive(studio, ask, mine):
            painted = _painted(studio, ask)

            def each(frame: int, digests: list[str]) -> None:
                _still_wanted(studio, ask)
                if queue.frame_done(studio.ledger, ask.id, mine, frame, digests):
                    made.append(frame)

            open_frames = [frame for frame in frames if frame not in ask.done]
            render_some(studio, str(ask.wanted["shot"]), painted, open_frames, each)
    except BaseException as error:
        why = type(error).__name__
        raise
    finally:
        queue.release(studio.ledger, ask.id, mine, why=why)
    return len(made)


def _painted(studio: Studio, ask: QueuedAsk) -> list[Variation]:
    """Return the ask's variations, painting what does not stand."""
    name = str(ask.wanted["shot"])
    with studio.shelf.lease(f"paint-{name}"):
        return paint(
            studio,
            name,
            variations=int(ask.wanted["variations"]),
            seed=int(ask.wanted["seed"]),
            generator=str(ask.wanted["generator"]),
            references=tuple(str(r) for r in ask.wanted["references"]),
        )


def _publish(studio: Studio, ask: QueuedAsk) -> None:
    painted = _painted(studio, ask)
    name = str(ask.wanted["shot"])
    with studio.shelf.lease(f"paint-{name}"):
        _still_wanted(studio, ask)
        versions = render(studio, name, painted)
        queue.publish(studio.ledger, ask.id, [version.id for version in versions])


def _still_wanted(studio: Studio, ask: QueuedAsk) -> None:
    now = queue.find(studio.ledger, ask.id)
    if now.cancelled or now.paused:
        raise AgainError(
            f"{ask.id} was {now.standing} while it was being worked on",
            remedy="Nothing is lost; see: seamline queue list",
        )


@contextmanager
def _said_alive(studio: Studio, ask: QueuedAsk, mine: Claim) -> Iterator[None]:
    """Say every minute that this process is at work, while the block runs."""
    ended = threading.Event()

    def say() -> None:
        while not ended.wait(ALIVE_EVERY_S):
            queue.alive(studio.ledger, ask.id, mine)

    saying = threading.Thread(target=say, daemon=True)
    saying.start()
    try:
        yield
    finally:
        ended.set()
        saying.join()
