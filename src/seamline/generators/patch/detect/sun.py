"""The lost sun: whether the locked sun stands there with its reference's peak and energy."""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.decoded import linear
from seamline.generators.patch.detect.examined import Examined, Found, Sight
from seamline.generators.patch.resample import Floats
from seamline.show.review import Finding

LIMIT_PERCENT = 10.0
RADIUS_SHARE = 0.045
"""Of the width: the disc and its glow, as far as it was judged in the house's own skies."""
STRAY_PX = 4
"""So far the peak may lie from its place."""
SUN_LINEAR = 8.0
"""A sky whose peak stays below this has no sun that could be kept."""


def find(painting: Examined, sight: Sight) -> Found:
    """
    Compare peak and energy around the locked sun with the reference's around its own.

    The reference is the one whose pixel is seen at the sun's place. Measured: the larger
    of the two deviations, percent.
    """
    at = painting.sun
    if at is None or not sight.fill[at]:
        return Found(
            finding=Finding(
                check="lost sun",
                verdict="not checked",
                says="no key is locked where this painting would show it",
            )
        )
    radius = max(STRAY_PX, int(RADIUS_SHARE * sight.fill.shape[1]))
    index = int(sight.source[at])
    view = painting.references[index]
    whole, own_peak = _brightest(view.colour, view.usable, radius)
    if own_peak < SUN_LINEAR:
        return Found(
            finding=Finding(
                check="lost sun",
                verdict="fail",
                measured=round(float(own_peak), 1),
                limit=SUN_LINEAR,
                unit="linear",
                says=f"the lock has a sun in the picture and {view.id} shows none: its "
                f"brightest pixel is {own_peak:.1f}",
            )
        )
    row, column = at
    energy = float(_energy(sight.colour, sight.fill, row, column, radius))
    peak, y, x = _peak(sight.colour, sight.fill, row, column, radius)
    off_peak = 100 * abs(float(peak) / float(own_peak) - 1)
    off_energy = 100 * abs(energy / max(float(whole), 1e-9) - 1)
    away = float(np.sqrt(float((y - row) ** 2 + (x - column) ** 2)))
    worst = max(off_peak, off_energy)
    bad = worst > LIMIT_PERCENT or away > STRAY_PX
    return Found(
        finding=Finding(
            check="lost sun",
            verdict="fail" if bad else "pass",
            measured=round(worst, 1),
            limit=LIMIT_PERCENT,
            unit="%",
            says=f"the sun's peak is {off_peak:.0f} % and its energy {off_energy:.0f} % from "
            f"those of {view.id}, and it stands {away:.0f} px from its locked place; limits "
            f"{LIMIT_PERCENT:.0f} % and {STRAY_PX} px",
        )
    )


@njit(nogil=True, cache=True)
def _light(colour: Floats, y: int, x: int) -> float:
    three = linear(colour[y, x, 0]) + linear(colour[y, x, 1]) + linear(colour[y, x, 2])
    return float(three / 3)


@njit(nogil=True, cache=True)
def _energy(colour: Floats, good: Any, row: int, column: int, radius: int) -> float:
    """Return the light within ``radius`` px; what is missing counts as the mean of the rest."""
    h, w = good.shape
    total, count, disc = 0.0, 0, 0
    for y in range(row - radius, row + radius + 1):
        for x in range(column - radius, column + radius + 1):
            if (y - row) ** 2 + (x - column) ** 2 > radius * radius:
                continue
            disc += 1
            if 0 <= y < h and 0 <= x < w and good[y, x]:
                total += _light(colour, y, x)
                count += 1
    return float(total * disc / max(1, count))


@njit(nogil=True, cache=True)
def _peak(colour: Floats, good: Any, row: int, column: int, radius: int) -> Any:
    """Return the brightest pixel within ``radius`` px: its light, row and column."""
    h, w = good.shape
    best, a, b = -1.0, row, column
    for y in range(max(0, row - radius), min(h, row + radius + 1)):
        for x in range(max(0, column - radius), min(w, column + radius + 1)):
            if good[y, x]:
                light = _light(colour, y, x)
                if light > best:
                    best, a, b = light, y, x
    return best, a, b


@njit(nogil=True, cache=True)
def _brightest(colour: Floats, good: Any, radius: int) -> Any:
    """Return the light around the brightest pixel of a reference, and that pixel's."""
    h, w = good.shape
    best, a, b = -1e9, 0, 0
    for y in range(h):
        for x in range(w):
            if good[y, x]:
                value = colour[y, x, 0] + colour[y, x, 1] + colour[y, x, 2]
                if value > best:
                    best, a, b = value, y, x
    return _energy(colour, good, a, b, radius), _light(colour, a, b)
