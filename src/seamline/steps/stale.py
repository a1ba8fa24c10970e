"""
What is stale: versions that rest on something the show says otherwise now.

Nothing here paints, and nothing that was published changes; a person decides what is
painted again. The newest version of a variation is judged, or the one somebody chose.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from seamline.ports import Studio
from seamline.show.names import ElementId
from seamline.show.record import as_record, record_digest
from seamline.show.reference import Reference
from seamline.show.variation import Variation, Version
from seamline.steps import book
from seamline.steps.alike import same_camera, same_plate, same_seam
from seamline.steps.kin import kin

PAINTING, MATCH, FRAMES = "painting", "match and comp", "frames"
"""What has to be made again: the painted canvas, what comes after it, or frames alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """One reason why a version is no more what the show would make today."""

    what: str
    """``PAINTING``, ``MATCH`` or ``FRAMES``."""
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A version that shows a reference, how much of it, and why it counts."""

    shot: str
    element: str
    share: float
    why: tuple[str, ...]
    """``chosen``, ``signed``, ``delivered``; nothing where nobody picked it."""
    deliveries: tuple[tuple[str, str], ...] = ()
    """For which use, and to which folder, it was delivered."""


def stale(studio: Studio, version: Version) -> tuple[Stale, ...]:
    """Return why ``version`` is stale, first what it was painted from; none if it is not."""
    variation = book.variation_of(studio.ledger, version)
    return (*_painting(studio, variation), *_after_it(studio, version))


def _painting(studio: Studio, variation: Variation) -> Iterable[Stale]:
    ledger, name = studio.ledger, variation.shot
    lock = book.lock(ledger, name)
    light = record_digest(as_record(lock.light)) if lock else ""
    if variation.ask.lock_digest != light:
        now = f"lock v{lock.version}" if lock else "no lock"
        yield Stale(what=PAINTING, says=f"painted for another light than {now} asks for")
    known = book.references(ledger)
    instead = {r.replaces: r for r in known.values() if r.replaces}
    today = studio.clock.now()[:10]
    for i, share in variation.shares:
        if i in known:
            family = [known[name] for name in sorted(kin(ledger, known[i], known))]
            why = _gone(known[i], family, instead.get(i), today)
            if why:
                yield Stale(what=PAINTING, says=f"{share:.1%} is from {why}")


def _gone(
    reference: Reference, family: Iterable[Reference], instead: Reference | None, today: str
) -> str:
    for one in (reference, *family):
        why = one.why_not("paint", today=today)
        if why:
            same = "" if one is reference else f", the same picture as {one.file_name}"
            return f"{reference.file_name}{same}: {why}"
    return f"{reference.file_name}: {instead.file_name} took its place" if instead else ""


def _after_it(studio: Studio, version: Version) -> Iterable[Stale]:
    ledger, name = studio.ledger, version.shot
    shot, seam, lock = book.shot(ledger, name), book.seam(ledger, name), book.lock(ledger, name)
    made, parted, locked = book.as_made(ledger, version)
    if str(shot.frames) != str(made.frames):
        says = f"the shot has frames {shot.frames} since v{shot.version}, and it {made.frames}"
        yield Stale(what=FRAMES, says=says)
    if not same_plate(shot, made):
        yield Stale(what=MATCH, says=f"the plate is another since shot v{shot.version}")
    if not same_camera(shot, made):
        yield Stale(what=MATCH, says=f"the camera is another since shot v{shot.version}")
    if not same_seam(seam, parted, shot, made):
        said = f"seam v{seam.version}" if seam else "no seam"
        yield Stale(what=MATCH, says=f"{said} parts live and generated since it was rendered")
    if lock is not None and (locked is None or lock.version != locked.version):
        yield Stale(what=MATCH, says=f"lock v{lock.version} was set after it was rendered")


def judged(studio: Studio, name: str) -> list[Version]:
    """Return the versions of shot ``name`` that count: the newest of each variation."""
    newest = book.newest_versions(studio.ledger, name)
    choice = book.chosen(studio.ledger, name)
    if choice is None:
        return newest
    chosen = book.version(studio.ledger, choice.element)
    number = ElementId.parse(chosen.id).variation
    return [chosen if ElementId.parse(v.id).variation == number else v for v in newest]


def sent_out(studio: Studio) -> dict[str, list[tuple[str, str]]]:
    """Return for which use, and to which folder, each version was delivered, in order."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in studio.ledger.rows("delivery"):
        sent = (str(row.body.get("use", "temp")), str(row.body["directory"]))
        found.setdefault(str(row.body["element"]), []).append(sent)
    return found


def uses_of(studio: Studio, reference: str) -> list[Use]:
    """Return the versions that show ``reference`` (an id) or its kin, most first."""
    known = book.references(studio.ledger)
    family = kin(studio.ledger, known[reference], known)
    signed = {str(row.body["element"]) for row in studio.ledger.rows("sign-off")}
    delivered = sent_out(studio)
    found = []
    for name in shots(studio):
        choice = book.chosen(studio.ledger, name)
        newest = {v.id for v in judged(studio, name)}
        for version in book.versions(studio.ledger, name):
            why = tuple(
                word
                for word, holds in (
                    ("chosen", choice is not None and choice.element == version.id),
                    ("signed", version.id in signed),
                    ("delivered", version.id in delivered),
                )
                if holds
            )
            if not (why or version.id in newest):
                continue
            shares = book.variation_of(studio.ledger, version).shares
            share = sum(part for i, part in shares if i in family)
            if share:
                sent_to = tuple(delivered.get(version.id, ()))
                found.append(
                    Use(shot=name, element=version.id, share=share, why=why, deliveries=sent_to)
                )
    return sorted(found, key=lambda use: (-use.share, use.element))


def shots(studio: Studio) -> list[str]:
    """Return the names of all shots, in the order in which they came."""
    return list(dict.fromkeys(str(row.body["name"]) for row in studio.ledger.rows("shot")))
