"""
Render a variation's frames: the clean element, and the comp in the plate's own space.

Every frame is a view of the painted canvas through the shot's camera and shutter.
Frames that stand whole from an earlier run with the same render key are kept,
so a killed run goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from seamline.checks import findings
from seamline.checks.seen import Seen, UsedReference
from seamline.errors import TamperError
from seamline.pixels.digest import sequence_digest
from seamline.ports import Studio
from seamline.show.frames import frame_path
from seamline.show.record import as_record
from seamline.show.seam import Seam
from seamline.show.shot import Shot
from seamline.show.variation import Variation, Version, grading_digest
from seamline.steps import book
from seamline.steps.camera import camera
from seamline.steps.lighting import lit_of
from seamline.steps.plate_grain import rest_smear_px
from seamline.steps.render_frame import of_frame, rendered_frames
from seamline.steps.rendered import Known, Rendered
from seamline.steps.sunlight import painted_sun
from seamline.steps.to_render import Job, Prepared, named_job, prepared
from seamline.steps.together import together


def render(
    studio: Studio,
    name: str,
    variations: Sequence[Variation],
    *,
    wanted: Prepared | None = None,
    known: Known | None = None,
) -> list[Version]:
    """
    Return the published versions of ``variations``, rendering what does not stand.

    A version whose frames were pruned is rendered again; the frames must then be the ones
    the ledger names. What is decided while frames are rendered holds for all of them: they
    are rendered as it holds now, and nothing is published that was decided otherwise since.

    Args:
        studio: Ports.
        name: The shot.
        variations: All of that shot.
        wanted: The same, prepared already.
        known: What was told of frames by ``render_some``; they are not read again.

    Raises:
        TamperError: They are not.
    """
    while True:
        if wanted is None or not wanted.book.still_holds(name):
            wanted = prepared(studio, name, variations)
        versions = _published(studio, wanted, known or {})
        if versions is not None:
            return versions


def _published(studio: Studio, wanted: Prepared, known: Known) -> list[Version] | None:
    """Render and publish what does not stand; None where something else was decided since."""
    then = replace(studio, ledger=wanted.book)
    shot, seam = wanted.shot, wanted.seam
    jobs = [named_job(studio, shot, job) for job in wanted.jobs]
    open_jobs = [job for job in jobs if not (job.standing and _stands(studio, shot, job))]
    if open_jobs:
        _make_folders(studio, open_jobs)
        frames = together(
            studio,
            f"{shot.name}: rendering {len(open_jobs)} x {len(shot.frames)} frames",
            lambda frame: (
                _known(studio, open_jobs, known, frame)
                or rendered_frames(then, shot, seam, open_jobs, frame)
            ),
            list(shot.frames),
        )
        if not wanted.book.still_holds(shot.name):
            return None
        for place, job in enumerate(open_jobs):
            version = _version(then, shot, seam, job, [row[place] for row in frames])
            body = as_record(version) if version else {}
            if version and not wanted.book.publish(shot.name, "version", job.key, body):
                return None
    return [_standing(studio, shot.name, job.key) for job in jobs]


def _known(
    studio: Studio, jobs: Sequence[Job], known: Known, frame: int
) -> list[Rendered] | None:
    """Return what is known of a frame of all ``jobs``; None where it must be looked at."""
    found = [known.get((job.key, frame)) for job in jobs]
    patterns = (studio.shelf.element_pattern, studio.shelf.comp_pattern)
    there = all(
        studio.shelf.exists(frame_path(pattern(job.id), frame))
        for job in jobs
        for pattern in patterns
    )
    whole = [each for each in found if each is not None]
    return whole if there and len(whole) == len(jobs) else None


def render_some(
    studio: Studio,
    wanted: Prepared,
    frames: Sequence[int],
    each: Callable[[int, list[Rendered]], None],
) -> None:
    """
    Render some frames and publish nothing: ``render`` finds them later.

    They are rendered as things stood when ``wanted`` was prepared, whatever is decided since.

    Args:
        studio: Ports.
        wanted: What is rendered; all of one shot.
        frames: Which of the shot's frames.
        each: Told of every frame that stands: its number, and what it is in each variation
            in turn.
    """
    then = replace(studio, ledger=wanted.book)
    _make_folders(studio, wanted.jobs)

    def one(frame: int) -> None:
        each(frame, rendered_frames(then, wanted.shot, wanted.seam, wanted.jobs, frame))

    title = f"{wanted.shot.name}: rendering {len(wanted.jobs)} x {len(frames)} frames"
    together(studio, title, one, list(frames))


def unmade(studio: Studio, wanted: Prepared, frame: int) -> int:
    """Return how many versions have nothing yet under the name of their ``frame``."""
    return sum(not _there(studio, job, frame) for job in wanted.jobs)


def render_from_the_end(
    studio: Studio, wanted: Prepared, frame: int, goes_on: Callable[[], bool]
) -> int:
    """
    Render one frame of the last versions first, until who began with the first is met.

    That one finds what was made here and tells of it: this publishes nothing.

    Args:
        studio: Ports.
        wanted: What is rendered; all of one shot.
        frame: Which of its frames.
        goes_on: Asked before each version.

    Returns:
        How many versions were made.
    """
    then = replace(studio, ledger=wanted.book)
    _make_folders(studio, wanted.jobs)
    one = of_frame(then, wanted.shot, wanted.seam, wanted.jobs, frame)
    made = 0
    for before, job in reversed([*pairwise(wanted.jobs)]):
        # Where the one before stands, this is what the other is at.
        if any(_there(studio, each, frame) for each in (before, job)) or not goes_on():
            break
        one(job)
        made += 1
    return made


def _there(studio: Studio, job: Job, frame: int) -> bool:
    return studio.shelf.exists(frame_path(studio.shelf.comp_pattern(job.id), frame))


def _make_folders(studio: Studio, jobs: Sequence[Job]) -> None:
    for job in jobs:
        for pattern in (studio.shelf.element_pattern, studio.shelf.comp_pattern):
            studio.shelf.make_folder(pattern(job.id).rsplit("/", 1)[0])


def _standing(studio: Studio, name: str, key: str) -> Version:
    return next(v for v in book.versions(studio.ledger, name) if v.render_key == key)


def _stands(studio: Studio, shot: Shot, job: Job) -> bool:
    patterns = (studio.shelf.element_pattern(job.id), studio.shelf.comp_pattern(job.id))
    return all(
        studio.shelf.exists(frame_path(pattern, frame))
        for pattern in patterns
        for frame in shot.frames
    )


def _version(
    studio: Studio,
    shot: Shot,
    seam: Seam | None,
    job: Job,
    frames: Sequence[Rendered],
) -> Version | None:
    """Return the version to be published; None where it stands, of the same pixels."""
    numbers = list(shot.frames)
    element = sequence_digest(zip(numbers, (f.element for f in frames), strict=True))
    comp = sequence_digest(zip(numbers, (f.comp for f in frames), strict=True))
    if job.standing is not None:
        if (element, comp) != (job.standing.element_digest, job.standing.comp_digest):
            raise TamperError(
                f"{job.id}: rendered again, its frames are not the ones the ledger names",
                remedy="Another library or processor made them; see `seamline doctor`, and "
                "paint a new version.",
            )
        return None
    return Version(
        id=job.id,
        shot=shot.name,
        ask_digest=job.shown.painting.variation.ask_digest,
        render_key=job.key,
        element_digest=element,
        comp_digest=comp,
        element_frames=tuple(f.element for f in frames),
        comp_frames=tuple(f.comp for f in frames),
        cdl=job.matched.cdl,
        cdl_digest=grading_digest(job.matched.cdl, job.grades, job.matched.match),
        matte_digest=sequence_digest(zip(numbers, (f.matte for f in frames), strict=True)),
        plate_digest=shot.plate.digest if shot.plate else "",
        findings=(
            *job.shown.painting.variation.findings,
            *findings(_seen(studio, shot, seam, job, frames)),
        ),
        seconds=round(sum(f.seconds for f in frames), 3),
        grades=job.grades,
        frames=str(shot.frames),
        matte_frames=tuple(f.matte for f in frames),
        plate_frames=shot.plate.digests if shot.plate else (),
        match=job.matched.match,
    )


def _seen(
    studio: Studio,
    shot: Shot,
    seam: Seam | None,
    job: Job,
    frames: Sequence[Rendered],
) -> Seen:
    references = book.references(studio.ledger)
    lit = lit_of(job.shown.painting.variation.ask)
    numbers = list(shot.frames)
    holes = [n for n, f in zip(numbers, frames, strict=True) if f.hole_px]
    brightest = max(range(len(frames)), key=lambda i: frames[i].peak)
    middle = frames[numbers.index(shot.frames.middle)]
    return Seen(
        shot=shot,
        lock=book.lock(studio.ledger, shot.name),
        used=tuple(
            UsedReference(
                name=references[i].file_name, light=lit.light_of(references[i]), share=share
            )
            for i, share in job.shown.painting.variation.shares
            if i in references
        ),
        hole_px=sum(f.hole_px for f in frames),
        hole_frame=holes[0] if holes else None,
        one_surface=bool(seam and seam.one_surface),
        margin_stops=job.matched.margin_stops,
        margin_says=job.matched.margin_says,
        references_off=tuple((r.file_name, r.stops) for r in job.matched.references),
        element_edge_px=middle.edges[0],
        plate_edge_px=middle.edges[1],
        edge_frame=shot.frames.middle,
        edges_hard_at_rest=job.known is not None,
        rest_smear_px=rest_smear_px(shot, camera(shot, book.lock(studio.ledger, shot.name))),
        smear_px=middle.smear_px,
        element_smear=middle.smears[0],
        plate_smear=middle.smears[1],
        peak=frames[brightest].peak,
        peak_frame=numbers[brightest],
        sun=painted_sun(studio, job.shown.painting),
        half=shot.plate is None or shot.plate.channel_type == "half",
    )
