"""
The show's summary: how long, how often, by whom and from what, straight from the ledger.

Asked is when the queue was asked for the first painting that a shot has; without the queue,
when its canvas was laid out for it. A re-paint is a painting that begins from another one (a
layer or region anew, another light, a longer canvas), or that was made after something of the
shot had been chosen; what a hand painted is counted apart. Times are in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from seamline.pixels.picture import Image
from seamline.ports import Row, Studio
from seamline.show.delivery import USES
from seamline.show.record import as_record
from seamline.show.review import Choice
from seamline.show.variation import FIXED, FROM, FURTHER, LAYER
from seamline.steps import book
from seamline.steps.delivery_record import ledger_head
from seamline.steps.record_says import Delivered, said_of
from seamline.steps.review import viewed
from seamline.steps.stale import shots
from seamline.steps.status import ShotStatus, status

FINAL = USES[-1]
NO_LOCK = "no lock"
THUMB_PX, MOST_THUMBS = 360, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotFigures:
    """What the ledger says of one shot's way from the ask to the delivery."""

    shot: str
    asked_at: str
    """Empty where nothing was painted."""
    chosen_at: str
    chosen_by: str
    chosen: str
    ask_to_choice_s: float | None
    per_lock: tuple[tuple[str, int], ...]
    """Variations painted under each version of the lock, in order."""
    painted: int
    repaints: int
    by_hand: int
    sign_offs: tuple[tuple[str, str, int], ...]
    """Who, when, and how many frames (0: all of them) of what is chosen."""
    choice_to_sign_off_s: float | None
    """Until the newest of them, since that one stands for what leaves."""
    deliveries: tuple[tuple[str, str, str], ...]
    """Which version, for which use, when."""
    generated: float | None
    """Share of the picture that is generated, mean over the newest delivery's frames."""


def summary(studio: Studio) -> dict[str, Any]:
    """
    Return the summary of the show.

    Returns:
        ``show``, ``at``, ``rows`` (of the ledger), ``totals``, ``shots`` (as ``ShotFigures``,
        with ``next``, ``waits_on`` and ``stale``), ``sources`` (with thanks) and ``open``
        (shot, says, remedy: what a final delivery still needs).

    Raises:
        TamperError: The ledger's chain is broken.
    """
    rows = studio.ledger.verify()
    figures = [shot_figures(studio, name) for name in shots(studio)]
    standing = {one.shot: one for one in status(studio)}
    said = {one.shot: _said(studio, one.shot, one.chosen) for one in figures if one.chosen}
    return {
        "show": studio.settings.name,
        "at": studio.clock.now(),
        "rows": rows,
        "totals": totals(figures),
        "shots": [_record(one, standing[one.shot]) for one in figures],
        "sources": _sources(said),
        "open": [
            {"shot": shot, "says": gap["says"], "remedy": gap["remedy"]}
            for shot, what in said.items()
            for gap in what["gaps"]
        ],
    }


def shot_figures(studio: Studio, name: str) -> ShotFigures:
    """Return what the ledger says of shot ``name``."""
    painted, per_lock, repaints, by_hand = _paintings(studio, name)
    asked_at = _asked_at(studio, name, painted)
    choice = book.chosen(studio.ledger, name)
    chosen_at = _chosen_at(studio, choice) if choice else ""
    signed = book.sign_offs(studio.ledger, choice.element) if choice else []
    deliveries = [row for row in studio.ledger.rows("delivery") if row.body["shot"] == name]
    generated = deliveries[-1].body.get("generated") if deliveries else None
    return ShotFigures(
        shot=name,
        asked_at=asked_at,
        chosen_at=chosen_at,
        chosen_by=choice.by if choice else "",
        chosen=choice.element if choice else "",
        ask_to_choice_s=_between(asked_at, chosen_at),
        per_lock=per_lock,
        painted=len(painted),
        repaints=repaints,
        by_hand=by_hand,
        sign_offs=tuple((one.by, one.at, len(one.frames)) for one in signed),
        choice_to_sign_off_s=_between(chosen_at, signed[-1].at) if signed else None,
        deliveries=tuple(
            (str(row.body["element"]), str(row.body.get("use", "temp")), _at(row))
            for row in deliveries
        ),
        generated=generated,
    )


def totals(figures: Sequence[ShotFigures]) -> dict[str, Any]:
    """Return the show's figures: counts, medians over shots, and shares over paintings."""
    painted = sum(one.painted for one in figures)
    to_choice = [one.ask_to_choice_s for one in figures if one.ask_to_choice_s is not None]
    to_sign = [
        one.choice_to_sign_off_s for one in figures if one.choice_to_sign_off_s is not None
    ]
    locks = [count for one in figures for _, count in one.per_lock]
    generated = [one.generated for one in figures if one.generated is not None]
    return {
        "shots": len(figures),
        "chosen": sum(bool(one.chosen) for one in figures),
        "signed": sum(bool(one.sign_offs) for one in figures),
        "delivered": sum(bool(one.deliveries) for one in figures),
        "delivered_final": sum(
            any(use == FINAL for _, use, _ in one.deliveries) for one in figures
        ),
        "painted": painted,
        "ask_to_choice_s": median(to_choice) if to_choice else None,
        "variations_per_lock": median(locks) if locks else None,
        "repaints": sum(one.repaints for one in figures),
        "repaint_share": (
            round(sum(one.repaints for one in figures) / painted, 4) if painted else None
        ),
        "by_hand": sum(one.by_hand for one in figures),
        "choice_to_sign_off_s": median(to_sign) if to_sign else None,
        "generated": round(sum(generated) / len(generated), 4) if generated else None,
    }


