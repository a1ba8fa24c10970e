"""
The painted margin: what it tells beyond an offset, where it tells that.

Painted over plate that the painter could see and did not copy, so every pixel has a
photographed twin; but the twin is another stone of the same wall. What a comparison says is
therefore held against parts of the margin that it was not made on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.cdl import apply_cdl, fit_pairs
from seamline.pixels.light import STOPS_PER_UNIT
from seamline.pixels.metrics import log_difference
from seamline.pixels.overlap import softened
from seamline.pixels.picture import Image, finite_pixels
from seamline.show.cdl import CDL, RGB

Mask = NDArray[np.bool_]
BETTER = 0.9
"""Slope, power and saturation must leave less than this of what an offset leaves, on parts of
the margin that they were not fitted on."""
STRIPS = 8
FEWEST = 100
LEAST_BLACK_PX, FEWEST_BLOCKS = 2000, 12
DARKEST_SHARE = 0.1
LEAST_LIGHT = 1e-4
LIMIT_REST_STOPS = 0.3
"""Typical rest of the softened margin after the offset: of twelve paintings that were looked at
for it (``benchmarks/quality/margin``) ten have .05 to .23, and the two whose structure had come
out otherwise, with a colour three CIEDE2000 off, .43 and .46."""
LIMIT_STOPS = 0.2 * STOPS_PER_UNIT
"""As far as a grade may go (``pixels.cdl``): beyond, a shot is lit or exposed again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginFit:
    """
    What a painted margin says of colour.

    Attributes:
        cdl: What takes the painted half to the plate; changes nothing where not ``sure``.
        stops: How far the margin lies off before it: the largest channel's median; NaN where
            there was too little to compare.
        rest_stops: What typically remains of it after an offset once detail is gone.
        whole: Whether slope, power and saturation are borne out, not an offset alone.
        sure: Whether it may be used.
        says: A clause: what it rests on, or why not.
    """

    cdl: CDL
    stops: float
    rest_stops: float
    whole: bool
    sure: bool
    says: str


def match_margin(painted: Image, plate: Image, mask: Mask, *, id: str) -> MarginFit:
    """
    Return the CDL that takes ``painted`` to ``plate`` by their margin, if it can be told.

    The offset is the median of all pixels: detail that was painted otherwise errs both ways.
    Where the halves still lie apart once both are softened, they do not show the same things,
    and nothing is told.

    Args:
        painted: (H, W, 3) in the CDL's space, ACEScct.
        plate: (H, W, 3) the same view, photographed.
        mask: (H, W) where they are to be compared.
        id: Of the CDL.
    """
    apart = log_difference(plate, painted, mask)
    if apart is None:
        return _refused(id, math.nan, math.nan, "the painted margin is too small to match by")
    offset, _ = apart
    stops = max(abs(v) for v in offset) * STOPS_PER_UNIT
    rest = _rest(painted, plate, mask) * STOPS_PER_UNIT
    if rest > LIMIT_REST_STOPS:
        return _refused(
            id, stops, rest,
            f"the painted margin does not show what the plate shows there: {rest:.2f} stops "
            f"remain once detail is gone, limit {LIMIT_REST_STOPS:g}",
        )  # fmt: skip
    if stops > LIMIT_STOPS:
        return _refused(
            id, stops, rest,
            f"the painted margin lies {stops:.1f} stops off, more than a grade may do",
        )  # fmt: skip
    r, g, b = (round(v, 7) + 0.0 for v in offset)
    cdl = CDL(
        id=id,
        offset=(r, g, b),
        description="fitted on the painted margin against the plate it covers",
    )
    more = whole_cdl(painted, plate, mask, cdl)
    kind = "offset alone: more is not borne out" if more is None else "slope, power and all"
    return MarginFit(
        cdl=cdl if more is None else more,
        stops=stops,
        rest_stops=rest,
        whole=more is not None,
        sure=True,
        says=f"matched on the painted margin by {stops:.3f} stops at most ({kind})",
    )


def _refused(id: str, stops: float, rest: float, why: str) -> MarginFit:
    cdl = CDL(id=id, description=f"changes nothing: {why}")
    return MarginFit(cdl=cdl, stops=stops, rest_stops=rest, whole=False, sure=False, says=why)


def _rest(painted: Image, plate: Image, mask: Mask) -> float:
    """Return the median absolute rest of the softened halves after their offset."""
    there = mask & finite_pixels(painted) & finite_pixels(plate)
    seen = softened(plate - painted, there)[there]
    return float(np.median(np.abs(seen - np.median(seen, axis=0))))


