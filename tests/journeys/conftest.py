"""What every journey begins with."""

from __future__ import annotations

from pathlib import Path

import pytest
from shell import Work, begin


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """An empty show of this test's own."""
    return begin(tmp_path)
