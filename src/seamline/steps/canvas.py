"""
Lay out a shot's canvas, and put on it what the plate knows.

The canvas's arrays (known, keep, need, margin, guides) are one picture in the
blobs; the canvas is named by its geometry and that picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.errors import CanvasError
from seamline.optics.bands import bands_of
from seamline.optics.canvas import (
    canvas_to_frame,
    frame_guides,
    shutter_rotations,
    sphere_canvas,
    world_guides,
)
from seamline.optics.card import PlaneInWorld, card_away_m, card_canvas, ground
from seamline.optics.parallax import in_mid_exposure, middle_m
from seamline.optics.projection import Projection
from seamline.optics.rotation import as_numbers, as_rotation, from_pan_tilt_roll
from seamline.pixels.matte import Matte, grown
from seamline.pixels.picture import Image, Picture, around, finite_pixels
from seamline.ports import CanvasPicture, Studio
from seamline.show.camera import CameraSample, CameraTrack, Lens
from seamline.show.canvas import KINDS, Canvas
from seamline.show.lensreport import LensReport
from seamline.show.lock import Lock
from seamline.show.record import as_record, from_record, record_digest
from seamline.show.seam import Seam
from seamline.show.shot import Shot, Window
from seamline.steps import book
from seamline.steps.ahead import Ahead, Covering, layers_ahead, refuse_flat
from seamline.steps.ingest import data_window, display_window, read_matte, read_plate
from seamline.steps.lens import frame_projection, projection, require_whole, with_lens
from seamline.steps.together import ahead as made_ahead
from seamline.steps.together import together

LIMIT_PARALLAX_PX = 2.0
MARGIN_PX = 64
"""Width of the band on the live side that is also painted on one surface."""
NEED_ROOM_PX = 16
"""Painted beyond what the mattes ask for: soft edges, filters and the shutter reach."""
FILTER_REACH_PX = 3
"""How far around a plate pixel that is not finite the plate cannot be sampled."""
UNKNOWN_HFOV_DEG = 40.0
USUAL_SHUTTER_DEG = 180.0
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """Arrays in the making, all (H, W) or (H, W, 3) on the canvas."""

    known: Image
    seen: Mask
    """Plate pixels that are finite and live in every frame that sees them."""
    need: Mask


def lay_out(
    studio: Studio,
    name: str,
    *,
    kind: str | None = None,
    plane: PlaneInWorld | None = None,
    level: bool = False,
) -> tuple[Canvas, str]:
    """
    Return the shot's canvas and its digest, laying it out unless it stands already.

    Args:
        studio: Ports.
        name: The shot.
        kind: ``frame``, ``sphere`` or ``card``; by default the kind last asked for, else
            frame for a locked-off camera.
        plane: Where a ``card`` stands; by default where it stood.
        level: A ``card`` on the ground: the locked height below the camera.

    Raises:
        CanvasError: The camera is not known, or a flat canvas would lie by too much.
    """
    shot = book.shot(studio.ledger, name)
    seam, lock = book.seam(studio.ledger, name), book.lock(studio.ledger, name)
    track = camera(shot, lock)
    moving = track is not None and not track.static
    standing = book.canvas(studio.ledger, name)
    asked = kind or (str(standing[1].get("asked", "")) if standing else "")
    usual = "sphere" if moving else "frame"
    # What was asked for holds, but no camera that was taken in since is forced into it.
    impossible = not kind and (moving if asked == "frame" else track is None)
    kind = asked if asked and not impossible else usual
    if kind not in KINDS:
        raise CanvasError(
            f"there is no canvas kind {kind!r}", remedy=f"Use one of {', '.join(KINDS)}."
        )
    if kind == "card":
        plane = _plane(name, plane, level, standing[1] if standing else {}, track, lock)
    elif plane or level:
        raise CanvasError(
            f"{name}: a plane goes with a card, not with a {kind} canvas",
            remedy="Add --kind card.",
        )
    if kind == "frame" and moving:
        raise CanvasError(
            f"{name}: a frame canvas holds one view, and this camera moves",
            remedy="Use --kind sphere.",
        )
    if kind != "frame" and track is None:
        raise CanvasError(
            f"{name}: a {kind} canvas needs a lens, and neither track nor lock names one",
            remedy=f"Set a lock with a [lens]: seamline lock set {name} LOCK.toml",
        )
    ahead = layers_ahead(studio, lock, track, shot.frames) if kind == "sphere" else Ahead()
    inputs = record_digest(
        {
            **({"plane": as_record(plane)} if plane else {}),
            **({"ahead": as_record(ahead)} if ahead.travels else {}),
            "kind": kind,
            "shot": as_record(replace(shot, version=0, grade=None)),
            "seam": as_record(replace(seam.parted, version=0)) if seam else None,
            "camera": as_record(track) if track else None,
            "distance_m": lock.environment_distance_m if lock else None,
            "limit_px": lock.tolerances.parallax_px if lock else LIMIT_PARALLAX_PX,
        }
    )
    if standing and standing[1]["inputs"] == inputs:
        return standing[0], str(standing[1]["digest"])
    covering = Covering()
    if kind != "frame":
        assert track is not None
        for n in shot.frames:
            view = frame_projection(studio, shot, track, n)
            require_whole(shot, view, data_window(studio, shot, n), n)
        if plane is not None:
            canvas = _card(studio, shot, track, plane)
        else:
            canvas = _sphere(studio, shot, lock, track, ahead)
        covering = Covering(canvas=canvas, ahead=ahead)
        canvas, sheet = sheet_on(studio, shot, seam, track, canvas, covering)
        elevation, azimuth = world_guides(canvas, middle_m(track, shot.frames))
        native = None
    else:
        canvas, sheet, native = _frame(studio, shot, seam)
        pinhole, pose = _view(studio, shot, lock, track)
        assert canvas.window is not None
        elevation, azimuth = frame_guides(pinhole, canvas.window, pose)
    arrays = arrays_of(canvas, sheet, seam, elevation, azimuth)
    body: dict[str, Any] = {
        "canvas": as_record(canvas),
        "arrays": studio.blobs.put_picture(arrays),
        "native": studio.blobs.put_picture(native) if native else None,
    }
    body["digest"] = record_digest(body)
    body |= {"inputs": inputs, "asked": asked}
    body |= {"plane": as_record(plane) if plane else None, "layers": covering.said()}
    studio.ledger.append("canvas", body)
    return canvas, str(body["digest"])


def arrays_of(
    canvas: Canvas,
    sheet: Sheet,
    seam: Seam | None,
    elevation: NDArray[np.float32],
    azimuth: NDArray[np.float32],
) -> Picture:
    """Return the arrays of ``canvas`` as the one picture that is stored."""
    one_surface = bool(seam and seam.one_surface)
    keep = sheet.seen & ~sheet.need if one_surface else np.zeros_like(sheet.need)
    band = grown(sheet.need, MARGIN_PX) if one_surface else keep
    return _picture(
        canvas,
        known=sheet.known,
        keep=keep,
        need=sheet.need,
        margin=keep & band if one_surface else np.zeros_like(keep),
        elevation=elevation,
        azimuth=azimuth,
    )


def _plane(
    name: str,
    plane: PlaneInWorld | None,
    level: bool,
    standing: dict[str, Any],
    track: CameraTrack | None,
    lock: Lock | None,
) -> PlaneInWorld:
    """Return where a card stands: as said, on the ground, or where it stood."""
    if plane is not None and level:
        raise CanvasError(
            f"{name}: a card stands on one plane", remedy="Give --plane or --ground."
        )
    if plane is not None:
        return plane
    if level:
        height = lock.camera_height_m if lock else None
        if track is None or height is None:
            return ground()
        return ground(track.samples[0].position_m[1] - height)
    if standing.get("plane"):
        return from_record(PlaneInWorld, standing["plane"])
    raise CanvasError(
        f"{name}: nothing says where the card stands",
        remedy="--plane X,Y,Z,NX,NY,NZ is a point, metres, and a normal; or --ground.",
    )


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


def _view(
    studio: Studio, shot: Shot, lock: Lock | None, track: CameraTrack | None
) -> tuple[Projection, NDArray[np.float64]]:
    """Return lens and pose of a locked-off view; without any, a level normal lens."""
    if track is not None:
        pose = as_rotation(track.samples[0].world_from_camera)
        return projection(studio, shot, track.samples[0].lens), pose
    focal = 1.0 / (2 * math.tan(math.radians(UNKNOWN_HFOV_DEG) / 2))
    lens = Lens(focal_length_mm=focal * 36.0, sensor_width_mm=36.0, sensor_height_mm=24.0)
    tilt = lock.tilt_deg or 0.0 if lock else 0.0
    return projection(studio, shot, lens), from_pan_tilt_roll(0.0, tilt)


def linear(studio: Studio, shot: Shot, picture: Picture) -> Image:
    """Return a plate frame's (H, W, 3) in the working space."""
    assert shot.plate is not None
    return studio.colour.convert(
        picture.rgb(), shot.plate.colourspace, studio.colour.working_space
    )


