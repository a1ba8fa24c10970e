"""
Work: do a part of an ask that waits in the queue, and publish it at most once.

Whatever runs this, on whichever machine, may run it again: a frame that stands is
found, a part that somebody has is refused with "try again", and what is published is
answered as done. Everybody paints what of the variations nobody has in hand, then
renders what of the frames; the last of them publishes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from seamline.errors import AgainError, LeaseError, RefusedError
from seamline.ports import Farm, Studio
from seamline.show.queue import QueuedAsk
from seamline.show.variation import Variation
from seamline.steps import book, claims, queue
from seamline.steps.alongside import helped
from seamline.steps.paint import check_count
from seamline.steps.parts import Spent, held, leased, next_part, painted_together, waited
from seamline.steps.queue import AtWork, Person
from seamline.steps.render import render, render_some
from seamline.steps.rendered import Rendered, digests_of, keep, known_of
from seamline.steps.to_render import Prepared, named, prepared


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
    different: bool = False,
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
        **({"more_different": True} if different else {}),
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
    Do what is free of an ask, or of ``frames`` of it; publish it if that was the last.

    Raises:
        LeaseError: Living workers have the rest in hand, or somebody paints this shot now.
        AgainError: The ask is paused, or was taken out while at work.
        RefusedError: It was cancelled.
    """
    ask = queue.find(studio.ledger, name)
    first = 0
    if not ask.published:
        try:
            first = _done(studio, at_work, ask, frames)
        except RefusedError:
            # Others may have published it while this one looked for a part.
            if not queue.find(studio.ledger, ask.id).published:
                raise
        ask = queue.find(studio.ledger, ask.id)
    return {
        "ask": ask.id,
        "standing": ask.standing,
        "frames_made": first,
        "frames_done": len(ask.done),
        "frames": len(ask.frames),
        "versions": list(ask.versions),
        "cpu_s": round(ask.cpu_s, 2),
        "gpu_s": round(ask.gpu_s, 2),
    }


def _done(studio: Studio, at_work: AtWork, ask: QueuedAsk, frames: Sequence[int] | None) -> int:
    """Do what is free of ``ask``; return how many frames this process was first to publish."""
    spent = Spent(studio.clock)
    # Refused, if it is, before anything is painted.
    claims.refuse_strange(ask, frames or ask.frames)
    painted = painted_together(studio, at_work, ask, spent)
    versions, first = _rendered(studio, at_work, ask, painted, frames, spent)
    ask = queue.find(studio.ledger, ask.id)
    if ask.is_open and set(_of_shot(studio, ask)) <= ask.done:
        _publish(studio, ask, painted, versions, spent)
    return first


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
    # Where there are fewer frames than workers, the others still paint.
    cut += [left] * (min(parts, int(ask.wanted["variations"])) - len(cut) if left else 0)
    return farm.run([line(studio.settings.root, ask.id, part[0], part[-1]) for part in cut])


def _of_shot(studio: Studio, ask: QueuedAsk) -> list[int]:
    """Return the frames of an ask that its shot still has: it may have been cut since."""
    shot = book.shot(studio.ledger, str(ask.wanted["shot"]))
    return [frame for frame in ask.frames if frame in shot.frames]


def _rendered(
    studio: Studio,
    at_work: AtWork,
    ask: QueuedAsk,
    painted: Sequence[Variation],
    asked: Sequence[int] | None,
    spent: Spent,
) -> tuple[Prepared | None, int]:
    """Render what is free; return what was rendered, and how many frames were first ours."""
    shot = str(ask.wanted["shot"])
    frames = [f for f in _of_shot(studio, ask) if asked is None or f in asked]
    ask = queue.find(studio.ledger, ask.id)
    if set(frames) <= ask.done:
        return None, 0
    versions = prepared(studio, shot, painted)
    with leased(studio, shot):
        versions = named(studio, versions)
    made: list[int] = []

    def ask_now() -> QueuedAsk:
        return queue.find(studio.ledger, ask.id)

    def free() -> list[int]:
        try:
            return next_part(studio, at_work, ask_now(), frames)
        except LeaseError:
            if helped(studio, at_work, ask_now(), versions, frames, spent):
                return []
            raise

    def one_part() -> None:
        part = waited(free)
        if not part:
            return
        try:
            mine = claims.claim(studio.ledger, studio.clock, at_work, ask.id, part)
        except LeaseError:
            return  # another was first: it is looked again what is free

        def each(frame: int, seen: list[Rendered]) -> None:
            _still_wanted(studio, ask.id)
            keep(studio.ledger, ask.id, frame, seen)
            digests = digests_of(seen)
            if claims.frame_done(studio.ledger, ask.id, mine, frame, digests):
                made.append(frame)

        with held(studio, ask, [mine], spent):
            render_some(studio, versions, part, each)

    while not set(frames) <= ask_now().done:
        one_part()
    return versions, len(made)


def _publish(
    studio: Studio,
    ask: QueuedAsk,
    painted: Sequence[Variation],
    wanted: Prepared | None,
    spent: Spent,
) -> None:
    shot = str(ask.wanted["shot"])
    with leased(studio, shot):
        if queue.find(studio.ledger, ask.id).published:
            return
        _still_wanted(studio, ask.id)
        known = known_of(studio.ledger, ask.id, after=ask.place)
        versions = render(studio, shot, painted, wanted=wanted, known=known)
        ids = [version.id for version in versions]
        claims.publish(studio.ledger, ask.id, ids, used=spent.take())


def _still_wanted(studio: Studio, name: str) -> None:
    now = queue.find(studio.ledger, name)
    if now.cancelled or now.paused:
        raise AgainError(
            f"{now.id} was {now.standing} while it was being worked on",
            remedy="Nothing is lost; see: seamline queue list",
        )