def write_summary(studio: Studio, found: Mapping[str, Any]) -> str:
    """Write the summary as a page to print, ``summary.html`` in the show; return its path."""
    path = f"{studio.shelf.root}/summary.html"
    studio.shelf.write(path, studio.papers.summary_page(found, _thumbs(studio, found)))
    return path


def _record(one: ShotFigures, standing: ShotStatus) -> dict[str, Any]:
    found: dict[str, Any] = as_record(one)
    found["per_lock"] = dict(one.per_lock)
    found["sign_offs"] = [
        {"by": by, "at": at, "frames": frames} for by, at, frames in one.sign_offs
    ]
    found["deliveries"] = [
        {"element": element, "use": use, "at": at} for element, use, at in one.deliveries
    ]
    return found | {
        "next": standing.next,
        "waits_on": standing.waits_on,
        "stale": [f"{element}: {why}" for element, _, why in standing.stale],
    }


def _paintings(
    studio: Studio, name: str
) -> tuple[list[Row], tuple[tuple[str, int], ...], int, int]:
    """Return the rows of a shot's paintings, how many per lock, re-paints, and by hand."""
    rows: list[Row] = []
    per_lock: dict[str, int] = {}
    repaints = by_hand = 0
    lock, chosen = NO_LOCK, False
    for row in studio.ledger.rows():
        body = row.body
        if row.kind == "lock" and body["shot"] == name:
            lock = f"v{body['version']}"
        elif row.kind == "choice" and body["shot"] == name:
            chosen = chosen or bool(body["element"])
        elif row.kind == "variation" and body["shot"] == name:
            rows.append(row)
            per_lock[lock] = per_lock.get(lock, 0) + 1
            settings = {str(key) for key, _ in body["ask"].get("settings", ())}
            if FIXED in settings:
                by_hand += 1
            elif chosen or settings & {FROM, LAYER, FURTHER}:
                repaints += 1
    return rows, tuple(per_lock.items()), repaints, by_hand


def _asked_at(studio: Studio, name: str, painted: Sequence[Row]) -> str:
    if not painted:
        return ""
    for row in studio.ledger.rows("queue"):
        if row.number >= painted[0].number:
            break
        if row.body["event"] == "queued" and row.body["wanted"].get("shot") == name:
            return _at(row)
    wanted = painted[0].body["ask"]["canvas_digest"]
    for row in studio.ledger.rows("canvas"):
        if row.body["digest"] == wanted:
            return _at(row)
    return _at(painted[0])


def _chosen_at(studio: Studio, choice: Choice) -> str:
    """Return when the choice that holds was made: the shot's newest."""
    rows = [r for r in studio.ledger.rows("choice") if r.body["shot"] == choice.shot]
    return _at(rows[-1])


def _said(studio: Studio, name: str, element: str) -> dict[str, Any]:
    """Return what a final delivery of ``element`` would say, now."""
    version = book.version(studio.ledger, element)
    return said_of(
        studio,
        Delivered(
            shot=book.shot(studio.ledger, name),
            version=version,
            variation=book.variation_of(studio.ledger, version),
            signed=(),
            use=FINAL,
            at=studio.clock.now(),
            head=ledger_head(studio),
        ),
    )


def _sources(said: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return whose pictures stand in what is chosen, most first."""
    found: dict[str, dict[str, Any]] = {}
    for shot, what in said.items():
        for one in what["references"]:
            if not one["share"]:
                continue
            entry = found.setdefault(
                one["id"],
                {name: one[name] for name in _OF_A_SOURCE} | {"shots": {}},
            )
            entry["shots"][shot] = one["share"]
    return sorted(found.values(), key=lambda one: -sum(one["shots"].values()))


_OF_A_SOURCE = ("id", "file_name", "owner", "licence", "approved_by", "approved_on",
                "expires_on", "allow", "master_digest", "why_not")  # fmt: skip


def _thumbs(studio: Studio, found: Mapping[str, Any]) -> dict[str, Image]:
    return {
        one["id"]: viewed(studio, studio.blobs.picture(one["master_digest"]).rgb(), THUMB_PX)
        for one in found["sources"][:MOST_THUMBS]
        if studio.blobs.has(one["master_digest"])
    }


def _at(row: Row) -> str:
    return book.written(row)["at"]


def _between(first: str, last: str) -> float | None:
    if not (first and last):
        return None
    one, other = (datetime.fromisoformat(said.replace("Z", "+00:00")) for said in (first, last))
    return max(0.0, (other - one).total_seconds())
