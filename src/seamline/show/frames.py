"""
Frames: the film's own numbers (1001 ...), and how a sequence of files is written down.

``%04d`` and ``####`` mean the same; a pattern without either is a single still.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from seamline.errors import ShowError

_HASHES = re.compile(r"#+")
_PRINTF = re.compile(r"%0?(\d*)d")
MOST_FRAMES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRange:
    """First to last frame, both included."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if self.last < self.first or self.first < 0:
            raise ShowError(
                f"frames {self.first}-{self.last} run backwards or below zero",
                remedy="Write the first frame, a dash and the last one: 1001-1024.",
            )
        if len(self) > MOST_FRAMES:
            raise ShowError(
                f"frames {self.first}-{self.last} are {len(self)} frames, more than the "
                f"{MOST_FRAMES} a shot may have",
                remedy="Check the numbers; a shot is one cut.",
            )

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.first, self.last + 1))

    def __contains__(self, frame: object) -> bool:
        return isinstance(frame, int) and self.first <= frame <= self.last

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"

    @property
    def middle(self) -> int:
        """The frame in the middle (the earlier of two)."""
        return (self.first + self.last) // 2

    @classmethod
    def parse(cls, text: str) -> FrameRange:
        """Read ``1001-1024`` or ``1001``."""
        found = re.fullmatch(r"\s*(\d{1,9})(?:\s*-\s*(\d{1,9}))?\s*", text)
        if not found:
            raise ShowError(
                f"{text!r} is not a frame range",
                remedy="Write the first frame, a dash and the last one: 1001-1024.",
            )
        first = int(found[1])
        return cls(first=first, last=int(found[2]) if found[2] else first)


def printf_pattern(pattern: str) -> str:
    """
    Return ``pattern`` with ``####`` written as ``%04d``; a still comes back as it is.

    Only the file's name counts: a folder may be called ``reel #2``.
    """
    found = _HASHES.search(pattern, _name_at(pattern))
    if found and not _number_in(pattern):
        return f"{pattern[: found.start()]}%0{len(found[0])}d{pattern[found.end() :]}"
    return pattern


def is_sequence(pattern: str) -> bool:
    """Tell whether ``pattern`` stands for many files."""
    return _number_in(printf_pattern(pattern)) is not None


def frame_path(pattern: str, frame: int) -> str:
    """Return the path of ``frame``; a still is the same file for every frame."""
    written = printf_pattern(pattern)
    found = _number_in(written)
    if not found:
        return written
    digits = int(found[1] or 0)
    return f"{written[: found.start()]}{frame:0{digits}d}{written[found.end() :]}"


def _number_in(written: str) -> re.Match[str] | None:
    return _PRINTF.search(written, _name_at(written))


def _name_at(pattern: str) -> int:
    return max(pattern.rfind("/"), pattern.rfind("\\")) + 1


def ranges(numbers: Iterable[int]) -> str:
    """Return frame numbers as people write them: ``1003-1007, 1011``."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
