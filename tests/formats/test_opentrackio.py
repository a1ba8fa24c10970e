"""A camera track comes in with the numbers of the camera, or not at all."""

from __future__ import annotations

import contextlib
import copy
import json
import math
import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import cbor2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamline.errors import InputError, TrackError
from seamline.formats.tracks import TrackFiles
from seamline.formats.tracks.opentrackio_packets import fletcher_16
from seamline.show.camera import CameraTrack
from seamline.show.frames import FrameRange

RIGHT, UP, BACK = 0, 1, 2


def _sample(n: int = 0, **transform: Any) -> dict[str, Any]:
    """A Super 35 camera at 24 fps, 1.6 m above the ground, level, looking along +Y."""
    return {
        "protocol": {"name": "OpenTrackIO", "version": [1, 0, 1]},
        "static": {
            "camera": {
                "activeSensorPhysicalDimensions": {"width": 24.89, "height": 14.0},
                "captureFrameRate": {"num": 24, "denom": 1},
                "shutterAngle": 172.8,
            }
        },
        "timing": {
            "sampleRate": {"num": 24, "denom": 1},
            "timecode": {
                "hours": 1,
                "minutes": 0,
                "seconds": n // 24,
                "frames": n % 24,
                "frameRate": {"num": 24, "denom": 1},
            },
        },
        "lens": {"pinholeFocalLength": 35.0},
        "transforms": [
            {
                "id": "Camera",
                "translation": transform.get("translation", {"x": 0.0, "y": 0.0, "z": 1.6}),
                "rotation": {"pan": 0.0, "tilt": 0.0, "roll": 0.0}
                | transform.get("rotation", {}),
            }
        ],
    }


def _read(
    tmp_path: Path, samples: list[dict[str, Any]], frames: FrameRange | None = None
) -> CameraTrack:
    path = tmp_path / "camera.opentrackio.jsonl"
    path.write_text("\n".join(json.dumps(s) for s in samples) + "\n")
    return TrackFiles().read(str(path), frames)


def _pose(tmp_path: Path, **transform: Any) -> np.ndarray:
    track = _read(tmp_path, [_sample(**transform)])
    return np.array(track.samples[0].world_from_camera).reshape(3, 3)


def test_a_level_camera_looks_along_minus_z_from_its_height(tmp_path: Path) -> None:
    track = _read(tmp_path, [_sample(translation={"x": 2.0, "y": 5.0, "z": 1.6})])

    sample = track.samples[0]

    assert sample.position_m == (2.0, 1.6, -5.0)  # right, up, and forward is -Z
    assert sample.world_from_camera == (1, 0, 0, 0, 1, 0, 0, 0, 1)
    assert sample.lens.focal_length_mm == 35.0
    assert round(sample.lens.hfov_deg, 2) == 39.15  # 2 atan(24.89 / 70)


def test_panning_left_turns_the_picture_s_middle_to_minus_x(tmp_path: Path) -> None:
    looks = -_pose(tmp_path, rotation={"pan": 90.0})[:, BACK]

    np.testing.assert_allclose(looks, (-1, 0, 0), atol=1e-12)


def test_tilting_up_raises_the_view(tmp_path: Path) -> None:
    looks = -_pose(tmp_path, rotation={"tilt": 30.0})[:, BACK]

    np.testing.assert_allclose(looks, (0, 0.5, -math.sqrt(0.75)), atol=1e-12)


def test_rolling_clockwise_lowers_the_camera_s_right_side(tmp_path: Path) -> None:
    right = _pose(tmp_path, rotation={"roll": 30.0})[:, RIGHT]

    np.testing.assert_allclose(right, (math.sqrt(0.75), -0.5, 0), atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[st.floats(-720, 720)] * 3))
def test_any_pan_tilt_and_roll_is_a_rotation(
    tmp_path_factory: pytest.TempPathFactory, angles: tuple[float, float, float]
) -> None:
    turn = dict(zip(("pan", "tilt", "roll"), angles, strict=True))

    pose = _pose(tmp_path_factory.mktemp("track"), rotation=turn)

    np.testing.assert_allclose(pose @ pose.T, np.eye(3), atol=1e-12)
    assert math.isclose(np.linalg.det(pose), 1.0, abs_tol=1e-12)


