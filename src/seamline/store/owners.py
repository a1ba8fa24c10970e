"""
Who is at work: processes as (host, process id, start).

A process id alone says little: after a crash the same number soon belongs to
somebody else. So the start of the process is kept with it, in clock ticks since
the machine's own start, together with that start's id. Both come from Linux's
``/proc`` (proc(5)); elsewhere only the process id counts.
"""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass
from functools import cache

_REUSED_S = 3600.0
"""A process that began this long after a file was last written never wrote it. An hour,
because the wall clock that file times are measured in may be set."""


@cache
def this_host() -> str:
    """Return this machine's name."""
    return socket.gethostname()


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _start_ticks(pid: int) -> int | None:
    # The command's name stands in brackets and may hold spaces; field 22 is the start.
    fields = _text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if len(fields) < 20 or fields[0] in "ZX":  # a zombie does no more work
        return None
    return int(fields[19])


def started(pid: int) -> str:
    """Return a word for the start of process ``pid`` here; empty if there is none."""
    if os.path.exists("/proc/self/stat"):
        ticks = _start_ticks(pid)
        if ticks is None:
            return ""
        return f"{_text('/proc/sys/kernel/random/boot_id').strip()[:8]}-{ticks}"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "alive"


def _started_at(pid: int) -> float | None:
    """Return when process ``pid`` began, seconds since 1970, where the system tells."""
    ticks = _start_ticks(pid)
    if ticks is None:
        return None
    since_boot_s = ticks / os.sysconf("SC_CLK_TCK")
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + since_boot_s


def could_have_written(pid: int, modified_at: float) -> bool:
    """
    Tell whether process ``pid`` of this host lives and is old enough to have written a file.

    Args:
        pid: Process id.
        modified_at: When the file was last written, seconds since 1970.
    """
    if not started(pid):
        return False
    began = _started_at(pid)
    return began is None or began <= modified_at + _REUSED_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """One process on one machine."""

    host: str
    pid: int
    start: str

    @classmethod
    def here(cls) -> Owner:
        """Return this process."""
        pid = os.getpid()
        return cls(host=this_host(), pid=pid, start=started(pid))

    @property
    def is_here(self) -> bool:
        """Whether it is a process of this machine, which can be looked up."""
        return self.host == this_host()

    @property
    def lives(self) -> bool:
        """Whether a process of this machine is still at work."""
        return bool(self.start) and started(self.pid) == self.start
