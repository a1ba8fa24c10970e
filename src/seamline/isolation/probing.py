"""
Probing: doors are opened here, and a walled child is told where they are.

Each is first tried from here. What cannot be reached from outside the walls either (no IPv6
on this machine) proves nothing, and is said to be ``not there`` rather than closed.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from seamline.errors import SeamlineError
from seamline.isolation import probe
from seamline.isolation.child import Child
from seamline.isolation.line import receive, send
from seamline.isolation.sight import Sight
from seamline.isolation.walls import Walls

CLOSED, REACHED, ABSENT = "closed", "reached", "not there"
_NOT_FROM_HERE = ("DNS", "memory", "tracing", "namespace")
"""Tried inside only: from here they would ask a stranger, or harm."""
_MEMORY_BYTES = 1 << 30
RESOLVERS = "/etc/resolv.conf"
_NOBODYS = "192.0.2.53"
"""An address of the range for documentation (RFC 5737)."""
TRIED_BY = {
    "network": ("TCP", "TCP over IPv6", "UDP", "UDP over IPv6", "DNS", "abstract Unix socket"),
    "files": ("file", "writing", "handed file", "Unix socket"),
    "processes": ("process", "tracing", "program"),
    "system calls": ("namespace", "tracing", "program"),
    "limits": ("memory",),
}
"""What was tried against each wall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What a walled child said stands, and what it could reach."""

    walls: Walls
    found: dict[str, str]
    """By what was tried: ``closed``, ``reached`` or ``not there``."""

    @property
    def reached(self) -> tuple[str, ...]:
        """What was reached and should not have been."""
        return tuple(name for name, how in self.found.items() if how == REACHED)

    def holds(self, wall: str) -> bool:
        """Tell whether ``wall`` stands and nothing was reached through it."""
        through = [name for name in TRIED_BY[wall] if self.found.get(name) == REACHED]
        return wall in self.walls.standing and not through


def probed(*, wanted: str, files: bool = True) -> Probed:
    """
    Have a child try to get out, behind the walls that painters have; return what it found.

    Args:
        wanted: How much the show wants of them.
        files: Whether reading is walled; in a decoder only mounts can do that.
    """
    with _doors() as doors:
        open_here = probe.tried({k: v for k, v in doors.items() if k not in _NOT_FROM_HERE})
        child = Child(
            "seamline.isolation.probe",
            Sight(hands_in_files=not files),
            wanted=wanted,
            limits={"memory_bytes": _MEMORY_BYTES},
        )
        try:
            send(child.line, doors, doors["handed file"])
            inside = receive(child.line)[0]["reached"]
        except (EOFError, OSError, ValueError, KeyError) as error:
            raise SeamlineError(
                f"the probe of the walls ended before it answered: {error!r}",
                remedy="Run seamline doctor again, and report this if it comes again.",
            ) from error
        finally:
            child.end()
    found = {}
    for name in doors:
        is_open = name in _NOT_FROM_HERE or open_here.get(name, False)
        found[name] = REACHED if inside.get(name) else CLOSED if is_open else ABSENT
    return Probed(walls=child.walls, found=found)


@contextmanager
def _doors() -> Iterator[dict[str, Any]]:
    """Open one of each that should not be reached; yield where they are."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="seamline-probe-"))
        canary = os.path.join(folder, "canary")
        content = secrets.token_hex(16)
        with open(canary, "w") as file:
            file.write(content)
        handed = stack.enter_context(open(canary, "rb"))
        path, name = os.path.join(folder, "door"), f"@seamline-probe-{secrets.token_hex(8)}"
        doors: dict[str, Any] = {
            "TCP": _listening(stack, socket.AF_INET, ("127.0.0.1", 0)),
            "UDP": _answering(stack, socket.AF_INET, ("127.0.0.1", 0)),
            "DNS": _resolvers(),
            "Unix socket": path,
            "abstract Unix socket": name,
            "file": [canary, content],
            "writing": os.path.join(folder, "written"),
            "handed file": handed.fileno(),
            "process": [str(os.getpid()), probe.born(os.getpid())],
            "tracing": [str(os.getpid()), probe.born(os.getpid())],
            "program": "/bin/true",
            "namespace": True,
            "memory": 2 * _MEMORY_BYTES,
        }
        _listening(stack, socket.AF_UNIX, path)
        _listening(stack, socket.AF_UNIX, "\0" + name[1:])
        for kind, opening in (("TCP over IPv6", _listening), ("UDP over IPv6", _answering)):
            try:
                doors[kind] = opening(stack, socket.AF_INET6, ("::1", 0))
            except OSError:
                doors[kind] = ["::1", 9]
        yield doors


def _listening(stack: ExitStack, family: int, where: Any) -> Any:
    door = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
    door.bind(where)
    door.listen(8)

    def greet() -> None:
        with contextlib.suppress(OSError):
            while True:
                guest, _ = door.accept()
                with guest, contextlib.suppress(OSError):
                    guest.sendall(b"hello")

    _while_open(stack, door, greet)
    return list(door.getsockname()[:2]) if family != socket.AF_UNIX else where


def _answering(stack: ExitStack, family: int, where: Any) -> Any:
    door = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
    door.bind(where)

    def answer() -> None:
        with contextlib.suppress(OSError):
            while True:
                said, guest = door.recvfrom(512)
                if not guest:  # shut down
                    return
                door.sendto(said, guest)

    _while_open(stack, door, answer)
    return list(door.getsockname()[:2])


def _while_open(stack: ExitStack, door: socket.socket, work: Any) -> None:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()

    def close() -> None:
        with contextlib.suppress(OSError):
            door.shutdown(socket.SHUT_RDWR)  # wakes who waits at it
        thread.join(timeout=2)

    stack.callback(close)


def _resolvers() -> list[str]:
    """Return the machine's name servers, or an address of nobody's where it has none."""
    found = []
    with contextlib.suppress(OSError), open(RESOLVERS) as file:
        for line in file:
            words = line.split()
            if len(words) > 1 and words[0] == "nameserver":
                found.append(words[1].partition("%")[0])
    return found or [_NOBODYS]
