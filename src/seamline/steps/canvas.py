"""
Lay out a shot's canvas, and put on it what the plate knows.

The canvas's arrays (known, keep, need, margin, guides) are one picture in the
blobs; the canvas is named by its geometry and that picture.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.errors import CanvasError
from seamline.optics.canvas import sphere_canvas
from seamline.optics.canvas_pixels import frame_guides, world_guides
from seamline.optics.card import PlaneInWorld, card_canvas, ground
from seamline.optics.parallax import middle_m
from seamline.optics.projection import Projection
from seamline.optics.rotation import as_rotation, from_pan_tilt_roll
from seamline.pixels.matte import grown
from seamline.pixels.picture import Image, Picture, around, finite_pixels
from seamline.ports import CanvasPicture, Studio
from seamline.show.camera import CameraTrack, Lens
from seamline.show.canvas import KINDS, Canvas
from seamline.show.lock import Lock
from seamline.show.record import as_record, from_record, record_digest
from seamline.show.seam import Seam
from seamline.show.shot import Shot, Window
from seamline.steps import book
from seamline.steps.ahead import Ahead, Covering, layers_ahead, refuse_flat
from seamline.steps.camera import camera
from seamline.steps.ingest import data_window, display_window, linear, read_matte, read_plate
from seamline.steps.lens import frame_projection, projection, require_whole
from seamline.steps.together import together
from seamline.steps.told import Mask, Sheet, sheet_on

LIMIT_PARALLAX_PX = 2.0
MARGIN_PX = 64
"""Width of the band on the live side that is also painted on one surface."""
UNKNOWN_HFOV_DEG = 40.0


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
