"""
The light that a ball was in: by a grey ball, or by a mirror ball (``both``: by the two).

A grey ball knows how strong the key is, and where it stands if its shading ends somewhere
in view. A mirror ball knows where everything stands, and how strong it is unless the sensor
clipped it.

Intervals are from errors measured on rendered balls (``benchmarks/quality/light.py`` says on
which skies): for each reading a size is worked out from what it rests on (evidence, width of
a lobe, the outline's half pixel, how much of the ball faces the key), and the factor in front
of it is such that nine in ten of those balls, or more, lay within.
"""

from __future__ import annotations

import math

import numpy as np

from seamline.pixels.light.ball import Ball, Floats
from seamline.pixels.light.chrome import (
    CLIPPED_PX,
    HIDDEN_DEG,
    Surroundings,
    chrome_within_deg,
    irradiance,
    peaks,
    surroundings,
    without,
)
from seamline.pixels.light.found import (
    CLEAR_SHARE,
    Direction,
    Found,
    Measure,
    unit,
)
from seamline.pixels.light.grey import Lobe, Shading, samples
from seamline.pixels.light.nonnegative import nonnegative
from seamline.pixels.picture import Image

CARD = 0.18
"""Reflectance of the card that a level is told for."""
LEAST_EVIDENCE = 2.0
"""A lobe without which the shading is explained less than twice as badly may be any other."""
GREY_HIDDEN_DEG = 75.0
"""A matt ball hardly shows light that falls on it from so far behind."""
NEUTRAL = 0.06
"""So far the white of a grey ball may be off, and its level, before its shading misfits."""
SHARE_ABOUT = 0.04
"""A share is told to four hundredths of all light, and to a share of its own."""


def light_of_grey(crop: Image, ball: Ball, *, reflectance: float = CARD) -> Found:
    """
    Return the light a matt grey ball was in.

    Args:
        crop: (H, W, 3) scene-linear, working space.
        ball: Its outline, and the camera that saw it.
        reflectance: Of the ball's paint, 0 to 1.
    """
    seen = samples(crop, ball)
    shading = Shading(seen.normals, seen.rgb.mean(axis=1))
    lobe = shading.lobes()[0]
    founded = evidence(lobe)
    share = share_of(lobe.share, low=0.6, high=1.7)
    if founded < LEAST_EVIDENCE:
        share = Measure(value=lobe.share, low=0.0, high=1.0)
    why = ""
    if lobe.share < CLEAR_SHARE:
        why = too_little(lobe.share)
    elif founded < LEAST_EVIDENCE:
        why = "its shading ends nowhere in view, so it does not tell where the light stands"
    white, level = lit(shading, lobe, seen.rgb, reflectance)
    key = None if why else direction(lobe.towards, _grey_within_deg(lobe))
    return Found(
        key=key,
        share=share,
        key_fill=over_fill(
            lobe.key / max(lobe.facing, 1e-6 * lobe.key),
            low=0.45 * lobe.reach**2,
            high=2.4 / lobe.reach,
        )
        if key
        else None,
        white=white,
        white_spread=white_spread(lobe),
        level=level,
        hidden=behind(ball, GREY_HIDDEN_DEG),
        none=False,
        why=why or "by the shading of the grey ball",
    )


def behind(ball: Ball, within_deg: float) -> Direction:
    """Return the cone around the line of sight, seen from the ball away from the camera."""
    x, y = ball.centre_px
    ahead = ball.pinhole.directions(np.array(x), np.array(y)) @ ball.world_from_camera.T
    return direction(unit(ahead), within_deg)


def evidence(lobe: Lobe) -> float:
    """Return how much worse the shading is explained without the lobe, over what is left."""
    worse = max(lobe.without**2 - lobe.misfit**2, 0.0)
    return math.sqrt(worse) / max(lobe.misfit, 1e-9)


def _grey_within_deg(lobe: Lobe) -> float:
    return 1.0 + 24.0 / max(evidence(lobe), 1e-9)


