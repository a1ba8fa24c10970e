"""
Drawn lines: where a director wants things to stand, taken to the canvas.

The skyline is the upper edge of the range; a layout says the same of the wood, the water or
whatever else stands before it, each line by its layer's name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from seamline.errors import InputError
from seamline.optics.canvas_pixels import canvas_to_frame, rows_along
from seamline.pixels.picture import Image
from seamline.ports import CanvasPicture, Studio
from seamline.show.canvas import Canvas
from seamline.show.card import LABELS
from seamline.show.shot import Shot
from seamline.show.variation import Ask
from seamline.steps import book
from seamline.steps.camera import camera
from seamline.steps.ingest import display_window
from seamline.steps.lens import frame_projection

SETTING = "skyline"
RANGE = "far"
"""The layer whose upper edge is the skyline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A line over one frame of the plate: points in display-window pixels, and the frame."""

    points: tuple[tuple[float, float], ...]
    frame: int
    label: str = RANGE
    """Whose upper edge it is: a card's label."""

    @property
    def setting(self) -> tuple[str, str]:
        """How it stands in the Ask: what was drawn decides pixels."""
        name = SETTING if self.label == RANGE else f"{SETTING}:{self.label}"
        return name, json.dumps([self.frame, self.points])


def drawn_for(ask: Ask) -> tuple[Drawing, ...]:
    """Return the lines that ``ask`` was painted along; none without a drawing."""
    found = []
    for name, said in ask.settings:
        head, _, label = name.partition(":")
        if head != SETTING:
            continue
        frame, points = json.loads(said)
        line = tuple((float(x), float(y)) for x, y in points)
        found.append(Drawing(points=line, frame=int(frame), label=label or RANGE))
    return tuple(found)


def drawing(
    points: Sequence[tuple[float, float]], frame: int, *, where: str, label: str = RANGE
) -> Drawing:
    """
    Return the line through ``points``, from left to right: the skyline, or another edge.

    Raises:
        InputError: The line goes back on itself: a skyline has one height per column.
    """
    line = tuple(points) if points[0][0] <= points[-1][0] else tuple(reversed(points))
    for before, after in pairwise(line):
        if after[0] <= before[0]:
            raise InputError(
                f"{where}: the skyline goes back at {after[0]:g},{after[1]:g}; a skyline has "
                "one height in every column",
                remedy="Draw it from one side to the other.",
            )
    return Drawing(points=line, frame=frame, label=label)


def layout_in(studio: Studio, path: str, frame: int, shot: Shot) -> tuple[Drawing, ...]:
    """
    Return the lines of an SVG at ``path``, drawn over ``frame`` of ``shot``, by layer.

    Raises:
        InputError: One layer has two upper edges, or nothing in it is an upper edge.
    """
    _, _, width, height = display_window(shot)
    found: dict[str, Drawing] = {}
    for stroke in studio.papers.drawing(path, width, height).strokes:
        if stroke.closed or stroke.label not in LABELS:
            continue
        if stroke.label in found:
            raise InputError(
                f"{path}: {stroke.label} has two lines; a layer has one upper edge",
                remedy="Join them, or remove one.",
            )
        found[stroke.label] = drawing(stroke.points, frame, where=path, label=stroke.label)
    if not found:
        raise InputError(
            f"{path}: no open line in it is the upper edge of a layer",
            remedy=f"Draw one and label it: {', '.join(LABELS[1:])}.",
        )
    return tuple(found.values())


def along(
    studio: Studio, canvas: Canvas, picture: CanvasPicture, drawn: Sequence[Drawing]
) -> CanvasPicture:
    """Return ``picture``, of ``canvas``, with what was ``drawn`` laid over it."""
    rows: Mapping[str, Image] = {one.label: on_canvas(studio, canvas, one) for one in drawn}
    others = {label: line for label, line in rows.items() if label != RANGE}
    return replace(picture, skyline=rows.get(RANGE), lines=others)


def on_canvas(studio: Studio, canvas: Canvas, drawn: Drawing) -> Image:
    """
    Return (W,) float32 the rows of ``canvas`` along which the skyline runs; NaN elsewhere.

    Raises:
        InputError: The line passes nowhere over what is painted.
    """
    shot = book.shot(studio.ledger, canvas.shot)
    if canvas.kind == "frame":
        assert canvas.window is not None
        height, width = canvas.height_px, canvas.width_px
        x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        x, y = x + canvas.window[0], y + canvas.window[1]
    else:
        track = camera(shot, book.lock(studio.ledger, shot.name))
        assert track is not None
        pinhole = frame_projection(studio, shot, track, drawn.frame)
        x, y = canvas_to_frame(canvas, track, drawn.frame, pinhole)
    left, top = display_window(shot)[:2]
    rows = rows_along(x - left, y - top, np.asarray(drawn.points, np.float64))
    if not np.isfinite(rows).any():
        raise InputError(
            f"{shot.name}: the drawn skyline passes nowhere over the canvas as frame "
            f"{drawn.frame} sees it",
            remedy="Draw it over the plate of that frame, in pixels from the top left.",
        )
    return rows
