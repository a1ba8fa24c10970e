"""A cut of ours, opened by OpenTimelineIO and its adapters, is the cut we meant."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from seamline.errors import FormatError
from seamline.formats.edl import Event, edl, reel_name
from seamline.formats.otio import Cutting, timeline
from seamline.show.timecode import counted

HOUR = 86400
B1, B2 = "042_0110_env_b01_v001", "042_0110_env_b02_v001"


def reference(file: str, **said: Any) -> dict[str, Any]:
    return {"file": file, "first": HOUR, "frames": 32, "number": 993, "facts": {}, **said}


def cutting(*, movies: bool = True) -> Cutting:
    files = {
        key: f"movies/{key} proxy.mov" if movies else f"comp/{key}/{key}_comp.%04d.exr"
        for key in (B1, B2)
    }
    clip = {
        "name": "042_0110",
        "first": HOUR + 8,
        "frames": 16,
        "references": {
            key: reference(file, facts={"element_digest": "ab" * 32})
            for key, file in files.items()
        },
        "active": B2,
        "marks": [{"at": HOUR + 10, "says": "halo: FAIL, 3.1 px", "kind": "fail"}],
        "facts": {"shot": "042_0110", "handles": 8},
    }
    return {
        "name": "reel 1",
        "rate": "24",
        "starts": HOUR,
        "strips": [
            {"name": "comp", "enabled": True, "clips": [clip, {**clip, "name": "0120"}]}
        ],
        "facts": {"show": "Tiny"},
    }  # type: ignore[typeddict-item]


def opened(found: Cutting, folder: Path) -> Any:
    path = folder / "cut.otio"
    path.write_bytes(timeline(found))
    return otio.adapters.read_from_file(str(path))


def test_a_clip_has_one_reference_per_variation_and_shows_the_active_one(
    tmp_path: Path,
) -> None:
    read = opened(cutting(), tmp_path)
    (track,) = read.video_tracks()
    clip = track[0]

    assert read.global_start_time == otio.opentime.RationalTime(HOUR, 24)
    assert [c.name for c in track] == ["042_0110", "0120"]
    assert set(clip.media_references()) == {B1, B2}
    assert clip.active_media_reference_key == B2
    assert clip.media_reference.target_url == f"movies/{B2}%20proxy.mov"
    assert clip.media_reference.metadata["seamline"]["element_digest"] == "ab" * 32
    assert clip.metadata["seamline"]["handles"] == 8
    assert read.metadata["seamline"]["show"] == "Tiny"


def test_handles_are_what_is_there_beyond_what_is_shown(tmp_path: Path) -> None:
    clip = opened(cutting(), tmp_path).video_tracks()[0][0]
    shown, there = clip.source_range, clip.media_reference.available_range

    assert (shown.start_time - there.start_time).value == 8
    assert (there.end_time_exclusive() - shown.end_time_exclusive()).value == 8
    assert shown.start_time.to_timecode() == "01:00:00:08"


def test_frames_are_found_by_their_own_numbers(tmp_path: Path) -> None:
    clip = opened(cutting(movies=False), tmp_path).video_tracks()[0][0]
    found = clip.media_reference

    assert isinstance(found, otio.schema.ImageSequenceReference)
    assert found.target_url_for_image_number(0) == f"comp/{B2}/{B2}_comp.0993.exr"
    assert found.target_url_for_image_number(31) == f"comp/{B2}/{B2}_comp.1024.exr"
    assert found.number_of_images_in_sequence() == 32


def test_a_marker_stands_on_its_frame_in_its_colour(tmp_path: Path) -> None:
    (mark,) = opened(cutting(), tmp_path).video_tracks()[0][0].markers

    assert mark.name == "halo: FAIL, 3.1 px"
    assert mark.color == otio.schema.MarkerColor.RED
    assert mark.marked_range.start_time.value == HOUR + 10


def test_a_clip_that_stands_later_in_the_cut_has_a_gap_before_it(tmp_path: Path) -> None:
    found: Any = cutting()
    first, second = found["strips"][0]["clips"]
    first["record"], second["record"] = HOUR, HOUR + 16 + 24

    (track,) = opened(found, tmp_path).video_tracks()

    assert [type(item).__name__ for item in track] == ["Clip", "Gap", "Clip"]
    assert track.range_of_child_at_index(2).start_time.value == 40


def test_the_same_cut_gives_the_same_bytes() -> None:
    assert timeline(cutting()) == timeline(cutting())


def test_a_clip_that_shows_what_it_does_not_have_is_refused() -> None:
    found: Any = cutting()
    found["strips"][0]["clips"][0]["active"] = "042_0110_env_b09_v001"

    with pytest.raises(FormatError, match="b09_v001' is not among"):
        timeline(found)


def test_the_movies_go_on_into_final_cut_and_into_a_bundle(tmp_path: Path) -> None:
    pytest.importorskip("otio_fcp_adapter", reason="otio-fcp-adapter is not installed")
    read = opened(cutting(), tmp_path)
    (tmp_path / "movies").mkdir()
    for key in (B1, B2):
        (tmp_path / "movies" / f"{key} proxy.mov").write_bytes(b"a movie")

    otio.adapters.write_to_file(read, str(tmp_path / "cut.xml"), adapter_name="fcp_xml")
    again = otio.adapters.read_from_file(str(tmp_path / "cut.xml"), adapter_name="fcp_xml")
    inside = again.tracks[0] if hasattr(again, "tracks") else again[0].tracks[0]
    clip = next(c for c in inside if isinstance(c, otio.schema.Clip))
    assert clip.name == "042_0110"
    assert clip.source_range.duration.value == 16

    here = otio.adapters.read_from_file(str(tmp_path / "cut.otio"))
    for one in here.find_clips():
        for ref in one.media_references().values():
            ref.target_url = (tmp_path / ref.target_url.replace("%20", " ")).as_uri()
    otio.adapters.write_to_file(here, str(tmp_path / "cut.otioz"))
    bundle = otio.adapters.read_from_file(str(tmp_path / "cut.otioz"))
    # A bundle takes along what is seen, one movie a clip, and no other variation.
    assert [one.media_reference.target_url for one in bundle.find_clips()] == [
        f"media/{B2} proxy.mov"
    ] * 2


# -- EDL ----------------------------------------------------------------------------------


def events() -> list[Event]:
    return [
        {
            "clip": B2, "reel": "A003C012_260112", "source": counted(1, 2, 3, 4, Fraction(24)),
            "record": HOUR, "frames": 16, "file": f"movies/{B2}.mov", "notes": ["HANDLES: 8"],
        },
        {
            "clip": "042_0120_env_b01_v002", "reel": "B001", "source": 0, "record": HOUR + 16,
            "frames": 40, "file": "movies/b.mov", "notes": [],
        },
    ]  # fmt: skip


def test_an_edl_says_what_is_cut_where_in_the_order_of_the_cut() -> None:
    text = edl("reel 1", events(), rate="24").decode("ascii")

    lines = text.split("\r\n")
    assert lines[:2] == ["TITLE: reel 1", "FCM: NON-DROP FRAME"]
    assert lines[3] == (
        "001  A003C012 V     C        01:02:03:04 01:02:03:20 01:00:00:00 01:00:00:16"
    )
    assert lines[4] == f"* FROM CLIP NAME: {B2}"
    assert "* REEL: A003C012_260112" in lines
    assert "* HANDLES: 8" in lines


def test_another_program_reads_the_same_cuts(tmp_path: Path) -> None:
    pytest.importorskip("otio_cmx3600_adapter", reason="otio-cmx3600-adapter is not installed")
    path = tmp_path / "cut.edl"
    path.write_bytes(edl("reel 1", events(), rate="24"))

    read = otio.adapters.read_from_file(str(path), adapter_name="cmx_3600", rate=24)
    clips = list(read.find_clips())

    assert [c.name for c in clips] == [B2, "042_0120_env_b01_v002"]
    assert [c.source_range.duration.value for c in clips] == [16, 40]
    assert clips[0].source_range.start_time.to_timecode() == "01:02:03:04"
    assert read.tracks[0].range_of_child_at_index(1).start_time.value == 16
    assert clips[0].metadata["cmx_3600"]["reel"] == "A003C012"


def test_a_reel_is_eight_letters_and_digits() -> None:
    assert reel_name("042_0110_env_b01") == "0420110E"
    assert reel_name("---") == "AX"


def test_numbers_are_dropped_only_where_there_is_such_a_timecode() -> None:
    text = edl("reel 1", events(), rate="30000/1001", drop=True).decode()
    assert "FCM: DROP FRAME" in text
    assert "00:00:00;00 00:00:01;10" in text

    with pytest.raises(FormatError, match="no drop-frame timecode at 25"):
        edl("reel 1", events(), rate="25", drop=True)


def test_a_list_numbers_no_more_than_it_can() -> None:
    with pytest.raises(FormatError, match="1000 cuts"):
        edl("reel 1", events() * 500, rate="24")
