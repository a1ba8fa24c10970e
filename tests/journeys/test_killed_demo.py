"""
The demo, killed eight times at random moments: the next run finishes it.

The moments are drawn with a seed and spread over the time that an undisturbed
run takes on this machine, so that laying out, painting, rendering, signing and
delivering are all hit.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import material
import pytest
from PIL import Image
from shell import SEAMLINE, Said, here, process

from seamline.pixels.digest import picture_digest
from seamline.pixels.picture import Picture

WORDS = ("--size", "480x270", "--frames", "1001-1004", "--variations", "2")
KILLS = 8


def demo(folder: Path) -> Said:
    return process("demo", str(folder), *WORDS, "--json", cwd=folder.parent)


def kill_after(folder: Path, seconds: float) -> int:
    """Start the demo, kill it after ``seconds``; return how it ended (0: it was quicker)."""
    running = subprocess.Popen(
        [SEAMLINE, "demo", str(folder), *WORDS],
        cwd=folder.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return running.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.kill(running.pid, signal.SIGKILL)
        return running.wait(timeout=120)


def told(said: Said) -> list[tuple[str, str, str]]:
    """What a finished demo shows, by pixels."""
    assert said.code == 0, said.err
    return [(v["id"], v["digest"], v["comp_digest"]) for v in said.json["variations"]]


def digest_of(path: Path) -> str:
    """The pixel digest of a file, from what OpenImageIO reads."""
    planes, header = material.read(path)
    data, display = material.windows(header)
    return picture_digest(Picture(channels=planes, data_window=data, display_window=display))


def assert_opens(path: Path) -> None:
    """A file at its final name is whole."""
    if path.suffix == ".exr":
        planes, _ = material.read(path)
        assert planes
        if path.parent.parent.name == "blobs":
            assert digest_of(path) == path.stem
    elif path.suffix == ".png":
        Image.open(path).verify()
    elif path.suffix == ".json":
        json.loads(path.read_bytes())
    elif path.suffix == ".jsonl":
        assert path.read_bytes().endswith(b"}\n")
    elif path.suffix == ".html":
        assert path.read_text().rstrip().endswith("</html>")
    elif path.suffix == ".toml":
        last = {"show.toml": "folders = [", "policy.toml": '# asks = "'}[path.name]
        assert path.read_text().splitlines()[-1].startswith(last)


def assert_nothing_partial(folder: Path) -> None:
    """Every final name shows all of it, and the ledger names only what stands."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and ".tmp-" not in str(path):
            assert_opens(path)
    for delivery in folder.glob("delivery/[!.]*"):
        if ".tmp-" not in delivery.name:
            assert (delivery / "record.json").is_file()
    if (folder / ".seamline" / "ledger.sqlite").exists():
        assert here("doctor", "--show", str(folder)).code == 0
        for kind, body in rows(folder):
            assert_stands(folder, kind, body)


def rows(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """The ledger's rows as another program reads them."""
    book = sqlite3.connect(folder / ".seamline" / "ledger.sqlite")
    found = book.execute("SELECT kind, stored FROM rows ORDER BY number").fetchall()
    book.close()
    return [(kind, json.loads(stored)["body"]) for kind, stored in found]


def assert_stands(folder: Path, kind: str, body: dict[str, Any]) -> None:
    """What a row says is there is there."""
    if kind == "variation":
        for layer in body["layers"]:
            for digest in (layer["digest"], layer["lineage_digest"]):
                assert (folder / ".seamline/blobs" / digest[:2] / f"{digest}.exr").is_file()
    if kind == "version":
        for named in ("element", "comp"):
            frames = material.frames_in(next(folder.glob(f"shots/*/{named}s/{body['id']}")))
            assert [digest_of(frame) for frame in frames] == body[f"{named}_frames"]
    if kind == "delivery":
        assert (folder / "delivery" / body["element"] / "record.json").is_file()


def assert_nothing_twice(folder: Path) -> None:
    """Every variation, version, choice, sign-off and delivery is in the ledger once."""
    counted = Counter(kind for kind, _ in rows(folder))
    assert counted["variation"] == counted["version"] == 2
    for kind in ("shot", "seam", "lock", "canvas", "choice", "sign-off", "delivery"):
        assert counted[kind] == 1, (kind, counted)
    assert counted["reference"] == 2
    assert counted["cards"] == 1, "the dusk is painted from its whole picture"
    (proposal,) = (body for kind, body in rows(folder) if kind == "cards")
    assert counted["card-approval"] == len(proposal["cards"]) == 3
    assert len(list((folder / "delivery").iterdir())) == 1


def assert_finished(folder: Path, wanted: list[tuple[str, str, str]]) -> None:
    """The run after the last kill ends well, with the pixels of an undisturbed one."""
    said = demo(folder)
    assert told(said) == wanted
    assert_nothing_partial(folder)
    assert_nothing_twice(folder)
    audited = here("--show", str(folder), "audit", said.json["delivery"], "--json")
    assert audited.json["whole"] is True
    assert [path for path in folder.rglob("*") if ".tmp-" in path.name] == []


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Any], float]:
    """What an undisturbed run gives, and how long it takes once everything is compiled."""
    folder = tmp_path_factory.mktemp("undisturbed")
    first = told(demo(folder / "first"))
    begun = time.monotonic()
    second = told(demo(folder / "second"))
    assert first == second
    assert_nothing_twice(folder / "second")
    return first, time.monotonic() - begun


@pytest.mark.slow
def test_a_demo_killed_at_random_moments_is_finished_by_the_next_run(
    undisturbed: tuple[list[Any], float], tmp_path: Path
) -> None:
    wanted, seconds = undisturbed
    moments, killed, finished = random.Random(1012), 0, 0

    while killed < KILLS:
        # The same folder again and again: the same moment hits later work each time.
        folder = tmp_path / f"demo{finished}"
        ended = kill_after(folder, seconds * moments.uniform(0.05, 0.45))
        assert ended in (0, -signal.SIGKILL)
        if folder.exists():
            assert_nothing_partial(folder)
        if ended == 0:
            assert_finished(folder, wanted)
            finished, seconds = finished + 1, seconds * 0.9
        else:
            killed += 1

    assert_finished(folder, wanted)
    assert told(demo(folder)) == wanted
    assert_nothing_twice(folder)


def interrupt_when(folder: Path, stands: str) -> int:
    """Start the demo, send SIGINT once something matches ``stands``; return how it ended."""
    running = subprocess.Popen(
        [SEAMLINE, "demo", str(folder), *WORDS],
        cwd=folder.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    begun = time.monotonic()
    while running.poll() is None and not list(folder.glob(stands)):
        assert time.monotonic() - begun < 300, f"nothing ever matched {stands}"
        time.sleep(0.005)
    if running.poll() is None:
        os.kill(running.pid, signal.SIGINT)
    return running.wait(timeout=120)


@pytest.mark.slow
@pytest.mark.parametrize(
    "stands",
    [
        pytest.param(".seamline/blobs/*/*.exr", id="while it takes in and paints"),
        pytest.param("shots/*/elements/*/*.exr", id="while it renders"),
    ],
)
def test_an_interrupted_demo_says_so_and_leaves_no_temporaries(
    undisturbed: tuple[list[Any], float], tmp_path: Path, stands: str
) -> None:
    wanted, _ = undisturbed
    folder = tmp_path / "demo"

    ended = interrupt_when(folder, stands)

    assert ended == 130
    assert_nothing_partial(folder)
    assert [path for path in folder.rglob("*") if ".tmp-" in path.name] == []
    assert_finished(folder, wanted)
