"""
The light by a grey ball: matt, neutral, of known reflectance.

Two readings of the same shading. A dictionary of some hundred lights all around and six
soft half-skies, none of them negative, says how the energy is spread; a single clamped
cosine over a linear ambient says where one hard light stands. Where the strongest lobe
holds much of the energy it is fitted again for itself, as one clamped cosine on top of
all the other lights.

Source: Lambert's law; R. Ramamoorthi & P. Hanrahan, On the relationship between radiance
and irradiance (J. Opt. Soc. Am. A 18, 2001): a matt ball hardly tells fine detail of a sky,
which is why lights near the strongest count with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.light.ball import Ball, Floats, Surface, blocks, surface
from seamline.pixels.light.found import spread_over_the_sphere, unit
from seamline.pixels.light.nonnegative import nonnegative
from seamline.pixels.picture import Image

RIM, RIM_PX = 0.96, 2.0
"""Nearer the outline, pixels mix with what is behind the ball."""
ACROSS = 30
LIGHTS = 500
LOBE_DEG, NEAR_DEG = 15.0, 12.0
"""Lights within 15 degrees of the strongest are one lobe; it is found within 12."""
GAP_DEG = 22.0
"""A light that is real cannot be replaced by others at least so far from it."""
CANDIDATES = 2
SOFT = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1.0]])
SOFT_WEIGHT = 30.0
ROUNDS = 2
LEAST_REACH = 0.5
"""A light of the dictionary falls at no more than 60 degrees somewhere in view."""
FRUGAL = 1e-5
"""Of two explanations the one with less light holds: what a unit of energy costs, as a share
of all the shading."""
FEWEST_LIT = 12
"""A light behind the ball that reaches fewer places cannot be placed any better."""
ENOUGH = 1e-10
"""A light counts if it explains a ten-thousandth of the shading (root mean square)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lobe:
    """
    One light of a grey ball's shading, and what the rest of it is.

    Attributes:
        towards: (3,) where it stands.
        share: Its energy over that of all lights.
        key: Its light on a surface that faces it.
        facing: The light of all others on that surface.
        misfit: Root mean square of what is left of the shading, over its mean.
        without: The same when no light may stand within ``GAP_DEG`` of it.
        reach: Cosine at which its light falls where it falls straightest in view.
        rest: (L + 6,) weights of the other lights.
    """

    towards: Floats
    share: float
    key: float
    facing: float
    misfit: float
    without: float
    reach: float
    rest: Floats


def samples(crop: Image, ball: Ball) -> Surface:
    """Return some hundred averaged places of a grey ball, rim left out."""
    rim = min(RIM, 1 - RIM_PX / ball.radius_px)
    return blocks(surface(crop, ball, rim=rim), ball, across=ACROSS)


