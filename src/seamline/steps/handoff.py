"""
Hand-off for review: the variations of shots as movies, in a timeline that cuts between them.

Anybody's review or editing program opens it. It is no delivery: nothing in it need be
signed, and its pictures are for looking at. A folder of it appears whole or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from seamline.errors import InputError, ShowError
from seamline.ports import Studio
from seamline.show.frames import frame_path
from seamline.show.timecode import nominal, rate_of
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.cutting import (
    RECORD_HOUR,
    Placed,
    clip,
    frames_reference,
    marks_of,
    movie_reference,
    placed,
    placements,
    version_facts,
)
from seamline.steps.proxy import WIDTH_PX, write_proxy
from seamline.steps.viewing import view_words

NO_MOVIES = "none"
_Cut = list[tuple[Placed, list[Version]]]
"""Shots in the order of the cut, each with what it may be seen as."""
CUT = "cut"
"""What timeline and list are called where several shots are cut together."""


def hand_off(
    studio: Studio,
    names: Sequence[str],
    directory: str,
    *,
    codec: str = "h264",
    handles: int | None = None,
    by_cut: bool = False,
    width_px: int = WIDTH_PX,
    frames: bool = False,
) -> dict[str, Any]:
    """
    Write the newest version of every variation of shots ``names`` to ``directory``.

    ``movies/ID.mov`` for each; ``NAME.otio``, in which a clip has one movie a variation, the
    chosen one (else the first) being seen; ``NAME.edl`` of what is seen. With ``frames``
    the comps' EXR too, and ``NAME_exr.otio`` over them.

    Args:
        studio: Ports.
        names: Shots in the order of the cut.
        directory: Made; must not stand there yet.
        codec: ``h264``, ``prores``, or ``none`` for no movies.
        handles: Frames at each end of every shot that the cut does not show; by default as
            its turnover has them, without one none.
        by_cut: In the order and at the places of the turnover they came in by, every time it
            shows them.
        width_px: Width of the movies, at most.
        frames: Whether the comps' frames go along.

    Returns:
        ``directory``, ``files`` (paths), ``shots`` (shot, seen, variations), ``encoder``.

    Raises:
        ShowError: A shot is not there, named twice, or nothing of it was painted.
        InputError: The folder is in use; no library or encoder for movies; or a shot came in
            by no turnover, and the cut is to be a turnover's.
    """
    if codec == NO_MOVIES and not frames:
        raise InputError(
            "a hand-off without movies and without frames is nothing to look at",
            remedy="Give --exr, or a --codec.",
        )
    if len(set(names)) != len(names):
        raise ShowError("a shot is named twice", remedy="Name every shot of the cut once.")
    cut = [one for name in names for one in _of_shot(studio, name, handles, by_cut=by_cut)]
    cut.sort(key=lambda one: one[0].order if by_cut else 0)
    title = names[0] if len(names) == 1 else CUT
    written, encoder = [], ""
    with studio.shelf.folder(directory) as folder:
        if codec != NO_MOVIES:
            studio.shelf.make_folder(f"{folder}/movies")
            for place, versions in _once(cut):
                for version in versions:
                    written.append(_movie(version))
                    encoder = write_proxy(
                        studio, place, version, f"{folder}/{written[-1]}", codec=codec,
                        width_px=width_px,
                    )  # fmt: skip
        if frames:
            written += _frames(studio, _once(cut), folder)
        for name, content in _papers(studio, cut, title, codec, frames=frames).items():
            studio.shelf.write(f"{folder}/{name}", content)
            written.append(name)
    return {
        "directory": directory,
        "files": [f"{directory}/{file}" for file in sorted(written)],
        "encoder": encoder,
        "shots": [
            {
                "shot": place.shot.name,
                "seen": _seen(studio, versions).id,
                "variations": [version.id for version in versions],
                "timecode": "plate" if place.from_plate else "frame numbers",
            }
            for place, versions in _once(cut)
        ],
    }


def _once(cut: _Cut) -> _Cut:
    """Return every shot once: a cut may show one several times."""
    return list({place.shot.name: (place, versions) for place, versions in cut}.values())


def _of_shot(studio: Studio, name: str, handles: int | None, *, by_cut: bool) -> _Cut:
    shot = book.shot(studio.ledger, name)
    versions = book.newest_versions(studio.ledger, name)
    if not versions:
        raise ShowError(
            f"{name}: nothing has been painted yet", remedy=f"seamline paint {name}"
        )
    if not by_cut:
        return [(replace(placed(studio, shot, handles=handles), record=None), versions)]
    places = placements(studio, shot, handles=handles)
    if not places[0].order:
        raise InputError(
            f"{name} came in by no turnover, so no cut says where it stands",
            remedy="Name the shots in the order of the cut, without --by-cut.",
        )
    return [(place, versions) for place in places]


def _movie(version: Version) -> str:
    return f"movies/{version.id}.mov"


def _comp(version: Version) -> str:
    return f"comp/{version.id}/{version.id}_comp.%04d.exr"


def _frames(studio: Studio, cut: _Cut, folder: str) -> list[str]:
    written = []
    for place, versions in cut:
        for version in versions:
            pattern = _comp(version)
            studio.shelf.make_folder(f"{folder}/{pattern.rsplit('/', 1)[0]}")
            for frame in place.shot.frames:
                source = frame_path(studio.shelf.comp_pattern(version.id), frame)
                if not studio.shelf.exists(source):
                    raise ShowError(
                        f"{source} is not there; its frames were pruned",
                        remedy="Render it again as it was painted; the chosen one: "
                        f"seamline paint {place.shot.name} --stale",
                    )
                written.append(frame_path(pattern, frame))
                studio.shelf.link(source, f"{folder}/{written[-1]}")
    return written


def _papers(
    studio: Studio,
    cut: _Cut,
    title: str,
    codec: str,
    *,
    frames: bool,
) -> dict[str, bytes]:
    papers = {}
    if codec != NO_MOVIES:
        papers[f"{title}.otio"] = studio.papers.timeline(_timeline(studio, cut, title, True))
    if frames:
        papers[f"{title}_exr.otio"] = studio.papers.timeline(
            _timeline(studio, cut, title, False)
        )
    papers[f"{title}.edl"] = _edl(studio, cut, title, movies=codec != NO_MOVIES)
    return papers


def _timeline(studio: Studio, cut: _Cut, title: str, movies: bool) -> dict[str, Any]:
    clips = []
    for place, versions in cut:
        references = {}
        for version in versions:
            facts = {
                **version_facts(studio, version),
                "view": view_words(studio, place.shot) if movies else None,
                "comp": _comp(version) if not movies else None,
            }
            references[version.id] = (
                movie_reference(place, _movie(version), facts)
                if movies
                else frames_reference(place, _comp(version), facts)
            )
        marks = [mark for v in versions for mark in marks_of(studio, place, v)]
        one = clip(studio, place, references, _seen(studio, versions).id, marks)
        clips.append({**one, "record": place.record})
    return {
        "name": title,
        "rate": studio.settings.rate,
        "starts": _begins(studio, cut),
        "strips": [{"name": "comp", "enabled": True, "clips": clips}],
        "facts": {
            "show": studio.settings.name,
            "config_sha256": studio.colour.config_sha256,
            "for": "review",
        },
    }


def _edl(studio: Studio, cut: _Cut, title: str, *, movies: bool) -> bytes:
    events, record = [], _begins(studio, cut)
    for place, versions in cut:
        version = _seen(studio, versions)
        record = max(record, place.record or record)
        events.append(
            {
                "clip": version.id,
                "reel": place.reel,
                "source": place.first,
                "record": record,
                "frames": place.shown,
                "file": _movie(version) if movies else _comp(version),
                "notes": [
                    f"SHOT: {place.shot.name}",
                    f"FRAMES: {place.shot.frames}",
                    "HANDLES: {} {}".format(*place.handles),
                    *place.words,
                ],
            }
        )
        record += place.shown
    # One list has one way of counting: numbers are dropped where every plate drops them.
    drop = all(place.drop for place, _ in cut)
    return studio.papers.edl(title, events, rate=studio.settings.rate, drop=drop)


def _begins(studio: Studio, cut: _Cut) -> int:
    first = cut[0][0].record
    return RECORD_HOUR * nominal(rate_of(studio.settings.rate)) if first is None else first


def _seen(studio: Studio, versions: Sequence[Version]) -> Version:
    """Return the chosen version, if it is among them, else the first."""
    choice = book.chosen(studio.ledger, versions[0].shot)
    chosen = [v for v in versions if choice is not None and v.id == choice.element]
    return chosen[0] if chosen else versions[0]
