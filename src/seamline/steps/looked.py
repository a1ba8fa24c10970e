"""
Looking at a canvas through a lens while the shutter is open, each layer where it stands.

A layer at a distance lies on a sphere about the canvas's middle. What is equally far away
is flattened on the canvas; what is not is laid over one another moment by moment of the
shutter, as light adds up: the mean of a smeared edge before a smeared edge is not theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from seamline.optics.parallax import Poses, lies_at_m
from seamline.optics.projection import Pinhole
from seamline.pixels.flatten import flattened
from seamline.pixels.picture import Image
from seamline.ports import Studio
from seamline.show.canvas import Canvas
from seamline.show.shot import Window
from seamline.show.variation import LayerFacts
from seamline.steps import book
from seamline.steps.camera import camera


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Depth:
    """
    Layers that are equally far away, one behind the other, flattened.

    Attributes:
        rgba: (H, W, 4) on the canvas, associated, working space.
        distance_m: From the canvas's middle; None is without end.
    """

    rgba: Image
    distance_m: float | None


def layer_distance_m(
    studio: Studio,
    name: str,
    canvas: Canvas,
    facts: LayerFacts,
    frames: Sequence[int] | None = None,
) -> float | None:
    """
    Return how far away a layer of the shot called ``name`` is seen; None is without end.

    Args:
        studio: Ports.
        name: The shot.
        canvas: What it lies on.
        facts: What is said of it.
        frames: Those whose travel decides whether it moves; by default the shot's. Frames
            of a cut that grew see what they saw, whatever the new ones do.

    Raises:
        CanvasError: The camera would pass it.
    """
    shot = book.shot(studio.ledger, name)
    track = camera(shot, book.lock(studio.ledger, name))
    if canvas.kind != "sphere" or track is None or facts.distance_m is None:
        return None
    return lies_at_m(canvas, track, list(frames or shot.frames), facts.distance_m)


def depths_of(
    studio: Studio,
    name: str,
    canvas: Canvas,
    layers: Sequence[tuple[LayerFacts, Image]],
    frames: Sequence[int] | None = None,
) -> tuple[Depth, ...]:
    """
    Return ``layers``, those equally far away flattened; nothing where none moves.

    Args:
        studio: Ports.
        name: The shot.
        canvas: What they lie on.
        layers: What is said of each, and its (H, W, 4), back to front.
        frames: Those whose travel decides what moves; by default the shot's.

    Raises:
        CanvasError: The camera would pass one of them.
    """
    if canvas.kind != "sphere":
        return ()
    away = [layer_distance_m(studio, name, canvas, facts, frames) for facts, _ in layers]
    if not any(away):
        return ()
    return tuple(
        Depth(rgba=flattened([rgba for _, (_, rgba) in group]), distance_m=distance)
        for distance, group in groupby(zip(away, layers, strict=True), key=lambda pair: pair[0])
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One frame's view of a canvas: the lens, and the window of the frame."""

    studio: Studio
    canvas: Canvas
    pinhole: Pinhole
    window: Window

    def at(
        self,
        layer: Image,
        poses: Poses,
        distance_m: float | None,
        *,
        under: Image | None = None,
    ) -> Image:
        """Return (h, w, 4) the mean of what ``poses`` see of a layer, laid over ``under``."""
        zooms = poses.zooms if (poses.zooms != 1).any() else None
        rays = self.pinhole.rays(self.window)
        focal = (self.pinhole.focal_x_px, self.pinhole.focal_y_px)
        centre = (
            self.pinhole.centre_x_px - self.window[0],
            self.pinhole.centre_y_px - self.window[1],
        )
        canvas, optics = self.canvas, self.studio.optics
        if canvas.kind == "card":
            return optics.reproject_card(
                layer,
                poses.rotations,
                poses.spots_m,
                card_left_m=canvas.card_left_m,
                card_top_m=canvas.card_top_m,
                px_per_m=canvas.px_per_m,
                focal_px=focal,
                centre_px=centre,
                width_px=self.window[2],
                height_px=self.window[3],
                rays=rays,
                zooms=zooms,
            )
        return optics.reproject_sphere(
            layer,
            poses.rotations,
            longitude_left_rad=canvas.longitude_left_rad,
            latitude_top_rad=canvas.latitude_top_rad,
            px_per_rad=canvas.px_per_rad,
            focal_px=focal,
            centre_px=centre,
            width_px=self.window[2],
            height_px=self.window[3],
            rays=rays,
            offsets=poses.spots_m / distance_m if distance_m else None,
            zooms=zooms,
            under=under,
        )

    def through(self, depths: Sequence[Depth], poses: Poses) -> Image:
        """Return (h, w, 4) ``depths`` over one another, moment by moment of the shutter."""
        count = len(poses.rotations)
        light = np.zeros((self.window[3], self.window[2], 4))
        for n in range(count):
            one = poses.one(n)
            seen = self.at(depths[0].rgba, one, depths[0].distance_m)
            for depth in depths[1:]:
                seen = self.at(depth.rgba, one, depth.distance_m, under=seen)
            light += seen
        return (light / count).astype(np.float32)
