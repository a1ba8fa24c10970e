"""
Landlock: files, TCP and other processes, refused by the kernel to whoever asked for it.

Needs no rights and cannot be taken back. The numbers are those of linux/landlock.h and of
the kernel's documentation (userspace-api/landlock.rst); the ABI is asked for and each right
is used from the version that knows it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from collections.abc import Sequence

_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""System calls, alike on every architecture."""
_READ_FILE, _READ_DIR, _EXECUTE = 1 << 2, 1 << 3, 1 << 0
_WRITE_FILE = 1 << 1
_MAKING = sum(1 << bit for bit in range(4, 13))
"""Removing and making directory entries of every kind, ABI 1."""
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
"""ABI 2, 3 and 5."""
_OF_A_FILE = _READ_FILE | _WRITE_FILE | _EXECUTE | _TRUNCATE | _IOCTL_DEV
_BIND_TCP, _CONNECT_TCP = 1, 2
"""ABI 4."""
_SCOPES = 1 | 2
"""ABI 6: abstract Unix sockets and signals stay within."""
_PATH_BENEATH = 1
_NO_NEW_PRIVS = 38


class _Rules(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def abi() -> int:
    """Return which version of Landlock the kernel has; 0 without."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        return max(0, int(libc.syscall(_CREATE, None, ctypes.c_size_t(0), 1)))
    except (OSError, AttributeError):
        return 0


def handled(version: int, *, reading: bool) -> tuple[int, int, int]:
    """
    Return what is taken away where no rule gives it back: file rights, TCP rights, scopes.

    Args:
        version: The kernel's ABI.
        reading: Whether reading is taken away too, not only writing.
    """
    fs = _WRITE_FILE | _MAKING
    if reading:
        fs |= _READ_FILE | _READ_DIR | _EXECUTE
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEV)):
        fs |= right if version >= since else 0
    net = _BIND_TCP | _CONNECT_TCP if version >= 4 else 0
    return fs, net, _SCOPES if version >= 6 else 0


def restrict(reads: Sequence[str], writes: Sequence[str], *, reading: bool) -> int:
    """
    Take from this thread, for ever, all that is not in ``reads`` and ``writes``.

    Args:
        reads: Files and folders that may be read, where ``reading`` is restricted.
        writes: Folders that may be written in.
        reading: Whether reading is restricted; else only writing.

    Returns:
        The ABI in use; 0 where the kernel has no Landlock.

    Raises:
        OSError: The kernel has it and refused.
    """
    version = abi()
    if not version:
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    fs, net, scoped = handled(version, reading=reading)
    rules = _Rules(fs, net, scoped)
    size = 8 if version < 4 else 16 if version < 6 else 24
    made = _checked(libc.syscall(_CREATE, ctypes.byref(rules), ctypes.c_size_t(size), 0))
    try:
        to_read = fs & (_READ_FILE | _READ_DIR | _EXECUTE)
        for path in reads if reading else ():
            _allow(libc, made, path, to_read)
        for path in writes:
            _allow(libc, made, path, fs)
        # Without it a set-uid program could be given what was taken away here.
        _checked(libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(libc.syscall(_RESTRICT, made, 0))
    finally:
        os.close(made)
    return version


def _allow(libc: ctypes.CDLL, rules: int, path: str, rights: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EACCES):
            return  # what is not there needs no permission
        raise
    try:
        if not stat.S_ISDIR(os.fstat(parent).st_mode):
            rights &= _OF_A_FILE
        beneath = _Beneath(rights, parent)
        _checked(libc.syscall(_ADD, rules, _PATH_BENEATH, ctypes.byref(beneath), 0))
    finally:
        os.close(parent)


def _checked(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"Landlock: {os.strerror(number)}")
    return answer
