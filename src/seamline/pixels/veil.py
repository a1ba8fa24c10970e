"""
Blown sand, smoke and spray: what of a live foreground shines with the light behind it.

They are soft all over. Before a darker sky their old colour would glow, for grains scatter
the light behind them forward; and a matte that was drawn by their ground's colour leaves too
much of what is behind in them: thin sand is paler than the ground it was blown off. Sand of
a dune's own orange with a blue sky in it is violet.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.matte.spread import box_mean

Image = NDArray[np.float32]
Matte = NDArray[np.float32]

LEAKS = np.float32(0.02)
"""Twice the share of a foreground that is told as its background, where that is black. What
is no brighter says nothing of what is let through."""
REFLECTS = np.float32(0.65)
"""Of the light in its brightest channel, by what a veil's grains are lying thick. A choice,
made by looking at one dune: dry sands reflect a half to two thirds of red light."""
DENSEST = np.float32(3)
"""Times a matte's own; from there on sky and grains are too much alike to tell them apart."""
FEATHER = 128
"""Of a frame's width one part, either way: a polygon is drawn by hand across what fades, and
its own edge was seen in the sand."""
GREEN = 1
"""In sand, dust and smoke the channel between the other two: violet is where it lacks."""


def let_through(
    layer: Image, matte: Matte, veil: Matte, own: Image, behind: Image, new: Image
) -> Image:
    """
    Return a live ``layer`` (H, W, 3) whose veil stands before ``new`` light as before its old.

    It is as dense, in all channels alike (grains are much larger than light's waves), as makes
    it as green before the old background as its grains are one by one: ``a`` of (1) below. The
    rest of what was seen is its own light. Where it is dense, grains light each other and it
    keeps that; the thinner it is, the more of it came from behind, and changes as that does: it
    is multiplied by 1 + (1 - a)^2 (new / old - 1). Nothing changes outside ``veil``, whose edge
    fades, nor before the old background. The weight is a choice, made by looking; its two ends
    are physics.

        (1) a = matte (own - old) / (thin - old), in green; never less than the matte. ``thin``
            goes from grains one by one to a heap of them, ``own``, by the cube of the matte

    Args:
        layer: Associated, linear.
        matte: (H, W), 1 = live.
        veil: (H, W) 1 where what is soft lets light through.
        own: (H, W, 3) the foreground's colour where it is soft.
        behind: (H, W, 3) what stood behind it.
        new: (H, W, 3) what stands behind it now.

    Source: small grains throw light forward (J. E. Hansen and L. D. Travis, Light scattering
    in planetary atmospheres, Space Science Reviews 16, 1974); thick clouds diffuse it.
    """
    told = (behind * matte[..., None] > LEAKS * layer) & (behind > 0)
    ratio = np.where(told, new / np.where(told, behind, np.float32(1)), np.float32(1))
    dense = _density(matte, own, behind)[..., None]
    clear = 1 - dense
    light = layer + (dense - matte[..., None]) * behind
    more = (dense - matte[..., None]) * (behind - new) + light * clear * clear * (ratio - 1)
    share = box_mean(veil, veil.shape[1] // FEATHER)[..., None]
    return np.asarray(layer + share * more, np.float32)


def _density(matte: Matte, own: Image, behind: Image) -> Matte:
    """Return (H, W) how much of what is behind a veil's grains take away."""
    front, back = own[..., GREEN], behind[..., GREEN]
    # the denser it is, the more it is a heap; by look: a itself leaves pink, and thinned grains
    # alone leave the old sky along the ground
    heap = matte * matte * matte
    thin = heap * front + (1 - heap) * thinned(own)[..., GREEN]
    # both apart from the background on its same side, or the matte is believed
    sure = (thin - back) * (front - back) > 0
    times = np.where(sure, (front - back) / np.where(sure, thin - back, np.float32(1)), 1)
    return np.asarray(np.minimum(matte * np.clip(times, 1, DENSEST), 1), np.float32)


def thinned(own: Image) -> Image:
    """
    Return the colour (H, W, 3) of grains one by one, of which a heap is ``own``.

    As bright in its brightest channel. Lying thick they throw the light from one to another,
    and what each takes of it is taken many times.

    Source: B. Hapke, Bidirectional reflectance spectroscopy 1, JGR 86 (1981): with the single
    scattering albedo w a heap reflects (1 - g) / (1 + g), g = sqrt(1 - w).
    """
    most = np.maximum(own.max(axis=-1, keepdims=True), np.float32(1e-6))
    heap = np.clip(own / most, 0, 1) * REFLECTS
    held = (1 - heap) / (1 + heap)
    full = (1 - REFLECTS) / (1 + REFLECTS)
    return np.asarray(most * (1 - held * held) / (1 - full * full), np.float32)
