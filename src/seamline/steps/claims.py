"""
The queue's doors for workers: claim a part, say how far it is, give it back, publish.

Every one of them is a row of the ledger, and a claim is one that loses if somebody
was first: its key holds the part and the turn, and a ledger keeps a key once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from seamline.errors import AgainError, InputError, LeaseError, RefusedError
from seamline.ports import Clock, Ledger
from seamline.show.queue import Claim, QueuedAsk, has_frames, overlaps, stands
from seamline.steps.queue import KIND, AtWork, find


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
