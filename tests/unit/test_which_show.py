"""Which show a call is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from seamline import wiring
from seamline.errors import ShowError


@pytest.fixture
def delivered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in a show's delivery, seen from a folder that is in no show."""
    root = wiring.new_show(str(tmp_path / "show"), "Show", width=64, height=36, rate="24")
    file = Path(root, "delivery", "comp.1001.exr")
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    monkeypatch.delenv("SEAMLINE_SHOW", raising=False)
    return file


def test_a_file_is_audited_in_the_show_it_lies_in(delivered: Path) -> None:
    assert wiring.show_root(None, near=str(delivered)) == str(delivered.parents[1])


def test_elsewhere_the_show_must_be_named(delivered: Path) -> None:
    with pytest.raises(ShowError, match="desk"):
        wiring.show_root(None)


def test_a_show_that_is_named_wrongly_is_not_guessed(
    delivered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ShowError, match="--show"):
        wiring.show_root("nowhere", near=str(delivered))
    monkeypatch.setenv("SEAMLINE_SHOW", "nowhere")
    with pytest.raises(ShowError, match="SEAMLINE_SHOW"):
        wiring.show_root(None, near=str(delivered))
