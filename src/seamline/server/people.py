"""Who asks: a bearer's token or the page's session, and what that role may do."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from seamline.server.desk import Desk
from seamline.server.problems import Refused
from seamline.server.sessions import COOKIE, HEADER, says_so
from seamline.show.user import ADMIN, ARTIST, DIRECTOR, PRODUCER, ROLES, SUPERVISOR, User
from seamline.steps.queue import Person
from seamline.steps.users import user_of, users

READ = ROLES
ASK = (ARTIST, SUPERVISOR)
NOTE = (ARTIST, SUPERVISOR, DIRECTOR, PRODUCER)
JUDGE = (SUPERVISOR, DIRECTOR)
"""Which variation it is to be, and who stands for its pixels."""
WATCH = (ADMIN,)
DECIDE = (SUPERVISOR,)
"""What a shot is locked to."""
PERMIT = (SUPERVISOR, PRODUCER)
"""What the show may paint from."""
_BEARER = HTTPBearer(auto_error=False, description="The token that `seamline user add` said.")


def allow(*roles: str) -> Callable[..., User]:
    """Return what lets users with one of ``roles`` in, and says who it is."""

    def admitted(
        request: Request,
        given: HTTPAuthorizationCredentials | None = Depends(_BEARER),  # noqa: B008
    ) -> User:
        desk: Desk = request.app.state.desk
        if given:
            user = user_of(desk.studio.ledger, given.credentials)
        else:
            user = _in_session(desk, request)
        if user is None:
            raise Refused(
                401,
                "there is no token with this request, or not one that this server knows",
                "Send it as: Authorization: Bearer TOKEN. Made by: seamline user add NAME",
            )
        request.state.user = user
        if user.role not in roles:
            raise Refused(
                403,
                f"{user.name} is here as {user.role}; this is for: {', '.join(roles)}",
                "Ask one of those, or an administrator of this server.",
            )
        return user

    return admitted


def _in_session(desk: Desk, request: Request) -> User | None:
    """Return who is logged in on the page, if it is the page that asks."""
    session = desk.sessions.find(request.cookies.get(COOKIE, ""))
    if session is None:
        return None
    user = users(desk.studio.ledger).get(session.name)
    if user is None or user.token_sha256 != session.token_sha256:
        desk.sessions.end(session.id)
        return None
    changes = request.method not in ("GET", "HEAD")
    if changes and not says_so(session, request.headers.get(HEADER, "")):
        raise Refused(
            403,
            "this did not come from the review page that is logged in",
            "Load the page again.",
        )
    return user


def person(user: User) -> Person:
    """Return a user as the queue knows people."""
    return Person(name=user.name, supervisor=user.role == SUPERVISOR)
