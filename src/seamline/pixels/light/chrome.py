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

from seamline.pixels.light.ball import Ball, Floats, mirrored, surface
from seamline.pixels.light.found import unit
from seamline.pixels.picture import Image

RIM = 0.99
LOBE_DEG, RING_DEG = 10.0, 20.0
CLIPPED_PX = 3
"""So many pixels that share the largest value exactly are clipped."""
CANDIDATES = 60
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
        clipped: (N,) where the sensor's limit was met.
        radius_px: Of the ball.
    """

    towards: Floats
    rgb: Floats
    solid: float
    facing: Floats
    clipped: NDArray[np.bool_]
    radius_px: float


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
    seen = surface(crop, ball, rim=RIM)
    largest = seen.rgb.max(axis=1)
    clipped = largest >= float(largest.max()) * (1 - 1e-6)
    if int(clipped.sum()) < CLIPPED_PX:
        clipped = np.zeros_like(clipped)
    return Surroundings(
        towards=mirrored(seen),
        rgb=seen.rgb,
        solid=4.0 / ball.radius_px**2,
        facing=(seen.normals * seen.seen_from).sum(axis=1),
        clipped=clipped,
        radius_px=ball.radius_px,
    )


def peaks(shown: Surroundings) -> list[Peak]:
    """Return the lobes of the surroundings, the strongest first."""
    light = np.maximum(shown.rgb.mean(axis=1), 0)
    left, found = light.copy(), []
    for _ in range(LOBES):
        start = _strongest(shown, left)
        if start is None:
            break
        peak = _peak(shown, light, start)
        found.append(peak)
        left = np.where(_within(shown, peak.towards, RING_DEG), 0, left)
    return sorted(found, key=lambda peak: -float(peak.energy.sum()))


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


def _strongest(shown: Surroundings, light: Floats) -> Floats | None:
    """Return (3,) the pixel around which most light lies."""
    best, found = 0.0, None
    for candidate in np.argsort(-light, kind="stable")[:CANDIDATES]:
        towards = shown.towards[candidate]
        held = float(light[_within(shown, towards, LOBE_DEG)].sum())
        if held > best:
            best, found = held, towards
    for candidate in shown.towards[:: max(len(light) // 400, 1)]:
        held = float(light[_within(shown, candidate, LOBE_DEG)].sum())
        if held > best:
            best, found = held, candidate
    return found


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
