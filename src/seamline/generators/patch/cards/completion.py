"""
The completion: what is hidden of a layer, painted from what is seen of it.

The house's synthesis, restricted to the layer's own pixels, away from its edges, its
landmarks and what its neighbours stain. Matches are sought on a smaller picture, carried
to the master's size, and every pixel there is a copy of one master pixel; a smooth
correction hides the seams.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.errors import InputError
from seamline.fast import njit
from seamline.generators.patch import composite
from seamline.generators.patch.cards.areas import nearest
from seamline.generators.patch.cards.skytone import evened
from seamline.generators.patch.lineage import extend
from seamline.generators.patch.resample import Bytes, Floats, blur, grow, shrink
from seamline.generators.patch.scene import NOWHERE, Manner, Scene
from seamline.generators.patch.search import P, R
from seamline.generators.patch.sheets import LAND as ANY
from seamline.generators.patch.sheets import Sheet
from seamline.generators.patch.synthesis import synthesise
from seamline.pixels.cards import CardPixels, CutLayer, Master
from seamline.show.shot import Window

LAND_GUIDE = 0.5
"""Guide of one picture height: what stands at a height is completed from about there."""
LAND_DEEPEST = 0.75
"""Below this share of the sources, by height, every row is as good as another."""
SKY_GUIDE = 0.8
"""The same for a sky, whose tone follows the height above what stands before it."""
SKY_SEARCH = 0.6
"""Matches of a sky are sought on a picture so much smaller: clouds are soft."""
SKYLINE_SHARE = 0.12
"""The skyline is told from the lowest sky within so much of the width: past a tree, a sun."""
SKY_ANCHOR = 5e-4
"""A sky's completion takes its tone from its rim over some 45 px; over more, it drifts."""
SKY_SHIFT = 0.02
"""A sky is one smooth surface: its patches are lifted or lowered by up to a third of a stop."""
LAND = Manner(shown=(1.0,), whole=0.0003)
"""What is seen is shown: completing from it is its second use, and a third costs; and a
break between matches costs, as in a hole."""
SKY = Manner(shift=SKY_SHIFT, tied=True, whole=0.0003)
CYCLES = 4
"""Rounds of the composite's solver: each leaves a tenth of what is not yet smooth."""
SOLID = 0.97
"""Alpha above which a pixel's colour is the layer's alone."""
PAD_PX = 8
"""Colour goes on so far beyond a card's last pixel, for what is resampled later."""
FRINGE_PX = 2
"""Width of the coloured fringe inside a silhouette, seen on the house's own photographs."""
LEAST_SOURCES = 4 * P * P
"""Of four patches something can be woven; of less, only a stamp."""


def complete(master: Master, layer: CutLayer, *, seed: int, width_px: int) -> CardPixels:
    """
    Return ``layer`` with colour everywhere; see ``ports.CardMaker``.

    Raises:
        InputError: It has a hidden part and too little to complete it from.
    """
    window = _window(layer.alpha > 0)
    box = _slices(window)
    hidden = layer.hidden[box]
    at = np.indices(hidden.shape, dtype=np.int32)
    rows, columns = at[0] + window[1], at[1] + window[0]
    colour = np.array(master.coded[box], np.float32)
    copied = np.ones(hidden.shape, np.bool_)
    if hidden.any():
        used = _window(layer.hidden | layer.sources | (layer.alpha > 0))
        field, filled_in = _filled(master, layer, _slices(used), seed, width_px)
        inner = layer.hidden[_slices(used)]
        rows[hidden] = field[..., 0][inner] + used[1]
        columns[hidden] = field[..., 1][inner] + used[0]
        colour[hidden] = filled_in[inner]
        copied[hidden] = False
    # What is neither usable nor completed has no colour of its own, and the outermost
    # pixels have the fringe that lenses and sharpening draw along an edge.
    solid = (layer.alpha[box] > np.float32(SOLID)) & (master.usable[box] | hidden)
    solid &= grow((layer.alpha[box] < np.float32(SOLID)).astype(np.uint8), FRINGE_PX) == 0
    if not solid.any():
        solid = layer.alpha[box] > 0
    y, x = nearest(solid.astype(np.uint8))
    return CardPixels(
        window=window,
        colour=colour[y, x],
        source_x=columns[y, x],
        source_y=rows[y, x],
        copied=copied[y, x],
    )


