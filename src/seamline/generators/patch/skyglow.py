"""
The glow of a sky: how its tone falls with the angle to the sun.

A fit over the whole sky says roughly how; no two aureoles fall alike, so close to the sun
rings tell this one's own. Away from its sun no sky grows brighter, at one height: where the
rings say so, it is the haze that they were seen through, and it would stand under the sun as
upright bands. What is dark there is told at the rim, where it was seen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.resample import Bytes, Floats
from seamline.generators.patch.sunward import falling
from seamline.optics.sines import RAD_PER_DEG

Rings = NDArray[np.float64]

LEVEL_RAD = 2.4
"""Tones follow the sun ever less, and not beyond: a parabola, steepest at the sun. It was a
straight line out to half of this, and in gathered skies its end was an upright crease."""
FALLS_RAD = (0.08, 0.35)
"""How fast a glow falls: the aureole, and the haze's own."""
GLOWS = 1 + len(FALLS_RAD)
SKIPPED_DEG = 2.0
"""The disc itself is no tone of the sky."""
RING_STEP_DEG, RINGS, RING_PX = 0.4, 100, 6
"""Rings around the sun whose own mean is told, out to 40 degrees, fading over the second
half; so few pixels tell none. Faded out by 16 degrees they left a level around the sun that
ended in upright edges under it. With the lowest 5 degrees hidden spruit is wrong by .0050
(.0051 with 16), garden by .0016 (.0016), but quay by .0136 (.0127): r.m.s., ACEScct, mean over
all poses over hilly and dunes."""
EVENED, BENT = 8, 2
"""Times that neighbouring rings are averaged: over .8 degrees (one sigma) either way; and
where a fall ends in a level, so that no crease stands there."""
BESIDE = 0.3
"""A pixel's height over a sun, of its angle from it, up to which it lies beside it."""


def away_from_sun(angle: Floats) -> list[Rings]:
    """Return the ``GLOWS`` terms in which a tone follows ``angle`` (...), degrees."""
    g = angle.astype(np.float64) * RAD_PER_DEG
    near = np.minimum(g, LEVEL_RAD)
    return [near * (1 - near / (2 * LEVEL_RAD)), *(falling(g / fall) for fall in FALLS_RAD)]


def glow(
    rest: Floats, weights: Rings, known: Bytes, height_deg: Floats, angle: Floats
) -> Floats:
    """
    Return (H, W, 3) what the angle to the sun tells of a tone's ``rest``, close to the sun.

    This aureole's own mean at each angle, beside the sun where haze is as deep as below it,
    is what is missing of it.

    Args:
        rest: (H, W, 3) a sky less what was fitted to it.
        weights: (GLOWS, 3) what was fitted of ``away_from_sun``.
        known: (H, W) 1 where it is seen.
        height_deg: (H, W) height above the horizon of what is seen there.
        angle: (H, W) degrees from the sun.
    """
    height = height_deg.reshape(-1)[int(angle.argmin())]
    beside = height_deg - height < np.float32(BESIDE) * angle
    known = known & beside.astype(np.uint8)
    step = np.minimum(angle / np.float32(RING_STEP_DEG), np.float32(RINGS)).astype(np.float32)
    ring = step.astype(np.int64)[known > 0]
    count = np.bincount(ring, minlength=RINGS + 1).astype(np.float64)
    out = np.zeros_like(rest)
    at = np.arange(RINGS + 1)
    seen = (count >= RING_PX) & (at < RINGS)
    if not seen.any():
        return out
    terms = away_from_sun((at * RING_STEP_DEG).astype(np.float32))
    left = step.astype(np.int64)
    share = (step - left).astype(np.float64)
    for c in range(3):
        mean = np.bincount(ring, rest[..., c][known > 0], RINGS + 1) / np.maximum(count, 1)
        fitted = sum(w * term for w, term in zip(weights[:, c], terms, strict=True))
        told = _told(np.interp(at, at[seen], mean[seen]), np.asarray(fitted))
        # a ring's mean is its middle's
        middle = np.interp(np.arange(RINGS + 2) - 0.5, at, told)
        out[..., c] = middle[left] * (1 - share) + middle[left + 1] * share
    return out


def _told(rings: Rings, fitted: Rings) -> Rings:
    """Return (N,) ``rings`` evened and faded out; with what is ``fitted`` they never rise."""
    at = np.arange(RINGS + 1)
    fades = np.clip((RINGS - at) / (RINGS / 2), 0, 1)
    fades = fades * fades * (3 - 2 * fades)
    told = _evened(rings, EVENED) * fades
    whole = told + fitted
    falls = np.maximum.accumulate(whole[::-1])[::-1]
    raised = _evened(falls - whole, BENT)
    found: Rings = told + raised * (at < RINGS)
    return found


def _evened(rings: Rings, times: int) -> Rings:
    """
    Return (N,) means of ``rings`` evened out beyond the disc.

    A ring that a spire takes pixels from is another mean: its edge would show as a circle.
    """
    even = rings
    for _ in range(times):
        rim = np.pad(even, 1, mode="edge")
        even = (rim[:-2] + 2 * rim[1:-1] + rim[2:]) / 4
    first = SKIPPED_DEG / RING_STEP_DEG
    share = np.clip((np.arange(len(rings)) - first) / first, 0, 1)
    found: Rings = rings * (1 - share) + even * share
    return found
