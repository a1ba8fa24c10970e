"""The process itself, within the ones that bubblewrap stands around it with."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def innermost(pid: int) -> int:
    """Follow the first child of each; bubblewrap waits outside and again inside."""
    while below := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        pid = int(below[0])
    return pid


class Inner:
    """A walled child as it is seen from outside."""

    def __init__(self, pid: int) -> None:
        self.pid = innermost(pid)

    def signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)
