"""
Knobs of a Nuke script as numbers, frame by frame.

A knob is a number, a list ``1 2 3``, or a list in which a part in braces is a curve:
``{curve x1001 0.5 0.6 x1010 2}``. ``x`` sets the frame of the next key, a key without it
lies one frame after the last; letters and letters with a number are tangents. Between keys
Nuke draws splines: only frames that have a key, and curves that never change, are read.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from seamline.errors import TrackError

BAKE = "In Nuke, bake it: every frame a key, no expression."
_PART = re.compile(r"\{(?P<braced>(?:[^{}]|\{[^{}]*\})*)\}|(?P<word>[^\s{}]+)")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_TANGENT = re.compile(r"[a-zA-Z][+-]?[\d.eE+-]*")


@dataclass(slots=True)
class Curve:
    """One number over frames: a constant, or keys."""

    where: str
    constant: float | None = None
    keys: dict[int, float] = field(default_factory=dict)

    def at(self, frame: int) -> float:
        """Return the value at ``frame``; TrackError where no key says it."""
        if self.constant is not None:
            return self.constant
        if frame in self.keys:
            return self.keys[frame]
        raise TrackError(
            f"{self.where} has no key at frame {frame} (its keys go from {min(self.keys)} to "
            f"{max(self.keys)})",
            remedy=BAKE,
        )


def curves(knob: str, count: int, where: str) -> list[Curve]:
    """
    Return ``count`` curves of a knob's text.

    A single value stands for all of them, as Nuke reads ``scaling 2``.

    Raises:
        TrackError: It has another number of parts, or one is an expression.
    """
    parts = _parts(knob)
    if len(parts) == 1 and parts[0][1] and len(_parts(parts[0][0])) == count and count > 1:
        parts = _parts(parts[0][0])
    if len(parts) not in (1, count):
        raise TrackError(f"{where} has {len(parts)} values, expected {count}", remedy=BAKE)
    found = [_curve(text, where) for text, _ in parts]
    return found if len(found) == count else found * count


def _parts(text: str) -> list[tuple[str, bool]]:
    return [
        (m["word"], False) if m["braced"] is None else (m["braced"].strip(), True)
        for m in _PART.finditer(text)
    ]


def _curve(text: str, where: str) -> Curve:
    words = text.replace("{", " ").replace("}", " ").split()
    if words and words[0] == "curve":
        words = words[1:]
    elif len(words) == 1:
        return Curve(where, constant=_number(words[0], where))
    elif not words or not re.fullmatch(r"i|x-?\d+", words[0]):
        raise _expression(text, where)
    curve = Curve(where, keys=_keys(words, text, where))
    values = set(curve.keys.values())
    if len(values) == 1 and not any(re.match(r"[st][+-]?\d", word) for word in words):
        return Curve(where, constant=values.pop())
    return curve


def _keys(words: list[str], text: str, where: str) -> dict[int, float]:
    keys: dict[int, float] = {}
    at: int | None = None
    stated, step = False, 1
    for word in words:
        if re.fullmatch(r"x[+-]?[\d.]+", word):
            frame = float(word[1:])
            if not frame.is_integer():
                raise TrackError(f"{where} has a key at frame {frame:g}", remedy=BAKE)
            at, stated = int(frame), True
            step = at - max(keys) if keys else 1
        elif _NUMBER.fullmatch(word):
            if at is None or at in keys:
                raise _expression(text, where)
            if not stated and step != 1:
                raise TrackError(
                    f"{where} has a key without a frame after a step of {step}", remedy=BAKE
                )
            keys[at] = _number(word, where)
            at, stated = at + 1, False
        elif not _TANGENT.fullmatch(word):
            raise _expression(text, where)
    if not keys:
        raise _expression(text, where)
    return keys


def _number(word: str, where: str) -> float:
    if not _NUMBER.fullmatch(word):
        raise _expression(word, where)
    value = float(word)
    if not math.isfinite(value):
        raise TrackError(f"{where} is {word}", remedy="Export the camera again.")
    return value


def _expression(text: str, where: str) -> TrackError:
    return TrackError(
        f"{where} is an expression ({' '.join(text.split())!r:.60}), not numbers", remedy=BAKE
    )
