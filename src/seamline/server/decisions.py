"""
The routes by which people decide: lock, choice, references; and what they look at for it.

Each is a step of the shell. Whoever holds the token is who decided: no name is sent. Where
the shell asks for a key, the same name needs one. A seam is set on the shell: every frame of
its matte is read for that.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from seamline.errors import ShowError
from seamline.ports import Studio
from seamline.server.people import DECIDE, JUDGE, PERMIT, READ, allow
from seamline.server.problems import MEDIA_TYPE, Problem
from seamline.show.lock import Light
from seamline.show.record import as_record
from seamline.show.reference import Reference
from seamline.show.user import User
from seamline.steps import book, permission
from seamline.steps.compare import compare_records
from seamline.steps.lock import set_lock
from seamline.steps.review import choose, unchoose
from seamline.steps.revise import revise

_PROBLEM: dict[str, Any] = {"model": Problem, "content": {MEDIA_TYPE: {}}}
_NAMED: dict[int | str, dict[str, Any]] = {
    status: _PROBLEM for status in (401, 403, 404, 409, 422, 503)
}
_SENT: dict[int | str, dict[str, Any]] = {**_NAMED, 400: _PROBLEM, 413: _PROBLEM}

Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_]{0,63}$")]
ReferenceId = Annotated[str, Path(pattern=r"^[0-9a-f]{4,12}$")]
Element = Annotated[str, Query(pattern=r"^[A-Za-z0-9][A-Za-z0-9_]{0,95}$")]
Reader = Annotated[User, Depends(allow(*READ))]
Decider = Annotated[User, Depends(allow(*DECIDE))]
Picker = Annotated[User, Depends(allow(*JUDGE))]
Permitter = Annotated[User, Depends(allow(*PERMIT))]
_STRICT = ConfigDict(extra="forbid", strict=True)

router = APIRouter()


class LockText(BaseModel):
    """A lock as it is written: the text of a LOCK.toml."""

    model_config = _STRICT

    text: str = Field(min_length=1, max_length=16384)


class Relit(BaseModel):
    """What of a locked light is another now; what is left out stands."""

    model_config = _STRICT

    key_azimuth_deg: float | None = Field(None, allow_inf_nan=False)
    key_elevation_deg: float | None = Field(None, allow_inf_nan=False)
    key_fill_ratio: float | None = Field(None, allow_inf_nan=False)
    colour_temperature_k: float | None = Field(None, allow_inf_nan=False)
    exposure_stops: float | None = Field(None, allow_inf_nan=False)
    reason: str = Field(min_length=1, max_length=2000)


class Picked(BaseModel):
    """The version that is chosen."""

    model_config = _STRICT

    element: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_]{0,95}$")


class Permit(BaseModel):
    """Whose a reference is, and what it may be used for."""

    model_config = _STRICT

    owner: str = Field(min_length=1, max_length=200)
    licence: str = Field(min_length=1, max_length=200)
    allow: list[str] = Field(min_length=1, max_length=8)
    expires_on: str = Field("", max_length=10)


class Why(BaseModel):
    """A reason, for the record."""

    model_config = _STRICT

    reason: str = Field(min_length=1, max_length=2000)


def _studio(request: Request) -> Studio:
    studio: Studio = request.app.state.desk.studio
    return studio


# -- the lock ---------------------------------------------------------------


@router.get("/shots/{name}/lock", summary="What a shot is locked to", responses=_NAMED)
def lock(request: Request, name: Name, _: Reader) -> dict[str, Any]:
    """Return the newest lock."""
    ledger = _studio(request).ledger
    book.shot(ledger, name)
    found = book.lock(ledger, name)
    if found is None:
        raise ShowError(
            f"{name} has no lock", remedy=f"Set one: seamline lock set {name} LOCK.toml"
        )
    return {"lock": as_record(found)}


@router.put("/shots/{name}/lock", summary="Set a shot's lock", responses=_SENT)
def lock_set(request: Request, name: Name, said: LockText, _: Decider) -> dict[str, Any]:
    """Record the lock, as ``seamline lock set``; the same again changes nothing."""
    return {"lock": as_record(set_lock(_studio(request), name, said.text, where="the lock"))}


@router.post("/shots/{name}/lock/revise", summary="Revise the locked light", responses=_SENT)
def lock_revise(request: Request, name: Name, said: Relit, user: Decider) -> dict[str, Any]:
    """Revise it, as ``seamline lock revise``; no grade is suggested, which asks for colour."""
    values = said.model_dump(exclude={"reason"})
    found = revise(
        _studio(request),
        name,
        Light(**values),
        reason=said.reason,
        by=user.name,
        suggests=False,
    )
    return {
        "lock": as_record(found.lock),
        "stale": [
            {"element": element, "what": why.what, "says": why.says}
            for element, why in found.stale
        ],
    }


@router.get("/shots/{name}/seam", summary="Where a shot's seam lies", responses=_NAMED)
def seam(request: Request, name: Name, _: Reader) -> dict[str, Any]:
    """Return the newest seam; null where all is generated."""
    ledger = _studio(request).ledger
    book.shot(ledger, name)
    found = book.seam(ledger, name)
    return {"seam": as_record(found) if found else None}


# -- the choice -------------------------------------------------------------


@router.get("/shots/{name}/choice", summary="What is chosen", responses=_NAMED)
def choice(request: Request, name: Name, _: Reader) -> dict[str, Any]:
    """Return the choice that holds; null where nothing is chosen."""
    ledger = _studio(request).ledger
    book.shot(ledger, name)
    found = book.chosen(ledger, name)
    return {"choice": as_record(found) if found else None}


@router.put("/shots/{name}/choice", summary="Choose a version", responses=_SENT)
def choice_set(request: Request, name: Name, said: Picked, user: Picker) -> dict[str, Any]:
    """Choose it, as ``seamline choose``."""
    return {"choice": as_record(choose(_studio(request), name, said.element, by=user.name))}


@router.delete("/shots/{name}/choice", summary="Take the choice back", responses=_NAMED)
def choice_gone(request: Request, name: Name, user: Picker) -> dict[str, Any]:
    """Take it back, as ``seamline choose --none``."""
    unchoose(_studio(request), name, by=user.name)
    return {"choice": None}


@router.get("/compare", summary="What differs between two versions", responses=_NAMED)
def compared(request: Request, a: Element, b: Element, _: Reader) -> dict[str, Any]:
    """Return findings side by side and how many frames differ; the picture is the shell's."""
    return compare_records(_studio(request), a, b)


