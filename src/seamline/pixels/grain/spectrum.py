"""
How grain hangs together: over pixels, and between R, G and B.

Measured as covariance at every lag up to ``REACH`` pixels, each over exactly the pixels
that are grain, and kept as a 3 x 3 cross-spectral matrix per frequency; the one is the
Fourier transform of the other.

Grain is made by filtering white noise. Its table of values (``marginal``) then bends the
normal field, which weakens how it hangs together; the filter is set up for the field that
has the measured covariance after that.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.grain.marginal import hermite
from seamline.show.grain import CrossSpectrum, GrainModel

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]
REACH = 24
"""Pixels; what hangs together farther than that is no grain."""
_PASSES = 4
CALM = 5.0
"""Values beyond so many sigmas do not count."""
FLOOR = 1e-4
"""Least power at any frequency, of white noise's."""
_ROUND = float(1 << 26)
"""The filter is rounded to this, past which Fourier transforms differ between libraries."""
_DIGITS = 5
_CHANNELS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))


def covariance(z: NDArray[np.float32], valid: NDArray[np.bool_], reach: int = REACH) -> Floats:
    """
    Return (2 reach, 2 reach, 3, 3) covariances of grain at lags -reach ... reach - 1.

    Lag 0 stands first, negative lags last, as Fourier transforms have it; entry (i, j) is
    the mean of channel i here times channel j at the lag.

    Args:
        z: (T, H, W, 3) grain over its sigma.
        valid: (T, H, W) where it is grain.
        reach: Pixels.
    """
    height, width = z.shape[1:3]
    size = (_even(height + reach), _even(width + reach))
    sums = np.zeros((9, size[0], size[1] // 2 + 1), np.complex128)
    pairs = np.zeros((size[0], size[1] // 2 + 1))
    for frame, where in zip(z, valid, strict=True):
        calm = where & (np.abs(frame) <= CALM).all(axis=2)
        weight = np.fft.rfft2(calm.astype(np.float64), size)
        pairs += weight.real**2 + weight.imag**2
        count = max(int(calm.sum()), 1)
        own = np.where(calm[..., None], frame, 0).astype(np.float64)
        own -= np.where(calm[..., None], own.sum(axis=(0, 1)) / count, 0)
        fields = [np.fft.rfft2(own[..., c], size) for c in range(3)]
        for k, (i, j) in enumerate(_CHANNELS):
            sums[k] += np.conj(fields[i]) * fields[j]
    number = np.maximum(_lags(np.fft.irfft2(pairs, size), reach), 0.5)
    out = np.zeros((2 * reach, 2 * reach, 3, 3))
    for k, (i, j) in enumerate(_CHANNELS):
        lagged = _lags(np.fft.irfft2(sums[k], size), reach) / number
        out[..., i, j] = lagged
        if i != j:
            out[..., j, i] = _turned(lagged)
    return out


def spectrum_of(lagged: Floats) -> CrossSpectrum:
    """Return the cross-spectral matrices of (n, n, 3, 3) covariances, unit variance each."""
    size = lagged.shape[0]
    power = np.fft.fft2(lagged * _taper(size)[..., None, None], axes=(0, 1))
    # entry (i, j): the mean of i times the conjugate of j
    half = _possible(np.conj(power))[:, : size // 2 + 1]
    rows = [half[..., c, c].real for c in range(3)]
    for i, j in _CHANNELS[3:]:
        rows += [half[..., i, j].real, half[..., i, j].imag]
    return CrossSpectrum(
        size=size,
        planes=tuple(
            tuple(float(f"{v:.{_DIGITS}g}") for v in row.ravel().tolist()) for row in rows
        ),
    )


def matrices(spectrum: CrossSpectrum) -> Complexes:
    """Return the (n, n, 3, 3) matrix of every frequency, both halves of the plane."""
    size = spectrum.size
    planes = np.array(spectrum.planes).reshape(9, size, size // 2 + 1)
    half = np.zeros((size, size // 2 + 1, 3, 3), np.complex128)
    for c in range(3):
        half[..., c, c] = planes[c]
    for k, (i, j) in enumerate(_CHANNELS[3:]):
        half[..., i, j] = planes[3 + 2 * k] + 1j * planes[4 + 2 * k]
        half[..., j, i] = np.conj(half[..., i, j])
    full = np.zeros((size, size, 3, 3), np.complex128)
    full[:, : size // 2 + 1] = half
    back = (-np.arange(size)) % size
    full[:, size // 2 + 1 :] = np.conj(half[back][:, 1 : size // 2][:, ::-1])
    return full


def filters(model: GrainModel) -> Floats:
    """
    Return (n, n, 3, 3) filters: white noise of channel j adds to channel i, j <= i.

    Zero lag stands first. Filtered white noise that ``marginal.shaped`` then bends has the
    model's spectrum.
    """
    wanted = matrices(model.spectrum)
    shares = [hermite(m) for m in model.marginals]
    power = _possible(_bent(wanted, shares, back=True))
    for _ in range(_PASSES):
        # Where what is wanted cannot be, at least each channel's own power is as it was.
        got = _bent(power, shares)
        ratio = np.clip(_own(wanted) / np.maximum(_own(got), FLOOR / 10), 0.1, 10)
        power = _possible(_scaled(power, np.sqrt(ratio)))
    # A filter's own transform times its conjugate is the field's spectrum.
    taps = np.fft.ifft2(_cholesky(power), axes=(0, 1)).real
    scale = np.sqrt((taps * taps).sum(axis=(0, 1, 3)))
    return np.asarray(np.rint(taps / scale[:, None] * _ROUND) / _ROUND)


def _bent(power: Complexes, shares: Sequence[Floats], *, back: bool = False) -> Complexes:
    """Return the spectrum of a normal field once its values are shaped; ``back``: before."""
    lagged = np.fft.ifft2(np.conj(power), axes=(0, 1)).real
    out = np.empty_like(lagged)
    for i in range(3):
        for j in range(3):
            own = shares[i] * shares[j]
            own = own / np.sqrt((shares[i] ** 2).sum() * (shares[j] ** 2).sum())
            r = np.clip(lagged[..., i, j], -1, 1)
            out[..., i, j] = _inverse(r, own) if back else _sum(r, own)
    return np.asarray(np.conj(np.fft.fft2(out, axes=(0, 1))))


def _possible(power: Complexes) -> Complexes:
    """Return the nearest that can be: each channel's own power kept, its mean 1."""
    power = (power + np.conj(np.swapaxes(power, -1, -2))) / 2
    wanted = np.maximum(_own(power), FLOOR)
    values, vectors = np.linalg.eigh(power)
    values = np.maximum(values, FLOOR / 10)
    power = np.einsum("hwij,hwj,hwkj->hwik", vectors, values, np.conj(vectors))
    wanted = wanted / wanted.mean(axis=(0, 1))
    return _scaled(power, np.sqrt(wanted / _own(power)))


def _own(power: Complexes) -> Floats:
    return np.asarray(np.einsum("hwii->hwi", power).real)


def _scaled(power: Complexes, by: Floats) -> Complexes:
    return np.asarray(power * by[..., :, None] * by[..., None, :])


def _sum(r: Floats, shares: Floats) -> Floats:
    value = np.zeros_like(r)
    for share in shares[::-1]:
        value = (value + share) * r
    return value


def _inverse(wanted: Floats, shares: Floats) -> Floats:
    """Return r in -1 ... 1 with the sum of shares times r to the power of the order wanted."""
    low, high = np.full_like(wanted, -1.0), np.full_like(wanted, 1.0)
    for _ in range(40):
        middle = (low + high) / 2
        below = _sum(middle, shares) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2)


def _cholesky(power: Complexes) -> Complexes:
    """Return lower triangles L of (..., 3, 3); L times its conjugate transpose is ``power``."""
    lower = np.zeros_like(power)
    for i in range(3):
        for j in range(i + 1):
            left = power[..., i, j] - sum(
                (lower[..., i, k] * np.conj(lower[..., j, k]) for k in range(j)),
                np.zeros_like(power[..., 0, 0]),
            )
            if i == j:
                lower[..., i, i] = np.sqrt(np.maximum(left.real, FLOOR / 100))
            else:
                lower[..., i, j] = left / lower[..., j, j].real
    return lower


def _taper(size: int) -> Floats:
    """Return (n, n) weights of lags: 1 out to half the reach, 0 at the reach."""
    reach = size // 2
    lag = np.minimum(np.arange(size), size - np.arange(size)).astype(np.float64)
    far = np.sqrt(lag[:, None] ** 2 + lag[None, :] ** 2) / reach
    return np.asarray(0.5 + 0.5 * np.cos(np.pi * np.clip(2 * far - 1, 0, 1)))


def _lags(plane: Floats, reach: int) -> Floats:
    rows = np.concatenate([plane[:reach], plane[-reach:]])
    return np.concatenate([rows[:, :reach], rows[:, -reach:]], axis=1)


def _turned(plane: Floats) -> Floats:
    """Return ``plane`` with lag and opposite lag exchanged."""
    return np.roll(plane[::-1, ::-1], 1, axis=(0, 1))


def _even(count: int) -> int:
    """Return the next size that transforms fast: 2, 3 and 5 only, and even."""
    count += count % 2
    while True:
        left = count
        for prime in (2, 3, 5):
            while left % prime == 0:
                left //= prime
        if left == 1:
            return count
        count += 2
