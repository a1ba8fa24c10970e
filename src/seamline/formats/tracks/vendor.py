"""
Lens reports: what ARRI, Sony, RED and Canon cameras write down of lens and exposure.

Text tables, one row a frame, made by the vendors' own tools; no pose. What a table lacks
(most of all the sensor area that was recorded) stands in a side-car. ARRI and Sony tables
were read from real clips; RED's and Canon's are read by the column names that their tools
are known to write, and no clip of theirs has been through here.

Source: ARRI Meta Extract; Sony VENICE clip CSV and its XML (pixel pitch: VENICE v6
operating manual, 22.8 mm over 3840); ARRI formats and resolutions 3.4 (ALEXA LF);
REDline printMeta 5; column names of RED and Canon as SMPTE's camdkit reads them.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from seamline.errors import TrackError
from seamline.formats.tracks import vendor_words as words
from seamline.formats.tracks.asked import Asked
from seamline.formats.tracks.framed import FIRST_FRAME
from seamline.formats.tracks.sidecar import rate_of
from seamline.formats.tracks.sony_clip import SonyClip, sony_clip
from seamline.show.camera import Lens
from seamline.show.frames import FrameRange
from seamline.show.lensreport import LensReport, LensSample

NAME = "a camera's own CSV"
Row = Mapping[str, str]
ALEXA_LF_UM = {1920: 316800 / 19200, 2048: 316800 / 20480, 3840: 8.25, 4448: 367000 / 44480}
"""Width of one recorded pixel on the sensor, micrometres, by the recorded width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """One vendor's table: which columns tell it, and how its words are read."""

    name: str
    tells: frozenset[str]
    focal: str
    t_stop: Callable[[Row], float | None]
    focus_m: Callable[[Row], float | None]
    says: str = ""


def _arri_focus(row: Row) -> float | None:
    metres = {"Meter": 1.0, "Feet": 0.3048, "Imperial": 0.3048}.get(
        row.get("Lens Distance Unit", "")
    )
    distance = words.number(row.get("Lens Focus Distance"))
    return None if metres is None or not distance else distance * metres


def _sony_focus(row: Row) -> float | None:
    feet = words.number(row.get("Focus Distance (ft)"))
    return feet * 0.3048 if feet else None


VENDORS = (
    Vendor(
        name="ARRI",
        tells=frozenset({"Lens Focal Length", "Lens Linear Iris", "Camera Tilt"}),
        focal="Lens Focal Length",
        t_stop=lambda row: words.linear_iris(row.get("Lens Linear Iris")),
        focus_m=_arri_focus,
    ),
    Vendor(
        name="Sony",
        tells=frozenset({"Focal Length (mm)", "Focus Distance (ft)", "Aperture"}),
        focal="Focal Length (mm)",
        t_stop=lambda row: words.stop_and_tenths(row.get("Aperture")),
        focus_m=_sony_focus,
    ),
    Vendor(
        name="Canon",
        tells=frozenset({"FocalLength", "FocusPosition", "ApertureNumber"}),
        focal="FocalLength",
        t_stop=lambda row: words.number(row.get("ApertureNumber")),
        focus_m=lambda row: words.hexadecimal(row.get("FocusPosition")),
        says="no Canon clip has been through this reader yet; check the lens against the slate",
    ),
    Vendor(
        name="RED",
        tells=frozenset({"Focal Length", "Focus Distance"}),
        focal="Focal Length",
        t_stop=lambda row: None,
        focus_m=lambda row: None,  # its unit differs between firmware; nothing needs it
        says="no RED clip has been through this reader yet; check the lens against the slate",
    ),
)


def sniff(path: str, head: bytes) -> bool:
    """Tell a vendor's table by its first line."""
    return _vendor(head) is not None


def _vendor(head: bytes) -> Vendor | None:
    line = head.removeprefix(b"\xef\xbb\xbf").decode("latin-1").split("\n", 1)[0]
    names = {name.strip().strip('"') for name in re.split(r"[\t,;]", line)}
    return next((vendor for vendor in VENDORS if vendor.tells <= names), None)


