"""
Two frames of a moving camera that saw a place alike: their difference is grain alone.

What a frame shows of fine detail depends on where its pixels fall, to fractions of a pixel
and, behind a mosaic of colours, to which of two rows and columns they are. Two frames in
which a place falls alike show the same detail, edges and false colour too, and nothing of it
is left in their difference, which has twice the grain's variance. Under a pan some pairs of
frames fall alike everywhere, under a turn each pair does so somewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.grain.box import slopes, smoothed
from seamline.pixels.grain.rests import Mask, Rests, steady
from seamline.pixels.picture import Image

ALIKE_PX = 0.25
"""So far apart, down or across, two frames' pixels may lie on the scene."""
MOSAIC = 2
"""Rows and columns after which a mosaic of colours repeats."""
FEWEST_PX = 60_000
"""Values; of as many, sigma at sixteen brightnesses is known to a percent and a half."""


def alike_rests(rests: Rests, frames: Sequence[Image]) -> Rests | None:
    """
    Return ``rests`` and, after them, the grain of pairs that fell alike; None where few did.

    Args:
        rests: Of the same frames, under a moving camera; the scene stays.
        frames: (H, W, 3) each.
    """
    assert rests.places is not None
    assert rests.beside is not None
    off = rests.beside
    chosen = _pairs(rests.places, off, np.logical_and.reduce(rests.valid))
    if sum(int(where.sum()) for _, _, where in chosen) < FEWEST_PX:
        return None
    across, down = slopes(smoothed(rests.signal))
    own, valid, places, slips = [], [], [], []
    for j, k, where in chosen:
        first, second = (_read(frames[i], rests.places[i]) for i in (j, k))
        apart = off[j] - off[k]
        difference = first - second - across * apart[..., :1] - down * apart[..., 1:]
        own.append(np.where(where[..., None], difference * np.float32(0.5**0.5), 0))
        valid.append(where)
        places.append(rests.places[j])
        slips.append(apart)
    pairs = np.stack(own).astype(np.float32)
    for k in range(len(pairs)):
        steady(pairs[k : k + 1], rests.signal, valid[k])
    return replace(
        rests,
        rests=np.concatenate([rests.rests, pairs]),
        valid=np.concatenate([rests.valid, np.stack(valid)]),
        places=np.concatenate([rests.places, np.stack(places)]),
        beside=np.concatenate([np.zeros_like(off), np.stack(slips)]),
    )


def _pairs(
    places: NDArray[np.int32], off: NDArray[np.float32], mask: Mask
) -> list[tuple[int, int, Mask]]:
    """Return twice as many pairs as there are frames, those alike on most pixels."""
    count = len(places)
    found = []
    for j, k in combinations(range(count), 2):
        even = ((places[j] - places[k]) % MOSAIC == 0).all(axis=0)
        near = (np.abs(off[j] - off[k]) <= ALIKE_PX).all(axis=2)
        where = mask & even & near
        found.append((int(where.sum()), j, k, where))
    found.sort(key=lambda one: -one[0])
    return [(j, k, where) for number, j, k, where in found[: 2 * count] if number]


def _read(frame: Image, places: NDArray[np.int32]) -> Image:
    found: Image = np.asarray(frame, np.float32)[places[0], places[1]]
    return found
