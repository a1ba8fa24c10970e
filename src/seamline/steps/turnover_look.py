"""
Looking for one shot's material: what is there, what is missing, and what may do without.

What the turnover names must be there. A track, a matte, a CDL that carries the shot's name
is taken without being named. What there is none of is only said, unless it was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from seamline.errors import InputError, ShowError
from seamline.ports import Studio
from seamline.show.frames import frame_path
from seamline.show.timecode import rate_of
from seamline.show.turnover import Event, FoundFrames, runs
from seamline.steps.turnover_find import Candidates, Index, is_grade, is_track
from seamline.steps.turnover_frames import Missing, Taken, changes, clock_of, taken

NEEDS = ("track", "matte", "lens", "grade")
_RATES = ("FramesPerSecond", "framesPerSecond")
MOST_NAMED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What holds for every shot of a turnover."""

    handles: int | None = None
    """Frames wanted before and after what the cut shows."""
    need: tuple[str, ...] = ()
    """What every shot must have: of ``NEEDS``."""
    colourspace: str = ""
    grade_space: str = ""


@dataclass(slots=True, kw_only=True)
class Looked:
    """What was found of one shot; paths, empty where there is nothing."""

    plate: str = ""
    taken: Taken | None = None
    track: str = ""
    static: bool = False
    matte: str = ""
    lens: str = ""
    grade: str = ""
    lacks: list[Missing] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What keeps the shot out."""
        return tuple(self.lacks)

    @property
    def without(self) -> tuple[str, ...]:
        """What there is none of, and nobody asked for."""
        return tuple(self.lacking)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth a word."""
        return tuple(self.said)


def look(
    studio: Studio, shot: str, events: Sequence[tuple[int, Event]], index: Index, asked: Asked
) -> Looked:
    """Return what was found of ``shot``; nothing but headers is read."""
    found = Looked(static=any(event.static for _, event in events))
    _plate(studio, found, shot, events, index, asked)
    first = events[0][1]
    found.track = _file(found, shot, "track", first.track, index, asked)
    if found.track and found.static:
        if first.track:
            says = "it is said to be locked off, and has a track too"
            found.lacks.append(Missing(what="track", says=says))
        else:
            found.said.append(f"it is said to be locked off: {found.track} is left alone")
            found.track = ""
    found.lens = _file(found, shot, "lens", first.lens, index, asked)
    found.grade = _file(found, shot, "grade", first.grade, index, asked)
    _matte(found, shot, first.matte, index, asked)
    for _, event in events:
        found.said += _words(event, rate=studio.settings.rate)
    if len(events) > 1:
        found.said.append(f"it stands {len(events)} times in the cut")
    return found


def _plate(
    studio: Studio,
    found: Looked,
    shot: str,
    events: Sequence[tuple[int, Event]],
    index: Index,
    asked: Asked,
) -> None:
    there = index.plates(shot, [event for _, event in events])
    found.plate = _the_one(found, "plate", there)
    if not found.plate:
        if not there.found:
            named = next((file for _, event in events for file in event.files), "")
            says = f"nothing like {named} was found" if named else "no frames of it were found"
            found.lacks.append(Missing(what="plate", says=says))
        return
    sequence = index.sequences[found.plate]
    try:
        header = studio.images.header(frame_path(found.plate, sequence.first))
        clock = clock_of(header, events[0][1])
        found.taken = taken(sequence, events, clock=clock, handles=asked.handles)
        said = next((header.attributes[n][1] for n in _RATES if n in header.attributes), None)
        if said is not None and int(said[0]) != events[0][1].rate * int(said[1]):
            found.said.append(
                f"the plate's headers say {said[0]}/{said[1]} frames per second, the cut "
                f"{events[0][1].rate}"
            )
        found.lacks += found.taken.missing
        found.said += found.taken.notes
        found.lacks += changes(studio, shot, sequence, found.taken.frames)
    except ShowError as error:
        found.lacks.append(Missing(what="frames", says=str(error)))
    except InputError as error:
        found.lacks.append(Missing(what="plate", says=str(error)))


def _matte(found: Looked, shot: str, named: str, index: Index, asked: Asked) -> None:
    there = index.mattes(shot, named)
    found.matte = _the_one(found, "matte", there)
    if not there.found:
        _none(found, "matte", named, asked)
    if found.matte and found.taken:
        matte: FoundFrames = index.sequences[found.matte]
        lost = set(found.taken.frames) - set(matte.numbers)
        if lost:
            found.lacks.append(
                Missing(what="matte", says=f"the matte has no frame {runs(lost)}")
            )


def _file(found: Looked, shot: str, what: str, named: str, index: Index, asked: Asked) -> str:
    fits = {"track": is_track, "grade": is_grade}.get(what, lambda _: False)
    there = index.file(shot, named, fits)
    if not there.found and not (what == "track" and found.static):
        _none(found, what, named, asked)
    return _the_one(found, what, there)


def _the_one(found: Looked, what: str, there: Candidates) -> str:
    if len(there.found) < 2:
        return there.found[0] if there.found else ""
    names = ", ".join(there.found[:MOST_NAMED])
    more = len(there.found) - MOST_NAMED
    rest = f" and {more} more" if more > 0 else ""
    says = f"{len(there.found)} may be meant by {there.by}: {names}{rest}"
    found.lacks.append(Missing(what=what, says=says))
    return ""


def _none(found: Looked, what: str, named: str, asked: Asked) -> None:
    if named:
        found.lacks.append(Missing(what=what, says=f"{named} was not found"))
    elif what in asked.need:
        found.lacks.append(Missing(what=what, says="none was found under the shot's name"))
    else:
        found.lacking.append(what)


def _words(event: Event, *, rate: str) -> list[str]:
    words = list(event.notes)
    if event.speed == 0:
        words.append(f"{event.where} freezes a frame: it is taken in as photographed")
    elif event.speed != 1:
        backwards = ", backwards" if event.speed < 0 else ""
        percent = float(abs(event.speed)) * 100
        words.append(
            f"{event.where} is retimed to {percent:g} %{backwards}: frames are taken in as "
            "photographed"
        )
    if event.transition:
        words.append(f"{event.where} begins with a {event.transition}")
    if event.rate != rate_of(rate):
        words.append(
            f"{event.where} runs at {event.rate} frames per second, the show at {rate}"
        )
    return words
