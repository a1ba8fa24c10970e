"""
QC: a report on one version that a supervisor reads before a director looks.

It says what fails, with its number, limit, frame and a picture of the place; what was not
seen and why; what the version was matched by, painted from and signed by; and the digest
of everything it rests on. A failed check refuses nothing: people decide.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from seamline.errors import ShowError
from seamline.ports import Studio
from seamline.show.names import ElementId
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.examine import examine
from seamline.steps.qc_pictures import pictured
from seamline.steps.qc_report import document
from seamline.steps.take import Take


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A report as written: its document and where its two files lie."""

    document: dict[str, Any]
    page: str
    numbers: str

    @property
    def failed(self) -> int:
        """How many checks fail."""
        return int(self.document["verdict"]["failed"])


def qc(
    studio: Studio, name: str, element_id: str | None = None, *, take: Take | None = None
) -> list[Reported]:
    """
    Write a QC report on version ``element_id`` of shot ``name``; return what was written.

    Without an id: on the chosen version, or where nobody chose, on the newest of every
    variation.

    Args:
        studio: Ports.
        name: The shot.
        element_id: One version of it.
        take: What was measured of the take, to be held against the lock.

    Raises:
        ShowError: No such shot or version, nothing painted, or its frames were pruned.
        TamperError: A frame is not the one that was published.
    """
    versions = _versions(studio, name, element_id)
    return [_written(studio, version, take or Take()) for version in versions]


def _versions(studio: Studio, name: str, element_id: str | None) -> list[Version]:
    shot = book.shot(studio.ledger, name)
    chosen = book.chosen(studio.ledger, shot.name)
    wanted = element_id or (chosen.element if chosen else None)
    if wanted:
        version = book.version(studio.ledger, wanted)
        if ElementId.parse(wanted).shot != shot.name or version.shot != shot.name:
            raise ShowError(
                f"{wanted} belongs to {version.shot}, not to {name}",
                remedy=f"seamline qc {version.shot} {wanted}",
            )
        return [version]
    newest = book.newest_versions(studio.ledger, shot.name)
    if not newest:
        raise ShowError(
            f"{name}: nothing has been painted yet", remedy=f"seamline paint {name}"
        )
    return newest


def _written(studio: Studio, version: Version, take: Take) -> Reported:
    said = document(studio, examine(studio, version.id), take)
    shown, pictures = pictured(studio, version, said["findings"])
    page, numbers = (
        studio.shelf.report_path(version.shot, f"{version.id}.{kind}")
        for kind in ("html", "json")
    )
    content = json.dumps(said, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    studio.shelf.write(page, studio.papers.qc_page({**said, **shown}, pictures))
    studio.shelf.write(numbers, content.encode())
    return Reported(document=said, page=page, numbers=numbers)
