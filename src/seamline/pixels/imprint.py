"""
An imprint: the little of a picture by which a copy of it is known again.

A small picture of its tones, and many local pieces of it at several sizes, each told by the
lowest waves of its surface. A copy that was encoded, resized, exposed or cropped otherwise
has most of the same pieces, in the same arrangement; one that was mirrored has them with
the waves across turned over. No rotation is looked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.grain.box import box_mean, slopes
from seamline.pixels.resample import resized

Image = NDArray[np.float32]
LONG_SIDE_PX = 320
"""Of the small picture. At a crop to 60 % what is shared is still 192 pixels wide."""
SHORTEST_PX = 40
VERSION = 1
"""Raised when the same picture would leave another imprint: kept ones are made anew."""
STEP = 2**-0.25
"""From one size of the pieces to the next: what lies between is a tenth off at most."""
PIECE_PX = 25
WAVES = 6
"""Waves across and down a piece, the mean among them, which is not kept."""
APART_PX = 7
"""A piece is the clearest corner within so many pixels, wherever a crop begins."""
LEAST = 0.0015
"""Slope of the tone, per pixel, below which there is no corner: a clear sky's."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Imprint:
    """
    What is kept of a picture to know it again.

    Attributes:
        tone: (H, W) float32, fourth root of luminance; the longer side is 320 pixels.
        places: (N, 3) float32, column and row of each piece in ``tone``, pixels with
            centres at half-integers, and how many pixels of ``tone`` one of the piece's is.
        waves: (N, 35) float32, of unit length.
    """

    tone: Image
    places: Image
    waves: Image


def imprint(rgb: Image) -> Imprint:
    """
    Return the imprint of a picture.

    Args:
        rgb: (H, W, 3) scene-linear, in whatever space; what is not finite counts as black.

    Source:
        Tone: an exposure is a factor of the fourth root, and normalised correlation does
        not see it. Corners as in J. Shi, C. Tomasi, Good Features to Track, CVPR 1994;
        pieces by the discrete cosine transform (N. Ahmed, T. Natarajan, K. Rao, IEEE
        Trans. Computers C-23, 1974), each wave times its frequency, because pictures have
        that much less of it (D. Field, J. Opt. Soc. Am. A 4, 1987).
    """
    return imprint_of_tone(small_tone(rgb))


def small_tone(rgb: Image) -> Image:
    """Return the small picture of (H, W, 3) scene-linear ``rgb``; see ``Imprint``."""
    held = np.clip(np.nan_to_num(rgb, nan=0.0, posinf=65504.0, neginf=0.0), 0.0, 65504.0)
    light = held.mean(axis=-1, keepdims=True)
    scale = LONG_SIDE_PX / max(light.shape[:2])
    height, width = (max(1, round(n * scale)) for n in light.shape[:2])
    tone: Image = resized(light.astype(np.float32), height, width)[..., 0] ** np.float32(0.25)
    return tone


def imprint_of_tone(tone: Image) -> Imprint:
    """Return the imprint whose small picture is ``tone`` (H, W)."""
    places, waves = [], []
    size = 1.0
    while min(tone.shape) * size >= SHORTEST_PX:
        height, width = (round(n * size) for n in tone.shape)
        level = resized(tone[..., None], height, width)[..., 0]
        at, told = _pieces(level)
        pixel = np.array([tone.shape[1] / width, tone.shape[0] / height])
        places.append(np.column_stack([at * pixel, np.full(len(at), pixel.mean())]))
        waves.append(told)
        size *= STEP
    if not places:
        return Imprint(
            tone=tone,
            places=np.zeros((0, 3), np.float32),
            waves=np.zeros((0, WAVES * WAVES - 1), np.float32),
        )
    return Imprint(
        tone=tone,
        places=np.concatenate(places).astype(np.float32),
        waves=np.concatenate(waves).astype(np.float32),
    )


def mirrored(one: Imprint) -> Imprint:
    """Return the imprint of the same picture, left and right exchanged."""
    places = one.places.copy()
    places[:, 0] = one.tone.shape[1] - places[:, 0]
    return Imprint(
        tone=np.ascontiguousarray(one.tone[:, ::-1]),
        places=places,
        waves=one.waves * _TURNED_OVER,
    )


def _pieces(level: Image) -> tuple[NDArray[np.float64], Image]:
    """Return (N, 2) column and row of the pieces of one size, and their (N, 35) waves."""
    across, down = slopes(box_mean(level, 1))
    xx, yy, xy = (box_mean(v, 2) for v in (across * across, down * down, across * down))
    least = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    half = PIECE_PX // 2
    highest = _highest(_highest(least, APART_PX).T, APART_PX).T
    found = (least >= highest) & (least > LEAST * LEAST * level.max(initial=0.0) ** 2)
    found[:half], found[-half:], found[:, :half], found[:, -half:] = (False,) * 4
    rows, columns = np.nonzero(found)
    views = np.lib.stride_tricks.sliding_window_view(level, (PIECE_PX, PIECE_PX))
    pieces = views[rows - half, columns - half].astype(np.float64)
    waves = (_COSINES @ pieces @ _COSINES.T).reshape(len(rows), WAVES * WAVES)
    waves = waves[:, 1:] * _FREQUENCY
    length = np.sqrt((waves * waves).sum(axis=1, keepdims=True))
    told: Image = (waves / np.maximum(length, 1e-12)).astype(np.float32)
    return np.column_stack([columns, rows]).astype(np.float64) + 0.5, told


def _highest(plane: Image, reach: int) -> Image:
    """Return the largest value of each column within ``reach`` rows."""
    wide = np.pad(plane, ((reach, reach), (0, 0)), mode="edge")
    found = plane
    for k in range(2 * reach + 1):
        found = np.maximum(found, wide[k : k + plane.shape[0]])
    return found


_N = np.arange(WAVES)
_COSINES = np.cos(np.pi * (np.arange(PIECE_PX) + 0.5) * _N[:, None] / PIECE_PX)
_FREQUENCY = np.hypot(_N[:, None], _N).ravel()[1:]
_TURNED_OVER = np.tile(np.where(_N % 2, -1.0, 1.0), WAVES)[1:].astype(np.float32)
