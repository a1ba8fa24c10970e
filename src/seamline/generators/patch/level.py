"""
A level of the pyramid: the scene and its matches at one size.

Factor 1/sqrt 2 from one to the next, the coarsest short side about 34 px. Matches are carried
from the coarser level; those that fall on no valid patch are moved to one nearby.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.resample import (
    Bytes,
    Floats,
    distance,
    grow,
    shrink_share,
    shrink_usable,
)
from seamline.generators.patch.scene import Manner, Scene
from seamline.generators.patch.search import (
    P,
    R,
)
from seamline.generators.patch.sheets import Atlas

FACTOR = 0.7071067811865476
COARSEST_PX = 34
KNOWN_WEIGHT = 4.0
"""Of a pixel that is known, beside 1 of one at its rim that is not."""
FADE = 1.12
"""So many times less for each pixel farther away from what is known."""
LEAST_WEIGHT = 0.15


@dataclass(slots=True, kw_only=True, eq=False)
class Level:
    """
    A scene at one size (H, W), with its matches in that size's atlas (A, B).

    Attributes:
        colour: (H, W, 3) the picture so far.
        known, unknown: (H, W) 1 where it is known, where it is to be filled.
        active: (H, W) 1 where a patch touches something unknown.
        allowed: (H, W) bit set of labels.
        guide: (H, W, G).
        weight: (H, W) of each pixel in a patch's cost.
        atlas: What may be copied.
        field: (H, W, 2) matches.
        mapped: (H, W) 1 where a match was laid out beforehand.
        pinned: Where matches stay, and those; None where none do.
        shift: (H, W, 3) of each match, added to what is copied.
        shown: (A, B) how often each pixel counts as used already; or None.
    """

    colour: Floats
    known: Bytes
    unknown: Bytes
    active: Bytes
    allowed: Bytes
    guide: Floats
    weight: Floats
    atlas: Atlas
    field: Any
    mapped: Bytes
    pinned: Any
    shift: Floats
    shown: Floats | None


@njit(nogil=True, cache=True)
def _laid_out(
    sheet: Any, row: Any, column: Any, base: Any, size: Any, h: int, w: int, factor: float
) -> Any:
    """Return the laid-out matches at (h, w) as atlas coordinates, and where there are any."""
    height, width = sheet.shape
    field = np.zeros((h, w, 2), np.int32)
    mapped = np.zeros((h, w), np.uint8)
    for y in range(h):
        yf = min((2 * y + 1) * height // (2 * h), height - 1)
        for x in range(w):
            xf = min((2 * x + 1) * width // (2 * w), width - 1)
            k = sheet[yf, xf]
            if k < 0:
                continue
            dy = int(np.floor((row[yf, xf] - yf) * factor + 0.5))
            dx = int(np.floor((column[yf, xf] - xf) * factor + 0.5))
            sy = min(max(y + dy, 0), size[k, 0] - 1)
            sx = min(max(x + dx, 0), size[k, 1] - 1)
            field[y, x, 0], field[y, x, 1] = base[k] + sy, sx
            mapped[y, x] = 1
    return field, mapped


@njit(nogil=True, cache=True)
def enlarged(
    old: Any,
    old_active: Bytes,
    old_owner: Any,
    old_base: Any,
    field: Any,
    active: Bytes,
    base: Any,
    size: Any,
    centre: Bytes,
    centres: Any,
    seed: int,
) -> None:
    """Carry matches from the coarser level into ``field`` where ``active``; else draw one."""
    oh, ow = old_active.shape
    h, w = active.shape
    for y in range(h):
        yo = min(max((2 * y + 1) * oh // (2 * h), R), oh - 1 - R)
        for x in range(w):
            if active[y, x] == 0:
                continue
            xo = min(max((2 * x + 1) * ow // (2 * w), R), ow - 1 - R)
            sy, sx = -1, -1
            if old_active[yo, xo]:
                k = old_owner[old[yo, xo, 0]]
                dy = old[yo, xo, 0] - old_base[k] - yo
                dx = old[yo, xo, 1] - xo
                sy = y + int(np.floor(dy * (h / oh) + 0.5))
                sx = x + int(np.floor(dx * (w / ow) + 0.5))
                sy = min(max(sy, R), size[k, 0] - 1 - R) + base[k]
                sx = min(max(sx, R), size[k, 1] - 1 - R)
            if sy < 0 or sx < 0 or centre[sy, sx] == 0:
                near_y, near_x = sy, sx
                sy = -1
                for t in range(24):
                    if near_y < 0:
                        break
                    bits = draw(y * 65536 + x, seed, 313, t)
                    cy = near_y + below(bits, 2 * t + 3) - t - 1
                    cx = near_x + below(draw(bits, t, 5, 9), 2 * t + 3) - t - 1
                    if (
                        0 <= cy < centre.shape[0]
                        and 0 <= cx < centre.shape[1]
                        and centre[cy, cx]
                    ):
                        sy, sx = cy, cx
                        break
                if sy < 0:
                    i = below(draw(y * 65536 + x, seed, 317, 0), len(centres))
                    sy, sx = centres[i, 0], centres[i, 1]
            field[y, x, 0], field[y, x, 1] = sy, sx


@njit(nogil=True, cache=True)
def snap(field: Any, active: Bytes, centre: Bytes, centres: Any, seed: int) -> None:
    """Move every active match that is no valid patch to one nearby, or to any."""
    h, w = active.shape
    for y in range(h):
        for x in range(w):
            sy, sx = field[y, x, 0], field[y, x, 1]
            if active[y, x] == 0 or centre[sy, sx]:
                continue
            found = False
            for t in range(24):
                bits = draw(y * 65536 + x, seed, 411, t)
                cy = sy + below(bits, 2 * t + 3) - t - 1
                cx = sx + below(draw(bits, t, 5, 9), 2 * t + 3) - t - 1
                if 0 <= cy < centre.shape[0] and 0 <= cx < centre.shape[1] and centre[cy, cx]:
                    field[y, x, 0], field[y, x, 1] = cy, cx
                    found = True
                    break
            if not found:
                i = below(draw(y * 65536 + x, seed, 419, 0), len(centres))
                field[y, x, 0], field[y, x, 1] = centres[i, 0], centres[i, 1]


@njit(nogil=True, cache=True)
def _weights(known: Bytes, unknown: Bytes, away: Floats) -> Floats:
    h, w = known.shape
    faded = np.ones(64, np.float32)
    for i in range(1, 64):
        faded[i] = max(faded[i - 1] / np.float32(FADE), np.float32(LEAST_WEIGHT))
    out = np.zeros((h, w), np.float32)
    for y in range(h):
        for x in range(w):
            if unknown[y, x]:
                out[y, x] = faded[min(int(away[y, x]), 63)] / np.float32(P * P)
            elif known[y, x]:
                out[y, x] = np.float32(KNOWN_WEIGHT) / np.float32(P * P)
    return out


def level_sizes(height: int, width: int) -> list[tuple[int, int, float]]:
    """Return rows, columns and factor of each level of a picture, the coarsest first."""
    factor, levels = 1.0, []
    while True:
        h, w = max(int(height * factor + 0.5), 2 * P), max(int(width * factor + 0.5), 2 * P)
        levels.append((h, w, factor))
        if min(height, width) * factor * FACTOR < COARSEST_PX:
            break
        factor *= FACTOR
    levels[0] = (height, width, 1.0)
    return levels[::-1]


def make_level(
    scene: Scene,
    atlas: Atlas,
    h: int,
    w: int,
    factor: float,
    manner: Manner,
) -> Level:
    """Return ``scene`` at (``h``, ``w``), ``factor`` of its size, before ``atlas``."""
    height, width = scene.known.shape
    if (h, w) == (height, width):
        colour, known, unknown = scene.colour.copy(), scene.known, scene.unknown
    else:
        small = shrink_usable(scene.colour, scene.known, h, w)
        opened = shrink_share(scene.unknown, h, w)
        unknown = (opened > np.float32(0.25)).astype(np.uint8)
        known = ((small[..., 3] > np.float32(0.05)) & (unknown == 0)).astype(np.uint8)
        colour = small[..., :3] / np.maximum(small[..., 3], np.float32(1e-3))[..., None]
    ys = np.minimum((np.arange(h) * 2 + 1) * height // (2 * h), height - 1)
    xs = np.minimum((np.arange(w) * 2 + 1) * width // (2 * w), width - 1)
    active = grow(unknown, R)
    active[:R], active[h - R :], active[:, :R], active[:, w - R :] = 0, 0, 0, 0
    field, mapped = _laid_out(
        scene.sheet, scene.row, scene.column, atlas.base, atlas.size, h, w, factor
    )
    return Level(
        colour=np.ascontiguousarray(colour.astype(np.float32)),
        known=known,
        unknown=unknown,
        active=active,
        allowed=np.ascontiguousarray(scene.allowed[ys][:, xs]),
        guide=np.ascontiguousarray(scene.guide[ys][:, xs]),
        weight=_weights(known, unknown, distance(unknown)),
        atlas=atlas,
        field=field,
        mapped=mapped,
        pinned=_pins(field, mapped, known) if manner.pinned else None,
        shift=np.zeros((h, w, 3), np.float32),
        shown=_by_sheet(atlas, manner.shown) * atlas.pixel if manner.shown else None,
    )


def _pins(field: Any, mapped: Bytes, known: Bytes) -> Any:
    """Return where matches are pinned, (H, W), and the matches there, (N, 2)."""
    where = (mapped > 0) & (known > 0)
    return where, field[where]


def pin(level: Level) -> None:
    """Put pinned matches back to where they were laid out."""
    if level.pinned is not None:
        where, matches = level.pinned
        level.field[where] = matches


def _by_sheet(atlas: Atlas, values: Sequence[float]) -> Floats:
    """Return (A, B) each sheet's own value; 0 without any."""
    out = np.zeros(atlas.centre.shape, np.float32)
    for k, value in enumerate(values):
        out[atlas.owner == k] = value
    return out
