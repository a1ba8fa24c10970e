"""The rulers of grain: sigma over signal, power over frequency, and telling it apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from quality.grain_plates import Held
from seamline.pixels.grain.curve import Strength
from seamline.show.grain import GrainModel

Floats = NDArray[np.float64]
RINGS = 12
BLOCK = 64
PATCH = 32
SIGNALS = 15
DRAWS = 100


def sigma_errors(real: Held, other: Held) -> Floats:
    """
    Return (3, SIGNALS) standard deviation of other over real grain, less one.

    The real grain's pixels of each channel are shared out evenly by their signal; the other
    grain is looked at between the same signals.
    """
    edges = _edges(real)
    first, second = (_spread(_sums(held, edges)) for held in (real, other))
    return _apart(first, second)


def _edges(real: Held) -> Floats:
    """Return (3, SIGNALS - 1) signals between the shares."""
    own = real.light[real.seen]
    return np.quantile(own, np.linspace(0, 1, SIGNALS + 1)[1:-1], axis=0).T


def _sums(held: Held, edges: Floats) -> Floats:
    """Return (3, 3, SIGNALS) number, sum and sum of squares of grain, per channel."""
    rows = []
    for c in range(3):
        at = np.searchsorted(edges[c], held.light[held.seen][:, c])
        values = held.grain[held.seen][:, c].astype(np.float64)
        weights = (np.ones_like(values), values, values**2)
        rows.append([np.bincount(at, w, SIGNALS) for w in weights])
    return np.array(rows)


def _spread(sums: Floats) -> Floats:
    number = np.maximum(sums[:, 0], 1)
    return np.sqrt(np.maximum(sums[:, 2] / number - (sums[:, 1] / number) ** 2, 0))


def _apart(first: Floats, second: Floats) -> Floats:
    # a share that is clipped to one value has no grain on either side
    return np.where(first == 0, 0, second / np.maximum(first, 1e-9) - 1)


def chance(real: Held, made: Sequence[Held], model: GrainModel) -> dict[str, float]:
    """
    Return what chance does to the figures, where grain is made right on the average.

    Real and ``made`` grain (each on the same light) are drawn again by blocks of 64 x 64,
    together; told is by how much their figures then move about their own middle.
    """
    edges = _edges(real)
    own = np.array([_sums(part, edges) for part in _parts(real)])
    their = sum(np.array([_sums(part, edges) for part in _parts(held)]) for held in made)
    power, other = _powers([real], model), _powers(made, model)
    rng = np.random.default_rng(7)
    sigmas, dbs = [], []
    for _ in range(DRAWS):
        drawn = rng.integers(0, len(own), len(own))
        first, second = (_spread(sums[drawn].sum(axis=0)) for sums in (own, their))
        sigmas.append(_apart(first, second))
        loud, louder = (np.nanmean(found[drawn], axis=0) for found in (power, other))
        dbs.append(10 * np.log10(louder / loud))
    moved = np.abs(np.array(dbs) - np.mean(dbs, axis=0))
    return {
        "sigma rms": float(np.sqrt(np.var(sigmas, axis=0).mean())),
        "sigma median": float(np.median(np.abs(sigmas - np.mean(sigmas, axis=0)))),
        "psd mean dB": float(moved.mean()),
        "psd max dB": float(np.median(moved.max(axis=(1, 2)))),
    }


def _powers(some: Sequence[Held], model: GrainModel) -> Floats:
    """Return (N, 3, RINGS) power of every block; NaN where it is not looked at."""
    found = np.array([
        [rings(whitened(part, model)) for part in _parts(held)] for held in some
    ])  # fmt: skip
    found[found == 0] = np.nan
    return np.asarray(np.nanmean(found, axis=0))


def _parts(held: Held) -> list[Held]:
    """Return the blocks of a held grain that is one block wide."""
    return [
        replace(
            held,
            grain=held.grain[row : row + BLOCK],
            light=held.light[row : row + BLOCK],
            seen=held.seen[row : row + BLOCK],
        )
        for row in range(0, len(held.light), BLOCK)
    ]


def whitened(held: Held, model: GrainModel) -> Floats:
    """Return (H, W, 3) grain over the model's sigma; 0 where it is not looked at."""
    strength = Strength.of(model)
    light = held.light.astype(np.float64)
    z = np.stack(
        [held.grain[..., c] / np.maximum(strength.sigma(light, c), 1e-9) for c in range(3)],
        axis=2,
    )
    return np.where(held.seen[..., None], z, 0)


