"""
What is left of frames when the picture is taken out of them: grain, where nothing moved.

A still scene is the mean of its frames. Under a moving camera each frame is looked up at the
nearest pixel, never between pixels: interpolation would average the grain that is to be
measured. What the nearest pixel is beside the true place is made good by the slope of the
scene.

Taking the picture out takes a share of the grain with it: with T frames, 1 / T of its
variance. The rests are scaled so that their variance is the grain's.

Frames are (H, W, 3), any linear or encoded space; values that are not finite are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.errors import GrainError
from seamline.pixels.grain.box import box_mean, finite, slopes, smoothed
from seamline.pixels.picture import Image

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]


DETAIL_RADIUS = 2
FEWEST_FITTED = 6
"""Frames, below which a slope fitted per pixel would take half of the grain."""
_RIDGE_PX2 = 0.01
"""Where the frames all lie alike no slope is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rests:
    """
    Grain, and what it lies on.

    Attributes:
        signal: (H, W, 3) the picture without grain, as well as it is known.
        detail: (H, W, 3) how steep the picture is around a pixel, values per pixel.
        rests: (T, H, W, 3) grain, scaled to the variance it had.
        valid: (T, H, W) where it is grain.
        places: (T, 2, H, W) row and column in its own frame that each rest was read from; None
            where all frames lie alike.
        beside: (T, H, W, 2) how far from the place that pixel lies, pixels; of a pair of
            frames, how far apart theirs lie, and 0 for the single ones. None likewise.
        taken: Share of a frame's own grain that went with the picture: 1 / T, or less.
    """

    signal: Image
    detail: Image
    rests: Image
    valid: Mask
    taken: float
    places: NDArray[np.int32] | None = None
    beside: NDArray[np.float32] | None = None


def still_rests(frames: Sequence[Image], mask: Mask | None = None) -> Rests:
    """
    Return what is left of (H, W, 3) frames of a scene that stands still.

    Flicker and the shake of the camera are taken out: they would count as grain.
    """
    stack = _stacked(frames)
    whole = finite(stack, 0, 3)
    stack = np.where(whole[..., None], stack, np.float32(0))
    mean = stack.mean(axis=0, dtype=np.float64).astype(np.float32)
    count = len(stack)
    rests = (stack - mean) * np.float32(np.sqrt(count / (count - 1)))
    valid = whole if mask is None else whole & mask
    signal = smoothed(mean)
    steady(rests, signal, valid)
    return Rests(
        signal=signal,
        detail=detail_of(mean),rests=rests,
        valid=np.repeat(valid[None], count, axis=0), taken=1 / count,
    )  # fmt: skip


def paired_rests(frames: Sequence[Image], clean: Image, mask: Mask | None = None) -> Rests:
    """Return what is left of (H, W, 3) frames beside the (H, W, 3) picture itself."""
    stack = np.stack([np.asarray(f, np.float32) for f in frames])
    whole = finite(stack, 3) & finite(clean, 2)
    valid = whole if mask is None else whole & mask
    signal = np.where(np.isfinite(clean), clean, np.float32(0)).astype(np.float32)
    rests = np.where(valid[..., None], stack - signal, np.float32(0)).astype(np.float32)
    steady(rests, signal, np.logical_and.reduce(valid))
    return Rests(signal=signal, detail=detail_of(signal), rests=rests, valid=valid, taken=0.0)


def moving_rests(
    frames: Sequence[Image],
    coordinates: Sequence[Floats],
    mask: Mask | None = None,
    *,
    fitted: bool,
) -> Rests:
    """
    Return what is left of frames of a moving camera, over one view of the scene.

    Args:
        frames: (H, W, 3) each.
        coordinates: Per frame (h, w, 2): column and row, in pixels (centres at halves), where
            the frame shows what the view's pixel shows; NaN where it does not.
        mask: (h, w) where to look.
        fitted: Follow fine detail (for sigma), or keep neighbours as they are (for all else).
    """
    if len(frames) != len(coordinates):
        raise GrainError(
            f"{len(frames)} frames and {len(coordinates)} fields of coordinates",
            remedy="Give one field per frame: where it shows each pixel of the view.",
        )
    sampled = [_nearest(f, c) for f, c in zip(frames, coordinates, strict=True)]
    stack = np.stack([found[0] for found in sampled])
    beside = np.stack([found[1] for found in sampled]).astype(np.float32)
    seen = np.logical_and.reduce([found[2] for found in sampled])
    stack = np.where(seen[..., None], stack, np.float32(0))
    beside = np.where(seen[..., None], beside, 0)
    apart = _fitted_slopes if fitted and len(stack) >= FEWEST_FITTED else _along_slopes
    mean, rests, taken = apart(stack, beside)
    valid = seen if mask is None else seen & mask
    signal = smoothed(mean)
    steady(rests, signal, valid)
    return Rests(
        signal=signal,
        detail=detail_of(mean),rests=rests, valid=np.repeat(valid[None], len(stack), axis=0),
        taken=taken,
        places=np.stack([found[3] for found in sampled]),
        beside=beside,
    )  # fmt: skip


def _stacked(frames: Sequence[Image]) -> Image:
    if len(frames) < 2:
        raise GrainError(
            "one frame alone does not tell grain from detail",
            remedy="Give two frames or more, better eight; or ask for an estimate.",
        )
    if len({f.shape for f in frames}) != 1:
        raise GrainError(
            "the frames are not all of one size: "
            + ", ".join(sorted({f"{f.shape[1]}x{f.shape[0]}" for f in frames})),
            remedy="Measure grain in frames of one plate.",
        )
    return np.stack([np.asarray(f, np.float32) for f in frames])


