"""
What lies in a folder: sequences of numbered picture files, and files beside them.

A number is the last run of digits in a name; files whose names differ in nothing else are
one sequence. Nothing is opened, and links to folders are not followed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

from seamline.errors import InputError
from seamline.show.turnover import FoundFrames, Material

PICTURES = (".exr", ".dpx", ".png", ".tif", ".tiff")
_NUMBERED = re.compile(r"(.*?)(\d+)(\.[A-Za-z]+)")
MOST_FILES = 5_000_000
MOST_DIGITS = 9


def material_under(folders: Sequence[str], *, alone: Sequence[str] = ()) -> Material:
    """
    Return what lies in ``folders`` and below them, and in the folders ``alone``.

    Raises:
        InputError: One of them is no folder, or they hold more files than a show does.
    """
    sequences: dict[tuple[str, str], list[str]] = {}
    files = []
    paths = {*_files(folders), *_inside(alone)}
    for path in sorted(paths):
        folder, name = os.path.split(path)
        found = _NUMBERED.fullmatch(name)
        if not found or not _is_frame(found):
            files.append(path)
            continue
        head = os.path.join(folder, found[1])
        sequences.setdefault((head, found[3]), []).append(found[2])
    made = []
    for (head, tail), numbers in sequences.items():
        for width, same in _by_width(numbers).items():
            number = f"%0{width}d" if width else "%d"
            made.append(FoundFrames(pattern=f"{head}{number}{tail}", numbers=tuple(same)))
    return Material(
        folders=(*folders, *alone),
        sequences=tuple(sorted(made, key=lambda one: one.pattern)),
        files=tuple(files),
    )


def _is_frame(found: re.Match[str]) -> bool:
    # A name with % or # in it cannot be written as a pattern.
    odd = "%" in found[1] or "#" in found[1]
    return not odd and found[3].lower() in PICTURES and len(found[2]) <= MOST_DIGITS


def _by_width(written: Sequence[str]) -> dict[int, list[int]]:
    """Return numbers by how many digits they are padded to; 0 where none is padded."""
    padded = {len(text) for text in written if text.startswith("0") and len(text) > 1}
    plain = {len(text) for text in written}
    if len(plain) == 1:
        padded = plain
    found: dict[int, list[int]] = {}
    for text in written:
        # 9999 is followed by 10000 in a sequence padded to four.
        widths = [w for w in sorted(padded) if w == len(text)]
        if not widths and not text.startswith("0"):
            widths = [w for w in sorted(padded) if w < len(text)][-1:]
        found.setdefault(widths[0] if widths else 0, []).append(int(text))
    return {width: sorted(numbers) for width, numbers in sorted(found.items())}


def _files(folders: Sequence[str]) -> Iterator[str]:
    count = 0
    for folder in folders:
        if not os.path.isdir(folder):
            raise InputError(
                f"{folder} is no folder", remedy="Give the folder that came with the turnover."
            )
        for at, inside, names in os.walk(folder):
            inside.sort()
            for name in names:
                count += 1
                if count > MOST_FILES:
                    raise InputError(
                        f"{folder} holds more than {MOST_FILES} files",
                        remedy="Give the folder of this turnover alone.",
                    )
                yield os.path.join(at, name)


def _inside(folders: Sequence[str]) -> Iterator[str]:
    for folder in sorted(set(folders)):
        if os.path.isdir(folder):
            with os.scandir(folder) as entries:
                yield from (entry.path for entry in entries if entry.is_file())
