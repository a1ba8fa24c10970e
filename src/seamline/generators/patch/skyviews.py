"""
Sky views: domes of a panorama as skies, cleared of what stood before them.

A dome covers the canvas pixel for pixel. Land is cut away with some room, and so are wires
and twigs. Where land stands is told once, by the whole panorama made small: an elevation
at each azimuth, the same for all domes of a look. They are chosen at a glance; what is painted
is cleared anew, whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.resample import Floats
from seamline.generators.patch.search import P
from seamline.generators.patch.sheets import SKY, Sheet
from seamline.generators.patch.skyline import find_skyline
from seamline.generators.patch.sunward import sun_angle_deg
from seamline.generators.patch.wires import ROOM_DEG, without_wires
from seamline.pixels.sun import stands_deg
from seamline.ports import CanvasPicture, DomeView, ReferencePicture

ROOM_STEPS = 5
"""Room left beside a skyline: haloes, twigs."""
LEAST_SKY = 0.08
"""A dome with less sky than this is not worth its place."""
RAYS_DEG = 4.5
"""So far beside a sun it is cut free of a skyline that its glare has drawn too high."""
WHOLE_DEG = 1.2
"""A sun is shown whole out to here; its energy lies within .3 to .75 (five panoramas)."""
DISC_ALONE_DEG = 0.75
"""Below the sky that was seen beside it a sun is shown alone out to here, and fades as far as
``WHOLE_DEG``: land's own haze lies under a low sun."""
SEEN_DEG = 0.5
"""A skyline lower than this was not seen: land reaches the horizon at least."""
SMOOTH = 0.012
"""How much 3 x 5 pixels of sky over a horizon differ at most, ACEScct; land's differ by .02
and more (six panoramas, 1024 px around)."""
LOWEST_DEG = 0.0
"""Below the horizon a panorama's sky is its ground's reflection, or made up."""
NADIR_DEG = -90.0
STEPS = 720
"""Of azimuth, half a degree each, at which the skyline's elevation is kept."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SkyView:
    """
    A panorama's sky over the canvas.

    Attributes:
        id: Of its reference.
        sheet: The sky alone: usable where nothing stood before it.
        height_deg: (H, W) elevation of each pixel in the panorama.
        angle: (H, W) degrees from its own sun; None where nobody knows where that stands.
        sure: (H, W) float32, 1 where what is usable is sky itself; less around a sun that
            was cut free of the land below it, 0 where that is land's haze.
        key_deg: Azimuth and elevation of that sun.
        dome: How it is set.
        alone: Whether its panorama shows nothing but sky: nothing stands before it.
        step: Every so many pixels of the canvas it shows one: above 1 it is a glance.
        floor: (STEPS,) above which elevation its panorama shows sky, where that is known.
    """

    id: str
    sheet: Sheet
    height_deg: Floats
    angle: Floats | None
    sure: Floats
    key_deg: tuple[float, float] | None
    dome: DomeView
    alone: bool = False
    step: int = 1
    floor: Floats | None = None

    def under(self, plane: NDArray[Any]) -> NDArray[Any]:
        """Return what of a (H, W) ``plane`` of the canvas lies under its own pixels."""
        (top, left), (height, width) = self.dome.at, self.dome.size
        part = np.s_[self.step // 2 :: self.step, self.step // 2 :: self.step]
        return np.ascontiguousarray(plane[top : top + height, left : left + width][part])

    @property
    def at(self) -> tuple[int, int]:
        """Row and column of the canvas at which it begins."""
        return self.dome.at

    def mirrors(self, other: SkyView) -> bool:
        """Whether ``other`` shows the same sky, left and right exchanged, in the same light."""
        one, two = self.dome, other.dome
        return (
            self.id == other.id
            and one.exchanged != two.exchanged
            and one.measure == two.measure
            and one.turn_deg == -two.turn_deg
            and one.size == two.size
        )


def sky_views(references: Sequence[ReferencePicture], look: str) -> tuple[SkyView, ...]:
    """Return the skies that ``look`` has over the canvas at a glance, in order; often none."""
    own = [(i, p) for i, p in enumerate(references) if p.look == look]
    floors = {p.id: _floor(p) for _, p in own if p.around}
    views = []
    for index, picture in own:
        if picture.dome is None:
            continue
        view = _sky_of(picture.glance, index, floors.get(picture.id), picture.step)
        usable = view.sheet.usable
        if int(usable.sum()) >= max(P * P, LEAST_SKY * usable.size):
            views.append(view)
    return tuple(views)


def whole_sky(references: Sequence[ReferencePicture], view: SkyView) -> SkyView:
    """Return a sky of ``references`` that was seen at a glance, whole."""
    if view.step == 1:
        return view
    index = view.sheet.reference
    return _sky_of(references[index].whole, index, view.floor)


def _step(azimuth_deg: Floats) -> NDArray[np.int64]:
    turns = np.mod(azimuth_deg, np.float32(360.0)) * np.float32(STEPS / 360.0)
    return np.floor(turns).astype(np.int64) % STEPS


def _floor(around: ReferencePicture) -> Floats:
    """
    Return (STEPS,) above which elevation a whole panorama shows sky, at each azimuth.

    Where its skyline was missed (in the haze under a low sun land glows like sky) it is
    looked for from as high as it usually stands.
    """
    floor = np.full(STEPS, NADIR_DEG, np.float32)
    assert around.elevation_deg is not None
    assert around.azimuth_deg is not None
    usable = np.ascontiguousarray(around.usable, dtype=np.uint8)
    top = None if around.all_sky else find_skyline(around.colour, usable)
    if top is None:
        return floor
    rows = np.clip(top, 0, usable.shape[0] - 1)
    columns = np.arange(usable.shape[1])
    stands = around.elevation_deg[rows, columns]
    seen = stands > np.float32(SEEN_DEG)
    order = np.sort(stands[seen])
    usual = order[len(order) // 2] if len(order) else np.float32(LOWEST_DEG)
    first = int(np.argmax(around.elevation_deg[:, 0] <= usual))
    line = around.elevation_deg[_down(around, np.where(seen, rows, first)), columns]
    line = np.where(seen, line, np.maximum(line, np.float32(SEEN_DEG))).astype(np.float32)
    step = _step(around.azimuth_deg[0])
    for beside in range(-ROOM_STEPS, ROOM_STEPS + 1):
        np.maximum.at(floor, (step + beside) % STEPS, line)
    return floor


def _down(around: ReferencePicture, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """
    Return skyline ``rows`` (W,) let down for as long as the sky goes on below them.

    Dusk's own darkness over the horizon is taken for land, but land has edges.
    """
    assert around.elevation_deg is not None
    light = np.pad(around.colour.mean(axis=-1), ((1, 1), (2, 2)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(light, (3, 5))
    smooth = windows.max(axis=(2, 3)) - windows.min(axis=(2, 3)) < np.float32(SMOOTH)
    goes_on = smooth & around.usable & (around.elevation_deg > np.float32(SEEN_DEG))
    columns, last = np.arange(rows.shape[0]), around.usable.shape[0] - 1
    rows, falls = rows.copy(), np.ones(rows.shape, bool)
    while falls.any():
        below = np.minimum(rows + 1, last)
        falls &= goes_on[below, columns] & (below > rows)
        rows = np.where(falls, below, rows)
    return rows


def _sky_of(
    picture: ReferencePicture, index: int, floor: Floats | None, step: int = 1
) -> SkyView:
    height, azimuth = picture.elevation_deg, picture.azimuth_deg
    assert picture.dome is not None
    assert height is not None
    assert azimuth is not None
    angle, sure, lowest = None, np.ones(height.shape, np.float32), floor
    if picture.key_deg is not None:
        angle = sun_angle_deg(height, azimuth, picture.key_deg)
        if floor is not None:
            seen = height > floor[_step(azimuth)] + np.float32(ROOM_DEG)
            sure = _sure(seen | (height >= np.float32(picture.key_deg[1])), angle)
            floor = _under_the_sun(floor, picture.key_deg)
    may = picture.usable & (height >= np.float32(LOWEST_DEG)) & (sure > 0)
    if floor is not None:
        may &= height > floor[_step(azimuth)] + np.float32(ROOM_DEG)
    usable = may.astype(np.uint8)
    if not picture.all_sky and usable.any():
        above = None if floor is None else height - floor[_step(azimuth)]
        usable = without_wires(picture, usable, angle, above, step=step)
    height_px, width_px = usable.shape
    sheet = Sheet(
        reference=index,
        scale=1.0,
        mirrored=False,
        colour=picture.colour,
        usable=usable,
        top=None,
        trusted=np.zeros(width_px, np.uint8),
        elevation_deg=height,
        label=np.full((height_px, width_px), SKY, np.uint8),
    )
    return SkyView(
        id=picture.id,
        sheet=sheet,
        height_deg=height,
        angle=angle,
        sure=sure,
        key_deg=picture.key_deg,
        dome=picture.dome,
        alone=picture.all_sky,
        step=step,
        floor=lowest,
    )


def _sure(seen: NDArray[np.bool_], angle: Floats) -> Floats:
    """Return (H, W) 1 where sky is ``seen``; around the sun less, the farther from it."""
    fades = np.clip((WHOLE_DEG - angle) / (WHOLE_DEG - DISC_ALONE_DEG), 0, 1)
    return np.where(seen, 1, fades * fades * (3 - 2 * fades)).astype(np.float32)


def _under_the_sun(floor: Floats, key_deg: tuple[float, float]) -> Floats:
    """Return ``floor`` low enough to show a sun, and the sky above its height beside it."""
    azimuths = (np.arange(STEPS) + 0.5) * (360.0 / STEPS)
    apart = np.abs((azimuths - key_deg[0] + 180.0) % 360.0 - 180.0)
    height = np.float32(key_deg[1] - ROOM_DEG)
    floor = np.where(apart <= RAYS_DEG, np.minimum(floor, height), floor)
    lower = height - np.float32(WHOLE_DEG)
    return np.where(apart <= WHOLE_DEG, np.minimum(floor, lower), floor).astype(np.float32)


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
