"""
How soft a frame is, motion blur included: the edges of its element beside its plate's.

On log-coded luminance. Through a canvas the same view is known at rest, of the plate from the
frames in which the camera moved least, so only what is hard there is measured; and how far the
shutter smeared it is held against what the camera's report makes of that view.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from seamline.optics.parallax import moved
from seamline.optics.projection import turn
from seamline.optics.rotation import as_rotation, compose
from seamline.optics.shutter import shutter_samples
from seamline.pixels.metrics import edge_width_px
from seamline.pixels.picture import Image, Picture
from seamline.pixels.smear import Floats, Moves, Places, Smear, smear_of
from seamline.ports import Studio
from seamline.show.camera import CameraTrack
from seamline.show.match import Match
from seamline.show.shot import Shot
from seamline.steps import book
from seamline.steps.camera import camera
from seamline.steps.element import space_of
from seamline.steps.lens import projection
from seamline.steps.matched import laid_on, layers_on
from seamline.steps.painting import Painting, pinned
from seamline.steps.plate_grain import open_smear_px
from seamline.steps.softness import COVERED, tone, view_at_rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """
    Edges of element and plate of one frame, in this order.

    Attributes:
        widths_px: Their middle width.
        smears: How they are smeared.
        smear_px: Over how many pixels by the camera's report; 0 where that does not say it.
    """

    widths_px: tuple[float | None, float | None] = (None, None)
    smears: tuple[Smear | None, Smear | None] = (None, None)
    smear_px: float = 0.0


NO_EDGES = Edges()


def edges_of(
    studio: Studio, shot: Shot, made: Painting, known: Image | None, match: Match,
    plate: Picture, element: Picture, frame: int,
) -> Edges:  # fmt: skip
    """
    Return the edges of the matched element, before its grain, and of the plate in a frame.

    Args:
        studio: Ports.
        shot: Which has a plate.
        made: The painting.
        known: (H, W, 4) what the plate shows of the canvas; None on a frame's own canvas.
        match: Of which sharpness alone is laid on.
        plate: The frame.
        element: Its clean element.
        frame: Its number.
    """
    working = studio.colour.working_space
    looked = partial(tone, studio, space=working)
    soft, _ = laid_on(
        studio, space_of(studio, shot), element, match, spill=None, only=_sharpness
    )
    seen = (soft, studio.colour.convert(plate.rgb(), space_of(studio, shot), working))
    if known is None:
        mine, theirs = (edge_width_px(looked(rgb)) for rgb in seen)
        return Edges(widths_px=(mine, theirs))
    track = camera(shot, book.lock(studio.ledger, shot.name))
    assert track is not None
    moves = _moves(studio, shot, track, made, plate, frame)
    widths: list[float | None] = []
    smears: list[Smear | None] = []
    for rgb, layer in zip(seen, (made.flat, known), strict=True):
        still, alpha = view_at_rest(studio, shot, made, plate, layer, frame)
        mask = alpha > COVERED
        if layer is made.flat:
            still, _ = layers_on(studio, still, alpha, match, spill=None, only=_sharpness)
        widths.append(edge_width_px(looked(rgb), mask, at_rest=looked(still)))
        smears.append(smear_of(rgb, still, mask, moves, looked) if moves else None)
    return Edges(
        widths_px=(widths[0], widths[1]),
        smears=(smears[0], smears[1]),
        smear_px=round(open_smear_px(shot, track, frame), 2) if moves else 0.0,
    )


def _sharpness(name: str) -> bool:
    return name == "sharpness"


def _moves(
    studio: Studio, shot: Shot, track: CameraTrack, made: Painting, plate: Picture, frame: int
) -> Moves | None:
    """
    Return where pixels of ``frame`` look while its shutter is open.

    None where that hangs on how far away things are: nobody knows it of the plate.
    """
    pin, track = pinned(made, track, frame)
    if track.static or pin.canvas.kind == "card" or made.depths_at(frame):
        return None
    now, opening = track.sample(frame), track.shutter_angle_deg / 360
    lens = projection(studio, shot, now.lens)
    back = as_rotation(now.world_from_camera).T
    count = shutter_samples(track, frame, lens, plate.data_window)
    corner = np.array(plate.data_window[:2]) + 0.5

    def moves(places: Places) -> Floats:
        x, y = places[1] + corner[0], places[0] + corner[1]
        ways = []
        for k in range(count):
            then = moved(track, frame, ((k + 0.5) / count - 0.5) * opening)
            looks = projection(studio, shot, then.lens).directions(x, y)
            way = turn(compose(back, as_rotation(then.world_from_camera)), looks)
            to_x, to_y = lens.pixels(way)
            ways.append(np.stack([to_x - x, to_y - y], axis=-1))
        found: Floats = np.nan_to_num(np.stack(ways))
        return found

    return moves
