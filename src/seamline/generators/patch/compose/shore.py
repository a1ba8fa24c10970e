"""
The shore: what stands at the water, and the photograph that lies beneath it.

Whoever photographed a lake photographed its shore. Where one of the cards reaches the
water all along, it stands at the water again, all along; without one the range itself
does. What the lineage says of the row above the waterline tells which of the
photograph's columns the water goes on with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.compose.drawn import Drawn
from seamline.generators.patch.compose.standing import Place
from seamline.generators.patch.compose.stock import Stock, edges_of
from seamline.generators.patch.compose.water import Beneath, Water
from seamline.generators.patch.lineage import trace
from seamline.generators.patch.sheets import Sheet
from seamline.generators.patch.tables import SCALES
from seamline.ports import PaintedLayer, ReferencePicture

AT_THE_WATER = 0.8
"""A card that reaches the water in so much of its width is its shore."""
FOOT_SHARE = 0.006
"""It is looked for so far above the waterline, of the height, and what stands there too."""
STEADY_SHARE = 0.02
"""The photograph under a column is that under most columns so near, of the height."""
PLACES = 8
"""So many places are drawn along a shore; the one that shows least of its gaps is taken."""
NOWHERE = -(1 << 20)


def shore_of(water: Water, sheets: Sequence[tuple[str, Sheet]]) -> str | None:
    """Return the label of the card that stands all along the water, if one of them does."""
    for label, sheet in sheets:
        if sheet.reference not in water.beside:
            continue
        row = foot_of(water, sheet) - foot_rows(water.sheet.width * 9 // 16)
        if not 0 <= row < sheet.height or sheet.alpha is None:
            continue
        reaches = int((sheet.alpha[row] > np.float32(0.5)).sum())
        if reaches >= AT_THE_WATER * water.sheet.width:
            return label
    return None


def foot_of(water: Water, sheet: Sheet) -> int:
    """Return the row of ``sheet``, another card of the photograph, at its waterline."""
    return water.line - water.beside[sheet.reference][0]


def range_feet(stock: Stock) -> dict[int, float]:
    """Return the row of each range card that lies at the water, by index of its view."""
    if not stock.waters or shore_of(stock.waters[0], stock.standing) is not None:
        return {}
    water = stock.waters[0]
    own = [sheet for sheet in stock.ranges if sheet.reference in water.beside]
    return {sheet.reference: float(foot_of(water, sheet)) for sheet in own}


def foot_rows(height: int) -> int:
    """Return how far above the waterline of a picture ``height`` rows tall is looked."""
    return 1 + int(FOOT_SHARE * height)


def stand_ashore(
    water: Water,
    sheets: Sequence[Sheet],
    waterline: int,
    width: int,
    *,
    mirrored: bool,
    seed: int,
) -> Place | None:
    """
    Return where one of ``sheets`` stands as the shore of a canvas ``width`` px wide.

    None where none is as wide.
    """
    wide = [k for k, sheet in enumerate(sheets) if sheet.width >= width]
    if not wide:
        return None
    k = wide[below(draw(seed, 7, 47, 0), len(wide))]
    foot = foot_of(water, sheets[k])
    bare = _bare(sheets[k], foot - foot_rows(width * 9 // 16), mirrored=mirrored)
    room = sheets[k].width - width + 1
    ways = [below(draw(seed, 7, 47, 1 + n), room) for n in range(PLACES)]
    dx = min(ways, key=lambda at: int(bare[at : at + width].sum()))
    return Place(sheet=k, scale=1.0, dx=dx, dy=foot - waterline, cost=0.0)


def _bare(sheet: Sheet, row: int, *, mirrored: bool) -> NDArray[np.bool_]:
    """Return (W,) where a shore does not rise above ``row``: snow would end on the water."""
    top, _ = edges_of(sheet)
    low = np.asarray(top > row)
    return low[::-1] if mirrored else low


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Foot:
    """What one layer shows just above the waterline: (W,) its view, -1: none; its column."""

    source: NDArray[np.int32]
    column: NDArray[np.int32]
    range: bool


def foot_of_drawn(drawn: Drawn, waterline: int, references: Sequence[ReferencePicture]) -> Foot:
    """Return the foot of a layer that was just drawn."""
    row = max(0, waterline - foot_rows(len(drawn.alpha)))
    shown = (drawn.alpha[row : row + 1] > np.float32(0.5)).astype(np.uint8)
    field = np.ascontiguousarray(drawn.field[row : row + 1])
    source, x, _ = trace(field, shown, drawn.origins, references)
    return Foot(source=source[0], column=x[0], range=drawn.name == "far")


def foot_of_layer(layer: PaintedLayer, waterline: int) -> Foot:
    """Return the foot of a layer that stands."""
    row = max(0, waterline - foot_rows(len(layer.alpha)))
    shown = layer.alpha[row] > np.float32(0.5)
    source = np.where(shown, layer.source[row], -1).astype(np.int32)
    return Foot(source=source, column=layer.source_x[row], range=layer.name == "far")


def beneath(water: Water, feet: Sequence[Foot], *, mirrored: bool, seed: int) -> Beneath:
    """
    Return the photograph beneath each column.

    Args:
        water: The card.
        feet: Of all layers ashore, back to front.
        mirrored: Left and right of the cards exchanged.
        seed: Decides where the photograph lies if nothing of it stands there.
    """
    width = len(feet[0].source)
    at = np.full(width, NOWHERE, np.int64)
    whole = np.zeros(width, bool)
    for foot in feet:
        for k, (_, dx) in water.beside.items():
            here = foot.source == k
            at[here], whole[here] = foot.column[here] + dx, foot.range
    known = np.flatnonzero(at > NOWHERE)
    scale = _scale_of(at)
    across = max(1, int(water.sheet.width * scale + 0.5))
    if not len(known):
        shift = np.full(width, below(draw(seed, 5, 47, 1), max(1, across - width)), np.int64)
        return Beneath(scale=scale, mirrored=mirrored, shift=shift, whole=whole)
    own = np.floor((at + 0.5) * scale).astype(np.int64)
    own = across - 1 - own if mirrored else own
    place = known[np.clip(np.searchsorted(known, np.arange(width)), 0, len(known) - 1)]
    shift = _steady((own - np.arange(width))[place], max(2, int(STEADY_SHARE * width)))
    return Beneath(scale=scale, mirrored=mirrored, shift=shift, whole=whole[place])


def _scale_of(at: NDArray[np.int64]) -> float:
    """Return the scale at which a photograph's columns ``at`` (W,) are shown: of a layout's."""
    apart = len(at) // 5
    near, far = at[:-apart], at[apart:]
    steps = np.abs(far - near)[(near > NOWHERE) & (far > NOWHERE)]
    likely = [int((np.abs(steps - apart / z) <= 1).sum()) for z in SCALES]
    return SCALES[likely.index(max(likely))]


def _steady(shift: NDArray[np.int64], reach: int) -> NDArray[np.int64]:
    """Return (W,) the middle one of the shifts within ``reach`` columns."""
    padded = np.pad(shift, reach, mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    found: NDArray[np.int64] = np.sort(around, axis=1)[:, reach]
    return found
