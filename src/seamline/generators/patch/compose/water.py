"""
Water: a reference's own water, under the shore it was photographed with.

What stands at the water stands there as it was photographed, and the strip of water at its
foot comes with it, edge and all. Where the whole range does, its water is the mirror
image it had. Where a range was moved behind its shore, calm water shows the mirror image
of what is now there: upside down, drawn out by its waves, darker and tinted as the
photograph's own water is beside what it mirrors, broken up by the ripples it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.generators.patch import composite
from seamline.generators.patch.compose.drawn import Drawn, mended
from seamline.generators.patch.lineage import field_of, origins_of
from seamline.generators.patch.resample import Bytes, Floats, blur
from seamline.generators.patch.sheets import Sheet, make_atlas, turned
from seamline.ports import CardView, ReferencePicture

ACROSS_SHARE = 0.003
"""Waves blur a mirror image over so much of the picture's height."""
DRAWN_OUT = 0.12
"""They draw it out by so much of the way down from the shore, either way."""
RIPPLE_SHARE = 0.008
"""What differs from its surroundings within so much of the height is a ripple."""
WAVE_SHARE = 0.006
"""A wave is at least twice as wide as so much of the height, and three rows high. Grain is
none, and a mirror image that grain throws about is crumbs."""
THROW, MOST_THROW_SHARE = 0.15, 0.015
"""A ripple shows what is mirrored so much of the depth off, and at most this of the height."""
GLINT = 0.05
"""A ripple is lighter or darker than the mirror image by no more than this, log encoding."""
SHORE_SHARE, SHORE_END_SHARE = 0.01, 0.05
"""To here below the waterline, of the height, the water is the shore's own; to there, less."""
DARKER = 0.03
"""Water that mirrors something bright is darker than it by half a stop, log encoding."""
LEAST_GAIN, MOST_GAIN = 0.3, 1.0
"""Water mirrors no more than there is; less than this is no mirror image to be told."""
LEAST_SHARE = 0.08
"""Less water than this share of what is seen's height is not worth a shore."""
BEHIND_PX = 24
"""So far below the waterline what stands behind goes on: shores are not quite level."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Water:
    """
    A water card that a picture can stand on.

    Attributes:
        sheet: The card.
        line: Its row on which open water begins.
        gain: (3,) what its mirror image's tone is multiplied by, log encoding, alike for
            all channels, or snow would turn yellow; base: (3,) what is added;
            usual: (3,) its mean tone.
        beside: By index of a view, its photograph's other cards: rows and columns that are
            added to theirs to get this card's; empty where the photograph is not at hand.
        below_horizon_px: How far its waterline lies below the horizon.
    """

    sheet: Sheet
    line: int
    gain: Floats
    base: Floats
    usual: Floats
    beside: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    below_horizon_px: float = 0.0


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
    line = _waterline(sheet)
    whole = next((v for v in views if v.card is None and v.id == view.id), None)
    if whole is None or whole.elevation_deg is not None:
        one = np.ones(3, np.float32)
        none = np.zeros(3, np.float32)
        return Water(sheet=sheet, line=line, gain=one, base=none, usual=none)
    dy, dx = _offset(view, card, whole)
    beside = {}
    for k, other in enumerate(views):
        if other.id == view.id and other.card is not None and other.card.label != "water":
            oy, ox = _offset(other, other.card, whole)
            beside[k] = (oy - dy, ox - dx)
    horizon = _horizon(whole, views)
    columns = np.clip(np.arange(sheet.width) + dx, 0, whole.colour.shape[1] - 1)
    gain, base, usual = _mirrors(sheet, line, whole.colour[:, columns], line + dy)
    return Water(
        sheet=sheet, line=line, gain=gain, base=base, usual=usual, beside=beside,
        below_horizon_px=0.0 if horizon is None else max(0.0, line + dy - horizon),
    )  # fmt: skip


def _mirrors(
    sheet: Sheet, line: int, above: Floats, shore: int
) -> tuple[Floats, Floats, Floats]:
    """Return gain, base and usual tone of the water below ``above``, (3,) each."""
    rows = sheet.height - line
    calm = np.zeros((rows, sheet.width), np.float32)
    shore = min(max(1, shore), len(above))
    image = mirrored_in(above, shore, rows, calm, len(above))
    soft = max(1, int(ACROSS_SHARE * len(above)))
    shown = sheet.complete
    own = np.stack(
        [blur(np.ascontiguousarray(shown[line:, :, c]), soft) for c in range(3)], axis=-1
    )
    seen = np.ascontiguousarray(sheet.usable[line:])
    fitted: tuple[Floats, Floats, Floats] = _fitted(image, own, seen, min(shore, rows))
    return fitted


@njit(nogil=True, cache=True)
def _fitted(image: Floats, own: Floats, seen: Bytes, rows: int) -> Any:
    """Return gain, one for all, and base (3,) of the line through (image, own)."""
    gain, base = np.ones(3, np.float32), np.zeros(3, np.float32)
    usual = np.zeros(3, np.float32)
    sums = np.zeros((3, 3))
    spread = along = 0.0
    for c in range(3):
        xx = xy = 0.0
        for y in range(rows):
            for x in range(seen.shape[1]):
                if seen[y, x]:
                    a, b = float(image[y, x, c]), float(own[y, x, c])
                    sums[c, 0] += 1
                    sums[c, 1] += a
                    sums[c, 2] += b
                    xx += a * a
                    xy += a * b
        n = max(1.0, sums[c, 0])
        spread += xx - sums[c, 1] * sums[c, 1] / n
        along += xy - sums[c, 1] * sums[c, 2] / n
    slope = along / spread if spread > 1e-6 * max(1.0, sums[0, 0]) else 1.0
    slope = min(max(slope, LEAST_GAIN), MOST_GAIN)
    for c in range(3):
        if sums[c, 0] > 0:
            gain[c] = slope
            base[c] = (sums[c, 2] - slope * sums[c, 1]) / sums[c, 0]
            usual[c] = sums[c, 2] / sums[c, 0]
    return gain, base, usual


def _waterline(sheet: Sheet) -> int:
    """Return the row on which open water begins: above it in one column of five, no more."""
    assert sheet.top is not None
    tops = np.sort(sheet.top[sheet.top < sheet.height])
    return int(tops[len(tops) // 5]) if len(tops) else 0


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


@njit(nogil=True, cache=True)
def mirrored_in(above: Floats, waterline: int, rows: int, throw: Floats, height: int) -> Floats:
    """
    Return (``rows``, W, 3) the mirror image of ``above`` (H, W, 3) about ``waterline``.

    Row 0 is the first row of the water. Each row is drawn out by its depth; ``throw``
    (``rows``, W) is how many rows off each pixel looks. Beyond the picture's top it ends
    as the top row does.
    """
    width = above.shape[1]
    soft = max(1, int(ACROSS_SHARE * height))
    out = np.zeros((rows, width, 3), np.float32)
    for c in range(3):
        plane = blur(np.ascontiguousarray(above[:waterline, :, c]), soft)
        sums = np.zeros((waterline + 1, width))
        for y in range(waterline):
            for x in range(width):
                sums[y + 1, x] = sums[y, x] + plane[y, x]
        for y in range(rows):
            radius = 1 + int(DRAWN_OUT * y)
            for x in range(width):
                middle = waterline - 1 - y + int(np.floor(throw[y, x] + 0.5))
                middle = min(max(middle, 0), waterline - 1)
                first, end = max(0, middle - radius), min(waterline, middle + radius + 1)
                out[y, x, c] = (sums[end, x] - sums[first, x]) / (end - first)
    return out


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beneath:
    """
    The photograph beneath each column, told by what stands at the waterline there.

    Attributes:
        scale: Of what stands there; mirrored: left and right exchanged.
        shift: (W,) what is added to a column to get that of the turned water card.
        whole: (W,) the range itself stands there: its water mirrors what it did.
    """

    scale: float
    mirrored: bool
    shift: NDArray[np.int64]
    whole: NDArray[np.bool_]


def draw_water(
    water: Water,
    under: Beneath,
    above: Floats,
    waterline: int,
    wanted: Bytes,
) -> Drawn:
    """
    Return the water on the canvas.

    Args:
        water: The card.
        under: Which of its columns lies where.
        above: (H, W, 3) the picture that stands behind the water, log encoding.
        waterline: Row on which the water begins.
        wanted: (H, W) 1 what is to be painted.
    """
    height = len(wanted)
    sheet = turned(water.sheet, under.scale, mirrored=under.mirrored)
    rows = np.arange(height, dtype=np.int64)[:, None]
    columns = np.arange(wanted.shape[1], dtype=np.int64)[None, :]
    own_row = rows - waterline + int(water.line * under.scale + 0.5)
    row = folded(own_row, sheet.height)
    column = folded(columns + under.shift[None, :], sheet.width)
    assert sheet.alpha is not None
    edge = np.where(rows < waterline + BEHIND_PX, sheet.alpha[row, column], np.float32(1))
    edge = np.where((own_row >= 0) & (wanted > 0), edge, np.float32(0))
    shown = (edge > 0).astype(np.uint8)
    atlas = make_atlas([sheet], [np.zeros(sheet.usable.shape, np.float32)], 1.0)
    own = np.where(shown > 0, 0, -1).astype(np.int32)
    full = [
        np.ascontiguousarray(np.broadcast_to(at.astype(np.int32), own.shape))
        for at in (row, column)
    ]
    field_ = field_of(atlas, own, *full)
    anchor = np.full(shown.shape, composite.ANCHOR_WHOLE, np.float32)
    colour = mended(atlas.colour, atlas.pixel, field_, shown, anchor, soft=True)
    if not under.whole.all():
        image = _mirror(water, colour, above, waterline)
        depth = np.arange(height - waterline, dtype=np.float32)[:, None]
        first, last = SHORE_SHARE * height, SHORE_END_SHARE * height
        share = np.clip((depth - np.float32(first)) / np.float32(last - first), 0, 1)
        share = np.where(under.whole[None, :], np.float32(0), share)[..., None]
        colour[waterline:] += (image - colour[waterline:]) * share
    return Drawn(
        name="water",
        colour=np.where(shown[..., None] > 0, colour, np.float32(0)).astype(np.float32),
        alpha=edge.astype(np.float32),
        hidden=np.zeros_like(shown),
        field=field_,
        origins=origins_of([sheet]),
        says=f"The water begins on row {waterline} and mirrors what stands above it.",
    )


def folded(at: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return indices that go back where they would leave 0 to ``size`` - 1."""
    around = at % (2 * size)
    found: NDArray[np.int64] = np.minimum(around, 2 * size - 1 - around)
    return found