def test_a_crane_on_a_dolly_composes_from_the_stage_outwards(tmp_path: Path) -> None:
    sample = _sample()
    sample["transforms"] = [
        {
            "id": "Dolly",
            "translation": {"x": 1.0, "y": 0.0, "z": 0.0},
            "rotation": {"pan": 90.0, "tilt": 0.0, "roll": 0.0},
        },
        {
            "id": "Crane",
            "translation": {"x": 0.0, "y": 3.0, "z": 2.0},
            "rotation": {"pan": -90.0, "tilt": 0.0, "roll": 0.0},
        },
    ]

    camera = _read(tmp_path, [sample]).samples[0]

    # The dolly faces left, so the arm's 3 m forward are 3 m to the stage's left.
    np.testing.assert_allclose(camera.position_m, (-2.0, 2.0, 0.0), atol=1e-12)
    np.testing.assert_allclose(camera.world_from_camera, np.eye(3).ravel(), atol=1e-12)


def test_the_entrance_pupil_lies_in_front_of_the_sensor(tmp_path: Path) -> None:
    sample = _sample(rotation={"pan": 90.0})
    sample["lens"]["entrancePupilOffset"] = 0.125

    track = _read(tmp_path, [sample])

    np.testing.assert_allclose(track.samples[0].position_m, (-0.125, 1.6, 0.0), atol=1e-12)
    assert any("entrance pupil" in note for note in track.notes)


def test_samples_become_the_shot_s_frames_with_rate_and_shutter(tmp_path: Path) -> None:
    frames = FrameRange(first=1009, last=1012)

    track = _read(tmp_path, [_sample(n) for n in range(4)], frames)

    assert [s.frame for s in track.samples] == [1009, 1010, 1011, 1012]
    assert track.rate == Fraction(24)
    assert track.shutter_angle_deg == 172.8
    assert _read(tmp_path, [_sample(0), _sample(1)]).samples[0].frame == 1001


def test_a_list_and_indented_samples_are_read_too(tmp_path: Path) -> None:
    samples = [_sample(0), _sample(1)]
    (tmp_path / "list.json").write_text(json.dumps(samples, indent=1))
    (tmp_path / "long.json").write_text(
        "\ufeff" + "\n".join(json.dumps(s, indent=2) for s in samples)
    )

    for name in ("list.json", "long.json"):
        assert len(TrackFiles().read(str(tmp_path / name), None).samples) == 2


def test_a_static_block_holds_until_the_next_one(tmp_path: Path) -> None:
    samples = [_sample(n) for n in range(3)]
    for n in (0, 2):
        del samples[n]["static"]

    track = _read(tmp_path, samples)

    assert [s.lens.sensor_width_mm for s in track.samples] == [24.89] * 3


def _without(*keys: str) -> dict[str, Any]:
    sample = copy.deepcopy(_sample())
    inner = sample
    for key in keys[:-1]:
        inner = inner[key]
    del inner[keys[-1]]
    return sample


def _with(value: Any, *keys: str) -> dict[str, Any]:
    sample = copy.deepcopy(_sample())
    inner = sample
    for key in keys[:-1]:
        inner = inner.setdefault(key, {})
    inner[keys[-1]] = value
    return sample


SENSOR = ("static", "camera", "activeSensorPhysicalDimensions")


