"""
The order of skies: which dome a variation takes, so that a batch differs by intent.

Looks take turns, seed by seed, as everywhere; within a look the sky comes next that is
least like all that came before. A look that has none left which differs gives its turn to
one that has: a clear sky is soon told. Likeness is told as a viewer tells it, on a small
picture, apart from exposure and contrast, of the sky as it will be painted: two may differ just
where land hid them. How many differ enough is said, honestly.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch.compose.small import picked
from seamline.generators.patch.decoded import linear
from seamline.generators.patch.resample import Bytes, Floats, shrink
from seamline.generators.patch.skysmall import LEAST_PX, paint_small
from seamline.generators.patch.skyviews import SkyView, shows_locked_sun, sky_views
from seamline.pixels.alike import Small, difference, log10_light
from seamline.ports import CanvasPicture, ReferencePicture

SMALL_PX = 64
DIFFERENT = 0.03
"""Rms of log10 light from which on two skies count as two."""
LEAST_SEEN = 0.25
"""A sky of which less was seen is mostly carried on from a rim of twigs: of four such over
dunes three were sent back for pale smudges, of fifteen that showed more none."""
HALF = np.float32(0.5)
"""Of a small pixel: what is less than half seen tells nothing."""
PAINTED_PX = 128
"""So wide at least skies are painted to be told apart; over eleven plates it tells as well as
twice as wide does, in a third of the time."""
SEED = 1


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
    every = [view for own in left.values() for view in own]
    chosen, different = _in_turn(list(left.values()), _seen(references, every, canvas, wanted))
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
        need = view.under(wanted)
        if int((view.sheet.usable & need).sum()) >= LEAST_SEEN * int(need.sum()):
            enough.append(view)
    return enough or list(views)


def _in_turn(
    looks: Sequence[Sequence[SkyView]], seen: Mapping[int, Small]
) -> tuple[list[SkyView], int]:
    """Return the skies of ``looks`` in order, and how many differ as they are ``seen``."""
    left = [list(own) for own in looks]
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


def _seen(
    references: Sequence[ReferencePicture],
    views: Sequence[SkyView],
    canvas: CanvasPicture,
    wanted: Bytes,
) -> dict[int, Small]:
    """Return what is seen of each of ``views``, by its identity, as it will be painted."""
    shown = _shown(canvas)
    found: dict[int, Small] = {}
    for view in views:
        reduce = _reduced(view)
        mirror = next((v for v in views if view.mirrors(v)), None)
        painted = paint_small(
            canvas, references, view, mirror, wanted, seed=SEED, reduce=reduce
        )
        assert painted is not None
        found[id(view)] = thumbnail(painted, picked(shown, *painted.shape[:2]))
    return found


def _reduced(view: SkyView) -> int:
    """Return how many times smaller a sky is painted so that it can be told from others."""
    rows, columns = view.dome.size
    reduce = 1
    while columns // (2 * reduce) >= PAINTED_PX and rows // (2 * reduce) >= LEAST_PX:
        reduce *= 2
    return reduce


def thumbnail(painted: Floats, shown: Bytes) -> Small:
    """
    Return (h, w) log10 light of a sky, ``SMALL_PX`` wide, and 1 where it is seen.

    Args:
        painted: (H, W, 3) in ACEScct.
        shown: (H, W) 1 where sky will be seen.
    """
    rows, columns = (np.flatnonzero(shown.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return np.zeros((1, 1)), np.zeros((1, 1))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    seen = shown[box].astype(np.float32)
    light = _grey(np.ascontiguousarray(painted[box])).astype(np.float32)
    width = min(SMALL_PX, seen.shape[1])
    height = max(1, min(seen.shape[0], round(width * seen.shape[0] / seen.shape[1])))
    small = shrink(np.ascontiguousarray(np.stack([light * seen, seen], axis=-1)), height, width)
    good = small[..., 1] > HALF
    mean = small[..., 0].astype(np.float64) / np.maximum(small[..., 1], HALF)
    return np.where(good, log10_light(mean), 0.0), good.astype(np.float64)


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
