"""
Opening what somebody named: a file, and nothing that only looks like one.

Whoever opens a pipe waits for its writer for ever, and a device has no end. Standard library
only.
"""

from __future__ import annotations

import errno
import os
import stat


def content_of(path: str, most_bytes: int) -> bytes:
    """
    Return the bytes of the file at ``path``, at most ``most_bytes`` of them.

    Raises:
        OSError: There is none, it cannot be opened, or it is a folder, pipe or device.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(fd, "rb") as file:
        mode = os.fstat(fd).st_mode
        if not stat.S_ISREG(mode):
            number = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
            words = os.strerror(errno.EISDIR) if stat.S_ISDIR(mode) else "it is no file"
            raise OSError(number, words, path)
        return file.read(most_bytes)
