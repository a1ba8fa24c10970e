"""Take a shot in: plate, camera, seam. Every file is read before anything is recorded."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from seamline.errors import FormatError, ShowError
from seamline.optics.track import against_lock
from seamline.pixels.digest import picture_digest
from seamline.pixels.matte import Matte, live_matte
from seamline.pixels.picture import Image, Picture
from seamline.ports import ONLY_LAYER, Studio
from seamline.show.camera import CameraTrack
from seamline.show.cdl import CDL
from seamline.show.frames import FrameRange, frame_path, is_sequence
from seamline.show.names import checked_name
from seamline.show.seam import Seam
from seamline.show.shot import Shot, Window
from seamline.show.timecode import word_in
from seamline.steps import book
from seamline.steps.plate_files import plate_facts
from seamline.steps.taken_lens import NO_LENS, LensFiles, taken_lens
from seamline.steps.together import together


def add_shot(
    studio: Studio,
    name: str,
    *,
    plate: str | None = None,
    track: str | None = None,
    static: bool = False,
    camera: str = "",
    lens: str = "",
    frames: FrameRange | None = None,
    colourspace: str | None = None,
    found_frames: Sequence[int] = (),
    grade: CDL | None = None,
    bends: LensFiles = NO_LENS,
    lens_of: Shot | None = None,
    layer: str = "",
) -> Shot:
    """
    Record a shot; the same shot again changes nothing.

    Args:
        studio: Ports.
        name: The shot's name.
        plate: Pattern of the plate's EXR or DPX frames; None for a concept shot.
        track: Camera track file.
        static: The camera is locked off.
        camera: Which camera of a track that holds several.
        lens: A camera's own lens report, for a track without lens or a locked-off shot.
        frames: First to last; by default those found on disk (``found_frames``).
        colourspace: The plate's colour space where the files do not say.
        found_frames: Frame numbers that stand on disk for ``plate``.
        grade: How its pictures are to be looked at; it changes none of them.
        bends: Files that say what the lens does beyond a pinhole.
        lens_of: Another version, whose lens stands where no file says one.
        layer: Which layer, part or view of the plate's files is meant; empty: their
            R, G, B.
    """
    checked_name(name, what="shot")
    if track and static:
        raise ShowError(
            f"{name}: a shot is tracked or locked off, not both",
            remedy="Give --track or --static.",
        )
    if plate and not is_sequence(plate) and frames is None:
        frames = FrameRange(first=1001, last=1001)
    if frames is None and found_frames:
        frames = FrameRange(first=min(found_frames), last=max(found_frames))
    if frames is None and plate:
        raise ShowError(
            f"{name}: no frame of {plate} was found",
            remedy="Check the path; write the frame number as %04d or ####.",
        )
    frames = frames or FrameRange(first=1001, last=1001)
    if lens and not track and plate and not static:
        raise ShowError(
            f"{name}: a lens report says nothing of where the camera is",
            remedy="Give --static beside it, or a --track that has no lens of its own.",
        )
    facts = (
        plate_facts(studio, name, plate, frames, colourspace=colourspace, layer=layer)
        if plate
        else None
    )
    camera_of = (
        tracked(studio, name, track, frames, camera=camera, lens=lens, plate=plate)
        if track
        else None
    )
    report = studio.tracks.lens(lens, frames) if lens and not track else None
    if report is not None:
        for frame in frames:
            report.sample(frame)
    _, _, width, height = facts.display_window if facts else (0, 0, 0, 0)
    shot = Shot(
        name=name,
        version=1,
        frames=frames,
        plate=facts,
        track=camera_of,
        static=static or not plate,
        width_px=width or studio.settings.width_px,
        height_px=height or studio.settings.height_px,
        grade=grade,
        lens=report,
    )
    if lens_of is not None and not lens and shot.track is None:
        shot = replace(shot, lens=lens_of.lens)
    if lens_of is not None and bends == NO_LENS:
        shot = replace(shot, lens_model=lens_of.lens_model, lens_map=lens_of.lens_map)
    return record_shot(studio, taken_lens(studio, shot, bends, display_window(shot)))


def record_shot(studio: Studio, shot: Shot) -> Shot:
    """Record ``shot`` as the next version of its name; the same shot again changes nothing."""
    standing = book.shot_if_any(studio.ledger, shot.name)
    if standing is not None:
        if replace(shot, version=standing.version) == standing:
            return standing
        shot = replace(shot, version=standing.version + 1)
    book.write(studio.ledger, "shot", shot)
    return shot


def tracked(
    studio: Studio, name: str, path: str, frames: FrameRange, *, camera: str, lens: str,
    plate: str | None,
) -> CameraTrack:  # fmt: skip
    """
    Return the track of shot ``name``, and what its lock makes of its unit among its notes.

    A recording that is longer than the shot is cut by the timecode of the first frame of
    ``plate``.

    Raises:
        TrackError: It is no track, or does not cover ``frames``.
    """
    clock = first_timecode(studio, plate, frames)
    track = studio.tracks.read(path, frames, camera=camera, lens=lens, clock=clock)
    for frame in frames:
        track.sample(frame)
    lock = book.lock(studio.ledger, name)
    if lock is None:
        return track
    return replace(track, notes=(*track.notes, *against_lock(track, lock)))


def first_timecode(studio: Studio, plate: str | None, frames: FrameRange) -> int | None:
    """Return the packed timecode of the first of ``frames``, where ``plate`` has one."""
    if not plate:
        return None
    return word_in(studio.images.header(frame_path(plate, frames.first)).attributes)


def set_seam(studio: Studio, seam: Seam, *, known: Mapping[int, str] | None = None) -> Seam:
    """
    Record a seam after reading every frame of its matte; the same seam changes nothing.

    Frames whose digest is ``known`` are not read again; they are held to it when used.
    """
    shot = book.shot(studio.ledger, seam.shot)
    if shot.plate is None:
        raise ShowError(
            f"{shot.name} has no plate, so all of it is generated and there is no seam",
            remedy=f"Add the plate first: seamline shot add {shot.name} --plate ...",
        )
    if seam.matte:

        def digest(frame: int) -> str:
            if known and frame in known:
                return known[frame]
            return picture_digest(_matte_file(studio, seam, frame, shot.frames))

        digests = together(studio, f"{shot.name}: reading the matte", digest, list(shot.frames))
        seam = replace(seam, matte_digests=tuple(digests))
    seam = _with_shadow(studio, shot, seam)
    read_matte(studio, shot, seam, shot.frames.first)  # size and channel, before it is recorded
    standing = book.seam(studio.ledger, shot.name)
    if standing is not None:
        if replace(seam, version=standing.version) == standing:
            return standing
        seam = replace(seam, version=standing.version + 1)
    book.write(studio.ledger, "seam", seam)
    return seam


def _with_shadow(studio: Studio, shot: Shot, seam: Seam) -> Seam:
    """Return ``seam`` with what its shadow's frames were found to be."""
    if not seam.shadow:
        return seam.unshadowed

    def found(frame: int) -> tuple[str, float]:
        picture = shadow_file(studio, shot, seam, frame)
        least = float(np.quantile(picture.rgb(), 0.001))
        return picture_digest(picture), -math.log2(min(max(least, 1e-3), 1.0))

    rows = together(studio, f"{shot.name}: reading the shadow", found, list(shot.frames))
    return replace(
        seam,
        shadow_digests=tuple(digest for digest, _ in rows),
        shadow_stops=round(max(stops for _, stops in rows), 3) + 0.0,
    )


