"""Compare: two versions of one shot, picture by picture and finding by finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from seamline.errors import ShowError
from seamline.pixels.difference import difference
from seamline.pixels.picture import Image
from seamline.ports import Studio, Tile
from seamline.show.frames import FrameRange
from seamline.show.review import Finding
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.element import space_of
from seamline.steps.history import comp_of
from seamline.steps.review import viewed

TILE_PX = 960
CODED = "ACEScct"
"""Differences are told in the encoding that is nearest to how they look."""
SHOWN_FROM = 1 / 1024
"""What differs by less than a quarter of a per cent of a stop's code is shown as black."""
GAIN = 8.0


def compare(
    studio: Studio, first: str, second: str, *, frame: int | None = None
) -> dict[str, Any]:
    """
    Write the two versions' comps and their difference as a picture; return what differs.

    Args:
        studio: Ports.
        first: A version.
        second: Another one of the same shot.
        frame: Which frame; by default the shot's middle one.

    Returns:
        ``a``, ``b``, ``frame``, ``picture`` (path), ``difference`` (share, mean and
        largest in ACEScct, place) and ``findings`` side by side.

    Raises:
        ShowError: They are of two shots, the shot has no such frame, or one was pruned.
    """
    a, b = _of_one_shot(studio, first, second)
    shot = book.shot(studio.ledger, a.shot)
    at = shot.frames.middle if frame is None else frame
    if at not in shot.frames:
        raise ShowError(
            f"{a.shot} has frames {shot.frames}, not {at}", remedy="Give one of them."
        )
    linear = [_linear(studio, version, at) for version in (a, b)]
    if linear[0].shape != linear[1].shape:
        raise ShowError(
            f"frame {at} of {first} and of {second} have other windows",
            remedy="The plate was scanned again in another size; compare by eye.",
        )
    working = studio.colour.working_space
    coded = [studio.colour.convert(rgb, working, CODED) for rgb in linear]
    found, each = difference(coded[0], coded[1])
    name = f"compare_{first}_{second}.{at}.png"
    path = studio.shelf.sheet_path(a.shot, name)
    tiles = [
        Tile(rgb=viewed(studio, rgb, TILE_PX), title=version.id, lines=_failed(version))
        for rgb, version in zip(linear, (a, b), strict=True)
    ]
    tiles.append(_shown(each, found.share, found.place, TILE_PX))
    title = f"{studio.settings.name}  {a.shot}  frame {at}  {studio.colour.view_name}"
    studio.shelf.write(
        path, studio.papers.contact_sheet(tiles, title=title, columns=3, tile_px=TILE_PX)
    )
    return {
        "a": first,
        "b": second,
        "frame": at,
        "picture": path,
        "difference": {k: v for k, v in asdict(found).items()},
        "findings": _side_by_side(a, b),
    }


def compare_records(studio: Studio, first: str, second: str) -> dict[str, Any]:
    """
    Return what the records of two versions of one shot say differs; no picture is opened.

    Returns:
        ``a``, ``b``, ``frames``, how many of the frames both have differ in
        ``element_differs`` and ``comp_differs``, and ``findings`` side by side.

    Raises:
        ShowError: They are of two shots.
    """
    a, b = _of_one_shot(studio, first, second)
    frames = [_frames(studio, version) for version in (a, b)]
    both = sorted(set(frames[0]) & set(frames[1]))
    at = [{frame: place for place, frame in enumerate(some)} for some in frames]

    def differ(ones: Sequence[str], others: Sequence[str]) -> int:
        return sum(ones[at[0][frame]] != others[at[1][frame]] for frame in both)

    return {
        "a": first,
        "b": second,
        "frames": len(both),
        "element_differs": differ(a.element_frames, b.element_frames),
        "comp_differs": differ(a.comp_frames, b.comp_frames),
        "findings": _side_by_side(a, b),
    }


def _frames(studio: Studio, version: Version) -> list[int]:
    if version.frames:
        return list(FrameRange.parse(version.frames))
    return list(book.shot_of(studio.ledger, version).frames)


def _of_one_shot(studio: Studio, first: str, second: str) -> tuple[Version, Version]:
    a, b = (book.version(studio.ledger, i) for i in (first, second))
    if a.shot != b.shot:
        raise ShowError(
            f"{first} is of {a.shot} and {second} of {b.shot}",
            remedy="Compare two versions of one shot.",
        )
    return a, b


def _linear(studio: Studio, version: Version, frame: int) -> Image:
    picture = comp_of(studio, version, frame)
    if picture is None:
        raise ShowError(
            f"{version.id}: its frames were pruned",
            remedy=f"Render it again: seamline paint {version.shot}",
        )
    shot = book.shot_of(studio.ledger, version)
    space = space_of(studio, shot)
    return studio.colour.convert(picture.rgb(), space, studio.colour.working_space)


def _failed(version: Version) -> tuple[str, ...]:
    failed = [f"{f.check}: FAIL" for f in version.findings if f.verdict == "fail"]
    return tuple(failed) or ("no check failed",)


def _shown(
    each: Image, share: float, place: tuple[int, int, int, int] | None, width: int
) -> Tile:
    """Return the difference as grey, eight times what it is; white is an eighth of the code."""
    step = max(1, each.shape[1] // width)
    # The largest of each block: a changed pixel is not lost on a smaller picture.
    height, across = each.shape[0] // step * step, each.shape[1] // step * step
    blocks = each[:height, :across].reshape(height // step, step, across // step, step)
    grey = np.minimum(blocks.max(axis=(1, 3)) * np.float32(GAIN), np.float32(1))
    grey = np.where(grey < SHOWN_FROM * GAIN, np.float32(0), grey)
    where = "nothing differs"
    if place is not None:
        x, y, wide, high = place
        where = f"{share:.2%} of the pixels differ, within {wide}x{high} at {x},{y}"
    rgb = np.repeat(grey[..., None], 3, axis=-1).astype(np.float32)
    return Tile(rgb=rgb, title=f"difference x{GAIN:g} ({CODED})", lines=(where,))


def _side_by_side(a: Version, b: Version) -> list[dict[str, Any]]:
    by_check: dict[str, list[Finding | None]] = {}
    for place, version in enumerate((a, b)):
        for finding in version.findings:
            by_check.setdefault(finding.check, [None, None])[place] = finding
    return [
        {"check": check, **{k: _said(f) for k, f in zip("ab", pair, strict=True)}}
        for check, pair in by_check.items()
    ]


def _said(finding: Finding | None) -> dict[str, Any] | None:
    if finding is None:
        return None
    return {
        "verdict": finding.verdict,
        "measured": finding.measured,
        "limit": finding.limit,
        "unit": finding.unit,
        "says": finding.says,
    }
