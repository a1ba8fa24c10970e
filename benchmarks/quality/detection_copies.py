"""
Copies for detection: a painter that copies nothing on purpose, and one that does.

The painter builds the generated side of a view from another view of the same source, in cells
of six pixels; each takes one of the eight cells that are most like what belongs there, the one
that was taken least so far. What repeats is chance: like things in like places. The error is
one square piece, a fiftieth of the painting, that stands there a second time, taken from where
the reference is liveliest, which is where anybody would know it again. A source in which
nothing departs by a stop from what is 12 px around it has no such piece and is left out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quality.detection_views import Pixels
from seamline.pixels.grain.box import box_mean
from seamline.pixels.twice import largest_repeat
from seamline.ports import Studio

CELL_PX, STEP_PX = 6, 4
PARTS = 2
"""Cells are compared by the means of their quarters."""
ALIKE = 8
SHAPE_STOPS = 1.0
TRIES = 300


def repeated(
    of: Studio, wanted: Pixels, reference: Pixels, made: NDArray[np.bool_],
    rng: np.random.Generator, share: float,
) -> float | None:  # fmt: skip
    """
    Return the largest repeat that QC sees, %, with a copied piece of ``share`` of it.

    None where a piece was to be copied and nothing in the reference has a shape.
    """
    rows, columns = _nearest(wanted, reference, made)
    if share and not _copy(rows, columns, reference, made, rng, share):
        return None
    painted = reference[rows, columns]
    tone = of.colour.convert(painted, of.colour.working_space, "ACEScct")[..., 1]
    source = np.where(made, 0, -1).astype(np.int64)
    x, y = (v.astype(np.float32) + np.float32(0.5) for v in (columns, rows))
    return 100 * largest_repeat(source, x, y, tone).share


def _nearest(
    wanted: Pixels, reference: Pixels, made: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return (H, W) rows and columns of the reference, cell by cell the most alike."""
    height, width = wanted.shape[:2]
    here, top, left = _cells(wanted, CELL_PX)
    inside = made[top + CELL_PX // 2, left + CELL_PX // 2]
    here, top, left = here[inside], top[inside], left[inside]
    there, other_top, other_left = _cells(reference, STEP_PX)
    power = (there * there).sum(axis=1)
    taken = np.zeros(len(there), np.int64)
    best = np.zeros(len(here), np.intp)
    for part in np.array_split(np.arange(len(here)), 8):
        off = power - 2 * here[part] @ there.T
        near = np.argpartition(off, ALIKE, axis=1)[:, :ALIKE]
        for k, found in zip(part, near, strict=True):
            best[k] = found[taken[found].argmin()]
            taken[best[k]] += 1
    rows, columns = (v.astype(np.intp) for v in np.indices((height, width)))
    for k, choice in enumerate(best):
        cell = np.s_[top[k] : top[k] + CELL_PX, left[k] : left[k] + CELL_PX]
        rows[cell] += other_top[choice] - top[k]
        columns[cell] += other_left[choice] - left[k]
    return np.clip(rows, 0, reference.shape[0] - 1), np.clip(columns, 0, reference.shape[1] - 1)


def _cells(light: Pixels, step: int) -> tuple[Pixels, NDArray[np.intp], NDArray[np.intp]]:
    """Return (N, 3 x 4) quarters of every cell in stops, and where cells begin."""
    tone = np.log2(np.maximum(light, 0) + np.float32(0.01))
    views = np.lib.stride_tricks.sliding_window_view(tone, (CELL_PX, CELL_PX), axis=(0, 1))
    views = views[::step, ::step]
    half = CELL_PX // PARTS
    split = views.reshape(*views.shape[:3], PARTS, half, PARTS, half).mean(axis=(4, 6))
    top, left = (np.indices(split.shape[:2]) * step).reshape(2, -1)
    return split.reshape(len(top), -1).astype(np.float32), top, left


def _copy(
    rows: NDArray[np.intp], columns: NDArray[np.intp], reference: Pixels,
    made: NDArray[np.bool_], rng: np.random.Generator, share: float,
) -> bool:  # fmt: skip
    """Lay the liveliest piece of the reference into the painting twice, away from itself."""
    size = round(float(np.sqrt(share * made.sum())))
    tone = np.log2(reference[..., 1] + np.float32(0.01))
    lively = np.abs(tone - box_mean(tone, 12))
    rest = box_mean(lively, size // 2)[size : -size - 1, size : -size - 1]
    top, left = (int(v) + size - size // 2 for v in np.unravel_index(rest.argmax(), rest.shape))
    if lively[top : top + size, left : left + size].max() < SHAPE_STOPS:
        return False
    down, across = np.indices((size, size))
    places: list[tuple[int, int]] = []
    for _ in range(TRIES):
        row, column = (int(rng.integers(0, n - size)) for n in made.shape)
        away = all(max(abs(row - r), abs(column - c)) > size for r, c in places)
        if away and made[row : row + size, column : column + size].all():
            places.append((row, column))
            piece = np.s_[row : row + size, column : column + size]
            rows[piece], columns[piece] = top + down, left + across
        if len(places) == 2:
            return True
    return False
