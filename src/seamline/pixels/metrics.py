"""Measures on pictures: what can be said in numbers about edges, change and colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]


PLATEAU_PX = (8, 16)
"""An edge stands alone when the tone is level from 8 to 16 px on both sides of it."""
CONTRAST = 0.04
"""Least height of an edge: .7 stop in ACEScct."""
CLEAR = 4.0
"""Least height over the unrest of its two sides."""
HARD_PX = 4.0
"""Widest that a hard edge is at rest: lens, sensor and resampling together."""
FEWEST = 30
"""Fewer edges say nothing."""
LEAST_PX = 0.5
"""Narrowest that a hard edge is at rest: a step measures one pixel. What measures less is no
step but a line, or grass: in a smear its width says nothing."""
FEWEST_HARD = 50
"""A smear spreads the widths of hard edges by a third: fifty give the median to 6 %."""


def edge_width_px(
    tone: Image, mask: Mask | None = None, *, at_rest: Image | None = None, clearest: int = 2000
) -> float | None:
    """
    Return the median width along rows of the edges that stand alone, pixels.

    The width of an edge is one pixel, plus four times the area between its profile
    and the ideal step at the same place, over its height: a step smeared evenly
    over n pixels measures n. An area averages grain out; a steepest slope follows it.

    A ridge in haze is soft however it was photographed. Where the same view is known
    at rest, only edges that are hard there are measured, and are edges there: what they
    lost is the camera's doing, and the widths of different things can be compared.

    Args:
        tone: (H, W) float32, log-coded luminance, so that bright edges do not rule.
        mask: (H, W), where to look; the whole reach of an edge must lie inside.
        at_rest: (H, W), the same view without the camera's move.
        clearest: How many edges are taken, clearest first.

    Returns:
        None when there are fewer than 30 edges, or than 50 hard ones.
    """
    if tone.shape[1] < 4 * PLATEAU_PX[1]:
        return None
    places = _edges(tone, mask) if at_rest is None else hard_edges(at_rest, mask)
    if places.shape[1] < (FEWEST if at_rest is None else FEWEST_HARD):
        return None
    return float(np.median(_widths_and_centres(tone, places[:, :clearest])[0]))


def hard_edges(at_rest: Image, mask: Mask | None = None) -> NDArray[np.int64]:
    """Return (2, N) rows and columns of the edges of (H, W) that are hard, clearest first."""
    places = _edges(at_rest, mask)
    places = places[:, _widths_and_centres(at_rest, places)[0] <= HARD_PX]
    places = _centred(at_rest, places)
    width = _widths_and_centres(at_rest, places)[0]
    found: NDArray[np.int64] = places[:, (width >= LEAST_PX) & (width <= HARD_PX)]
    return found


def edge_spreads_px(
    tone: Image, mask: Mask | None = None, *, at_rest: Image | None = None, clearest: int = 2000
) -> NDArray[np.float64]:
    """
    Return (N,) spreads of the edges along rows that stand alone, pixels; see ``edge_width_px``.

    The spread is the standard deviation of the Gaussian that makes of a step the same
    area. Each edge counts once, where it is in the middle.
    """
    if tone.shape[1] < 4 * PLATEAU_PX[1]:
        return np.zeros(0)
    seen = tone if at_rest is None else at_rest
    places = _edges(seen, mask)
    if at_rest is not None:
        places = places[:, _widths_and_centres(at_rest, places)[0] <= HARD_PX]
    places = _centred(seen, places)
    if not places.shape[1]:
        return np.zeros(0)
    widths, _ = _widths_and_centres(tone, places[:, :clearest])
    # A width is four areas, the pixel's own in it; a Gaussian's is sigma * sqrt(2 / pi).
    found: NDArray[np.float64] = widths / 4 * np.sqrt(np.pi / 2)
    return found[found > 0]


def _edges(tone: Image, mask: Mask | None) -> NDArray[np.int64]:
    """Return (2, N) rows and columns of the edges that stand alone, clearest first."""
    near, far = PLATEAU_PX
    height, width = tone.shape
    light = tone.astype(np.float64)
    at = np.arange(far, width - far)
    (left, left_unrest), (right, right_unrest) = (
        _level(light, at, *reach) for reach in ((-far, -near), (near, far))
    )
    rise = right - left
    clear = np.abs(rise) / np.sqrt(left_unrest + right_unrest + 1e-5)
    clear[np.abs(rise) < CONTRAST] = 0
    if mask is not None:
        outside = np.concatenate([np.zeros((height, 1)), np.cumsum(~mask, axis=1)], axis=1)
        clear[outside[:, at + far + 1] > outside[:, at - far]] = 0
    inner = clear[:, 1:-1]
    peak = (inner >= clear[:, :-2]) & (inner > clear[:, 2:]) & (inner > CLEAR)
    rows, columns = np.nonzero(peak)
    first = np.argsort(-inner[peak], kind="stable")
    return np.stack([rows[first], at[columns[first] + 1]])


def _centred(tone: Image, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """
    Return ``places`` (2, N) moved to the middle of their edges, each edge once.

    A hard edge stands alone for every column that is near enough; smeared, it
    fits between the level sides only where it is in the middle.
    """
    _, centres = _widths_and_centres(tone, places)
    far = PLATEAU_PX[1]
    columns = np.clip(np.rint(centres).astype(np.int64), far, tone.shape[1] - far - 1)
    _, first = np.unique(places[0] * tone.shape[1] + columns, return_index=True)
    first.sort()
    return np.stack([places[0][first], columns[first]])


def _widths_and_centres(
    tone: Image, places: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (N,) width and middle column of the edges at (2, N) ``places``, pixels."""
    width, place = _steps(profiles_of(tone, places))
    return width, places[1] + place


