"""
The comp: an ordered list of layers, live action among them.

Where the matte is exactly 1 and every layer above live action has alpha exactly
0, the comp *is* the plate: those pixels are selected, bit for bit, never
multiplied. Everything else is mixed in scene-linear light.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import Image, Picture, Plane, fits_half, rgb_channels


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompLayer:
    """
    One layer of a comp, back to front.

    Attributes:
        name: ``env``, ``live`` ...
        rgb: (H, W, 3) float32, scene-linear, associated.
        alpha: (H, W) float32.
        live: Whether this is the live action.
    """

    name: str
    rgb: Image
    alpha: Image
    live: bool = False


def over(layers: Sequence[CompLayer]) -> tuple[Image, NDArray[np.bool_]]:
    """
    Return the mixed (H, W, 3) float32 picture, and where it must be the plate itself.

    Args:
        layers: Back to front; at most one is live.

    Source:
        T. Porter, T. Duff, Compositing Digital Images, SIGGRAPH 1984 (over).
    """
    mixed = np.zeros_like(layers[0].rgb)
    untouched = np.zeros(mixed.shape[:2], bool)
    for layer in layers:
        rest = np.float32(1) - layer.alpha
        # Live action may hold NaN and Inf: mixed they are nothing, and are selected instead.
        with np.errstate(invalid="ignore", over="ignore"):
            mixed = layer.rgb + rest[..., None] * mixed
        untouched = (layer.alpha == 1) if layer.live else untouched & (layer.alpha == 0)
    return mixed, untouched


def onto_plate(
    plate: Picture, generated: Image, untouched: NDArray[np.bool_]
) -> dict[str, Plane]:
    """
    Return the comp's channels: the plate's own, with R, G, B generated where not untouched.

    Args:
        plate: The frame as stored; every further channel is carried through.
        generated: (H, W, 3) float32 in the plate's colour space.
        untouched: (H, W); where the plate's stored values are selected.

    Returns:
        Channels in the plate's order and types. When a generated value does not
        fit a half, R, G and B are float for this frame; the plate's values in
        them are the same numbers.
    """
    channels = dict(plate.channels)
    names = "RGB" if "R" in channels else "Y"
    half = all(channels[n].dtype == np.float16 for n in names)
    # The plate's own 65504, converted there and back, is no generated value over it.
    shown = np.where(untouched[..., None], np.float32(0), generated)
    fresh = rgb_channels(shown, "half" if half else "float")
    for name in names:
        drawn = fresh["R" if name == "Y" else name]
        stored = channels[name]
        if stored.dtype.kind == "u":
            stored = plate.rgb()[..., "RGB".find(name) if name != "Y" else 0]
        channels[name] = _select(untouched, stored.astype(drawn.dtype, copy=False), drawn)
    return channels


def _select(untouched: NDArray[np.bool_], plate: Plane, drawn: Plane) -> Plane:
    """Pick by bits, so that a NaN keeps its payload."""
    bits = np.uint16 if drawn.dtype == np.float16 else np.uint32
    picked = np.where(
        untouched,
        np.ascontiguousarray(plate).view(bits),
        np.ascontiguousarray(drawn).view(bits),
    )
    return picked.view(drawn.dtype)


def peak(values: Image) -> float:
    """Return the largest finite magnitude in ``values``."""
    magnitude = np.abs(values)
    return float(np.where(np.isfinite(magnitude), magnitude, np.float32(0)).max())


__all__ = ["CompLayer", "fits_half", "onto_plate", "over", "peak"]
