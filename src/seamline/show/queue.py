"""
The queue: what was asked for and is not published yet, as the ledger tells it.

The ledger keeps events (an ask was queued, a part of it claimed, a frame done ...)
and the queue is what they add up to: ``queue_of`` replays them, and the same events
give the same queue. An event that came too late says nothing: a claim on what was
cancelled, a sign of life from a worker whose part another has taken over.

Times are UTC, ISO 8601 with seconds. Frames are the film's own numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

EXPIRES_AFTER_S = 15 * 60.0
"""A worker on another machine that said nothing for so long has lost its part."""
SKETCH, GRAIN = "sketch", "grain"
"""Parts that come before any painting: a sheet of sketches, and the plate's grain."""
DONE = "done"
"""Why a part is given back that was done to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A process that works on a part: machine, process id, and start (with the boot's id)."""

    host: str
    pid: int
    start: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A part of an ask is a worker's; the ``turn`` counts who had that part before."""

    part: str
    turn: int
    worker: Worker
    token: str
    alive_at: str
    """When the worker last said that it is alive."""
    since: int
    """Number of the row that claimed it; of two that overlap the earlier one stands."""
    cpu_s: float = 0.0
    """Seconds of processor that went into it, when the worker last said."""
    gpu_s: float = 0.0
    """The same of a graphics card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedAsk:
    """
    One ask and how far it is.

    Attributes:
        id: What the shell calls it.
        place: Number of the ledger row that queued it: who came first.
        by: Who asked, and who may cancel beside a supervisor.
        priority: 0 for everybody; a supervisor may give more.
        wanted: What ``paint`` is to be called with; ``shot`` among it.
        frames: All that are to be done.
        done: Those that are.
        claims: Who works on which part now, by part.
        turns: How many have claimed each part so far.
        served: Number of the row of its newest claim; 0 without one.
        versions: What was published; empty before.
        ended_cpu_s: Seconds of processor that went into parts nobody has any more.
        ended_gpu_s: The same of a graphics card.
        ready: Parts besides frames that were done to their end.
    """

    id: str
    place: int
    by: str
    priority: int
    wanted: Mapping[str, Any]
    frames: tuple[int, ...]
    done: frozenset[int] = frozenset()
    claims: Mapping[str, Claim] = field(default_factory=dict)
    turns: Mapping[str, int] = field(default_factory=dict)
    served: int = 0
    paused: bool = False
    cancelled: bool = False
    published: bool = False
    versions: tuple[str, ...] = ()
    ended_cpu_s: float = 0.0
    ended_gpu_s: float = 0.0
    ready: frozenset[str] = frozenset()

    @property
    def cpu_s(self) -> float:
        """Seconds of processor that went into it, as far as its workers said."""
        return self.ended_cpu_s + sum(claim.cpu_s for claim in self.claims.values())

    @property
    def gpu_s(self) -> float:
        """Seconds of a graphics card that went into it, as far as its painters said."""
        return self.ended_gpu_s + sum(claim.gpu_s for claim in self.claims.values())

    @property
    def is_open(self) -> bool:
        """Whether something is left to be done for it."""
        return not (self.cancelled or self.published)

    @property
    def standing(self) -> str:
        """How it stands, in one word."""
        if self.published:
            return "published"
        if self.cancelled:
            return "cancelled"
        if self.paused:
            return "paused"
        return "claimed" if self.claims else "queued"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One row of the queue: its number in the ledger, when, by whom, and what happened."""

    number: int
    at: str
    by: str
    body: Mapping[str, Any]


Queue = Mapping[str, QueuedAsk]
"""Every ask that was ever queued, by id, in the order they came."""


def queue_of(events: Iterable[Event], known: Queue | None = None) -> Queue:
    """Return what ``events``, in the ledger's order, add up to, on top of what is known."""
    queue: dict[str, QueuedAsk] = dict(known or {})
    for event in events:
        name = str(event.body["ask"])
        if event.body["event"] == "queued":
            queue.setdefault(name, _queued(event))
        elif name in queue:
            queue[name] = _after(queue[name], event)
    return queue


def _queued(event: Event) -> QueuedAsk:
    return QueuedAsk(
        id=str(event.body["ask"]),
        place=event.number,
        by=event.by,
        priority=int(event.body["priority"]),
        wanted=dict(event.body["wanted"]),
        frames=tuple(int(frame) for frame in event.body["frames"]),
    )


def _after(ask: QueuedAsk, event: Event) -> QueuedAsk:
    """Return ``ask`` after ``event``; of cancelling and publishing the first one stands."""
    if not ask.is_open:
        return ask
    told = _TOLD.get(str(event.body["event"]))
    return told(ask, event) if told else ask


def _claimed(ask: QueuedAsk, event: Event) -> QueuedAsk:
    part, turn = str(event.body["part"]), int(event.body["turn"])
    if turn != ask.turns.get(part, 0) + 1:
        return ask
    claim = Claim(
        part=part,
        turn=turn,
        worker=Worker(**event.body["worker"]),
        token=str(event.body["token"]),
        alive_at=event.at,
        since=event.number,
    )
    lost = ask.claims.get(part)
    return replace(
        ask,
        claims={**ask.claims, part: claim},
        turns={**ask.turns, part: turn},
        served=event.number,
        ended_cpu_s=ask.ended_cpu_s + (lost.cpu_s if lost else 0.0),
        ended_gpu_s=ask.ended_gpu_s + (lost.gpu_s if lost else 0.0),
    )


