"""Who may use the studio's server, and as what."""

from __future__ import annotations

import re
from dataclasses import dataclass

from seamline.errors import InputError

ARTIST, SUPERVISOR, DIRECTOR = "artist", "supervisor", "director"
WRANGLER, PRODUCER, ADMIN = "wrangler", "producer", "admin"
ROLES = (ARTIST, SUPERVISOR, DIRECTOR, WRANGLER, PRODUCER, ADMIN)
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """
    Somebody who holds a token of the server.

    Attributes:
        name: The account's name, as the queue knows it.
        role: One of ``ROLES``.
        token_sha256: SHA-256 of the token, hexadecimal; the token itself is kept nowhere.
        since: When it was made, UTC.
    """

    name: str
    role: str
    token_sha256: str
    since: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InputError(
                f"{self.name!r} is not a usable account name",
                remedy="Use letters, digits, . _ and - (at most 64), beginning and ending "
                "with a letter or digit: m.okafor",
            )
        if self.role not in ROLES:
            raise InputError(
                f"{self.role!r} is not a role", remedy=f"Give one of {', '.join(ROLES)}."
            )
