"""
Measuring grain: in a locked-off plate, under a moving camera, or as a guess in one frame.

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
from seamline.pixels.grain.box import slow_part
from seamline.pixels.grain.busy import over_sigma, steepness, with_detail
from seamline.pixels.grain.curve import OUTLIER, Strength, strength_of
from seamline.pixels.grain.gaps import (
    much_less,
    no_more_than_blocks,
    no_more_than_flat,
    unmeasured,
)
from seamline.pixels.grain.level import (
    ALIKE,
    LEAST_PX,
    MOST_SLIP,
    calm_part,
    level_places,
    still_places,
)
from seamline.pixels.grain.marginal import marginals_of
from seamline.pixels.grain.pairs import alike_rests
from seamline.pixels.grain.rests import (
    Floats,
    Mask,
    Rests,
    moving_rests,
    on_own_grid,
    paired_rests,
    still_rests,
)
from seamline.pixels.grain.single import single_rests
from seamline.pixels.grain.slips import Slips, slips_of
from seamline.pixels.grain.spectrum import covariance, spectrum_of
from seamline.pixels.picture import Image
from seamline.show.grain import CrossSpectrum, GrainModel

_PASSES = 3
Ranges = tuple[tuple[float, float], ...]


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
    rests = still_rests(frames, mask) if clean is None else paired_rests(frames, clean, mask)
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
        frames: Two or more, (H, W, 3). Pairs in which the scene falls alike on the pixels
            say most; where there are none, slopes of the scene are made good, from six on.
        coordinates: Per frame (h, w, 2) column and row in it, pixels from the top left
            (centres at halves), of every pixel of one view of the scene; NaN where the
            frame does not show it. From a track, a warp or flow.
        space: Colour space of the frames.
        mask: (h, w), of the view.

    Raises:
        GrainError: As ``measure_static``; or not one field per frame.
    """
    plain = moving_rests(frames, coordinates, mask, fitted=False)
    plain = replace(plain, valid=plain.valid & still_places(plain))
    alike = alike_rests(plain, frames)
    if alike is not None:
        return _model(alike, plain=plain, space=space, how=ALIKE, size=frames[0].shape)
    return _model(
        moving_rests(frames, coordinates, mask, fitted=True),
        plain=plain,
        space=space,
        how="moving",
        size=frames[0].shape,
    )


def measure_single(frame: Image, *, space: str, mask: Mask | None = None) -> GrainModel:
    """
    Return an estimate from one (H, W, 3) frame; its ``says`` tells that it is too low.

    Raises:
        GrainError: Too few pixels without detail.
    """
    return _model(single_rests(frame, mask), space=space, how="single frame", size=frame.shape)


def _model(
    rests: Rests, *, space: str, how: str, size: tuple[int, ...], plain: Rests | None = None
) -> GrainModel:
    """
    Return the model.

    Args:
        rests: Sigma is measured in these.
        space: Of the frames.
        how: ``static``, ``moving``, ``ALIKE`` or ``single frame``.
        size: (H, W, 3) of the frames.
        plain: What values and neighbours are measured in, where that is another; of
            ``ALIKE`` rests the first are these.
    """
    _enough(rests)
    moves = how in ("moving", ALIKE)
    if how != ALIKE:
        rests = replace(rests, valid=rests.valid & still_places(rests))
        _enough(rests)
    slips = slips_of(rests, len(plain.rests)) if how == ALIKE and plain is not None else None
    if slips is not None:
        strength = slips.strength
    else:
        strength = strength_of(calm_part(rests) if moves else rests)
    z = without_drift(over_sigma(rests, strength), rests.valid)
    rests = replace(rests, rests=_times_sigma(z, rests, strength))
    found = _settled(rests, strength, how, slips, 0 if plain is None else len(plain.rests))
    rests, strength, level, calm, gaps = found
    if how == "static":
        strength = with_detail(rests, strength)
    if max(max(c.sigmas) for c in strength.curves) == 0:
        raise GrainError(
            "the frames are the same bits wherever they stand still: there is no grain in them",
            remedy="Give frames as they came from the camera, not a repeated still.",
        )
    shape, z = rests, over_sigma(rests, strength)
    if plain is not None:
        there = np.logical_or.reduce(rests.valid)
        shape = replace(plain, valid=plain.valid & there & (calm if how == ALIKE else level))
    if plain is None or _count(shape) < LEAST_PX:
        # pairs alone: both grains of a pair err alike, so nothing of skew is left in them
        shape, own = (rests if plain is None else replace(rests, taken=0.0, places=None)), z
    else:
        own = without_drift(over_sigma(shape, strength), shape.valid)
    first, second, third = strength.curves
    red, green, blue = (marginals_of(own, shape, c) for c in range(3))
    near = (rests, z, rests.valid) if how == ALIKE else (shape, own, shape.valid & calm)
    return GrainModel(
        space=space,
        how="moving" if moves else how,
        frames=len((rests if plain is None else plain).rests),
        width_px=size[1],
        height_px=size[0],
        curves=(first, second, third),
        crosstalk=strength.crosstalk,
        detail=strength.detail,
        unmeasured=gaps,
        spectrum=_spectrum(*near, (size[0], size[1])),
        marginals=(red, green, blue),
    )


