"""
Grain at brightnesses where nothing bare was seen: no more than the rest of the plate leads to.

Between two brightnesses with bare places variance runs straight, which is exact for photons.
Darker and brighter than all of them it is read noise's, photons' and film's, whose shares the
bare ones tell. And nowhere is it more than blocks of all kinds say, their detail taken off
(``slips``): film's grows with the square of light, under the straight line.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from seamline.pixels.grain.curve import Floats, Strength, strength_of
from seamline.pixels.grain.level import LEAST_PX
from seamline.pixels.grain.rests import Mask, Rests
from seamline.pixels.grain.slips import Slips
from seamline.pixels.light.nonnegative import nonnegative
from seamline.pixels.picture import Image
from seamline.show.grain import SigmaCurve

DARKER = (0.0, 0.25, 0.5)
"""Shares of the darkest measured signal, at which the curve goes on below it."""
MUCH_LESS = 0.9
"""Of a sigma: what is held by more was detail in part."""
_SHARES = 24
"""Of a plate's brightnesses, by pixels; one is measured where 4096 / 24 of it are bare."""
_NO_CROSSTALK = ((0.0,) * 3,) * 3


def no_more_than_flat(strength: Strength, rests: Rests, flat: Mask) -> Strength:
    """
    Return ``strength``, held where it was measured beside detail alone.

    Darker and brighter than every flat place sigma is no more than what the flat ones lead to.
    """
    calm = replace(rests, valid=rests.valid & flat)
    if int(np.logical_or.reduce(calm.valid).sum()) < LEAST_PX:
        return strength
    base = strength_of(calm)
    red, green, blue = (
        _held(own, clean) for own, clean in zip(strength.curves, base.curves, strict=True)
    )
    return Strength(curves=(red, green, blue), crosstalk=strength.crosstalk)


def _held(own: SigmaCurve, clean: SigmaCurve) -> SigmaCurve:
    knots, variance = np.array(clean.signals), np.array(clean.sigmas) ** 2
    sigmas = []
    for signal, sigma in zip(own.signals, own.sigmas, strict=True):
        if not clean.signals[0] <= signal <= clean.signals[-1]:
            sigma = min(sigma, _led_to(knots, variance, signal))
        sigmas.append(float(f"{sigma:.6g}"))
    return SigmaCurve(signals=own.signals, sigmas=tuple(sigmas))


def _led_to(knots: Floats, variance: Floats, signal: float) -> float:
    """
    Return sigma at a signal outside ``knots``: of read noise, photon noise and film's.

    Their variances stay, grow with the signal, and with its square; none is negative.
    """
    own = np.maximum(knots, 0.0)
    parts = np.stack([np.ones_like(own), own, own * own], axis=1)
    parts = parts / np.maximum(variance, float(variance.max()) * 1e-6)[:, None]
    scale = np.sqrt((parts * parts).sum(axis=0)) + 1e-30
    parts /= scale
    share = nonnegative(parts.T @ parts, parts.sum(axis=0)) / scale
    at = max(signal, 0.0)
    return float(np.sqrt(share @ np.array([1.0, at, at * at])))


def no_more_than_blocks(strength: Strength, slips: Slips) -> Strength:
    """Return ``strength``, nowhere over what blocks say by more than their doubt."""
    red, green, blue = (_below(strength, slips, c) for c in range(3))
    return replace(strength, curves=(red, green, blue))


def _below(strength: Strength, slips: Slips, channel: int) -> SigmaCurve:
    curve = strength.curves[channel]
    knots, variance = np.array(curve.signals), np.array(curve.sigmas) ** 2
    at = np.array(slips.strength.curves[channel].signals)
    # with crosstalk or without, whichever is less: what blocks say holds both
    plain = replace(strength, crosstalk=_NO_CROSSTALK)
    told = np.minimum(
        *(one.sigma(slips.light[channel], channel) ** 2 for one in (strength, plain))
    )
    share = np.minimum(slips.most[channel] / np.maximum(told, 1e-30), 1.0)
    # a knot more where it is held, and on either side, from where it is not
    held = np.convolve(share < 1, np.ones(3), "same") > 0
    signals = np.unique(np.concatenate([knots, at[held]]))
    found = np.interp(signals, knots, variance) * np.interp(signals, at, share)
    if signals[-1] > knots[-1] > 0:
        found *= np.maximum(signals / knots[-1], 1.0)
    dark = float(signals[0])
    if dark > 0:
        darker = dark * np.array(DARKER)
        led = np.array([_led_to(signals, found, s) ** 2 for s in darker.tolist()])
        signals = np.concatenate([darker, signals])
        found = np.concatenate([np.minimum(led, found[0]), found])
    return SigmaCurve(
        signals=tuple(float(f"{s:.6g}") for s in signals.tolist()),
        sigmas=tuple(float(f"{s:.6g}") for s in np.sqrt(found).tolist()),
    )


def much_less(strength: Strength, was: Strength, signal: Image) -> Mask:
    """Return (H, W) where, in any channel, sigma is less than ``MUCH_LESS`` of what it was."""
    light = signal.astype(np.float64)
    less = np.zeros(signal.shape[:2], bool)
    for c in range(3):
        less |= strength.sigma(light, c) < MUCH_LESS * was.sigma(light, c)
    return less


def unmeasured(signal: Image, whole: Mask, bare: Mask) -> tuple[tuple[float, float], ...]:
    """
    Return from and to which signal of green there is hardly a pixel that is ``bare``.

    Args:
        signal: (H, W, 3) the picture without grain.
        whole: (H, W) where it was looked at.
        bare: (H, W) where it was measured.
    """
    own = signal[..., 1].astype(np.float64)
    edges = np.quantile(own[whole], np.linspace(0, 1, _SHARES + 1))
    band = np.searchsorted(edges[1:-1], own)
    found: list[tuple[float, float]] = []
    for k in range(_SHARES):
        if int((bare & (band == k)).sum()) >= LEAST_PX // _SHARES:
            continue
        low, high = (float(f"{edge:.3g}") for edge in edges[k : k + 2])
        if found and found[-1][1] == low:
            low = found.pop()[0]
        found.append((low, high))
    return tuple(found)
