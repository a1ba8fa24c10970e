"""
Views: where one frame of a take shows what another frame of it shows.

Only the camera's turn is followed, not its travel: right for what is far away, and for a
camera on a head. Lenses are pinholes; frames are looked at in the middle of the shutter.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.optics.projection import Pinhole, frame_directions, turn
from seamline.optics.rotation import as_rotation, compose
from seamline.show.camera import CameraTrack
from seamline.show.shot import Window

Floats = NDArray[np.float64]


def view_in_frame(
    track: CameraTrack,
    view: int,
    frame: int,
    *,
    pinholes: tuple[Pinhole, Pinhole],
    window: Window,
    step_px: int = 1,
) -> Floats:
    """
    Return (H, W, 2) display coordinates (x, y) in ``frame`` of what ``view`` shows.

    Args:
        track: Of both.
        view: Number of the frame whose pixels are asked for.
        frame: Number of the frame they are looked up in.
        pinholes: Of ``view`` and of ``frame``.
        window: x, y, width, height of the view's pixels, display coordinates.
        step_px: Every so many pixels of it.

    Returns:
        NaN behind the camera; coordinates outside the frame are returned as they are.

    Source:
        Rotation between two views of one centre: Hartley & Zisserman, 2nd ed., 8.4.
    """
    directions = frame_directions(pinholes[0], window, step_px=step_px)
    then = as_rotation(track.sample(frame).world_from_camera)
    now = as_rotation(track.sample(view).world_from_camera)
    return np.stack(pinholes[1].pixels(turn(compose(then.T, now), directions)), axis=-1)
