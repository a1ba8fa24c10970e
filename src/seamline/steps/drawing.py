"""A drawn skyline: where a director wants the range to stand, taken to the canvas."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from seamline.errors import InputError
from seamline.optics.canvas import canvas_to_frame, rows_along
from seamline.optics.projection import Pinhole
from seamline.pixels.picture import Image
from seamline.ports import Studio
from seamline.show.canvas import Canvas
from seamline.show.variation import Ask
from seamline.steps import book
from seamline.steps.canvas import camera
from seamline.steps.ingest import display_window

SETTING = "skyline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A line over one frame of the plate: points in display-window pixels, and the frame."""

    points: tuple[tuple[float, float], ...]
    frame: int

    @property
    def setting(self) -> tuple[str, str]:
        """How it stands in the Ask: what was drawn decides pixels."""
        return SETTING, json.dumps([self.frame, self.points])


def drawn_for(ask: Ask) -> Drawing | None:
    """Return the skyline that ``ask`` was painted along, or None."""
    said = dict(ask.settings).get(SETTING)
    if said is None:
        return None
    frame, points = json.loads(said)
    return Drawing(points=tuple((float(x), float(y)) for x, y in points), frame=int(frame))


def drawing(points: Sequence[tuple[float, float]], frame: int, *, where: str) -> Drawing:
    """
    Return the skyline through ``points``, from left to right.

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
    return Drawing(points=line, frame=frame)


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
        aspect = shot.plate.pixel_aspect if shot.plate else 1.0
        pinhole = Pinhole.of(
            track.sample(drawn.frame).lens, display_window(shot), pixel_aspect=aspect
        )
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