def _frame(
    studio: Studio, shot: Shot, seam: Seam | None
) -> tuple[Canvas, Sheet, Picture | None]:
    frame = shot.frames.middle
    native = read_plate(studio, shot, frame) if shot.plate else None
    window: Window = native.data_window if native else display_window(shot)
    mattes = together(
        studio,
        f"{shot.name}: laying out the canvas",
        lambda n: read_matte(studio, shot, seam, n),
        list(shot.frames),
    )
    if any(m.shape != (window[3], window[2]) for m in mattes):
        raise CanvasError(
            f"{shot.name}: the plate's data window changes, a frame canvas has one",
            remedy="Use --kind sphere, or render the plate with one data window.",
        )
    lowest: Image = mattes[0]
    for matte in mattes[1:]:
        lowest = np.minimum(lowest, matte)
    need: Mask = lowest < 1
    known = np.zeros((window[3], window[2], 3), np.float32)
    finite: Mask = np.zeros(need.shape, bool)
    if native:
        plate = linear(studio, shot, native)
        finite = finite_pixels(plate)
        known = np.where(finite[..., None], plate, np.float32(0))
    canvas = Canvas(
        shot=shot.name,
        kind="frame",
        width_px=window[2],
        height_px=window[3],
        window=window,
        anchor_frame=frame,
    )
    return canvas, Sheet(known=known, seen=finite & ~need, need=need), native