class Shading:
    """
    Lights that explain a matt ball's shading.

    Args:
        normals: (N, 3) unit, world.
        light: (N,) luminance there, over that of a white surface: irradiance over pi
            times the reflectance, in any one unit.
    """

    def __init__(self, normals: Floats, light: Floats) -> None:
        self.normals, self.light = normals, light
        self.lights = spread_over_the_sphere(LIGHTS)
        soft = (1 + normals @ SOFT.T) / 2 * SOFT_WEIGHT
        self.columns = np.concatenate([np.maximum(normals @ self.lights.T, 0), soft], axis=1)
        self._gram = self.columns.T @ self.columns
        self._enough = ENOUGH * float(light @ light)
        # Light from straight behind reaches the last pixels only, and would be given any
        # strength to explain them.
        self._seen: NDArray[np.bool_] = self.columns.max(axis=0) > LEAST_REACH
        self._right = self.columns.T @ light - FRUGAL * float(light.sum())
        self.weights = self._explained(self._seen, np.zeros(len(self._gram)))
        self.single = single_light(normals, light)

    def lobes(self) -> list[Lobe]:
        """Return the lights that may be the key, the best founded first."""
        left = self.weights[:LIGHTS].copy()
        near = self.lights @ self.lights.T > math.cos(math.radians(NEAR_DEG))
        starts = [self.single * float(self.light.mean())]
        for _ in range(CANDIDATES):
            held = near @ left
            best = int(held.argmax())
            if held[best] <= 0:
                break
            lobe = self.lights @ self.lights[best] > math.cos(math.radians(LOBE_DEG))
            starts.append(((left * lobe)[:, None] * self.lights).sum(0))
            left[lobe] = 0
        found = [self._lobe(start) for start in starts]
        return sorted(found, key=lambda lobe: lobe.misfit - lobe.without)

    def _lobe(self, start: Floats) -> Lobe:
        towards, rest = unit(start), self.weights
        strength = float(np.linalg.norm(start))
        for _ in range(ROUNDS):
            rest, strength = self._beside(towards, rest, LOBE_DEG)
            key = one_light(self.normals, self.light - self.columns @ rest, towards * strength)
            towards = unit(key)
        return self.at(towards, rest)

    def at(self, towards: Floats, before: Floats | None = None) -> Lobe:
        """Return the light that stands at (3,) ``towards``, beside all others."""
        first = self.weights if before is None else before
        rest, strength = self._beside(towards, first, GAP_DEG)
        gone = self._explained(self._away(towards, GAP_DEG), rest)
        energy = float(rest[:LIGHTS].sum() + 2 * SOFT_WEIGHT * rest[LIGHTS:].sum())
        facing = np.concatenate(
            [np.maximum(self.lights @ towards, 0), (1 + SOFT @ towards) / 2 * SOFT_WEIGHT]
        )
        return Lobe(
            towards=towards,
            share=strength / max(strength + energy, 1e-300),
            key=strength,
            facing=float(facing @ rest),
            misfit=self._misfit(self.columns @ rest + self._shines(towards * strength)),
            without=self._misfit(self.columns @ gone),
            reach=max(float((self.normals @ towards).max()), 0.1),
            rest=rest,
        )

    def _away(self, towards: Floats, least_deg: float) -> NDArray[np.bool_]:
        """Return (L + 6,) which lights stand farther than that from ``towards``."""
        far = self.lights @ towards <= math.cos(math.radians(least_deg))
        return np.concatenate([far, np.ones(len(SOFT), bool)]) & self._seen

    def _beside(
        self, towards: Floats, before: Floats, least_deg: float
    ) -> tuple[Floats, float]:
        """Return (L + 6,) weights of the other lights, and the key's if it stands there."""
        at = np.flatnonzero(self._away(towards, least_deg))
        key = self._shines(towards)
        across = self.columns[:, at].T @ key
        gram = np.empty((len(at) + 1, len(at) + 1))
        gram[:-1, :-1] = self._gram[np.ix_(at, at)]
        gram[:-1, -1] = gram[-1, :-1] = across
        gram[-1, -1] = key @ key
        right = np.r_[self._right[at], key @ self.light - FRUGAL * float(self.light.sum())]
        found = nonnegative(gram, right, enough=self._enough, start=np.r_[before[at], 0.0])
        rest = np.zeros(len(before))
        rest[at] = found[:-1]
        return rest, float(found[-1])

    def _shines(self, key: Floats) -> Floats:
        return np.maximum(self.normals @ key, 0)

    def _misfit(self, told: Floats) -> float:
        left = self.light - told
        return float(np.sqrt((left**2).mean())) / max(float(self.light.mean()), 1e-300)

    def _explained(self, allowed: NDArray[np.bool_], before: Floats) -> Floats:
        """Return (L + 6,) weights of ``allowed`` lights that explain the shading."""
        at = np.flatnonzero(allowed)
        weights = np.zeros(len(allowed))
        weights[at] = nonnegative(
            self._gram[np.ix_(at, at)],
            self._right[at],
            enough=self._enough,
            start=before[at],
        )
        return weights


def one_light(normals: Floats, light: Floats, start: Floats) -> Floats:
    """Return (3,) the key whose clamped cosine explains ``light`` best, from ``start`` on."""
    key = start
    for _ in range(8):
        lit = normals @ key > 0
        if int(lit.sum()) < FEWEST_LIT:
            break
        part = normals[lit]
        gram = part.T @ part
        gram += 1e-6 * np.trace(gram) / 3 * np.eye(3)
        step = np.linalg.solve(gram, part.T @ (light[lit] - part @ key))
        key = key + step
        if float(np.linalg.norm(step)) < 1e-6 * float(np.linalg.norm(key)):
            break
    return key


def single_light(normals: Floats, light: Floats) -> Floats:
    """
    Return (3,) unit: one hard light over a linear ambient, robust, from seven starts.

    Fits light = a + b . n + max(0, n . l) by reweighted Gauss-Newton steps with the weights
    of a soft L1 loss, five hundredths of the mean being far off.
    """
    scale = max(float(light.mean()), 1e-300)
    told = light / scale
    terms = np.c_[normals, np.ones(len(normals))]
    plain: Floats = np.linalg.lstsq(terms, told, rcond=None)[0][:3].astype(np.float64)
    best, least = unit(plain), math.inf
    for start in [unit(plain), *SOFT]:
        found, cost = _clamped(normals, told, 0.7 * start)
        if cost < least:
            best, least = unit(found), cost
    return best


def _clamped(normals: Floats, told: Floats, key: Floats) -> tuple[Floats, float]:
    answer = np.r_[0.3, 0.0, 0.0, 0.0, key]
    cost = math.inf
    for _ in range(25):
        lit = (normals @ answer[4:] > 0)[:, None]
        slopes = np.concatenate([np.ones((len(told), 1)), normals, normals * lit], axis=1)
        left = told - slopes @ answer
        weight = 1 / np.sqrt(1 + (left / 0.05) ** 2)
        cost = float((np.sqrt(1 + (left / 0.05) ** 2) - 1).sum())
        gram = slopes.T @ (slopes * weight[:, None])
        gram += 1e-4 * len(told) * np.diag([0, 1.0, 1, 1, 0, 0, 0]) + 1e-9 * np.eye(7)
        step = np.linalg.solve(
            gram, slopes.T @ (left * weight) - 1e-4 * len(told) * np.r_[0, answer[1:4], 0, 0, 0]
        )
        answer = answer + step
        if float(np.abs(step).max()) < 1e-5:
            break
    return answer[4:], cost
