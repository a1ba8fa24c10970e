"""
The keyer: how much of each pixel is live action, before a screen or a cyclorama.

Three steps. What is surely screen and what is surely live are told apart: by the colour
difference before green and blue, by distance from the clean screen before a cyclorama.
Between them a pixel is the sum of a live colour, carried on from what is surely live
nearby, and the screen behind it: the matte is where on the line between these two colours
it lies. The live colours are then told again with that matte, and the matte with them.

It is good enough for a first comp. It does not see: live action in the screen's own colour,
reflections of the screen in it, screens without room around live action, and it takes a
screen's dark shadow for live action unless told how dark a shadow may be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.errors import InputError
from seamline.pixels.matte.live import Matte
from seamline.pixels.matte.screen import CYC, Screen, difference
from seamline.pixels.matte.spread import box_mean, carried_on, smooth_field
from seamline.pixels.picture import finite_pixels

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]

ROUNDS = 3
REACH = 3
"""Live colours are compared with their own mean over 8 px."""
ALIKE = 6.0
"""Colours nearer than this many standard deviations, squared, are alike."""
SURE_OF = 2.0
AROUND_PX, WHOLE, SPECK = 2, 0.9, 0.7
INNER = 0.6
CLEAR = 3.0
"""So many standard deviations of the screen's noise are still screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySettings:
    """
    What a person may set.

    Attributes:
        solid: From this share of live action on, a pixel is live alone, by the colour
            difference: lower where clothes are greenish.
        edge_px: Half the width of the widest edge, motion blur included.
        shadow_stops: How much darker than itself a screen still is screen; 0 keeps shadows.
    """

    solid: float = 0.95
    edge_px: int = 12
    shadow_stops: float = 0.0

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("solid", self.solid, 0.1, 1.0),
            ("edge_px", self.edge_px, 1, 200),
            ("shadow_stops", self.shadow_stops, 0, 6),
        ):
            if not low <= value <= high:
                raise InputError(
                    f"key: {name} is {value:g}, expected {low:g} to {high:g}",
                    remedy="See: seamline seam key --help",
                )


def key(plate: Image, screen: Screen, settings: KeySettings | None = None) -> Matte:
    """
    Return the (H, W) float32 matte of live action, exactly 0 on the screen, 1 inside.

    Args:
        plate: (H, W, 3) scene-linear; where it is not finite the matte is 1.
        screen: What stands behind, from ``screen.measured``.
        settings: See ``KeySettings``.

    Source:
        The line between two colours: J. Blinn, A. R. Smith, Blue Screen Matting,
        SIGGRAPH 1996, with the live colour estimated.
    """
    said = settings or KeySettings()
    finite = finite_pixels(plate)
    rgb = np.where(finite[..., None], plate, screen.behind)
    share, bare, solid = _told_apart(rgb, screen, said)
    matte = np.where(bare, np.float32(0), np.where(solid, np.float32(1), share))
    between = ~bare & ~solid
    weight = solid.astype(np.float32)
    unrest = _unrest(rgb, weight)
    for _ in range(ROUNDS):
        live = _live_colour(rgb, screen, matte, weight)
        matte = np.where(between, _on_the_line(rgb, live, screen, share, matte, unrest), matte)
        weight = np.where(solid, np.float32(1), matte**4 * np.float32(0.5))
    # What cannot be told from noise is all or nothing: inside, the comp is then the plate.
    doubt = _doubt(live, screen, matte, unrest)
    matte = np.where(matte < doubt, np.float32(0), matte)
    matte = np.where(matte > 1 - doubt, np.float32(1), matte)
    # A speck in cloth is cloth.
    within = (box_mean(matte.astype(np.float32), AROUND_PX) > WHOLE) & (matte > SPECK)
    matte = np.where(within, np.float32(1), matte)
    whole: Matte = np.where(finite, matte, np.float32(1)).astype(np.float32)
    return whole


