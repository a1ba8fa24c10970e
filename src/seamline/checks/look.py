"""What the checks of QC are shown: the worst of every measure, and where it was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from seamline.checks.limits import LIMITS
from seamline.show.lock import Lock
from seamline.show.review import Finding, Place
from seamline.show.shot import Shot


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A number, where it was worst, in how many frames it was looked for, and words on it."""

    value: float
    frame: int | None = None
    place: Place | None = None
    frames: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A finished version as QC sees it; what is not among ``spots`` was not measured."""

    shot: Shot
    lock: Lock | None
    one_surface: bool = False
    spots: Mapping[str, Spot] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    """By check, why it was not measured."""


def unseen(look: Look, check: str, *, paired: bool = False) -> Finding | None:
    """Return what is said where ``check`` has no number; None where it has one."""
    if look.shot.plate is None and paired:
        return _says(look, check, "not comparable", "there is no plate yet to compare with")
    if paired and not look.one_surface:
        return _says(
            look, check, "not comparable",
            "the seam parts different things; nothing painted has a photographed twin",
        )  # fmt: skip
    if check not in look.spots:
        return _says(look, check, "not checked", look.missing.get(check, "it was not measured"))
    return None


def _says(look: Look, check: str, verdict: str, why: str) -> Finding:
    return Finding(check=check, verdict=verdict, says=f"{look.shot.name}: {check}: {why}")


def judged(look: Look, check: str, unit: str, says: str) -> Finding:
    """Return the finding of ``check``: its number's size against its limit, and a sentence."""
    limit = LIMITS[check]
    return replace(
        _finding(look, check, unit, f"{says}; limit {limit:g}{f' {unit}' if unit else ''}"),
        verdict="pass" if abs(look.spots[check].value) <= limit else "fail",
        limit=limit,
    )


def reported(look: Look, check: str, unit: str, says: str) -> Finding:
    """Return the finding of a measure that no limit was calibrated for: said, not judged."""
    return _finding(look, check, unit, f"{says}; reported, not judged")


def _finding(look: Look, check: str, unit: str, says: str) -> Finding:
    spot = look.spots[check]
    frame = f"frame {spot.frame}: " if spot.frame is not None else ""
    worst = f", worst of {spot.frames} frames" if spot.frames > 1 else ""
    return Finding(
        check=check,
        verdict="not checked",
        measured=round(spot.value, 4),
        unit=unit,
        frame=spot.frame,
        place=spot.place,
        says=f"{look.shot.name}: {frame}{says}{worst}",
    )
