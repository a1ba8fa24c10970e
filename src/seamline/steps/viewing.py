"""
Viewing: how a shot's pictures are looked at on sheets, pages and movies.

The shot's CDL first, in the space that it names, then the show's look and view. All of it
is for looking: no element, comp or delivery has any of it in its pixels.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from seamline.errors import ColourError, FormatError
from seamline.pixels.picture import Image
from seamline.pixels.resample import resized
from seamline.ports import Studio
from seamline.show.cdl import CDL
from seamline.show.record import as_record, record_digest
from seamline.show.shot import Shot


def seen(studio: Studio, rgb: Image, size: tuple[int, int], grade: CDL | None = None) -> Image:
    """
    Return working-space ``rgb`` at ``size`` as it is looked at.

    Args:
        studio: Ports.
        rgb: (H, W, 3) float32, working space. What is not finite is shown black or bright.
        size: Height and width wanted, pixels.
        grade: The shot's CDL, if it has one.

    Returns:
        (height, width, 3) float32, display-coded 0 to 1.
    """
    finite: Image = np.nan_to_num(rgb, nan=0.0, posinf=65504.0, neginf=0.0)
    if finite.shape[:2] != size:
        finite = resized(finite, *size)
    if grade is not None:
        finite = studio.colour.grade(finite, grade)
    return studio.colour.for_viewing(finite)


def view_words(studio: Studio, shot: Shot) -> str:
    """Return through what the shot's pictures are seen: view, look, and the shot's own CDL."""
    if shot.grade is None:
        return studio.colour.view_name
    digest = record_digest(as_record(shot.grade))
    return f"{studio.colour.view_name}, CDL {shot.grade.id or 'of the shot'} ({digest[:8]})"


def shot_grade(studio: Studio, name: str, path: str, *, space: str = "") -> CDL:
    """
    Return the CDL that shot ``name`` is to be looked at with.

    Args:
        studio: Ports.
        name: The shot; of several corrections in the file, the one of that name is taken.
        path: ``.cc``, ``.ccc`` or ``.cdl``.
        space: The space it is applied in, where the file does not say, or says it in
            words that the show's config does not know.

    Raises:
        FormatError: The file is no CDL, holds none for the shot, or does not say its space;
            or it says another than ``space``.
        ColourError: The space is unknown.
    """
    found = studio.papers.cdl(studio.shelf.read(path), where=path, wanted=name, space=space)
    said = found.working_space
    if not space:
        try:
            return replace(found, working_space=studio.colour.space(said))
        except ColourError as error:
            raise ColourError(
                f"{path}: the CDL says it is applied in {said!r}, which the show's config does "
                "not know",
                remedy="Give the space by the config's name: --grade-space NAME.",
            ) from error
    wanted = studio.colour.space(space)
    try:
        other = studio.colour.space(said)
    except ColourError:
        other = wanted  # words that name no space contradict nothing
    if other != wanted:
        raise FormatError(
            f"{path}: the CDL says it is applied in {other}, and --grade-space {wanted}",
            remedy="Leave the flag out, or correct the file.",
        )
    return replace(found, working_space=wanted)
