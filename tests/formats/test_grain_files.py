"""Grain files: what is written is read, whole or not at all, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import grains
from seamline.errors import FormatError, GrainError, InputError
from seamline.formats.grain import grain_file, parse_grain, read_grain, write_grain
from seamline.pixels.grain import measure_static, synthesise
from seamline.show.grain import GrainModel

CLEAN = grains.ramp()


@pytest.fixture(scope="module")
def model() -> GrainModel:
    return measure_static(grains.frames(CLEAN, 4), space="ACEScg")


def test_a_file_gives_the_same_model_and_the_same_grain_back(
    model: GrainModel, tmp_path: Path
) -> None:
    path = str(tmp_path / "042_0110_grain.json")
    write_grain(path, model)

    read = read_grain(path)

    assert read == model
    np.testing.assert_array_equal(
        synthesise(read, CLEAN, frame=1001, seed=1),
        synthesise(model, CLEAN, frame=1001, seed=1),
    )
    assert Path(path).read_bytes() == grain_file(read)
    assert Path(path).stat().st_size < 1 << 20


def test_nothing_but_the_file_is_left_in_its_folder(model: GrainModel, tmp_path: Path) -> None:
    write_grain(str(tmp_path / "grain.json"), model)
    write_grain(str(tmp_path / "grain.json"), model)

    assert [p.name for p in tmp_path.iterdir()] == ["grain.json"]


def test_a_write_that_fails_leaves_what_stood_there(
    model: GrainModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "grain.json"
    path.write_bytes(b"what stood there")

    def full(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(InputError):
        write_grain(str(path), model)

    assert path.read_bytes() == b"what stood there"
    assert [p.name for p in tmp_path.iterdir()] == ["grain.json"]


@pytest.mark.parametrize(
    ("old", "new", "error", "says"),
    [
        (b'"schema":1', b'"schema":9', FormatError, "schema 9"),
        (b'{"crosstalk"', b'"crosstalk"', FormatError, "it is no JSON"),
        (b'"frames":4', b'"frames":NaN', FormatError, "NaN is no number"),
        (b'"frames":4', b'"frames":-4', GrainError, "frames is -4"),
        (b'"how":"static"', b'"how":"st\xff"', FormatError, "it is no JSON"),
        (b'"space":"ACEScg"', b'"space":""', GrainError, "names no colour space"),
    ],
)
def test_a_file_that_is_no_grain_is_refused_by_name(
    model: GrainModel, tmp_path: Path, old: bytes, new: bytes, error: type, says: str
) -> None:
    path = tmp_path / "grain.json"
    broken = grain_file(model).replace(old, new, 1)
    assert broken != grain_file(model)
    path.write_bytes(broken)

    with pytest.raises(error, match=says) as refused:
        read_grain(str(path))

    assert str(path) in str(refused.value)
    assert refused.value.remedy


@pytest.mark.parametrize("content", [b"", b"null", b"[1]", b"[" * 100_000, b"\0" * 64, b"{}"])
def test_foreign_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(FormatError, match="the grain file"):
        parse_grain(content)


def test_a_file_larger_than_any_model_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    path.write_bytes(b" " * ((1 << 24) + 1))

    with pytest.raises(FormatError, match="larger than 16 MB"):
        read_grain(str(path))


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be opened"):
        read_grain(str(tmp_path / "none.json"))
