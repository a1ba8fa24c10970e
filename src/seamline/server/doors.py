"""
The doors: what a request must be before anything looks at it.

Host and Origin are checked on every method, so that a web page somewhere else cannot
reach this server by a name that it made point here (DNS rebinding). A request's size is
limited while it comes in. What came and how it ended is written as one line of JSON,
without what was in it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seamline.server.figures import Figures
from seamline.server.problems import answer

LARGEST_BODY = 64 * 1024
"""Bytes; the largest ask there is, with 64 references of 200 letters, is a quarter of it."""
LARGEST_HEADERS = 16 * 1024
"""Bytes, all of them together."""
# What a route says of itself (the review page's own policy) stands in its place.
_SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class _TooLarge(HTTPException):
    """What reads the body for a route hands this one on, and no other."""


class Doors:
    """
    The outermost layer.

    Args:
        app: What answers.
        hosts: What a Host header may say; with the port, where there is one.
        figures: Where requests are counted.
        log: Where a line is written for each.
    """

    def __init__(
        self, app: ASGIApp, *, hosts: Iterable[str], figures: Figures, log: logging.Logger
    ) -> None:
        self._app, self._hosts = app, frozenset(hosts)
        self._figures, self._log = figures, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, began_to_answer = time.perf_counter(), 0, False
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > LARGEST_BODY:
                raise _TooLarge(413, _too_large(taken)[1])
            return message

        async def noted(message: Message) -> None:
            nonlocal status, began_to_answer
            if message["type"] == "http.response.start":
                status, began_to_answer = message["status"], True
                said = list(message.get("headers", ()))
                names = {name for name, _ in said}
                message["headers"] = said + [one for one in _SAFE if one[0] not in names]
            await send(message)

        refused = self._refused(scope)
        try:
            if refused:
                await answer(*refused)(scope, receive, noted)
            else:
                await self._app(scope, counted, noted)
        except _TooLarge:
            if not began_to_answer:
                await answer(*_too_large(taken))(scope, receive, noted)
        finally:
            self._note(scope, status, time.perf_counter() - began)

    def _refused(self, scope: Scope) -> tuple[int, str, str] | None:
        headers = [(name.lower(), value) for name, value in scope["headers"]]
        size = sum(len(name) + len(value) for name, value in headers)
        if size > LARGEST_HEADERS:
            said = f"the headers have {size} bytes, and {LARGEST_HEADERS} are allowed"
            return 431, said, "Send fewer."
        hosts = [value.decode("latin-1").lower() for name, value in headers if name == b"host"]
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return 421, "this server does not answer to that name", _use(self._hosts)
        origins = [value.decode("latin-1") for name, value in headers if name == b"origin"]
        if any(origin not in {f"http://{host}" for host in self._hosts} for origin in origins):
            return 403, "a page from elsewhere may not use this server", _use(self._hosts)
        if (b"sec-fetch-site", b"cross-site") in headers:
            return 403, "a page from elsewhere may not use this server", _use(self._hosts)
        lengths = [value for name, value in headers if name == b"content-length"]
        if lengths and lengths[0].isdigit() and int(lengths[0]) > LARGEST_BODY:
            return _too_large(int(lengths[0]))
        return None

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "-")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._figures.answered(method, route, status, seconds)
        user = scope.get("state", {}).get("user")
        facts = {
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "user": getattr(user, "name", ""),
        }
        self._log.info("answered", extra={"facts": facts})


_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def _use(hosts: Iterable[str]) -> str:
    return f"Use http://{min(hosts)}"


def _too_large(size: int) -> tuple[int, str, str]:
    said = f"the request has {size} bytes or more, and {LARGEST_BODY} are allowed"
    return 413, said, "Name fewer references."
