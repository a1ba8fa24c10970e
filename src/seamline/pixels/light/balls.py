"""
The light that balls were in: by a grey ball, by a mirror ball, or by both.

A grey ball knows how strong the key is, and where it stands if its shading ends somewhere
in view. A mirror ball knows where everything stands, and how strong it is unless the sensor
clipped it. Together the mirror says where and the grey ball says how strong.

Intervals are from errors measured on rendered balls (``benchmarks/quality/light.py`` says on
which skies): for each reading a size is worked out from what it rests on, and the factor in
front of it is such that nineteen in twenty of those balls lay within.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from seamline.pixels.light.ball import Ball, Floats
from seamline.pixels.light.chrome import (
    HIDDEN_DEG,
    Peak,
    Surroundings,
    irradiance,
    peaks,
    surroundings,
)
from seamline.pixels.light.found import (
    CLEAR_SHARE,
    Direction,
    Found,
    Measure,
    apart_deg,
    unit,
)
from seamline.pixels.light.grey import Lobe, Shading, samples
from seamline.pixels.light.nonnegative import nonnegative
from seamline.pixels.picture import Image

CARD = 0.18
LEAST_EVIDENCE = 2.0
AGREE_DEG = 10.0
"""Nearer to one another, grey and mirror ball speak of the same light."""
GREY_HIDDEN_DEG = 75.0
"""A matt ball hardly shows light that falls on it from so far behind."""
CIRCLE_PX = 0.5
"""An outline drawn by hand lies by about half a pixel."""
NEUTRAL = 0.04
"""So far the white of a grey ball may be off, and its level, before its shading misfits."""
SHARE_ABOUT = 0.04


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
    share = _share(lobe.share, low=0.6, high=1.7)
    if founded < LEAST_EVIDENCE:
        share = Measure(value=lobe.share, low=0.0, high=1.0)
    why = ""
    if lobe.share < CLEAR_SHARE:
        why = f"{lobe.share:.0%} of the light comes from one place, less than {CLEAR_SHARE:.0%}"
    elif founded < LEAST_EVIDENCE:
        why = "its shading ends nowhere in view, so it does not tell where the light stands"
    white, level = _lit(shading, lobe, seen.rgb, reflectance)
    key = None if why else _direction(lobe.towards, _grey_within_deg(lobe))
    return Found(
        key=key,
        share=share,
        key_fill=_over_fill(lobe.key / max(lobe.facing, 1e-6 * lobe.key), low=0.45, high=2.4)
        if key
        else None,
        white=white,
        white_spread=NEUTRAL + lobe.misfit,
        level=level,
        hidden=_behind(ball, GREY_HIDDEN_DEG),
        none=False,
        why=why or "by the shading of the grey ball",
    )


def _behind(ball: Ball, within_deg: float) -> Direction:
    """Return the cone around the line of sight, seen from the ball away from the camera."""
    x, y = ball.centre_px
    ahead = ball.pinhole.directions(np.array(x), np.array(y)) @ ball.world_from_camera.T
    return _direction(unit(ahead), within_deg)


def evidence(lobe: Lobe) -> float:
    """Return how much worse the shading is explained without the lobe, over what is left."""
    worse = max(lobe.without**2 - lobe.misfit**2, 0.0)
    return math.sqrt(worse) / max(lobe.misfit, 1e-9)


def _grey_within_deg(lobe: Lobe) -> float:
    return 1.0 + 24.0 / max(evidence(lobe), 1e-9)


def _share(value: float, *, low: float, high: float) -> Measure:
    return Measure(
        value=value,
        low=max(value * low - SHARE_ABOUT, 0.0),
        high=min(value * high + SHARE_ABOUT, 1.0),
    )


def _direction(towards: Floats, within_deg: float) -> Direction:
    x, y, z = (float(v) for v in towards)
    return Direction(towards=(x, y, z), within_deg=within_deg)


def _over_fill(ratio: float, *, low: float, high: float) -> Measure:
    """Return key to fill, 1 and more, of key over fill and the factors it lies within."""
    return Measure(value=1 + ratio, low=1 + low * ratio, high=1 + high * ratio)


def _lit(
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
    spread = NEUTRAL + 2 * lobe.misfit
    return _white(facing), Measure(
        value=level, low=level * math.exp(-spread), high=level * math.exp(spread)
    )


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
    elif share < CLEAR_SHARE:
        why = f"{share:.0%} of the light comes from one place, less than {CLEAR_SHARE:.0%}"
    key = None if why else _direction(peak.towards, chrome_within_deg(shown, peak))
    rest = _without(shown, peak)
    fill = irradiance(shown.towards, rest, shown.solid, peak.towards[None])[0] * math.pi
    facing = fill + peak.energy if key else energy
    ratio = float(peak.energy.sum()) / max(float(fill.sum()), 1e-300)
    return Found(
        key=key,
        share=_share(share, low=0.75, high=math.inf if peak.clipped else 1.3),
        key_fill=_over_fill(ratio, low=0.75, high=math.inf if peak.clipped else 1.4)
        if key
        else None,
        white=_white(facing),
        white_spread=0.5 if peak.clipped else NEUTRAL,
        level=None,
        hidden=_behind(ball, HIDDEN_DEG),
        none=bool(why) and not peak.clipped,
        why=why or "by the mirror ball",
    )


def chrome_within_deg(shown: Surroundings, peak: Peak) -> float:
    """Return the cone of a mirrored lobe: its outline's error, seen twice, and its width."""
    tilt = 2 * math.degrees(CIRCLE_PX / shown.radius_px) / max(peak.facing, 0.05)
    return 1.5 * math.hypot(tilt, 0.6 * peak.spread_deg)


