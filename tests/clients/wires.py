"""A wire that breaks: a Unix socket before another, which cuts what goes through it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Wire:
    """
    Forwards bytes until told to cut.

    ``cut_after``: how many bytes of an answer pass, by the number of the connection; None
    lets all of it pass. A request always passes whole: what is lost is the answer.
    """

    def __init__(self, behind: str, cut_after: Callable[[int], int | None]) -> None:
        self._behind, self._cut_after = behind, cut_after
        self.connections = 0
        self.cut = 0

    def serve(self, door: socket.socket) -> None:
        while True:
            try:
                near, _ = door.accept()
            except OSError:
                return
            number, self.connections = self.connections, self.connections + 1
            threading.Thread(target=self._one, args=(near, number), daemon=True).start()

    def _one(self, near: socket.socket, number: int) -> None:
        far = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with near, far:
            try:
                far.connect(self._behind)
            except OSError:
                return
            threading.Thread(target=_pump, args=(near, far), daemon=True).start()
            left = self._cut_after(number)
            with ending(near), ending(far), suppress(OSError):
                while some := far.recv(4096):
                    if left is not None and len(some) > left:
                        near.sendall(some[:left])
                        self.cut += 1
                        return
                    near.sendall(some)
                    left = None if left is None else left - len(some)


@contextmanager
def ending(one: socket.socket) -> Iterator[None]:
    """Say at once that it is over: closing alone waits for whoever reads from it."""
    try:
        yield
    finally:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


def _pump(near: socket.socket, far: socket.socket) -> None:
    with suppress(OSError):
        while some := near.recv(4096):
            far.sendall(some)


@contextmanager
def wire(path: Path, behind: Path, cut_after: Callable[[int], int | None]) -> Iterator[Wire]:
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    door.bind(str(path))
    door.listen()
    made = Wire(str(behind), cut_after)
    threading.Thread(target=made.serve, args=(door,), daemon=True).start()
    try:
        yield made
    finally:
        door.close()
