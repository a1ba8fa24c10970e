"""
Light on a scale on which grain is equally strong everywhere: one step is one sigma.

The scale runs through the integral of one over sigma. On it a frame can be cleaned with one
strength for highlights and shadows, and a bright window does not decide how much is taken
from the dark beside it. Negative values and highlights beyond what was measured have their
place on it.

Source: variance stabilisation (Bartlett 1947; Anscombe 1948), for any sigma curve.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.grain.curve import Strength

Floats = NDArray[np.float64]
LARGEST = 65504.0
_STEPS = 32
_LEAST = 0.02
"""Sigma counts as no less than this share of its middle: clipped black would have no end."""


class EvenedScale:
    """One channel's scale, there and back."""

    def __init__(self, strength: Strength, channel: int) -> None:
        knots = np.array(strength.curves[channel].signals)
        parts = np.linspace(0, 1, _STEPS, endpoint=False)
        inner = knots[:-1, None] + np.diff(knots)[:, None] * parts
        beyond = np.geomspace(max(knots[-1], 1e-3), LARGEST, 256)
        self.light: Floats = np.unique(np.concatenate([inner.ravel(), knots[-1:], beyond]))
        grey = np.repeat(self.light[:, None], 3, axis=1)
        sigma = strength.sigma(grey, channel)
        middle = float(np.median(strength.curves[channel].sigmas))
        self.sigma: Floats = np.maximum(sigma, max(_LEAST * middle, 1e-9))
        step = np.diff(self.light) * (1 / self.sigma[1:] + 1 / self.sigma[:-1]) / 2
        self.even: Floats = np.concatenate([[0.0], np.cumsum(step)])
        self.slope: Floats = np.gradient(self.sigma**2, self.light)

    def there(self, light: Floats) -> Floats:
        """Return (...) ``light`` in sigmas."""
        below = np.minimum(light - self.light[0], 0) / self.sigma[0]
        above = np.maximum(light - self.light[-1], 0) / self.sigma[-1]
        return np.asarray(np.interp(light, self.light, self.even) + below + above)

    def back(self, even: Floats) -> Floats:
        """Return (...) light; ``there`` and ``back`` is the same light."""
        below = np.minimum(even - self.even[0], 0) * self.sigma[0]
        above = np.maximum(even - self.even[-1], 0) * self.sigma[-1]
        return np.asarray(np.interp(even, self.even, self.light) + below + above)

    def mean_back(self, even: Floats) -> Floats:
        """Return the light that a mean on this scale stands for: it lies a little too low."""
        light = self.back(even)
        return np.asarray(light + np.interp(light, self.light, self.slope) / 4)
