"""What a QC report says, as one document: the same version and take give the same words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from seamline.ports import Studio
from seamline.show.record import as_record, record_digest
from seamline.show.review import VERDICTS, Finding
from seamline.show.shot import Shot
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.examine import Examined
from seamline.steps.review import credits_of, lock_lines
from seamline.steps.sign_offs import facts_of_sign_off
from seamline.steps.stands import differing, facts_of
from seamline.steps.take import Take, check_take

SCHEMA = 1
ORDER = ("fail", "not checked", "not comparable", "pass")
_KEYS = dict(zip(VERDICTS, ("passed", "failed", "not_comparable", "not_checked"), strict=True))


def document(studio: Studio, examined: Examined, take: Take) -> dict[str, Any]:
    """Return the report on a version; ``docs/reference/files.md`` tells every key."""
    version = examined.version
    shot = book.shot_of(studio.ledger, version)
    choice = book.chosen(studio.ledger, shot.name)
    findings = sorted(examined.findings, key=lambda f: ORDER.index(f.verdict))
    drift_of, drift = _drift(studio, shot, take)
    said: dict[str, Any] = {
        "schema": SCHEMA,
        "show": studio.settings.name,
        "shot": shot.name,
        "id": version.id,
        "frames": str(shot.frames),
        "size_px": [shot.width_px, shot.height_px],
        "view": studio.colour.view_name,
        "verdict": verdict(findings),
        "examined": _frames_seen(examined),
        "findings": [finding_record(f) for f in findings],
        "curves": _curves(examined),
        "match": match_layers(version),
        "references": credits_of(studio, book.variation_of(studio.ledger, version)),
        "lock": lock_lines(book.lock(studio.ledger, shot.name)),
        "drift": [finding_record(f) for f in drift],
        "drift_of": drift_of,
        "chosen_by": choice.by if choice and choice.element == version.id else "",
        "signed": _signed(studio, version),
        "rests_on": rests_on(studio, shot, examined),
    }
    return {**said, "digest": record_digest(said), "at": studio.clock.now()}


def verdict(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the counts by verdict, and one sentence that says them."""
    counts = {_KEYS[word]: sum(f.verdict == word for f in findings) for word in VERDICTS}
    failed, checked = counts["failed"], counts["failed"] + counts["passed"]
    if not checked:
        said = "Nothing could be checked"
    elif failed:
        named = ", ".join(f.check for f in findings if f.verdict == "fail")
        said = f"{failed} of {checked} {_checks(checked)} {_fail(failed)}: {named}"
    else:
        said = "The one check holds" if checked == 1 else f"All {checked} checks hold"
    open_ones = [
        f"{counts[key]} could not be {words}"
        for key, words in (("not_checked", "checked"), ("not_comparable", "compared"))
        if counts[key]
    ]
    return {"says": "; ".join([said, *open_ones]) + ".", **counts}


def _checks(count: int) -> str:
    return "check" if count == 1 else "checks"


def _fail(count: int) -> str:
    return "fails" if count == 1 else "fail"


def finding_record(found: Finding) -> dict[str, Any]:
    """Return ``found`` as plain JSON; its place as x, y, width and height."""
    record: dict[str, Any] = as_record(found)
    place = record.get("place")
    named = ("x", "y", "width", "height")
    record["place"] = dict(zip(named, place, strict=True)) if place else None
    for key in ("measured", "limit"):
        if record[key] is not None and not math.isfinite(record[key]):
            record[key] = None
    return record


def match_layers(version: Version) -> list[dict[str, Any]]:
    """Return the layers of the match in the order they are laid on, then layers' own grades."""
    if version.match is None:
        cdl = as_record(version.cdl)
        changes = not version.cdl.is_identity
        layers = [("cdl", True, changes, cdl, "", version.cdl.description)]
    else:
        layers = [
            (name, layer.on, layer.changes, as_record(layer), layer.source, layer.says)
            for name, layer in version.match.layers
        ]
    found = [
        {
            "layer": name,
            "on": on,
            "changes": changes,
            "numbers": _numbers(record.get("cdl", record)),
            "source": source,
            "says": says,
        }
        for name, on, changes, record, source, says in layers
    ]
    return found + [
        {
            "layer": f"grade of {grade.layer}",
            "on": True,
            "changes": not grade.is_identity,
            "numbers": f"{_numbers(as_record(grade.cdl))}, opacity {grade.opacity:g}",
            "source": "by hand",
            "says": grade.cdl.description,
        }
        for grade in version.grades
    ]


def _numbers(record: dict[str, Any]) -> str:
    """Return the numbers of a layer's record in words: ``slope 1 1 1, offset 0 0 0``."""
    told = []
    for name, value in record.items():
        values = value if isinstance(value, list) else [value]
        if name != "on" and values and all(isinstance(v, int | float) for v in values):
            told.append(f"{name} {' '.join(map(_number, values))}")
    if record.get("model"):
        told.append(f"model {record['model'][:12]}")
    return ", ".join(told)


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.4g}"


def _frames_seen(examined: Examined) -> str:
    whole, some = len(examined.frames), len(examined.spread)
    if whole == some:
        return "its one frame" if whole == 1 else f"all {whole} frames"
    return f"all {whole} frames; what is dear to measure in {some} of them"


def _curves(examined: Examined) -> list[dict[str, Any]]:
    """Return what was measured over frames, with the unit and limit of its check."""
    known = {f.check: f for f in examined.findings}
    curves = []
    for check, told in examined.curves.items():
        found = known.get(check)
        curves.append(
            {
                "check": check,
                "says": f"{check}, frame by frame",
                "unit": found.unit if found else "",
                "limit": found.limit if found else None,
                "frames": [frame for frame, _ in told],
                "values": [value if math.isfinite(value) else None for _, value in told],
            }
        )
    return curves


def _drift(studio: Studio, shot: Shot, take: Take) -> tuple[str, tuple[Finding, ...]]:
    """Return what was held against the lock, and what was found; nothing without a lock."""
    lock = book.lock(studio.ledger, shot.name)
    if lock is None:
        return "", ()
    found = check_take(studio, shot.name, take)
    sources = [
        name
        for name, given in (("its track", shot.track), ("its file", take.measured))
        if given
    ]
    if not found.measured.numbers:
        return "Nothing was measured of the take.", ()
    told = " and ".join(sources) or "what was handed in"
    rolls = (
        "Nothing says how fast the shutter rolls; it is taken as global. "
        if shot.track is not None and shot.track.rolling_shutter_s is None
        else ""
    )
    return f"{rolls}The take, by {told}, against lock v{lock.version}:", found.findings


def _signed(studio: Studio, version: Version) -> list[dict[str, Any]]:
    wanted = facts_of(studio, version)
    return [
        {"by": s.by, "at": s.at, "holds": not differing(facts_of_sign_off(s), wanted)}
        for s in book.sign_offs(studio.ledger, version.id)
    ]


def rests_on(studio: Studio, shot: Shot, examined: Examined) -> dict[str, str]:
    """Return the digests of all that the report speaks of; empty is what there is none of."""
    seam, lock = book.seam(studio.ledger, shot.name), book.lock(studio.ledger, shot.name)
    version = examined.version
    variation = book.variation_of(studio.ledger, version)
    return {
        **{
            name.removesuffix("_digest"): value
            for name, value in facts_of(studio, version).items()
        },
        "render": version.render_key,
        "ask": variation.ask_digest,
        "seam": book.noun_digest(seam) if seam else "",
        "lock": book.noun_digest(lock) if lock else "",
        "config": studio.colour.config_sha256,
        "findings": record_digest({"findings": as_record(examined.findings)}),
    }
