"""
Like with like: how a reference is exposed beside the plate, where both show alike things.

No exposure is told from brightness alone: sand is brighter than grass. But places that have the
same hue, the same roughness on two scales and the same height above the horizon mostly show the
same thing, and none of that changes with exposure. Of every place of the plate the one of the
reference most like it is looked up; the likest third says by how much the reference is darker.
Where these disagree among themselves, or nothing is much alike, nothing is told: in a wood or
a garden the views of one reference lie half a stop and more apart among themselves
(``benchmarks/quality/references.py``), so there no third of a stop is to be known.

Tones are log-coded (ACEScct), where a change of exposure is a constant. What it tells is an
exposure that nobody declared: a generator that paints from such a reference brings it to the
plate, and what it paints shows hardly anything of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.grain.box import box_mean
from seamline.pixels.light import STOPS_PER_UNIT
from seamline.pixels.picture import Image, finite_pixels

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
RADII = (2, 8)
"""Pixels, of the boxes that hue and roughness are taken over."""
HUE = 0.02
"""Log-coded difference of two channels that counts as one step apart."""
ROUGH, FLAT = 0.7, 0.003
"""Doublings of roughness that count as one step, and what is flat."""
ELEVATION_DEG = 3.0
"""The same of height above the horizon."""
PLACES, REFERENCE_PLACES, FEWEST = 2000, 8000, 200
LIKEST = 0.3
LIMIT_DISTANCE, LIMIT_SPREAD_STOPS = 1.0, 0.4
"""Steps apart, and quartiles apart: set on the benchmark's tuned sources (spruit, noon), where
a view across the road (1.4 steps, 1.2 stops) must not count."""
LIMIT_STOPS = 0.25
"""No tuned reference with nothing wrong lies farther off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """
    How much brighter the plate is than a reference, where they are alike.

    Attributes:
        stops: Median over the likest places; means nothing where not ``sure``.
        spread_stops: Between their quartiles.
        distance: Steps that the places are typically apart in hue, roughness and height.
        sure: Whether that is one answer, which may be used.
    """

    stops: float
    spread_stops: float
    distance: float
    sure: bool


def likeness(
    plate: Image,
    plate_seen: Mask,
    plate_elevation_deg: Image,
    reference: Image,
    usable: Mask,
    elevation_deg: Image,
) -> Likeness | None:
    """
    Return how a reference is exposed beside the plate; None where too little is seen of either.

    Args:
        plate: (H, W, 3) log-coded (ACEScct).
        plate_seen: (H, W) where it is the plate's own.
        plate_elevation_deg: (H, W) height above the horizon.
        reference: (h, w, 3) log-coded, at the plate's pixels per degree.
        usable: (h, w) where it may be looked at.
        elevation_deg: (h, w) height above the horizon.
    """
    ours = _places(plate, plate_seen, plate_elevation_deg, PLACES)
    theirs = _places(reference, usable, elevation_deg, REFERENCE_PLACES)
    if ours is None or theirs is None:
        return None
    away, at = _nearest(ours[0], theirs[0])
    apart = (ours[1] - theirs[1][at]) * STOPS_PER_UNIT
    likest = apart[away <= np.quantile(away, LIKEST)]
    low, middle, high = np.quantile(likest, (0.25, 0.5, 0.75))
    distance = float(np.median(away))
    sure = distance <= LIMIT_DISTANCE and high - low <= LIMIT_SPREAD_STOPS
    return Likeness(
        stops=round(float(middle), 4),
        spread_stops=round(float(high - low), 4),
        distance=round(distance, 3),
        sure=bool(sure),
    )


def _places(
    picture: Image, seen: Mask, elevation_deg: Image, most: int
) -> tuple[Floats, Floats] | None:
    """Return (N, F) what places are like, and (N,) their green tone; evenly over ``seen``."""
    there = seen & finite_pixels(picture) & np.isfinite(elevation_deg)
    whole = box_mean(there.astype(np.float32), max(RADII)) > 0.999
    at = np.flatnonzero(whole)
    if len(at) < FEWEST:
        return None
    at = at[np.linspace(0, len(at) - 1, min(most, len(at))).astype(np.int64)]
    tone = np.where(there[..., None], picture, np.float32(0)).astype(np.float32)
    green = tone[..., 1]
    columns = [elevation_deg.ravel()[at, None] / ELEVATION_DEG]
    for radius in RADII:
        hue = box_mean(tone - green[..., None], radius)[..., [0, 2]]
        columns.append(hue.reshape(-1, 2)[at] / HUE)
        mean = box_mean(green, radius)
        rough = np.sqrt(np.maximum(box_mean(green * green, radius) - mean * mean, 0))
        columns.append(np.log2(rough.ravel()[at, None] + FLAT) / ROUGH)
    like: Floats = np.concatenate(columns, axis=1).astype(np.float64)
    return like, box_mean(green, min(RADII)).ravel()[at].astype(np.float64)


def _nearest(ours: Floats, theirs: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return (N,) how far the nearest of (M, F) lies from each of (N, F), and which it is."""
    away, at = np.empty(len(ours)), np.empty(len(ours), np.int64)
    size = (theirs * theirs).sum(axis=1)
    for first in range(0, len(ours), 500):
        part = ours[first : first + 500]
        found = size - 2 * part @ theirs.T
        best = found.argmin(axis=1)
        at[first : first + 500] = best
        squares = found[np.arange(len(part)), best] + (part * part).sum(axis=1)
        away[first : first + 500] = np.sqrt(np.maximum(squares, 0))
    return away, at
