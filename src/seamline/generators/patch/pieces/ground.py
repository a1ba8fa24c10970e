"""
The ground: canvas and references at one level, on which pieces are laid.

A piece is a shift: canvas pixel (y, x) shows the pixel (y + dy, x + dx) of a sheet. Piece
0 is the canvas itself, as far as it is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch.pieces.horizon import is_level, watched
from seamline.generators.patch.pieces.liveliness import add_unlike, between, liveliness
from seamline.generators.patch.pieces.things import Names, things
from seamline.generators.patch.pieces.usual import STRANGE_MOST, strangeness, usual
from seamline.generators.patch.resample import Bytes, Floats, grow, shrink
from seamline.generators.patch.sheets import Atlas, Sheet, make_atlas

NOTHING_THERE = 2.0
"""Price of a pixel that a piece cannot show."""
LOW = -0.02
"""The guide from which ground and water begin, four fifths of a degree above the horizon."""
LOW_PRICE, HIGH_PRICE = 1.0, 0.003
"""Price of the squared shift in height: of ground and water, and of what stands above."""
MOST_HEIGHT_PRICE = 0.0025
STRANGE = 0.6
"""Price of a pixel by the squares by which it leaves what the plate shows at its height."""


NEAR_PX, NEAR_DEAR = 8, 3.0
"""So near a plate that is carried on, at the coarsest level, a cut costs up to so many times as
much: as dear as one at the plate itself. Else slivers a pixel wide, which agree with the plate,
stood between it and what does not."""
ACROSS = 2.0
"""So many times more a cut costs that crosses what is smooth there: a trunk, a wall, a sky."""
AREAS = 2.0
"""So many times more it then costs to show a thing that is strange or out of its height: the
cuts have become dearer, and horizons and shores gave way to them. So are a hole's upright
ones."""
UPRIGHT = 5.0
"""So many times as much an upright cut costs in the ground inside a hole: what ends on a plain
ends along it, seen from so low; a shade, a lawn or a field cut upright is a joint at once."""
LIVELY = 0.02
"""Price of the square of the share, past what is like enough, by which the ground a piece shows
is plainer or rougher than that on both sides of the hole."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """
    What pieces are laid on, and cut from.

    Attributes:
        colour: (H, W, 3) known colours, log encoding.
        known: (H, W) 1 where they count.
        guide: (H, W) height above the horizon, downwards, 1.5 per radian.
        atlas: (A, B, 3).
        pixel: (A, B) 1 where it may be copied.
        heights: (A, B) the atlas's guide.
        strange: (A, B) price of odd pixels.
        base: (K,) first row of each sheet.
        size: (K, 2) rows and columns of each.
        placed: (K,) 1 where heights are known.
        dear: (H, W, 3) how many times as much a cut costs there, how many times more
            where it crosses what goes on, and how many times as much if it is upright.
        scale: Pixels here per pixel of the coarsest level.
        lively: (A, B) how lively the atlas is, where pieces are chosen for a hole.
        wanted: (H, W) how lively what is laid there should be; 0: nothing says it.
    """

    colour: Floats
    known: Bytes
    guide: Floats
    atlas: Floats
    pixel: Bytes
    heights: Floats
    strange: Floats
    base: Any
    size: Any
    placed: Any
    dear: Floats
    scale: float
    lively: Floats | None = None
    wanted: Floats | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Level:
    """
    A ground, the (H, W) hole in it, and the atlas that its pieces are cut from.

    Attributes:
        things: (A, B) which thing the ground's atlas shows; None where the plate is alone, and
            at finer levels.
        level: Whether the horizon is seen level there, with nothing above it.
    """

    ground: Ground
    hole: Bytes
    atlas: Atlas
    things: Names | None
    level: bool


def level_of(
    base: Floats, known: Bytes, hole: Bytes, guide: Floats, sheets: Sequence[Sheet],
    guides: Sequence[Floats], factor: float, coarsest: float,
) -> Level:  # fmt: skip
    """
    Return the ground at ``factor`` of full size.

    Args:
        base: (H, W, 3) finite.
        known: (H, W) 1 where it counts.
        hole: (H, W) 1 where it is to be filled.
        guide: (H, W) height above the horizon.
        sheets: What may be copied.
        guides: The same of each sheet.
        factor: Of full size.
        coarsest: That of the coarsest level.
    """
    height, width = known.shape
    opened, level = hole, reaches_edge(hole) and is_level(base, known, hole, guide)
    if factor < 1:
        h, w = max(1, int(height * factor + 0.5)), max(1, int(width * factor + 0.5))
        share = known.astype(np.float32)[..., None]
        packed = shrink(np.concatenate([base * share, share], axis=2), h, w)
        base = packed[..., :3] / np.maximum(packed[..., 3:], np.float32(1e-3))
        part = shrink(hole.astype(np.float32)[..., None], h, w)[..., 0]
        opened = (part > np.float32(0.1)).astype(np.uint8)
        known = ((packed[..., 3] > np.float32(0.9)) & (opened == 0)).astype(np.uint8)
        guide = shrink(np.ascontiguousarray(guide[..., None]), h, w)[..., 0]
    atlas = make_atlas(sheets, guides, factor)
    heights = np.ascontiguousarray(atlas.guide[..., 0])
    odd = strangeness(atlas.colour, heights, *usual(base, known, guide))
    ground = Ground(
        colour=np.ascontiguousarray(base, dtype=np.float32),
        known=known,
        guide=np.ascontiguousarray(guide, dtype=np.float32),
        atlas=atlas.colour,
        pixel=atlas.pixel,
        heights=heights,
        strange=np.float32(STRANGE) * np.minimum(odd, np.float32(STRANGE_MOST)),
        base=atlas.base.astype(np.int64),
        size=atlas.size.astype(np.int64),
        placed=np.array([s.elevation_deg is not None for s in sheets], np.uint8),
        dear=_dear(known, opened, guide, factor / coarsest),
        scale=factor / coarsest,
    )
    if factor == coarsest and not reaches_edge(opened):
        ground = _with_liveliness(ground, opened)
    named = None
    if factor == coarsest and len(sheets) > 1:
        named = things(ground.atlas, ground.pixel, ground.base, ground.size)
    ground = watched(ground) if level else ground
    return Level(ground=ground, hole=opened, atlas=atlas, things=named, level=level)


def _with_liveliness(ground: Ground, hole: Bytes) -> Ground:
    """Return ``ground`` with how lively its sheets are, and its ``hole`` should be."""
    lively = np.zeros(ground.pixel.shape, np.float32)
    for first, size in zip(ground.base, ground.size, strict=True):
        box = np.s_[int(first) : int(first) + int(size[0]), : int(size[1])]
        there = np.ascontiguousarray(ground.pixel[box])
        lively[box] = liveliness(ground.atlas[box], there)
    own = liveliness(ground.colour, ground.known)
    wanted = between(own, ground.known, hole, ground.guide)
    return replace(ground, lively=lively, wanted=wanted)


def _dear(known: Bytes, hole: Bytes, guide: Floats, scale: float) -> Floats:
    """Return (H, W, 3) what a cut costs more: see ``Ground``."""
    out = np.zeros((*known.shape, 3), np.float32)
    out[..., (0, 2)] = 1
    if not reaches_edge(hole):
        out[..., 2] = np.where(guide > LOW, np.float32(UPRIGHT), np.float32(1))
    if reaches_edge(hole):
        out[..., 1] = ACROSS
        steps = max(1, int(NEAR_PX * scale + 0.5))
        for reach in range(1, steps + 1):
            out[..., 0] += grow(known, reach) * np.float32((NEAR_DEAR - 1) / steps)
    return out


def reaches_edge(hole: Bytes) -> bool:
    """Return whether the hole reaches the edge of the picture: nothing has to meet there."""
    return bool(hole[0].any() or hole[-1].any() or hole[:, 0].any() or hole[:, -1].any())


Pieces = NDArray[np.int64]
"""(N, 3) sheet, dy, dx; the first is the canvas itself and means nothing."""
Box = tuple[slice, slice]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """
    What each of N pieces shows inside a box of the canvas.

    Attributes:
        colour: (N, h, w, 3).
        there: (N, h, w) 1 where it shows anything.
        change: (N, h, w, 2) sum of the squares by which it changes to the next right and below.
        price: (N, h, w) what that costs, its cuts apart.
        dear: (h, w, 3) as that of the ``Ground``.
    """

    colour: Floats
    there: Bytes
    change: Floats
    price: Floats
    dear: Floats


def box_of(mask: Bytes, room: int) -> Box:
    """Return the rows and columns of ``mask``, with ``room`` around them."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    h, w = mask.shape
    return (
        slice(max(0, int(rows[0]) - room), min(h, int(rows[-1]) + 1 + room)),
        slice(max(0, int(columns[0]) - room), min(w, int(columns[-1]) + 1 + room)),
    )


