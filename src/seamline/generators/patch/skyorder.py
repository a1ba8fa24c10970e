"""
The order of skies: which dome a variation takes, so that a batch differs by intent.

Looks take turns, seed by seed, as everywhere; within a look the sky comes next that is
least like all that came before. A look that has none left which differs gives its turn to
one that has: a clear sky is soon told. Likeness is told as a viewer tells it, on a small
picture, apart from exposure and contrast, and of the whole sky: what land hid is carried on
first, for two skies may differ just there. How many differ enough is said, honestly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.membrane import membrane
from seamline.generators.patch.resample import Bytes, shrink
from seamline.generators.patch.skyfill import tone_of
from seamline.generators.patch.skyviews import SkyView, sky_views
from seamline.generators.patch.sunward import sun_angle_deg
from seamline.pixels.sun import stands_deg, total
from seamline.ports import CanvasPicture, ReferencePicture

SMALL_PX = 64
LOG10_PER_CODE = 17.52 * math.log10(2.0)
"""Decades of light in one of ACEScct (Academy S-2016-001)."""
DIFFERENT = 0.03
"""Rms of log10 light from which on two skies count as two."""
LEAST_SEEN = 0.25
"""A sky of which less was seen is mostly carried on from a rim of twigs: of four such over
dunes three were sent back for pale smudges, of fifteen that showed more none."""
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
    left = {look: well_seen(sky_views(references, look), wanted) for look in looks}
    left = {look: own for look, own in left.items() if own}
    lit = [look for look, own in left.items() if shows_locked_sun(canvas, own[0])]
    left_out = tuple(look for look in left if look not in lit) if lit else ()
    left = {look: own for look, own in left.items() if look not in left_out}
    chosen, different = _in_turn(list(left.values()), wanted)
    return SkyOrder(
        all=tuple(chosen),
        different=different,
        left_out=left_out,
    )


def well_seen(views: Sequence[SkyView], wanted: Bytes) -> list[SkyView]:
    """Return the ``views`` that show enough of what is ``wanted``; all, where none does."""
    enough = []
    for view in views:
        (top, left), (height, width) = view.at, view.sheet.usable.shape
        need = wanted[top : top + height, left : left + width]
        if int((view.sheet.usable & need).sum()) >= LEAST_SEEN * int(need.sum()):
            enough.append(view)
    return enough or list(views)


def _in_turn(looks: Sequence[Sequence[SkyView]], wanted: Bytes) -> tuple[list[SkyView], int]:
    """Return the skies of ``looks`` in their order, and how many of them differ."""
    left = [list(own) for own in looks]
    seen = {id(v): thumbnail(v, wanted) for own in left for v in own}
    away = {id(v): math.inf for own in left for v in own}
    chosen: list[SkyView] = []
    different = 0
    while any(left):
        for turn in left:
            if not any(left):
                break
            best = _farthest(turn, away)
            if best is None or away[id(best)] < DIFFERENT:
                best = _farthest([v for own in left for v in own], away)
            assert best is not None
            different += away[id(best)] >= DIFFERENT
            chosen.append(best)
            for own in left:
                own[:] = [v for v in own if v is not best]
                for v in own:
                    apart = difference(seen[id(v)], seen[id(best)])
                    away[id(v)] = min(away[id(v)], apart)
    return chosen, different


def _farthest(views: Sequence[SkyView], away: dict[int, float]) -> SkyView | None:
    """Return the view that is farthest away, the first of equals; None of none."""
    return max(views, key=lambda v: away[id(v)], default=None)


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
    """
    Return (h, w) log10 light of a dome, ``SMALL_PX`` wide, and 1 where there is sky.

    What land hides of it is carried on as a clear sky is: by its tone.
    """
    (top, left), (height, width) = view.at, view.sheet.usable.shape
    need = wanted[top : top + height, left : left + width]
    columns = min(SMALL_PX, width)
    rows = max(1, min(height, round(columns * height / width)))

    def small(planes: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        packed = np.stack(planes, axis=-1).astype(np.float32)
        found: NDArray[np.float32] = shrink(np.ascontiguousarray(packed), rows, columns)
        return found

    shown = (need & view.sheet.usable)[..., None].astype(np.float32)
    share = small([shown[..., 0], need])
    known = np.ascontiguousarray(share[..., 0] > HALF).astype(np.uint8)
    at = np.maximum(share[..., :1], HALF)
    rgb = np.moveaxis(view.sheet.colour * shown, -1, 0)
    colour = np.where(known[..., None] > 0, small(list(rgb)) / at, np.float32(0))
    where = small([view.height_deg, view.height_deg if view.angle is None else view.angle])
    whole = _carried_on(
        colour.astype(np.float32), known, np.ascontiguousarray(where[..., 0]),
        None if view.angle is None else np.ascontiguousarray(where[..., 1]),
    )  # fmt: skip
    good = share[..., 1] > HALF
    grey = (whole[..., 0] + whole[..., 1] + whole[..., 2]) / 3
    light = np.where(good, grey, np.float32(0)).astype(np.float64)
    return light * LOG10_PER_CODE, good.astype(np.float64)


def _carried_on(
    colour: NDArray[np.float32],
    known: Bytes,
    height_deg: NDArray[np.float32],
    angle: NDArray[np.float32] | None,
) -> NDArray[np.float32]:
    """Return (h, w, 3) a small sky with what is not ``known`` by its tone."""
    if not known.any():
        return colour
    tone, _ = tone_of(colour, known, height_deg, angle)
    rest = np.where(known[..., None] > 0, colour - tone, np.float32(0)).astype(np.float32)
    return np.asarray(tone + membrane(np.ascontiguousarray(rest), known), np.float32)


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