def share_of(value: float, *, low: float, high: float) -> Measure:
    """Return a share of all light and the interval it lies in, by two factors."""
    return Measure(
        value=value,
        low=max(value * low - SHARE_ABOUT, 0.0),
        high=min(value * high + SHARE_ABOUT, 1.0),
    )


def direction(towards: Floats, within_deg: float) -> Direction:
    """Return (3,) ``towards`` with its cone."""
    x, y, z = (float(v) for v in towards)
    return Direction(towards=(x, y, z), within_deg=within_deg)


def over_fill(ratio: float, *, low: float, high: float) -> Measure:
    """Return key to fill, 1 and more, of key over fill and the factors it lies within."""
    return Measure(value=1 + ratio, low=1 + low * ratio, high=1 + high * ratio)


def lit(
    shading: Shading, lobe: Lobe, rgb: Floats, reflectance: float
) -> tuple[tuple[float, float, float], Measure]:
    """Return white and level of the light on a surface that faces the key."""
    parts = np.stack(
        [shading.columns @ lobe.rest, np.maximum(shading.normals @ lobe.towards, 0)], axis=1
    )
    gram = parts.T @ parts
    facing = np.array(
        [
            float(np.array([lobe.facing, 1.0]) @ nonnegative(gram, parts.T @ rgb[:, i]))
            for i in range(3)
        ]
    )
    level = float(facing.mean()) * CARD / reflectance
    spread = NEUTRAL + 2 * lobe.misfit + 2 * (1 - lobe.reach) ** 2
    return _white(facing), Measure(
        value=level, low=level * math.exp(-spread), high=level * math.exp(spread)
    )


def white_spread(lobe: Lobe) -> float:
    """Return how far a white may be off: more, the less of the ball faces the key."""
    return NEUTRAL + lobe.misfit + 1.5 * (1 - lobe.reach) ** 2


def _white(rgb: Floats) -> tuple[float, float, float]:
    over = rgb / max(float(rgb[1]), 1e-300)
    return float(over[0]), 1.0, float(over[2])


def light_of_chrome(crop: Image, ball: Ball) -> Found:
    """
    Return the light a mirror ball shows.

    Args:
        crop: (H, W, 3) scene-linear, working space.
        ball: Its outline, and the camera that saw it.
    """
    shown = surroundings(crop, ball)
    found = peaks(shown)
    peak = found[0]
    energy = _energy(shown)
    share = float(peak.energy.sum()) / max(float(energy.sum()), 1e-300)
    why = ""
    if peak.clipped and share < CLEAR_SHARE:
        why = (
            "the brightest place is clipped, so how much of the light is its cannot be seen; "
            "photograph a grey ball too, or the mirror several stops darker"
        )
    elif int((shown.clipped & ~peak.inside).sum()) >= CLIPPED_PX:
        why = (
            "another place than the brightest one is clipped, so which of them is the key "
            "cannot be seen; photograph a grey ball too, or the mirror several stops darker"
        )
    elif share < CLEAR_SHARE:
        why = too_little(share)
    key = None if why else direction(peak.towards, chrome_within_deg(shown, peak))
    rest = np.maximum(without(shown.rgb, peak), 0)
    fill = irradiance(shown.towards, rest, shown.solid, peak.towards[None])[0] * math.pi
    facing = fill + peak.energy if key else energy
    ratio = float(peak.energy.sum()) / max(float(fill.sum()), 1e-300)
    return Found(
        key=key,
        share=share_of(share, low=0.75, high=math.inf if peak.clipped else 1.3),
        key_fill=over_fill(ratio, low=0.6, high=math.inf if peak.clipped else 1.9)
        if key
        else None,
        white=_white(facing),
        white_spread=0.5 if peak.clipped else NEUTRAL,
        level=None,
        hidden=behind(ball, HIDDEN_DEG),
        none=bool(why) and not shown.clipped.any(),
        why=why or "by the mirror ball",
    )


def _energy(shown: Surroundings) -> Floats:
    energy: Floats = np.maximum(shown.rgb, 0).sum(axis=0) * shown.solid
    return energy


def too_little(share: float) -> str:
    """Return why so small a share is no clear key."""
    return f"{share:.0%} of the light comes from one place, less than {CLEAR_SHARE:.0%}"