def shadow_file(studio: Studio, shot: Shot, seam: Seam, frame: int) -> Picture:
    """
    Return a frame of the seam's contact shadow: R, G, B over the plate's data window.

    Raises:
        FormatError: It is missing, lies elsewhere, or holds what no light loses.
    """
    path, window = frame_path(seam.shadow, frame), data_window(studio, shot, frame)
    if not studio.shelf.exists(path):
        raise FormatError(
            f"{seam.shot}: the contact shadow has no frame {frame}: {path} is missing",
            remedy=f"Render it for all of {shot.frames}.",
        )
    picture = studio.images.read(path)
    if picture.data_window != window:
        raise FormatError(
            f"{path} covers {picture.data_window}, the plate's frame {window}",
            remedy="A contact shadow has the plate's own data window.",
        )
    rgb = picture.rgb()
    if not (np.isfinite(rgb).all() and rgb.min() >= 0):
        raise FormatError(
            f"{path} holds values below 0, or none at all",
            remedy="A contact shadow is what is left of the light: 1 where nothing was lost.",
        )
    return picture


def _matte_file(studio: Studio, seam: Seam, frame: int, frames: FrameRange) -> Picture:
    path = frame_path(seam.matte, frame)
    if not studio.shelf.exists(path):
        raise FormatError(
            f"{seam.shot}: the matte has no frame {frame}: {path} is missing",
            remedy=f"Render the matte for all of {frames}.",
        )
    return studio.images.read(path)


def read_plate(studio: Studio, shot: Shot, frame: int) -> Picture:
    """Return the plate's frame as stored."""
    assert shot.plate is not None
    return studio.images.read(
        frame_path(shot.plate.pattern, frame), layer=shot.plate.layer or ONLY_LAYER
    )


def linear(studio: Studio, shot: Shot, picture: Picture) -> Image:
    """Return a plate frame's (H, W, 3) in the working space."""
    assert shot.plate is not None
    return studio.colour.convert(
        picture.rgb(), shot.plate.colourspace, studio.colour.working_space
    )


def read_matte(studio: Studio, shot: Shot, seam: Seam | None, frame: int) -> Matte:
    """
    Return the effective (H, W) float32 matte of ``frame`` over the plate's data window.

    Without a seam, or without a plate, everything is generated: 0.
    """
    window = data_window(studio, shot, frame)
    if shot.plate is None or seam is None:
        return np.zeros((window[3], window[2]), np.float32)
    picture = _matte_file(studio, seam, frame, shot.frames) if seam.matte else None
    return live_matte(
        picture,
        seam,
        display=display_window(shot),
        window=window,
        where=frame_path(seam.matte, frame) if seam.matte else "",
    )


def data_window(studio: Studio, shot: Shot, frame: int) -> Window:
    """Return where the plate's frame has pixels; a shot without a plate fills its frame."""
    if not shot.plate:
        return display_window(shot)
    path = frame_path(shot.plate.pattern, frame)
    return studio.images.header(path, layer=shot.plate.layer or ONLY_LAYER).data_window


def display_window(shot: Shot) -> Window:
    """Return the frame that the sensor fills."""
    return shot.plate.display_window if shot.plate else (0, 0, shot.width_px, shot.height_px)
