"""
Reading the book: what the ledger says about a show now.

Nouns are written as rows and never changed; what holds is the newest row of a
name. Nothing here writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar

from seamline.errors import ShowError
from seamline.ports import Ledger, Row
from seamline.show.canvas import Canvas
from seamline.show.card import LABELS, Card
from seamline.show.lock import Lock
from seamline.show.match import LOCK, MEASURED, NOTHING, Match
from seamline.show.names import ElementId
from seamline.show.record import as_record, from_record, record_digest
from seamline.show.reference import Reference
from seamline.show.review import Choice, SignOff
from seamline.show.seam import Seam
from seamline.show.shot import Shot
from seamline.show.turnover import Cut
from seamline.show.variation import LayerGrade, Variation, Version, further_than
from seamline.steps.alike import same_camera
from seamline.steps.remembered import about

Noun = TypeVar("Noun")


def nouns(ledger: Ledger, kind: str, cls: type[Noun]) -> Iterator[Noun]:
    """Yield every noun of ``kind``, oldest first."""
    for row in ledger.rows(kind):
        yield from_record(cls, row.body)


def write(ledger: Ledger, kind: str, noun: Any, *, key: str = "", by: str = "") -> None:
    """Append ``noun``; with a ``key``, once only."""
    body = as_record(noun)
    if key:
        ledger.append_once(kind, key, body, by=by)
    else:
        ledger.append(kind, body, by=by)


def _of_shot(ledger: Ledger, kind: str, cls: type[Noun], name: str) -> list[Noun]:
    return [from_record(cls, row.body) for row in about(ledger, kind, "shot", name)]


def _newest(ledger: Ledger, kind: str, cls: type[Noun], field: str, value: str) -> Noun | None:
    found = about(ledger, kind, field, value)
    return from_record(cls, found[-1].body) if found else None


def shot(ledger: Ledger, name: str) -> Shot:
    """Return the newest version of shot ``name``, or refuse."""
    found = _newest(ledger, "shot", Shot, "name", name)
    if found is None:
        known = sorted({row.body["name"] for row in ledger.rows("shot")})
        raise ShowError(
            f"there is no shot {name!r} in this show"
            + (f"; it has {', '.join(known)}" if known else ""),
            remedy=f"Add it: seamline shot add {name} --plate 'PATH/{name}.%04d.exr' --static",
        )
    return found


def shot_if_any(ledger: Ledger, name: str) -> Shot | None:
    """Return the newest version of shot ``name``, or None."""
    return _newest(ledger, "shot", Shot, "name", name)


def seam(ledger: Ledger, name: str) -> Seam | None:
    """Return the shot's newest seam, or None."""
    return _newest(ledger, "seam", Seam, "shot", name)


def lock(ledger: Ledger, name: str) -> Lock | None:
    """Return the shot's newest lock, or None."""
    return _newest(ledger, "lock", Lock, "shot", name)


def cut(ledger: Ledger, name: str) -> Cut | None:
    """Return where the shot stands in the cut by the newest turnover, or None."""
    return _newest(ledger, "cut", Cut, "shot", name)


def references(ledger: Ledger) -> dict[str, Reference]:
    """Return the newest word on every reference, by id, in the order they first came."""
    found: dict[str, Reference] = {}
    for reference in nouns(ledger, "reference", Reference):
        found[reference.id] = reference
    return found


def cards(ledger: Ledger, reference: str) -> list[Card]:
    """
    Return every card of the reference with id ``reference``, oldest first.

    Approved are those whose approval is the newest among the cards of one label and mask.
    """
    found = {
        card.id: card
        for row in ledger.rows("cards")
        if row.body["reference"] == reference
        for card in (from_record(Card, body) for body in row.body["cards"])
    }
    holding: dict[tuple[str, str], tuple[str, str, str]] = {}
    for row in ledger.rows("card-approval"):
        card = found.get(row.body["card"])
        if card is None:
            continue
        mask = (card.label, card.mask_digest)
        if row.body["approved"]:
            holding[mask] = (card.id, row.body["by"], row.body["on"])
        elif holding.get(mask, ("",))[0] == card.id:
            del holding[mask]
    for name, by, on in holding.values():
        found[name] = replace(found[name], approved_by=by, approved_on=on)
    return list(found.values())


def approved_cards(ledger: Ledger, reference: str) -> list[Card]:
    """Return the approved cards of a reference, farthest first."""
    approved = [card for card in cards(ledger, reference) if card.approved]
    return sorted(approved, key=lambda card: (LABELS.index(card.label), card.id))


def canvas(ledger: Ledger, name: str) -> tuple[Canvas, dict[str, Any]] | None:
    """Return the shot's newest canvas and the row's body (arrays, native, inputs)."""
    found = None
    for row in ledger.rows("canvas"):
        if row.body["canvas"]["shot"] == name:
            found = row
    return (from_record(Canvas, found.body["canvas"]), dict(found.body)) if found else None


def canvas_by_digest(ledger: Ledger, digest: str) -> tuple[Canvas, dict[str, Any]]:
    """Return the canvas that ``digest`` names."""
    for row in ledger.rows("canvas"):
        if row.body["digest"] == digest:
            return from_record(Canvas, row.body["canvas"]), dict(row.body)
    raise ShowError(f"there is no canvas {digest[:12]} in this show")


def variations(ledger: Ledger, name: str) -> list[Variation]:
    """Return every variation painted for shot ``name``, by number."""
    found = _of_shot(ledger, "variation", Variation, name)
    return sorted(found, key=lambda v: v.number)


