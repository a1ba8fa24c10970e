"""A noun written to the ledger and read back is the same noun, for every noun."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamline.errors import FormatError, LockError
from seamline.show.camera import CameraSample, CameraTrack, Distortion, Lens
from seamline.show.canvas import Canvas
from seamline.show.cdl import CDL
from seamline.show.frames import FrameRange
from seamline.show.lock import Light, Lock, Tolerances
from seamline.show.record import as_record, canonical, from_record, record_digest
from seamline.show.reference import Reference
from seamline.show.review import Choice, Finding, SignOff
from seamline.show.seam import Box, Seam
from seamline.show.shot import Plate, Shot
from seamline.show.variation import Ask, LayerFacts, Made, Variation, Version

HEX = "ab" * 32
LENS = Lens(focal_length_mm=35.0, sensor_width_mm=24.89, sensor_height_mm=14.000625)
LIGHT = Light(
    key_azimuth_deg=-30.0,
    key_elevation_deg=50.0,
    key_fill_ratio=4.0,
    colour_temperature_k=5600.0,
    tint=0.003,
    exposure_stops=-0.5,
)
TRACK = CameraTrack(
    samples=(
        CameraSample(frame=1001, lens=LENS, position_m=(0.1, 1.6, -0.0)),
        CameraSample(
            frame=1002,
            lens=LENS,
            world_from_camera=(0.0, 0.0, 1.0, 0.0, 1.0, 0.0, -1.0, 0.0, 0.0),
        ),
    ),
    rate=Fraction(24000, 1001),
    shutter_angle_deg=172.8,
    origin="take.jsonl",
    notes=("handles added",),
)
PLATE = Plate(
    pattern="plate.%04d.exr",
    colourspace="ACEScg",
    evidence="flag",
    display_window=(0, 0, 960, 540),
    channels=("R", "G", "B"),
    channel_type="half",
    digests=(HEX, HEX),
    digest=HEX,
    pixel_aspect=2.0,
)
CORRECTION = CDL(id="b01", offset=(0.01, -0.02, 0.0), saturation=0.9)
FINDING = Finding(check="peak", verdict="pass", says="fits", measured=1.5, limit=65504.0)
MADE = Made(
    seamline="0.1.0", python="3.11.9", numpy="2.4.6", numba="0.68.1", openimageio="3.2.2",
    opencolorio="2.5.0", cpu="haswell", config_sha256=HEX,
)  # fmt: skip
ASK = Ask(
    shot="042_0110", canvas_digest=HEX, lock_digest="", references=(HEX,), generator="patch",
    pixels=1, encoding="ACEScct", seed=7, settings=(("detail", "high"),),
)  # fmt: skip

NOUNS: list[Any] = [
    LENS,
    LIGHT,
    Light(),
    TRACK,
    PLATE,
    CORRECTION,
    FINDING,
    MADE,
    ASK,
    Box(x=-3, y=2, width=10, height=20),
    FrameRange(first=1001, last=1024),
    Seam(
        shot="a", version=2, matte="m.%04d.png", grow_px=-2,
        box=Box(x=0, y=0, width=1, height=2), polygon=((0.0, 0.5), (3.25, 4.0), (1.0, 9.0)),
        one_surface=True,
    ),
    Seam(
        shot="a", version=3, matte="m.%04d.png", veil=((0.0, 0.5), (3.25, 4.0), (1.0, 9.0)),
    ),
    Lock(shot="a", version=1),
    Lock(
        shot="a", version=3, lens=LENS, camera_height_m=1.6, tilt_deg=-2.0, light=LIGHT,
        tolerances=Tolerances(parallax_px=4.0), agreed_by=("D", "S"), agreed_on="2026-11-20",
    ),
    Shot(name="concept", version=1, frames=FrameRange(first=1001, last=1001), static=True),
    Shot(
        name="042_0110", version=4, frames=FrameRange(first=1001, last=1002), plate=PLATE,
        track=TRACK, width_px=960, height_px=540,
    ),
    Canvas(shot="a", kind="sphere", width_px=900, height_px=500, px_per_rad=1349.94),
    Canvas(shot="a", kind="frame", width_px=9, height_px=5, window=(-4, -2, 9, 5)),
    Reference(
        id=HEX[:12], file_name="aitzgorri.png", file_sha256=HEX, pixels_digest=HEX,
        master_digest=HEX, width_px=2, height_px=1, kind="photography", colourspace="sRGB",
        evidence="default", owner="Ada Bell", allow=("paint", "train"), light=LIGHT,
        warnings=("clipped",),
    ),
    Choice(shot="a", element="a_env_b01_v001", by="D", at="2026-11-21T10:00:00Z"),
    SignOff(
        element="a_env_b01_v001", shot="a", by="D", at="2026-11-21T10:00:00Z",
        key_fingerprint="f", key_protected=False, element_digest=HEX, comp_digest=HEX,
        layers_digest=HEX, lineage_digest=HEX, cdl_digest=HEX, matte_digest=HEX,
        plate_digest=HEX, view="sRGB", size_px=(960, 540), findings=(FINDING,), signature="00",
    ),
    Variation(
        shot="a", element="env", number=1, ask=ASK, ask_digest=ASK.digest,
        layers=(LayerFacts(name="env", digest=HEX, lineage_digest=HEX),), views=("v", "v"),
        layers_digest=HEX, lineage_digest=HEX, shares=(("v", 0.75), ("plate", 0.25)),
        findings=(FINDING,), notes=("n",), seconds=1.5, made=MADE,
    ),
    Version(
        id="a_env_b01_v001", shot="a", ask_digest=HEX, render_key=HEX, element_digest=HEX,
        comp_digest=HEX, element_frames=(HEX,), comp_frames=(HEX,), cdl=CORRECTION,
        cdl_digest=HEX, matte_digest=HEX, plate_digest="", findings=(FINDING,), seconds=0.25,
    ),
]  # fmt: skip


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: type(noun).__name__)
def test_a_noun_comes_back_from_the_ledger_as_it_was(noun: Any) -> None:
    stored = canonical(as_record(noun))

    again = from_record(type(noun), json.loads(stored))

    assert again == noun
    assert canonical(as_record(again)) == stored


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(1, 1e4),
    st.fractions(min_value=1, max_value=240),
)
def test_every_number_of_a_track_survives_the_ledger(
    x: float, f: float, rate: Fraction
) -> None:
    lens = Lens(focal_length_mm=f, sensor_width_mm=36.0, sensor_height_mm=24.0)
    sample = CameraSample(frame=1001, lens=lens, position_m=(x, -x, 0.0))
    track = CameraTrack(samples=(sample,), rate=rate, static=True)

    assert from_record(CameraTrack, json.loads(canonical(as_record(track)))) == track


def test_canonical_bytes_are_sorted_compact_utf8() -> None:
    record = {"b": [1, 2.5, None], "a": {"ö": "é", "n": True}}

    assert canonical(record) == '{"a":{"n":true,"ö":"é"},"b":[1,2.5,null]}'.encode()
    assert record_digest(record) == hashlib.sha256(canonical(record)).hexdigest()


def test_the_order_in_which_names_were_written_does_not_name_another_record() -> None:
    assert record_digest({"a": 1, "b": 2}) == record_digest({"b": 2, "a": 1})


def test_a_record_holds_no_number_that_json_does_not_know() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"measured": float("nan")})


def test_a_rate_is_kept_as_the_fraction_it_is() -> None:
    assert as_record(TRACK)["rate"] == "24000/1001"


def test_a_record_with_a_name_nobody_knows_is_refused() -> None:
    record = {**as_record(LENS), "smell": 2.0}

    with pytest.raises(FormatError, match="a Lens record has no field 'smell'"):
        from_record(Lens, record)


def test_a_record_that_lacks_a_name_is_refused() -> None:
    record = as_record(FINDING)
    del record["says"]

    with pytest.raises(FormatError, match="a Finding record is incomplete"):
        from_record(Finding, record)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", 8),
        ("canvas_digest", "cd" * 32),
        ("lock_digest", HEX),
        ("references", (HEX, HEX)),
        ("generator", "neutral"),
        ("pixels", 2),
        ("encoding", "ACEScg"),
        ("settings", ()),
    ],
)
def test_everything_that_was_wanted_names_another_ask(name: str, value: Any) -> None:
    assert replace(ASK, **{name: value}).digest != ASK.digest


def test_the_same_wish_is_the_same_ask() -> None:
    assert replace(ASK).digest == ASK.digest


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("key_elevation_deg", 91.0),
        ("colour_temperature_k", 500.0),
        ("colour_temperature_k", float("nan")),
        ("tint", 0.2),
        ("exposure_stops", float("inf")),
        ("key_fill_ratio", 0.5),
    ],
)
def test_light_that_no_lamp_gives_is_refused_at_birth(name: str, value: float) -> None:
    with pytest.raises(LockError, match=f"light: {name} is") as refused:
        Light(**{name: value})

    assert refused.value.remedy


def test_only_a_cdl_that_changes_nothing_is_the_identity() -> None:
    assert CDL(id="a").is_identity
    assert not CDL(id="a", saturation=0.99).is_identity
    assert not CORRECTION.is_identity


def test_a_lens_taken_in_before_there_was_distortion_keeps_its_digest() -> None:
    plain = as_record(LENS)
    assert set(plain) == {"focal_length_mm", "sensor_width_mm", "sensor_height_mm"}
    curved = replace(LENS, distortion=Distortion(radial=(-0.1, 0.02)), squeeze=2.0)
    assert as_record(curved)["distortion"]["radial"] == [-0.1, 0.02]
    assert from_record(Lens, json.loads(canonical(as_record(curved)))) == curved
