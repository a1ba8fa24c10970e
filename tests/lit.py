"""
Lit balls and charts as scenes for ``synth.photograph``, by formulas of their own.

A light is a hard one over an even surround, so that what a ball shows can be written down:
a matt ball returns reflectance / pi times (key cos + pi surround), a mirror ball the light
in the mirrored direction. Directions are the show's: azimuth 0 is +Z, growing towards +X.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth import Floats, Pose, Rig, Scene, photograph, seen_at

RIG = Rig(width_px=640, height_px=360, focal_length_mm=35.0, sensor_width_mm=24.89)
"""A 35 mm lens on a Super 35 sensor."""
LEVEL = Pose()


def direction(azimuth_deg: float, elevation_deg: float) -> Floats:
    """Unit world direction."""
    a, e = math.radians(azimuth_deg), math.radians(elevation_deg)
    return np.array([math.cos(e) * math.sin(a), math.sin(e), math.cos(e) * math.cos(a)])


@dataclass(frozen=True)
class Lamp:
    """A light beside the key, of the key's colour."""

    azimuth_deg: float
    elevation_deg: float
    strength: float
    """Of the key's."""
    size_deg: float


@dataclass(frozen=True)
class Lit:
    """A key of some colour and size over an even surround of another."""

    azimuth_deg: float
    elevation_deg: float
    key: tuple[float, float, float]
    """Irradiance on a surface that faces it."""
    surround: tuple[float, float, float]
    """Radiance of everything else."""
    size_deg: float = 1.5
    """Half the angle it fills."""
    lamp: Lamp | None = None
    """A second light."""

    @property
    def towards(self) -> Floats:
        return direction(self.azimuth_deg, self.elevation_deg)

    def share(self) -> float:
        """The key's energy over that of all light."""
        key = float(np.mean(self.key))
        both = key * (1 + (self.lamp.strength if self.lamp else 0.0))
        return key / (both + 4 * math.pi * float(np.mean(self.surround)))

    def lights(self) -> list[tuple[Floats, Floats, float]]:
        """Every light: where it stands, its irradiance, half the angle it fills in degrees."""
        key = np.array(self.key)
        found = [(self.towards, key, self.size_deg)]
        if self.lamp:
            at = direction(self.lamp.azimuth_deg, self.lamp.elevation_deg)
            found.append((at, key * self.lamp.strength, self.lamp.size_deg))
        return found

    def card(self, reflectance: float = 0.18) -> Floats:
        """What a card facing the key returns."""
        return (np.array(self.key) + math.pi * np.array(self.surround)) * reflectance / math.pi


@dataclass(frozen=True)
class Balls:
    """A matt and a mirror ball beside each other in one frame."""

    lit: Lit
    pose: Pose = LEVEL
    apart: float = 0.16
    """Tangent of the angle off the middle, left and right."""
    half_angle: float = 0.05
    reflectance: float = 0.18

    def frame(self, exposure: float = 1.0) -> NDArray[np.float32]:
        """The frame (360, 640, 3), scene-linear."""
        return photograph(self.scene(), RIG, [self.pose], finer=5) * np.float32(exposure)

    def circle(self, which: str) -> tuple[float, float, float]:
        """x, y and radius of the outline: midway between its sides, half as wide as it is."""
        centre = self._centre(which)
        side = np.cross(centre, [0, 1.0, 0])
        side /= np.linalg.norm(side)
        up = np.cross(side, centre)
        turn = np.linspace(0, 2 * np.pi, 361)[:-1, None]
        rim = math.cos(self.half_angle) * centre + math.sin(self.half_angle) * (
            np.cos(turn) * side + np.sin(turn) * up
        )
        x, y = seen_at(RIG, self.pose, rim)
        middle = (x.min() + x.max()) / 2, (y.min() + y.max()) / 2
        return *map(float, middle), float((np.ptp(x) + np.ptp(y)) / 4)

    def _centre(self, which: str) -> Floats:
        axes = self.pose.axes()
        off = -self.apart if which == "grey" else self.apart
        towards = off * axes[:, 0] - axes[:, 2]
        return towards / np.linalg.norm(towards)

    def scene(self) -> Scene:
        surround = np.array(self.lit.surround)
        lights = self.lit.lights()

        def light(directions: Floats) -> Floats:
            seen = np.broadcast_to(surround, (len(directions), 3))
            for towards, strength, size_deg in lights:
                cosine = math.cos(math.radians(size_deg))
                disc = strength / (2 * math.pi * (1 - cosine))
                seen = np.where((directions @ towards > cosine)[:, None], disc, seen)
            return seen

        def seen(directions: Floats) -> Floats:
            rays = directions / np.linalg.norm(directions, axis=1, keepdims=True)
            colour = np.broadcast_to(surround * 0.3, (len(rays), 3)).copy()
            for which in ("grey", "chrome"):
                centre, far = self._centre(which), 1 / math.sin(self.half_angle)
                along = rays @ centre * far
                under = along**2 - far**2 + 1
                hit = under > 0
                normals = rays[hit] * (along[hit] - np.sqrt(under[hit]))[:, None] - centre * far
                if which == "grey":
                    colour[hit] = math.pi * surround * (self.reflectance / math.pi)
                    for towards, strength, _ in lights:
                        facing = np.maximum(normals @ towards, 0)[:, None]
                        colour[hit] += facing * strength * (self.reflectance / math.pi)
                else:
                    back = rays[hit] - 2 * (rays[hit] * normals).sum(1, keepdims=True) * normals
                    colour[hit] = light(back)
            return colour

        return seen


def chart(
    colours: NDArray[np.floating],
    corners: Floats,
    *,
    size: tuple[int, int] = (240, 360),
    around: float = 0.05,
) -> NDArray[np.float32]:
    """
    A frame (H, W, 3) with a chart of (24, 3) ``colours``, six to a row.

    Args:
        corners: (4, 2) x, y of the middles of its first, sixth, last and nineteenth patch.
        size: Height and width of the frame.
        around: What is beside the patches.
    """
    height, width = size
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    place = np.stack([x, y], axis=-1)
    # Bilinear in the corners, found by a few Newton steps: no homography of the product's.
    u, v = np.full(x.shape, 2.5), np.full(x.shape, 1.5)
    p00, p10, p11, p01 = (corners[i] for i in range(4))
    for _ in range(12):
        s, t = u[..., None] / 5, v[..., None] / 3
        at = (1 - s) * (1 - t) * p00 + s * (1 - t) * p10 + s * t * p11 + (1 - s) * t * p01
        du = ((1 - t) * (p10 - p00) + t * (p11 - p01)) / 5
        dv = ((1 - s) * (p01 - p00) + s * (p11 - p10)) / 3
        left = place - at
        det = du[..., 0] * dv[..., 1] - du[..., 1] * dv[..., 0]
        u = u + (left[..., 0] * dv[..., 1] - left[..., 1] * dv[..., 0]) / det
        v = v + (du[..., 0] * left[..., 1] - du[..., 1] * left[..., 0]) / det
    column, row = np.rint(u).astype(int), np.rint(v).astype(int)
    inside = (column >= 0) & (column < 6) & (row >= 0) & (row < 4)
    inside &= (np.abs(u - column) < 0.42) & (np.abs(v - row) < 0.42)
    frame = np.full((height, width, 3), around)
    frame[inside] = np.asarray(colours)[row[inside] * 6 + column[inside]]
    return frame.astype(np.float32)
