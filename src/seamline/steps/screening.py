"""
Screening: a shot made ready for the review page, so that the server only hands out bytes.

Every frame of every variation's comp, of the plate and of its matte is written once, as half
floats in the working space at the page's sizes; and every view of the show's config as
OpenColorIO's own shader, the shot's CDL and the show's look in it. Files are named by their
SHA-256; ``index.json`` says what they are. All of it is a cache, and is no evidence: what is
signed are the published frames.

Of frames wider than the large pictures every pixel is there as well, in squares, once
somebody looks that near (``steps.screening_full``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from seamline.errors import ShowError
from seamline.pixels.halves import finite, packed
from seamline.pixels.picture import Image, on_window
from seamline.pixels.resample import resized
from seamline.ports import Studio, ViewShader
from seamline.show.frames import frame_path
from seamline.show.record import as_record
from seamline.show.shot import Shot, Window
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.element import space_of
from seamline.steps.ingest import display_window, linear, read_matte, read_plate
from seamline.steps.together import together
from seamline.steps.viewing import view_words

FORMAT = "seamline screening 2"
INDEX = "index.json"
TINY_PX = 256
"""Width of what is seen while frames are passed by."""
SMALL_PX = 512
"""Width of what stands side by side: twelve of them fill a screen of 2K."""
LARGE_PX = 2048
"""Width, at most, of what is looked at alone, unless asked otherwise."""
TILE_PX = 512
FULL = "full"
PLATE = "plate"

Index = dict[str, Any]
Names = dict[str, str]


def screen(studio: Studio, name: str, *, width_px: int = LARGE_PX) -> Index:
    """
    Write the screening of shot ``name``; return its index.

    What stands already, of the same pixels at the same size, is not made again.

    Args:
        studio: Ports.
        name: The shot.
        width_px: Width of the large pictures, at most; the frames' own width at most.

    Raises:
        ShowError: Nothing has been painted yet.
    """
    shot = book.shot(studio.ledger, name)
    versions = book.newest_versions(studio.ledger, name)
    if not versions:
        raise ShowError(
            f"{name}: nothing has been painted yet", remedy=f"seamline paint {name}"
        )
    with studio.shelf.lease(f"screening-{name}"):
        before = index_of(studio, name) or {}
        if not before and studio.shelf.exists(studio.shelf.screening_path(name, "")):
            studio.shelf.remove(studio.shelf.screening_path(name, ""))  # of an older format
        index = _head(studio, shot, width_px)
        same = all(before.get(key) == index[key] for key in ("levels", "working_space"))
        index["views"] = _views(studio, shot)
        index["plate"] = _plate(studio, shot, index["levels"])
        index["versions"] = _versions(studio, versions, before if same else {}, index["levels"])
        text = json.dumps(index, ensure_ascii=False, sort_keys=True).encode()
        studio.shelf.write(studio.shelf.screening_path(name, INDEX), text)
        _clear(studio, name, before, index)
    return index


def index_of(studio: Studio, name: str) -> Index | None:
    """Return what the screening of shot ``name`` says it is; None where there is none."""
    path = studio.shelf.screening_path(name, INDEX)
    if not studio.shelf.exists(path):
        return None
    found: Index = json.loads(studio.shelf.read(path))
    return found if found.get("format") == FORMAT else None


def not_screened(studio: Studio, name: str, index: Index | None) -> list[str]:
    """Return the versions of shot ``name`` that the page should show and cannot."""
    there = index["versions"] if index else {}
    newest = book.newest_versions(studio.ledger, name)
    return [v.id for v in newest if there.get(v.id, {}).get("comp_digest") != v.comp_digest]


def full_name(of: str, large: str, tile_px: int) -> str:
    """Name a tiled picture before it is made: by whose it is, and by its large picture."""
    return hashlib.sha256(f"{FULL} {of} {large} {tile_px}".encode()).hexdigest()


def plate_is(studio: Studio, shot: Shot) -> str:
    """Return whose pixels a plate with its matte are."""
    seam = book.seam(studio.ledger, shot.name)
    return f"{shot.name} {shot.version} {seam.version if seam else 0}"


def plate_at(studio: Studio, shot: Shot, frame: int) -> Image:
    """Return the plate of a frame: R G B, and the matte as A; in the display window."""
    plate = read_plate(studio, shot, frame)
    matte = read_matte(studio, shot, book.seam(studio.ledger, shot.name), frame)
    rgba = np.dstack([finite(linear(studio, shot, plate)), matte])
    return _framed(rgba, plate.data_window, shot)


def comp_at(studio: Studio, element_id: str, frame: int) -> Image:
    """Return a version's comp of a frame, in the working space and the display window."""
    shot = book.shot_of(studio.ledger, book.version(studio.ledger, element_id))
    comp = studio.images.read(frame_path(studio.shelf.comp_pattern(element_id), frame))
    light = studio.colour.convert(
        comp.rgb(), space_of(studio, shot), studio.colour.working_space
    )
    return _framed(finite(light), comp.data_window, shot)


