"""What a browser's tests share: a show that was made ready, a server over it, Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import screened
from screened import Screened
from serves import Served, serving


@pytest.fixture(scope="session")
def screened_show(tmp_path_factory: pytest.TempPathFactory) -> Screened:
    return screened.begin(tmp_path_factory.mktemp("screened"))


@pytest.fixture(scope="session")
def review_server(
    screened_show: Screened, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    log = tmp_path_factory.mktemp("log") / "log"
    with serving(screened_show.show.root, log=log) as server:
        yield server


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """
    A browser, or a skip that says what is missing.

    Ended with its module: while it runs, this thread has an event loop, and nobody else may.
    """
    pytest.importorskip("playwright", reason="playwright is not installed")
    if not Path(screened.CHROMIUM).exists():
        pytest.skip(f"there is no Chromium ({screened.CHROMIUM})")
    with screened.browser() as running:
        yield running
