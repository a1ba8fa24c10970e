"""
A painting: one variation's layers on its canvas, ready for a camera to look at.

Layers that move against one another are kept apart by their depths; frames from before a shot
grew see the canvas as it was then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.flatten import flattened, plate_alone
from seamline.pixels.picture import Image, Picture
from seamline.ports import Studio
from seamline.show.camera import CameraTrack
from seamline.show.canvas import Canvas
from seamline.show.frames import FrameRange
from seamline.show.variation import (
    LayerFacts,
    LayerGrade,
    Variation,
    bound_to,
    further_than,
)
from seamline.steps import book
from seamline.steps.layers import PLATE_CODE, shown_layers
from seamline.steps.looked import Depth, depths_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """
    One painted layer on the canvas.

    Attributes:
        facts: What the ledger says of it.
        rgba: (H, W, 4) associated, working space.
        own: (H, W) bool; where it is the plate's own pixel, and opaque. Empty, (0, 0), where no
            frame could show one as it is stored: on a canvas that is looked at.
    """

    facts: LayerFacts
    rgba: Image
    own: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Painting:
    """
    One variation's painting, ready to be looked at.

    Attributes:
        variation: Whose.
        canvas: What it lies on.
        flat: (H, W, 4) its layers over one another, associated, working space.
        native: The plate's frame that a ``frame`` canvas was laid out from, as stored.
        own: (H, W) bool; where ``native`` stands on the canvas, seen whole; empty
            without it.
        depths: Back to front, what moves against one another; empty where nothing does.
    """

    variation: Variation
    canvas: Canvas
    flat: Image
    native: Picture | None
    own: NDArray[np.bool_]
    depths: tuple[Depth, ...] = ()
    pins: tuple[Pin, ...] = ()
    """Earlier, smaller canvases that it went on from, and whose frames saw them; first one
    first. Those frames look at theirs for ever: their pixels do not change."""

    pinned_depths: tuple[tuple[Depth, ...], ...] = ()
    """What moved against one another in the frames of each pin: a longer travel moves more."""

    @property
    def nearest_m(self) -> float | None:
        """Distance of its nearest layer that moves; None where none does."""
        return nearest_of(self.depths)

    def depths_at(self, frame: int) -> tuple[Depth, ...]:
        """Return what moves against one another where ``frame`` looks at it."""
        for pin, depths in zip(self.pins, self.pinned_depths, strict=True):
            if frame in pin.frames:
                return depths
        return self.depths


def nearest_of(depths: Sequence[Depth]) -> float | None:
    """Return the distance of the nearest layer that moves; None where none does."""
    return min((d.distance_m for d in depths if d.distance_m), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """
    A canvas as some frames saw it before the shot grew.

    Attributes:
        canvas: The smaller one.
        at: Column and row at which it begins on the painting's canvas.
        frames: What the shot had then; its camera went no further.
    """

    canvas: Canvas
    at: tuple[int, int]
    frames: FrameRange

    def part(self, layer: Image) -> Image:
        """Return what of (H, W, 4) on the painting's canvas lies on this one."""
        left, top = self.at
        return layer[top : top + self.canvas.height_px, left : left + self.canvas.width_px]


def sheets(studio: Studio, variation: Variation) -> list[Sheet]:
    """Return the layers of ``variation`` that are seen, back to front."""
    _, body = book.canvas_by_digest(studio.ledger, variation.ask.canvas_digest)
    found = []
    for facts in shown_layers(variation):
        picture = studio.blobs.picture(facts.digest)
        own = np.zeros((0, 0), bool)
        if body["native"]:
            lineage = studio.blobs.picture(facts.lineage_digest)
            own = (lineage.channels["source"] == PLATE_CODE) & (picture.channels["A"] == 1)
        rgba = np.concatenate([picture.rgb(), picture.channels["A"][..., None]], axis=-1)
        found.append(Sheet(facts=facts, rgba=rgba, own=own))
    return found