def _energy(shown: Surroundings) -> Floats:
    energy: Floats = np.maximum(shown.rgb, 0).sum(axis=0) * shown.solid
    return energy


def _without(shown: Surroundings, peak: Peak) -> Floats:
    """Return (N, 3) the surroundings as if the lobe were as bright as its ring."""
    rest: Floats = np.where(peak.inside[:, None], np.minimum(shown.rgb, peak.around), shown.rgb)
    return np.maximum(rest, 0)


def light_of_both(
    grey: tuple[Image, Ball], chrome: tuple[Image, Ball], *, reflectance: float = CARD
) -> Found:
    """
    Return the light by a grey and a mirror ball that stood in the same light.

    Args:
        grey: (H, W, 3) crop and outline of the grey ball.
        chrome: Likewise of the mirror ball; its own exposure may be another.
        reflectance: Of the grey ball's paint, 0 to 1.
    """
    seen = samples(*grey)
    light = seen.rgb.mean(axis=1)
    shown = surroundings(*chrome)
    ways = [_parted(shown, peak, seen.normals, light) for peak in peaks(shown)]
    # A lobe that is no key explains the shading too, while the key is in the surroundings.
    limit = 1.25 * min(way.misfit for way in ways) + 0.002
    parted = max((way for way in ways if way.misfit <= limit), key=lambda way: way.share)
    shading = Shading(seen.normals, light)
    lobe = shading.at(parted.peak.towards)
    white, level = _lit(shading, lobe, seen.rgb, reflectance)
    fill = parted.ambient_facing * float(parted.weights[0])
    ratio = float(parted.weights[1]) / max(fill, 1e-300)
    why = ""
    if parted.share < CLEAR_SHARE:
        why = (
            f"{parted.share:.0%} of the light comes from one place, less than {CLEAR_SHARE:.0%}"
        )
    return Found(
        key=None if why else _joined(shown, parted.peak, shading),
        share=_share(parted.share, low=0.75, high=1.3),
        key_fill=None if why else _over_fill(ratio, low=0.65, high=1.4),
        white=white,
        white_spread=NEUTRAL + lobe.misfit,
        level=level,
        hidden=_behind(chrome[1], HIDDEN_DEG),
        none=bool(why),
        why=why or "where by the mirror ball, how strong by the grey ball",
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Parted:
    """
    A grey ball's light as one mirrored lobe and everything else.

    Attributes:
        peak: The lobe.
        share: Of its energy.
        parts: (N, 2) what everything else, and the lobe, give to each place.
        weights: (2,) how much of each.
        ambient_facing: What everything else gives to a surface facing the lobe.
        misfit: Root mean square of what is left of the shading, over its mean.
    """

    peak: Peak
    share: float
    parts: Floats
    weights: Floats
    ambient_facing: float
    misfit: float


def _parted(shown: Surroundings, peak: Peak, normals: Floats, light: Floats) -> _Parted:
    rest = _without(shown, peak)
    places = np.concatenate([normals, peak.towards[None]])
    ambient = irradiance(shown.towards, rest, shown.solid, places).mean(axis=1)
    parts = np.stack([ambient[:-1], np.maximum(normals @ peak.towards, 0)], axis=1)
    weights = nonnegative(parts.T @ parts, parts.T @ light)
    left = light - parts @ weights
    energy = float(weights[0] * rest.mean(axis=1).sum() * shown.solid / math.pi)
    return _Parted(
        peak=peak,
        share=float(weights[1]) / max(float(weights[1]) + energy, 1e-300),
        parts=parts,
        weights=weights,
        ambient_facing=float(ambient[-1]),
        misfit=float(np.sqrt((left**2).mean())) / max(float(light.mean()), 1e-300),
    )


def _joined(shown: Surroundings, peak: Peak, shading: Shading) -> Direction:
    """Return the key by both balls: where they agree, the surer one counts for more."""
    within = chrome_within_deg(shown, peak)
    lobe = min(shading.lobes(), key=lambda lobe: apart_deg(lobe.towards, peak.towards))
    founded = evidence(lobe)
    other = _grey_within_deg(lobe)
    if founded < LEAST_EVIDENCE or apart_deg(lobe.towards, peak.towards) > AGREE_DEG:
        return _direction(peak.towards, within)
    ours, theirs = within**-2.0, other**-2.0
    towards = unit(peak.towards * ours + lobe.towards * theirs)
    # Both err together where a lobe has no clear middle, so they do not make each other sure.
    return _direction(towards, min(within, other))
