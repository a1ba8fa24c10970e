"""One frame of each version: its clean element, and the comp in the plate's own space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from seamline.errors import TamperError
from seamline.pixels.comp import CompLayer, onto_plate, over, peak
from seamline.pixels.digest import picture_digest
from seamline.pixels.matte import Matte, matte_digest
from seamline.pixels.picture import Picture
from seamline.ports import Studio
from seamline.show.frames import frame_path
from seamline.show.seam import Seam
from seamline.show.shot import Shot
from seamline.steps.element import (
    RENDER_KEY,
    Stamp,
    element_frame,
    headed,
    plate_frame,
    space_of,
    stamp_of,
)
from seamline.steps.ingest import read_matte
from seamline.steps.matched import (
    Grain,
    Spill,
    spill_before,
)
from seamline.steps.rendered import Rendered
from seamline.steps.shown import LitBy, graded_frame, matched_frame, standing_before
from seamline.steps.smears import NO_EDGES, edges_of
from seamline.steps.softness import COVERED
from seamline.steps.to_render import Job


def rendered_frames(
    studio: Studio, shot: Shot, seam: Seam | None, jobs: Sequence[Job], frame: int
) -> list[Rendered]:
    """Render one frame of every job; what the plate gives is worked out once."""
    begun = studio.clock.seconds()
    one = of_frame(studio, shot, seam, jobs, frame)
    found = [one(job) for job in jobs]
    seconds = (studio.clock.seconds() - begun) / len(jobs)
    return [replace(each, seconds=round(seconds, 3)) for each in found]


def of_frame(
    studio: Studio, shot: Shot, seam: Seam | None, jobs: Sequence[Job], frame: int
) -> Callable[[Job], Rendered]:
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
    job: Job,
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
    job: Job,
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


def _stamp(job: Job) -> Stamp:
    return stamp_of(job.shown.painting.variation, job.id, job.key)
