"""
Update: a cut, a re-scan, a new track or matte, as the next version of a shot.

What is not said stands, and frames that were read before are not read again. Nothing is
painted or rendered; what is stale is named, and what somebody chose or signed is left
alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from seamline.errors import InputError, ShowError, TrackError
from seamline.ports import Studio
from seamline.show.camera import CameraTrack
from seamline.show.frames import FrameRange
from seamline.show.seam import Seam
from seamline.show.shot import Plate, Shot
from seamline.steps import book
from seamline.steps.ingest import record_shot, set_seam, tracked
from seamline.steps.plate_files import plate_facts
from seamline.steps.stale import Stale, judged, stale
from seamline.steps.taken_lens import require_lens


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """A shot as it is now, what it was, and what is stale since."""

    shot: Shot
    before: Shot
    seam: Seam | None
    stale: tuple[tuple[str, Stale], ...]


def update_shot(
    studio: Studio,
    name: str,
    *,
    frames: FrameRange | None = None,
    handles: int | None = None,
    plate: str | None = None,
    track: str | None = None,
    camera: str = "",
    lens: str = "",
    matte: str | None = None,
    colourspace: str | None = None,
) -> Updated:
    """
    Record another version of shot ``name``; the same again changes nothing.

    Args:
        studio: Ports.
        name: The shot.
        frames: First to last; by default those it has.
        handles: So many frames more on either side.
        plate: Pattern of another scan of the plate.
        track: Another camera track; it is held against the shot's lens and its lock.
        camera: Which camera of its file.
        lens: The camera's own report, for a track without a lens.
        matte: Pattern of another matte.
        colourspace: The plate's, where its files do not say.

    Raises:
        InputError: Nothing is said, handles of less than none, or a camera or a lens
            without the track that it goes with.
        ShowError: There is no such shot, or no plate or seam that could be another.
        TrackError: The camera is not known for all frames, or is not the shot's lens.
        FormatError: A frame is missing or damaged. Nothing is recorded then.
    """
    before = book.shot(studio.ledger, name)
    if not (frames or handles or plate or track or matte):
        raise InputError(
            f"{name}: nothing is to be updated",
            remedy="Say what is another now: --frames, --handles, --plate, --track, --matte.",
        )
    if (camera or lens) and not track:
        raise InputError(
            f"{name}: --camera and --lens go with a track",
            remedy="Give the track beside them: --track FILE.",
        )
    seam = book.seam(studio.ledger, name)
    if matte and seam is None:
        raise ShowError(
            f"{name} has no seam whose matte could be another",
            remedy=f"seamline seam set {name} --matte PATTERN",
        )
    wanted = _frames(before, frames, handles)
    shown = plate or (before.plate.pattern if before.plate else None)
    known = _camera(studio, before, track, wanted, camera=camera, lens=lens, plate=shown)
    facts = _plate(studio, before, plate, wanted, colourspace)
    fresh = replace(
        before,
        frames=wanted,
        plate=facts,
        track=known,
        static=before.static and known is None,
        width_px=facts.display_window[2] if facts else before.width_px,
        height_px=facts.display_window[3] if facts else before.height_px,
    )
    if track:
        require_lens(fresh)
    shot = record_shot(studio, fresh)
    if seam is not None and (matte or str(wanted) != str(before.frames)):
        seam = _seam(studio, before, seam, matte)
    found = tuple((v.id, why) for v in judged(studio, name) for why in stale(studio, v))
    return Updated(shot=shot, before=before, seam=seam, stale=found)


def _frames(before: Shot, frames: FrameRange | None, handles: int | None) -> FrameRange:
    wanted = frames or before.frames
    if handles is None:
        return wanted
    if handles < 0 or handles >= wanted.first:
        raise InputError(
            f"{before.name}: {handles} frames more before {wanted.first} cannot be",
            remedy="Give --handles a whole number from 0.",
        )
    return FrameRange(first=wanted.first - handles, last=wanted.last + handles)


def _camera(
    studio: Studio,
    before: Shot,
    path: str | None,
    frames: FrameRange,
    *,
    camera: str,
    lens: str,
    plate: str | None,
) -> CameraTrack | None:
    """Return the camera for ``frames``, or refuse where it is not known for one."""
    track = before.track
    if path:
        track = tracked(
            studio, before.name, path, frames, camera=camera, lens=lens, plate=plate
        )
    if track is None or track.static:
        return track
    known = {sample.frame for sample in track.samples}
    missing = [n for n in frames if n not in known]
    if missing:
        raise TrackError(
            f"{track.origin or 'the track'} has no sample for frame {missing[0]}"
            + (f" and {len(missing) - 1} more" if len(missing) > 1 else ""),
            remedy="Give the track of the longer cut: --track FILE.",
        )
    return replace(track, samples=tuple(s for s in track.samples if s.frame in frames))


def _plate(
    studio: Studio,
    before: Shot,
    pattern: str | None,
    frames: FrameRange,
    colourspace: str | None,
) -> Plate | None:
    standing = before.plate
    if standing is None or pattern:
        if not pattern:
            return None
        layer = standing.layer if standing else ""
        return plate_facts(
            studio, before.name, pattern, frames, colourspace=colourspace, layer=layer
        )
    facts = plate_facts(
        studio,
        before.name,
        standing.pattern,
        frames,
        colourspace=standing.colourspace,
        layer=standing.layer,
        known=dict(zip(before.frames, standing.digests, strict=True)),
    )
    notes = tuple(dict.fromkeys((*standing.notes, *facts.notes)))
    return replace(facts, evidence=standing.evidence, notes=notes)


def _seam(studio: Studio, before: Shot, seam: Seam, matte: str | None) -> Seam:
    known = None
    if not matte and seam.matte_digests:
        known = dict(zip(before.frames, seam.matte_digests, strict=True))
    fresh = replace(seam, matte=matte or seam.matte, matte_digests=())
    return set_seam(studio, fresh, known=known)