@pytest.mark.parametrize(
    ("sample", "says"),
    [
        (_with(316.8, *SENSOR, "width"), "316.8 mm wide"),
        (_with(0.0, *SENSOR, "height"), "sensor_height_mm is 0"),
        (_without(*SENSOR), "activeSensorPhysicalDimensions"),
        (_without("lens", "pinholeFocalLength"), "pinholeFocalLength"),
        (_with("35 mm", "lens", "pinholeFocalLength"), "'35 mm'"),
        (_with(True, "lens", "pinholeFocalLength"), "True"),
        (_with(float("nan"), "lens", "pinholeFocalLength"), "no finite number"),
        (
            _with(-35.0, "lens", "pinholeFocalLength"),
            "pinholeFocalLength is -35.0, expected a number above 0",
        ),
        (_with("FreeD", "protocol", "name"), "'FreeD', not OpenTrackIO"),
        (_with([2, 0, 0], "protocol", "version"), r"OpenTrackIO 2\.0\.0"),
        (_without("protocol"), "names no protocol"),
        (_without("transforms"), "no transforms"),
        (_with([], "transforms"), "transforms has 0 values"),
        (_with([{"translation": {"x": 1}, "rotation": {}}], "transforms"), "translation.y"),
        (_with([{"radial": [0], "tangential": [1e-9]}], "lens", "distortion"), "1 tangential"),
        (_with([{"radial": [1.0] * 7}], "lens", "distortion"), "7 radial terms"),
        (_with([{"model": "Fisheye", "radial": [1.0]}], "lens", "distortion"), "'Fisheye'"),
        (_with({"x": 0.0, "y": 300.0}, "lens", "projectionOffset"), "centre_y_mm is 300"),
        (
            _with({"num": 9, "denom": 1}, "static", "camera", "anamorphicSqueeze"),
            "squeeze is 9",
        ),
        (
            _with({"num": 24, "denom": 0}, "static", "camera", "captureFrameRate"),
            "captureFrameRate.denom is 0, expected a whole number from 1",
        ),
        (_with({"num": 23.976, "denom": 1}, "timing", "sampleRate"), "num is 23.976, expected"),
        (_with(400.0, "static", "camera", "shutterAngle"), "shutterAngle is 400.0, expected"),
        (_with(60, "timing", "timecode", "minutes"), "minutes is 60, expected .* 0 to 59"),
        (_with("a1", "sampleId"), "sampleId is 'a1', expected the pattern urn:uuid"),
        (_with(1.5, "lens", "encoders", "zoom"), "zoom is 1.5, expected a number from 0 to 1"),
        (_with({}, "lens", "encoders"), "lens.encoders has none of focus, iris, zoom"),
        (_with(35.0, "lens", "focalLength"), "lens.focalLength is not in the schema"),
        (_with({"lat0": 1}, "globalStage"), "globalStage.E is missing"),
        ([], "holds no samples"),
        (7, "no JSON object"),
    ],
)
def test_a_track_that_describes_no_camera_is_refused_in_one_sentence(
    tmp_path: Path, sample: Any, says: str
) -> None:
    path = tmp_path / "camera.jsonl"
    path.write_text(json.dumps([sample] if sample != [] else []))

    with pytest.raises(TrackError, match=says) as refused:
        TrackFiles().read(str(path), None)

    assert refused.value.exit_code == 2
    assert "camera.jsonl" in str(refused.value)


def test_distortion_that_is_all_zero_is_no_distortion(tmp_path: Path) -> None:
    sample = _sample()
    sample["lens"]["distortion"] = [
        {"radial": [0.0, 0.0], "tangential": [0, 0], "overscan": 1.0}
    ]
    sample["lens"]["projectionOffset"] = {"x": 0.0, "y": 0.0}

    assert len(_read(tmp_path, [sample]).samples) == 1


def test_a_track_with_other_counts_names_both(tmp_path: Path) -> None:
    frames = FrameRange(first=1001, last=1024)

    with pytest.raises(TrackError, match=r"has 23 samples, and the shot has 24 frames"):
        _read(tmp_path, [_sample(n) for n in range(23)], frames)


