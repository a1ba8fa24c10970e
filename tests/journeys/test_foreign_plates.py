"""Damaged and odd plates on the shell: exit code 2, one sentence, nothing recorded."""

from __future__ import annotations

from pathlib import Path

import pytest
from shell import Work

SAMPLE = 12


@pytest.mark.shared
def test_damaged_plates_cost_one_sentence_on_the_shell(work: Work) -> None:
    folder = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "bad_exr"
    if not folder.is_dir():
        pytest.skip("needs the larger material in ../shared, which is not on this machine")
    damaged = sorted(folder.iterdir())
    before = work.rows()

    for path in damaged[:: len(damaged) // SAMPLE]:
        said = work("shot", "add", "042", "--plate", str(path), "--static", code=2)
        assert path.name in said.sentence
    assert work.rows() == before
