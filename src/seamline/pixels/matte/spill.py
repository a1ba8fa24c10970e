"""
Spill: the screen's own light on what stands before it, taken off in scene-linear light.

The screen's channel is held to what the other two allow; the light that goes is given back
without colour, so that nothing becomes darker. Nothing is clamped: what had no spill is
left bit for bit as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.errors import InputError
from seamline.pixels.matte.screen import CYC, RGB, Screen

Image = NDArray[np.float32]
LUMINANCE: RGB = (0.272229, 0.674082, 0.053689)
"""Of ACEScg: AMPAS S-2014-004."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Despilled:
    """
    What is left, and what was taken.

    Attributes:
        rgb: (H, W, 3) float32 without spill; the same luminance as before.
        taken: (H, W) float32; light taken out of the screen's channel.
        share: Of the light of what it was taken from, over pixels with the given weight.
    """

    rgb: Image
    taken: Image
    share: float


def despilled(
    rgb: Image,
    screen: Screen,
    *,
    weight: Image | None = None,
    amount: float = 1.0,
    balance: float = 0.5,
    luminance: RGB = LUMINANCE,
) -> Despilled:
    """
    Return ``rgb`` (H, W, 3) without the light of ``screen``.

    Before green and blue that is what the screen's channel has over the other two, weighed
    by ``balance``. A cyclorama's bounce has no channel of its own: there the cast along the
    cyclorama's colour, away from grey, is taken out.

    Args:
        rgb: Scene-linear, of live action alone; not associated with a matte.
        screen: Whose light.
        weight: (H, W) over which ``share`` is told, the matte for example.
        amount: 0 takes nothing, 1 all of it.
        balance: 0 to 1: the limit is (1 - balance) x the smaller + balance x the larger of
            the other two channels.
        luminance: Weights of the working space.

    Raises:
        InputError: ``amount`` or ``balance`` is not within 0 to 1.
    """
    for name, value in (("amount", amount), ("balance", balance)):
        if not 0 <= value <= 1:
            raise InputError(f"spill: {name} is {value:g}, expected 0 to 1")
    way, over = _cast(screen, luminance), _over(rgb, screen, balance)
    taken = (np.float32(amount) * over).astype(np.float32)
    # Spill is light of the screen's colour, less the same luminance of grey.
    left = np.where(taken[..., None] > 0, rgb - taken[..., None] * way, rgb)
    light = np.maximum((rgb * np.asarray(luminance, np.float32)).sum(axis=-1), 0)
    part = np.ones(light.shape, np.float32) if weight is None else weight
    whole = float((light * part).sum())
    own = float(luminance[_index(screen)]) if screen.kind != CYC else 1.0
    share = float((taken * part).sum()) * own / whole if whole > 0 else 0.0
    return Despilled(rgb=left.astype(np.float32), taken=taken, share=share)


def _index(screen: Screen) -> int:
    return {"green": 1, "blue": 2}.get(screen.kind, 1)


def _cast(screen: Screen, luminance: RGB) -> Image:
    """Return (3,): one unit of spill, and minus the grey of the same luminance."""
    weights = np.asarray(luminance, np.float32)
    if screen.kind == CYC:
        colour = np.asarray(screen.colour, np.float32)
        unit = colour / max(float((colour * weights).sum()), 1e-9)
    else:
        unit = np.zeros(3, np.float32)
        unit[_index(screen)] = 1
    grey: Image = (unit - float((unit * weights).sum())).astype(np.float32)
    return grey


def _over(rgb: Image, screen: Screen, balance: float) -> Image:
    """Return (H, W): how much of the screen's light is over what is allowed."""
    if screen.kind == CYC:
        cast = _cast(screen, LUMINANCE)
        length = float((cast * cast).sum())
        if length < 1e-6:  # a neutral cyclorama leaves no cast
            return np.zeros(rgb.shape[:2], np.float32)
        along: Image = np.maximum((rgb * cast).sum(axis=-1) / np.float32(length), 0)
        return along
    own = _index(screen)
    others = [rgb[..., i] for i in range(3) if i != own]
    low, high = np.minimum(*others), np.maximum(*others)
    limit = (1 - balance) * low + balance * high
    over: Image = np.maximum(rgb[..., own] - limit, 0)
    return over
