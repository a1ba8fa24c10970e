"""The report on a turnover: in words, as JSON, and as a table for production."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

from seamline.steps.turnover_frames import Missing

ADDED, NEW, STANDING, MISSING = "added", "new version", "unchanged", "missing"
MOST_LETTERS = 2000
COLUMNS = (
    "shot", "state", "version", "frames", "head", "tail", "plate", "missing", "without",
    "notes", "where",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one shot, or of one place in the turnover that names none."""

    shot: str
    state: str
    where: str
    version: int | None = None
    plate: str = ""
    frames: str = ""
    head: int | None = None
    tail: int | None = None
    changed: tuple[str, ...] = ()
    """Kinds of what was recorded: shot, seam, cut."""
    missing: tuple[Missing, ...] = ()
    without: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What became of a turnover."""

    file: str
    kind: str
    title: str
    dry_run: bool
    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return all(outcome.state != MISSING for outcome in self.outcomes)

    def count(self, state: str) -> int:
        """Return how many shots are in ``state``."""
        return sum(outcome.state == state for outcome in self.outcomes)


def words(intake: Intake) -> list[str]:
    """Return the report as lines, one or more a shot."""
    wide = max([len(outcome.shot) for outcome in intake.outcomes] + [4])
    lines = []
    for outcome in intake.outcomes:
        name = outcome.shot or "?"
        version = f" v{outcome.version}" if outcome.version else ""
        state = f"{outcome.state}{version}"
        at = f"  {outcome.frames}" if outcome.frames else ""
        handles = (
            f" (handles {outcome.head}+{outcome.tail})"
            if outcome.head is not None and outcome.state != MISSING
            else ""
        )
        lines.append(f"{name:<{wide}}  {state:<15}{at}{handles}".rstrip())
        lines += [f"    {lack.what}: {lack.says} [{outcome.where}]" for lack in outcome.missing]
        if outcome.without and outcome.state != MISSING:
            lines.append(f"    without {', '.join(outcome.without)}")
        if outcome.state == NEW:
            lines.append(f"    new: {', '.join(outcome.changed)}")
        lines += [f"    {note}" for note in outcome.notes]
    lines += list(intake.notes)
    counts = [(state, intake.count(state)) for state in (ADDED, NEW, STANDING, MISSING)]
    said = ", ".join(f"{count} {state}" for state, count in counts if count)
    lines.append(f"{said}{'; nothing was recorded (dry run)' if intake.dry_run else ''}")
    return [_printable(line) for line in lines]


def _printable(line: str) -> str:
    """Return a line that no terminal takes for a command: names come from outside."""
    kept = line if len(line) <= MOST_LETTERS else f"{line[:MOST_LETTERS]}..."
    return "".join(c if c.isprintable() else "\ufffd" for c in kept)


def document(intake: Intake) -> dict[str, Any]:
    """Return the report as plain JSON values."""
    return {
        "turnover": intake.file,
        "kind": intake.kind,
        "title": intake.title,
        "dry_run": intake.dry_run,
        "whole": intake.whole,
        "counts": {
            "added": intake.count(ADDED),
            "new_version": intake.count(NEW),
            "unchanged": intake.count(STANDING),
            "missing": intake.count(MISSING),
        },
        "shots": [
            {
                "shot": outcome.shot,
                "state": outcome.state,
                "where": outcome.where,
                "version": outcome.version,
                "plate": outcome.plate or None,
                "frames": outcome.frames or None,
                "head": outcome.head,
                "tail": outcome.tail,
                "recorded": list(outcome.changed),
                "missing": [{"what": lack.what, "says": lack.says} for lack in outcome.missing],
                "without": list(outcome.without),
                "notes": list(outcome.notes),
            }
            for outcome in intake.outcomes
        ],
        "notes": list(intake.notes),
    }


def table(intake: Intake) -> bytes:
    """Return the report as CSV that a spreadsheet opens: UTF-8 with its mark, CRLF."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for outcome in intake.outcomes:
        row = (
            outcome.shot,
            outcome.state,
            "" if outcome.version is None else outcome.version,
            outcome.frames,
            "" if outcome.head is None else outcome.head,
            "" if outcome.tail is None else outcome.tail,
            outcome.plate,
            "; ".join(f"{lack.what}: {lack.says}" for lack in outcome.missing),
            ", ".join(outcome.without),
            "; ".join(outcome.notes),
            outcome.where,
        )
        writer.writerow([_harmless(cell) for cell in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _harmless(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula: names come from outside."""
    text = str(cell)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
