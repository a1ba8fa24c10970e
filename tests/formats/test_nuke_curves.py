"""Curves of a Nuke script give the numbers that Nuke shows on their keys."""

from __future__ import annotations

import pytest

from seamline.errors import TrackError
from seamline.formats.tracks.nuke_curve import curves


@pytest.mark.parametrize(
    ("knob", "values"),
    [
        ("35", {1001: 35.0, 1: 35.0}),
        ("{curve x1001 1 2 3}", {1001: 1.0, 1002: 2.0, 1003: 3.0}),
        ("{{curve x1001 1 2 3}}", {1003: 3.0}),
        ("{curve i x1001 1.5e-3 x1002 -2}", {1001: 0.0015, 1002: -2.0}),
        ("{curve x1001 1 s0.5 t-1e2 x1002 2 L 3 K}", {1001: 1.0, 1002: 2.0, 1003: 3.0}),
        ("{curve L x-1 4 5 6}", {-1: 4.0, 1: 6.0}),
        ("{curve x1001 35}", {1001: 35.0, 1500: 35.0}),
        ("{curve x1001 35 x1100 35}", {1050: 35.0}),
        ("{i x1001 7 8}", {1002: 8.0}),
    ],
)
def test_a_curve_has_its_keys(knob: str, values: dict[int, float]) -> None:
    (curve,) = curves(knob, 1, "a.nk, Camera1: focal")

    assert {frame: curve.at(frame) for frame in values} == values


def test_a_knob_of_three_may_be_one_number_a_list_or_curves() -> None:
    def at(knob: str) -> list[float]:
        return [c.at(1001) for c in curves(knob, 3, "a")]

    assert at("2") == [2.0, 2.0, 2.0]
    assert at("1 2 3") == [1.0, 2.0, 3.0]
    assert at("{1 2 3}") == [1.0, 2.0, 3.0]
    assert at("{curve x1001 4 5} {curve x1000 6 7} -8") == [4.0, 7.0, -8.0]
    assert at("{{curve x1001 4 5} {curve x1000 6 7} 9}") == [4.0, 7.0, 9.0]


@pytest.mark.parametrize(
    ("knob", "says"),
    [
        ("{curve x1001 1 x1010 2}", "no key at frame 1005"),
        ("{curve x1001 1 x1010 2 3}", "a key without a frame after a step of 9"),
        ("{curve x1001 1 x1001 2}", "is an expression|two keys"),
        ("{curve x1001.5 1 2}", "a key at frame 1001.5"),
        ("{Camera2.focal}", "is an expression"),
        ("{curve*2}", "is an expression"),
        ('{"curve x1 2"}', "is an expression"),
        ("{curve}", "is an expression"),
        ("{curve x1001 1 2 s0 x1003 1e999}", "is 1e999"),
        ("1 2", "has 2 values, expected 1"),
        ("", "has 0 values, expected 1"),
    ],
)
def test_what_is_no_number_on_the_frame_is_refused(knob: str, says: str) -> None:
    with pytest.raises(TrackError, match=says) as refused:
        curves(knob, 1, "a.nk, Camera1: focal")[0].at(1005)

    assert "Camera1: focal" in str(refused.value)
    assert refused.value.remedy