@pytest.mark.parametrize(("second", "frame", "pans"), [(0, 5, [5, 6, 7]), (1, 0, [24, 25, 26])])
def test_a_longer_recording_is_cut_by_the_plate_s_timecode(
    tmp_path: Path, second: int, frame: int, pans: list[int]
) -> None:
    path = tmp_path / "take.opentrackio.jsonl"
    samples = [_sample(n, rotation={"pan": float(n)}) for n in range(40)]
    path.write_text("\n".join(json.dumps(s) for s in samples))
    word = int(f"0100{second:02d}{frame:02d}", 16)  # OpenEXR: two decimal digits a byte

    track = TrackFiles().read(str(path), FrameRange(first=1001, last=1003), clock=word)

    turned = [math.degrees(math.atan2(-s.world_from_camera[2], s.world_from_camera[0]))
              for s in track.samples]  # fmt: skip
    assert np.abs(turned) == pytest.approx(pans)
    assert f"samples {pans[0] + 1} to {pans[2] + 1} of 40 are taken" in " ".join(track.notes)
    assert f"01:00:{second:02d}:{frame:02d}" in " ".join(track.notes)


def test_a_recording_that_ends_before_the_plate_is_refused_with_both_clocks(
    tmp_path: Path,
) -> None:
    path = tmp_path / "take.opentrackio.jsonl"
    path.write_text("\n".join(json.dumps(_sample(n)) for n in range(40)))

    with pytest.raises(TrackError, match=r"40 samples \(01:00:00:00 to 01:00:01:15\)") as late:
        TrackFiles().read(str(path), FrameRange(first=1001, last=1003), clock=0x01000114)

    assert "3 frames begin at 01:00:01:14" in str(late.value)


def test_a_dropped_sample_is_found_by_its_timecode(tmp_path: Path) -> None:
    samples = [_sample(n) for n in (0, 1, 3, 4)]

    with pytest.raises(TrackError, match="from sample 2 to 3 the timecode goes on by 2 frames"):
        _read(tmp_path, samples)


def test_drop_frame_timecode_goes_on_over_the_minute(tmp_path: Path) -> None:
    rate = {"num": 30000, "denom": 1001}
    samples = []
    # SMPTE ST 12-1: after 00:00:59:29 comes 00:01:00:02.
    for minutes, seconds, frames in ((0, 59, 28), (0, 59, 29), (1, 0, 2), (1, 0, 3)):
        sample = _sample()
        sample["static"]["camera"]["captureFrameRate"] = rate
        sample["timing"] = {
            "timecode": {
                "hours": 0,
                "minutes": minutes,
                "seconds": seconds,
                "frames": frames,
                "frameRate": rate,
                "dropFrame": True,
            }
        }
        samples.append(sample)

    assert len(_read(tmp_path, samples).samples) == 4


def test_two_cameras_in_one_file_are_told_apart(tmp_path: Path) -> None:
    samples = [_sample(0) | {"sourceNumber": 1}, _sample(1) | {"sourceNumber": 2}]

    with pytest.raises(TrackError, match="2 cameras"):
        _read(tmp_path, samples)


def test_a_track_that_was_cut_short_names_the_line(tmp_path: Path) -> None:
    text = json.dumps(_sample(0)) + "\n" + json.dumps(_sample(1))[:200]
    (tmp_path / "camera.jsonl").write_text(text)

    with pytest.raises(TrackError, match="line 2: sample 2 is not valid JSON"):
        TrackFiles().read(str(tmp_path / "camera.jsonl"), None)


@pytest.mark.parametrize("content", [b"", b"1001\t0\t1.6\n", b"\xd1\x00\x01", b"{\xff}"])
def test_what_is_no_track_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "camera.trk").write_bytes(content)

    with pytest.raises(TrackError, match=r"camera\.trk"):
        TrackFiles().read(str(tmp_path / "camera.trk"), None)


