"""
What is written on a movie for review: a slate before it, and a line on every frame.

Drawn with Pillow's own font, in display code, on the picture that is shown: never on one
that is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from seamline.pixels.picture import Image

SURROUND = 0.15
"""Display code of a slate's ground: dark and neutral."""
_BEHIND = 0.65
"""How much darker a picture is behind what is written on it."""
GREYS = 11


def burnt_in(rgb: Image, corners: Sequence[str]) -> Image:
    """
    Return ``rgb`` with words in its corners.

    Args:
        rgb: (H, W, 3) float32, display-coded 0 to 1. Left as it is.
        corners: Up to four: upper left, upper right, lower left, lower right. What has no
            room is shortened.
    """
    height, width, _ = rgb.shape
    size = max(9, round(height / 40))
    edge, pad = max(2, size // 2), max(1, size // 4)
    written = Pillow.new("L", (width, height))
    behind = Pillow.new("L", (width, height))
    pen, box = ImageDraw.Draw(written), ImageDraw.Draw(behind)
    font = ImageFont.load_default(size)
    for place, words in enumerate(corners):
        shown = _fitting(pen, words, font, width // 2 - 2 * edge - pad)
        if not shown:
            continue
        reach = round(pen.textlength(shown, font=font))
        x = edge + pad if place % 2 == 0 else width - edge - pad - reach
        y = edge + pad if place < 2 else height - edge - pad - round(1.3 * size)
        box.rectangle((x - pad, y - pad, x + reach + pad, y + round(1.3 * size)), fill=255)
        pen.text((x, y), shown, font=font, fill=255)
    return _over(rgb, _share(behind), _share(written))


def slate(
    size: tuple[int, int], title: str, lines: Sequence[tuple[str, str]], *, warning: str = ""
) -> Image:
    """
    Return a slate, (H, W, 3) float32, display-coded 0 to 1.

    Args:
        size: Width and height, pixels.
        title: Stands on top, large.
        lines: What each is called, and what it is.
        warning: Stands below the title, where there is one.
    """
    width, height = size
    page = Pillow.new("L", (width, height))
    pen = ImageDraw.Draw(page)
    margin, row = round(width / 16), max(8, round(height * 0.72 / (len(lines) + 2)))
    row = min(row, max(8, round(height / 20)))
    large, small = (ImageFont.load_default(max(9, round(row * k))) for k in (1.3, 0.72))
    room = width - 2 * margin
    y = round(height / 12)
    pen.text((margin, y), _fitting(pen, title, large, room), font=large, fill=245)
    y += round(1.8 * row)
    if warning:
        pen.text((margin, y), _fitting(pen, warning, small, room), font=small, fill=245)
        y += round(1.4 * row)
    column = margin + round(room * 0.22)
    for name, words in lines:
        pen.text((margin, y), name, font=small, fill=150)
        shown = _fitting(pen, words, small, width - margin - column)
        pen.text((column, y), shown, font=small, fill=225)
        y += row
    ground = np.full((height, width, 3), SURROUND, np.float32)
    drawn = _over(ground, np.zeros((height, width, 1), np.float32), _share(page))
    return _with_greys(drawn, margin)


def _with_greys(page: Image, margin: int) -> Image:
    """Return ``page`` with a row of greys from 0 to 1 along its foot."""
    height, width, _ = page.shape
    top, end = height - round(height / 9), height - round(height / 24)
    edges = np.linspace(margin, width - margin, GREYS + 1).round().astype(int)
    for step in range(GREYS):
        page[top:end, edges[step] : edges[step + 1]] = step / (GREYS - 1)
    return page


def _over(rgb: Image, behind: NDArray[np.float32], written: NDArray[np.float32]) -> Image:
    darker = rgb * (1 - np.float32(_BEHIND) * behind)
    made: Image = (darker * (1 - written) + written).astype(np.float32)
    return made


def _share(mask: Pillow.Image) -> NDArray[np.float32]:
    return (np.asarray(mask, np.float32) / np.float32(255))[..., None]


def _fitting(
    pen: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    room: int,
) -> str:  # fmt: skip
    shown = " ".join(text.split())
    while shown and pen.textlength(shown, font=font) > room:
        shown = shown.removesuffix("...")[:-1].rstrip() + "..."
        if shown == "...":
            return ""
    return shown
