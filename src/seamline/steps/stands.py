"""What a version is: as the ledger has it, and as its files are when they are read again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seamline.errors import ShowError
from seamline.pixels.digest import picture_digest, sequence_digest
from seamline.pixels.matte import matte_digest
from seamline.pixels.picture import Picture
from seamline.pixels.values import frame_values
from seamline.ports import Studio
from seamline.show.delivery import DeliveredFrame
from seamline.show.frames import FrameRange, frame_path
from seamline.show.record import record_digest
from seamline.show.shot import Shot
from seamline.show.variation import Version, grading_digest
from seamline.steps import book
from seamline.steps.ingest import read_matte, read_plate
from seamline.steps.together import together

BOUND = {
    "element_digest": "clean element",
    "comp_digest": "comp",
    "layers_digest": "painted layer",
    "lineage_digest": "lineage",
    "cdl_digest": "match",
    "matte_digest": "matte",
    "plate_digest": "plate",
}
"""What a sign-off binds, and how each is called."""


def facts_of(studio: Studio, version: Version) -> dict[str, str]:
    """Return the digests the ledger holds for ``version``."""
    variation = book.variation_of(studio.ledger, version)
    return {
        "element_digest": version.element_digest,
        "comp_digest": version.comp_digest,
        "layers_digest": variation.layers_digest,
        "lineage_digest": variation.lineage_digest,
        "cdl_digest": version.cdl_digest,
        "matte_digest": version.matte_digest,
        "plate_digest": version.plate_digest,
    }


def differing(wanted: dict[str, str], now: dict[str, str]) -> str:
    """Return the words for what differs; empty when nothing does."""
    return ", ".join(words for name, words in BOUND.items() if wanted[name] != now[name])


Frames = tuple[tuple[int, str], ...]
"""(frame, digest of what is seen of it), in frame order."""


def frame_fact(element: str, comp: str, plate: str, matte: str, match: str) -> str:
    """Return the digest that a signature binds of one frame."""
    return record_digest(
        {"element": element, "comp": comp, "plate": plate, "matte": matte, "match": match}
    )


def frames_on_record(version: Version) -> Frames:
    """Return what the ledger says of each frame of ``version``; nothing for an old one."""
    if not version.frames:
        return ()
    plates = version.plate_frames or ("",) * len(version.element_frames)
    return tuple(
        (n, frame_fact(element, comp, plate, matte, version.cdl_digest))
        for n, element, comp, plate, matte in zip(
            FrameRange.parse(version.frames),
            version.element_frames,
            version.comp_frames,
            plates,
            version.matte_frames,
            strict=True,
        )
    )


def shot_now(studio: Studio, version: Version) -> Shot:
    """Return the shot as it is, but with the frames of ``version``."""
    shot = book.shot(studio.ledger, version.shot)
    made = book.shot_of(studio.ledger, version)
    if str(shot.frames) == str(made.frames):
        return shot
    if made.frames.first not in shot.frames or made.frames.last not in shot.frames:
        return made
    plate = shot.plate
    if plate is not None:
        first = made.frames.first - shot.frames.first
        plate = replace(plate, digests=plate.digests[first : first + len(made.frames)])
    return replace(shot, frames=made.frames, plate=plate)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameStands:
    """One frame as it is on disk: digests, values, and the share that is generated."""

    element: DeliveredFrame
    comp: DeliveredFrame
    plate: str
    matte: str
    generated: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """A version as it is on disk: what a sign-off binds, as a whole and frame by frame."""

    facts: dict[str, str]
    seen: Frames
    frames: tuple[FrameStands, ...]


def as_it_stands(studio: Studio, version: Version) -> tuple[dict[str, str], Frames]:
    """Return the same digests, and each frame's, from the files as they are at this moment."""
    found = reads(studio, version)
    return found.facts, found.seen


def reads(studio: Studio, version: Version) -> Stands:
    """
    Return what ``version`` is at this moment.

    Elements, comps, plate and matte are read from disk, layers and lineage from
    the blobs (which check themselves).
    """
    shot, seam = shot_now(studio, version), book.seam(studio.ledger, version.shot)
    variation = book.variation_of(studio.ledger, version)
    frames = list(shot.frames)

    def read(frame: int) -> FrameStands:
        element, comp = (
            delivered_frame(_published(studio, version, pattern, frame))
            for pattern in (
                studio.shelf.element_pattern(version.id),
                studio.shelf.comp_pattern(version.id),
            )
        )
        matte = read_matte(studio, shot, seam, frame)
        return FrameStands(
            element=element,
            comp=comp,
            plate=picture_digest(read_plate(studio, shot, frame)) if shot.plate else "",
            matte=matte_digest(matte),
            generated=round(1 - float(matte.mean(dtype=np.float64)), 6),
        )

    rows = together(studio, f"{version.id}: reading what stands", read, frames)
    element, comp, plate, matte = (
        sequence_digest(zip(frames, digests, strict=True))
        for digests in (
            [row.element.digest for row in rows],
            [row.comp.digest for row in rows],
            [row.plate for row in rows],
            [row.matte for row in rows],
        )
    )
    layers = [
        [f.name, picture_digest(studio.blobs.picture(f.digest))] for f in variation.layers
    ]
    lineage = [
        [f.name, picture_digest(studio.blobs.picture(f.lineage_digest))]
        for f in variation.layers
    ]
    graded = grading_digest(version.cdl, version.grades, version.match)
    facts = {
        "element_digest": element,
        "comp_digest": comp,
        "layers_digest": record_digest({"layers": layers}),
        "lineage_digest": record_digest({"layers": lineage}),
        "cdl_digest": graded,
        "matte_digest": matte,
        "plate_digest": plate if shot.plate else "",
    }
    seen = tuple(
        (n, frame_fact(row.element.digest, row.comp.digest, row.plate, row.matte, graded))
        for n, row in zip(frames, rows, strict=True)
    )
    return Stands(facts=facts, seen=seen, frames=tuple(rows))


def delivered_frame(picture: Picture) -> DeliveredFrame:
    """Return the digest of a picture and its values."""
    return DeliveredFrame(digest=picture_digest(picture), values=frame_values(picture))


def _published(studio: Studio, version: Version, pattern: str, frame: int) -> Picture:
    path = frame_path(pattern, frame)
    if not studio.shelf.exists(path):
        raise ShowError(
            f"{version.id}: frame {frame} is not there: {path}",
            remedy="Render it again as it was painted; the chosen one: "
            f"seamline paint {version.shot} --stale",
        )
    return studio.images.read(path)


def plate_of(shot: Shot) -> dict[str, Any]:
    """Return what a delivery says about the plate."""
    if not shot.plate:
        return {}
    return {
        "pattern": shot.plate.pattern,
        "colourspace": shot.plate.colourspace,
        "evidence": shot.plate.evidence,
        "digest": shot.plate.digest,
    }