def whole_cdl(painted: Image, plate: Image, mask: Mask, offset: CDL) -> CDL | None:
    """
    Return the whole CDL that takes ``painted`` to ``plate``; None where an offset does as well.

    Args:
        painted: (H, W, 3) in the CDL's space.
        plate: (H, W, 3) the same view, photographed.
        mask: (H, W) where they are to be compared; cut into eight upright strips, of which
            every other one is fitted on and the others are judged on, both ways round.
        offset: The offset alone; its id and description are kept.
    """
    rows, columns = np.nonzero(mask)
    if not len(columns):
        return None
    odd = _odd_strips(columns)
    before, after = painted[rows, columns], plate[rows, columns]
    whole = alone = 0.0
    for judged in (odd, ~odd):
        if judged.sum() < FEWEST or (~judged).sum() < FEWEST:
            return None
        part = fit_pairs(before[~judged], after[~judged], id=offset.id)
        if not part.sure:
            return None
        moved = np.median(after[~judged] - before[~judged], axis=0)
        whole += _apart(apply_cdl(before[judged], part.cdl), after[judged])
        alone += _apart(before[judged] + moved, after[judged])
    if not whole < BETTER * alone:
        return None
    fit = fit_pairs(before, after, id=offset.id, description=offset.description)
    return fit.cdl if fit.sure else None


def _odd_strips(columns: NDArray[np.intp]) -> Mask:
    """Say which of ``columns`` lie in every other one of eight upright strips."""
    low, high = int(columns.min()), int(columns.max()) + 1
    odd: Mask = (columns - low) * STRIPS // (high - low) % 2 == 1
    return odd


def _apart(a: Image, b: Image) -> float:
    return float(np.nanmedian(np.abs(a - b)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Black:
    """
    By how much the plate's darkest parts are brighter than what was painted over them.

    Attributes:
        values: Per channel, scene-linear.
        errors: Their standard errors, over blocks of 8 px.
        borne_out: Whether it brings dark parts that it was not measured on nearer to the plate.
    """

    values: RGB
    errors: RGB
    borne_out: bool


def lifted_black(painted: Image, plate: Image, mask: Mask) -> Black | None:
    """
    Return what has to be added for the darkest parts to be as dark as the plate's.

    Which parts are dark is told by both sides together. The darkest stones of one side have
    brighter ones beside them on the other, whichever side that is, so by one side alone any two
    walls differ in black.

    Args:
        painted: (H, W, 3) scene-linear, colour already matched.
        plate: (H, W, 3) the same view, photographed.
        mask: (H, W) where they are to be compared.

    Returns:
        The median over blocks of the darkest tenth; None with fewer than 2000 pixels, or 12
        blocks.
    """
    there = mask & finite_pixels(painted) & finite_pixels(plate)
    if int(there.sum()) < LEAST_BLACK_PX:
        return None
    found = _black_of(painted, plate, there)
    if found is None:
        return None
    values, errors = found
    return Black(
        values=_three(values),
        errors=_three(errors),
        borne_out=_borne_out(painted, plate, there),
    )


def _black_of(
    painted: Image, plate: Image, there: Mask
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    light = painted.mean(axis=-1) + plate.mean(axis=-1)
    dark = there & (light <= np.quantile(light[there], DARKEST_SHARE))
    rows, columns = np.nonzero(dark)
    block = rows // 8 * (painted.shape[1] // 8 + 1) + columns // 8
    apart = (plate - painted)[dark].astype(np.float64)
    names, place = np.unique(block, return_inverse=True)
    if len(names) < FEWEST_BLOCKS:
        return None
    means = np.stack(
        [np.bincount(place, apart[:, c]) / np.bincount(place) for c in range(3)], axis=1
    )
    middle = np.median(means, axis=0)
    spread = 1.4826 * np.median(np.abs(means - middle), axis=0)
    return middle, 1.2533 * spread / math.sqrt(len(names))


def _borne_out(painted: Image, plate: Image, there: Mask) -> bool:
    """Say whether black measured on every other strip brings the others' dark half nearer."""
    odd = _odd_strips(np.nonzero(there)[1])
    halves = [np.zeros_like(there), np.zeros_like(there)]
    for half, of in zip(halves, (odd, ~odd), strict=True):
        half[there] = of
    soft, wanted = softened(painted, there), softened(plate, there)
    light = soft.mean(axis=-1) + wanted.mean(axis=-1)
    dark = there & (light <= np.quantile(light[there], 0.5))
    without = with_it = 0.0
    for fitted, judged in (halves, halves[::-1]):
        if min(int((fitted & dark).sum()), int((judged & dark).sum())) < FEWEST:
            return False
        found = _black_of(painted, plate, fitted)
        if found is None:
            return False
        before, after = soft[judged & dark], wanted[judged & dark]
        without += _stops_apart(before, after)
        with_it += _stops_apart(before + found[0].astype(np.float32), after)
    return with_it < BETTER * without


def _stops_apart(a: Image, b: Image) -> float:
    """Return the median distance in stops; what is no light counts as next to none."""
    low = np.float32(LEAST_LIGHT)
    return _apart(np.log2(np.maximum(a, low)), np.log2(np.maximum(b, low)))


def _three(values: NDArray[np.float64]) -> RGB:
    r, g, b = (float(v) for v in values)
    return (r, g, b)