def rings(z: Floats) -> Floats:
    """Return (3, RINGS) power over frequency of (H, W, 3), by Hann-windowed blocks."""
    hann = np.hanning(BLOCK + 2)[1:-1]
    window = hann[:, None] * hann[None, :]
    down = np.fft.fftfreq(BLOCK)[:, None]
    across = np.fft.fftfreq(BLOCK)[None, :]
    far = np.hypot(down, across)
    ring = np.minimum((far / 0.5 * RINGS).astype(int), RINGS)
    power = np.zeros((3, BLOCK, BLOCK))
    count = 0
    for row in range(0, z.shape[0] - BLOCK + 1, BLOCK):
        for column in range(0, z.shape[1] - BLOCK + 1, BLOCK):
            block = z[row : row + BLOCK, column : column + BLOCK]
            if np.abs(block).max() > 12:
                continue
            for c in range(3):
                power[c] += np.abs(np.fft.fft2(block[..., c] * window)) ** 2
            count += 1
    power /= max(count, 1) * (window**2).sum()
    return np.array(
        [
            np.bincount(ring.ravel(), p.ravel())[:RINGS] / np.bincount(ring.ravel())[:RINGS]
            for p in power
        ]
    )


def psd_errors_db(a: Floats, b: Floats) -> Floats:
    """Return (3, RINGS) dB between two grains' power over frequency."""
    return np.asarray(10 * np.log10(rings(a) / rings(b)))


def features(z: Floats) -> Floats:
    """Return (N, F) of each 32 x 32 patch: spread, skew, peakedness, neighbours, channels."""
    rows = []
    for row in range(0, z.shape[0] - PATCH + 1, PATCH):
        for column in range(0, z.shape[1] - PATCH + 1, PATCH):
            patch = z[row : row + PATCH, column : column + PATCH]
            centred = patch - patch.mean(axis=(0, 1))
            spread = centred.std(axis=(0, 1)) + 1e-9
            n = centred / spread
            values = [*np.log(spread), *(n**3).mean(axis=(0, 1)), *np.abs(n).mean(axis=(0, 1))]
            for c in range(3):
                for dy, dx in ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (2, 2)):
                    values.append((n[dy:, dx:, c] * n[: PATCH - dy, : PATCH - dx, c]).mean())
            values += [(n[..., a] * n[..., b]).mean() for a, b in ((0, 1), (0, 2), (1, 2))]
            rows.append(values)
    return np.array(rows)


def auc(a: Floats, b: Floats) -> float:
    """
    Return how well a line through the features tells patches of ``a`` from those of ``b``.

    Logistic regression, five folds; a patch and the one at its place in the other picture
    are always in the same fold. .5 is not at all, 1 always. Below .5 counts as .5.
    """
    first, second = features(a), features(b)
    both = np.concatenate([first, second])
    label = np.concatenate([np.zeros(len(first)), np.ones(len(second))])
    both = (both - both.mean(axis=0)) / (both.std(axis=0) + 1e-12)
    rng = np.random.default_rng(5)
    fold = np.concatenate([rng.permutation(len(first)) % 5] * 2)
    score = np.zeros(len(both))
    for k in range(5):
        train = fold != k
        weights = _logistic(both[train], label[train])
        score[~train] = both[~train] @ weights[1:] + weights[0]
    # ranks within a fold: folds have intercepts of their own
    pairs = [
        (score[(fold == k) & (label == 1)][:, None] > score[(fold == k) & (label == 0)]).mean()
        for k in range(5)
    ]
    return float(max(np.mean(pairs), 0.5))


def _logistic(x: Floats, label: Floats, ridge: float = 3.0) -> Floats:
    """Newton's steps; ridge 3 is scikit-learn's C = .33."""
    wide = np.column_stack([np.ones(len(x)), x])
    weights = np.zeros(wide.shape[1])
    penalty = np.full(len(weights), ridge)
    penalty[0] = 1e-6
    for _ in range(12):
        p = 1 / (1 + np.exp(-np.clip(wide @ weights, -30, 30)))
        slope = wide.T @ (p - label) + penalty * weights
        curve = (wide * (p * (1 - p))[:, None]).T @ wide + np.diag(penalty)
        weights = weights - np.linalg.solve(curve, slope)
    return weights
