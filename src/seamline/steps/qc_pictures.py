"""
The pictures of a QC report: the frame, each place closer, and the seam laid straight.

Everything is seen through the show's view. Comp and plate stand side by side, cut to the
same pixels. What is cut at 1:1 or closer is not resampled, unless its pixels are not square:
pictures are desqueezed, the seam laid straight is not, it has no across of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from seamline.errors import ShowError, TamperError
from seamline.pixels.digest import picture_digest
from seamline.pixels.matte import Matte
from seamline.pixels.picture import Image
from seamline.pixels.resample import desqueezed
from seamline.pixels.strip import along, contours, evenly
from seamline.ports import Studio
from seamline.show.frames import frame_path
from seamline.show.shot import Shot, Window
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.element import plate_frame
from seamline.steps.ingest import display_window, linear, read_matte
from seamline.steps.review import viewed

FRAME_PX = 960
CROP_PX = (480, 270)
"""What a closer picture shows at 1:1; half of it, at 2:1, where the place is small."""
AROUND = 2.0
"""At least this many times the place is shown."""
STRIP_PX, STRIP_HALF_PX, STRIPS = 960, 20, 4
SEAM_CHECKS = ("edge", "halo", "margin")
"""Findings whose check begins with one of these are looked at along the seam."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Frame:
    """One frame in the working space, over the plate's data window."""

    number: int
    comp: Image
    plate: Image | None
    matte: Matte
    origin: tuple[int, int]
    """Where the display window's upper left pixel lies in the arrays, x and y."""
    display: Window
    aspect: float
    """Width of a pixel over its height."""


def pictured(
    studio: Studio, version: Version, findings: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, Any], dict[str, Image]]:
    """
    Return what the page shows of ``version``, and the pictures by key.

    Args:
        studio: Ports.
        version: A published version whose frames stand.
        findings: As the document has them; their places are outlined.
    """
    shot = book.shot_of(studio.ledger, version)
    pictures: dict[str, Image] = {}
    closer: dict[int, list[dict[str, Any]]] = {}
    wanted = [(n, f) for n, f in enumerate(findings) if _to_be_shown(f)]
    main = _main_frame(shot, findings)
    seam_frame = _seam_frame(shot, findings)
    shown: dict[str, Any] = {"overview": [], "closer": closer}
    frames = {main, seam_frame, *(f["frame"] for _, f in wanted if f["frame"] is not None)}
    for number in sorted(frames):
        frame = _read(studio, shot, version, number)
        if number == main:
            marks = [(n, f) for n, f in wanted if _is_marked(f, main)]
            shown["overview"] = _whole(studio, frame, marks, pictures, f"frame.{number}")
        for n, found in wanted:
            if (found["frame"] if found["frame"] is not None else main) == number:
                closer[n] = _closer(studio, frame, n, found, pictures, main=main)
        if number == seam_frame:
            shown.update(_seam(studio, frame, pictures))
    return shown, pictures


def _to_be_shown(found: Mapping[str, Any]) -> bool:
    return found["verdict"] == "fail" or bool(found["place"])


def _is_marked(found: Mapping[str, Any], frame: int) -> bool:
    return found["verdict"] == "fail" and bool(found["place"]) and found["frame"] == frame


def _main_frame(shot: Shot, findings: Sequence[Mapping[str, Any]]) -> int:
    """Return the frame most fails lie in; the middle one where none has a frame."""
    failed = [f["frame"] for f in findings if f["verdict"] == "fail" and f["place"]]
    told = [n for n in failed if n in shot.frames]
    return max(sorted(set(told)), key=told.count) if told else shot.frames.middle


def _seam_frame(shot: Shot, findings: Sequence[Mapping[str, Any]]) -> int:
    for found in findings:
        if found["check"].startswith(SEAM_CHECKS) and found["frame"] in shot.frames:
            return int(found["frame"])
    return shot.frames.middle


def _read(studio: Studio, shot: Shot, version: Version, number: int) -> _Frame:
    path = frame_path(studio.shelf.comp_pattern(version.id), number)
    if not studio.shelf.exists(path):
        raise ShowError(
            f"{path} is not there; its frames were pruned",
            remedy=f"Render it again: seamline paint {shot.name}",
        )
    picture = studio.images.read(path)
    if picture_digest(picture) != version.comp_frames[number - shot.frames.first]:
        raise TamperError(
            f"{path} is not the frame that was published",
            remedy=f"Remove it and render it again: seamline paint {shot.name}",
        )
    space = shot.plate.colourspace if shot.plate else studio.colour.working_space
    comp = studio.colour.convert(picture.rgb(), space, studio.colour.working_space)
    plate = linear(studio, shot, plate_frame(studio, shot, number)) if shot.plate else None
    display = display_window(shot)
    return _Frame(
        number=number,
        comp=comp,
        plate=plate,
        matte=read_matte(studio, shot, book.seam(studio.ledger, shot.name), number),
        origin=(
            display[0] - picture.data_window[0],
            display[1] - picture.data_window[1],
        ),
        display=display,
        aspect=shot.plate.pixel_aspect if shot.plate else 1.0,
    )


