"""
CDL: apply slope, offset, power and saturation, and fit them to pairs of colours.

All values are in the log encoding the CDL is applied in (ACEScct), (..., 3) float. Applied
as OpenColorIO does in its no-clamp style: a negative value is left alone by the power.

A fit starts from a CDL that changes nothing and leaves it only as far as the pairs say:
what they do not determine stays as it was. How far it may go at all are limits that a
colourist would accept from a machine.

Source: ASC CDL v1.2; OpenColorIO 2, CDLTransform, CDL_NO_CLAMP. Fit: penalised least
squares with Cauchy weights (P. J. Huber & E. M. Ronchetti, Robust Statistics, 2nd ed., 7.8).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import Image
from seamline.show.cdl import CDL

Floats = NDArray[np.float64]
LUMA = np.array([0.2126, 0.7152, 0.0722])
"""Rec.709 weights: what the ASC CDL's saturation turns around."""
NONE = np.array([1.0, 1, 1, 0, 0, 0, 1, 1, 1, 1])
USUAL = np.array([0.12] * 3 + [0.06] * 3 + [0.15] * 3 + [0.25])
"""How far a correction usually goes: the standard deviation of what is believed before."""
LOW = np.array([0.6] * 3 + [-0.2] * 3 + [0.6] * 3 + [0.4])
HIGH = np.array([1.6] * 3 + [0.2] * 3 + [1.6] * 3 + [1.8])
"""Beyond these a shot is lit or exposed again, not graded. An offset of .2 is 3.5 stops."""
LEAST_SPREAD = 0.002
"""A thirtieth of a stop: nearer, two patches are the same."""
FEWEST = 6
ROUNDS = 60
LIMIT_SPREAD = 0.006
"""A tenth of a stop: a correction less certain than that, where it was measured, is none."""
LIMIT_MISFIT = 0.03
"""Half a stop: pairs that lie by so much after the fit are not pairs."""
MOST_PAIRS = 2000
GREYS = np.repeat(np.linspace(0.2424, 0.5848, 13)[:, None], 3, axis=1)
"""ACEScct of 18 % grey three stops down to three stops up, in half stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """
    A fitted CDL, and how much it is worth.

    Attributes:
        cdl: The correction; identity where there was too little to fit.
        misfit: Median distance of the pairs after it, in the encoding (1 is 17.52 stops).
        spread: Standard deviation of what it does to the colours it is for, worst of the
            channels, in the encoding.
        sure: Whether it may be used without being looked at.
        suggestion: Whether it rests on statistics of unpaired pictures alone.
        says: A clause: why not, or what it rests on.
    """

    cdl: CDL
    misfit: float
    spread: float
    sure: bool
    suggestion: bool
    says: str


def apply_cdl(coded: Image, cdl: CDL) -> Image:
    """
    Return ``coded`` (..., 3) with ``cdl`` applied, float32, unclamped.

    Args:
        coded: Values in the CDL's own space.
        cdl: ASC values; not finite values stay what they are.
    """
    numbers = np.array([*cdl.slope, *cdl.offset, *cdl.power, cdl.saturation], np.float64)
    flat = np.asarray(coded, np.float64).reshape(-1, 3)
    return _graded(flat, numbers)[0].reshape(np.shape(coded)).astype(np.float32)


def fit_pairs(
    source: Image,
    target: Image,
    *,
    id: str,
    weights: NDArray[np.floating] | None = None,
    applied_to: Image | None = None,
    description: str = "",
) -> Fit:
    """
    Return the CDL that takes ``source`` to ``target``.

    Args:
        source: (N, 3) colours before, in ACEScct: patches of a chart, pixels of a margin.
        target: (N, 3) the same colours as they should be.
        id: Of the CDL.
        weights: (N,) how much each pair counts; by default all the same.
        applied_to: (M, 3) colours that the CDL will be applied to; by default greys three
            stops below to three above 18 %, beside the pairs' own.
        description: Of the CDL.

    Pairs that are not finite are left out. With fewer than six, or where the pairs leave
    open by more than a tenth of a stop what becomes of those colours, it is not ``sure``.
    """
    before, after, counts = _pairs(source, target, weights)
    if len(before) < FEWEST:
        return _nothing(id, f"{len(before)} pairs of colours, fewer than {FEWEST}")
    numbers, covariance, left = _fitted(before, after, counts)
    misfit = float(np.median(np.abs(left)))
    if applied_to is None:
        used = np.concatenate([before, GREYS])
    else:
        used = np.asarray(applied_to, np.float64).reshape(-1, 3)
        used = used[np.isfinite(used).all(axis=1)]
    spread = _spread(used, numbers, covariance)
    held = ((numbers <= LOW + 1e-9) | (numbers >= HIGH - 1e-9)).any()
    why = ""
    if misfit > LIMIT_MISFIT:
        why = f"the pairs lie {misfit * 17.52:.2f} stops apart after it: they are not pairs"
    elif held:
        why = "it would have to go beyond what a grade may do"
    elif spread > LIMIT_SPREAD:
        why = f"the pairs leave it open by {spread * 17.52:.2f} stops"
    return Fit(
        cdl=_cdl(numbers, id, description),
        misfit=misfit,
        spread=spread,
        sure=not why,
        suggestion=False,
        says=why or f"fitted on {len(before)} pairs of colours",
    )


def _nothing(id: str, why: str, *, suggestion: bool = False) -> Fit:
    return Fit(
        cdl=CDL(id=id, description=f"changes nothing: {why}"),
        misfit=math.nan,
        spread=math.nan,
        sure=False,
        suggestion=suggestion,
        says=why,
    )


def _pairs(
    source: Image, target: Image, weights: NDArray[np.floating] | None
) -> tuple[Floats, Floats, Floats]:
    before, after = (np.asarray(v, np.float64).reshape(-1, 3) for v in (source, target))
    assert before.shape == after.shape, (before.shape, after.shape)
    counts = np.ones(len(before)) if weights is None else np.asarray(weights, np.float64)
    known = np.isfinite(before).all(1) & np.isfinite(after).all(1) & (counts > 0)
    step = max(1, -(-int(known.sum()) // MOST_PAIRS))
    before, after, counts = (v[known][::step] for v in (before, after, counts))
    return before, after, counts / max(float(counts.mean()), 1e-300) if len(counts) else counts


def _cdl(numbers: Floats, id: str, description: str) -> CDL:
    n = [round(float(v), 6) + 0.0 for v in numbers]
    return CDL(
        id=id,
        slope=(n[0], n[1], n[2]),
        offset=(n[3], n[4], n[5]),
        power=(n[6], n[7], n[8]),
        saturation=n[9],
        description=description,
    )


def _graded(coded: Floats, numbers: Floats) -> tuple[Floats, Floats, Floats]:
    """Return (N, 3) graded, and before saturation, and the base of the power."""
    base = coded * numbers[:3] + numbers[3:6]
    power = np.where(base > 0, np.power(np.maximum(base, 1e-30), numbers[6:9]), base)
    luma = (power @ LUMA)[:, None]
    return luma + (power - luma) * numbers[9], power, base


def _slopes(coded: Floats, numbers: Floats) -> Floats:
    """Return (N, 3, 10): how the graded colour changes with each of the numbers."""
    _, power, base = _graded(coded, numbers)
    positive = base > 0
    safe = np.maximum(base, 1e-30)
    inner = np.where(positive, numbers[6:9] * power / safe, 1.0)
    own = np.stack([inner * coded, inner, np.where(positive, power * np.log(safe), 0.0)], 1)
    slopes = np.zeros((len(coded), 3, 10))
    for kind in range(3):
        for channel in range(3):
            change = own[:, kind, channel]
            at = 3 * kind + channel
            slopes[:, :, at] = (1 - numbers[9]) * LUMA[channel] * change[:, None]
            slopes[:, channel, at] += numbers[9] * change
    slopes[:, :, 9] = power - (power @ LUMA)[:, None]
    return slopes


def _fitted(
    before: Floats,
    after: Floats,
    counts: Floats,
    *,
    start: Floats | None = None,
    rounds: int = ROUNDS,
) -> tuple[Floats, Floats, Floats]:
    """Return the ten numbers, their covariance (10, 10), and what is left (N, 3)."""
    numbers = NONE.copy() if start is None else start
    left = after - before
    if start is None:
        # The first guess is a gain, so that no pair counts as an outlier only for being dark.
        numbers[3:6] = np.clip(np.median(left, axis=0), LOW[3:6], HIGH[3:6])
    covariance = np.diag(USUAL**2)
    for _ in range(rounds):
        left = after - _graded(before, numbers)[0]
        scale = max(1.4826 * float(np.median(np.abs(left))), LEAST_SPREAD)
        far = (left**2).sum(1) / (2.3849 * scale) ** 2
        weight = np.repeat(counts / (1 + far) / scale**2, 3)
        slopes = _slopes(before, numbers).reshape(-1, 10)
        gram = slopes.T @ (slopes * weight[:, None]) + np.diag(1 / USUAL**2)
        pull = slopes.T @ (left.ravel() * weight) - (numbers - NONE) / USUAL**2
        moved = np.clip(numbers + np.linalg.solve(gram, pull), LOW, HIGH)
        covariance = np.linalg.inv(gram)
        change = float(np.abs((moved - numbers) / USUAL).max())
        numbers = moved
        if change < 1e-5:
            break
    return numbers, covariance, after - _graded(before, numbers)[0]


def _spread(coded: Floats, numbers: Floats, covariance: Floats) -> float:
    slopes = _slopes(coded, numbers)
    variance = np.einsum("nci,ij,ncj->nc", slopes, covariance, slopes)
    return float(np.sqrt(np.quantile(variance.max(axis=1), 0.9)))


PARTS = 4
QUANTILES = np.linspace(0.02, 0.98, 49)
PASSES, ROUNDS_A_PASS = 8, 4
MOST_SAMPLES = 1000
WORTH = 20
"""Colours of unpaired pictures count as so many pairs, however many pixels there are."""
LIMIT_SUGGESTION = 0.004
"""A fourteenth of a stop between what parts of the pictures ask for, and as much between the
pictures after it: views that overlap by less than about two thirds differ by more."""


def suggest(source: Image, reference: Image, *, id: str) -> Fit:
    """
    Return a CDL by which ``source`` has about the colours of ``reference``: a suggestion.

    Nothing says that both show the same things, and statistics cannot tell a greener light
    from more grass. The fit is made again without each quarter of the pictures; where
    the quarters do not agree on the correction, or the pictures do not look alike after it,
    it is not ``sure``, and should not be used: other views of a place mostly are not.

    Args:
        source: (H, W, 3) in ACEScct: what is to be graded.
        reference: (H, W, 3) in ACEScct: what it is to look like.
        id: Of the CDL.

    Source:
        Distances along directions of colour space (N. Bonneel et al., Sliced and Radon
        Wasserstein barycenters, J. Math. Imaging Vis. 51, 2015), held to a CDL.
    """
    parts = [(_quarters(source), _quarters(reference))]
    ours, theirs = parts[0]
    if min(len(part) for part in (*ours, *theirs)) < 100:
        return _nothing(id, "the pictures are too small to compare", suggestion=True)
    numbers = _alike(np.concatenate(ours), np.concatenate(theirs))
    colours = np.concatenate(ours)
    whole = _graded(colours, numbers)[0]
    apart = [
        _graded(colours, _alike(_but(ours, i), _but(theirs, i)))[0] - whole
        for i in range(PARTS)
    ]
    # The jackknife's standard deviation, over parts that are no more than four.
    spread = float(
        np.median(np.sqrt((PARTS - 1) / PARTS * np.sum(np.square(apart), axis=0)).max(axis=1))
    )
    misfit = _distance(whole, np.concatenate(theirs))
    why = ""
    if spread > LIMIT_SUGGESTION:
        why = f"parts of the pictures disagree about it by {spread * 17.52:.2f} stops"
    elif misfit > LIMIT_SUGGESTION:
        why = f"the pictures still differ by {misfit * 17.52:.2f} stops after it"
    return Fit(
        cdl=_cdl(numbers, id, "a suggestion by the statistics of two pictures"),
        misfit=misfit,
        spread=spread,
        sure=not why,
        suggestion=True,
        says=why or "by the statistics of two pictures that need not show the same things",
    )


def _quarters(picture: Image) -> list[Floats]:
    """Return the finite colours of four upright strips of (H, W, 3), thinned alike."""
    found = []
    for strip in np.array_split(np.asarray(picture, np.float64), PARTS, axis=1):
        colours = strip.reshape(-1, 3)
        colours = colours[np.isfinite(colours).all(axis=1)]
        found.append(colours[:: max(1, len(colours) * PARTS // MOST_SAMPLES)])
    return found


def _but(parts: list[Floats], left_out: int) -> Floats:
    return np.concatenate([part for i, part in enumerate(parts) if i != left_out])


def _alike(source: Floats, reference: Floats) -> Floats:
    """Return the ten numbers by which ``source`` (N, 3) has the spread of ``reference``."""
    numbers = NONE.copy()
    along = _directions()
    wanted = np.quantile(reference @ along.T, QUANTILES, axis=0)
    for _ in range(PASSES):
        graded = _graded(source, numbers)[0]
        seen = graded @ along.T
        have = np.quantile(seen, QUANTILES, axis=0)
        moves = np.stack(
            [
                np.interp(seen[:, i], have[:, i], wanted[:, i] - have[:, i])
                for i in range(len(along))
            ],
            axis=1,
        )
        target = graded + 3 / len(along) * moves @ along
        counts = np.full(len(source), WORTH / len(source))
        numbers = _fitted(source, target, counts, start=numbers, rounds=ROUNDS_A_PASS)[0]
    return numbers


def _directions() -> Floats:
    """Return (13, 3): the middles of a cube's faces, edges and corners, each line once."""
    grid = np.array(
        [
            (x, y, z)
            for x in (-1, 0, 1)
            for y in (-1, 0, 1)
            for z in (-1, 0, 1)
            if (z, y, x) > (0, 0, 0)
        ],
        np.float64,
    )
    lengths: Floats = np.linalg.norm(grid, axis=1, keepdims=True)
    return grid / lengths


def _distance(a: Floats, b: Floats) -> float:
    along = _directions()
    quantiles = [np.quantile(v @ along.T, QUANTILES, axis=0) for v in (a, b)]
    return float(np.abs(quantiles[0] - quantiles[1]).mean())
