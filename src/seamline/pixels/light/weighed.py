"""
A mirror ball's surroundings, weighed by a grey ball that stood in the same light.

The mirror shows where light comes from, but not how much of it where its sensor clipped, and
nothing of what stands behind the ball. The grey ball's shading is the sum over all of it. So
the shading is explained by what the mirror shows, at one exposure; by more light from every
connected place that is clipped, evenly over it; and by lights behind the balls. None of them
is negative, and what is shown is the least that is there. A clipped place whose light hardly
reaches what is seen of the grey ball is left as it shows, and said to be unweighed.

Energies are radiance times steradians in the grey ball's own exposure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.light.ball import Floats
from seamline.pixels.light.chrome import (
    HIDDEN_DEG,
    Peak,
    Surroundings,
    irradiance,
    peaks,
    without,
)
from seamline.pixels.light.found import spread_over_the_sphere, unit
from seamline.pixels.light.grey import FRUGAL, LIGHTS, Shading, one_light
from seamline.pixels.light.nonnegative import nonnegative

Places = tuple[NDArray[np.int64], ...]
LEAST_REACH = 0.2
"""A light that falls at more than 78 degrees everywhere in view may have any strength."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighed:
    """
    What is around both balls.

    Attributes:
        shown: The mirror's surroundings, in the grey ball's exposure, clipped places as bright
            as its shading asks for.
        lobes: Of these, the strongest first.
        hidden: Energy from behind the balls.
        whole: All energy.
        unweighed: Clipped places that the grey ball does not tell the strength of.
        rest: (N,) shading by all but the strongest lobe.
    """

    shown: Surroundings
    lobes: list[Peak]
    hidden: float
    whole: float
    unweighed: Places
    rest: Floats

    @property
    def key(self) -> float:
        """Energy of the strongest lobe."""
        return float(self.lobes[0].energy.mean())


def weighed(shown: Surroundings, shading: Shading, behind: Floats) -> Weighed:
    """
    Return the surroundings with clipped places as strong as the shading asks for.

    Args:
        shown: By the mirror ball.
        shading: Of the grey ball.
        behind: (3,) unit: from the balls away from the camera.
    """
    freed, left = _reaching(shown, shading)
    unseen = _behind(shading, behind)
    bright = np.maximum(shown.rgb, 0)
    columns = np.stack(
        [
            math.pi * _shades(shown, bright, shading),
            *(_clamped(shading, shown.towards[p]).mean(axis=1) for p in freed),
            *_clamped(shading, unseen).T,
        ],
        axis=1,
    )
    weights = _explained(columns, shading.light)
    scale, more = float(weights[0]), weights[1 : 1 + len(freed)]
    rgb = bright * scale
    for place, energy in zip(freed, more, strict=True):
        rgb[place] += energy / len(place) / shown.solid
    complete = replace(shown, rgb=rgb)
    lobes = peaks(complete)
    beyond = weights[1 + len(freed) :]
    hidden = float(beyond.sum())
    rest = math.pi * _shades(complete, np.maximum(without(rgb, lobes[0]), 0), shading)
    return Weighed(
        shown=complete,
        lobes=lobes,
        hidden=hidden,
        whole=float(rgb.mean(axis=1).sum()) * shown.solid + hidden,
        unweighed=left,
        rest=rest + _clamped(shading, unseen) @ beyond,
    )


def steered(found: Weighed, shading: Shading) -> tuple[Floats, float]:
    """
    Return (3,) where the grey ball sees the strongest lobe beside all the rest, and how surely.

    How surely is its shading over what is left unexplained, both root mean square.
    """
    left = shading.light - found.rest
    key = one_light(shading.normals, left, found.lobes[0].towards * found.key)
    part = np.maximum(shading.normals @ key, 0)
    misfit = float(np.sqrt(((left - part) ** 2).mean()))
    return unit(key), float(np.sqrt((part**2).mean())) / max(misfit, 1e-300)


def facing(found: Weighed, towards: Floats) -> float:
    """Return the light of everything seen but the strongest lobe on a surface facing it."""
    rest = np.maximum(without(found.shown.rgb, found.lobes[0]), 0).mean(axis=1, keepdims=True)
    light = irradiance(found.shown.towards, rest, found.shown.solid, towards[None])
    return math.pi * float(light[0, 0])


def _reaching(shown: Surroundings, shading: Shading) -> tuple[Places, Places]:
    """Return the clipped places that the grey ball can weigh, and the others."""
    freed: list[NDArray[np.int64]] = []
    left: list[NDArray[np.int64]] = []
    for place in shown.places:
        middle = unit(shown.towards[place].mean(axis=0))
        reaches = float((shading.normals @ middle).max()) > LEAST_REACH
        (freed if reaches else left).append(place)
    return tuple(freed), tuple(left)


def _behind(shading: Shading, behind: Floats) -> Floats:
    """Return (K, 3) directions that the mirror does not show and the grey ball feels."""
    lights = spread_over_the_sphere(LIGHTS)
    lights = lights[lights @ behind > math.cos(math.radians(HIDDEN_DEG))]
    felt: Floats = lights[(shading.normals @ lights.T).max(axis=0) > LEAST_REACH]
    return felt


def _clamped(shading: Shading, towards: Floats) -> Floats:
    found: Floats = np.maximum(shading.normals @ towards.T, 0)
    return found


def _shades(shown: Surroundings, rgb: Floats, shading: Shading) -> Floats:
    """Return (N,) light on the grey ball's normals, over pi."""
    grey = rgb.mean(axis=1, keepdims=True)
    return irradiance(shown.towards, grey, shown.solid, shading.normals)[:, 0]


def _explained(columns: Floats, light: Floats) -> Floats:
    """Return weights >= 0; all but the first cost a little, so that no light is made up."""
    cost = np.full(columns.shape[1], FRUGAL * float(light.sum()))
    cost[0] = 0.0
    return nonnegative(columns.T @ columns, columns.T @ light - cost)
