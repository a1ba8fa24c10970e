"""What cameras write down of their own lenses comes in as it was written."""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from pathlib import Path

import pytest
import track_writers as w

from seamline.errors import TrackError
from seamline.formats.tracks import TrackFiles
from seamline.formats.tracks import vendor_words as words
from seamline.show.frames import FrameRange


@pytest.mark.shared
def test_an_alexa_lf_clip_says_lens_iris_focus_shutter_and_sensor(shared: Path) -> None:
    path = shared / "data/camera_metadata/arri/B001C001_180327_R1ZA.mov.csv"

    found = TrackFiles().lens(str(path), None)

    assert len(found.samples) == 500
    first, last = found.samples[0], found.samples[-1]
    assert (first.lens.focal_length_mm, first.frame, last.frame) == (40.0, 1001, 1500)
    # 16:9 on the ALEXA LF: 31.68 x 17.82 mm (ARRI, formats and resolutions).
    assert math.isclose(first.lens.sensor_width_mm, 31.68)
    assert math.isclose(first.lens.sensor_height_mm, 17.82)
    assert (first.lens.focus_distance_m, last.lens.focus_distance_m) == (4.812, 3.056)
    # The same row writes the iris as "1.4 + 7/10" too: root two, and rounded tenths of a stop.
    assert first.lens.t_stop is not None
    assert abs(2 * math.log2(first.lens.t_stop / math.sqrt(2)) - 0.7) < 0.05
    assert first.tilt_deg is None  # it says 409.5: the level had nothing to say
    assert first.roll_deg == -0.1
    assert (found.rate, found.shutter_angle_deg) == (Fraction(24), 172.8)
    assert any("no tilt" in note for note in found.notes)


@pytest.mark.shared
def test_a_venice_clip_has_its_sensor_and_shutter_from_the_xml_beside_it(
    shared: Path, tmp_path: Path
) -> None:
    folder = shared / "data/camera_metadata/venice"
    path = folder / "D001C005_210716AG.csv"

    found = TrackFiles().lens(str(path), None)

    first = found.samples[0].lens
    assert (len(found.samples), first.focal_length_mm, first.squeeze) == (588, 32.0, 1.0)
    assert math.isclose(first.sensor_width_mm, 5674 * 22.8 / 3840)
    assert math.isclose(first.focus_distance_m or 0, 5.83 * 0.3048)
    assert math.isclose(first.t_stop or 0, 2 * 2**0.15)
    assert (found.rate, found.shutter_angle_deg) == (Fraction(24), 103.8)

    lonely = tmp_path / "clip.csv"
    lonely.write_bytes(path.read_bytes())
    with pytest.raises(TrackError, match="sensor area of this Sony camera") as refused:
        TrackFiles().lens(str(lonely), None)
    assert "sensor_width_mm" in refused.value.remedy
    w.sidecar(
        lonely, sensor_width_mm=36.2, sensor_height_mm=24.1, rate="23.976", first_frame=990
    )
    again = TrackFiles().lens(str(lonely), FrameRange(first=1001, last=1010))
    assert again.sample(990).lens.sensor_width_mm == 36.2
    assert again.rate == Fraction(24000, 1001)


def _canon(folder: Path) -> Path:
    """By Canon's column names; the focus is a float in hexadecimal, metres."""
    metres = struct.pack(">f", 2.5).hex()
    path = folder / "canon.csv"
    rows = [f"{n},{50 + n},{metres},2,56/10,180" for n in range(3)]
    path.write_text(
        "Frame,FocalLength,FocusPosition,ApertureMode,ApertureNumber,ExposureTime\n"
        + "\n".join(rows)
    )
    w.sidecar(path, sensor_width_mm=26.2, sensor_height_mm=13.8)
    return path


