"""Progress bars on the shell."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class _Bar:
    """One bar of the shared display."""

    def __init__(self, shared: Progress, task: TaskID) -> None:
        self._shared, self._task = shared, task

    def advance(self, amount: float = 1.0) -> None:
        """Move on by ``amount``."""
        self._shared.advance(self._task, amount)

    def now(self, title: str) -> None:
        """Say in other words what is being done."""
        self._shared.update(self._task, description=title)


class StderrProgress:
    """Progress bars on stderr; plain lines where that is no terminal."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(stderr=True, quiet=quiet)
        self._lock = threading.Lock()

    @contextmanager
    def bar(self, title: str, total: float) -> Iterator[_Bar]:
        """Show a bar while the block runs."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TimeElapsedColumn(),
        )
        with self._lock, Progress(*columns, console=self._console) as shared:
            yield _Bar(shared, shared.add_task(title, total=max(total, 1e-9)))
