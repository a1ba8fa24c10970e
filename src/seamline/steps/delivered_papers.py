"""
A delivery's papers for other programs: timeline, edit decision list, stage, CDL and movie.

None of them holds a pixel that is signed: they say where the signed ones lie, when they are
seen, from where, and through what.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seamline.ports import Studio
from seamline.show.shot import Shot
from seamline.show.timecode import nominal, rate_of
from seamline.show.variation import Version
from seamline.steps.cutting import (
    RECORD_HOUR,
    Placed,
    clip,
    frames_reference,
    marks_of,
    movie_reference,
    placed,
    version_facts,
)
from seamline.steps.delivered_scene import scene_path, stage, textures
from seamline.steps.proxy import write_proxy
from seamline.steps.viewing import view_words


def hand_over(
    studio: Studio,
    shot: Shot,
    version: Version,
    folder: str,
    sequences: Mapping[str, str],
    *,
    movie: str | None,
) -> list[str]:
    """
    Write the papers of ``version`` to ``folder``; return their paths in it.

    Args:
        studio: Ports.
        shot: The version's.
        version: What is delivered.
        folder: Of the delivery.
        sequences: Pattern of every sequence that is delivered, by its name; ``comp`` among
            them.
        movie: Codec of a movie; none without.
    """
    place = placed(studio, shot)
    written = _scene(studio, shot, version, folder)
    if movie is not None:
        path = movie_path(version.id)
        studio.shelf.make_folder(f"{folder}/{path.rsplit('/', 1)[0]}")
        write_proxy(studio, place, version, f"{folder}/{path}", codec=movie)
        written.append(path)
    papers = {
        f"{version.id}.otio": studio.papers.timeline(
            _timeline(studio, place, version, sequences, movie=movie is not None)
        ),
        f"{version.id}.edl": _edl(studio, place, version, sequences["comp"]),
    }
    if shot.grade is not None:
        papers[f"{version.id}_view.cc"] = studio.papers.cdl_file(shot.grade)
    for name, content in papers.items():
        studio.shelf.write(f"{folder}/{name}", content)
    return [*written, *papers]


def movie_path(element_id: str) -> str:
    """Return where a version's movie lies in a delivery."""
    return f"movies/{element_id}.mov"


def _scene(studio: Studio, shot: Shot, version: Version, folder: str) -> list[str]:
    pictures = textures(studio, version)
    studio.shelf.make_folder(f"{folder}/{pictures[0][1].rsplit('/', 1)[0]}")
    for source, path in pictures:
        studio.shelf.link(source, f"{folder}/{path}")
    studio.shelf.write(f"{folder}/{scene_path(version.id)}", stage(studio, shot, version))
    return [scene_path(version.id), *(path for _, path in pictures)]


def _timeline(
    studio: Studio,
    place: Placed,
    version: Version,
    sequences: Mapping[str, str],
    *,
    movie: bool,
) -> dict[str, Any]:
    """Return one track for each sequence, back to front; the comp on top is what is seen."""
    facts = version_facts(studio, version)
    strips = []
    names = [name for name in sequences if name != "comp"]
    if movie:
        said = {**facts, "view": view_words(studio, place.shot)}
        seen = {version.id: movie_reference(place, movie_path(version.id), said)}
        strips.append(_strip("movie", clip(studio, place, seen, version.id), enabled=False))
    for name in (*names, "comp"):
        files = {version.id: frames_reference(place, sequences[name], facts)}
        marks = marks_of(studio, place, version) if name == "comp" else ()
        cut = clip(studio, place, files, version.id, marks)
        strips.append(_strip(name, cut, enabled=name == "comp"))
    return {
        "name": version.id,
        "rate": studio.settings.rate,
        "starts": _begins(studio),
        "strips": strips,
        "facts": {
            "show": studio.settings.name,
            "config_sha256": studio.colour.config_sha256,
            "for": "delivery",
        },
    }


def _strip(name: str, cut: dict[str, Any], *, enabled: bool) -> dict[str, Any]:
    return {"name": name, "enabled": enabled, "clips": [cut]}


def _edl(studio: Studio, place: Placed, version: Version, comp: str) -> bytes:
    event = {
        "clip": version.id,
        "reel": place.reel,
        "source": place.first,
        "record": _begins(studio),
        "frames": place.shown,
        "file": comp,
        "notes": [
            f"SHOT: {place.shot.name}",
            f"FRAMES: {place.shot.frames}",
            "HANDLES: {} {}".format(*place.handles),
        ],
    }
    rate = studio.settings.rate
    return studio.papers.edl(version.id, [event], rate=rate, drop=place.drop)


def _begins(studio: Studio) -> int:
    return RECORD_HOUR * nominal(rate_of(studio.settings.rate))
