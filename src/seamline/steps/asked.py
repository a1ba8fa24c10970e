"""
What a host asked for, done by a worker: a selection painted, rendered and handed back.

Such an ask is one part, whoever does it: it may set the shot's seam, so from seam to
published version nobody else paints that shot. What cannot be done is taken out of the
queue with the sentence that says why, so that a host is told and nobody tries for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seamline.errors import AgainError, InputError, SeamlineError, ShowError
from seamline.ports import Ledger, Studio
from seamline.show.queue import Claim, QueuedAsk
from seamline.show.record import as_record, from_record
from seamline.show.region import HostAsk
from seamline.show.variation import Variation, Version
from seamline.steps import book, claims, queue
from seamline.steps import work as any_work
from seamline.steps.layers import shown_layers
from seamline.steps.paint import check_count, paint
from seamline.steps.parts import Spent, held
from seamline.steps.queue import AtWork, Person
from seamline.steps.render import render, render_some
from seamline.steps.rendered import Rendered, digests_of
from seamline.steps.repaint import repaint
from seamline.steps.retouch import retouch
from seamline.steps.returned import hand_out
from seamline.steps.selection import on_canvas, seam_of
from seamline.steps.to_render import named, prepared

HOST = "host"
"""The key in what is wanted that tells a host's ask from any other."""


def queue_for_host(
    studio: Studio,
    name: str,
    person: Person,
    host: HostAsk,
    *,
    request: str,
    variations: int = 12,
    seed: int | None = None,
    generator: str = "",
    references: Sequence[str] = (),
) -> QueuedAsk:
    """
    Queue what a host asks for; the same person's same ``request`` is the same ask.

    Opens no picture: what only a picture can tell is refused by the worker.

    Raises:
        ShowError: There is no such shot, version or layer, or too many are asked for.
        InputError: Frames or words that do not fit the shot.
    """
    shot = book.shot(studio.ledger, name)
    check_count(studio, name, variations)
    for frame in (host.first, host.last, host.frame):
        if frame is not None and frame not in shot.frames:
            raise InputError(
                f"{name} has frames {shot.frames}, not {frame}",
                remedy="Ask for frames that the shot has.",
            )
    if host.first is not None and host.last is not None and host.last < host.first:
        raise InputError(
            f"frames {host.first}-{host.last} run backwards", remedy="The first comes first."
        )
    if host.standing:
        _has_layer(studio, name, host)
        if generator or references:
            raise InputError(
                f"{host.standing} stands with its generator and references; another one "
                "would be another painting",
                remedy="Leave generator and references out.",
            )
    elif host.region is not None and shot.plate is None:
        raise ShowError(
            f"{name} has no plate, so all of it is generated and there is no region",
            remedy="Leave the region out.",
        )
    wanted = {
        "shot": name,
        "variations": variations,
        "seed": seed if host.standing or seed is not None else 1,
        "generator": generator or ("" if host.standing else "patch"),
        "references": list(references),
        HOST: as_record(host),
    }
    return queue.submit(studio.ledger, wanted, list(shot.frames), person, request=request)


def _has_layer(studio: Studio, name: str, host: HostAsk) -> None:
    version = book.version_in(studio.ledger, name, host.standing)
    names = [f.name for f in shown_layers(book.variation_of(studio.ledger, version))]
    if host.layer not in names:
        raise ShowError(
            f"{host.standing} has no layer {host.layer!r} that is seen; it has "
            f"{', '.join(names)}",
            remedy="Name one of these.",
        )


def is_hosts(ask: QueuedAsk) -> bool:
    """Whether a host sent ``ask``."""
    return HOST in ask.wanted


def why_not(ledger: Ledger, name: str) -> tuple[str, str]:
    """Return why a worker took ask ``name`` out, and what to do; empty if none did."""
    for row in ledger.rows(queue.KIND):
        if row.body.get("ask") == name and row.body["event"] == "cancelled":
            return str(row.body.get("why", "")), str(row.body.get("remedy", ""))
    return "", ""


