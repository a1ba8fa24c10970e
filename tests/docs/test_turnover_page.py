"""The page on turnovers: each of its files is taken in as it says."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from pages import ROOT, blocks

from seamline.cli.main import main
from seamline.formats.turnover.table import COLUMNS
from turned_over import HOUR, plate
from typed import runner

PAGE = ROOT / "docs" / "how-to" / "take-a-turnover-in.md"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A show, and the folder of a turnover with three plates."""
    monkeypatch.chdir(tmp_path)
    for variable in ("SEAMLINE_SHOW", "SEAMLINE_THREADS"):
        monkeypatch.delenv(variable, raising=False)
    run("seamline show create show --name Nordwand")
    monkeypatch.setenv("SEAMLINE_SHOW", str(tmp_path / "show"))
    for n, (shot, frames) in enumerate((("042_0110", 8), ("042_0120", 10), ("042_0130", 12))):
        plate(
            tmp_path / "turnover" / "plates",
            f"{shot}_plate",
            range(1001, 1001 + frames),
            starts=(n + 1) * HOUR - 2,
            turn=100 * n,
        )
    return tmp_path / "turnover"


def run(line: str) -> Any:
    return runner().invoke(main, shlex.split(line)[1:])


def only(language: str) -> str:
    (text,) = blocks(PAGE, language)
    return text


def test_the_commands_take_the_list_on_the_page_in(desk: Path) -> None:
    (desk / "reel_1.edl").write_text(only("edl"))

    dry, taken = [run(line) for line in only("sh").splitlines()]

    assert (dry.exit_code, taken.exit_code) == (0, 0), (dry.output, taken.output)
    assert dry.stdout.endswith("3 added; nothing was recorded (dry run)\n")
    assert taken.stdout.endswith("3 added\n")
    assert "event 003 is retimed to 200 %" in taken.stdout
    assert "event 003 begins with a dissolve, 2 frames" in taken.stdout
    assert (desk.parent / "missing.csv").read_bytes().count(b"added") == 3


@pytest.mark.parametrize(
    ("language", "name", "shots"),
    [("json", "reel_1.otio", 1), ("csv", "shots.csv", 2)],
)
def test_the_other_files_on_the_page_are_taken_in(
    desk: Path, language: str, name: str, shots: int
) -> None:
    (desk / name).write_text(only(language))

    taken = run(f"seamline shot add --from turnover/{name}")

    assert taken.exit_code == 0, taken.output
    assert "(handles 2+2)" in taken.stdout
    assert taken.stdout.endswith(f"{shots} added\n")


def test_every_column_of_a_table_is_on_the_page() -> None:
    text = PAGE.read_text().split("| column | says |")[1].split("\n\n")[0]

    assert all(f"`{name}`" in text for name in COLUMNS)
