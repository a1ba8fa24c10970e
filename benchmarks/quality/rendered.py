"""
Balls rendered from panoramas, by formulas of their own.

A grey ball is Lambertian: its light is the sum of radiance times solid angle times cosine
over every pixel of the panorama, the brightest ``POINTS`` of them at their own place, the
rest gathered to 64 x 32. A mirror ball shows the panorama where the ray of every one of
``FINE`` x ``FINE`` parts of a pixel is reflected to; what is brighter than all but ``POINTS``
pixels of the panorama is laid, each with all its energy, where the ball mirrors it. (Rays alone
miss a lamp or show it several times over: on a ball of 25 px they fall .8 degrees apart.)
Both are seen by a pinhole camera at a finite distance, anywhere in the frame, turned by pan,
tilt and roll; what surrounds the ball shows at its antialiased outline. Nothing here calls
``seamline.pixels``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
POINTS = 1500
COARSE = (32, 64)
FINE = 6
STEP_PX = 1e-3
"""Over which what a pixel mirrors is differenced."""
CHROME = 0.6
"""What a steel ball gives back of the light."""
GREY = 0.18
LOBE_DEG, RING_DEG = 10.0, 20.0


@dataclass(frozen=True)
class Sky:
    """A panorama as a list of lights, and what is true of its key."""

    name: str
    picture: Floats
    """(H, W, 3) latlong, made so that a grey card facing its mean light is near .18."""
    towards: Floats
    """(N, 3) directions."""
    energy: Floats
    """(N, 3) radiance times solid angle."""
    key: Floats
    """(3,) where the strongest lobe stands: centroid of its energy within 10 degrees."""
    share: float
    """Energy within 10 degrees of it, less what the median of a ring out to 20 says would be
    there anyway, over all the energy."""
    dim: Floats
    """(H, W, 3) the picture without what is brighter than all but ``POINTS`` of its pixels."""
    bright: Floats
    """(M, 3) where that stands."""
    excess: Floats
    """(M, 3) its radiance times solid angle."""


def latlong(height: int, width: int) -> tuple[Floats, Floats]:
    """Return (H, W, 3) directions and (H, W) solid angles; the middle looks along -Z."""
    elevation = np.radians(90 - (np.arange(height) + 0.5) * 180 / height)[:, None]
    azimuth = np.radians(360 - (np.arange(width) + 0.5) * 360 / width)[None, :]
    level = np.cos(elevation)
    towards = np.stack(
        [level * np.sin(azimuth), np.sin(elevation) + 0 * azimuth, level * np.cos(azimuth)], -1
    )
    return towards, np.broadcast_to(
        level * (math.pi / height) * (2 * math.pi / width), (height, width)
    )


def sky(name: str, picture: Floats) -> Sky:
    """Return the lights of ``picture`` (H, W, 3) latlong, linear."""
    height, width = picture.shape[:2]
    towards, solid = latlong(height, width)
    grey_card = float((picture.mean(-1) * solid).sum()) / 2 / math.pi * GREY
    picture = picture * (GREY / grey_card)
    energy = picture * solid[..., None]
    brightness = energy.sum(-1)
    limit = np.partition(brightness.ravel(), -POINTS)[-POINTS]
    apart = brightness >= limit
    rest = np.where(apart[..., None], 0, energy)
    down, across = height // COARSE[0], width // COARSE[1]

    def gathered(values: Floats) -> Floats:
        shape = (COARSE[0], down, COARSE[1], across, 3)
        return values.reshape(shape).sum((1, 3)).reshape(-1, 3)

    weight = rest.sum(-1, keepdims=True)
    middles = gathered(towards * weight)
    length = np.linalg.norm(middles, axis=1)
    lit = length > 0
    all_towards = np.concatenate([middles[lit] / length[lit, None], towards[apart]])
    all_energy = np.concatenate([gathered(rest)[lit], energy[apart]])
    key, share = _key(picture, towards, solid)
    return Sky(
        name, picture, all_towards, all_energy, key, share, *_dimmed(picture, towards, solid)
    )


def _dimmed(picture: Floats, towards: Floats, solid: Floats) -> tuple[Floats, Floats, Floats]:
    """Return (H, W, 3) without its brightest, (M, 3) where that was, and (M, 3) its energy."""
    light = picture.mean(-1)
    limit = float(np.partition(light.ravel(), -POINTS)[-POINTS])
    share = np.where(light > limit, 1 - limit / np.maximum(light, 1e-300), 0)[..., None]
    over = share[..., 0] > 0
    excess = (picture * share * solid[..., None])[over]
    return picture * (1 - share), towards[over], excess


def _key(picture: Floats, towards: Floats, solid: Floats) -> tuple[Floats, float]:
    """Return the direction and the share of the strongest lobe of (H, W, 3) ``picture``."""
    light = picture.mean(-1)
    energy = light * solid
    rough_energy = energy.reshape(64, energy.shape[0] // 64, 128, -1).sum((1, 3)).ravel()
    rough = (towards * energy[..., None]).reshape(64, energy.shape[0] // 64, 128, -1, 3)
    rough = rough.sum((1, 3)).reshape(-1, 3)
    rough /= np.maximum(np.linalg.norm(rough, axis=1, keepdims=True), 1e-12)
    cosine = math.cos(math.radians(LOBE_DEG))
    held = [
        float(rough_energy[rough @ rough[i] > cosine].sum())
        for i in np.argsort(-rough_energy)[:600]
    ]
    at = rough[np.argsort(-rough_energy)[:600][int(np.argmax(held))]]
    for _ in range(10):
        inside = towards @ at > cosine
        at = (towards[inside] * energy[inside][:, None]).sum(0)
        at = at / np.linalg.norm(at)
    inside = towards @ at > cosine
    ring = ~inside & (towards @ at > math.cos(math.radians(RING_DEG)))
    around = float(np.median(light[ring])) * float(solid[inside].sum())
    share = max(float(energy[inside].sum()) - around, 0.0) / float(energy.sum())
    return at, share


@dataclass(frozen=True)
class Shot:
    """One ball in one camera: everything that the picture is made from."""

    width_px: int
    height_px: int
    focal_px: float
    axes: Floats
    """(3, 3) columns right, up, backwards of the camera in the world."""
    towards_ball: Floats
    """(3,) unit, camera axes."""
    half_angle: float
    """Half the angle that the ball fills, radians."""

    def outline(self) -> tuple[float, float, float]:
        """Return x, y, radius, pixels: the circle that an eye would draw around it."""
        turn = np.linspace(0, 2 * math.pi, 720, endpoint=False)
        c = self.towards_ball
        u = np.cross(c, [0, 1, 0.0])
        u /= np.linalg.norm(u)
        v = np.cross(c, u)
        rim = math.cos(self.half_angle) * c + math.sin(self.half_angle) * (
            np.cos(turn)[:, None] * u + np.sin(turn)[:, None] * v
        )
        x = self.width_px / 2 + rim[:, 0] / -rim[:, 2] * self.focal_px
        y = self.height_px / 2 - rim[:, 1] / -rim[:, 2] * self.focal_px
        middle = (x.min() + x.max()) / 2, (y.min() + y.max()) / 2
        return *middle, float((np.ptp(x) + np.ptp(y)) / 4)

    def box(self) -> tuple[int, int, int, int]:
        """Return left, top, right, bottom of the crop around it."""
        x, y, r = self.outline()
        return int(x - r) - 3, int(y - r) - 3, int(x + r) + 4, int(y + r) + 4

    def surface(self, fine: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Return world normals and rays, (H*fine, W*fine, 3), and where the ball is hit."""
        left, top, right, bottom = self.box()
        x, y = np.meshgrid(
            left + (np.arange((right - left) * fine) + 0.5) / fine,
            top + (np.arange((bottom - top) * fine) + 0.5) / fine,
        )
        normals, rays, hit = self.hits(x, y)
        return normals @ self.axes.T, rays @ self.axes.T, hit

    def hits(self, x: Floats, y: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Return normals and rays (..., 3) in camera axes at frame pixels, and what is hit."""
        rays = np.stack(
            [(x - self.width_px / 2) / self.focal_px, (self.height_px / 2 - y) / self.focal_px,
             np.full_like(x, -1.0)], -1,
        )  # fmt: skip
        rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
        distance = 1 / math.sin(self.half_angle)
        along = rays @ self.towards_ball * distance
        under = along**2 - distance**2 + 1
        hit = under > 0
        at = rays * (along - np.sqrt(np.maximum(under, 0)))[..., None]
        return at - self.towards_ball * distance, rays, hit

    def mirrors(self, towards: Floats) -> tuple[Floats, Floats, Floats]:
        """
        Return x and y, frame pixels, where the ball mirrors (N, 3) ``towards`` (world), and
        (N,) how many steradians one pixel mirrors there; infinite where it is not seen.
        """
        light = towards @ self.axes
        middle = self.towards_ball / math.sin(self.half_angle)
        at = np.broadcast_to(middle, light.shape)
        for _ in range(12):  # the ball is small beside its distance: settles fast
            half = light - at / np.linalg.norm(at, axis=-1, keepdims=True)
            normals = half / np.maximum(np.linalg.norm(half, axis=-1, keepdims=True), 1e-12)
            at = middle + normals
        x = self.width_px / 2 - at[:, 0] / at[:, 2] * self.focal_px
        y = self.height_px / 2 + at[:, 1] / at[:, 2] * self.focal_px
        (here, first), (right, second), (down, third) = (
            self._reflected(x + dx, y + dy)
            for dx, dy in ((0.0, 0.0), (STEP_PX, 0.0), (0.0, STEP_PX))
        )
        solid = np.linalg.norm(np.cross(right - here, down - here), axis=-1) / STEP_PX**2
        seen = first & second & third & ((normals * at).sum(axis=-1) < 0)
        return x, y, np.where(seen, np.maximum(solid, 1e-12), np.inf)

    def _reflected(self, x: Floats, y: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        normals, rays, hit = self.hits(x, y)
        return rays - 2 * (rays * normals).sum(-1, keepdims=True) * normals, hit


def grey(scene: Sky, shot: Shot, behind: Floats) -> Floats:
    """Return the crop (H, W, 3) of a grey ball; ``behind`` (3,) is what surrounds it."""
    fine = 3
    normals, _, hit = shot.surface(fine)
    middle = normals[fine // 2 :: fine, fine // 2 :: fine].reshape(-1, 3)
    light = np.zeros((len(middle), 3))
    for first in range(0, len(scene.towards), 2048):
        part = slice(first, first + 2048)
        light += np.maximum(middle @ scene.towards[part].T, 0) @ scene.energy[part]
    height, width = hit.shape[0] // fine, hit.shape[1] // fine
    covered = hit.reshape(height, fine, width, fine).mean((1, 3))[..., None]
    ball = (light * GREY / math.pi).reshape(height, width, 3)
    return ball * covered + behind * (1 - covered)


def chrome(scene: Sky, shot: Shot, behind: Floats) -> Floats:
    """Return the crop (H, W, 3) of a mirror ball."""
    normals, rays, hit = shot.surface(FINE)
    found = rays - 2 * (rays * normals).sum(-1, keepdims=True) * normals
    height, width = scene.picture.shape[:2]
    found /= np.linalg.norm(found, axis=-1, keepdims=True)
    row = ((90 - np.degrees(np.arcsin(np.clip(found[..., 1], -1, 1)))) / 180 * height).astype(
        int
    )
    azimuth = np.degrees(np.arctan2(found[..., 0], found[..., 2]))
    column = (((360 - azimuth) % 360) / 360 * width).astype(int)
    seen = scene.dim[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)] * CHROME
    seen = np.where(hit[..., None], seen, behind)
    crop = seen.reshape(hit.shape[0] // FINE, FINE, hit.shape[1] // FINE, FINE, 3).mean((1, 3))
    x, y, solid = shot.mirrors(scene.bright)
    left, top, _, _ = shot.box()
    at = np.isfinite(solid)
    place = np.floor(y[at]).astype(int) - top, np.floor(x[at]).astype(int) - left
    np.add.at(crop, place, scene.excess[at] / solid[at, None] * CHROME)
    return crop


def photographed(
    crop: Floats, rng: np.random.Generator, *, clip: float, noise: float
) -> NDArray[np.float32]:
    """Return ``crop`` as a sensor has it: shot and read noise, and a limit."""
    unrest = noise * np.sqrt(np.maximum(crop, 0) * GREY) + 0.0005
    return np.minimum(crop + rng.normal(size=crop.shape) * unrest, clip).astype(np.float32)


def read(path: Path) -> Floats:
    """Return (H, W, 3) of a panorama as stored, at most 1024 wide."""
    import OpenImageIO as oiio

    source = oiio.ImageBuf(str(path))
    rgb = np.asarray(source.get_pixels(oiio.FLOAT), np.float64)[..., :3]
    return np.minimum(np.nan_to_num(rgb, posinf=65504.0), 65504.0)
