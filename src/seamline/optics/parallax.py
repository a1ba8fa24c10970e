"""
Parallax: where a camera is while its shutter is open, and how near things move for it.

Between two frames a camera moves in a straight line, turns at constant speed and zooms
evenly; the shutter is centred on the frame. Positions are metres. A layer at a distance
lies on a sphere about the canvas's middle, so it moves against a layer farther away as
the camera leaves that middle.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seamline.errors import CanvasError, TrackError
from seamline.optics.card import card_reach_m
from seamline.optics.projection import Pinhole, rim_directions, turn
from seamline.optics.reproject import card_coordinates, on_sphere, sphere_coordinates
from seamline.optics.rotation import Rotation, as_numbers, as_rotation, compose
from seamline.optics.shutter import shutter_samples, turned
from seamline.show.camera import CameraSample, CameraTrack, Lens
from seamline.show.canvas import Canvas
from seamline.show.shot import Window

Floats = NDArray[np.float64]
FLAT_PX = 0.05
"""A layer that moves by less is seen as if it were without end: a twentieth of a pixel."""
NEAREST = 1.25
"""A layer stands at least so many times as far away as the camera leaves its middle."""
MOST_SAMPLES = 512
"""Of one shutter: a smear of so many pixels has no detail left."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Poses:
    """
    A camera over one frame's shutter, evenly spaced in time.

    Attributes:
        rotations: (S, 3, 3) ``canvas_from_camera``.
        spots_m: (S, 3) from the canvas's origin, in its axes.
        zooms: (S,) by how much wider than in mid-exposure the lens sees.
    """

    rotations: Floats
    spots_m: Floats
    zooms: Floats

    def one(self, n: int) -> Poses:
        """Return the ``n``-th alone."""
        k = slice(n, n + 1)
        return Poses(rotations=self.rotations[k], spots_m=self.spots_m[k], zooms=self.zooms[k])


def moved(track: CameraTrack, frame: int, at: float) -> CameraSample:
    """
    Return the camera ``at`` frames after the sample of ``frame``.

    At a take's ends, and where a neighbour is missing, the move is carried on.
    """
    now = track.sample(frame)
    if track.static or at == 0:
        return now
    there = {s.frame: s for s in track.samples}
    other = there.get(frame + (1 if at > 0 else -1))
    share = abs(at)
    if other is None:
        other, share = there.get(frame + (-1 if at > 0 else 1)), -abs(at)
    if other is None:
        return now
    x, y, z = (
        a + (b - a) * share for a, b in zip(now.position_m, other.position_m, strict=True)
    )
    return CameraSample(
        frame=frame,
        lens=_zoomed(now.lens, other.lens, share),
        position_m=(x, y, z),
        world_from_camera=as_numbers(turned(track, frame, at)),
    )


def _zoomed(now: Lens, other: Lens, share: float) -> Lens:
    if now.focal_length_mm == other.focal_length_mm:
        return now
    focal = now.focal_length_mm + (other.focal_length_mm - now.focal_length_mm) * share
    return replace(now, focal_length_mm=max(focal, now.focal_length_mm / 4))


@lru_cache(maxsize=8)
def in_mid_exposure(track: CameraTrack) -> CameraTrack:
    """Return ``track`` with its samples taken in the middle of the exposure."""
    if track.sample_phase == 0 or track.static:
        return track
    if not abs(track.sample_phase) <= 1:
        raise TrackError(
            f"the track's samples are said to be {track.sample_phase:g} frames off the middle "
            "of the exposure",
            remedy="Export one sample per frame, less than a frame away from its exposure.",
        )
    samples = tuple(moved(track, s.frame, -track.sample_phase) for s in track.samples)
    return replace(track, samples=samples, sample_phase=0.0)


def middle_m(track: CameraTrack, frames: Iterable[int]) -> tuple[float, float, float]:
    """Return the middle of the box of all camera positions; the origin if it never travels."""
    spots = [track.sample(frame).position_m for frame in frames]
    low, high = ([f(spot[i] for spot in spots) for i in range(3)] for f in (min, max))
    if track.static or low == high:
        return (0.0, 0.0, 0.0)
    x, y, z = ((a + b) / 2 for a, b in zip(low, high, strict=True))
    return (x, y, z)


def reach_m(canvas: Canvas, track: CameraTrack, frames: Iterable[int]) -> float:
    """Return how far the camera leaves the canvas's middle, at most."""
    away = [math.dist(track.sample(frame).position_m, canvas.origin_m) for frame in frames]
    return max(away, default=0.0)


def lies_at_m(
    canvas: Canvas, track: CameraTrack, frames: Sequence[int], distance_m: float | None
) -> float | None:
    """
    Return the distance a layer is seen at; None where it is seen as if without end.

    That is where nobody said how far it is, where the camera does not travel, where the
    parallax is below ``FLAT_PX``, and on a canvas whose middle is not the camera's: one
    that was laid out for another track.

    Raises:
        CanvasError: The camera would pass the layer, or all but.
    """
    if canvas.kind != "sphere" or track.static or not distance_m:
        return None
    if not _is_middle(canvas, track, frames):
        return None
    reach = reach_m(canvas, track, frames)
    if layer_parallax_px(canvas, reach, distance_m) < FLAT_PX:
        return None
    if reach * NEAREST > distance_m:
        raise CanvasError(
            f"{canvas.shot}: a layer stands {distance_m:g} m away, and the camera travels "
            f"{reach:.2f} m to either side: it would all but pass it",
            remedy="Say a larger distance, or put what is so near on a card of its own.",
        )
    return distance_m


