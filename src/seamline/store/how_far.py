"""
How far the paintings of a show are, for its server: a small file of each process that paints.

    .seamline/how-far/HOST-PID.json    {"doing": ..., "done": 2.4, "of": 12.0, ...}

It is no record: the ledger has a row of what stands. A file whose process is gone, or that
nobody wrote for a while, tells nothing.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict
from typing import Any, Protocol

from seamline.store.owners import Owner
from seamline.store.shelf import STATE

FOLDER = "how-far"
EVERY_S = 0.5
STALE_S = 120.0
"""A level of a large canvas takes half a minute; who said nothing for so long is forgotten."""
MOST_BYTES = 4096
Told = dict[str, Any]


class Bar(Protocol):
    """One bar of another display."""

    def advance(self, amount: float = 1.0) -> None:
        """Move on by ``amount``."""
        ...

    def now(self, title: str) -> None:
        """Say in other words what is being done."""
        ...


class Display(Protocol):
    """Another display."""

    def bar(self, title: str, total: float) -> AbstractContextManager[Bar]:
        """Show a bar while the block runs."""
        ...


class _Told:
    """A bar that is shown, and told of once it says at which level it is."""

    def __init__(self, shown: Bar, path: str, total: float) -> None:
        self._shown, self._path, self._of = shown, path, total
        self._doing, self._done, self._wrote = "", 0.0, 0.0

    def advance(self, amount: float = 1.0) -> None:
        """Move on by ``amount``."""
        self._shown.advance(amount)
        self._done += amount
        self._write()

    def now(self, title: str) -> None:
        """Say in other words what is being done."""
        self._shown.now(title)
        self._doing = title
        self._write()

    def _write(self) -> None:
        if not self._doing or time.monotonic() - self._wrote < EVERY_S:
            return
        self._wrote = time.monotonic()
        told = {"doing": self._doing, "done": round(self._done, 3), "of": self._of}
        with suppress(OSError):  # a painting fails of no figure
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            temporary = f"{self._path}.new"
            with open(temporary, "w", encoding="utf-8") as file:
                json.dump({**told, "owner": asdict(Owner.here())}, file)
            os.replace(temporary, self._path)


class ToldBeside:
    """
    Bars of another display, told to the show's server too where levels are painted.

    Args:
        shown: The display.
        root: The show's folder.
    """

    def __init__(self, shown: Display, root: str) -> None:
        self._shown = shown
        me = Owner.here()
        self._path = os.path.join(root, STATE, FOLDER, f"{me.host}-{me.pid}.json")

    @contextmanager
    def bar(self, title: str, total: float) -> Iterator[_Told]:
        """Show a bar while the block runs, and tell of it."""
        with self._shown.bar(title, total) as shown:
            try:
                yield _Told(shown, self._path, total)
            finally:
                with suppress(OSError):
                    os.unlink(self._path)


def told_of(root: str) -> dict[str, Told]:
    """Return how far each painting is, by the name of its file."""
    found: dict[str, Told] = {}
    with suppress(OSError):
        for entry in os.scandir(os.path.join(root, STATE, FOLDER)):
            told = _read(entry.path) if entry.name.endswith(".json") else None
            if told is not None:
                found[entry.name] = told
    return found


def _read(path: str) -> Told | None:
    try:
        with open(path, "rb") as file:
            if time.time() - os.fstat(file.fileno()).st_mtime > STALE_S:
                return None
            said = json.loads(file.read(MOST_BYTES))
        owner = Owner(**said["owner"])
        told = {
            "doing": str(said["doing"])[:200],
            "done": float(said["done"]),
            "of": float(said["of"]),
        }
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return told if not owner.is_here or owner.lives else None
