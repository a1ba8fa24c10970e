"""
The live foreground's own colour where the matte is soft.

A soft edge pixel of the plate is foreground and *old* background mixed. To set
the foreground against a new background its own colour has to be told apart, or
the old background rides along as a rim.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import finite_pixels

Image = NDArray[np.float32]
Matte = NDArray[np.float32]

REGULARISATION = 1e-5
EDGE_WEIGHT = 1.0
SMALL_PX = 32
NEIGHBOURS = ((0, 1), (2, 1), (1, 0), (1, 2))
ROOM_PX = 24
"""How far around the soft pixels the plate is looked at."""


def live_layer(plate: Image, matte: Matte) -> Image:
    """Return the live action as an associated layer, (H, W, 3); see ``told_apart``."""
    return told_apart(plate, matte)[0]


def told_apart(plate: Image, matte: Matte) -> tuple[Image, Image, Image]:
    """
    Return the live action as an associated layer: (H, W, 3) float32, scene-linear.

    Where the matte is 1 that is the plate, where it is 0 nothing. In between it is
    matte x foreground colour, plus the matte's share of whatever fine grain the
    estimate does not explain.

    With it, (H, W, 3) each, its own colour and what stood behind it in the plate, where the
    matte is soft; 0 elsewhere.

    Args:
        plate: (H, W, 3) scene-linear; pixels that are not finite are given no weight.
        matte: (H, W), 1 = live.

    Source:
        T. Germer, T. Uelwer, S. Conrad, S. Harmeling: Fast Multi-Level Foreground
        Estimation, ICPR 2020; without its limits to [0, 1].
    """
    # Selected, not multiplied: a NaN of the plate must not come through as NaN x 0.
    layer: Image = np.where((matte == 1)[..., None], plate, np.float32(0))
    own, behind = np.zeros_like(layer), np.zeros_like(layer)
    soft = (matte > 0) & (matte < 1)
    rows, columns = np.flatnonzero(soft.any(axis=1)), np.flatnonzero(soft.any(axis=0))
    if not len(rows):
        return layer, own, behind
    y0, y1 = max(rows[0] - ROOM_PX, 0), rows[-1] + ROOM_PX + 1
    x0, x1 = max(columns[0] - ROOM_PX, 0), columns[-1] + ROOM_PX + 1
    part: Image = plate[y0:y1, x0:x1]
    share: Matte = matte[y0:y1, x0:x1]
    weight = finite_pixels(part).astype(np.float32)
    finite = np.where(weight[..., None] > 0, part, np.float32(0))
    front, back = estimate(finite, share, weight)
    a = share[..., None]
    rest = (finite - a * front - (1 - a) * back) * weight[..., None]
    inner = soft[y0:y1, x0:x1]
    layer[y0:y1, x0:x1][inner] = (a * (front + rest))[inner]
    own[y0:y1, x0:x1][inner] = front[inner]
    behind[y0:y1, x0:x1][inner] = back[inner]
    return layer, own, behind


def estimate(plate: Image, matte: Matte, weight: Matte) -> tuple[Image, Image]:
    """
    Return foreground and background colours, each (H, W, 3) float32.

    Args:
        plate: (H, W, 3) finite.
        matte: (H, W).
        weight: (H, W), 0 where the plate says nothing.
    """
    height, width = matte.shape
    sizes = [(height, width)]
    while max(sizes[-1]) > 1:
        sizes.append(((sizes[-1][0] + 1) // 2, (sizes[-1][1] + 1) // 2))
    front = back = np.zeros((1, 1, 3), np.float32)
    for h, w in reversed(sizes):
        rows = (np.arange(h) * height // h)[:, None]
        columns = (np.arange(w) * width // w)[None, :]
        front, back = _nearest(front, h, w), _nearest(back, h, w)
        rounds = 10 if min(h, w) <= SMALL_PX else 2
        front, back = _relax(
            plate[rows, columns],
            matte[rows, columns],
            weight[rows, columns],
            front,
            back,
            rounds,
        )
    return front, back


def _nearest(colour: Image, height: int, width: int) -> Image:
    h, w = colour.shape[:2]
    rows = np.minimum(np.arange(height) * h // height, h - 1)
    columns = np.minimum(np.arange(width) * w // width, w - 1)
    picked: Image = colour[rows[:, None], columns[None, :]]
    return picked


def _relax(
    plate: Image, matte: Matte, weight: Matte, front: Image, back: Image, rounds: int
) -> tuple[Image, Image]:
    """Run Jacobi rounds on the 2 x 2 system of every pixel."""
    a = matte[..., None]
    data = weight[..., None]
    rim = np.pad(matte, 1, mode="edge")
    h, w = matte.shape
    ties = [
        (
            np.float32(REGULARISATION)
            + np.float32(EDGE_WEIGHT) * np.abs(matte - rim[dy : dy + h, dx : dx + w])
        )[..., None]
        for dy, dx in NEIGHBOURS
    ]
    total = ties[0] + ties[1] + ties[2] + ties[3]
    ff = data * a * a + total
    fb = data * a * (1 - a)
    bb = data * (1 - a) * (1 - a) + total
    determinant = ff * bb - fb * fb
    lit, dim = data * a * plate, data * (1 - a) * plate
    for _ in range(rounds):
        f_rim = np.pad(front, ((1, 1), (1, 1), (0, 0)), mode="edge")
        b_rim = np.pad(back, ((1, 1), (1, 1), (0, 0)), mode="edge")
        f_sum, b_sum = lit, dim
        for tie, (dy, dx) in zip(ties, NEIGHBOURS, strict=True):
            f_sum = f_sum + tie * f_rim[dy : dy + h, dx : dx + w]
            b_sum = b_sum + tie * b_rim[dy : dy + h, dx : dx + w]
        front = (bb * f_sum - fb * b_sum) / determinant
        back = (ff * b_sum - fb * f_sum) / determinant
    return front, back
