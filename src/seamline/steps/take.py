"""
Check a take against its shot's lock: gather what was measured, and say how far it drifted.

What was measured by pictures holds over what a file of numbers says, and that over the
track. Nothing is recorded: a take is not yet part of the show.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from seamline.errors import InputError, LockError
from seamline.optics.rotation import as_rotation, from_pan_tilt_roll
from seamline.ports import Studio
from seamline.show.camera import CameraSample, CameraTrack, Lens
from seamline.show.lock import Lock
from seamline.show.measured import Measured
from seamline.show.review import Finding
from seamline.show.shot import Shot
from seamline.steps import book
from seamline.steps.camera import camera as shot_camera
from seamline.steps.drift import drift, report_numbers, track_numbers
from seamline.steps.measure import (
    BallPicture,
    Camera,
    ChartPicture,
    measure_balls,
    measure_chart,
)
from seamline.steps.measured import parse_measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """
    What is handed in of a take; every part may be missing.

    Attributes:
        measured: Path of a JSON file of numbers.
        track: Path of the take's own camera track, or of a lens report; without one, the
            shot's.
        grey: Picture of a grey ball.
        chrome: Picture of a mirror ball.
        chart: Picture of a chart.
        colourspace: Of these pictures, where the files do not say.
        reflectance: Of the grey ball's paint.
        frame: Frame of the track at which the balls were photographed.
        pose_deg: Pan, tilt and roll they were photographed with; None: the track's.
        numbers: Given by hand; they hold over everything else.
    """

    measured: str = ""
    track: str = ""
    grey: BallPicture | None = None
    chrome: BallPicture | None = None
    chart: ChartPicture | None = None
    colourspace: str | None = None
    reflectance: float = 0.18
    frame: int | None = None
    pose_deg: tuple[float | None, float | None, float | None] = (None, None, None)
    numbers: Measured = field(default_factory=Measured)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The lock, the take's numbers, what is to be said of them, and how they were measured."""

    lock: Lock
    measured: Measured
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing that was measured lies beyond its tolerance."""
        return all(found.verdict != "fail" for found in self.findings)


def check_take(studio: Studio, name: str, take: Take) -> Drift:
    """
    Return how far ``take`` has drifted from the lock of shot ``name``.

    Raises:
        LockError: The shot has no lock.
        InputError: A file, a circle or a number is not usable.
    """
    shot, lock = book.shot(studio.ledger, name), book.lock(studio.ledger, name)
    if lock is None:
        raise LockError(
            f"{name} has no lock to check a take against",
            remedy=f"Set it: seamline lock set {name} LOCK.toml",
        )
    told = _of_file(studio, name, take)
    report = shot.lens
    track = shot.track
    if take.track and studio.tracks.is_lens(take.track):
        report = studio.tracks.lens(take.track, None)
    elif take.track:
        track, report = studio.tracks.read(take.track, None), None
    tracked = track_numbers(track, lock) if track else Measured()
    if report:
        tracked = report_numbers(report, lock).joined(tracked)
    seen, notes = _of_pictures(studio, shot, lock, track, take)
    measured = take.numbers.joined(seen).joined(told).joined(tracked)
    return Drift(lock=lock, measured=measured, findings=drift(lock, measured), notes=notes)


def _of_file(studio: Studio, name: str, take: Take) -> Measured:
    if not take.measured:
        return Measured()
    try:
        text = studio.shelf.read(take.measured).decode()
    except UnicodeDecodeError as error:
        raise InputError(
            f"{take.measured} is not a text file", remedy="Write the numbers as JSON, in UTF-8."
        ) from error
    file = take.measured.replace("\\", "/").rsplit("/", 1)[-1]
    told = parse_measured(text, where=file)
    if told.shot not in ("", name):
        raise InputError(
            f"{file} holds numbers of {told.shot}, not of {name}",
            remedy="Name the shot they were measured for.",
        )
    return told


def _of_pictures(
    studio: Studio, shot: Shot, lock: Lock, track: CameraTrack | None, take: Take
) -> tuple[Measured, tuple[str, ...]]:
    found, notes = Measured(), []
    if take.chart:
        of_chart, says = measure_chart(studio, take.chart, colourspace=take.colourspace)
        found, notes = of_chart, [says]
    if take.grey or take.chrome:
        of_balls, says = measure_balls(
            studio,
            _ball_camera(shot, lock, track, take),
            grey=take.grey,
            chrome=take.chrome,
            colourspace=take.colourspace,
            reflectance=take.reflectance,
            locked=lock.light,
        )
        # A chart's patches are known one by one, a ball's paint only as a whole.
        found, notes = found.joined(of_balls), [*notes, says]
    return found, tuple(notes)


def _ball_camera(shot: Shot, lock: Lock, track: CameraTrack | None, take: Take) -> Camera:
    """Return lens and pose of the camera that photographed the balls."""
    sample = _sample(shot, lock, track, take.frame)
    single = lock.lens if lock.focal_range_mm is None else None
    lens: Lens | None = sample.lens if sample else single
    if lens is None:
        raise InputError(
            f"{shot.name}: a ball's directions need the lens that saw it, and neither track "
            "nor lock names one",
            remedy="Set a lock with a [lens], or give --track FILE.",
        )
    pan, tilt, roll = take.pose_deg
    if pan is None and tilt is None and roll is None:
        pose = as_rotation(sample.world_from_camera) if sample else np.eye(3)
    else:
        pose = from_pan_tilt_roll(pan or 0.0, tilt or 0.0, roll or 0.0)
    return Camera(lens=lens, world_from_camera=pose)


def _sample(
    shot: Shot, lock: Lock, track: CameraTrack | None, frame: int | None
) -> CameraSample | None:
    camera = track or (shot_camera(shot, lock) if shot.static else None)
    if camera is None:
        return None
    return camera.samples[0] if frame is None else camera.sample(frame)
