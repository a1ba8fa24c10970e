"""
A shot in a cut: where it begins on the plate's clock, what it shows, what it may be seen as.

Times are frames since midnight of the plate's own timecode; a plate whose headers have none
counts by the film's frame numbers, so that frame 1001 at 24 frames per second is 00:00:41:17.
Handles are the frames at both ends of what was rendered that the cut does not show: as the
shot's turnover has them, or as somebody says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from seamline.errors import InputError
from seamline.ports import Studio
from seamline.show.frames import FrameRange, frame_path
from seamline.show.shot import Shot
from seamline.show.timecode import from_header, rate_of
from seamline.show.variation import Version
from seamline.steps import book

RECORD_HOUR = 3600
"""Cuts begin at one hour, as editors have it: seconds since midnight."""
_TIMECODE = ("smpte:TimeCode", "timeCode")
_REEL = ("reelName", "smpte:ReelName", "reel")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """
    A shot in a cut.

    Attributes:
        shot: Which.
        starts: Timecode of its first rendered frame, frames since midnight.
        drop: Whether that timecode drops numbers.
        from_plate: Whether the plate's headers say it; else it is the frame number.
        reel: What the plate's headers call the reel; else the shot's name.
        shows: Frames that the cut shows.
        record: Where it stands in the cut, frames since midnight; None where no turnover says.
        order: Its place in the turnover's cut, from 1; 0 where none says.
        words: What of the turnover's cut is not in ours: its speed, its transition.
    """

    shot: Shot
    starts: int
    drop: bool
    from_plate: bool
    reel: str
    shows: FrameRange
    record: int | None = None
    order: int = 0
    words: tuple[str, ...] = ()

    @property
    def handles(self) -> tuple[int, int]:
        """Frames before and after those that are shown."""
        frames = self.shot.frames
        return self.shows.first - frames.first, frames.last - self.shows.last

    @property
    def first(self) -> int:
        """Timecode of the first frame that is shown."""
        return self.at(self.shows.first)

    @property
    def shown(self) -> int:
        """How many frames are shown."""
        return len(self.shows)

    def at(self, frame: int) -> int:
        """Return the timecode of ``frame``, a number of the film."""
        return self.starts + frame - self.shot.frames.first


def placed(studio: Studio, shot: Shot, *, handles: int | None = None) -> Placed:
    """
    Return ``shot`` as it stands in a cut: as its turnover first shows it.

    Args:
        studio: Ports.
        shot: Which.
        handles: Frames at each end that the cut does not show; by default the turnover's,
            without one none.

    Raises:
        InputError: The handles leave nothing of the shot.
    """
    return placements(studio, shot, handles=handles)[0]


def placements(studio: Studio, shot: Shot, *, handles: int | None = None) -> list[Placed]:
    """Return ``shot`` once for every time its turnover shows it; see ``placed``."""
    starts, drop, from_plate, reel = _clock(studio, shot)
    whole = Placed(
        shot=shot,
        starts=starts,
        drop=drop,
        from_plate=from_plate,
        reel=reel,
        shows=_without(shot, *((handles, handles) if handles is not None else (0, 0))),
    )
    cut = book.cut(studio.ledger, shot.name)
    if cut is None or not cut.pieces:
        return [whole]
    found = []
    for piece in cut.pieces:
        shows = piece.frames
        if shows is None or not (shows.first in shot.frames and shows.last in shot.frames):
            shows = _without(shot, cut.head or 0, cut.tail or 0)
        words = [f"speed {piece.speed} in the turnover"] if piece.speed != 1 else []
        words += [f"{piece.transition} in the turnover"] if piece.transition else []
        found.append(
            replace(
                whole,
                shows=whole.shows if handles is not None else shows,
                reel=piece.reel or reel,
                record=piece.record[0] if piece.record else None,
                order=piece.order,
                words=tuple(words),
            )
        )
    return found


def _without(shot: Shot, head: int, tail: int) -> FrameRange:
    if min(head, tail) < 0 or len(shot.frames) <= head + tail:
        raise InputError(
            f"{shot.name}: handles of {head} and {tail} frames leave nothing of its "
            f"{len(shot.frames)}",
            remedy="Give the frames at each end that the cut does not show: --handles N.",
        )
    return FrameRange(first=shot.frames.first + head, last=shot.frames.last - tail)


def _clock(studio: Studio, shot: Shot) -> tuple[int, bool, bool, str]:
    """Return timecode of the first frame, whether it drops, whether the plate says, reel."""
    found, reel = None, ""
    if shot.plate is not None:
        header = studio.images.header(frame_path(shot.plate.pattern, shot.frames.first))
        said = {name: value for name, (_, value) in header.attributes.items()}
        words = next((said[name] for name in _TIMECODE if name in said), None)
        if words is not None:
            found = from_header(int(words[0]), rate_of(studio.settings.rate))
        reel = str(next((said[name] for name in _REEL if said.get(name)), ""))
    starts, drop = found or (shot.frames.first, False)
    return starts, drop, found is not None, reel or shot.name


def clip(
    studio: Studio,
    place: Placed,
    references: Mapping[str, Mapping[str, Any]],
    active: str,
    marks: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the shot as a clip of a timeline; see ``formats.otio.Cut``."""
    shot = place.shot
    lock = book.lock(studio.ledger, shot.name)
    return {
        "name": shot.name,
        "first": place.first,
        "frames": place.shown,
        "references": references,
        "active": active,
        "marks": marks,
        "facts": {
            "shot": shot.name,
            "shot_version": shot.version,
            "frames": str(shot.frames),
            "handles": list(place.handles),
            "turnover": list(place.words),
            "timecode": "plate" if place.from_plate else "frame numbers",
            "plate": shot.plate.pattern.rpartition("/")[2] if shot.plate else None,
            "plate_digest": shot.plate.digest if shot.plate else None,
            "lock": lock.version if lock else None,
        },
    }


