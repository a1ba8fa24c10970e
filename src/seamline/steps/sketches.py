"""
Sketches: a small picture of every variation, seconds after they were asked for.

A director who sees twelve wrong ranges can stop there. Only some backends can sketch. What
takes long, as a hole does, is shown row by row of the sheet: nobody waits for the last one
to see the first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

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
        with studio.progress.bar(f"{shot}: sketching", float(len(numbered))) as bar:
            sketches = pool.map(lambda job: draw(job[1], canvas, views, REDUCE), numbered)
            for (number, ask), rough in zip(numbered, sketches, strict=True):
                bar.advance()
                if rough is None:
                    continue
                light = studio.colour.convert(rough, ask.encoding, studio.colour.working_space)
                show.add(
                    number, _over_grey(as_seen(studio, light, light.shape[:2], grade), seen)
                )
    finally:
        # who stops here waits for what is at work, not for all that is asked
        pool.shutdown(wait=True, cancel_futures=True)
    return show.written()


def _over_grey(shown: Image, seen: NDArray[np.bool_]) -> Image:
    """Return ``shown``, grey where nothing of the canvas is seen."""
    height, width = (min(a, b) for a, b in zip(seen.shape, shown.shape, strict=False))
    unseen = ~seen[:height, :width, None]
    return np.where(unseen, np.float32(0.18), shown[:height, :width]).astype(np.float32)


class _Sheet:
    """The sheet of a shot, written once it is whole; rows of it before, where that lasts."""

    def __init__(self, studio: Studio, shot: str) -> None:
        self._studio, self._shot = studio, shot
        self._tiles: list[Tile] = []
        self._written, self._last_s = 0, studio.clock.seconds()

    def add(self, number: int, shown: Image) -> None:
        """Add the picture of variation ``number``."""
        self._tiles.append(Tile(rgb=shown, title=f"b{number:02d}"))
        waited = self._studio.clock.seconds() - self._last_s
        if len(self._tiles) % COLUMNS == 0 and waited > PATIENCE_S:
            self.written()

    def written(self) -> str | None:
        """Write what there is; return where, or None without any."""
        if not self._tiles:
            return None
        path = self._studio.shelf.sheet_path(self._shot, SHEET)
        if len(self._tiles) == self._written:
            return path
        self._studio.shelf.make_folder(path.rsplit("/", 1)[0])
        title = f"{self._shot}: sketches, {REDUCE} times smaller than what will be painted"
        columns = min(COLUMNS, len(self._tiles))
        sheet = self._studio.papers.contact_sheet(self._tiles, title=title, columns=columns)
        self._studio.shelf.write(path, sheet)
        self._written, self._last_s = len(self._tiles), self._studio.clock.seconds()
        return path
