"""
Cards as canvases: a plane in the world, painted once, that every frame looks at.

A card's own axes are its right (X), its up (Y) and its normal (Z), metres from its
origin. It is sampled at the plate's own pixels where some frame comes nearest to it; the
ground beyond a distance is finer there than a frame can use, and is not on the card.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.errors import CanvasError
from seamline.optics.canvas import BORDER_PX, LARGEST_CANVAS_PX, grown_by, seen_through
from seamline.optics.canvas_pixels import points_of
from seamline.optics.projection import Pinhole, turn
from seamline.optics.reproject import MOST_TAPS
from seamline.optics.rotation import Rotation, as_numbers, as_rotation, compose
from seamline.show.camera import CameraSample, CameraTrack, Lens
from seamline.show.canvas import Canvas
from seamline.show.frames import FrameRange
from seamline.show.shot import Window

Floats = NDArray[np.float64]
Point = tuple[float, float, float]
SPAN_OF_LOOK_PX = 2.0
"""A cubic looks at four canvas pixels each way; two of them are mostly its own."""
LOOKS = 97
"""Rays across and down a frame that its place on the plane is found by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneInWorld:
    """A plane by a point on it, metres, and its normal, any length."""

    point_m: Point
    normal: Point

    def __post_init__(self) -> None:
        for name in ("point_m", "normal"):
            object.__setattr__(self, name, tuple(float(v) for v in getattr(self, name)))
        if not all(math.isfinite(v) for v in (*self.point_m, *self.normal)):
            raise CanvasError("a plane is six finite numbers: a point and a normal")
        if math.hypot(*self.normal) < 1e-9:
            raise CanvasError(
                "a plane's normal has a length",
                remedy="0,1,0 is a floor; 0,0,1 a wall that looks along +Z.",
            )


def ground(height_m: float = 0.0) -> PlaneInWorld:
    """Return the level plane at ``height_m``."""
    return PlaneInWorld(point_m=(0.0, height_m, 0.0), normal=(0.0, 1.0, 0.0))


def card_axes(plane: PlaneInWorld, right: Floats) -> Rotation:
    """
    Return ``world_from_card`` (3, 3): columns right, up and the plane's normal.

    Args:
        plane: Whose normal.
        right: (3,) what lies to the right in the frames; its part along the plane is X.
    """
    normal = _unit(np.array(plane.normal, np.float64))
    for way in (right, np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, -1.0])):
        along = way - normal * float((way * normal).sum())
        if float((along * along).sum()) > 1e-6:
            break
    across = _unit(along)
    up = np.array(
        [
            normal[1] * across[2] - normal[2] * across[1],
            normal[2] * across[0] - normal[0] * across[2],
            normal[0] * across[1] - normal[1] * across[0],
        ]
    )
    return np.stack([across, up, normal], axis=1)


def _unit(way: Floats) -> Floats:
    found: Floats = way / math.sqrt(float((way * way).sum()))
    return found


def card_canvas(
    shot: str, track: CameraTrack, frames: FrameRange, window: Window, display: Window,
    plane: PlaneInWorld, *, pixel_aspect: float = 1.0, most_mpx: float = 128.0,
    view: Callable[[Lens], Pinhole] | None = None,
) -> Canvas:  # fmt: skip
    """
    Return the window of ``plane`` that ``track`` sees through ``frames``.

    Args:
        shot: Its name.
        track: World from camera per frame; positions in metres.
        frames: The frames the card must show.
        window: The plate's data window, x, y, width, height.
        display: The plate's display window, which the sensor fills.
        plane: Where the card stands.
        pixel_aspect: Width of a pixel over its height.
        most_mpx: Megapixels that the card may have; far ground is left out for it.
        view: How the frame sees through a lens, where that is more than the lens says: maps.

    Returns:
        ``distance_m`` is how far along a frame's axis the card reaches, ``px_per_rad`` the
        longest lens's.

    Raises:
        CanvasError: No frame sees the plane, or one stands on it.
    """
    samples = [track.sample(frame) for frame in ([frames.first] if track.static else frames)]
    right = np.array([[s.world_from_camera[i] for i in (0, 3, 6)] for s in samples])
    axes = card_axes(plane, right.mean(axis=0))
    seen, focal = [], 0.0
    for sample in samples:
        pinhole = seen_through(sample.lens, display, pixel_aspect, view)
        focal = max(focal, pinhole.focal_x_px, pinhole.focal_y_px)
        seen.append(_seen(axes, plane, sample, pinhole, window))
    x, y, depth, ratio, slant = (np.concatenate(part) for part in zip(*seen, strict=True))
    if not len(x):
        raise _unseen(shot, plane)
    px_per_m = float(ratio.max())
    # Farther away a pixel of the frame spans more of the card than its looks can tell.
    most = SPAN_OF_LOOK_PX * MOST_TAPS
    usable = (px_per_m * slant <= most) & (px_per_m / ratio <= most)
    x, y, depth = x[usable], y[usable], depth[usable]
    far = _far_m(x, y, depth, px_per_m, most_mpx)
    near = depth <= far
    border = BORDER_PX / px_per_m
    left, top = float(x[near].min()) - border, float(y[near].max()) + border
    return Canvas(
        shot=shot,
        kind="card",
        width_px=math.ceil((float(x[near].max()) + border - left) * px_per_m),
        height_px=math.ceil((top - float(y[near].min()) + border) * px_per_m),
        world_from_canvas=as_numbers(axes),
        px_per_rad=focal,
        distance_m=far,
        origin_m=plane.point_m,
        card_left_m=left,
        card_top_m=top,
        px_per_m=px_per_m,
    )


