"""
The light by a grey and a mirror ball that stood in the same light.

The mirror says where everything stands, the grey ball how strong that is (``weighed``). The key
is the strongest lobe. Its direction is read twice, off the mirror, whose outline may be drawn
half a pixel off, and off the grey ball's shading beside everything else that is known by then;
both are joined by how sure they are, and the cone never leaves either of them out. No key is
named where another place is about as strong, or where one that neither ball weighs could be;
what stands behind the balls is left to the grey ball alone, if it says where.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from seamline.pixels.light.ball import Ball, Floats
from seamline.pixels.light.balls import (
    CARD,
    behind,
    direction,
    light_of_grey,
    lit,
    over_fill,
    share_of,
    too_little,
    white_spread,
)
from seamline.pixels.light.chrome import HIDDEN_DEG, chrome_within_deg, surroundings
from seamline.pixels.light.found import CLEAR_SHARE, Direction, Found, apart_deg, unit
from seamline.pixels.light.grey import Shading, samples
from seamline.pixels.light.weighed import Weighed, facing, steered, weighed
from seamline.pixels.picture import Image

RIVAL = 0.8
"""Another place with so much of the strongest one's light may be the stronger one."""
HIDDEN_RIVAL = 0.4
LEAST_HIDDEN = CLEAR_SHARE / 2
"""The same of light from behind the balls, which is felt at their rims only; and the share of
all light that it is taken seriously from."""
STEERED_DEG, STEERED_EVIDENCE, STEERED_WIDTH = 1.0, 45.0, 0.6
"""Cone of the grey ball's direction: what remains, degrees times evidence, and how much of the
lobe's own width, within which it may be brighter on one side."""


def light_of_both(
    grey: tuple[Image, Ball], chrome: tuple[Image, Ball], *, reflectance: float = CARD
) -> Found:
    """
    Return the light by both balls.

    Args:
        grey: (H, W, 3) crop and outline of the grey ball.
        chrome: Likewise of the mirror ball; its own exposure may be another.
        reflectance: Of the grey ball's paint, 0 to 1.
    """
    seen = samples(*grey)
    shading = Shading(seen.normals, seen.rgb.mean(axis=1))
    hidden = behind(chrome[1], HIDDEN_DEG)
    found = weighed(surroundings(*chrome), shading, np.array(hidden.towards))
    share = found.key / max(found.whole, 1e-300)
    doubt, unseen = _doubt(found), _outshone(found)
    if unseen:
        alone = light_of_grey(*grey, reflectance=reflectance)
        if alone.key is not None and _from_behind(alone.key, hidden):
            return replace(alone, hidden=hidden)
    why = doubt or unseen or (too_little(share) if share < CLEAR_SHARE else "")
    key = _joined(found, shading)
    towards = np.array(key.towards)
    lobe = shading.at(towards)
    white, level = lit(shading, lobe, seen.rgb, reflectance)
    fill = max(facing(found, towards), 1e-6 * found.key)
    return Found(
        key=None if why else key,
        share=share_of(share, low=0.75, high=1.3),
        key_fill=None if why else over_fill(found.key / fill, low=0.5, high=1.9),
        white=white,
        white_spread=white_spread(lobe),
        level=level,
        hidden=hidden,
        none=share < CLEAR_SHARE and not doubt and not unseen,
        why=why or "where by the mirror ball, how strong by the grey ball",
    )


def _doubt(found: Weighed) -> str:
    """Return why another place that is shown may be the key; empty where none may."""
    rival = max((float(lobe.energy.mean()) for lobe in found.lobes[1:]), default=0.0)
    if rival > max(RIVAL * found.key, RIVAL * CLEAR_SHARE * found.whole):
        return "two places are about as strong, so neither of them is the key"
    brightest = float(found.shown.rgb.mean(axis=1).max())
    for place in found.unweighed:
        held = len(place) * found.shown.solid * brightest
        if held > max(RIVAL * found.key, CLEAR_SHARE * found.whole):
            return (
                "a place that the mirror clips stands where the grey ball does not weigh it; "
                "photograph the mirror several stops darker"
            )
    return ""


def _outshone(found: Weighed) -> str:
    """Return why the key may stand behind the balls; empty where it does not."""
    if found.hidden > max(HIDDEN_RIVAL * found.key, LEAST_HIDDEN * found.whole):
        return "much of the light comes from behind the balls, where neither shows a key"
    return ""


def _from_behind(key: Direction, hidden: Direction) -> bool:
    apart = apart_deg(np.array(key.towards), np.array(hidden.towards))
    return apart <= hidden.within_deg


def _joined(found: Weighed, shading: Shading) -> Direction:
    """Return the key by both balls: the surer one counts for more."""
    peak = found.lobes[0]
    mirrored, within = peak.towards, chrome_within_deg(found.shown, peak)
    shaded, evidence = steered(found, shading)
    other = math.hypot(
        STEERED_DEG + STEERED_EVIDENCE / max(evidence, 1e-9), STEERED_WIDTH * peak.spread_deg
    )
    if apart_deg(mirrored, shaded) > within + other:
        return direction(mirrored, within)
    towards: Floats = unit(mirrored * within**-2.0 + shaded * other**-2.0)
    apart = max(apart_deg(towards, mirrored), apart_deg(towards, shaded))
    return direction(towards, max(min(within, other), apart))
