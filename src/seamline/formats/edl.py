"""
Edit decision lists: CMX 3600, one cut after the other on one video channel.

Events are hard cuts. A reel is eight letters and digits; what it is short for, and the
file and element behind it, stand below the event as comments. Source and record times are
timecode, out-points are the first frame that is not shown.

Source: CMX 3600 as editorial systems exchange it (OpenTimelineIO's cmx_3600 adapter reads
these comments).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypedDict

from seamline.errors import FormatError
from seamline.show.timecode import may_drop, rate_of, timecode

MOST_EVENTS = 999
"""An event's number has three digits."""


class Event(TypedDict):
    """One cut. Times are frames since midnight; ``frames`` is how many are shown."""

    clip: str
    reel: str
    source: int
    record: int
    frames: int
    file: str
    """What is shown, relative to the list."""
    notes: Sequence[str]


def edl(title: str, events: Sequence[Event], *, rate: str, drop: bool = False) -> bytes:
    """
    Return the list as ASCII text; the same events give the same bytes.

    Args:
        title: Of the cut.
        events: In order of the cut.
        rate: Frames per second: ``24`` or ``24000/1001``.
        drop: Whether timecodes drop frame numbers.

    Raises:
        FormatError: There are more events than a list can number, or numbers are to be
            dropped at a rate that has no such timecode.
    """
    speed = rate_of(rate)
    if len(events) > MOST_EVENTS:
        raise FormatError(
            f"{title}: {len(events)} cuts, and an EDL can number {MOST_EVENTS}",
            remedy="Hand it off in several reels.",
        )
    if drop and not may_drop(speed):
        raise FormatError(f"{title}: no drop-frame timecode at {rate} frames per second")
    lines = [f"TITLE: {_ascii(title)[:70]}", f"FCM: {'' if drop else 'NON-'}DROP FRAME", ""]
    for number, event in enumerate(events, 1):
        times = [
            timecode(frames, speed, drop=drop)
            for at in (event["source"], event["record"])
            for frames in (at, at + event["frames"])
        ]
        lines.append(
            f"{number:03d}  {reel_name(event['reel']):<8} V     C        {' '.join(times)}"
        )
        lines.append(f"* FROM CLIP NAME: {_ascii(event['clip'])}")
        lines.append(f"* SOURCE FILE: {_ascii(event['file'])}")
        if reel_name(event["reel"]) != event["reel"]:
            lines.append(f"* REEL: {_ascii(event['reel'])}")
        lines += [f"* {_ascii(note)}" for note in event["notes"]]
        lines.append("")
    return "\r\n".join(lines).encode("ascii")


def reel_name(name: str) -> str:
    """Return ``name`` as a reel may be called: eight letters and digits at most."""
    return re.sub(r"[^A-Za-z0-9]", "", name)[:8].upper() or "AX"


def _ascii(text: str) -> str:
    return " ".join(text.encode("ascii", "replace").decode().split())
