"""
The queue's doors for people: put an ask in, see what there is, cancel, pause, go on.

Every one of them is a row of the ledger. What workers do is in ``claims``.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from seamline.errors import RefusedError, ShowError
from seamline.ports import Clock, Ledger, Row
from seamline.show.queue import (
    Event,
    Queue,
    QueuedAsk,
    Worker,
    in_turn,
    overlaps,
    queue_of,
    stands,
)
from seamline.show.record import record_digest

KIND = "queue"
_ID = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who stands at the door; a supervisor may give priority and cancel what others asked."""

    name: str
    supervisor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AtWork:
    """A process as a worker, and how it looks others up (None: on another machine)."""

    me: Worker
    token: str
    lives: Callable[[Worker], bool | None]


def _event(row: Row) -> Event:
    record = json.loads(row.stored)
    return Event(number=row.number, at=record["at"], by=record["by"], body=row.body)


class _Read:
    """What one ledger said so far. Rows never change: only new ones are looked at."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.queue: Queue = {}
        self.newest = 0

    def on(self, ledger: Ledger) -> Queue:
        with self._lock:
            events = [_event(row) for row in ledger.rows(KIND, after=self.newest)]
            if events:
                self.queue = queue_of(events, self.queue)
                self.newest = events[-1].number
            return self.queue


_SO_FAR: WeakKeyDictionary[Ledger, _Read] = WeakKeyDictionary()
_ONE_AT_A_TIME = threading.Lock()


def _read_of(ledger: Ledger) -> _Read:
    with _ONE_AT_A_TIME:
        return _SO_FAR.setdefault(ledger, _Read())


def read(ledger: Ledger) -> Queue:
    """Return the queue as the ledger tells it now; each reading goes on from the last."""
    return _read_of(ledger).on(ledger)


def replayed(ledger: Ledger) -> Queue:
    """Return the queue read from its first row: what ``read`` says, and slower."""
    return queue_of(_event(row) for row in ledger.rows(KIND))


def newest(ledger: Ledger) -> int:
    """Return the number of the last row of the queue that was read; 0 before the first."""
    return _read_of(ledger).newest


def submit(
    ledger: Ledger,
    wanted: Mapping[str, Any],
    frames: Sequence[int],
    person: Person,
    *,
    priority: int = 0,
    request: str = "",
) -> QueuedAsk:
    """
    Queue ``wanted``; what waits already is found, not queued twice.

    Args:
        ledger: The show's.
        wanted: What ``paint`` is to be called with.
        frames: All that are to be done.
        person: Who asks.
        priority: Above 0 for supervisors only.
        request: How the person calls it; the same person's same word is the same ask,
            also when it was answered long ago.

    Raises:
        RefusedError: An artist asks for priority, or the word stands for another ask.
    """
    if priority and not person.supervisor:
        raise RefusedError(
            f"{person.name} asks for priority {priority}; only a supervisor gives priority",
            remedy="Leave --priority out, or ask a supervisor (show.toml names them).",
        )
    if request:
        name = record_digest({"request": [person.name, request]})[:_ID]
        body = _queued_body(name, wanted, frames, priority)
        row = ledger.append_once(KIND, f"queued {name}", body, by=person.name)
        if row.body["wanted"] != body["wanted"]:
            raise RefusedError(
                f"request {request!r} of {person.name} was another ask, {name}",
                remedy="Give every ask a word of its own.",
            )
        # What was said of it before it was queued is nothing: the rest of the book does.
        later = ledger.rows(KIND, after=row.number - 1)
        return queue_of(_event(row) for row in later)[name]
    queue = read(ledger)
    again = 0
    while True:
        name = record_digest({"wanted": dict(wanted), "again": again})[:_ID]
        if name not in queue:
            break
        if queue[name].is_open:
            return queue[name]
        again += 1  # published or cancelled: asked for once more
    body = _queued_body(name, wanted, frames, priority)
    row = ledger.append_once(KIND, f"queued {name}", body, by=person.name)
    return queue_of([_event(row)])[name]


def _queued_body(
    name: str, wanted: Mapping[str, Any], frames: Sequence[int], priority: int
) -> dict[str, Any]:
    return {
        "event": "queued",
        "ask": name,
        "wanted": dict(wanted),
        "frames": list(frames),
        "priority": priority,
    }


def as_document(ask: QueuedAsk) -> dict[str, Any]:
    """Return what is said about an ask, on the shell and by the server."""
    return {
        "ask": ask.id,
        "standing": ask.standing,
        "by": ask.by,
        "priority": ask.priority,
        "wanted": dict(ask.wanted),
        "frames_done": len(ask.done),
        "frames": len(ask.frames),
        "workers": [
            {"part": c.part, "host": c.worker.host, "pid": c.worker.pid, "alive_at": c.alive_at}
            for c in ask.claims.values()
        ],
        "versions": list(ask.versions),
        "cpu_s": round(ask.cpu_s, 2),
        "gpu_s": round(ask.gpu_s, 2),
    }


def listed(queue: Queue, clock: Clock, at_work: AtWork) -> list[QueuedAsk]:
    """Return every ask: what is worked on or paused, what waits in turn, then what ended."""
    first = waiting_in(queue, clock, at_work)
    known = {ask.id for ask in first}
    rest = [ask for ask in queue.values() if ask.id not in known]
    return [
        *(ask for ask in rest if ask.is_open),
        *first,
        *(ask for ask in rest if not ask.is_open),
    ]


def find(ledger: Ledger, name: str) -> QueuedAsk:
    """Return the ask that ``name`` begins, or refuse."""
    return find_in(read(ledger), name)


def find_in(queue: Queue, name: str) -> QueuedAsk:
    """Return the ask of ``queue`` that ``name`` begins, or refuse."""
    found = [ask for ask in queue.values() if ask.id.startswith(name)] if name else []
    if len(found) != 1:
        raise ShowError(
            f"there {'is no ask' if not found else 'are several asks'} {name!r} in the queue",
            remedy="See what there is: seamline queue list",
        )
    return found[0]


def cancel(ledger: Ledger, name: str, person: Person) -> QueuedAsk:
    """Take an ask out; its owner or a supervisor may."""
    return _say(ledger, name, person, "cancelled")


def pause(ledger: Ledger, name: str, person: Person) -> QueuedAsk:
    """Begin no further part of an ask; its owner or a supervisor may."""
    return _say(ledger, name, person, "paused")


def resume(ledger: Ledger, name: str, person: Person) -> QueuedAsk:
    """Go on with an ask that was paused; its owner or a supervisor may."""
    return _say(ledger, name, person, "resumed")


def _say(ledger: Ledger, name: str, person: Person, event: str) -> QueuedAsk:
    ask = find(ledger, name)
    if person.name != ask.by and not person.supervisor:
        raise RefusedError(
            f"{ask.id} is {ask.by}'s; {person.name} may not have it {event}",
            remedy=f"Ask {ask.by}, or a supervisor.",
        )
    if not ask.is_open:
        raise RefusedError(
            f"{ask.id} is {ask.standing} already", remedy="See: seamline queue list"
        )
    ledger.append(KIND, {"event": event, "ask": ask.id}, by=person.name)
    return find(ledger, ask.id)


def waiting(ledger: Ledger, clock: Clock, at_work: AtWork) -> list[QueuedAsk]:
    """Return the asks that a worker may take now, in the order it should."""
    return waiting_in(read(ledger), clock, at_work)


def waiting_in(queue: Queue, clock: Clock, at_work: AtWork) -> list[QueuedAsk]:
    """Return the asks of ``queue`` that a worker may take now, in the order it should."""
    now = clock.now()

    def taken(ask: QueuedAsk) -> bool:
        held = [c.part for c in ask.claims.values() if stands(c, now, at_work.lives)]
        left = [f for f in ask.frames if f not in ask.done]
        return bool(held) and all(any(overlaps(p, [f]) for p in held) for f in left)

    return in_turn(queue, taken)
