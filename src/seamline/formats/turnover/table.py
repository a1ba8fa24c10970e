"""
Tables in: one shot a line, as production keeps them.

UTF-8 (or UTF-16 with its mark), comma, semicolon or tab between columns, named on the first
line in any order; ``shot`` is needed. Empty lines and lines that begin with ``#`` are passed
over. ``first`` and ``last`` number the shot's frames, handles among them; ``handles`` is
how many of them at each end the cut does not show. Paths are relative to the table.
"""

from __future__ import annotations

import csv
import io
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from seamline.errors import FormatError, ShowError
from seamline.formats.turnover.said import Said, decoded
from seamline.show.frames import FrameRange
from seamline.show.timecode import frames_since_midnight
from seamline.show.turnover import Event

COLUMNS = {
    "shot": "the shot's name",
    "plate": "its frames: PATH/NAME.%04d.exr, or a file's name",
    "plate_layer": "layer, part or view of those files that is the plate",
    "first": "its first frame",
    "last": "its last frame",
    "handles": "frames at each end that the cut does not show",
    "track": "camera track file",
    "static": "yes: the camera is locked off",
    "colourspace": "the plate's colour space, where its files do not say",
    "matte": "matte frames: PATH/NAME.%04d.exr; 1 is live",
    "lens": "lens file",
    "grade": "CDL to look at it with: .cc, .ccc or .cdl",
    "grade_space": "the space of that CDL, where its file does not say",
    "clip": "the clip's name in the cut",
    "reel": "the reel it was photographed on",
    "record_in": "timecode of its first frame in the cut",
    "record_out": "timecode after its last frame in the cut",
    "note": "anything",
}
_YES, _NO = ("yes", "y", "true", "1", "x"), ("", "no", "n", "false", "0")
MOST_ROWS = 10_000


def read(content: bytes, *, where: str, rate: Fraction) -> Said:
    """
    Return the table's shots.

    Raises:
        FormatError: It is no text, has no column ``shot``, an unknown column, one twice, or
            no row.
    """
    text = decoded(content, where=where)
    first = next((line for line in text.splitlines() if _counts(line)), "")
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    said, names = Said(), list[str]()
    try:
        for row in rows:
            if not any(cell.strip() for cell in row) or row[0].lstrip().startswith("#"):
                continue
            if not names:
                names = _names(row, where=where)
                continue
            if len(said.events) + len(said.refused) >= MOST_ROWS:
                raise FormatError(f"{where} has more than {MOST_ROWS} rows")
            _add(said, f"line {rows.line_num}", names, row, rate)
    except csv.Error as error:
        raise FormatError(
            f"{where}: line {rows.line_num} is no line of a table ({error})",
            remedy="Close the quotation marks, and save it as CSV.",
        ) from error
    if not said.events and not said.refused:
        raise FormatError(
            f"{where} names no shot", remedy="Write one row per shot below the header."
        )
    return said


def _counts(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _names(row: list[str], *, where: str) -> list[str]:
    names = [cell.strip().lower().replace(" ", "_") for cell in row]
    while names and not names[-1]:
        names.pop()
    for name in names:
        if name in COLUMNS:
            continue
        near = get_close_matches(name, COLUMNS, n=1, cutoff=0.5)
        raise FormatError(
            f"{where}: there is no column {name!r}"
            + (f"; the nearest is {near[0]!r}" if near else ""),
            remedy=f"Columns are {', '.join(COLUMNS)}.",
        )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise FormatError(f"{where}: column {twice!r} stands twice", remedy="Keep one of them.")
    if "shot" not in names:
        raise FormatError(
            f"{where} has no column 'shot'", remedy=f"Columns are {', '.join(COLUMNS)}."
        )
    return names


def _add(said: Said, where: str, names: list[str], row: list[str], rate: Fraction) -> None:
    cells = dict(zip(names, (cell.strip() for cell in row), strict=False))
    shot = cells.get("shot", "")
    if any(cell.strip() for cell in row[len(names) :]):
        said.refuse(where, f"it has {len(row)} cells for {len(names)} columns", shot=shot)
        return
    try:
        said.events.append(Event(where=where, rate=rate, **_values(cells, rate)))
    except (FormatError, ShowError) as error:
        said.refuse(where, str(error), shot=shot)


def _values(cells: dict[str, str], rate: Fraction) -> dict[str, Any]:
    first, last = _whole(cells, "first"), _whole(cells, "last")
    if (first is None) != (last is None):
        raise FormatError("'first' and 'last' go together")
    if not cells.get("shot"):
        raise FormatError("it names no shot")
    plate, note = cells.get("plate", ""), cells.get("note", "")
    record = [
        frames_since_midnight(cells[name], rate)
        for name in ("record_in", "record_out")
        if cells.get(name)
    ]
    if len(record) == 1 or record[1:] < record[:1]:
        raise FormatError("'record_in' and 'record_out' go together, in that order")
    same = ("shot", "track", "colourspace", "matte", "lens", "grade", "grade_space")
    return {
        **{name: cells.get(name, "") for name in (*same, "clip", "reel", "plate_layer")},
        "files": (plate,) if plate else (),
        "frames": None if first is None or last is None else FrameRange(first=first, last=last),
        "handles": _whole(cells, "handles"),
        "static": _yes(cells.get("static", "")),
        "record": (record[0], record[1]) if record else None,
        "drop": ";" in cells.get("record_in", ""),
        "notes": (note,) if note else (),
    }


def _whole(cells: dict[str, str], name: str) -> int | None:
    text = cells.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise FormatError(f"'{name}' is {text!r}, expected a whole number")
    return int(text)


def _yes(text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise FormatError(f"'static' is {text!r}, expected yes or no")
