"""
How far pairs of frames truly slip, and how strong grain is where nothing bare is seen.

A track says how far apart two frames' pixels lie on the scene. It does not say how far it errs
itself, nor that the shutter smeared the one frame farther than the other; on grass either shows
as grain of several times the true strength. But it grows with detail, and grain does not: over
blocks of 8 x 8 pixels the variance of a pair's difference is that of grain at the block's
brightness, plus a share of the detail's own energy. That share is the pair's alone, the same at
all brightnesses and in all channels, so places with and without detail tell the two apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.grain.curve import Floats, Hats, Strength, hats_of, knots_of
from seamline.pixels.grain.rests import Rests
from seamline.pixels.light.nonnegative import nonnegative
from seamline.show.grain import SigmaCurve

BLOCK = 8
FEWEST = 24
"""Values in a block, of 64."""
KNOTS, FEWEST_BLOCKS = 24, 24
"""Brightnesses, per channel, and blocks that each must have."""
SURE = 0.3
"""Standard error of the variance at a brightness, over itself, up to which it is believed."""
DOUBTS = 3.0
"""Of some eighty knots one in ten plates has one that is so far off by chance."""
WILD = 6.0
"""A block's variance counts for no more than so many times what is expected of it."""
_LEAST = 0.05
"""Of what is usual at a brightness, the lower third, no less is ever expected."""
_ROUNDS = 20
_NONE = (0.0, 0.0, 0.0)
Whole = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slips:
    """
    What the blocks of all pairs say together.

    Attributes:
        apart: (P,) how far each pair lies apart, pixels, as its detail has it.
        strength: Grain at every brightness that can be believed, detail taken off.
        light: Per channel (K, 3) the usual colour, as light as each knot of its curve.
        most: Per channel (K,) its variance there and ``DOUBTS`` standard errors.
    """

    apart: Floats
    strength: Strength
    light: tuple[Floats, Floats, Floats]
    most: tuple[Floats, Floats, Floats]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Blocks:
    """Variance, light, detail's energy (N, 3), values and pair (N,) of each block."""

    power: Floats
    light: Floats
    detail: Floats
    number: Floats
    pair: Whole


