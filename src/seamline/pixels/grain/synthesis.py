"""
Grain made from a model: never the plate's own, and like it in all that was measured.

White noise that depends on seed, frame and place alone is filtered, bent to the values that
grain takes, and laid on with the sigma of the light it lies on. Work goes tile by tile on a
grid that is anchored to the display window, so a part of a frame gets what the whole would
have had there, and no number of threads changes a bit. (Grain that grows with detail looks
three pixels around: so near a part's own border it may be a little other.)

The filter runs through a Fourier transform, which libraries round differently in the last
digits. What comes out is rounded to 1/4096 of a sigma, so that pictures are practically
the same on every machine; bit for bit it is promised on one machine and one numpy only.
Nothing is clamped; pixels that are not finite stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seamline.errors import GrainError
from seamline.pixels.grain.busy import busier
from seamline.pixels.grain.chance import normals
from seamline.pixels.grain.curve import Strength
from seamline.pixels.grain.marginal import shaped
from seamline.pixels.grain.spectrum import filters
from seamline.pixels.picture import Image
from seamline.show.grain import GrainModel

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]
TILE = 512
"""Side of what is filtered at once, rims included; a quarter megapixel fits a cache."""
_ROUND = 4096.0
Place = tuple[int, int]


def synthesise(
    model: GrainModel, clean: Image, *, frame: int, seed: int, origin: Place = (0, 0)
) -> Image:
    """
    Return (H, W, 3) float32 grain for ``clean``, to be added to it.

    Args:
        model: Measured in the space of ``clean`` and at its size.
        clean: (H, W, 3) float32, without grain; any values.
        frame: The film's frame number: every frame has grain of its own.
        seed: The same seed and frame are the same grain.
        origin: Column and row of the first pixel in the display window.

    Returns:
        0 where ``clean`` is not finite.
    """
    assert clean.ndim == 3, clean.shape
    assert clean.shape[2] == 3, clean.shape
    if not all(-(1 << 31) + TILE < at < (1 << 31) - TILE for at in origin):
        raise GrainError(f"no picture begins at {origin}", remedy="Check the data window.")
    height, width = clean.shape[:2]
    grain = np.empty((height, width, 3), np.float32)
    strength = Strength.of(model)
    busy = busier(np.where(np.isfinite(clean), clean, 0).astype(np.float64), strength)
    for rows, columns, field in _tiles(model, (height, width), origin, frame=frame, seed=seed):
        light = clean[rows, columns].astype(np.float64)
        there = np.isfinite(light)
        light = np.where(there, light, 0.0)
        for c in range(3):
            z = np.rint(shaped(model.marginals[c], field[c], light[..., c]) * _ROUND) / _ROUND
            sigma = strength.sigma(light, c) * busy[rows, columns]
            grain[rows, columns, c] = np.where(there[..., c], z * sigma, 0)
    return grain


def regrain(
    model: GrainModel,
    clean: Image,
    *,
    frame: int,
    seed: int,
    amount: float = 1.0,
    origin: Place = (0, 0),
) -> Image:
    """
    Return ``clean`` (H, W, 3) with ``amount`` times its grain on; see ``synthesise``.

    With amount 0, and where a pixel is not finite, its bits are those of ``clean``.
    """
    if amount == 0:
        return clean.copy()
    grain = synthesise(model, clean, frame=frame, seed=seed, origin=origin)
    laid = clean.astype(np.float64) + amount * grain.astype(np.float64)
    return np.where(np.isfinite(clean), laid.astype(np.float32), clean)


def grain_field(
    model: GrainModel, height: int, width: int, *, frame: int, seed: int, origin: Place = (0, 0)
) -> Floats:
    """
    Return (3, H, W) what grain is made of before it knows what it lies on.

    Pictures of one frame may share it: what ``laid`` does with it depends on each.
    """
    whole = np.empty((3, height, width))
    for rows, columns, field in _tiles(model, (height, width), origin, frame=frame, seed=seed):
        whole[:, rows, columns] = field
    return whole


def laid(
    model: GrainModel, clean: Image, field: Floats, share: Image, *, amount: float = 1.0
) -> Image:
    """
    Return ``clean`` (H, W, 3) with grain on, made from ``field`` at its own signal.

    Where ``share`` is 1 it is what ``regrain`` returns, bit for bit; where it is 0, and where
    a value is not finite, the bits are those of ``clean``.

    Args:
        model: Measured in the space of ``clean`` and at its size.
        clean: (H, W, 3) float32, without grain.
        field: (3, H, W) of ``grain_field``, for the same pixels.
        share: (H, W) float32, how much of the grain each pixel gets.
        amount: Of it all.
    """
    strength = Strength.of(model)
    light = clean.astype(np.float64)
    there = np.isfinite(light)
    light = np.where(there, light, 0.0)
    out = np.empty_like(clean)
    much = share.astype(np.float64) * amount
    busy = busier(light, strength)
    for c in range(3):
        z = np.rint(shaped(model.marginals[c], field[c], light[..., c]) * _ROUND) / _ROUND
        grain = (z * (strength.sigma(light, c) * busy)).astype(np.float32).astype(np.float64)
        with_it = (light[..., c] + much * grain).astype(np.float32)
        out[..., c] = np.where(there[..., c] & (share != 0), with_it, clean[..., c])
    return out


def grey_stack(model: GrainModel, levels: int = 8) -> tuple[float, ...]:
    """Return ``levels`` neutral greys within what was measured, each as many times the last."""
    low = max(c.signals[0] for c in model.curves)
    high = min(c.signals[-1] for c in model.curves)
    if not high > max(low, 0):
        return (max(high, 0.0),) * levels
    low = max(low, high / 1024)  # ten stops
    step = (high / low) ** (1 / max(levels - 1, 1))
    return tuple(low * step**k for k in range(levels))


def grain_plate(
    model: GrainModel,
    height: int,
    width: int,
    *,
    frame: int,
    seed: int,
    levels: Sequence[float] | None = None,
) -> Image:
    """
    Return (H, W, 3) float32: a stack of neutral greys, darkest on top, with the grain on.

    What a compositor grades and subtracts to get the grain alone; every band is one signal.

    Args:
        model: Its space is the plate's.
        height: Rows; shared out evenly.
        width: Columns.
        frame: The film's frame number.
        seed: As for ``synthesise``.
        levels: Pixel values of the bands; by default eight within what was measured.
    """
    greys = grey_stack(model) if levels is None else tuple(levels)
    if not greys or height < len(greys):
        raise GrainError(
            f"{len(greys)} greys do not fit into {height} rows",
            remedy="Ask for fewer levels, or for a taller plate.",
        )
    band = np.arange(height) * len(greys) // height
    flat = np.broadcast_to(np.array(greys, np.float32)[band][:, None, None], (height, width, 3))
    # where two greys meet there is no detail
    return regrain(replace(model, detail=None), flat, frame=frame, seed=seed)


def _tiles(
    model: GrainModel, size: Place, origin: Place, *, frame: int, seed: int
) -> Iterator[tuple[slice, slice, Floats]]:
    """Yield rows, columns and (3, h, w) filtered noise of every tile that the frame touches."""
    taps, rim = _taps(model), model.spectrum.size // 2
    inner = TILE - 2 * rim
    left, top = origin
    for row in range(top // inner * inner, top + size[0], inner):
        for column in range(left // inner * inner, left + size[1], inner):
            field = _filtered(taps, row - rim, column - rim, frame, seed)
            rows, columns = (
                slice(max(first - start, 0), min(first + inner - start, count))
                for first, start, count in ((row, top, size[0]), (column, left, size[1]))
            )
            down, across = top - row + rim, left - column + rim
            yield (
                rows,
                columns,
                field[
                    :,
                    rows.start + down : rows.stop + down,
                    columns.start + across : columns.stop + across,
                ],
            )


def _filtered(taps: Complexes, top: int, left: int, frame: int, seed: int) -> Floats:
    noise = normals(TILE, TILE, top=top, left=left, frame=frame, seed=seed)
    white = [np.fft.rfft2(plane) for plane in noise]
    out = np.empty((3, TILE, TILE))
    for i in range(3):
        mixed = sum((taps[i, j] * white[j] for j in range(1, i + 1)), taps[i, 0] * white[0])
        out[i] = np.fft.irfft2(mixed, (TILE, TILE))
    return out


@lru_cache(maxsize=4)
def _taps(model: GrainModel) -> Complexes:
    """Return the (3, 3, TILE, TILE / 2 + 1) transforms of the model's filters."""
    taps = filters(model)
    size = taps.shape[0]
    laid = np.zeros((3, 3, TILE, TILE))
    at = np.where(np.arange(size) < size // 2, np.arange(size), np.arange(size) + TILE - size)
    laid[:, :, at[:, None], at[None, :]] = taps.transpose(2, 3, 0, 1)
    return np.asarray(np.fft.rfft2(laid), np.complex128)
