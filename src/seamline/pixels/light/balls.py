"""
The light that balls were in: by a grey ball, by a mirror ball, or by both.

A grey ball knows how strong the key is, and where it stands if its shading ends somewhere
in view. A mirror ball knows where everything stands, and how strong it is unless the sensor
clipped it. Together the mirror says where and the grey ball says how strong.

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
from seamline.pixels.light.grey import LEAST_REACH, Lobe, Shading, samples
from seamline.pixels.light.nonnegative import nonnegative
from seamline.pixels.picture import Image

CARD = 0.18
"""Reflectance of the card that a level is told for."""
LEAST_EVIDENCE = 2.0
"""A lobe without which the shading is explained less than twice as badly may be any other."""
AGREE_DEG = 10.0
"""Nearer to one another, grey and mirror ball speak of the same light."""
GREY_HIDDEN_DEG = 75.0
"""A matt ball hardly shows light that falls on it from so far behind."""
CIRCLE_PX = 0.5
"""An outline drawn by hand lies by about half a pixel."""
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
    share = _share(lobe.share, low=0.6, high=1.7)
    if founded < LEAST_EVIDENCE:
        share = Measure(value=lobe.share, low=0.0, high=1.0)
    why = ""
    if lobe.share < CLEAR_SHARE:
        why = _too_little(lobe.share)
    elif founded < LEAST_EVIDENCE:
        why = "its shading ends nowhere in view, so it does not tell where the light stands"
    white, level = _lit(shading, lobe, seen.rgb, reflectance)
    key = None if why else _direction(lobe.towards, _grey_within_deg(lobe))
    return Found(
        key=key,
        share=share,
        key_fill=_over_fill(
            lobe.key / max(lobe.facing, 1e-6 * lobe.key),
            low=0.45 * lobe.reach**2,
            high=2.4 / lobe.reach,
        )
        if key
        else None,
        white=white,
        white_spread=_white_spread(lobe),
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
    spread = NEUTRAL + 2 * lobe.misfit + 2 * (1 - lobe.reach) ** 2
    return _white(facing), Measure(
        value=level, low=level * math.exp(-spread), high=level * math.exp(spread)
    )


def _white_spread(lobe: Lobe) -> float:
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
        why = _too_little(share)
    key = None if why else _direction(peak.towards, chrome_within_deg(shown, peak))
    rest = np.maximum(_without(shown.rgb, peak), 0)
    fill = irradiance(shown.towards, rest, shown.solid, peak.towards[None])[0] * math.pi
    facing = fill + peak.energy if key else energy
    ratio = float(peak.energy.sum()) / max(float(fill.sum()), 1e-300)
    return Found(
        key=key,
        share=_share(share, low=0.75, high=math.inf if peak.clipped else 1.3),
        key_fill=_over_fill(ratio, low=0.6, high=math.inf if peak.clipped else 1.9)
        if key
        else None,
        white=_white(facing),
        white_spread=0.5 if peak.clipped else NEUTRAL,
        level=None,
        hidden=_behind(ball, HIDDEN_DEG),
        none=bool(why) and not shown.clipped.any(),
        why=why or "by the mirror ball",
    )


def chrome_within_deg(shown: Surroundings, peak: Peak) -> float:
    """Return the cone of a mirrored lobe: its outline's error, seen twice, and its width."""
    tilt = 2 * math.degrees(CIRCLE_PX / shown.radius_px) / max(peak.facing, 0.05)
    return 2.0 * math.hypot(tilt, 0.6 * peak.spread_deg)


def _energy(shown: Surroundings) -> Floats:
    energy: Floats = np.maximum(shown.rgb, 0).sum(axis=0) * shown.solid
    return energy


def _without(rgb: Floats, peak: Peak) -> Floats:
    """Return (N, 3) surroundings as if the lobe were as bright as its ring."""
    rest: Floats = np.where(peak.inside[:, None], np.minimum(rgb, peak.around), rgb)
    return rest


def _too_little(share: float) -> str:
    return f"{share:.0%} of the light comes from one place, less than {CLEAR_SHARE:.0%}"


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
    shown = surroundings(*chrome)
    shading = Shading(seen.normals, seen.rgb.mean(axis=1))
    peak, share, ratio = _strongest(shown, shading)
    lobe = shading.at(peak.towards)
    white, level = _lit(shading, lobe, seen.rgb, reflectance)
    why = _too_little(share) if share < CLEAR_SHARE else ""
    return Found(
        key=None if why else _joined(shown, peak, shading),
        share=_share(share, low=0.75, high=1.3),
        key_fill=None if why else _over_fill(ratio, low=0.5, high=1.9),
        white=white,
        white_spread=_white_spread(lobe),
        level=level,
        hidden=_behind(chrome[1], HIDDEN_DEG),
        none=bool(why),
        why=why or "where by the mirror ball, how strong by the grey ball",
    )


def _strongest(shown: Surroundings, shading: Shading) -> tuple[Peak, float, float]:
    """
    Return the strongest lobe, its share of all light, and its light over its fill.

    A lobe that the mirror shows unclipped is as strong as it shows. One that may be
    clipped, and falls on some of the grey ball that is in view, is as strong as
    that ball's shading asks for; the rest of the surroundings keeps its proportions.
    """
    lobes = peaks(shown)
    reach = [float((shading.normals @ peak.towards).max()) for peak in lobes]
    freed = [p for p, at in zip(lobes, reach, strict=True) if p.clipped and at > LEAST_REACH]
    rest = shown.rgb
    for peak in freed:
        rest = _without(rest, peak)
    rest = np.maximum(rest, 0)
    places = np.concatenate([shading.normals, np.stack([p.towards for p in lobes])])
    ambient = irradiance(shown.towards, rest, shown.solid, places).mean(axis=1)
    count = len(shading.normals)
    parts = np.stack(
        [ambient[:count], *(np.maximum(shading.normals @ p.towards, 0) for p in freed)], axis=1
    )
    weights = nonnegative(parts.T @ parts, parts.T @ shading.light)
    scale = float(weights[0]) / math.pi
    strong = {id(p): float(w) for p, w in zip(freed, weights[1:], strict=True)}
    energy = [strong.get(id(p), scale * float(p.energy.mean())) for p in lobes]
    whole = scale * float(rest.mean(axis=1).sum()) * shown.solid + sum(strong.values())
    best = int(np.argmax(energy))
    peak = lobes[best]
    facing = float(weights[0]) * float(ambient[count + best])
    facing += sum(
        weight * max(float(p.towards @ peak.towards), 0.0)
        for p, weight in zip(freed, weights[1:], strict=True)
    )
    fill = max(facing - energy[best], 1e-6 * facing)
    return peak, energy[best] / max(whole, 1e-300), energy[best] / max(fill, 1e-300)


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
    return _direction(towards, 1.3 * min(within, other))