def slips_of(rests: Rests, first: int) -> Slips | None:
    """Return how far pairs slip: ``rests`` from ``first`` on. None where too little is seen."""
    found = _blocks(rests, first)
    count = min(KNOTS, len(found.power) // FEWEST_BLOCKS)
    if count < 2:
        return None
    knots = [knots_of(found.light[:, c], count) for c in range(3)]
    hats = [hats_of(found.light[:, c], knots[c]) for c in range(3)]
    fit = _fitted(found, hats, [len(k) for k in knots], len(rests.rests) - first)
    curves, lights, most = [], [], []
    for c, (variance, unsure) in enumerate(fit[:3]):
        sure = unsure <= SURE * variance
        at = np.flatnonzero(sure) if sure.any() else np.arange(len(variance))
        curves.append(
            SigmaCurve(
                signals=tuple(knots[c][at].tolist()),
                sigmas=tuple(np.sqrt(variance[at]).tolist()),
            )
        )
        light = _usual(found.light, hats[c], len(knots[c]))
        lights.append((light + (knots[c] - light[:, c])[:, None])[at])
        most.append((variance + DOUBTS * unsure)[at])
    red, green, blue = curves
    return Slips(
        # of a difference's variance halved; slopes lie along the slip as often as across it
        apart=np.sqrt(2 * fit[3][0]),
        strength=Strength(curves=(red, green, blue), crosstalk=(_NONE, _NONE, _NONE)),
        light=(lights[0], lights[1], lights[2]),
        most=(most[0], most[1], most[2]),
    )


def _blocks(rests: Rests, first: int) -> _Blocks:
    rows: list[list[Floats]] = [[], [], [], []]
    pairs = []
    steep = rests.detail.astype(np.float64) ** 2
    for k in range(first, len(rests.rests)):
        where = rests.valid[k]
        number = _sums(where[..., None].astype(np.float64))[:, 0]
        kept = number >= FEWEST
        own = rests.rests[k].astype(np.float64) ** 2
        for row, planes in zip(rows, (own, rests.signal, steep), strict=False):
            whole = _sums(np.where(where[..., None], planes, 0.0))
            row.append(whole[kept] / number[kept, None])
        rows[3].append(number[kept])
        pairs.append(np.full(int(kept.sum()), k - first, np.intp))
    power, light, detail, number = (np.concatenate(row) for row in rows)
    return _Blocks(
        power=power, light=light, detail=detail, number=number, pair=np.concatenate(pairs)
    )


def _sums(planes: Floats) -> Floats:
    """Return (blocks, C) sums of (H, W, C)."""
    high, wide = (n // BLOCK for n in planes.shape[:2])
    cut = planes[: high * BLOCK, : wide * BLOCK].reshape(high, BLOCK, wide, BLOCK, -1)
    return np.asarray(cut.sum(axis=(1, 3)).reshape(high * wide, -1))


def _usual(values: Floats, hats: Hats, knots: int) -> Floats:
    """Return (K, ...) the mean of (N, ...) about each knot."""
    low, here, there = hats
    columns = values.reshape(len(values), -1)
    out = np.zeros((knots + 1, columns.shape[1]))
    weight = np.zeros(knots + 1)
    for at, share in ((low, here), (low + 1, there)):
        weight += np.bincount(at, share, knots + 1)
        for c in range(columns.shape[1]):
            out[:, c] += np.bincount(at, share * columns[:, c], knots + 1)
    return out[:knots] / np.maximum(weight[:knots], 1e-9)[:, None]


def _fitted(
    found: _Blocks, hats: list[Hats], counts: list[int], pairs: int
) -> list[tuple[Floats, Floats]]:
    """
    Return the variance at each channel's knots and its standard error, and each pair's share.

    Least squares with no negative answer. A variance's own error grows with itself, so blocks
    are weighed by what is expected of them, over and over.
    """
    starts = np.concatenate([[0], np.cumsum(counts)])
    least = [
        _LEAST * np.interp(found.light[:, c], *_low(found, c, counts[c])) + 1e-30
        for c in range(3)
    ]
    expected = [own / _LEAST for own in least]
    for _ in range(_ROUNDS):
        size = int(starts[3]) + pairs
        normal, right = np.zeros((size, size)), np.zeros(size)
        off = 0.0
        for c in range(3):
            weight = found.number / expected[c] ** 2
            power = np.minimum(found.power[:, c], WILD * expected[c])
            off += float((weight * (power - expected[c]) ** 2).sum())
            terms = _terms(found, hats[c], c, int(starts[c]), int(starts[3]))
            _add(normal, right, terms, weight, power)
        scale = 1 / np.sqrt(np.maximum(np.diag(normal), 1e-300))
        scaled = normal * scale * scale[:, None]
        answer = nonnegative(scaled, right * scale) * scale
        for c in range(3):
            terms = _terms(found, hats[c], c, int(starts[c]), int(starts[3]))
            told = np.asarray(sum(answer[at] * value for at, value in terms))
            expected[c] = np.maximum(told, least[c])
    spread = np.linalg.inv(scaled + 1e-9 * np.eye(size))
    unsure = np.sqrt(np.maximum(np.diag(spread), 0) * off / (3 * len(found.power))) * scale
    parts = np.split(np.arange(size), starts[1:])
    return [(answer[part], unsure[part]) for part in parts]


def _low(found: _Blocks, channel: int, count: int) -> tuple[Floats, Floats]:
    """Return signals, and what blocks' variance is in the lower third about each."""
    order = np.argsort(found.light[:, channel], kind="stable")
    parts = np.array_split(order, max(1, count - 2))
    signals = [found.light[part, channel].mean() for part in parts]
    return np.array(signals), np.array([
        np.quantile(found.power[part, channel], 0.3) for part in parts
    ])  # fmt: skip


def _terms(
    found: _Blocks, hats: Hats, channel: int, start: int, pairs: int
) -> list[tuple[Whole, Floats]]:
    """Return which unknowns each block's variance is made of, and how much of each."""
    low, here, there = hats
    # above the last knot ``there`` is 0, whatever stands next
    after = np.where(there > 0, low + 1, low)
    return [
        (start + low, here),
        (start + after, there),
        (pairs + found.pair, found.detail[:, channel]),
    ]


def _add(
    normal: Floats,
    right: Floats,
    terms: list[tuple[Whole, Floats]],
    weight: Floats,
    power: Floats,
) -> None:
    size = len(right)
    for at, value in terms:
        weighed = weight * value
        right += np.bincount(at, weighed * power, size)
        for other, factor in terms:
            both = np.bincount(at * size + other, weighed * factor, size * size)
            normal += both.reshape(size, size)
