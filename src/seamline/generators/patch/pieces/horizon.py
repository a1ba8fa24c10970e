"""
The horizon: where nothing stands above it, it is level, and a piece shows it there.

A piece is moved to where its whole rim agrees with its neighbours, and most of a rim is sky
and water: a sky that darkens to one side agrees best a few rows off, and the sea then has a
step where two pieces meet. But how high the horizon of a lock stands is known, and that of a
placed reference.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.pieces.usual import STEP as PER_DEG
from seamline.generators.patch.resample import Bytes, Floats

if TYPE_CHECKING:
    from seamline.generators.patch.pieces.ground import Ground

ABOUT = np.float32(1.0 * PER_DEG)
"""Islands and waves stand less than a degree above and below a sea's horizon."""
STRIP = 0.08
"""So many of the plate's last columns say what stands there, as a share of the shorter side."""
LEAST_EDGE = 0.04
"""Two thirds of a stop is an edge (``apart``)."""
DEAR = np.float32(30.0)
"""So many times as much a cut costs there: it is the line that an eye follows. With six,
low islands still began upright in three seeds of twelve (quay), with thirty in one."""
MOST_ROWS = 2.0
"""A piece that shows its horizon so many rows off, at the coarsest level, is meant to show it
level; what is farther off is a bank, a wave or a cloud, and stands where it was found."""

Proposed = list[list[tuple[float, tuple[int, int, int]]]]


def levelled(ground: Ground, proposed: Proposed, hole: Bytes) -> Proposed:
    """Return the places ``proposed`` for ``hole``, those that show the horizon level."""

    def even(place: tuple[int, int, int]) -> tuple[int, int, int]:
        sheet, dy, dx = place
        return sheet, dy + (rows_off(ground, np.array(place), hole) or 0), dx

    return [[(cost, even(place)) for cost, place in found] for found in proposed]


def watched(ground: Ground) -> Ground:
    """Return ``ground`` where a cut through its level horizon costs more."""
    dear = ground.dear.copy()
    dear[np.abs(ground.guide) < ABOUT, 0] *= DEAR
    return replace(ground, dear=dear)


def is_level(base: Floats, known: Bytes, hole: Bytes, guide: Floats) -> bool:
    """
    Return whether nothing stands above the horizon where the plate ends.

    Args:
        base: (H, W, 3) finite colours, log encoding, where ``known``.
        known: (H, W) 1 where the plate stands.
        hole: (H, W) 1 where it is carried on.
        guide: (H, W) height above the horizon downwards.
    """
    strip = np.arange(1, max(2, round(STRIP * min(known.shape))) + 1)
    near = np.zeros(known.shape, bool)
    for k in strip:
        near[:, k:] |= hole[:, :-k] > 0
        near[:, :-k] |= hole[:, k:] > 0
    near &= known > 0
    above = near & (guide < -ABOUT)
    if not above.any() or not (near & (guide > ABOUT)).any():
        return False
    light = (base[..., 0] + base[..., 1] + base[..., 2]) / np.float32(3)
    both = above[:-2] & above[2:]  # an edge of a camera is two rows wide
    return not bool((np.abs(light[2:] - light[:-2])[both] > np.float32(LEAST_EDGE)).any())


def rows_off(ground: Ground, piece: NDArray[np.int64], mine: Bytes) -> int | None:
    """
    Return by how many rows ``piece``, laid where ``mine``, must move to show it level.

    None where it shows nothing of it or shows it too far off, or where nobody knows the height
    of what it shows.
    """
    sheet, dy, dx = (int(v) for v in piece)
    guide, laid = ground.guide, mine > 0
    rim = np.zeros(mine.shape, bool)
    rim[1:] = laid[1:] & laid[:-1] & (guide[1:] >= 0) & (guide[:-1] < 0)
    if not ground.placed[sheet] or not rim.any():
        return None
    rows, columns = np.nonzero(rim)
    height, width = ground.size[sheet]
    from_ = np.clip(rows + dy, 0, height - 1) + ground.base[sheet]
    seen = ground.heights[from_, np.clip(columns + dx, 0, width - 1)]
    per_row = (guide[-1].mean() - guide[0].mean()) / np.float32(len(guide) - 1)
    if not per_row > 0:
        return None
    off = float((guide[rim] - seen).mean() / per_row)
    return round(off) if abs(off) < (MOST_ROWS + 0.5) * ground.scale else None


def off_level(
    ground: Ground, piece: NDArray[np.int64], box: tuple[slice, slice]
) -> NDArray[np.bool_]:
    """Return (h, w) of ``box``: ``piece`` would show at the horizon what is not at it."""
    sheet, dy, dx = (int(v) for v in piece)
    guide = ground.guide[box]
    if not ground.placed[sheet]:
        return np.zeros(guide.shape, bool)
    (height, width), first = ground.size[sheet], ground.base[sheet]
    rows = np.clip(np.arange(box[0].start, box[0].stop) + dy, 0, height - 1) + first
    columns = np.clip(np.arange(box[1].start, box[1].stop) + dx, 0, width - 1)
    off = np.abs(guide - ground.heights[rows[:, None], columns[None, :]])
    found: NDArray[np.bool_] = (np.abs(guide) < ABOUT) & (off > ABOUT)
    return found
