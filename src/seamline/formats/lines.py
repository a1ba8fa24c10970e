"""
Lines: what an artist draws over a reference to say what is what.

SVG, the way Inkscape, Illustrator or a text editor write it; its ``viewBox`` is laid over
the whole reference, whatever its size:

- an open ``polyline`` or ``path`` with a label is the upper edge of that layer: what lies
  below it, and is no nearer layer, belongs to it; above every line is sky;
- a closed outline (``polygon``, a ``path`` with z) is an area of that layer;
- ``keep-out`` is never copied from, ``landmark`` is never used to complete anything,
  ``veil`` (blown sand, smoke) is before the sky and no part of it, and
  the mean row of a ``horizon`` is the horizon's.

The label is the beginning of the element's ``inkscape:label``, ``class`` or ``id``, or of
a group's around it: ``forest``, ``forest-left`` and ``Forest 2`` are all forest; ``not-...``
is ``keep-out``. A stroke that is no hairline is taken at its word: the true edge lies under
it. Beside a hairline it is looked for within the usual band.

Scribbles are areas that surely are something: a PNG with a transparent background and one
colour per label (``COLOURS``), or an EXR with one channel per label.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from seamline.errors import FormatError, InputError
from seamline.formats.decoder import decoders
from seamline.formats.paths import Affine, Points, parse_transform, path_points, point_list
from seamline.formats.reader import believed, readers
from seamline.isolation.regular import content_of
from seamline.isolation.walls import PREFERRED
from seamline.pixels.cards import Drawing, Stroke
from seamline.pixels.picture import Picture, as_float
from seamline.show.card import LABELS, REMARKS
from seamline.show.record import from_record

MOST_BYTES = 1 << 25
"""Of an SVG; a reference embedded for drawing over is a few megabytes."""
MOST_POINTS = 200_000
HAIRLINE_SHARE = 0.005
"""A stroke thinner than this, of the height, says nothing of where the edge may lie."""
COLOURS: dict[str, tuple[int, int, int]] = {
    "sky": (0, 0, 255),
    "far": (255, 0, 255),
    "near": (128, 0, 255),
    "forest": (0, 128, 0),
    "foliage": (0, 255, 0),
    "buildings": (255, 255, 0),
    "water": (0, 255, 255),
    "ground": (255, 128, 0),
    "keep-out": (255, 0, 0),
    "landmark": (128, 64, 0),
    "veil": (128, 128, 128),
}
"""Colours of scribbles in a PNG, 8-bit codes."""
NEAR_CODES = 8
"""A scribble's colour may be off by so many of 255 codes; its soft rim does not count."""
_WORDS = (*LABELS, *REMARKS)
_DRAWN = ("polyline", "polygon", "path", "line")
_SKIPPED = (
    "defs", "metadata", "namedview", "image", "text", "title", "desc", "style", "clipPath",
    "mask", "symbol", "pattern", "script",
)  # fmt: skip
_INKSCAPE_LABEL = "{http://www.inkscape.org/namespaces/inkscape}label"
_STROKE = re.compile(r"(?:^|;)\s*stroke-width\s*:\s*([^;]+)")
_HIDDEN = re.compile(r"(?:^|;)\s*display\s*:\s*none")
_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(px|%|[a-z]*)\s*")
_REMEDY = (
    "Give each line a label (inkscape:label, class or id): " + ", ".join(_WORDS) + "; see "
    "docs/how-to/cut-a-reference-into-cards.md."
)


def read_drawing(
    path: str, width_px: int, height_px: int, *, isolation: str = PREFERRED
) -> Drawing:
    """
    Return the drawing at ``path``, scaled to a picture of ``width_px`` x ``height_px``.

    Raises:
        InputError: There is no such file, or it cannot be opened.
        FormatError: It is no drawing, or something in it has no label; the sentence says
            which.
    """
    if path.lower().endswith((".png", ".exr")):
        return _scribbles(path, decoders(isolation).read(path), width_px, height_px)
    asked = {"width_px": width_px, "height_px": height_px}
    found = readers(isolation).read("drawing", _content(path), where=path, asked=asked)
    strokes = found.get("strokes") if isinstance(found, dict) else None
    made: Drawing = believed(
        path,
        lambda: Drawing(strokes=tuple(from_record(Stroke, one) for one in strokes or ())),
        FormatError,
    )
    return made


def parse_strokes(content: bytes, path: str, width_px: int, height_px: int) -> Drawing:
    """
    Return the drawing in the SVG ``content``; see ``read_drawing``.

    Raises:
        FormatError: It is no drawing, or something in it has no label.
    """
    return _strokes(path, _text(path, content), width_px, height_px)


