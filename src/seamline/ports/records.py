"""What a show remembers and where it keeps it: ledger, blobs, shelf, and who works on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from seamline.pixels.picture import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One ledger row: its place, its canonical bytes and the chain's hash after it."""

    number: int
    kind: str
    body: Mapping[str, Any]
    stored: bytes
    hash: str


class Ledger(Protocol):
    """The append-only, hash-chained book of the show."""

    def append(self, kind: str, body: Mapping[str, Any], *, by: str = "") -> Row:
        """Write one row, durable on return. Never rewrites an earlier one."""
        ...

    def append_once(self, kind: str, key: str, body: Mapping[str, Any], *, by: str = "") -> Row:
        """Write one row unless ``kind`` has one with ``key`` already; return that row."""
        ...

    def append_unless(
        self,
        kind: str,
        key: str,
        body: Mapping[str, Any],
        *,
        after: int,
        kinds: Collection[str],
        overtaken: Callable[[Row], bool],
    ) -> Row | None:
        """
        Write one row as ``append_once`` does, unless it was overtaken; None then.

        It was where a row above number ``after``, of one of ``kinds``, is one that
        ``overtaken`` says. Looked at and written in one step: no row comes in between.
        """
        ...

    def rows(self, kind: str | None = None, *, after: int = 0) -> Iterator[Row]:
        """Yield rows, oldest first; those with a number above ``after``."""
        ...

    def verify(self) -> int:
        """Walk the chain; return the number of rows, or raise TamperError naming the row."""
        ...


class Farm(Protocol):
    """Whatever runs tasks: processes on this machine, or a studio's own engine."""

    name: str

    def run(self, tasks: Sequence[Sequence[str]]) -> list[int]:
        """
        Run every task to its end; return their exit codes, in order.

        A task is a command line that may be run again at any moment. It is run again
        while it leaves with 4 (try again) or is killed; 4 is returned only when the farm
        gave up. A task that fails keeps no other from being run.
        """
        ...


class Blobs(Protocol):
    """Content-addressed storage: pictures by pixel digest, files by SHA-256."""

    def put_picture(self, picture: Picture) -> str:
        """Store ``picture``; return its digest. The same pixels are stored once."""
        ...

    def picture(self, digest: str) -> Picture:
        """Return a stored picture, digest checked; TamperError if it is not what it was."""
        ...

    def put_file(self, path: str) -> str:
        """Store the file at ``path`` byte for byte; return its SHA-256."""
        ...

    def put_bytes(self, content: bytes) -> str:
        """Store ``content`` as a file; return its SHA-256."""
        ...

    def path(self, digest: str) -> str:
        """Return where the blob lies; ShowError if there is none."""
        ...

    def has(self, digest: str) -> bool:
        """Whether the blob is there."""
        ...


class Shelf(Protocol):
    """Named files of the show: whole or not at all, never overwritten once published."""

    root: str

    def element_pattern(self, element_id: str) -> str:
        """Pattern of the element's frames, from the show's templates."""
        ...

    def comp_pattern(self, element_id: str) -> str:
        """Pattern of the comp's frames."""
        ...

    def sheet_path(self, shot: str, name: str) -> str:
        """Where a sheet of ``shot`` lies."""
        ...

    def report_path(self, shot: str, name: str) -> str:
        """Where a QC report of ``shot`` lies."""
        ...

    def matte_path(self, shot: str, name: str) -> str:
        """Folder of a matte made here for ``shot``."""
        ...

    def host_path(self, shot: str, name: str) -> str:
        """Folder that hosts are handed for ``name`` of ``shot``."""
        ...

    def screening_path(self, shot: str, name: str) -> str:
        """Where a file of the screening of ``shot`` lies; its folder for an empty name."""
        ...

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder at ``path``."""
        ...

    def file_sha256(self, path: str) -> str:
        """SHA-256 of the file's bytes."""
        ...

    def read(self, path: str) -> bytes:
        """Return a file's bytes; FormatError if it is not there."""
        ...

    def write(self, path: str, content: bytes, *, sync: bool = True) -> None:
        """
        Write a whole file: temporary name in the same folder, fsync, rename.

        Without ``sync`` it is on disk only when something else says so: inside a ``folder``,
        which is synced as a whole before it gets its name.
        """
        ...

    def make_folder(self, path: str) -> None:
        """Make the folder ``path`` and those above it; one that stands is left alone."""
        ...

    def link(self, source: str, path: str) -> None:
        """Give ``source`` the name ``path``: hard link, or copy across file systems."""
        ...

    def folder(self, path: str) -> AbstractContextManager[str]:
        """Lend a folder that becomes ``path`` if the block ends well, and else vanishes."""
        ...

    def remove(self, path: str) -> int:
        """Remove a file or folder; return the bytes freed."""
        ...

    def lease(self, name: str) -> AbstractContextManager[None]:
        """Hold ``name`` for this process; LeaseError while a living process holds it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """Something in a folder, by its path in it: a ``file``, a ``link``, or ``other``."""

    path: str
    kind: str
