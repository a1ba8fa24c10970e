"""
Water: ripples of a reference's own water, chosen to agree with what stands above them.

Calm water shows, blurred and drawn out by its waves, the mirror image of what stands
behind it. How bright it is under what it mirrors is told by its photograph; patches of
that brightness are sought: dark ripples under a wood, bright ones under snow. How far
down from the waterline a patch lies is held too: ripples grow towards the camera.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch import composite
from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.compose.drawn import Drawn, mended
from seamline.generators.patch.lineage import extend
from seamline.generators.patch.resample import Bytes, Floats, blur
from seamline.generators.patch.search import P, R
from seamline.generators.patch.sheets import LAND, Sheet, make_atlas, soft_top, turned
from seamline.generators.patch.synthesis import Manner, Scene, synthesise
from seamline.ports import CardView, ReferencePicture

DEPTH_GUIDE = 1.5
"""Guide of one canvas height below the waterline."""
MIRROR_GUIDE = 0.45
"""Guide of one unit of the log encoding in the drawn-out brightness of the water."""
SEARCH = 0.5
"""Ripples are sought on a picture so much smaller; what is copied is full size."""
CONTRAST = 0.6
"""So much of the mirror image's contrast is asked for: a photograph's own bright water is one
flat patch of it, which would be shown over and over."""
SHORE_CALM_SHARE = 0.1
"""So far below the waterline, of the height, until all of it is asked for: no photograph has
every brightness at its shore."""
WHOLE = 0.0005
"""Price of a break between two pieces: whole ripples, not one column over and over."""
KNOTS = 21
"""How bright water is under what it mirrors is told by so many quantiles of both."""
ACROSS_SHARE, DOWN_SHARE = 0.008, 0.06
"""Waves blur a mirror image over so much of the picture's height and draw it out by so much."""
SHORE_SHARE = 0.065
"""So near the waterline nothing is copied from: lamps, stones and what stands at the shore."""
SHORE_REACH_PX = 12
"""The shore is where the water begins within so many columns."""
LEAST_SHARE = 0.08
"""Less water than this share of what is seen's height is not worth a shore."""
BEHIND_PX = 12
"""So far below the waterline what stands behind goes on."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Water:
    """
    A water card that a picture can stand on.

    Attributes:
        sheet: The card.
        mirrors: (K,) growing brightness of what it mirrors, blurred, log encoding; empty
            where the whole photograph is not at hand.
        shows: (K,) how bright the water itself is there.
        below_horizon_px: How far its waterline lies below the horizon.
    """

    sheet: Sheet
    mirrors: Floats
    shows: Floats
    below_horizon_px: float


def water_of(
    sheet: Sheet, card: CardView, view: ReferencePicture, views: Sequence[ReferencePicture]
) -> Water:
    """
    Return ``sheet``, a water card's, with what its photograph ``view`` shows above it.

    Args:
        sheet: The card's sheet, as it is.
        card: What makes it a card.
        view: Its view.
        views: All views handed over.
    """
    top = _waterline(sheet)
    whole = next((v for v in views if v.card is None and v.id == view.id), None)
    if whole is None or whole.elevation_deg is not None:
        nothing = np.zeros(0, np.float32)
        return Water(sheet=sheet, mirrors=nothing, shows=nothing, below_horizon_px=0.0)
    dy, dx = _offset(view, card, whole)
    horizon = _horizon(whole, views)
    grey = _grey(whole.colour)
    columns = np.clip(np.arange(sheet.width) + dx, 0, grey.shape[1] - 1)
    above = mirrored_in(grey[:, columns], top + dy, sheet.height, dy)
    own = sheet.usable > 0
    own[: top + 1] = False
    return Water(
        sheet=sheet,
        mirrors=_quantiles(above[own]),
        shows=_quantiles(_brightness(sheet)[own]),
        below_horizon_px=0.0 if horizon is None else max(0.0, top + dy - horizon),
    )


def _quantiles(values: Floats) -> Floats:
    ordered = np.sort(values)
    if not len(ordered):
        return np.zeros(0, np.float32)
    at = (np.arange(KNOTS) * (len(ordered) - 1)) // (KNOTS - 1)
    return np.ascontiguousarray(ordered[at], dtype=np.float32)


def _brightness(sheet: Sheet) -> Floats:
    """Return (H, W) how bright the water of ``sheet`` is, drawn out as a mirror image is."""
    share = sheet.usable.astype(np.float32)
    grey = _grey(sheet.colour) * share
    across, down = (max(1, int(s * sheet.width * 9 / 16)) for s in (ACROSS_SHARE, DOWN_SHARE))
    total = _drawn_out(blur(grey, across), down)
    weight = _drawn_out(blur(share, across), down)
    return np.ascontiguousarray(total / np.maximum(weight, np.float32(1e-3)))


def _shown_under(water: Water, mirror: Floats, calm: float) -> Floats:
    """
    Return how bright the water is under a mirror image of brightness ``mirror`` (H, W).

    All of its contrast is asked for from ``calm`` rows below the waterline on.
    """
    if not len(water.mirrors):
        return np.zeros_like(mirror)
    # quantiles of equal values must not stand on one another
    knots = water.mirrors.astype(np.float64) + np.arange(KNOTS) * 1e-6
    usual = float(water.shows[KNOTS // 2])
    shown = np.interp(mirror.astype(np.float64), knots, water.shows.astype(np.float64))
    share = CONTRAST * np.minimum(1.0, (np.arange(len(mirror)) + 1) / calm)[:, None]
    shown = usual + share * (shown - usual)
    return np.ascontiguousarray(shown, dtype=np.float32)


def _waterline(sheet: Sheet) -> int:
    """Return the row on which a water card begins in most columns."""
    assert sheet.top is not None
    tops = np.sort(sheet.top[sheet.top < sheet.height])
    return int(tops[len(tops) // 2]) if len(tops) else 0


def _spacing(axis: Floats) -> float:
    return float(axis[-1] - axis[0]) / max(1, len(axis) - 1)


def _offset(view: ReferencePicture, card: CardView, whole: ReferencePicture) -> tuple[int, int]:
    """Return what is added to a card's row and column to get those of the ``whole`` view."""
    seen = view.usable & ~card.hidden & (card.alpha >= np.float32(0.999))
    rows, columns = (4 * at for at in np.nonzero(seen[::4, ::4]))
    if not len(rows):
        return 0, 0
    y_axis, x_axis = whole.master_y[:, 0], whole.master_x[0]
    y = (view.master_y[rows, columns] - y_axis[0]) / _spacing(y_axis) - rows
    x = (view.master_x[rows, columns] - x_axis[0]) / _spacing(x_axis) - columns
    middle = len(rows) // 2
    return (
        int(np.floor(np.sort(y)[middle] + 0.5)),
        int(np.floor(np.sort(x)[middle] + 0.5)),
    )


