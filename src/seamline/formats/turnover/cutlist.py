"""
Cut lists in: CMX 3600 edit decision lists, as editing systems write them.

An event is one line: number, reel, channels, transition, source in and out, record in and
out. Lines below it belong to it: ``M2`` is its speed, ``* FROM CLIP NAME:`` its clip,
``* SOURCE FILE:`` its media, ``* SHOT:`` or a locator (``* LOC:``) the shot's name. Of a
dissolve or wipe two lines have one number: the outgoing picture and the incoming one.

The list does not say its rate; ``FCM:`` says whether numbers are dropped.

Source: CMX 3600 as editorial systems exchange it (SMPTE ST 258 describes the same lines).
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from seamline.errors import FormatError, ShowError
from seamline.formats.turnover.said import Said, decoded
from seamline.show.names import checked_name
from seamline.show.timecode import counted, frames_since_midnight, may_drop, nominal
from seamline.show.turnover import Event

_TC = r"(\d{1,2}:\d{2}:\d{2}[:;.,]\d{2,3})"
_EVENT = re.compile(
    rf"(\d{{1,6}})\s+(\S+)\s+(\S+)\s+(C|D|W\d{{1,3}}|KB?|KO)\s+(?:(\d{{1,4}})\s+)?"
    rf"{_TC}\s+{_TC}\s+{_TC}\s+{_TC}\s*"
)
_SPEED = re.compile(rf"M2\s+(\S+)\s+(-?\d{{1,4}}(?:\.\d{{1,3}})?)(?:\s+{_TC})?\s*")
_COMMENT = re.compile(r"\*?\s*([A-Z][A-Z ]*[A-Z])\s*:\s*(.*)")
_LOCATOR = re.compile(rf"{_TC}\s+\w+\s+(\S+)\s*")
_FILE_ENDING = re.compile(r"\.(exr|dpx|mov|mxf|mp4|tiff?|r3d|ari|arx|braw|avi)$", re.IGNORECASE)
_NUMBER = re.compile(r"(\.\d+|[._](%0?\d*d|#+))$")
NO_REEL = ("AX", "BL")
"""Auxiliary source, and black."""
_KNOWN = ("TITLE", "FCM", "FROM CLIP NAME", "TO CLIP NAME", "SOURCE FILE", "SHOT", "LOC")


def read(content: bytes, *, where: str, rate: Fraction) -> Said:
    """
    Return the list's events.

    Args:
        content: The file's bytes.
        where: Named in errors.
        rate: Frames per second.

    Raises:
        FormatError: It is no text, has no event, or drops numbers at a rate that has
            no such timecode.
    """
    return _List(where, rate).read(_words(content))


def _words(content: bytes) -> str:
    try:
        return decoded(content, where="")
    except FormatError:
        return content.decode("latin-1").replace("\0", "\ufffd")  # older systems: Mac, Windows


class _List:
    """One list, line by line."""

    def __init__(self, where: str, rate: Fraction) -> None:
        self.where, self.rate = where, rate
        self.drop = False
        self.said = Said()
        self.standing: Event | None = None
        self.broken = False
        """Whether the event whose lines are read could not be used."""

    def read(self, text: str) -> Said:
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                self._line(number, line.strip())
        self._close()
        if not self.said.events and not self.said.refused:
            raise FormatError(
                f"{self.where} has no event of a CMX 3600 list",
                remedy="Export the cut as a CMX 3600 EDL.",
            )
        return self.said

    def _line(self, number: int, line: str) -> None:
        found = _EVENT.fullmatch(line)
        if found:
            self._close()
            self.broken = False
            try:
                self._event(found)
            except FormatError as error:
                self.broken = True
                self.said.refuse(f"event {found[1]}", f"line {number}: {error}")
        elif line[:1].isdigit():
            self._close()
            self.broken = True
            self.said.refuse(f"line {number}", f"line {number} is no event: {line[:60]!r}")
        elif line.startswith("M2"):
            self._speed(number, line)
        else:
            self._comment(number, line)

    def _event(self, found: re.Match[str]) -> None:
        reel, channels, kind = found[2], found[3].upper(), found[4].upper()
        if not (channels == "B" or "V" in channels) or reel.upper() == "BL":
            self.broken = True  # sound, or black: what stands below it belongs to it
            return
        source = self._count(found[6]), self._count(found[7])
        record = self._count(found[8]), self._count(found[9])
        for what, span in (("source", source), ("record", record)):
            if span[1] < span[0]:
                raise FormatError(f"its {what} goes out before it comes in")
        event = Event(
            where=f"event {found[1]}",
            reel="" if reel.upper() in NO_REEL else reel,
            rate=self.rate,
            drop=self.drop or ";" in found[8],
            record=record,
            source=source,
        )
        if kind != "C":
            event = self._joined(event, kind, int(found[5] or 0))
        self.standing = event

    def _joined(self, event: Event, kind: str, frames: int) -> Event:
        """Return the incoming side; the outgoing side shows ``frames`` more."""
        word = {"D": "dissolve", "K": "key"}.get(kind[0], f"wipe {kind[1:]}")
        before = self.said.events
        if before and before[-1].record and event.record:
            outgoing = before[-1]
            if outgoing.record and outgoing.record[1] == event.record[0]:
                head, tail = outgoing.more
                before[-1] = replace(outgoing, more=(head, max(tail, frames)))
        return replace(event, transition=f"{word}, {frames} frames")

    def _close(self) -> None:
        event, self.standing = self.standing, None
        if event is None:
            return
        assert event.source is not None
        assert event.record is not None
        shown = event.record[1] - event.record[0]
        held = event.source[1] - event.source[0]
        if not shown:
            return  # the outgoing side of a transition: it stands above already
        if event.speed == 1 and held != shown:
            self.said.refuse(
                event.where,
                f"its source lasts {held} frames and its place in the cut {shown}, without a "
                "speed (M2)",
                shot=event.shot,
            )
            return
        if event.speed != 1:
            event = self._retimed(event, shown)
        if not event.shot:
            event = replace(event, shot=shot_of_clip(event.clip))
        self.said.events.append(event)

    def _retimed(self, event: Event, shown: int) -> Event:
        assert event.source is not None
        needed = max(1, -(-abs(event.speed) * shown // 1))
        start = event.source[0]
        return replace(event, source=(start, start + int(needed)))

    def _speed(self, number: int, line: str) -> None:
        found = _SPEED.fullmatch(line)
        if self.standing is None:
            return
        if not found:
            self.said.refuse(self.standing.where, f"line {number} is no speed: {line[:60]!r}")
            self.standing = None
            return
        speed = Fraction(found[2]) / nominal(self.rate)
        self.standing = replace(self.standing, speed=speed)

    def _comment(self, number: int, line: str) -> None:
        found = _COMMENT.fullmatch(line)
        if not found:
            return
        word, value = found[1], found[2].strip()
        if word == "TITLE":
            self.said.title = value[:200]
        elif word == "FCM":
            self._counting(value)
        elif self.standing is not None and value:
            self.standing = self._with(self.standing, word, value)

    def _with(self, event: Event, word: str, value: str) -> Event:
        if word == "SHOT":
            return replace(event, shot=value)
        # Of a transition both sides' clips are named: the incoming one is this event's.
        if word == "TO CLIP NAME" or (
            word == "FROM CLIP NAME" and not (event.clip and event.transition)
        ):
            return replace(event, clip=value)
        if word == "SOURCE FILE":
            return replace(event, files=(*event.files, value))
        if word == "LOC" and not event.shot:
            found = _LOCATOR.fullmatch(value)
            if found and _is_name(found[2]):
                return replace(event, shot=found[2])
        return event

    def _counting(self, value: str) -> None:
        self.drop = value.upper().startswith("DROP")
        if self.drop and not may_drop(self.rate):
            raise FormatError(
                f"{self.where} drops frame numbers, which {self.rate} frames per second does "
                "not",
                remedy="Give the list's rate: --rate 30000/1001.",
            )

    def _count(self, text: str) -> int:
        if self.drop and ";" not in text:
            hour, minute, second, frame = (int(n) for n in re.split(r"[:;.,]", text))
            return counted(hour, minute, second, frame, self.rate, drop=True)
        return frames_since_midnight(text, self.rate)


def shot_of_clip(clip: str) -> str:
    """Return a clip's name without a media file's ending and the frame number before it."""
    whole = clip.strip()
    stem = _FILE_ENDING.sub("", whole)
    return whole if stem == whole else _NUMBER.sub("", stem)


def _is_name(text: str) -> bool:
    try:
        checked_name(text, what="shot")
    except ShowError:
        return False
    return True
