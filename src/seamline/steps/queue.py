"""
The queue's doors: put an ask in, claim a part, say how far it is, cancel, pause, publish.

Every one of them is a row of the ledger, and a claim is one that loses if somebody
was first: its key holds the part and the turn, and a ledger keeps a key once.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from seamline.errors import AgainError, InputError, LeaseError, RefusedError, ShowError
from seamline.ports import Clock, Ledger, Row
from seamline.show.queue import (
    Claim,
    Event,
    Queue,
    QueuedAsk,
    Worker,
    has_frames,
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


# -- workers ----------------------------------------------------------------


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


def claim(
    ledger: Ledger, clock: Clock, at_work: AtWork, name: str, frames: Sequence[int]
) -> Claim:
    """
    Claim ``frames`` of an ask for this process.

    Raises:
        AgainError: The ask is paused.
        LeaseError: A living worker has some of these frames, or was first.
        RefusedError: The ask was cancelled, or is published.
        InputError: The ask has no such frames.
    """
    ask = find(ledger, name)
    refuse_strange(ask, frames)
    part = f"{min(frames)}-{max(frames)}"
    return _claim(ledger, clock, at_work, ask, part, lambda held: overlaps(held, frames))


def claim_part(ledger: Ledger, clock: Clock, at_work: AtWork, name: str, part: str) -> Claim:
    """
    Claim a part of an ask that is no frames for this process: a painting, its match ...

    Raises:
        AgainError: The ask is paused.
        LeaseError: A living worker has it, or was first.
        RefusedError: The ask was cancelled, or is published.
    """
    ask = find(ledger, name)
    _refuse(ask)
    return _claim(ledger, clock, at_work, ask, part, lambda held: held == part)


def _claim(
    ledger: Ledger,
    clock: Clock,
    at_work: AtWork,
    ask: QueuedAsk,
    part: str,
    clashes: Callable[[str], bool],
) -> Claim:
    now = clock.now()
    for held in ask.claims.values():
        if clashes(held.part) and stands(held, now, at_work.lives):
            raise held_by(ask, held)
    turn = ask.turns.get(part, 0) + 1
    body = {
        "event": "claimed",
        "ask": ask.id,
        "part": part,
        "turn": turn,
        "token": at_work.token,
        "worker": {
            "host": at_work.me.host,
            "pid": at_work.me.pid,
            "start": at_work.me.start,
        },
    }
    row = ledger.append_once(KIND, f"claimed {ask.id} {part} {turn}", body)
    # Another may have claimed a part that overlaps this one, or cancelled, meanwhile.
    ask = find(ledger, ask.id)
    mine = ask.claims.get(part)
    if row.body["token"] != at_work.token or mine is None or mine.token != at_work.token:
        raise held_by(ask, mine)
    for held in ask.claims.values():
        first = held.since < mine.since and clashes(held.part)
        if first and stands(held, now, at_work.lives):
            release(ledger, ask.id, mine, why="another was first")
            raise held_by(ask, held)
    return mine


def _refuse(ask: QueuedAsk) -> None:
    if not ask.is_open:
        raise RefusedError(f"{ask.id} is {ask.standing}", remedy="See: seamline queue list")
    if ask.paused:
        raise AgainError(
            f"{ask.id} is paused", remedy=f"Go on with it: seamline queue resume {ask.id}"
        )


def refuse_strange(ask: QueuedAsk, frames: Sequence[int]) -> None:
    """Refuse an ask that nobody may work on now, and frames that it does not have."""
    _refuse(ask)
    strange = [frame for frame in frames if frame not in ask.frames]
    if strange or not frames:
        raise InputError(
            f"{ask.id} has frames {ask.frames[0]}-{ask.frames[-1]}, "
            f"not {strange[0] if strange else 'none'}",
            remedy="Give --frames A-B within them.",
        )


def held_by(ask: QueuedAsk, held: Claim | None) -> LeaseError:
    """Return what is said where a living worker has a part in hand."""
    who = f"process {held.worker.pid} on {held.worker.host}" if held else "another process"
    part = f"part {held.part}" if held else "this part"
    if held and has_frames(held.part):
        part = f"frames {held.part}"
    return LeaseError(
        f"{part} of {ask.id} is held by {who}",
        remedy="Wait for it to end, then run the same command again.",
    )


def frame_done(
    ledger: Ledger, name: str, mine: Claim, frame: int, digests: Sequence[str]
) -> bool:
    """
    Publish one frame of an ask, at most once; say whether this process was the first.

    Raises:
        RefusedError: It stands already with other pixels.
    """
    body = {
        "event": "frame",
        "ask": name,
        "frame": frame,
        "digests": list(digests),
        "part": mine.part,
        "token": mine.token,
    }
    row = ledger.append_once(KIND, f"frame {name} {frame}", body)
    if row.body["digests"] != list(digests):
        raise RefusedError(
            f"frame {frame} of {name} stands already, with other pixels",
            remedy="Another library, processor or show made one of them; see seamline doctor.",
        )
    return bool(row.body["token"] == mine.token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Seconds of processor and of graphics card that went into something."""

    cpu_s: float = 0.0
    gpu_s: float = 0.0

    def shared(self, among: int) -> Used:
        """Return each one's part."""
        return Used(cpu_s=self.cpu_s / among, gpu_s=self.gpu_s / among)

    def said(self) -> dict[str, float]:
        """Return it as rows tell it: of a graphics card only where one was used."""
        found = {"cpu_s": round(self.cpu_s, 2)}
        return {**found, "gpu_s": round(self.gpu_s, 2)} if self.gpu_s else found


NOTHING_USED = Used()


def alive(ledger: Ledger, name: str, mine: Claim, *, used: Used = NOTHING_USED) -> None:
    """Say that this process is at work on its part, and what went into it so far."""
    ledger.append(KIND, _said_of("alive", name, mine, used))


def release(
    ledger: Ledger, name: str, mine: Claim, *, why: str, used: Used = NOTHING_USED
) -> None:
    """Give a part back; ``used`` is what went into it."""
    ledger.append(KIND, {**_said_of("released", name, mine, used), "why": why})


def _said_of(event: str, name: str, mine: Claim, used: Used) -> dict[str, Any]:
    body = {"event": event, "ask": name, "part": mine.part, "token": mine.token}
    return {**body, **used.said()}


def publish(
    ledger: Ledger, name: str, versions: Sequence[str], *, used: Used = NOTHING_USED
) -> None:
    """Say that an ask is answered; once, whoever says it."""
    body = {"event": "published", "ask": name, "versions": list(versions)}
    ledger.append_once(KIND, f"published {name}", {**body, **used.said()})