def test_canon_s_and_red_s_tables_are_read_by_their_columns(tmp_path: Path) -> None:
    canon = TrackFiles().lens(str(_canon(tmp_path)), None)
    red = tmp_path / "red.csv"
    red.write_text(
        "Timecode,Focal Length,Focus Distance\n01:00:00:00,35,100\n01:00:00:01,36,100\n"
    )
    w.sidecar(red, sensor_width_mm=29.9, sensor_height_mm=15.77, squeeze=2.0)

    found = TrackFiles().lens(str(red), None)

    assert [s.lens.focal_length_mm for s in canon.samples] == [50.0, 51.0, 52.0]
    assert (canon.samples[0].lens.t_stop, canon.samples[0].lens.focus_distance_m) == (5.6, 2.5)
    assert [s.lens.focal_length_mm for s in found.samples] == [35.0, 36.0]
    assert found.samples[0].lens.squeeze == 2.0
    for report, name in ((canon, "Canon"), (found, "RED")):
        assert any(f"no {name} clip has been through" in note for note in report.notes)


def test_a_zoom_of_the_camera_s_own_goes_to_a_track_without_a_lens(tmp_path: Path) -> None:
    truth = w.handheld(3, axis=(0.0, 0.0))
    rows = [row[:7] for row in w.chan_rows(truth, order="ZXY", unit_m=1.0)]
    path = w.write_chan(tmp_path / "pose.chan", rows)
    w.sidecar(path, rotation_order="ZXY", unit="m")
    with pytest.raises(
        TrackError, match="sensor_width_mm and sensor_height_mm and focal_length"
    ):
        TrackFiles().read(str(path), None)

    frames = FrameRange(first=1001, last=1003)
    track = TrackFiles().read(str(path), frames, lens=str(_canon(tmp_path)))

    assert [s.lens.focal_length_mm for s in track.samples] == [50.0, 51.0, 52.0]
    assert track.samples[0].lens.sensor_width_mm == 26.2
    assert any("the lens is that of" in note for note in track.notes)


def test_a_lens_report_is_no_track_and_a_track_no_lens_report(tmp_path: Path) -> None:
    canon, track = _canon(tmp_path), w.jsonl(tmp_path, w.handheld(3))

    with pytest.raises(TrackError, match="has a lens and no pose") as refused:
        TrackFiles().read(str(canon), None)
    assert "--lens" in refused.value.remedy
    with pytest.raises(TrackError, match="is no lens report"):
        TrackFiles().lens(str(track), None)
    with pytest.raises(TrackError, match="has a lens of its own"):
        TrackFiles().read(str(track), FrameRange(first=1001, last=1003), lens=str(canon))


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("", "a head and no rows"),
        ("01:00:00:00,--,1\n", r"row 1 has no Focal Length: '--'"),
        (
            "01:00:00:00,35,1\n01:00:00:00,35,1\n01:00:00:01,35,1\n",
            "rows 1 and 2 have the same",
        ),
        ("01:00:00:00,35,1\n01:00:05:00,35,1\n", "from row 1 to 2 the timecode goes"),
        ("01:00:00:00,-35,1\n", "row 1: lens: focal_length_mm is -35"),
    ],
)
def test_a_report_with_holes_is_refused(tmp_path: Path, rows: str, says: str) -> None:
    path = tmp_path / "red.csv"
    path.write_text("Timecode,Focal Length,Focus Distance\n" + rows)
    w.sidecar(path, sensor_width_mm=29.9, sensor_height_mm=15.77)

    with pytest.raises(TrackError, match=says):
        TrackFiles().lens(str(path), None)


def test_stops_are_read_as_cameras_write_them() -> None:
    assert words.linear_iris("1000") == 1.0
    assert words.linear_iris("5000") == 4.0
    assert words.stop_and_tenths("T 2.8") == pytest.approx(2.8284, abs=1e-4)
    assert words.stop_and_tenths("T 2 10/10") == pytest.approx(2.8284, abs=1e-4)
    assert words.stop_and_tenths("--") is None
    for damaged in ("T2.2.25", "T" + "9" * 400, "T 0", "T 2 1/0", "T."):
        assert words.stop_and_tenths(damaged) is None
    assert words.number("1e999999999") is None  # a number with a billion noughts
    assert words.number("2.5e1 mm") == 25.0
    assert words.angle("409.500") is None
    assert words.angle("-0.1") == -0.1


def test_an_xml_with_entities_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "A.csv"
    path.write_text(
        '"Timecode","Focal Length (mm)","Aperture","Focus Distance (ft)"\n"",32,,\n'
    )
    (tmp_path / "AM01.XML").write_text('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')

    with pytest.raises(TrackError, match="declares entities"):
        TrackFiles().lens(str(path), None)