def as_wide_as_waves(grey: Floats, height: int) -> Floats:
    """Return (H, W) ``grey`` without its grain: waves seen so flat are far wider than high."""
    wide = max(1, int(WAVE_SHARE * height))
    columns = np.arange(grey.shape[1])
    total = np.zeros_like(grey)
    for k in range(-wide, wide + 1):
        total += grey[:, np.clip(columns + k, 0, grey.shape[1] - 1)]
    found: Floats = blur(np.ascontiguousarray(total * np.float32(1 / (2 * wide + 1))), 1)
    return found


def _mirror(water: Water, colour: Floats, above: Floats, waterline: int) -> Floats:
    """Return (H - waterline, W, 3) the mirror image, rippled as the water ``colour`` is."""
    height = len(colour)
    grey = as_wide_as_waves(_grey(colour[waterline:]), height)
    soft = max(2, int(RIPPLE_SHARE * height))
    ripple = grey - blur(grey, soft)
    size = np.sqrt(blur(np.ascontiguousarray(ripple * ripple), 3 * soft))
    sway = np.clip(ripple / (size + np.float32(0.004)), -2, 2)
    depth = np.arange(len(grey), dtype=np.float32)[:, None]
    throw = np.minimum(np.float32(THROW) * depth, np.float32(MOST_THROW_SHARE * height)) * sway
    throw = np.ascontiguousarray(throw, np.float32)
    image = mirrored_in(np.ascontiguousarray(above), waterline, len(grey), throw, height)
    glint = np.clip(ripple, -np.float32(GLINT), np.float32(GLINT))[..., None]
    shown = image * water.gain + water.base
    shown = np.minimum(shown, np.maximum(image - np.float32(DARKER), water.usual))
    found: Floats = (shown + glint).astype(np.float32)
    return found