def work(
    studio: Studio, at_work: AtWork, name: str, frames: Sequence[int] | None = None
) -> dict[str, Any]:
    """
    Do an ask, or a part of it; see ``steps.work``. A host's ask is done whole.

    Raises:
        LeaseError: A living worker has it, or paints this shot now.
        AgainError: It is paused, or was taken out while at work.
        RefusedError: It was cancelled.
        SeamlineError: It cannot be done; a host's ask is out of the queue then.
    """
    ask = queue.find(studio.ledger, name)
    if not is_hosts(ask):
        return any_work.work(studio, at_work, name, frames)
    before = len(ask.done)
    if not ask.published:
        _do(studio, at_work, ask)
        ask = queue.find(studio.ledger, ask.id)
    return {
        "ask": ask.id,
        "standing": ask.standing,
        "frames_made": len(ask.done) - before,
        "frames_done": len(ask.done),
        "frames": len(ask.frames),
        "versions": list(ask.versions),
    }


def _do(studio: Studio, at_work: AtWork, ask: QueuedAsk) -> None:
    spent = Spent(studio.clock)
    mine = claims.claim(studio.ledger, studio.clock, at_work, ask.id, ask.frames)
    with held(studio, ask, [mine], spent):
        try:
            with studio.shelf.lease(f"paint-{ask.wanted['shot']}"):
                versions = _made(studio, ask, mine)
                for version in versions:
                    hand_out(studio, version)
                _still_wanted(studio, ask)
                ids = [version.id for version in versions]
                claims.publish(studio.ledger, ask.id, ids, used=spent.take())
        except AgainError:
            raise
        except SeamlineError as error:
            _give_up(studio, ask, error)
            raise


def _give_up(studio: Studio, ask: QueuedAsk, error: SeamlineError) -> None:
    body = {"event": "cancelled", "ask": ask.id, "why": str(error), "remedy": error.remedy}
    studio.ledger.append(queue.KIND, body)


def _made(studio: Studio, ask: QueuedAsk, mine: Claim) -> list[Version]:
    """Paint and render what is asked for, the frames that are wanted soonest first."""
    name, host = str(ask.wanted["shot"]), from_record(HostAsk, ask.wanted[HOST])
    painted = _painted(studio, name, host, ask)

    known: dict[tuple[str, int], Rendered] = {}

    def each(frame: int, seen: list[Rendered]) -> None:
        _still_wanted(studio, ask)
        known.update({(one.key, frame): one for one in seen})
        claims.frame_done(studio.ledger, ask.id, mine, frame, digests_of(seen))

    soon = [f for f in ask.frames if host.first is not None and _within(host, f)]
    late = [f for f in ask.frames if f not in soon]
    rendered = named(studio, prepared(studio, name, painted))
    for part in (soon, late):
        render_some(studio, rendered, [f for f in part if f not in ask.done], each)
    return render(studio, name, painted, wanted=rendered, known=known)


def _within(host: HostAsk, frame: int) -> bool:
    return host.first is not None and host.last is not None and host.first <= frame <= host.last


def _painted(studio: Studio, name: str, host: HostAsk, ask: QueuedAsk) -> list[Variation]:
    wanted: Mapping[str, Any] = ask.wanted
    count, seed = int(wanted["variations"]), wanted["seed"]
    if host.standing and host.region:
        mask = on_canvas(studio, name, host)
        return retouch(
            studio, name, host.standing, host.layer, mask, variations=count, seed=seed
        )
    if host.standing:
        return repaint(studio, name, host.standing, host.layer, variations=count, seed=seed)
    if host.region:
        seam_of(studio, book.shot(studio.ledger, name), host, ask.id)
    return paint(
        studio,
        name,
        variations=count,
        seed=int(seed),
        generator=str(wanted["generator"]),
        references=tuple(str(r) for r in wanted["references"]),
    )


def _still_wanted(studio: Studio, ask: QueuedAsk) -> None:
    now = queue.find(studio.ledger, ask.id)
    if now.cancelled or now.paused:
        raise AgainError(
            f"{ask.id} was {now.standing} while it was being worked on",
            remedy="Nothing is lost; see: seamline queue list",
        )
