"""
A smooth sky carried on where land stood before it.

Patches of a clear sky show as a mosaic of tones: there is nothing in it to hide a seam.
So its tone is carried on instead: what follows height and the angle to the sun is fitted
to what is seen of it, the rest is spread from the rim by Laplace's equation, and the grain
is that of the sky on the other side of the rim. Nothing is extrapolated: below the lowest
sky that was seen the tone stays as it is there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch.membrane import nearest
from seamline.generators.patch.resample import Bytes, Floats, blur, grow
from seamline.generators.patch.skyglow import GLOWS, SKIPPED_DEG, away_from_sun, glow
from seamline.generators.patch.skyrim import gone_on, told_at_rim
from seamline.optics.sines import RAD_PER_DEG

PLANE_PX = 10
"""Half side of the squares over which a plane is laid through a sky at its rim."""
STEEPEST = 0.024
"""Of the encoding, in a degree: what is steeper is land's own edge, no sky's slope."""
GRAIN_PX = 6
GOES_ON_DEG = 2.0
"""Within so much beyond what is seen the slope of a tone fades. With the lowest 5 degrees of
clear skies hidden, .05, 1, 2 and 3 degrees are wrong by .0149, .0132, .0120, .0113 over quay
and by .0032, .0028, .0026, .0025 over spruit, for which it was chosen (r.m.s., ACEScct), and
by .0050, .0046, .0043, .0041 over garden; with the lowest 2 hidden more than 2 is worse there.
"""
MOST_GRAIN = 0.003
"""A twentieth of a stop: more is a thing, not grain."""
DEEP = 0.98
"""Share of known sky around a pixel whose grain is told well."""
GRAIN_OVER = 3.0
"""Times a sky's usual grain: more is a thing, too."""
AUREOLE_DEG = 6.0
"""Nearer to the sun no tone tells a sky well enough."""
BAND_DEG, BANDS, BAND_SHARE, HAZE_EVENED = 0.5, 180, 0.15, 2
"""Bands of height whose own median is told, so many each way; what is seen of less than this
share of the fullest tells none: that is what is left between trees. Times that neighbouring
bands are averaged."""
STAIN = 0.012
GLINT, BRIGHT = np.float32(0.012), np.float32(0.02)
"""What is so much brighter in a channel than the clear sky close around it is no sky: lit
leaves and ropes (a fifth of a stop; grain of clear skies is .003). Where a rim shows but one
side of it, it is told by how much brighter than the tone it is."""
TINT = np.float32(0.01)
"""What is so much less blue, beside its red and green, than a clear sky's tone is leaves that
the sun shines through: a rim of such pixels was spread as a pale smudge. A clear sky's own tint
is within .002 of its tone's, all but a hundredth of it (garden over lake and dunes)."""
STAIN_PX = 5
"""What is so much darker than a clear sky's tone stands before it; and so far around it."""
CLEAR = 0.007
"""Up to so much of a sky, on the mean, its tone does not tell: clear ones measured .0006 to
.003, veils .010, clouds .014 to .022 (ACEScct, six panoramas)."""
GLARE_DEG = 4.5
"""Nearer to a sun rings of its glare are as thin and dark as wires."""
FINE_PX = 4
"""Wires are told from means over squares of twice this: over more haze bends by as much."""
WIRE_OVER, LIT_OVER, WIRE_LEAST = np.float32(3.5), np.float32(4), 9
"""Times the usual grain of dark and of lit things, and how many such pixels close together are
a wire. A lit one must stand out more: beside a dark one a sky is brighter than its mean."""
LEAST_GRAIN = 0.0006
"""What bends in a tone without any grain is no wire."""


def tone_of(
    colour: Floats, known: Bytes, height_deg: Floats, angle: Floats | None
) -> tuple[Floats, bool]:
    """
    Return the tone (H, W, 3) fitted to a sky, everywhere, and whether it tells all of it.

    Args:
        colour: (H, W, 3) log encoding.
        known: (H, W) 1 where it is seen; somewhere.
        height_deg: (H, W) height above the horizon of what is seen there.
        angle: (H, W) degrees from the sun, or None.
    """
    tones = _tones(height_deg, angle, known)
    seen = known if angle is None else known & (angle > np.float32(SKIPPED_DEG))
    seen = np.ascontiguousarray(seen, np.uint8)
    weights = _fitted(tones, colour, seen)
    tone = _toned(tones, weights)
    off = np.abs(colour - tone)[seen > 0].astype(np.float64)
    clear = off.size > 0 and float(np.cumsum(off)[-1]) / off.size < CLEAR
    tone = tone + _haze(colour - tone, seen, height_deg)
    if angle is not None:
        tone = tone + glow(colour - tone, weights[-GLOWS:], known, height_deg, angle)
    return tone, clear


