"""
The locked sun's sky behind a range composed of cards.

Where the lock has a sun and a panorama shows one that can stand there, its sky stands
behind the range instead of a card's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from seamline.generators.patch.compose.drawn import Drawn
from seamline.generators.patch.prepared import Prepared
from seamline.generators.patch.resample import Bytes
from seamline.generators.patch.sky import paint_sky
from seamline.generators.patch.skyviews import SkyView, shows_locked_sun, sun_pixel
from seamline.ports import NOT_KEPT, Levels, PaintedLayer

SUN_SHARE = 0.045
"""Of the width: what must be seen of the sky around a sun for its energy to be judged."""
SkyBehind = Callable[[Bytes], Drawn]
"""Draws a sky where (H, W) it is wanted."""


def _lit(prepared: Prepared, index: int) -> SkyView | None:
    """Return the sky for the ``index``-th picture of a look; None where no sun is locked."""
    skies = [v for v in prepared.skies().all if shows_locked_sun(prepared.canvas, v)]
    return skies[index % len(skies)] if skies else None


def sky_behind(
    prepared: Prepared, index: int, seed: int, levels: Levels = NOT_KEPT
) -> SkyBehind | None:
    """
    Return what draws the locked sun's sky; None where no sun is locked, or none can stand.

    Args:
        prepared: Canvas and references.
        index: Which of the look's pictures, from 0: skies take turns.
        seed: Decides what is filled in where land stood before the sky.
        levels: Where what is finished of it is kept.
    """
    view = _lit(prepared, index)
    if view is None:
        return None
    mirror = prepared.mirror(view)

    def drawn(wanted: Bytes) -> Drawn:
        return paint_sky(
            prepared.canvas, prepared.whole(view), mirror,
            wanted, seed=seed, progress=lambda share: None, levels=levels,
        )  # fmt: skip

    return drawn


def locked_sun(prepared: Prepared, index: int) -> tuple[int, int] | None:
    """Return row and column of that sky's sun; None where it is not wholly in the picture."""
    view = _lit(prepared, index)
    at = None if view is None else sun_pixel(prepared.canvas, view)
    if at is None:
        return None
    height, width = prepared.canvas.need.shape
    reach = int(SUN_SHARE * width)
    inside = reach <= at[0] < height - reach and reach <= at[1] < width - reach
    return at if inside else None


def in_the_open(sun: tuple[int, int], before: Sequence[PaintedLayer]) -> bool:
    """Whether no layer ``before`` the sky stands in the way of the sun or its glow."""
    if not before:
        return True
    reach = int(SUN_SHARE * before[0].alpha.shape[1])
    box = np.s_[sun[0] - reach : sun[0] + reach + 1, sun[1] - reach : sun[1] + reach + 1]
    return not any((layer.alpha[box] > 0).any() for layer in before)
