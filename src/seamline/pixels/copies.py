"""
Copies: whether one picture is another one again, encoded, cropped, mirrored or exposed anew.

Pieces of two imprints that look alike propose how one lies on the other; the proposals that
most pieces agree to are laid over and compared. Nothing here decides what is a copy: the
answer is two numbers, and the step that asks has the limits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.grain.box import box_mean
from seamline.pixels.imprint import Imprint, mirrored
from seamline.pixels.resample import resized

Image = NDArray[np.float32]
Floats = NDArray[np.float64]
ALIKE = 0.8
"""Least correlation of two pieces' waves that are held for one."""
WITHIN = 0.25
"""Two pieces agree on how large one picture is in the other to a quarter ..."""
WITHIN_PX = 8.0
"""... and on where it lies to so many pixels of the small picture."""
PROPOSALS = 3
FEWEST = 3
"""Pieces that have to agree before pictures are laid over one another."""
ROUNDS = 8
SQUEEZED = 0.12
"""Finding the place may change the size that pieces said, across or down, by so much (log)."""
LEAST_SHARE = 0.15
"""Of the smaller of both: what overlaps by less is no copy that could be told."""
FINE_PX, WIDE_PX = 6, 12
SOFT_PX = (3, 0)
FLOOR = 0.15
"""Of the whole contrast: weaker structure counts that much less, as grain does."""
TILE_PX = 16
TILE_ALIKE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """How one picture lies on another, and how alike they are there."""

    alike: float = 0.0
    """Normalised correlation of their structure where both are, -1 to 1."""
    share: float = 0.0
    """Of what both show there, the part whose structure agrees tile by tile, 0 to 1."""
    covers: float = 0.0
    """How much of the smaller picture lies on the other one, 0 to 1."""
    mirrored: bool = False
    scale: float = 1.0
    """Size of a pixel of the first small picture on the second's."""
    pieces: int = 0
    """How many pieces agreed."""


def overlay(one: Imprint, other: Imprint) -> Overlay:
    """Return how ``one``, as it is or mirrored, lies best on ``other``; zeros if nowhere."""
    best = Overlay()
    for flipped in (False, True):
        it = mirrored(one) if flipped else one
        for scale, shift, count in _proposals(it, other):
            found = replace(
                _laid(it.tone, other.tone, scale, shift), mirrored=flipped, pieces=count
            )
            if found.alike * found.share > best.alike * best.share:
                best = found
    return best


def _proposals(one: Imprint, other: Imprint) -> list[tuple[float, Floats, int]]:
    """Return scale, shift (column, row) and how many pieces say so; most said first."""
    if not len(one.places) or not len(other.places):
        return []
    product = one.waves @ other.waves.T
    nearest = product.argmax(axis=1)
    mine = np.flatnonzero(product[np.arange(len(nearest)), nearest] > ALIKE)
    if len(mine) < FEWEST:
        return []
    a, b = one.places[mine].astype(np.float64), other.places[nearest[mine]].astype(np.float64)
    scale = b[:, 2] / a[:, 2]
    shift = b[:, :2] - scale[:, None] * a[:, :2]
    # Each proposal, applied to every other pair: does it bring the piece where it was found?
    off = scale[:, None, None] * a[None, :, :2] + shift[:, None] - b[None, :, :2]
    near = np.abs(off).max(axis=-1) < WITHIN_PX * np.maximum(b[None, :, 2], 1.0)
    agree = near & (np.abs(np.log(scale[:, None] / scale)) < WITHIN)
    found: list[tuple[float, Floats, int]] = []
    for _ in range(PROPOSALS):
        # Pieces at one place in several sizes are one witness.
        counts = agree.sum(axis=1)
        first = int(counts.argmax())
        said = agree[first]
        if len(np.unique(np.rint(b[said, :2] / WITHIN_PX), axis=0)) < FEWEST:
            break
        found.append((*_fitted(a[said, :2], b[said, :2], scale[first]), int(counts[first])))
        agree = agree & ~said[None, :] & ~said[:, None]
    return found


def _fitted(a: Floats, b: Floats, fallback: float) -> tuple[float, Floats]:
    """Return the scale and shift that bring ``a`` to ``b``, by least squares."""
    middle_a, middle_b = a.mean(axis=0), b.mean(axis=0)
    spread = float(((a - middle_a) ** 2).sum())
    scale = float(((a - middle_a) * (b - middle_b)).sum()) / max(spread, 1e-9)
    if not 0.8 * fallback < scale < 1.25 * fallback:
        scale = fallback
    return scale, middle_b - scale * middle_a


