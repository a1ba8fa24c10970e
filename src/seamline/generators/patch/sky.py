"""
The sky under a locked sun: a panorama's own sky, set whole over the canvas.

Every pixel of a dome (``skyviews``) is copied as it stands, so the sun keeps peak, energy
and glow, and there is no seam anywhere but where land stood before the sky. There stands
what is seen as far on the other side of the sun, at the same height: light falls alike.
Where land stood there too, it is carried on: beside the sun by its upper half; elsewhere a
clear sky by its tone (``skyfill``), a clouded one by patches of its own, guided by height
above the horizon and by the angle to the sun.
What is brighter than ``SUN_CODED`` is copied as it is: no seam is spread over a sun.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch import composite
from seamline.generators.patch.compose.drawn import Drawn
from seamline.generators.patch.lineage import extend, field_of, origins_of
from seamline.generators.patch.resample import Bytes, Floats
from seamline.generators.patch.scene import NOWHERE, Manner, Scene
from seamline.generators.patch.search import R
from seamline.generators.patch.sheets import SKY, Atlas, Sheet, make_atlas
from seamline.generators.patch.skyfill import carried_on, faded, near_sky, tone_of, unstained
from seamline.generators.patch.skyviews import RAYS_DEG, WHOLE_DEG, SkyView, sun_pixel
from seamline.generators.patch.sunward import sunward
from seamline.generators.patch.synthesis import synthesise
from seamline.optics.sines import RAD_PER_DEG
from seamline.pixels.sun import stands_deg
from seamline.ports import NOT_KEPT, CanvasPicture, Levels

SUN_CODED = 0.726
"""8 linear in ACEScct, (log2(8) + 9.72) / 17.52 (Academy S-2016-001)."""
WHOLE = 0.0003
"""Price of a break between matches: clouds come in pieces."""
HEIGHT_PER_RAD = 0.35
SUNWARD = 0.7
"""Weights of the two guides beside squared differences of log values."""
CLOSER_DEG = 0.5
FARTHEST_BAR_DEG = 20.0
"""Sky so much nearer to the sun than any that is wanted is not sought, out to here: beyond
it tones hardly follow the sun."""
HAZE_DEG = 6.0
"""Of a clouded sky so much may be hidden, and is carried on like a clear one: near the
horizon clouds lie in haze."""
LEAST_SAID = 0.005


_Found = tuple[Floats, NDArray[np.int32]]
"""Colours of a sky over its box, the match of each pixel, and what was copied from."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Laid:
    """
    What is laid out over a dome's own box: (H, W) each.

    Attributes:
        sheet: 0 the dome, 1 its mirror, ``NOWHERE``; row: its pixel's row, in its column.
    """

    sheet: NDArray[np.int32]
    row: NDArray[np.int32]

    @property
    def mapped(self) -> Bytes:
        """(H, W) 1 where something is laid out."""
        return (self.sheet >= 0).astype(np.uint8)

    @property
    def column(self) -> NDArray[np.int32]:
        """(H, W) columns: every pixel stands in its own."""
        return np.ascontiguousarray(np.indices(self.row.shape, dtype=np.int32)[1])


def paint_sky(
    canvas: CanvasPicture,
    view: SkyView,
    mirror: Callable[[], SkyView] | None,
    wanted: Bytes,
    *,
    seed: int,
    progress: Callable[[float], None],
    levels: Levels = NOT_KEPT,
) -> Drawn:
    """
    Return a sky on the canvas, as the layer ``sky``.

    Args:
        canvas: Its directions, and its locked key.
        view: The sky that is set over it.
        mirror: Returns the same sky with left and right exchanged, if there is one.
        wanted: (H, W) 1 where sky is needed.
        seed: Decides how it is carried on.
        progress: Called with the share done, 0 to 1.
        levels: Where what is finished of it is kept.
    """
    box = _box(view)
    inner = np.ascontiguousarray(wanted[box])
    sun = sun_pixel(canvas, view)
    views: tuple[SkyView, ...] = (view,)
    laid = _laid(views, inner, None)
    found = _by_tone(view, inner, laid, canvas.px_per_deg)
    if found is None:
        views = (view,) if mirror is None else (view, mirror())
        laid = _laid(views, inner, sun)
        found = _by_patches(views, inner, laid, seed, progress, levels)
    colour, field = found
    return Drawn(
        name="sky",
        colour=_onto(colour, wanted.shape, box),
        alpha=_onto(inner, wanted.shape, box).astype(np.float32),
        hidden=np.zeros(wanted.shape, np.uint8),
        field=_onto(field, wanted.shape, box),
        origins=origins_of([v.sheet for v in views]),
        says=_says(canvas, view, sun, laid, inner),
    )


