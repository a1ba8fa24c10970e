"""
Skies and rooms that are made up, to choose settings on: what stands in them is known, and no
panorama is spent.
"""

from __future__ import annotations

import math

import numpy as np

from quality import rendered
from quality.rendered import Floats, Sky


def made_up(rng: np.random.Generator) -> Sky:
    """Return a sky: a gradient, a warm ground, a sun of some size, a lamp, two soft lights."""
    towards, solid = rendered.latlong(256, 512)
    up = towards[..., 1]
    zenith, horizon, ground = (
        rng.uniform(0.2, 1.0),
        rng.uniform(0.3, 1.5),
        rng.uniform(0.05, 0.6),
    )
    level = np.where(up > 0, zenith * up + horizon * (1 - up), ground)
    rgb = level[..., None] * np.where(up[..., None] > 0, [0.8, 1.0, 1.25], [1.15, 1.0, 0.8])
    whole = float((rgb.mean(-1) * solid).sum())
    for share, size in (
        (rng.choice([0.03, 0.1, 0.3, 0.5, 0.8]), rng.choice([0.8, 2.0, 6.0])),
        (rng.choice([0.0, 0.12]), rng.choice([2.0, 6.0])),
        (rng.uniform(0, 0.15), rng.uniform(12, 30)),
        (rng.uniform(0, 0.15), rng.uniform(12, 30)),
    ):
        elevation, azimuth = np.radians(rng.uniform(2, 80)), rng.uniform(0, 2 * math.pi)
        at = np.array(
            [
                np.cos(elevation) * np.sin(azimuth),
                np.sin(elevation),
                np.cos(elevation) * np.cos(azimuth),
            ]
        )
        disc = (towards @ at > math.cos(math.radians(size))) * solid
        strength = whole * share / (1 - share) / max(float(disc.sum()), 1e-9)
        rgb = rgb + (disc > 0)[..., None] * strength * np.array([1.1, 1.0, 0.85])
    return rendered.sky("made up", rgb)


def room(rng: np.random.Generator) -> Sky:
    """Return a room: walls, floor and ceiling, and two to seven lamps of any size."""
    towards, solid = rendered.latlong(256, 512)
    up = towards[..., 1]
    wall, floor, ceiling = rng.uniform(0.2, 1, 3)
    level = np.where(up > 0.7, ceiling, np.where(up < -0.4, floor, wall))
    rgb: Floats = level[..., None] * np.array([1.1, 1.0, 0.85])
    whole = float((rgb.mean(-1) * solid).sum())
    count = rng.integers(2, 8)
    for energy in rng.dirichlet(np.full(count, 1.5)) * rng.uniform(0.2, 4.0) * whole:
        elevation, azimuth = np.radians(rng.uniform(-10, 80)), rng.uniform(0, 2 * math.pi)
        at = np.array(
            [
                np.cos(elevation) * np.sin(azimuth),
                np.sin(elevation),
                np.cos(elevation) * np.cos(azimuth),
            ]
        )
        size = rng.choice([0.8, 2.0, 5.0, 9.0])
        disc = (towards @ at > math.cos(math.radians(size))) * solid
        tint = rng.uniform(0.7, 1.3)
        lamp = (disc > 0)[..., None] * energy / max(float(disc.sum()), 1e-9)
        rgb = rgb + lamp * np.array([tint, 1, 1 / tint])
    return rendered.sky("room", rgb)
