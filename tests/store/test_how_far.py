"""How far a painting is lies beside the show for its server, and only while it is painted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fakes import FakeProgress
from seamline.store import how_far
from seamline.store.how_far import ToldBeside, told_of

WORDS = "042: painting variation 3 of 12, sky, level 4 of 6"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(how_far, "EVERY_S", 0.0)


def files(root: Path) -> list[Path]:
    return sorted(p for p in root.rglob("*") if p.is_file())


def test_a_level_is_told_of_while_it_is_painted_and_not_afterwards(tmp_path: Path) -> None:
    shown = FakeProgress()
    with ToldBeside(shown, str(tmp_path)).bar("042: painting 12 variations", 12.0) as bar:
        bar.advance(2.0)
        bar.now(WORDS)
        bar.advance(0.25)
        told = told_of(str(tmp_path))

    assert list(told.values()) == [{"doing": WORDS, "done": 2.25, "of": 12.0}]
    assert shown.bars[0].said == [WORDS]
    assert shown.bars[0].done == 2.25
    assert not told_of(str(tmp_path))
    assert not files(tmp_path)


def test_what_paints_no_level_writes_nothing(tmp_path: Path) -> None:
    with ToldBeside(FakeProgress(), str(tmp_path)).bar("042: reading", 2.0) as bar:
        bar.advance()
        assert not files(tmp_path)


def test_a_process_that_was_killed_tells_nothing(tmp_path: Path) -> None:
    code = (
        "import os; from fakes import FakeProgress\n"
        "from seamline.store.how_far import ToldBeside\n"
        f"with ToldBeside(FakeProgress(), {str(tmp_path)!r}).bar('x', 1.0) as bar:\n"
        f"    bar.now({WORDS!r}); os._exit(9)"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=env).returncode == 9

    assert len(files(tmp_path)) == 1
    assert not told_of(str(tmp_path))


@pytest.mark.parametrize(
    "spoilt",
    ["", "{", "[]", '{"doing": 1}', '{"doing": "x", "done": "y", "of": 1, "owner": {}}'],
)
def test_a_file_that_is_damaged_or_old_tells_nothing(tmp_path: Path, spoilt: str) -> None:
    with ToldBeside(FakeProgress(), str(tmp_path)).bar("042: painting", 1.0) as bar:
        bar.now(WORDS)
        (path,) = files(tmp_path)
        said = json.loads(path.read_text())
        os.utime(path, (1.0, 1.0))
        assert not told_of(str(tmp_path))
        path.write_text(json.dumps(said))
        assert told_of(str(tmp_path))
        path.write_text(spoilt)
        assert not told_of(str(tmp_path))


def test_a_show_that_takes_no_file_keeps_nobody_from_painting(tmp_path: Path) -> None:
    (tmp_path / ".seamline").write_text("no folder")
    with ToldBeside(FakeProgress(), str(tmp_path)).bar("042: painting", 1.0) as bar:
        bar.now(WORDS)
    assert not told_of(str(tmp_path))
