"""Where the hosts' files lie, and a user whose token lies in a file."""

from __future__ import annotations

import json
from pathlib import Path

from seamline.cli.main import main
from typed import runner

CLIENTS = Path(__file__).parents[2] / "clients"


def token_file(show: Path, name: str = "a.bell", role: str = "artist") -> Path:
    """Add a user and keep their token as a person would; return the file."""
    said = runner().invoke(
        main, ["user", "add", name, "--role", role, "--json", "--show", str(show)]
    )
    assert said.exit_code == 0, said.output
    path = show.parent / f"{name}.token"
    path.touch(mode=0o600)
    path.write_text(json.loads(said.stdout)["token"] + "\n")
    return path
