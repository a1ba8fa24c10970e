"""Turnovers for tests: small plates with timecode, and the lists that editors write of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from synth import Pose, Rig, opentrackio_lines

RATE = 24
HOUR = 3600 * RATE
AP1 = (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)  # AMPAS S-2014-004


def timecode(frames: int, rate: int = RATE) -> str:
    """HH:MM:SS:FF, counted by hand."""
    seconds, frame = divmod(frames, rate)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02d}:{minute:02d}:{second:02d}:{frame:02d}"


def header_word(frames: int, rate: int = RATE) -> int:
    """SMPTE ST 12-1 digits, packed as OpenEXR does (two decimal digits a byte)."""
    return int(timecode(frames, rate).replace(":", ""), 16)


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
        rng = np.random.default_rng([turn, number])
        pixels = rng.uniform(0.01, 2.0, (height, width, 3)).astype(np.float16)
        said: dict[str, tuple[str, Any]] = {"chromaticities": ("float[8]", AP1)}
        if starts is not None:
            word = header_word(starts + number - numbers[0])
            said["smpte:TimeCode"] = ("timecode", (word, 0))
        _write(folder / f"{name}.{number:04d}.exr", pixels, "RGB", said)
    return str(folder / f"{name}.%04d.exr")


def matte(folder: Path, name: str, numbers: Sequence[int]) -> str:
    """Write a matte for a plate of 16 x 8; return its pattern."""
    plane = np.zeros((8, 16, 1), np.float16)
    plane[4:] = 1
    for number in numbers:
        _write(folder / f"{name}.{number:04d}.exr", plane, "A", {})
    return str(folder / f"{name}.%04d.exr")


def track(path: Path, numbers: Sequence[int]) -> Path:
    """Write a track of a camera that pans, one sample for each of ``numbers``."""
    rig = Rig(width_px=16, height_px=8, focal_length_mm=35.0, sensor_width_mm=24.0)
    poses = [Pose(pan_deg=0.1 * n) for n, _ in enumerate(numbers)]
    path.write_text(opentrackio_lines(rig, poses))
    return path


def cut_list(events: Sequence[tuple[str, str, int, int]], *, title: str = "REEL 1") -> str:
    """A CMX 3600 list of (shot, reel, source in, frames), one after the other."""
    lines, record = [f"TITLE: {title}", "FCM: NON-DROP FRAME", ""], HOUR
    for number, (shot, reel, source, frames) in enumerate(events, start=1):
        times = (source, source + frames, record, record + frames)
        words = " ".join(timecode(t) for t in times)
        lines.append(f"{number:03d}  {reel:<8} V     C        {words}")
        lines.append(f"* FROM CLIP NAME: {shot}.mov")
        record += frames
    return "\n".join(lines) + "\n"


def _write(
    path: Path, pixels: NDArray[Any], names: str, said: Mapping[str, tuple[str, Any]]
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width, channels = pixels.shape
    spec = oiio.ImageSpec(width, height, channels, "half")
    spec.channelnames = tuple(names)
    spec.attribute("compression", "zip")
    for name, (kind, value) in said.items():
        spec.attribute(name, oiio.TypeDesc(kind), value)
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), spec), output.geterror()
    assert output.write_image(pixels), output.geterror()
    assert output.close()
