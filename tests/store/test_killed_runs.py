"""Runs that are killed, or that meet: nothing partial, nothing twice, the next one goes on."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fakes import FakeClock, NpyImages
from seamline.store.blobs import FileBlobs
from seamline.store.ledger import SqliteLedger
from seamline.store.shelf import FileShelf

AT_WORK = Path(__file__).with_name("at_work.py")
KILLS = 8


def start(show: Path, name: str, *more: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, str(AT_WORK), str(show), name, *more],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "at work\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "it ended before it could be killed"


def assert_nothing_partial(show: Path) -> int:
    """Every final name is whole; return how many versions are published."""
    ledger = SqliteLedger(str(show / ".seamline/ledger.sqlite"), FakeClock())
    blobs = FileBlobs(str(show), NpyImages())
    ledger.verify()
    rows = list(ledger.rows("version"))
    ledger.close()
    # In order and once: a later version never stands without the ones before.
    assert [row.body["n"] for row in rows] == list(range(len(rows)))
    for row in rows:
        at = show / "shots" / f"v{row.body['n']:04d}"
        assert sorted(os.listdir(at)) == ["a.1001.exr", "a.1002.exr", "a.1003.exr", "cdl.cc"]
        assert blobs.picture(row.body["digest"]).channels["R"][0, 0] == row.body["n"]
    for at in (show / "shots").glob("v*"):
        assert len(os.listdir(at)) == 4
        assert (at / "cdl.cc").stat().st_size == 100_000
    for blob in (show / "blobs").rglob("*.exr"):
        blobs.picture(blob.stem)
    if (show / "sheet.html").exists():
        lines = (show / "sheet.html").read_text().splitlines()
        assert len(lines) == 50_000
        assert len(set(lines)) == 1
    return len(rows)


def test_a_killed_run_leaves_nothing_partial_and_the_next_goes_on(tmp_path: Path) -> None:
    moments, published = random.Random(1012), 0
    for _ in range(KILLS):
        process = start(tmp_path, "render")
        time.sleep(moments.uniform(0.01, 0.25))
        kill(process)
        before, published = published, assert_nothing_partial(tmp_path)
        assert published >= before
    assert published > 0

    FileShelf(str(tmp_path)).sweep()

    left = [path.name for path in tmp_path.rglob("*") if re.search(r"\.tmp-", path.name)]
    assert left == []
    assert assert_nothing_partial(tmp_path) == published


def test_the_sweep_leaves_a_living_run_alone(tmp_path: Path) -> None:
    shelf = FileShelf(str(tmp_path))
    with shelf.folder(str(tmp_path / "delivery")) as making:
        Path(making, "a.1001.exr").write_bytes(b"half a fra")

        assert shelf.sweep() == []

        Path(making, "a.1001.exr").write_bytes(b"a whole frame")
    assert (tmp_path / "delivery/a.1001.exr").read_bytes() == b"a whole frame"


def test_two_runs_append_at_once_and_the_chain_holds(tmp_path: Path) -> None:
    runs = [start(tmp_path, name, "120") for name in ("first", "second")]
    for run in runs:
        run.communicate()
        assert run.returncode == 0

    ledger = SqliteLedger(str(tmp_path / ".seamline/ledger.sqlite"), FakeClock())
    assert ledger.verify() == 120 + 2 * 120
    assert sorted(row.body["n"] for row in ledger.rows("shared")) == list(range(120))
    ledger.close()


def test_a_lease_of_a_killed_run_is_free_at_once(tmp_path: Path) -> None:
    holding = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from seamline.store.shelf import FileShelf\n"
            "with FileShelf(sys.argv[1]).lease('paint DEMO_010'):\n"
            "    print('held', flush=True); time.sleep(60)",
            str(tmp_path),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holding.stdout is not None
    assert holding.stdout.readline() == "held\n"
    shelf = FileShelf(str(tmp_path))
    with (
        pytest.raises(Exception, match=f"process {holding.pid} "),
        shelf.lease("paint DEMO_010"),
    ):
        pass

    kill(holding)

    with shelf.lease("paint DEMO_010"):
        pass
