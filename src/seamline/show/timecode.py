"""
Timecode: hours, minutes, seconds and frames on a clock that counts the film's frames.

Counted in frames since midnight at the nominal rate (24 for 24000/1001). Drop-frame
timecode skips two numbers a minute, but in every tenth, at 30000/1001, and four at
60000/1001; no frame is dropped, numbers are.

Source: SMPTE ST 12-1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from seamline.errors import FormatError

IN_HEADERS = ("smpte:TimeCode", "timeCode")
"""What a frame's timecode is called among its attributes."""
_WRITTEN = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})")


def rate_of(text: str) -> Fraction:
    """Return frames per second of ``24`` or ``24000/1001``."""
    return Fraction(text)


def nominal(rate: Fraction) -> int:
    """Return how many frames the clock counts to a second: 24 at 24000/1001."""
    return -(-rate.numerator // rate.denominator)


def may_drop(rate: Fraction) -> bool:
    """Whether drop-frame timecode is defined at ``rate``."""
    return rate in (Fraction(30000, 1001), Fraction(60000, 1001))


def timecode(frames: int, rate: Fraction, *, drop: bool = False) -> str:
    """
    Return ``frames`` since midnight as ``HH:MM:SS:FF``, ``HH:MM:SS;FF`` with ``drop``.

    A day has 24 hours: the count goes round at midnight.
    """
    base = nominal(rate)
    counted = frames
    if drop:
        skipped = base // 15
        ten_minutes = 600 * base - 9 * skipped
        tens, rest = divmod(frames, ten_minutes)
        minutes = max(0, (rest - skipped) // (60 * base - skipped))
        counted = frames + skipped * (9 * tens + minutes)
    counted %= 24 * 3600 * base
    seconds, frame = divmod(counted, base)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02d}:{minute:02d}:{second:02d}{';' if drop else ':'}{frame:02d}"


def frames_since_midnight(text: str, rate: Fraction) -> int:
    """
    Return the frames since midnight of ``HH:MM:SS:FF``; a ``;`` means drop-frame.

    Raises:
        FormatError: It is no timecode, or none at ``rate``.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if not found:
        raise FormatError(f"{text!r} is no timecode", remedy="Write it as HH:MM:SS:FF.")
    hour, minute, second, frame = (int(found[n]) for n in (1, 2, 3, 5))
    return counted(hour, minute, second, frame, rate, drop=found[4] in ";,")


def counted(
    hour: int, minute: int, second: int, frame: int, rate: Fraction, *, drop: bool = False
) -> int:
    """
    Return the frames since midnight of a timecode in its parts.

    Raises:
        FormatError: A part is out of range at ``rate``, or that number is never counted.
    """
    base = nominal(rate)
    skipped = base // 15 if drop else 0
    never = drop and second == 0 and frame < skipped and minute % 10 != 0
    if hour > 23 or minute > 59 or second > 59 or frame >= base or never:
        raise FormatError(
            f"{hour:02d}:{minute:02d}:{second:02d}:{frame:02d} is no timecode at {rate} frames "
            "per second",
            remedy="Check the rate, and whether frame numbers are dropped.",
        )
    minutes = 60 * hour + minute
    number = (60 * minutes + second) * base + frame
    return number - skipped * (minutes - minutes // 10)


def word_in(attributes: Mapping[str, tuple[str, Any]]) -> int | None:
    """Return the packed timecode among a picture's ``attributes``, if there is one."""
    said = next((attributes[name][1] for name in IN_HEADERS if name in attributes), None)
    return None if said is None else int(said[0])


def from_header(word: int, rate: Fraction) -> tuple[int, bool] | None:
    """
    Return (frames since midnight, whether numbers are dropped) of an EXR's ``timeCode``.

    None where its digits are no timecode at ``rate``: above 30 frames per second the
    header counts pairs of frames, which is not enough to tell them apart.

    Source:
        OpenEXR, ImfTimeCode.h: SMPTE ST 12-1 digits, bit 6 is the drop-frame flag.
    """
    base = nominal(rate)
    if base > 30:
        return None
    digits = [
        10 * (word >> (low + 4) & tens) + (word >> low & 0xF)
        for low, tens in ((24, 0x3), (16, 0x7), (8, 0x7), (0, 0x3))
    ]
    drop = bool(word & 0x40) and may_drop(rate)
    try:
        return counted(digits[0], digits[1], digits[2], digits[3], rate, drop=drop), drop
    except FormatError:
        return None
