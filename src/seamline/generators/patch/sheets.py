"""
Sheets and the atlas: references made ready to be copied from.

A sheet is one reference picture at the variation's scale, perhaps mirrored, with its
skyline, labels and guide. The atlas stacks the sheets of a variation above one
another, with an empty row between them, at any level of the pyramid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.resample import Bytes, Floats, blur, grow, rescale, shrink_usable
from seamline.generators.patch.search import R
from seamline.generators.patch.skyline import find_skyline
from seamline.ports import ReferencePicture

SKY, LAND, EDGE = 0, 1, 2
EDGE_PX = 4
GUIDE_HEIGHT = 1.0
"""Guide of one canvas height; squared, it stands beside squared differences of log values."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class Sheet:
    """
    One reference picture as it is copied from.

    Attributes:
        reference: Index into the references handed over.
        scale: Sheet pixels per reference pixel.
        mirrored: Left and right exchanged.
        colour: (H, W, 3) log encoding.
        usable: (H, W) 1 where it may be copied.
        top: (W,) rows of the skyline, or None without a sky.
        trusted: (W,) 1 where the skyline was seen, not guessed across unusable pixels.
        elevation_deg: (H, W) or None.
        label: (H, W) ``SKY``, ``LAND`` or ``EDGE``.
        alpha: (H, W) the edge of a card, or None for a whole picture.
        hidden: (H, W) 1 where a card was completed, or None.
        base_row: Row on which a card stands.
        barred: (H, W) 1 where no patch may be sought, or None; what is laid out may lie
            there.
        beyond: (3,) what ``complete`` puts where nothing may be copied; None where
            ``colour`` has it. Cards share their views' colours: a copy of all at 2K is 118 MB.
    """

    reference: int
    scale: float
    mirrored: bool
    colour: Floats
    usable: Bytes
    top: NDArray[np.int32] | None
    trusted: Bytes
    elevation_deg: Floats | None
    label: Bytes
    alpha: Floats | None = None
    hidden: Bytes | None = None
    base_row: float = 0.0
    barred: Bytes | None = None
    beyond: Floats | None = None

    @property
    def complete(self) -> Floats:
        """(H, W, 3) ``colour``, and ``beyond`` where nothing may be copied; made anew."""
        if self.beyond is None:
            return self.colour
        shown = np.where(self.usable[..., None] > 0, self.colour, self.beyond)
        return np.ascontiguousarray(shown, dtype=np.float32)

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.usable.shape[0])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.usable.shape[1])


def labels_of(top: NDArray[np.int32] | None, height: int, width: int) -> Bytes:
    """Return (H, W) labels for a skyline: sky above, land below, a band of edge between."""
    if top is None:
        return np.full((height, width), LAND, np.uint8)
    rows = np.arange(height, dtype=np.int32)[:, None]
    label = np.where(rows < top[None, :], SKY, LAND).astype(np.uint8)
    other_near = grow((label == SKY).astype(np.uint8), EDGE_PX) & grow(
        (label == LAND).astype(np.uint8), EDGE_PX
    )
    label[other_near > 0] = EDGE
    return label


def make_sheet(picture: ReferencePicture, index: int) -> Sheet:
    """Return ``picture`` as a sheet as it is: scale 1, not mirrored."""
    usable = np.ascontiguousarray(picture.usable, dtype=np.uint8)
    colour = np.where(usable[..., None] > 0, picture.colour, np.float32(0)).astype(np.float32)
    colour = np.ascontiguousarray(colour)
    if picture.all_sky:
        top = np.full(usable.shape[1], usable.shape[0], np.int32)
    else:
        top = find_skyline(colour, usable)
    return Sheet(
        reference=index,
        scale=1.0,
        mirrored=False,
        colour=colour,
        usable=usable,
        top=top,
        trusted=_trusted(top, usable),
        elevation_deg=picture.elevation_deg,
        label=labels_of(top, *usable.shape),
    )


def turned(sheet: Sheet, scale: float, *, mirrored: bool) -> Sheet:
    """Return a sheet made by ``make_sheet`` at ``scale``, perhaps mirrored, skyline and all."""
    if scale == 1.0 and not mirrored:
        if sheet.beyond is None:
            return sheet
        return replace(sheet, colour=sheet.complete, beyond=None)
    colour, usable = rescale(sheet.complete, sheet.usable, scale, mirrored)
    height, width = usable.shape
    at = columns_of(sheet.width, width, scale, mirrored=mirrored)
    top = None
    if sheet.top is not None:
        top = np.clip(np.floor(sheet.top[at] * scale + 0.5), 0, height).astype(np.int32)
    elevation = sheet.elevation_deg
    if elevation is not None:
        rows = np.minimum(
            ((np.arange(height) + 0.5) / scale).astype(np.int64), sheet.height - 1
        )
        elevation = np.ascontiguousarray(elevation[rows][:, at])
    alpha, hidden = _turned_card(sheet, scale, mirrored=mirrored)
    return Sheet(
        reference=sheet.reference,
        scale=scale,
        mirrored=mirrored,
        colour=colour,
        usable=usable,
        top=top,
        trusted=np.ascontiguousarray(sheet.trusted[at]),
        elevation_deg=elevation,
        label=labels_of(top, height, width),
        alpha=alpha,
        hidden=hidden,
        base_row=sheet.base_row * scale,
    )


