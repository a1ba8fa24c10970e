"""Grain whose numbers are known beforehand, on pictures that are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Image = NDArray[np.float32]
GAIN, READ = 4e-4, 2e-3
"""Photon noise: variance is GAIN times light, plus READ squared."""
LAGS = (1.0, 2 / 3, 1 / 6, 0.0)
"""How 1 2 1 weights hang together: (1 4 1), (2 2), (1) over the sum of squares, 6."""


def ramp(height: int = 192, width: int = 256, *, low: float = 0.02, high: float = 2.0) -> Image:
    """Return (H, W, 3) greys that rise evenly from left to right."""
    row = np.linspace(low, high, width, dtype=np.float32)
    return np.ascontiguousarray(np.broadcast_to(row[None, :, None], (height, width, 3)))


def coarse(rng: np.random.Generator, height: int, width: int) -> Floats:
    """Return (H, W, 3) normal noise of unit variance, weighed 1 2 1 down and across."""
    wide = rng.standard_normal((height + 2, width + 2, 3))
    rows = wide[:-2] + 2 * wide[1:-1] + wide[2:]
    both = rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]
    return both / 6  # the root of 6 squared: 1 + 4 + 1 down, and across


def sigma(light: Floats | Image | float) -> Floats:
    """Return what the noise's standard deviation is on ``light``."""
    return np.asarray(np.sqrt(GAIN * np.maximum(light, 0) + READ**2))


def frames(clean: Image, count: int = 8, seed: int = 1) -> list[Image]:
    """Return ``clean`` with coarse photon noise on, ``count`` times."""
    rng = np.random.default_rng(seed)
    height, width = clean.shape[:2]
    return [
        (clean + sigma(clean) * coarse(rng, height, width)).astype(np.float32)
        for _ in range(count)
    ]


def lagged(z: Floats | Image, down: int, across: int) -> float:
    """Return how a plane hangs together with itself, so many pixels away."""
    height, width = z.shape
    a = z[: height - down, : width - across].astype(np.float64)
    b = z[down:, across:].astype(np.float64)
    return float((a * b).mean() / np.sqrt((a * a).mean() * (b * b).mean()))
