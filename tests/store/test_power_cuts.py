"""
The power is cut: what was written and not brought to disk is gone, what was answered is not.

Writes that no fsync followed are lost here for certain (see ``synced.c``); a disk that says
"on disk" too early is beyond what any program can know.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seamline import wiring
from seamline.errors import SeamlineError
from seamline.pixels.digest import picture_digest
from seamline.show.frames import frame_path
from seamline.steps import book, queue
from tiny import TinyShow

HERE = Path(__file__).parent
CUTS = int(os.environ.get("SEAMLINE_KILLS", "30")) // 10


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("cc"):
        pytest.skip("there is no C compiler here")
    made = tmp_path_factory.mktemp("synced") / "synced.so"
    words = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", str(HERE / "synced.c"), "-ldl"]
    subprocess.run(["cc", "-o", str(made), *words], check=True)
    return made


def cut_off(show: Path, synced: Path, folder: Path, after_s: float, *how: str) -> list[str]:
    """Run and cut off; return what was said. What is on disk then lies in ``folder``/left."""
    kept = folder / "kept"
    kept.mkdir()
    said = folder / "said"
    env = {**os.environ, "LD_PRELOAD": str(synced), "SYNCED_ROOT": str(show)}
    line = [sys.executable, str(HERE / "asks_and_works.py"), str(show), *how]
    with said.open("wb") as out:
        running = subprocess.Popen(line, stdout=out, env={**env, "SYNCED_TO": str(kept)})
    until = time.monotonic() + 120
    while said.read_bytes().count(b"published") < 2 and time.monotonic() < until:
        assert running.poll() is None
        time.sleep(0.02)
    time.sleep(after_s)
    running.kill()
    running.wait()
    (root,) = kept.glob(f"{os.stat(show).st_ino}-*")
    left(kept, root.name, folder / "left")
    return [line for line in said.read_text().split("\n")[:-1] if " " in line]


def left(kept: Path, name: str, at: Path) -> None:
    """Lay out at ``at`` the folder that ``name`` was when it was last brought to disk."""
    at.mkdir()
    if not (kept / name).exists():
        return
    for line in (kept / name).read_text().splitlines():
        child, kind, called = line.split(" ", 2)
        if kind == "folder":
            left(kept, child, at / called)
        elif (kept / child).exists():
            shutil.copyfile(kept / child, at / called)
        else:
            (at / called).touch()  # its name is on disk, and nothing of what was in it


def lost(show: Path, said: list[str]) -> list[str]:
    """Return everything of what was ``said`` that is not in ``show``."""
    studio = wiring.open_studio(str(show), threads=1, quiet=True)
    studio.ledger.verify()
    known, missing = queue.read(studio.ledger), []
    versions = {v.id: v for v in book.versions(studio.ledger, "S_010")}
    for line in said:
        word, ask, *ids = line.split()
        if ask not in known or (word == "published" and not known[ask].published):
            missing.append(line)
        for name in ids:
            if name not in versions:
                missing.append(name)
                continue
            for pattern, digests in (
                (studio.shelf.element_pattern(name), versions[name].element_frames),
                (studio.shelf.comp_pattern(name), versions[name].comp_frames),
            ):
                for frame, digest in zip((1001, 1002), digests, strict=True):
                    path = frame_path(pattern, frame)
                    try:
                        if picture_digest(studio.images.read(path)) != digest:
                            missing.append(path)
                    except SeamlineError:
                        missing.append(path)
    return missing


@pytest.mark.parametrize("cut", range(CUTS))
def test_nothing_that_was_answered_is_lost_when_the_power_is_cut(
    tiny_show: TinyShow, synced: Path, tmp_path: Path, cut: int
) -> None:
    tiny_show.static_shot()
    tiny_show.studio.ledger.close()  # type: ignore[attr-defined]
    after_s = random.Random(cut).uniform(0.0, 0.6)
    folder = tmp_path / "cut"
    folder.mkdir()
    said = cut_off(tiny_show.root, synced, folder, after_s)

    assert sum(line.startswith("published") for line in said) >= 2
    assert lost(folder / "left", said) == []


def test_what_is_never_brought_to_disk_would_be_missed(
    tiny_show: TinyShow, synced: Path, tmp_path: Path
) -> None:
    tiny_show.static_shot()
    tiny_show.studio.ledger.close()  # type: ignore[attr-defined]
    folder = tmp_path / "cut"
    folder.mkdir()
    said = cut_off(tiny_show.root, synced, folder, 0.1, "careless")

    assert any(path.endswith(".exr") for path in lost(folder / "left", said))
