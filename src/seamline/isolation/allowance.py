"""
What a child that reads files may use for the next one: processor time, and address space.

Both count from what is in use now, so that a child which serves one file after another is
given as much for the last as for the first. Standard library only.
"""

from __future__ import annotations

import math
import mmap
import os
import resource

THREAD_BYTES = 16 << 20
"""Address space of one thread's stack and arenas."""


def allow(*, more_bytes: int, cpu_s: int) -> None:
    """
    Allow this process so much more than it uses now.

    Args:
        more_bytes: Address space, besides what a thread for every processor takes.
        cpu_s: Processor time, seconds; who oversteps it dies of SIGXCPU.
    """
    with open("/proc/self/statm") as file:
        in_use = int(file.read().split()[0]) * mmap.PAGESIZE
    threads = (os.cpu_count() or 1) * THREAD_BYTES
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (in_use + threads + more_bytes, hard))
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = math.ceil(used.ru_utime + used.ru_stime)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + cpu_s, hard))
