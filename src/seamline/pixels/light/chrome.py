"""
The light by a mirror ball: a picture of everything around, but for what it hides.

Every pixel of a mirror ball holds as much of the surroundings as any other: a ball of
radius r shows 4 / r^2 steradians in each (Miller & Hoffman, Illumination and Reflection
Maps, SIGGRAPH 1984 course notes), which a lens at some distance hardly changes. The key is
the strongest lobe: most light within ten degrees, less what a ring around it says would be
there anyway. Where it is clipped its place is known, its strength is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.light.ball import Ball, Floats, Surface, mirrored, surface
from seamline.pixels.light.found import apart_deg, unit
from seamline.pixels.light.places import connected
from seamline.pixels.picture import Image

RIM, RIM_PX = 0.99, 0.7
"""Nearer the outline, pixels mix with what is behind the ball."""
LOBE_DEG, RING_DEG = 10.0, 20.0
CLIPPED_PX = 2
"""So many pixels that share the largest value exactly are clipped."""
SAFE = 8.0
"""Beyond 5.5 stops over 18 % grey a sensor may have met its limit without showing it."""
MIXED = 0.5
"""Where its limit is seen, what lies within a stop of it may hold some that met it."""
HIDDEN_DEG = 35.0
"""What stands so near to straight behind a ball is mirrored in its last pixels, or nowhere."""
CIRCLE_PX = 0.5
"""An outline drawn by hand lies by about half a pixel."""
ACROSS = 40
LOBES = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surroundings:
    """
    What a mirror ball shows.

    Attributes:
        towards: (N, 3) unit world directions.
        rgb: (N, 3) light of each, times the ball's own reflectance.
        solid: Steradians of each.
        facing: (N,) cosine between surface and view: small at the rim.
        clipped: (N,) where the sensor's limit was met, or may have been.
        places: The pixels of every connected place that is clipped, the largest first.
        radius_px: Of the ball.
        block: (N,) number of the square of the picture that a pixel is in.
    """

    towards: Floats
    rgb: Floats
    solid: float
    facing: Floats
    clipped: NDArray[np.bool_]
    places: tuple[NDArray[np.int64], ...]
    radius_px: float
    block: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Peak:
    """
    A lobe of the surroundings.

    Attributes:
        towards: (3,) where it stands.
        energy: (3,) its light times steradians, its surroundings' taken off.
        inside: (N,) which pixels lie within ``LOBE_DEG`` of it.
        around: (3,) light of the ring around it, per steradian.
        facing: Cosine between surface and view where it is mirrored.
        spread_deg: Root mean square angle of its light from its middle.
        clipped: Whether any of it is.
    """

    towards: Floats
    energy: Floats
    inside: NDArray[np.bool_]
    around: Floats
    facing: float
    spread_deg: float
    clipped: bool


def surroundings(crop: Image, ball: Ball) -> Surroundings:
    """Return what the mirror ``ball`` in ``crop`` (H, W, 3), scene-linear, shows."""
    seen = surface(crop, ball, rim=min(RIM, 1 - RIM_PX / ball.radius_px))
    clipped = _clipped(seen.rgb.max(axis=1))
    at = np.floor(seen.place_px + ball.radius_px).astype(np.int64)
    return Surroundings(
        towards=mirrored(seen),
        rgb=seen.rgb,
        solid=4.0 / ball.radius_px**2,
        facing=(seen.normals * seen.seen_from).sum(axis=1),
        clipped=clipped,
        places=connected(at[:, 0], at[:, 1], clipped),
        radius_px=ball.radius_px,
        block=_squares(seen, ball),
    )


def _clipped(largest: Floats) -> NDArray[np.bool_]:
    """Return (N,) what met the limit: it, and what may hide it, by the largest channel."""
    most = float(largest.max(initial=0.0))
    clipped: NDArray[np.bool_] = largest >= most * (1 - 1e-6)
    if int(clipped.sum()) < CLIPPED_PX:
        return largest > SAFE
    return clipped | (largest > max(SAFE, MIXED * most))


def _squares(seen: Surface, ball: Ball) -> NDArray[np.int64]:
    side = max(2 * ball.radius_px / ACROSS, 1.0)
    at = np.floor((seen.place_px + ball.radius_px) / side).astype(np.int64)
    _, number = np.unique(at[:, 1] * (4 * ACROSS) + at[:, 0], return_inverse=True)
    return np.asarray(number, np.int64)


def _gathered(shown: Surroundings) -> tuple[Floats, Floats]:
    """Return (M, 3) directions and (M,) light of squares of the picture; none is lost."""
    light = np.maximum(shown.rgb.mean(axis=1), 1e-12)
    sums = [np.bincount(shown.block, shown.towards[:, i] * light) for i in range(3)]
    towards = np.stack(sums, axis=1)
    held: Floats = np.bincount(shown.block, light).astype(np.float64)
    return towards / np.linalg.norm(towards, axis=1, keepdims=True), held


def peaks(shown: Surroundings) -> list[Peak]:
    """Return the lobes of the surroundings, the strongest first."""
    light = np.maximum(shown.rgb.mean(axis=1), 0)
    towards, left = _gathered(shown)
    near = towards @ towards.T > math.cos(math.radians(LOBE_DEG))
    found: list[Peak] = []
    for _ in range(LOBES):
        held = near @ left
        best = int(held.argmax())
        if held[best] <= 0:
            break
        peak = _peak(shown, light, towards[best])
        if all(apart_deg(peak.towards, other.towards) > LOBE_DEG for other in found):
            found.append(peak)
        gone = towards @ peak.towards > math.cos(math.radians(RING_DEG))
        left = np.where(gone | near[best], 0, left)
    return sorted(found, key=lambda peak: -float(peak.energy.sum()))


def without(rgb: Floats, peak: Peak) -> Floats:
    """Return (N, 3) surroundings as if the lobe were as bright as its ring."""
    rest: Floats = np.where(peak.inside[:, None], np.minimum(rgb, peak.around), rgb)
    return rest


def chrome_within_deg(shown: Surroundings, peak: Peak) -> float:
    """Return the cone of a mirrored lobe: its outline's error, seen twice, and its width."""
    tilt = 2 * math.degrees(CIRCLE_PX / shown.radius_px) / max(peak.facing, 0.05)
    return 2.0 * math.hypot(tilt, 0.6 * peak.spread_deg)