def _turned_card(
    sheet: Sheet, scale: float, *, mirrored: bool
) -> tuple[Floats | None, Bytes | None]:
    """Return alpha and hidden of a card at ``scale``; None of a whole picture."""
    if sheet.alpha is None or sheet.hidden is None:
        return None, None
    planes = np.stack([sheet.alpha, sheet.hidden, np.zeros_like(sheet.alpha)], axis=-1)
    packed, _ = rescale(np.ascontiguousarray(planes, np.float32), sheet.usable, scale, mirrored)
    alpha = np.ascontiguousarray(packed[..., 0])
    return alpha, (packed[..., 1] > np.float32(0.5)).astype(np.uint8)


def columns_of(full: int, width: int, scale: float, *, mirrored: bool) -> NDArray[np.int64]:
    """Return (``width``,) for each column of a turned sheet the column it came from."""
    at = np.minimum(((np.arange(width) + 0.5) / scale).astype(np.int64), full - 1)
    return full - 1 - at if mirrored else at


def _trusted(top: NDArray[np.int32] | None, usable: Bytes) -> Bytes:
    height, width = usable.shape
    if top is None:
        return np.zeros(width, np.uint8)
    solid = 1 - grow((1 - usable).astype(np.uint8), 3)
    at = np.clip(top, 0, height - 1)
    columns = np.arange(width)
    under, above = np.minimum(at + 6, height - 1), np.maximum(at - 6, 0)
    seen = solid[at, columns] & solid[under, columns] & solid[above, columns]
    result: Bytes = (seen & (top > 2) & (top < height - 2)).astype(np.uint8)
    return result


def soft_top(top: NDArray[np.int32]) -> Floats:
    """Return the skyline (W,) smoothed over 81 columns: what height and depth are told from."""
    line = top.astype(np.float32)[None, :]
    result: Floats = blur(np.ascontiguousarray(line), 40)[0]
    return result


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Atlas:
    """
    Sheets stacked at one level of the pyramid.

    Attributes:
        colour: (A, B, 3).
        pixel: (A, B) 1 where a pixel may be copied.
        centre: (A, B) 1 where a whole patch may be copied.
        label: (A, B); guide: (A, B, G).
        base: (K,) first row of each sheet; size: (K, 2) rows and columns of each.
        owner: (A,) sheet of each row, -1 between sheets.
    """

    colour: Floats
    pixel: Bytes
    centre: Bytes
    label: Bytes
    guide: Floats
    base: NDArray[np.int32]
    size: NDArray[np.int32]
    owner: NDArray[np.int32]


def make_atlas(sheets: Sequence[Sheet], guides: Sequence[Floats], factor: float) -> Atlas:
    """
    Return the atlas of ``sheets`` at ``factor`` of full size.

    ``guides`` are (H, W) or (H, W, G) each, as many for every sheet.
    """
    guides = [g if g.ndim == 3 else g[..., None] for g in guides]
    sizes = [
        (max(1, int(s.height * factor + 0.5)), max(1, int(s.width * factor + 0.5)))
        for s in sheets
    ]
    rows, columns = sum(h + 1 for h, _ in sizes), max(w for _, w in sizes)
    colour = np.zeros((rows, columns, 3), np.float32)
    pixel = np.zeros((rows, columns), np.uint8)
    centre = np.zeros((rows, columns), np.uint8)
    label = np.zeros((rows, columns), np.uint8)
    guide = np.zeros((rows, columns, guides[0].shape[2]), np.float32)
    owner = np.full(rows, -1, np.int32)
    base, at = [], 0
    for k, (sheet, own, (h, w)) in enumerate(zip(sheets, guides, sizes, strict=True)):
        small, good = _shrunk(sheet, h, w)
        ys = np.minimum((np.arange(h) * 2 + 1) * sheet.height // (2 * h), sheet.height - 1)
        xs = np.minimum((np.arange(w) * 2 + 1) * sheet.width // (2 * w), sheet.width - 1)
        rows_here = slice(at, at + h)
        colour[rows_here, :w], pixel[rows_here, :w] = small, good
        inner = 1 - grow((1 - good).astype(np.uint8), R)
        inner[:R], inner[h - R :], inner[:, :R], inner[:, w - R :] = 0, 0, 0, 0
        if sheet.barred is not None:
            inner[sheet.barred[ys][:, xs] > 0] = 0
        centre[rows_here, :w] = inner
        label[rows_here, :w] = sheet.label[ys][:, xs]
        guide[rows_here, :w] = own[ys][:, xs]
        owner[rows_here] = k
        base.append(at)
        at += h + 1
    return Atlas(
        colour=colour,
        pixel=pixel,
        centre=centre,
        label=label,
        guide=guide,
        base=np.array(base, np.int32),
        size=np.array(sizes, np.int32),
        owner=owner,
    )


_smaller: WeakKeyDictionary[Sheet, dict[tuple[int, int], tuple[Floats, Bytes]]] = (
    WeakKeyDictionary()
)
"""Sheets made smaller, as long as they are used: all variations read the same ones."""


def _shrunk(sheet: Sheet, h: int, w: int) -> tuple[Floats, Bytes]:
    """Return colour and what may be copied of ``sheet`` at (h, w); not to be written to."""
    if (h, w) == sheet.usable.shape:
        return sheet.colour, sheet.usable
    made = _smaller.setdefault(sheet, {})
    if (h, w) not in made:
        made[h, w] = _made_smaller(sheet, h, w)
    return made[h, w]


def _made_smaller(sheet: Sheet, h: int, w: int) -> tuple[Floats, Bytes]:
    small = shrink_usable(sheet.colour, sheet.usable, h, w)
    covered = small[..., 3]
    good = (covered > np.float32(0.9)).astype(np.uint8)
    colour = small[..., :3] / np.maximum(covered, np.float32(1e-3))[..., None]
    return np.ascontiguousarray(colour), good
