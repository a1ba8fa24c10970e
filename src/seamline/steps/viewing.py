"""
Viewing: how a shot's pictures are looked at on sheets, pages and movies.

The shot's CDL first, in the space that it names, then the show's look and view. All of it
is for looking: no element, comp or delivery has any of it in its pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from seamline.errors import ColourError, FormatError, InputError
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


MOST_STOPS, MOST_GAMMA, LARGEST_PX = 16.0, 8.0, 16384


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """
    How somebody looked at a version.

    Attributes:
        view: ``DISPLAY / VIEW`` of the show's config.
        size_px: Width and height of the picture on the screen.
        exposure_stops: What was added for looking.
        gamma: Likewise; 1 is the view's own.
    """

    view: str
    size_px: tuple[int, int]
    exposure_stops: float = 0.0
    gamma: float = 1.0


def check_seen(studio: Studio, looked: Seen) -> None:
    """Refuse what nobody can have seen: a view the config has not, a size no screen has."""
    if looked.view not in studio.colour.views():
        raise ColourError(
            f"the show's config has no view {looked.view!r}",
            remedy=f"It has: {'; '.join(studio.colour.views()[:4])} ...",
        )
    if not all(1 <= px <= LARGEST_PX for px in looked.size_px):
        raise InputError(
            f"a picture of {looked.size_px[0]}x{looked.size_px[1]} pixels was seen nowhere",
            remedy=f"Give width and height in pixels, 1 to {LARGEST_PX}.",
        )
    stops, gamma = looked.exposure_stops, looked.gamma
    if not (math.isfinite(stops) and abs(stops) <= MOST_STOPS and 0 < gamma <= MOST_GAMMA):
        raise InputError(
            f"{stops:g} stops and gamma {gamma:g} are no way to look at a picture",
            remedy=f"At most {MOST_STOPS:g} stops either way, and gamma up to {MOST_GAMMA:g}.",
        )


def seen_words(studio: Studio, shot: Shot, looked: Seen) -> str:
    """Return through what ``looked`` says a shot's picture was seen, as ``view_words`` does."""
    words = view_words(studio, shot).replace(studio.colour.display_view, looked.view, 1)
    if looked.exposure_stops:
        words += f", {looked.exposure_stops:+.2f} stops"
    return words + (f", gamma {looked.gamma:.2f}" if looked.gamma != 1 else "")


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
