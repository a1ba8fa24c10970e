"""
Polygon files: a region as points, in display-window pixels from the top left.

A JSON list of ``[x, y]`` pairs, or one point per line as ``x,y`` or ``x y``.
Lines that begin with # and empty lines do not count.
"""

from __future__ import annotations

import json
import math
import re

from seamline.errors import FormatError, InputError
from seamline.formats.reader import believed, readers
from seamline.isolation.regular import content_of
from seamline.isolation.walls import PREFERRED

Points = tuple[tuple[float, float], ...]

_MOST_BYTES = 1 << 24
_LARGEST_PX = 1e6


def read_polygon(path: str, *, isolation: str = PREFERRED) -> Points:
    """
    Return the points of the polygon at ``path``, in order, as (x, y) pixels.

    Raises:
        InputError: There is no such file, or it cannot be opened.
        FormatError: It is no list of points; the sentence names the point or line.
        IsolationError: The show requires walls that do not stand around what reads it.
    """
    return _points(path, fewest=3, what="polygon", isolation=isolation)


def read_line(path: str, *, isolation: str = PREFERRED) -> Points:
    """Return the points of the open line at ``path``; fails as ``read_polygon`` does."""
    return _points(path, fewest=2, what="line", isolation=isolation)


def _points(path: str, *, fewest: int, what: str, isolation: str) -> Points:
    try:
        content = content_of(path, _MOST_BYTES)
    except OSError as error:
        raise InputError(
            f"{path}: the {what} cannot be opened ({error.strerror})",
            remedy="Check the name.",
        ) from error
    found = readers(isolation).read("points", content, where=path, asked={"fewest": fewest})
    made: Points = believed(
        path, lambda: tuple((float(x), float(y)) for x, y in found), FormatError
    )
    return made


def parse_points(content: bytes, path: str, *, fewest: int) -> Points:
    """
    Return the points in ``content``, at least ``fewest`` of them.

    Raises:
        FormatError: It is no list of points; the sentence names the point or line.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong(path, f"byte {error.start} is no text") from error
    points = _json_points(path, text) if text.lstrip().startswith("[") else _lines(path, text)
    if len(points) < fewest:
        needs = "a region needs 3" if fewest == 3 else "a line needs 2"
        raise _wrong(path, f"it has {len(points)} points, and {needs}")
    return points


def _json_points(path: str, text: str) -> Points:
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _wrong(path, "it is no valid JSON") from error
    return tuple(_point(path, f"point {n}", pair) for n, pair in enumerate(listed, start=1))


def _lines(path: str, text: str) -> Points:
    return tuple(
        _point(path, f"line {n}", re.split(r"[,;\s]+", line.strip()))
        for n, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    )


def _point(path: str, place: str, pair: object) -> tuple[float, float]:
    values = pair if isinstance(pair, list) else []
    try:
        x, y = (float(v) for v in values)
    except (TypeError, ValueError, OverflowError) as error:
        raise _wrong(path, f"{place} is {pair!r:.60}, expected x,y") from error
    if not (math.isfinite(x) and math.isfinite(y) and max(abs(x), abs(y)) <= _LARGEST_PX):
        raise _wrong(path, f"{place} lies at {x:g},{y:g}")
    return (x, y)


def _wrong(path: str, says: str) -> FormatError:
    return FormatError(
        f"{path} is no list of points: {says}",
        remedy="Write a JSON list of [x, y] pairs, or one x,y per line, in pixels from the "
        "top left.",
    )