def test_a_missing_track_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrackError, match=r"gone\.jsonl"):
        TrackFiles().read(str(tmp_path / "gone.jsonl"), None)


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**400), 10**400),
    st.floats(),
    st.text(max_size=3),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["x", "num", "width"]), st.integers(), max_size=2),
)
PLACES = [
    ("protocol",), ("protocol", "version"), ("static",), ("static", "camera"), SENSOR,
    (*SENSOR, "width"), ("static", "camera", "captureFrameRate"), ("timing",),
    ("static", "camera", "anamorphicSqueeze"), ("static", "camera", "shutterAngle"),
    ("timing", "sampleRate"), ("timing", "timecode"), ("timing", "timecode", "frames"),
    ("timing", "timecode", "frameRate"), ("lens",), ("lens", "pinholeFocalLength"),
    ("lens", "distortion"), ("lens", "projectionOffset"), ("lens", "entrancePupilOffset"),
    ("timing", "sampleTimestamp"), ("timing", "sequenceNumber"), ("lens", "focusDistance"),
    ("transforms",), ("sourceId",),
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLACES), ODD)
def test_nonsense_anywhere_is_a_sentence_and_never_a_crash(
    tmp_path_factory: pytest.TempPathFactory, place: tuple[str, ...], odd: Any
) -> None:
    path = tmp_path_factory.getbasetemp() / "odd.jsonl"
    path.write_text(json.dumps(_with(odd, *place)))

    with contextlib.suppress(InputError):
        assert TrackFiles().read(str(path), None).samples


@pytest.mark.shared
def test_the_demo_camera_agrees_with_its_matrices_to_the_last_bit_that_matters(
    shared: Path,
) -> None:
    folder = shared / "demo_show" / "DEMO_010"
    truth = json.loads((folder / "camera.json").read_text())

    track = TrackFiles().read(
        str(folder / "camera.opentrackio.jsonl"), FrameRange(first=1001, last=1024)
    )

    # The truth is in OpenCV's axes, y down and z forward, on both sides.
    flip = np.diag([1.0, -1.0, -1.0])
    for sample, frame in zip(track.samples, truth["frames"], strict=True):
        pose = np.array(sample.world_from_camera).reshape(3, 3)
        np.testing.assert_allclose(pose, flip @ frame["R_cam_to_world"] @ flip, atol=1e-14)
        focal_px = sample.lens.focal_length_mm / sample.lens.sensor_width_mm * truth["width"]
        assert math.isclose(focal_px, frame["K"][0][0], rel_tol=1e-12)
        assert sample.position_m == (0.0, 1.6, 0.0)


@pytest.mark.shared
def test_smpte_s_own_samples_keep_to_the_schema(shared: Path) -> None:
    folder = shared / "data/onset/opentrackio"

    track = TrackFiles().read(str(folder / "recommended_static.json"), None)

    lens = track.samples[0].lens
    assert (lens.focal_length_mm, lens.sensor_width_mm) == (24.305, 36.0)
    assert (lens.centre_x_mm, lens.centre_y_mm, lens.focus_distance_m) == (0.1, 0.2, 10.0)
    with pytest.raises(TrackError, match=r"transform Crane Arm: it scales"):
        TrackFiles().read(str(folder / "complete_static.json"), None)
    for name in ("complete_dynamic", "recommended_dynamic"):
        with pytest.raises(TrackError, match=r"it scales|activeSensorPhysicalDimensions"):
            TrackFiles().read(str(folder / f"{name}.json"), None)


def test_a_sample_of_a_later_version_may_have_new_names(tmp_path: Path) -> None:
    sample = _sample()
    sample["lens"]["bokeh"] = 1.0
    with pytest.raises(TrackError, match=r"lens\.bokeh is not in the schema"):
        _read(tmp_path, [sample])

    sample["protocol"]["version"] = [1, 1, 0]

    assert _read(tmp_path, [sample]).samples[0].lens.focal_length_mm == 35.0


def test_the_axis_the_squeeze_focus_and_iris_come_in_with_the_lens(tmp_path: Path) -> None:
    sample = _sample()
    sample["static"]["camera"]["anamorphicSqueeze"] = {"num": 9, "denom": 5}
    sample["lens"] |= {
        "projectionOffset": {"x": 0.25, "y": -0.125},
        "focusDistance": 4.5,
        "tStop": 2.8,
    }

    lens = _read(tmp_path, [sample]).samples[0].lens

    assert (lens.squeeze, lens.centre_x_mm, lens.centre_y_mm) == (1.8, 0.25, -0.125)
    assert (lens.focus_distance_m, lens.t_stop) == (4.5, 2.8)


