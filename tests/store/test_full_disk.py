"""A full disk: the right error, nothing half-written, and it goes on when there is room."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes import FakeClock, NpyImages
from seamline.errors import DiskError
from seamline.store.blobs import FileBlobs
from seamline.store.ledger import SqliteLedger
from seamline.store.newshow import create_show
from seamline.store.shelf import FileShelf


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    at = tmp_path / "disk"
    at.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(at)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here (needs root)")
    yield at
    subprocess.run(["umount", "-l", str(at)], check=True)


def fill(disk: Path, *, leave: int = 0) -> None:
    with open(disk / "filler", "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            file.truncate(max(0, file.tell() - leave))


def names(disk: Path) -> list[str]:
    return sorted(
        str(path.relative_to(disk)) for path in disk.rglob("*") if path.name != "filler"
    )


def test_a_sheet_that_does_not_fit_leaves_the_old_one(small_disk: Path) -> None:
    shelf = FileShelf(str(small_disk))
    shelf.write(f"{small_disk}/sheet.html", b"the old sheet")

    with pytest.raises(DiskError, match=str(small_disk)) as refused:
        shelf.write(f"{small_disk}/sheet.html", b"x" * 2_000_000)

    assert refused.value.exit_code == 4
    assert "Free some space" in refused.value.remedy
    assert (small_disk / "sheet.html").read_bytes() == b"the old sheet"
    assert names(small_disk) == ["sheet.html"]


def test_a_delivery_that_does_not_fit_leaves_nothing(small_disk: Path) -> None:
    shelf = FileShelf(str(small_disk))

    def deliver() -> None:
        with shelf.folder(f"{small_disk}/delivery") as making:
            for frame in range(1001, 1011):
                shelf.write(f"{making}/a.{frame}.exr", b"x" * 200_000)

    with pytest.raises(DiskError):
        deliver()

    assert names(small_disk) == []


def test_a_reference_that_does_not_fit_leaves_no_blob(small_disk: Path, tmp_path: Path) -> None:
    (tmp_path / "big.hdr").write_bytes(os.urandom(2_000_000))
    blobs = FileBlobs(str(small_disk), NpyImages())

    with pytest.raises(DiskError):
        blobs.put_file(str(tmp_path / "big.hdr"))

    assert [name for name in names(small_disk) if (small_disk / name).is_file()] == []


def test_a_row_that_does_not_fit_was_never_written(small_disk: Path) -> None:
    ledger = SqliteLedger(str(small_disk / "ledger.sqlite"), FakeClock())
    ledger.append("note", {"says": "before"})
    fill(small_disk)

    def write_until_full() -> None:
        for _ in range(100):
            ledger.append("note", {"says": "x" * 100_000})

    with pytest.raises(DiskError, match="full"):
        write_until_full()
    standing = ledger.verify()
    (small_disk / "filler").unlink()

    assert ledger.append("note", {"says": "after"}).number == standing + 1
    assert ledger.verify() == standing + 1
    ledger.close()


def test_a_ledger_cannot_begin_on_a_full_disk(small_disk: Path) -> None:
    fill(small_disk)
    ledger = SqliteLedger(str(small_disk / "ledger.sqlite"), FakeClock())

    with pytest.raises(DiskError):
        ledger.append("note", {})

    (small_disk / "filler").unlink()
    assert ledger.append("note", {}).number == 1
    ledger.close()


@pytest.mark.parametrize("leave", [0, 20_000])
def test_a_show_that_does_not_fit_is_no_show(small_disk: Path, leave: int) -> None:
    fill(small_disk, leave=leave)

    with pytest.raises(DiskError):
        create_show(str(small_disk / "demo"), "Demo", "x" * 60_000)
    with pytest.raises(DiskError):
        create_show(str(small_disk), "Demo", "x" * 60_000)

    assert names(small_disk) == []