def shown_by(ground: Ground, pieces: Pieces, fee: NDArray[np.float64], box: Box) -> Shown:
    """Return what ``pieces`` (N, 3) show inside ``box``; ``fee`` (N,) is for every pixel."""
    h, w = box[0].stop - box[0].start, box[1].stop - box[1].start
    shown = Shown(
        colour=np.zeros((len(pieces), h, w, 3), np.float32),
        there=np.zeros((len(pieces), h, w), np.uint8),
        change=np.zeros((len(pieces), h, w, 2), np.float32),
        price=np.full((len(pieces), h, w), np.float32(NOTHING_THERE)),
        dear=np.ascontiguousarray(ground.dear[box]),
    )
    shown.colour[0], shown.there[0] = ground.colour[box], ground.known[box]
    _change(shown.colour[0], shown.there[0], shown.change[0])
    for i in range(1, len(pieces)):
        show(ground, pieces[i], float(fee[i]), box, shown, i)
    return shown


def show(
    ground: Ground, piece: NDArray[np.int64], fee: float, box: Box, shown: Shown, at: int
) -> None:
    """Set what ``shown`` says of its piece ``at`` to what ``piece`` shows, in place."""
    sheet = int(piece[0])
    _show(
        ground.guide[box], ground.atlas, ground.pixel, ground.heights, ground.strange,
        int(ground.base[sheet]), int(ground.size[sheet, 0]), int(ground.size[sheet, 1]),
        bool(ground.placed[sheet]), int(piece[1]) + box[0].start,
        int(piece[2]) + box[1].start, fee, ground.scale / AREAS,
        shown.colour[at], shown.there[at], shown.price[at],
    )  # fmt: skip
    if ground.lively is not None and ground.wanted is not None:
        add_unlike(
            shown.price[at], shown.there[at], ground.wanted[box], ground.lively,
            int(ground.base[sheet]), int(piece[1]) + box[0].start, int(piece[2]) + box[1].start,
            LIVELY,
        )  # fmt: skip
    _change(shown.colour[at], shown.there[at], shown.change[at])


