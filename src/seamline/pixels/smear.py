"""
Smear: how far an open shutter smeared what a frame shows, beside what its camera's move makes.

Two pictures of different things under one move are not smeared alike: an edge along the move
is not smeared at all, a ridge that falls with it by less than one that rises, a blade of grass
is no step. So every edge is its own twin. The same view at rest is moved as the camera moved,
moment by moment; that is how wide the edge ought to be there. By what share it is wider in the
frame, in the middle of all edges, is the same for a ridge and for a meadow, and 1 where the
camera's report is right.

Scene-linear light is averaged, widths are measured on log-coded tone, in pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.optics.reproject import cubic_weights
from seamline.pixels.metrics import PLATEAU_PX, hard_edges, profiles_of, widths_of

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Moves = Callable[[Places], Floats]
"""From (2, N) rows and columns to (K, N, 2): columns and rows further, where a pixel looks
while the shutter is open, moment by moment."""

LEAST_PX, LEAST_TIMES = 2.0, 2.0
"""An edge tells of a smear that makes it wider by so much, and so many times as wide: it lies
across the move, and what it is at rest is the lesser part of its width."""
FEWEST = 50
"""Edges; as many as of hard ones in ``metrics``."""
MOST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Smear:
    """
    How wide edges are in a frame, over what the camera's move makes of them.

    Attributes:
        times: The middle of all edges.
        width_px: How wide the move makes them, the middle of all.
        edges: How many were measured.
    """

    times: float
    width_px: float
    edges: int


def smear_of(
    seen: Image,
    rest: Image,
    mask: Mask,
    moves: Moves,
    tone: Callable[[Image], Image],
) -> Smear | None:
    """
    Return how wide the edges of a frame are, over what its camera's move makes of them.

    Args:
        seen: (H, W, 3) the frame, scene-linear.
        rest: (H, W, 3) the same view with the shutter open for a moment.
        mask: (H, W), where both stand.
        moves: Where pixels look while the shutter is open.
        tone: Log-coded luminance (H, W) of a scene-linear picture.

    Returns:
        None with fewer than 50 edges, hard at rest, that the move smears by two pixels.
    """
    told, still = tone(seen), tone(rest)
    pairs = [
        _along(told, still, rest, mask, moves, tone),
        _along(told.T, still.T, rest.swapaxes(0, 1), mask.T, _turned(moves), tone),
    ]
    own, made = (np.concatenate([pair[k] for pair in pairs]) for k in (0, 1))
    if len(own) < FEWEST:
        return None
    return Smear(
        times=round(float(np.median(own / made)), 4),
        width_px=round(float(np.median(made)), 2),
        edges=len(own),
    )


def _turned(moves: Moves) -> Moves:
    return lambda places: moves(places[::-1])[..., ::-1]


def _along(
    told: Image, still: Image, rest: Image, mask: Mask, moves: Moves,
    tone: Callable[[Image], Image],
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return (N,) widths in the frame, and as the move makes them, of edges along rows."""
    if told.shape[1] < 4 * PLATEAU_PX[1]:
        return np.zeros(0), np.zeros(0)
    places = hard_edges(still, mask)[:, :MOST]
    if not places.shape[1]:
        return np.zeros(0), np.zeros(0)
    ways = moves(places)
    inside = _inside(mask, places, ways)
    places, ways = places[:, inside], ways[:, inside]
    before = widths_of(profiles_of(still, places))
    made = widths_of(tone(_moved(rest, places, ways)))
    own = widths_of(profiles_of(told, places))
    across = (made >= before + LEAST_PX) & (made >= LEAST_TIMES * before)
    return own[across], made[across]


def _inside(mask: Mask, places: Places, ways: Floats) -> Mask:
    """Return (N,) whether all that is looked at lies within ``mask``."""
    far = PLATEAU_PX[1] + 1
    height, width = mask.shape
    found = np.ones(places.shape[1], bool)
    for way in (ways.min(axis=0), ways.max(axis=0)):
        for side in (-far, far):
            column = np.rint(places[1] + way[:, 0] + side).astype(np.int64)
            row = np.rint(places[0] + way[:, 1]).astype(np.int64)
            within = (column >= 0) & (column < width) & (row >= 0) & (row < height)
            found &= within & mask[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)]
    return found


def _moved(rest: Image, places: Places, ways: Floats) -> Image:
    """
    Return (N, P, 3) the row around each of ``places``, averaged along its way.

    Cubic between pixels: a straight line between two rows would soften what leans.
    """
    far = PLATEAU_PX[1]
    height, width = rest.shape[:2]
    reach = np.arange(-far - 1, far + 3)
    total = np.zeros((places.shape[1], 2 * far + 1, rest.shape[2]), np.float32)
    for way in ways:
        left, top = (np.floor(way[:, k]) for k in (0, 1))
        across, down = (
            cubic_weights((way[:, k] - v).astype(np.float32)) for k, v in ((0, left), (1, top))
        )
        columns = (places[1] + left.astype(np.int64))[:, None] + reach
        rows = places[0] + top.astype(np.int64)
        columns = np.clip(columns, 0, width - 1)
        row = np.zeros((*columns.shape, rest.shape[2]), np.float32)
        for k, weight in zip((-1, 0, 1, 2), down, strict=True):
            taken = rest[np.clip(rows + k, 0, height - 1)[:, None], columns]
            row += weight[:, None, None] * taken
        for k, weight in enumerate(across):
            total += weight[:, None, None] * row[:, k : k + 2 * far + 1]
    moved: Image = total / np.float32(len(ways))
    return moved
