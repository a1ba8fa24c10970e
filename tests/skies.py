"""A wide view of the sky, and a panorama over it: wide enough that skies are set later."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from seamline.optics.canvas_pixels import frame_guides
from seamline.optics.projection import Pinhole
from seamline.optics.rotation import from_pan_tilt_roll
from seamline.ports import CanvasPicture

WIDTH, HEIGHT, FOCAL_PX = 544, 162, 700.0
OWN = (60.5, 20.5)
LOCKED = (186.0, 24.0)


def sky_canvas(width: int = WIDTH, *, pan: float = 0.0) -> CanvasPicture:
    """The sky alone, 41 degrees wide, its sun in the picture at pan 0."""
    height, focal = round(HEIGHT * width / WIDTH), FOCAL_PX * width / WIDTH
    lens = Pinhole(
        focal_x_px=focal, focal_y_px=focal, centre_x_px=width / 2, centre_y_px=height / 2
    )
    elevation, azimuth = frame_guides(
        lens, (0, 0, width, height), from_pan_tilt_roll(pan, 23.0)
    )
    nothing = np.zeros((height, width), bool)
    return CanvasPicture(
        known=np.zeros((height, width, 3), np.float32), keep=nothing.astype(np.float32),
        need=~nothing, margin=nothing, elevation_deg=elevation, azimuth_deg=azimuth,
        px_per_deg=focal * math.pi / 180, key_deg=LOCKED,
    )  # fmt: skip


def clouds(seed: int = 1, *, width: int = 360) -> NDArray[np.float32]:
    """A panorama whose sun stands at ``OWN``, soft clouds all round, over a dark ground."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((width // 2, width), dtype=np.float64)
    per_deg = width / 360
    high, along = 90 - (rows + 0.5) / per_deg, 360 - (columns + 0.5) / per_deg
    light = 0.4 + 0.002 * high
    for azimuth, elevation, size in zip(
        rng.uniform(0, 360, 40), rng.uniform(8, 70, 40), rng.uniform(3, 12, 40), strict=True
    ):
        off = (along - azimuth + 180) % 360 - 180
        light += 0.3 * np.exp(-((off / size) ** 2) - ((high - elevation) / size * 2) ** 2)
    rgb = light[..., None] * np.array([0.8, 0.9, 1.1])
    away = np.hypot(
        ((along - OWN[0] + 180) % 360 - 180) * math.cos(math.radians(OWN[1])), high - OWN[1]
    )
    rgb[away < 0.8] = 3000.0
    rgb[high <= 0] = 0.05 + 0.03 * rng.random((int((high <= 0).sum()), 1))
    return np.round(rgb, 3).astype(np.float32)
