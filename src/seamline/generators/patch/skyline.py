"""
The skyline of a picture: in each column, the row where the sky ends and land begins.

A proposal, made without anyone's help: sky is what is smooth and bright and hangs
from the top. Two colour histograms (sky, land) are learned from a first guess and
the boundary is found by dynamic programming over the columns, so it is one line
from side to side and there is never sky below land in a column.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.resample import Bytes, Floats, blur, shrink

NO_SKY = -1
WORKING_WIDTH_PX = 320
_BINS = 24


@njit(nogil=True, cache=True)
def best_line(gain: Floats, low: Any, high: Any, bend: float) -> Any:
    """
    Return, per column, the row of the line with the largest summed gain.

    Args:
        gain: (H + 1, W) worth of the line running above row y in column x.
        low: (W,) first row allowed.
        high: (W,) last row allowed.
        bend: Price of one row of climb between neighbouring columns.
    """
    rows, columns = gain.shape
    came = np.zeros((rows, columns), np.int32)
    score = np.full(rows, -1e18)
    for y in range(low[0], high[0] + 1):
        score[y] = gain[y, 0]
    reach = np.zeros(rows)
    origin = np.zeros(rows, np.int32)
    for x in range(1, columns):
        for y in range(rows):
            reach[y] = score[y]
            origin[y] = y
        for y in range(1, rows):
            if reach[y - 1] - bend > reach[y]:
                reach[y] = reach[y - 1] - bend
                origin[y] = origin[y - 1]
        for y in range(rows - 2, -1, -1):
            if reach[y + 1] - bend > reach[y]:
                reach[y] = reach[y + 1] - bend
                origin[y] = origin[y + 1]
        for y in range(rows):
            if low[x] <= y <= high[x]:
                score[y] = reach[y] + gain[y, x]
                came[y, x] = origin[y]
            else:
                score[y] = -1e18
    line = np.zeros(columns, np.int32)
    best = 0
    for y in range(rows):
        if score[y] > score[best]:
            best = y
    for x in range(columns - 1, -1, -1):
        line[x] = best
        best = came[best, x]
    return line


@njit(nogil=True, cache=True)
def _light_and_texture(colour: Floats) -> Any:
    h, w, _ = colour.shape
    light = np.zeros((h, w), np.float32)
    for y in range(h):
        for x in range(w):
            light[y, x] = (colour[y, x, 0] + colour[y, x, 1] + colour[y, x, 2]) / 3
    texture = np.zeros((h, w), np.float32)
    for y in range(h):
        for x in range(w):
            here = light[y, x]
            dx = light[y, min(x + 1, w - 1)] - light[y, max(x - 1, 0)]
            dy = light[min(y + 1, h - 1), x] - light[max(y - 1, 0), x]
            texture[y, x] = np.sqrt(dx * dx + dy * dy) + abs(
                here - (light[min(y + 1, h - 1), x] + light[y, min(x + 1, w - 1)]) / 2
            )
    return light, texture


@njit(nogil=True, cache=True)
def _gain(skyness: Floats, light: Floats, usable: Bytes, edge_weight: float) -> Floats:
    """Worth of a line above each row: sky above it, land below it, and an edge on it."""
    h, w = skyness.shape
    gain = np.zeros((h + 1, w), np.float32)
    for x in range(w):
        total = 0.0
        for y in range(h):
            gain[y, x] += total
            if usable[y, x]:
                total += skyness[y, x]
        gain[h, x] += total
        total = 0.0
        for y in range(h - 1, -1, -1):
            if usable[y, x]:
                total -= skyness[y, x]
            gain[y, x] += total
        for y in range(2, h - 2):
            if usable[y - 1, x] and usable[y, x]:
                above = light[y - 1, x] + light[y - 2, x]
                under = light[y, x] + light[y + 1, x]
                gain[y, x] += edge_weight * max(-1.0, min(1.0, (above - under) * 4))
    return gain


@njit(nogil=True, cache=True)
def _bins(light: Floats, texture: Floats, colour: Floats) -> Any:
    h, w = light.shape
    out = np.zeros((h, w), np.int32)
    for y in range(h):
        for x in range(w):
            a = min(max(int(light[y, x] * _BINS * 1.25), 0), _BINS - 1)
            warm = (colour[y, x, 0] - colour[y, x, 2]) * 40 + _BINS / 2
            b = min(max(int(warm), 0), _BINS - 1)
            t = texture[y, x]
            c = 0 if t < 0.006 else 1 if t < 0.015 else 2 if t < 0.04 else 3
            out[y, x] = (a * _BINS + b) * 4 + c
    return out


@njit(nogil=True, cache=True)
def _learned(bins: Any, usable: Bytes, line: Any) -> Floats:
    """Return how much like the sky above ``line`` each pixel is: 1 sky, -1 land."""
    h, w = usable.shape
    sky = np.zeros(_BINS * _BINS * 4)
    land = np.zeros(_BINS * _BINS * 4)
    skies, lands = 1.0, 1.0
    for x in range(w):
        for y in range(h):
            if usable[y, x]:
                if y < line[x]:
                    sky[bins[y, x]] += 1
                    skies += 1
                else:
                    land[bins[y, x]] += 1
                    lands += 1
    out = np.zeros((h, w), np.float32)
    for y in range(h):
        for x in range(w):
            s = (sky[bins[y, x]] + 0.5) / skies
            g = (land[bins[y, x]] + 0.5) / lands
            out[y, x] = (s - g) / (s + g)
    return out


@njit(nogil=True, cache=True)
def _first_guess(light: Floats, texture: Floats, usable: Bytes) -> Floats:
    h, w = light.shape
    total, count = 0.0, 1
    for y in range(h):
        for x in range(w):
            if usable[y, x]:
                total += light[y, x]
                count += 1
    middle = total / count
    out = np.zeros((h, w), np.float32)
    for y in range(h):
        for x in range(w):
            bright = max(-1.0, min(1.0, (light[y, x] - middle) / 0.12))
            smooth = 1.0 - 2.0 * min(1.0, texture[y, x] / 0.02)
            out[y, x] = 0.5 * bright + 0.5 * smooth
    return out


@njit(nogil=True, cache=True)
def _agreement(skyness: Floats, usable: Bytes, line: Any) -> Any:
    """Return the mean skyness above and below ``line`` and the sky's share."""
    h, w = usable.shape
    above, under, skies, lands = 0.0, 0.0, 0, 0
    for x in range(w):
        for y in range(h):
            if usable[y, x]:
                if y < line[x]:
                    above += skyness[y, x]
                    skies += 1
                else:
                    under += skyness[y, x]
                    lands += 1
    return above / max(1, skies), under / max(1, lands), skies / max(1, skies + lands)