def _nearest(frame: Image, at: Floats) -> tuple[Image, Floats, Mask, NDArray[np.int32]]:
    """Return the nearest pixels, how far beside the place they lie, where any are, which."""
    height, width = frame.shape[:2]
    there = finite(at, 2)
    x, y = (np.where(there, at[..., k], 0.0) for k in (0, 1))
    column, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    there &= (column >= 0) & (column < width) & (row >= 0) & (row < height)
    column, row = np.where(there, column, 0), np.where(there, row, 0)
    picture = np.asarray(frame, np.float32)[row, column]
    there &= finite(picture, 2)
    # the pixel that was read shows the scene at its own middle
    beside = np.stack([column + 0.5 - x, row + 0.5 - y], axis=2)
    return picture, beside, there, np.stack([row, column]).astype(np.int32)


def on_own_grid(
    z: Image, valid: Mask, places: NDArray[np.int32], size: tuple[int, int]
) -> tuple[Image, Mask]:
    """
    Return (T, H, W, 3) grain and (T, H, W) where it is, on the pixels of the frames themselves.

    Looked up from a view, neighbours are not always neighbours in the frame; how grain hangs
    together is to be seen where the camera recorded it.
    """
    own = np.zeros((len(z), *size, 3), np.float32)
    there = np.zeros((len(z), *size), bool)
    for k in range(len(z)):
        row, column = (places[k, m][valid[k]] for m in (0, 1))
        own[k, row, column] = z[k][valid[k]]
        there[k, row, column] = True
    return own, there


def _along_slopes(stack: Image, beside: NDArray[np.float32]) -> tuple[Image, Image, float]:
    """
    Return the scene, what is left of (T, H, W, 3) beside it, and the share that was taken.

    ``beside`` (T, H, W, 2) is how far from the place each frame's pixel lies, pixels. The
    scene's slope is taken from its smoothed mean, which has hardly any grain.
    """
    count = len(stack)
    mean = stack.mean(axis=0, dtype=np.float64).astype(np.float32)
    across, down = slopes(smoothed(mean))
    off = beside - beside.mean(axis=0)
    rests = stack - mean
    for k in range(count):
        rests[k] -= across * off[k, ..., :1] + down * off[k, ..., 1:]
    return mean, rests * np.float32(np.sqrt(count / (count - 1))), 1 / count


def _fitted_slopes(stack: Image, beside: NDArray[np.float32]) -> tuple[Image, Image, float]:
    """
    Return the same as ``_along_slopes``, by a level and slopes fitted per pixel.

    Least squares over the frames follow finer detail, and take up to three frames' share of
    the grain, in patches.
    """
    count = len(stack)
    mean = stack.mean(axis=0, dtype=np.float64).astype(np.float32)
    off = beside - beside.mean(axis=0)
    xx, yy, xy = (
        (off[..., a] * off[..., b]).sum(axis=0, dtype=np.float64) + _RIDGE_PX2 * (a == b)
        for a, b in ((0, 0), (1, 1), (0, 1))
    )
    own = xx * yy - xy * xy
    weight_x = ((yy * off[..., 0] - xy * off[..., 1]) / own).astype(np.float32)
    weight_y = ((xx * off[..., 1] - xy * off[..., 0]) / own).astype(np.float32)
    across = np.einsum("thw,thwc->hwc", weight_x, stack)
    down = np.einsum("thw,thwc->hwc", weight_y, stack)
    rests = np.empty_like(stack)
    taken = 0.0
    for k in range(count):
        share = 1 / count + weight_x[k] * off[k, ..., 0] + weight_y[k] * off[k, ..., 1]
        fitted = mean + across * off[k, ..., :1] + down * off[k, ..., 1:]
        rests[k] = (stack[k] - fitted) / np.sqrt(np.maximum(1 - share, 0.05))[..., None]
        taken += float(share.mean()) / count
    return mean, rests, taken


def detail_of(picture: Image) -> Image:
    """Return (H, W, 3) how steep a picture is around its pixels, values per pixel."""
    across, down = slopes(picture)
    # beside a pixel: what a mosaic aliases shows in slopes between neighbours only
    beside = np.zeros_like(picture)
    beside[:, 1:] = np.abs(picture[:, 1:] - picture[:, :-1])
    beside[1:] = np.maximum(beside[1:], np.abs(picture[1:] - picture[:-1]))
    steepest = np.maximum(across * across + down * down, beside * beside)
    return np.sqrt(box_mean(steepest, DETAIL_RADIUS))


def steady(rests: Image, signal: Image, valid: Mask) -> None:
    """
    Take from each of ``rests`` (T, H, W, 3) what is no grain, in place.

    Flicker grows with the picture; the shake of a camera that seems to stand still grows with
    the picture's slopes. Both are fitted per frame and channel.
    """
    if not valid.any():
        return
    slope = slopes(signal)
    for c in range(3):
        parts = np.stack([signal[..., c], slope[0][..., c], slope[1][..., c]])
        held = parts[:, valid].astype(np.float64)
        held -= held.mean(axis=1, keepdims=True)
        scale = np.sqrt((held * held).mean(axis=1)) + 1e-30
        held /= scale[:, None]
        normal = held @ held.T + 1e-6 * held.shape[1] * np.eye(3)
        for rest in rests:
            left = rest[..., c][valid].astype(np.float64)
            # somebody who walks through is not to be taken for light or for shake
            most = 6 * float(np.median(np.abs(left)))
            share = np.linalg.solve(normal, held @ np.clip(left, -most, most))
            rest[..., c] -= np.tensordot((share / scale).astype(np.float32), parts, 1)
