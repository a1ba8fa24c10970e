"""
The side-car of a track: what its format cannot say, as TOML in ``TRACK FILE.toml``.

A ``.chan`` has no rotation order, unit or sensor, a TUM trajectory no lens, a camera's
own CSV often no sensor. What the file does say holds; a side-car that says otherwise of
the same thing is refused by the reader, not preferred.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from seamline.errors import TrackError

UNITS_M: Mapping[str, float] = {
    "m": 1.0, "dm": 0.1, "cm": 0.01, "mm": 0.001, "in": 0.0254, "ft": 0.3048,
}  # fmt: skip
"""Length of one unit in metres (the international inch and foot)."""
ORDERS = ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")
AXES = ("opencv", "opengl")
WORDS: Mapping[str, tuple[str, ...]] = {
    "rotation_order": ORDERS,
    "unit": tuple(UNITS_M),
    "up": ("Y", "Z"),
    "camera_axes": AXES,
    "window_v": ("half width", "half height"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """What stands in a side-car; what does not is None. Units stand in the names."""

    path: str = ""
    rotation_order: str | None = None
    """Axes in the order in which their turns are applied: ZXY is roll, tilt, pan."""
    unit: str | None = None
    up: str | None = None
    """The world's axis that points up; the file's world is right-handed."""
    camera_axes: str | None = None
    """``opencv``: x right, y down, looking along +z; ``opengl``: y up, along -z."""
    window_v: str | None = None
    """What a Nuke camera's win_translate v counts in."""
    focal_length_mm: float | None = None
    sensor_width_mm: float | None = None
    sensor_height_mm: float | None = None
    squeeze: float | None = None
    fx: float | None = None
    fy: float | None = None
    cx: float | None = None
    cy: float | None = None
    width_px: float | None = None
    height_px: float | None = None
    rate: Fraction | None = None
    shutter_angle_deg: float | None = None
    rolling_shutter_ms: float | None = None
    sample_phase: float | None = None
    """When samples were taken: frames after the middle of the exposure."""
    first_frame: float | None = None
    """The film's number of a lens report's first row."""
    first_time_s: float | None = None
    """Time stamp of the middle of the first frame's exposure."""

    @property
    def metres(self) -> float:
        """Metres in one unit of the file; 1 where nothing is said."""
        return UNITS_M[self.unit] if self.unit else 1.0

    @property
    def rolling_shutter_s(self) -> float | None:
        """From the first row's exposure to the last one's, seconds."""
        return None if self.rolling_shutter_ms is None else self.rolling_shutter_ms / 1000

    def demand(self, *names: str, of: str, why: str) -> None:
        """
        Refuse the track unless all ``names`` are said.

        Raises:
            TrackError: It shows the side-car to write.
        """
        missing = [name for name in names if getattr(self, name) is None]
        if missing:
            example = "; ".join(f"{name} = {EXAMPLES[name]}" for name in missing)
            raise TrackError(
                f"{of}: {why}, and {self.path or of + '.toml'} does not say "
                f"{' and '.join(missing)}",
                remedy=f"Write it there, for example: {example}",
            )


EXAMPLES: Mapping[str, str] = {
    "rotation_order": '"ZXY"', "unit": '"cm"', "up": '"Y"', "camera_axes": '"opencv"',
    "window_v": '"half width"', "focal_length_mm": "35.0", "sensor_width_mm": "24.89",
    "sensor_height_mm": "14.0", "squeeze": "2.0", "fx": "517.3", "fy": "516.5",
    "cx": "318.6", "cy": "255.3", "width_px": "640", "height_px": "480", "rate": '"24"',
    "shutter_angle_deg": "180.0", "rolling_shutter_ms": "12.5", "sample_phase": "0.0",
    "first_time_s": "0.0", "first_frame": "1001",
}  # fmt: skip


def sidecar(path: str, content: bytes | None) -> Sidecar:
    """
    Return the side-car of the track at ``path``.

    Args:
        path: The track's own path; the side-car is ``path.toml``.
        content: The side-car's bytes; None where there is no such file.

    Raises:
        TrackError: It is no TOML, or a name or a value is none that is known.
    """
    where = path + ".toml"
    if content is None:
        return Sidecar()
    try:
        said = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TrackError(
            f"{where} is not a TOML file: {error}", remedy="Correct it."
        ) from error
    known = tuple(f.name for f in fields(Sidecar) if f.name != "path")
    for name in said:
        if name not in known:
            near = get_close_matches(name, known, 1)
            raise TrackError(
                f"{where}: there is no {name!r} in a track's side-car",
                remedy=f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(known)}.",
            )
    return Sidecar(path=where, **{n: _value(n, v, where) for n, v in said.items()})


def _value(name: str, value: Any, where: str) -> Any:
    if name in WORDS:
        if value not in WORDS[name]:
            raise TrackError(
                f"{where}: {name} is {value!r:.60}, expected one of {', '.join(WORDS[name])}",
                remedy="Correct it there.",
            )
        return value
    if name == "rate":
        return rate_of(value, where)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TrackError(
            f"{where}: {name} is {value!r:.60}, expected a number", remedy="Correct it there."
        )
    holds, expected = LIMITS.get(name, (math.isfinite, "a finite number"))
    if not holds(float(value)):
        raise TrackError(
            f"{where}: {name} is {value!r}, expected {expected}", remedy="Correct it there."
        )
    return float(value)


def _positive(value: float) -> bool:
    return 0 < value < math.inf


def _shutter(value: float) -> bool:
    return 0 <= value <= 360


def _phase(value: float) -> bool:
    return -1 <= value <= 1


def _readout(value: float) -> bool:
    return 0 <= value <= 1000


LIMITS: Mapping[str, tuple[Callable[[float], bool], str]] = {
    **{
        name: (_positive, "a number above 0")
        for name in (
            "focal_length_mm", "sensor_width_mm", "sensor_height_mm", "squeeze", "fx", "fy",
            "width_px", "height_px",
        )
    },
    "shutter_angle_deg": (_shutter, "0 to 360 degrees"),
    "sample_phase": (_phase, "-1 to 1 frames"),
    "rolling_shutter_ms": (_readout, "0 (a global shutter) to 1000 milliseconds"),
}  # fmt: skip


def rate_of(value: Any, where: str) -> Fraction:
    """
    Return frames per second from ``24``, ``23.976``, ``"24000/1001"`` ...

    Raises:
        TrackError: It is no positive number.

    Source:
        SMPTE ST 12-1: 23.976, 29.97 and 59.94 stand for 24000, 30000, 60000 / 1001.
    """
    said = "" if isinstance(value, bool) else str(value).strip()[:40]
    try:
        # A fraction would write out every nought of 1e999999999.
        rate = Fraction(0 if re.search(r"[eE]", said) else said)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 0 < rate <= 100000:
        raise TrackError(
            f"{where}: the rate is {value!r:.60}, expected frames per second",
            remedy='Write rate = "24" or rate = "24000/1001".',
        )
    for whole in (24, 30, 48, 60, 120):
        slow = Fraction(whole * 1000, 1001)
        if abs(rate - slow) < Fraction(1, 500):
            return slow
    return rate
