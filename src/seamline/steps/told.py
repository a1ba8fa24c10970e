"""
Told: what the plate's frames know of a canvas.

Each frame tells where it sees the canvas, what of that is live, and its light; the sharpest
of them is asked first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seamline.optics.bands import bands_of
from seamline.optics.canvas_pixels import canvas_to_frame
from seamline.optics.card import card_away_m
from seamline.optics.projection import Projection
from seamline.optics.shutter import shutter_rotations
from seamline.pixels.matte import Matte, grown
from seamline.pixels.picture import Image, finite_pixels
from seamline.ports import Studio
from seamline.show.camera import CameraTrack
from seamline.show.canvas import Canvas
from seamline.show.seam import Seam
from seamline.show.shot import Shot, Window
from seamline.steps.ahead import Covering
from seamline.steps.ingest import data_window, linear, read_matte, read_plate
from seamline.steps.lens import frame_projection
from seamline.steps.together import ahead as made_ahead

NEED_ROOM_PX = 16
"""Painted beyond what the mattes ask for: soft edges, filters and the shutter reach."""
FILTER_REACH_PX = 3
"""How far around a plate pixel that is not finite the plate cannot be sampled."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """Arrays in the making, all (H, W) or (H, W, 3) on the canvas."""

    known: Image
    seen: Mask
    """Plate pixels that are finite and live in every frame that sees them."""
    need: Mask


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
