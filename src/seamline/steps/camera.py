"""The camera of a shot: its track, its own lens report, or what the lock says of it."""

from __future__ import annotations

from fractions import Fraction
from statistics import median

from seamline.errors import CanvasError
from seamline.optics.parallax import in_mid_exposure
from seamline.optics.rotation import as_numbers, from_pan_tilt_roll
from seamline.show.camera import CameraSample, CameraTrack
from seamline.show.lensreport import LensReport
from seamline.show.lock import Lock
from seamline.show.shot import Shot
from seamline.steps.lens import with_lens


def camera(shot: Shot, lock: Lock | None) -> CameraTrack | None:
    """
    Return the shot's camera: its track, or the lock's lens on a locked-off head.

    Its samples are those in the middle of the exposure, whenever they were taken.
    """
    if shot.track is not None:
        return with_lens(in_mid_exposure(shot.track), shot.lens_model, nominal=False)
    if not shot.static:
        raise CanvasError(
            f"{shot.name}: nothing says how the camera moves",
            remedy=f"seamline shot add {shot.name} ... with --track FILE, or --static.",
        )
    if shot.lens is not None:
        return with_lens(_locked_off(shot.lens, lock), shot.lens_model, nominal=False)
    if lock is None or lock.lens is None:
        return None
    if lock.focal_range_mm is not None:
        raise CanvasError(
            f"{shot.name}: lock v{lock.version} agrees on {lock.lens_says}, and a locked-off "
            "camera has one focal length",
            remedy=f"Give the camera's own report: seamline shot add {shot.name} ... --lens "
            "FILE; or set a lock with one focal length.",
        )
    sample = CameraSample(
        frame=shot.frames.first,
        lens=lock.lens,
        position_m=(0.0, lock.camera_height_m or 0.0, 0.0),
        world_from_camera=as_numbers(from_pan_tilt_roll(0.0, lock.tilt_deg or 0.0)),
    )
    locked = CameraTrack(samples=(sample,), static=True, origin=f"lock v{lock.version}")
    return with_lens(locked, shot.lens_model, nominal=True)


def _locked_off(report: LensReport, lock: Lock | None) -> CameraTrack:
    """Return the camera of a head that does not move, with the lens that it wrote down."""
    tilts = [s.tilt_deg for s in report.samples if s.tilt_deg is not None]
    tilt = median(tilts) if tilts else 0.0
    if lock is not None and lock.tilt_deg is not None:
        tilt = lock.tilt_deg
    height = lock.camera_height_m or 0.0 if lock else 0.0
    pose = as_numbers(from_pan_tilt_roll(0.0, tilt))
    samples = tuple(
        CameraSample(
            frame=s.frame, lens=s.lens, position_m=(0.0, height, 0.0), world_from_camera=pose
        )
        for s in (report.samples if report.zooms else report.samples[:1])
    )
    return CameraTrack(
        samples=samples,
        rate=report.rate or Fraction(24),
        shutter_angle_deg=180.0
        if report.shutter_angle_deg is None
        else report.shutter_angle_deg,
        static=not report.zooms,
        origin=report.origin,
        notes=report.notes,
    )
