"""What the review page is told of a show and its shots: read from the ledger, no pixels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seamline.errors import SeamlineError
from seamline.ports import Studio
from seamline.show.lock import Lock
from seamline.show.record import as_record
from seamline.show.reference import Reference
from seamline.show.user import User
from seamline.show.variation import Variation, Version
from seamline.steps import book
from seamline.steps.history import as_documents, history
from seamline.steps.match_papers import match_says
from seamline.steps.notes import notes, opinions
from seamline.steps.review import credits_among, lock_lines
from seamline.steps.screening import Index, index_of, not_screened
from seamline.steps.status import ShotStatus, status

READY, PART, NONE, NOTHING = "ready", "part", "none", "nothing painted"
"""How far a shot's screening is."""


def shots_told(studio: Studio) -> list[dict[str, Any]]:
    """Return every shot of the show: its state, and whether the page can show it."""
    return [_shot_told(studio, found) for found in status(studio)]


def _shot_told(studio: Studio, found: ShotStatus) -> dict[str, Any]:
    index = index_of(studio, found.shot)
    said = as_record(found)
    said["screening"], said["missing"] = _screening(studio, found.shot, index)
    return dict(said)


def _screening(studio: Studio, name: str, index: Index | None) -> tuple[str, list[str]]:
    if not book.newest_versions(studio.ledger, name):
        return NOTHING, []
    missing = not_screened(studio, name, index)
    if index is None:
        return NONE, missing
    return (PART if missing else READY), missing


def shot_told(studio: Studio, name: str, user: User) -> dict[str, Any]:
    """
    Return all that the page says of shot ``name`` to ``user``, but for its pictures.

    Raises:
        ShowError: There is no such shot.
    """
    shot = book.shot(studio.ledger, name)
    (where,) = status(studio, name)
    found = notes(studio.ledger, name)
    verdicts = opinions(found)
    lock: Lock | None = book.lock(studio.ledger, name)
    choice = book.chosen(studio.ledger, name)
    painted = {v.ask_digest: v for v in book.variations(studio.ledger, name)}
    known = book.references(studio.ledger)
    told = [
        {
            **_version_told(studio, version, painted[version.ask_digest], known),
            "verdicts": verdicts.get(version.id, {}),
        }
        for version in _versions(studio, name)
    ]
    return {
        "show": studio.settings.name,
        "shot": name,
        "frames": str(shot.frames),
        "colourspace": shot.plate.colourspace if shot.plate else None,
        "status": _shot_told(studio, where),
        "lock": lock_lines(lock),
        "chosen": choice.element if choice else "",
        "chosen_by": choice.by if choice else "",
        "versions": told,
        "history": as_documents(history(studio, name, shares=False)),
        "notes": [as_record(note) for note in found],
        "key": key_told(studio, user),
    }


def _versions(studio: Studio, name: str) -> list[Version]:
    """Return what can be looked at: the newest of each variation, and what was screened."""
    there = set((index_of(studio, name) or {"versions": {}})["versions"])
    newest = {v.id for v in book.newest_versions(studio.ledger, name)}
    return [v for v in book.versions(studio.ledger, name) if v.id in newest | there]


def _version_told(
    studio: Studio, version: Version, variation: Variation, known: Mapping[str, Reference]
) -> dict[str, Any]:
    return {
        "id": version.id,
        "number": variation.number,
        "generator": variation.ask.generator,
        "seed": variation.ask.seed,
        "frames": version.frames,
        "findings": as_record(version.findings),
        "references": credits_among(known, variation),
        "says": [*variation.notes, *match_says(version)],
        "signed": [
            {"by": s.by, "at": s.at, "view": s.view, "size_px": list(s.size_px)}
            for s in book.sign_offs(studio.ledger, version.id)
        ],
    }


def key_told(studio: Studio, user: User) -> dict[str, Any]:
    """Return whether ``user`` has a key to sign with; its secret half is not looked at."""
    try:
        key = studio.keyring.find(user.name)
    except SeamlineError as error:
        return {"there": False, "protected": False, "remedy": error.remedy}
    return {"there": True, "protected": key.protected, "fingerprint": key.fingerprint}
