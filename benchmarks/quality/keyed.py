"""
Live action before screens, made with a matte that is known: what keyers are held against.

In scene-linear light (ACEScg): a figure with cloth from a photograph, holes, a soft and a
motion-blurred side and single hairs; a screen whose light falls off by a stop, with folds;
the screen's light spilt on the figure, most at its rim; shot noise and read noise as a
digital camera's at ISO 800, or four times that. The matte is the figure's coverage at 4 x 4
points per pixel, smeared where it moves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]

SCREENS = {
    "green": (0.30, 0.52, 0.17),
    "blue": (0.12, 0.16, 0.42),
    "cyc": (0.42, 0.42, 0.40),
}
"""Level of each where it is brightest, ACEScg: chroma cloth and paint, a light grey cyc."""
POINTS = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Keyed:
    """One frame and its truth: (H, W, 3) plate, clean plate and figure, (H, W) matte."""

    plate: Image
    clean: Image
    live: Image
    matte: Image


def a_frame(
    kind: str,
    cloth: Image,
    seed: int,
    *,
    size: tuple[int, int] = (270, 480),
    noise: float = 1.0,
    spill: float = 0.06,
) -> Keyed:
    """
    Return one frame before a ``kind`` screen.

    Args:
        kind: ``green``, ``blue`` or ``cyc``.
        cloth: (H, W, 3) scene-linear, at least as large as ``size``: the figure's colours.
        seed: Of figure, folds and noise.
        size: Rows and columns.
        noise: 1 as at ISO 800; 2 doubles the standard deviation.
        spill: The screen's light added to the figure, as a share of its own, at its rim.
    """
    rng = np.random.default_rng(seed)
    height, width = size
    matte = _figure(rng, height, width)
    clean = _screen(rng, kind, height, width)
    live = cloth[:height, :width].astype(np.float64)
    rim = 1 - _blurred(matte, 9)
    live = live + spill * clean * (0.3 + 0.7 * rim[..., None])
    plate = matte[..., None] * live + (1 - matte[..., None]) * clean
    plate = _noisy(rng, plate, noise)
    return Keyed(
        plate=plate.astype(np.float32),
        clean=_noisy(rng, clean, noise / 4).astype(np.float32),  # sixteen frames averaged
        live=live.astype(np.float32),
        matte=matte.astype(np.float32),
    )


def _figure(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float64]:
    h, w = height * POINTS, width * POINTS
    y, x = (np.mgrid[:h, :w] + 0.5) / POINTS
    cx, cy = width * rng.uniform(0.4, 0.6), height * rng.uniform(0.45, 0.55)
    turn = np.arctan2(y - cy, x - cx)
    reach = height * (0.28 + 0.05 * np.sin(3 * turn + rng.uniform(0, 6)))
    away = np.hypot((x - cx) / 1.1, y - cy)
    inside = away < reach
    arm = np.abs((y - cy) - 0.35 * (x - cx)) < height * 0.035
    inside |= arm & (np.abs(x - cx) < width * 0.32)
    hole = np.hypot(x - cx - height * 0.12, y - cy + height * 0.1) < height * 0.05
    inside &= ~hole
    for _ in range(24):  # hairs, half a pixel to a pixel and a half wide
        angle, bend = rng.uniform(np.pi, 2 * np.pi), rng.normal(0, 0.004)
        along = (x - cx) * np.cos(angle) + (y - cy) * np.sin(angle)
        across = -(x - cx) * np.sin(angle) + (y - cy) * np.cos(angle) - bend * along**2
        inside |= (
            (np.abs(across) < rng.uniform(0.25, 0.75)) & (along > 0) & (along < height * 0.45)
        )
    covered = inside.reshape(height, POINTS, width, POINTS).mean(axis=(1, 3))
    return _moved(covered, round(width / 40))


def _moved(covered: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Smear the right third sideways: what moves; and soften the left as a lens would."""
    width = covered.shape[1]
    smeared = np.mean([np.roll(covered, n - reach // 2, axis=1) for n in range(reach)], axis=0)
    soft = _blurred(covered, 1)
    x = np.arange(width) / width
    right, left = np.clip((x - 0.6) * 10, 0, 1), np.clip((0.4 - x) * 10, 0, 1)
    return right * smeared + left * soft + (1 - right - left) * covered


def _screen(
    rng: np.random.Generator, kind: str, height: int, width: int
) -> NDArray[np.float64]:
    y, x = (np.mgrid[:height, :width] + 0.5) / max(height, width)
    fall = 2.0 ** -((x - rng.uniform(0.2, 0.8)) ** 2 * 2.2 + (y - 0.2) ** 2 * 1.2)
    folds = 1 + 0.03 * np.sin(40 * x + 3 * np.sin(5 * y + rng.uniform(0, 6)))
    field = fall * (folds if kind != "cyc" else 1.0)
    return field[..., None] * np.asarray(SCREENS[kind])


def _noisy(
    rng: np.random.Generator, light: NDArray[np.float64], noise: float
) -> NDArray[np.float64]:
    # 18 % grey at 40 dB: shot noise alone; read noise a fifth of that at black.
    variance = noise**2 * (0.0018**2 * np.maximum(light, 0) / 0.18 + 0.0004**2)
    return light + rng.normal(size=light.shape) * np.sqrt(variance)


def _blurred(plane: NDArray[np.float64], rounds: int) -> NDArray[np.float64]:
    for _ in range(rounds):
        padded = np.pad(plane, 1, mode="edge")
        plane = (
            padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
            + 4 * padded[1:-1, 1:-1]
        ) / 8  # fmt: skip
    return plane
