"""Which files belong to which shot: by name, by reel, by what the turnover says."""

from __future__ import annotations

from pathlib import Path

import pytest

from seamline.formats.sequences import material_under
from seamline.show.turnover import Event, Material, runs
from seamline.steps.turnover_find import Index, is_grade, is_track


def there(root: Path, *names: str) -> Material:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return material_under([str(root)])


def event(**said: object) -> Event:
    return Event(where="event 001", **said)  # type: ignore[arg-type]


def index(root: Path, *names: str, shots: tuple[str, ...] = ("042_0110",)) -> Index:
    return Index(there(root, *names), shots, beside=str(root))


def plates(found: Index, root: Path, shot: str = "042_0110", **said: object) -> list[str]:
    names = found.plates(shot, [event(shot=shot, **said)]).found
    return [name.removeprefix(f"{root}/") for name in names]


def test_files_that_differ_in_a_number_are_one_sequence(tmp_path: Path) -> None:
    material = there(
        tmp_path, "a.1001.exr", "a.1002.exr", "a.1004.exr", "b0099.exr", "b0100.exr",
        "c.9.png", "c.10.png", "d.exr", "e.1001.mov", "p%d.1001.exr", "n.9999.exr",
        "n.10000.exr",
    )  # fmt: skip

    names = {s.pattern.removeprefix(f"{tmp_path}/"): s.numbers for s in material.sequences}
    assert names == {
        "a.%04d.exr": (1001, 1002, 1004),
        "b%04d.exr": (99, 100),
        "c.%d.png": (9, 10),
        "n.%d.exr": (9999, 10000),
    }
    assert len(material.files) == 3


def test_a_name_ends_where_letters_and_digits_do(tmp_path: Path) -> None:
    found = index(
        tmp_path, "042_0110.1001.exr", "042_01101.1001.exr", "x042_0110.1001.exr",
        shots=("042_0110", "042_011"),
    )  # fmt: skip

    assert plates(found, tmp_path) == ["042_0110.%04d.exr"]
    assert plates(found, tmp_path, "042_011") == []


def test_the_longest_shot_s_name_owns_a_file(tmp_path: Path) -> None:
    found = index(
        tmp_path, "042.1001.exr", "042_0110_bg.1001.exr", "x/042_0110.1001.exr",
        shots=("042", "042_0110", "042_0110_bg"),
    )  # fmt: skip

    assert plates(found, tmp_path, "042") == ["042.%04d.exr"]
    assert plates(found, tmp_path, "042_0110") == ["x/042_0110.%04d.exr"]
    assert plates(found, tmp_path, "042_0110_bg") == ["042_0110_bg.%04d.exr"]


def test_mattes_are_no_plates(tmp_path: Path) -> None:
    found = index(
        tmp_path, "042_0110_plate.1001.exr", "042_0110_fg.1001.exr",
        "mattes/042_0110.1001.exr",
    )  # fmt: skip

    assert plates(found, tmp_path) == ["042_0110_plate.%04d.exr"]
    assert len(found.mattes("042_0110", "").found) == 2


@pytest.mark.parametrize(
    ("names", "said", "expected"),
    [
        (("042_0110/bg.1001.exr",), {}, ["042_0110/bg.%04d.exr"]),
        (("A001C003/x.1001.exr", "A001C003.86400.exr"), {"reel": "A001C003"},
         ["A001C003.%05d.exr"]),
        (("hero.1001.exr",), {"clip": "Hero.mov", "reel": "none"}, ["hero.%04d.exr"]),
        (("hero.1001.exr", "042_0110.1001.exr"), {"clip": "hero"}, ["042_0110.%04d.exr"]),
        (("sub/take3.1001.exr", "042_0110.1001.exr"),
         {"files": ("/Volumes/other/take3.1001.exr",)}, ["sub/take3.%04d.exr"]),
        (("sub/a.1001.exr", "b/a.1001.exr"), {"files": ("sub/a.####.exr",)},
         ["sub/a.%04d.exr"]),
        (("sub/a.1001.exr", "b/a.1001.exr"), {"files": ("c/a.####.exr",)},
         ["b/a.%04d.exr", "sub/a.%04d.exr"]),
        (("042_0110_v001.1001.exr", "042_0110_v002.1001.exr"), {},
         ["042_0110_v001.%04d.exr", "042_0110_v002.%04d.exr"]),
        (("042_0120.1001.exr",), {}, []),
    ],
)  # fmt: skip
def test_the_turnover_s_word_comes_before_the_shot_s_name_and_that_before_the_reel(
    tmp_path: Path, names: tuple[str, ...], said: dict[str, object], expected: list[str]
) -> None:
    assert plates(index(tmp_path, *names), tmp_path, **said) == expected


@pytest.mark.parametrize(
    ("name", "track", "grade"),
    [("a.jsonl", True, False), ("a.opentrackio.json", True, False), ("a.json", False, False),
     ("a_camera.json", True, False), ("a.cc", False, True), ("a.CDL", False, True),
     ("a_cam_v2.usda", True, False), ("a.usda", False, False)],
)  # fmt: skip
def test_tracks_and_grades_are_told_by_their_names(name: str, track: bool, grade: bool) -> None:
    assert (is_track(f"/x/{name}"), is_grade(f"/x/{name}")) == (track, grade)


def test_numbers_are_said_as_runs() -> None:
    assert runs([1003, 1001, 1002, 1007, 1009, 1010]) == "1001-1003, 1007, 1009-1010"
    assert runs([]) == ""