def _horizon(whole: ReferencePicture, views: Sequence[ReferencePicture]) -> float | None:
    """Return the row of the horizon of a photograph, told by its sky card; None without."""
    for view in views:
        card = view.card
        if card is not None and card.label == "sky" and view.id == whole.id:
            return card.base_row + _offset(view, card, whole)[0]
    return None


def _grey(colour: Floats) -> Floats:
    total = (colour[..., 0] + colour[..., 1] + colour[..., 2]) * np.float32(1 / 3)
    return np.ascontiguousarray(total, dtype=np.float32)


def _drawn_out(plane: Floats, radius: int) -> Floats:
    """Return the mean of ``plane`` (H, W) over 2 ``radius`` + 1 rows, cut at the edge."""
    height, width = plane.shape
    sums = np.zeros((height + 1, width))
    np.cumsum(plane, axis=0, dtype=np.float64, out=sums[1:])
    rows = np.arange(height)
    first, end = np.maximum(rows - radius, 0), np.minimum(rows + radius + 1, height)
    mean = (sums[end] - sums[first]) / (end - first)[:, None]
    return np.ascontiguousarray(mean, dtype=np.float32)


def mirrored_in(grey: Floats, waterline: int, rows: int, first: int) -> Floats:
    """
    Return (``rows``, W) the blurred mirror image of ``grey`` (H, W) about ``waterline``.

    Row 0 of the result is row ``first`` of ``grey``; above the waterline it repeats.
    """
    height = grey.shape[0]
    waterline = min(max(1, waterline), height)
    grey = grey[:waterline]
    soft = blur(np.ascontiguousarray(grey), max(1, int(ACROSS_SHARE * height)))
    soft = _drawn_out(soft, max(1, int(DOWN_SHARE * height)))
    at = 2 * waterline - 1 - np.maximum(np.arange(first, first + rows), waterline)
    return np.ascontiguousarray(soft[np.clip(at, 0, max(0, waterline - 1))])


