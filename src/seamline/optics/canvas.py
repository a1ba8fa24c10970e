"""
Laying out a canvas: which directions a shot sees, and how finely.

A sphere canvas is sampled at the plate's own pixels per radian on the axis of
its longest lens, so the canvas is never the softer half of the frame there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seamline.errors import CanvasError
from seamline.optics.projection import (
    Pinhole,
    Projection,
    rim_directions,
    turn,
)
from seamline.optics.reproject import (
    on_sphere,
    sphere_coordinates,
)
from seamline.optics.rotation import (
    Rotation,
    as_numbers,
    as_rotation,
    compose,
    looking,
)
from seamline.show.camera import CameraSample, CameraTrack, Lens
from seamline.show.canvas import Canvas
from seamline.show.frames import FrameRange
from seamline.show.shot import Window

BORDER_PX = 16
"""Canvas painted beyond what the frames see: filter reach and a little room."""
LARGEST_CANVAS_PX = 16384
WIDEST_LATITUDE_DEG = 75.0  # nearer to the pole, pixels of the window crowd
WIDEST_LONGITUDE_DEG = 340.0
SMALLEST_MEAN = 1e-6
"""Length of the mean view direction below which there is no middle to look to."""
Mask = NDArray[np.bool_]


def sphere_canvas(
    shot: str, track: CameraTrack, frames: FrameRange, window: Window, display: Window,
    *, pixel_aspect: float = 1.0, distance_m: float = 1000.0,
    origin_m: tuple[float, float, float] = (0.0, 0.0, 0.0), nearest_m: float | None = None,
    view: Callable[[Lens], Pinhole] | None = None,
) -> Canvas:  # fmt: skip
    """
    Return the window of directions that ``track`` sees through ``frames``.

    Args:
        shot: Its name.
        track: World from camera per frame; positions in metres.
        frames: The frames the canvas must show.
        window: The plate's data window (overscan included), x, y, width, height.
        display: The plate's display window, which the sensor fills.
        pixel_aspect: Width of a pixel over its height.
        distance_m: How far the environment is, for the parallax error.
        origin_m: The canvas's middle, that layers with a distance lie about.
        nearest_m: Distance of the nearest such layer: the window then also holds what a
            camera beside the middle sees of it.
        view: How the frame sees through a lens, where that is more than the lens says: maps.

    Raises:
        CanvasError: The frames look too close to a pole, or see more than a canvas holds.
    """
    samples = [track.sample(frame) for frame in ([frames.first] if track.static else frames)]
    ahead = [[-s.world_from_camera[i] for i in (2, 5, 8)] for s in samples]
    mean = np.array(ahead).sum(axis=0) / len(samples)
    if float((mean * mean).sum()) < SMALLEST_MEAN**2:
        raise _too_wide(shot, "look all the way round")
    world_from_canvas = looking(mean)
    near = None if nearest_m is None else (origin_m, nearest_m)
    (left, right, bottom, top), focal = _extent(
        shot,
        world_from_canvas,
        samples,
        window,
        lambda lens: seen_through(lens, display, pixel_aspect, view),
        near,
    )
    border = BORDER_PX / focal
    width = math.ceil((right - left + 2 * border) * focal)
    height = math.ceil((top - bottom + 2 * border) * focal)
    _hold_to_size(shot, width, height)
    return Canvas(
        shot=shot,
        kind="sphere",
        width_px=width,
        height_px=height,
        world_from_canvas=as_numbers(world_from_canvas),
        longitude_left_rad=left - border,
        latitude_top_rad=top + border,
        px_per_rad=focal,
        distance_m=distance_m,
        parallax_px=parallax_px(track, frames, focal_px=focal, distance_m=distance_m),
        origin_m=origin_m,
    )


def further_canvas(
    pinned: Canvas, track: CameraTrack, frames: FrameRange, window: Window,
    view: Callable[[Lens], Pinhole], *, nearest_m: float | None = None,
) -> tuple[Canvas, tuple[int, int]]:  # fmt: skip
    """
    Return ``pinned`` with as much more around it as ``frames`` see, by whole pixels.

    Args:
        pinned: A ``sphere`` canvas; its axes and its sampling stand.
        track: World from camera per frame.
        frames: The frames the canvas must show.
        window: The plate's data window, x, y, width, height.
        view: How the frame sees through a lens.
        nearest_m: Distance of the nearest layer that moves against the others, if one does.

    Returns:
        The canvas, ``pinned`` itself where it shows all of it already, and the column and
        row of it at which ``pinned`` begins.

    Raises:
        CanvasError: The frames look too close to a pole, or see more than a canvas holds.
    """
    samples = [track.sample(frame) for frame in ([frames.first] if track.static else frames)]
    near = None if nearest_m is None else (pinned.origin_m, nearest_m)
    (left, right, bottom, top), _ = _extent(
        pinned.shot, as_rotation(pinned.world_from_canvas), samples, window, view, near
    )
    scale = pinned.px_per_rad
    larger, at = grown_by(
        pinned,
        (
            (pinned.longitude_left_rad - left) * scale + BORDER_PX,
            (top - pinned.latitude_top_rad) * scale + BORDER_PX,
            (right - pinned.longitude_left_rad) * scale + BORDER_PX - pinned.width_px,
            (pinned.latitude_top_rad - bottom) * scale + BORDER_PX - pinned.height_px,
        ),
    )
    if larger is pinned:
        return pinned, at
    apart = parallax_px(track, frames, focal_px=scale, distance_m=pinned.distance_m)
    return replace(larger, parallax_px=apart), at


def grown_by(
    pinned: Canvas, beyond_px: tuple[float, float, float, float]
) -> tuple[Canvas, tuple[int, int]]:
    """
    Return ``pinned`` larger by whole pixels, and the column and row at which it begins.

    Args:
        pinned: A ``sphere`` or a ``card``.
        beyond_px: Left, above, right and below: by how much more is seen, pixels; negative
            where it reaches farther than what is seen. By a pixel or less nothing grows.

    Raises:
        CanvasError: It would be larger than a canvas may be.
    """
    # A border that rounds to a pixel more or less is no reason to paint anything.
    left, above, right, below = (n if (n := math.ceil(px)) > 1 else 0 for px in beyond_px)
    if not (left or above or right or below):
        return pinned, (0, 0)
    width, height = pinned.width_px + left + right, pinned.height_px + above + below
    _hold_to_size(pinned.shot, width, height)
    size = replace(pinned, width_px=width, height_px=height)
    if pinned.kind == "card":
        return (
            replace(
                size,
                card_left_m=pinned.card_left_m - left / pinned.px_per_m,
                card_top_m=pinned.card_top_m + above / pinned.px_per_m,
            ),
            (left, above),
        )
    return (
        replace(
            size,
            longitude_left_rad=pinned.longitude_left_rad - left / pinned.px_per_rad,
            latitude_top_rad=pinned.latitude_top_rad + above / pinned.px_per_rad,
        ),
        (left, above),
    )


def _extent(
    shot: str,
    world_from_canvas: Rotation,
    samples: Sequence[CameraSample],
    window: Window,
    view: Callable[[Lens], Pinhole],
    near: tuple[tuple[float, float, float], float] | None,
) -> tuple[tuple[float, float, float, float], float]:
    """
    Return (left, right, bottom, top), radians, of what is seen, and the longest focal.

    ``near`` is the canvas's middle and how far the nearest layer about it is.
    """
    left = bottom = math.inf
    right = top = -math.inf
    focal = 0.0
    for sample in samples:
        pinhole = view(sample.lens)
        focal = max(focal, pinhole.focal_x_px, pinhole.focal_y_px)
        rim = rim_directions(pinhole, window)
        canvas_from_camera = compose(world_from_canvas.T, as_rotation(sample.world_from_camera))
        ways = turn(canvas_from_camera, rim)
        if near is not None:
            aside = np.array(sample.position_m) - np.array(near[0])
            offset = turn(world_from_canvas.T, aside) / near[1]
            ways = np.concatenate([ways, on_sphere(ways, offset)])
        x, y = sphere_coordinates(
            ways, longitude_left_rad=0.0, latitude_top_rad=0.0, px_per_rad=1.0
        )
        left, right = min(left, float(x.min())), max(right, float(x.max()))
        top, bottom = max(top, float(-y.min())), min(bottom, float(-y.max()))
    # Behind the canvas's back longitude jumps by a turn: a frame there sees both ends.
    if max(top, -bottom) > math.radians(WIDEST_LATITUDE_DEG) or right - left > math.radians(
        WIDEST_LONGITUDE_DEG
    ):
        raise _too_wide(
            shot,
            f"see from {math.degrees(bottom):.0f} to {math.degrees(top):.0f} degrees about "
            f"the canvas's equator and {math.degrees(right - left):.0f} degrees across",
        )
    return (left, right, bottom, top), focal


def _hold_to_size(shot: str, width: int, height: int) -> None:
    if max(width, height) > LARGEST_CANVAS_PX:
        raise CanvasError(
            f"{shot}: the canvas would be {width}x{height} pixels, larger than "
            f"{LARGEST_CANVAS_PX}",
            remedy="Split the shot, or check the track's focal length and units.",
        )


def seen_through(
    lens: Lens, display: Window, pixel_aspect: float, view: Callable[[Lens], Pinhole] | None
) -> Pinhole:
    """Return how ``display`` sees through ``lens``, by ``view`` where that is given."""
    if view is not None:
        return view(lens)
    return Projection.of(lens, display, pixel_aspect=pixel_aspect)


def _too_wide(shot: str, seen: str) -> CanvasError:
    return CanvasError(
        f"{shot}: the frames {seen}; one window of directions cannot hold that",
        remedy="Split the shot, or check the track's rotation order and units.",
    )


def parallax_px(
    track: CameraTrack, frames: FrameRange, *, focal_px: float, distance_m: float
) -> float:
    """
    Return by how many pixels something ``distance_m`` away moves that a sphere does not.

    Half the largest distance between two camera positions, seen at ``distance_m``:
    f x b / d (Hartley & Zisserman, 9.1), since the canvas sits in the middle.
    """
    if track.static:
        return 0.0
    spots = np.array([track.sample(frame).position_m for frame in frames])
    reach = spots.max(axis=0) - spots.min(axis=0)
    return float(math.sqrt(float((reach * reach).sum())) / 2 / distance_m * focal_px)
