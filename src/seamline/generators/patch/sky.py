"""
The sky under a locked sun, painted from a panorama turned to it.

One look per variation. Matches are guided by height above the horizon and by the angle
to the sun, so that a sky's tone falls where it must. The sun itself is a *stamp*: the
reference's own surroundings of its sun, set whole where the sun stands, at every level of
the pyramid; nothing else may copy from there, so the glow is seen once. What is brighter
than ``SUN_CODED`` is copied as it is: no seam is spread over a sun.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch import composite
from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.compose.drawn import Drawn
from seamline.generators.patch.lineage import extend, field_of
from seamline.generators.patch.resample import Bytes, Floats
from seamline.generators.patch.search import R
from seamline.generators.patch.sheets import SKY, Atlas, Sheet, make_atlas
from seamline.generators.patch.skyviews import SkyView, mirrored
from seamline.generators.patch.sunward import sun_angle_deg, sunward
from seamline.generators.patch.synthesis import NOWHERE, Manner, Scene, synthesise
from seamline.optics.sines import RAD_PER_DEG
from seamline.pixels.sun import stands_deg
from seamline.ports import CanvasPicture

SUN_CODED = 0.726
"""8 linear in ACEScct, (log2(8) + 9.72) / 17.52 (Academy S-2016-001)."""
STAMP_SHARE = 0.06
"""Radius of the sun's own surroundings, of the canvas's width."""
WHOLE = 0.0003
"""Price of a break between matches: clouds come in pieces."""
HEIGHT_PER_RAD = 0.35
SUNWARD = 0.7
"""Weights of the two guides beside squared differences of log values."""
WANDER_DEG = 6.0
WANDER_WIDER = 0.6
"""Most by which a variation takes its sky from other heights, and from an angle to the sun
so much larger: farther it would be another hour's."""
FREE_DEG = 20.0
CLOSER_DEG = 0.5
FARTHEST_BAR_DEG = 20.0
"""Sky so much nearer to the sun than any that is wanted is not sought, out to here: beyond
it tones hardly follow the sun."""
MISSED_DEG = 1.0
STRETCHED_DEG = 1.0
"""A stamp whose angles are wrong by more on the mean would be an egg."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Stamp:
    """The sun's surroundings laid out: which view, and its rows and columns; (H, W) each."""

    sheet: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]


def paint_sky(
    canvas: CanvasPicture,
    views: Sequence[SkyView],
    wanted: Bytes,
    *,
    seed: int,
    progress: Callable[[float], None],
) -> Drawn:
    """
    Return a sky on the canvas, as the layer ``sky``.

    Args:
        canvas: Its directions, and its locked key.
        views: Of one look; at least one.
        wanted: (H, W) 1 where sky is needed.
        seed: Decides among pictures.
        progress: Called with the share done, 0 to 1.
    """
    turned = below(draw(seed, 5, 61, 0), 2) == 1
    views = [mirrored(v) for v in views] if turned else list(views)
    sun = _sun(canvas, views)
    angle = None
    if sun is not None:
        angle = sun_angle_deg(canvas.elevation_deg, canvas.azimuth_deg, sun)
    reach = STAMP_SHARE * wanted.shape[1] / canvas.px_per_deg
    stamp = _nothing(wanted) if angle is None else _stamp(views, angle, wanted, reach)
    views = views if angle is None else _barred(views, angle, wanted, reach)
    guide = _wandered(canvas.elevation_deg, angle, seed)
    field, atlas = _matched(guide, views, wanted, stamp, seed, progress)
    shown = (wanted > 0) | (stamp.sheet >= 0)
    return Drawn(
        name="sky",
        colour=_mended(atlas, field, shown),
        alpha=shown.astype(np.float32),
        hidden=np.zeros(wanted.shape, np.uint8),
        field=field,
        atlas=atlas,
        sheets=tuple(v.sheet for v in views),
        says=_says(sun, angle, wanted, stamp, turned=turned),
    )


