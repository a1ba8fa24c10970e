"""
Proxies: one version's comp as a movie for review, slate first, everything burned in.

What is shown is the comp through the shot's CDL and the show's view, desqueezed, on the
display window. The movie is read from the published frames and is never read again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from seamline.errors import ShowError
from seamline.pixels.picture import Image, on_window
from seamline.ports import Studio
from seamline.show.frames import frame_path
from seamline.show.timecode import rate_of, timecode
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.cutting import Placed
from seamline.steps.element import space_of
from seamline.steps.ingest import display_window
from seamline.steps.together import ahead
from seamline.steps.viewing import seen, view_words

WIDTH_PX = 1920
MOST_FINDINGS = 4


def write_proxy(
    studio: Studio,
    place: Placed,
    version: Version,
    path: str,
    *,
    codec: str,
    width_px: int = WIDTH_PX,
) -> str:
    """
    Write the comp of ``version`` as a movie to ``path``; return the encoder that made it.

    Args:
        studio: Ports.
        place: Its shot in the cut.
        version: Whose frames stand on disk.
        path: Ends with ``.mov``.
        codec: ``h264`` or ``prores``.
        width_px: The movie's width, at most.

    Raises:
        ShowError: A frame was pruned.
        InputError: No library for movies is installed, or it lacks the encoder.
    """
    size = movie_size(place, width_px)

    def picture_of(frame: int) -> Image:
        return _picture(studio, place, version, frame, size)

    title = f"{version.id}: writing its movie"
    with studio.progress.bar(title, float(len(place.shot.frames))) as bar:

        def pictures() -> Iterator[Image]:
            for picture in ahead(studio, picture_of, list(place.shot.frames)):
                yield picture
                bar.advance()

        return studio.papers.movie(
            path, pictures(), _facts(studio, place, version, codec, size)
        )


def movie_size(place: Placed, width_px: int) -> tuple[int, int]:
    """Return width and height of a movie, both even: square pixels, at most so wide."""
    _, _, width, height = display_window(place.shot)
    aspect = place.shot.plate.pixel_aspect if place.shot.plate else 1.0
    scale = min(1.0, width_px / (width * aspect))
    across, down = width * aspect * scale, height * scale
    return max(2, 2 * round(across / 2)), max(2, 2 * round(down / 2))


def _picture(
    studio: Studio, place: Placed, version: Version, frame: int, size: tuple[int, int]
) -> Image:
    shot = place.shot
    path = frame_path(studio.shelf.comp_pattern(version.id), frame)
    if not studio.shelf.exists(path):
        raise ShowError(
            f"{path} is not there; its frames were pruned",
            remedy=f"Render it again: seamline paint {shot.name}",
        )
    stored = studio.images.read(path)
    rgb = on_window(stored.rgb(), stored.data_window, display_window(shot))
    light = studio.colour.convert(rgb, space_of(studio, shot), studio.colour.working_space)
    return seen(studio, light, (size[1], size[0]), shot.grade)


def _facts(
    studio: Studio, place: Placed, version: Version, codec: str, size: tuple[int, int]
) -> dict[str, Any]:
    signed = sorted({s.by for s in book.sign_offs(studio.ledger, version.id)})
    return {
        "codec": codec,
        "rate": studio.settings.rate,
        "size": size,
        "starts": place.starts,
        "drop": place.drop,
        "title": version.id,
        "facts": f"seamline: comp {version.comp_digest}, ask {version.ask_digest}",
        "warning": (
            f"signed by {', '.join(signed)}" if signed else "FOR REVIEW: nobody has signed this"
        ),
        "slate": _slate(studio, place, version),
        "first": place.shot.frames.first,
        "element": version.id,
        "view": view_words(studio, place.shot),
    }


def _slate(studio: Studio, place: Placed, version: Version) -> list[tuple[str, str]]:
    shot, rate = place.shot, rate_of(studio.settings.rate)
    variation = book.variation_of(studio.ledger, version)
    lock = book.lock(studio.ledger, shot.name)
    before, after = place.handles
    begins = timecode(place.starts, rate, drop=place.drop)
    failed = [f for f in version.findings if f.verdict == "fail"]
    lines = [
        ("show", studio.settings.name),
        ("shot", f"{shot.name} v{shot.version}" + (f", lock v{lock.version}" if lock else "")),
        ("element", version.id),
        ("variation", f"b{variation.number:02d}, by {variation.ask.generator}"),
        ("date", studio.clock.now()),
        (
            "frames",
            f"{shot.frames}, {len(shot.frames)} at {rate}, handles {before} and {after}",
        ),
        ("timecode", begins + ("" if place.from_plate else " (counted by frame numbers)")),
        ("view", view_words(studio, shot)),
        ("colour config", studio.colour.config_sha256[:16]),
        ("checks", f"{len(failed) or 'none'} failed when rendered"),
    ]
    lines += [(f.check, f.says) for f in failed[:MOST_FINDINGS]]
    return [*lines, *(("note", note) for note in variation.notes[:2])]
