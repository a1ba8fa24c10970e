"""Every check: what it passes, what it fails, and what it will not judge; and its sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from seamline import checks
from seamline.checks import coverage, height, lens, light, margin, peak, sharpness, sun
from seamline.checks.seen import PaintedSun, Seen, UsedReference
from seamline.pixels.smear import Smear
from seamline.show.camera import CameraTrack, Lens
from seamline.show.frames import FrameRange
from seamline.show.lock import Light, Lock, Tolerances
from seamline.show.shot import Plate, Shot
from tiny import pan_track

# ALEXA 35, 4K 16:9: 24.88 x 14.00 mm.
LENS = Lens(focal_length_mm=35.0, sensor_width_mm=24.88, sensor_height_mm=14.0)
LOCK = Lock(
    shot="042_0110",
    version=3,
    lens=LENS,
    camera_height_m=1.6,
    light=Light(key_azimuth_deg=120.0, key_elevation_deg=50.0),
)
PLATE = Plate(
    pattern="p.%04d.exr",
    colourspace="ACEScg",
    evidence="flag",
    display_window=(0, 0, 960, 540),
    channels=("R", "G", "B"),
    channel_type="half",
    digests=(),
    digest="",
)


def a_shot(track: CameraTrack | None = None, *, plate: Plate | None = PLATE) -> Shot:
    return Shot(
        name="042_0110",
        version=1,
        frames=FrameRange(first=1001, last=1003),
        plate=plate,
        track=track,
    )


def take(
    focal_mm: float = 35.0, *, heights_m: tuple[float, ...] = (1.6, 1.6, 1.6)
) -> CameraTrack:
    lens = replace(LENS, focal_length_mm=focal_mm)
    track = pan_track([0.0, 1.0, 2.0], lens=lens)
    samples = tuple(
        replace(s, position_m=(0.0, h, 0.0))
        for s, h in zip(track.samples, heights_m, strict=True)
    )
    return replace(track, samples=samples)


def seen(track: CameraTrack | None = None, **said: Any) -> Seen:
    return Seen(**{"shot": a_shot(track), "lock": LOCK, **said})


def test_every_check_speaks_once_and_under_its_own_name() -> None:
    found = checks.findings(seen(take()))

    assert [f.check for f in found] == [
        "lens", "height", "light", "sun", "coverage", "margin", "sharpness", "peak",
    ]  # fmt: skip
    assert all(f.says.startswith("042_0110: ") for f in found)


def test_nothing_known_is_nothing_passed_but_what_was_counted() -> None:
    found = {f.check: f.verdict for f in checks.findings(seen(lock=None))}

    assert found == {
        "lens": "not checked", "height": "not checked", "light": "not checked",
        "sun": "not checked", "coverage": "pass", "margin": "not comparable",
        "sharpness": "not checked", "peak": "pass",
    }  # fmt: skip


# -- lens ---------------------------------------------------------------------------


def test_a_take_on_the_agreed_lens_passes() -> None:
    found = lens.check(seen(take(35.2)))

    assert found.verdict == "pass"
    assert found.measured == pytest.approx(0.571, abs=0.001)


def test_a_take_on_the_wrong_lens_fails_with_the_frame_and_both_lenses() -> None:
    found = lens.check(seen(take(40.0)))

    assert found.verdict == "fail"
    assert (found.limit, found.unit, found.frame) == (1.0, "%", 1001)
    assert found.says == (
        "042_0110: frame 1001 tracked at 40 mm on 24.88 mm, lock v3 says 35 mm on 24.88 mm; "
        "14.29 % apart, limit 1 %"
    )


def test_a_lens_and_its_sensor_are_judged_together() -> None:
    # 50 mm on 35.54 mm sees what 35 mm on 24.88 mm sees.
    other = Lens(focal_length_mm=50.0, sensor_width_mm=24.88 * 50 / 35, sensor_height_mm=20.0)

    assert lens.check(seen(pan_track([0.0], lens=other))).verdict == "pass"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"lock": None}, "no locked lens"),
        ({"lock": replace(LOCK, lens=None)}, "no locked lens"),
        ({}, "no track; the camera is the locked 35 mm"),
    ],
)
def test_a_lens_that_nobody_agreed_or_tracked_is_not_checked(
    said: dict[str, Any], words: str
) -> None:
    found = lens.check(seen(**said))

    assert found.verdict == "not checked"
    assert words in found.says


# -- height ---------------------------------------------------------------------------


def test_a_camera_at_the_agreed_height_passes() -> None:
    assert height.check(seen(take(heights_m=(1.6, 1.65, 1.69)))).verdict == "pass"


def test_the_frame_in_which_the_camera_stood_worst_is_named() -> None:
    found = height.check(seen(take(heights_m=(1.6, 1.25, 1.7))))

    assert found.verdict == "fail"
    assert found.frame == 1002
    assert found.says == (
        "042_0110: frame 1002 tracked 1.25 m above the ground, lock v3 says 1.60 m; 0.35 m "
        "apart, limit 0.1 m"
    )


def test_a_wider_tolerance_is_the_lock_s_to_give() -> None:
    wide = replace(LOCK, tolerances=Tolerances(camera_height_m=0.5))

    assert height.check(seen(take(heights_m=(1.6, 1.25, 1.7)), lock=wide)).verdict == "pass"


@pytest.mark.parametrize(
    ("track", "lock", "words"),
    [
        (take(), None, "no locked camera height"),
        (take(), replace(LOCK, camera_height_m=None), "no locked camera height"),
        (None, LOCK, "no tracked camera height"),
        (replace(take(), static=True), LOCK, "no tracked camera height"),
    ],
)
def test_a_height_nobody_agreed_or_tracked_is_not_checked(
    track: CameraTrack | None, lock: Lock | None, words: str
) -> None:
    found = height.check(seen(track, lock=lock))

    assert found.verdict == "not checked"
    assert words in found.says


# -- light ----------------------------------------------------------------------------


def used(
    elevation: float | None, *, azimuth: float | None = 120.0, name: str = "sunset.png"
) -> UsedReference:
    said = Light(key_azimuth_deg=azimuth, key_elevation_deg=elevation)
    return UsedReference(name=name, light=said, share=0.62)


def test_a_reference_lit_like_the_lock_passes() -> None:
    found = light.check(seen(used=(used(60.0),)))

    assert found.verdict == "pass"
    assert found.measured == pytest.approx(10.0)
    assert "matched" not in found.says


def test_dusk_beside_noon_fails_and_says_what_to_do() -> None:
    found = light.check(seen(used=(used(48.0, name="noon.png"), used(2.0))))

    assert found.verdict == "fail"
    assert found.says.startswith(
        "042_0110: sunset.png (62% of the picture) has its key at elevation 2 deg, lock v3 at "
        "50 deg; 48 deg apart, limit 15 deg; "
    )
    assert "light" in found.says.split(";")[-1]


def test_a_sun_at_the_right_height_on_the_wrong_side_fails() -> None:
    assert light.check(seen(used=(used(50.0, azimuth=-60.0),))).verdict == "fail"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"lock": None, "used": (used(50.0),)}, "no locked key light"),
        ({"lock": replace(LOCK, light=Light()), "used": (used(50.0),)}, "no locked key light"),
        ({}, "nothing was painted from a reference"),
        ({"used": (used(None),)}, "nobody declared the light of sunset.png"),
    ],
)
def test_light_that_nobody_declared_is_not_checked(said: dict[str, Any], words: str) -> None:
    found = light.check(seen(**said))

    assert found.verdict == "not checked"
    assert words in found.says


# -- the sun --------------------------------------------------------------------------


def shining(off_deg: float | None, energy: float | None = 0.97) -> PaintedSun:
    return PaintedSun(off_deg=off_deg, energy_share=energy, reference="noon.hdr")


def test_a_sun_where_the_lock_puts_it_with_its_own_energy_passes() -> None:
    found = sun.check(seen(sun=shining(0.12)))

    assert found.verdict == "pass"
    assert found.says == (
        "042_0110: the sun stands 0.12 deg from where lock v3 puts it, limit 0.5 deg; it "
        "keeps 97% of the energy it has in noon.hdr, limit 10% either way"
    )


@pytest.mark.parametrize("painted", [shining(0.7), shining(0.1, 0.8), shining(0.1, 1.2)])
def test_a_sun_that_strays_or_loses_its_energy_fails(painted: PaintedSun) -> None:
    assert sun.check(seen(sun=painted)).verdict == "fail"


def test_a_sun_that_was_not_painted_fails_and_says_what_to_do() -> None:
    found = sun.check(seen(sun=shining(None, None)))

    assert found.verdict == "fail"
    assert "no sun was painted" in found.says
    assert "paint from a panorama with a sun" in found.says


def test_a_sun_behind_the_ridge_is_neither_lost_nor_off() -> None:
    painted = replace(shining(None, None), behind="far", hidden=True)

    found = sun.check(seen(sun=painted))

    assert found.verdict == "not checked"
    assert found.says == (
        "042_0110: the sun stands behind the ridge (far), where lock v3 puts it; none need be "
        "seen"
    )


def test_of_a_sun_half_behind_the_ridge_only_the_place_is_judged() -> None:
    rising = replace(shining(0.2, None), behind="far")

    assert sun.check(seen(sun=rising)).verdict == "pass"
    assert (
        "behind the ridge (far), so its energy is not judged"
        in sun.check(seen(sun=rising)).says
    )
    assert sun.check(seen(sun=replace(rising, off_deg=0.7))).verdict == "fail"


def test_a_sun_of_unknown_energy_is_judged_by_its_place_alone() -> None:
    found = sun.check(seen(sun=shining(0.1, None)))

    assert found.verdict == "pass"
    assert "nobody knows its energy" in found.says


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"lock": None}, "no azimuth of a key"),
        ({"lock": replace(LOCK, light=Light(key_elevation_deg=50.0))}, "no azimuth of a key"),
        ({}, "does not stand in what was generated"),
        (
            {
                "lock": replace(LOCK, light=replace(LOCK.light, key_fill_ratio=1.5)),
                "sun": shining(None),
            },
            "the locked key is soft",
        ),
    ],
)
def test_where_no_sun_is_to_be_seen_none_is_checked(said: dict[str, Any], words: str) -> None:
    found = sun.check(seen(**said))

    assert found.verdict == "not checked"
    assert words in found.says


# -- coverage ---------------------------------------------------------------------------


def test_a_canvas_that_covers_everything_passes() -> None:
    assert coverage.check(seen()).verdict == "pass"


def test_one_hole_in_one_frame_is_a_failure() -> None:
    found = coverage.check(seen(hole_px=1, hole_frame=1002))

    assert (found.verdict, found.measured, found.frame) == ("fail", 1.0, 1002)
    assert found.says == (
        "042_0110: 1 generated pixels lie outside the painted canvas, first in frame 1002, "
        "limit 0"
    )


# -- margin -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stops", "verdict"), [(0.0, "pass"), (0.1, "pass"), (0.1001, "fail"), (2.0, "fail")]
)
def test_one_surface_is_judged_by_its_margin(stops: float, verdict: str) -> None:
    found = margin.check(seen(one_surface=True, margin_stops=stops))

    assert found.verdict == verdict
    assert f"{stops:.3f} stops" in found.says


def test_a_seam_between_different_things_cannot_be_compared() -> None:
    # Even with a number at hand: no painted pixel has a photographed twin.
    found = margin.check(seen(one_surface=False, margin_stops=0.0))

    assert found.verdict == "not comparable"
    assert found.measured is None


def test_a_margin_that_fits_does_not_hide_a_reference_that_does_not() -> None:
    references = (("quay.exr", 0.1), ("dunes.exr", 0.34))

    found = margin.check(seen(one_surface=True, margin_stops=0.01, references_off=references))

    assert found.verdict == "fail"
    assert found.measured == 0.34
    assert "dunes.exr is 0.34 stops darker than the plate" in found.says


def test_one_surface_without_a_margin_is_not_checked() -> None:
    assert margin.check(seen(one_surface=True)).verdict == "not checked"


def test_without_a_plate_there_is_nothing_to_compare_with() -> None:
    concept = Seen(shot=a_shot(plate=None), lock=LOCK, one_surface=True, margin_stops=0.0)

    for check in (margin.check, sharpness.check):
        found = check(concept)
        assert found.verdict == "not comparable"
        assert "no plate" in found.says


# -- sharpness ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "verdict"), [(4.0, "pass"), (5.3, "pass"), (5.5, "fail"), (2.5, "fail")]
)
def test_element_and_plate_are_equally_sharp_within_a_third_or_so(
    mine: float, verdict: str
) -> None:
    found = sharpness.check(seen(element_edge_px=mine, plate_edge_px=4.0, edge_frame=1012))

    assert found.verdict == verdict


def smeared(mine: float | None, plate: float | None, **said: Any) -> Seen:
    """A frame that the camera smears over 8.4 px, at rest elsewhere."""
    told = [
        None if times is None else Smear(times=times, width_px=8.4, edges=80)
        for times in (mine, plate)
    ]
    return seen(
        edge_frame=1012, edges_hard_at_rest=True, smear_px=8.4,
        element_smear=told[0], plate_smear=told[1], **said,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("mine", "plate", "verdict"),
    [(1.0, 1.24, "pass"), (1.0, 1.26, "fail"), (1.24, 1.0, "pass"), (1.26, 1.0, "fail")],
)
def test_a_smear_is_held_to_half_of_a_shutter_that_is_half_as_long_again(
    mine: float, plate: float, verdict: str
) -> None:
    found = sharpness.check(smeared(mine, plate))

    assert found.verdict == verdict
    assert found.limit == 25


def test_what_the_camera_smears_is_not_told_by_widths_of_unlike_things() -> None:
    # The demo's range and its meadow, a ridge that falls with the move and one that rises.
    found = sharpness.check(smeared(1.0, 1.16, element_edge_px=7.0, plate_edge_px=8.8))

    assert found.verdict == "pass"
    assert found.says == (
        "042_0110: frame 1012: edges are 1.00 times as wide as the camera's move makes them in "
        "the element, 1.16 times in the plate; 16 % apart, limit 25 %"
    )


@pytest.mark.parametrize(
    ("mine", "plate", "side"), [(None, 1.0, "the element"), (1.0, None, "the plate")]
)
def test_a_smear_without_edges_across_it_is_not_checked(
    mine: float | None, plate: float | None, side: str
) -> None:
    found = sharpness.check(smeared(mine, plate, element_edge_px=7.0, plate_edge_px=8.8))

    assert found.verdict == "not checked"
    assert f"too few clear edges across the camera's move in {side}" in found.says


@pytest.mark.parametrize(
    ("smear_px", "verdict"),
    [(0.0, "fail"), (1.9, "fail"), (2.1, "not checked"), (8.0, "not checked")],
)
def test_sharpness_is_not_told_by_a_take_whose_camera_never_rests(
    smear_px: float, verdict: str
) -> None:
    found = sharpness.check(
        seen(
            element_edge_px=8.0,
            plate_edge_px=4.0,
            edge_frame=1010,
            edges_hard_at_rest=True,
            rest_smear_px=smear_px,
        )
    )

    assert found.verdict == verdict
    assert ("never rests" in found.says) == (verdict == "not checked")


def test_a_margin_that_shows_other_things_is_not_comparable() -> None:
    found = margin.check(seen(one_surface=True, margin_says="it shows a tree"))

    assert (found.verdict, found.says) == ("not comparable", "042_0110: it shows a tree")


def test_sharpness_says_both_widths_and_the_frame() -> None:
    found = sharpness.check(seen(element_edge_px=2.0, plate_edge_px=4.0, edge_frame=1012))

    assert found.says == (
        "042_0110: frame 1012: edges are 2.0 px wide in the element, 4.0 px in the plate; "
        "50 % apart, limit 35 %"
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [({"plate_edge_px": 4.0}, "the element"), ({"element_edge_px": 4.0}, "the plate")],
)
def test_a_sky_without_edges_is_not_checked(said: dict[str, float], words: str) -> None:
    found = sharpness.check(seen(**said))

    assert found.verdict == "not checked"
    assert f"too few clear edges in {words}" in found.says


# -- peak ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "half", "verdict"),
    [(65504.0, True, "pass"), (65505.0, True, "fail"), (66000.0, False, "pass")],
)
def test_a_sun_must_fit_the_plate_s_numbers(value: float, half: bool, verdict: str) -> None:
    assert peak.check(seen(peak=value, half=half)).verdict == verdict


def test_a_sun_too_bright_for_half_says_what_happens_to_its_frames() -> None:
    found = peak.check(seen(peak=66000.0, peak_frame=1002))

    assert found.frame == 1002
    assert found.says == (
        "042_0110: the element peaks at 6.6e+04; over the 65504 of the plate's half floats, "
        "so its frames are float"
    )
