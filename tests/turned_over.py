"""Turnovers for tests: small plates with timecode, and the lists that editors write of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent / "journeys"))
import material

RATE = 24
HOUR = 3600 * RATE


def timecode(frames: int, rate: int = RATE) -> str:
    """HH:MM:SS:FF, counted by hand."""
    seconds, frame = divmod(frames, rate)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02d}:{minute:02d}:{second:02d}:{frame:02d}"


def header_word(frames: int, rate: int = RATE) -> int:
    """SMPTE ST 12-1 digits, packed as OpenEXR does (each two decimal digits a byte)."""
    return int("".join(part for part in timecode(frames, rate).split(":")), 16)


def plate(
    folder: Path,
    name: str,
    numbers: Sequence[int],
    *,
    starts: int | None = None,
    size: tuple[int, int] = (16, 8),
    turn: int = 0,
) -> str:
    """Write a plate whose first number stands at timecode ``starts``; return its pattern."""
    width, height = size
    for number in numbers:
        pixels = material.meadow(width, height, turn=turn + number).astype(np.float16)
        planes = {n: np.ascontiguousarray(pixels[..., i]) for i, n in enumerate("RGB")}
        attributes = {}
        if starts is not None:
            word = header_word(starts + number - numbers[0])
            attributes["smpte:TimeCode"] = ("timecode", (word, 0))
        material.write(
            folder / f"{name}.{number:04d}.exr",
            planes,
            attributes=attributes,
            primaries=material.AP1,
        )
    return str(folder / f"{name}.%04d.exr")


def matte(folder: Path, name: str, numbers: Sequence[int]) -> str:
    """Write a matte for a plate of 16 x 8."""
    for number in numbers:
        plane = material.matte_plane(16, 8)
        material.write(folder / f"{name}.{number:04d}.exr", {"A": plane})
    return str(folder / f"{name}.%04d.exr")


def cut_list(events: Sequence[tuple[str, str, int, int]], *, title: str = "REEL 1") -> str:
    """A CMX 3600 list of (shot, reel, source in, frames), one after the other."""
    lines, record = [f"TITLE: {title}", "FCM: NON-DROP FRAME", ""], HOUR
    for number, (shot, reel, source, frames) in enumerate(events, start=1):
        times = (source, source + frames, record, record + frames)
        lines.append(
            f"{number:03d}  {reel:<8} V     C        {' '.join(timecode(t) for t in times)}"
        )
        lines.append(f"* FROM CLIP NAME: {shot}.mov")
        record += frames
    return "\n".join(lines) + "\n"
