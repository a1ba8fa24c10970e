"""
What is left of frames when the picture is taken out of them: grain, and where it is nothing else.

A still scene is the mean of its frames. Under a moving camera each frame is looked up at the
nearest pixel, never between pixels: interpolation would average the grain that is to be
measured. What the nearest pixel is beside the true place is made good by the slope of the
scene, fitted over the frames per pixel.

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
from seamline.pixels.grain.box import slopes, smoothed
from seamline.pixels.picture import Image

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
_LEAST_SPREAD_PX2 = 0.25
"""Sum over the frames of squared places within a pixel, below which no slope is fitted."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rests:
    """
    Grain, and what it lies on.

    Attributes:
        signal: (H, W, 3) the picture without grain, as well as it is known.
        rests: (T, H, W, 3) grain, scaled to the variance it had.
        valid: (T, H, W) where it is grain.
        taken: Share of a frame's own grain that went with the picture: 1 / T, or less.
    """

    signal: Image
    rests: Image
    valid: Mask
    taken: float


def still_rests(frames: Sequence[Image], mask: Mask | None = None) -> Rests:
    """
    Return what is left of (H, W, 3) frames of a scene that stands still.

    Flicker and the shake of the camera are taken out: they would count as grain.
    """
    stack = _stacked(frames)
    finite = np.isfinite(stack).all(axis=(0, 3))
    stack = np.where(finite[..., None], stack, np.float32(0))
    mean = stack.mean(axis=0, dtype=np.float64).astype(np.float32)
    count = len(stack)
    rests = (stack - mean) * np.float32(np.sqrt(count / (count - 1)))
    valid = finite if mask is None else finite & mask
    signal = smoothed(mean)
    _steady(rests, signal, valid)
    return Rests(
        signal=signal, rests=rests,
        valid=np.repeat(valid[None], count, axis=0), taken=1 / count,
    )  # fmt: skip


def paired_rests(frames: Sequence[Image], clean: Image, mask: Mask | None = None) -> Rests:
    """Return what is left of (H, W, 3) frames beside the (H, W, 3) picture itself."""
    stack = np.stack([np.asarray(f, np.float32) for f in frames])
    finite = np.isfinite(stack).all(axis=3) & np.isfinite(clean).all(axis=2)
    valid = finite if mask is None else finite & mask
    signal = np.where(np.isfinite(clean), clean, np.float32(0)).astype(np.float32)
    rests = np.where(valid[..., None], stack - signal, np.float32(0)).astype(np.float32)
    _steady(rests, signal, valid.all(axis=0))
    return Rests(signal=signal, rests=rests, valid=valid, taken=0.0)


def moving_rests(
    frames: Sequence[Image], coordinates: Sequence[Floats], mask: Mask | None = None
) -> Rests:
    """
    Return what is left of frames of a moving camera, over one view of the scene.

    Args:
        frames: (H, W, 3) each.
        coordinates: Per frame (h, w, 2): column and row, in pixels (centres at halves), where
            the frame shows what the view's pixel shows; NaN where it does not.
        mask: (h, w) where to look.
    """
    if len(frames) != len(coordinates):
        raise GrainError(
            f"{len(frames)} frames and {len(coordinates)} fields of coordinates",
            remedy="Give one field per frame: where it shows each pixel of the view.",
        )
    looked = [_nearest(f, c) for f, c in zip(frames, coordinates, strict=True)]
    stack = np.stack([picture for picture, _, _ in looked])
    beside = np.stack([off for _, off, _ in looked]).astype(np.float32)
    seen = np.stack([where for _, _, where in looked]).all(axis=0)
    stack = np.where(seen[..., None], stack, np.float32(0))
    mean, rests, taken = _without_slope(stack, np.where(seen[..., None], beside, 0))
    valid = seen if mask is None else seen & mask
    signal = smoothed(mean)
    _steady(rests, signal, valid)
    return Rests(
        signal=signal, rests=rests, valid=np.repeat(valid[None], len(stack), axis=0),
        taken=taken,
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


def _nearest(frame: Image, at: Floats) -> tuple[Image, Floats, Mask]:
    """Return the nearest pixels, how far beside them the place lies, and where there is one."""
    height, width = frame.shape[:2]
    there = np.isfinite(at).all(axis=2)
    x, y = (np.where(there, at[..., k], 0.0) for k in (0, 1))
    column, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    there &= (column >= 0) & (column < width) & (row >= 0) & (row < height)
    column, row = np.where(there, column, 0), np.where(there, row, 0)
    picture = np.asarray(frame, np.float32)[row, column]
    there &= np.isfinite(picture).all(axis=2)
    # the pixel that was read shows the scene at its own middle
    return picture, np.stack([column + 0.5 - x, row + 0.5 - y], axis=2), there


def _without_slope(stack: Image, beside: NDArray[np.float32]) -> tuple[Image, Image, float]:
    """
    Return the scene, what is left of (T, H, W, 3) beside it, and the share that was taken.

    Per pixel a level and a slope across and down are fitted by least squares over the
    frames; ``beside`` (T, H, W, 2) is where each frame's pixel lies, pixels.
    """
    count = len(stack)
    mean = stack.mean(axis=0, dtype=np.float64).astype(np.float32)
    off = beside - beside.mean(axis=0)
    xx, yy, xy = (
        (off[..., a] * off[..., b]).sum(axis=0, dtype=np.float64)
        for a, b in ((0, 0), (1, 1), (0, 1))
    )
    if count >= 5:
        # A little ridge: where the frames all lie alike no slope is asked for.
        xx, yy = xx + _LEAST_SPREAD_PX2 / 25, yy + _LEAST_SPREAD_PX2 / 25
        own = xx * yy - xy * xy
        weight_x = ((yy * off[..., 0] - xy * off[..., 1]) / own).astype(np.float32)
        weight_y = ((xx * off[..., 1] - xy * off[..., 0]) / own).astype(np.float32)
    else:
        weight_x, weight_y = np.zeros_like(off[..., 0]), np.zeros_like(off[..., 1])
    across = np.einsum("thw,thwc->hwc", weight_x, stack)
    down = np.einsum("thw,thwc->hwc", weight_y, stack)
    rests = np.empty_like(stack)
    shares = []
    for k in range(count):
        taken = 1 / count + weight_x[k] * off[k, ..., 0] + weight_y[k] * off[k, ..., 1]
        fitted = mean + across * off[k, ..., :1] + down * off[k, ..., 1:]
        rests[k] = (stack[k] - fitted) / np.sqrt(np.maximum(1 - taken, 0.05))[..., None]
        shares.append(float(taken.mean()))
    return mean, rests.astype(np.float32), float(np.mean(shares))


def _steady(rests: Image, signal: Image, valid: Mask) -> None:
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
            share = np.linalg.solve(normal, held @ rest[..., c][valid].astype(np.float64))
            rest[..., c] -= np.tensordot((share / scale).astype(np.float32), parts, 1)