def report(content: bytes, asked: Asked) -> LensReport:
    """
    Return the lens report in ``content``.

    Args:
        content: The table.
        asked: The shot's frames, which it must have as many rows as; or a side-car whose
            ``first_frame`` says which frame the first row is.

    Raises:
        TrackError: A frame has no focal length, nothing says how large the sensor area
            was, or the frames are others.
    """
    vendor = _vendor(content[:65536])
    assert vendor is not None
    rows = _rows(asked.text(content), asked)
    clip = sony_clip(asked) if vendor.name == "Sony" else SonyClip()
    sensor = _sensor(vendor, rows[0], clip, asked)
    squeeze = asked.sidecar.squeeze or words.number(rows[0].get("Lens Squeeze")) or clip.squeeze
    frames = _frames(asked, len(rows))
    samples = []
    for number, (row, frame) in enumerate(zip(rows, frames, strict=True), start=1):
        where = f"{asked.path}, row {number}"
        focal = words.number(row.get(vendor.focal))
        if not focal:
            raise TrackError(
                f"{where} has no {vendor.focal}: {row.get(vendor.focal)!r}",
                remedy="The lens told the camera nothing. Set the lens in the lock instead.",
            )
        try:
            lens = Lens(
                focal_length_mm=focal,
                sensor_width_mm=sensor[0],
                sensor_height_mm=sensor[1],
                squeeze=squeeze or 1.0,
                focus_distance_m=vendor.focus_m(row),
                t_stop=vendor.t_stop(row),
            )
        except TrackError as error:
            raise TrackError(f"{where}: {error}", remedy=error.remedy) from error
        samples.append(
            LensSample(
                frame=frame,
                lens=lens,
                tilt_deg=words.angle(row.get("Camera Tilt")),
                roll_deg=words.angle(row.get("Camera Roll")),
            )
        )
    _refuse_gaps(asked, rows, vendor)
    return LensReport(
        samples=tuple(samples),
        rate=_rate(rows[0], clip, asked),
        shutter_angle_deg=_shutter(rows[0], clip, asked),
        origin=asked.path,
        notes=_notes(vendor, samples),
    )


def _rows(text: str, asked: Asked) -> list[Row]:
    head = text.split("\n", 1)[0]
    mark = max("\t,;", key=head.count)
    try:
        rows: list[Row] = [
            {k.strip(): (v or "").strip() for k, v in row.items() if isinstance(k, str) and (
                v is None or isinstance(v, str))}
            for row in csv.DictReader(io.StringIO(text), delimiter=mark)
        ]  # fmt: skip
    except csv.Error as error:
        raise TrackError(f"{asked.path}: {error}", remedy="Export the table again.") from error
    if not rows:
        raise TrackError(f"{asked.path} has a head and no rows", remedy="Export it again.")
    return rows


def _frames(asked: Asked, count: int) -> FrameRange:
    first = asked.sidecar.first_frame
    if first is not None:
        return FrameRange(first=int(first), last=int(first) + count - 1)
    if asked.frames is None:
        return FrameRange(first=FIRST_FRAME, last=FIRST_FRAME + count - 1)
    if len(asked.frames) == count:
        return asked.frames
    raise TrackError(
        f"{asked.path} has {count} rows, and the shot has {len(asked.frames)} frames "
        f"({asked.frames})",
        remedy=f"Say in {asked.path}.toml which frame the first row is: first_frame = 1001",
    )


def _sensor(vendor: Vendor, row: Row, clip: SonyClip, asked: Asked) -> tuple[float, float]:
    side = asked.sidecar
    if side.sensor_width_mm is not None and side.sensor_height_mm is not None:
        return side.sensor_width_mm, side.sensor_height_mm
    if clip.sensor_mm is not None:
        return clip.sensor_mm
    wide, high = (words.number(row.get(f"Image {n}")) for n in ("Width", "Height"))
    family = row.get("Camera Family", "") + row.get("Camera Model", "")
    if wide and high and "LF" in family.upper() and int(wide) in ALEXA_LF_UM:
        pitch = ALEXA_LF_UM[int(wide)] / 1000
        return wide * pitch, high * pitch
    side.demand(
        "sensor_width_mm", "sensor_height_mm", of=asked.path,
        why=f"nothing here knows the recorded sensor area of this {vendor.name} camera",
    )  # fmt: skip
    raise AssertionError


def _rate(row: Row, clip: SonyClip, asked: Asked) -> Fraction | None:
    said = row.get("Project FPS")
    return asked.sidecar.rate or (rate_of(said, asked.path) if said else clip.rate)


def _shutter(row: Row, clip: SonyClip, asked: Asked) -> float | None:
    side = asked.sidecar.shutter_angle_deg
    own = words.number(row.get("Shutter Angle"))
    return side if side is not None else own if own is not None else clip.shutter_angle_deg


def _refuse_gaps(asked: Asked, rows: list[Row], vendor: Vendor) -> None:
    column = next((n for n in ("Master TC", "Timecode") if n in rows[0]), None)
    if column is None:
        return
    codes = [row[column] for row in rows]
    for number in range(1, len(codes)):
        if codes[number] == codes[number - 1] and len(set(codes)) > 1:
            raise TrackError(
                f"{asked.path}: rows {number} and {number + 1} have the same timecode "
                f"{codes[number]}",
                remedy="A frame was doubled; export the table again.",
            )
        step = words.seconds(codes[number]) - words.seconds(codes[number - 1])
        if math.isfinite(step) and step not in (0, 1) and abs(step) < 86399:
            raise TrackError(
                f"{asked.path}: from row {number} to {number + 1} the timecode goes from "
                f"{codes[number - 1]} to {codes[number]}",
                remedy="Frames are missing; export the table of one clip, whole.",
            )


def _notes(vendor: Vendor, samples: list[LensSample]) -> tuple[str, ...]:
    notes = [
        f"{vendor.name} wrote down the lens: focal lengths are those of its scale, and its "
        "breathing is not in them"
    ]
    if all(sample.tilt_deg is None for sample in samples):
        notes.append("the camera wrote down no tilt")
    if vendor.says:
        notes.append(vendor.says)
    return tuple(notes)