def irradiance(towards: Floats, rgb: Floats, solid: float, normals: Floats) -> Floats:
    """Return (M, 3): light on surfaces with (M, 3) ``normals``, over pi."""
    light = np.zeros((len(normals), 3))
    for first in range(0, len(towards), 4096):
        part = slice(first, first + 4096)
        light += np.maximum(normals @ towards[part].T, 0) @ rgb[part]
    return light * (solid / math.pi)


def _within(shown: Surroundings, towards: Floats, reach_deg: float) -> NDArray[np.bool_]:
    near: NDArray[np.bool_] = shown.towards @ towards > math.cos(math.radians(reach_deg))
    return near


def _peak(shown: Surroundings, light: Floats, towards: Floats) -> Peak:
    for _ in range(12):
        around, inside, _ = _ring(shown, light, towards)
        weight = np.where(inside, np.maximum(light - around, 0), 0)
        if float(weight.sum()) <= 0:
            break
        moved = unit((shown.towards * weight[:, None]).sum(0))
        settled = float(np.linalg.norm(moved - towards)) < 1e-5
        towards = moved
        if settled:
            break
    around, inside, ring = _ring(shown, light, towards)
    ring_rgb = np.array([float(np.median(shown.rgb[ring, i])) for i in range(3)])
    energy = (np.maximum(shown.rgb - ring_rgb, 0) * inside[:, None]).sum(0) * shown.solid
    weight = np.where(inside, np.maximum(light - around, 0), 0)
    aside = 2 * (1 - shown.towards @ towards)
    spread = math.sqrt(float((weight * aside).sum()) / max(float(weight.sum()), 1e-300))
    nearest = int((shown.towards @ towards).argmax())
    return Peak(
        towards=towards,
        energy=energy,
        inside=inside,
        around=ring_rgb,
        facing=float(shown.facing[nearest]),
        spread_deg=math.degrees(spread),
        clipped=bool(shown.clipped[inside].any()),
    )


def _ring(
    shown: Surroundings, light: Floats, towards: Floats
) -> tuple[float, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the light around a lobe, which pixels are the lobe's, and which the ring's."""
    inside = _within(shown, towards, LOBE_DEG)
    ring = _within(shown, towards, RING_DEG) & ~inside
    if not ring.any():
        ring = ~inside
    return float(np.median(light[ring])), inside, ring