def graded(
    studio: Studio, layers: Sequence[Sheet], grades: Sequence[LayerGrade]
) -> list[Sheet]:
    """
    Return ``layers`` with ``grades`` applied to those that have one.

    What was graded is the plate's own no more: live action stands before it as ever.
    """
    by_name = {grade.layer: grade for grade in grades}
    found = []
    for sheet in layers:
        grade = by_name.get(sheet.facts.name)
        if grade is not None:
            alpha = sheet.rgba[..., 3:]
            solid = np.where(alpha > 0, alpha, np.float32(1))
            straight = np.ascontiguousarray(sheet.rgba[..., :3] / solid, np.float32)
            rgb = np.where(alpha > 0, studio.colour.grade(straight, grade.cdl), np.float32(0))
            rgba = np.concatenate([rgb * alpha, alpha], axis=-1) * np.float32(grade.opacity)
            sheet = replace(sheet, rgba=rgba, own=np.zeros_like(sheet.own))
        found.append(sheet)
    return found


def painting(studio: Studio, variation: Variation, layers: Sequence[Sheet]) -> Painting:
    """Return the painting that ``layers`` of ``variation``, back to front, make together."""
    canvas, body = book.canvas_by_digest(studio.ledger, variation.ask.canvas_digest)
    native = studio.blobs.picture(str(body["native"])) if body["native"] else None
    own = np.zeros((0, 0), bool)
    if native is not None:
        own = plate_alone([s.rgba[..., 3] for s in layers], [s.own for s in layers])
    said = [(sheet.facts, sheet.rgba) for sheet in layers]
    pins = pins_of(studio, variation)
    return Painting(
        variation=variation,
        canvas=canvas,
        flat=flattened([sheet.rgba for sheet in layers]),
        native=native,
        own=own,
        pins=pins,
        depths=depths_of(studio, variation.shot, canvas, said),
        pinned_depths=tuple(
            depths_of(studio, variation.shot, canvas, said, list(pin.frames)) for pin in pins
        ),
    )


def moving(made: Painting, track: CameraTrack | None) -> dict[str, Any]:
    """
    Return what of a render key layers that move and a lens that zooms decide.

    Nothing without them: a version from before there were any stays the one it was.
    """
    away = [depth.distance_m for depth in made.depths]
    focals = {s.lens.focal_length_mm for s in track.samples} if track else set()
    return {
        **({"depths": away} if away else {}),
        **({"zooms": True} if len(focals) > 1 and made.canvas.kind != "frame" else {}),
    }


def pins_of(studio: Studio, variation: Variation) -> tuple[Pin, ...]:
    """Return the canvases that ``variation`` went on from, the first one first."""
    canvas, _ = book.canvas_by_digest(studio.ledger, variation.ask.canvas_digest)
    found: list[Pin] = []
    at = variation
    # Where the camera is another no frame is bound to what it saw, then or before.
    while (before := further_than(at.ask)) and (bound := bound_to(at.ask)):
        frames = FrameRange.parse(bound)
        at = book.variation_by_ask(studio.ledger, variation.shot, before)
        smaller, _ = book.canvas_by_digest(studio.ledger, at.ask.canvas_digest)
        found.append(Pin(canvas=smaller, at=begins(smaller, canvas), frames=frames))
    return tuple(found[::-1])


def begins(smaller: Canvas, larger: Canvas) -> tuple[int, int]:
    """Return the column and row of ``larger`` at which ``smaller`` begins."""
    if larger.kind == "card":
        return (
            round((smaller.card_left_m - larger.card_left_m) * larger.px_per_m),
            round((larger.card_top_m - smaller.card_top_m) * larger.px_per_m),
        )
    scale = larger.px_per_rad
    return (
        round((smaller.longitude_left_rad - larger.longitude_left_rad) * scale),
        round((larger.latitude_top_rad - smaller.latitude_top_rad) * scale),
    )


def pinned(made: Painting, track: CameraTrack, frame: int) -> tuple[Pin, CameraTrack]:
    """Return the canvas that ``frame`` looks at, and the camera as it was known for it."""
    for pin in made.pins:
        if frame in pin.frames:
            return pin, until(track, pin.frames)
    whole = FrameRange(first=frame, last=frame)
    return Pin(canvas=made.canvas, at=(0, 0), frames=whole), track


def frames_seen(pins: Sequence[Pin], frame: int) -> list[int] | None:
    """Return the frames whose travel ``frame`` is seen by; None is all of the shot's."""
    return next((list(pin.frames) for pin in pins if frame in pin.frames), None)


def until(track: CameraTrack, frames: FrameRange) -> CameraTrack:
    """Return ``track`` with the samples of ``frames`` alone."""
    if track.static:
        return track
    return replace(track, samples=tuple(s for s in track.samples if s.frame in frames))