def _box(view: SkyView) -> tuple[slice, slice]:
    (top, left), (height, width) = view.at, view.sheet.usable.shape
    return slice(top, top + height), slice(left, left + width)


def _onto(part: NDArray[Any], shape: tuple[int, ...], box: tuple[slice, slice]) -> NDArray[Any]:
    """Return ``part`` in its ``box`` of a canvas of ``shape`` (H, W), 0 elsewhere."""
    whole = np.zeros((*shape, *part.shape[2:]), part.dtype)
    whole[box] = part
    return whole


def _says(
    canvas: CanvasPicture,
    view: SkyView,
    sun: tuple[int, int] | None,
    laid: _Laid,
    wanted: Bytes,
) -> str:
    if view.key_deg is None:
        where = "nobody knows where its sun stands"
    else:
        stands = stands_deg(view.key_deg, canvas.key_deg)
        seen = "stands at" if sun is not None else "stands out of frame, at"
        where = (
            f"its sun {seen} azimuth {stands[0] % 360:.0f}, elevation {stands[1]:.0f} degrees"
        )
    said = ["the panorama's own", *_done(view)]
    count = max(1, int(wanted.sum()))
    over = (laid.sheet >= 0) & (laid.row < np.indices(wanted.shape, dtype=np.int32)[0])
    for part, how in (
        ((laid.sheet == 1) & ~over, "from the other side of its sun"),
        (over, "from above its sun"),
        ((laid.sheet < 0) & (wanted > 0), "carried on"),
    ):
        share = int(part.sum()) / count
        if share >= LEAST_SAID:
            said.append(f"{100 * share:.0f} % {how} where land stood before it")
    return f"The sky is {', '.join(said)}; {where}."


def _done(view: SkyView) -> list[str]:
    """Return what was done to a sky besides the turn to its sun."""
    said = []
    if view.dome.exchanged:
        said.append("left and right exchanged")
    if view.dome.turn_deg:
        said.append(f"turned by {view.dome.turn_deg:+.0f} degrees")
    if view.dome.measure != 1.0:
        way = "gathered" if view.dome.measure > 1 else "spread"
        said.append(f"{way} to {1 / view.dome.measure:.2f} of its angles")
    return said


def _laid(views: Sequence[SkyView], wanted: Bytes, sun: tuple[int, int] | None) -> _Laid:
    """
    Return the sky laid out where it shows any.

    As it stands; else as it stands on the other side of its sun; else, below a sun, as
    it stands as far above it, where the glow is as bright.
    """
    places: NDArray[np.int32] = np.indices(wanted.shape, dtype=np.int32)
    rows, columns = places[0], places[1]
    sheet = np.full(wanted.shape, NOWHERE, np.int32)
    row = rows.copy()
    for k, view in enumerate(views):
        sheet[(sheet < 0) & (wanted > 0) & (view.sheet.usable > 0)] = k
    angle = views[0].angle
    if sun is not None and angle is not None:
        over = (2 * (sun[0] - views[0].at[0]) - rows).astype(np.int32)
        beside = (over >= 0) & (over <= rows) & (angle <= np.float32(RAYS_DEG))
        at = np.where(beside, over, 0)
        for k, view in enumerate(views):
            here = beside & (sheet < 0) & (wanted > 0) & (view.sheet.usable[at, columns] > 0)
            sheet[here], row[here] = k, over[here]
    return _Laid(sheet=sheet, row=row)


