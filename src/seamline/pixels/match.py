"""
Match: the layers of a match as arithmetic on an element, scene-linear and associated.

Colour comes first and grain last (``pixels.grain``); between them air lies over the element,
light of the live action spills into it, and it is made as soft as the plate. Alpha stays as
it is. Nothing is clamped; what is off is not called, and changes no bit.

Weights of the Gaussians are rounded far above what libraries differ by, and everything else
is sums and products in a fixed order: the same bits on every machine.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import Image, finite_pixels
from seamline.show.cdl import RGB

Matte = NDArray[np.float32]
REACH = 3.0
"""A Gaussian is cut off at so many standard deviations, and made whole again."""
SHARPEN_PX = 1.0
"""What sharpening is about: the finest detail."""
CONTRAST_LEFT = 0.02
"""Of a thing's own, at the visibility (Koschmieder 1924)."""
_ROUND = float(1 << 24)


def shadowed(rgb: Image, left: Image, *, amount: float) -> Image:
    """
    Return associated ``rgb`` (H, W, 3) in a shadow, float32.

    Args:
        rgb: Scene-linear, associated.
        left: (H, W, 3) what is left of the light, 1 where nothing was lost.
        amount: Share of the loss that is laid on; no light is left at 0 and below it.
    """
    held = np.maximum(
        np.float32(1) - np.float32(amount) * (np.float32(1) - left), np.float32(0)
    )
    found: Image = (rgb * held).astype(np.float32, copy=False)
    return found


def gaussian_weights(sigma_px: float) -> tuple[float, ...]:
    """Return the middle weight and those of one side; over both sides they sum to 1."""
    reach = max(1, math.ceil(REACH * sigma_px))
    raw = [math.exp(-0.5 * (k / sigma_px) ** 2) for k in range(reach + 1)]
    total = raw[0] + 2 * sum(raw[1:])
    side = [round(w / total * _ROUND) / _ROUND for w in raw[1:]]
    return (1.0 - 2 * sum(side), *side)


def blurred(picture: Image, sigma_px: float) -> Image:
    """
    Return ``picture`` (H, W, C) or (H, W) smeared by a Gaussian; float32.

    Beyond the border the picture goes on as it ends. With 0 it is returned as it is.
    """
    if sigma_px <= 0:
        return picture
    weights = np.array(gaussian_weights(sigma_px), np.float32)
    return _along(_along(picture, weights, 0), weights, 1)


def _along(picture: Image, weights: NDArray[np.float32], axis: int) -> Image:
    reach = len(weights) - 1
    room = [(reach, reach) if k == axis else (0, 0) for k in range(picture.ndim)]
    wide = np.moveaxis(np.pad(picture, room, mode="edge"), axis, 0)
    count = picture.shape[axis]
    found = wide[reach : reach + count] * weights[0]
    for k in range(1, reach + 1):
        pair = wide[reach - k : reach - k + count] + wide[reach + k : reach + k + count]
        found += pair * weights[k]
    return np.ascontiguousarray(np.moveaxis(found, 0, axis), np.float32)


def softened(rgb: Image, alpha: Matte, *, sigma_px: float, sharpen: float = 0.0) -> Image:
    """
    Return the element's (H, W, 3) as soft as asked, at an unchanged ``alpha``.

    Colour is smeared with its alpha and divided by the smeared one, so that nothing
    that was not painted bleeds in, and what was is not darkened at its edge. Where a pixel
    is not finite, what is around it is smeared without it.

    Args:
        rgb: (H, W, 3) associated, scene-linear.
        alpha: (H, W).
        sigma_px: Standard deviation; 0 leaves it.
        sharpen: Share of what a Gaussian of one pixel takes away that is added afterwards.
    """
    if sigma_px > 0:
        rgb = _smeared(rgb, alpha, sigma_px)
    if sharpen > 0:
        lost = rgb - _smeared(rgb, alpha, SHARPEN_PX)
        rgb = rgb + np.float32(sharpen) * lost
    return rgb


def _smeared(rgb: Image, alpha: Matte, sigma_px: float) -> Image:
    there = finite_pixels(rgb)
    whole = np.where(there[..., None], rgb, np.float32(0))
    weight = np.where(there, alpha, np.float32(0))
    if (weight == 1).all():
        return blurred(whole, sigma_px)
    both = blurred(np.concatenate([whole, weight[..., None]], axis=-1), sigma_px)
    solid = np.where(both[..., 3] > 0, both[..., 3], np.float32(1))
    found = both[..., :3] * (alpha / solid)[..., None]
    return np.where((there & (alpha > 0))[..., None], found, rgb)


def clearness(distance_m: float | None, visibility_m: float | None) -> float:
    """
    Return how much of a thing's own light comes through the air.

    What has no distance, a sky, is what one sees through the air already: 1.

    Source: Koschmieder 1924; contrast .02 at the visibility.
    """
    if distance_m is None or visibility_m is None:
        return 1.0
    # Rounded, so that every machine has the same.
    through = math.pow(CONTRAST_LEFT, distance_m / visibility_m)
    return round(through * _ROUND) / _ROUND


def hazed(rgb: Image, alpha: Matte, *, black: RGB, colour: RGB, clear: Image | float) -> Image:
    """
    Return the element's (H, W, 3) behind air: clear x own + (1 - clear) x colour + black.

    Args:
        rgb: (H, W, 3) associated, scene-linear.
        alpha: (H, W); what is added is added where the element is.
        black: Added everywhere; below 0 it is taken away.
        colour: Of the air.
        clear: (H, W) associated clearness per pixel, or one for all that is there.
    """
    share = alpha * np.float32(clear) if isinstance(clear, float) else clear
    solid = np.where(alpha > 0, alpha, np.float32(1))
    own = rgb * (share / solid)[..., None]
    air = np.array(colour, np.float32) * (alpha - share)[..., None]
    return own + air + np.array(black, np.float32) * alpha[..., None]


def spill_of(live: Image, matte: Matte, width_px: float) -> tuple[Image, Matte]:
    """
    Return live action's light (H, W, 3) and share (H, W) as a lens spreads them.

    Args:
        live: (H, W, 3) associated, scene-linear; what is not finite is left out.
        matte: (H, W), 1 = live.
        width_px: Standard deviation of the spread.
    """
    there = finite_pixels(live)
    whole = np.where(there[..., None], live, np.float32(0))
    share = np.where(there, matte, np.float32(0))
    both: Image = blurred(np.concatenate([whole, share[..., None]], axis=-1), width_px)
    return both[..., :3], both[..., 3]


def wrapped(rgb: Image, alpha: Matte, spill: tuple[Image, Matte], *, amount: float) -> Image:
    """
    Return the element's (H, W, 3) with light of the live action over its edge at the seam.

    Args:
        rgb: (H, W, 3) associated, scene-linear.
        alpha: (H, W).
        spill: Of ``spill_of``.
        amount: How much of it; 1 mixes live and element half and half at a hard seam.
    """
    light, share = spill
    much = np.float32(amount)
    more: Image = light * alpha[..., None] - share[..., None] * rgb
    return np.asarray(rgb + much * more, np.float32)
