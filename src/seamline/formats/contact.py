"""
Contact sheets: many pictures on one page, each with its name and a few words, as PNG.

The surround is dark and neutral so that it does not colour what is judged on it.
The sheet is for looking at: display-coded, 8 bit, never a source of pixels. The
same tiles give the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from seamline.pixels.picture import Image
from seamline.ports import Tile

TILE_WIDTH_PX = 480
_MARGIN, _GAP, _RULE = 36, 24, 1
_TITLE_PX, _NAME_PX, _LINE_PX = 30, 20, 16
_SURROUND = (38, 38, 38)  # neutral and well below mid-grey, so that pictures glow on it
_PAPER = (52, 52, 52)
_BRIGHT, _WORDS, _FAILED = (236, 236, 236), (176, 176, 176), (240, 153, 141)


def contact_sheet(
    tiles: Sequence[Tile], *, title: str, columns: int, tile_px: int = TILE_WIDTH_PX
) -> bytes:
    """
    Return a PNG with ``tiles`` in ``columns``, in reading order.

    Args:
        tiles: Pictures (H, W, 3) float32, display-coded 0 to 1, any sizes; titles
            and lines are shortened where they do not fit.
        title: Stands on top of the sheet.
        columns: How many tiles stand side by side, at least 1.
        tile_px: Width of each picture.
    """
    columns = max(1, min(columns, len(tiles) or 1))
    shown = [_thumbnail(tile.rgb, tile_px) for tile in tiles]
    rows = [range(n, min(n + columns, len(tiles))) for n in range(0, len(tiles), columns)]
    heights = [max(_tile_height(tiles[n], shown[n]) for n in row) for row in rows]
    width = 2 * _MARGIN + columns * tile_px + (columns - 1) * _GAP
    top = _MARGIN + _TITLE_PX + _GAP
    height = top + sum(heights) + _GAP * max(0, len(rows) - 1) + _MARGIN
    sheet = Pillow.new("RGB", (width, height), _SURROUND)
    pen = ImageDraw.Draw(sheet)
    _write(pen, (_MARGIN, _MARGIN - 6), title, _TITLE_PX, _BRIGHT, width - 2 * _MARGIN)
    for row, row_height in zip(rows, heights, strict=True):
        for column, n in enumerate(row):
            left = _MARGIN + column * (tile_px + _GAP)
            _place(sheet, pen, tiles[n], shown[n], left, top, row_height)
        top += row_height + _GAP
    written = io.BytesIO()
    sheet.save(written, format="PNG", compress_level=6)
    return written.getvalue()


def display_bytes(rgb: Image) -> Pillow.Image:
    """Return (H, W, 3) display-coded 0..1 as an 8-bit picture for looking at; NaN is black."""
    codes = np.clip(np.nan_to_num(rgb, nan=0.0), 0.0, 1.0) * np.float32(255) + np.float32(0.5)
    return Pillow.fromarray(np.ascontiguousarray(codes.astype(np.uint8)))


def _thumbnail(rgb: Image, width: int) -> Pillow.Image:
    picture = display_bytes(rgb)
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), Pillow.Resampling.LANCZOS)


def _tile_height(tile: Tile, shown: Pillow.Image) -> int:
    return shown.height + 12 + _NAME_PX + 8 + len(tile.lines) * (_LINE_PX + 6) + 12


def _place(
    sheet: Pillow.Image,
    pen: ImageDraw.ImageDraw,
    tile: Tile,
    shown: Pillow.Image,
    left: int,
    top: int,
    height: int,
) -> None:
    pen.rectangle((left, top, left + shown.width - 1, top + height - 1), fill=_PAPER)
    sheet.paste(shown, (left, top))
    y, room = top + shown.height + 10, shown.width - 28
    _write(pen, (left + 14, y), tile.title, _NAME_PX, _BRIGHT, room)
    y += _NAME_PX + 10
    for line in tile.lines:
        colour = _FAILED if "FAIL" in line else _WORDS
        _write(pen, (left + 14, y), line, _LINE_PX, colour, room)
        y += _LINE_PX + 6


def _write(
    pen: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    size: int,
    colour: tuple[int, int, int],
    room: int,
) -> None:
    font = ImageFont.load_default(size)
    shown = text
    while shown and pen.textlength(shown, font=font) > room:
        shown = shown.removesuffix("...")[:-1].rstrip() + "..."
        if shown == "...":
            break
    pen.text(place, shown, font=font, fill=colour)
