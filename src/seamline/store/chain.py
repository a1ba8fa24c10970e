"""
The chain: what a ledger row is, byte for byte, and when one does not follow the last.

A row is the canonical bytes of

    {"at", "body", "by", "host", "key", "kind", "number", "os_user", "previous"}

where ``previous`` is the hash of the row before (64 zeros in the first) and a
row's hash is SHA-256 over its bytes. Whoever changes a byte of an earlier row
breaks every hash after it.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any

from seamline.errors import TamperError
from seamline.ports import Row
from seamline.show.record import canonical
from seamline.store.owners import this_host

FIRST_PREVIOUS = "0" * 64


def row_bytes(
    *,
    number: int,
    previous: str,
    kind: str,
    key: str | None,
    body: Mapping[str, Any],
    by: str,
    at: str,
) -> bytes:
    """Return the canonical bytes of a row written by this user on this host."""
    return canonical(
        {
            "number": number,
            "previous": previous,
            "kind": kind,
            "key": key,
            "body": dict(body),
            "by": by,
            "at": at,
            "os_user": _os_user(),
            "host": this_host(),
        }
    )


def read_row(number: int, kind: str, stored: bytes, hash_: str) -> Row:
    """Return the row that ``stored`` is; TamperError if it is no record."""
    try:
        body = json.loads(stored)["body"]
    except (ValueError, KeyError, TypeError) as error:
        raise TamperError(
            f"row {number} of the ledger ({kind}) is no longer a record: {error}",
            remedy="Put the ledger back from a backup.",
        ) from error
    return Row(number=number, kind=kind, body=body, stored=bytes(stored), hash=hash_)


def what_is_wrong(
    expected: int,
    previous: str,
    number: int,
    kind: str,
    key: str | None,
    stored: bytes,
    hash_: str,
) -> str:
    """Return what is wrong with a row that should follow ``previous``; empty if nothing."""
    if number != expected:
        return f"row {number} stands in its place"
    if not isinstance(stored, bytes) or hashlib.sha256(stored).hexdigest() != hash_:
        return "its bytes do not have its hash"
    try:
        record = json.loads(stored)
    except ValueError:
        return "its bytes are no record"
    if not isinstance(record, dict) or record.get("previous") != previous:
        return "it does not follow the row before"
    if (record.get("number"), record.get("kind"), record.get("key")) != (number, kind, key):
        return "its index does not match its bytes"
    return ""


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in many containers
        return str(os.getuid())
