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
    Return ``layers`` with what lacks to make ``whole`` over one another.

    A moving camera smears a soft edge together with what lies behind it. Layers that
    are smeared one by one and laid over one another give the product of two means
    instead of the mean of the products, which differs along every silhouette. The
    light that is missing goes to the layers that are seen there, each by how much it is
    seen: layer i is seen by w_i = a_i t_i behind what lets t_i through, and gets
    w_i / sum(w_j t_j) of it, so that over one another they add up. No layer is changed
    where it is not seen.

    Alphas stay as they are, except where two soft edges lie over one another and would
    let through what the whole does not: there the layer that is seen most closes.

    Args:
        layers: Back to front, each (H, W, 4) associated.
        whole: (H, W, 4) what they are to make together.
    """
    mended = _closed(layers, whole[..., 3])
    alphas = [layer[..., 3] for layer in mended]
    clear, parts = through(alphas), seen(alphas)
    total = np.zeros_like(alphas[0])
    for part, free in zip(parts, clear, strict=True):
        total += part * free
    missing = (whole - flattened(mended))[..., :3]
    missing /= np.where(total > 0, total, np.float32(1))[..., None]
    for layer, part in zip(mended, parts, strict=True):
        layer[..., :3] += part[..., None] * missing
    return mended


LEAK = np.float32(2**-13)
"""Coverage that differs by less is the same in a half float, whose step below 1 is 2^-11."""


def _closed(layers: Sequence[Image], covered: Image) -> list[Image]:
    """Return copies that cover ``covered`` together; nothing is left where alpha is 0."""
    found = [np.where(layer[..., 3:] > 0, layer, np.float32(0)) for layer in layers]
    parts = np.stack(seen([layer[..., 3] for layer in found]))
    open_px = np.ones_like(covered)
    for layer in found:
        open_px *= np.float32(1) - layer[..., 3]
    wanted = np.float32(1) - covered
    leaks = (np.abs(open_px - wanted) > LEAK) & (open_px > 0)
    ratio = wanted / np.where(open_px > 0, open_px, np.float32(1))
    front = parts.argmax(axis=0)
    for place, layer in enumerate(found):
        alpha = layer[..., 3]
        closed = np.clip(np.float32(1) - (np.float32(1) - alpha) * ratio, 0, 1)
        layer[..., 3] = np.where(leaks & (front == place) & (alpha > 0), closed, alpha)
    return found
