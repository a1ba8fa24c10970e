"""
Sky views: what of a panorama's views is sky, and how each of its pixels looks to the sun.

What stands before the sky is cut away with some room, and so are wires and twigs. A
skyline is found per view; what it is in the world, an elevation at each azimuth, is shared
by all views of a look, so that a small view of the sun alone is cut by what the others saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.resample import Bytes, Floats, grow
from seamline.generators.patch.search import P
from seamline.generators.patch.sheets import EDGE_PX, SKY, Sheet
from seamline.generators.patch.specks import thin_dark
from seamline.generators.patch.sunward import sun_angle_deg
from seamline.pixels.sun import DISC_DEG
from seamline.ports import ReferencePicture

ROOM_SHARE = 0.02
"""Room left beside what stands before the sky, of a view's width: twigs, haloes."""
ROOM_DEG = 1.0
"""The same where the skyline is told by other views."""
SPECKLED = 0.15
"""Where more of a view's sky is thin and dark it is seen through leaves; where most views
are so, it is broken clouds."""
LEAST_SKY = 0.08
"""A view with less sky than this is not worth its place."""
RAYS_DEG = 6.0
"""So near a sun its rays are no specks."""
SEEN_DEG = 0.5
"""A skyline lower than this was not seen: land reaches the horizon at least."""
LOWEST_DEG = 0.0
"""Below the horizon a panorama's sky is its ground's reflection, or made up."""
NADIR_DEG = -90.0
SMALL = 0.6
"""A view narrower than this, of the widest, is a detail: its own skyline is not trusted."""
STEPS = 360
"""Of azimuth, one degree each, at which the skyline's elevation is kept."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SkyView:
    """
    A panorama's view as a sky.

    Attributes:
        sheet: Its sky alone; rows below the last of it are cut off.
        height_deg: (H, W) elevation of each pixel.
        angle: (H, W) degrees from its own sun; None where nobody knows where that stands.
        key_deg: Azimuth and elevation of that sun.
    """

    sheet: Sheet
    height_deg: Floats
    angle: Floats | None
    key_deg: tuple[float, float] | None


def sky_views(
    sheets: Sequence[Sheet], references: Sequence[ReferencePicture]
) -> tuple[SkyView, ...]:
    """
    Return the skies among ``sheets``, those of one look as they are, with known directions.

    Where a view's skyline was missed (in the haze under a low sun land glows like sky) the
    sky ends as high as the look's skyline usually stands.
    """
    placed = [s for s in sheets if _directions(references[s.reference])]
    least = SMALL * max((s.width for s in placed), default=0)
    told = {s.reference for s in placed if s.top is not None and s.width >= least}
    floor = _floor([s for s in placed if s.reference in told], references)
    found = [
        _sky_of(s, references[s.reference], floor, own=s.reference in told)
        for s in placed
        if s.reference in told or _shows_sun(references[s.reference])
    ]
    open_skies = [(view, specks) for view, specks in found if view.sheet.usable.any()]
    shares = sorted(_share(specks, view) for view, specks in open_skies)
    clouds = bool(shares) and shares[len(shares) // 2] >= SPECKLED
    views = []
    for view, specks in open_skies:
        if not clouds:
            if _share(specks, view) >= SPECKLED:
                continue
            clean = np.asarray(view.sheet.usable & (1 - specks), np.uint8)
            view = replace(view, sheet=replace(view.sheet, usable=clean))
        if int(view.sheet.usable.sum()) >= max(P * P, LEAST_SKY * view.sheet.usable.size):
            views.append(_cut(view))
    return tuple(views)


def mirrored(view: SkyView) -> SkyView:
    """Return ``view`` left to right: seen about the sun's own vertical, light falls alike."""
    sheet = view.sheet
    back = np.s_[:, ::-1]
    turned = replace(
        sheet,
        mirrored=True,
        colour=np.ascontiguousarray(sheet.colour[back]),
        usable=np.ascontiguousarray(sheet.usable[back]),
        label=np.ascontiguousarray(sheet.label[back]),
    )
    return replace(
        view,
        sheet=turned,
        height_deg=np.ascontiguousarray(view.height_deg[back]),
        angle=None if view.angle is None else np.ascontiguousarray(view.angle[back]),
    )


def _directions(picture: ReferencePicture) -> tuple[Floats, Floats] | None:
    height, azimuth = picture.elevation_deg, picture.azimuth_deg
    return None if height is None or azimuth is None else (height, azimuth)


