"""
What stands ahead of a camera that travels: how near layers will lie, said before painting.

A layer's distance comes from the approved cards (``reference cards --distance LABEL=M``), or
from the lock's ``[environment] near_m``. A layer nobody gave a distance lies flat, as far away
as can be, and is wrong by so many pixels as ``canvas`` says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.errors import CanvasError
from seamline.optics.canvas_pixels import canvas_to_frame
from seamline.optics.parallax import (
    FLAT_PX,
    NEAREST,
    layer_parallax_px,
    middle_m,
    on_canvas,
    pose_at_rest,
)
from seamline.optics.projection import Pinhole, frame_directions
from seamline.pixels.matte import Matte
from seamline.ports import Studio
from seamline.show.camera import CameraTrack
from seamline.show.canvas import Canvas
from seamline.show.frames import FrameRange
from seamline.show.lock import Lock
from seamline.show.shot import Window
from seamline.steps import book

STEP_PX = 4
"""Every so many pixels of a frame are asked whether the canvas shows them."""
NEAR = "near_m"
"""What the lock's own nearest distance is called among the layers."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """
    Layers with a distance, and how the camera travels past them.

    Attributes:
        middle_m: Of the camera's positions.
        reach_m: How far the camera leaves it.
        layers: (label, metres), farthest first.
        nearest_m: The nearest that the camera does not pass; None without any.
    """

    middle_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    reach_m: float = 0.0
    layers: tuple[tuple[str, float], ...] = ()
    nearest_m: float | None = None

    @property
    def travels(self) -> bool:
        """Whether the camera leaves its place at all."""
        return self.reach_m > 0


def layers_ahead(
    studio: Studio, lock: Lock | None, track: CameraTrack | None, frames: FrameRange
) -> Ahead:
    """Return what is approved to be painted with a distance, for a camera that travels."""
    if track is None or track.static:
        return Ahead()
    middle = middle_m(track, frames)
    spots = np.array([track.sample(frame).position_m for frame in frames])
    aside = spots - (spots.max(axis=0) + spots.min(axis=0)) / 2
    reach = float(np.sqrt((aside * aside).sum(axis=-1)).max())
    if reach == 0:
        return Ahead()
    said: dict[str, float] = {}
    for reference in book.references(studio.ledger).values():
        if not (reference.approved and "paint" in reference.allow):
            continue
        for card in book.approved_cards(studio.ledger, reference.id):
            if card.distance_m is not None:
                said[card.label] = min(said.get(card.label, card.distance_m), card.distance_m)
    if lock is not None and lock.environment_near_m is not None:
        said[NEAR] = lock.environment_near_m
    ranked = sorted(said.items(), key=lambda pair: (-pair[1], pair[0]))
    ahead = [metres for _, metres in ranked if metres > NEAREST * reach]
    return Ahead(
        middle_m=middle,
        reach_m=reach,
        layers=tuple(ranked),
        nearest_m=min(ahead) if ahead else None,
    )


def refuse_flat(canvas: Canvas, ahead: Ahead, limit_px: float) -> None:
    """
    Refuse a flat canvas that would lie by more than ``limit_px``.

    Where layers with a distance will be painted they move as they must, and what lies
    flat is only what nobody gave one.

    Raises:
        CanvasError: With the number.
    """
    if canvas.parallax_px <= limit_px or ahead.nearest_m is not None:
        return
    near = [f"{label} at {metres:g} m" for label, metres in ahead.layers]
    raise CanvasError(
        f"{canvas.shot}: the camera travels, and an environment {canvas.distance_m:g} m away "
        f"moves {canvas.parallax_px:.1f} px against a flat canvas, limit {limit_px:g} px"
        + (f"; it would pass {', '.join(near)}" if near else ""),
        remedy="Set [environment] distance_m in the lock if it is farther away; or say how "
        "far its layers are: seamline reference cards REF --distance far=4000.",
    )


@dataclass(slots=True, kw_only=True, eq=False)
class Covering:
    """How much of what is generated a canvas shows, counted frame by frame."""

    canvas: Canvas | None = None
    ahead: Ahead = Ahead()
    wanted: int = 0
    shown: dict[str, int] = field(default_factory=dict)

    def count(
        self, track: CameraTrack, frame: int, pinhole: Pinhole, window: Window, matte: Matte
    ) -> Mask:
        """
        Count one frame; return (H, W) what its layers with a distance need of the canvas.

        Args:
            track: The camera.
            frame: Its number.
            pinhole: Its lens.
            window: The frame's data window.
            matte: (h, w) of it; 1 is live.
        """
        canvas = self.canvas
        assert canvas is not None
        need: Mask = np.zeros((canvas.height_px, canvas.width_px), bool)
        ways = self._ways(canvas)
        if not ways:
            return need
        directions = frame_directions(pinhole, window, step_px=STEP_PX)
        generated = matte[::STEP_PX, ::STEP_PX] < 1
        self.wanted += int(generated.sum())
        poses = pose_at_rest(canvas, track, frame)
        for label, metres in ways:
            ((x, y),) = on_canvas(canvas, poses, directions, distance_m=metres)
            with np.errstate(invalid="ignore"):
                there = (x >= 0) & (x < canvas.width_px) & (y >= 0) & (y < canvas.height_px)
            self.shown[label] = self.shown.get(label, 0) + int((there & generated).sum())
        if canvas.kind == "sphere":
            need = _seen(canvas, track, frame, pinhole, window, matte, self.ahead.nearest_m)
        return need

    def _ways(self, canvas: Canvas) -> list[tuple[str, float | None]]:
        if canvas.kind == "card":
            return [("card", None)]
        return [
            (label, m) for label, m in self.ahead.layers if m > NEAREST * self.ahead.reach_m
        ]

    def least(self, canvas: Canvas) -> float:
        """Return the share of what is generated that the canvas shows, of its worst layer."""
        if not self.shown or not self.wanted:
            return canvas.coverage
        return round(min(self.shown.values()) / self.wanted, 6)

    def said(self) -> list[dict[str, Any]]:
        """Return each layer with its distance, parallax (px either way) and coverage."""
        canvas = self.canvas
        if canvas is None or canvas.kind != "sphere" or not self.ahead.travels:
            return []
        reach = self.ahead.reach_m
        return [
            {
                "layer": label,
                "distance_m": metres,
                "parallax_px": round(layer_parallax_px(canvas, reach, metres), 3),
                "passed": metres <= NEAREST * reach,
                "moves": layer_parallax_px(canvas, reach, metres) >= FLAT_PX,
                "coverage": round(self.shown[label] / self.wanted, 6)
                if label in self.shown and self.wanted
                else None,
            }
            for label, metres in self.ahead.layers
        ]


def _seen(
    canvas: Canvas,
    track: CameraTrack,
    frame: int,
    pinhole: Pinhole,
    window: Window,
    matte: Matte,
    nearest_m: float | None,
) -> Mask:
    """Return (H, W) where the nearest layer is generated in a frame."""
    x, y = canvas_to_frame(canvas, track, frame, pinhole, distance_m=nearest_m)
    x, y = x - float(window[0]), y - float(window[1])
    with np.errstate(invalid="ignore"):
        sees = (x >= 0) & (x < window[2]) & (y >= 0) & (y < window[3])
    column = np.where(sees, x, 0).astype(np.int64)
    row = np.where(sees, y, 0).astype(np.int64)
    found: Mask = sees & (matte[row, column] < 1)
    return found