# -- references -------------------------------------------------------------


@router.get("/references", summary="The pictures that the show has", responses=_NAMED)
def references(request: Request, _: Reader) -> dict[str, Any]:
    """Return every reference, and why it may not be painted from, if it may not."""
    studio = _studio(request)
    today = studio.clock.now()[:10]
    found = book.references(studio.ledger).values()
    return {"references": [_said(one, today) for one in found]}


@router.post(
    "/references/{reference_id}/approve", summary="Approve a reference", responses=_SENT
)
def approve(
    request: Request, reference_id: ReferenceId, said: Permit, user: Permitter
) -> dict[str, Any]:
    """Approve it; whoever holds the token is who did."""
    studio = _studio(request)
    found = permission.approve(studio, reference_id, by=user.name, **said.model_dump())
    return _said(found, studio.clock.now()[:10])


@router.post(
    "/references/{reference_id}/revoke", summary="Take a permission back", responses=_SENT
)
def revoke(
    request: Request, reference_id: ReferenceId, said: Why, user: Permitter
) -> dict[str, Any]:
    """Revoke it, as ``seamline reference revoke``."""
    studio = _studio(request)
    found = permission.revoke(studio, reference_id, by=user.name, reason=said.reason)
    return _said(found, studio.clock.now()[:10])


@router.post(
    "/references/{reference_id}/reinstate", summary="Let it be used again", responses=_SENT
)
def reinstate(
    request: Request, reference_id: ReferenceId, said: Why, user: Permitter
) -> dict[str, Any]:
    """Reinstate it, as ``seamline reference reinstate``."""
    studio = _studio(request)
    found = permission.reinstate(studio, reference_id, by=user.name, reason=said.reason)
    return _said(found, studio.clock.now()[:10])


def _said(found: Reference, today: str) -> dict[str, Any]:
    return {
        "id": found.id,
        "file_name": found.file_name,
        "kind": found.kind,
        "owner": found.owner,
        "licence": found.licence,
        "approved_by": found.approved_by,
        "approved_on": found.approved_on,
        "allow": list(found.allow),
        "expires_on": found.expires_on,
        "revoked": as_record(found.revoked) if found.revoked else None,
        "why_not_painted": found.why_not("paint", today=today),
    }