def _is_middle(canvas: Canvas, track: CameraTrack, frames: Sequence[int]) -> bool:
    """Whether the canvas's middle lies within the camera's travel."""
    spots = [track.sample(frame).position_m for frame in frames]
    return all(
        min(spot[i] for spot in spots) <= canvas.origin_m[i] <= max(spot[i] for spot in spots)
        for i in range(3)
    )


def layer_parallax_px(canvas: Canvas, reach: float, distance_m: float) -> float:
    """
    Return by how many pixels a layer moves either way that a flat canvas would not: f b / d.

    Source: Hartley & Zisserman, 2nd ed., 9.1.
    """
    return reach / distance_m * canvas.px_per_rad


def shutter_poses(
    canvas: Canvas,
    track: CameraTrack,
    frame: int,
    pinhole: Pinhole,
    window: Window,
    *,
    nearest_m: float | None = None,
) -> Poses:
    """
    Return the camera over the shutter of ``frame``.

    Args:
        canvas: In whose axes, and from whose origin.
        track: Samples in mid-exposure.
        frame: Its number.
        pinhole: The lens in mid-exposure.
        window: What is seen, display pixels.
        nearest_m: ``sphere``: distance of the nearest layer that is seen; None where all
            are without end, and only the camera's turn counts.

    Returns:
        Samples at most a pixel apart anywhere in the frame, near things included; one for
        a camera at rest.
    """
    now = track.sample(frame)
    opening = 0.0 if track.static else track.shutter_angle_deg / 360.0
    opens, closes = (moved(track, frame, at * opening / 2) for at in (-1.0, 1.0))
    travels = canvas.kind == "card" or nearest_m is not None
    zooms = opens.lens.focal_length_mm != closes.lens.focal_length_mm
    rim = rim_directions(pinhole, window)
    away = np.full(len(rim), nearest_m if nearest_m else math.inf)
    if canvas.kind == "card":
        away = card_reach_m(canvas, now, rim)
    smears = [
        _smear_px(pinhole, rim, away if travels else None, other, now)
        for other in (opens, closes)
    ]
    if not (travels or zooms):
        count = shutter_samples(track, frame, pinhole, window)
    else:
        count = max(1, min(MOST_SAMPLES, math.ceil(2 * max(smears)))) if opening else 1
    at = [((k + 0.5) / count - 0.5) * opening for k in range(count)]
    samples = [moved(track, frame, t) for t in at]
    canvas_from_world = as_rotation(canvas.world_from_canvas).T
    spots = np.array([s.position_m for s in samples]) - np.array(canvas.origin_m)
    return Poses(
        rotations=np.stack(
            [compose(canvas_from_world, as_rotation(s.world_from_camera)) for s in samples]
        ),
        spots_m=turn(canvas_from_world, spots),
        zooms=np.array([now.lens.focal_length_mm / s.lens.focal_length_mm for s in samples]),
    )


def _smear_px(
    pinhole: Pinhole,
    rim: Floats,
    away_m: Floats | None,
    other: CameraSample,
    now: CameraSample,
) -> float:
    """Return how far, in pixels, the fastest point of the rim moves between two poses."""
    then_from_now = compose(
        as_rotation(other.world_from_camera).T, as_rotation(now.world_from_camera)
    )
    ways = [turn(then_from_now, rim)]
    if away_m is not None:
        travel = np.array(now.position_m) - np.array(other.position_m)
        back: Rotation = as_rotation(other.world_from_camera).T
        length = np.sqrt((rim * rim).sum(axis=-1))
        ways.append(ways[0] + turn(back, travel) * (length / away_m)[:, None])
    zoom = other.lens.focal_length_mm / now.lens.focal_length_mm
    x0, y0 = pinhole.pixels(rim)
    farthest = 0.0
    for way in ways:
        x, y = pinhole.pixels(way)
        x = pinhole.centre_x_px + (x - pinhole.centre_x_px) * zoom
        y = pinhole.centre_y_px + (y - pinhole.centre_y_px) * zoom
        apart = np.sqrt((x - x0) ** 2 + (y - y0) ** 2)
        farthest = max(farthest, float(np.nan_to_num(apart, nan=0.0).max()))
    return farthest


def on_canvas(
    canvas: Canvas,
    poses: Poses,
    directions: Floats,
    *,
    distance_m: float | None = None,
) -> list[tuple[Floats, Floats]]:
    """
    Return canvas coordinates (x, y), pixels, that (..., 3) camera directions see, per sample.

    ``distance_m``: of the layer on a ``sphere`` that is looked at; None is without end.
    """
    found = []
    for rotation, spot, zoom in zip(poses.rotations, poses.spots_m, poses.zooms, strict=True):
        ways = turn(rotation, directions * np.array([zoom, zoom, 1.0]))
        if canvas.kind == "card":
            found.append(
                card_coordinates(
                    ways, spot, card_left_m=canvas.card_left_m,
                    card_top_m=canvas.card_top_m, px_per_m=canvas.px_per_m,
                )
            )  # fmt: skip
            continue
        if distance_m is not None:
            ways = on_sphere(ways, spot / distance_m)
        found.append(
            sphere_coordinates(
                ways, longitude_left_rad=canvas.longitude_left_rad,
                latitude_top_rad=canvas.latitude_top_rad, px_per_rad=canvas.px_per_rad,
            )
        )  # fmt: skip
    return found


def pose_at_rest(canvas: Canvas, track: CameraTrack, frame: int) -> Poses:
    """Return the camera in the middle of the exposure of ``frame``, one sample."""
    now = track.sample(frame)
    canvas_from_world = as_rotation(canvas.world_from_canvas).T
    spot = np.array([now.position_m]) - np.array(canvas.origin_m)
    return Poses(
        rotations=compose(canvas_from_world, as_rotation(now.world_from_camera))[None],
        spots_m=turn(canvas_from_world, spot),
        zooms=np.ones(1),
    )
