"""
Sketches: a small picture of every variation, seconds after they were asked for.

A director who sees twelve wrong ranges can stop there. Only some backends can sketch, and not
everything: how a hole is filled is known when it is painted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from seamline.pixels.picture import Image
from seamline.ports import CanvasPicture, Generator, ReferencePicture, Studio, Tile
from seamline.show.variation import Ask
from seamline.steps import book
from seamline.steps.viewing import seen as as_seen

REDUCE = 4
"""Sketches are so many times smaller than the canvas."""
SHEET = "sketches.png"
COLUMNS = 4


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
    grade = book.shot(studio.ledger, shot).grade
    seen = canvas.need[REDUCE // 2 :: REDUCE, REDUCE // 2 :: REDUCE]
    tiles = []
    with (
        studio.progress.bar(f"{shot}: sketching", float(len(numbered))) as bar,
        ThreadPoolExecutor(max(1, studio.threads)) as pool,
    ):
        sketches = pool.map(lambda job: draw(job[1], canvas, views, REDUCE), numbered)
        for (number, ask), rough in zip(numbered, sketches, strict=True):
            bar.advance()
            if rough is None:
                continue
            light = studio.colour.convert(rough, ask.encoding, studio.colour.working_space)
            shown = as_seen(studio, light, light.shape[:2], grade)
            height, width = (min(a, b) for a, b in zip(seen.shape, shown.shape, strict=False))
            unseen = ~seen[:height, :width, None]
            shown = np.where(unseen, np.float32(0.18), shown[:height, :width])
            tiles.append(Tile(rgb=shown.astype(np.float32), title=f"b{number:02d}"))
    if not tiles:
        return None
    path = studio.shelf.sheet_path(shot, SHEET)
    studio.shelf.make_folder(path.rsplit("/", 1)[0])
    title = f"{shot}: sketches, {REDUCE} times smaller than what will be painted"
    columns = min(COLUMNS, len(tiles))
    studio.shelf.write(path, studio.papers.contact_sheet(tiles, title=title, columns=columns))
    return path
