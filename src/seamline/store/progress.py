"""Progress for another program: a line of JSON on stderr whenever something is further on."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

VARIABLE = "SEAMLINE_PROGRESS"
LINES = "lines"
"""What ``$SEAMLINE_PROGRESS`` says where a program reads along."""
_EVERY_S = 0.2


@dataclass
class _Bar:
    doing: str
    of: float
    done: float = 0.0
    _said: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def advance(self, amount: float = 1.0) -> None:
        """Move on by ``amount``."""
        with self._lock:
            self.done += amount
            now = time.monotonic()
            if now - self._said >= _EVERY_S or self.done >= self.of:
                self._said = now
                self.say()

    def now(self, title: str) -> None:
        """Say in other words what is being done, five times a second at most."""
        with self._lock:
            self.doing = title
            if time.monotonic() - self._said >= _EVERY_S:
                self._said = time.monotonic()
                self.say()

    def say(self) -> None:
        told = {"doing": self.doing, "done": self.done, "of": self.of}
        print(json.dumps(told), file=sys.stderr, flush=True)


class ProgressLines:
    """Bars as lines: ``{"doing": ..., "done": 3.0, "of": 48.0}``, five a second at most."""

    @contextmanager
    def bar(self, title: str, total: float) -> Iterator[_Bar]:
        """Tell of one thing while the block runs."""
        made = _Bar(title, total)
        made.say()
        yield made