def further_card(
    pinned: Canvas, track: CameraTrack, frames: FrameRange, window: Window,
    view: Callable[[Lens], Pinhole],
) -> tuple[Canvas, tuple[int, int]]:  # fmt: skip
    """
    Return ``pinned`` with as much more of its plane as ``frames`` see, by whole pixels.

    Args:
        pinned: A ``card`` canvas; its plane, its axes, its sampling and how far along a
            frame's axis it reaches stand.
        track: World from camera per frame; positions in metres.
        frames: The frames the card must show.
        window: The plate's data window, x, y, width, height.
        view: How the frame sees through a lens.

    Returns:
        The canvas, ``pinned`` itself where it shows all of it already, and the column and
        row of it at which ``pinned`` begins.

    Raises:
        CanvasError: No frame sees the plane, or one stands on it, or they see more of it
            than a canvas holds.
    """
    axes, scale = as_rotation(pinned.world_from_canvas), pinned.px_per_m
    plane = PlaneInWorld(point_m=pinned.origin_m, normal=(axes[0, 2], axes[1, 2], axes[2, 2]))
    samples = [track.sample(frame) for frame in ([frames.first] if track.static else frames)]
    seen = [_seen(axes, plane, s, view(s.lens), window) for s in samples]
    x, y, depth, ratio, slant = (np.concatenate(part) for part in zip(*seen, strict=True))
    most = SPAN_OF_LOOK_PX * MOST_TAPS
    near = (scale * slant <= most) & (scale / ratio <= most) & (depth <= pinned.distance_m)
    if not near.any():
        raise _unseen(pinned.shot, plane)
    columns = (x[near] - pinned.card_left_m) * scale
    rows = (pinned.card_top_m - y[near]) * scale
    return grown_by(
        pinned,
        (
            BORDER_PX - float(columns.min()),
            BORDER_PX - float(rows.min()),
            float(columns.max()) + BORDER_PX - pinned.width_px,
            float(rows.max()) + BORDER_PX - pinned.height_px,
        ),
    )


def _unseen(shot: str, plane: PlaneInWorld) -> CanvasError:
    return CanvasError(
        f"{shot}: no frame sees the plane through {', '.join(f'{v:g}' for v in plane.point_m)}",
        remedy="Check the point, the normal and the track's unit.",
    )


def _seen(
    axes: Rotation, plane: PlaneInWorld, sample: CameraSample, pinhole: Pinhole, window: Window
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """
    Return what a frame's rays meet: x, y, depth (metres), frame pixels a metre, metres a pixel.

    Pixels a metre are those across the line of sight; metres a pixel those along it.
    """
    left, top, width, height = window
    columns = np.linspace(left, left + width, LOOKS)
    rows = np.linspace(top, top + height, LOOKS)
    ahead = pinhole.directions(*np.meshgrid(columns, rows))
    rotation = compose(axes.T, as_rotation(sample.world_from_camera))
    spot = turn(axes.T, np.array(sample.position_m) - np.array(plane.point_m))
    ways = turn(rotation, ahead)
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = -float(spot[2]) / ways[..., 2]
    hit = np.isfinite(depth) & (depth > 0)
    if abs(float(spot[2])) < 1e-6:
        raise CanvasError(
            f"the camera of frame {sample.frame} lies in the card's plane",
            remedy="Check the plane's point and the track's unit.",
        )
    depth, ways = depth[hit], ways[hit]
    focal = max(pinhole.focal_x_px, pinhole.focal_y_px)
    length = np.sqrt((ways * ways).sum(axis=-1))
    steep = np.abs(ways[:, 2]) / length
    return (
        float(spot[0]) + depth * ways[:, 0],
        float(spot[1]) + depth * ways[:, 1],
        depth,
        focal / depth,
        depth / focal / steep,
    )


def _far_m(x: Floats, y: Floats, depth: Floats, px_per_m: float, most_mpx: float) -> float:
    """Return how deep the card may reach within ``most_mpx`` and ``LARGEST_CANVAS_PX``."""
    order = np.argsort(depth, kind="stable")
    wide, high = (
        (np.maximum.accumulate(v[order]) - np.minimum.accumulate(v[order])) * px_per_m
        + 2 * BORDER_PX
        for v in (x, y)
    )
    fits = (wide * high <= most_mpx * 1e6) & (np.maximum(wide, high) < LARGEST_CANVAS_PX)
    last = int(fits.argmin()) if not fits.all() else len(fits)
    return float(depth[order][max(last - 1, 0)])


def card_away_m(canvas: Canvas, sample: CameraSample) -> Floats:
    """Return (H, W) metres from a camera to each pixel of a card."""
    axes = as_rotation(canvas.world_from_canvas)
    ways = points_of(canvas) - turn(
        axes.T, np.array(sample.position_m) - np.array(canvas.origin_m)
    )
    away: Floats = np.sqrt((ways * ways).sum(axis=-1))
    return away


def card_reach_m(canvas: Canvas, sample: CameraSample, directions: Floats) -> Floats:
    """Return (...) metres along each of (..., 3) camera directions to the card, or inf."""
    axes = as_rotation(canvas.world_from_canvas)
    spot = turn(axes.T, np.array(sample.position_m) - np.array(canvas.origin_m))
    ways = turn(compose(axes.T, as_rotation(sample.world_from_camera)), directions)
    length = np.sqrt((ways * ways).sum(axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = -float(spot[2]) / ways[..., 2]
    return np.where(np.isfinite(depth) & (depth > 0), depth * length, np.inf)
