"""
What a delivery's record says of sources, people and permissions: from the ledger alone.

The same ledger, up to the same row, says the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seamline.errors import InputError
from seamline.ports import Studio
from seamline.show.delivery import source_type
from seamline.show.record import as_record
from seamline.show.review import SignOff
from seamline.show.shot import Shot
from seamline.show.variation import Variation, Version
from seamline.steps import book
from seamline.steps.answers import answers
from seamline.steps.contributions import contributions
from seamline.steps.demands import gaps
from seamline.steps.people import revocation

SAID = ("note", "verdict")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What is delivered, for what, by whose signatures, and as of which row and moment."""

    shot: Shot
    version: Version
    variation: Variation
    signed: tuple[SignOff, ...]
    use: str
    at: str
    head: Mapping[str, Any]
    """The ledger's newest row at that moment: ``rows`` and ``hash``."""


def said_of(studio: Studio, it: Delivered) -> dict[str, Any]:
    """Return what the record says of sources, people and permissions; no file is looked at."""
    rows = int(it.head["rows"])
    variation, policy = it.variation, studio.settings.policy
    generator = _generator(studio, variation)
    references = _references(studio, it)
    weights = generator.pop("weights")
    kinds = [str(one["kind"]) for one in references]
    uri, why = source_type(
        trained=None if weights["items"] is None else bool(weights["items"]),
        kinds=kinds,
        hands=bool(variation.hands),
        painted=bool(variation.shares or variation.hands),
    )
    answered = answers(studio, it.version, use=it.use, until=rows)
    said: dict[str, Any] = {
        "references": references,
        "cards": _cards(studio, variation),
        "generator": generator,
        "weights": weights,
        "digital_source_type": {"uri": uri, "why": why},
        "no_training": {"says": policy.no_training, "trained_on": []},
        "answers": {name: _with_key(studio, one) for name, one in answered.items()},
        "disclosure": answered["disclosure"].text if "disclosure" in answered else None,
        "contributions": contributions(studio, variation, until=rows),
        "said": _said(studio, it),
        "isolation": None,
        "policy": {
            "name": policy.name,
            "sha256": policy.sha256,
            "demands": list(policy.fields[it.use]),
            "sources": as_record(policy.demands),
        },
    }
    found = gaps(said, policy, shot=it.shot.name, use=it.use)
    return {**said, "gaps": as_record(found)}


def _generator(studio: Studio, variation: Variation) -> dict[str, Any]:
    """Return what painted it and what that says of itself; ``weights`` among it."""
    made, ask = variation.made, variation.ask
    said: dict[str, Any] = {
        "name": ask.generator,
        "pixels": ask.pixels,
        "encoding": ask.encoding,
        "seed": ask.seed,
        "parameters": dict(ask.settings),
        "code_sha256": made.code_sha256,
        "cpu": made.cpu,
        "cpu_features": made.cpu_features.split(),
        "libraries": {
            name: getattr(made, name)
            for name in ("seamline", "python", "numpy", "numba", "openimageio", "opencolorio")
        },
        "determinism": "",
        "weights": {"says": "The generator does not say whether it uses any.", "items": None},
    }
    try:
        generator = studio.generator(ask.generator)
    except InputError:
        return said  # it is not installed here any more
    said["determinism"] = getattr(generator, "determinism", "")
    weights = getattr(generator, "weights", None)
    if weights is not None:
        words = "No trained weights were used." if not weights else "Trained weights were used."
        said["weights"] = {"says": words, "items": as_record(weights)}
    return said


def _references(studio: Studio, it: Delivered) -> list[dict[str, Any]]:
    known = book.references(studio.ledger)
    found = []
    for name, share in it.variation.shares:
        if name in known:
            why_not = known[name].why_not("paint", today=it.at[:10])
            record = as_record(known[name])
            found.append({"share": share, **record, "allowed": not why_not, "why_not": why_not})
    return found


def _cards(studio: Studio, variation: Variation) -> list[dict[str, Any]]:
    wanted = set(variation.ask.cards)
    if not wanted:
        return []
    return [
        {
            "card": card.id,
            "reference": card.reference,
            "label": card.label,
            "approved_by": card.approved_by,
            "approved_on": card.approved_on,
        }
        for name in dict.fromkeys(name for name, _ in variation.shares)
        for card in book.cards(studio.ledger, name)
        if card.paint_digest in wanted
    ]


def _said(studio: Studio, it: Delivered) -> list[dict[str, Any]]:
    """Return the notes and verdicts on the shot."""
    return [
        {"row": row.number, "kind": row.kind, **dict(row.body)}
        for kind in SAID
        for row in studio.ledger.rows(kind)
        if row.body.get("shot") == it.shot.name and row.number <= int(it.head["rows"])
    ]


def _with_key(studio: Studio, noun: Any) -> dict[str, Any]:
    return {**as_record(noun), "key": key_of(studio, noun.by)}


def key_of(studio: Studio, name: str) -> dict[str, Any]:
    """Return the public key of ``name``, and who revoked it, if somebody did."""
    key = studio.keyring.find(name)
    row = revocation(studio, key.fingerprint)
    return {**as_record(key), **({"revoked": dict(row.body)} if row is not None else {})}
