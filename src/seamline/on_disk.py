"""What the shell is given, as it lies on disk: paths, sequences, turnovers, lens files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from glob import glob
from re import escape, fullmatch

from seamline.errors import InputError
from seamline.formats.lensfile import is_model
from seamline.isolation.walls import PREFERRED
from seamline.show.frames import frame_path, is_sequence, printf_pattern
from seamline.show.timecode import rate_of
from seamline.show.turnover import Material, Turnover


def frames_on_disk(pattern: str) -> list[int]:
    """Return the frame numbers that stand on disk for ``pattern``, sorted."""
    if not is_sequence(pattern):
        return []
    written = printf_pattern(pattern)
    folder, name = os.path.split(written)
    head, tail = _around_number(name)
    found = []
    for path in glob(f"{glob_escape(folder)}/*" if folder else "*"):
        hit = fullmatch(f"{escape(head)}(\\d+){escape(tail)}", os.path.basename(path))
        if hit and frame_path(pattern, int(hit[1])) == path:
            found.append(int(hit[1]))
    return sorted(found)


def _around_number(name: str) -> tuple[str, str]:
    at = name.index("%")
    end = name.index("d", at)
    return name[:at], name[end + 1 :]


def lens_files(paths: Sequence[str]) -> tuple[str, str]:
    """
    Return the camera's own report and the lens's model among ``paths``; empty where none is.

    Raises:
        InputError: Two of them are of one kind.
    """
    found = {"report": "", "model": ""}
    for path in map(absolute, paths):
        kind = "model" if is_model(path) else "report"
        if found[kind]:
            raise InputError(
                f"{found[kind]} and {path} say the same kind of thing of one lens",
                remedy="Give one file of what the lens does, and one report of the camera.",
            )
        found[kind] = path
    return found["report"], found["model"]


def turnover(
    path: str, rate: str, plates: Sequence[str], *, isolation: str = PREFERRED
) -> tuple[Turnover, Material]:
    """
    Return what a turnover says, and what lies in the folders that came with it.

    Args:
        path: The turnover's file.
        rate: Frames per second of a cut list.
        plates: Folders to look in; by default the one that the turnover lies in.
        isolation: How much the show wants of the walls around what reads it.
    """
    from seamline.formats.sequences import material_under
    from seamline.formats.turnover import read_turnover

    found = read_turnover(path, rate_of(rate), isolation=isolation)
    folders = [absolute(folder) for folder in plates] or [os.path.dirname(path)]
    # A table is production's own: what it names is looked at wherever it lies.
    named = []
    if found.kind == "csv":
        paths = {
            text
            for event in found.events
            for text in (*event.files, event.track, event.matte, event.lens, event.grade)
            if "/" in text
        }
        named = [os.path.dirname(os.path.join(os.path.dirname(path), text)) for text in paths]
    return found, material_under(folders, alone=[os.path.abspath(folder) for folder in named])


def glob_escape(folder: str) -> str:
    """Return ``folder`` with wildcards taken literally."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in folder)


def absolute(path: str) -> str:
    """Return ``path`` from the root: records must not depend on where one stood."""
    return os.path.abspath(os.path.expanduser(path))