def _window(where: NDArray[np.bool_]) -> Window:
    """Return x, y, width, height of the box around ``where``, a little larger."""
    height, width = where.shape
    ys, xs = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    top, left = max(0, int(ys[0]) - PAD_PX), max(0, int(xs[0]) - PAD_PX)
    bottom, right = min(height, int(ys[-1]) + 1 + PAD_PX), min(width, int(xs[-1]) + 1 + PAD_PX)
    return left, top, right - left, bottom - top


def _slices(window: Window) -> tuple[slice, slice]:
    x, y, width, height = window
    return slice(y, y + height), slice(x, x + width)


def _filled(
    master: Master, layer: CutLayer, box: tuple[slice, slice], seed: int, width_px: int
) -> tuple[NDArray[np.int32], Floats]:
    """Return the match (H, W, 2) of each hidden pixel within ``box``, and its colour."""
    coded = np.ascontiguousarray(master.coded[box], np.float32)
    hidden = np.ascontiguousarray(layer.hidden[box], np.uint8)
    sources = np.ascontiguousarray(layer.sources[box], np.uint8)
    known = ((layer.alpha[box] > np.float32(SOLID)) & (hidden == 0)).astype(np.uint8)
    full_h, full_w = hidden.shape
    sky = layer.label == "sky"
    wide = width_px * SKY_SEARCH if sky else width_px
    scale = min(1.0, wide / master.usable.shape[1])
    h, w = (max(2 * P, int(n * scale + 0.5)) for n in (full_h, full_w))
    sheet = _sheet(coded, sources, h, w)
    if int(sheet.usable.sum()) < LEAST_SOURCES:
        raise InputError(
            f"{layer.label}: {int(hidden.sum())} pixels of it are hidden, and of what is seen "
            "too little may be copied to complete it",
            remedy="Paint out less of it, or draw the layer where more of it is seen.",
        )
    depth = _above_skyline(sheet.usable) if sky else _height(sheet.usable)
    unit = np.float32((SKY_GUIDE if sky else LAND_GUIDE) / (master.usable.shape[0] * scale))
    guide = np.ascontiguousarray(depth * unit)
    manner = SKY if sky else LAND
    field, shift = _matched(coded, known, hidden, sheet, guide, seed, manner)
    match = np.zeros((full_h, full_w, 2), np.int32)
    near_y, near_x = nearest(sources)
    copies = coded.copy()
    _carried(field, shift, hidden, sources, near_y, near_x, coded, match, copies)
    woven = copies + _correction(coded, known, hidden, sources, match, copies, sky=sky)
    return match, evened(woven, known, hidden) if sky else woven


def _sheet(coded: Floats, sources: Bytes, h: int, w: int) -> Sheet:
    share = sources.astype(np.float32)[..., None]
    small = shrink(np.ascontiguousarray(np.concatenate([coded * share, share], axis=2)), h, w)
    covered = small[..., 3]
    usable = (covered > np.float32(0.9)).astype(np.uint8)
    colour = small[..., :3] / np.maximum(covered, np.float32(1e-3))[..., None]
    return Sheet(
        reference=0,
        scale=1.0,
        mirrored=False,
        colour=np.ascontiguousarray(np.where(usable[..., None] > 0, colour, np.float32(0))),
        usable=usable,
        top=None,
        trusted=np.zeros(w, np.uint8),
        elevation_deg=None,
        label=np.full((h, w), ANY, np.uint8),
    )


def _height(usable: Bytes) -> Floats:
    """Return (H, W) rows, all alike below the row above which most of ``usable`` lies."""
    h, w = usable.shape
    counted = np.cumsum(usable.sum(axis=1, dtype=np.int64))
    lowest = int(np.searchsorted(counted, int(counted[-1] * LAND_DEEPEST)))
    rows = np.minimum(np.arange(h, dtype=np.float32), np.float32(lowest))
    result: Floats = np.repeat(rows[:, None], w, axis=1)
    return result


