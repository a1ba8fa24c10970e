"""
The routes: each checks what it was handed, calls one step, and answers.

They are the shell's commands under other names: the same steps, the same sentences.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from seamline import __version__, generators
from seamline.errors import InputError
from seamline.ports import Ledger
from seamline.server import events, figures
from seamline.server.desk import Desk
from seamline.server.light import at_work
from seamline.server.people import ASK, READ, WATCH, allow, person
from seamline.server.problems import MEDIA_TYPE, Problem, Refused
from seamline.show.record import as_record
from seamline.show.user import User
from seamline.steps import book, queue
from seamline.steps.history import as_documents, history
from seamline.steps.queue import as_document
from seamline.steps.reference import find
from seamline.steps.status import status
from seamline.steps.work import queue_painting

MOST_WAITING = 2000
"""Asks of one person that wait; five hundred is a busy day's."""
MOST_LISTENERS = 64
_LARGEST_SEED = 2**53 - 1  # what every JSON reader keeps exactly (RFC 8259, section 6)
_Answers = dict[int | str, dict[str, Any]]
_PROBLEM: dict[str, Any] = {"model": Problem, "content": {MEDIA_TYPE: {}}}
_ALL: _Answers = {401: _PROBLEM, 403: _PROBLEM, 422: _PROBLEM, 503: _PROBLEM}
_NAMED: _Answers = {**_ALL, 404: _PROBLEM, 409: _PROBLEM}

Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_]{0,63}$")]
AskId = Annotated[str, Path(pattern=r"^[0-9a-f]{4,12}$")]
Reader = Annotated[User, Depends(allow(*READ))]
Asker = Annotated[User, Depends(allow(*ASK))]
Watcher = Annotated[User, Depends(allow(*WATCH))]
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
ReferenceName = Annotated[str, StringConstraints(min_length=1, max_length=200)]

router = APIRouter()


class Wish(BaseModel):
    """What is to be painted: the words of ``seamline paint --queue``."""

    model_config = ConfigDict(extra="forbid", strict=True)

    shot: str = Field(min_length=1, max_length=64)
    variations: int = 12
    seed: int = Field(1, ge=0, le=_LARGEST_SEED)
    generator: str = Field("patch", min_length=1, max_length=64)
    references: list[ReferenceName] = Field(default_factory=list, max_length=64)
    more_different: bool = False
    priority: int = Field(0, ge=0, le=1000)
    request: Word = Field(
        description="How you call it. Sent again, the same word is the same ask."
    )


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


# -- the server itself ------------------------------------------------------


@router.get("/health", summary="Whether the server answers and its ledger can be read")
def health(request: Request) -> dict[str, Any]:
    """Answer without a token."""
    next(_desk(request).studio.ledger.rows(), None)
    return {"status": "ok", "version": __version__}


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    responses=_ALL,
    response_class=PlainTextResponse,
)
def metrics(request: Request, _: Watcher) -> PlainTextResponse:
    """Return figures without names of people or shots."""
    desk = _desk(request)
    asks = queue.read(desk.studio.ledger).values()
    standing = Counter(ask.standing for ask in asks)
    text = desk.figures.text(
        standing, cpu_s=sum(ask.cpu_s for ask in asks), gpu_s=sum(ask.gpu_s for ask in asks)
    )
    return PlainTextResponse(text, media_type=figures.MEDIA_TYPE)


@router.get("/openapi.json", summary="This document", responses=_ALL)
def openapi(request: Request, _: Reader) -> JSONResponse:
    """Return what ``seamline serve --openapi`` prints."""
    return JSONResponse(request.app.openapi())


# -- shots ------------------------------------------------------------------


@router.get("/shots", summary="The shots of the show", responses=_ALL)
def all_shots(request: Request, _: Reader) -> dict[str, Any]:
    """Return every shot's newest version, in the order in which they came."""
    ledger = _desk(request).studio.ledger
    newest = {}
    for row in ledger.rows("shot"):
        newest[str(row.body["name"])] = row.body
    found = [
        {
            "name": name,
            "version": body["version"],
            "width_px": body["width_px"],
            "height_px": body["height_px"],
            "has_plate": body["plate"] is not None,
        }
        for name, body in newest.items()
    ]
    return {"shots": found}


@router.get("/shots/{name}", summary="One shot, and where it stands", responses=_NAMED)
def one_shot(request: Request, name: Name, _: Reader) -> dict[str, Any]:
    """Return a shot as ``shot list`` and ``status`` know it."""
    studio = _desk(request).studio
    shot = book.shot(studio.ledger, name)
    (where,) = status(studio, name)
    return {
        "name": shot.name,
        "version": shot.version,
        "first": shot.frames.first,
        "last": shot.frames.last,
        "width_px": shot.width_px,
        "height_px": shot.height_px,
        "colourspace": shot.plate.colourspace if shot.plate else None,
        "status": as_record(where),
    }


@router.get("/shots/{name}/versions", summary="What was made of a shot", responses=_NAMED)
def versions(request: Request, name: Name, _: Reader) -> dict[str, Any]:
    """Return the versions as ``seamline versions`` does; what reads pictures is null."""
    nodes = history(_desk(request).studio, name, shares=False)
    return {"shot": name, "versions": as_documents(nodes)}


@router.get("/status", summary="Where every shot stands, and on whom it waits", responses=_ALL)
def all_status(request: Request, _: Reader) -> dict[str, Any]:
    """Return what ``seamline status`` says."""
    return {"shots": as_record(tuple(status(_desk(request).studio)))}


