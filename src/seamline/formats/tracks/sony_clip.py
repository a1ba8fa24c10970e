"""The XML that lies beside a Sony VENICE clip: rate, shutter, squeeze and sensor area."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from fractions import Fraction

from seamline.errors import TrackError
from seamline.formats.tracks.asked import Asked
from seamline.formats.tracks.sidecar import rate_of

VENICE_PIXEL_MM = 22.8 / 3840
VENICE = ("MPC-3610", "MPC-3628")
"""VENICE and VENICE 2 with the 6K sensor block have one pixel pitch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SonyClip:
    """What is said of the whole clip; None where nothing is."""

    rate: Fraction | None = None
    shutter_angle_deg: float | None = None
    squeeze: float | None = None
    sensor_mm: tuple[float, float] | None = None


def sony_clip(asked: Asked) -> SonyClip:
    """
    Return what ``NAMEM01.XML`` says of the clip ``NAME.csv``.

    Raises:
        TrackError: There is such a file, and it is no XML.
    """
    stem = re.sub(r"\.csv$", "", asked.path, flags=re.I)
    content = None
    for name in (f"{stem}M01.xml", f"{stem}M01.XML"):
        content = content or asked.beside(name)
    if content is None:
        return SonyClip()
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise TrackError(
            f"{stem}M01.XML declares entities, which no camera does", remedy="Copy it again."
        )
    try:
        root = ET.fromstring(content)
    except ET.ParseError as error:
        raise TrackError(
            f"{stem}M01.XML is no XML: {error}", remedy="Copy it again."
        ) from error
    items = {i.get("name"): i.get("value", "") for i in root.iter() if i.tag.endswith("}Item")}
    frame = next((e for e in root.iter() if e.tag.endswith("}VideoFrame")), None)
    rate = re.match(r"[\d.]+", frame.get("captureFps", "")) if frame is not None else None
    return SonyClip(
        rate=rate_of(rate[0], asked.path) if rate else None,
        shutter_angle_deg=_hundredths(items.get("ShutterSpeedAngle")),
        squeeze=_hundredths(items.get("AnamorphicLensSqueezeRatio")),
        sensor_mm=_sensor(root),
    )


def _hundredths(word: str | None) -> float | None:
    return int(word) / 100 if word and word.isdigit() and int(word) else None


def _sensor(root: ET.Element) -> tuple[float, float] | None:
    layout = next((e for e in root.iter() if e.tag.endswith("}VideoLayout")), None)
    model = next((e.get("modelName") for e in root.iter() if e.tag.endswith("}Camera")), None)
    if layout is None or model not in VENICE:
        return None
    wide, high = layout.get("pixel", ""), layout.get("numOfVerticalLine", "")
    if not (wide.isdigit() and high.isdigit()):
        return None
    return int(wide) * VENICE_PIXEL_MM, int(high) * VENICE_PIXEL_MM
