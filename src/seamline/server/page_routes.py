"""
The review page's routes: a page, what it is told, and bytes that workers made ready.

Nothing is drawn here. Pictures are files that ``seamline sheet SHOT --page`` wrote; where a
pixel came from, and signing, are commands in child processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import FileResponse, RedirectResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from seamline.errors import RefusedError, ShowError
from seamline.server import events
from seamline.server.desk import Desk
from seamline.server.page_facts import key_told, shot_told, shots_told
from seamline.server.people import JUDGE, NOTE, READ, allow
from seamline.server.problems import MEDIA_TYPE, Problem, Refused
from seamline.server.routes import MOST_LISTENERS, Name
from seamline.server.sessions import COOKIE, LASTS_S
from seamline.show.frames import frame_path
from seamline.show.record import as_record
from seamline.show.user import User
from seamline.steps import book
from seamline.steps.notes import leave_note
from seamline.steps.screening import index_of
from seamline.steps.screening_full import full_of
from seamline.steps.users import user_of

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types seamline"
)
"""No script but the page's own files, no text that becomes HTML, nothing from elsewhere."""
_KINDS = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_FOREVER = "private, max-age=31536000, immutable"
TOLD_OF = ("queue", "note", "choice", "sign-off", "version")
"""Kinds of rows that make the page look again."""

_OF_A_PIXEL = (
    *("element", "frame", "pixel", "matte", "origin", "reference", "file", "owner", "licence"),
    *("x", "y", "by", "note", "sources", "layers"),
)

Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Path(pattern=r"^[a-z]{1,20}\.(css|js|svg)$")]
Reader = Annotated[User, Depends(allow(*READ))]
Speaker = Annotated[User, Depends(allow(*NOTE))]
Judge = Annotated[User, Depends(allow(*JUDGE))]
ElementName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_]{0,99}$")]
Point = Annotated[list[float], Field(min_length=2, max_length=2)]

_PROBLEM: dict[str, Any] = {"model": Problem, "content": {MEDIA_TYPE: {}}}
_REFUSED: dict[int | str, dict[str, Any]] = {
    status: _PROBLEM for status in (400, 401, 403, 404, 409, 413, 422, 429, 503)
}

router = APIRouter(prefix="/review", responses=_REFUSED)


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class LogIn(_Words):
    """A token, as `seamline user add` said it."""

    token: str = Field(min_length=1, max_length=200)


class Remark(_Words):
    """What somebody says of a version, at a frame."""

    element: ElementName
    frame: int = Field(ge=0, le=9_999_999)
    text: str = Field("", max_length=2000)
    strokes: list[list[Point]] = Field(default_factory=list, max_length=64)
    verdict: str = Field("", max_length=16)


class Near(_Words):
    """Which frame is looked at so near that every pixel of it is wanted."""

    source: ElementName
    frame: int = Field(ge=0, le=9_999_999)


class Signature(_Words):
    """What is signed, how it was seen, and what unlocks the key, for this once."""

    element: ElementName
    passphrase: str = Field(min_length=1, max_length=1000)
    view: str = Field(min_length=1, max_length=200)
    width: int = Field(ge=1, le=16384)
    height: int = Field(ge=1, le=16384)
    exposure: float = Field(0.0, ge=-16, le=16)
    gamma: float = Field(1.0, gt=0, le=8)


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


# -- the page ---------------------------------------------------------------


@router.get("", include_in_schema=False)
def page() -> Response:
    """Return the page; it holds nothing of the show."""
    return _file("page.html")


@router.get("/", include_in_schema=False)
def slash() -> Response:
    """Send on to the page."""
    return RedirectResponse("/review", status_code=308)


@router.get("/page/{name}", include_in_schema=False)
def part(name: FileName) -> Response:
    """Return a style, script or drawing of the page."""
    return _file(name)


