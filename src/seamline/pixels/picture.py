"""
Pictures: named channels as they are stored, with their windows and header.

Nothing is converted on the way in or out: a half channel is float16 here and
half again in the file, so a picture that is read and written is the same
picture, bit for bit, NaN and Inf included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.errors import FormatError
from seamline.show.shot import Window

Image = NDArray[np.float32]
Plane = NDArray[Any]

HALF_MAX = 65504.0
CHANNEL_TYPES: dict[str, str] = {
    "float16": "half",
    "float32": "float",
    "uint8": "uint8",
    "uint16": "uint16",
    "uint32": "uint32",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """
    One frame.

    Attributes:
        channels: Name to (H, W) plane over the data window, in file order, each in
            its stored type (float16, float32, uint8, uint16 or uint32).
        data_window: x, y, width, height of the stored pixels; y down.
        display_window: x, y, width, height of the frame.
        attributes: Header attributes: name to (OpenImageIO type name, value).
    """

    channels: Mapping[str, Plane]
    data_window: Window
    display_window: Window
    attributes: Mapping[str, tuple[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _, _, width, height = self.data_window
        for name, plane in self.channels.items():
            assert plane.shape == (height, width), (name, plane.shape, self.data_window)
            assert plane.dtype.name in CHANNEL_TYPES, (name, plane.dtype)

    @property
    def channel_type(self) -> str:
        """``half``, ``float``, ``uint8`` ...: the type of R, or of the first channel."""
        plane = self.channels.get("R")
        if plane is None:
            plane = next(iter(self.channels.values()))
        return CHANNEL_TYPES[plane.dtype.name]

    @property
    def pixel_aspect(self) -> float:
        """Width of a pixel over its height."""
        return float(self.attributes.get("PixelAspectRatio", ("float", 1.0))[1])

    def rgb(self, *, where: str = "picture") -> Image:
        """
        Return (H, W, 3) float32 over the data window; a lone Y stands for all three.

        Integer channels come back as value / largest code. float16 and float32
        values are exact.

        Raises:
            FormatError: There is neither R, G, B nor Y.
        """
        names = ("R", "G", "B") if "R" in self.channels else ("Y", "Y", "Y")
        if any(name not in self.channels for name in names):
            raise FormatError(
                f"{where} has channels {', '.join(self.channels)}; neither R, G, B nor Y",
                remedy="Render or export the picture with R, G, B channels.",
            )
        return np.stack([as_float(self.channels[name]) for name in names], axis=-1)

    def with_channels(self, channels: Mapping[str, Plane]) -> Picture:
        """Return the same picture with other channels."""
        return replace(self, channels=channels)


def as_float(plane: Plane) -> Image:
    """Return ``plane`` (H, W) as float32; integers become value / largest code."""
    if plane.dtype.kind == "u":
        return plane.astype(np.float32) / np.float32(np.iinfo(plane.dtype).max)
    return plane.astype(np.float32)


def rgb_channels(rgb: Image, channel_type: str) -> dict[str, Plane]:
    """
    Return R, G, B planes of ``rgb`` (H, W, 3) in ``channel_type``.

    ``half`` becomes float when any finite value is beyond 65504: nothing turns
    into Inf on the way to a file.
    """
    dtype: type[np.float16] | type[np.float32] = (
        np.float16 if channel_type == "half" and fits_half(rgb) else np.float32
    )
    return {
        name: np.ascontiguousarray(rgb[..., i]).astype(dtype) for i, name in enumerate("RGB")
    }


def fits_half(values: Image) -> bool:
    """Whether every finite value of ``values`` stays finite as a half float."""
    magnitude = np.abs(values)
    return not bool(np.any((magnitude > HALF_MAX) & np.isfinite(values)))


def finite_pixels(rgb: Image) -> NDArray[np.bool_]:
    """Return (H, W): where every channel of (H, W, C) ``rgb`` is finite."""
    # by channel: a reduction over three neighbours takes ten times as long
    finite: NDArray[np.bool_] = np.isfinite(rgb[..., 0])
    for channel in range(1, rgb.shape[-1]):
        finite &= np.isfinite(rgb[..., channel])
    return finite


def on_window(plane: Plane, source: Window, target: Window, *, fill: float = 0) -> Plane:
    """
    Return ``plane`` (H, W), which covers ``source``, cut or padded to ``target``.

    Args:
        plane: Pixels over ``source``.
        source: x, y, width, height of ``plane``.
        target: x, y, width, height wanted.
        fill: Value where ``target`` lies outside ``source``.
    """
    sx, sy, sw, sh = source
    tx, ty, tw, th = target
    assert plane.shape[:2] == (sh, sw), (plane.shape, source)
    wanted = np.full((th, tw, *plane.shape[2:]), fill, dtype=plane.dtype)
    x0, x1 = max(sx, tx), min(sx + sw, tx + tw)
    y0, y1 = max(sy, ty), min(sy + sh, ty + th)
    if x1 > x0 and y1 > y0:
        wanted[y0 - ty : y1 - ty, x0 - tx : x1 - tx] = plane[
            y0 - sy : y1 - sy, x0 - sx : x1 - sx
        ]
    return wanted


def around(*windows: Window) -> Window:
    """Return the smallest window, x, y, width, height, that holds all of ``windows``."""
    left, top = min(w[0] for w in windows), min(w[1] for w in windows)
    right, bottom = max(w[0] + w[2] for w in windows), max(w[1] + w[3] for w in windows)
    return left, top, right - left, bottom - top
