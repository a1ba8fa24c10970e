"""Makes ``fakes``, ``synth`` and ``tiny`` importable from every test; the shared fixtures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from shutil import disk_usage

import pytest

import postgres
from tiny import TinyShow

ROOT = Path(__file__).parents[1]
MEMORY, ROOMY = Path("/dev/shm"), 8 << 30

# A show waits for the disk thousands of times, and so would its tests; that it asks the disk
# is what they hold it to, and memory answers at once.
if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and disk_usage(MEMORY).free > ROOMY:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--generator",
        action="append",
        default=[],
        metavar="NAME",
        help="Hold this backend to the generators' contract (may be given again).",
    )


COMPILES = "tests/generators/test_air.py"
"""The file that compiles nearly every kernel, where none is kept yet."""


def _turn(item: pytest.Item, slow: set[Path]) -> int:
    """
    Return when ``item`` comes: what takes long early, lest one worker ends long after another.

    Kernels are compiled once, by one worker, while another reads files: begun by two they
    would be compiled twice. What paints behind walls finds those that are kept by then.
    """
    path = item.path.relative_to(ROOT).as_posix()
    if path == COMPILES:
        return 0
    for turn, folder in enumerate(("tests/formats/", "tests/generators/"), 1):
        if path.startswith(folder):
            return turn
    return 3 if item.path in slow else 4


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: _turn(item, slow))


@pytest.fixture
def tiny_show(tmp_path: Path) -> TinyShow:
    return TinyShow(tmp_path)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A real PostgreSQL on a Unix socket, or a skip that says what is missing."""
    why = postgres.why_not()
    if why:
        pytest.skip(why)
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def shared() -> Path:
    """The larger material beside the project, or a skip that says what is missing."""
    folder = ROOT.parent / "shared"
    if not (folder / "data" / "hdri").is_dir():
        pytest.skip(f"the panoramas of data/hdri are not beside the project ({folder})")
    return folder


@pytest.fixture(scope="session")
def demo_material() -> Path:
    """The demo show's pictures, carried by the project itself."""
    return ROOT / "examples" / "demo_show"