def _sphere(
    studio: Studio, shot: Shot, lock: Lock | None, track: CameraTrack, ahead: Ahead
) -> Canvas:
    windows = [data_window(studio, shot, frame) for frame in shot.frames]
    canvas = sphere_canvas(
        shot.name,
        track,
        shot.frames,
        around(*windows),
        display_window(shot),
        pixel_aspect=shot.plate.pixel_aspect if shot.plate else 1.0,
        distance_m=lock.environment_distance_m if lock else 1000.0,
        origin_m=ahead.middle_m,
        nearest_m=ahead.nearest_m,
        view=lambda lens: projection(studio, shot, lens),
    )
    refuse_large(studio, shot, canvas)
    refuse_flat(canvas, ahead, lock.tolerances.parallax_px if lock else LIMIT_PARALLAX_PX)
    return canvas


def refuse_large(studio: Studio, shot: Shot, canvas: Canvas) -> None:
    """Refuse a canvas of more megapixels than the show allows."""
    mpx = canvas.width_px * canvas.height_px / 1e6
    if mpx > studio.settings.canvas_mpx:
        raise CanvasError(
            f"{shot.name}: the canvas would be {canvas.width_px}x{canvas.height_px}, "
            f"{mpx:.0f} megapixels; this show allows {studio.settings.canvas_mpx:g}",
            remedy="Split the shot, or raise canvas_mpx in show.toml.",
        )