def _mine(ask: QueuedAsk, event: Event) -> Claim | None:
    """Return the claim that ``event`` speaks for; None if another has taken over."""
    claim = ask.claims.get(str(event.body["part"]))
    return claim if claim and claim.token == event.body["token"] else None


def _alive(ask: QueuedAsk, event: Event) -> QueuedAsk:
    claim = _mine(ask, event)
    if claim is None:
        return ask
    cpu_s, gpu_s = _spent_s(event, claim)
    said = replace(claim, alive_at=event.at, cpu_s=cpu_s, gpu_s=gpu_s)
    return replace(ask, claims={**ask.claims, claim.part: said})


def _released(ask: QueuedAsk, event: Event) -> QueuedAsk:
    claim = _mine(ask, event)
    if claim is None:
        return ask
    left = {p: c for p, c in ask.claims.items() if p != claim.part}
    done = event.body.get("why") == DONE and not has_frames(claim.part)
    cpu_s, gpu_s = _spent_s(event, claim)
    return replace(
        ask,
        claims=left,
        ended_cpu_s=ask.ended_cpu_s + cpu_s,
        ended_gpu_s=ask.ended_gpu_s + gpu_s,
        ready=ask.ready | {claim.part} if done else ask.ready,
    )


def _spent_s(event: Event, claim: Claim) -> tuple[float, float]:
    """Return seconds of processor and graphics card, as said now or last."""
    said = event.body
    return float(said.get("cpu_s", claim.cpu_s)), float(said.get("gpu_s", claim.gpu_s))


def _ended(ask: QueuedAsk) -> QueuedAsk:
    """Return ``ask`` without anybody at work; what they had done is still counted."""
    return replace(ask, claims={}, ended_cpu_s=ask.cpu_s, ended_gpu_s=ask.gpu_s)


def _done(ask: QueuedAsk, event: Event) -> QueuedAsk:
    # A frame is what it is, whoever made it: also one whose part was taken over.
    frame = int(event.body["frame"])
    if frame not in ask.frames:
        return ask
    return _alive(replace(ask, done=ask.done | {frame}), event)


def _published(ask: QueuedAsk, event: Event) -> QueuedAsk:
    versions = tuple(str(version) for version in event.body["versions"])
    ask = _ended(ask)
    return replace(
        ask,
        published=True,
        versions=versions,
        ended_cpu_s=ask.ended_cpu_s + float(event.body.get("cpu_s", 0.0)),
        ended_gpu_s=ask.ended_gpu_s + float(event.body.get("gpu_s", 0.0)),
    )


_TOLD: Mapping[str, Callable[[QueuedAsk, Event], QueuedAsk]] = {
    "claimed": _claimed,
    "alive": _alive,
    "frame": _done,
    "released": _released,
    "cancelled": lambda ask, _: replace(_ended(ask), cancelled=True),
    "paused": lambda ask, _: replace(ask, paused=True),
    "resumed": lambda ask, _: replace(ask, paused=False),
    "published": _published,
}


def stands(claim: Claim, now: str, lives: Callable[[Worker], bool | None]) -> bool:
    """
    Tell whether ``claim`` keeps others away.

    Args:
        claim: Who has the part.
        now: The time, as in the ledger.
        lives: Whether a worker is at work; None where that cannot be looked up, because
            it is on another machine: then the time since its last word decides.
    """
    known = lives(claim.worker)
    return seconds_between(claim.alive_at, now) < EXPIRES_AFTER_S if known is None else known


def seconds_between(earlier: str, later: str) -> float:
    """Return the seconds from one time of the ledger to another."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def painting(place: int) -> str:
    """Return the part that is one painting of an ask: the first is ``b1``."""
    return f"b{place}"


def matching(place: int) -> str:
    """Return the part that is the match of one painting of an ask, worked out."""
    return f"m{place}"


def helping(frame: int) -> str:
    """Return the part that is to help with a frame that another worker has in hand."""
    return f"h{frame}"


def is_painting(part: str) -> bool:
    """Whether a part is one painting."""
    return part[:1] == "b" and part[1:].isdigit()


def place_of(part: str) -> int:
    """Return which painting a part is, or is the match of; the first has place 1."""
    return int(part[1:])


def has_frames(part: str) -> bool:
    """Whether a part is frames; a painting, its match, help, a sketch or grain is none."""
    return part[:1].isdigit()


def overlaps(part: str, frames: Iterable[int]) -> bool:
    """Whether the part ``A-B`` has one of ``frames``; a painting has none."""
    if not has_frames(part):
        return False
    first, _, last = part.partition("-")
    return any(int(first) <= frame <= int(last) for frame in frames)


def in_turn(queue: Queue, taken: Callable[[QueuedAsk], bool]) -> list[QueuedAsk]:
    """
    Return the asks that wait, in the order they are to be worked on.

    Higher priorities first; then whoever was served longest ago, so that one person's
    five hundred do not keep another waiting for more than one; of one person's, the
    ask that came first.

    Args:
        queue: All asks.
        taken: Whether a living worker has all of an ask.
    """
    served: dict[str, int] = {}
    for ask in queue.values():
        served[ask.by] = max(served.get(ask.by, 0), ask.served)
    waiting = [a for a in queue.values() if a.is_open and not a.paused and not taken(a)]
    waiting.sort(key=lambda ask: ask.place)
    turn: dict[str, int] = {}
    rounds = []
    for ask in waiting:
        turn[ask.by] = turn.get(ask.by, -1) + 1
        rounds.append((-ask.priority, turn[ask.by], served[ask.by], ask.place, ask))
    rounds.sort(key=lambda entry: entry[:4])
    return [entry[4] for entry in rounds]
