"""
Where grain can be seen for what it is: where nothing moves, and no detail passes for it.

What slips from frame to frame shows as grain, and most in the finest detail. Sigma needs every
brightness, the spectrum clean places only.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from seamline.pixels.grain.box import box_mean
from seamline.pixels.grain.busy import over_sigma, steepness
from seamline.pixels.grain.curve import Strength
from seamline.pixels.grain.rests import Floats, Mask, Rests

LEAST_PX = 4096
"""Fewer pixels of grain say nothing: 64 x 64."""
ALIKE = "moving, in pairs"
"""How a moving plate is measured where pairs of frames fell alike (``pairs``)."""
MOST_STEEP = {"static": 4.0, "moving": 1.0, ALIKE: 4.0, "single frame": np.inf}
"""Sigmas per pixel that the picture may change by: frames of a locked-off plate slip by less
than a quarter of a pixel; under a moving camera detail is sampled anew in every frame."""
MOST_SLIP = 0.5
"""Sigmas that the picture may change by between two frames that fell alike but for a fraction
of a pixel: an eighth of their difference's variance at most."""
LEAST_LEVEL = 0.04
"""But this share of the pixels of each brightness, the most level, counts for sigma."""
FIRST_CALM = 0.15
"""Share of each brightness that says what sigma is, before anybody knows what is level."""
SPECTRUM_PX = 25_000
"""So many pixels of a moving plate, the most level, say how grain hangs together."""
FLATTEST = 0.3
"""Sigmas per pixel; all that is as level as that counts for the spectrum too."""
NOISIER = 1.1
"""Steep places of a locked-off plate are left out where their variance is so much larger."""
CALM = 6.0
"""Sigmas, beyond which a value counts no more for that."""
_BANDS = 12
_BLOCK_RADIUS = 4
_MOVED = 16.0
"""A block whose variance is so many times what is usual has moved."""
_USUAL, _STILL_BANDS = 0.3, 24
"""What is usual is that of the lower third, in each of so many shares of the brightness."""
_SPREAD = (0.1, 0.4)
"""Between these shares of blocks lies one sigma of them, if they are normal (-1.28, -.25)."""
_UNEVEN = 4.0
"""More uneven than that no grain is, block by block: else there is none in the lowest."""


def level_places(rests: Rests, strength: Strength, how: str) -> tuple[Mask, Mask, Mask]:
    """
    Return (H, W) thrice: level enough for sigma, flat, and flat enough for the spectrum.

    What slips from frame to frame shows as grain, and most in the finest detail. Sigma needs
    every brightness, so some of each counts; the spectrum needs clean places only. A
    plate that stands still is level everywhere, where steep places are no noisier than
    others: then nothing slipped.
    """
    valid = np.logical_or.reduce(rests.valid)
    light = rests.signal.astype(np.float64)
    steep = steepness(rests, strength)
    flat = steep <= MOST_STEEP[how]
    level = flat | (steep <= _calmest(steep, light.sum(axis=2), valid, flat))
    if how == "static":
        z = over_sigma(rests, strength)
        power = np.minimum(z * z, CALM**2).mean(axis=(0, 3))
        rough, smooth = valid & ~level, valid & level
        if not rough.any() or power[rough].mean() < NOISIER * power[smooth].mean():
            return valid, valid, valid
        return level, flat, level
    if how == ALIKE:
        return level, flat, steep <= FLATTEST
    found = np.sort(steep[valid & level])
    # the spectrum is of the flattest places: as many as say it well, and all as flat as can be
    calm = max(float(found[min(SPECTRUM_PX, len(found)) - 1]), FLATTEST)
    return level, flat, steep <= calm


def calm_part(rests: Rests) -> Rests:
    """Return the share of each brightness with the least detail, to begin with."""
    valid = np.logical_or.reduce(rests.valid)
    light = rests.signal.sum(axis=2).astype(np.float64)
    steep = rests.detail.max(axis=2).astype(np.float64)
    none = np.zeros_like(valid)
    calm = steep <= _calmest(steep, light, valid, none, share=FIRST_CALM)
    return replace(rests, valid=rests.valid & calm)


def _calmest(
    steep: Floats, light: Floats, valid: Mask, flat: Mask, share: float = LEAST_LEVEL
) -> Floats:
    """
    Return (H, W) what ``steep`` may be: so that some pixels beyond the flat ones count.

    Between flat ones none are needed: the variance runs straight from one to the next.
    """
    edges = np.quantile(light[valid], np.linspace(0, 1, _BANDS + 1)[1:-1])
    band = np.searchsorted(edges, light)
    rich = [
        k for k in range(_BANDS) if (flat & valid & (band == k)).sum() >= LEAST_PX // _BANDS
    ]
    usual = np.zeros(_BANDS)
    for k in range(_BANDS):
        here = steep[valid & (band == k)]
        if len(here) and not (rich and rich[0] < k < rich[-1]):
            kept = min(1.0, max(share, LEAST_PX / _BANDS / len(here)))
            usual[k] = np.quantile(here, kept)
    return np.asarray(usual[band])


def still_places(rests: Rests) -> Mask:
    """
    Return (H, W) where nothing moves: nowhere much more unrest than is usual at a brightness.

    What is usual is taken low, so that half of the picture may move. A compressed plate's own
    grain is uneven, so what moves must stand out by four sigmas; what does not, a mask has to
    leave out.
    """
    there = np.logical_and.reduce(rests.valid)
    share = np.maximum(box_mean(there.astype(np.float32), _BLOCK_RADIUS), 1e-3)
    unrest = np.zeros(there.shape)
    for c in range(3):
        power = np.mean(rests.rests[..., c] ** 2, axis=0)
        block = box_mean(np.where(there, power, 0), _BLOCK_RADIUS) / share
        light = rests.signal[..., c]
        order = np.argsort(light[there], kind="stable")
        bands = [
            (light[there][at].mean(), _most_still(block[there][at]))
            for at in np.array_split(order, _STILL_BANDS)
            if len(at)
        ]
        signals, most = (np.array(column) for column in zip(*bands, strict=True))
        limit = np.interp(light, signals, most)
        if signals[-1] > 0:  # brighter than all bands: as strong as any grain grows
            limit = limit * np.maximum(light / signals[-1], 1) ** 2
        unrest = np.maximum(unrest, block / np.maximum(limit, 1e-30))
    return np.asarray(there & (unrest <= 1), np.bool_)


def _most_still(block: Floats) -> float:
    """Return the variance past which blocks of one brightness have moved."""
    low, usual, high = np.quantile(block, (_SPREAD[0], _USUAL, _SPREAD[1])).tolist()
    # grain that is uneven itself: four sigmas of how uneven it is, in logarithms
    uneven = high * (high / max(low, high / _UNEVEN, 1e-30)) ** 4
    return float(max(_MOVED * usual, uneven))
