"""Makes the hosts' own files importable, as a host finds them: the link alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = [ROOT / "tests" / name for name in ("server", "formats", "")]
for folder in (ROOT / "clients" / "link", *OURS):
    sys.path.append(str(folder))


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SEAMLINE_URL", "SEAMLINE_TOKEN", "SEAMLINE_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
