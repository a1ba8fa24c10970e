"""
The shot's lens: what its plate's pixels see, distortion, squeeze and pixel aspect in it.

Every step that asks how a plate sees the world asks here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np

from seamline.errors import CanvasError
from seamline.optics.lens_map import MapBend, PixelMap
from seamline.optics.projection import Pinhole, Projection
from seamline.pixels.picture import Picture
from seamline.ports import Studio
from seamline.show.camera import CameraTrack, Lens
from seamline.show.lens import LensMap, LensModel
from seamline.show.shot import Shot, Window
from seamline.steps.ingest import display_window


def projection(studio: Studio, shot: Shot, lens: Lens) -> Projection:
    """Return how the shot's frame sees the world through ``lens``, by its maps if any."""
    display = display_window(shot)
    aspect = shot.plate.pixel_aspect if shot.plate else 1.0
    if shot.lens_map is None:
        return Projection.of(lens, display, pixel_aspect=aspect)
    pinhole = Pinhole.of(lens, display, pixel_aspect=aspect)
    bend = _bend(studio.blobs.picture, shot.lens_map, pinhole)
    return Projection.of(lens, display, pixel_aspect=aspect, bend=bend)


def frame_projection(studio: Studio, shot: Shot, track: CameraTrack, frame: int) -> Projection:
    """Return how ``frame`` of the shot sees the world."""
    return projection(studio, shot, track.sample(frame).lens)


@lru_cache(maxsize=4)
def _bend(read: Callable[[str], Picture], maps: LensMap, pinhole: Pinhole) -> MapBend:
    undistort, redistort = _stored(read, maps.undistort), _stored(read, maps.redistort)
    return MapBend(undistort=undistort, redistort=redistort, pinhole=pinhole)


@lru_cache(maxsize=2)
def _stored(read: Callable[[str], Picture], digest: str) -> PixelMap:
    picture = read(digest)
    at = np.stack([picture.channels["x"], picture.channels["y"]], axis=-1)
    return PixelMap(at=at.astype(np.float64), window=picture.data_window)


@lru_cache(maxsize=4)
def with_lens(track: CameraTrack, model: LensModel | None, *, nominal: bool) -> CameraTrack:
    """
    Return ``track`` with what a lens file says of every sample.

    Args:
        track: The camera, from a track or from the lock.
        model: The file's, or None.
        nominal: Whether its focal lengths are the lock's, which a measured one replaces.

    Raises:
        TrackError: The lens was not measured at these focal lengths.
    """
    if model is None:
        return track
    taken = nominal and len(model.entries) == 1
    samples = tuple(
        replace(s, lens=model.on(s.lens, take_focal_length=taken)) for s in track.samples
    )
    return replace(track, samples=samples)


def require_whole(shot: Shot, view: Projection, window: Window, frame: int) -> None:
    """
    Refuse a lens that does not say what every pixel of ``window`` sees.

    Raises:
        CanvasError: Its polynomial folds within the frame, or its map ends there.
    """
    if view.bend is None:
        return
    x, y, width, height = window
    along = np.linspace(0.0, 1.0, 65)
    across, down = np.meshgrid(x + along * width, y + along * height)
    lost = ~np.isfinite(view.directions(across, down)[..., 0])
    if not lost.any():
        return
    off_x, off_y = across[lost] - view.centre_x_px, down[lost] - view.centre_y_px
    radius = float(np.hypot(off_x, off_y / view.focal_y_px * view.focal_x_px).min())
    what = (
        "its redistort map has nothing there"
        if isinstance(view.bend, MapBend)
        else "its polynomial folds there"
    )
    raise CanvasError(
        f"{shot.name}: the lens of frame {frame} says nothing of what lies {radius:.0f} px and "
        f"more from its axis, {float(lost.mean()):.1%} of the picture: {what}",
        remedy="Calibrate the lens out to the picture's corners, or crop the plate's data "
        "window.",
    )
