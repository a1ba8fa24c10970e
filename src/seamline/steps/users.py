"""
Users of the server: made, found by their token, removed.

They are rows of the ledger, so that every machine of a show knows them, and who could
do what stays on record. A token is 32 random bytes; only its SHA-256 is kept, and such
a number cannot be guessed back from it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets

from seamline.errors import ShowError
from seamline.ports import Ledger
from seamline.show.user import User

KIND = "user"
_TOKEN_BYTES = 32


def add_user(ledger: Ledger, name: str, role: str, *, by: str = "") -> tuple[User, str]:
    """
    Make a user; return it and its token, which is said this once.

    Raises:
        InputError: The name or the role is not usable.
        ShowError: There is such a user already.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    user = User(name=name, role=role, token_sha256=_hash(token))
    if name in users(ledger):
        raise ShowError(
            f"there is a user {name!r} already",
            remedy=f"Give a new token by: seamline user remove {name}, then add it again.",
        )
    body = {"event": "added", "name": name, "role": role, "token_sha256": user.token_sha256}
    ledger.append(KIND, body, by=by)
    return user, token


def remove_user(ledger: Ledger, name: str, *, by: str = "") -> User:
    """Take a user's token away, at once; refuse where there is no such user."""
    known = users(ledger)
    if name not in known:
        raise ShowError(f"there is no user {name!r}", remedy="See who is: seamline user list")
    ledger.append(KIND, {"event": "removed", "name": name}, by=by)
    return known[name]


def users(ledger: Ledger) -> dict[str, User]:
    """Return who may use the server, by name."""
    known: dict[str, User] = {}
    for row in ledger.rows(KIND):
        name = str(row.body["name"])
        if row.body["event"] == "removed":
            known.pop(name, None)
            continue
        known[name] = User(
            name=name,
            role=str(row.body["role"]),
            token_sha256=str(row.body["token_sha256"]),
            since=str(json.loads(row.stored)["at"]),
        )
    return known


def user_of(ledger: Ledger, token: str) -> User | None:
    """Return whose ``token`` it is; the time taken does not say how near it came."""
    given = _hash(token)
    found = None
    for user in users(ledger).values():
        if hmac.compare_digest(given, user.token_sha256):
            found = user
    return found


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
