"""What is swept away: what a dead process left behind, and never anything else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seamline.store.owners import Owner, started, this_host
from seamline.store.sizes import bytes_of, size_of
from seamline.store.whole import is_left_behind, sweep, temporary_name

DAY_S = 24 * 3600


@pytest.fixture
def dead_pid() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def left(folder: Path, name: str, *, age_s: float = 0) -> Path:
    path = folder / name
    path.write_bytes(b"half a fra")
    os.utime(path, (time.time() - age_s, time.time() - age_s))
    return path


def test_a_temporary_of_a_dead_process_goes_and_one_of_a_living_stays(
    tmp_path: Path, dead_pid: int
) -> None:
    dead = left(tmp_path, f".a.exr.tmp-{this_host()}-{dead_pid}-0badcafe")
    bare = left(tmp_path, f"b.exr.tmp-{this_host()}-{dead_pid}-0badcafe-bare")
    living = left(tmp_path, f".c.exr.tmp-{this_host()}-{os.getpid()}-0badcafe")

    assert sorted(sweep(str(tmp_path))) == [str(dead), str(bare)]
    assert os.listdir(tmp_path) == [living.name]


def test_another_machine_s_temporary_is_left_for_a_day(tmp_path: Path, dead_pid: int) -> None:
    fresh = left(tmp_path, f".a.exr.tmp-far-away-{dead_pid}-0badcafe", age_s=DAY_S - 600)
    old = left(tmp_path, f".b.exr.tmp-far-away-{dead_pid}-0badcafe", age_s=DAY_S + 600)

    assert sweep(str(tmp_path)) == [str(old)]
    assert fresh.exists()


def test_a_process_that_took_a_dead_one_s_number_owns_nothing_of_it(tmp_path: Path) -> None:
    path = left(tmp_path, f".a.exr.tmp-{this_host()}-{os.getpid()}-0badcafe")
    assert not is_left_behind(str(path))

    # Written a month before the process of that number began.
    os.utime(path, (time.time() - 30 * DAY_S, time.time() - 30 * DAY_S))

    assert is_left_behind(str(path))


def test_a_temporary_folder_goes_as_one_thing(tmp_path: Path, dead_pid: int) -> None:
    folder = tmp_path / f".delivery.tmp-{this_host()}-{dead_pid}-0badcafe"
    folder.mkdir()
    left(folder, "a.1001.exr")
    left(folder, f".b.exr.tmp-{this_host()}-{dead_pid}-0badcafe")

    assert sweep(str(tmp_path)) == [str(folder)]
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "name",
    [
        "a.1001.exr",
        ".hidden",
        ".a.exr.tmp",
        "notes.tmp-old",
        ".a.tmp-host-12-zz",
        "tmp-host-12-0badcafe",
        ".a.exr.tmp-host-notanumber-0badcafe",
    ],
)
def test_a_name_somebody_chose_is_never_swept(tmp_path: Path, name: str) -> None:
    kept = left(tmp_path, name, age_s=30 * DAY_S)

    assert sweep(str(tmp_path)) == []
    assert kept.exists()


def test_a_temporary_name_tells_its_process_and_stays_in_the_folder(tmp_path: Path) -> None:
    name = temporary_name(str(tmp_path / "a.1001.exr"))

    assert Path(name).parent == tmp_path
    assert Path(name).name.startswith(f".a.1001.exr.tmp-{this_host()}-{os.getpid()}-")
    assert name != temporary_name(str(tmp_path / "a.1001.exr"))


def test_a_process_is_known_by_its_start_as_well(dead_pid: int) -> None:
    here = Owner.here()

    assert here.lives
    assert not Owner(host=here.host, pid=here.pid, start="0123abcd-1").lives
    assert started(dead_pid) == ""
    assert not Owner(host=here.host, pid=dead_pid, start="0123abcd-1").lives


def test_a_second_name_takes_no_room_and_frees_none(tmp_path: Path) -> None:
    (tmp_path / "comps").mkdir()
    (tmp_path / "blob").write_bytes(b"x" * 500)
    os.link(tmp_path / "blob", tmp_path / "comps/a.exr")
    os.link(tmp_path / "blob", tmp_path / "comps/b.exr")
    (tmp_path / "comps/c.exr").write_bytes(b"x" * 70)

    assert size_of(str(tmp_path)) == 570
    assert size_of(str(tmp_path / "comps")) == 570
    assert bytes_of(str(tmp_path / "comps")) == 70
    assert bytes_of(str(tmp_path)) == 570
    assert bytes_of(str(tmp_path / "nothing")) == 0