def test_openlensio_terms_bend_as_opencv_s_formula_does(tmp_path: Path) -> None:
    # OpenCV's rational model with f = 35 mm: terms of a strong wide lens.
    k1, k2, k3, k4, k5, k6, p1, p2 = -0.21, 0.06, -0.004, 0.03, -0.01, 0.002, 4e-4, -7e-4
    focal = 35.0
    sample = _sample()
    sample["lens"]["distortion"] = [
        {
            "model": "Brown-Conrady U-D",  # mm on the sensor, above and below the line by turns
            "radial": [
                k1 / focal**2, k4 / focal**2, k2 / focal**4, k5 / focal**4, k3 / focal**6,
                k6 / focal**6,
            ],
            "tangential": [p1 / focal, p2 / focal],
        }
    ]  # fmt: skip

    bent = _read(tmp_path, [sample]).samples[0].lens.distortion

    assert bent is not None
    assert bent.way == "to distorted"
    np.testing.assert_allclose(bent.radial, (k1, k2, k3, k4, k5, k6), rtol=1e-12)
    np.testing.assert_allclose(bent.tangential, (p1, p2), rtol=1e-12)
    # And in millimetres, by OpenLensIO's own equation 16 (x right, y down):
    ex, ey = 9.0, -5.0
    r2 = ex * ex + ey * ey
    k, q = (
        sample["lens"]["distortion"][0]["radial"],
        sample["lens"]["distortion"][0]["tangential"],
    )
    ratio = (1 + k[0] * r2 + k[2] * r2**2 + k[4] * r2**3) / (
        1 + k[1] * r2 + k[3] * r2**2 + k[5] * r2**3
    )
    in_mm = ex * ratio + 2 * q[0] * ex * ey + q[1] * (r2 + 2 * ex * ex)
    x, y = ex / focal, ey / focal
    s2 = x * x + y * y
    a, b = bent.radial, bent.tangential
    ratio = (1 + a[0] * s2 + a[1] * s2**2 + a[2] * s2**3) / (
        1 + a[3] * s2 + a[4] * s2**2 + a[5] * s2**3
    )
    over_f = x * ratio + 2 * b[0] * x * y + b[1] * (s2 + 2 * x * x)
    assert math.isclose(over_f * focal, in_mm, rel_tol=1e-12)


def test_a_distortion_without_a_name_goes_to_the_undistorted(tmp_path: Path) -> None:
    sample = _sample()
    sample["lens"]["distortion"] = [{"radial": [1e-4]}]

    bent = _read(tmp_path, [sample]).samples[0].lens.distortion

    assert bent is not None
    assert bent.way == "to undistorted"
    assert math.isclose(bent.radial[0], 1e-4 * 35.0**2)
    sample["lens"]["distortionOffset"] = {"x": 0.1, "y": 0.0}
    aside = _read(tmp_path, [sample]).samples[0].lens.distortion
    assert aside is not None
    assert math.isclose(aside.offset_x, 0.1 / 35.0)


def _packet(
    payload: bytes, sequence: int, *, encoding: int, offset: int = 0, last: bool = True
) -> bytes:
    head = struct.pack(
        ">4sBBHIH",
        b"OTrk",
        0,
        encoding,
        sequence,
        offset,
        len(payload) | (0x8000 if last else 0),
    )
    low = high = 0
    for byte in head + payload:
        low = (low + byte) % 256
        high = (high + low) % 256
    return head + struct.pack(">H", high << 8 | low) + payload


def test_the_checksum_is_the_specification_s() -> None:
    assert fletcher_16(b"abcde") == 0xC3EF  # modulo 256; the textbook's 255 gives 0xC8F0