def profiles_of(tone: Image, places: NDArray[np.int64]) -> Image:
    """Return (N, P) the rows of ``tone`` around (2, N) ``places``, 16 px either way."""
    far = PLATEAU_PX[1]
    reach = np.arange(-far, far + 1)
    found: Image = tone[places[0][:, None], places[1][:, None] + reach]
    return found


def widths_of(profiles: Image) -> NDArray[np.float64]:
    """Return (N,) widths of the edges in the middle of (N, P) ``profiles``, pixels."""
    return _steps(profiles)[0]


def _steps(profiles: Image) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (N,) width of each edge, and how far right of the middle it lies, pixels."""
    near, far = PLATEAU_PX
    light = profiles.astype(np.float64)
    left = light[:, : far - near + 1].mean(axis=1, keepdims=True)
    right = light[:, far + near :].mean(axis=1, keepdims=True)
    reach = np.arange(-far + 5, far - 4)
    rise = right - left
    count = len(reach)
    level = np.broadcast_to((np.arange(count) + 0.5) / count, (len(light), count))
    # An edge that the smear levelled is as wide as the reach.
    profile = np.where(
        rise == 0, level, (light[:, far + reach] - left) / np.where(rise == 0, 1, rise)
    )
    place = count - profile.sum(axis=1)
    pixel = np.arange(count)
    step = np.clip(pixel + 1 - place[:, None], 0, 1)
    side = np.where(pixel + 0.5 < place[:, None], -1.0, 1.0)
    area = ((step - profile) * side).sum(axis=1)
    # The ideal step is as wide as its pixel.
    return 1 + 4 * area, reach[0] + place - 0.5


def _level(
    light: NDArray[np.float64], at: NDArray[np.int64], begin: int, end: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and variance, (H, N), of the pixels from ``begin`` to ``end`` off ``at``."""
    sums, squares = (
        np.concatenate([np.zeros((light.shape[0], 1)), np.cumsum(v, axis=1)], axis=1)
        for v in (light, light * light)
    )
    count = end - begin + 1
    mean = (sums[:, at + end + 1] - sums[:, at + begin]) / count
    spread = (squares[:, at + end + 1] - squares[:, at + begin]) / count - mean * mean
    return mean, np.maximum(spread, 0.0)


def log_difference(
    a: Image, b: Image, mask: Mask
) -> tuple[tuple[float, float, float], float] | None:
    """
    Return per channel the median of ``a`` - ``b``, and the median absolute rest.

    Args:
        a: (H, W, 3), log-coded.
        b: (H, W, 3), the same code.
        mask: (H, W), the pixels compared.

    Returns:
        None with fewer than 200 pixels.
    """
    apart = (a - b)[mask]
    apart = apart[np.isfinite(apart).all(axis=1)]
    if len(apart) < 200:
        return None
    middle = np.median(apart, axis=0)
    rest = float(np.median(np.abs(apart - middle)))
    return (float(middle[0]), float(middle[1]), float(middle[2])), rest
