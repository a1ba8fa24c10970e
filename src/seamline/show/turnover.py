"""
A turnover: many shots at once, as an editor's timeline, cut list or table names them.

Times are frames since midnight at the event's own rate; out-points are the first frame
that is no longer shown. Numbers of files are the plate's own, both ends included.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from seamline.show.frames import FrameRange

Span = tuple[int, int]
"""In-point and out-point, frames since midnight; the out-point is not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One place in a turnover where a piece of one shot stands."""

    where: str
    """As an editor finds it: ``event 003``, ``clip 3 of V1``, ``line 7``."""
    shot: str = ""
    """The shot's name as written; empty where nothing names one."""
    clip: str = ""
    reel: str = ""
    files: tuple[str, ...] = ()
    """The plate as the turnover names it: a path or pattern, or only a file's name."""
    rate: Fraction = Fraction(24)
    drop: bool = False
    record: Span | None = None
    """Where it stands in the cut."""
    source: Span | None = None
    """What the cut shows, on the source's clock."""
    more: tuple[int, int] = (0, 0)
    """Frames that a dissolve or wipe shows before and after ``source``."""
    available: Span | None = None
    """What the editor's media holds, on the source's clock."""
    media_first: int | None = None
    """Number in the name of the file at the start of ``available``."""
    speed: Fraction = Fraction(1)
    """2 is twice as fast; below zero backwards; 0 is a frozen frame."""
    transition: str = ""
    frames: FrameRange | None = None
    """The shot's frames, handles among them, where the turnover numbers them."""
    handles: int | None = None
    plate_layer: str = ""
    """Which layer, part or view of the plate's files is the plate."""
    track: str = ""
    static: bool = False
    colourspace: str = ""
    matte: str = ""
    lens: str = ""
    grade: str = ""
    grade_space: str = ""
    notes: tuple[str, ...] = ()
    """What is worth a word and stops nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A place in a turnover that cannot be used, in one sentence."""

    where: str
    shot: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnover:
    """What a turnover file says, in the order of the cut."""

    file: str
    sha256: str
    kind: str
    """``otio``, ``edl`` or ``csv``."""
    title: str = ""
    events: tuple[Event, ...] = ()
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFrames:
    """A sequence of files that stands on disk."""

    pattern: str
    numbers: tuple[int, ...]
    """Numbers of the files, ascending."""

    @property
    def first(self) -> int:
        """The lowest number."""
        return self.numbers[0]

    @property
    def last(self) -> int:
        """The highest number."""
        return self.numbers[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What lies in the folders that came with a turnover."""

    folders: tuple[str, ...]
    sequences: tuple[FoundFrames, ...] = ()
    files: tuple[str, ...] = ()
    """Files that are no frame of a sequence: tracks, CDLs, lenses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One appearance of a shot in the cut."""

    order: int
    """Its place among all pieces of the turnover, from 1."""
    where: str
    clip: str = ""
    reel: str = ""
    rate: Fraction = Fraction(24)
    drop: bool = False
    record: Span | None = None
    source: Span | None = None
    frames: FrameRange | None = None
    """The plate's own numbers of what is shown; None where nothing tells."""
    by: str = ""
    """What tells ``frames``."""
    speed: Fraction = Fraction(1)
    transition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Where a shot stands in the cut, by one turnover; a later cut is a new version."""

    shot: str
    version: int
    file: str
    """Name of the turnover file."""
    sha256: str
    pieces: tuple[Piece, ...]
    head: int | None = None
    """Handles: frames of the shot before those the cut shows; None where nothing tells."""
    tail: int | None = None
    lens: str = ""
    note: str = ""


def runs(numbers: Iterable[int]) -> str:
    """Return ``1001-1003, 1007`` of frame numbers in any order."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{a}-{b}" if b > a else str(a) for a, b in spans)
