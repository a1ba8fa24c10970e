"""
A walled child: started with as many walls as stand here, and a line to it.

Bubblewrap is tried first; where it is not there, or not allowed, the child walls itself in
as far as it can. Either way it says first what stands around it. It ends with the line, and
with the process that started it.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path

from seamline.errors import SeamlineError
from seamline.isolation import sight as seen
from seamline.isolation.inside import namespace
from seamline.isolation.line import receive
from seamline.isolation.sight import Sight, bwrap_line
from seamline.isolation.walls import OFF, PREFERRED, Walls, walls_of

STARTS_WITHIN_S = 60.0
TRUNCATE_SINCE = 3
"""A descriptor to read from can be opened again to write. From this ABI on Landlock keeps a
child from that and from emptying the file; before, it is handed a copy."""
_PRIVATE = ("/tmp", "/dev/shm")
"""Folders that a child behind mounts has to itself, empty."""
_KEPT_WORDS = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "NUMBA_CPU_NAME",
               "NPY_DISABLE_CPU_FEATURES", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
               "NUMBA_NUM_THREADS")  # fmt: skip


class Child:
    """
    One walled child and the line to it.

    Args:
        module: What it is, once the walls stand: a module that sends ``{"walls": STANDING}``
            as its first word over the line whose descriptor is its first word.
        sight: What it may see of the disk, besides Python.
        wanted: How much the show wants; ``off`` leaves the limits.
        limits: See ``inside``: ``memory_bytes``, ``processor_s``, ``file_bytes``.
        environment: More of the environment.

    Raises:
        SeamlineError: It does not start.
    """

    def __init__(
        self,
        module: str,
        sight: Sight,
        *,
        wanted: str = PREFERRED,
        limits: Mapping[str, int] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._module, self._sight = module, sight
        self._limits, self._more = dict(limits or {}), dict(environment or {})
        bwrap = None if wanted == OFF else shutil.which("bwrap")
        if bwrap and self._begin(bwrap, off=False):
            return
        if self._begin("", off=wanted == OFF):
            return
        raise SeamlineError(
            f"no child can be started for {module}: it ended before it said a word",
            remedy="seamline doctor says what stands on this machine.",
        )

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def end(self) -> None:
        """End it, whatever it does, and wait for it."""
        self.line.close()
        self.process.kill()
        self.process.wait()

    def died_of(self) -> int | None:
        """Return the signal it died of; 0 if it ended by itself, None while it lives."""
        code = self.process.poll()
        if code is None:
            return None
        if code < 0:
            return -code
        # Bubblewrap ends as a shell does: 128 and the signal.
        return code - 128 if self.mounts and code > 128 else 0

    def _begin(self, bwrap: str, *, off: bool) -> bool:
        """Start it; tell whether it came to its first word."""
        self.mounts = bool(bwrap)
        self.line, theirs = socket.socketpair()
        with theirs:
            words = self._words(bwrap, theirs.fileno(), off=off)
            self.process = _started(words, theirs.fileno(), self._environment())
        self.line.settimeout(STARTS_WITHIN_S)
        try:
            found = receive(self.line)[0]["walls"]
        except (EOFError, OSError, ValueError, KeyError):
            self.end()
            return False
        self.walls: Walls = walls_of(found, self._sight)
        self.may_be_handed_files = int(found.get("landlock", 0)) >= TRUNCATE_SINCE
        return True

    def _words(self, bwrap: str, line: int, *, off: bool) -> list[str]:
        reads = (*_python(), *self._sight.reads)
        private = list(_PRIVATE) if bwrap else []
        asked = {
            **{name: namespace(name) for name in ("net", "pid", "mnt")},
            "reads": [*seen.SYSTEM, *seen.TRIFLES, "/proc", "/dev", *reads],
            "writes": [*self._sight.writes, *private, "/dev/null"],
            "reading": not self._sight.hands_in_files,
            "mounts": bool(bwrap),
            "limits": self._limits,
            "off": off,
        }
        inside = [sys.executable, "-P", "-m", "seamline.isolation.inside"]
        words = [*inside, json.dumps(asked), self._module, str(line)]
        if not bwrap:
            return words
        shown = Sight(reads=reads, writes=self._sight.writes)
        front = bwrap_line(bwrap, shown, reads_link=_link, exists=os.path.exists)
        return [*front, *words]

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT_WORDS if name in os.environ}
        paths = [_SOURCE, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        return {**kept, "PYTHONPATH": os.pathsep.join(paths), "HOME": "/tmp", **self._more}


def here(wanted: str) -> Walls:
    """Start a child that does nothing; return the walls around it."""
    child = Child("seamline.isolation.said", Sight(hands_in_files=True), wanted=wanted)
    child.end()
    return child.walls


_SOURCE = str(Path(__file__).resolve().parents[2])


def _link(path: str) -> str | None:
    return os.readlink(path) if os.path.islink(path) else None


def _python() -> tuple[str, ...]:
    """Return what Python needs to see here: itself, and where it finds modules."""
    links, at = [], sys.executable
    while os.path.islink(at):
        links.append(at)
        at = os.path.join(os.path.dirname(at), os.readlink(at))
    here = os.getcwd()
    named = [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
    # A script that lies in a room of the child's own must not bring it in from outside.
    not_seen = {here, *_PRIVATE}
    search = [
        _SOURCE,
        *named,
        *(p for p in sys.path if p and os.path.abspath(p) not in not_seen),
    ]
    libraries = filter(None, os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep))
    return seen.of_python(
        [*search, *links, *libraries],
        [sys.prefix, sys.base_prefix],
        never=[os.path.expanduser("~")],
        is_there=os.path.exists,
    )


# -- starting ---------------------------------------------------------------
# A child that is to end with its parent ends, for the kernel, with the *thread* that started
# it. So one thread starts them all, and stays.

_Order = tuple[Sequence[str], int, Mapping[str, str], "Future[subprocess.Popen[bytes]]"]
_orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()
_starter: tuple[int, threading.Thread] | None = None
_lock = threading.Lock()


def _started(
    words: Sequence[str], line: int, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    global _starter, _orders
    with _lock:
        if _starter is None or _starter[0] != os.getpid():  # a fork has no threads
            _orders = queue.SimpleQueue()
            thread = threading.Thread(target=_start_all, args=(_orders,), daemon=True)
            thread.start()
            _starter = (os.getpid(), thread)
        orders = _orders
    done: Future[subprocess.Popen[bytes]] = Future()
    orders.put((words, line, environment, done))
    return done.result()


def _start_all(orders: queue.SimpleQueue[_Order]) -> None:
    while True:
        words, line, environment, done = orders.get()
        try:
            child = subprocess.Popen(
                list(words),
                pass_fds=(line,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=dict(environment),
            )
        except BaseException as error:
            done.set_exception(error)
        else:
            done.set_result(child)


def signal_name(number: int) -> str:
    """Return ``SIGSEGV`` for 11."""
    with contextlib.suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"
