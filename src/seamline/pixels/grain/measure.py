"""
Measuring grain: from a locked-off plate, from one under a moving camera, or a guess from a frame.

Frames are (H, W, 3) float32 in the plate's own space, which the model names; scene-linear as
a rule. Values that are not finite are left out, and so is what moved: blocks that change
from frame to frame far more than grain of their brightness does.

Eight frames are enough; two will do for sigma and say nothing of skew. A single frame gives
an estimate only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seamline.errors import GrainError
from seamline.pixels.grain.box import box_mean, slopes, slow_part
from seamline.pixels.grain.curve import Strength, strength_of
from seamline.pixels.grain.marginal import marginals_of
from seamline.pixels.grain.rests import (
    Floats,
    Mask,
    Rests,
    moving_rests,
    paired_rests,
    still_rests,
)
from seamline.pixels.grain.single import single_rests
from seamline.pixels.grain.spectrum import covariance, spectrum_of
from seamline.pixels.picture import Image
from seamline.show.grain import GrainModel

LEAST_PX = 4096
"""Fewer pixels of grain say nothing: 64 x 64."""
SLIP_PX = 0.25
"""Frames may be off by so much: an edge that steps by a sigma over it does not count."""
LEAST_LEVEL = 0.3
"""But this share of the pixels, the most level, always does."""
NOISIER = 1.1
CALM = 6.0
_BLOCK_RADIUS = 4
_MOVED = 4.0
"""A block whose variance is so many times grain's has moved."""


def measure_static(
    frames: Sequence[Image], *, space: str, mask: Mask | None = None, clean: Image | None = None
) -> GrainModel:
    """
    Return the grain of a locked-off plate.

    Args:
        frames: Two or more, (H, W, 3); one will do where ``clean`` is given.
        space: Colour space of the frames.
        mask: (H, W) where to look: live action, nothing that was treated.
        clean: (H, W, 3) the picture without grain, where it is known (a mean of hundreds).

    Raises:
        GrainError: Too few frames or pixels, frames of several sizes, or no grain at all.
    """
    if clean is None:
        rests = still_rests(frames, mask)
    else:
        rests = paired_rests(frames, clean, mask)
    return _model(rests, space=space, how="static", size=frames[0].shape)


def measure_moving(
    frames: Sequence[Image],
    coordinates: Sequence[Floats],
    *,
    space: str,
    mask: Mask | None = None,
) -> GrainModel:
    """
    Return the grain of a plate under a moving camera.

    Args:
        frames: Two or more, (H, W, 3); from five on, slopes of the scene are made good.
        coordinates: Per frame (h, w, 2) column and row in it, pixels from the top left
            (centres at halves), of every pixel of one view of the scene; NaN where the
            frame does not show it. From a track, a warp or flow.
        space: Colour space of the frames.
        mask: (h, w), of the view.

    Raises:
        GrainError: As ``measure_static``; or not one field per frame.
    """
    rests = moving_rests(frames, coordinates, mask)
    return _model(rests, space=space, how="moving", size=frames[0].shape)


def measure_single(frame: Image, *, space: str, mask: Mask | None = None) -> GrainModel:
    """
    Return an estimate from one (H, W, 3) frame; its ``says`` tells that it is too low.

    Raises:
        GrainError: Too few pixels without detail.
    """
    return _model(single_rests(frame, mask), space=space, how="single frame", size=frame.shape)


def over_sigma(rests: Rests, strength: Strength) -> NDArray[np.float32]:
    """Return (T, H, W, 3) ``rests`` over their sigma; 0 where there is no grain."""
    z = np.empty_like(rests.rests)
    light = rests.signal.astype(np.float64)
    for c in range(3):
        z[..., c] = rests.rests[..., c] / np.maximum(strength.sigma(light, c), 1e-12)
    return np.where(rests.valid[..., None], z, np.float32(0))


def _model(rests: Rests, *, space: str, how: str, size: tuple[int, ...]) -> GrainModel:
    _enough(rests)
    strength = strength_of(rests)
    z = _without_drift(over_sigma(rests, strength), rests.valid)
    kept = _level(rests, strength, z) & _still(z, rests.valid)
    rests = replace(rests, valid=rests.valid & kept, rests=_times_sigma(z, rests, strength))
    _enough(rests)
    strength = strength_of(rests)
    z = over_sigma(rests, strength)
    if max(max(c.sigmas) for c in strength.curves) == 0:
        raise GrainError(
            "the frames are the same bits wherever they stand still: there is no grain in them",
            remedy="Give frames as they came from the camera, not a repeated still.",
        )
    first, second, third = strength.curves
    red, green, blue = (marginals_of(z, rests, c) for c in range(3))
    return GrainModel(
        space=space,
        how=how,
        frames=len(rests.rests),
        width_px=size[1],
        height_px=size[0],
        curves=(first, second, third),
        crosstalk=strength.crosstalk,
        spectrum=spectrum_of(covariance(z, rests.valid)),
        marginals=(red, green, blue),
    )


def _times_sigma(z: NDArray[np.float32], rests: Rests, strength: Strength) -> Image:
    light = rests.signal.astype(np.float64)
    sigma = np.stack([strength.sigma(light, c) for c in range(3)], axis=2)
    return z * sigma.astype(np.float32)


def _without_drift(z: NDArray[np.float32], valid: Mask) -> NDArray[np.float32]:
    """Return (T, H, W, 3) without what differs over large parts: lamps that pulse."""
    out = np.empty_like(z)
    for k, (frame, where) in enumerate(zip(z, valid, strict=True)):
        for c in range(3):
            out[k, ..., c] = np.where(where, frame[..., c] - slow_part(frame[..., c], where), 0)
    return out


def _level(rests: Rests, strength: Strength, z: NDArray[np.float32]) -> Mask:
    """
    Return (1, H, W) where the picture is so level that no slip of a frame shows as grain.

    Everywhere, where steep places are no noisier than level ones: then nothing slipped.
    """
    valid = rests.valid.any(axis=0)
    light = rests.signal.astype(np.float64)
    steep = np.zeros(valid.shape)
    for c in range(3):
        across, down = slopes(light[..., c])
        sigma = np.maximum(strength.sigma(light, c), 1e-12)
        steep = np.maximum(steep, np.maximum(np.abs(across), np.abs(down)) / sigma)
    usual = float(np.quantile(steep[valid], LEAST_LEVEL))
    level = steep <= max(1 / SLIP_PX, usual)
    power = np.minimum(z * z, CALM**2).mean(axis=(0, 3))
    rough, calm = valid & ~level, valid & level
    if not rough.any() or power[rough].mean() < NOISIER * power[calm].mean():
        return np.ones((1, *valid.shape), bool)
    return np.asarray(level)[None]


def _still(z: NDArray[np.float32], valid: Mask) -> Mask:
    """Return (1, H, W) where nothing moves: the variance is no more than grain's by far."""
    power = (z * z).mean(axis=(0, 3))
    there = valid.all(axis=0)
    share = box_mean(there.astype(np.float32), _BLOCK_RADIUS)
    block = box_mean(np.where(there, power, 0), _BLOCK_RADIUS) / np.maximum(share, 1e-3)
    usual = float(np.median(block[there])) if there.any() else 1.0
    return np.asarray(block <= _MOVED * usual)[None]


def _enough(rests: Rests) -> None:
    found = int(rests.valid.any(axis=0).sum())
    if found < LEAST_PX:
        raise GrainError(
            f"{found} pixels are left to measure grain in, {LEAST_PX} are needed",
            remedy="Give a larger region, or frames in which less moves.",
        )
