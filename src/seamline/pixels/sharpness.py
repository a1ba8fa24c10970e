"""
Sharpness: how soft edges are, and by how much the sharper half of a comp must be softened.

Of every edge that stands alone, across rows and across columns, the spread is measured: the
standard deviation in pixels of the Gaussian that smears an ideal step as much. Lens, focus,
shutter, sensor and resampling are all in it; so is the edge itself, and things are not
equally sharp. Therefore the sharper ones are compared: the lower quartile of the spreads,
with the interval that its rank statistics give. Where the intervals overlap nothing is
softened. Squares of spreads add up, so what is missing is the root of their difference.

Tone is log-coded (ACEScct), so that bright edges do not rule.

Source: area between an edge's profile and the step at its place; for a Gaussian it is
sigma times the root of 2 / pi. Distribution-free intervals of quantiles: David & Nagaraja,
Order Statistics, 3rd ed., 7.1. Slanted edges: ISO 12233.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.metrics import edge_spreads_px

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
QUARTILE = 0.25
FEWEST = 60
"""Edges; the quartile of fewer is not known to a fifth."""
SURE = 1.96
MOST_PX = 8.0
"""An edge's surroundings are looked at up to 16 px off it: softer ones are not told apart."""
STEPS = 2
"""Measures again; a third changes hundredths."""
LEAST_PX = 0.25
"""Softening by less than this makes no edge wider by a twentieth."""
PIXEL = 1 / 12
"""Variance of the box that a pixel is."""

UNTOLD = "not matched: too few clear edges"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """
    How soft the sharper edges of a picture are.

    Attributes:
        sigma_px: Standard deviation of their spread, pixels, the pixel's own box left out.
        low_px, high_px: Where it lies with 95 % confidence.
        edges: How many were measured.
    """

    sigma_px: float
    low_px: float
    high_px: float
    edges: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Softening:
    """By how much the element must be softened (0 = not at all), and why."""

    sigma_px: float
    says: str


def spread_of(
    tones: Sequence[Image],
    masks: Sequence[Mask | None] | None = None,
    at_rest: Sequence[Image | None] | None = None,
) -> Spread | None:
    """
    Return how soft the sharper edges of some frames are; None with too few edges.

    Args:
        tones: (H, W) each, log-coded luminance.
        masks: (H, W) each, where to look; the whole reach of an edge must lie inside.
        at_rest: (H, W) each, the same view without the camera's move: then only edges that
            are hard there are measured.
    """
    found: list[Floats] = []
    for place, tone in enumerate(tones):
        mask = masks[place] if masks is not None else None
        rest = at_rest[place] if at_rest is not None else None
        for turned in (False, True):
            rest_seen = rest if rest is None or not turned else _turned(rest)
            found.append(
                edge_spreads_px(
                    _turned(tone) if turned else tone,
                    mask if mask is None or not turned else _turned_mask(mask),
                    at_rest=rest_seen,
                )
            )
    spreads = np.sort(np.concatenate(found))
    count = len(spreads)
    if count < FEWEST:
        return None
    reach = SURE * math.sqrt(count * QUARTILE * (1 - QUARTILE))
    ranks = (QUARTILE * count - reach, QUARTILE * count, QUARTILE * count + reach)
    low, middle, high = (
        _without_pixel(float(spreads[min(max(round(r), 0), count - 1)])) for r in ranks
    )
    return Spread(sigma_px=middle, low_px=low, high_px=high, edges=count)


def _turned(tone: Image) -> Image:
    return np.ascontiguousarray(tone.T)


def _turned_mask(mask: Mask) -> Mask:
    return np.ascontiguousarray(mask.T)


def _without_pixel(sigma: float) -> float:
    return math.sqrt(max(sigma * sigma - PIXEL, 0.0))


def softened_to(measure: Callable[[float], Spread | None], plate: Spread | None) -> Softening:
    """
    Return by how much an element must be softened until its edges measure as the plate's do.

    Which edges are the sharper ones changes as a picture is softened, so the root of the
    difference comes out too low; it is measured again, softened by as much, and corrected.

    Args:
        measure: Returns the element's spread once it is softened by so many pixels.
        plate: The plate's.
    """
    clean = measure(0.0)
    first = softening(clean, plate)
    if first.sigma_px == 0 or clean is None or plate is None:
        return first
    # A straight line in squares, drawn anew through the last two measures.
    (before, was), (sigma, wanted) = (
        (0.0, clean.sigma_px**2),
        (first.sigma_px, plate.sigma_px**2),
    )
    for _ in range(STEPS):
        found = measure(sigma)
        if found is None or abs(found.sigma_px**2 - was) < 1e-6:
            break
        now = found.sigma_px**2
        slope = (sigma**2 - before**2) / (now - was)
        square = sigma**2 + slope * (wanted - now)
        (before, was) = (sigma, now)
        limits = (first.sigma_px / 2, min(3 * first.sigma_px, MOST_PX))
        sigma = min(max(math.sqrt(max(square, 0.0)), limits[0]), limits[1])
    sigma = round(sigma, 2)
    said = first.says.rpartition(": softened by")[0]
    return Softening(sigma_px=sigma, says=f"{said}: softened by {sigma:g} px until it is")


def defocus_px(
    *, focal_length_mm: float, stop: float, focus_m: float, distance_m: float, px_per_mm: float
) -> float:
    """
    Return how a thing at ``distance_m`` is softened by focus: a Gaussian's sigma, pixels.

    Args:
        focal_length_mm: Of the lens.
        stop: f-number. A T-stop is a little more, and gives a little less.
        focus_m: Distance that is in focus, from the lens.
        distance_m: Of the thing.
        px_per_mm: Pixels over a millimetre of the sensor.

    The blur disc's diameter by the thin lens (S. F. Ray, Applied Photographic Optics, 3rd ed.,
    ch. 22); a quarter of it is its standard deviation along rows.
    """
    focal_m = focal_length_mm / 1000
    if focus_m <= focal_m:
        return 0.0
    disc_m = focal_m / stop * abs(distance_m - focus_m) / distance_m * focal_m
    return disc_m / (focus_m - focal_m) * 1000 * px_per_mm / 4


def softening(element: Spread | None, plate: Spread | None) -> Softening:
    """Return by how much ``element`` must be softened to be as soft as ``plate``."""
    if element is None or plate is None:
        which = "element" if element is None else "plate"
        return Softening(sigma_px=0.0, says=f"{UNTOLD} in the {which} to measure")
    said = (
        f"edges spread {element.sigma_px:.2f} px in the element ({element.low_px:.2f} to "
        f"{element.high_px:.2f}), {plate.sigma_px:.2f} px in the plate "
        f"({plate.low_px:.2f} to {plate.high_px:.2f})"
    )
    if element.low_px > plate.high_px:
        return Softening(
            sigma_px=0.0,
            says=f"{said}: the element is softer, and nothing is sharpened unless asked",
        )
    needed = math.sqrt(max(plate.sigma_px**2 - element.sigma_px**2, 0.0))
    if element.high_px >= plate.low_px or needed < LEAST_PX:
        return Softening(sigma_px=0.0, says=f"{said}: as sharp as each other")
    sigma = round(min(needed, MOST_PX), 2)
    return Softening(sigma_px=sigma, says=f"{said}: softened by {sigma:g} px")