def _by_tone(view: SkyView, wanted: Bytes, laid: _Laid, px_per_deg: float) -> _Found | None:
    """Return the sky, what is missing carried on by its tone; None where clouds are missing."""
    mapped = laid.mapped
    atlas = make_atlas([view.sheet], [view.height_deg], 1.0)
    field = field_of(atlas, laid.sheet, laid.row, laid.column)
    colour = _copied(atlas, field, mapped)
    if not (wanted > mapped).any():
        return colour, field
    sure = np.asarray(mapped & (view.sure >= 1), np.uint8)
    tone, clear = tone_of(colour, sure, view.height_deg, view.angle)
    if not clear and not near_sky(sure, wanted, HAZE_DEG * px_per_deg):
        return None
    if clear and not view.alone:
        sure = unstained(colour, tone, sure, view.angle)
        mapped = np.asarray(sure | (mapped & (view.sure < 1)), np.uint8)
        colour = np.where(mapped[..., None] > 0, colour, np.float32(0)).astype(np.float32)
    told = sure if view.angle is None else sure & (view.angle > np.float32(WHOLE_DEG))
    told = np.asarray(told if told.any() else sure, np.uint8)
    whole, row, column = carried_on(colour, tone, told, wanted, px_per_deg)
    colour = faded(colour, whole, view.sure * mapped)
    missing = (wanted > 0) & (mapped == 0)
    field[missing] = field[row[missing], column[missing]]
    return colour, field


def _by_patches(
    views: Sequence[SkyView],
    wanted: Bytes,
    laid: _Laid,
    seed: int,
    progress: Callable[[float], None],
    levels: Levels,
) -> _Found:
    """Return the sky, what is missing carried on by patches of it."""
    mapped = laid.mapped
    unknown = (wanted & (1 - mapped)).astype(np.uint8)
    guides = [_guides(v.height_deg, v.angle) for v in views]
    sheets = [_barred(v, views[0].angle, unknown) for v in views]
    colour = np.zeros((*wanted.shape, 3), np.float32)
    for k, sheet in enumerate(sheets):
        here = laid.sheet == k
        colour[here] = sheet.colour[laid.row[here], laid.column[here]]
    scene = Scene(
        colour=colour,
        known=mapped,
        unknown=unknown,
        allowed=np.full(wanted.shape, 1 << SKY, np.uint8),
        guide=guides[0],
        sheet=laid.sheet,
        row=laid.row,
        column=laid.column,
    )
    field, _, atlas = synthesise(
        sheets, guides, scene, seed=seed, progress=progress,
        manner=Manner(pinned=True, from_rim=False, whole=WHOLE), levels=levels, stage="sky",
    )  # fmt: skip
    within = np.zeros_like(mapped)
    within[R:-R, R:-R] = 1
    extend(field, within | mapped, unknown)
    set_down = field_of(atlas, laid.sheet, laid.row, laid.column)
    field = np.ascontiguousarray(np.where(mapped[..., None] > 0, set_down, field))
    return _mended(atlas, field, wanted, _copied(atlas, field, wanted)), field


def _copied(atlas: Atlas, field: NDArray[np.int32], shown: Bytes) -> Floats:
    copies = atlas.colour[field[..., 0], field[..., 1]]
    return np.where(shown[..., None] > 0, copies, np.float32(0)).astype(np.float32)


def _mended(atlas: Atlas, field: NDArray[np.int32], shown: Bytes, copies: Floats) -> Floats:
    """Return (H, W, 3) the copies, their seams spread everywhere but over the sun."""
    state = np.where(shown > 0, composite.OPEN, composite.ABSENT).astype(np.uint8)
    state[(copies.max(axis=-1) > np.float32(SUN_CODED)) & (shown > 0)] = composite.KEPT
    anchor = np.full(shown.shape, composite.ANCHOR_HOLE, np.float32)
    found: Floats = copies + composite.correction(
        atlas.colour, atlas.pixel, composite.smoothness(atlas.colour), field, state, copies,
        anchor,
    )  # fmt: skip
    return found


def _guides(height_deg: Floats, angle: Floats | None) -> Floats:
    """Return (H, W, 3) the guides of heights and angles to the sun, degrees."""
    height = -height_deg * np.float32(HEIGHT_PER_RAD * RAD_PER_DEG)
    away = glow = np.zeros_like(height)
    if angle is not None:
        away, glow = (plane * np.float32(SUNWARD) for plane in sunward(angle))
    return np.ascontiguousarray(np.stack([height, away, glow], axis=-1), dtype=np.float32)


def _barred(view: SkyView, angle: Floats | None, unknown: Bytes) -> Sheet:
    """Return a dome's sheet, barred where it is nearer to the sun than what is missing."""
    if view.angle is None or angle is None:
        return view.sheet
    nearest = float(np.where(unknown > 0, angle, np.float32(180)).min())
    limit = max(RAYS_DEG, min(nearest - CLOSER_DEG, FARTHEST_BAR_DEG))
    barred = (view.angle < np.float32(limit)).astype(np.uint8)
    return replace(view.sheet, barred=barred)
