"""
The shutter: how a camera turns while it is open.

It moves from one frame's pose to the next at constant speed, and is open in the middle of
each. Samples lie at most a pixel apart anywhere in the frame.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from seamline.optics.projection import (
    Pinhole,
    rim_directions,
    turn,
)
from seamline.optics.rotation import (
    Rotation,
    as_rotation,
    between,
    compose,
)
from seamline.show.camera import CameraTrack
from seamline.show.canvas import Canvas
from seamline.show.shot import Window


def shutter_rotations(
    canvas: Canvas, track: CameraTrack, frame: int, pinhole: Pinhole, window: Window
) -> NDArray[np.float64]:
    """
    Return (S, 3, 3) ``canvas_from_camera`` over the shutter of ``frame``, evenly spaced.

    The camera moves from one frame's pose to the next at constant speed; the
    shutter is open for angle / 360 of a frame, centred on the frame. Samples lie
    at most one pixel apart anywhere in the frame; a camera at rest has one.
    """
    middle = as_rotation(track.sample(frame).world_from_camera)
    canvas_from_world = as_rotation(canvas.world_from_canvas).T
    opening = track.shutter_angle_deg / 360.0
    if track.static or opening == 0:
        return np.stack([compose(canvas_from_world, middle)])
    count = shutter_samples(track, frame, pinhole, window)
    at = [((k + 0.5) / count - 0.5) * opening for k in range(count)]
    poses = [turned(track, frame, t) for t in at]
    return np.stack([compose(canvas_from_world, pose) for pose in poses])


def turned(track: CameraTrack, frame: int, at: float) -> Rotation:
    """Return ``world_from_camera`` (3, 3), ``at`` frames after ``frame``."""
    middle = as_rotation(track.sample(frame).world_from_camera)
    before, after = _neighbours(track, frame, middle)
    return between(before, middle, 1 + at) if at < 0 else between(middle, after, at)


def shutter_samples(track: CameraTrack, frame: int, pinhole: Pinhole, window: Window) -> int:
    """Return how many samples of the shutter lie at most a pixel apart, as the camera turns."""
    opening = track.shutter_angle_deg / 360.0
    if track.static or opening == 0:
        return 1
    middle = as_rotation(track.sample(frame).world_from_camera)
    # Each half by itself: a camera that turns back in mid-exposure smears both ways.
    halves = (
        _smear_px(pinhole, window, turned(track, frame, -opening / 2), middle),
        _smear_px(pinhole, window, middle, turned(track, frame, opening / 2)),
    )
    return max(1, math.ceil(2 * max(halves)))


def _neighbours(track: CameraTrack, frame: int, middle: Rotation) -> tuple[Rotation, Rotation]:
    """Return the poses a frame earlier and later; at a take's ends the move is carried on."""
    poses = {s.frame: s.world_from_camera for s in track.samples}
    before, after = (
        as_rotation(poses[n]) if n in poses else None for n in (frame - 1, frame + 1)
    )
    if before is None and after is None:
        return middle, middle
    if before is None:
        assert after is not None
        return between(middle, after, -1.0), after
    return before, after if after is not None else between(before, middle, 2.0)


def _smear_px(pinhole: Pinhole, window: Window, opens: Rotation, closes: Rotation) -> float:
    """Return how far, in pixels, the fastest point of the frame's rim moves."""
    rim = rim_directions(pinhole, window)
    then_from_now = compose(closes.T, opens)
    x0, y0 = pinhole.pixels(rim)
    x1, y1 = pinhole.pixels(turn(then_from_now, rim))
    moved = np.sqrt((x1 - x0) ** 2 + (y1 - y0) ** 2)
    return float(np.nan_to_num(moved, nan=0.0).max())