@pytest.mark.parametrize("form", ["sequence", "list", "tagged", "packets", "json packets"])
def test_cbor_and_packets_say_what_json_says(tmp_path: Path, form: str) -> None:
    samples = [_sample(n, rotation={"pan": 3.25 * n}) for n in range(5)]
    path = tmp_path / "camera.otrk"
    if form == "packets":
        whole = [cbor2.dumps(s) for s in samples]
        parts = [
            _packet(w[:300], n, encoding=2, last=False)
            + _packet(w[300:], n, encoding=2, offset=300)
            for n, w in enumerate(whole)
        ]
        path.write_bytes(b"".join(parts))
    elif form == "json packets":
        path.write_bytes(
            b"".join(
                _packet(json.dumps(s).encode(), n, encoding=1) for n, s in enumerate(samples)
            )
        )
    else:
        path.write_bytes(
            cbor2.dumps(samples)
            if form == "list"
            else b"".join(
                cbor2.dumps(cbor2.CBORTag(55799, s) if form == "tagged" else s) for s in samples
            )
        )

    track = TrackFiles().read(str(path), None)

    assert track.samples == _read(tmp_path, samples).samples


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda b: b[:-1], "packet 2 has"),
        (lambda b: b[:40] + b"\x00" + b[41:], "packet 1 does not have the bytes"),
        (lambda b: b + b"OTrk", "packet 3 ends within its header"),
        (lambda b: b + b"x" * 16, "packet 3 does not begin with OTrk"),
        (lambda b: b + _packet(b"{}", 9, encoding=1, last=False), "the rest of its sample"),
        (lambda b: b + _packet(b"{}", 9, encoding=7), "encoding 7"),
        (lambda b: b + _packet(b"{}", 9, encoding=1, offset=9), "a segment is missing"),
    ],
)
def test_torn_packets_are_named(tmp_path: Path, damage: Any, says: str) -> None:
    two = b"".join(_packet(json.dumps(_sample(n)).encode(), n, encoding=1) for n in range(2))
    (tmp_path / "a.otrk").write_bytes(damage(two))

    with pytest.raises(TrackError, match=says):
        TrackFiles().read(str(tmp_path / "a.otrk"), None)


def _at_240(n: int, pan_deg: float) -> dict[str, Any]:
    sample = _sample(0, rotation={"pan": pan_deg})
    sample["timing"] = {
        "sampleRate": {"num": 240, "denom": 1},
        "sequenceNumber": n,
        "timecode": {
            "hours": 1,
            "minutes": 0,
            "seconds": 0,
            "frames": n // 10,
            "frameRate": {"num": 24, "denom": 1},
        },
    }
    return sample


def test_samples_within_a_frame_are_brought_to_the_middle_of_the_exposure(
    tmp_path: Path,
) -> None:
    # 21 degrees a second, swinging; the shutter of 172.8 degrees opens with the frame.
    def pan(t: float) -> float:
        return 21.0 * t + 2.0 * math.sin(5.0 * t)

    track = _read(tmp_path, [_at_240(n, pan(n / 240)) for n in range(60)])

    assert [s.frame for s in track.samples] == list(range(1001, 1007))
    for number, sample in enumerate(track.samples):
        middle = number / 24 + 172.8 / 720 / 24
        forward = -np.array(sample.world_from_camera).reshape(3, 3)[:, BACK]
        seen = math.degrees(math.atan2(-forward[0], -forward[2]))
        assert abs(seen - pan(middle)) < 2e-4  # what a straight line leaves of the swing
    assert any("middle of each exposure" in note for note in track.notes)


def test_a_stream_that_begins_within_a_frame_keeps_that_frame(tmp_path: Path) -> None:
    track = _read(tmp_path, [_at_240(n, n / 10) for n in range(1, 40)])

    forward = -np.array(track.samples[0].world_from_camera).reshape(3, 3)[:, BACK]
    # Frame 1001 began one sample before the first: its middle is sample 2.4.
    assert math.isclose(math.degrees(math.atan2(-forward[0], -forward[2])), 0.24, abs_tol=1e-9)


def test_a_lost_sample_of_a_fast_stream_is_named(tmp_path: Path) -> None:
    samples = [_at_240(n, n / 10) for n in range(60) if n != 31]

    with pytest.raises(
        TrackError, match="from sample 31 to 32 the sequence number goes from 30"
    ):
        _read(tmp_path, samples)
