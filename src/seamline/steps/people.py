"""
People: who may put their name to something, and from when on no more.

A key that was revoked signs nothing and decides nothing from then on. What it
signed before stands: whether that was before is told by the order of the
ledger's rows, never by a date in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seamline.errors import InputError, RefusedError
from seamline.ports import PublicKey, Row, Studio
from seamline.show.people import KeyRevocation
from seamline.show.record import as_record, from_record

KIND = "key revocation"


def person(studio: Studio, by: str) -> PublicKey:
    """
    Return the key of ``by``, who is about to decide something.

    Raises:
        RefusedError: There is no such key, or it was revoked.
    """
    key = studio.keyring.find(by)
    found = revocation(studio, key.fingerprint)
    if found is not None:
        said = from_record(KeyRevocation, found.body)
        raise RefusedError(
            f"the key of {key.name} was revoked by {said.by} on {said.at[:10]}: {said.reason}",
            remedy="Make one under another name: seamline key create --name NAME. "
            "What the revoked one signed before stands.",
        )
    return key


def revoke_key(studio: Studio, name: str, *, by: str, reason: str) -> KeyRevocation:
    """
    Take the key of ``name`` out of use.

    Args:
        studio: Ports.
        name: Whose key.
        by: Who says so; they need a key that stands (the same one will do).
        reason: Why, for the record.

    Raises:
        RefusedError: There is no such key.
        InputError: There is no reason.
    """
    key = studio.keyring.find(name)
    standing = revocation(studio, key.fingerprint)
    if standing is not None:
        return from_record(KeyRevocation, standing.body)
    person(studio, by)
    if not reason.strip():
        raise InputError(
            f"nothing says why the key of {key.name} is revoked",
            remedy="Give --reason: whoever meets its signatures will read it.",
        )
    found = KeyRevocation(
        name=key.name,
        fingerprint=key.fingerprint,
        by=by,
        at=studio.clock.now(),
        reason=reason.strip(),
    )
    studio.ledger.append_once("key revocation", key.fingerprint, as_record(found), by=by)
    return found


def revocation(studio: Studio, fingerprint: str) -> Row | None:
    """Return the row that revoked the key with this fingerprint, or None."""
    for row in studio.ledger.rows(KIND):
        if row.body["fingerprint"] == fingerprint:
            return row
    return None


def signed_after_revocation(studio: Studio, kind: str, body: Mapping[str, Any]) -> bool:
    """
    Whether the row of ``kind`` with the signature in ``body`` came after its key's revocation.

    A row that is not in the ledger is later than all that is.
    """
    found = revocation(studio, str(body["key_fingerprint"]))
    if found is None:
        return False
    signed = [r for r in studio.ledger.rows(kind) if r.body["signature"] == body["signature"]]
    return not signed or signed[0].number > found.number
