"""
Render a variation's frames: the clean element, and the comp in the plate's own space.

Every frame is a view of the painted canvas through the shot's camera and shutter.
Frames that stand whole from an earlier run with the same render key are kept,
so a killed run goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from seamline.checks import findings
from seamline.checks.seen import Seen, UsedReference
from seamline.errors import TamperError
from seamline.pixels.comp import CompLayer, onto_plate, over, peak
from seamline.pixels.digest import picture_digest, sequence_digest
from seamline.pixels.matte import Matte, matte_digest
from seamline.pixels.picture import Image, Picture
from seamline.ports import Studio
from seamline.show.frames import frame_path
from seamline.show.names import ElementId
from seamline.show.record import as_record, record_digest
from seamline.show.seam import Seam
from seamline.show.shot import Shot
from seamline.show.variation import LayerGrade, Variation, Version, grading_digest
from seamline.steps import book
from seamline.steps.as_of import AsOf, as_of_now
from seamline.steps.canvas import camera
from seamline.steps.element import (
    RENDER_KEY,
    Stamp,
    element_frame,
    headed,
    moving,
    plate_frame,
    space_of,
    stamp_of,
)
from seamline.steps.ingest import read_matte
from seamline.steps.lighting import lit_of
from seamline.steps.match import Matched, match
from seamline.steps.matched import (
    Grain,
    Spill,
    spill_before,
)
from seamline.steps.plate_grain import rest_smear_px
from seamline.steps.rendered import Known, Rendered
from seamline.steps.reserve import reserve, reserved
from seamline.steps.shown import (
    LitBy,
    Shown,
    graded_frame,
    matched_frame,
    shown,
    standing_before,
)
from seamline.steps.smears import NO_EDGES, edges_of
from seamline.steps.softness import COVERED, known_on_canvas
from seamline.steps.sunlight import painted_sun
from seamline.steps.together import together

PIXELS = 2
"""Raised when the same layers, camera and plate would give other frames."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Job:
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
    jobs: tuple[_Job, ...]
    book: AsOf
    """What was decided when they were looked at."""

    @property
    def versions(self) -> dict[str, str]:
        """The id that each version has or will have, by render key."""
        return {job.key: job.id for job in self.jobs}


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
    jobs = [_named(studio, shot, job) for job in wanted.jobs]
    open_jobs = [job for job in jobs if not (job.standing and _stands(studio, shot, job))]
    if open_jobs:
        _make_folders(studio, open_jobs)
        frames = together(
            studio,
            f"{shot.name}: rendering {len(open_jobs)} x {len(shot.frames)} frames",
            lambda frame: (
                _known(studio, open_jobs, known, frame)
                or _frames(then, shot, seam, open_jobs, frame)
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
    studio: Studio, jobs: Sequence[_Job], known: Known, frame: int
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
    jobs = tuple(_named(studio, wanted.shot, job) for job in wanted.jobs)
    found = replace(wanted, jobs=jobs)
    reserve(studio.ledger, wanted.shot.name, versions=found.versions)
    return found


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
        each(frame, _frames(then, wanted.shot, wanted.seam, wanted.jobs, frame))

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
    one = _of_frame(then, wanted.shot, wanted.seam, wanted.jobs, frame)
    made = 0
    for before, job in reversed([*pairwise(wanted.jobs)]):
        # Where the one before stands, this is what the other is at.
        if any(_there(studio, each, frame) for each in (before, job)) or not goes_on():
            break
        one(job)
        made += 1
    return made


def _there(studio: Studio, job: _Job, frame: int) -> bool:
    return studio.shelf.exists(frame_path(studio.shelf.comp_pattern(job.id), frame))


def _make_folders(studio: Studio, jobs: Sequence[_Job]) -> None:
    for job in jobs:
        for pattern in (studio.shelf.element_pattern, studio.shelf.comp_pattern):
            studio.shelf.make_folder(pattern(job.id).rsplit("/", 1)[0])


def render_key(studio: Studio, name: str, variation: Variation) -> str:
    """Return the digest of all that decides the frames of ``variation`` as things stand."""
    shot, seam = book.shot(studio.ledger, name), book.seam(studio.ledger, name)
    return _job(studio, shot, seam, variation, {}).key


def _standing(studio: Studio, name: str, key: str) -> Version:
    return next(v for v in book.versions(studio.ledger, name) if v.render_key == key)


def _stands(studio: Studio, shot: Shot, job: _Job) -> bool:
    patterns = (studio.shelf.element_pattern(job.id), studio.shelf.comp_pattern(job.id))
    return all(
        studio.shelf.exists(frame_path(pattern, frame))
        for pattern in patterns
        for frame in shot.frames
    )


_OnCanvas = dict[str, Image | None]
"""What the plate shows of each canvas, by its digest: read once for all variations."""


def _job(
    studio: Studio, shot: Shot, seam: Seam | None, variation: Variation, known: _OnCanvas
) -> _Job:
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
    unnamed = _Job(
        shown=seen,
        grades=grades,
        known=known[digest],
        matched=matched,
        key=key,
        id="",
        standing=None,
    )
    return _named(studio, shot, unnamed)


def _named(studio: Studio, shot: Shot, job: _Job) -> _Job:
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


def _frames(
    studio: Studio, shot: Shot, seam: Seam | None, jobs: Sequence[_Job], frame: int
) -> list[Rendered]:
    """Render one frame of every job; what the plate gives is worked out once."""
    begun = studio.clock.seconds()
    one = _of_frame(studio, shot, seam, jobs, frame)
    found = [one(job) for job in jobs]
    seconds = (studio.clock.seconds() - begun) / len(jobs)
    return [replace(each, seconds=round(seconds, 3)) for each in found]


def _of_frame(
    studio: Studio, shot: Shot, seam: Seam | None, jobs: Sequence[_Job], frame: int
) -> Callable[[_Job], Rendered]:
    """Return what renders one frame of any of ``jobs``; what they share is worked out here."""
    plate = plate_frame(studio, shot, frame)
    matte = _matte(studio, shot, seam, frame)
    live, lit_by = None, None
    if shot.plate and seam:
        live, lit_by = standing_before(studio, shot, seam, plate, matte)
    models = {digest: m for job in jobs for digest, m in job.shown.models.items()}
    grain = Grain(studio, models, frame, plate.data_window, matte < 1)
    spill = spill_before(live)
    return lambda job: _one(studio, shot, job, plate, matte, lit_by, frame, grain, spill)


def _matte(studio: Studio, shot: Shot, seam: Seam | None, frame: int) -> Matte:
    """Return the frame's matte if its file still is what was taken in, or refuse."""
    if shot.plate and seam and seam.matte:
        path = frame_path(seam.matte, frame)
        taken_in = dict(zip(shot.frames, seam.matte_digests, strict=False))
        found = picture_digest(studio.images.read(path)) if studio.shelf.exists(path) else ""
        if found != taken_in.get(frame):
            raise TamperError(
                f"{path} is not the matte that was taken in for frame {frame}",
                remedy=f"If the new matte is wanted: seamline seam set {shot.name} --matte ...",
            )
    return read_matte(studio, shot, seam, frame)


def _one(
    studio: Studio,
    shot: Shot,
    job: _Job,
    plate: Picture,
    matte: Matte,
    lit_by: LitBy | None,
    frame: int,
    grain: Grain,
    spill: Spill | None,
) -> Rendered:
    element_path = frame_path(studio.shelf.element_pattern(job.id), frame)
    comp_path = frame_path(studio.shelf.comp_pattern(job.id), frame)
    element = _kept(studio, element_path, job.key)
    if element is None:
        element = element_frame(studio, shot, job.shown.painting, plate, frame, _stamp(job))
        studio.images.write(element_path, element)
    comp = _kept(studio, comp_path, job.key)
    if comp is None:
        seen = graded_frame(studio, shot, job.shown, plate, frame, element, _stamp(job))
        comp = _comp(studio, shot, job, plate, lit_by, seen, grain, spill)
        studio.images.write(comp_path, comp)
    edges = NO_EDGES
    if frame == shot.frames.middle and shot.plate:
        edges = edges_of(
            studio, shot, job.shown.painting, job.known, job.matched.match, plate, element,
            frame,
        )  # fmt: skip
    holes = (element.channels["A"].astype(np.float32) < COVERED) & (matte < 1)
    return Rendered(
        key=job.key,
        element=picture_digest(element),
        comp=picture_digest(comp),
        matte=matte_digest(matte),
        hole_px=int(holes.sum()),
        peak=peak(element.rgb()),
        edges=edges.widths_px,
        smears=edges.smears,
        smear_px=edges.smear_px,
    )


def _kept(studio: Studio, path: str, key: str) -> Picture | None:
    """Return the frame at ``path`` if an earlier run rendered it for the same key."""
    if not studio.shelf.exists(path):
        return None
    if studio.images.header(path).attributes.get(RENDER_KEY, ("", ""))[1] != key:
        return None
    return studio.images.read(path)


def _comp(
    studio: Studio,
    shot: Shot,
    job: _Job,
    plate: Picture,
    lit_by: LitBy | None,
    element: Picture,
    grain: Grain,
    spill: Spill | None,
) -> Picture:
    space, alpha = space_of(studio, shot), element.channels["A"].astype(np.float32)
    matched, changed, own = matched_frame(
        studio, shot, job.shown, plate, int(grain.frame), element, spill
    )
    name = job.shown.painting.variation.element
    layers = [CompLayer(name=name, rgb=matched, alpha=alpha)]
    live = None if lit_by is None else lit_by(matched)
    if live is not None:
        layers.append(live)
    mixed, untouched = over(layers)
    generated = studio.colour.convert(mixed, studio.colour.working_space, space)
    if not changed:
        # Nothing is mixed or matched here: the element's own values, not there and back.
        alone = (alpha == 1) & (live is None or live.alpha == 0)
        generated = np.where(alone[..., None], element.rgb(), generated)
    share = alpha if live is None else alpha * (np.float32(1) - live.alpha)
    if own is not None:
        share = np.where(own, np.float32(0), share)
    generated = grain.laid(job.shown.match, generated, share)
    channels = onto_plate(plate, generated, untouched)
    return headed(studio, shot, plate, channels, _stamp(job))


def _stamp(job: _Job) -> Stamp:
    return stamp_of(job.shown.painting.variation, job.id, job.key)


def _version(
    studio: Studio,
    shot: Shot,
    seam: Seam | None,
    job: _Job,
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
    job: _Job,
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
