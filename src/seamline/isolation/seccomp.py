"""
A filter of system calls: what opens doors is refused with EPERM.

The program is classic BPF over ``struct seccomp_data`` (linux/seccomp.h, linux/filter.h).
System call numbers are those of the kernel's tables: x86-64 (syscall_64.tbl) and the generic
one that arm64 uses (asm-generic/unistd.h). A process of another architecture's calls ends.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Sequence

# name: (x86-64, arm64); None where an architecture has no such call.
_SOCKETS: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242),
}  # fmt: skip
_DOORS: dict[str, tuple[int | None, int | None]] = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "kcmp": (312, 272),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "unshare": (272, 97), "setns": (308, 268),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "bpf": (321, 280), "userfaultfd": (323, 282), "perf_event_open": (298, 241),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "swapon": (167, 224),
    "swapoff": (168, 225), "reboot": (169, 142), "acct": (163, 89), "quotactl": (179, 60),
    "syslog": (103, 116), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "clock_adjtime": (305, 266), "adjtimex": (159, 171), "sethostname": (170, 161),
    "setdomainname": (171, 162), "iopl": (172, None), "ioperm": (173, None),
    "mknod": (133, None), "mknodat": (259, 33), "vhangup": (153, 58),
}  # fmt: skip
_PROGRAMS: dict[str, tuple[int | None, int | None]] = {
    "execve": (59, 221), "execveat": (322, 281), "fork": (57, None), "vfork": (58, None),
}  # fmt: skip
_CLONE, _CLONE3, _IOCTL, _SOCKET = (56, 220), (435, 435), (16, 29), (41, 198)
_ARCHES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_X32 = 0x40000000
"""Bit of a number of the x32 way into the kernel, which would pass every list."""
_CLONE_THREAD = 0x00010000
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
"""Typing into somebody's terminal."""
INTERNET = (2, 10, 17, 31, 40)
"""Socket families that leave the machine: IPv4, IPv6, packets, Bluetooth, virtual hosts."""

_LOAD, _EQUAL, _ABOVE, _BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_PASS, _REFUSE, _NO_SUCH, _END = (
    0x7FFF0000,
    0x00050000 | errno.EPERM,
    0x00050000 | errno.ENOSYS,
    0x80000000,
)
_NUMBER, _ARCH, _FIRST, _SECOND = 0, 4, 16, 24
"""Offsets in seccomp_data; of arguments the low half: both are little-endian."""


def known(machine: str) -> bool:
    """Tell whether there is a table of system calls for ``machine``."""
    return machine in _ARCHES


def walled(machine: str) -> bytes:
    """Return the filter of a child: no sockets, no doors, no programs, threads only."""
    place = _ARCHES[machine][1]
    calls = [n[place] for group in (_SOCKETS, _DOORS, _PROGRAMS) for n in group.values()]
    body = [
        _if_call(number, [(_RETURN, 0, 0, _REFUSE)]) for number in calls if number is not None
    ]
    # Threads are clones that share everything; clone3 hides its flags behind a pointer, and
    # the C library falls back to clone where it is not there.
    body += [
        _if_call(_CLONE[place], _unless_bits(_FIRST, _CLONE_THREAD)),
        _if_call(_CLONE3[place], [(_RETURN, 0, 0, _NO_SUCH)]),
        _if_call(_IOCTL[place], _if_one_of(_SECOND, (_TIOCSTI, _TIOCLINUX))),
    ]
    return _program(machine, body)


def no_internet(machine: str) -> bytes:
    """Return the filter of a process that keeps the book: no socket that leaves the machine."""
    place = _ARCHES[machine][1]
    body = [_if_call(_SOCKET[place], _if_one_of(_FIRST, INTERNET))]
    uring = [_DOORS[name][place] for name in ("io_uring_setup", "io_uring_enter")]
    body += [_if_call(number, [(_RETURN, 0, 0, _REFUSE)]) for number in uring if number]
    return _program(machine, body)


_Step = tuple[int, int, int, int]


def _if_call(number: int, then: Sequence[_Step]) -> list[_Step]:
    """Return steps that do ``then`` for call ``number``, the number being loaded."""
    return [(_EQUAL, 0, len(then), number), *then]


def _if_one_of(offset: int, values: Sequence[int]) -> list[_Step]:
    steps: list[_Step] = [(_LOAD, 0, 0, offset)]
    for left, value in zip(range(len(values), 0, -1), values, strict=True):
        steps.append((_EQUAL, left, 0, value))
    return [*steps, (_RETURN, 0, 0, _PASS), (_RETURN, 0, 0, _REFUSE)]


def _unless_bits(offset: int, bits: int) -> list[_Step]:
    return [
        (_LOAD, 0, 0, offset),
        (_BITS, 0, 1, bits),
        (_RETURN, 0, 0, _PASS),
        (_RETURN, 0, 0, _REFUSE),
    ]


def _program(machine: str, body: Sequence[Sequence[_Step]]) -> bytes:
    steps: list[_Step] = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, _ARCHES[machine][0]),
        (_RETURN, 0, 0, _END),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        steps += [(_ABOVE, 0, 1, _X32), (_RETURN, 0, 0, _END)]
    for part in body:
        steps += part
    steps.append((_RETURN, 0, 0, _PASS))
    return b"".join(struct.pack("<HBBI", *step) for step in steps)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def install(program: bytes) -> None:
    """
    Hold this thread, and those it starts, to ``program`` for ever.

    Raises:
        OSError: The kernel refused.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    kept = ctypes.create_string_buffer(program, len(program))
    given = _Program(len(program) // 8, ctypes.cast(kept, ctypes.c_void_p))
    for words in ((38, 1, 0, 0, 0), (22, 2, ctypes.byref(given), 0, 0)):
        # PR_SET_NO_NEW_PRIVS, then PR_SET_SECCOMP with SECCOMP_MODE_FILTER.
        if libc.prctl(*words) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"seccomp: {os.strerror(number)}")


def here() -> str:
    """Return the machine whose table is meant here."""
    return platform.machine()