def _shows_sun(picture: ReferencePicture) -> bool:
    """Whether a view shows its own sun: dazzled, a skyline may be missed, yet there is sky."""
    known = _directions(picture)
    if known is None or picture.key_deg is None:
        return False
    return float(sun_angle_deg(*known, picture.key_deg).min()) < RAYS_DEG


def _line(sheet: Sheet, picture: ReferencePicture) -> tuple[Floats, NDArray[np.int64]]:
    """Return (W,) the elevation of a view's skyline, and the step of azimuth it stands at."""
    known = _directions(picture)
    assert known is not None
    assert sheet.top is not None
    rows, columns = np.clip(sheet.top, 0, sheet.height - 1), np.arange(sheet.width)
    return known[0][rows, columns], _step(known[1][rows, columns])


def _step(azimuth_deg: Floats) -> NDArray[np.int64]:
    return np.floor(np.mod(azimuth_deg, 360.0)).astype(np.int64) % STEPS


def _floor(sheets: Sequence[Sheet], references: Sequence[ReferencePicture]) -> Floats:
    """
    Return (STEPS,) above which elevation there is sky, at each azimuth.

    Where no view tells, it is where the look's skyline usually stands.
    """
    if sheets and all(references[s.reference].all_sky for s in sheets):
        return np.full(STEPS, NADIR_DEG, np.float32)
    floor = np.full(STEPS, NADIR_DEG, np.float32)
    lines = [
        _line(s, references[s.reference]) for s in sheets if not references[s.reference].all_sky
    ]
    stands = sorted(float(v) for line, _ in lines for v in line if v > SEEN_DEG)
    usual = np.float32(stands[len(stands) // 2] if stands else LOWEST_DEG)
    for line, step in lines:
        np.maximum.at(floor, step, np.where(line > np.float32(SEEN_DEG), line, usual))
    return np.where(floor > np.float32(NADIR_DEG), floor, usual).astype(np.float32)


def _sky_of(
    sheet: Sheet, picture: ReferencePicture, floor: Floats, *, own: bool
) -> tuple[SkyView, Bytes]:
    """Return the sky of one view, by its ``own`` skyline or the look's, and its specks."""
    known = _directions(picture)
    assert known is not None
    height, azimuth = known
    room = max(EDGE_PX, int(ROOM_SHARE * sheet.width))
    angle = None
    if picture.key_deg is not None:
        angle = sun_angle_deg(height, azimuth, picture.key_deg)
        floor = _under_the_sun(floor, picture.key_deg)
    may = (sheet.usable > 0) & (height >= np.float32(LOWEST_DEG))
    if own:
        may &= grow((sheet.label != SKY).astype(np.uint8), room - EDGE_PX) == 0
        line, step = _line(sheet, picture)
        unseen = (line <= np.float32(SEEN_DEG)) & ~np.bool_(picture.all_sky)
        may &= ~unseen[None, :] | (height > floor[step][None, :])
    else:
        may &= height > floor[_step(azimuth)] + np.float32(ROOM_DEG)
    usable = may.astype(np.uint8)
    specks = np.zeros_like(usable)
    if not picture.all_sky:
        specks = usable & thin_dark(sheet.colour, room // 2)
        if angle is not None:
            specks[angle < np.float32(RAYS_DEG)] = 0
    sky = replace(sheet, usable=usable, label=np.full(usable.shape, SKY, np.uint8))
    return SkyView(sheet=sky, height_deg=height, angle=angle, key_deg=picture.key_deg), specks


def _under_the_sun(floor: Floats, key_deg: tuple[float, float]) -> Floats:
    """Return ``floor`` low enough beside a sun to show its upper half and some more."""
    azimuths = np.arange(STEPS) + 0.5
    apart = np.abs((azimuths - key_deg[0] + 180.0) % 360.0 - 180.0)
    most = np.float32(key_deg[1] - DISC_DEG)
    return np.where(apart <= RAYS_DEG, np.minimum(floor, most), floor).astype(np.float32)


def _share(specks: Bytes, view: SkyView) -> float:
    return int(specks.sum()) / int(view.sheet.usable.sum())


def _cut(view: SkyView) -> SkyView:
    """Return ``view`` without the rows below the last that may be copied."""
    sheet = view.sheet
    end = int(np.flatnonzero(sheet.usable.any(axis=1))[-1]) + 1
    return replace(
        view,
        sheet=replace(
            sheet,
            colour=np.ascontiguousarray(sheet.colour[:end]),
            usable=np.ascontiguousarray(sheet.usable[:end]),
            label=np.ascontiguousarray(sheet.label[:end]),
        ),
        height_deg=np.ascontiguousarray(view.height_deg[:end]),
        angle=None if view.angle is None else np.ascontiguousarray(view.angle[:end]),
    )
