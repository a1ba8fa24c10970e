"""Drift: a take's measured numbers against the lock, one sentence per number."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamline.show.camera import Lens
from seamline.show.lock import Light, Lock, Tolerances
from seamline.show.measured import Measured, Number
from seamline.show.review import Finding
from seamline.steps.drift import drift, track_numbers
from tiny import pan_track

LOCK = Lock(
    shot="042_0110",
    version=3,
    lens=Lens(focal_length_mm=35.0, sensor_width_mm=24.89, sensor_height_mm=14.0),
    camera_height_m=1.6,
    tilt_deg=2.0,
    light=Light(
        key_azimuth_deg=350.0,
        key_elevation_deg=40.0,
        key_fill_ratio=4.0,
        colour_temperature_k=5600.0,
        exposure_stops=0.5,
    ),
)
AS_AGREED = {
    "focal_length_mm": 35.0,
    "sensor_width_mm": 24.89,
    "camera_height_m": 1.6,
    "tilt_deg": 2.0,
    "key_azimuth_deg": -10.0,
    "key_elevation_deg": 40.0,
    "key_fill_ratio": 4.0,
    "colour_temperature_k": 5600.0,
    "tint": 0.0,
    "exposure_stops": 0.5,
}


def told(lock: Lock = LOCK, **numbers: float | Number) -> dict[str, Finding]:
    """What is said of a take with these numbers, by check."""
    measured = Measured(
        numbers={
            name: value if isinstance(value, Number) else Number(value=value)
            for name, value in numbers.items()
        }
    )
    return {found.check: found for found in drift(lock, measured)}


def test_a_take_shot_as_agreed_holds_in_every_number() -> None:
    found = told(**AS_AGREED)

    assert {f.verdict for f in found.values()} == {"pass"}
    assert set(found) == {
        "lens", "height", "tilt", "key", "key to fill", "white", "tint", "exposure",
    }  # fmt: skip


# Mired: 5600 K is 178.6; 5166 K 193.6 and 5131 K 194.9. A third of a stop of 4:1 is 5.04:1.
BEYOND = {
    "lens": ("focal_length_mm", 35.3, 35.4),
    "height": ("camera_height_m", 1.69, 1.71),
    "tilt": ("tilt_deg", 1.6, 1.4),
    "key": ("key_elevation_deg", 54.0, 56.0),
    "key to fill": ("key_fill_ratio", 5.6, 5.7),
    "white": ("colour_temperature_k", 5170.0, 5160.0),
    "tint": ("tint", 0.0059, 0.0061),
    "exposure": ("exposure_stops", 0.26, 0.24),
}


@pytest.mark.parametrize("check", BEYOND)
def test_each_number_fails_just_beyond_its_tolerance_and_no_other_with_it(check: str) -> None:
    name, within, beyond = BEYOND[check]

    assert told(**(AS_AGREED | {name: within}))[check].verdict == "pass"
    found = told(**(AS_AGREED | {name: beyond}))
    assert [f.check for f in found.values() if f.verdict == "fail"] == [check]
    assert "042_0110" in found[check].says
    assert "lock v3" in found[check].says
    assert f"limit {found[check].limit:g}" in found[check].says


@pytest.mark.parametrize("check", BEYOND)
def test_what_nobody_measured_is_not_checked(check: str) -> None:
    found = told()

    if check == "tint":  # follows the colour temperature
        assert check not in found
    else:
        assert found[check].verdict == "not checked"


def test_what_nobody_agreed_on_is_not_spoken_of() -> None:
    assert told(Lock(shot="042_0110", version=1), **AS_AGREED) == {}


def test_the_horizon_is_compared_where_the_lens_puts_the_locked_tilt() -> None:
    # 35 mm over 14 mm of sensor is 2700 px of a 1080 px frame: 2 degrees are 94.3 px.
    frame = {"frame_height_px": 1080.0}

    at = told(horizon_px=540 + 94.3, **frame)["horizon"]
    off = told(horizon_px=540 + 94.3 + 30, **frame)["horizon"]

    assert (at.verdict, off.verdict) == ("pass", "fail")
    assert off.measured == pytest.approx(math.degrees(30 / 2700), rel=0.01)
    assert "30.0 px from it" in off.says
    assert told(horizon_px=540.0)["horizon"].verdict == "not checked"


def test_no_clear_key_fails_a_hard_lock_and_holds_a_soft_one() -> None:
    soft = replace(LOCK, light=replace(LOCK.light, key_fill_ratio=1.5))
    none = Measured(clear_key=False)

    verdicts = [{f.check: f.verdict for f in drift(lock, none)}["key"] for lock in (LOCK, soft)]

    assert verdicts == ["fail", "pass"]


def test_an_azimuth_that_is_not_known_leaves_the_elevation_to_compare() -> None:
    found = told(key_elevation_deg=42.0)["key"]

    assert found.verdict == "pass"
    assert found.measured == pytest.approx(2.0)
    assert "azimuth" not in found.says


def test_a_key_across_north_is_near() -> None:
    found = told(key_azimuth_deg=4.0, key_elevation_deg=40.0)["key"]

    # 14 degrees of azimuth at 40 degrees of elevation.
    assert found.measured == pytest.approx(14 * math.cos(math.radians(40)), abs=0.1)
    assert found.verdict == "pass"


def test_a_number_measured_too_roughly_decides_nothing() -> None:
    rough = Number(value=0.9, low=0.4, high=1.4)
    surely = Number(value=2.0, low=1.2, high=2.8)
    fine = Number(value=0.6, low=0.5, high=0.7)

    verdicts = [told(exposure_stops=n)["exposure"].verdict for n in (rough, surely, fine)]

    assert verdicts == ["not checked", "fail", "pass"]
    assert "too roughly" in told(exposure_stops=rough)["exposure"].says
    cone = told(key_azimuth_deg=350.0, key_elevation_deg=41.0, key_within_deg=20.0)["key"]
    assert cone.verdict == "not checked"


@given(
    off=st.floats(-3, 3).filter(lambda v: abs(abs(v) - 1) > 1e-3),
    limit=st.floats(0.01, 2),
)
def test_a_number_fails_if_and_only_if_it_is_beyond_the_limit(off: float, limit: float) -> None:
    lock = replace(LOCK, tolerances=Tolerances(exposure_stops=limit))

    found = told(lock, exposure_stops=0.5 + off * limit)["exposure"]

    assert found.verdict == ("fail" if abs(off) > 1 else "pass")


# -- the track --------------------------------------------------------------


def test_a_track_says_its_worst_lens_and_height_and_its_nearest_tilt() -> None:
    track = pan_track([0, 5, 10, 15], tilt_deg=2.3, travel_m=(0.0, 0.05, 0.0))

    numbers = track_numbers(track, LOCK).numbers

    assert numbers["focal_length_mm"].value == 35.0
    assert numbers["camera_height_m"].value == pytest.approx(1.75)
    assert numbers["camera_height_m"].frame == 1004
    assert numbers["tilt_deg"].value == pytest.approx(2.3)


def test_a_camera_that_rises_too_far_is_named_with_its_frame() -> None:
    track = pan_track([0, 5, 10, 15], travel_m=(0.0, 0.05, 0.0))

    found = {f.check: f for f in drift(LOCK, track_numbers(track, LOCK))}

    assert found["height"].verdict == "fail"
    assert found["height"].frame == 1004
    assert "frame 1004" in found["height"].says
