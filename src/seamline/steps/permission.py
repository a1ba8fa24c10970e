"""Permissions of references, as people give and take them: approve, revoke, reinstate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from seamline.errors import InputError, RefusedError
from seamline.ports import Studio
from seamline.show.reference import USES, Reference, Revocation
from seamline.steps import book
from seamline.steps.people import person
from seamline.steps.reference import find


def revoke(studio: Studio, word: str, *, by: str, reason: str) -> Reference:
    """
    Take the permission of a reference back; nothing is painted from it any more.

    What was painted from it stands, and is named by ``stale``. The same again changes
    nothing.

    Args:
        studio: Ports.
        word: Its id or name.
        by: Who says so; they need a key.
        reason: Why, for the record.

    Raises:
        RefusedError: ``by`` has no key.
        InputError: There is no reason.
    """
    person(studio, by)
    _reasoned(reason, "revoked")
    standing = find(studio, word)
    if standing.revoked is not None:
        return standing
    said = Revocation(by=by, on=studio.clock.now()[:10], reason=reason.strip())
    found = replace(standing, revoked=said)
    book.write(studio.ledger, "reference", found, by=by)
    return found


def reinstate(studio: Studio, word: str, *, by: str, reason: str) -> Reference:
    """
    Let a revoked reference be used again, with the permissions it had.

    Raises:
        RefusedError: ``by`` has no key.
        InputError: There is no reason, or it was never revoked.
    """
    person(studio, by)
    _reasoned(reason, "reinstated")
    standing = find(studio, word)
    if standing.revoked is None:
        raise InputError(
            f"reference {standing.file_name} ({standing.id}) is not revoked",
            remedy="See what stands: seamline reference used " + standing.id,
        )
    found = replace(standing, revoked=None)
    book.write(studio.ledger, "reference", found, by=by)
    studio.ledger.append(
        "reinstatement", {"reference": found.id, "by": by, "reason": reason.strip()}, by=by
    )
    return found


def approve(
    studio: Studio,
    word: str,
    *,
    by: str,
    owner: str,
    licence: str,
    allow: Sequence[str],
    expires_on: str = "",
) -> Reference:
    """
    Approve a reference that was kept without, or for another use; the newest word holds.

    Args:
        studio: Ports.
        word: Its id or name.
        by: Who approves; they need a key.
        owner: Whose it is.
        licence: Under which it may be used.
        allow: For what: ``paint``, ``train``, ``publish``.
        expires_on: Last day, ``2027-01-31``; empty: no end.

    Raises:
        RefusedError: ``by`` has no key that stands; or the reference was revoked: reinstate it.
        InputError: Owner, licence or use is missing or none.
    """
    person(studio, by)
    standing = find(studio, word)
    if standing.revoked is not None:
        raise RefusedError(
            f"reference {standing.file_name} ({standing.id}) is revoked; approving it does "
            "not bring it back",
            remedy=f"seamline reference reinstate {standing.id} --by NAME --reason TEXT",
        )
    strange = sorted(set(allow) - set(USES))
    if not (owner.strip() and licence.strip() and allow) or strange:
        raise InputError(
            f"{strange[0]!r} is no use" if strange else "owner, licence or use is missing",
            remedy=f"Give an owner, a licence, and some of {', '.join(USES)}.",
        )
    found = replace(
        standing,
        owner=owner.strip(),
        licence=licence.strip(),
        approved_by=by,
        approved_on=studio.clock.now()[:10],
        allow=tuple(use for use in USES if use in allow),
        expires_on=_last_day(expires_on),
    )
    if replace(found, approved_on=standing.approved_on) == standing:
        return standing
    book.write(studio.ledger, "reference", found, by=by)
    return found


def _last_day(said: str) -> str:
    try:
        return date.fromisoformat(said).isoformat() if said else ""
    except ValueError:
        raise InputError(
            f"{said!r} is not a day", remedy="Write it as 2027-01-31, or leave it out."
        ) from None


def _reasoned(reason: str, what: str) -> None:
    if not reason.strip():
        raise InputError(
            f"nothing says why the reference shall be {what}",
            remedy="Say it in a line: --reason TEXT.",
        )