def _pair(
    studio: Studio, frame: _Frame, box: Box, key: str, pictures: dict[str, Image]
) -> list[tuple[str, str]]:
    """Put comp and plate within ``box`` among ``pictures``; return each one's key."""
    x, y, width, height = box
    made = []
    for of, rgb in (("Comp", frame.comp), ("Plate", frame.plate)):
        if rgb is not None:
            name = f"{key}.{of.lower()}"
            cut = np.ascontiguousarray(rgb[y : y + height, x : x + width])
            pictures[name] = viewed(studio, desqueezed(cut, frame.aspect), FRAME_PX)
            made.append((of, name))
    return made


def _whole(
    studio: Studio,
    frame: _Frame,
    marked: Sequence[tuple[int, Mapping[str, Any]]],
    pictures: dict[str, Image],
    key: str,
) -> list[dict[str, Any]]:
    height, width = frame.comp.shape[:2]
    box = (0, 0, width, height)
    return [
        {
            "picture": name,
            "of": of,
            "frame": frame.number,
            "marks": [_mark(frame, n, f["place"], box) for n, f in marked]
            if of == "Comp"
            else [],
        }
        for of, name in _pair(studio, frame, box, key, pictures)
    ]


def _closer(
    studio: Studio,
    frame: _Frame,
    number: int,
    found: Mapping[str, Any],
    pictures: dict[str, Image],
    *,
    main: int,
) -> list[dict[str, Any]]:
    """Return the finding's place, comp and plate; the whole frame where it has no place."""
    place, key = found["place"], f"finding.{number}"
    if not place:
        # The main frame stands on top already.
        if frame.number == main or found["frame"] is None:
            return []
        return _whole(studio, frame, [], pictures, key)
    box, scale = _crop(frame, place)
    extra = {"scale": scale} if box[2] * frame.aspect <= FRAME_PX else {}
    return [
        {
            "picture": name,
            "of": of,
            "frame": frame.number,
            "marks": [_mark(frame, number, place, box)],
            **extra,
        }
        for of, name in _pair(studio, frame, box, key, pictures)
    ]


def _crop(frame: _Frame, place: Mapping[str, float]) -> tuple[Box, int]:
    """Return what is cut around ``place``, and how much it is enlarged."""
    height, width = frame.comp.shape[:2]
    small = all(
        place[name] * AROUND <= px / 2
        for name, px in zip(("width", "height"), CROP_PX, strict=True)
    )
    least = [px // 2 if small else px for px in CROP_PX]
    wide = min(width, max(least[0], round(place["width"] * AROUND)))
    high = min(height, max(least[1], round(place["height"] * AROUND)))
    left = place["x"] + frame.origin[0] + place["width"] / 2 - wide / 2
    top = place["y"] + frame.origin[1] + place["height"] / 2 - high / 2
    x = min(max(0, round(left)), width - wide)
    y = min(max(0, round(top)), height - high)
    return (x, y, wide, high), 2 if small else 1


def _mark(
    frame: _Frame, number: int, place: Mapping[str, float], box: Box
) -> dict[str, float | int]:
    x, y, width, height = box
    return {
        "finding": number,
        "x": (place["x"] + frame.origin[0] - x) / width,
        "y": (place["y"] + frame.origin[1] - y) / height,
        "width": place["width"] / width,
        "height": place["height"] / height,
    }


def _seam(studio: Studio, frame: _Frame, pictures: dict[str, Image]) -> dict[str, Any]:
    """Return the seam's longest line in pieces, comp above plate; nothing without a plate."""
    found = contours(frame.matte) if frame.plate is not None else []
    found = [line for line in found if len(line) > 1]
    if not found:
        return {}
    whole = sum(len(evenly(line)) for line in found)
    line = evenly(found[0])[: STRIPS * STRIP_PX]
    ends = np.linspace(0, len(line), -(-len(line) // STRIP_PX) + 1).astype(int).tolist()
    strips = []
    for begin, end in pairwise(ends):
        made = []
        for of, rgb in (("Comp", frame.comp), ("Plate", frame.plate)):
            assert rgb is not None
            key = f"seam.{begin}.{of.lower()}"
            strip = along(rgb, frame.matte, line[begin:end], STRIP_HALF_PX)
            pictures[key] = viewed(studio, strip, STRIP_PX)
            made.append((of, key))
        strips.append({"pictures": made, "from_px": begin, "to_px": end})
    shown = strips[-1]["to_px"]
    share = "all of it" if shown == whole else f"{shown:.0f} of {whole:.0f} px of it"
    says = (
        f"Frame {frame.number}, {share}: the seam laid straight, {STRIP_HALF_PX} px to both "
        "sides, generated above and live below. A rim or a step shows as a line along the "
        "middle."
    )
    return {"strips": strips, "seam_says": says}
