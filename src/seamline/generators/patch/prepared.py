"""
What is made ready once for a canvas and its references, however many variations follow.

Sheets with their skylines, the layouts drawn from them, and the approved cards by look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from threading import RLock
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.choice import Layouts
from seamline.generators.patch.compose.shore import range_feet
from seamline.generators.patch.compose.small import SmallStocks, smaller_stocks
from seamline.generators.patch.compose.stock import Stock, stocks
from seamline.generators.patch.compose.water import above_water, waterline_of
from seamline.generators.patch.layout import Brief, can_be_laid_out
from seamline.generators.patch.resample import Bytes, grow
from seamline.generators.patch.sheets import Sheet, make_sheet
from seamline.generators.patch.skyorder import SkyOrder, sky_order
from seamline.generators.patch.skyviews import SkyView, whole_sky
from seamline.pixels.skies import only_sky
from seamline.ports import CanvasPicture, ReferencePicture

T = TypeVar("T")
GROWN_PX = 24
REMEMBERED = 32
"""As many compositions and choices are kept as two sheets of sketches show."""
LOOKS_TOGETHER = 4
"""Up to so many looks, a variation also keeps away from those of the other looks."""
LAND_ONLY_BELOW_DEG = -3.0
SKYLINE_SHARE = (0.06, 0.72)
DRAWN_ROOM_PX = 60.0
"""So far may the mean of a skyline lie from the middle of the drawn one."""


def _whole(picture: ReferencePicture) -> bool:
    return picture.card is None and picture.dome is None and not picture.around


class Prepared:
    """A canvas and its references, made ready; threads may share it."""

    def __init__(self, canvas: CanvasPicture, references: Sequence[ReferencePicture]) -> None:
        self.canvas, self.references = canvas, references
        self.looks = tuple(dict.fromkeys(p.look for p in references if p.glance.usable.any()))
        self.kept: Bytes = (canvas.keep >= 1).astype(np.uint8)
        self._lock = RLock()
        self._sheets: dict[str, list[Sheet]] = {}
        self._skies: SkyOrder | None = None
        self._stocks: tuple[Stock, ...] | None = None
        self._pictured: dict[tuple[str, ...], Layouts] = {}
        self._composed: Layouts | None = None
        self._made: dict[tuple[object, ...], Any] = {}
        self._small: dict[int, SmallStocks] = {}

    def fits(self, canvas: CanvasPicture, references: Sequence[ReferencePicture]) -> bool:
        """Whether this was made for exactly these."""
        return (
            canvas is self.canvas
            and len(references) == len(self.references)
            and all(a is b for a, b in zip(references, self.references, strict=True))
        )

    @property
    def hole(self) -> bool:
        """Whether what is painted touches the plate, and continues it."""
        edge = self.kept & grow((1 - self.kept).astype(np.uint8), 1)
        return bool(edge.any() or self.canvas.margin.any())

    def wanted(self) -> Bytes:
        """Return (H, W) what is painted: all that is needed, and a little around it."""
        need = np.ascontiguousarray(self.canvas.need, dtype=np.uint8)
        return np.asarray(grow(need, GROWN_PX) & (1 - self.kept), np.uint8)

    def pictures(self, look: str) -> tuple[ReferencePicture, ...]:
        """Return the whole pictures of ``look``."""
        return tuple(p for p in self.references if p.look == look and _whole(p))

    def sheets(self, look: str) -> list[Sheet]:
        """Return the whole pictures of ``look`` as sheets."""
        with self._lock:
            if look not in self._sheets:
                self._sheets[look] = [
                    make_sheet(p, i)
                    for i, p in enumerate(self.references)
                    if p.look == look and _whole(p)
                ]
            return self._sheets[look]

    @property
    def sky_only(self) -> bool:
        """Whether all that is seen lies well above the horizon, or above the drawn skyline."""
        canvas = self.canvas
        return only_sky(canvas.need, canvas.elevation_deg, canvas.skyline)

    def skies(self) -> SkyOrder:
        """Return the skies that panoramas have over the canvas, in their order, at a glance."""
        with self._lock:
            if self._skies is None:
                self._skies = sky_order(self.references, self.looks, self.canvas, self.wanted())
            return self._skies

    def whole(self, view: SkyView) -> SkyView:
        """Return one of ``skies`` as it is painted from: pixel for pixel."""
        return whole_sky(self.references, view)

    def mirror(self, view: SkyView) -> Callable[[], SkyView] | None:
        """Return what sets the same sky with left and right exchanged, if there is one."""
        found = self.skies().mirror(view)
        return None if found is None else partial(self.whole, found)

    def stocks(self) -> tuple[Stock, ...]:
        """Return the looks whose approved cards make a picture; often none."""
        with self._lock:
            if self._stocks is None:
                width = self.canvas.keep.shape[1]
                found = stocks(self.references) if self.canvas.need.any() else ()
                self._stocks = tuple(s for s in found if can_be_laid_out(s.ranges, width))
            return self._stocks

    def small(self, reduce: int) -> SmallStocks:
        """Return references and stocks ``reduce`` times smaller."""
        with self._lock:
            if reduce not in self._small:
                looks = [stock.look for stock in self.stocks()]
                self._small[reduce] = smaller_stocks(self.references, stocks, looks, reduce)
            return self._small[reduce]

    def remembered(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        """Return what was made under ``key`` before, or make it; a few are remembered."""
        with self._lock:
            if key in self._made:
                # what is asked for most stays: it is the youngest again
                found: T = self._made.pop(key)
                self._made[key] = found
                return found
        made = make()
        with self._lock:
            while len(self._made) >= REMEMBERED:
                del self._made[next(iter(self._made))]
            self._made[key] = made
        return made

    def picture_layouts(self, look: str) -> tuple[list[Sheet], Layouts, int] | None:
        """Return the sheets of ``look`` with a sky, their layouts, and its place there."""
        width = self.canvas.keep.shape[1]
        if not self.canvas.need.any() or not can_be_laid_out(self.sheets(look), width):
            return None
        names = self.looks if len(self.looks) <= LOOKS_TOGETHER else (look,)
        with self._lock:
            if names not in self._pictured:
                skied = [self._skied(n) for n in names]
                ready = [own if can_be_laid_out(own, width) else [] for own in skied]
                may = all(self.references[s.reference].mirror for own in ready for s in own)
                brief = self.brief(mirrored=(False, True) if may else (False,))
                self._pictured[names] = Layouts(ready, [brief] * len(ready))
            return self._skied(look), self._pictured[names], names.index(look)

    def _skied(self, look: str) -> list[Sheet]:
        """Return the sheets of ``look`` with a skyline."""
        return [s for s in self.sheets(look) if s.top is not None]

    def card_layouts(self) -> Layouts:
        """Return the layouts of the ranges of ``stocks``, which take turns."""
        with self._lock:
            if self._composed is None:
                looks = self.stocks()
                ways = [set(s.mirrored) for s in looks]
                both = tuple(sorted(set.intersection(*ways))) if ways else (False,)
                briefs = [self.brief(own_sky=False, mirrored=both, stock=s) for s in looks]
                self._composed = Layouts([s.ranges for s in looks], briefs)
            return self._composed

    def horizon_row(self) -> float:
        """Row of elevation 0 in the middle column; beyond the edge where it lies there."""
        height, width = self.canvas.keep.shape
        middle = float(self.canvas.elevation_deg[height // 2, width // 2])
        return float(height // 2 + middle * self.canvas.px_per_deg)

    def waterline(self, stock: Stock) -> int | None:
        """Return the row on which water begins where pictures are composed of ``stock``."""
        drawn = self.canvas.lines.get("water")
        return waterline_of(stock.waters, self.canvas.need, self.horizon_row(), drawn)

    def brief(
        self,
        *,
        own_sky: bool = True,
        mirrored: tuple[bool, ...] = (False, True),
        stock: Stock | None = None,
    ) -> Brief:
        """Return what a layout must serve; above the water where ``stock`` has some."""
        waterline = self.waterline(stock) if stock is not None else None
        need = above_water(self.canvas.need, waterline)
        mean_rows, skyline_seen = self._mean_rows(need)
        return Brief(
            need=need,
            horizon_row=self.horizon_row(),
            px_per_deg=self.canvas.px_per_deg,
            mean_rows=mean_rows,
            skyline_seen=skyline_seen,
            own_sky=own_sky,
            mirrored=mirrored,
            drawn=self.canvas.skyline,
            feet={} if stock is None else range_feet(stock),
            foot_row=waterline,
            painted=int(self.canvas.need.sum()),
        )

    def _mean_rows(self, seen: NDArray[np.bool_]) -> tuple[tuple[float, float], bool]:
        """Where the skyline's mean row may lie, and whether it should be seen at all."""
        height = self.canvas.keep.shape[0]
        elevations = self.canvas.elevation_deg[seen]
        if self.canvas.skyline is not None:
            traced = self.canvas.skyline[np.isfinite(self.canvas.skyline)].astype(np.int64)
            middle = float(np.sort(traced)[len(traced) // 2])
            return (middle - DRAWN_ROOM_PX, middle + DRAWN_ROOM_PX), True
        any_row = np.flatnonzero(seen.any(axis=1))
        top, bottom = int(any_row[0]), int(any_row[-1]) + 1
        if self.sky_only:
            return (bottom + 20.0, bottom + 20.0 + 0.3 * height), False
        if float(elevations.max()) < LAND_ONLY_BELOW_DEG:
            return (top - 20.0 - 0.3 * height, top - 20.0), False
        tall = np.sort(seen.sum(axis=0)[seen.any(axis=0)])
        usual = int(tall[len(tall) // 2])
        low, high = SKYLINE_SHARE
        return (top + low * usual, top + high * usual), True