def _above_skyline(usable: Bytes) -> Floats:
    """Return (H, W) rows counted from the skyline, negative above it and 0 below."""
    h, w = usable.shape
    lowest = np.where(usable.any(axis=0), h - usable[::-1].argmax(axis=0), 0)
    reach = max(1, int(SKYLINE_SHARE * w))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(lowest, reach), 2 * reach + 1)
    line = blur(np.ascontiguousarray(windows.max(axis=1)[None, :], np.float32), reach // 2)
    rows = np.arange(h, dtype=np.float32)[:, None]
    result: Floats = np.minimum(rows - line, np.float32(0))
    return result


def _matched(
    coded: Floats,
    known: Bytes,
    hidden: Bytes,
    sheet: Sheet,
    guide: Floats,
    seed: int,
    manner: Manner,
) -> tuple[NDArray[np.int32], Floats]:
    h, w = sheet.usable.shape
    planes = [known.astype(np.float32)[..., None], hidden.astype(np.float32)[..., None]]
    small = shrink(np.ascontiguousarray(np.concatenate([coded * planes[0], *planes], 2)), h, w)
    unknown = (small[..., 4] > np.float32(0.01)).astype(np.uint8)
    seen = ((small[..., 3] > np.float32(0.5)) & (unknown == 0)).astype(np.uint8)
    colour = small[..., :3] / np.maximum(small[..., 3], np.float32(1e-3))[..., None]
    blank = np.full((h, w), NOWHERE, np.int32)
    scene = Scene(
        colour=np.ascontiguousarray(np.where(seen[..., None] > 0, colour, np.float32(0))),
        known=seen,
        unknown=unknown,
        allowed=np.full((h, w), 1 << ANY, np.uint8),
        guide=guide,
        sheet=blank,
        row=blank,
        column=blank,
    )
    found, shift, _ = synthesise(
        [sheet], [guide], scene, seed=seed, progress=lambda _: None, manner=manner
    )
    field = np.asarray(found, np.int32)
    inner = np.zeros_like(unknown)
    inner[R:-R, R:-R] = 1
    extend(field, inner, unknown)
    return field, shift


@njit(nogil=True, cache=True)
def _carried(
    field: Any,
    shift: Floats,
    hidden: Bytes,
    sources: Bytes,
    near_y: Any,
    near_x: Any,
    coded: Floats,
    match: Any,
    copies: Floats,
) -> None:
    """
    Set ``match`` (H, W, 2) and ``copies`` (H, W, 3) of each hidden pixel.

    ``field`` and ``shift`` lie on the smaller picture. No patch fits at its border, whose
    shifts are their neighbours'.
    """
    height, width = hidden.shape
    h, w = field.shape[:2]
    for y in range(height):
        ys = min((2 * y + 1) * h // (2 * height), h - 1)
        for x in range(width):
            if hidden[y, x] == 0:
                continue
            xs = min((2 * x + 1) * w // (2 * width), w - 1)
            sy = y + int(np.floor((field[ys, xs, 0] - ys) * height / h + 0.5))
            sx = x + int(np.floor((field[ys, xs, 1] - xs) * width / w + 0.5))
            sy, sx = min(max(sy, 0), height - 1), min(max(sx, 0), width - 1)
            if sources[sy, sx] == 0:
                sy, sx = near_y[sy, sx], near_x[sy, sx]
            match[y, x, 0], match[y, x, 1] = sy, sx
            ys, xs = min(max(ys, R), h - 1 - R), min(max(xs, R), w - 1 - R)
            for c in range(3):
                copies[y, x, c] = coded[sy, sx, c] + shift[ys, xs, c]


def _correction(
    coded: Floats,
    known: Bytes,
    hidden: Bytes,
    sources: Bytes,
    match: Any,
    copies: Floats,
    *,
    sky: bool,
) -> Floats:
    state = np.full(hidden.shape, composite.ABSENT, np.uint8)
    state[known > 0] = composite.KEPT
    state[hidden > 0] = composite.OPEN
    pull = SKY_ANCHOR if sky else composite.ANCHOR_FILLED
    anchor = np.full(hidden.shape, pull, np.float32)
    return composite.correction(
        coded, sources, composite.smoothness(coded), match, state, copies, anchor,
        shifted=sky, cycles=CYCLES,
    )  # fmt: skip
