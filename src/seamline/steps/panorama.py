"""
Panoramas as a generator sees them: overlapping perspective views, and one of the sun.

Where the lock says from where the key shines, a panorama is turned about the vertical
until its own sun stands there: all its views share that one turn. Where the canvas looks
that way, one more view is the sun and its surroundings in the canvas's own geometry, so
that it can be copied without a stretch.

Light up to ``SUN_LINEAR`` is sampled with a cubic that cannot overshoot, what lies above
it with a tent: a held cubic would add a sixth to the energy of a sun one pixel wide.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.optics.canvas import elevation_azimuth_deg
from seamline.optics.projection import Pinhole, frame_directions, turn
from seamline.optics.reproject import sample, sample_linear, sphere_coordinates
from seamline.optics.rotation import Rotation, from_pan_tilt_roll
from seamline.optics.sines import direction_of
from seamline.pixels.picture import Image
from seamline.pixels.resample import resized
from seamline.pixels.sun import angle_deg, stands_deg
from seamline.ports import CanvasPicture
from seamline.show.reference import Reference

VIEW_HFOV_DEG = 70.0
VIEWS = 6
WRAP_PX = 4
SUN_LINEAR = 8.0
"""Brighter than this is a light, not a thing it lights: five stops and a half over grey."""
SUN_VIEW_SHARE = 0.1
"""Half-width of the sun's own view, of the canvas's width."""
SMALLEST_SUN_VIEW_PX = 12

View = tuple[Image, Image, tuple[Image | None, Image | None], Image, Image]
"""Light, what may be copied, elevation and azimuth where known, master x and y."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Around:
    """A panorama at the canvas's sampling, its two edges joined."""

    low: Image
    high: Image | None
    px_per_rad: float
    scale: float
    own_from_world: Rotation

    def view(
        self, directions: NDArray[np.float64], guides: tuple[Image, Image] | None = None
    ) -> View:
        """Return what is seen in world ``directions`` (H, W, 3)."""
        x, y = sphere_coordinates(
            turn(self.own_from_world, directions),
            longitude_left_rad=-math.pi,
            latitude_top_rad=math.pi / 2,
            px_per_rad=self.px_per_rad,
        )
        seen = sample(self.low, x + WRAP_PX, y)
        light = np.ascontiguousarray(seen[..., :3])
        if self.high is not None:
            light = light + sample_linear(self.high, x + WRAP_PX, y)
        return (
            light,
            seen[..., 3],
            guides or elevation_azimuth_deg(directions),
            (x * self.scale).astype(np.float32),
            (y * self.scale).astype(np.float32),
        )


def panorama_views(
    reference: Reference, rgb: Image, may: Image, canvas: CanvasPicture
) -> list[View]:
    """
    Return the views of a panorama that suit ``canvas``.

    Args:
        reference: Of projection ``latlong``.
        rgb: (H, W, 3) its linear master, 0 where it must not be copied.
        may: (H, W) 1 where it may be copied.
        canvas: What is to be painted; its ``key_deg`` decides the turn.
    """
    around = _around(reference, rgb, may, canvas)
    low, high = float(canvas.elevation_deg.min()), float(canvas.elevation_deg.max())
    tilt = max(-45.0, min(45.0, (low + high) / 2))
    reach = min(80.0, max(24.0, high - low + 8.0))
    focal = canvas.px_per_deg * 180 / math.pi
    view_w = round(2 * focal * math.tan(math.radians(VIEW_HFOV_DEG / 2)))
    view_h = round(2 * focal * math.tan(math.radians(reach / 2)))
    lens = Pinhole(
        focal_x_px=focal, focal_y_px=focal, centre_x_px=view_w / 2, centre_y_px=view_h / 2
    )
    ahead = frame_directions(lens, (0, 0, view_w, view_h))
    views = [
        around.view(turn(from_pan_tilt_roll(number * 360.0 / VIEWS, tilt), ahead))
        for number in range(VIEWS)
    ]
    sun = _sun_view(reference, around, canvas)
    return views if sun is None else [*views, sun]


