"""
The farm ``here``: processes on this machine, so many at a time.

A task is a command line that may be run again at any moment, such as ``seamline
work ASK --frames A-B``. One that says "try again" (exit code 4), or that dies of a
signal, is run again after a moment; anything else is its answer.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from seamline.errors import AgainError

TRIES = 20
_LONGEST_WAIT_S = 5.0


class Here:
    """
    Runs tasks as child processes.

    Args:
        workers: How many at a time.
        wait_s: How long to wait before the first further try; doubled each time, up to
            five seconds.
    """

    name = "here"

    def __init__(self, workers: int, *, wait_s: float = 0.2) -> None:
        self._workers = max(1, workers)
        self._wait_s = wait_s

    def run(self, tasks: Sequence[Sequence[str]]) -> list[int]:
        """Run every task to its end; return their exit codes, in order."""
        pool = ThreadPoolExecutor(self._workers)
        try:
            return list(pool.map(self._until_done, tasks))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _until_done(self, task: Sequence[str]) -> int:
        wait_s = self._wait_s
        for _ in range(TRIES):
            # Its words go to stderr, where progress does; stdout is the caller's answer.
            code = subprocess.run(list(task), stdin=subprocess.DEVNULL, stdout=2).returncode
            if code >= 0 and code != AgainError.exit_code:
                return code
            time.sleep(wait_s)
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
        return AgainError.exit_code
