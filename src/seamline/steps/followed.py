"""
Following a moving camera: another frame on the pixels of this one.

Colour by whole pixels, so that grain stays what it was; luminance between pixels, so that a
level is not changed by an edge which moves by part of one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from seamline.optics.projection import frame_directions, turn
from seamline.optics.reproject import sample_linear
from seamline.optics.rotation import as_rotation, compose
from seamline.ports import Studio
from seamline.show.shot import Shot
from seamline.steps import book
from seamline.steps.camera import camera
from seamline.steps.ingest import display_window
from seamline.steps.lens import projection
from seamline.steps.opened import Opened


def follower(studio: Studio, shot: Shot) -> Callable[[Opened, Opened], Opened]:
    """
    Return what brings one opened frame onto another's pixels.

    Only the camera's turn is followed: what is near and a camera that travels are not. What
    the other frame does not show has matte .5: neither live nor generated.
    """
    track = camera(shot, book.lock(studio.ledger, shot.name))
    display = display_window(shot)

    def follow(here: Opened, there: Opened) -> Opened:
        if track is None or track.static:
            return there
        height, width = here.matte.shape
        window = (here.corner[0] + display[0], here.corner[1] + display[1], width, height)
        one, other = (track.sample(o.frame) for o in (here, there))
        pins = [projection(studio, shot, s.lens) for s in (one, other)]
        turned = compose(
            as_rotation(other.world_from_camera).T, as_rotation(one.world_from_camera)
        )
        x, y = pins[1].pixels(turn(turned, frame_directions(pins[0], window)))
        across = np.nan_to_num(x, nan=-1e6) - there.corner[0] - display[0]
        down = np.nan_to_num(y, nan=-1e6) - there.corner[1] - display[1]
        x, y = np.floor(across).astype(np.int64), np.floor(down).astype(np.int64)
        rows, columns = there.matte.shape
        seen = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
        x, y = np.where(seen, x, 0), np.where(seen, y, 0)
        return replace(
            there,
            rgb=there.rgb[y, x],
            luminance=sample_linear(there.luminance[..., None], across, down)[..., 0],
            matte=np.where(seen, there.matte[y, x], np.float32(0.5)),
        )

    return follow