def _card(studio: Studio, shot: Shot, track: CameraTrack, plane: PlaneInWorld) -> Canvas:
    windows = [data_window(studio, shot, frame) for frame in shot.frames]
    canvas = card_canvas(
        shot.name,
        track,
        shot.frames,
        around(*windows),
        display_window(shot),
        plane,
        pixel_aspect=shot.plate.pixel_aspect if shot.plate else 1.0,
        most_mpx=studio.settings.canvas_mpx,
        view=lambda lens: projection(studio, shot, lens),
    )
    refuse_large(studio, shot, canvas)
    return canvas


def sheet_on(
    studio: Studio,
    shot: Shot,
    seam: Seam | None,
    track: CameraTrack,
    canvas: Canvas,
    covering: Covering,
) -> tuple[Canvas, Sheet]:
    """Return ``canvas``, how much it covers said, with what the plate knows of it."""
    views = {n: frame_projection(studio, shot, track, n) for n in shot.frames}
    windows = {frame: data_window(studio, shot, frame) for frame in shot.frames}
    one_surface = bool(seam and seam.one_surface)
    shape = (canvas.height_px, canvas.width_px)
    need, live, taken = np.zeros(shape, bool), np.ones(shape, bool), np.zeros(shape, bool)
    known = np.zeros((*shape, 3), np.float32)
    # Sharpest first: a canvas is better known from a frame in which the camera rests; and a
    # card from that which comes nearest.
    nearest = np.full(shape if canvas.kind == "card" else (0, 0), np.inf)
    smears = {n: _smear(canvas, views[n], track, n, windows[n]) for n in shot.frames}
    order = sorted(shot.frames, key=lambda n: (smears[n], n))

    def told(frame: int) -> _Told:
        return _told_by(studio, shot, seam, track, canvas, frame, views[frame], windows[frame])

    with studio.progress.bar(f"{shot.name}: laying out the canvas", float(len(order))) as bar:
        for frame, own in zip(order, made_ahead(studio, told, order), strict=True):
            need |= own.sees & ~own.kept
            live &= own.kept | ~own.sees
            need |= covering.count(track, frame, views[frame], windows[frame], own.matte)
            if own.plate is not None:
                fresh = own.sound.copy()
                if canvas.kind == "card":
                    away = card_away_m(canvas, track.sample(frame))
                    fresh &= away < nearest
                else:
                    fresh &= ~taken
                if one_surface:
                    fresh &= own.kept
                if fresh.any():
                    known[fresh] = studio.optics.sample(own.plate, own.x[fresh], own.y[fresh])
                taken |= fresh
                if canvas.kind == "card":
                    nearest = np.where(fresh, away, nearest)
            bar.advance()
    if one_surface:
        # Tied to the plate at the seam itself; only what no frame could tell is added.
        need |= ~taken & (grown(live & taken, 1))
    else:
        need = grown(need, NEED_ROOM_PX)
    canvas = replace(canvas, coverage=covering.least(canvas))
    return canvas, Sheet(known=known, seen=live & taken, need=need)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Told:
    """
    What one frame tells of the canvas, each (H, W) on it but for matte and plate.

    Attributes:
        x, y: Where its pixels lie in the frame's data window, pixels.
        sees: The frame sees it.
        kept: The matte is 1 there; anything where the frame does not see it.
        sound: The frame sees it, and the plate is finite all around.
        matte: (h, w) of the frame.
        plate: (h, w, 3) in the working space, what is not finite at 0; None without one.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    sees: Mask
    kept: Mask
    sound: Mask
    matte: Matte
    plate: Image | None


def _told_by(
    studio: Studio, shot: Shot, seam: Seam | None, track: CameraTrack, canvas: Canvas,
    frame: int, pinhole: Projection, window: Window,
) -> _Told:  # fmt: skip
    x, y = canvas_to_frame(canvas, track, frame, pinhole)
    x -= float(window[0])
    y -= float(window[1])
    matte = read_matte(studio, shot, seam, frame)
    clean, whole = _clean(studio, shot, frame)
    sees, kept = np.empty(x.shape, bool), np.empty(x.shape, bool)
    sound, live = sees if whole is None else np.empty(x.shape, bool), matte == 1
    for rows in bands_of(*x.shape):
        across, down = x[rows], y[rows]
        seen = (across >= 0) & (across < window[2]) & (down >= 0) & (down < window[3])
        place = np.where(seen, down, 0).astype(np.int64) * matte.shape[1]
        place += np.where(seen, across, 0).astype(np.int64)
        sees[rows], kept[rows] = seen, live.reshape(-1)[place]
        if whole is not None:
            sound[rows] = seen & whole.reshape(-1)[place]
    return _Told(x=x, y=y, sees=sees, kept=kept, sound=sound, matte=matte, plate=clean)


def _clean(studio: Studio, shot: Shot, frame: int) -> tuple[Image | None, Mask | None]:
    """
    Return a plate frame, what is not finite at 0, and where nothing near is not finite.

    None for the second where all of it is finite; for both without a plate.
    """
    if not shot.plate:
        return None, None
    plate = linear(studio, shot, read_plate(studio, shot, frame))
    solid: Mask = finite_pixels(plate)
    if solid.all():
        return plate, None
    clean = np.where(solid[..., None], plate, np.float32(0))
    return clean, grown(solid, -FILTER_REACH_PX)


def _smear(
    canvas: Canvas, view: Projection, track: CameraTrack, frame: int, window: Window
) -> int:
    return len(shutter_rotations(canvas, track, frame, view, window))


def _picture(canvas: Canvas, *, known: Image, **planes: NDArray[Any]) -> Picture:
    window = (0, 0, canvas.width_px, canvas.height_px)
    channels = {name: np.ascontiguousarray(known[..., i]) for i, name in enumerate("RGB")}
    channels |= {name: plane.astype(np.float32) for name, plane in planes.items()}
    return Picture(channels=channels, data_window=window, display_window=window)


def canvas_picture(studio: Studio, canvas: Canvas, arrays: str, encoding: str) -> CanvasPicture:
    """Return what a generator is given, with ``known`` in its ``encoding``."""
    return picture_on(studio, canvas, studio.blobs.picture(arrays), encoding)


def picture_on(
    studio: Studio, canvas: Canvas, picture: Picture, encoding: str
) -> CanvasPicture:
    """Return ``canvas_picture`` of arrays that are read already."""
    known = picture.rgb()
    at = picture.channels
    plate = studio.colour.convert(known, studio.colour.working_space, encoding)
    if canvas.kind != "frame":
        px_per_deg = canvas.px_per_rad * math.pi / 180
    else:
        px_per_deg = _frame_density(at["elevation"])
    return CanvasPicture(
        known=plate,
        keep=at["keep"],
        need=at["need"] > 0,
        margin=at["margin"] > 0,
        elevation_deg=at["elevation"],
        azimuth_deg=at["azimuth"],
        px_per_deg=px_per_deg,
    )


def _frame_density(elevation: NDArray[Any]) -> float:
    """Return pixels per degree in the middle of a frame, from its elevation guide."""
    row, column = elevation.shape[0] // 2, elevation.shape[1] // 2
    reach = max(1, min(8, row - 1))
    upper, lower = (float(elevation[row + d, column]) for d in (-reach, reach))
    return float(2 * reach / max(1e-6, abs(upper - lower)))
