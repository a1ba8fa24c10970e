"""Repeats: the same piece of a reference seen twice in one picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch.detect.examined import (
    PLATE_ID,
    Examined,
    Found,
    Ints,
    Mask,
    Sight,
    areas,
    coherent,
    place_of,
)
from seamline.generators.patch.resample import Floats, blur
from seamline.ports import PLATE
from seamline.show.review import Finding

APART_PX = 8
"""Nearer than this a pixel used twice is a patch's own overlap, not a repeat."""
CELL_PX = 2
"""Sources are told apart in squares of two pixels: enlarging uses a pixel more than once."""
DRIFT_PX = 2
LIMIT_SHARE = 0.005
"""Of what is seen: 2900 px of 1024 x 576, a square of 54: a peak, a tower, a bank of cloud."""
LANDMARK = 0.045
"""Four fifths of a stop. A shape that departs less from its surroundings is not known again:
at half of it woods and water, at twice of it no peak of the house's plates was a landmark."""
FINE_SHARE = 256
"""Texture finer than so many parts of the width is no shape; a shape is six times as wide."""


def find(painting: Examined, sight: Sight) -> Found:
    """
    Look for pieces that are seen twice, at least 8 px apart, and can be recognised.

    What the plate shows counts as seen. A piece is a region that stands twice at one
    displacement; calm sky and even texture are not counted, for nobody knows them again.
    Measured: the largest piece, share of what is seen.
    """
    source, x, y = _origins(painting, sight)
    seen = sight.fill | painting.kept
    total = max(1, int(seen.sum()))
    size = (int(y.max()) // CELL_PX + 1, int(x.max()) // CELL_PX + 1)
    known = _shapes(sight.colour, LANDMARK)
    sources = int(source.max()) + 1 if (source >= 0).any() else 0
    again, dx, dy = _again(source, x, y, seen, max(1, sources), size[0], size[1], APART_PX)
    again &= known & sight.fill
    names = coherent(again, source, dx, dy, DRIFT_PX)
    count = areas(names)
    largest = int(count.max()) if again.any() else 0
    share = largest / total
    bad = share > LIMIT_SHARE
    where: Mask = again & (count[np.maximum(names, 0)] > LIMIT_SHARE * total)
    first: Mask = names == int(count.argmax()) if bad else where
    if bad:
        row, column = (int(v) for v in np.argwhere(first)[0])
        across, down = abs(int(dx[row, column])), abs(int(dy[row, column]))
        to = f"{across} px across and {down} px down"
        says = (
            f"a piece of {largest} px is seen twice, {place_of(first)} and {to} from there: "
            f"{100 * share:.1f} % of the picture, limit {100 * LIMIT_SHARE:.1f} %"
        )
    else:
        says = f"no piece over {100 * LIMIT_SHARE:.1f} % of the picture is seen twice"
    return Found(
        finding=Finding(
            check="repeats",
            verdict="fail" if bad else "pass",
            measured=round(100 * share, 3),
            limit=100 * LIMIT_SHARE,
            unit="%",
            says=says,
        ),
        where=where if bad else None,
    )


def _origins(painting: Examined, sight: Sight) -> tuple[Ints, Ints, Ints]:
    """
    Return (H, W) a picture's number, and the column and row in it, of what is seen.

    Views of one reference count as one picture, in which a pixel lies where the
    reference's master has it; the plate counts as its own view.
    """
    places = np.indices(sight.source.shape, dtype=np.int32)
    source = np.full(sight.source.shape, -1, np.int32)
    x, y = np.zeros_like(source), np.zeros_like(source)
    names = list(dict.fromkeys(r.id for r in painting.references))
    for index, view in enumerate(painting.references):
        here = sight.source == index
        if not here.any():
            continue
        sx, sy = sight.x[here], sight.y[here]
        finer = _px_per_master(view.master_x)
        source[here] = names.index(view.id)
        x[here] = (view.master_x[sy, sx] * finer).astype(np.int32)
        y[here] = (view.master_y[sy, sx] * finer).astype(np.int32)
    own = (sight.source == PLATE) | painting.kept
    source[own] = names.index(PLATE_ID) if PLATE_ID in names else -1
    y[own], x[own] = places[0][own], places[1][own]
    return source, np.maximum(x, 0), np.maximum(y, 0)


def _px_per_master(master_x: NDArray[np.float32]) -> float:
    """Return how many pixels of a view are one of its master, in the middle of the view."""
    row = master_x[master_x.shape[0] // 2]
    steps = np.sort(np.abs(np.diff(row)))
    usual = float(steps[len(steps) // 2]) if len(steps) else 1.0
    # shown at twice its size, most of a card's pixels share theirs with a neighbour
    return 1.0 / max(1e-3, usual if usual > 0 else float(steps.mean()))


def _shapes(colour: Floats, least: float) -> Mask:
    """Return (H, W) where the picture's large shapes depart from their surroundings."""
    fine = max(1, colour.shape[1] // FINE_SHARE)
    light = (colour[..., 0] + colour[..., 1] + colour[..., 2]) * np.float32(1 / 3)
    light = blur(np.ascontiguousarray(light), fine)
    apart = light - blur(light, 6 * fine)
    square = blur(np.ascontiguousarray(apart * apart), 6 * fine)
    result: Mask = square > np.float32(least * least)
    return result


@njit(nogil=True, cache=True)
def _again(
    source: Any, x: Any, y: Any, seen: Any, sources: int, rows: int, columns: int, apart: int
) -> Any:
    """Return (H, W) where a source cell is seen again, and its displacement from the first."""
    h, w = seen.shape
    first = np.full((sources, rows, columns), -1, np.int32)
    again = np.zeros((h, w), np.bool_)
    dx = np.zeros((h, w), np.int32)
    dy = np.zeros((h, w), np.int32)
    for turn in range(2):
        # what the plate shows is seen first
        for i in range(h):
            for j in range(w):
                k = source[i, j]
                if k < 0 or not seen[i, j]:
                    continue
                a, b = y[i, j] // CELL_PX, x[i, j] // CELL_PX
                mine = x[i, j] == j and y[i, j] == i
                if turn == 0:
                    if mine and first[k, a, b] < 0:
                        first[k, a, b] = i * w + j
                    continue
                if first[k, a, b] < 0:
                    first[k, a, b] = i * w + j
                    continue
                p, q = first[k, a, b] // w, first[k, a, b] % w
                if abs(p - i) + abs(q - j) >= apart:
                    again[i, j] = True
                    dx[i, j], dy[i, j] = q - j, p - i
    return again, dx, dy
