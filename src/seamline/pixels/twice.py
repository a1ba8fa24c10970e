"""What is seen twice: the same piece of a reference at two places, told by lineage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.grain.box import box_mean

Image = NDArray[np.float32]
Ints = NDArray[np.int64]
CELL_PX = 2.0
"""Two pixels of the reference: enlarging uses a pixel more than once."""
APART_PX = 8
DRIFT_PX = 3
LANDMARK = 0.045
"""In ACEScct, four fifths of a stop: what departs less from its surroundings is no shape."""
FINE_SHARE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """The largest piece seen twice: share of what is seen, how far apart (x, y), its box."""

    share: float
    apart: tuple[int, int]
    place: tuple[int, int, int, int] | None


def largest_repeat(source: Ints, x: Image, y: Image, tone: Image) -> Repeat:
    """
    Return the largest piece that is seen again at one displacement.

    Args:
        source: (H, W) which reference, -1 where none.
        x: (H, W) column in that reference's file, pixels.
        y: (H, W) row.
        tone: (H, W) log-coded; even parts are no piece that anybody knows again.
    """
    from_reference = source >= 0
    total = int(from_reference.sum())
    height, width = source.shape
    at = np.flatnonzero(from_reference & _shapes(tone))
    if not len(at):
        return Repeat(share=0.0, apart=(0, 0), place=None)
    column = (x.ravel()[at] / CELL_PX).astype(np.int64)
    row = (y.ravel()[at] / CELL_PX).astype(np.int64)
    key = (source.ravel()[at] << 40) | (np.maximum(row, 0) << 20) | np.maximum(column, 0)
    order = np.argsort(key, kind="stable")
    key, at = key[order], at[order]
    begins = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    first = np.repeat(at[begins], np.diff(np.append(begins, len(at))))
    across, down = at % width - first % width, at // width - first // width
    again = np.abs(across) + np.abs(down) >= APART_PX
    if not again.any():
        return Repeat(share=0.0, apart=(0, 0), place=None)
    across, down, at = across[again], down[again], at[again]
    steps = np.stack([np.rint(v / DRIFT_PX).astype(np.int64) for v in (across, down)])
    piece = (steps[0] + width) * 4 * height + steps[1] + height
    _, which, count = np.unique(piece, return_inverse=True, return_counts=True)
    mine = which == int(count.argmax())
    rows, columns = at[mine] // width, at[mine] % width
    box = [int(v) for v in np.quantile(columns, (0.05, 0.95))]
    box += [int(v) for v in np.quantile(rows, (0.05, 0.95))]
    return Repeat(
        share=int(count.max()) / total,
        apart=(int(np.median(across[mine])), int(np.median(down[mine]))),
        place=(box[0], box[2], box[1] - box[0] + 1, box[3] - box[2] + 1),
    )


def _shapes(tone: Image) -> NDArray[np.bool_]:
    """Return (H, W) where large shapes depart from their surroundings."""
    fine = max(1, tone.shape[1] // FINE_SHARE)
    soft = box_mean(tone.astype(np.float32), fine)
    apart = soft - box_mean(soft, 6 * fine)
    known: NDArray[np.bool_] = box_mean(apart * apart, 6 * fine) > LANDMARK * LANDMARK
    return known
