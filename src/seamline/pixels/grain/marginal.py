"""
Which values grain takes: skewed in the shadows, cut off where the sensor clips, never normal.

A table per channel and signal band takes a value of normal noise to a value of the grain, in
units of sigma, mean 0 and variance 1. Between two bands both answers are mixed; beyond the
last score the table goes on straight.
"""

from __future__ import annotations

from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.grain.rests import Rests
from seamline.show.grain import Marginals

Floats = NDArray[np.float64]
BANDS = 5
LEAST = 20_000
"""Values per band: 27 of them lie beyond the last score on each side."""
SCORE = 3.0
STEP = 0.25
MOST_MENDED = 2.5
"""Skew and tails lost to the mean are put back up to this factor."""
ORDERS = 6
_DIGITS = 5


def marginals_of(z: NDArray[np.float32], rests: Rests, channel: int) -> Marginals:
    """
    Return the table of one channel.

    Args:
        z: (T, H, W, 3) grain over its sigma.
        rests: Where it is grain, and the signal it lies on.
        channel: 0, 1 or 2.
    """
    own = rests.signal[..., channel]
    signal = own[rests.valid.any(axis=0)]
    bands = min(BANDS, max(1, int(rests.valid.sum()) // LEAST))
    edges = np.unique(np.quantile(signal, np.linspace(0, 1, bands + 1)))
    scores = np.arange(-SCORE, SCORE + STEP / 2, STEP)
    below = [NormalDist().cdf(float(s)) for s in scores]
    signals, tables = [], []
    for k in range(max(1, len(edges) - 1)):
        last = k >= len(edges) - 2
        within = (own >= edges[k]) & ((own < edges[k + 1]) if not last else True)
        values = z[rests.valid & within][:, channel]
        if not len(values):
            continue
        table = np.quantile(values.astype(np.float64), below)
        mended = _mended(table, scores, rests.taken, moved=rests.places is not None)
        tables.append(_whole(mended, scores))
        middle = float(own[rests.valid.any(axis=0) & within].mean(dtype=np.float64))
        signals.append(float(f"{middle:.{_DIGITS}g}"))
    rising = [k for k in range(len(signals)) if k == 0 or signals[k] > max(signals[:k])]
    return Marginals(
        signals=tuple(signals[k] for k in rising),
        scores=tuple(scores.tolist()),
        tables=tuple(
            tuple(float(f"{v:.{_DIGITS}g}") for v in tables[k]) for k in rising
        ),
    )  # fmt: skip


def shaped(marginals: Marginals, normal: Floats, signal: Floats) -> Floats:
    """
    Return grain of unit variance for (N,) values of normal noise on (N,) ``signal``.

    A signal that is not finite counts as the darkest.
    """
    scores, tables = np.array(marginals.scores), np.array(marginals.tables)
    step = (len(scores) - 1) / (scores[-1] - scores[0])
    place = (normal - scores[0]) * step
    cell = np.clip(np.floor(place), 0, len(scores) - 2).astype(np.intp)
    share = place - cell  # below 0 and above 1 the table goes on straight
    if len(tables) == 1:
        low = tables[0][cell]
        return np.asarray(low + share * (tables[0][cell + 1] - low))
    bands = np.interp(
        np.where(np.isfinite(signal), signal, marginals.signals[0]),
        np.array(marginals.signals),
        np.arange(len(tables), dtype=np.float64),
    )
    band = np.minimum(bands.astype(np.intp), len(tables) - 2)
    mix = bands - band
    flat = tables.ravel()
    at = band * len(scores) + cell
    first = flat[at] + share * (flat[at + 1] - flat[at])
    at += len(scores)
    second = flat[at] + share * (flat[at + 1] - flat[at])
    return np.asarray(first + mix * (second - first))


def hermite(marginals: Marginals) -> Floats:
    """
    Return (ORDERS,) how much of the shaped noise's variance is of order 1, 2 ... in the normal.

    The root of each share, signed. Two normal fields that correlate by r become grain that
    correlates by the sum of both coefficients times r to the power of the order.

    Source: Mehler's formula; as for translation processes (Grigoriu 1984).
    """
    grid, weight, polynomials = _gauss()
    middle = [
        shaped(marginals, grid, np.full_like(grid, s)) for s in marginals.signals
    ]  # fmt: skip
    return np.array(
        [float(np.mean([(weight * p * m).sum() for m in middle])) for p in polynomials]
    )


def _mended(table: Floats, scores: Floats, taken: float, *, moved: bool) -> Floats:
    """
    Put back what the mean of few frames took of the skew, and of the tails if they ``moved``.

    In a locked-off plate tails are left: most of theirs come from places that differ in
    strength (a mosaic's two greens), which a mean does not even out unless they move.
    """
    # Third and fourth cumulant of a rest: a weight of 1 - h on its own frame, -h on each other.
    left = {1: (1 - 2 * taken) / np.sqrt(1 - taken)}
    if moved:
        left[2] = (1 - taken) ** 2
    grid, weight, polynomials = _gauss()
    before = np.interp(grid, scores, table)
    for order, kept in left.items():
        share = float((weight * polynomials[order] * before).sum())
        gain = min(1 / max(kept, 1e-6), MOST_MENDED) - 1
        table = table + gain * share * np.interp(scores, grid, polynomials[order])
    return np.maximum.accumulate(table)


def _whole(table: Floats, scores: Floats) -> Floats:
    """Return ``table`` with mean 0 and variance 1 under normal noise."""
    grid, weight, _ = _gauss()
    one = Marginals(
        signals=(0.0,), scores=tuple(scores.tolist()), tables=(tuple(table.tolist()),)
    )
    values = shaped(one, grid, grid)
    middle = float((weight * values).sum())
    spread = float(np.sqrt((weight * (values - middle) ** 2).sum()))
    return (table - middle) / spread if spread > 0 else np.asarray(scores, np.float64)


@cache
def _gauss() -> tuple[Floats, Floats, list[Floats]]:
    """Return a grid of normal values, their weights, and normalised Hermite polynomials."""
    grid = np.linspace(-6, 6, 2401)
    weight = np.exp(-grid * grid / 2)
    weight /= weight.sum()
    rows = [np.ones_like(grid), grid]
    for k in range(1, ORDERS):
        rows.append(grid * rows[k] - k * rows[k - 1])
    scale = 1.0
    polynomials = []
    for k in range(1, ORDERS + 1):
        scale *= k
        polynomials.append(rows[k] / np.sqrt(scale))
    return grid, weight, polynomials
