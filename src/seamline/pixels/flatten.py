"""
Flattening: painted layers over one another, before any camera looks at them.

Everything is associated alpha in scene-linear light, (H, W, 4) float32: R, G, B, A. A
layer adds nothing where its alpha is 0 and hides all behind it where its alpha is 1:
those pixels are selected, bit for bit, never multiplied. One layer alone is therefore
itself. The ``margin`` is painted to be compared, not to be seen, and never takes part.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import Image

MARGIN = "margin"
"""The layer that is compared with the plate, and never seen."""


def flattened(layers: Sequence[Image]) -> Image:
    """
    Return the layers over one another, (H, W, 4).

    Args:
        layers: Back to front, each (H, W, 4) associated; one alone comes back as it is.

    Source:
        T. Porter, T. Duff, Compositing Digital Images, SIGGRAPH 1984 (over).
    """
    flat = layers[0]
    for front in layers[1:]:
        alpha = front[..., 3:]
        mixed = (np.float32(1) - alpha) * flat
        mixed += front
        np.copyto(mixed, front, where=alpha == 1)
        np.copyto(mixed, flat, where=alpha == 0)
        flat = mixed
    return flat


def seen(alphas: Sequence[Image]) -> list[Image]:
    """
    Return how much of each layer is seen from the front, (H, W) in [0, 1].

    Args:
        alphas: (H, W) of each layer, back to front.
    """
    through = np.ones_like(alphas[0])
    found = []
    for alpha in reversed(alphas):
        found.append(alpha * through)
        through = through * (np.float32(1) - alpha)
    return found[::-1]


def through(alphas: Sequence[Image]) -> list[Image]:
    """
    Return how much light the layers before each one let through, (H, W); 1 for the front.

    Args:
        alphas: (H, W) of each layer, back to front.
    """
    clear = np.ones_like(alphas[0])
    found = []
    for alpha in reversed(alphas):
        found.append(clear)
        clear = clear * (np.float32(1) - alpha)
    return found[::-1]


def plate_alone(alphas: Sequence[Image], own: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """
    Return (H, W): where the frontmost that is seen is the plate's own pixel, and opaque.

    Args:
        alphas: (H, W) of each layer, back to front.
        own: (H, W) of each: where its lineage says that the pixel is the plate's.
    """
    alone = np.zeros(alphas[0].shape, bool)
    for alpha, mine in zip(alphas, own, strict=True):
        alone = np.where(alpha == 0, alone, (alpha == 1) & mine)
    return alone


def adding_up(layers: Sequence[Image], whole: Image) -> list[Image]:
    """
    Return ``layers`` with the light that lacks to make ``whole``; alphas as they are.

    A moving camera smears a soft edge together with what lies behind it. Layers that
    are smeared one by one and laid over one another give the product of two means
    instead of the mean of the products, which differs along every silhouette. What is
    missing goes to the layers that are seen there, each by how much it is seen: layer i
    is seen by w_i = a_i t_i behind what lets t_i through, and gets w_i / sum(w_j t_j) of
    it, so that over one another they add up. No layer is changed where it is not seen.

    Args:
        layers: Back to front, each (H, W, 4) associated.
        whole: (H, W, 4) what they are to make together.
    """
    alphas = [layer[..., 3] for layer in layers]
    clear, parts = through(alphas), seen(alphas)
    total = np.zeros_like(alphas[0])
    for part, free in zip(parts, clear, strict=True):
        total += part * free
    missing = (whole - flattened(layers))[..., :3]
    missing /= np.where(total > 0, total, np.float32(1))[..., None]
    found = []
    for layer, part in zip(layers, parts, strict=True):
        mended = layer.copy()
        mended[..., :3] += part[..., None] * missing
        found.append(mended)
    return found
