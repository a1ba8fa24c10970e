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
from seamline.generators.patch.level import Level, enlarged, level_sizes, make_level, pin, snap
from seamline.generators.patch.resample import (
    Bytes,
    Floats,
    blur,
    distance,
    grow,
)
from seamline.generators.patch.scene import LAID_OUT, Manner, Scene
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

TURNS_COARSE = 12
TURNS_FINE = 2
REPEAT_PRICE = 0.002
SPREADS = 24
"""Blurs of 7 px that carry the rim's colours into a hole at the coarsest level."""


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
    sizes = level_sizes(height, width)
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
        level = make_level(scene, atlas, h, w, factor, manner)
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


_WIDE = np.ones((P, P), np.float32)
# a Gaussian of 1.5 px, written out so that no library's exp decides pixels
_NARROW_1D = np.array([0.1353, 0.4111, 0.8007, 1.0, 0.8007, 0.4111, 0.1353], np.float32)
_NARROW = _NARROW_1D[:, None] * _NARROW_1D[None, :]


def _fill_level(
    level: Level,
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
        snap(level.field, spots, atlas.centre, centres, seed)
        pin(level)
        _from_the_rim(level, flat, target, cost, seed, manner)
    else:
        free = ((spots > 0) & ((level.mapped == 0) | (level.unknown > 0))).astype(np.uint8)
        enlarged(
            before.field, before.active, before.owner, before.base,
            level.field, free, atlas.base, atlas.size, atlas.centre, centres, seed + depth,
        )  # fmt: skip
        snap(level.field, spots, atlas.centre, centres, seed + depth)
        pin(level)
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
    level: Level,
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
    pin(level)
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
    level: Level, flat: Floats, target: Floats, cost: Floats, seed: int, manner: Manner
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