def find_skyline(colour: Floats, usable: Bytes) -> Any:
    """
    Return the skyline of a picture: (W,) int32 rows, or None when there is no sky.

    Args:
        colour: (H, W, 3) in the generator's log encoding.
        usable: (H, W) 1 where the pixels mean something.

    Returns:
        (W,) the first row of land per column (H where the column is sky all the way),
        found on a picture ``WORKING_WIDTH_PX`` wide and then again, within a few
        rows of it, on the full one.
    """
    height, width = usable.shape
    if height < 8 or width < 8:
        return None
    w = min(width, WORKING_WIDTH_PX)
    h = max(8, height * w // width)
    small = shrink(colour, h, w)
    share = shrink(usable.astype(np.float32)[..., None], h, w)[..., 0]
    good = (share > np.float32(0.99)).astype(np.uint8)
    if not good.any():
        return None
    light, texture = _light_and_texture(small)
    texture = blur(texture, 1)
    bins = _bins(light, texture, small)
    skyness = first = _first_guess(light, texture, good)
    low, high = np.zeros(w, np.int32), np.full(w, h, np.int32)
    line = best_line(_gain(skyness, light, good, 6.0), low, high, 0.25)
    for _ in range(3):
        skyness = _learned(bins, good, line)
        line = best_line(_gain(skyness, light, good, 6.0), low, high, 0.25)
    above, under, sky = _agreement(skyness, good, line)
    if sky < 0.02 or above < 0.2 or (sky < 0.98 and under > -0.2):
        return None
    if sky > 0.98:
        # one thing all over: sky only if it is smooth, else rock or wood
        if _agreement(first, good, np.full(w, h, np.int32))[0] < 0.25:
            return None
        return np.full(width, height, np.int32)
    return _at_full_size(colour, usable, line, h, w, skyness)


def _at_full_size(
    colour: Floats, usable: Bytes, line: Any, h: int, w: int, skyness: Floats
) -> Any:
    height, width = usable.shape
    ratio = height / h
    at = np.minimum(np.arange(width) * w // width, w - 1)
    coarse = (line[at] * ratio).astype(np.int32)
    reach = int(2.5 * ratio) + 2
    low = np.clip(coarse - reach, 0, height).astype(np.int32)
    high = np.clip(coarse + reach, 0, height).astype(np.int32)
    light, texture = _light_and_texture(colour)
    bins = _bins(light, blur(texture, 1), colour)
    skyness = _learned(bins, usable, coarse)
    return best_line(_gain(skyness, light, usable, 8.0), low, high, 0.1)
