"""
Grain where the picture is busy: stronger there than its signal tells, in many a plate.

A camera's own cleaning and every compressor take more grain off level places than off busy
ones. How busy a place is, is told in sigmas of its grain by which the picture changes per
pixel; what the grain is stronger by, in one factor for all channels. It is fitted in plates
that stand still alone: under a moving camera detail itself shows as grain. What little slips
from frame to frame counts with it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.grain.curve import (
    LEAST,
    LIKELIER,
    OUTLIER,
    Floats,
    Sampled,
    Strength,
    fitted,
    sampled,
)
from seamline.pixels.grain.rests import Rests, detail_of
from seamline.show.grain import DetailCurve

SLOPES = (0.0, 0.15, 0.3, 0.5, 0.75, 1.1, 1.6, 2.4, 4.0)
"""Where the factor is asked for; steeper than the last, edges that slipped outweigh grain."""
LEAST_FACTOR = 0.2
_ROUNDS = 2
_DIGITS = 6


def over_sigma(rests: Rests, strength: Strength) -> NDArray[np.float32]:
    """Return (T, H, W, 3) ``rests`` over their sigma; 0 where there is no grain."""
    z = np.empty_like(rests.rests)
    light = rests.signal.astype(np.float64)
    busy = np.ones(light.shape[:2])
    if strength.detail is not None:
        busy = strength.factor(steepness(rests, strength))
    for c in range(3):
        z[..., c] = rests.rests[..., c] / np.maximum(strength.sigma(light, c) * busy, 1e-12)
    return np.where(rests.valid[..., None], z, np.float32(0))


def steepness(rests: Rests, strength: Strength) -> Floats:
    """Return (H, W) by how many sigmas per pixel the picture changes, in any channel."""
    return _steep(rests.signal.astype(np.float64), rests.detail, strength, rests.taken)


def busier(clean: Floats, strength: Strength) -> Floats:
    """
    Return (H, W) by what grain on (H, W, 3) finite ``clean`` is stronger than its signal tells.

    A place's slopes are looked at within two pixels; all 1 for grain that knows no detail.
    """
    if strength.detail is None:
        return np.ones(clean.shape[:2])
    detail = detail_of(clean.astype(np.float32))
    return strength.factor(_steep(clean, detail, strength, 0.0))


def with_detail(rests: Rests, strength: Strength) -> Strength:
    """Return ``strength`` and how it grows with detail; as it was unless much likelier."""
    seen = sampled(rests)
    detail = rests.detail.reshape(-1, 3)[seen.where]
    number = seen.counted.sum(axis=0).astype(np.float64)
    knots = _knots(_steep(seen.light, detail, strength, rests.taken), number)
    if len(knots) < 2:
        return strength
    found = strength
    for _ in range(_ROUNDS):
        steep = _steep(seen.light, detail, found, rests.taken)
        power = _power(seen, found)
        gain = _gains(np.minimum(steep, knots[-1]), power, number, knots)
        curve = DetailCurve(
            slopes=tuple(knots.tolist()),
            factors=tuple(float(f"{v:.{_DIGITS}g}") for v in np.sqrt(gain).tolist()),
        )
        busy = replace(found, detail=curve).factor(steep)
        own = seen.values / busy[None, :, None]
        found = fitted(replace(seen, values=own))
    found = replace(found, detail=curve)
    before, after = (_likely(seen, detail, s, rests.taken) for s in (strength, found))
    return found if after > before + LIKELIER else strength


def _steep(
    light: Floats, detail: NDArray[np.float32], strength: Strength, taken: float
) -> Floats:
    """Return (...) how steep (..., 3) ``detail`` is on ``light``, in sigmas per pixel."""
    steep = np.zeros(light.shape[:-1])
    for c in range(3):
        sigma = np.maximum(strength.sigma(light, c), 1e-12)
        steep = np.maximum(steep, detail[..., c] / sigma)
    # the mean has grain of its own left, between neighbours up to twice its variance
    return np.asarray(np.sqrt(np.maximum(steep * steep - 2 * taken, 0)))


def _knots(steep: Floats, number: Floats) -> Floats:
    """Return those of ``SLOPES`` that have grain enough about them."""
    nearest = np.abs(steep[:, None] - np.array(SLOPES)).argmin(axis=1)
    held = np.bincount(nearest, number, len(SLOPES))
    return np.array(SLOPES)[held >= LEAST]


def _power(seen: Sampled, strength: Strength) -> Floats:
    """Return (N,) mean square of values over sigma, all channels, wild ones held."""
    total = np.zeros(seen.light.shape[0])
    for c in range(3):
        z = seen.values[..., c] / np.maximum(strength.sigma(seen.light, c), 1e-12)
        total += np.where(seen.counted, np.minimum(z * z, OUTLIER**2), 0).sum(axis=0)
    return np.asarray(total / np.maximum(3 * seen.counted.sum(axis=0), 1))


def _gains(steep: Floats, power: Floats, number: Floats, knots: Floats) -> Floats:
    """Return (K,) variance at the knots, straight between them, by weighted least squares."""
    place = np.interp(steep, knots, np.arange(len(knots), dtype=np.float64))
    low = np.minimum(place.astype(np.intp), len(knots) - 2)
    share = place - low
    normal, right = np.zeros((len(knots), len(knots))), np.zeros(len(knots))
    for shift, own in ((0, 1 - share), (1, share)):
        right += np.bincount(low + shift, number * own * power, len(knots))
        at = np.arange(len(knots))
        normal[at, at] += np.bincount(low + shift, number * own * own, len(knots))
    both = np.bincount(low, number * share * (1 - share), len(knots))[:-1]
    at = np.arange(len(knots) - 1)
    normal[at, at + 1] += both
    normal[at + 1, at] += both
    normal += 1e-9 * np.trace(normal) * np.eye(len(knots))
    return np.asarray(np.maximum(np.linalg.solve(normal, right), LEAST_FACTOR**2))


def _likely(
    seen: Sampled, detail: NDArray[np.float32], strength: Strength, taken: float
) -> float:
    """Return how likely the values are, nats each; normal, as ``curve`` has it."""
    busy = np.ones(len(seen.light))
    if strength.detail is not None:
        busy = strength.factor(_steep(seen.light, detail, strength, taken))
    told = 0.0
    for c in range(3):
        variance = np.maximum((strength.sigma(seen.light, c) * busy) ** 2, 1e-24)
        squares = np.minimum(seen.values[..., c] ** 2 / variance, OUTLIER**2)
        told -= float((seen.counted * (np.log(variance) + squares)).sum())
    return told / max(3 * int(seen.counted.sum()), 1)
