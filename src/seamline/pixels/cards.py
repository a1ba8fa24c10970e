"""
Cards in the making: what is drawn over a reference, and what is cut out of it.

Everything lies on the pixel grid of the reference's master; coordinates are its pixels,
from the top left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import Image
from seamline.show.shot import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """
    One line drawn over a reference.

    Attributes:
        label: One of ``show.card.LABELS`` or ``show.card.REMARKS``.
        points: (x, y) in pixels of the reference's master, from its top left.
        closed: An outline of an area; else the upper edge of what lies below it.
        band_px: How far from it the true edge may lie; 0: as far as is usual.
    """

    label: str
    points: tuple[tuple[float, float], ...]
    closed: bool
    band_px: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawing:
    """
    What an artist drew over a reference to say what is what.

    Attributes:
        strokes: Lines and outlines, near the true edges.
        scribbles: Label or remark to (H, W) bool on the master's pixels: surely that.
    """

    strokes: tuple[Stroke, ...] = ()
    scribbles: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Master:
    """
    A reference as cards are cut from it.

    Attributes:
        light: (H, W, 3) float32, scene-linear, finite.
        coded: (H, W, 3) float32, the same in the card maker's encoding.
        usable: (H, W) bool; False where it must not be copied from.
    """

    light: Image
    coded: Image
    usable: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CutLayer:
    """
    One layer of a reference, cut out and not yet completed; all on the master's pixels.

    Attributes:
        label: One of ``show.card.LABELS``.
        alpha: (H, W) float32; its soft edge, 1 over all of it, completed parts included.
        hidden: (H, W) bool; what is to be completed.
        sources: (H, W) bool; what it may be completed from.
        base_row: Row on which it stands.
        columns: First column and end of those that may form a silhouette.
    """

    label: str
    alpha: Image
    hidden: NDArray[np.bool_]
    sources: NDArray[np.bool_]
    base_row: float
    columns: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CardPixels:
    """
    A completed layer.

    Attributes:
        window: x, y, width, height of the box around the card, on the master's pixels;
            the arrays cover it.
        colour: (H, W, 3) float32 in the maker's encoding, straight, complete.
        source_x, source_y: (H, W) int32 master pixel that each was copied from.
        copied: (H, W) bool; ``colour`` is that master pixel's, bit for bit.
    """

    window: Window
    colour: Image
    source_x: NDArray[np.int32]
    source_y: NDArray[np.int32]
    copied: NDArray[np.bool_]