def waterline_of(
    waters: Sequence[Water],
    need: NDArray[np.bool_],
    horizon_row: float,
    drawn: Floats | None = None,
) -> int | None:
    """
    Return the row on which water begins on a canvas, or None where none is to be seen.

    The waterline lies as far below the locked horizon as it did in the photograph, or
    where somebody drew it: on the middle row of (W,) ``drawn``, for water is level.
    """
    if not waters or not need.any():
        return None
    row = int(np.floor(horizon_row + waters[0].below_horizon_px + 0.5))
    rows = np.sort(drawn[np.isfinite(drawn)]) if drawn is not None else np.zeros(0)
    if len(rows):
        row = int(rows[len(rows) // 2] + np.float32(0.5))
    seen = np.flatnonzero(need.any(axis=1))
    top, end = int(seen[0]), int(seen[-1]) + 1
    least = LEAST_SHARE * (end - top)
    return row if top + 2 * least < row < end - least else None


def above_water(plane: NDArray[np.bool_], waterline: int | None) -> NDArray[np.bool_]:
    """Return (H, W) bool ``plane`` down to the waterline."""
    if waterline is None:
        return plane
    rows = np.arange(plane.shape[0])[:, None]
    return np.asarray(plane & (rows < waterline), bool)


def draw_water(
    waters: Sequence[Water],
    above: Floats,
    waterline: int,
    wanted: Bytes,
    *,
    mirrored: bool,
    seed: int,
    progress: Callable[[float], None],
) -> Drawn:
    """
    Return the water on the canvas.

    Args:
        waters: Water cards; one is taken.
        above: (H, W, 3) the picture that stands behind the water, log encoding.
        waterline: Row on which the water begins.
        wanted: (H, W) 1 what is to be painted.
        mirrored: Left and right of the cards exchanged.
        seed: Decides among ripples.
        progress: Called with the share done, 0 to 1.
    """
    height, width = wanted.shape
    water = waters[below(draw(seed, 5, 47, 0), len(waters))]
    open_ = np.ascontiguousarray(wanted[waterline:])
    mirror = mirrored_in(_grey(above), waterline, height - waterline, waterline)
    small = tuple(max(2 * P, int(n * SEARCH + 0.5)) for n in open_.shape)
    rows, columns = (
        np.minimum((np.arange(n) * m) // n, m - 1)
        for n, m in zip(open_.shape, small, strict=True)
    )
    scene = _scene(
        _nearest_of(open_, small),
        _shown_under(water, _nearest_of(mirror, small), SHORE_CALM_SHARE * height * SEARCH),
        height,
    )
    sought = as_water(turned(water.sheet, SEARCH, mirrored=mirrored), height * SEARCH)
    found, _, searched = synthesise(
        [sought], [_guide_of(water, sought, height)], scene, seed=seed, progress=progress,
        manner=Manner(from_rim=False, whole=WHOLE),
    )  # fmt: skip
    inner = np.zeros_like(scene.unknown)
    inner[R:-R, R:-R] = 1
    extend(found, inner, scene.unknown)
    sheet = as_water(turned(water.sheet, 1.0, mirrored=mirrored), height)
    atlas = make_atlas([sheet], [np.zeros(sheet.usable.shape, np.float32)], 1.0)
    field = np.zeros((height, width, 2), np.int32)
    at = found[rows][:, columns] - np.array([searched.base[0], 0], np.int32)
    for axis, (own, size) in enumerate(zip((rows, columns), sheet.usable.shape, strict=True)):
        full = np.arange(len(own)) - (own * len(own)) // small[axis]
        beside = full[:, None] if axis == 0 else full[None, :]
        carried = at[..., axis] * (1 / SEARCH) + beside
        field[waterline:, :, axis] = np.clip(carried.astype(np.int32), 0, size - 1)
    field[..., 0] += atlas.base[0]
    shown = np.zeros_like(wanted)
    shown[waterline:] = open_
    anchor = np.full(shown.shape, composite.ANCHOR_FILLED, np.float32)
    return Drawn(
        name="water",
        colour=mended(atlas, field, shown, anchor, soft=True),
        alpha=_edge(shown, waterline),
        hidden=np.zeros_like(shown),
        field=field,
        atlas=atlas,
        sheets=(sheet,),
        says=f"The water begins on row {waterline} and mirrors what stands above it.",
    )


def _nearest_of(plane: Any, size: tuple[int, ...]) -> Any:
    """Return (H, W) ``plane`` at ``size``, each pixel the one at its middle."""
    rows, columns = (
        np.minimum((np.arange(m) * 2 + 1) * n // (2 * m), n - 1)
        for n, m in zip(plane.shape, size, strict=True)
    )
    return np.ascontiguousarray(plane[rows][:, columns])


def as_water(sheet: Sheet, height: float) -> Sheet:
    """Return a water card's sheet as a canvas of ``height`` copies it: solid, off the shore."""
    assert sheet.alpha is not None
    whole = (sheet.alpha >= np.float32(0.999)).astype(np.uint8)
    assert sheet.top is not None
    around = np.pad(sheet.top, SHORE_REACH_PX, mode="edge")
    near = np.lib.stride_tricks.sliding_window_view(around, 2 * SHORE_REACH_PX + 1)
    line = np.minimum(near.max(axis=1), sheet.height // 3)
    rows = np.arange(sheet.height)[:, None]
    barred = rows < (line + SHORE_SHARE * height)[None, :]
    return replace(
        sheet,
        usable=whole,
        label=np.full(whole.shape, LAND, np.uint8),
        barred=barred.astype(np.uint8),
    )


def _edge(shown: Bytes, waterline: int) -> Floats:
    """Return alpha: whole below the waterline, half on its first row."""
    alpha = shown.astype(np.float32)
    alpha[waterline] *= np.float32(0.5)
    return alpha


def _scene(open_: Bytes, mirror: Floats, height: int) -> Scene:
    rows, width = open_.shape
    unit = np.float32(DEPTH_GUIDE) / np.float32(height * SEARCH)
    depth = np.repeat(np.arange(rows, dtype=np.float32)[:, None] * unit, width, axis=1)
    nowhere = np.full(open_.shape, -1, np.int32)
    return Scene(
        colour=np.zeros((rows, width, 3), np.float32),
        known=np.zeros_like(open_),
        unknown=open_,
        allowed=np.full(open_.shape, 1 << LAND, np.uint8),
        guide=np.ascontiguousarray(
            np.stack([depth, mirror * np.float32(MIRROR_GUIDE)], axis=-1), dtype=np.float32
        ),
        sheet=nowhere,
        row=np.zeros_like(nowhere),
        column=np.zeros_like(nowhere),
    )


def _guide_of(water: Water, sheet: Sheet, height: int) -> Floats:
    assert sheet.top is not None
    unit = np.float32(DEPTH_GUIDE) / np.float32(height * SEARCH)
    line = soft_top(np.minimum(sheet.top, sheet.height).astype(np.int32))
    rows = np.arange(sheet.height, dtype=np.float32)[:, None]
    depth = (rows - line[None, :]) * unit
    brightness = np.zeros_like(depth) if not len(water.mirrors) else _brightness(sheet)
    return np.ascontiguousarray(
        np.stack([depth, brightness * np.float32(MIRROR_GUIDE)], axis=-1), dtype=np.float32
    )