def _settled(
    rests: Rests, strength: Strength, how: str, slips: Slips | None, first: int
) -> tuple[Rests, Strength, Mask, Mask, Ranges]:
    """
    Return ``rests`` where they are bare, and what they say; level and calm places; gaps.

    Args:
        rests: Whose first ``first`` are single frames, of ``ALIKE`` ones.
        strength: A first guess.
        how: As ``_model`` has it.
        slips: What blocks of pairs say, if any do.
        first: See ``rests``.
    """
    moves = how in ("moving", ALIKE)
    whole = rests.valid
    # Detail makes sigma look strong, and beside a strong sigma detail looks level: again.
    for _ in range(_PASSES if moves else 1):
        level, flat, calm = level_places(replace(rests, valid=whole), strength, how)
        valid = whole & level
        if how == ALIKE and rests.beside is not None:
            valid[:first] &= calm
            slip = np.hypot(rests.beside[..., 0], rests.beside[..., 1])
            if slips is not None:
                slip[first:] = np.maximum(slip[first:], slips.apart[:, None, None])
            valid &= (slip * steepness(rests, strength) <= MOST_SLIP) | (level & ~flat)
        rests = replace(rests, valid=valid)
        _enough(rests)
        strength = strength_of(rests)
    gaps: Ranges = ()
    if moves:
        strength = no_more_than_flat(strength, rests, flat)
    if slips is not None:
        was, strength = strength, no_more_than_blocks(strength, slips)
        # what was taken for grain there is detail, and says nothing of grain's shape
        kept = replace(rests, valid=rests.valid & ~much_less(strength, was, rests.signal))
        rests = kept if _count(kept) >= LEAST_PX else rests
        bare = np.logical_or.reduce(kept.valid) & flat
        gaps = unmeasured(rests.signal, np.logical_or.reduce(whole), bare)
    return rests, strength, level, calm, gaps


def _spectrum(
    rests: Rests, z: NDArray[np.float32], where: Mask, size: tuple[int, int]
) -> CrossSpectrum:
    if rests.places is not None:
        z, where = on_own_grid(z, where, rests.places, size)
    return spectrum_of(covariance(z, where))


def _times_sigma(z: NDArray[np.float32], rests: Rests, strength: Strength) -> Image:
    light = rests.signal.astype(np.float64)
    sigma = np.stack([strength.sigma(light, c) for c in range(3)], axis=2)
    return z * sigma.astype(np.float32)


def without_drift(z: NDArray[np.float32], valid: Mask) -> NDArray[np.float32]:
    """Return (T, H, W, 3) without what differs over large parts: lamps that pulse."""
    out = np.empty_like(z)
    for k, (frame, where) in enumerate(zip(z, valid, strict=True)):
        # beside a clipped sky, whose sigma is none, one value would drown a whole part
        calm = where[..., None] & (np.abs(frame) <= OUTLIER)
        for c in range(3):
            slow = slow_part(frame[..., c], calm[..., c])
            out[k, ..., c] = np.where(where, frame[..., c] - slow, 0)
    return out


def _enough(rests: Rests) -> None:
    found = _count(rests)
    if found < LEAST_PX:
        raise GrainError(
            f"{found} pixels are left to measure grain in, {LEAST_PX} are needed",
            remedy="Give a larger region, or frames in which less moves.",
        )


def _count(rests: Rests) -> int:
    return int(rests.valid.any(axis=0).sum())