def _head(studio: Studio, shot: Shot, width_px: int) -> Index:
    _, _, width, height = display_window(shot)
    levels: dict[str, dict[str, int]] = {}
    for level, most in (("tiny", TINY_PX), ("small", SMALL_PX), ("large", width_px)):
        across = min(width, most, width_px)
        levels[level] = {
            "width_px": across,
            "height_px": max(1, round(height * across / width)),
        }
    if levels["large"]["width_px"] < width:
        levels[FULL] = {"width_px": width, "height_px": height, "tile_px": TILE_PX}
    return {
        "format": FORMAT,
        "shot": shot.name,
        "shot_version": shot.version,
        "first": shot.frames.first,
        "last": shot.frames.last,
        "rate": studio.settings.rate,
        "width_px": width,
        "height_px": height,
        "pixel_aspect": shot.plate.pixel_aspect if shot.plate else 1.0,
        "working_space": studio.colour.working_space,
        "view": studio.colour.display_view,
        "view_words": view_words(studio, shot),
        "grade": as_record(shot.grade),
        "levels": levels,
    }


def _plate(studio: Studio, shot: Shot, levels: Mapping[str, Any]) -> dict[str, Names]:
    """Return the plate's files by frame: R G B, and the matte as A. Empty without a plate."""
    if shot.plate is None:
        return {}
    of = plate_is(studio, shot)

    def one(frame: int) -> Names:
        return _written(studio, shot, plate_at(studio, shot, frame), levels, of)

    frames = list(shot.frames)
    made = together(studio, f"{shot.name}: the plate for the page", one, frames)
    return {str(n): names for n, names in zip(frames, made, strict=True)}


def _versions(
    studio: Studio,
    versions: list[Version],
    before: Mapping[str, Any],
    levels: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the files of every version; earlier ones that were screened stay to compare."""
    made = {
        i: said
        for i, said in before.get("versions", {}).items()
        if studio.shelf.exists(studio.shelf.comp_pattern(i).rpartition("/")[0])
    }
    for version in versions:
        standing = made.get(version.id, {})
        if standing.get("comp_digest") == version.comp_digest and standing["frames"]:
            continue
        shot = book.shot_of(studio.ledger, version)
        pattern = studio.shelf.comp_pattern(version.id)
        frames = [n for n in shot.frames if studio.shelf.exists(frame_path(pattern, n))]

        def one(frame: int, shot: Shot = shot, version: Version = version) -> Names:
            comp = comp_at(studio, version.id, frame)
            return _written(studio, shot, comp, levels, version.comp_digest)

        found = together(studio, f"{version.id}: for the page", one, frames)
        made[version.id] = {
            "comp_digest": version.comp_digest,
            "frames": {str(n): names for n, names in zip(frames, found, strict=True)},
        }
    return dict(sorted(made.items()))


def _framed(image: Image, window: Window, shot: Shot) -> Image:
    return on_window(image, window, display_window(shot))


def _written(
    studio: Studio, shot: Shot, image: Image, levels: Mapping[str, Any], of: str
) -> Names:
    """Write a frame at every level; ``of`` says whose pixels they are."""
    names: Names = {}
    for level, size in levels.items():
        if level == FULL:  # named here, and written when somebody looks that near
            names[level] = full_name(of, names["large"], size["tile_px"])
            continue
        height, width = size["height_px"], size["width_px"]
        fitting = image if image.shape[:2] == (height, width) else resized(image, height, width)
        names[level] = _put(studio, shot.name, packed(fitting))
    return names


def _put(studio: Studio, name: str, content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    path = studio.shelf.screening_path(name, digest)
    if not studio.shelf.exists(path):
        studio.shelf.write(path, content)
    return digest


def _views(studio: Studio, shot: Shot) -> list[dict[str, Any]]:
    return [
        _view(studio, shot, studio.colour.shader(name, shot.grade))
        for name in studio.colour.views()
    ]


def _view(studio: Studio, shot: Shot, made: ViewShader) -> dict[str, Any]:
    tables = [
        {
            "sampler": table.sampler,
            "size": list(table.size),
            "channels": table.channels,
            "linear": table.linear,
            "file": _put(studio, shot.name, table.values.astype("<f4").tobytes()),
        }
        for table in made.tables
    ]
    return {
        "name": made.view,
        "file": _put(studio, shot.name, made.text.encode()),
        "function": made.function,
        "exposure": made.exposure,
        "gamma": made.gamma,
        "tables": tables,
    }


def files_of(index: Index) -> Iterator[str]:
    """Yield the names of all files that ``index`` speaks of, and that were written with it."""
    for view in index["views"]:
        yield view["file"]
        yield from (table["file"] for table in view["tables"])
    for names in _frames_of(index):
        yield from (name for level, name in names.items() if level != FULL)


def _frames_of(index: Index) -> Iterator[Names]:
    for frames in (index["plate"], *(v["frames"] for v in index["versions"].values())):
        yield from frames.values()


def _clear(studio: Studio, name: str, before: Index, index: Index) -> None:
    """Remove what an earlier screening had and this one has not."""
    if not before:
        return
    nearer, stays = (
        {names[FULL] for names in _frames_of(one) if FULL in names} for one in (before, index)
    )
    for entry in sorted(set(files_of(before)) - set(files_of(index))):
        studio.shelf.remove(studio.shelf.screening_path(name, entry))
    for entry in sorted(nearer - stays):
        path = studio.shelf.screening_path(name, entry)
        if studio.shelf.exists(path):
            studio.shelf.remove(path)