def _file(name: str) -> Response:
    found = files("seamline.server") / "page" / name
    if not found.is_file():
        raise Refused(404, "the page has no such file", "Load the page again.")
    headers = {
        "content-security-policy": POLICY,
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
    return Response(
        found.read_bytes(), media_type=_KINDS[name.rpartition(".")[2]], headers=headers
    )


# -- who is here ------------------------------------------------------------


@router.post("/login", summary="Log in on the review page", status_code=201)
def log_in(request: Request, response: Response, given: LogIn) -> dict[str, Any]:
    """Take a token, once; from then on a cookie that scripts cannot read."""
    desk = _desk(request)
    if desk.sessions.too_many_wrong:
        raise Refused(429, "too many wrong tokens in the last minute", "Wait a minute.")
    user = user_of(desk.studio.ledger, given.token.strip())
    if user is None:
        desk.sessions.wrong()
        raise Refused(
            401, "nobody has this token", "It was said once, by: seamline user add NAME"
        )
    session = desk.sessions.begin(user.name, user.token_sha256)
    response.set_cookie(
        COOKIE, session.id, max_age=int(LASTS_S), path="/", httponly=True, samesite="strict"
    )
    request.state.user = user
    return _me(desk, user, session.said)


@router.get("/session", summary="Who is logged in on the review page")
def who(request: Request, user: Reader) -> dict[str, Any]:
    """Return the name and role, and what the page says with what it changes."""
    desk = _desk(request)
    session = desk.sessions.find(request.cookies.get(COOKIE, ""))
    return _me(desk, user, session.said if session else "")


@router.delete("/session", summary="Log out", status_code=204)
def log_out(request: Request, _: Reader) -> Response:
    """End the session."""
    _desk(request).sessions.end(request.cookies.get(COOKIE, ""))
    gone = Response(status_code=204)
    gone.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return gone


def _me(desk: Desk, user: User, said: str) -> dict[str, Any]:
    return {
        "name": user.name,
        "role": user.role,
        "judges": user.role in JUDGE,
        "speaks": user.role in NOTE,
        "said": said,
        "show": desk.studio.settings.name,
        "key": key_told(desk.studio, user),
    }


# -- what it is told --------------------------------------------------------


@router.get("/shots", summary="Every shot, where it stands, and whether it can be seen")
def shots(request: Request, _: Reader) -> dict[str, Any]:
    """Return what ``seamline status`` says, and how far each shot's pictures are ready."""
    return {"shots": shots_told(_desk(request).studio)}


@router.get("/shots/{name}", summary="All that is said of a shot on the page")
def shot(request: Request, name: Name, user: Reader) -> dict[str, Any]:
    """Return versions, findings, references, notes, verdicts, history."""
    return shot_told(_desk(request).studio, name, user)


@router.get("/shots/{name}/screening", summary="What pictures there are, and their names")
def screening(request: Request, name: Name, _: Reader) -> Mapping[str, Any]:
    """Return the index of what was made ready."""
    found = index_of(_desk(request).studio, name)
    if found is None:
        raise Refused(
            404,
            f"{name} was not made ready for the page",
            f"Make it so: seamline sheet {name} --page",
        )
    return found


@router.get(
    "/shots/{name}/screening/{digest}",
    summary="A picture as half floats, or a shader; bytes named by their SHA-256",
    response_class=FileResponse,
)
def bytes_of(request: Request, name: Name, digest: Digest, _: Reader) -> Response:
    """Hand the file out, or part of it (Range)."""
    shelf = _desk(request).studio.shelf
    path = shelf.screening_path(name, digest)
    headers = {"etag": f'"{digest}"', "cache-control": _FOREVER}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    if not shelf.exists(path):
        raise Refused(404, f"{name} has no such picture any more", "Load the page again.")
    return FileResponse(path, headers=headers, media_type="application/octet-stream")


@router.post(
    "/shots/{name}/full", summary="Have every pixel of one frame made ready", status_code=201
)
def every_pixel(request: Request, name: Name, near: Near, _: Reader) -> dict[str, Any]:
    """Have ``seamline sheet SHOT --page --full`` run, and wait: one frame is soon done."""
    desk = _desk(request)
    made = full_of(desk.studio, name, near.source, near.frame)[1]
    if desk.studio.shelf.exists(desk.studio.shelf.screening_path(name, made)):
        return {"file": made}
    words = ["sheet", name, "--page", "--full", near.source, "--frame", str(near.frame)]
    return {"file": desk.errands.ask(words)["file"]}


@router.get("/shots/{name}/pixel", summary="Where a pixel of a comp came from")
def pixel(
    request: Request,
    name: Name,
    _: Reader,
    element: Annotated[str, Query(pattern=r"^[A-Za-z0-9][A-Za-z0-9_]{0,99}$")],
    frame: Annotated[int, Query(ge=0, le=9_999_999)],
    x: Annotated[int, Query(ge=0, le=65535)],
    y: Annotated[int, Query(ge=0, le=65535)],
) -> dict[str, Any]:
    """Return what ``seamline audit --pixel`` says of it; a child process reads the layers."""
    desk = _desk(request)
    version = book.version_in(desk.studio.ledger, name, element)
    path = frame_path(desk.studio.shelf.comp_pattern(version.id), frame)
    if not desk.studio.shelf.exists(path):
        raise ShowError(f"{element} has no frame {frame} on disk", remedy="Render it again.")
    found = desk.errands.ask(["audit", path, "--pixel", f"{x},{y}"])
    return {key: found[key] for key in _OF_A_PIXEL if key in found}


@router.get(
    "/events",
    summary="What happens, as it happens",
    response_class=StreamingResponse,
)
def happens(request: Request, user: Reader) -> StreamingResponse:
    """Stream rows that make the page look again, from now on."""
    desk = _desk(request)
    if desk.figures.listeners >= MOST_LISTENERS:
        raise Refused(429, f"{desk.figures.listeners} listen already", "Close one.")
    after = max((row.number for row in desk.studio.ledger.rows()), default=0)
    heard = request.headers.get("last-event-id", "")
    if heard.isdigit():
        after = int(heard[:15])
    return StreamingResponse(
        events.stream(desk, user, after, TOLD_OF), media_type="text/event-stream"
    )


# -- what people do ---------------------------------------------------------


@router.post("/shots/{name}/notes", summary="Leave a note or a verdict", status_code=201)
def note(request: Request, name: Name, said: Remark, user: Speaker) -> dict[str, Any]:
    """Write it in the ledger; it is never changed."""
    made = leave_note(
        _desk(request).studio,
        name,
        said.element,
        by=user.name,
        frame=said.frame,
        text=said.text,
        strokes=[tuple((x, y) for x, y in stroke) for stroke in said.strokes],
        verdict=said.verdict,
    )
    return dict(as_record(made))


@router.post("/shots/{name}/sign", summary="Sign a version", status_code=202)
def sign(request: Request, name: Name, asked: Signature, user: Judge) -> dict[str, Any]:
    """
    Sign as oneself: every pixel is read again by a child process, and what changed refused.

    The key has the user's own name and is encrypted at rest. The passphrase opens it for
    this once and is kept nowhere.
    """
    desk = _desk(request)
    version = book.version_in(desk.studio.ledger, name, asked.element)
    key = desk.studio.keyring.find(user.name)
    if not key.protected:
        raise RefusedError(
            f"the key of {user.name} has no passphrase; the page signs with none such",
            remedy="Sign on the shell, or make a user whose key has one.",
        )
    secret = asked.passphrase.encode()
    # So that a mistyped one is said at once, and not after every frame was read. No record
    # begins like this: what is signed here is good for nothing.
    desk.studio.keyring.sign(user.name, b"seamline: is this the passphrase?", secret)
    words = ["sign", version.id, "--by", user.name, "--view", asked.view]
    words += ["--size", f"{asked.width},{asked.height}"]
    words += [f"--exposure={asked.exposure}", f"--gamma={asked.gamma}"]
    look = "See whether the version is signed"
    errand = desk.errands.begin("sign", version.id, user.name, words, secret=secret, look=look)
    return errand.as_document()


@router.post("/shots/{name}/screening", summary="Make a shot ready", status_code=202)
def make_ready(request: Request, name: Name, _: Reader) -> dict[str, Any]:
    """
    Have ``seamline sheet SHOT --page`` run, in a child process.

    The page asks for it whenever it opens a shot that has no pictures, or not all. It is one
    errand of everybody's.
    """
    desk = _desk(request)
    book.shot(desk.studio.ledger, name)
    if not book.newest_versions(desk.studio.ledger, name):
        raise ShowError(f"{name}: nothing has been painted yet", remedy="Paint it first.")
    words = ["sheet", name, "--page"]
    errand = desk.errands.begin("screening", name, "", words, again=True)
    return errand.as_document()


@router.get("/errands/{errand}", summary="How far an errand is")
def how_far(
    request: Request, errand: Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")], user: Reader
) -> dict[str, Any]:
    """Return one of one's own."""
    return _desk(request).errands.find(errand, user.name).as_document()
