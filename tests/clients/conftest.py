"""Makes the hosts' own files importable, as a host finds them: the link alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "clients"
for folder in (
    CLIENTS / "link",
    *(ROOT / "tests" / name for name in ("server", "formats", "")),
):
    sys.path.insert(0, str(folder))


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SEAMLINE_URL", "SEAMLINE_TOKEN", "SEAMLINE_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)


def token_file(show: Path, name: str = "a.bell", role: str = "artist") -> Path:
    """Add a user and keep their token as a person would; return the file."""
    import json

    from seamline.cli.main import main

    said = CliRunner().invoke(
        main, ["user", "add", name, "--role", role, "--json", "--show", str(show)]
    )
    assert said.exit_code == 0, said.output
    path = show.parent / f"{name}.token"
    path.touch(mode=0o600)
    path.write_text(json.loads(said.stdout)["token"] + "\n")
    return path
