"""How shots, elements and sequences are written down, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamline.errors import ShowError
from seamline.show.frames import FrameRange, frame_path, is_sequence, printf_pattern
from seamline.show.names import ElementId, checked_name

SHOT_NAMES = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_-]{0,20}\Z")


def test_an_element_is_called_as_it_is_called_on_disk() -> None:
    element = ElementId(shot="042_0110", element="env", variation=3, version=1)

    assert str(element) == "042_0110_env_b03_v001"


@given(SHOT_NAMES, st.integers(1, 250), st.integers(1, 2000))
def test_an_element_id_is_read_back_as_it_was_written(
    shot: str, variation: int, version: int
) -> None:
    element = ElementId(shot=shot, element="env", variation=variation, version=version)

    assert ElementId.parse(str(element)) == element


@pytest.mark.parametrize(
    "text",
    ["042_0110", "042_0110_env_b3_v001", "042_0110_env_b03_v01", "042_0110_env_b03_v001.exr",
     "042_0110_ENV_b03_v001", "../042_env_b03_v001", "042_0110_env_b03_v001\n", ""],
)  # fmt: skip
def test_what_is_not_an_element_id_is_refused(text: str) -> None:
    with pytest.raises(ShowError, match="is not an element id") as refused:
        ElementId.parse(text)

    assert "DEMO_010_env_b03_v001" in refused.value.remedy


def test_a_shot_whose_name_looks_like_an_element_keeps_its_name() -> None:
    element = ElementId(shot="042_env_b01_v001", element="env", variation=2, version=7)

    assert ElementId.parse(str(element)).shot == "042_env_b01_v001"


@pytest.mark.parametrize("name", ["042_0110", "A", "seq-010_sh0040", "x" * 64])
def test_a_plain_word_is_a_name(name: str) -> None:
    assert checked_name(name, what="shot") == name


@pytest.mark.parametrize(
    "name",
    ["", "../042", "a/b", "a\\b", "with space", ".hidden", "-flag", "_low", "x" * 65, "é",
     "a\n", "nul\0"],
)  # fmt: skip
def test_a_word_that_some_file_system_would_trip_over_is_no_name(name: str) -> None:
    with pytest.raises(ShowError, match="is not a usable name"):
        checked_name(name, what="shot")


def test_hashes_and_percent_mean_the_same_frame() -> None:
    hashes, percent = "plate/042.####.exr", "plate/042.%04d.exr"

    assert frame_path(hashes, 1001) == frame_path(percent, 1001) == "plate/042.1001.exr"
    assert printf_pattern(hashes) == percent


@pytest.mark.parametrize(
    ("pattern", "frame", "path"),
    [
        ("a.%d.exr", 7, "a.7.exr"),
        ("a.%04d.exr", 7, "a.0007.exr"),
        ("a.######.exr", 1001, "a.001001.exr"),
        ("a.#.exr", 1001, "a.1001.exr"),
        ("a.%04d.exr", 123456, "a.123456.exr"),
        ("still.exr", 1001, "still.exr"),
    ],
)
def test_a_frame_number_is_padded_as_the_pattern_says(
    pattern: str, frame: int, path: str
) -> None:
    assert frame_path(pattern, frame) == path


def test_a_number_sign_in_a_folder_is_not_the_frame_number() -> None:
    pattern = "/jobs/reel #2/plate.####.exr"

    assert frame_path(pattern, 1001) == "/jobs/reel #2/plate.1001.exr"
    assert not is_sequence("/jobs/reel #2/still.exr")


def test_a_still_is_the_same_file_for_every_frame() -> None:
    assert not is_sequence("matte.png")
    assert is_sequence("matte.%04d.png")
    assert is_sequence("matte.####.png")


def test_a_range_has_both_its_ends() -> None:
    frames = FrameRange.parse("1001-1024")

    assert len(frames) == 24
    assert next(iter(frames)) == 1001
    assert list(frames)[-1] == 1024
    assert 1024 in frames
    assert 1025 not in frames
    assert "1001" not in frames
    assert frames.middle == 1012


@given(st.integers(0, 90_000), st.integers(0, 5_000))
def test_a_range_is_read_back_as_it_was_written(first: int, more: int) -> None:
    frames = FrameRange(first=first, last=first + more)

    assert FrameRange.parse(str(frames)) == frames
    assert frames.middle in frames


def test_one_frame_is_a_range_too() -> None:
    assert FrameRange.parse(" 1001 ") == FrameRange(first=1001, last=1001)


@pytest.mark.parametrize("text", ["", "1001-", "a-b", "1001-1002-1003", "-5", "1001,1002"])
def test_what_is_no_range_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ShowError, match="is not a frame range") as refused:
        FrameRange.parse(text)

    assert "1001-1024" in refused.value.remedy


def test_a_range_that_runs_backwards_is_refused() -> None:
    with pytest.raises(ShowError, match="frames 1024-1001 run backwards"):
        FrameRange.parse("1024-1001")


def test_a_range_longer_than_any_cut_is_refused() -> None:
    with pytest.raises(ShowError, match="more than the 100000"):
        FrameRange.parse("1-100001")
