"""Compiled twin of ``seamline.pixels.grain.laid``: same name, same shapes, same bits."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.pixels.grain import grain_field
from seamline.pixels.grain.busy import busier
from seamline.pixels.grain.curve import LEAST_SHARE, Strength
from seamline.show.grain import GrainModel

Image = NDArray[np.float32]
Floats = NDArray[np.float64]
ROUND = 4096.0


@njit(cache=True, nogil=True, inline="always")
def _cell(knots: Floats, at: float) -> int:
    """Return the last knot that is not above ``at``, which is not below the first."""
    low, high = 0, len(knots) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if knots[middle] <= at:
            low = middle
        else:
            high = middle
    return low


@njit(cache=True, nogil=True, inline="always")
def _between(knots: Floats, values: Floats, at: float) -> float:
    """Return what ``numpy.interp`` does."""
    last = len(knots) - 1
    if at < knots[0]:
        return float(values[0])
    if at >= knots[last]:
        return float(values[last])
    k = _cell(knots, at)
    slope = (values[k + 1] - values[k]) / (knots[k + 1] - knots[k])
    return float(slope * (at - knots[k]) + values[k])


@njit(cache=True, nogil=True)
def _channel(
    clean: Image,
    c: int,
    field: Floats,
    share: Image,
    amount: float,
    knots: Floats,
    variances: Floats,
    crosstalk: Floats,
    scores: Floats,
    bands: Floats,
    tables: Floats,
    least: float,
    busy: Floats,
    out: Image,
) -> None:
    height, width, _ = clean.shape
    last = len(knots) - 1
    step = (len(scores) - 1) / (scores[-1] - scores[0])
    places = np.arange(len(bands)).astype(np.float64)
    for row in range(height):
        for column in range(width):
            out[row, column, c] = clean[row, column, c]
            own = np.float64(clean[row, column, c])
            if share[row, column] == 0 or not math.isfinite(own):
                continue
            place = (field[row, column] - scores[0]) * step
            cell = int(min(max(math.floor(place), 0), len(scores) - 2))
            part = place - cell
            if len(bands) == 1:
                z = tables[0, cell] + part * (tables[0, cell + 1] - tables[0, cell])
            else:
                at = _between(bands, places, own)
                band = min(int(at), len(bands) - 2)
                low = tables[band, cell] + part * (tables[band, cell + 1] - tables[band, cell])
                high = tables[band + 1, cell] + part * (
                    tables[band + 1, cell + 1] - tables[band + 1, cell]
                )
                z = low + (at - band) * (high - low)
            z = np.rint(z * ROUND) / ROUND
            found = _between(knots, variances, own)
            if knots[last] > 0:
                found = found * max(own / knots[last], 1.0)
            more = np.float64(0.0)
            for other in range(3):
                if crosstalk[other] != 0:
                    beside = float(clean[row, column, other])
                    if not math.isfinite(beside):
                        beside = 0.0
                    more += crosstalk[other] * (beside - own)
            sigma = math.sqrt(max(found + more, least * found))
            grain = float(np.float32(z * (sigma * busy[row, column])))
            much = np.float64(share[row, column]) * amount
            out[row, column, c] = np.float32(own + much * grain)


def laid(
    model: GrainModel, clean: Image, field: Floats, share: Image, *, amount: float = 1.0
) -> Image:
    """See ``seamline.pixels.grain.laid``."""
    out = np.empty_like(clean)
    light = np.where(np.isfinite(clean), clean, 0).astype(np.float64)
    busy = busier(light, Strength.of(model))
    for c in range(3):
        curve, marginals = model.curves[c], model.marginals[c]
        _channel(
            clean,
            c,
            field[c],
            share,
            float(amount),
            np.array(curve.signals),
            np.array(curve.sigmas) ** 2,
            np.array(model.crosstalk[c], np.float64),
            np.array(marginals.scores),
            np.array(marginals.signals),
            np.array(marginals.tables),
            LEAST_SHARE,
            busy,
            out,
        )
    return out


__all__ = ["grain_field", "laid"]
