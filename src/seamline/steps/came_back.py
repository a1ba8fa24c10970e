"""
What came back from a host: which pixels of which layers were touched, and whether they may be.

A host may write half floats where floats went out, leave layers out, or add new ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seamline.errors import ColourError, FormatError, InputError
from seamline.pixels.flatten import flattened
from seamline.pixels.hand import resaved, touched
from seamline.pixels.picture import Image, Picture, Plane, as_float, on_window
from seamline.ports import Studio
from seamline.show.canvas import Canvas

GUIDE = "guide"
"""The layer of an exported canvas that is only for looking."""
RESAVED_SHARE = 0.25
"""More of a picture changed by next to nothing is a host's doing, not a hand's."""
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_LAYER = re.compile(r"(?:(?P<layer>.+)\.)?(?P<channel>[RGBA])")
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stroke:
    """
    What was done to one layer.

    Attributes:
        rgba: (H, W, 4) the layer as it came back, associated, working space.
        mask: (H, W) where it is another than what went out.
        says: What looks as if no hand had done it; empty where nothing does.
    """

    rgba: Image
    mask: Mask
    says: str


def came_back(studio: Studio, path: str, canvas: Canvas, colourspace: str | None) -> Picture:
    """
    Return the picture at ``path`` over the canvas's window.

    Raises:
        ColourError: It is not in the working space.
        FormatError: It is no picture, or not of the canvas's size.
    """
    picture = studio.images.read(path)
    space = studio.colour.working_space
    told = studio.images.evidence(path, flag=colourspace, default=space).colourspace
    if told != space:
        raise ColourError(
            f"{path} is in {told}, and a canvas is painted in {space}",
            remedy=f"Write it from the host as {space}, or name its space with --colourspace.",
        )
    _, _, width, height = picture.display_window
    if (width, height) != (canvas.width_px, canvas.height_px):
        raise FormatError(
            f"{path} is {width}x{height}, and the canvas {canvas.width_px}x{canvas.height_px}",
            remedy="Paint on the exported canvas without scaling or cropping its format.",
        )
    channels = {
        name: on_window(plane, picture.data_window, picture.display_window)
        for name, plane in picture.channels.items()
    }
    return replace(picture, channels=channels, data_window=picture.display_window)


def strokes_of(
    picture: Picture, path: str, sent: Mapping[str, Image], keep: Mask
) -> dict[str, Stroke]:
    """
    Return the layers that were touched, back to front, new ones last.

    Args:
        picture: What came back, on the canvas's window.
        path: Named in errors.
        sent: (H, W, 4) of every layer that went out, back to front.
        keep: (H, W) where the plate's own pixels stand.

    Raises:
        FormatError: It has no layer, or one without its four channels.
        InputError: A stroke is not finite, lies over the plate, or on the flat picture.
    """
    layers, flat, half = _layers_of(picture, path, list(sent))
    if flat is not None and len(sent) > 1:
        _flat_is_as_it_was(path, flat, flattened(list(sent.values())), half)
    found = {}
    for layer, rgba in layers.items():
        before = sent.get(layer, np.zeros_like(rgba))
        mask = touched(before, rgba, as_half=half)
        _may_be(path, layer, rgba, mask, keep)
        if mask.any():
            says = _words_of_resaving(layer, before, rgba, mask)
            found[layer] = Stroke(rgba=rgba, mask=mask, says=says)
    return found


def _layers_of(
    picture: Picture, path: str, names: list[str]
) -> tuple[dict[str, Image], Image | None, bool]:
    """Return the layers back to front, the flat picture, and whether all of it is half."""
    grouped: dict[str, dict[str, Plane]] = {}
    for channel, plane in picture.channels.items():
        parts = _LAYER.fullmatch(channel)
        if parts and parts["layer"] != GUIDE:
            grouped.setdefault(parts["layer"] or "", {})[parts["channel"]] = plane
    flat = grouped.pop("", None)
    whole = None if flat is None else _rgba(flat, path, "R, G, B, A")
    if flat is not None and len(names) == 1:
        grouped[names[0]] = flat
    if not grouped:
        raise FormatError(
            f"{path} has no layers; {', '.join(names)} went out",
            remedy="Write all channels from the host, or those of the layers you painted on.",
        )
    for layer in grouped:
        if layer not in names and not _NAME.fullmatch(layer):
            raise InputError(
                f"{path}: a layer called {layer!r} cannot be a file's name",
                remedy="Use lower-case letters, digits, _ and -.",
            )
    half = all(plane.dtype == np.float16 for g in grouped.values() for plane in g.values())
    ordered = [n for n in names if n in grouped] + [n for n in grouped if n not in names]
    return {n: _rgba(grouped[n], path, n) for n in ordered}, whole, half


def _rgba(planes: Mapping[str, Plane], path: str, what: str) -> Image:
    missing = [c for c in "RGBA" if c not in planes]
    if missing:
        raise FormatError(
            f"{path}: layer {what} has no {', '.join(missing)}",
            remedy="Write its R, G, B and A.",
        )
    return np.stack([as_float(planes[c]) for c in "RGBA"], axis=-1)


def _flat_is_as_it_was(path: str, flat: Image, sent: Image, half: bool) -> None:
    if flat.shape == sent.shape and touched(sent, flat, as_half=half).any():
        raise InputError(
            f"{path}: the flat picture (R, G, B, A) was painted on, and it has layers",
            remedy="Paint on a layer, or in a new one before all others; leave the flat "
            "picture as it was, or out.",
        )


def _may_be(path: str, layer: str, rgba: Image, mask: Mask, keep: Mask) -> None:
    """Refuse strokes that no painting may hold."""
    alpha = rgba[..., 3]
    for what, wrong in (
        ("is not finite", ~np.isfinite(rgba).all(axis=-1)),
        ("has an alpha outside 0 to 1", (alpha < 0) | (alpha > 1)),
    ):
        if (wrong & mask).any():
            y, x = np.argwhere(wrong & mask)[0]
            raise InputError(
                f"{path}: layer {layer} {what} at {x},{y}, and {int((wrong & mask).sum()) - 1} "
                "more pixels",
                remedy="Mend it in the host and write the file again.",
            )
    if (mask & keep).any():
        y, x = np.argwhere(mask & keep)[0]
        raise InputError(
            f"{path}: layer {layer} was painted on where the plate's own pixels stand, at "
            f"{x},{y} and {int((mask & keep).sum()) - 1} more",
            remedy="Paint where guide.keep is 0, or give the shot another matte.",
        )


def _words_of_resaving(layer: str, sent: Image, back: Image, mask: Mask) -> str:
    share = resaved(sent, back, mask)
    if share <= RESAVED_SHARE:
        return ""
    return (
        f"layer {layer}: {share:.0%} of it changed by next to nothing; a host that "
        "converted, resampled or unpremultiplied it did that, and those pixels now "
        "count as painted by hand"
    )