# -- the queue --------------------------------------------------------------


@router.get("/queue", summary="What waits, in the order workers take it", responses=_ALL)
def whole_queue(
    request: Request,
    _: Reader,
    everything: Annotated[bool, Query(alias="all", description="Also what ended.")] = False,
) -> dict[str, Any]:
    """Return what ``seamline queue list`` says."""
    desk = _desk(request)
    found = queue.listed(queue.read(desk.studio.ledger), desk.studio.clock, at_work())
    return {"asks": [as_document(ask) for ask in found if everything or ask.is_open]}


@router.get("/queue/{ask}", summary="One ask and how far it is", responses=_NAMED)
def one_ask(request: Request, ask: AskId, _: Reader) -> dict[str, Any]:
    """Return an ask by its id, or the beginning of it."""
    return as_document(queue.find_in(queue.read(_desk(request).studio.ledger), ask))


@router.post(
    "/queue",
    summary="Ask for variations; on disk when answered",
    status_code=201,
    responses={**_ALL, 400: _PROBLEM, 409: _PROBLEM, 413: _PROBLEM, 429: _PROBLEM},
)
def submit(request: Request, wish: Wish, user: Asker) -> dict[str, Any]:
    """Queue what ``seamline paint --queue`` would; the same request twice is one ask."""
    studio = _desk(request).studio
    if wish.priority and not person(user).supervisor:
        raise Refused(
            403,
            f"{user.name} asks for priority {wish.priority}; only a supervisor gives priority",
            "Leave priority out, or ask a supervisor.",
        )
    _admit(request, wish, user)
    ask = queue_painting(
        studio,
        wish.shot,
        person(user),
        variations=wish.variations,
        seed=wish.seed,
        generator=wish.generator,
        references=wish.references,
        priority=wish.priority,
        request=wish.request,
        different=wish.more_different,
    )
    return as_document(ask)


@cache
def _installed() -> tuple[str, ...]:
    # What is installed is looked up on disk: once is enough for as long as a server runs.
    return tuple(generators.names())


def _admit(request: Request, wish: Wish, user: User) -> None:
    """Refuse what no worker could do, and what is more than one person's share."""
    studio = _desk(request).studio
    installed = _installed()
    if wish.generator not in installed:
        raise InputError(
            f"no generator called {wish.generator!r}; installed here: {', '.join(installed)}",
            remedy="Pick one of the names above.",
        )
    for name in wish.references:
        find(studio, name)
    known = queue.read(_desk(request).studio.ledger).values()
    mine = [ask for ask in known if ask.is_open and ask.by == user.name]
    if len(mine) >= MOST_WAITING:
        raise Refused(
            429,
            f"{len(mine)} asks of {user.name} wait already, and {MOST_WAITING} may",
            "Wait for some to be done, or cancel some.",
        )


@router.post("/queue/{ask}/cancel", summary="Take an ask out", responses=_NAMED)
def cancel(request: Request, ask: AskId, user: Asker) -> dict[str, Any]:
    """Take it out; its owner or a supervisor may."""
    ledger = _own(request, ask, user)
    return as_document(queue.cancel(ledger, ask, person(user)))


@router.post("/queue/{ask}/pause", summary="Begin no further part", responses=_NAMED)
def pause(request: Request, ask: AskId, user: Asker) -> dict[str, Any]:
    """Pause it; its owner or a supervisor may."""
    ledger = _own(request, ask, user)
    return as_document(queue.pause(ledger, ask, person(user)))


@router.post("/queue/{ask}/resume", summary="Go on where it was paused", responses=_NAMED)
def resume(request: Request, ask: AskId, user: Asker) -> dict[str, Any]:
    """Resume it; its owner or a supervisor may."""
    ledger = _own(request, ask, user)
    return as_document(queue.resume(ledger, ask, person(user)))


def _own(request: Request, ask: str, user: User) -> Ledger:
    """Return the ledger; refuse where the ask is somebody else's."""
    desk = _desk(request)
    owner = queue.find_in(queue.read(desk.studio.ledger), ask).by
    if owner != user.name and not person(user).supervisor:
        raise Refused(403, f"{ask} is {owner}'s, not {user.name}'s", f"Ask {owner}.")
    return desk.studio.ledger


# -- events -----------------------------------------------------------------


@router.get(
    "/events",
    summary="Progress as it happens (server-sent events)",
    responses={**_ALL, 429: _PROBLEM, 200: {"content": {"text/event-stream": {}}}},
    response_class=StreamingResponse,
)
def progress(
    request: Request,
    user: Reader,
    last_event_id: Annotated[str, Header(pattern=r"^[0-9]{0,15}$")] = "",
) -> StreamingResponse:
    """
    Stream the queue's events from now on, or after ``Last-Event-ID``.

    Between them come ``painting`` events, without an id: ``doing`` names the variation, the
    layer and the level that is being painted, ``done`` of ``of`` says how many stand.
    """
    desk = _desk(request)
    if desk.figures.listeners >= MOST_LISTENERS:
        raise Refused(
            429,
            f"{desk.figures.listeners} listen already, and {MOST_LISTENERS} may",
            "Close one.",
        )
    ledger = desk.studio.ledger
    queue.read(ledger)
    after = int(last_event_id) if last_event_id else queue.newest(ledger)
    return StreamingResponse(events.stream(desk, user, after), media_type="text/event-stream")
