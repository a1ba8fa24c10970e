"""
Every pixel of a frame that is wider than the review page's pictures, in squares.

Twelve variations of 4K are not looked at pixel for pixel; one frame of one version is, by
whoever zooms in. So it is written then, and kept with the screening until its version goes.
"""

from __future__ import annotations

from seamline.errors import ShowError
from seamline.pixels.halves import tiled
from seamline.ports import Studio
from seamline.steps import book
from seamline.steps.screening import (
    FULL,
    PLATE,
    Names,
    comp_at,
    full_name,
    index_of,
    plate_at,
    plate_is,
)


def screen_full(studio: Studio, name: str, source: str, frame: int) -> str:
    """
    Write every pixel of one frame, in squares; return the file's name in the screening.

    Args:
        studio: Ports.
        name: The shot.
        source: ``plate``, or the id of a version that was screened.
        frame: Which.

    Raises:
        ShowError: It is not among what was screened, or its large picture has every pixel.
    """
    index = index_of(studio, name)
    names, made = full_of(studio, name, source, frame)
    assert index is not None, name
    path = studio.shelf.screening_path(name, made)
    if studio.shelf.exists(path):
        return made
    tile_px = index["levels"][FULL]["tile_px"]
    if source == PLATE:
        shot = book.shot(studio.ledger, name)
        of, image = plate_is(studio, shot), plate_at(studio, shot, frame)
    else:
        of = book.version(studio.ledger, source).comp_digest
        image = comp_at(studio, source, frame)
    if made != full_name(of, names["large"], tile_px):
        raise ShowError(
            f"{name}: {source} is another than when it was made ready",
            remedy=f"seamline sheet {name} --page",
        )
    studio.shelf.write(path, tiled(image, tile_px))
    return made


def full_of(studio: Studio, name: str, source: str, frame: int) -> tuple[Names, str]:
    """Return the files of a frame of ``source``, and what its tiled picture is called."""
    index = index_of(studio, name) or {"plate": {}, "versions": {}}
    all_of = index["plate"]
    if source != PLATE:
        all_of = index["versions"].get(source, {}).get("frames", {})
    names: Names = all_of.get(str(frame), {})
    if FULL not in names:
        raise ShowError(
            f"{name}: {source} at {frame} was not made ready, or is not wider than "
            "the page's pictures",
            remedy=f"seamline sheet {name} --page",
        )
    return names, names[FULL]
