"""
The server's workers: processes that do what waits, one ask each at a time.

The server itself never opens a picture. It looks which ask is next and runs ``seamline
work`` for it; what that command promises (a frame published at most once, a part that
somebody has refused) holds here as on any farm.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time

from seamline.errors import AgainError
from seamline.isolation.inside import without_internet
from seamline.server.desk import Desk
from seamline.server.light import at_work
from seamline.steps.queue import read, waiting_in
from seamline.store.showfile import load_show

LOOK_EVERY_S = 0.5
FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 600.0
_LOG = logging.getLogger("seamline.server")


class Workers:
    """
    So many at a time.

    Args:
        desk: The running server.
        count: How many processes; 0 for none.
        threads: Threads of each.
    """

    def __init__(self, desk: Desk, count: int, *, threads: int = 1) -> None:
        self._desk, self._count, self._of_each = desk, count, threads
        self._lock = threading.Lock()
        self._busy: dict[str, list[subprocess.Popen[bytes] | None]] = {}
        """By ask: the processes at work on it, or about to be."""
        self._not_before: dict[str, tuple[float, float]] = {}
        """By ask: the moment before which it is not tried again, and how long that was."""
        self._threads: list[threading.Thread] = []

    def begin(self) -> None:
        """Start looking for work."""
        for place in range(self._count):
            thread = threading.Thread(target=self._go_on, name=f"worker-{place}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def end(self, *, wait_s: float = 10.0) -> None:
        """Have every process end; what it had not finished is done by whoever comes next."""
        self._desk.leaving.set()
        with self._lock:
            running = [child for some in self._busy.values() for child in some if child]
        for child in running:
            child.terminate()
        until = time.monotonic() + wait_s
        for child in running:
            try:
                child.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
        for thread in self._threads:
            thread.join(wait_s)

    def _go_on(self) -> None:
        while not self._desk.leaving.is_set():
            try:
                ask = self._next()
                if ask:
                    self._do(ask)
                    continue
            except Exception as error:
                # A ledger that cannot be read just now is asked again.
                _LOG.error("looking failed", extra={"facts": {"error": type(error).__name__}})
            self._desk.leaving.wait(LOOK_EVERY_S)

    def _next(self) -> str:
        """Return the next ask, and mark it; empty without one."""
        studio, now = self._desk.studio, time.monotonic()
        with self._lock:
            waiting = [
                ask
                for ask in waiting_in(read(studio.ledger), studio.clock, at_work())
                if now >= self._not_before.get(ask.id, (0.0, 0.0))[0]
            ]
            # Several share an ask where no other waits: never more than it has paintings.
            waiting.sort(key=lambda ask: len(self._busy.get(ask.id, ())))
            for ask in waiting:
                if len(self._busy.get(ask.id, ())) < max(1, int(ask.wanted["variations"])):
                    self._busy.setdefault(ask.id, []).append(None)
                    return ask.id
        return ""

    def _do(self, ask: str) -> None:
        code: int | None = None
        child: subprocess.Popen[bytes] | None = None
        try:
            with self._lock:
                if self._desk.leaving.is_set():
                    return
                child = subprocess.Popen(
                    self._line(ask), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
                )
                self._busy[ask].remove(None)
                self._busy[ask].append(child)
            code = child.wait()
        finally:
            with self._lock:
                self._busy[ask].remove(child)
                if not self._busy[ask]:
                    del self._busy[ask]
                self._judge(ask, code)

    def _judge(self, ask: str, code: int | None) -> None:
        if code is None:
            return
        how = {0: "done", AgainError.exit_code: "again"}.get(code, "failed")
        self._desk.figures.worked(how)
        _LOG.info("worked", extra={"facts": {"ask": ask, "exit_code": code}})
        if code == 0:
            self._not_before.pop(ask, None)
            return
        before = self._not_before.get(ask, (0.0, 0.0))[1]
        wait_s = min(max(FIRST_WAIT_S, before * 2), LONGEST_WAIT_S)
        self._not_before[ask] = (time.monotonic() + wait_s, wait_s)

    def _line(self, ask: str) -> list[str]:
        root = self._desk.studio.settings.root
        words = ["work", ask, "--show", root, "--threads", str(self._of_each)]
        if load_show(root).needs_no_internet:
            return without_internet(["seamline.cli", *words])
        return [sys.executable, "-m", "seamline.cli", *words]
