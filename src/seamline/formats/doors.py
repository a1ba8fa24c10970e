"""
The doors by which other people's text comes in: what each is called, and what reads it.

This is the side behind the walls: it runs in ``formats.read_worker``, is handed bytes and
gives back plain JSON, which ``formats.reader`` makes nouns of. Each door opens its own
reader when it is first asked for, so that a cut list waits for no library of timelines.

A door stands here for everything that a parser takes apart, but for what is said, with its
reason, in docs/how-to/isolate-workers.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, BinaryIO

from seamline.show.frames import FrameRange
from seamline.show.record import as_record, from_record


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """
    What a door is asked.

    Attributes:
        where: What sentences call the file.
        asked: More of the question, as plain JSON.
        files: What was handed in, open.
        beside: Reads a file that belongs to the first; None where there is none.
    """

    where: str
    asked: Mapping[str, Any]
    files: tuple[BinaryIO, ...]
    beside: Callable[[str], bytes | None]

    def content(self, place: int = 0) -> bytes:
        """Return all bytes of one of the files."""
        return self.files[place].read()


def _turnover(question: Question) -> Any:
    kind, rate = question.asked["kind"], Fraction(question.asked["rate"])
    content, where = question.content(), question.where
    if kind == "otio":
        from seamline.formats.turnover import timeline

        return as_record(timeline.read(content, where=where, rate=rate))
    if kind == "edl":
        from seamline.formats.turnover import cutlist

        return as_record(cutlist.read(content, where=where, rate=rate))
    from seamline.formats.turnover import table

    return as_record(table.read(content, where=where, rate=rate))


def _track(question: Question) -> Any:
    from seamline.formats.tracks import reading

    said = question.asked
    return reading.track(
        question.content(),
        path=question.where,
        frames=_frames(said),
        camera=str(said["camera"]),
        clock=said["clock"],
        lens=(str(said["lens"]), question.content(1)) if said["lens"] else None,
        beside=question.beside,
    )


def _lens_report(question: Question) -> Any:
    from seamline.formats.tracks import reading

    frames = _frames(question.asked)
    found = reading.report(question.content(), question.where, frames, question.beside)
    return as_record(found)


def _is_lens_report(question: Question) -> Any:
    from seamline.formats.tracks import vendor

    return vendor.sniff(question.where, question.content())


def _lens(question: Question) -> Any:
    from seamline.formats.lensfile import read_lens

    return as_record(read_lens(question.content(), where=question.where))


def _cdl(question: Question) -> Any:
    from seamline.formats.cdl import read_one_cdl

    said = question.asked
    found = read_one_cdl(
        question.content(), where=question.where, wanted=said["wanted"], space=said["space"]
    )
    return as_record(found)


def _points(question: Question) -> Any:
    from seamline.formats.polygon import parse_points

    return parse_points(question.content(), question.where, fewest=question.asked["fewest"])


def _drawing(question: Question) -> Any:
    from seamline.formats.lines import parse_strokes

    said = question.asked
    found = parse_strokes(
        question.content(), question.where, int(said["width_px"]), int(said["height_px"])
    )
    return as_record(found)


def _manifest(question: Question) -> Any:
    from seamline.formats.c2pa import media_type, read_manifest

    manifest, anchor, about = question.content(0), question.content(1), question.files[2]
    return read_manifest(manifest, about, media_type(str(question.asked["about"])), anchor)


def _root_key(question: Question) -> Any:
    from seamline.formats.certificates import root_key

    return root_key(question.content(), where=question.where).hex()


def _chain(question: Question) -> Any:
    from seamline.formats.mhl import read_chain

    return read_chain(question.content())


def _generation(question: Question) -> Any:
    from seamline.formats.mhl import read_generation

    return list(read_generation(question.content()).items())


def _frames(said: Mapping[str, Any]) -> FrameRange | None:
    return None if said["frames"] is None else from_record(FrameRange, said["frames"])


DOORS: Mapping[str, Callable[[Question], Any]] = {
    "turnover": _turnover,
    "track": _track,
    "lens report": _lens_report,
    "is lens report": _is_lens_report,
    "lens": _lens,
    "cdl": _cdl,
    "points": _points,
    "drawing": _drawing,
    "manifest": _manifest,
    "certificate": _root_key,
    "chain": _chain,
    "generation": _generation,
}
"""What is asked, by the name that ``formats.reader`` asks it by."""
