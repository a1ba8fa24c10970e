"""
Sessions: who is logged in on the review page.

A session is a cookie that scripts cannot read and other sites do not send, and a second
word that the page keeps in memory and says with everything it changes. Both are random;
neither is written down: when the server ends, everybody logs in again. A token taken away
ends its sessions with the next request.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from dataclasses import dataclass

COOKIE = "seamline_session"
HEADER = "x-seamline-session"
LASTS_S = 12 * 3600.0
"""A working day."""
MOST_SESSIONS = 512
TRIES, TRIES_S = 10, 60.0
"""So many wrong tokens a minute, of everybody together, before all have to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """
    Somebody who is logged in.

    Attributes:
        id: What the cookie holds.
        said: What the page says with everything it changes.
        name: The user.
        token_sha256: Of the token they logged in with.
        until: When it ends, seconds on the monotonic clock.
    """

    id: str
    said: str
    name: str
    token_sha256: str
    until: float


class Sessions:
    """All sessions of one running server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, Session] = {}
        self._wrong: list[float] = []

    def begin(self, name: str, token_sha256: str) -> Session:
        """Open one; the oldest goes where there are too many."""
        now = time.monotonic()
        made = Session(
            id=secrets.token_urlsafe(32),
            said=secrets.token_urlsafe(32),
            name=name,
            token_sha256=token_sha256,
            until=now + LASTS_S,
        )
        with self._lock:
            self._open = {i: s for i, s in self._open.items() if s.until > now}
            while len(self._open) >= MOST_SESSIONS:
                del self._open[next(iter(self._open))]
            self._open[made.id] = made
        return made

    def find(self, cookie: str) -> Session | None:
        """Return the session of a cookie; None for one that ended or never was."""
        with self._lock:
            found = self._open.get(cookie)
            return found if found is not None and found.until > time.monotonic() else None

    def end(self, cookie: str) -> None:
        """Log out."""
        with self._lock:
            self._open.pop(cookie, None)

    def wrong(self) -> None:
        """Count a token that nobody has."""
        with self._lock:
            self._wrong.append(time.monotonic())

    @property
    def too_many_wrong(self) -> bool:
        """Whether it is time to wait."""
        since = time.monotonic() - TRIES_S
        with self._lock:
            self._wrong = [at for at in self._wrong if at > since]
            return len(self._wrong) >= TRIES


def says_so(session: Session, header: str) -> bool:
    """Whether a page said the session's second word."""
    return hmac.compare_digest(session.said.encode(), header.encode())
