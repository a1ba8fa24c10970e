"""Cut ends: where a card was cut straight, and the cut is seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.detect.examined import (
    SOLID,
    Examined,
    Found,
    Mask,
    Sight,
    label_of,
    place_of,
)
from seamline.generators.patch.resample import Floats
from seamline.ports import PaintedLayer
from seamline.show.review import Finding

LIMIT_SHARE = 0.04
"""Of the height: 23 px of 576. A trunk or a post is straight too, but seldom taller."""
REACH_PX = 3
"""An end falls from solid to nothing within so many columns; a feathered one is no cut."""
HIGH, LOW = np.float32(0.85), np.float32(0.15)
OWN = 0.5
"""A run of which the card itself ends at least so much is its silhouette: a wall, a pole."""


def find(painting: Examined, sight: Sight) -> Found:
    """
    Look for straight vertical ends of layers, in the open, that their cards do not have.

    Measured: the longest, pixels of height. The sky has no ends.
    """
    height, width = painting.need.shape
    limit = max(8.0, LIMIT_SHARE * height)
    where = np.zeros((height, width), bool)
    longest, seen = 0, 0
    for index, layer in enumerate(painting.layers):
        if label_of(layer) in ("sky", "env", "margin"):
            continue
        seen += 1
        shown = sight.fill & (sight.layer >= 0) & (sight.layer <= index)
        jumps, ends = _jumps(layer, shown, _ends(painting, layer))
        runs, tall = _runs(jumps, ends, int(limit), OWN)
        where |= runs
        longest = max(longest, int(tall))
    if seen == 0:
        return Found(
            finding=Finding(
                check="cut ends",
                verdict="not checked",
                says="this painting has no layers whose ends could be seen",
            )
        )
    bad = bool(where.any())
    return Found(
        finding=Finding(
            check="cut ends",
            verdict="fail" if bad else "pass",
            measured=float(longest),
            limit=round(limit, 1),
            unit="px",
            says=f"a card was cut straight over {longest} px {place_of(where)}, in the open; "
            f"limit {limit:.0f} px"
            if bad
            else f"no straight cut of a card is seen over more than {limit:.0f} px",
        ),
        where=where if bad else None,
    )


def _ends(painting: Examined, layer: PaintedLayer) -> Mask:
    """Where the card itself ends within a few pixels to the left or right of its pixel."""
    found = np.zeros(layer.alpha.shape, bool)
    for index, view in enumerate(painting.references):
        here = layer.source == index
        if view.card is None or not here.any():
            continue
        own = _has_end(np.ascontiguousarray(view.card.alpha, dtype=np.float32), REACH_PX)
        found[here] = own[layer.source_y[here], layer.source_x[here]]
    return found


@njit(nogil=True, cache=True)
def _has_end(alpha: Floats, reach: int) -> Any:
    """Return (H, W) where ``alpha`` falls below a half within ``reach`` px left or right."""
    h, w = alpha.shape
    out = np.zeros((h, w), np.bool_)
    for y in range(h):
        for x in range(w):
            # at the frame of its photograph a card does not end, it was cut
            for i in range(max(0, x - reach - 1), min(w, x + reach + 2)):
                if alpha[y, i] < SOLID:
                    out[y, x] = True
    return out


def _jumps(layer: PaintedLayer, shown: Mask, ends: Mask) -> tuple[Mask, Mask]:
    """Return where a layer's alpha falls to nothing sideways, seen, and whether by itself."""
    return _fallen(np.ascontiguousarray(layer.alpha), shown, ends, REACH_PX, HIGH, LOW)  # type: ignore[no-any-return]


@njit(nogil=True, cache=True)
def _fallen(alpha: Floats, shown: Any, ends: Any, reach: int, high: float, low: float) -> Any:
    h, w = alpha.shape
    jump = np.zeros((h, w), np.bool_)
    own = np.zeros((h, w), np.bool_)
    for y in range(h):
        for x in range(w):
            if alpha[y, x] < high or not shown[y, x]:
                continue
            for side in (-1, 1):
                end = x + side * reach
                if end < 0 or end >= w or not shown[y, end]:
                    continue
                # the last solid pixel before the fall stands for the end
                if alpha[y, end] <= low and alpha[y, x + side] < high:
                    jump[y, x] = True
                    own[y, x] = ends[y, x]
    return jump, own


@njit(nogil=True, cache=True)
def _runs(jump: Any, own: Any, least: int, share: float) -> Any:
    """Return (H, W) runs of jumps, one column give or take one, not the card's own; longest."""
    h, w = jump.shape
    out = np.zeros((h, w), np.bool_)
    longest = 0
    for x in range(w):
        y = 0
        while y < h:
            if not jump[y, x]:
                y += 1
                continue
            first, mine, gap, last = y, 0, 0, y
            while y < h and gap <= 2:
                hit = -1
                for i in range(max(0, x - 1), min(w, x + 2)):
                    if jump[y, i]:
                        hit = i
                if hit < 0:
                    gap += 1
                else:
                    gap, last = 0, y
                    if own[y, hit]:
                        mine += 1
                y += 1
            length = last - first + 1
            if mine < share * length:
                longest = max(longest, length)
                if length > least:
                    for k in range(first, last + 1):
                        out[k, x] = True
    return out, longest
