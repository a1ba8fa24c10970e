"""
Air: what lies between the camera and a range that stands farther off than it was seen.

Haze adds the light of the air and takes of what shines through it: L = L0 t + A (1 - t),
t = exp(-beta d). How dense it was, the reference tells itself: its darkest things, near
and far, and the sky at its foot. Only the way that a card was moved is added, as a layer
of its own over the range, so that a compositor can take it away. Nothing is taken out: a
range that came nearer keeps the haze it has.
Source: Koschmieder, Theorie der horizontalen Sichtweite, 1924; the darkest things as a
measure: He, Sun, Tang, Single Image Haze Removal Using Dark Channel Prior, CVPR 2009.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch.compose.drawn import Drawn
from seamline.generators.patch.decoded import linear
from seamline.generators.patch.resample import Bytes, Floats
from seamline.generators.patch.sheets import Sheet
from seamline.ports import ReferencePicture

DARKEST = 50
"""One pixel in so many is darker than what stands for black."""
FOOT_PX = 24
"""The air's light is that of so many rows of sky above the skyline."""
LEAST_CLEAR = 0.2
"""No reference is trusted to be hazier than this: its darkest things may be grey."""
MOST = 0.45
"""More haze than this is another picture."""
STEPS = 1024
"""Opacity in whole steps: the last bit of a power is no machine's business."""
LEAST_STEPS = 4


@njit(nogil=True, cache=True)
def _light(colour: Floats, seen: Bytes) -> Floats:
    """Return (N,) scene-linear light of the pixels of (H, W, 3) that are ``seen``."""
    out = np.zeros(int(seen.sum()), np.float32)
    n = 0
    for y in range(seen.shape[0]):
        for x in range(seen.shape[1]):
            if seen[y, x]:
                total = linear(colour[y, x, 0]) + linear(colour[y, x, 1])
                out[n] = (total + linear(colour[y, x, 2])) / 3
                n += 1
    return out


def _dark(sheet: Sheet) -> float:
    """Return the light of what stands for black in a card, of what was photographed of it."""
    assert sheet.alpha is not None
    assert sheet.hidden is not None
    seen = ((sheet.alpha >= np.float32(0.999)) & (sheet.hidden == 0)).astype(np.uint8)
    half = (np.ascontiguousarray(plane[::2, ::2]) for plane in (sheet.colour, seen))
    light = np.sort(_light(*half))
    return float(light[len(light) // DARKEST]) if len(light) else 0.0


def clearness(far: Sheet, near: Sheet | None, air: float) -> float | None:
    """
    Return t, the share of a range's light that came through the air in its reference.

    Args:
        far: The range's card.
        near: The nearest card of the same reference, taken as seen through no air.
        air: Light of the sky at its foot.

    None where the sky is no brighter than the range's darkest things: no haze is told.
    """
    black = _dark(near) if near is not None else 0.0
    dark = _dark(far)
    if air <= dark or air <= black:
        return None
    return min(1.0, max(LEAST_CLEAR, (air - dark) / (air - black)))


def opacity(clear: float, seen_m: float, stands_m: float) -> float:
    """
    Return the haze of the way from ``seen_m`` to ``stands_m``, 0 to ``MOST``.

    ``clear`` is t over ``seen_m``, so over the rest it is t to the power of their ratio.
    """
    if stands_m <= seen_m:
        return 0.0
    haze = 1.0 - float(clear ** ((stands_m - seen_m) / seen_m))
    return min(MOST, round(haze * STEPS) / STEPS)


def draw_air(
    far: Drawn,
    ranges: Sequence[Sheet],
    sky: Drawn,
    near: Sequence[Sheet],
    references: Sequence[ReferencePicture],
    skyline: NDArray[np.int64],
) -> Drawn | None:
    """
    Return the air before the range ``far``, or None where none is to be added.

    Args:
        far: The range, drawn.
        ranges: The cards it was drawn from, turned.
        sky: What stands behind it.
        near: Cards of the look that stand before ranges, nearest last.
        references: Those handed over.
        skyline: (W,) first row per column behind which no sky is seen.
    """
    away = {s.reference: _distance(references[s.reference]) for s in ranges}
    foot = _foot(sky, skyline)
    if not foot.any() or any(d is None for d in away.values()):
        return None
    row, column, light = _middle(sky.colour, foot)
    origin = far.origins.owner[far.field[..., 0]]
    used = [k for k in range(len(ranges)) if (origin[far.alpha > 0] == k).any()]
    stands = max((away[ranges[k].reference] or 0.0) / ranges[k].scale for k in used)
    alpha = np.zeros_like(far.alpha)
    for k in used:
        sheet = ranges[k]
        clear = clearness(sheet, near[-1] if near else None, light)
        share = 0.0 if clear is None else opacity(clear, away[sheet.reference] or 1.0, stands)
        alpha[origin == k] = np.float32(share)
    alpha = (alpha * far.alpha).astype(np.float32)
    if float(alpha.max()) * STEPS < LEAST_STEPS:
        return None
    return _as_drawn(alpha, sky, row, column, stands)


def _distance(view: ReferencePicture) -> float | None:
    return view.card.distance_m if view.card is not None else None


def _foot(sky: Drawn, skyline: NDArray[np.int64]) -> Bytes:
    rows = np.arange(sky.alpha.shape[0])[:, None]
    near = (rows < skyline[None, :]) & (rows >= skyline[None, :] - FOOT_PX)
    return (near & (sky.alpha >= np.float32(0.999))).astype(np.uint8)


def _middle(colour: Floats, seen: Bytes) -> tuple[int, int, float]:
    """Return row, column and light of the pixel of middle light among those ``seen``."""
    light = _light(np.ascontiguousarray(colour), seen)
    rows, columns = np.nonzero(seen)
    at = int(np.argsort(light, kind="stable")[len(light) // 2])
    return int(rows[at]), int(columns[at]), float(light[at])


def _as_drawn(alpha: Floats, sky: Drawn, row: int, column: int, stands: float) -> Drawn:
    """Return the layer: one pixel of the sky, spread; its origin is that pixel's."""
    shown = alpha > 0
    place = sky.field[row, column]
    field = np.zeros((*shown.shape, 2), np.int32)
    field[shown] = place
    colour = np.where(shown[..., None], sky.colour[row, column], np.float32(0))
    return Drawn(
        name="air",
        colour=colour.astype(np.float32),
        alpha=alpha,
        hidden=np.zeros(alpha.shape, np.uint8),
        field=field,
        origins=sky.origins,
        says=f"The range stands at {stands:.0f} m; the air before it adds up to "
        f"{100 * float(alpha.max()):.0f} % of the sky's light, as a layer of its own.",
    )