@njit(nogil=True, cache=True)
def _change(colour: Floats, there: Bytes, change: Floats) -> None:
    """Set ``change`` (h, w, 2) to what a piece itself changes by; 0 where it shows nothing."""
    h, w = there.shape
    for y in range(h):
        for x in range(w):
            for d in range(2):
                yy, xx = (y + 1, x) if d else (y, x + 1)
                change[y, x, d] = 0
                if yy < h and xx < w and there[y, x] and there[yy, xx]:
                    for c in range(3):
                        e = colour[y, x, c] - colour[yy, xx, c]
                        change[y, x, d] += e * e


@njit(nogil=True, cache=True)
def _show(
    guide: Floats, atlas: Floats, pixel: Bytes, heights: Floats, strange: Floats, base: int,
    rows: int, columns: int, placed: bool, dy: int, dx: int, fee: float, scale: float,
    colour: Floats, there: Bytes, price: Floats,
) -> None:  # fmt: skip
    h, w = there.shape
    for y in range(h):
        sy = y + dy
        for x in range(w):
            sx = x + dx
            there[y, x] = 0
            price[y, x] = NOTHING_THERE
            if sy < 0 or sx < 0 or sy >= rows or sx >= columns or not pixel[base + sy, sx]:
                continue
            there[y, x] = 1
            for c in range(3):
                colour[y, x, c] = atlas[base + sy, sx, c]
            cost = fee + strange[base + sy, sx]
            if placed:
                here, from_ = guide[y, x], heights[base + sy, sx]
                rate = LOW_PRICE if max(here, from_) > LOW else HIGH_PRICE
                cost += min(rate * (here - from_) * (here - from_), MOST_HEIGHT_PRICE)
            # cuts are lengths and pixels areas: both count alike at every level
            price[y, x] = cost / scale