def sun_pixel(canvas: CanvasPicture, views: Sequence[SkyView]) -> tuple[int, int] | None:
    """Return row and column at which the views' sun is painted; None where it is not seen."""
    sun = _sun(canvas, views)
    if sun is None:
        return None
    angle = sun_angle_deg(canvas.elevation_deg, canvas.azimuth_deg, sun)
    row, column = np.unravel_index(int(angle.argmin()), angle.shape)
    if float(angle[row, column]) * canvas.px_per_deg > 2 or not canvas.need[row, column]:
        return None
    return int(row), int(column)


def _sun(canvas: CanvasPicture, views: Sequence[SkyView]) -> tuple[float, float] | None:
    """Return azimuth and elevation at which the views' sun is painted; None without one."""
    own = next((v.key_deg for v in views if v.key_deg is not None), None)
    return None if own is None else stands_deg(own, canvas.key_deg)


def _says(
    sun: tuple[float, float] | None,
    angle: Floats | None,
    wanted: Bytes,
    stamp: _Stamp,
    *,
    turned: bool,
) -> str:
    way = ", left and right exchanged about its sun" if turned else ""
    first = f"The sky is painted from the panorama{way}"
    if sun is None or angle is None:
        return f"{first}; nobody knows where its sun stands."
    where = f"azimuth {sun[0] % 360:.0f}, elevation {sun[1]:.0f} degrees"
    if (stamp.sheet >= 0).any():
        return f"{first}; its sun stands at {where}."
    if float(np.where(wanted > 0, angle, np.float32(180)).min()) < MISSED_DEG:
        return f"{first}; it should show its sun at {where}, and no view of it does."
    return f"{first}; its sun stands out of frame, at {where}."


def _wandered(height_deg: Floats, angle: Floats | None, seed: int) -> Floats:
    """
    Return the guides (H, W, 3) of the canvas, wandered from as this variation likes.

    Clouds of other heights, and from farther away from the sun: so that one panorama gives
    more than one sky. Never from nearer to it: of that there is too little, and it would be
    seen twice. Beside the sun nothing wanders.
    """
    up, out = (below(draw(seed, n, 67, 0), 1025) / 1024.0 for n in (1, 2))
    up = 2 * up - 1
    if angle is None:
        return _guides(height_deg + np.float32(up * WANDER_DEG), None)
    free = np.minimum(angle / np.float32(FREE_DEG), np.float32(1))
    turned = angle * (np.float32(1) + np.float32(out * WANDER_WIDER) * free)
    return _guides(height_deg + np.float32(up * WANDER_DEG) * free, turned)


def _matched(
    guide: Floats,
    views: Sequence[SkyView],
    wanted: Bytes,
    stamp: _Stamp,
    seed: int,
    progress: Callable[[float], None],
) -> tuple[NDArray[np.int32], Atlas]:
    """Return the match of every pixel, the stamp's as they are laid out, and the atlas."""
    skies = [v.sheet for v in views]
    guides = [_guides(v.height_deg, v.angle) for v in views]
    mapped = (stamp.sheet >= 0).astype(np.uint8)
    unknown = (wanted & (1 - mapped)).astype(np.uint8)
    if not unknown.any():
        atlas = make_atlas(skies, guides, 1.0)
        return field_of(atlas, stamp.sheet, stamp.row, stamp.column), atlas
    scene = Scene(
        colour=_copied(stamp, skies),
        known=mapped,
        unknown=unknown,
        allowed=np.full(wanted.shape, 1 << SKY, np.uint8),
        guide=guide,
        sheet=stamp.sheet,
        row=stamp.row,
        column=stamp.column,
    )
    field, _, atlas = synthesise(
        skies, guides, scene, seed=seed, progress=progress,
        manner=Manner(pinned=True, from_rim=False, whole=WHOLE),
    )  # fmt: skip
    inner = np.zeros_like(mapped)
    inner[R:-R, R:-R] = 1
    extend(field, inner | mapped, unknown)
    laid = field_of(atlas, stamp.sheet, stamp.row, stamp.column)
    return np.ascontiguousarray(np.where(mapped[..., None] > 0, laid, field)), atlas


