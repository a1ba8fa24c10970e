"""
Kin: references that are one picture, by their pixels or by a named person's word.

A permission goes with the picture: what is not allowed of one is not of any of its kin.
"""

from __future__ import annotations

from collections.abc import Mapping

from seamline.ports import Ledger
from seamline.show.record import from_record
from seamline.show.reference import CopyDecision, Reference

KIND = "copy decision"


def twins(a: Reference, b: Reference) -> bool:
    """Whether two files hold one picture: also when one has more bits, or another format."""
    return (
        a.file_sha256 == b.file_sha256
        or a.pixels_digest == b.pixels_digest
        or a.master_digest == b.master_digest
    )


def kin(ledger: Ledger, reference: Reference, known: Mapping[str, Reference]) -> set[str]:
    """Return the ids of every twin of ``reference``, and of all that are copies of one."""
    pairs = [(d.reference, d.of) for d in decisions(ledger) if d.copy]
    found: set[str] = set()
    ahead = [reference]
    while ahead:
        one = ahead.pop()
        names = {other.id for other in known.values() if twins(one, other)}
        names |= {b if a == one.id else a for a, b in pairs if one.id in (a, b)}
        ahead += [known[name] for name in names - found if name in known]
        found |= names
    return found


def decisions(ledger: Ledger) -> list[CopyDecision]:
    """Return what people said, the newest word on each pair."""
    newest = {
        (str(row.body["reference"]), str(row.body["of"])): row.body for row in ledger.rows(KIND)
    }
    return [from_record(CopyDecision, body) for body in newest.values()]