def _content(path: str) -> bytes:
    try:
        return content_of(path, MOST_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"{path}: the lines cannot be opened ({error.strerror})", remedy="Check the name."
        ) from error


def _text(path: str, content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise _wrong(path, f"it is larger than {MOST_BYTES >> 20} MB", "Link the photograph.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong(
            path, f"byte {error.start} is no UTF-8", "Save it as plain SVG."
        ) from error
    # What may be declared there (entities within entities, other files) is never needed.
    if re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise _wrong(path, "it declares a DOCTYPE or entities", "Save it as plain SVG.")
    return text


def _strokes(path: str, text: str, width_px: int, height_px: int) -> Drawing:
    try:
        root = ET.fromstring(text)
    except (ET.ParseError, ValueError) as error:
        raise _wrong(path, f"it is no SVG ({error})", "Save it as plain SVG.") from error
    if _name(root) != "svg":
        raise _wrong(path, f"its root is <{_name(root)}>", "Save it as plain SVG.")
    onto = _onto(path, root, width_px, height_px)
    found: list[Stroke] = []
    for element, label, transform, width in _elements(path, root):
        place = f"{_name(element)} {element.get('id', '')!r}"
        band = width / 2 * transform.size * onto.size
        band = band if 2 * band >= HAIRLINE_SHARE * height_px else 0.0
        for points, closed in _outlines(path, element, place):
            moved = tuple(onto.of(*transform.of(*point)) for point in points)
            found.append(_stroke(path, place, label, moved, closed=closed, band_px=band))
    if not any(s.label in LABELS for s in found):
        raise _wrong(path, "no line in it has a layer's label", _REMEDY)
    return Drawing(strokes=tuple(found))


def _stroke(
    path: str, place: str, label: str, points: Points, *, closed: bool, band_px: float
) -> Stroke:
    for x, y in points:
        if not (math.isfinite(x) and math.isfinite(y) and max(abs(x), abs(y)) < 1e7):
            raise _wrong(path, f"{place} leaves the picture", "Draw it again.")
    if len(points) < (3 if closed else 2):
        raise _wrong(path, f"{place} has {len(points)} points", "Draw it again, or remove it.")
    if label in ("keep-out", "landmark", "veil") and not closed:
        raise _wrong(path, f"{place} is a {label}, which is an area, and open", "Close it.")
    if label == "sky" and not closed:
        raise _wrong(
            path, f"{place} is an open line of the sky, which has no upper edge",
            "Draw the upper edge of what stands before the sky, and call it far.",
        )  # fmt: skip
    return Stroke(label=label, points=points, closed=closed, band_px=band_px)


def _elements(path: str, root: ET.Element) -> Iterator[tuple[ET.Element, str, Affine, float]]:
    """Yield every drawn element: its label, where it is moved to, its stroke's width."""
    # A list of what is left to visit, not a recursion: foreign files nest as deep as they like.
    left: list[tuple[ET.Element, str, Affine, float]] = [(root, "", Affine(), 0.0)]
    points = 0
    while left:
        element, label, above, width = left.pop()
        name = _name(element)
        if name in _SKIPPED or _is_hidden(element):
            continue
        label, width = _label(element) or label, _stroke_width(element) or width
        try:
            transform = above.then(parse_transform(element.get("transform", "")))
        except ValueError as error:
            raise _wrong(
                path, f"{name} {element.get('id', '')!r}: {error}", _FLATTEN
            ) from error
        if name in _DRAWN:
            points += len(element.get("points", "")) + len(element.get("d", ""))
            if points > 16 * MOST_POINTS:
                raise _wrong(path, f"it has more than {MOST_POINTS} points", "Simplify it.")
            if not label:
                said = f"{name} {element.get('id', '')!r} has no label"
                raise _wrong(path, said, _REMEDY)
            yield element, label, transform, width
        elif label and name in ("rect", "circle", "ellipse"):
            raise _wrong(path, f"{name} {element.get('id', '')!r} is no path", _FLATTEN)
        left.extend((child, label, transform, width) for child in reversed(element))


_FLATTEN = "In Inkscape: Path > Object to Path, ungroup, and save as plain SVG."


def _outlines(path: str, element: ET.Element, place: str) -> list[tuple[Points, bool]]:
    try:
        if _name(element) == "path":
            return path_points(element.get("d", ""))
        if _name(element) == "line":
            ends = " ".join(element.get(k, "0") for k in ("x1", "y1", "x2", "y2"))
            return [(point_list(ends), False)]
        return [(point_list(element.get("points", "")), _name(element) == "polygon")]
    except ValueError as error:
        raise _wrong(path, f"{place}: {error}", _FLATTEN) from error


def _onto(path: str, root: ET.Element, width_px: int, height_px: int) -> Affine:
    """Return what lays the drawing's own coordinates over the picture."""
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    try:
        if len(box) == 4:
            left, top, width, height = (float(v) for v in box)
        else:
            left, top = 0.0, 0.0
            width, height = (_length(root.get(k, "")) for k in ("width", "height"))
    except ValueError as error:
        raise _wrong(path, f"its viewBox is {root.get('viewBox')!r}", _PAGE) from error
    good = all(math.isfinite(v) for v in (left, top, width, height))
    if not (good and width > 0 and height > 0):
        raise _wrong(path, "it says no size (viewBox, or width and height)", _PAGE)
    if abs(width / height * height_px / width_px - 1) > 0.02:
        raise _wrong(
            path,
            f"its page is {width:g} x {height:g}, of another shape than the reference "
            f"({width_px} x {height_px})",
            _PAGE,
        )
    x, y = width_px / width, height_px / height
    return Affine(a=x, d=y, e=-left * x, f=-top * y)


_PAGE = "Make the page as large as the reference: in Inkscape, Edit > Resize Page to Selection."


def _length(said: str) -> float:
    found = _NUMBER.fullmatch(said)
    if not found or found[2] not in ("", "px"):
        return 0.0
    return float(found[1])


def _stroke_width(element: ET.Element) -> float:
    """Width of the stroke, in the element's own units; 0 where it is not said in numbers."""
    styled = _STROKE.search(element.get("style", ""))
    width = _length(styled[1] if styled else element.get("stroke-width", ""))
    return width if 0 < width < 1e6 else 0.0


def _is_hidden(element: ET.Element) -> bool:
    styled = bool(_HIDDEN.search(element.get("style", "")))
    return styled or element.get("display") == "none"


def _name(element: ET.Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1] if isinstance(element.tag, str) else "comment"


def _label(element: ET.Element) -> str:
    for said in (element.get(_INKSCAPE_LABEL), element.get("class"), element.get("id")):
        found = label_of(said or "")
        if found:
            return found
    return ""


def label_of(said: str) -> str:
    """Return the label or remark that ``said`` begins with; empty if it begins with none."""
    word = said.strip().lower().replace("_", "-")
    for known in _WORDS:
        if re.match(rf"{known}(?![a-z])", word):
            return known
    return "keep-out" if re.match(r"(not|keepout)(?![a-z])", word) else ""


# -- scribbles --------------------------------------------------------------


def _scribbles(path: str, picture: Picture, width_px: int, height_px: int) -> Drawing:
    _, _, width, height = picture.data_window
    if abs(width / height * height_px / width_px - 1) > 0.02:
        raise _wrong(
            path,
            f"it is {width} x {height}, of another shape than the reference "
            f"({width_px} x {height_px})",
            "Scribble on a picture of the reference's own shape.",
        )
    named = path.lower().endswith(".exr")
    found = _by_channel(picture) if named else _by_colour(path, picture)
    rows = np.minimum((np.arange(height_px) * 2 + 1) * height // (2 * height_px), height - 1)
    columns = np.minimum((np.arange(width_px) * 2 + 1) * width // (2 * width_px), width - 1)
    laid = {n: np.ascontiguousarray(m[rows][:, columns]) for n, m in found.items() if m.any()}
    if not any(name in LABELS for name in laid):
        raise _wrong(
            path,
            "nothing in it is "
            + ("called like a label" if named else "painted in the colour of a label"),
            "Name the channels, or paint in the colours, of "
            "docs/how-to/cut-a-reference-into-cards.md.",
        )
    return Drawing(scribbles=laid)


_Areas = Mapping[str, NDArray[np.bool_]]


def _by_channel(picture: Picture) -> _Areas:
    found: dict[str, NDArray[np.bool_]] = {}
    for name, plane in picture.channels.items():
        label = label_of(name.split(".")[0])
        if label:
            mask = as_float(plane) > 0.5
            found[label] = found[label] | mask if label in found else mask
    return found


def _by_colour(path: str, picture: Picture) -> _Areas:
    if "A" not in picture.channels or "R" not in picture.channels:
        raise _wrong(
            path, "it has no transparent background",
            "Scribble on an empty layer, and export that layer alone as RGBA.",
        )  # fmt: skip
    rgb = picture.rgb() * np.float32(255)
    painted = as_float(picture.channels["A"]) > 0.5
    found = {}
    for label, colour in COLOURS.items():
        apart = np.abs(rgb - np.array(colour, np.float32)).max(axis=-1)
        found[label] = painted & (apart <= NEAR_CODES)
    return found


def _wrong(path: str, says: str, remedy: str) -> FormatError:
    return FormatError(f"{path} is no drawing of cards: {says}", remedy=remedy)
