"""Files of measured numbers: read as they are written, refused with a word that helps."""

from __future__ import annotations

import json

import pytest

from seamline.errors import InputError
from seamline.show.measured import RANGES, Measured, Number
from seamline.steps.measured import SECTIONS, measured_document, parse_measured

WHOLE = {
    "shot": "042_0110",
    "take": "3",
    "lens": {"focal_length_mm": 35, "sensor_width_mm": 24.89},
    "camera": {"height_m": 1.62, "tilt_deg": {"value": 1.1, "low": 1.0, "high": 1.2}},
    "light": {
        "key_elevation_deg": {"value": 48.5, "by": "sun dial", "frame": 1004},
        "colour_temperature_k": 5400,
        "clear_key": True,
    },
}


def parsed(document: object) -> Measured:
    text = document if isinstance(document, str) else json.dumps(document)
    return parse_measured(text, where="take3.json")


def test_a_file_says_what_was_measured_and_how_surely() -> None:
    measured = parsed(WHOLE)

    assert (measured.shot, measured.take, measured.clear_key) == ("042_0110", "3", True)
    numbers = measured.numbers
    assert numbers["camera_height_m"].value == 1.62
    assert numbers["camera_height_m"].half == 0.0
    assert numbers["tilt_deg"].half == pytest.approx(0.1)
    assert numbers["key_elevation_deg"].by == "sun dial"
    assert numbers["key_elevation_deg"].frame == 1004
    assert numbers["focal_length_mm"].by == "take3.json"


def test_what_is_written_is_read_again() -> None:
    measured = parsed(WHOLE)

    assert parsed(measured_document(measured)) == measured


def test_every_number_has_a_place_in_the_file() -> None:
    assert {number for names in SECTIONS.values() for number in names.values()} == set(RANGES)


def test_what_is_said_later_holds() -> None:
    first, second = (
        Measured(numbers={"tilt_deg": Number(value=v)}, clear_key=c)
        for v, c in ((1.0, None), (2.0, False))
    )

    joined = first.joined(second)

    assert joined.numbers["tilt_deg"].value == 1.0
    assert joined.clear_key is False


@pytest.mark.parametrize(
    ("document", "sentence", "remedy"),
    [
        ("{", "not a JSON file", ""),
        ("[1]", "no measured numbers", "height_m"),
        (" " * (1 << 20) + "{", "1048577 letters, more than any take's numbers", "which file"),
        ({"lense": {}}, "nothing called 'lense'", "'lens'"),
        ({"camera": {"hight_m": 1}}, "nothing called 'hight_m'", "'height_m'"),
        ({"camera": 3}, "camera is 3", ""),
        ({"camera": {"height_m": "1.6 m"}}, "height_m is '1.6 m', expected a number", ""),
        ({"camera": {"height_m": True}}, "height_m is True", ""),
        ('{"camera": {"height_m": NaN}}', "height_m is nan", ""),
        ('{"camera": {"height_m": 1' + "0" * 400 + "}}", "expected a finite number", ""),
        ({"camera": {"tilt_deg": 120}}, "tilt_deg is 120.0", "units"),
        ({"camera": {"tilt_deg": {"low": 1}}}, "expected a number, or value", ""),
        ({"camera": {"tilt_deg": {"value": 1, "low": 2}}}, "outside its own interval", ""),
        ({"light": {"clear_key": 0}}, "clear_key is 0, expected true or false", ""),
        ({"shot": 3}, "shot is 3, expected a name", ""),
        ({"light": {"tint": {"value": 0, "frame": 1.5}}}, "frame is 1.5", ""),
        ("[" * 200_000, "not a JSON file", ""),
    ],
)
def test_a_file_with_a_slip_is_refused_in_one_sentence(
    document: object, sentence: str, remedy: str
) -> None:
    with pytest.raises(InputError, match=sentence) as refused:
        parsed(document)

    assert remedy in refused.value.remedy
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300
