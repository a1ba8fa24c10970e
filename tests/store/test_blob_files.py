"""Blobs on disk: a changed byte is found, and a named file cannot change its blob."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import numpy as np
import pytest

from fakes import NpyImages
from seamline.errors import FormatError, InputError, ShowError, TamperError
from seamline.pixels.picture import Picture
from seamline.store.blobs import FileBlobs
from seamline.store.shelf import FileShelf


def frame(dtype: str = "float16") -> Picture:
    rows = np.arange(12, dtype=dtype).reshape(3, 4)
    return Picture(channels={"R": rows}, data_window=(0, 0, 4, 3), display_window=(0, 0, 4, 3))


@pytest.fixture
def blobs(tmp_path: Path) -> FileBlobs:
    return FileBlobs(str(tmp_path / "show"), NpyImages())


def tamper(path: str, offset: int) -> None:
    content = bytearray(Path(path).read_bytes())
    content[offset] ^= 1
    os.chmod(path, 0o644)
    Path(path).write_bytes(content)


def test_a_picture_lies_under_its_digest(blobs: FileBlobs, tmp_path: Path) -> None:
    digest = blobs.put_picture(frame())

    at = Path(blobs.path(digest))
    assert at == tmp_path / "show/blobs" / digest[:2] / f"{digest}.exr"
    assert os.listdir(at.parent) == [at.name]


def test_a_pixel_with_one_bit_changed_is_found(blobs: FileBlobs) -> None:
    digest = blobs.put_picture(frame())
    tamper(blobs.path(digest), -1)

    with pytest.raises(TamperError, match=digest[:12]) as found:
        blobs.picture(digest)

    assert found.value.exit_code == 1


def test_a_picture_that_cannot_be_read_any_more_is_found(blobs: FileBlobs) -> None:
    digest = blobs.put_picture(frame())
    tamper(blobs.path(digest), 0)

    with pytest.raises(TamperError, match="cannot be read"):
        blobs.picture(digest)


def test_a_picture_under_another_one_s_name_is_found(blobs: FileBlobs) -> None:
    first, second = blobs.put_picture(frame()), blobs.put_picture(frame("float32"))
    os.replace(blobs.path(first), blobs.path(second))

    with pytest.raises(TamperError, match=second[:12]):
        blobs.picture(second)


def test_a_reference_with_one_byte_changed_is_found(blobs: FileBlobs, tmp_path: Path) -> None:
    (tmp_path / "aitzgorri.jpg").write_bytes(b"a range by day")
    digest = blobs.put_file(str(tmp_path / "aitzgorri.jpg"))
    blobs.verify_file(digest)
    tamper(blobs.path(digest), 3)

    with pytest.raises(TamperError, match=digest[:12]):
        blobs.verify_file(digest)


def test_a_blob_is_read_only_for_every_name_it_has(blobs: FileBlobs, tmp_path: Path) -> None:
    digest = blobs.put_picture(frame())
    shelf = FileShelf(str(tmp_path / "show"))
    shelf.link(blobs.path(digest), str(tmp_path / "show/a.1001.exr"))

    facts = (tmp_path / "show/a.1001.exr").stat()
    assert facts.st_ino == os.stat(blobs.path(digest)).st_ino
    assert not facts.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_codes_that_an_exr_cannot_hold_are_refused(blobs: FileBlobs, dtype: str) -> None:
    with pytest.raises(FormatError, match=dtype):
        blobs.put_picture(frame(dtype))


@pytest.mark.parametrize(
    "digest", ["", "../../etc/passwd", "AB" * 32, "ab" * 31, "ab" * 32 + "\n"]
)
def test_what_is_no_digest_leads_nowhere(blobs: FileBlobs, digest: str) -> None:
    with pytest.raises(ShowError, match="not a digest"):
        blobs.path(digest)


def test_blobs_below_a_file_are_bad_input(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file, not a folder")
    blobs = FileBlobs(str(tmp_path / "a"), NpyImages())

    with pytest.raises(InputError, match=str(tmp_path / "a")) as refused:
        blobs.put_picture(frame())

    assert refused.value.exit_code == 2
