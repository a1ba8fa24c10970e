"""
Views made for tests: a valley by formula, whose layers are known to the pixel.

Sky above, a range before it, a wood before that; all speckled, so that nothing is flat.
Log-encoded values (ACEScct-like); the light is what they stand for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import ranges
from seamline.pixels.cards import Drawing, Master, Stroke

SKY = (0.48, 0.52, 0.57)
RANGE = (0.36, 0.38, 0.42)
WOOD = (0.40, 0.33, 0.24)


def range_edge(width: int, height: int) -> NDArray[np.int64]:
    """(W,) first row of the range: one broad mountain."""
    x = np.abs(np.arange(width) - 0.55 * width) / width
    return np.round(height * (0.2 + 0.5 * x)).astype(np.int64)


def wood_edge(width: int, height: int) -> NDArray[np.int64]:
    """(W,) first row of the wood: it falls from the left, and ends at two thirds."""
    rows = np.round(height * (0.55 + 0.45 * np.arange(width) / width)).astype(np.int64)
    return np.where(np.arange(width) < 0.66 * width, rows, height)


def valley(height: int = 90, width: int = 160, *, seed: int = 3) -> Master:
    """Return the valley; every pixel may be copied."""
    rows = np.arange(height)[:, None]
    land = rows >= range_edge(width, height)[None, :]
    wood = rows >= wood_edge(width, height)[None, :]
    coded = np.where(
        wood[..., None], np.float32(WOOD), np.where(land[..., None], np.float32(RANGE), SKY)
    ).astype(np.float32)
    noise = ranges.speckle(height, width, seed)[..., None] - np.float32(0.5)
    coded += noise * np.where(land[..., None], np.float32(0.05), np.float32(0.004))
    return master(coded)


def master(coded: NDArray[np.float32], usable: NDArray[np.bool_] | None = None) -> Master:
    """Return a master of ``coded`` values; its light by ACEScct's own curve (S-2016-001)."""
    good = np.ones(coded.shape[:2], bool) if usable is None else usable
    light = np.exp2(coded * np.float32(17.52) - np.float32(9.72)).astype(np.float32)
    return Master(
        light=np.where(good[..., None], light, np.float32(0)),
        coded=np.where(good[..., None], coded, np.float32(0)),
        usable=good,
    )


def line(label: str, rows: NDArray[np.int64], *, off: float = 0.0, step: int = 8) -> Stroke:
    """Return a line drawn ``off`` px below ``rows`` (W,), a point every ``step`` columns."""
    columns = [*range(0, len(rows), step), len(rows) - 1]
    points = tuple((x + 0.5, float(rows[x]) + off) for x in columns)
    return Stroke(label=label, points=points, closed=False)


def valley_drawing(height: int = 90, width: int = 160, *, off: float = 1.5) -> Drawing:
    """Return what an artist draws over the valley: two lines, each ``off`` px off."""
    wood = wood_edge(width, height)[: int(0.66 * width)]
    return Drawing(
        strokes=(
            line("far", range_edge(width, height), off=off),
            line("forest", wood, off=-off),
        )
    )


def outline(label: str, left: float, top: float, right: float, bottom: float) -> Stroke:
    """Return a box as a closed outline."""
    points = ((left, top), (right, top), (right, bottom), (left, bottom))
    return Stroke(label=label, points=points, closed=True)
