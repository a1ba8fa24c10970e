"""What every page that leaves the show is made with: escaped text, pictures inside the file."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from importlib.resources import files

from seamline.formats.contact import display_bytes
from seamline.pixels.picture import Image

JPEG_QUALITY = 88
VERDICTS = {
    "fail": ("fail", "✕"),
    "not comparable": ("apart", "≈"),
    "not checked": ("open", "○"),
    "pass": ("pass", "✓"),
}
"""By verdict, worst first: the style it is shown in, and its mark."""


def text(value: object) -> str:
    """Return ``value`` as HTML text, quotes escaped too."""
    return escape(str(value), quote=True)


def data_uri(rgb: Image, *, quality: int = JPEG_QUALITY) -> str:
    """Return (H, W, 3) display-coded 0 to 1 as a JPEG that stands in the page itself."""
    coded = io.BytesIO()
    display_bytes(rgb).save(coded, format="JPEG", quality=quality, subsampling=0)
    return "data:image/jpeg;base64," + base64.b64encode(coded.getvalue()).decode()


def resource(name: str) -> str:
    """Return the text of a style or script that lies beside this module."""
    return (files("seamline.formats") / name).read_text(encoding="utf-8")


def lines(said: Sequence[str], empty: str, *, kind: str = "") -> str:
    """Return a list of lines, or the paragraph ``empty`` where there are none."""
    if not said:
        return f"<p>{text(empty)}</p>" if empty else ""
    listed = "".join(f"<li>{text(line)}</li>" for line in said)
    return f'<ul class="{kind}">{listed}</ul>'
