"""A disk that fills up in the middle of the work: try again, and it goes on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import material
import numpy as np
import pytest
from shell import Work, begin, here

SHOT = "042_0500"
SIZE = (160, 90)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of twelve megabytes."""
    at = tmp_path / "disk"
    at.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(at)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here (needs root)")
    yield at
    subprocess.run(["umount", "-l", str(at)], check=True)


def fill(disk: Path, leave: int) -> Path:
    filler = disk / "filler"
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            file.truncate(max(0, file.tell() - leave))
    return filler


def shot_on(disk: Path, outside: Path) -> Work:
    """A show on the small disk; its plate and references come from elsewhere."""
    begun = begin(disk)
    work = Work(root=begun.root, outside=outside)
    width, height = SIZE
    rng = np.random.default_rng(11)
    frames = [
        (material.meadow(width, height) + rng.normal(0, 0.01, (height, width, 3))).astype(
            np.float16
        )
        for _ in range(3)
    ]
    plate = work.plate(SHOT, frames, primaries=material.AP1)
    work("shot", "add", SHOT, "--plate", plate, "--static")
    matte = work.matte(SHOT, [material.matte_plane(width, height)] * 3)
    work("seam", "set", SHOT, "--matte", matte)
    work.reference()
    return work


def assert_everything_opens(work: Work) -> None:
    """No file at a final name is a part of one."""
    assert work.left_over() == []
    for path in work.root.rglob("*.exr"):
        planes, _ = material.read(path)
        assert planes
    work.rows()


@pytest.mark.parametrize("leave_kb", [8, 120, 400, 900])
def test_a_painting_that_does_not_fit_goes_on_when_there_is_room(
    small_disk: Path, tmp_path: Path, leave_kb: int
) -> None:
    apart = shot_on(tmp_path / "large", tmp_path / "large" / "from")
    wanted = apart.json("paint", SHOT, "-n", "2")["variations"]
    work = shot_on(small_disk, tmp_path / "from")
    filler = fill(small_disk, leave_kb * 1024)

    said = work("paint", SHOT, "-n", "2", code=4)

    assert "full" in said.sentence
    assert "again" in said.err.splitlines()[-1]
    filler.unlink()
    assert_everything_opens(work)
    painted = work.json("paint", SHOT, "-n", "2")["variations"]
    for key in ("id", "digest", "comp_digest"):
        assert [v[key] for v in painted] == [v[key] for v in wanted]
    assert_everything_opens(work)


def test_a_delivery_that_does_not_fit_leaves_no_folder(
    small_disk: Path, tmp_path: Path
) -> None:
    work = begin(tmp_path)
    work.signed(SHOT, "neutral")
    filler = fill(small_disk, 40 * 1024)
    rows = work.rows()

    said = work("deliver", SHOT, str(small_disk / "delivery"), code=4)

    assert "full" in said.sentence
    assert [path.name for path in small_disk.iterdir()] == ["filler"]
    assert work.rows() == rows
    filler.unlink()
    work("deliver", SHOT, str(small_disk / "delivery"))
    assert work.json("audit", str(small_disk / "delivery"))["whole"] is True


def test_a_show_that_does_not_fit_can_be_made_later(small_disk: Path, tmp_path: Path) -> None:
    filler = fill(small_disk, 4 * 1024)

    said = here("show", "create", str(small_disk / "show"), "--name", "Nordwand")

    assert (said.code, "full" in said.sentence) == (4, True)
    assert [path.name for path in small_disk.iterdir()] == ["filler"]
    filler.unlink()
    assert here("show", "create", str(small_disk / "show"), "--name", "Nordwand").code == 0
