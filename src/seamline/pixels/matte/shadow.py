"""
Contact shadow: how much light the photographed floor lost, as a layer.

Plate over clean floor is a transmittance: 1 where nothing was lost, less where something
stands or leans. It multiplies the generated ground, which then goes dark under live action
as the real one did. Where there is no clean plate the floor is taken for one surface whose
light falls off smoothly; a patterned floor's pattern would be lifted with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.errors import InputError
from seamline.pixels.matte.live import Matte
from seamline.pixels.matte.spread import box_mean, carried_on
from seamline.pixels.picture import finite_pixels

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]

FEWEST_PX = 500
ROUNDS = 12
DARKER, LIGHTER = 1.0, 3.0
"""So many typical distances below and above the fit still count as lit floor."""
PASSES = 3
"""Three box means are nearly a Gaussian."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shadow:
    """
    A shadow as a layer.

    Attributes:
        light: (H, W, 3) float32 in (0, 1]; what it multiplies, 1 off the floor.
        deepest_stops: How much light is lost where most is, over softened pixels.
        unrest: Standard deviation of the lit floor about 1: what lies within is not shadow.
    """

    light: Image
    deepest_stops: float
    unrest: float


def contact_shadow(
    plate: Image, live: Matte, floor: Mask, *, clean: Image | None = None, soften_px: int = 3
) -> Shadow:
    """
    Return the shadow that lies on the floor of ``plate`` (H, W, 3), scene-linear.

    Nothing is made lighter, and the plate itself is not touched. Under live action the
    shadow is carried on from around it.

    Args:
        plate: Pixels that are not finite are not looked at.
        live: (H, W), 1 = live action.
        floor: (H, W); where the floor is one surface.
        clean: (H, W, 3), the same floor without live action; None estimates it.
        soften_px: Plate and floor are averaged over about so many pixels to both sides.

    Raises:
        InputError: Too little bare floor is seen.
    """
    bare = floor & (live == 0) & finite_pixels(plate)
    if int(bare.sum()) < FEWEST_PX:
        raise InputError(
            f"only {int(bare.sum())} pixels of bare floor are seen, a shadow needs {FEWEST_PX}",
            remedy="Draw the floor larger, or check the matte.",
        )
    rgb = np.where(bare[..., None], plate, np.float32(0))
    lit = _lit_floor(rgb, bare) if clean is None else _at_level(rgb, clean, bare)
    ratio = _softened(rgb, bare, soften_px) / np.maximum(
        _softened(np.where(bare[..., None], lit, 0), bare, soften_px), np.float32(1e-6)
    )
    apart = (ratio - 1)[bare].mean(axis=-1)
    unrest = 1.4826 * float(np.median(np.abs(apart[apart > np.quantile(apart, 0.5)])))
    held = np.clip(ratio, np.float32(1e-3), 1)
    under = floor & ~bare
    light = np.where(bare[..., None], held, np.float32(1))
    if under.any():
        filled = carried_on(held.astype(np.float32), bare.astype(np.float32))
        light = np.where(under[..., None], np.clip(filled, np.float32(1e-3), 1), light)
    dark = float(light[bare].mean(axis=-1).min())
    return Shadow(
        light=light.astype(np.float32),
        deepest_stops=-float(np.log2(max(dark, 1e-3))),
        unrest=unrest,
    )


def _lit_floor(rgb: Image, bare: Mask) -> Image:
    """Return (H, W, 3): a surface of second order through what is lit of the floor."""
    height, width = bare.shape
    rows, columns = np.nonzero(bare)
    every = max(1, len(rows) // 20000)
    rows, columns = rows[::every], columns[::every]
    values = rgb[rows, columns].astype(np.float64)
    terms = _terms(rows, columns, height, width)
    tone = values.sum(axis=1)
    held = tone >= np.quantile(tone, 0.4)
    for _ in range(ROUNDS):
        found, *_ = np.linalg.lstsq(terms[held], values[held], rcond=None)
        apart = tone - (terms @ found).sum(axis=1)
        typical = 1.4826 * float(np.median(np.abs(apart[held]))) + 1e-6
        fresh = (apart > -DARKER * 2 * typical) & (apart < LIGHTER * typical)
        if (fresh == held).all() or fresh.sum() < 50:
            break
        held = fresh
    y, x = np.mgrid[:height, :width]
    surface = _terms(y.ravel(), x.ravel(), height, width) @ found
    whole: Image = surface.reshape(height, width, 3).astype(np.float32)
    return np.maximum(whole, np.float32(1e-6))


def _terms(
    rows: NDArray[np.int64], columns: NDArray[np.int64], height: int, width: int
) -> NDArray[np.float64]:
    u, v = 2 * columns / width - 1, 2 * rows / height - 1
    return np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], axis=-1)


def _at_level(rgb: Image, clean: Image, bare: Mask) -> Image:
    """Return ``clean`` at the plate's level: most of the bare floor lies in no shadow."""
    ratio = rgb[bare] / np.maximum(clean[bare], np.float32(1e-6))
    gain = np.quantile(ratio, 0.6, axis=0)
    level: Image = (clean * gain).astype(np.float32)
    return level


def _softened(rgb: Image, bare: Mask, reach_px: int) -> Image:
    """Return ``rgb`` averaged over bare floor around each pixel."""
    weight = bare.astype(np.float32)
    planes = [*np.moveaxis(rgb, -1, 0), weight]
    for _ in range(PASSES):
        planes = [box_mean(plane, reach_px) for plane in planes]
    shared = np.maximum(planes[3], np.float32(1e-6))
    softened: Image = np.stack([plane / shared for plane in planes[:3]], axis=-1)
    return softened.astype(np.float32)