def frames_reference(place: Placed, file: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return a sequence of the shot's frames as a reference; see ``formats.otio.Reference``."""
    return {
        "file": file,
        "first": place.starts,
        "frames": len(place.shot.frames),
        "number": place.shot.frames.first,
        "facts": facts,
    }


def movie_reference(place: Placed, file: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return a movie of the shot as a reference: its slate stands one frame before."""
    return {
        "file": file,
        "first": place.starts - 1,
        "frames": len(place.shot.frames) + 1,
        "number": 0,
        "facts": facts,
    }


def version_facts(studio: Studio, version: Version) -> dict[str, Any]:
    """Return what a timeline says of one version, under its ``seamline`` metadata."""
    choice = book.chosen(studio.ledger, version.shot)
    variation = book.variation_of(studio.ledger, version)
    return {
        "element": version.id,
        "variation": variation.number,
        "ask_digest": version.ask_digest,
        "element_digest": version.element_digest,
        "comp_digest": version.comp_digest,
        "cdl_digest": version.cdl_digest,
        "chosen": bool(choice and choice.element == version.id),
        "signed_by": sorted({s.by for s in book.sign_offs(studio.ledger, version.id)}),
        "failed": [f.check for f in version.findings if f.verdict == "fail"],
    }


def marks_of(studio: Studio, place: Placed, version: Version) -> list[dict[str, Any]]:
    """Return what is to be said on a clip: open findings, the choice and sign-offs."""
    marks = [
        {"at": place.first, "says": f"{words}: shown as it was shot", "kind": "note"}
        for words in place.words
    ]
    for finding in version.findings:
        if finding.verdict not in ("fail", "not comparable"):
            continue
        frame = place.shot.frames.first if finding.frame is None else finding.frame
        marks.append(
            {
                "at": place.at(frame),
                "says": f"{version.id} {finding.check}: {finding.says}",
                "kind": finding.verdict,
            }
        )
    choice = book.chosen(studio.ledger, version.shot)
    if choice is not None and choice.element == version.id:
        says = f"{version.id} chosen by {choice.by}, {choice.at}"
        marks.append({"at": place.first, "says": says, "kind": "note"})
    for signed in book.sign_offs(studio.ledger, version.id):
        says = f"{version.id} signed by {signed.by}, {signed.at}"
        marks.append({"at": place.first, "says": says, "kind": "pass"})
    return marks