def grades(ledger: Ledger, found: Variation) -> tuple[LayerGrade, ...]:
    """Return the grades that hold for the layers of ``found``, back to front."""
    newest = {
        str(row.body["grade"]["layer"]): from_record(LayerGrade, row.body["grade"])
        for row in ledger.rows("layer grade")
        if row.body["ask_digest"] == found.ask_digest
    }
    named = (newest.get(facts.name) for facts in found.layers)
    return tuple(grade for grade in named if grade is not None and not grade.is_identity)


def versions(ledger: Ledger, name: str) -> list[Version]:
    """Return every published version of shot ``name``, oldest first."""
    return _of_shot(ledger, "version", Version, name)


def version(ledger: Ledger, element_id: str) -> Version:
    """Return the published version called ``element_id``, or refuse."""
    parsed = ElementId.parse(element_id)
    for found in versions(ledger, parsed.shot):
        if found.id == element_id:
            return found
    raise ShowError(
        f"{element_id} has not been painted",
        remedy=f"See what there is: seamline sheet {parsed.shot}",
    )


def version_in(ledger: Ledger, name: str, element_id: str) -> Version:
    """Return version ``element_id`` of shot ``name``; another shot's is refused."""
    shot_name = ElementId.parse(element_id).shot
    if shot_name != name:
        raise ShowError(
            f"{element_id} belongs to {shot_name}, not to {name}",
            remedy=f"Name one of this shot's: seamline sheet {name}",
        )
    return version(ledger, element_id)


def variation_of(ledger: Ledger, found: Version) -> Variation:
    """Return the variation a version shows."""
    for variation in variations(ledger, found.shot):
        if variation.ask_digest == found.ask_digest:
            return variation
    raise ShowError(f"{found.id} has no painting in the ledger")


def variation_by_ask(ledger: Ledger, name: str, digest: str) -> Variation:
    """Return the variation of shot ``name`` that answers the Ask with this digest."""
    for found in variations(ledger, name):
        if found.ask_digest == digest:
            return found
    raise ShowError(f"{name}: there is no painting {digest[:12]} in this show")


def as_made(ledger: Ledger, found: Version) -> tuple[Shot, Seam | None, Lock | None]:
    """Return shot, seam and lock as they were when ``found`` was rendered."""
    last: dict[str, Row] = {}
    for row in ledger.rows():
        body = row.body
        if row.kind == "version" and body["id"] == found.id:
            break
        if row.kind == "shot" and body["name"] == found.shot:
            last["shot"] = row
        elif row.kind in ("seam", "lock") and body["shot"] == found.shot:
            last[row.kind] = row
    return (
        from_record(Shot, last["shot"].body),
        from_record(Seam, last["seam"].body) if "seam" in last else None,
        from_record(Lock, last["lock"].body) if "lock" in last else None,
    )


def shot_of(ledger: Ledger, found: Version) -> Shot:
    """Return the shot as it was when ``found`` was rendered: its frames, plate and camera."""
    return as_made(ledger, found)[0]


def newest_versions(ledger: Ledger, name: str) -> list[Version]:
    """Return the newest version of every variation of shot ``name``, by number."""
    newest: dict[int, Version] = {}
    for found in versions(ledger, name):
        newest[ElementId.parse(found.id).variation] = found
    return [newest[number] for number in sorted(newest)]


def chosen(ledger: Ledger, name: str) -> Choice | None:
    """
    Return the choice that holds for shot ``name``; None where there is none, or no more.

    A choice is kept when the shot changes: of the same painting, graded and matched in the
    same way by the same hands, it is the newest version.
    """
    found = _newest(ledger, "choice", Choice, "shot", name)
    if found is None or not found.element:
        return None
    return replace(found, element=_followed(ledger, name, found.element))


def _followed(ledger: Ledger, name: str, element_id: str) -> str:
    """Return the newest version that shows what ``element_id`` did, of the shot as it is."""
    last = None
    for found in versions(ledger, name):
        same = last is not None and _same_but_for_the_shot(ledger, last, found)
        if same or found.id == element_id:
            last = found
    return last.id if last is not None else element_id


def _same_but_for_the_shot(ledger: Ledger, was: Version, now: Version) -> bool:
    if now.grades != was.grades or _set_by_hand(now.match) != _set_by_hand(was.match):
        return False
    if now.ask_digest != was.ask_digest:
        base = further_than(variation_by_ask(ledger, now.shot, now.ask_digest).ask)
        if base != was.ask_digest:
            return False
    seen = [(v.frames, v.plate_digest, v.matte_digest) for v in (was, now)]
    return seen[0] != seen[1] or not same_camera(shot_of(ledger, now), shot_of(ledger, was))


def _set_by_hand(match: Match | None) -> tuple[object, ...]:
    """Return what people set of a match, without what was found."""
    if match is None:
        return ()
    layers = (match.cdl, match.haze, match.wrap, match.sharpness, match.grain, match.shadow)
    return tuple(la for la in layers if la.source not in (MEASURED, LOCK, NOTHING))


def sign_offs(ledger: Ledger, element_id: str) -> list[SignOff]:
    """Return every sign-off of ``element_id``, oldest first."""
    return [s for s in nouns(ledger, "sign-off", SignOff) if s.element == element_id]


def written(row: Row) -> dict[str, str]:
    """Return when, by whom and where a row was written: at, by, os_user and host."""
    said = json.loads(row.stored)
    return {name: str(said.get(name, "")) for name in ("at", "by", "os_user", "host")}


def sign_offs_of_shot(ledger: Ledger, name: str) -> list[SignOff]:
    """Return every sign-off of a version of shot ``name``, oldest first."""
    return _of_shot(ledger, "sign-off", SignOff, name)


def noun_digest(noun: Any) -> str:
    """Return the digest of a noun's record."""
    return record_digest(as_record(noun))
