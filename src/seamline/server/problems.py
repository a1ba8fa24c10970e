"""
What goes wrong, as RFC 9457 problem documents: the shell's sentence and remedy.

Nobody is shown a traceback, and what somebody sent is not said back to them.
"""

from __future__ import annotations

import logging
import traceback
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from seamline.errors import AgainError, InputError, LeaseError, RefusedError, SeamlineError
from seamline.errors import ShowError as NotThere

MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: "bad request",
    401: "no token",
    403: "not yours to do",
    404: "not there",
    405: "no such method",
    409: "refused",
    413: "too large",
    421: "another host",
    422: "not usable",
    429: "too many",
    431: "too large",
    500: "the server failed",
    503: "try again",
}


class Problem(BaseModel):
    """One problem (RFC 9457), with what the shell says: the remedy and the exit code."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    remedy: str = ""
    exit_code: int


class Refused(Exception):
    """A request that the server itself turns away, before any step is called."""

    def __init__(self, status: int, detail: str, remedy: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.remedy = status, detail, remedy


def document(status: int, detail: str, remedy: str = "", exit_code: int = 2) -> dict[str, Any]:
    """Return a problem as it is sent."""
    title = _TITLES.get(status, "refused")
    problem = Problem(
        title=title, status=status, detail=detail, remedy=remedy, exit_code=exit_code
    )
    return problem.model_dump()


def answer(status: int, detail: str, remedy: str = "", exit_code: int = 2) -> JSONResponse:
    """Return a problem as a response."""
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if status in (429, 503):
        headers["Retry-After"] = "2"
    return JSONResponse(
        document(status, detail, remedy, exit_code),
        status_code=status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def status_of(error: SeamlineError, *, named: bool) -> int:
    """Return the status of one of the family; ``named``: the path names the thing."""
    if isinstance(error, NotThere):
        return 404 if named else 422
    if isinstance(error, InputError):
        return 422
    if isinstance(error, RefusedError | LeaseError):
        return 409
    return 503 if isinstance(error, AgainError) else 500


def install(app: FastAPI, log: logging.Logger) -> None:
    """Have ``app`` say every failure as a problem."""

    @app.exception_handler(SeamlineError)
    async def _known(request: Request, error: SeamlineError) -> JSONResponse:
        status = status_of(error, named=bool(request.path_params))
        return answer(status, str(error), error.remedy, error.exit_code)

    @app.exception_handler(Refused)
    async def _turned_away(_: Request, error: Refused) -> JSONResponse:
        return answer(error.status, error.detail, error.remedy, 1)

    @app.exception_handler(RequestValidationError)
    async def _not_valid(_: Request, error: RequestValidationError) -> JSONResponse:
        said = [
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}"
            for one in error.errors()[:5]
        ]
        return answer(422, "; ".join(said), "See the document: seamline serve --openapi")

    @app.exception_handler(HTTPException)
    async def _of_http(_: Request, error: HTTPException) -> JSONResponse:
        made = answer(error.status_code, str(error.detail), "See: seamline serve --openapi")
        made.headers.update(error.headers or {})
        return made

    @app.exception_handler(Exception)
    async def _our_fault(_: Request, error: Exception) -> JSONResponse:
        # Where it happened, never with what: a message may hold what somebody sent.
        at = traceback.extract_tb(error.__traceback__)[-1:]
        where = f"{at[0].filename.rsplit('/', 1)[-1]}:{at[0].lineno}" if at else ""
        log.error("failed", extra={"facts": {"error": type(error).__name__, "at": where}})
        return answer(500, "the server itself failed; nothing was written", exit_code=3)
