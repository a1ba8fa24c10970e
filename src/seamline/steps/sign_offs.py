"""Which sign-offs hold: by whom, of which pixels, with a key that was theirs, and once only."""

from __future__ import annotations

from seamline.errors import SignOffError, TamperError
from seamline.ports import Studio
from seamline.show.frames import ranges
from seamline.show.names import ElementId
from seamline.show.record import as_record, canonical
from seamline.show.review import SignOff
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.people import signed_after_revocation
from seamline.steps.stands import BOUND, Frames, differing


def signed_bytes(sign_off: SignOff) -> bytes:
    """Return what the signature is over."""
    record = as_record(sign_off)
    del record["signature"]
    for finding in record["findings"]:
        # Sign-offs from before findings had a place were signed without the field.
        if finding["place"] is None:
            del finding["place"]
    return canonical(record)


def facts_of_sign_off(sign_off: SignOff) -> dict[str, str]:
    """Return the digests that a sign-off binds."""
    return {name: getattr(sign_off, name) for name in BOUND}


def holding(
    studio: Studio, version: Version, now: dict[str, str], seen: Frames
) -> tuple[SignOff, ...]:
    """
    Return the sign-offs that hold for ``version`` as it stands, newest first, or refuse.

    One for all of it; or, where the shot was changed, several that hold for all its
    frames together: what was signed of an earlier version and is the same pixels, before
    the same plate, matte and match, stays signed.

    Raises:
        SignOffError: There is none, something it binds has changed since, or a frame is
            not signed.
        TamperError: A signature is not its owner's.
    """
    given = book.sign_offs(studio.ledger, version.id)
    signed = [s for s in given if not _came_late(studio, s)]
    changed = ""
    for sign_off in reversed(signed):
        _hold_to_key(studio, sign_off)
        changed = differing(facts_of_sign_off(sign_off), now)
        if not changed and _covers(sign_off, seen):
            return (sign_off,)
    if changed:
        raise SignOffError(
            f"{version.id}: the {changed} changed after {signed[-1].by} signed",
            remedy=f"Bring it back, or render, review and sign again: seamline paint "
            f"{version.shot}",
        )
    found, missing = covering(studio, version, seen)
    if found and not missing:
        return found
    if found:
        raise SignOffError(
            f"{version.id}: frames {ranges(missing)} are not signed; "
            f"{len(seen) - len(missing)} of {len(seen)} are",
            remedy=f"Review them in context, then: seamline sign {version.id} --by NAME "
            f"--frames {missing[0]}-{missing[-1]}",
        )
    if given and not signed:
        raise SignOffError(
            f"{version.id}: the key of {given[-1].by} was revoked before it signed this",
            remedy=f"Somebody whose key stands signs it: seamline sign {version.id} --by NAME",
        )
    if not signed:
        raise SignOffError(
            f"{version.id} has no sign-off; a generated element is raw material until a "
            "named person signs these exact pixels",
            remedy=f"Review it in context, then: seamline sign {version.id} --by NAME",
        )
    raise SignOffError(
        f"{version.id}: nothing that was signed of it is there any more",
        remedy=f"Review it in context, then: seamline sign {version.id} --by NAME",
    )


def covering(
    studio: Studio, version: Version, seen: Frames
) -> tuple[tuple[SignOff, ...], list[int]]:
    """
    Return the sign-offs that hold for frames of ``version``, and the frames without one.

    Looked for among the sign-offs of all versions of its variation, newest first.

    Raises:
        TamperError: A signature is not its owner's.
    """
    left = dict(seen)
    number = ElementId.parse(version.id).variation
    found = []
    for sign_off in reversed(book.sign_offs_of_shot(studio.ledger, version.shot)):
        if ElementId.parse(sign_off.element).variation != number:
            continue
        holds = [n for n, digest in sign_off.frames if left.get(n) == digest]
        if holds and not _came_late(studio, sign_off):
            _hold_to_key(studio, sign_off)
            found.append(sign_off)
            for n in holds:
                del left[n]
    return tuple(found), sorted(left)


def _covers(sign_off: SignOff, seen: Frames) -> bool:
    """Whether it is for every frame; one from before there were frames in it is."""
    return not sign_off.frames or {n for n, _ in sign_off.frames} >= {n for n, _ in seen}


def _came_late(studio: Studio, sign_off: SignOff) -> bool:
    return signed_after_revocation(studio, "sign-off", as_record(sign_off))


def _hold_to_key(studio: Studio, sign_off: SignOff) -> None:
    key = studio.keyring.find(sign_off.by)
    if not studio.keyring.verify(key, signed_bytes(sign_off), sign_off.signature):
        raise TamperError(
            f"{sign_off.element}: the signature of {sign_off.by} does not fit the record",
            remedy="Verify the ledger: seamline doctor",
        )
    _hold_to_nonce(studio, sign_off)


def _hold_to_nonce(studio: Studio, sign_off: SignOff) -> None:
    """Refuse a signature that stands in the ledger twice: it was given once."""
    same = [
        row
        for row in studio.ledger.rows("sign-off")
        if sign_off.nonce and row.body.get("nonce") == sign_off.nonce
    ]
    if len(same) > 1:
        raise TamperError(
            f"{sign_off.element}: one signature of {sign_off.by} is in the ledger "
            f"{len(same)} times",
            remedy="Verify the ledger: seamline doctor",
        )
