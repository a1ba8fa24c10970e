"""
Which of a plate's files a cut shows, and whether they are all there and alike.

A cut says timecode; files have numbers. In this order one leads to the other: the turnover
numbers the frames itself; its media says which file stands at which timecode; the first
file's header has a timecode; the files are numbered by timecode; the plate is as long as
the cut with its handles. Where nothing leads there, it is said, and every file is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from seamline.errors import ShowError
from seamline.pixels.picture import Picture
from seamline.ports import Studio
from seamline.show.frames import FrameRange, frame_path
from seamline.show.timecode import from_header, word_in
from seamline.show.turnover import Event, FoundFrames, Piece, runs
from seamline.steps.together import together


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One thing that keeps a shot out: what, and the sentence."""

    what: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The frames that a shot takes of its plate."""

    frames: FrameRange
    pieces: tuple[Piece, ...]
    head: int | None
    tail: int | None
    missing: tuple[Missing, ...] = ()
    notes: tuple[str, ...] = ()


def taken(
    found: FoundFrames,
    events: Sequence[tuple[int, Event]],
    *,
    clock: int | None,
    handles: int | None,
) -> Taken:
    """
    Return which frames of ``found`` a shot takes, and what of them is missing.

    Args:
        found: The plate on disk.
        events: Where the shot stands in the cut, each with its place from 1.
        clock: Timecode of the first file, frames since midnight; None where it has none.
        handles: Frames wanted at each end; None: what is on disk.
    """
    asked = events[0][1].frames
    own = events[0][1].handles
    wanted = own if own is not None else handles
    if asked is not None:
        return _as_numbered(found, asked, events, wanted)
    ways = [_ways(event, found, clock, wanted) for _, event in events]
    pieces = tuple(
        _piece(order, event, way) for (order, event), way in zip(events, ways, strict=True)
    )
    doubts = tuple(
        says
        for (_, event), way in zip(events, ways, strict=True)
        for says in _doubts(event, way)
    )
    spans = [
        (piece.frames.first - event.more[0], piece.frames.last + event.more[1])
        for piece, (_, event) in zip(pieces, events, strict=True)
        if piece.frames
    ]
    on_disk = FrameRange(first=found.first, last=found.last)
    if len(spans) < len(pieces):
        return _unplaced(found, on_disk, pieces, events, wanted)
    first, last = min(a for a, _ in spans), max(b for _, b in spans)
    if wanted is not None:
        frames = FrameRange(first=max(0, first - wanted), last=last + wanted)
    else:
        frames = FrameRange(first=min(first, found.first), last=max(last, found.last))
    cut = FrameRange(first=max(0, first), last=last)
    told = _told(found, frames, cut, pieces, handles=wanted is not None)
    return replace(told, notes=(*told.notes, *doubts))


def _as_numbered(
    found: FoundFrames,
    asked: FrameRange,
    events: Sequence[tuple[int, Event]],
    wanted: int | None,
) -> Taken:
    order, event = events[0]
    each = wanted or 0
    if 2 * each >= len(asked):
        says = f"handles of {each} frames leave nothing of {asked}"
        return Taken(
            frames=asked, pieces=(), head=None, tail=None,
            missing=(Missing(what="handles", says=says),),
        )  # fmt: skip
    cut = FrameRange(first=asked.first + each, last=asked.last - each)
    piece = _named(order, event, cut, "the turnover numbers them")
    return _told(found, asked, cut, (piece,), handles=True)


def _unplaced(
    found: FoundFrames,
    on_disk: FrameRange,
    pieces: tuple[Piece, ...],
    events: Sequence[tuple[int, Event]],
    wanted: int | None,
) -> Taken:
    longest = max((e.source[1] - e.source[0] for _, e in events if e.source), default=0)
    missing = list(_told(found, on_disk, on_disk, pieces).missing)
    if len(found.numbers) < longest:
        says = f"the cut shows {longest} frames, and {len(found.numbers)} are on disk"
        missing.append(Missing(what="frames", says=says))
    notes = []
    if longest and pieces:
        notes.append(
            "nothing tells where the cut lies in the plate (no timecode in its headers): all "
            f"of {on_disk} is taken"
        )
        if wanted:
            says = f"nothing tells whether the plate has {wanted} frames of handles"
            missing.append(Missing(what="handles", says=says))
    return Taken(
        frames=on_disk,
        pieces=pieces,
        head=None,
        tail=None,
        missing=tuple(missing),
        notes=tuple(notes),
    )


def _told(
    found: FoundFrames,
    frames: FrameRange,
    cut: FrameRange,
    pieces: tuple[Piece, ...],
    *,
    handles: bool = False,
) -> Taken:
    """Return what is taken; ``handles``: whether those at the ends were asked for."""
    there = set(found.numbers)
    lost = [n for n in frames if n not in there]
    missing = []
    shown = [n for n in lost if n in cut]
    if shown:
        says = f"the plate has no frame {runs(shown)}; on disk are {runs(found.numbers)}"
        missing.append(Missing(what="frames", says=says))
    around = [n for n in lost if n not in cut and (handles or found.first < n < found.last)]
    if around:
        says = f"the handles lack {runs(around)}; on disk are {runs(found.numbers)}"
        missing.append(Missing(what="handles", says=says))
    return Taken(
        frames=frames,
        pieces=pieces,
        head=cut.first - frames.first,
        tail=frames.last - cut.last,
        missing=tuple(missing),
    )


def _ways(
    event: Event, found: FoundFrames, clock: int | None, wanted: int | None
) -> list[tuple[int, str]]:
    """Return the file at which the cut begins, by everything that tells it, best first."""
    if event.source is None:
        return []
    start, end = event.source
    length = end - start
    ways = []
    if event.media_first is not None and event.available is not None:
        ways.append((event.media_first + start - event.available[0], "the timeline's media"))
    if clock is not None:
        ways.append((found.first + start - clock, "timecode in the plate's headers"))
    if found.first <= start and end - 1 <= found.last:
        ways.append((start, "files numbered by timecode"))
    if wanted is not None and len(found.numbers) == length + 2 * wanted:
        ways.append((found.first + wanted, "the plate's length"))
    # A clock that leads to no file is another clock, where a later way leads to one.
    leading = [way for way in ways if way[0] <= found.last and way[0] + length > found.first]
    return leading or ways


def _piece(order: int, event: Event, ways: Sequence[tuple[int, str]]) -> Piece:
    for first, by in ways:
        assert event.source is not None
        length = event.source[1] - event.source[0]
        try:
            frames = FrameRange(first=first, last=first + length - 1)
        except ShowError:
            continue
        return _named(order, event, frames, by)
    return _named(order, event, None, "")


def _doubts(event: Event, ways: Sequence[tuple[int, str]]) -> Iterator[str]:
    """Yield a sentence for each way that puts the cut elsewhere than the one taken."""
    for first, by in ways[1:]:
        if first != ways[0][0]:
            yield (
                f"{event.where} begins at {ways[0][0]} by {ways[0][1]}, which is taken, and "
                f"at {first} by {by}"
            )


def _named(order: int, event: Event, frames: FrameRange | None, by: str) -> Piece:
    return Piece(
        order=order,
        where=event.where,
        clip=event.clip,
        reel=event.reel,
        rate=event.rate,
        drop=event.drop,
        record=event.record,
        source=event.source,
        frames=frames,
        by=by if frames else "",
        speed=event.speed,
        transition=event.transition,
    )


def clock_of(header: Picture, event: Event) -> int | None:
    """Return the timecode in a frame's header, frames since midnight; None if it has none."""
    word = word_in(header.attributes)
    found = None if word is None else from_header(word, event.rate)
    return found[0] if found else None


def changes(studio: Studio, shot: str, found: FoundFrames, frames: FrameRange) -> list[Missing]:
    """Return a sentence for every way in which the plate's frames are not all alike."""
    there = sorted(set(found.numbers) & set(frames))

    def look(number: int) -> tuple[str, str]:
        header = studio.images.header(frame_path(found.pattern, number))
        _, _, width, height = header.display_window
        return f"{width}x{height}", f"{header.pixel_aspect:g}"

    seen = together(studio, f"{shot}: looking at the plate", look, there)
    wrong = []
    for place, what in ((0, "frame size"), (1, "pixel aspect")):
        kinds: dict[str, list[int]] = {}
        for number, words in zip(there, seen, strict=True):
            kinds.setdefault(words[place], []).append(number)
        if len(kinds) > 1:
            parts = "; ".join(f"{runs(n)} {words}" for words, n in kinds.items())
            wrong.append(Missing(what=what, says=f"the plate changes its {what}: {parts}"))
    return wrong
