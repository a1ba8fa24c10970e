"""
How cameras write numbers: dashes, stops and tenths, linear irises, floats in hexadecimal.

What a camera does not know it writes as a dash or as a value that cannot be; both are
None here.
"""

from __future__ import annotations

import math
import re
import struct
from fractions import Fraction

UNKNOWN_ANGLE_DEG = 180.0
"""ARRI writes 409.5 where a level has nothing to say: all twelve bits set."""


def number(word: str | None) -> float | None:
    """Return a plain number or a fraction; None for a dash, nothing, or what is none."""
    said = (word or "").strip().removesuffix("mm").strip()
    if re.search(r"[eE][+-]?\d{4}", said):
        return None  # a fraction would write out every nought of 1e999999999
    try:
        value = float(Fraction(said))
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def angle(word: str | None) -> float | None:
    """Return degrees; None where the camera does not know."""
    value = number(word)
    return None if value is None or abs(value) > UNKNOWN_ANGLE_DEG else value


def linear_iris(word: str | None) -> float | None:
    """
    Return the T-stop of ARRI's linear iris: 1000 is T1, every 1000 one stop.

    Source: ARRI's metadata; 2667 stands there beside "1.4 + 7/10".
    """
    value = number(word)
    return None if value is None or not 0 <= value <= 20000 else 2 ** ((value - 1000) / 2000)


def stop_and_tenths(word: str | None) -> float | None:
    """
    Return the T-stop of "T 2 3/10": a stop of the scale, and tenths of a stop more.

    The scale's numbers are rounded (T 2.8 is 2.828), so the nearest power of root two is
    taken.
    """
    found = re.fullmatch(
        r"T?\s*(\d{1,4}(?:\.\d{,4})?)(?:\s+(\d{1,2})/([1-9]\d?))?", (word or "").strip()
    )
    if not found or not float(found[1]):
        return None
    stops = round(2 * math.log2(float(found[1])))
    tenths = int(found[2]) / int(found[3]) if found[2] else 0.0
    return float(2 ** ((stops + tenths) / 2))


def hexadecimal(word: str | None) -> float | None:
    """Return a 32-bit float written as eight hexadecimal digits, big end first."""
    try:
        (value,) = struct.unpack(">f", bytes.fromhex((word or "").strip().removeprefix("0x")))
    except (ValueError, struct.error):
        return None
    return float(value) if math.isfinite(value) and value > 0 else None


def seconds(code: str) -> float:
    """Return the whole seconds of a timecode; NaN where it is none."""
    found = re.fullmatch(r"(\d\d)[:;](\d\d)[:;](\d\d)[:;.](\d\d)", code.strip())
    if not found:
        return math.nan
    hours, minutes, whole = (int(found[n]) for n in (1, 2, 3))
    return float((hours * 60 + minutes) * 60 + whole)
