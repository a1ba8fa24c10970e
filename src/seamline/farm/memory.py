"""
Memory of a process that lays pictures out: freed pages are kept for the next array.

glibc gives the pages of every large array back when it is freed, and takes new ones, emptied
by the kernel, for the next: a fifth of the time in which a canvas and its references are laid
out. Elsewhere than on glibc nothing is done here, and nothing depends on it.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Their numbers in <malloc.h>."""
KEPT_BYTES = 64 << 20
"""So much that is free stays, of each thread's memory. In the demo that is 110 MB more in all;
twice as much spares no more time."""
LARGE_BYTES = 32 << 20
"""Arrays from here on are given back at once; glibc takes no larger limit."""


def keep_freed() -> None:
    """Keep pages that are freed, up to ``KEPT_BYTES`` of each thread's."""
    with suppress(AttributeError, OSError, TypeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_MMAP_THRESHOLD, LARGE_BYTES)
        libc.mallopt(_TRIM_THRESHOLD, KEPT_BYTES)


def give_back() -> None:
    """Give back what is free, whoever kept it."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(ctypes.c_size_t(0))
