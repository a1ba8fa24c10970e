"""
The probe: a child that tries to reach what it must not, and says what it reached.

It runs where painters and decoders run and is told by its caller where to look: doors that
really are open outside, a file that is really there. What it reaches is a hole.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from typing import Any

from seamline.isolation.inside import STANDING
from seamline.isolation.line import receive, send

PATIENCE_S = 2.0
_DNS_QUESTION = (
    bytes.fromhex("5ea301000001000000000000") + b"\x08seamline\x07invalid\0" + b"\0\1\0\1"
)
"""Where is ``seamline.invalid``? A name that leads nowhere (RFC 2606), RFC 1035's wire form."""


def main(words: list[str]) -> None:
    """Try what the caller names, over the socket whose descriptor is the first word."""
    with socket.socket(fileno=int(words[0])) as line, contextlib.suppress(EOFError, OSError):
        send(line, {"walls": STANDING})
        asked, fds = receive(line)
        asked["handed file"] = fds[0]
        send(line, {"reached": tried(asked)})


def tried(asked: Mapping[str, Any]) -> dict[str, bool]:
    """Return, by name, whether each thing was reached."""
    return {
        name: bool(_safely(how, asked[name])) for name, how in TRIES.items() if name in asked
    }


def _safely(how: Callable[[Any], bool], where: Any) -> bool:
    try:
        return how(where)
    except (OSError, AttributeError, ValueError):
        return False


def _tcp(where: list[Any]) -> bool:
    with socket.create_connection((where[0], where[1]), timeout=PATIENCE_S) as wire:
        return wire.recv(5) == b"hello"


def _udp(where: list[Any]) -> bool:
    """Send a DNS question and wait for an answer: any answer counts."""
    family = socket.AF_INET6 if ":" in where[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as wire:
        wire.settimeout(PATIENCE_S)
        wire.sendto(_DNS_QUESTION, (where[0], where[1]))
        return bool(wire.recv(512))


def _dns(servers: list[str]) -> bool:
    """Find a way to the machine's own name servers; nothing is sent to them."""
    for server in servers:
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as wire:
            wire.connect((server, 53))
            return True
    return False


def _unix(where: str) -> bool:
    """Connect to a Unix socket; one whose name begins with @ is abstract."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.settimeout(PATIENCE_S)
        wire.connect("\0" + where[1:] if where.startswith("@") else where)
        return wire.recv(5) == b"hello"


def _file(where: list[str]) -> bool:
    """Read the canary, straight or by way of another process's eyes."""
    path, content = where
    for at in (path, *(f"/proc/{who}/root{path}" for who in ("1", str(os.getppid()), "self"))):
        with contextlib.suppress(OSError), open(at) as file:
            if file.read().strip() == content:
                return True
    return False


def _written(path: str) -> bool:
    with open(path, "w") as file:
        file.write("reached")
    return True


def _process(where: list[str]) -> bool:
    """Look into another process, or send it a signal that does nothing."""
    number = int(where[0])
    if born(number) != where[1]:
        return False  # behind walls that number is nobody's, or another's
    with contextlib.suppress(OSError), open(f"/proc/{number}/environ", "rb") as file:
        if file.read():
            return True
    os.kill(number, 0)
    return True


def _handed(fd: int) -> bool:
    """Write in, or empty, a file that was handed in to be read."""
    at = f"/proc/self/fd/{fd}"
    with contextlib.suppress(OSError):
        os.close(os.open(at, os.O_RDWR))
        return True
    os.truncate(at, 0)
    return True


def born(number: int) -> str:
    """Return when process ``number`` began, in the kernel's ticks; empty if it is not seen."""
    with contextlib.suppress(OSError, IndexError), open(f"/proc/{number}/stat") as file:
        return file.read().rpartition(")")[2].split()[19]
    return ""


def _traced(where: list[str]) -> bool:
    number = int(where[0])
    if born(number) != where[1]:
        return False
    # PTRACE_SEIZE stops nobody, and ends with this process.
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.ptrace(0x4206, number, None, None) == 0)


def _program(path: str) -> bool:
    """Start a program in a process of its own."""
    child = os.posix_spawn(path, [path], {})
    return os.waitpid(child, 0)[1] == 0


def _mounted(_: Any) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.unshare(0x10000000) == 0)  # CLONE_NEWUSER, the way to mounts


def _hungry(size: int) -> bool:
    """Take more memory than there is to have."""
    with contextlib.suppress(MemoryError):
        return bool(bytearray(size))
    return False


TRIES: Mapping[str, Callable[[Any], bool]] = {
    "TCP": _tcp,
    "TCP over IPv6": _tcp,
    "UDP": _udp,
    "UDP over IPv6": _udp,
    "DNS": _dns,
    "abstract Unix socket": _unix,
    "Unix socket": _unix,
    "file": _file,
    "writing": _written,
    "handed file": _handed,
    "process": _process,
    "tracing": _traced,
    "program": _program,
    "namespace": _mounted,
    "memory": _hungry,
}


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main(sys.argv[1:])
