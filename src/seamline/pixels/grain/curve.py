"""
Sigma over signal: how strong grain is at each brightness and colour.

Between two measured signals the variance is a straight line, which is exact for photon
noise over read noise. Below the first it stays; above the last it grows like photon noise,
in proportion to the signal, as nobody has measured there.

A camera's matrix mixes what its sensor's channels saw, so red is noisier where green is
bright. The variance of a channel is its curve's at its own signal, plus ``crosstalk`` times
how much brighter each other channel is: exact for photon noise through any matrix, and
nothing on greys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.grain.rests import Rests
from seamline.show.grain import DetailCurve, GrainModel, SigmaCurve, Three, Threes

Floats = NDArray[np.float64]
Hats = tuple[NDArray[np.intp], Floats, Floats]
KNOTS = 16
MOST = 400_000
"""Pixels looked at; with some frames they give sigma to a tenth of a percent."""
LEAST = 1500
"""Values per knot; the sigma of so many independent ones is known to 1.8 %."""
OUTLIER = 6.0
"""Beyond so many sigmas it is something else: dust, a hot pixel, a hand."""
LEAST_SHARE = 0.1
"""Crosstalk takes no more of a curve's variance than leaves this."""
ENDS = 8
"""With so many knots, two more are set at the ends."""
LIKELIER = 0.005
"""Nats per value that crosstalk has to bring: 7 % of sigma, somewhere, in everything."""
_PASSES = 4
_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """How strong grain is: a curve per channel, the crosstalk between them, and detail."""

    curves: Sequence[SigmaCurve]
    crosstalk: Threes
    detail: DetailCurve | None = None

    @classmethod
    def of(cls, model: GrainModel) -> Strength:
        """Return the strength of a model's grain."""
        return cls(curves=model.curves, crosstalk=model.crosstalk, detail=model.detail)

    def sigma(self, light: Floats, channel: int) -> Floats:
        """
        Return (...) sigma of one channel on ``light`` (..., 3), both in pixel values.

        What detail adds (``factor``) is not in it.
        Finite, and never below 0, for every finite light.
        """
        curve = self.curves[channel]
        knots, variance = np.array(curve.signals), np.array(curve.sigmas) ** 2
        own = light[..., channel]
        found = np.interp(own, knots, variance)
        if knots[-1] > 0:
            found = found * np.maximum(own / knots[-1], 1.0)
        more = np.zeros_like(found)
        for other in range(3):
            if self.crosstalk[channel][other] != 0:
                more += self.crosstalk[channel][other] * (light[..., other] - own)
        return np.asarray(np.sqrt(np.maximum(found + more, LEAST_SHARE * found)))

    def factor(self, steep: Floats) -> Floats:
        """Return (...) what sigma is times, where the picture is ``steep`` (sigmas a pixel)."""
        if self.detail is None:
            return np.ones_like(steep)
        slopes, factors = np.array(self.detail.slopes), np.array(self.detail.factors)
        return np.asarray(np.interp(steep, slopes, factors))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sampled:
    """
    Pixels that are looked at for sigma.

    Attributes:
        where: (N,) which, row after row.
        light: (N, 3) the picture without grain.
        values: (T, N, 3) grain.
        counted: (T, N) where it is.
    """

    where: NDArray[np.intp]
    light: Floats
    values: Floats
    counted: NDArray[np.bool_]


def strength_of(rests: Rests) -> Strength:
    """Return how strong the grain of ``rests`` is, by weighted least squares per channel."""
    return fitted(sampled(rests))


