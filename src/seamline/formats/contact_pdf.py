"""
Contact sheets as PDF: so many pictures a page, and words that can be searched and copied.

What a printed sheet is asked at a table: which show, which shot, which version, seen through
which view. So these stand on every page, and in the document's own properties. Landscape A4;
pictures as they are seen, 8 bit, losslessly. The same tiles give the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import reportlab
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from seamline.formats.contact import display_bytes
from seamline.ports import Tile

PER_PAGE = (3, 2)
"""Pictures across and down."""
_WIDTH, _HEIGHT = landscape(A4)
_MARGIN, _GAP, _HEAD, _FOOT = 30.0, 14.0, 40.0, 22.0  # points, 1/72 inch
_SURROUND, _PAPER = 38 / 255, 52 / 255  # as on the PNG: dark and neutral
_BRIGHT, _WORDS, _FAILED = (0.93, 0.93, 0.93), (0.69, 0.69, 0.69), (0.94, 0.60, 0.55)
_FONT, _BOLD = "Vera", "VeraBd"  # come with the library; what they lack is a box
_NOT_A_REFERENCE = "For looking at; no calibrated reference. Nothing is made from this sheet."


def contact_pdf(
    tiles: Sequence[Tile], *, title: str, about: str, per_page: tuple[int, int] = PER_PAGE
) -> bytes:
    """
    Return a PDF with ``tiles`` in reading order.

    Args:
        tiles: Pictures (H, W, 3) float32, display-coded 0 to 1, any sizes.
        title: Stands on top of every page: show and shot.
        about: Stands below it: frames, and the view by name.
        per_page: How many pictures stand across and down.
    """
    across, down = per_page
    _fonts()
    written = io.BytesIO()
    # Invariant: no date and no random id, so that the same sheet is the same file.
    pdf = Canvas(written, pagesize=(_WIDTH, _HEIGHT), invariant=1, pageCompression=1)
    pdf.setTitle(title)
    pdf.setSubject(about)
    pdf.setCreator("seamline")
    pdf.setKeywords([tile.title for tile in tiles])
    each = across * down
    pages = [tiles[n : n + each] for n in range(0, len(tiles), each)] or [()]
    for number, shown in enumerate(pages, 1):
        _page(pdf, shown, (across, down), title, about, f"page {number} of {len(pages)}")
        pdf.showPage()
    pdf.save()
    return written.getvalue()


def _fonts() -> None:
    folder = Path(reportlab.__file__).parent / "fonts"
    for name in (_FONT, _BOLD):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))


def _page(
    pdf: Canvas,
    tiles: Sequence[Tile],
    per_page: tuple[int, int],
    title: str,
    about: str,
    number: str,
) -> None:
    pdf.setFillGray(_SURROUND)
    pdf.rect(0, 0, _WIDTH, _HEIGHT, stroke=0, fill=1)
    room = _WIDTH - 2 * _MARGIN
    _write(pdf, _BOLD, 15, _BRIGHT, _MARGIN, _HEIGHT - _MARGIN - 8, title, room)
    _write(pdf, _FONT, 9, _WORDS, _MARGIN, _HEIGHT - _MARGIN - 24, about, room)
    _write(pdf, _FONT, 7.5, _WORDS, _MARGIN, _MARGIN - 12, _NOT_A_REFERENCE, room - 90)
    pdf.drawRightString(_WIDTH - _MARGIN, _MARGIN - 12, number)
    across, down = per_page
    wide = (room - _GAP * (across - 1)) / across
    tall = (_HEIGHT - 2 * _MARGIN - _HEAD - _FOOT / 2 - _GAP * (down - 1)) / down
    for place, tile in enumerate(tiles):
        left = _MARGIN + (place % across) * (wide + _GAP)
        top = _HEIGHT - _MARGIN - _HEAD - (place // across) * (tall + _GAP)
        _tile(pdf, tile, left, top, wide, tall)


def _tile(pdf: Canvas, tile: Tile, left: float, top: float, wide: float, tall: float) -> None:
    pdf.setFillGray(_PAPER)
    pdf.rect(left, top - tall, wide, tall, stroke=0, fill=1)
    height, width, _ = tile.rgb.shape
    words = 22 + 11 * len(tile.lines)
    scale = min(wide / width, max(1.0, tall - words) / height)
    shown = (width * scale, height * scale)
    picture = ImageReader(display_bytes(tile.rgb))
    pdf.drawImage(picture, left + (wide - shown[0]) / 2, top - shown[1], *shown)
    y, room = top - shown[1] - 14, wide - 16
    _write(pdf, _BOLD, 9.5, _BRIGHT, left + 8, y, tile.title, room)
    for line in tile.lines:
        y -= 11
        colour = _FAILED if "FAIL" in line else _WORDS
        _write(pdf, _FONT, 7.5, colour, left + 8, y, line, room)


def _write(
    pdf: Canvas,
    font: str,
    size: float,
    colour: tuple[float, float, float],
    left: float,
    y: float,
    text: str,
    room: float,
) -> None:
    shown = text
    while shown and pdfmetrics.stringWidth(shown, font, size) > room:
        shown = shown.removesuffix("...")[:-1].rstrip() + "..."
        if shown == "...":
            break
    pdf.setFillColorRGB(*colour)
    pdf.setFont(font, size)
    pdf.drawString(left, y, shown)