def turn_deg(reference: Reference, canvas: CanvasPicture) -> float:
    """Return by how much a panorama is turned so that its key has the locked azimuth."""
    own = reference.light.key_azimuth_deg
    if reference.projection != "latlong" or canvas.key_deg is None or own is None:
        return 0.0
    return (canvas.key_deg[0] - own + 180.0) % 360.0 - 180.0


def key_of(reference: Reference, canvas: CanvasPicture) -> tuple[float, float] | None:
    """Return azimuth, after the turn, and elevation of a panorama's own key, if known."""
    light = reference.light
    if reference.projection != "latlong" or canvas.key_deg is None:
        return None
    if light.key_azimuth_deg is None or light.key_elevation_deg is None:
        return None
    return canvas.key_deg[0], light.key_elevation_deg


def _around(reference: Reference, rgb: Image, may: Image, canvas: CanvasPicture) -> _Around:
    width = may.shape[1]
    wanted = round(canvas.px_per_deg * 360)
    if width > wanted:  # more detail than the canvas holds: average it first
        rgb, may = (resized(a, wanted // 2, wanted) for a in (rgb, may[..., None]))
        may = may[..., 0]
    limit = np.float32(SUN_LINEAR)
    high = _joined(rgb - np.minimum(rgb, limit)) if (rgb > limit).any() else None
    angle = math.radians(turn_deg(reference, canvas))
    # A turn about the vertical: from the world to the panorama's own directions.
    cosine, sine = math.cos(angle), math.sin(angle)
    return _Around(
        low=_joined(np.concatenate([np.minimum(rgb, limit), may[..., None]], axis=-1)),
        high=high,
        px_per_rad=may.shape[1] / (2 * math.pi),
        scale=width / may.shape[1],
        own_from_world=np.array([[cosine, 0.0, -sine], [0.0, 1.0, 0.0], [sine, 0.0, cosine]]),
    )


def _joined(picture: Image) -> Image:
    return np.concatenate([picture[:, -WRAP_PX:], picture, picture[:, :WRAP_PX]], axis=1)


def _sun_view(reference: Reference, around: _Around, canvas: CanvasPicture) -> View | None:
    """Return the sun and its surroundings as the canvas would show them; None out of frame."""
    own = key_of(reference, canvas)
    if own is None:
        return None
    azimuth, elevation = stands_deg(own, canvas.key_deg)
    towards = direction_of(np.array(elevation), np.array(azimuth))
    high, along = (a.astype(np.float64) for a in (canvas.elevation_deg, canvas.azimuth_deg))
    directions = direction_of(high, along)
    apart = angle_deg(directions, towards)
    height, width = apart.shape
    row, column = np.unravel_index(int(apart.argmin()), apart.shape)
    half = max(SMALLEST_SUN_VIEW_PX, round(SUN_VIEW_SHARE * width))
    if float(apart[row, column]) * canvas.px_per_deg > half:
        return None
    box = np.s_[
        max(0, row - half) : min(height, row + half + 1),
        max(0, column - half) : min(width, column + half + 1),
    ]
    raised = _raise(azimuth, own[1] - elevation)
    view = around.view(turn(raised, directions[box]))
    return view if min(view[1].shape) > SMALLEST_SUN_VIEW_PX else None


def _raise(azimuth_deg: float, by_deg: float) -> Rotation:
    """Return the rotation that lifts what stands at ``azimuth_deg`` by ``by_deg``."""
    a, b = math.radians(azimuth_deg), math.radians(by_deg)
    x, z = math.sin(a), math.cos(a)
    cosine, sine = math.cos(b), math.sin(b)
    gone = 1 - cosine
    # Rodrigues' formula about the level axis (z, 0, -x) to its left.
    return np.array(
        [
            [1 - gone * x * x, -sine * x, -gone * x * z],
            [sine * x, cosine, sine * z],
            [-gone * x * z, -sine * z, 1 - gone * z * z],
        ]
    )
