"""
Outgrown: what a shot's camera sees now, and its painting's canvas does not show.

A longer cut sees more, and so does another track: of a pan, of a camera that travels past
layers with a distance, of a card in the world. The canvas keeps its axes, its middle and
its sampling, and is larger by whole pixels. Where the shot's camera is another in the
frames that were seen before, nothing of them is bound to what they looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seamline.errors import CanvasError
from seamline.optics.canvas import further_canvas, parallax_px
from seamline.optics.canvas_pixels import world_guides
from seamline.optics.card import further_card
from seamline.optics.parallax import middle_m
from seamline.pixels.flatten import MARGIN
from seamline.pixels.picture import Picture, Plane, around
from seamline.ports import Studio
from seamline.show.camera import CameraTrack
from seamline.show.canvas import Canvas
from seamline.show.shot import Shot
from seamline.show.variation import Variation
from seamline.steps import book
from seamline.steps.ahead import Ahead, Covering, layers_ahead, refuse_flat
from seamline.steps.camera import camera
from seamline.steps.canvas import LIMIT_PARALLAX_PX, arrays_of, refuse_large
from seamline.steps.ingest import data_window
from seamline.steps.layers import shown_layers
from seamline.steps.lens import frame_projection, projection, require_whole
from seamline.steps.looked import layer_distance_m
from seamline.steps.told import sheet_on

PASTED = ("R", "G", "B", "keep", "margin")
"""What the plate was known to be where a painting stands is what it was painted on."""
SOLID = 0.99
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outgrown:
    """
    The canvas that shows all a shot's frames see.

    Attributes:
        canvas: The larger one, or the painting's own.
        at: Column and row of it at which the painting's own begins.
        inside: (H, W) where the painting's own lies.
        need: (H, W) what the shot's frames see of it, as they are now.
        arrays: All that is known of it.
    """

    canvas: Canvas
    at: tuple[int, int]
    inside: Mask
    need: Mask
    arrays: Picture


def outgrown(studio: Studio, base: Variation, *, whole: bool) -> Outgrown | None:
    """
    Return the canvas on which ``base`` shows all of its shot; None where its own does.

    Args:
        studio: Ports.
        base: The painting.
        whole: Whether it is asked again what every frame sees of its own canvas too.

    Raises:
        CanvasError: The frames see more than a canvas holds, or the painting would lie by
            more than the lock's limit before a camera that travels as this one does.
    """
    shot = book.shot(studio.ledger, base.shot)
    canvas, body = book.canvas_by_digest(studio.ledger, base.ask.canvas_digest)
    track = camera(shot, book.lock(studio.ledger, base.shot))
    if canvas.kind == "frame":
        _require_still(shot, track)
        return None
    if track is None:
        return None
    larger, at = _larger(studio, shot, base, canvas, track)
    if larger is canvas and not whole:
        return None
    inside = np.zeros((larger.height_px, larger.width_px), bool)
    inside[at[1] : at[1] + canvas.height_px, at[0] : at[0] + canvas.width_px] = True
    arrays, need = _arrays(
        studio, shot, track, larger, studio.blobs.picture(str(body["arrays"])), at
    )
    return Outgrown(canvas=larger, at=at, inside=inside, need=need, arrays=arrays)


def open_in(studio: Studio, base: Variation, found: Outgrown) -> Mask:
    """Return (H, W) what the frames see within ``base``'s own canvas that it left open."""
    clear = np.ones(found.inside.shape, np.float32)
    left, top = found.at
    for facts in base.layers:
        if facts.name == MARGIN:
            continue
        alpha = studio.blobs.picture(facts.digest).channels["A"].astype(np.float32)
        height, width = alpha.shape
        clear[top : top + height, left : left + width] *= 1 - alpha
    return found.inside & found.need & (clear > 1 - SOLID)


def _require_still(shot: Shot, track: CameraTrack | None) -> None:
    if track is not None and not track.static:
        raise CanvasError(
            f"{shot.name}: the painting lies on the plate's own pixels, which is one view, and "
            "the camera moves now",
            remedy=f"Paint for the moving camera: seamline canvas {shot.name} --kind sphere, "
            f"then seamline paint {shot.name}.",
        )


def _larger(
    studio: Studio, shot: Shot, base: Variation, canvas: Canvas, track: CameraTrack
) -> tuple[Canvas, tuple[int, int]]:
    windows = {n: data_window(studio, shot, n) for n in shot.frames}
    for n in shot.frames:
        require_whole(shot, frame_projection(studio, shot, track, n), windows[n], n)
    window = around(*windows.values())
    if canvas.kind == "card":
        larger, at = further_card(
            canvas, track, shot.frames, window, lambda lens: projection(studio, shot, lens)
        )
    else:
        nearest = _nearest_m(studio, base, canvas)
        larger, at = further_canvas(
            canvas,
            track,
            shot.frames,
            window,
            lambda lens: projection(studio, shot, lens),
            nearest_m=nearest,
        )
        _refuse_flat(studio, canvas, track, shot, nearest)
    if larger is not canvas:
        refuse_large(studio, shot, larger)
    return larger, at


def _refuse_flat(
    studio: Studio, canvas: Canvas, track: CameraTrack, shot: Shot, nearest_m: float | None
) -> None:
    """Refuse a painting before which the camera travels too far for layers that lie flat."""
    lock = book.lock(studio.ledger, shot.name)
    apart = parallax_px(
        track, shot.frames, focal_px=canvas.px_per_rad, distance_m=canvas.distance_m
    )
    limit = lock.tolerances.parallax_px if lock else LIMIT_PARALLAX_PX
    refuse_flat(replace(canvas, parallax_px=apart), Ahead(nearest_m=nearest_m), limit)


def _nearest_m(studio: Studio, base: Variation, canvas: Canvas) -> float | None:
    """Return how far the nearest layer is that the camera moves against; None without one."""
    away = [layer_distance_m(studio, base.shot, canvas, facts) for facts in shown_layers(base)]
    return min((metres for metres in away if metres), default=None)


def _arrays(
    studio: Studio,
    shot: Shot,
    track: CameraTrack,
    larger: Canvas,
    before: Picture,
    at: tuple[int, int],
) -> tuple[Picture, Mask]:
    """Return the arrays of the larger canvas, what stands as it was known then; and need."""
    seam, lock = book.seam(studio.ledger, shot.name), book.lock(studio.ledger, shot.name)
    ahead = layers_ahead(studio, lock, track, shot.frames)
    if larger.kind == "card":
        ahead = Ahead()
    covering = Covering(canvas=larger, ahead=ahead)
    _, sheet = sheet_on(studio, shot, seam, track, larger, covering)
    elevation, azimuth = world_guides(larger, middle_m(track, shot.frames))
    arrays = arrays_of(larger, sheet, seam, elevation, azimuth)
    channels: dict[str, Plane] = dict(arrays.channels)
    _, _, width, height = before.data_window
    place = np.s_[at[1] : at[1] + height, at[0] : at[0] + width]
    for name in PASTED:
        plane = channels[name].copy()
        plane[place] = before.channels[name]
        channels[name] = plane
    need = channels["need"].copy()
    need[place] = np.maximum(need[place], before.channels["need"])
    return arrays.with_channels({**channels, "need": need}), channels["need"] > 0
