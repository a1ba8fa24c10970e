"""
What is to be rendered: versions by name and key, with what every one of their frames needs.

The key is the digest of all that decides a version's frames; the same key is the same version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from seamline.pixels.picture import Image
from seamline.ports import Studio
from seamline.show.names import ElementId
from seamline.show.record import as_record, record_digest
from seamline.show.seam import Seam
from seamline.show.shot import Shot
from seamline.show.variation import LayerGrade, Variation, Version
from seamline.steps import book
from seamline.steps.as_of import AsOf, as_of_now
from seamline.steps.camera import camera
from seamline.steps.element import space_of
from seamline.steps.match import Matched, match
from seamline.steps.painting import moving
from seamline.steps.reserve import reserve, reserved
from seamline.steps.shown import Shown, shown
from seamline.steps.softness import known_on_canvas

PIXELS = 2
"""Raised when the same layers, camera and plate would give other frames."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """One version to be rendered, with what every one of its frames needs."""

    shown: Shown
    grades: tuple[LayerGrade, ...]
    known: Image | None
    matched: Matched
    key: str
    id: str
    standing: Version | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prepared:
    """Variations of one shot, with what every one of their frames needs."""

    shot: Shot
    seam: Seam | None
    jobs: tuple[Job, ...]
    book: AsOf
    """What was decided when they were looked at."""

    @property
    def versions(self) -> dict[str, str]:
        """The id that each version has or will have, by render key."""
        return {job.key: job.id for job in self.jobs}


def prepared(studio: Studio, name: str, variations: Sequence[Variation]) -> Prepared:
    """Return ``variations``, all of shot ``name``, ready to be rendered in parts."""
    painted = max((row.number for row in studio.ledger.rows("variation")), default=0)
    then, held = as_of_now(studio, after=painted)
    shot, seam = book.shot(then.ledger, name), book.seam(then.ledger, name)
    known: _OnCanvas = {}
    jobs = tuple(_job(then, shot, seam, variation, known) for variation in variations)
    return Prepared(shot=shot, seam=seam, jobs=jobs, book=held)


def named(studio: Studio, wanted: Prepared) -> Prepared:
    """Return ``wanted`` with the ids that its versions have by now, and reserve them."""
    jobs = tuple(named_job(studio, wanted.shot, job) for job in wanted.jobs)
    found = replace(wanted, jobs=jobs)
    reserve(studio.ledger, wanted.shot.name, versions=found.versions)
    return found


def render_key(studio: Studio, name: str, variation: Variation) -> str:
    """Return the digest of all that decides the frames of ``variation`` as things stand."""
    shot, seam = book.shot(studio.ledger, name), book.seam(studio.ledger, name)
    return _job(studio, shot, seam, variation, {}).key


_OnCanvas = dict[str, Image | None]
"""What the plate shows of each canvas, by its digest: read once for all variations."""


def _job(
    studio: Studio, shot: Shot, seam: Seam | None, variation: Variation, known: _OnCanvas
) -> Job:
    canvas, _ = book.canvas_by_digest(studio.ledger, variation.ask.canvas_digest)
    matched, grades = match(studio, variation), book.grades(studio.ledger, variation)
    lock = book.lock(studio.ledger, shot.name)
    decides = matched.match.decides
    seen = shown(studio, variation, matched.match, grades)
    key = record_digest(
        {
            "pixels": PIXELS,
            "layers": variation.layers_digest,
            "canvas": as_record(canvas),
            "frames": str(shot.frames),
            "camera": as_record(camera(shot, lock)),
            # Findings rest on the lock: under another one it is another version to sign.
            "lock": {**as_record(lock), "version": 0} if lock else None,
            "plate": shot.plate.digest if shot.plate else "",
            "space": space_of(studio, shot),
            "seam": {**as_record(seam.unshadowed), "version": 0, "matte": ""} if seam else None,
            "cdl": {**as_record(matched.cdl), "description": ""},
            "config": studio.colour.config_sha256,
            # Only where there are some: without them a version stays the one it was.
            **({"grades": as_record(grades)} if grades else {}),
            **({"match": decides} if decides else {}),
            **({"lens_map": as_record(shot.lens_map)} if shot.lens_map else {}),
            **moving(seen.painting, camera(shot, lock)),
        }
    )
    digest = variation.ask.canvas_digest
    if digest not in known:
        known[digest] = known_on_canvas(studio, seen.painting)
    unnamed = Job(
        shown=seen,
        grades=grades,
        known=known[digest],
        matched=matched,
        key=key,
        id="",
        standing=None,
    )
    return named_job(studio, shot, unnamed)


def named_job(studio: Studio, shot: Shot, job: Job) -> Job:
    """Return ``job`` with the id of its version: the one that stands, is reserved, or next."""
    variation = job.shown.painting.variation
    versions = book.versions(studio.ledger, shot.name)
    standing = next((v for v in reversed(versions) if v.render_key == job.key), None)
    kept = reserved(studio.ledger, shot.name).versions
    if standing is not None or job.key in kept:
        name = standing.id if standing else kept[job.key]
        return replace(job, id=name, standing=standing)
    ids = [ElementId.parse(text) for text in (*(v.id for v in versions), *kept.values())]
    last = max((i.version for i in ids if i.variation == variation.number), default=0)
    fresh = ElementId(
        shot=shot.name,
        element=variation.element,
        variation=variation.number,
        version=last + 1,
    )
    return replace(job, id=str(fresh))
