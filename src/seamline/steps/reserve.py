"""
Numbers of variations and ids of versions that are given before these are made.

Where several workers share an ask, none of them may count on its own: what will bear a
number is on record before the first pixel. Whoever reserves holds the shot's lease; whoever
paints without others needs no reservation, and passes over what is reserved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seamline.ports import Ledger
from seamline.show.variation import Ask
from seamline.steps import book


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """What was reserved in a shot, whether it was made since or not."""

    variations: Mapping[str, int]
    """Number by Ask digest."""
    versions: Mapping[str, str]
    """Id by render key."""


def reserved(ledger: Ledger, shot: str) -> Reserved:
    """Return everything that was reserved in ``shot``."""
    variations: dict[str, int] = {}
    versions: dict[str, str] = {}
    for row in ledger.rows("reserved"):
        if row.body["shot"] == shot:
            variations |= {
                str(digest): int(number) for digest, number in row.body["variations"]
            }
            versions |= {str(key): str(name) for key, name in row.body["versions"]}
    return Reserved(variations=variations, versions=versions)


def reserve(
    ledger: Ledger,
    shot: str,
    *,
    variations: Mapping[str, int] | None = None,
    versions: Mapping[str, str] | None = None,
) -> None:
    """Put on record what is not yet; to be called under the shot's lease."""
    known = reserved(ledger, shot)
    numbers = [[k, n] for k, n in (variations or {}).items() if k not in known.variations]
    ids = [[k, name] for k, name in (versions or {}).items() if k not in known.versions]
    if numbers or ids:
        ledger.append("reserved", {"shot": shot, "variations": numbers, "versions": ids})


def numbered(ledger: Ledger, asks: Sequence[Ask]) -> dict[str, int]:
    """
    Return the number of the variation that answers each of ``asks``, by the ask's digest.

    All are of one shot. What stands or has a number reserved keeps it; the others get the
    next ones, in order.
    """
    shot = asks[0].shot
    numbers = dict(reserved(ledger, shot).variations)
    numbers |= {v.ask_digest: v.number for v in book.variations(ledger, shot)}
    last = max(numbers.values(), default=0)
    for ask in asks:
        if ask.digest not in numbers:
            last += 1
            numbers[ask.digest] = last
    return {ask.digest: numbers[ask.digest] for ask in asks}
