"""
Contributions: what people did for a painting, from the ledger alone.

Who, what, when, and the digests of what stood before and after: of the layers, where a
person painted; of the record in the ledger, where they agreed, set, chose or approved.
What a machine did by itself is left out. Rows of earlier times name no person where
nobody had to say who they were; then it is the login, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seamline.ports import Row, Studio
from seamline.show.record import record_digest
from seamline.show.variation import BY, FIXED, FROM, LAYER, REGION, Variation, further_than
from seamline.steps import book

_OF_SHOT = {
    "lock": "agreed the lock",
    "seam": "drew the seam",
    "layer grade": "graded a layer",
    "match change": "set the match",
    "choice": "chose",
    "answer": "answered",
    "note": "noted",
    "verdict": "gave a verdict",
    "sign-off": "signed off",
}


def contributions(
    studio: Studio, variation: Variation, *, until: int | None = None
) -> list[dict[str, Any]]:
    """
    Return what people did for ``variation`` and its shot, oldest first.

    Args:
        studio: Ports.
        variation: The painting.
        until: Only rows up to this one of the ledger.

    Returns:
        ``row``, ``kind``, ``by`` (``login`` is true where it is one), ``at``, ``what``,
        ``before`` and ``after`` (digests; ``before`` empty where nothing stood).
    """
    painted = {v.ask_digest: v for v in book.variations(studio.ledger, variation.shot)}
    grown = _grown_from(variation, painted)
    sources = {i for i, _ in variation.shares}
    standing: dict[tuple[str, ...], str] = {}
    found = []
    for row in studio.ledger.rows():
        if until is not None and row.number > until:
            break
        said = _said(row, variation, grown, painted, sources)
        if said is None:
            continue
        thing, what, digest = said
        before = (
            _layers_before(row, painted) if row.kind == "variation" else standing.get(thing, "")
        )
        standing[thing] = digest
        who = _who(row)
        found.append(
            {
                "row": row.number,
                "kind": row.kind,
                **who,
                "at": book.written(row)["at"],
                "what": what,
                "before": before,
                "after": digest,
            }
        )
    return found


_Said = tuple[tuple[str, ...], str, str]
"""Which thing it is about, in words, and the digest of what stands after it."""


def _said(
    row: Row,
    variation: Variation,
    grown: set[str],
    painted: Mapping[str, Variation],
    sources: set[str],
) -> _Said | None:
    body = row.body
    if row.kind == "variation" and body["ask_digest"] in grown:
        return _by_a_hand(painted[body["ask_digest"]])
    if row.kind in _OF_SHOT and body.get("shot") == variation.shot:
        if body.get("ask_digest", variation.ask_digest) not in grown:
            return None
        return _of_shot(row)
    if row.kind == "reference" and body["id"] in sources:
        name = body["file_name"]
        what = f"revoked {name}" if body.get("revoked") else f"approved {name} to paint from"
        return ("reference", body["id"]), what, record_digest(body)
    if row.kind == "card-approval" and _is_of(body["card"], sources):
        what = f"{'approved' if body['approved'] else 'retired'} card {body['card']}"
        return ("card", body["card"]), what, record_digest(body)
    return None


def _of_shot(row: Row) -> _Said:
    body, digest = row.body, record_digest(row.body)
    what = _OF_SHOT[row.kind]
    if row.kind == "layer grade":
        layer = str(body["grade"]["layer"])
        return (row.kind, layer), f"graded layer {layer}", digest
    if row.kind in ("lock", "seam"):
        reason = f": {body['reason']}" if body.get("reason") else ""
        return (row.kind,), f"{what} v{body['version']}{reason}", digest
    if row.kind == "choice":
        chosen = body["element"]
        return (row.kind,), f"chose {chosen}" if chosen else "took the choice back", digest
    if row.kind == "answer":
        return (row.kind, body["question"]), f"answered {body['question']}", digest
    if row.kind == "sign-off":
        return (row.kind, body["element"]), f"signed off {body['element']}", digest
    words = ", ".join(str(body[k]) for k in ("verdict", "text", "says") if body.get(k))
    return (row.kind, str(row.number)), f"{what}: {words}" if words else what, digest


def _by_a_hand(painted: Variation) -> _Said | None:
    said = dict(painted.ask.settings)
    if FIXED in said and painted.hands:
        work = painted.hands[-1]
        what = f"painted over {', '.join(work.layers)}: {work.note}"
    elif REGION in said:
        what = f"had a region of {said[LAYER]} painted anew"
    elif LAYER in said:
        what = f"had {said[LAYER]} painted anew"
    else:
        return None
    return ("layers",), what, painted.layers_digest


def _grown_from(variation: Variation, painted: Mapping[str, Variation]) -> set[str]:
    """Return the Ask digests of the painting and of all that it began from."""
    found: set[str] = set()
    at: Variation | None = variation
    while at is not None and at.ask_digest not in found:
        found.add(at.ask_digest)
        at = painted.get(_began_from(at))
    return found


def _began_from(variation: Variation) -> str:
    return further_than(variation.ask) or dict(variation.ask.settings).get(FROM, "")


def _layers_before(row: Row, painted: Mapping[str, Variation]) -> str:
    parent = painted.get(_began_from(painted[str(row.body["ask_digest"])]))
    return parent.layers_digest if parent is not None else ""


def _is_of(card: str, sources: set[str]) -> bool:
    return any(card.startswith(source) for source in sources)


def _who(row: Row) -> dict[str, Any]:
    """Return whose it is: a person where one is on record, else the login."""
    body, said = row.body, book.written(row)
    if row.kind == "reference":
        revoked = body.get("revoked")
        name = revoked["by"] if revoked else body.get("approved_by", "")
    elif row.kind == "variation":
        name = dict(body["ask"]["settings"]).get(BY, "")
    elif row.kind == "lock":
        name = ", ".join(body.get("agreed_by", ()))
    else:
        name = body.get("by", "")
    name = name or said["by"]
    return {"by": name or said["os_user"], "login": not name}