def _told_apart(rgb: Image, screen: Screen, said: KeySettings) -> tuple[Image, Mask, Mask]:
    """Return a first share of live action, what is surely screen, and what is surely live."""
    behind = _shaded(rgb, screen, said.shadow_stops) if said.shadow_stops else screen.behind
    if screen.kind == CYC:
        far = np.sqrt((((rgb - behind) / np.asarray(screen.noise, np.float32)) ** 2).mean(-1))
        bare = _settled(far < CLEAR)
        solid = _far_from(bare, said.edge_px)
        return (~bare).astype(np.float32), bare, solid
    own = difference(screen.behind, screen.kind)
    share = 1 - difference(rgb, screen.kind) / np.maximum(own, np.float32(1e-6))
    noise = np.asarray(screen.noise, np.float32)
    unrest = np.sqrt(2) * float(noise.max()) / max(float(np.median(own)), 1e-6)
    bare = share < max(0.01, min(CLEAR * unrest, 0.2))
    if said.shadow_stops:
        apart = np.abs(rgb - behind) / noise
        bare |= apart.max(axis=-1) < CLEAR
    # Red cloth reads as whole where it is three quarters, greenish cloth never does: what is
    # whole for certain lies an edge's width from the screen, what may be tinted two.
    inner = (share > INNER) & _far_from(bare, 2 * said.edge_px)
    whole = (share >= said.solid) & _far_from(bare, said.edge_px)
    return np.clip(share, 0, 1).astype(np.float32), bare, whole | inner


def _far_from(bare: Mask, reach_px: int) -> Mask:
    """Return (H, W): where no pixel of ``bare`` lies within ``reach_px``."""
    far: Mask = box_mean(bare.astype(np.float32), reach_px) < 0.25 / (2 * reach_px + 1) ** 2
    return far & ~bare


def _shaded(rgb: Image, screen: Screen, stops: float) -> Image:
    """Return the screen at each pixel's own light, at most ``stops`` darker."""
    behind = screen.behind
    level = (rgb * behind).sum(-1) / np.maximum((behind * behind).sum(-1), np.float32(1e-9))
    level = np.clip(level, np.float32(2.0**-stops), 1)
    shaded: Image = behind * level[..., None].astype(np.float32)
    return shaded


def _settled(bare: Mask) -> Mask:
    """Return ``bare`` with single pixels given to what surrounds them."""
    around = box_mean(bare.astype(np.float32), 1)
    settled: Mask = np.where(bare, around > 0.34, around > 0.78)
    return settled


def _live_colour(rgb: Image, screen: Screen, matte: Matte, weight: Image) -> Image:
    """Return (H, W, 3): the live colour, carried on from what is mostly live."""
    a = np.maximum(matte, np.float32(0.05))[..., None]
    own = (rgb - (1 - a) * screen.behind) / a
    return carried_on(own.astype(np.float32), weight)


def _unrest(rgb: Image, weight: Image) -> tuple[Image, Image]:
    """Return how much live colours differ from what is carried on: 3 variances, their axes."""
    apart = rgb - smooth_field(rgb, weight, levels=REACH)
    inner = apart[weight > 0].astype(np.float64)
    if len(inner) < 16:
        return np.full(3, 0.05**2, np.float32), np.eye(3, dtype=np.float32)
    held = np.clip(inner, *np.quantile(inner, [0.02, 0.98], axis=0))
    variances, axes = np.linalg.eigh(held.T @ held / len(held))
    return np.maximum(variances, 1e-8).astype(np.float32), axes.astype(np.float32)


def _on_the_line(
    rgb: Image,
    live: Image,
    screen: Screen,
    share: Image,
    matte: Matte,
    unrest: tuple[Image, Image],
) -> Matte:
    """
    Return where between screen and live colour each pixel lies; ``share`` where they agree.

    Along each axis of colour the two are weighed by how well they are known there: cloth
    is light and dark from pixel to pixel, and seldom green.
    """
    axes = unrest[1]
    line, way = (live - screen.behind) @ axes, (rgb - screen.behind) @ axes
    known = _known(screen, matte, unrest)
    length = (line * line * known).sum(axis=-1)
    at = np.clip((way * line * known).sum(axis=-1) / np.maximum(length, 1e-12), 0, 1)
    # Where the two colours are alike their line says nothing.
    trust = length / (length + np.float32(ALIKE))
    held: Matte = (trust * at + (1 - trust) * share).astype(np.float32)
    return held


def _known(screen: Screen, matte: Matte, unrest: tuple[Image, Image]) -> Image:
    """Return (H, W, 3): one over the variance of a pixel along each axis of live colour."""
    noise = np.float32((np.asarray(screen.noise) ** 2).mean())
    variance = np.maximum(matte, np.float32(0.1))[..., None] ** 2 * unrest[0] + noise
    known: Image = (1 / variance).astype(np.float32)
    return known


def _doubt(live: Image, screen: Screen, matte: Matte, unrest: tuple[Image, Image]) -> Image:
    """Return (H, W): how near to none or all a share is taken for that; at most a tenth."""
    line = (live - screen.behind) @ unrest[1]
    length = (line * line * _known(screen, matte, unrest)).sum(axis=-1)
    doubt: Image = np.clip(SURE_OF / np.sqrt(np.maximum(length, 1e-6)), 0.005, 0.1)
    return doubt.astype(np.float32)
