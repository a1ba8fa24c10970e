"""
The order of skies: which dome a variation takes, so that a batch differs by intent.

Looks take turns, seed by seed, as everywhere; within a look the sky comes next that is
least like all that came before. Likeness is told as a viewer tells it, on a small picture
and apart from exposure and contrast. How many differ enough is said, honestly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.resample import Bytes, shrink
from seamline.generators.patch.skyviews import SkyView, sky_views
from seamline.generators.patch.sunward import sun_angle_deg
from seamline.pixels.sun import stands_deg, total
from seamline.ports import CanvasPicture, ReferencePicture

SMALL_PX = 64
LOG10_PER_CODE = 17.52 * math.log10(2.0)
"""Decades of light in one of ACEScct (Academy S-2016-001)."""
DIFFERENT = 0.03
"""Rms of log10 light from which on two skies count as two."""
HALF = np.float32(0.5)
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SkyOrder:
    """
    Skies by look, in the order in which variations take them.

    Attributes:
        all: In the order in which they were chosen, looks in turn.
        different: How many of them differ by ``DIFFERENT`` and more from those before.
        left_out: Looks whose sun cannot stand where the lock has it.
    """

    all: tuple[SkyView, ...]
    different: int
    left_out: tuple[str, ...] = ()

    def mirror(self, view: SkyView) -> SkyView | None:
        """Return the same sky with left and right exchanged, if it was set too."""
        return next((v for v in self.all if view.mirrors(v)), None)

    def says(self) -> str:
        """Return one sentence for the notes."""
        many = f"about {self.different} different skies" if self.different > 1 else "one sky"
        found = f"Under this light these references give {many} ({len(self.all)} are set)."
        if not self.left_out:
            return found
        names = ", ".join(self.left_out)
        return f"{found} Left out: {names}; its sun cannot stand where the lock has one."


def sky_order(
    references: Sequence[ReferencePicture],
    looks: Sequence[str],
    canvas: CanvasPicture,
    wanted: Bytes,
) -> SkyOrder:
    """
    Return the skies of ``looks`` in order.

    Args:
        references: All that were handed over.
        looks: In the order in which they take turns.
        canvas: Where their suns must stand.
        wanted: (H, W) 1 where sky is painted.
    """
    left = {look: list(sky_views(references, look)) for look in looks}
    left = {look: own for look, own in left.items() if own}
    lit = [look for look, own in left.items() if shows_locked_sun(canvas, own[0])]
    left_out = tuple(look for look in left if look not in lit) if lit else ()
    left = {look: own for look, own in left.items() if look not in left_out}
    seen = {id(v): thumbnail(v, wanted) for own in left.values() for v in own}
    chosen: list[SkyView] = []
    different = 0
    while any(left.values()):
        for own in left.values():
            if not own:
                continue
            away = [
                min((difference(seen[id(v)], seen[id(o)]) for o in chosen), default=math.inf)
                for v in own
            ]
            best = max(range(len(own)), key=lambda k: (away[k], -k))
            different += away[best] >= DIFFERENT
            view = own.pop(best)
            chosen.append(view)
    return SkyOrder(
        all=tuple(chosen),
        different=different,
        left_out=left_out,
    )


def sun_pixel(canvas: CanvasPicture, view: SkyView) -> tuple[int, int] | None:
    """Return row and column at which a view's sun is painted; None where it is not seen."""
    if view.key_deg is None:
        return None
    return _pixel(canvas, stands_deg(view.key_deg, canvas.key_deg))


def shows_locked_sun(canvas: CanvasPicture, view: SkyView) -> bool:
    """Whether the locked key stands in what is needed, and a view's sun stands there."""
    key = canvas.key_deg
    if key is None or view.key_deg is None or _pixel(canvas, key) is None:
        return False
    return stands_deg(view.key_deg, key) == key


def _pixel(canvas: CanvasPicture, key_deg: tuple[float, float]) -> tuple[int, int] | None:
    angle = sun_angle_deg(canvas.elevation_deg, canvas.azimuth_deg, key_deg)
    row, column = np.unravel_index(int(angle.argmin()), angle.shape)
    if float(angle[row, column]) * canvas.px_per_deg > 2 or not canvas.need[row, column]:
        return None
    return int(row), int(column)


def thumbnail(view: SkyView, wanted: Bytes) -> tuple[Floats, Floats]:
    """Return (h, w) log10 light of a dome, ``SMALL_PX`` wide, and 1 where there is sky."""
    (top, left), (height, width) = view.at, view.sheet.usable.shape
    shown = wanted[top : top + height, left : left + width] & view.sheet.usable
    share = shown.astype(np.float32)
    grey = (
        view.sheet.colour[..., 0] + view.sheet.colour[..., 1] + view.sheet.colour[..., 2]
    ) / 3
    packed = np.stack([grey * share, share], axis=-1).astype(np.float32)
    columns = min(SMALL_PX, width)
    rows = max(1, min(height, round(columns * height / width)))
    small = shrink(np.ascontiguousarray(packed), rows, columns)
    good = small[..., 1] > HALF
    light = np.where(good, small[..., 0] / np.maximum(small[..., 1], HALF), np.float32(0))
    return light.astype(np.float64) * LOG10_PER_CODE, good.astype(np.float64)


def difference(one: tuple[Floats, Floats], other: tuple[Floats, Floats]) -> float:
    """
    Return how far two thumbnails differ where both show sky: rms after gain and offset.

    The less of the two ways to fit one to the other; 0 where nothing can be compared.
    """
    if one[0].shape != other[0].shape:
        return math.inf
    both = one[1] * other[1]
    count = total(both)
    if count < 2:
        return 0.0
    p, q = ((v - total(v * both) / count) * both for v in (one[0], other[0]))
    pp, qq, pq = total(p * p), total(q * q), total(p * q)
    rest = [pp - pq * pq / qq if qq > 0 else pp, qq - pq * pq / pp if pp > 0 else qq]
    return math.sqrt(max(0.0, min(rest)) / count)