def sampled(rests: Rests) -> Sampled:
    """Return up to ``MOST`` pixels of ``rests``, evenly spread."""
    where = np.nonzero(rests.valid.any(axis=0).ravel())[0]
    where = where[:: max(1, len(where) // MOST)]
    light = rests.signal.reshape(-1, 3)[where].astype(np.float64)
    counted = rests.valid.reshape(len(rests.valid), -1)[:, where]
    values = rests.rests.reshape(len(counted), -1, 3)[:, where].astype(np.float64)
    return Sampled(where=where, light=light, values=values, counted=counted)


def fitted(seen: Sampled) -> Strength:
    """Return how strong the grain of these pixels is; it knows no detail."""
    fits = [_fitted(seen.light, seen.values[..., c], seen.counted, c) for c in range(3)]
    (red, red_row), (green, green_row), (blue, blue_row) = fits
    return Strength(curves=(red, green, blue), crosstalk=(red_row, green_row, blue_row))


def _fitted(
    light: Floats, values: Floats, counted: NDArray[np.bool_], channel: int
) -> tuple[SigmaCurve, Three]:
    own = light[:, channel]
    knots = knots_of(own, min(KNOTS, max(1, int(counted.sum()) // LEAST)))
    others = [c for c in range(3) if c != channel]
    beside = light[:, others] - own[:, None]
    squares = values * values
    within = counted & (np.abs(values) <= OUTLIER * _spread(squares, counted, own, knots))
    hats = hats_of(own, knots)
    height, share = np.ones(len(knots)), np.zeros(2)
    for _ in range(_PASSES):
        number = within.sum(axis=0).astype(np.float64)
        mean = np.where(within, squares, 0.0).sum(axis=0) / np.maximum(number, 1)
        # Weighed by its own signal alone: so the curve has, at every signal, the variance
        # that was there, whatever crosstalk leaves unexplained. Clipped black must not rule.
        plain = _plain(height, hats)
        plain = np.maximum(plain, max(float(np.median(plain)) * 1e-3, 1e-30))
        weight = number / plain**2
        height, share = _likeliest(mean, number, weight, hats, beside, len(knots))
        expected = _variance(height, share, hats, beside)
        within = counted & (np.abs(values) <= OUTLIER * np.sqrt(expected))
    row = [0.0, 0.0, 0.0]
    for other, value in zip(others, share.tolist(), strict=True):
        row[other] = _rounded(value)
    curve = SigmaCurve(
        signals=tuple(_rounded(v) for v in knots.tolist()),
        sigmas=tuple(_rounded(v) for v in np.sqrt(height).tolist()),
    )
    return curve, (row[0], row[1], row[2])


def _likeliest(
    mean: Floats, number: Floats, weight: Floats, hats: Hats, beside: Floats, knots: int
) -> tuple[Floats, Floats]:
    """
    Return the variance at each knot, and the crosstalks, or a share of them, or none.

    Least squares take what a compressor or an edge left for crosstalk as well; that share is
    kept under which the grain is likeliest, and none unless it is much likelier.
    """
    normal, right = _normal(mean, weight, hats, beside, knots)
    everything = _solved(normal, right)
    best, found = -np.inf, (everything[:knots], np.zeros(2))
    for part in (0.0, 0.5, 1.0):
        share = part * everything[knots:]
        # what crosstalk explains comes off the right side: no second look at the pixels
        height = _solved(normal[:knots, :knots], right[:knots] - normal[:knots, knots:] @ share)
        usual = np.bincount(hats[0], number * mean, knots) / np.maximum(
            np.bincount(hats[0], number, knots), 1
        )
        height = np.maximum(height, 0.1 * usual)
        expected = _variance(height, share, hats, beside)
        likely = -float((number * (np.log(expected) + mean / expected)).sum() / number.sum())
        if likely > best + (LIKELIER if part else 0):
            best, found = likely, (height, share)
    return found


def knots_of(own: Floats, count: int) -> Floats:
    """Return the middle signal of as many equal shares of the pixels."""
    order = np.sort(own[:: max(1, len(own) // 500_000)])
    middles = [float(share.mean()) for share in np.array_split(order, count)]
    if count >= ENDS:
        # what is darkest and brightest changes fastest
        middles += [float(order[round(q * (len(order) - 1))]) for q in (0.005, 0.995)]
    return np.unique(np.array([_rounded(v) for v in middles]))


def _spread(squares: Floats, counted: NDArray[np.bool_], own: Floats, knots: Floats) -> Floats:
    """Return a first sigma for every pixel, off which a few wild values do not carry it."""
    at = np.argmin(np.abs(own[:, None] - knots[None, :]), axis=1) if len(knots) < 3 else (
        np.searchsorted((knots[1:] + knots[:-1]) / 2, own)
    )  # fmt: skip
    out = np.empty(len(knots))
    for k in range(len(knots)):
        here = squares[:, at == k][counted[:, at == k]]
        step = max(1, len(here) // 20_000)
        # .455 is the median of a squared normal value
        usual = float(np.median(here[::step])) / 0.455 if len(here) else 0.0
        out[k] = max(usual, float(here.mean()) / 9 if len(here) else 0.0)
    return np.asarray(np.sqrt(out)[at])


def hats_of(own: Floats, knots: Floats) -> Hats:
    """Return the lower knot of every pixel, and the weights of it and of the next."""
    place = np.interp(own, knots, np.arange(len(knots), dtype=np.float64))
    low = np.minimum(place.astype(np.intp), max(len(knots) - 2, 0))
    share = place - low
    grown = np.maximum(own / knots[-1], 1.0) if knots[-1] > 0 else np.ones_like(own)
    return low, (1 - share) * grown, share * grown


def _plain(height: Floats, hats: Hats) -> Floats:
    low, first, second = hats
    wide = np.concatenate([height, [0.0]])
    return np.asarray(first * wide[low] + second * wide[low + 1])


def _variance(height: Floats, share: Floats, hats: Hats, beside: Floats) -> Floats:
    plain = _plain(height, hats)
    return np.maximum(plain + beside @ share, LEAST_SHARE * plain + 1e-30)


def _normal(
    mean: Floats, weight: Floats, hats: Hats, beside: Floats, knots: int
) -> tuple[Floats, Floats]:
    """Return the normal equations of the variance at each knot and of the crosstalks."""
    low, first, second = hats
    more = beside.shape[1]
    size = knots + 1 + more  # one more knot, so that the last has a next
    normal, right = np.zeros((size, size)), np.zeros(size)
    at = np.arange(knots + 1)
    for shift, share in ((0, first), (1, second)):
        weighed = weight * share
        right[: knots + 1] += np.bincount(low + shift, weighed * mean, knots + 1)
        normal[at, at] += np.bincount(low + shift, weighed * share, knots + 1)
        for k in range(more):
            cross = np.bincount(low + shift, weighed * beside[:, k], knots + 1)
            normal[: knots + 1, knots + 1 + k] += cross
            normal[knots + 1 + k, : knots + 1] += cross
    both = np.bincount(low, weight * first * second, knots + 1)[:knots]
    normal[at[:-1], at[1:]] += both
    normal[at[1:], at[:-1]] += both
    right[knots + 1 :] = (weight * mean) @ beside
    normal[knots + 1 :, knots + 1 :] = (beside * weight[:, None]).T @ beside
    kept = np.arange(size) != knots
    return normal[np.ix_(kept, kept)], right[kept]


def _solved(normal: Floats, right: Floats) -> Floats:
    """Return what solves the normal equations, by the least numbers where many do."""
    # A monochrome plate says nothing of crosstalk: the least of it is taken.
    scale = np.sqrt(np.maximum(np.diag(normal), 1e-300))
    scaled = normal / scale[:, None] / scale + 1e-7 * np.eye(len(right))
    return np.asarray(np.linalg.solve(scaled, right / scale) / scale)


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