def _haze(rest: Floats, seen: Bytes, height_deg: Floats) -> Floats:
    """
    Return (H, W, 3) what height alone tells of a tone's ``rest``.

    Where one azimuth shows how dusk darkens over its horizon, the others do so, too: the
    median of each band of height; as it is there below the lowest.
    """
    at = np.clip(height_deg / np.float32(BAND_DEG) + np.float32(BANDS), 0, 2 * BANDS)
    band = at[seen > 0].astype(np.int64)
    order = np.argsort(band, kind="stable")
    ends = np.searchsorted(band[order], np.arange(2 * BANDS + 2))
    count = np.diff(ends)
    out = np.zeros_like(rest)
    if not count.any():
        return out
    told = np.flatnonzero(count >= max(1.0, BAND_SHARE * float(count.max())))
    left = np.minimum(at.astype(np.int64), 2 * BANDS - 1)
    share = (at - left).astype(np.float64)
    for c in range(3):
        values = rest[..., c][seen > 0][order]
        middles = [np.sort(values[ends[k] : ends[k + 1]]) for k in told]
        medians = np.array([m[len(m) // 2] for m in middles], np.float64)
        # a band's median is its middle's
        profile = np.interp(np.arange(2 * BANDS + 1), told + 0.5, medians)
        for _ in range(HAZE_EVENED):
            rim = np.pad(profile, 1, mode="edge")
            profile = (rim[:-2] + 2 * rim[1:-1] + rim[2:]) / 4
        out[..., c] = profile[left] * (1 - share) + profile[left + 1] * share
    return out


def unstained(colour: Floats, tone: Floats, known: Bytes, angle: Floats | None) -> Bytes:
    """
    Return ``known`` (H, W) without what is darker than the ``tone`` of a clear sky, or thin.

    Far wires are hardly darker than grain, but longer; lit twigs and ropes are brighter, leaves
    yellower.
    """
    rest = np.where(known[..., None] > 0, colour - tone, np.float32(0)).astype(np.float32)
    raw = _parted(rest, known, GRAIN_PX)[1]
    low, _ = told_at_rim(_parted(rest, known, FINE_PX)[0], rest, known, FINE_PX, np.float32(0))
    fine = np.where(known > 0, (rest - low).mean(axis=-1), np.float32(0))
    glints = (raw.max(axis=-1) > GLINT) | (rest.max(axis=-1) > BRIGHT)
    tint = rest[..., 2] - (rest[..., 0] + rest[..., 1]) / 2
    stains = glints | (rest.mean(axis=-1) < -np.float32(STAIN)) | (tint < -TINT)
    usual = _usual(fine, known)
    lines = _lines(fine < -WIRE_OVER * usual) | _lines(raw.mean(axis=-1) > LIT_OVER * usual)
    if angle is not None:
        stains &= angle > np.float32(AUREOLE_DEG)
        lines &= angle > np.float32(GLARE_DEG)
    around = grow((stains & (known > 0)).astype(np.uint8), STAIN_PX)
    if angle is not None:
        around[angle <= np.float32(AUREOLE_DEG)] = 0
    return np.asarray(known & (1 - (around | lines)), np.uint8)


def _usual(fine: Floats, known: Bytes) -> np.float32:
    """Return the usual size of what is ``fine`` (H, W) in a sky."""
    size = np.sort(np.abs(fine[known > 0]), axis=None)
    return np.float32(max(float(size[size.size // 2]) if size.size else 0.0, LEAST_GRAIN))


def _lines(there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return (H, W) around what is ``there`` where it hangs together in lines."""
    share = blur(there.astype(np.float32), STAIN_PX)
    count = share * np.float32((2 * STAIN_PX + 1) ** 2)
    return np.asarray(count > np.float32(WIRE_LEAST))


def near_sky(known: Bytes, wanted: Bytes, reach_px: float) -> bool:
    """Return whether all that is ``wanted`` lies within ``reach_px`` of what is ``known``."""
    away = nearest(known) - np.indices(known.shape, dtype=np.int32)
    far = (away.astype(np.float64) ** 2).sum(axis=0) > reach_px * reach_px
    return not (far & (wanted > 0)).any()


def carried_on(
    colour: Floats, tone: Floats, known: Bytes, wanted: Bytes, px_per_deg: float
) -> tuple[Floats, NDArray[np.int32], NDArray[np.int32]]:
    """
    Return ``colour`` with what is ``wanted`` and not ``known`` carried on.

    Args:
        colour: (H, W, 3) log encoding.
        tone: (H, W, 3) as ``tone_of`` tells it.
        known: (H, W) 1 where it is seen; somewhere.
        wanted: (H, W) 1 where it is to be seen.
        px_per_deg: Sampling.

    Returns:
        With it, for every pixel the row and column of the known one its grain is from.
    """
    above = np.where(known[..., None] > 0, colour - tone, np.float32(0)).astype(np.float32)
    low, grain = _parted(above, known, GRAIN_PX)
    steepest = np.float32(STEEPEST / px_per_deg)
    low, rise = told_at_rim(low, above, known, PLANE_PX, steepest)
    rest = gone_on(low, rise, known, GOES_ON_DEG * px_per_deg)
    deep = (blur(known.astype(np.float32), GRAIN_PX) > np.float32(DEEP)).astype(np.uint8)
    if not deep.any():
        deep = known
    near = nearest(deep)
    over = 2 * near - np.indices(known.shape, dtype=np.int32)
    inside = (over >= 0).all(axis=0)
    inside &= (over[0] < known.shape[0]) & (over[1] < known.shape[1])
    inside &= deep[np.where(inside, over[0], 0), np.where(inside, over[1], 0)] > 0
    row, column = (np.where(inside, over[k], near[k]).astype(np.int32) for k in (0, 1))
    size = np.sort(np.abs(grain[known > 0]), axis=None)
    most = min(MOST_GRAIN, GRAIN_OVER * float(size[size.size // 2])) if size.size else 0.0
    grain = np.clip(grain, -most, most)[row, column]
    missing = ((known == 0) & (wanted > 0))[..., None]
    found = np.where(missing, tone + rest + grain, colour).astype(np.float32)
    return np.ascontiguousarray(found), row, column


def faded(colour: Floats, carried: Floats, sure: Floats) -> Floats:
    """Return ``colour`` (H, W, 3) where it is ``sure`` (H, W); what was ``carried`` on else."""
    share = sure[..., None]
    mixed = colour * share + carried * (1 - share)
    return np.ascontiguousarray(np.where(share < 1, mixed, colour), np.float32)


def _tones(height_deg: Floats, angle: Floats | None, known: Bytes) -> Floats:
    """Return (H, W, N) what a sky's tone is made of, within the heights that are known."""
    lowest = np.float32(height_deg[known > 0].min()) if known.any() else np.float32(0)
    below = np.maximum(lowest - height_deg.astype(np.float64), 0)
    above = np.maximum(height_deg, lowest).astype(np.float64)
    high = (above - GOES_ON_DEG * below / (GOES_ON_DEG + below)) * RAD_PER_DEG
    planes = [np.ones_like(high), high, high * high]
    if angle is not None:
        planes += away_from_sun(angle)
    return np.ascontiguousarray(np.stack(planes, axis=-1), dtype=np.float32)


@njit(nogil=True, cache=True)
def _fitted(tones: Floats, colour: Floats, seen: Bytes) -> Any:
    """Return (N, 3) weights of ``tones`` by least squares, a hair towards none."""
    h, w, n = tones.shape
    normal = np.zeros((n, n + 3))
    for y in range(0, h, 2):
        for x in range(0, w, 2):
            if seen[y, x] == 0:
                continue
            for a in range(n):
                t = float(tones[y, x, a])
                for b in range(n):
                    normal[a, b] += t * tones[y, x, b]
                for c in range(3):
                    normal[a, n + c] += t * colour[y, x, c]
    for a in range(n):
        normal[a, a] += 1e-6 * (normal[0, 0] + 1.0)
    for a in range(n):
        for r in range(n):
            if r != a:
                share = normal[r, a] / normal[a, a]
                for b in range(a, n + 3):
                    normal[r, b] -= share * normal[a, b]
    out = np.zeros((n, 3))
    for a in range(n):
        for c in range(3):
            out[a, c] = normal[a, n + c] / normal[a, a]
    return out


@njit(nogil=True, cache=True)
def _toned(tones: Floats, weights: Any) -> Floats:
    h, w, n = tones.shape
    out = np.zeros((h, w, 3), np.float32)
    for y in range(h):
        for x in range(w):
            for c in range(3):
                total = 0.0
                for a in range(n):
                    total += tones[y, x, a] * weights[a, c]
                out[y, x, c] = total
    return out


def _parted(colour: Floats, known: Bytes, radius: int) -> tuple[Floats, Floats]:
    """Return (H, W, 3) the mean around of what is ``known``, and what lies above it."""
    share = known.astype(np.float32)
    around = np.maximum(blur(share, radius), np.float32(1e-3))
    planes = [
        blur(np.ascontiguousarray(colour[..., c] * share), radius) / around for c in range(3)
    ]
    low = np.where(known[..., None] > 0, np.stack(planes, axis=-1), np.float32(0))
    low = np.ascontiguousarray(low, np.float32)
    grain = np.where(known[..., None] > 0, colour - low, np.float32(0))
    return low, grain.astype(np.float32)