def _mended(atlas: Atlas, field: NDArray[np.int32], shown: NDArray[np.bool_]) -> Floats:
    """Return (H, W, 3) the copies, their seams spread everywhere but over the sun."""
    copies = np.where(
        shown[..., None], atlas.colour[field[..., 0], field[..., 1]], np.float32(0)
    ).astype(np.float32)
    state = np.where(shown, composite.OPEN, composite.ABSENT).astype(np.uint8)
    state[(copies.max(axis=-1) > np.float32(SUN_CODED)) & shown] = composite.KEPT
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


def _stamp(views: Sequence[SkyView], angle: Floats, wanted: Bytes, reach: float) -> _Stamp:
    """
    Return the sun's surroundings laid out where it stands; nothing where no view has them.

    Of the views that show the sun, the one whose angles to it agree best with the
    canvas's, pixel by pixel; where none does within ``STRETCHED_DEG``, none.
    """
    here = (angle <= np.float32(reach)) & (wanted > 0)
    if not here.any():
        return _nothing(wanted)
    rows, columns = np.nonzero(here)
    row, column = np.unravel_index(int(angle.argmin()), angle.shape)
    best, worst = None, STRETCHED_DEG
    for k, view in enumerate(views):
        if view.angle is None:
            continue
        at = np.unravel_index(int(view.angle.argmin()), view.angle.shape)
        ys, xs = rows + int(at[0] - row), columns + int(at[1] - column)
        good = _seen(view.sheet, ys, xs)
        # Where land hides the lower half of a glow, it is as bright as the upper one.
        over = 2 * int(at[0]) - ys
        above = ~good & _seen(view.sheet, over, xs)
        ys, good = np.where(above, over, ys), good | above
        ys, xs = (np.where(good, v, 0) for v in (ys, xs))
        if not good.any():
            continue
        apart = np.abs(view.angle[ys, xs] - angle[rows, columns]).astype(np.float64)
        # What a view lacks counts as wholly wrong: the disc should come from one piece.
        off = float(np.cumsum(np.where(good, apart, reach))[-1]) / len(rows)
        if off < worst:
            best, worst = (k, ys, xs, good), off
    found = _nothing(wanted)
    if best is not None:
        k, ys, xs, good = best
        on = rows[good], columns[good]
        found.sheet[on], found.row[on], found.column[on] = k, ys[good], xs[good]
    return found


def _nothing(wanted: Bytes) -> _Stamp:
    sheet = np.full(wanted.shape, NOWHERE, np.int32)
    return _Stamp(sheet=sheet, row=np.zeros_like(sheet), column=np.zeros_like(sheet))


def _seen(
    sheet: Sheet, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return (N,) whether ``sheet`` may be copied at ``rows`` and ``columns``."""
    inside = (rows >= 0) & (columns >= 0) & (rows < sheet.height) & (columns < sheet.width)
    ys, xs = (np.where(inside, v, 0) for v in (rows, columns))
    seen: NDArray[np.bool_] = inside & (sheet.usable[ys, xs] > 0)
    return seen


def _barred(
    views: Sequence[SkyView], angle: Floats, wanted: Bytes, reach: float
) -> list[SkyView]:
    """Return ``views``, barred where they are nearer to the sun than what is to be matched."""
    nearest = float(np.where(wanted > 0, angle, np.float32(180)).min())
    limit = np.float32(max(reach, min(nearest - CLOSER_DEG, FARTHEST_BAR_DEG)))
    found = []
    for view in views:
        if view.angle is not None:
            barred = (view.angle < limit).astype(np.uint8)
            view = replace(view, sheet=replace(view.sheet, barred=barred))
        found.append(view)
    return found


def _copied(stamp: _Stamp, sheets: Sequence[Sheet]) -> Floats:
    copied = np.zeros((*stamp.sheet.shape, 3), np.float32)
    for k, sheet in enumerate(sheets):
        here = stamp.sheet == k
        copied[here] = sheet.colour[stamp.row[here], stamp.column[here]]
    return copied