def _laid(one: Image, other: Image, scale: float, shift: Floats) -> Overlay:
    """Lay ``one`` over ``other`` at the coarser of both; refine, and compare."""
    if scale > 1:
        turned = _laid(other, one, 1 / scale, -shift / scale)
        return replace(turned, scale=scale)
    height, width = (max(8, round(n * scale)) for n in one.shape)
    small = resized(one[..., None], height, width)[..., 0]
    # columns and rows of ``other`` = shift + size * those of ``small``
    size = np.array([one.shape[1] * scale / width, one.shape[0] * scale / height])
    params = np.array([size[0], size[1], shift[0], shift[1]])
    for soft in SOFT_PX:  # coarse first: fine structure agrees within a pixel or two only
        mine, theirs = (
            _structure(box_mean(tone, soft) if soft else tone) for tone in (small, other)
        )
        for _ in range(ROUNDS):
            params, moved = _nearer(mine, theirs, params)
            if moved < 0.02:
                break
    if np.abs(np.log(params[:2] / size)).max() > SQUEEZED:
        return Overlay()
    drawn, inside = _drawn(theirs, params, small.shape)
    covers = float(inside.mean()) * _within(params, small.shape, other.shape)
    if inside.mean() < LEAST_SHARE:
        return Overlay()
    alike, share = _compared(mine, drawn, inside)
    return Overlay(alike=alike, share=share, covers=min(1.0, covers), scale=scale)


def _within(params: Floats, size: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Return the smaller picture's share of itself: 1 where ``size`` is the smaller."""
    area = abs(params[0] * params[1]) * size[0] * size[1]
    return float(max(1.0, area / (other[0] * other[1])))


def _structure(tone: Image) -> Floats:
    """Return (H, W) what departs from its surroundings, of about equal strength all over."""
    fine = (tone - box_mean(tone, FINE_PX)).astype(np.float64)
    power = box_mean((fine * fine).astype(np.float32), WIDE_PX).astype(np.float64)
    held = np.sqrt(power + FLOOR**2 * power.mean() + 1e-12)
    return np.asarray(fine / held, np.float64)


def _drawn(
    picture: Floats, params: Floats, size: tuple[int, ...]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return ``picture`` seen on a grid of ``size`` pixels, and where it has any."""
    rows = params[3] + params[1] * (np.arange(size[0]) + 0.5) - 0.5
    columns = params[2] + params[0] * (np.arange(size[1]) + 0.5) - 0.5
    drawn = _between(_between(picture, rows).T, columns).T
    inside = ((rows >= 0) & (rows <= picture.shape[0] - 1))[:, None] & (
        (columns >= 0) & (columns <= picture.shape[1] - 1)
    )
    return drawn, inside


def _between(picture: Floats, at: Floats) -> Floats:
    """Return the rows of ``picture`` that lie ``at`` these, mixed of the two around each."""
    held = np.clip(at, 0, picture.shape[0] - 1)
    low = np.minimum(held.astype(np.intp), max(picture.shape[0] - 2, 0))
    part = (held - low)[:, None]
    high = np.minimum(low + 1, picture.shape[0] - 1)
    return np.asarray(picture[low] * (1 - part) + picture[high] * part, np.float64)


def _nearer(mine: Floats, theirs: Floats, params: Floats) -> tuple[Floats, float]:
    """
    Return ``params`` one step nearer to where both agree, and how far that moved them.

    Source:
        B. Lucas, T. Kanade, An iterative image registration technique, IJCAI 1981, for a
        shift and a size across and down each, with a gain.
    """
    drawn, inside = _drawn(theirs, params, mine.shape)
    down, across = np.gradient(drawn)
    rows = (np.arange(mine.shape[0]) + 0.5)[:, None] + np.zeros_like(drawn)
    columns = (np.arange(mine.shape[1]) + 0.5)[None, :] + np.zeros_like(drawn)
    down, across = down / params[1], across / params[0]
    ways = [across * columns, down * rows, across, down, drawn]
    table = np.stack([way[inside] for way in ways], axis=1)
    if len(table) < 64:
        return params, 0.0
    rest = mine[inside] - drawn[inside]
    square = table.T @ table
    square[np.diag_indices(5)] *= 1 + 1e-4
    square[np.diag_indices(5)] += 1e-9
    step = np.linalg.solve(square, table.T @ rest)[:4]
    reach = np.array([0.03 * params[0], 0.03 * params[1], 3.0, 3.0])
    step = np.clip(step, -reach, reach)
    moved = abs(step[2]) + abs(step[3]) + abs(step[0]) * mine.shape[1]
    return params + step, float(moved)


def _compared(mine: Floats, drawn: Floats, inside: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the correlation of both, and the share of their structure in tiles that agree."""
    a, b = np.where(inside, mine, 0.0), np.where(inside, drawn, 0.0)
    products = [_tiles(v) for v in (a * b, a * a, b * b)]
    total = [float(v.sum()) for v in products]
    alike = total[0] / np.sqrt(max(total[1] * total[2], 1e-12))
    own = products[0] / np.sqrt(np.maximum(products[1] * products[2], 1e-12))
    weight = np.sqrt(products[1] * products[2])
    share = float(weight[own > TILE_ALIKE].sum() / max(weight.sum(), 1e-12))
    return float(alike), share


def _tiles(plane: Floats) -> Floats:
    rows, columns = (np.arange(0, n, TILE_PX) for n in plane.shape)
    return np.asarray(np.add.reduceat(np.add.reduceat(plane, rows, 0), columns, 1), np.float64)
