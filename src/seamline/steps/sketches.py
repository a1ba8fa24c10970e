"""
Sketches: a small picture of every variation, seconds after they were asked for.

A director who sees twelve wrong ranges can stop there. Only some backends can sketch. What
takes long, as a hole does, is shown as it is first chosen, all of it within seconds, and then
row by row as it will be painted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import Image
from seamline.ports import CanvasPicture, Generator, ReferencePicture, Studio, Tile
from seamline.show.variation import Ask
from seamline.steps import book
from seamline.steps.viewing import seen as as_seen

REDUCE = 4
"""Sketches are so many times smaller than the canvas."""
SHEET = "sketches.png"
COLUMNS = 4
PATIENCE_S = 3.0
"""After so long a row that is ready is shown before the others are."""


def sketch_sheet(
    studio: Studio,
    backend: Generator,
    canvas: CanvasPicture,
    views: Sequence[ReferencePicture],
    numbered: Sequence[tuple[int, Ask]],
) -> str | None:
    """
    Write a sheet of sketches for the asks; return its path, or None without a sketch.

    Args:
        studio: Ports.
        backend: What will paint.
        canvas: What it will paint on.
        views: What it will paint from.
        numbered: Number and ask of each variation.
    """
    draw: Callable[..., Image | None] | None = getattr(backend, "sketch", None)
    if draw is None:
        return None
    shot = numbered[0][1].shot
    show = _Sheet(studio, shot)
    grade = book.shot(studio.ledger, shot).grade
    seen = canvas.need[REDUCE // 2 :: REDUCE, REDUCE // 2 :: REDUCE]
    pool = ThreadPoolExecutor(max(1, studio.threads))
    try:
        with studio.progress.bar(f"{shot}: sketching", 2.0 * len(numbered)) as bar:
            for first in (True, False):
                drawn = pool.map(partial(_sketch, draw, canvas, views, first), numbered)
                for (number, ask), rough in zip(numbered, drawn, strict=True):
                    bar.advance()
                    if rough is None:
                        continue
                    space = studio.colour.working_space
                    light = studio.colour.convert(rough, ask.encoding, space)
                    shown = as_seen(studio, light, light.shape[:2], grade)
                    show.add(number, _over_grey(shown, seen), first=first)
                show.written()
    finally:
        # who stops here waits for what is at work, not for all that is asked
        pool.shutdown(wait=True, cancel_futures=True)
    return show.written()


def _sketch(
    draw: Callable[..., Image | None], canvas: CanvasPicture,
    views: Sequence[ReferencePicture], first: bool, job: tuple[int, Ask],
) -> Image | None:  # fmt: skip
    return draw(job[1], canvas, views, REDUCE, first=first)


def _over_grey(shown: Image, seen: NDArray[np.bool_]) -> Image:
    """Return ``shown``, grey where nothing of the canvas is seen."""
    height, width = (min(a, b) for a, b in zip(seen.shape, shown.shape, strict=False))
    unseen = ~seen[:height, :width, None]
    return np.where(unseen, np.float32(0.18), shown[:height, :width]).astype(np.float32)


class _Sheet:
    """The sheet of a shot, written once it is whole; rows of it before, where that lasts."""

    def __init__(self, studio: Studio, shot: str) -> None:
        self._studio, self._shot = studio, shot
        self._tiles: dict[int, Tile] = {}
        self._first: set[int] = set()
        self._new, self._last_s = 0, studio.clock.seconds()

    def add(self, number: int, shown: Image, *, first: bool) -> None:
        """Add the picture of variation ``number``, or exchange the ``first`` one for it."""
        self._tiles[number] = Tile(rgb=shown, title=f"b{number:02d}")
        self._first = self._first | {number} if first else self._first - {number}
        self._new += 1
        waited = self._studio.clock.seconds() - self._last_s
        if self._new >= COLUMNS and waited > PATIENCE_S:
            self.written()

    def written(self) -> str | None:
        """Write what there is; return where, or None without any."""
        if not self._tiles:
            return None
        path = self._studio.shelf.sheet_path(self._shot, SHEET)
        if not self._new:
            return path
        self._studio.shelf.make_folder(path.rsplit("/", 1)[0])
        title = f"{self._shot}: sketches, {REDUCE} times smaller than what will be painted"
        if self._first:
            names = ", ".join(self._tiles[n].title for n in sorted(self._first))
            title += f"; still as first chosen: {names}"
        tiles = [self._tiles[n] for n in sorted(self._tiles)]
        columns = min(COLUMNS, len(tiles))
        sheet = self._studio.papers.contact_sheet(tiles, title=title, columns=columns)
        self._studio.shelf.write(path, sheet)
        self._new, self._last_s = 0, self._studio.clock.seconds()
        return path
