"""Features: corners of one frame, found again in another near where they are expected."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.grain.box import box_mean, slopes

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
PATCH_PX = 7
REACH_PX = 10
CELLS_PX = (24, 48)
MOST = 160
ALIKE = 0.85
"""Least correlation of a feature with what it is found again as."""
SURE = 2.0
"""Standard errors that are taken off: features that tell little raise no alarm."""
TELLING_PX = 1.0
"""Features that share an error no better known than this tell nothing."""
_TEXTURE = 0.02


def corners(tone: Image, mask: Mask) -> Floats:
    """
    Return (N, 2) column and row indices of the clearest corner of every cell.

    Cells are 24 to 48 pixels wide: smaller in small frames, so that enough are found there.

    Source:
        J. Shi, C. Tomasi, Good Features to Track, CVPR 1994 (smaller eigenvalue).
    """
    across, down = slopes(box_mean(tone, 1))
    xx, yy, xy = (box_mean(v, 3) for v in (across * across, down * down, across * down))
    least = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    rim = PATCH_PX + REACH_PX + 2
    inner = np.zeros_like(mask)
    inner[rim:-rim, rim:-rim] = True
    whole = box_mean(mask.astype(np.float32), PATCH_PX) > 0.999
    least = np.where(inner & whole, least, 0)
    found = []
    size = int(np.clip(np.sqrt(tone.size / (4 * MOST)), *CELLS_PX))
    for top in range(0, tone.shape[0], size):
        for left in range(0, tone.shape[1], size):
            cell = least[top : top + size, left : left + size]
            row, column = np.unravel_index(int(cell.argmax()), cell.shape)
            if cell[row, column] > _TEXTURE**2:
                found.append((float(cell[row, column]), left + column, top + row))
    found.sort(reverse=True)
    return np.array([(c, r) for _, c, r in found[:MOST]], np.float64).reshape(-1, 2)


def found_again(one: Image, other: Image, at: Floats, expected: Floats) -> Floats:
    """
    Return (N, 2) where features at ``at`` in ``one`` lie in ``other``, less ``expected``.

    NaN where nothing within 10 pixels of the expected place is like it.

    Args:
        one: (H, W) log-coded.
        other: (H, W).
        at: (N, 2) column and row, whole pixels.
        expected: (N, 2) column and row in ``other``.

    Source:
        Normalised cross-correlation with a parabola through its peak.
    """
    height, width = other.shape
    apart = np.full(at.shape, np.nan)
    size = 2 * PATCH_PX + 1
    for k, (start, wanted) in enumerate(zip(at, expected, strict=True)):
        c, r = (int(v) for v in start)
        x, y = (int(np.rint(v)) for v in wanted)
        rim = PATCH_PX + REACH_PX
        if not (rim <= x < width - rim and rim <= y < height - rim):
            continue
        patch = one[r - PATCH_PX : r + PATCH_PX + 1, c - PATCH_PX : c + PATCH_PX + 1]
        patch = (patch - patch.mean()).astype(np.float64)
        area = other[y - rim : y + rim + 1, x - rim : x + rim + 1].astype(np.float64)
        views = np.lib.stride_tricks.sliding_window_view(area, (size, size))
        means = views.mean(axis=(2, 3))
        product = np.einsum("ijkl,kl->ij", views, patch)
        power = np.einsum("ijkl,ijkl->ij", views, views) - size * size * means**2
        alike = product / np.sqrt(np.maximum(power, 1e-9) * max(float((patch**2).sum()), 1e-9))
        i, j = (int(v) for v in np.unravel_index(int(alike.argmax()), alike.shape))
        if alike[i, j] < ALIKE or not (0 < i < 2 * REACH_PX and 0 < j < 2 * REACH_PX):
            continue
        down = _peak(alike[i - 1 : i + 2, j])
        across = _peak(alike[i, j - 1 : j + 2])
        apart[k] = x + j - REACH_PX + across - wanted[0], y + i - REACH_PX + down - wanted[1]
    return apart


def shared_off(at: Floats, apart: Floats) -> float | None:
    """
    Return how far all features are off together, at the least: pixels, rms over them.

    Two standard errors are taken off: a few features, or such as are found to several
    pixels only, must be farther off to say so.

    Args:
        at: (N, 2) where they lie, pixels; N at least 4.
        apart: (N, 2) how far from where they should, pixels.

    Returns:
        None where two standard errors are more than a pixel: features that found one another
        by chance agree on nothing.
    """
    off, doubt = systematic(at, apart)
    return None if SURE * doubt > TELLING_PX else max(off - SURE * doubt, 0.0)


def systematic(at: Floats, apart: Floats) -> tuple[float, float]:
    """
    Return the part of ``apart`` that all features share, rms over them, and its error, pixels.

    Each is found to a pixel or so where one frame is smeared more than the other, and all
    ways; a wrong camera shifts, turns and stretches them together. That much is fitted, the
    farthest tenth left out and again, and what chance alone would give of it is taken off.

    Args:
        at: (N, 2) where they lie, pixels; N at least 4.
        apart: (N, 2) how far from where they should, pixels.

    Source:
        Least squares with four unknowns: of noise s a coordinate, the fitted field has a mean
        square of 4 s^2 / N; its root is the standard error.
    """
    middle = at - at.mean(axis=0)
    scale = max(float(np.abs(middle).max()), 1.0)
    u, v = middle.T / scale
    one, none = np.ones_like(u), np.zeros_like(u)
    # a shift, a stretch and a turn: (dx, dy) = (a + c u - d v, b + c v + d u)
    rows = np.concatenate(
        [np.stack([one, none, u, -v], axis=1), np.stack([none, one, v, u], axis=1)]
    )
    kept = np.ones(len(at), bool)
    for _ in range(3):
        both = np.concatenate([kept, kept])
        told = np.concatenate([apart[:, 0], apart[:, 1]])
        found = np.linalg.lstsq(rows[both], told[both], rcond=None)[0]
        field = (rows @ found).reshape(2, -1).T
        rest = np.hypot(*(apart - field).T)
        kept = rest <= np.quantile(rest, 0.9)
    noise = float((rest[kept] ** 2).sum()) / max(2 * int(kept.sum()) - 4, 1)
    chance = 4 * noise / int(kept.sum())
    shared = float((field[kept] ** 2).sum(axis=1).mean()) - chance
    return float(np.sqrt(max(shared, 0.0))), float(np.sqrt(chance))


def _peak(three: Floats) -> float:
    curve = three[0] - 2 * three[1] + three[2]
    return float(0.5 * (three[0] - three[2]) / curve) if curve < 0 else 0.0
