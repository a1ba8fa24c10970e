"""
The synthesis: coarse to fine, matches and picture improved in turn.

At each level of a pyramid (factor 1/sqrt 2, coarsest short side about 34 px) the
matches of all patches that touch something unknown are searched, then every unknown
pixel becomes the mean of what its patches say, and again. Pixels that are known weigh
4, unknown ones less the farther they lie from anything known. Holes are first filled
from the rim inwards. Source: Wexler, Shechtman, Irani, Space-Time Completion of Video,
PAMI 2007; settings measured on the house's own pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.resample import (
    Bytes,
    Floats,
    blur,
    distance,
    grow,
    shrink_share,
    shrink_usable,
)
from seamline.generators.patch.search import (
    P,
    R,
    places,
    recost,
    scatter,
    shifts,
    sweep,
    uses,
    vote,
)
from seamline.generators.patch.sheets import Atlas, Sheet, make_atlas
from seamline.ports import NOT_KEPT, Levels

FACTOR = 0.7071067811865476
COARSEST_PX = 34
TURNS_COARSE = 12
TURNS_FINE = 2
KNOWN_WEIGHT = 4.0
FADE = 1.12
LEAST_WEIGHT = 0.15
REPEAT_PRICE = 0.002
NOWHERE = -1
SPREADS = 24
"""Blurs of 7 px that carry the rim's colours into a hole at the coarsest level."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """
    What is to be completed, at full size.

    Attributes:
        colour: (H, W, 3) known colours; anything where unknown.
        known: (H, W) 1 where ``colour`` counts.
        unknown: (H, W) 1 where it is to be filled.
        allowed: (H, W) bit set of labels.
        guide: (H, W), or (H, W, G) for several.
        sheet, row, column: (H, W) int32 match laid out beforehand; sheet ``NOWHERE`` if none.
    """

    colour: Floats
    known: Bytes
    unknown: Bytes
    allowed: Bytes
    guide: Floats
    sheet: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """
    How matches are chosen.

    Attributes:
        shift: Most that a match may be lifted or lowered in each channel, log encoding.
        shown: How often each pixel of a sheet counts as used because the picture
            shows it already.
        whole: Price of a break: what must be gained where two pieces meet.
        tied: The unknown continues what surrounds it: it starts from its rim's colours.
        pinned: Matches laid out where the picture is known stay as they are.
        from_rim: What is unknown starts from what is known, ring by ring; else anywhere.
    """

    shift: float = 0.0
    shown: tuple[float, ...] = ()
    tied: bool = False
    whole: float = 0.0
    pinned: bool = False
    from_rim: bool = True


LAID_OUT = Manner()


@dataclass(slots=True, kw_only=True, eq=False)
class _Level:
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
def _enlarged(
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
def _snap(field: Any, active: Bytes, centre: Bytes, centres: Any, seed: int) -> None:
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Coarser:
    """What the next level starts from: matches, where they count, whose rows, and shifts."""

    field: NDArray[np.int32]
    active: Bytes
    owner: NDArray[np.int32]
    base: NDArray[np.int32]
    shift: Floats


def synthesise(
    sheets: Sequence[Sheet],
    guides: Sequence[Floats],
    scene: Scene,
    *,
    seed: int,
    progress: Callable[[float], None],
    manner: Manner = LAID_OUT,
    levels: Levels = NOT_KEPT,
    stage: str = "synthesis",
) -> tuple[NDArray[np.int32], Floats, Atlas]:
    """
    Return matches (H, W, 2) in the full-size atlas for every mapped or unknown pixel.

    With them comes the shift (H, W, 3) of each, to be added to what is copied.

    Args:
        sheets: What may be copied.
        guides: (H, W) guide of each sheet.
        scene: What is known, what is not.
        seed: Decides among pictures.
        progress: Called with the share done, 0 to 1.
        manner: How matches are chosen.
        levels: Where each level is kept once it is finished, under ``stage``.
        stage: What this synthesis is called in its painting.
    """
    height, width = scene.known.shape
    sizes = _level_sizes(height, width)
    work = [h * w for h, w, _ in sizes]
    done = 0
    if scene.guide.ndim == 2:
        scene = replace(scene, guide=np.ascontiguousarray(scene.guide[..., None]))
    finished, before = _resumed(levels.found(stage), sizes)
    for depth, (h, w, factor) in enumerate(sizes):
        done += work[depth]
        last = depth == len(sizes) - 1
        if before is not None and depth <= finished:
            progress(done / sum(work))
            if last:
                return before.field, before.shift, make_atlas(sheets, guides, factor)
            continue
        levels.begins(stage, depth + 1, len(sizes))
        atlas = make_atlas(sheets, guides, factor)
        if not atlas.centre.any():
            continue
        level = _make_level(scene, atlas, h, w, factor, manner)
        if level.unknown.any():
            _fill_level(level, before, depth, len(sizes), seed, manner)
        before = _Coarser(
            field=level.field, active=level.active, owner=atlas.owner, base=atlas.base,
            shift=level.shift,
        )  # fmt: skip
        levels.keep(stage, {"depth": np.array([depth]), **_planes_of(before)})
        progress(done / sum(work))
        if last:
            return level.field, level.shift, atlas
    raise AssertionError("no level could be filled; callers check that patches can be copied")


def _planes_of(level: _Coarser) -> dict[str, NDArray[Any]]:
    """Return what is kept of a level; shifts that are all 0 are not."""
    planes = {name: getattr(level, name) for name in ("field", "active", "owner", "base")}
    return {**planes, **({"shift": level.shift} if level.shift.any() else {})}


def _resumed(
    kept: Mapping[str, NDArray[Any]], sizes: Sequence[tuple[int, int, float]]
) -> tuple[int, _Coarser | None]:
    """Return the last level that was finished, and what the next one starts from."""
    if not kept:
        return -1, None
    depth = int(kept["depth"][0])
    shift = kept.get("shift")
    if shift is None:
        shift = np.zeros((*sizes[depth][:2], 3), np.float32)
    level = {name: kept[name] for name in ("field", "active", "owner", "base")}
    return depth, _Coarser(**level, shift=shift)


def _level_sizes(height: int, width: int) -> list[tuple[int, int, float]]:
    factor, levels = 1.0, []
    while True:
        h, w = max(int(height * factor + 0.5), 2 * P), max(int(width * factor + 0.5), 2 * P)
        levels.append((h, w, factor))
        if min(height, width) * factor * FACTOR < COARSEST_PX:
            break
        factor *= FACTOR
    levels[0] = (height, width, 1.0)
    return levels[::-1]


def _make_level(
    scene: Scene,
    atlas: Atlas,
    h: int,
    w: int,
    factor: float,
    manner: Manner,
) -> _Level:
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
    return _Level(
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


def _pin(level: _Level) -> None:
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


_WIDE = np.ones((P, P), np.float32)
# a Gaussian of 1.5 px, written out so that no library's exp decides pixels
_NARROW_1D = np.array([0.1353, 0.4111, 0.8007, 1.0, 0.8007, 0.4111, 0.1353], np.float32)
_NARROW = _NARROW_1D[:, None] * _NARROW_1D[None, :]


def _fill_level(
    level: _Level,
    before: _Coarser | None,
    depth: int,
    depths: int,
    seed: int,
    manner: Manner,
) -> None:
    atlas, h = level.atlas, level.unknown.shape[0]
    centres = places(atlas.centre)
    flat = np.ascontiguousarray(atlas.colour.reshape(atlas.colour.shape[0], -1))
    target = level.colour.reshape(h, -1)
    window = _NARROW if depth == depths - 1 and depths > 1 else _WIDE
    cost = np.full(level.unknown.shape, 1e9, np.float32)
    spots = level.active.copy()
    if before is None:
        random = (spots > 0) & ((level.mapped == 0) | (level.unknown > 0))
        scatter(level.field, random.astype(np.uint8), level.allowed, atlas.label, centres, seed)
        _snap(level.field, spots, atlas.centre, centres, seed)
        _pin(level)
        _from_the_rim(level, flat, target, cost, seed, manner)
    else:
        free = ((spots > 0) & ((level.mapped == 0) | (level.unknown > 0))).astype(np.uint8)
        _enlarged(
            before.field, before.active, before.owner, before.base,
            level.field, free, atlas.base, atlas.size, atlas.centre, centres, seed + depth,
        )  # fmt: skip
        _snap(level.field, spots, atlas.centre, centres, seed + depth)
        _pin(level)
        cost[:] = 0
        if manner.shift > 0:
            level.shift = _carried(before.shift, *spots.shape)
        vote(
            target, flat, level.field, level.shift, cost, spots, level.unknown,
            np.float32(1), window,
        )  # fmt: skip
    share = depth / max(1, depths - 1)
    turns = int(TURNS_COARSE + (TURNS_FINE - TURNS_COARSE) * share + 0.5)
    size = max(atlas.centre.shape)
    radius = size if depth < 3 else max(16, size // 20) if depth < depths - 1 else 8
    sweeps = 4 if depth < 4 else 2
    for turn in range(turns):
        _turn(
            level, flat, target, cost, window, radius, sweeps, seed + depth * 131, turn, manner
        )


def _carried(shift: Floats, h: int, w: int) -> Floats:
    """Return the coarser level's shifts at (h, w), each its nearest."""
    oh, ow = shift.shape[:2]
    ys = np.minimum((np.arange(h) * 2 + 1) * oh // (2 * h), oh - 1)
    xs = np.minimum((np.arange(w) * 2 + 1) * ow // (2 * w), ow - 1)
    return np.ascontiguousarray(shift[ys][:, xs])


def _turn(
    level: _Level,
    flat: Floats,
    target: Floats,
    cost: Floats,
    window: Floats,
    radius: int,
    sweeps: int,
    seed: int,
    turn: int,
    manner: Manner,
) -> None:
    atlas, most = level.atlas, np.float32(manner.shift)
    counted = ((level.unknown > 0) | (level.mapped > 0)).astype(np.uint8)
    used = uses(level.field, counted, *atlas.centre.shape)
    if level.shown is not None:
        used += level.shown
    price = blur(used, R)
    _priced(price)
    given = (
        target, level.weight, level.guide, level.allowed, flat, atlas.guide, atlas.label, price,
        most,
    )  # fmt: skip
    recost(*given, level.field, cost, level.active)
    for k in range(sweeps):
        sweep(
            *given, atlas.centre, level.field, cost, level.active, np.float32(manner.whole),
            (turn + k) % 2 == 0, radius, seed, turn * 16 + k,
        )  # fmt: skip
    _pin(level)
    spread = _three_quarters(cost, level.active)
    if most > 0:
        level.shift = shifts(target, level.weight, flat, level.field, level.active, most)
    vote(
        target,
        flat,
        level.field,
        level.shift,
        cost,
        level.active,
        level.unknown,
        spread,
        window,
    )


@njit(nogil=True, cache=True)
def _priced(used: Floats) -> None:
    """Turn how often pixels are used, (A, B), into what one more use costs, in place."""
    h, w = used.shape
    for y in range(h):
        for x in range(w):
            over = max(used[y, x] - np.float32(1.15), np.float32(0))
            used[y, x] = np.float32(REPEAT_PRICE) * min(over, np.float32(3))


def _three_quarters(cost: Floats, active: Bytes) -> np.float32:
    """Return the cost below which three quarters of the patches lie."""
    values = cost[active > 0]
    if len(values) == 0:
        return np.float32(1e-6)
    at = len(values) * 3 // 4
    return np.float32(np.partition(values, at)[at] + np.float32(1e-6))


def _from_the_rim(
    level: _Level, flat: Floats, target: Floats, cost: Floats, seed: int, manner: Manner
) -> None:
    """Fill the coarsest level ring by ring from what is known; from the guide alone without."""
    atlas, unknown = level.atlas, level.unknown
    price, most = np.zeros(atlas.centre.shape, np.float32), np.float32(manner.shift)
    filled = level.known.copy()
    away = distance(unknown)
    rings = int(away.max()) + 1 if filled.any() and manner.from_rim else 0
    if rings == 0 or rings > 4096:
        cost[:] = 0
        vote(
            target, flat, level.field, level.shift, cost, level.active, unknown,
            np.float32(1), _WIDE,
        )  # fmt: skip
        return
    if manner.tied:
        _spread_inwards(level.colour, level.known)
    for ring in range(1, rings + 1, 2):
        here = ((away >= ring) & (away < ring + 2) & (unknown > 0)).astype(np.uint8)
        if not here.any():
            continue
        active = grow(here, R) & level.active
        weight = np.where(filled > 0, np.float32(1), np.float32(0.02)) / np.float32(P * P)
        weight = weight.astype(np.float32)
        given = (
            target, weight, level.guide, level.allowed, flat,
            atlas.guide, atlas.label, price, most,
        )  # fmt: skip
        cost[:] = 1e9
        recost(*given, level.field, cost, active)
        for k in range(6):
            sweep(
                *given, atlas.centre, level.field, cost, active, np.float32(manner.whole),
                k % 2 == 0, max(atlas.centre.shape), seed + ring * 977, 500 + k,
            )  # fmt: skip
        if most > 0:
            level.shift = shifts(target, weight, flat, level.field, active, most)
        vote(
            target, flat, level.field, level.shift, cost, active, here,
            _three_quarters(cost, active), _WIDE,
        )  # fmt: skip
        filled = filled | here


def _spread_inwards(colour: Floats, known: Bytes) -> None:
    """Fill ``colour`` (H, W, 3) where not ``known`` with a smooth mean of the rim, in place."""
    share = known.astype(np.float32)
    planes = [np.ascontiguousarray(colour[..., c] * share) for c in range(3)]
    weight = share
    for _ in range(SPREADS):
        planes = [np.where(known > 0, colour[..., c], blur(planes[c], 3)) for c in range(3)]
        weight = np.where(known > 0, np.float32(1), blur(np.ascontiguousarray(weight), 3))
        planes = [np.ascontiguousarray(p, dtype=np.float32) for p in planes]
    for c in range(3):
        filled = planes[c] / np.maximum(weight, np.float32(1e-6))
        colour[..., c] = np.where(known > 0, colour[..., c], filled)
