"""Lock files: read as they are written, refused with a word that helps."""

from __future__ import annotations

import pytest

from seamline.errors import InputError, LockError, ShowError
from seamline.show.lock import Tolerances
from seamline.steps.lock import parse_lock, set_lock
from tiny import TinyShow

WHOLE = """
[agreed]
by = ["Director", "Supervisor"]
on = 2026-11-20

[camera]
height_m = 1.6
tilt_deg = -2

[lens]
focal_length_mm = 40
sensor_width_mm = 36.70
sensor_height_mm = 25.54

[light]
key_azimuth_deg = 120
key_elevation_deg = 50
colour_temperature_k = 5600
exposure_stops = 0.5

[environment]
distance_m = 2000

[tolerances]
camera_height_m = 0.05
"""


def parsed(text: str):  # type: ignore[no-untyped-def]
    return parse_lock(text, shot="042_0110", version=2, where="042.lock.toml")


def test_a_lock_file_says_what_was_agreed() -> None:
    lock = parsed(WHOLE)

    assert lock.version == 2
    assert lock.lens is not None
    assert lock.lens.focal_length_mm == 40.0
    assert lock.camera_height_m == 1.6
    assert lock.tilt_deg == -2.0
    assert lock.light.key_azimuth_deg == 120.0
    assert lock.light.tint == 0.0
    assert lock.environment_distance_m == 2000.0
    assert lock.tolerances == Tolerances(camera_height_m=0.05)
    assert lock.agreed_by == ("Director", "Supervisor")
    assert lock.agreed_on == "2026-11-20"


def test_an_empty_lock_file_agrees_on_nothing() -> None:
    lock = parsed("")

    assert lock.lens is None
    assert lock.light.key_elevation_deg is None
    assert lock.environment_distance_m == 1000.0


@pytest.mark.parametrize(
    ("text", "sentence", "remedy"),
    [
        ("[camera\nheight_m = 1", "042.lock.toml is not a TOML file", ""),
        ("a = " + 5000 * "[", "042.lock.toml is not a TOML file", ""),
        ("#" + (1 << 20) * " ", "has 1048577 letters, more than any lock", "which file"),
        ("[lense]\nfocal_length_mm = 35", "there is no section 'lense'", "'lens'"),
        ("[camera]\nheigth_m = 1.6", "there is no name 'heigth_m'", "'height_m'"),
        ("[camera]\nheight_m = '1.6 m'", "height_m is '1.6 m', expected a number", ""),
        ("[camera]\nheight_m = true", "height_m is True, expected a number", ""),
        ("[camera]\nheight_m = nan", "height_m is nan", ""),
        ("[camera]\ntilt_deg = 120", "tilt_deg is 120.0", "units"),
        ("[light]\nkey_elevation_deg = 95", "key_elevation_deg is 95.0", ""),
        ("[environment]\ndistance_m = 0", "environment_distance_m is 0.0", ""),
        ("[tolerances]\nparallax_px = nan", "parallax_px is nan", ""),
        ("camera = 3", r"\[camera\] is not a section", ""),
        ("[lens]\nfocal_length_mm = 35", "sensor_width_mm", ""),
        (
            "[lens]\nfocal_length_mm = 35\nsensor_width_mm = 316.8\nsensor_height_mm = 178",
            "316.8 mm wide",
            "31.68",
        ),
    ],
)
def test_a_lock_file_with_a_slip_is_refused_in_one_sentence(
    text: str, sentence: str, remedy: str
) -> None:
    with pytest.raises(InputError, match=sentence) as refused:
        parsed(text)

    assert remedy in refused.value.remedy
    assert "\n" not in str(refused.value)


def test_a_lock_set_again_is_the_same_lock_and_a_changed_one_the_next(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot("042_0110")
    first = set_lock(tiny_show.studio, "042_0110", WHOLE, where="lock.toml")
    rows = tiny_show.studio.ledger.verify()

    again = set_lock(tiny_show.studio, "042_0110", WHOLE + "# a comment", where="lock.toml")
    changed = set_lock(
        tiny_show.studio, "042_0110", WHOLE.replace("5600", "4300"), where="lock.toml"
    )

    assert (first.version, again.version, changed.version) == (1, 1, 2)
    assert tiny_show.studio.ledger.verify() == rows + 1


def test_a_lock_that_is_refused_leaves_no_trace(tiny_show: TinyShow) -> None:
    tiny_show.static_shot("042_0110")
    rows = tiny_show.studio.ledger.verify()

    with pytest.raises(LockError):
        set_lock(tiny_show.studio, "042_0110", "[lense]", where="lock.toml")

    assert tiny_show.studio.ledger.verify() == rows


def test_a_lock_belongs_to_a_shot_of_the_show(tiny_show: TinyShow) -> None:
    with pytest.raises(ShowError, match="there is no shot '042_0999'"):
        set_lock(tiny_show.studio, "042_0999", WHOLE, where="lock.toml")
