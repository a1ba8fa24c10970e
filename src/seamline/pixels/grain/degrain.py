"""
Taking grain off a plate, to work on: to measure in, to paint beside. Never to be delivered.

First over time, where neighbouring frames are given and show the same; then over space:
windows of 16 x 16 pixels, overlapping, in which every frequency that is no stronger than the
model says grain would be is left out. It is no learned model: detail as weak as the grain
goes with it.

Nothing is clamped; pixels that are not finite stay as they are. The result is for working:
its last bits may differ between machines.

Source: sliding-window transform with hard thresholds (Yaroslavsky 1996), thresholds by the
grain's own spectrum.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.grain.box import box_mean, finite
from seamline.pixels.grain.curve import Strength
from seamline.pixels.grain.evened import EvenedScale
from seamline.pixels.grain.spectrum import matrices
from seamline.pixels.picture import Image
from seamline.show.grain import GrainModel

Floats = NDArray[np.float64]
WINDOW = 16
STEP = 4
THRESHOLD = 2.7
"""Sigmas of grain at a frequency, below which it is taken for grain."""
SAME, OTHER = 1.5, 3.0
"""Variance of a difference over grain's: up to the first it counts in full, past the second
not at all."""
# brightness, and two differences of colour: orthonormal
_TURN = np.array([[1, 1, 1], [1, -1, 0], [1, 1, -2]]) / np.sqrt([[3.0], [2.0], [6.0]])


def degrain(
    model: GrainModel,
    frame: Image,
    *,
    others: Sequence[Image] = (),
    threshold: float = THRESHOLD,
) -> Image:
    """
    Return (H, W, 3) float32 ``frame`` without its grain.

    Args:
        model: The grain of the plate, in the space of ``frame``.
        frame: (H, W, 3) float32.
        others: (H, W, 3) each: neighbouring frames as ``frame`` sees them, looked up at the
            nearest pixels; NaN where they do not show it.
        threshold: In sigmas; more takes more.
    """
    assert frame.ndim == 3, frame.shape
    assert frame.shape[2] == 3, frame.shape
    strength = Strength.of(model)
    scales = [EvenedScale(strength, c) for c in range(3)]
    whole = finite(frame, 2)
    even = _evened(frame, scales)
    even = _filled(even, whole)
    even, left = _over_time(even, [(_evened(o, scales), finite(o, 2)) for o in others])
    even = _over_space(even, left, _powers(model), threshold)
    light = np.stack([scales[c].mean_back(even[..., c]) for c in range(3)], axis=2)
    # what was not whole is left alone, channel by channel
    return np.where(whole[..., None], light.astype(np.float32), frame)


def _evened(frame: Image, scales: Sequence[EvenedScale]) -> Floats:
    held = np.where(np.isfinite(frame), frame, 0).astype(np.float64)
    return np.stack([scales[c].there(held[..., c]) for c in range(3)], axis=2)


def _filled(even: Floats, whole: NDArray[np.bool_]) -> Floats:
    """Return ``even`` with holes at about their surroundings, so that they ring in nothing."""
    if whole.all():
        return even
    share = box_mean(whole.astype(np.float32), 8)
    around = box_mean(np.where(whole[..., None], even, 0), 8)
    around = around / np.maximum(share, 1e-3)[..., None]
    return np.where(whole[..., None], even, around)


def _over_time(
    even: Floats, others: Sequence[tuple[Floats, NDArray[np.bool_]]]
) -> tuple[Floats, Floats]:
    """Return the mean of what shows the same, and (H, W) how much sigma is left of one."""
    total, weights, squares = even.copy(), np.ones(even.shape[:2]), np.ones(even.shape[:2])
    for other, seen in others:
        apart = np.where(seen[..., None], other - even, 10.0)
        # two grains differ by twice the variance of one
        power = box_mean((apart * apart).mean(axis=2), 2) / 2
        weight = np.where(seen, np.clip((OTHER - power) / (OTHER - SAME), 0, 1), 0)
        total += weight[..., None] * np.where(seen[..., None], other, 0)
        weights += weight
        squares += weight * weight
    return total / weights[..., None], np.sqrt(squares) / weights


def _powers(model: GrainModel) -> Floats:
    """Return (3, WINDOW, WINDOW / 2 + 1) power of grain in a window, per turned channel."""
    full = matrices(model.spectrum)
    lagged = np.fft.ifft2(np.conj(full), axes=(0, 1)).real
    window = _window()
    size = 2 * WINDOW
    # what a window sees of each lag
    seen = np.fft.ifft2(np.abs(np.fft.fft2(window, (size, size))) ** 2).real
    reach = min(WINDOW, model.spectrum.size // 2)
    lags = np.arange(-reach + 1, reach)
    own = (
        lagged[lags[:, None], lags[None, :]]
        * seen[lags[:, None], lags[None, :]][..., None, None]
    )
    held = np.zeros((size, size, 3, 3))
    held[lags[:, None], lags[None, :]] = own
    power = np.fft.fft2(held, axes=(0, 1)).real[::2, ::2]
    turned = np.einsum("ki,hwij,kj->khw", _TURN, power, _TURN)
    return np.asarray(np.maximum(turned[:, :, : WINDOW // 2 + 1], 1e-9))


def _window() -> Floats:
    rise = np.sin(np.pi * (np.arange(WINDOW) + 0.5) / WINDOW)
    return np.asarray(rise[:, None] * rise[None, :])


def _over_space(even: Floats, left: Floats, powers: Floats, threshold: float) -> Floats:
    height, width = even.shape[:2]
    turned = even @ _TURN.T
    rim = WINDOW
    down, across = (-(-n // STEP) * STEP - n + rim for n in (height, width))
    wide = np.pad(turned, ((rim, down), (rim, across), (0, 0)), mode="symmetric") if (
        min(height, width) > rim + STEP
    ) else np.pad(turned, ((rim, down), (rim, across), (0, 0)), mode="edge")  # fmt: skip
    sigma = np.pad(left, ((rim, down), (rim, across)), mode="edge")
    window = _window()
    total = np.zeros_like(wide)
    weight = np.zeros(wide.shape[:2])
    limits = threshold * threshold * powers
    columns = np.arange(0, wide.shape[1] - WINDOW + 1, STEP)
    for row in range(0, wide.shape[0] - WINDOW + 1, STEP):
        _one_row(wide, sigma, total, weight, row, columns, window, limits)
    cut = slice(rim, rim + height), slice(rim, rim + width)
    return np.asarray((total[cut] / weight[cut][..., None]) @ _TURN)


def _one_row(
    wide: Floats,
    sigma: Floats,
    total: Floats,
    weight: Floats,
    row: int,
    columns: NDArray[np.intp],
    window: Floats,
    limits: Floats,
) -> None:
    """Clean the windows of one row, and add them up in ``total`` and ``weight``."""
    strip = np.lib.stride_tricks.sliding_window_view(wide[row : row + WINDOW], WINDOW, axis=1)
    blocks = strip[:, columns].transpose(1, 2, 0, 3)  # (N, 3, WINDOW, WINDOW)
    mean = blocks.mean(axis=(2, 3), keepdims=True)
    found = np.fft.rfft2((blocks - mean) * window)
    variance = sigma[row + WINDOW // 2, columns + WINDOW // 2] ** 2
    strong = found.real**2 + found.imag**2 > limits * variance[:, None, None, None]
    kept = np.where(strong, found, 0)
    clean = np.fft.irfft2(kept, (WINDOW, WINDOW)) * window + mean * window * window
    # windows of which little is left are the flattest, and count most
    trust = 1 / (1 + strong.sum(axis=(1, 2, 3)))
    square = window * window
    for k in range(WINDOW // STEP):
        at = columns[k :: WINDOW // STEP]
        part = clean[k :: WINDOW // STEP] * trust[k :: WINDOW // STEP, None, None, None]
        span = len(at) * WINDOW
        total[row : row + WINDOW, at[0] : at[0] + span] += part.transpose(2, 0, 3, 1).reshape(
            WINDOW, span, 3
        )
        weight[row : row + WINDOW, at[0] : at[0] + span] += (
            (square[None] * trust[k :: WINDOW // STEP, None, None])
            .transpose(1, 0, 2)
            .reshape(WINDOW, span)
        )
