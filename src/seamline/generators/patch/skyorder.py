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

from seamline.fast import njit
from seamline.generators.patch.decoded import linear
from seamline.generators.patch.membrane import membrane
from seamline.generators.patch.resample import Bytes, grow, shrink
from seamline.generators.patch.skyfill import tone_of
from seamline.generators.patch.skyviews import SkyView, sky_views
from seamline.generators.patch.sunward import sun_angle_deg
from seamline.pixels.alike import Small, difference, log10_light
from seamline.pixels.sun import stands_deg
from seamline.ports import CanvasPicture, ReferencePicture

SMALL_PX = 64
DIFFERENT = 0.03
"""Rms of log10 light from which on two skies count as two."""
LEAST_SEEN = 0.25
"""A sky of which less was seen is mostly carried on from a rim of twigs: of four such over
dunes three were sent back for pale smudges, of fifteen that showed more none."""
HALF, WHOLLY = np.float32(0.5), np.float32(0.98)
"""Of a small pixel: so much of it sky tells a colour, so much a colour without land in it."""


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
    chosen, different = _in_turn(list(left.values()), _shown(canvas))
    return SkyOrder(
        all=tuple(chosen),
        different=different,
        left_out=left_out,
    )


def _shown(canvas: CanvasPicture) -> Bytes:
    """Return (H, W) 1 where sky will be seen: what is needed, above a drawn skyline."""
    need = canvas.need
    if canvas.skyline is not None:
        line = np.where(np.isfinite(canvas.skyline), canvas.skyline, np.float32(need.shape[0]))
        above = need & (np.arange(need.shape[0])[:, None] < line[None, :])
        need = above if above.any() else need
    return np.ascontiguousarray(need, np.uint8)


def well_seen(views: Sequence[SkyView], wanted: Bytes) -> list[SkyView]:
    """Return the ``views`` that show enough of what is ``wanted``; all, where none does."""
    enough = []
    for view in views:
        (top, left), (height, width) = view.at, view.sheet.usable.shape
        need = wanted[top : top + height, left : left + width]
        if int((view.sheet.usable & need).sum()) >= LEAST_SEEN * int(need.sum()):
            enough.append(view)
    return enough or list(views)


def _in_turn(looks: Sequence[Sequence[SkyView]], shown: Bytes) -> tuple[list[SkyView], int]:
    """Return the skies of ``looks`` in their order, and how many differ where ``shown``."""
    left = [list(own) for own in looks]
    seen = {id(v): thumbnail(v, shown) for own in left for v in own}
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


def thumbnail(view: SkyView, shown: Bytes) -> Small:
    """
    Return (h, w) log10 light of a dome, ``SMALL_PX`` wide, and 1 where there is sky.

    What land hides of it is carried on as a clear sky is: by its tone.
    """
    (top, left), (height, width) = view.at, view.sheet.usable.shape
    need = shown[top : top + height, left : left + width]
    columns = min(SMALL_PX, width)
    rows = max(1, min(height, round(columns * height / width)))

    def small(planes: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        packed = np.stack(planes, axis=-1).astype(np.float32)
        found: NDArray[np.float32] = shrink(np.ascontiguousarray(packed), rows, columns)
        return found

    seen = (need & view.sheet.usable)[..., None].astype(np.float32)
    share = small([seen[..., 0], need])
    known = np.ascontiguousarray(share[..., 0] > HALF).astype(np.uint8)
    if not view.alone:
        # at its rim there is a little of what stands before it in every pixel
        land = (share[..., 0] < WHOLLY * share[..., 1]).astype(np.uint8)
        clear = np.asarray(known & (1 - grow(land, 1)), np.uint8)
        known = clear if clear.any() else known
    at = np.maximum(share[..., :1], HALF)
    rgb = np.moveaxis(view.sheet.colour * seen, -1, 0)
    colour = np.where(known[..., None] > 0, small(list(rgb)) / at, np.float32(0))
    where = small([view.height_deg, view.height_deg if view.angle is None else view.angle])
    whole = _carried_on(
        colour.astype(np.float32), known, np.ascontiguousarray(where[..., 0]),
        None if view.angle is None else np.ascontiguousarray(where[..., 1]),
    )  # fmt: skip
    good = share[..., 1] > HALF
    light = log10_light(_grey(np.ascontiguousarray(whole)))
    return np.where(good, light, 0.0), good.astype(np.float64)


@njit(nogil=True, cache=True)
def _grey(colour: NDArray[np.float32]) -> Any:
    """Return (h, w) the light of (h, w, 3) ACEScct, linear."""
    h, w, _ = colour.shape
    light = np.zeros((h, w))
    for y in range(h):
        for x in range(w):
            r, g, b = linear(colour[y, x, 0]), linear(colour[y, x, 1]), linear(colour[y, x, 2])
            light[y, x] = (r + g + b) / 3
    return light


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
