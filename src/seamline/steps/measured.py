"""Read a take's measured numbers from a JSON document, and write them as one."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from seamline.errors import FormatError, InputError
from seamline.show.measured import Measured, Number

SECTIONS: dict[str, dict[str, str]] = {
    "lens": {"focal_length_mm": "focal_length_mm", "sensor_width_mm": "sensor_width_mm"},
    "camera": {
        "height_m": "camera_height_m",
        "tilt_deg": "tilt_deg",
        "horizon_px": "horizon_px",
        "frame_height_px": "frame_height_px",
    },
    "light": {
        name: name
        for name in (
            "key_azimuth_deg",
            "key_elevation_deg",
            "key_within_deg",
            "key_fill_ratio",
            "colour_temperature_k",
            "tint",
            "exposure_stops",
        )
    },
}
"""Sections of the document, and the number that each of their names stands for."""
WORDS = ("shot", "take")
MOST_LETTERS = 1 << 20


def parse_measured(text: str, *, where: str) -> Measured:
    """
    Return the numbers that the JSON ``text`` describes.

    Raises:
        FormatError: It is no JSON object, or longer than any.
        InputError: An unknown name, or a value that is no such number.
    """
    if len(text) > MOST_LETTERS:
        raise FormatError(
            f"{where} has {len(text)} letters, more than any take's numbers",
            remedy="Check which file was meant.",
        )
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError(
            f"{where} is not a JSON file: {error}", remedy="Correct it there."
        ) from error
    if not isinstance(said, Mapping):
        raise FormatError(
            f"{where} holds no measured numbers", remedy='Write {"camera": {"height_m": 1.6}}.'
        )
    numbers: dict[str, Number] = {}
    clear_key: bool | None = None
    for section, values in said.items():
        _known(section, (*SECTIONS, *WORDS), where)
        if section in WORDS:
            if not isinstance(values, str):
                raise _wrong(where, section, values, "a name in quotes")
            continue
        if not isinstance(values, Mapping):
            raise _wrong(where, section, values, "names and values")
        for name, value in values.items():
            if section == "light" and name == "clear_key":
                if not isinstance(value, bool):
                    raise _wrong(where, name, value, "true or false")
                clear_key = value
                continue
            _known(name, SECTIONS[section], f"{where}, {section}")
            numbers[SECTIONS[section][name]] = _number(value, name, where)
    return Measured(
        shot=str(said.get("shot", "")),
        take=str(said.get("take", "")),
        numbers=numbers,
        clear_key=clear_key,
    )


def measured_document(measured: Measured) -> dict[str, Any]:
    """Return ``measured`` as the document that ``parse_measured`` reads."""
    document: dict[str, Any] = {
        word: value for word in WORDS if (value := getattr(measured, word))
    }
    for section, names in SECTIONS.items():
        said: dict[str, Any] = {}
        for name, number in names.items():
            if number in measured.numbers:
                said[name] = _told(measured.numbers[number])
        if section == "light" and measured.clear_key is not None:
            said["clear_key"] = measured.clear_key
        if said:
            document[section] = said
    return document


def _told(number: Number) -> dict[str, Any]:
    facts = {
        "value": number.value,
        "low": number.low,
        "high": number.high,
        "by": number.by or None,
        "frame": number.frame,
    }
    return {
        name: round(v, 6) if isinstance(v, float) else v
        for name, v in facts.items()
        if v is not None and v not in (math.inf, -math.inf)
    }


def _number(value: Any, name: str, where: str) -> Number:
    if not isinstance(value, Mapping):
        return Number(value=_float(value, name, where), by=where)
    for key in value:
        _known(key, ("value", "low", "high", "by", "frame"), f"{where}, {name}")
    if "value" not in value:
        raise _wrong(where, name, dict(value), "a number, or value, low and high")
    frame = value.get("frame")
    if frame is not None and (isinstance(frame, bool) or not isinstance(frame, int)):
        raise _wrong(where, f"{name}, frame", frame, "a whole number")
    return Number(
        value=_float(value["value"], name, where),
        low=_float(value["low"], name, where) if "low" in value else None,
        high=_float(value["high"], name, where) if "high" in value else None,
        by=str(value.get("by", where)),
        frame=frame,
    )


def _float(value: Any, name: str, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(where, name, value, "a number")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise _wrong(where, name, value, "a finite number")
    return found


def _known(name: str, names: Any, where: str) -> None:
    if name not in names:
        near = get_close_matches(name, list(names), 1)
        raise InputError(
            f"{where}: nothing called {name!r} is measured of a take",
            remedy=f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(names)}.",
        )


def _wrong(where: str, name: str, value: Any, expected: str) -> InputError:
    shown = repr(value)
    return InputError(
        f"{where}: {name} is {shown if len(shown) < 60 else shown[:57] + '...'}, expected "
        f"{expected}",
        remedy="See docs/reference/measured.md.",
    )
